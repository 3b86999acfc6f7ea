"""The money page of a ticket: promised, paid, recovered, and whether ledger and plan say the same."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from .. import actions
from ..forms.money import RecoveryForm, TakeBackForm
from ..models import Ticket
from ..queries import bench, case
from ..queries import money as queries
from .attempts import attempt
from .operator.page import by_of, loaded


@requires(Permission.WORK)
@require_safe
def money(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Promised, paid, recovered and still open, by party and currency, with every row."""
    return _page(request, loaded(request, number))


def _recovery_form(ticket: Ticket, data: Any = None) -> RecoveryForm:
    claims = [(claim.pk, _("Claim: %(claim)s") % {"claim": claim.against}) for claim in ticket.claims.all()]
    initial = {"currency": ticket.order.currency}
    return RecoveryForm(data, candidates=bench.candidates(ticket), claims=claims, initial=initial)


def _page(
    request: HttpRequest, ticket: Ticket, *, recovery: RecoveryForm | None = None, wrong: Any = None, status: int = 200
) -> HttpResponse:
    page = queries.page(ticket)
    sent = wrong["entry"].value() if wrong else None
    fresh = {row.pk: TakeBackForm(entry=row) for row in page.rows if queries.may_be_taken_back(row)}
    rows = [(row, wrong if str(row.pk) == str(sent) else fresh.get(row.pk)) for row in page.rows]
    context = {
        "case": case.head(ticket, tab="money"), "ticket": ticket, "page": page, "rows": rows,
        "recovery": recovery or _recovery_form(ticket), "form": recovery or wrong, "wrong": wrong,
    }  # fmt: skip
    return render(request, "desk/money.html", context, status=status)


def _back(request: HttpRequest, number: str, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("desk:money", org=request.organization.slug, number=number)


@requires(Permission.WORK)
@require_POST
def recover(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Record money that came back, with its proof."""
    ticket = loaded(request, number)
    form = _recovery_form(ticket, request.POST)

    def do(data: dict[str, Any]) -> None:
        party, pk = form.source_of()
        claim = ticket.claims.filter(pk=pk).select_related("partner").first() if party == "claim" else None
        if claim:
            party = "carrier" if claim.kind == "carrier" else "agent"
        actions.record_recovery(
            ticket, by=by_of(request), party=party, amount=data["amount"], currency=data["currency"],
            proof=data["proof"], note=data["note"], claim=claim,
            partner=claim.partner if claim else bench.partner(pk),
        )  # fmt: skip

    status = attempt(form, do)
    if status:
        return _page(request, loaded(request, number), recovery=form, status=status)
    return _back(request, number, _("Recorded. It counts against what we paid."))


@requires(Permission.WORK)
@require_POST
def take_back(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Take a wrong row back by a row of its own, with the reason."""
    ticket = loaded(request, number)
    if "entry" not in request.POST:
        raise BadRequest
    form = TakeBackForm(request.POST)
    key = request.POST["entry"]
    entry = ticket.ledger.select_related("ticket").filter(pk=key).first() if key.isascii() and key.isdigit() else None
    if entry is None:
        raise Http404
    form.auto_id = f"wrong-{entry.pk}-%s"
    status = attempt(form, lambda data: actions.take_back(entry, by=by_of(request), reason=data["reason"]))
    if status:
        return _page(request, loaded(request, number), wrong=form, status=status)
    return _back(request, number, _("Taken back. The wrong row stays readable."))

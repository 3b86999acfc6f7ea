"""The claims page of a ticket, and Settings → Carriers' windows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires
from aftersales.tenants.views.attempts import attempt as settings_attempt
from aftersales.tenants.views.attempts import press

from .. import actions, claim_windows
from ..actions import claims as claim_actions
from ..forms import claims as forms
from ..models import Claim
from ..queries import case
from ..queries import claims as queries
from ..workflow import State as TicketState
from .attempts import attempt
from .operator.page import by_of, loaded, ticket_of

State = Claim.State
FORMS: dict[str, type[forms.ClaimForm]] = {
    "change": forms.ChangeForm, "file": forms.FileForm, "answer": forms.AnswerForm, "pay": forms.PayForm,
}  # fmt: skip
OFFERED = {
    State.TO_FILE: ("file", "change"), State.EXPIRED: ("file", "change"), State.FILED: ("answer", "pay"),
    State.ACCEPTED: ("pay", "answer"), State.REFUSED: ("answer", "pay"), State.PAID: (),
}  # fmt: skip


@requires(Permission.WORK)
@require_safe
def claims(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Each claim with its deadline, its checklist and what can be done."""
    return _page(request, number)


def _form(verb: str, claim: Claim, data: Any = None) -> forms.ClaimForm:
    initial = {
        "event": claim.event, "amount": claim.amount, "expires_on": claim.expires_on, "currency": claim.currency,
        "filed_on": timezone.localdate(),
    }  # fmt: skip
    return FORMS[verb](data, initial=initial, prefix=f"{verb}-{claim.pk}")


def _page(
    request: HttpRequest, number: str, *, failed: tuple[int, str, Any] | None = None, opened: Any = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    ticket = loaded(request, number)
    found = queries.of_ticket(ticket)
    rows = []
    for claim in found:
        claim.ticket = ticket
        offered = {verb: _form(verb, claim) for verb in OFFERED[State(claim.state)]}
        if failed and failed[0] == claim.pk:
            offered[failed[1]] = failed[2]
        papers = queries.checklist(ticket, claim)
        today = timezone.localtime(timezone=request.organization.zone).date()
        left = (claim.expires_on - today).days if claim.expires_on else None
        missing = [each for each in papers if not each.is_there]
        rows.append({"claim": claim, "forms": offered, "papers": papers, "missing": missing, "left": left})
    kinds = queries.kinds_to_open(ticket, found)
    context = {
        "case": case.head(ticket, tab="claims"), "ticket": ticket, "rows": rows,
        "ask_open": ticket.state in (TicketState.REPORTED, TicketState.RESPONSIBILITY),
        "open_form": opened or (forms.OpenForm(kinds=kinds) if kinds else None),
        "form": opened or (failed[2] if failed else None),
    }  # fmt: skip
    return render(request, "desk/claims.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def open_claim(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Open a claim by hand."""
    ticket = ticket_of(request, number)
    form = forms.OpenForm(request.POST, kinds=Claim.Kind.values)
    status = attempt(form, lambda data: actions.open_claim(ticket, by=by_of(request), kind=data["kind"]))
    if status:
        return _page(request, number, opened=form, status=status)
    return _back(request, number, _("Opened. File it in time, then record its number."))


def _back(request: HttpRequest, number: str, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("desk:claims", org=request.organization.slug, number=number)


def _step(request: HttpRequest, number: str, pk: int, *, verb: str, act: Callable, said: str) -> HttpResponse:
    ticket = ticket_of(request, number)
    claim = get_object_or_404(Claim.objects.select_related("ticket"), pk=pk, ticket=ticket)
    claim.ticket = ticket
    form = _form(verb, claim, request.POST)
    status = attempt(form, lambda data: act(claim, data))
    if status:
        return _page(request, number, failed=(pk, verb, form), status=status)
    return _back(request, number, said)


@requires(Permission.WORK)
@require_POST
def change_claim(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Change what is claimed, before it is filed."""
    by = by_of(request)
    return _step(
        request, number, pk, verb="change", act=lambda c, d: actions.change_claim(c, by=by, **d), said=_("Changed.")
    )


@requires(Permission.WORK)
@require_POST
def file_claim(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record that it was filed."""
    by = by_of(request)
    said = _("Recorded as filed.")
    return _step(request, number, pk, verb="file", act=lambda c, d: actions.file_claim(c, by=by, **d), said=said)


@requires(Permission.WORK)
@require_POST
def answer_claim(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record what was answered."""
    by = by_of(request)

    def act(claim: Claim, data: dict[str, Any]) -> None:
        actions.answer_claim(claim, by=by, accepted=data["answer"] == "accepted", text=data["text"])

    return _step(request, number, pk, verb="answer", act=act, said=_("The answer is recorded."))


@requires(Permission.WORK)
@require_POST
def pay_claim(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record what was paid, with its proof; it stands in the ledger."""
    by = by_of(request)
    said = _("Recorded. It stands in the money of this ticket.")
    return _step(request, number, pk, verb="pay", act=lambda c, d: actions.pay_claim(c, by=by, **d), said=said)


# ── settings ───────────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.ADMINISTER)
@require_safe
def claim_windows_page(request: HttpRequest, org: str) -> HttpResponse:
    """How long each carrier takes a claim."""
    rows, own = queries.windows()
    context = {"rows": rows, "own": own, "checked_on": claim_windows.CHECKED_ON}
    return render(request, "settings/claim_windows.html", context)


def _named(request: HttpRequest) -> tuple[str, int | None, str] | None:
    """Return which window the address names; None for a new one."""
    regime, event, carrier = (request.GET.get(name, "") for name in ("regime", "event", "carrier"))
    if not regime:
        return None
    return regime, int(carrier) if carrier.isdecimal() and len(carrier) < 19 else None, event


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_window(request: HttpRequest, org: str) -> HttpResponse:
    """Change a window or add one; the first change adopts the defaults."""
    of = _named(request)
    found = queries.window(of) if of else None
    if of and found is None and request.method != "POST":
        raise Http404
    form = forms.WindowForm(request.POST or None, instance=None, initial=_initial(found))
    status = 200
    if request.method == "POST":
        by, organization = request.membership, request.organization
        save = claim_actions.save_claim_window
        status = settings_attempt(form, lambda data: save(organization, by=by, of=of, **data))
        if not status:
            messages.success(request, _("Saved."))
            return redirect("settings:claim_windows", org=org)
    return render(request, "settings/claim_window.html", {"form": form, "found": found}, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def remove_claim_window(request: HttpRequest, org: str) -> HttpResponse:
    """Remove the window that the address names."""
    of = _named(request) or ("", None, "")
    organization, by = request.organization, request.membership
    press(request, lambda: claim_actions.remove_claim_window(organization, by=by, of=of), _("Removed."))
    return redirect("settings:claim_windows", org=org)


def _initial(row: Any) -> dict[str, Any]:
    if row is None:
        return {"checked_on": timezone.localdate()}
    names = ("regime", "event", "days", "counted", "limit", "source", "checked_on")
    return {name: getattr(row, name) for name in names} | {"carrier": row.carrier_id}

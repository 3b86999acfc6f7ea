"""Goods on their way back, on the desk: a ticket's returns, and the list that the warehouse works from."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from .. import actions, rules
from ..forms import returns as forms
from ..models import Return, Ticket
from ..queries import case
from ..queries import returns as queries
from ..workflow import Actor
from .attempts import attempt
from .operator.page import by_of, loaded, ticket_of

State = Return.State
# The form of each state's next step.
NEXT: dict[str, tuple[type[Form], ...]] = {
    State.AUTHORISED: (forms.SentForm, forms.ReceiveForm, forms.CancelReturnForm),
    State.SENT: (forms.ReceiveForm, forms.CancelReturnForm),
    State.IN_TRANSIT: (forms.ReceiveForm, forms.CancelReturnForm),
    State.RECEIVED: (forms.InspectForm,),
    State.DISPUTED: (forms.DecideReturnForm,),
}
WITH_LINES = (forms.ReceiveForm, forms.InspectForm)


@requires(Permission.WORK)
@require_safe
def return_list(request: HttpRequest, org: str) -> HttpResponse:
    """All returns, found by number, barcode, tracking number, order or ticket."""
    text, state = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("state", "")
    page = queries.page(text, state, request.GET.get("page", ""))
    if text and len(page.rows) == 1 and not page.previous and not page.next:
        # A scanned barcode leads straight to the goods.
        return redirect(_address(request, page.rows[0].ticket.number) + f"#return-{page.rows[0].pk}")
    counts = queries.counts()
    chips = [
        {"name": name, "label": words, "count": counts[name], "current": name == state}
        for name, (words, _states) in queries.FILTERS.items()
    ]
    rows = [(row, queries.tone(row)) for row in page.rows]
    context = {"rows": rows, "page": page, "q": text, "state": state, "chips": chips, "now": timezone.now()}
    return render(request, "desk/return_list.html", context)


@requires(Permission.WORK)
@require_safe
def returns(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """A ticket's returns with what can be done next, and the form that authorises another."""
    return _page(request, loaded(request, number))


def _authorise_form(ticket: Ticket, data: Any = None) -> forms.AuthoriseForm | None:
    lines = queries.returnable(ticket)
    if ticket.state not in ("planning", "executing") or not lines:
        return None
    waiting = queries.waiting_actions(ticket)
    today = timezone.now().astimezone(ticket.organization.zone).date()
    initial: dict[str, Any] = {
        "address": ticket.organization.return_address, "freight_paid_by": "agent",
        "send_by": today + timedelta(days=ticket.organization.return_days),
        "action": waiting[0].pk if waiting else "",
    }  # fmt: skip
    concerned = next(((line, left) for line, left in lines if line.pk == ticket.line_id), None)
    if concerned:
        initial[f"quantity_{concerned[0].pk}"] = concerned[1]
    warehouses = [(partner.pk, partner.name) for partner in queries.warehouses()]
    return forms.AuthoriseForm(data, lines=lines, actions=waiting, warehouses=warehouses, initial=initial)


def _page(
    request: HttpRequest,
    ticket: Ticket,
    *,
    authorise: Form | None = None,
    sent: tuple[int, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = []
    for returned in queries.of_ticket(ticket):
        returned.ticket = ticket
        shown = {kind.name: _form(kind, returned) for kind in NEXT.get(returned.state, ())}  # type: ignore[attr-defined]
        if sent and sent[0] == returned.pk:
            shown[sent[1].name] = sent[1]  # type: ignore[attr-defined]
        rows.append(
            {
                "returned": returned,
                "forms": shown,
                "tone": queries.tone(returned),
                "late": queries.is_late(returned),
                "needs_manager": returned.state == State.DISPUTED
                and rules.needs_manager(ticket.organization, rules.return_stake(returned)),
            }
        )
    context = {
        "case": case.head(ticket, tab="returns"), "ticket": ticket, "rows": rows,
        "authorise": authorise or _authorise_form(ticket), "form": authorise or (sent[1] if sent else None),
        "customer_photos": [p for p in ticket.evidence.all() if p.uploader_kind == Actor.CUSTOMER],  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "desk/returns.html", context, status=status)


def _form(kind: type[Form], returned: Return, data: Any = None) -> Form:
    if issubclass(kind, WITH_LINES):
        return kind(data, returned=returned)
    return kind(data, auto_id=f"{kind.name}-{returned.pk}-%s")  # type: ignore[attr-defined]


@requires(Permission.WORK)
@require_POST
def authorise(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Authorise goods to come back."""
    ticket = loaded(request, number)
    form = _authorise_form(ticket, request.POST)
    if form is None:
        messages.error(
            request, _("Nothing of this order can come back now: choose it while a plan is made or carried out.")
        )
        return redirect(_address(request, number))

    def do(data: dict[str, Any]) -> None:
        waiting = {action.pk: action for action in queries.waiting_actions(ticket)}
        houses = {partner.pk: partner for partner in queries.warehouses()}
        actions.authorise_return(
            ticket, by=by_of(request), lines=form.chosen(), action=waiting.get(data["action"]), address=data["address"],
            instructions=data["instructions"], freight_paid_by=data["freight_paid_by"], send_by=data["send_by"],
            warehouse=houses.get(data["warehouse"]),
        )  # fmt: skip

    status = attempt(form, do)
    if status:
        return _page(request, loaded(request, number), authorise=form, status=status)
    messages.success(request, _("Authorised. The customer has a mail with the number and how to send it."))
    return redirect(_address(request, number))


def _address(request: HttpRequest, number: str) -> str:
    return reverse("desk:returns", args=[request.organization.slug, number])


def _step(
    request: HttpRequest,
    number: str,
    pk: int,
    kind: type[Form] | None,
    act: Callable[[Return, Any, dict[str, Any]], Any],
    *,
    said: str,
) -> HttpResponse:
    ticket = ticket_of(request, number)
    returned = get_object_or_404(ticket.returns.prefetch_related("lines__line"), pk=pk)
    returned.ticket = ticket
    form = _form(kind, returned, request.POST) if kind else Form(request.POST)
    status = attempt(form, lambda data: act(returned, form, data))
    if status:
        if kind is None:
            messages.error(request, " ".join(form.non_field_errors()))
            return redirect(_address(request, number))
        return _page(request, loaded(request, number), sent=(returned.pk, form), status=status)
    messages.success(request, said)
    return redirect(_address(request, number) + f"#return-{returned.pk}")


@requires(Permission.WORK)
@require_POST
def sent(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record on the customer's word that the goods are on their way."""

    def act(returned: Return, _form: Any, data: dict[str, Any]) -> None:
        actions.mark_sent(returned, by=by_of(request), carrier=data["carrier"], tracking=data["tracking"])

    return _step(request, number, pk, forms.SentForm, act, said=_("Recorded: it was sent."))


@requires(Permission.WORK)
@require_POST
def moving(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record that the carrier has it on its way."""

    def act(returned: Return, _form: Any, data: dict[str, Any]) -> None:
        actions.mark_moving(returned, by=by_of(request))

    return _step(request, number, pk, None, act, said=_("Recorded: it is on its way."))


@requires(Permission.WORK)
@require_POST
def receive(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record what came."""

    def act(returned: Return, form: Any, data: dict[str, Any]) -> None:
        actions.receive_return(returned, by=by_of(request), received=form.received())

    return _step(request, number, pk, forms.ReceiveForm, act, said=_("Received. Look at the goods next."))


@requires(Permission.WORK)
@require_POST
def inspect(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record how the goods are."""

    def act(returned: Return, form: Any, data: dict[str, Any]) -> None:
        found = [
            actions.Found(line, data[f"condition_{line.pk}"], data[f"note_{line.pk}"]) for line, _c, _n in form.rows()
        ]
        actions.inspect_return(returned, by=by_of(request), found=found)

    return _step(request, number, pk, forms.InspectForm, act, said=_("Recorded. The customer was told."))


@requires(Permission.WORK)
@require_POST
def decide(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Decide on goods that are not as expected."""

    def act(returned: Return, _form: Any, data: dict[str, Any]) -> None:
        actions.decide_return(returned, by=by_of(request), release=data["release"], text=data["text"])

    return _step(request, number, pk, forms.DecideReturnForm, act, said=_("Decided. The customer was told."))


@requires(Permission.WORK)
@require_POST
def cancel(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Take the authorisation back."""

    def act(returned: Return, _form: Any, data: dict[str, Any]) -> None:
        actions.cancel_return(returned, by=by_of(request), reason=data["reason"])

    return _step(request, number, pk, forms.CancelReturnForm, act, said=_("Cancelled. The customer was told."))

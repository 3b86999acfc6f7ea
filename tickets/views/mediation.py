"""The dispute on the desk: both sides' words, suggestions with their rules, and the manager's decision."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from .. import actions
from ..forms import mediation as forms
from ..models import Mediation, Ticket
from ..queries import bench, case
from ..queries import mediation as queries
from .attempts import attempt, words_of
from .operator.page import by_of, ticket_of


@requires(Permission.WORK)
@require_safe
def show(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The dispute that is open or was decided last; or a form to open one."""
    return _page(request, ticket_of(request, number))


def _page(request: HttpRequest, ticket: Ticket, form: Form | None = None, status: int = 200) -> HttpResponse:
    page = queries.desk_page(ticket)
    is_open = page.mediation is not None and page.mediation.decided_at is None
    decides = is_open and request.membership.can(Permission.MANAGE)
    shown: dict[str, Any] = {"state": forms.StatementForm(), "open": forms.DeskOpenForm(asked=page.asked)}
    if decides:
        shown["decide"] = _decide_form(ticket, page.mediation, initial=_initial(page))
    possible = {"open": page.may_open, "state": is_open, "decide": decides}
    if form is not None:
        shown[form.name] = form  # type: ignore[attr-defined]
    context = {
        "case": case.head(ticket, tab="mediation"), "page": page, "ticket": ticket, "form": form, "forms": shown,
        "possible": possible,
        "lost": words_of(form) if form and not possible[form.name] else "",  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "desk/mediation.html", context, status=status)


def _decide_form(ticket: Ticket, mediation: Mediation | None, *args: Any, **kwargs: Any) -> forms.DecideForm:
    partner = mediation.partner if mediation else None
    return forms.DecideForm(*args, order=ticket.order, partner=partner, **kwargs)


def _initial(page: queries.DeskPage) -> dict[str, Any]:
    """The first suggestion stands in the form; the manager changes it."""
    if not page.suggestions:
        return {}
    first = page.suggestions[0]
    return {f"percent_{part.party}": part.percent for part in first.parts} | {"amount": first.pays}


def _done(request: HttpRequest, ticket: Ticket, form: Form, act, said: str) -> HttpResponse:
    failed = attempt(form, act)
    if failed:
        return _page(request, ticket_of(request, ticket.number), form, failed)
    messages.success(request, said)
    return redirect("desk:mediation", org=request.organization.slug, number=ticket.number)


def current(ticket: Ticket) -> Mediation:
    """Return the ticket's latest mediation, decided or not. Raises Refused where there is none."""
    found = ticket.mediations.select_related("partner").order_by("-pk").first()
    if found is None:
        raise actions.Refused(_("No mediation is open on this ticket."))
    found.ticket = ticket
    return found


@requires(Permission.WORK)
@require_POST
def open_(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Open a dispute for the customer, or between the customer and a partner."""
    ticket = ticket_of(request, number)
    form = forms.DeskOpenForm(request.POST, asked=queries.desk_page(ticket).asked)

    def act(data: dict[str, Any]) -> None:
        partner = bench.partner(data["partner"])
        actions.open_mediation(ticket, by=by_of(request), reason=data["reason"], partner=partner)

    return _done(
        request, ticket, form, act, _("The mediation is open; both sides were told until when they may write.")
    )


@requires(Permission.WORK)
@require_POST
def state(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write our own statement; both sides read it."""
    ticket = ticket_of(request, number)

    def act(data: dict[str, Any]) -> None:
        actions.state_in_mediation(current(ticket), by=by_of(request), text=data["text"])

    return _done(request, ticket, forms.StatementForm(request.POST), act, _("The statement is kept."))


@requires(Permission.MANAGE)
@require_POST
def decide(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Decide with a written reason; it binds the plan."""
    ticket = ticket_of(request, number)
    mediation = ticket.mediations.select_related("partner").order_by("-pk").first()
    form = _decide_form(ticket, mediation, request.POST)

    def act(data: dict[str, Any]) -> None:
        dispute = current(ticket)
        other = dispute.partner
        shares = [
            actions.Share(party, percent, other if other and other.kind == party else None)
            for party, percent in form.shares()
        ]
        actions.decide_mediation(dispute, by=by_of(request), text=data["text"], shares=shares, amount=data["amount"])

    return _done(request, ticket, form, act, _("Decided. Both sides are told; the plan follows the decision."))


@requires(Permission.WORK)
@require_POST
def follow(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Go on to the plan with the shares that were decided."""
    ticket = ticket_of(request, number)
    try:
        actions.follow_mediation(ticket, by=by_of(request))
    except actions.Refused as refused:
        messages.error(request, refused.message)
        return redirect("desk:mediation", org=org, number=number)
    messages.success(request, _("The responsibility stands as decided. Now propose what will be done."))
    return redirect("desk:ticket", org=org, number=number)

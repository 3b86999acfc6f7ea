"""The decisions on the workbench: each is one form, one action, and back to the ticket."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.tenants.permissions import Permission, requires

from ... import actions
from ...actions import Refused, Share, TooLate
from ...forms import decisions
from ...forms import desk as forms
from ...models import Ticket
from ...queries import bench, drafts
from .page import (
    act,
    by_of,
    close_form,
    hidden_from_partner,
    loaded,
    reopen_form,
    ticket_of,
)


# ── responsibility ─────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_POST
def accept(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Begin to find out who is responsible."""
    ticket = ticket_of(request, number)
    done = _("Accepted. Now confirm who is responsible.")
    return act(
        request,
        ticket,
        "accept",
        forms.DeskForm(request.POST),
        lambda data: actions.accept(ticket, by=by_of(request)),
        done=done,
    )


@requires(Permission.WORK)
@require_POST
def confirm(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Confirm the responsibility that was recommended when the page was drawn."""
    ticket = loaded(request, number)
    recommended = bench.recommendation(ticket)

    def do(data: dict[str, Any]) -> None:
        if recommended is None or str(recommended["id"]) != request.POST.get("recommended"):
            raise TooLate(_("The recommendation has changed since you saw it; look at the new one."))
        shares = [
            Share(each["party"], each["percent"], bench.partner(each["partner"])) for each in recommended["shares"]
        ]
        actions.confirm_responsibility(ticket, by=by_of(request), shares=shares, basis=recommended["basis"])

    done = _("The responsibility is confirmed. Now propose what will be done.")
    return act(request, ticket, "confirm", forms.DeskForm(request.POST), do, done=done)


@requires(Permission.WORK)
@require_POST
def decide(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Confirm another responsibility than recommended, with the reason why."""
    ticket = loaded(request, number)
    recommended = drafts.shares(bench.recommendation(ticket))
    form = decisions.SharesForm(request.POST, candidates=bench.candidates(ticket), recommended=recommended)

    def do(data: dict[str, Any]) -> None:
        shares = [Share(party, percent, bench.partner(partner)) for party, percent, partner in form.shares()]
        actions.confirm_responsibility(
            ticket, by=by_of(request), shares=shares, basis=data["basis"], override=data["override"]
        )

    done = _("The responsibility is confirmed. Now propose what will be done.")
    return act(request, ticket, "shares", form, do, done=done)


@requires(Permission.WORK)
@require_POST
def ask_partner(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Ask a partner to confirm its share, behind a signed link."""
    ticket = loaded(request, number)
    order = hidden_from_partner(request, ticket)
    form = decisions.AskPartnerForm(request.POST, candidates=bench.candidates(ticket), order=order)

    def do(data: dict[str, Any]) -> None:
        party, pk = form.asked()
        partner = bench.partner(pk)
        if partner is None:
            raise Refused(_("Choose the partner to ask."), "who")
        try:
            actions.ask_partner(
                ticket, by=by_of(request), partner=partner, party=party, percent=data["percent"], text=data["text"]
            )
        except TooLate:
            raise
        except Refused as refused:
            # The form names partner and party in one field.
            raise Refused(refused.message, "who" if refused.field in ("partner", "party") else refused.field) from None

    return act(request, ticket, "asking", form, do, done=_("Asked. The partner has its own clock now."))


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_POST
def close(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Close with outcome, root cause and costs, and tell the customer."""
    ticket = ticket_of(request, number)
    form = close_form(ticket, data=request.POST)
    return act(
        request,
        ticket,
        "close",
        form,
        lambda data: actions.close(
            ticket,
            by=by_of(request),
            outcome=data["outcome"],
            root_cause=data["root_cause"],
            text=data["text"],
            costs=form.costs(),
        ),
        done=_("Closed. The customer was told."),
    )


# ── ways out and back ──────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_POST
def reject(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Refuse the complaint, with reason and clause."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "reject",
        forms.RejectForm(request.POST),
        lambda data: actions.reject(ticket, by=by_of(request), reason=data["reason"], clause=data["clause"]),
        done=_("Rejected. The customer was told and may appeal once."),
    )


@requires(Permission.WORK)
@require_POST
def withdraw(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Take the complaint back on the customer's request."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "withdraw",
        forms.WithdrawForm(request.POST),
        lambda data: actions.withdraw(ticket, by=by_of(request), reason=data["reason"]),
        done=_("Withdrawn."),
    )


@requires(Permission.WORK)
@require_POST
def merge(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Put the ticket with another of the same customer."""
    ticket = ticket_of(request, number)

    def do(data: dict[str, Any]) -> None:
        into = Ticket.objects.filter(number=data["into"].strip().upper()).first()
        if into is None:
            raise Refused(_("There is no ticket with this number."), "into")
        if into.pk == ticket.pk:
            raise Refused(_("This is the ticket itself; write the number of the other one."), "into")
        actions.merge(ticket, by=by_of(request), into=into, reason=data["reason"])

    return act(request, ticket, "merge", forms.MergeForm(request.POST), do, done=_("Merged. It can be undone."))


@requires(Permission.WORK)
@require_POST
def unmerge(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Undo a merge."""
    ticket = ticket_of(request, number)
    done = _("The merge was undone.")
    return act(
        request,
        ticket,
        "unmerge",
        forms.DeskForm(request.POST),
        lambda data: actions.unmerge(ticket, by=by_of(request)),
        done=done,
    )


@requires(Permission.WORK)
@require_POST
def reopen(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Open a closed ticket again: it was not solved."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "reopen",
        reopen_form(request.POST),
        lambda data: actions.reopen(ticket, by=by_of(request), reason=data["reason"]),
        done=_("Reopened."),
    )

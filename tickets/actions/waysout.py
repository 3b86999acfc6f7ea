"""The ways out of the six stages, and the ways back in."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import notifications
from ..models import Ticket
from ..workflow import State
from .base import By, locked, require, take_arrow, tell_desk, write_event
from .work import answered


def reject(ticket: Ticket, *, by: By, reason: str, clause: str) -> Ticket:
    """Refuse the complaint, with the reason the customer reads and the policy clause it rests on."""
    require(reason.strip(), _("Write the reason; the customer reads it."), "reason")
    require(clause.strip(), _("Name the clause of your rules that it rests on."), "clause")
    ticket = locked(ticket)
    now = timezone.now()
    ticket.rejection_reason, ticket.rejection_clause = reason.strip(), clause.strip()
    answered(ticket, now)
    fields = ("rejection_reason", "rejection_clause", "first_answer_at")
    take_arrow(ticket, "reject", by, reason=reason.strip(), data={"clause": clause.strip()}, fields=fields, now=now)
    key = f"ticket:{ticket.pk}:rejected:{2 if ticket.appealed_at else 1}"
    notifications.tell_customer(
        ticket, "rejected", key=key, reason=ticket.rejection_reason, clause=ticket.rejection_clause
    )
    return ticket


def appeal(ticket: Ticket, *, by: By, reason: str) -> Ticket:
    """Ask once more after a rejection; only once."""
    require(reason.strip(), _("Write why the decision is not right."), "reason")
    ticket = locked(ticket)
    now = timezone.now()
    take_arrow(ticket, "appeal", by, reason=reason.strip(), now=now)
    ticket.appealed_at = now
    ticket.save(update_fields=["appealed_at"])
    tell_desk(ticket, "appealed", key=f"ticket:{ticket.pk}:appealed", by=by)
    return ticket


def withdraw(ticket: Ticket, *, by: By, reason: str = "") -> Ticket:
    """Take the complaint back: the customer, or an operator on the customer's request, which is recorded."""
    require(reason.strip() or not by.is_member, _("Write how the customer asked for it."), "reason")
    ticket = locked(ticket)
    take_arrow(ticket, "withdraw", by, reason=reason.strip())
    ticket.plans.filter(state="proposed").update(state="replaced")
    return ticket


def merge(ticket: Ticket, *, by: By, into: Ticket, reason: str = "") -> Ticket:
    """Put the ticket with another of the same customer; it keeps its number and points there. Can be undone.

    What was merged into it before goes along, so that each points to where the work goes on.
    """
    # Both rows are locked in the order of their keys, so that two crossing merges wait instead of blocking each other.
    rows = {row.pk: row for row in (locked(t) for t in sorted({ticket, into}, key=lambda t: t.pk))}
    ticket, into = rows[ticket.pk], rows[into.pk]
    require(ticket.customer_id == into.customer_id, _("Only tickets of the same customer can be merged."), "into")
    now = timezone.now()
    ticket.merged_into, ticket.state_before_merge = into, ticket.state
    data = {"into": into.number}
    take_arrow(
        ticket, "merge", by, reason=reason.strip(), data=data, fields=("merged_into", "state_before_merge"), now=now
    )
    ticket.merged_tickets.update(merged_into=into)
    write_event(into, "merged_here", by, now=now, data={"number": ticket.number})
    notifications.tell_customer(ticket, "merged", key=f"ticket:{ticket.pk}:merged:{into.pk}", into=into.number)
    return ticket


def unmerge(ticket: Ticket, *, by: By) -> Ticket:
    """Undo a merge: the ticket stands again where it stood."""
    ticket = locked(ticket)
    target = ticket.merged_into
    back = "unmerge_to_responsibility" if ticket.state_before_merge == State.RESPONSIBILITY else "unmerge_to_reported"
    ticket.merged_into = None
    take_arrow(
        ticket, "unmerge", by, method=back, data={"from": target.number if target else ""}, fields=("merged_into",)
    )
    return ticket

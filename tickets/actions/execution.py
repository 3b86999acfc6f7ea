"""The plan is carried out, with proof, and the ticket is closed."""

from collections import defaultdict
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import notifications
from ..models import Message, Plan, PlanAction, Ticket, TicketCost
from ..models.ticket import Outcome, RootCause
from ..problems import Party
from .base import By, TooLate, locked, require, require_member, require_state, save, take_arrow, write_event


def record_execution(action: PlanAction, *, by: By, proof: str) -> PlanAction:
    """Record that an action was done, with its proof: a payment reference, a tracking number, a document's name."""
    require_member(by)
    require(proof.strip(), _("Give the proof: a payment reference, a tracking number or a document."), "proof")
    ticket = locked(action.plan.ticket)
    require_state(ticket, "executing")
    action = PlanAction.objects.select_for_update(of=("self",)).select_related("plan").get(pk=action.pk)
    if action.plan.state != Plan.State.AGREED:
        raise TooLate(_("This plan was replaced; look at the current one."))
    if action.done_at:
        raise TooLate(_("This was recorded already, with proof “%(proof)s”.") % {"proof": action.proof})
    now = timezone.now()
    action.done_at, action.done_by, action.proof = now, by.user, proof.strip()
    action.save(update_fields=["done_at", "done_by", "proof"])
    save(ticket, now=now)
    data = {"action": action.pk, "kind": action.kind, "amount": str(action.amount), "currency": action.plan.currency}
    write_event(ticket, "action_done", by, now=now, reason=action.proof, data=data)
    return action


def revise(ticket: Ticket, *, by: By, reason: str) -> Ticket:
    """Go back to planning because the plan cannot be kept; what was done of it stays on record."""
    require(reason.strip(), _("Write why the plan cannot be kept."), "reason")
    ticket = locked(ticket)
    take_arrow(ticket, "revise", by, reason=reason.strip())
    ticket.plans.filter(state=Plan.State.AGREED).update(state=Plan.State.REPLACED)
    return ticket


def close(
    ticket: Ticket, *, by: By, outcome: str, root_cause: str, text: str, costs: dict[str, Decimal] | None = None
) -> Ticket:
    """Close with outcome, root cause and cost per party (in the order's currency; from the done actions if not given).

    Tells the customer. Raises Refused where an action lacks its proof or a field is missing.
    """
    require_member(by)
    require(outcome in Outcome.values, _("Choose how it ended."), "outcome")
    require(root_cause in RootCause.values, _("Choose the root cause."), "root_cause")
    require(text.strip(), _("Write to the customer how it ended."), "text")
    ticket = locked(ticket)
    require_state(ticket, "executing")
    now = timezone.now()
    ticket.outcome, ticket.root_cause, ticket.closed_at = outcome, root_cause, now
    _write_costs(ticket, costs)
    fields = ("outcome", "root_cause", "closed_at")
    take_arrow(
        ticket, "close", by, fields=fields, reason=text.strip(), data={"outcome": outcome, "cause": root_cause}, now=now
    )
    ticket.plans.filter(state=Plan.State.AGREED).update(state=Plan.State.DONE)
    message = Message.objects.create(
        ticket=ticket, audience="public", author_kind=by.kind, author=by.user, author_name=by.name, text=text.strip(),
        created_at=now,
    )  # fmt: skip
    notifications.tell_customer(ticket, "closed", key=f"message:{message.pk}", text=message.text)
    return ticket


def _write_costs(ticket: Ticket, costs: dict[str, Decimal] | None) -> None:
    """Replace the cost rows. A reopened ticket's earlier actions were paid too, so they count again."""
    spent: dict[tuple[str, int | None], Decimal] = defaultdict(Decimal)
    if costs is None:
        for action in PlanAction.objects.filter(plan__ticket=ticket, done_at__isnull=False):
            spent[action.payer, action.payer_partner_id] += action.amount
    else:
        require(set(costs) <= set(Party.values), _("Choose a party."), "costs")
        require(all(amount >= 0 for amount in costs.values()), _("A cost cannot be negative."), "costs")
        for party, amount in costs.items():
            spent[party, None] += amount
    ticket.costs.all().delete()
    if not spent:
        spent[Party.AGENT, None] = Decimal(0)
    TicketCost.objects.bulk_create(
        TicketCost(ticket=ticket, party=party, partner_id=partner, amount=amount, currency=ticket.order.currency)
        for (party, partner), amount in spent.items()
    )

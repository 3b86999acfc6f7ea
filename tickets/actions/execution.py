"""The plan is carried out, with proof, and the ticket is closed."""

from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import notifications, rules
from ..models import Claim, Message, Plan, PlanAction, Ticket, TicketCost
from ..models.plan import GIVES
from ..models.ticket import Outcome, RootCause
from ..problems import Party
from ..queries import money
from .base import By, Refused, TooLate, locked, require, require_member, require_state, save, take_arrow, write_event
from .money import take_promises_back, write_paid

Kind = PlanAction.Kind


def record_execution(action: PlanAction, *, by: By, proof: str = "") -> PlanAction:
    """Record that an action was done, with its proof: a payment reference, a tracking number, a document's name.

    A claim is done with the claim's own number. What waits for goods to come back is refused until they were inspected.
    What it cost each party goes into the ledger.
    """
    require_member(by)
    ticket = locked(action.plan.ticket)
    action = PlanAction.objects.select_for_update(of=("self",)).select_related("plan", "done_by").get(pk=action.pk)
    action.plan.ticket = ticket
    if action.done_at:
        said = {"proof": action.proof, "name": action.done_by or _("Somebody")}
        raise TooLate(_("%(name)s was faster and has recorded this, with proof “%(proof)s”.") % said)
    require_state(ticket, "executing")
    if action.plan.state != Plan.State.AGREED:
        raise TooLate(_("This plan was replaced; look at the current one."))
    proof = _proof_of(ticket, action, proof.strip())
    require(
        not action.awaits_return or rules.return_released(action),
        _("This waits for the goods: they must be back and inspected first (Returns)."),
    )
    now = timezone.now()
    action.done_at, action.done_by, action.proof = now, by.user, proof
    action.save(update_fields=["done_at", "done_by", "proof"])
    write_paid(ticket, action, by=by, now=now)
    save(ticket, now=now)
    data = {"action": action.pk, "kind": action.kind, "amount": str(action.amount), "currency": action.plan.currency}
    write_event(ticket, "action_done", by, now=now, reason=action.proof, data=data)
    return action


def _proof_of(ticket: Ticket, action: PlanAction, proof: str) -> str:
    """Return what proves the action. Raises Refused, naming the field, where it is missing or another claim's."""
    if action.is_claim:
        kind = Claim.Kind.INSURER if action.kind == Kind.INSURANCE_CLAIM else Claim.Kind.CARRIER
        claim = ticket.claims.filter(kind=kind).exclude(reference="").first()
        if claim is None:
            raise Refused(_("File the claim first (Claims): its number is the proof."), "proof")
        require(
            not proof or proof == claim.reference,
            _("The claim's number is %(number)s.") % {"number": claim.reference},
            "proof",
        )
        return claim.reference
    if action.kind in GIVES:
        require(proof, _("Give the payment reference; without it nobody can prove the payment."), "proof")
    require(proof, _("Give the proof: a payment reference, a tracking number or a document."), "proof")
    return proof


def revise(ticket: Ticket, *, by: By, reason: str) -> Ticket:
    """Go back to planning because the plan cannot be kept; what was done of it stays on record.

    What was promised and not paid is taken back in the ledger.
    """
    require(reason.strip(), _("Write why the plan cannot be kept."), "reason")
    ticket = locked(ticket)
    now = timezone.now()
    take_arrow(ticket, "revise", by, reason=reason.strip(), now=now)
    ticket.plans.filter(state=Plan.State.AGREED).update(state=Plan.State.REPLACED)
    take_promises_back(ticket, by=by, now=now, reason=reason.strip())
    return ticket


def close(
    ticket: Ticket, *, by: By, outcome: str, root_cause: str, text: str, costs: dict[str, Decimal] | None = None
) -> Ticket:
    """Close with outcome, root cause and cost per party (in the order's currency; from the ledger if not given).

    Tells the customer. Raises Refused where an action lacks its proof or a field is missing.
    """
    require_member(by)
    require(outcome in Outcome.values, _("Choose how it ended."), "outcome")
    require(root_cause in RootCause.values, _("Choose the root cause."), "root_cause")
    require(text.strip(), _("Write to the customer how it ended."), "text")
    ticket = locked(ticket)
    require_state(ticket, "executing")
    require(not rules.open_mediation(ticket), _("A mediation is open; a manager decides it before you close."))
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
    """Replace the cost rows, from the ledger or as given. What a reopened ticket paid earlier counts again."""
    if costs is None:
        spent = money.costs(ticket)
    else:
        require(set(costs) <= set(Party.values), _("Choose a party."), "costs")
        require(all(amount >= 0 for amount in costs.values()), _("A cost cannot be negative."), "costs")
        spent = {(party, None, ticket.order.currency): amount for party, amount in costs.items()}
    ticket.costs.all().delete()
    TicketCost.objects.bulk_create(
        TicketCost(ticket=ticket, party=party, partner_id=partner, amount=amount, currency=currency)
        for (party, partner, currency), amount in spent.items()
    )

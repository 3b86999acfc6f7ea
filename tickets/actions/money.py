"""The ledger's writers: promised with the plan, paid with the action, recovered, and taken back by a row of its own.

The rows are never changed (the database refuses it). Everything is written behind the ticket's lock, in the
transaction of the action it belongs to, so that the ledger and the plan cannot part.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import currency_code

from .. import amounts
from ..models import Claim, LedgerEntry, Plan, PlanAction, Ticket
from ..problems import Party
from ..workflow import State
from .base import By, Refused, TooLate, locked, partner_for, require, require_member, save, write_event

Kind = LedgerEntry.Kind
# Money comes back after the plan is agreed, often long after the ticket is closed.
RECOVERABLE = (State.PLANNING, State.EXECUTING, State.CLOSED, State.FOLLOWED_UP, State.RESPONSIBILITY)


def _standing(ticket: Ticket, kind: str) -> QuerySet[LedgerEntry]:
    """Return the rows of a kind that no other row has taken back."""
    return LedgerEntry.objects.filter(ticket=ticket, kind=kind, reverses__isnull=True, reversals__isnull=True)


def _row(ticket: Ticket, by: By, now: datetime, **fields) -> LedgerEntry:
    return LedgerEntry(ticket=ticket, by=by.user, by_name=by.name[:160], at=now, **fields)


def _reversal(entry: LedgerEntry, by: By, now: datetime, note: str) -> LedgerEntry:
    return LedgerEntry(
        ticket_id=entry.ticket_id, kind=entry.kind, party=entry.party, partner_id=entry.partner_id,
        amount=-entry.amount, currency=entry.currency, action_id=entry.action_id, claim_id=entry.claim_id,
        reverses=entry, proof=entry.proof, note=note[:300], by=by.user, by_name=by.name[:160], at=now,
    )  # fmt: skip


def _of_action(
    ticket: Ticket, action: PlanAction, kind: str, by: By, *, now: datetime, proof: str = ""
) -> list[LedgerEntry]:
    """One row per party that bears a part of the action, for the part it bears."""
    if action.is_claim:
        return []
    return [
        _row(
            ticket, by, now, kind=kind, party=share.party, partner=share.partner, amount=share.amount,
            currency=action.plan.currency, action=action, proof=proof,
        )
        for share in action.shares.all()
        if share.amount
    ]  # fmt: skip


def write_promised(ticket: Ticket, plan: Plan, *, by: By, now: datetime) -> None:
    """Write what an agreed plan promises, one row per action and party. The caller holds the ticket's lock."""
    actions = plan.actions.select_related("plan").prefetch_related("shares__partner")
    rows = [row for action in actions for row in _of_action(ticket, action, Kind.PROMISED, by, now=now)]
    LedgerEntry.objects.bulk_create(rows)


def write_paid(ticket: Ticket, action: PlanAction, *, by: By, now: datetime) -> None:
    """Write what a done action cost each party, with its proof. The caller holds the ticket's lock."""
    LedgerEntry.objects.bulk_create(_of_action(ticket, action, Kind.PAID, by, now=now, proof=action.proof))


def take_promises_back(ticket: Ticket, *, by: By, now: datetime, reason: str) -> None:
    """Take back what was promised and not paid, by reversing rows. The caller holds the ticket's lock."""
    open_promises = _standing(ticket, Kind.PROMISED).filter(action__done_at__isnull=True)
    LedgerEntry.objects.bulk_create([_reversal(entry, by, now, reason) for entry in open_promises])


def record_recovery(
    ticket: Ticket,
    *,
    by: By,
    party: str,
    amount: Decimal,
    currency: str,
    proof: str,
    partner: Partner | None = None,
    claim: Claim | None = None,
    note: str = "",
) -> LedgerEntry:
    """Record money that came back to us from a party, in any currency, with its proof (a credit note, a payment).

    What an insurer pays is recorded with its claim as `party="agent"`: it lowers our own part.
    """
    require_member(by)
    require(party in Party.values and party != Party.CUSTOMER, _("Choose whom the money came from."), "party")
    require(
        party != Party.AGENT or claim is not None, _("What we bear ourselves cannot be recovered from us."), "party"
    )
    require(amount > 0, _("Write an amount above zero."), "amount")
    _require_currency(currency)
    require(
        amounts.fits(amount, currency),
        _("%(currency)s has no such fraction; write %(amount)s.")
        % {"currency": currency, "amount": amounts.rounded(amount, currency)},
        "amount",
    )
    require(proof.strip(), _("Give the proof: a payment reference or a credit note."), "proof")
    ticket = locked(ticket)
    require(ticket.state in RECOVERABLE, _("Money comes back once it is clear who is responsible."))
    require(claim is None or claim.ticket_id == ticket.pk, _("This claim belongs to another ticket."), "claim")
    partner = partner or (claim.partner if claim else None) or partner_for(ticket, party)
    if party == Party.AGENT:
        partner = None
    twice = _standing(ticket, Kind.RECOVERED).filter(
        party=party, partner=partner, proof=proof.strip(), amount=amount, currency=currency
    )
    earlier = twice.first()
    if earlier:
        raise TooLate(
            _("%(name)s has recorded this with the same proof already.") % {"name": earlier.by_name or _("Somebody")}
        )
    now = timezone.now()
    entry = _row(
        ticket, by, now, kind=Kind.RECOVERED, party=party, partner=partner, amount=amount, currency=currency,
        claim=claim, proof=proof.strip(), note=note.strip(),
    )  # fmt: skip
    entry.save()
    save(ticket, now=now)
    data = {"entry": entry.pk, "party": party, "amount": str(amount), "currency": currency}
    write_event(ticket, "money_recovered", by, now=now, reason=entry.proof, data=data)
    return entry


def _require_currency(currency: str) -> None:
    code = currency_code.regex.match(currency)  # type: ignore[union-attr]
    require(code, _("Use the three capital letters of ISO 4217, such as EUR."), "currency")


def take_back(entry: LedgerEntry, *, by: By, reason: str) -> list[LedgerEntry]:
    """Take a wrong row back by reversing rows, with a reason; the wrong one stays readable.

    A payment is taken back with the other parts of its action, which then is not done any more and can be recorded
    anew. Raises Refused for a promise (revise the plan instead) and for a payment of a closed ticket.
    """
    require_member(by)
    require(reason.strip(), _("Write what was wrong with it."), "reason")
    ticket = locked(entry.ticket)
    entry = LedgerEntry.objects.select_related("action").get(pk=entry.pk)
    require(entry.reverses_id is None, _("This row takes another back itself; record the right amount anew."))
    earlier = entry.reversals.first()
    if earlier:
        raise TooLate(_("%(name)s has taken this back already.") % {"name": earlier.by_name or _("Somebody")})
    if entry.kind == Kind.PROMISED:
        raise Refused(_("A promise is taken back by revising the plan."))
    now = timezone.now()
    if entry.kind == Kind.PAID:
        require(
            ticket.state in (State.EXECUTING, State.PLANNING, State.RESPONSIBILITY),
            _("The ticket is closed; reopen it, then take the payment back."),
        )
        wrong = _undo(ticket, entry, by, now, reason.strip())
    else:
        wrong = [entry]
    rows = [_reversal(each, by, now, reason.strip()) for each in wrong]
    LedgerEntry.objects.bulk_create(rows)
    save(ticket, now=now)
    data = {
        "entry": entry.pk, "kind_of_money": entry.kind, "amount": str(sum((e.amount for e in wrong), Decimal(0))),
        "currency": entry.currency, "proof": entry.proof,
    }  # fmt: skip
    write_event(ticket, "money_taken_back", by, now=now, reason=reason.strip(), data=data)
    return rows


def _undo(ticket: Ticket, entry: LedgerEntry, by: By, now: datetime, reason: str) -> list[LedgerEntry]:
    """Mark a paid action as not done and return its rows. A replaced plan's promise is taken back too."""
    action = entry.action
    if action is None:
        return [entry]
    paid = list(_standing(ticket, Kind.PAID).filter(action=action))
    action.done_at, action.done_by, action.proof = None, None, ""
    action.save(update_fields=["done_at", "done_by", "proof"])
    if action.plan.state != Plan.State.AGREED:
        promised = _standing(ticket, Kind.PROMISED).filter(action=action)
        LedgerEntry.objects.bulk_create([_reversal(each, by, now, reason) for each in promised])
    return paid

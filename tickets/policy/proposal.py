"""The plan that the policy proposes for a case: filled in for the operator, who changes what does not fit."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import amounts
from ..models import Mediation, Plan, PlanAction, Remedy, Ticket
from ..models.plan import CLAIMS, GIVES, REFUNDS
from ..planned import Pays, Planned, payers_by_shares
from ..problems import Group, Party, Wish
from .ground import Ground, ground_of
from .windows import EU, EU_MEMBERS, WindowFound, window_for

Kind = PlanAction.Kind
NOTHING = Decimal(0)
# What an insurance of the way may answer for.
INSURED = {Group.DAMAGE, Group.LOGISTICS, Group.CUSTOMS}
# Where no line fits: the customer's wish, as a plan's first action and its part of the price.
BY_WISH = {
    Wish.REFUND: (Kind.REFUND, 100),
    Wish.REPLACEMENT: (Kind.REPLACEMENT, 0),
    Wish.KEEP: (Kind.KEEP_REFUND, 50),
    Wish.REPAIR: (Kind.REPAIR, 0),
}


@dataclass(frozen=True)
class Proposal:
    """What is proposed and why: the actions, the clause they rest on, the policy's line, the window it lies in."""

    actions: tuple[Planned, ...]
    clause: str
    remedy: Remedy | None
    window: WindowFound
    why: str
    # What an insurance pays, in words; empty where the order carries none that fits.
    insurance: str = ""
    mediation: Mediation | None = None


def default_plan(ticket: Ticket, countered: Plan | None = None) -> Proposal:
    """Return the proposal for a ticket whose responsibility is confirmed. One statement, and those of a plan's rows.

    With `countered`, a plan that the customer answered, that answer is taken over: where only the amount is in
    question, into the plan as it was. A decided mediation is kept to.
    """
    ground = ground_of(ticket)
    wish = (countered and countered.counter_wish) or ticket.wish
    remedy = next((each for each in ground.remedies if fits(each, ticket, ground.leading, wish)), None)
    window = window_for(ticket.order, ticket.line, ticket.problem, ground.windows)
    clause = remedy.clause if remedy else ""
    as_it_was = countered if countered and countered.pk and countered.counter_wish in ("", ticket.wish) else None
    actions = _again(as_it_was) if as_it_was else _by_policy(ticket, ground, remedy, wish)
    if countered and countered.counter_amount is not None:
        actions = _giving(actions, countered.counter_amount, ground, clause)
    actions, insurance = (actions, "") if as_it_was else _insured(ticket, actions)
    if ground.mediation:
        actions = _mediated(actions, ground)
    why = _why(ticket, remedy, wish, ground, window)
    if as_it_was:
        why = _("The plan as it was, with what the customer asks for.")
    return Proposal(tuple(actions), clause, remedy, window, why, insurance, ground.mediation)


def _by_policy(ticket: Ticket, ground: Ground, remedy: Remedy | None, wish: str) -> list[Planned]:
    lines = remedy.actions if remedy else _by_wish(wish)
    actions = [_planned(ticket, ground, line, remedy.clause if remedy else "") for line in lines]
    if _keeps_item(ticket):
        actions = [_without_return(each) for each in actions if each.kind != Kind.RETURN]
    return _within(ticket, actions, ground.left)


def _again(plan: Plan) -> list[Planned]:
    """Return a plan's actions as they were proposed, none due before today."""
    today = timezone.localdate()
    return [
        Planned(
            kind=each.kind, due_on=max(each.due_on, today), amount=each.amount, doer=each.doer,
            awaits_return=each.awaits_return, note=each.note, clause=each.clause,
            payers=tuple(Pays(share.party, share.percent, share.partner) for share in each.shares.all()),
        )
        for each in plan.actions.all()
    ]  # fmt: skip


def fits(remedy: Remedy, ticket: Ticket, party: str, wish: str) -> bool:
    """Whether a line of the policy fits a case: empty conditions fit everything."""
    order, value = ticket.order, value_of(ticket)
    category = ticket.line.category if ticket.line else ""
    union = EU if order.country in EU_MEMBERS else None
    return (
        remedy.is_active
        and (not remedy.problems or ticket.problem in remedy.problems)
        and (not remedy.parties or party in remedy.parties)
        and (not remedy.wishes or wish in remedy.wishes)
        and remedy.country in ("", order.country, union)
        and (not remedy.category or remedy.category.casefold() == category.casefold())
        and (remedy.value_from is None or value >= remedy.value_from)
        and (remedy.value_to is None or value < remedy.value_to)
        and (remedy.insured is None or remedy.insured == bool(order.shipping_insurance or order.return_insurance))
    )


def value_of(ticket: Ticket) -> Decimal:
    """Return what the complained item was worth, in the order's currency; the whole order's total without an item."""
    line = ticket.line
    return min(line.unit_price * line.quantity, ticket.order.total) if line else ticket.order.total


def _by_wish(wish: str) -> list[dict]:
    kind, percent = BY_WISH.get(Wish(wish), (Kind.APOLOGY, 0)) if wish else (Kind.APOLOGY, 0)
    return [{"kind": kind, "percent": percent, "of": "item", "days": 7}]


def _planned(ticket: Ticket, ground: Ground, line: dict, clause: str) -> Planned:
    order = ticket.order
    whole = {"item": value_of(ticket), "freight": order.freight, "order": order.total}[line.get("of", "item")]
    amount = whole * line.get("percent", 0) / 100
    if line["kind"] in GIVES and ticket.group != Group.CHANGE and 0 < ground.customer_share < 100:
        # The customer bears its part by getting less back.
        amount = amount * (100 - ground.customer_share) / 100
    claims = line["kind"] in CLAIMS
    return Planned(
        kind=line["kind"],
        due_on=timezone.localdate() + dt.timedelta(days=line.get("days", 7)),
        amount=amounts.rounded(amount, order.currency),
        payers=() if claims or not amount else ground.payers,
        doer=line.get("doer", Party.AGENT),
        awaits_return=bool(line.get("awaits_return")),
        clause=clause[:120],
    )


def _keeps_item(ticket: Ticket) -> bool:
    return value_of(ticket) < ticket.organization.keep_item_below


def _without_return(action: Planned) -> Planned:
    kind = Kind.KEEP_REFUND if action.kind == Kind.REFUND and action.awaits_return else action.kind
    return replace(action, kind=kind, awaits_return=False)


def _within(ticket: Ticket, actions: list[Planned], left: Decimal) -> list[Planned]:
    """Cut refunds at what is left of what was paid; one that would give nothing is left out."""
    found = []
    for each in actions:
        action = replace(each, amount=min(each.amount, left)) if each.kind in REFUNDS else each
        left -= action.amount if each.kind in REFUNDS else NOTHING
        if action.amount or action.kind not in GIVES:
            found.append(action)
    apology = Planned(Kind.APOLOGY, timezone.localdate() + dt.timedelta(days=2))
    return found or [apology]


def _giving(actions: list[Planned], amount: Decimal, ground: Ground, clause: str) -> list[Planned]:
    """Return the actions, in their order, with what the customer gets in money set to one amount, in one action."""
    first = next((each for each in actions if each.kind in GIVES), None)
    if first is None:
        kind = Kind.PARTIAL_REFUND if amount <= ground.left else Kind.COMPENSATION
        first = Planned(kind, timezone.localdate() + dt.timedelta(days=7), clause=clause[:120])
        actions = [*(each for each in actions if each.kind != Kind.APOLOGY), first]
    giving = replace(first, amount=amount, payers=first.payers or ground.payers)
    if first.kind in REFUNDS and amount > ground.left:
        giving = replace(giving, kind=Kind.COMPENSATION)
    return [giving if each is first else each for each in actions if each is first or each.kind not in GIVES]


def _insured(ticket: Ticket, actions: list[Planned]) -> tuple[list[Planned], str]:
    """Return the actions with a claim to the insurer, and what it pays; the carrier is asked for what is above that."""
    order = ticket.order
    words = []
    if order.return_insurance and any(each.kind == Kind.RETURN for each in actions):
        words.append(_("%(insurance)s pays the way back.") % {"insurance": order.return_insurance})
    lost = sum((each.amount for each in actions if each.kind in REFUNDS), NOTHING) or value_of(ticket)
    if (
        not order.shipping_insurance
        or ticket.group not in INSURED
        or all(each.kind == Kind.APOLOGY for each in actions)
    ):
        return actions, " ".join(words)
    pays = lost if order.insured_amount is None else min(lost, order.insured_amount)
    words.append(
        _("%(insurance)s pays %(pays)s of %(lost)s %(currency)s.")
        % {"insurance": order.shipping_insurance, "pays": pays, "lost": lost, "currency": order.currency}
    )
    due = timezone.localdate() + dt.timedelta(days=7)
    claims = [Planned(Kind.INSURANCE_CLAIM, due, pays, note=order.shipping_insurance[:300])] if pays else []
    found = []
    for each in actions:
        above = max(each.amount - pays, NOTHING)
        if each.kind == Kind.CARRIER_CLAIM and above:
            found.append(replace(each, amount=above))
        elif each.kind != Kind.CARRIER_CLAIM:
            found.append(each)
    return found + claims, " ".join(words)


def _mediated(actions: Sequence[Planned], ground: Ground) -> list[Planned]:
    """Return the actions giving the customer at least what was decided, paid by the decided shares."""
    decided = (ground.mediation and ground.mediation.amount) or NOTHING
    payers = ground.mediated_payers or ground.payers
    found = list(actions)
    if decided and sum((each.amount for each in found if each.kind in GIVES), NOTHING) != decided:
        found = _giving(found, decided, ground, "")
    return [replace(each, payers=payers) if each.kind in GIVES else each for each in found]


def _why(ticket: Ticket, remedy: Remedy | None, wish: str, ground: Ground, window: WindowFound) -> str:
    """Return in one or two sentences why this is proposed."""
    if ground.mediation:
        return _("The mediation was decided; the plan keeps to it.")
    parts = [str(ticket.get_problem_display())]
    if ground.leading:
        parts.append(str(Party(ground.leading).label))
    if wish:
        parts.append(_("wish: %(wish)s") % {"wish": Wish(wish).label})
    words = [", ".join(parts) + "."]
    if _keeps_item(ticket):
        below = {"value": value_of(ticket), "below": ticket.organization.keep_item_below}
        words.append(_("Worth %(value)s, less than %(below)s: the item is kept.") % below)
    late = window.late_days(ticket.order, ticket.filed_at)
    if late:
        words.append(
            _("Reported %(late)d days after the window of %(days)d days.") % {"late": late, "days": window.days}
        )
    if remedy is None:
        words.append(_("No line of the policy fits; this follows the wish."))
    return " ".join(words)


__all__ = ["Pays", "Proposal", "default_plan", "fits", "payers_by_shares", "value_of"]

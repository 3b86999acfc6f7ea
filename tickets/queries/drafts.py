"""What the decision forms hold beforehand, from the facts at hand. The operator changes what does not fit."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ..models import Plan, PlanAction, Ticket
from ..models.ticket import Outcome
from ..problems import Group, Party, Problem, Wish
from ..workflow import STAGES, State
from .bench import Row

Kind = PlanAction.Kind
# Days until an action is due. Source: `docs/responsibility.md`, "Time limits": refund and replacement 7, return 14.
DAYS = defaultdict(lambda: 7, {Kind.RETURN: 14, Kind.REPAIR: 14, Kind.CARRIER_CLAIM: 14})
BY_WISH = {
    Wish.REFUND: Kind.REFUND,
    Wish.REPLACEMENT: Kind.REPLACEMENT,
    Wish.KEEP: Kind.PARTIAL_REFUND,
    Wish.REPAIR: Kind.REPAIR,
}
BY_PROBLEM = {Problem.MISSING_PART: Kind.RESEND, Problem.MISSING_ITEM: Kind.RESEND, Problem.WRONG_ITEM: Kind.EXCHANGE}
BY_GROUP = {
    Group.CUSTOMS: Kind.CUSTOMS_ASSISTANCE,
    Group.CHANGE: Kind.RETURN,
    Group.LOGISTICS: Kind.APOLOGY,
    Group.SERVICE: Kind.APOLOGY,
    Group.OTHER: Kind.APOLOGY,
}
OUTCOMES = {
    Kind.REFUND: Outcome.REFUNDED,
    Kind.PARTIAL_REFUND: Outcome.PARTLY_REFUNDED,
    Kind.REPLACEMENT: Outcome.REPLACED,
    Kind.EXCHANGE: Outcome.REPLACED,
    Kind.RESEND: Outcome.REPLACED,
    Kind.REPAIR: Outcome.REPAIRED,
    Kind.RETURN: Outcome.REFUNDED,
    Kind.COMPENSATION: Outcome.COMPENSATED,
    Kind.FREIGHT_REFUND: Outcome.PARTLY_REFUNDED,
    Kind.APOLOGY: Outcome.EXPLAINED,
    Kind.CUSTOMS_ASSISTANCE: Outcome.DELIVERED,
}


def steps(ticket: Ticket) -> list[dict[str, Any]]:
    """Return the lifecycle's line: what is done, where the ticket stands, and the way out it took."""
    names = [{"label": _stage_label(stage), "stage": stage} for stage in STAGES]
    if ticket.state in STAGES:
        at = STAGES.index(State(ticket.state))
    else:
        left = {State.MERGED: ticket.state_before_merge or State.REPORTED}.get(State(ticket.state), State.REPORTED)
        at = STAGES.index(State(left)) + 1
        names[at:] = [{"label": ticket.get_state_display(), "stage": ticket.state}]
    ended = ticket.state == State.FOLLOWED_UP
    return [
        {"label": each["label"], "state": "done" if n < at or ended else "current" if n == at else ""}
        for n, each in enumerate(names)
    ]


def _stage_label(stage: State) -> str:
    return {State.PLANNING: _("Plan"), State.EXECUTING: _("Execution")}.get(stage) or str(stage.label)


def shares(assessment: Row | None) -> dict[str, int]:
    """Return per cent by party of an assessment."""
    return {share["party"]: share["percent"] for share in assessment["shares"]} if assessment else {}


def shares_form(assessment: Row | None) -> dict[str, Any]:
    """Return what the form of another responsibility begins with."""
    first = {f"percent_{party}": percent for party, percent in shares(assessment).items()}
    return first | {"basis": assessment["basis"] if assessment else ""}


def asking(ticket: Ticket, assessment: Row | None, candidates: dict[str, list[tuple[int, str]]]) -> dict[str, Any]:
    """Return partner, share and reasoning to ask with: the largest recommended share that has a partner."""
    found = shares(assessment)
    ranked = sorted(candidates, key=lambda party: -found.get(party, 0))
    if not ranked:
        return {}
    party = ranked[0]
    text = assessment["basis"] if assessment else ""
    return {"who": f"{party}-{candidates[party][0][0]}", "percent": found.get(party) or 100, "text": text}


def _in_words_of(ticket: Ticket, text: str) -> str:
    """Put the salutation before a text, both in the customer's language."""
    name = ticket.customer.name.strip()
    return (_("Dear %(name)s,") % {"name": name} if name else _("Hello,")) + "\n\n" + text


def first_kind(ticket: Ticket) -> Kind:
    """Return the usual remedy: the customer's wish, else what the problem calls for."""
    if ticket.wish in BY_WISH:
        return BY_WISH[Wish(ticket.wish)]
    return BY_PROBLEM.get(Problem(ticket.problem)) or BY_GROUP.get(ticket.group, Kind.REFUND)


def first_action(ticket: Ticket, confirmed: Row | None, candidates: dict[str, list[tuple[int, str]]]) -> dict[str, Any]:
    """Return the first action of a new plan: kind, amount in the order's currency, payer and day."""
    kind = first_kind(ticket)
    price = ticket.line.unit_price * ticket.line.quantity if ticket.line else ticket.order.total
    amount = {Kind.REFUND: price, Kind.PARTIAL_REFUND: (price / 2).quantize(Decimal("0.01"))}.get(kind, Decimal(0))
    leading = confirmed["shares"][0] if confirmed and confirmed["shares"] else None
    party = leading["party"] if leading else Party.AGENT
    partner = (leading and leading["partner"]) or next((pk for pk, _name in candidates.get(party, [])), None)
    known = {pk for pk, _name in candidates.get(party, [])}
    payer = f"{party}-{partner}" if partner in known else party if not known else f"{party}-{min(known)}"
    if party == Party.CUSTOMER:
        payer = Party.AGENT
    return {
        "kind": kind,
        "amount": min(amount, ticket.order.total) if amount else None,
        "payer": payer,
        "due_on": timezone.localdate() + dt.timedelta(days=DAYS[kind]),
    }


def plan_text(ticket: Ticket, confirmed: Row | None) -> str:
    """Return the offer's message, in the customer's language."""
    with translation.override(ticket.language):
        words = {
            Kind.REFUND: _(
                "we looked into what happened and propose to pay the full price back. You need not send anything."
            ),
            Kind.PARTIAL_REFUND: _(
                "we looked into what happened and propose that you keep the item and get part of the price back."
            ),
            Kind.REPLACEMENT: _("we looked into what happened and propose to send you a new item at no cost."),
            Kind.EXCHANGE: _("we looked into what happened and propose to exchange the item at no cost."),
            Kind.RESEND: _("we looked into what happened and propose to send you what is missing at no cost."),
            Kind.REPAIR: _("we looked into what happened and propose to have the item repaired at no cost."),
        }
        text = words.get(first_kind(ticket)) or _("we looked into what happened and propose the following.")
        return _in_words_of(ticket, str(text))


def close_form(ticket: Ticket, plan: Plan) -> dict[str, Any]:
    """Return outcome and last message that an executed plan calls for."""
    kinds = [action.kind for action in plan.actions.all()]
    outcome = next((OUTCOMES[Kind(kind)] for kind in kinds if Kind(kind) in OUTCOMES), "")
    with translation.override(ticket.language):
        text = _in_words_of(
            ticket, _("it is done: everything we agreed on has been carried out. Thank you for your patience.")
        )
    return {"outcome": outcome, "text": text}


def spent(plans: list[Plan]) -> dict[str, Decimal]:
    """Return what the done actions of all plans cost each party, in the order's currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for plan in plans:
        for action in plan.actions.all():
            if action.done_at:
                found[action.payer] += action.amount
    return {party: amount for party, amount in found.items() if amount} or {Party.AGENT.value: Decimal(0)}

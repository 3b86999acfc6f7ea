"""What the decision forms hold beforehand, from the facts at hand. The operator changes what does not fit."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from .. import amounts, guide, policy, rules
from ..models import Plan, PlanAction, Ticket
from ..models.plan import CLAIMS, REFUNDS
from ..models.ticket import Outcome
from ..planned import Pays, payers_by_shares
from ..policy import Proposal
from ..problems import Party
from ..proofs import Proof
from ..workflow import STAGES, State
from . import bench, money
from .bench import Row

Kind = PlanAction.Kind
OUTCOMES = {
    Kind.REFUND: Outcome.REFUNDED,
    Kind.PARTIAL_REFUND: Outcome.PARTLY_REFUNDED,
    Kind.KEEP_REFUND: Outcome.PARTLY_REFUNDED,
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


def please_send(ticket: Ticket, proofs: list[Proof], *, to_customer: bool) -> str:
    """Return the words that ask the customer, or a partner, for these."""
    with translation.override(ticket.language if to_customer else ticket.organization.language):
        return guide.please_send(proofs)


def proposal(ticket: Ticket, countered: Plan | None = None) -> Proposal:
    """Return the plan that the policy proposes; with the customer's own answer taken over, where one is given."""
    return policy.default_plan(ticket, countered)


def action_rows(ticket: Ticket, proposed: Proposal) -> list[dict[str, Any]]:
    """Return what the forms of a plan's actions begin with."""
    rows = []
    for action in proposed.actions:
        row: dict[str, Any] = {
            "kind": action.kind, "amount": action.amount or None, "due_on": action.due_on, "doer": action.doer,
            "awaits_return": action.awaits_return, "note": action.note, "clause": action.clause,
        }  # fmt: skip
        for each in action.payers:
            row[f"pay_{each.party}"] = each.percent
            if each.partner:
                row[f"partner_{each.party}"] = each.partner.pk
        rows.append(row)
    return rows


def plan_text(ticket: Ticket, proposed: Proposal) -> str:
    """Return the offer's message, in the customer's language."""
    kinds = {each.kind for each in proposed.actions}
    with translation.override(ticket.language):
        words = {
            Kind.REFUND: _("we looked into what happened and propose to pay the full price back."),
            Kind.KEEP_REFUND: _(
                "we looked into what happened and propose that you keep the item and get part of the price back."
            ),
            Kind.REPLACEMENT: _("we looked into what happened and propose to send you a new item at no cost."),
            Kind.EXCHANGE: _("we looked into what happened and propose to exchange the item at no cost."),
            Kind.RESEND: _("we looked into what happened and propose to send you what is missing at no cost."),
            Kind.REPAIR: _("we looked into what happened and propose to have the item repaired at no cost."),
        }
        said = next((words[kind] for kind in words if kind in kinds), None)
        text = said or _("we looked into what happened and propose the following.")
        if Kind.RETURN in kinds:
            text += " " + _("Please send the item back; we tell you how.")
        elif Kind.REFUND in kinds:
            text += " " + _("You need not send anything.")
        return _in_words_of(ticket, text)


def changes(plans: list[Plan]) -> list[dict[str, Any]]:
    """Return what the latest plan changes against the one before: the action, as it was, as it is now."""
    if len(plans) < 2:
        return []
    after, before = ({(a.kind, n): a for n, a in _numbered(plan)} for plan in plans[:2])
    found = []
    for kind, n in dict.fromkeys([*after, *before]):
        new, old = after.get((kind, n)), before.get((kind, n))
        if new is None or old is None or _essence(new) != _essence(old):
            found.append({"label": Kind(kind).label, "before": old, "after": new})
    return found


def _numbered(plan: Plan) -> list[tuple[int, PlanAction]]:
    """Number the actions of each kind, so that the second refund is compared with the second."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for action in plan.actions.all():
        found.append((seen[action.kind], action))
        seen[action.kind] += 1
    return found


def _essence(action: PlanAction) -> tuple[Any, ...]:
    shares = sorted((share.party, share.percent) for share in action.shares.all())
    return (action.amount, action.due_on, action.doer, action.awaits_return, action.note, shares)


def parts(ticket: Ticket, planned: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what actions that are being typed come to: each party's part, the whole, and what is left to refund."""
    row = Ticket.objects.select_related("order").annotate(**policy.refund_columns()).get(pk=ticket.pk)
    currency = ticket.order.currency
    by_party: dict[str, Decimal] = defaultdict(Decimal)
    confirmed = bench.confirmed(ticket)
    usual = payers_by_shares([Pays(s["party"], s["percent"]) for s in confirmed["shares"]] if confirmed else [])
    for each in planned:
        if each["kind"] in CLAIMS or not each["amount"]:
            continue
        payers = [Pays(party, percent) for party, percent, _pk in each["payers"]] or list(usual)
        amounts_of = amounts.split(each["amount"], [p.percent for p in payers], currency)
        for payer, amount in zip(payers, amounts_of, strict=True):
            by_party[payer.party] += amount
    refunded = sum((each["amount"] for each in planned if each["kind"] in REFUNDS), Decimal(0))
    labels = dict(Party.choices)
    whole = sum(by_party.values(), Decimal(0))
    return {
        "parties": [(labels[party], amount) for party, amount in by_party.items()],
        "whole": whole,
        "left": policy.refundable_of(row),
        "over": max(refunded - policy.refundable_of(row), Decimal(0)),
        "manager": rules.needs_manager(ticket.organization, whole),
    }


def close_form(ticket: Ticket, plan: Plan) -> dict[str, Any]:
    """Return outcome and last message that an executed plan calls for."""
    # Goods come back for the sake of something else; that is how it ended.
    kinds = sorted((Kind(action.kind) for action in plan.actions.all()), key=lambda kind: kind == Kind.RETURN)
    outcome = next((OUTCOMES[kind] for kind in kinds if kind in OUTCOMES), "")
    with translation.override(ticket.language):
        text = _in_words_of(
            ticket, _("it is done: everything we agreed on has been carried out. Thank you for your patience.")
        )
    return {"outcome": outcome, "text": text}


def spent(ticket: Ticket) -> dict[str, Decimal]:
    """Return what the ticket cost each party by the ledger, paid less recovered, in the order's currency."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (party, _partner, currency), amount in money.costs(ticket).items():
        if currency == ticket.order.currency:
            found[party] += amount
    return dict(found) or {Party.AGENT.value: Decimal(0)}

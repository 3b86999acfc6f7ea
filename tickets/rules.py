"""Guards and who-may-see: pure functions over a ticket, no writes."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone


def has_confirmed_assessment(ticket) -> bool:
    """Whether a confirmed assessment stands, its shares add to 100 and its basis is written."""
    assessment = ticket.confirmed_assessment()
    return bool(assessment and assessment.basis and sum(s.percent for s in assessment.shares.all()) == 100)


def plan_is_agreed(ticket) -> bool:
    """Whether the current plan is agreed by the customer, and by partner and manager where it binds them."""
    plan = ticket.current_plan()
    return bool(plan and not plan.missing_agreements())


def actions_are_done(ticket) -> bool:
    """Whether each action of the agreed plan is done, with proof."""
    plan = ticket.current_plan()
    actions = list(plan.actions.all()) if plan else []
    return bool(actions) and all(action.done_at and action.proof for action in actions)


def outcome_is_recorded(ticket) -> bool:
    """Whether outcome, root cause and the cost of each party stand on the ticket."""
    return bool(ticket.outcome and ticket.root_cause and ticket.costs.exists())


def may_appeal(ticket) -> bool:
    """An appeal is possible once."""
    return ticket.appealed_at is None


def has_merge_target(ticket) -> bool:
    """A merged ticket points to another, which is not merged itself."""
    target = ticket.merged_into
    return bool(target and target.pk != ticket.pk and target.state != "merged")


def was_reported(ticket) -> bool:
    return ticket.state_before_merge == "reported"


def was_in_responsibility(ticket) -> bool:
    return ticket.state_before_merge == "responsibility"


def partner_may_contest(ticket) -> bool:
    """A partner may contest until it has agreed to the plan that binds it."""
    plan = ticket.current_plan()
    return plan is None or plan.partner_agreed_at is None


def reopen_until(ticket):
    """Return the last moment a customer may reopen, or None while the ticket is not closed."""
    return ticket.closed_at and ticket.closed_at + timedelta(days=ticket.organization.reopen_window_days)


def may_reopen(ticket) -> bool:
    """A closed ticket may be reopened; the customer's window is checked by the action, the operator has none."""
    return ticket.closed_at is not None


def within_reopen_window(ticket, now=None) -> bool:
    """Whether the customer may still reopen."""
    until = reopen_until(ticket)
    return until is not None and (now or timezone.now()) <= until


def shares_add_up(percents) -> bool:
    """Whether shares are positive whole per cents that add to 100."""
    percents = list(percents)
    return bool(percents) and all(p > 0 for p in percents) and sum(percents) == 100


def needs_manager(organization, amount: Decimal) -> bool:
    """Whether a plan over `amount` waits for a manager."""
    return amount > organization.approval_amount


def open_mediation(ticket):
    """Return the mediation of the ticket that is not decided yet, or None."""
    return ticket.mediations.filter(decided_at=None).first()


def binding_mediation(ticket):
    """Return the decided mediation that binds the ticket's plan, or None.

    A plan follows its shares and gives the customer at least its amount. It is spent once the ticket was closed on it:
    whoever opens the ticket again may bring the dispute again.
    """
    decided = ticket.mediations.exclude(decided_at=None).select_related("assessment", "decided_by")
    found = decided.order_by("-decided_at").first()
    return found if found and binds(ticket, found) else None


def binds(ticket, mediation) -> bool:
    """Whether a mediation is decided and the ticket was not closed since."""
    if mediation.decided_at is None:
        return False
    return ticket.closed_at is None or ticket.closed_at < mediation.decided_at


def return_released(action) -> bool:
    """Whether goods came back for the action's ticket, were inspected, and their state releases it.

    A return still under way, or declined under the same plan, holds it back. One that an earlier plan had authorised
    counts once it was accepted: those goods are here, and cannot come a second time.
    """
    good, held = False, False
    for returned in action.plan.ticket.returns.exclude(state="cancelled").select_related("action"):
        ours = returned.action is None or returned.action.plan_id == action.plan_id
        if returned.state in ("accepted", "released"):
            good = True
        elif returned.state != "declined":
            held = held or ours
        else:
            held = held or (returned.action is not None and ours)
    return good and not held


def return_stake(returned) -> Decimal:
    """Return what a decision on a return is about: the price of the goods, or the money that waits for them if more."""
    goods = sum((line.quantity * line.line.unit_price for line in returned.lines.select_related("line")), Decimal(0))
    plan = returned.ticket.current_plan()
    waiting = (action.amount for action in plan.actions.all() if action.awaits_return) if plan else ()
    return max(goods, sum(waiting, Decimal(0)))

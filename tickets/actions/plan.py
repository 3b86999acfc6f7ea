"""What will be done: proposed, approved, agreed or refused. Amounts are decimals in the order's currency."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import clocks, links, notifications
from ..models import Plan, PlanAction, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from ..workflow import Actor
from .base import (
    By,
    Refused,
    TooLate,
    locked,
    partner_for,
    require,
    require_member,
    require_state,
    save,
    take_arrow,
    tell_desk,
    write_event,
)
from .responsibility import open_request
from .work import answered, wait_for_customer

PARTNER_PARTIES = {Party.SUPPLIER, Party.CARRIER, Party.WAREHOUSE}
# Money that goes back to the customer out of what was paid; it cannot exceed that.
REFUNDS = {PlanAction.Kind.REFUND, PlanAction.Kind.PARTIAL_REFUND, PlanAction.Kind.FREIGHT_REFUND}


@dataclass(frozen=True)
class Planned:
    """One action of a plan to be proposed; `amount` in the plan's currency."""

    kind: str
    due_on: date
    amount: Decimal = Decimal(0)
    payer: str = Party.AGENT
    payer_partner: Partner | None = None
    note: str = ""
    clause: str = ""


def propose_plan(ticket: Ticket, *, by: By, text: str, currency: str, actions: list[Planned]) -> Plan:
    """Propose a plan; an open one is replaced and stays readable. Raises Refused and names the field.

    Above the organization's amount it waits for a manager before the customer sees it; a partner that pays more than it
    accepted is asked too.
    """
    require_member(by)
    require(text.strip(), _("Write to the customer what you propose."), "text")
    ticket = locked(ticket)
    require_state(ticket, "planning")
    _check(ticket, currency, actions)
    now = timezone.now()
    ticket.plans.filter(state=Plan.State.PROPOSED).update(state=Plan.State.REPLACED)
    latest = ticket.plans.order_by("-version").first()
    plan = Plan(
        organization=ticket.organization, ticket=ticket, version=(latest.version if latest else 0) + 1,
        text=text.strip(), currency=currency, created_by=by.user, created_at=now,
    )  # fmt: skip
    plan.save()
    PlanAction.objects.bulk_create(
        PlanAction(
            plan=plan, kind=a.kind, note=a.note, amount=a.amount, payer=a.payer, due_on=a.due_on, clause=a.clause,
            payer_partner=a.payer_partner or (partner_for(ticket, a.payer) if a.amount else None),
        )
        for a in actions
    )  # fmt: skip
    write_event(ticket, "plan_proposed", by, now=now, reason=plan.text, data={"plan": plan.pk, "version": plan.version})
    if not _partner_must_agree(ticket, plan):
        plan.partner_agreed_at = now
        plan.save(update_fields=["partner_agreed_at"])
    if "manager" in plan.missing_agreements():
        if ticket.waiting_for == Waiting.CUSTOMER:
            clocks.resume(ticket, now=now)
        ticket.waiting_for = Waiting.MANAGER
        save(ticket, now=now)
        notifications.tell_managers(ticket, "plan_approval", key=f"plan:{plan.pk}:approval", plan=plan)
    else:
        _offer(ticket, plan, now)
    return plan


def _check(ticket: Ticket, currency: str, actions: list[Planned]) -> None:
    order = ticket.order
    require(actions, _("A plan needs at least one action."), "actions")
    require(
        currency == order.currency,
        _("The order was paid in %(currency)s; plan in that currency.") % {"currency": order.currency},
        "currency",
    )
    today = timezone.now().astimezone(ticket.organization.zone).date()
    for action in actions:
        require(action.kind in PlanAction.Kind.values, _("Choose an action."), "kind")
        require(action.payer in Party.values, _("Choose who pays."), "payer")
        require(action.amount >= 0, _("An amount cannot be negative."), "amount")
        require(action.due_on >= today, _("Choose a day from today on."), "due_on")
        partner = action.payer_partner or partner_for(ticket, action.payer)
        if action.amount and partner and not partner.email:
            raise Refused(
                _("%(partner)s has no e-mail and cannot be asked to pay; add one under Partners, or let us pay.")
                % {"partner": partner},
                "payer",
            )
        require(action.amount > 0 or action.kind not in REFUNDS, _("A refund needs an amount above zero."), "amount")
    back = sum((a.amount for a in actions if a.kind in REFUNDS), Decimal(0))
    require(
        back <= order.total,
        _("The customer paid %(total)s %(currency)s; more cannot be refunded.")
        % {"total": order.total, "currency": order.currency},
        "amount",
    )


def _partner_must_agree(ticket: Ticket, plan: Plan) -> bool:
    """Whether a partner is to pay a larger part than it accepted when it was asked who is responsible."""
    total = plan.amount
    for partner in plan.paying_partners():
        pays = sum((a.amount for a in plan.actions.all() if a.payer_partner_id == partner.pk), Decimal(0))
        request = ticket.partner_requests.filter(partner=partner).exclude(answer="").order_by("-id").first()
        accepted = request.answer_percent if request else None
        if accepted is None or pays * 100 > total * accepted:
            return True
    return False


def _offer(ticket: Ticket, plan: Plan, now: datetime) -> None:
    """Show the plan to the customer, and to a partner that must agree; our clock rests."""
    plan.answer_by = now + timedelta(days=ticket.organization.silence_days)
    plan.save(update_fields=["answer_by"])
    answered(ticket, now)
    wait_for_customer(ticket, now=now)
    save(ticket, "first_answer_at", now=now)
    notifications.tell_customer(
        ticket, "plan" if plan.version == 1 else "plan_changed", key=f"plan:{plan.pk}:offer", plan=plan
    )
    if plan.partner_agreed_at is None:
        for partner in plan.paying_partners():
            request = ticket.partner_requests.filter(partner=partner).order_by("-id").first()
            if request is None:
                _ask_for_the_first_time(ticket, plan, partner, now)
            else:
                link = links.issue(kind="partner", ticket=ticket, partner=partner, request=request, email=partner.email)
                notifications.tell_partner(
                    request, "plan_partner", key=f"plan:{plan.pk}:partner:{partner.pk}", link=link
                )


def _ask_for_the_first_time(ticket: Ticket, plan: Plan, partner: Partner, now: datetime) -> None:
    """A partner that shall pay but was never asked is asked now, for the part that the decision gives it."""
    assessment = ticket.confirmed_assessment()
    share = assessment.shares.filter(partner=partner).first() if assessment else None
    payer = next(a.payer for a in plan.actions.all() if a.payer_partner_id == partner.pk)
    by = By(Actor.OPERATOR, str(plan.created_by or ""), user=plan.created_by)
    open_request(
        ticket, partner, by=by, party=share.party if share else payer, percent=share.percent if share else 100,
        text=assessment.basis if assessment else plan.text, now=now,
    )  # fmt: skip


def partner_accepted(ticket: Ticket, partner: Partner, *, by: By, now: datetime) -> None:
    """Count a partner's acceptance of its responsibility as agreeing to the open plan, where it covers its part."""
    plan = ticket.plans.filter(state=Plan.State.PROPOSED).first()
    if plan is None or plan.partner_agreed_at or partner not in plan.paying_partners():
        return
    plan.organization = ticket.organization
    if not _partner_must_agree(ticket, plan):
        plan.partner_agreed_at = now
        plan.save(update_fields=["partner_agreed_at"])
        _agree_if_complete(ticket, plan, by, now)


def _current(plan: Plan) -> tuple[Ticket, Plan]:
    """Return (ticket, plan) locked and fresh. Raises TooLate where the plan is not open any more."""
    ticket = locked(plan.ticket)
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    plan.organization = ticket.organization
    if plan.state != Plan.State.PROPOSED:
        raise TooLate(_("This plan is not open any more: %(state)s.") % {"state": plan.get_state_display()})
    return ticket, plan


def approve_plan(plan: Plan, *, by: By) -> Plan:
    """Approve a plan above the amount; then the customer sees it. Raises Refused unless a manager acts."""
    require(by.kind == Actor.MANAGER, _("Only a manager may approve this plan."))
    ticket, plan = _current(plan)
    if plan.manager_agreed_at:
        raise TooLate(_("%(name)s has approved it already.") % {"name": plan.manager or _("A manager")})
    now = timezone.now()
    plan.manager_agreed_at, plan.manager = now, by.user
    plan.save(update_fields=["manager_agreed_at", "manager"])
    write_event(ticket, "plan_approved", by, now=now, data={"plan": plan.pk})
    if plan.answer_by is None:
        _offer(ticket, plan, now)
    _agree_if_complete(ticket, plan, by, now)
    return plan


def accept_plan(plan: Plan, *, by: By) -> Plan:
    """Record an agreement: the customer's, the paying partner's, or the policy's after the customer's silence."""
    ticket, plan = _current(plan)
    now = timezone.now()
    if by.kind == Actor.PARTNER:
        require(by.partner in plan.paying_partners(), _("This plan does not bind you."))
        plan.partner_agreed_at = plan.partner_agreed_at or now
    elif by.kind in (Actor.CUSTOMER, Actor.SYSTEM):
        require("manager" not in plan.missing_agreements(), _("This plan is still being checked on our side."))
        if by.kind == Actor.SYSTEM:
            require(plan.answer_by and plan.answer_by <= now, _("The customer still has time to answer."))
        plan.customer_agreed_at = plan.customer_agreed_at or now
        plan.by_silence = by.kind == Actor.SYSTEM
    else:
        raise Refused(_("The customer accepts a plan; a manager approves it."))
    plan.save(update_fields=["partner_agreed_at", "customer_agreed_at", "by_silence"])
    write_event(ticket, "plan_accepted", by, now=now, data={"plan": plan.pk, "by_silence": plan.by_silence})
    _agree_if_complete(ticket, plan, by, now)
    return plan


def _agree_if_complete(ticket: Ticket, plan: Plan, by: By, now: datetime) -> None:
    missing = plan.missing_agreements()
    if not missing:
        plan.state = Plan.State.AGREED
        plan.save(update_fields=["state"])
        take_arrow(ticket, "agree", by, data={"plan": plan.pk}, now=now)
        if not by.is_member:
            tell_desk(ticket, "customer_answered", key=f"plan:{plan.pk}:agreed", by=by)
    elif "customer" not in missing and ticket.waiting_for == Waiting.CUSTOMER:
        clocks.resume(ticket, now=now)
        ticket.waiting_for = Waiting.PARTNER if "partner" in missing else Waiting.MANAGER
        save(ticket, now=now)


def refuse_plan(plan: Plan, *, by: By, refusal: str = "", text: str = "") -> Plan:
    """Record that the customer, or the manager asked for approval, says no; the operator plans anew."""
    require(by.kind in (Actor.CUSTOMER, Actor.MANAGER), _("The customer or a manager may refuse a plan."))
    if by.kind == Actor.CUSTOMER:
        require(refusal in Plan.Refusal.values, _("Choose why you do not agree."), "refusal")
    else:
        require(text.strip(), _("Write why."), "text")
    ticket, plan = _current(plan)
    now = timezone.now()
    plan.state, plan.refusal, plan.refusal_text = Plan.State.REFUSED, refusal, text.strip()
    plan.save(update_fields=["state", "refusal", "refusal_text"])
    if ticket.waiting_for == Waiting.CUSTOMER:
        clocks.resume(ticket, now=now)
    ticket.waiting_for = ""
    save(ticket, now=now)
    write_event(ticket, "plan_refused", by, now=now, reason=text.strip(), data={"plan": plan.pk, "refusal": refusal})
    tell_desk(ticket, "plan_refused", key=f"plan:{plan.pk}:refused", by=by)
    return plan

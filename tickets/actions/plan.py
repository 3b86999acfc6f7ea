"""What will be done: proposed, approved, agreed, countered or refused. Amounts are decimals in the order's currency."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import amounts, clocks, links, notifications, rules
from ..models import Mediation, Plan, PlanAction, PlanActionShare, Ticket
from ..models.ticket import Waiting
from ..planned import Planned
from ..problems import Wish
from ..workflow import Actor
from .base import (
    By,
    Refused,
    TooLate,
    locked,
    require,
    require_member,
    require_state,
    save,
    take_arrow,
    tell_desk,
    write_event,
)
from .money import write_promised
from .planned import check_mediation, prepared
from .responsibility import open_request
from .work import answered, wait_for_customer


def propose_plan(ticket: Ticket, *, by: By, text: str, currency: str, actions: list[Planned]) -> Plan:
    """Propose a plan; an open one is replaced and stays readable. Raises Refused and names the field.

    Above the organization's amount it waits for a manager before the customer sees it; a partner that pays more than it
    accepted is asked too. A decided mediation binds: a plan that keeps to it counts as agreed by both sides at once.
    """
    require_member(by)
    require(text.strip(), _("Write to the customer what you propose."), "text")
    ticket = locked(ticket)
    require_state(ticket, "planning")
    _require_no_mediation(ticket)
    actions = prepared(ticket, currency, actions)
    mediation = rules.binding_mediation(ticket)
    if mediation:
        check_mediation(mediation, currency, actions)
    now = timezone.now()
    ticket.plans.filter(state=Plan.State.PROPOSED).update(state=Plan.State.REPLACED)
    latest = ticket.plans.order_by("-version").first()
    plan = Plan(
        organization=ticket.organization, ticket=ticket, version=(latest.version if latest else 0) + 1,
        text=text.strip(), currency=currency, created_by=by.user, created_at=now, mediation=mediation,
    )  # fmt: skip
    plan.save()
    _write_actions(plan, actions)
    data = {"plan": plan.pk, "version": plan.version, "mediation": mediation.pk if mediation else None}
    write_event(ticket, "plan_proposed", by, now=now, reason=plan.text, data=data)
    _count_accepted(ticket, plan, now)
    if mediation:
        _agree_by_mediation(plan, mediation, now)
    if "manager" in plan.missing_agreements():
        if ticket.waiting_for == Waiting.CUSTOMER:
            clocks.resume(ticket, now=now)
        ticket.waiting_for = Waiting.MANAGER
        save(ticket, now=now)
        notifications.tell_managers(ticket, "plan_approval", key=f"plan:{plan.pk}:approval", plan=plan)
    elif plan.missing_agreements():
        _offer(ticket, plan, now)
    else:
        _agree_if_complete(ticket, plan, By.system(), now)
    return plan


def _require_no_mediation(ticket: Ticket) -> None:
    require(
        not rules.open_mediation(ticket),
        _("A mediation is open; no plan can be agreed until a manager has decided it."),
    )


def _write_actions(plan: Plan, planned: list[Planned]) -> None:
    rows = PlanAction.objects.bulk_create(
        PlanAction(
            plan=plan, kind=a.kind, note=a.note, amount=a.amount, doer=a.doer, awaits_return=a.awaits_return,
            due_on=a.due_on, clause=a.clause,
        )
        for a in planned
    )  # fmt: skip
    PlanActionShare.objects.bulk_create(
        PlanActionShare(action=row, party=p.party, partner=p.partner, percent=p.percent, amount=part)
        for row, a in zip(rows, planned, strict=True)
        for p, part in zip(a.payers, amounts.split(a.amount, [p.percent for p in a.payers], plan.currency), strict=True)
    )


def _agree_by_mediation(plan: Plan, mediation: Mediation, now: datetime) -> None:
    """A plan that keeps to the decision binds both sides; a manager decided, so it needs no other up to that amount."""
    shares = PlanActionShare.objects.filter(action__plan=plan, agreed_at__isnull=True)
    shares.exclude(partner=None).update(agreed_at=now)
    plan.customer_agreed_at = plan.partner_agreed_at = plan.answer_by = now
    if plan.amount <= (mediation.amount or Decimal(0)):
        plan.manager_agreed_at, plan.manager = mediation.decided_at, mediation.decided_by
    plan.save(update_fields=["customer_agreed_at", "partner_agreed_at", "answer_by", "manager_agreed_at", "manager"])


def _count_accepted(ticket: Ticket, plan: Plan, now: datetime) -> None:
    """Count as agreed what a partner is to pay within the part it accepted when it was asked who is responsible."""
    total = plan.amount
    for partner in plan.unagreed_partners():
        request = ticket.partner_requests.filter(partner=partner).exclude(answer="").order_by("-id").first()
        accepted = request.answer_percent if request else None
        if accepted is not None and plan.due_from(partner) * 100 <= total * accepted:
            _agree_part(plan, partner, now)
    if not plan.unagreed_partners():
        plan.partner_agreed_at = now
        plan.save(update_fields=["partner_agreed_at"])


def _agree_part(plan: Plan, partner: Partner, now: datetime) -> None:
    PlanActionShare.objects.filter(action__plan=plan, partner=partner, agreed_at__isnull=True).update(agreed_at=now)


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
    for partner in plan.unagreed_partners():
        request = ticket.partner_requests.filter(partner=partner).order_by("-id").first()
        if request is None:
            _ask_for_the_first_time(ticket, plan, partner, now)
        else:
            link = links.issue(kind="partner", ticket=ticket, partner=partner, request=request, email=partner.email)
            notifications.tell_partner(request, "plan_partner", key=f"plan:{plan.pk}:partner:{partner.pk}", link=link)


def _ask_for_the_first_time(ticket: Ticket, plan: Plan, partner: Partner, now: datetime) -> None:
    """A partner that shall pay but was never asked is asked now, for the part that the decision gives it."""
    assessment = ticket.confirmed_assessment()
    share = assessment.shares.filter(partner=partner).first() if assessment else None
    party = PlanActionShare.objects.filter(action__plan=plan, partner=partner).values_list("party", flat=True)[0]
    by = By(Actor.OPERATOR, str(plan.created_by or ""), user=plan.created_by)
    open_request(
        ticket, partner, by=by, party=share.party if share else party, percent=share.percent if share else 100,
        text=assessment.basis if assessment else plan.text, now=now,
    )  # fmt: skip


def partner_accepted(ticket: Ticket, partner: Partner, *, by: By, now: datetime) -> None:
    """Count a partner's acceptance of its responsibility as agreeing to the open plan, where it covers its part."""
    plan = ticket.plans.filter(state=Plan.State.PROPOSED).first()
    if plan is None or partner not in plan.unagreed_partners():
        return
    plan.organization = ticket.organization
    _count_accepted(ticket, plan, now)
    if plan.partner_agreed_at:
        _agree_if_complete(ticket, plan, by, now)


def _current(plan: Plan) -> tuple[Ticket, Plan]:
    """Return (ticket, plan) locked and fresh. Raises TooLate, naming who was faster, where the plan is not open."""
    ticket = locked(plan.ticket)
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    plan.organization = ticket.organization
    if plan.state != Plan.State.PROPOSED:
        said = {"state": plan.get_state_display(), "who": _who_was_faster(ticket)}
        raise TooLate(_("%(who)s was faster: this plan is not open any more (%(state)s).") % said)
    return ticket, plan


def _who_was_faster(ticket: Ticket) -> str:
    verbs = ("plan_proposed", "plan_accepted", "plan_refused", "plan_countered", "contest", "agree")
    last = ticket.events.filter(verb__in=verbs).order_by("-id").first()
    return (last and last.actor_name) or _("Somebody")


def approve_plan(plan: Plan, *, by: By) -> Plan:
    """Approve a plan above the amount; then the customer sees it. Raises Refused unless a manager acts."""
    require(by.kind == Actor.MANAGER, _("Only a manager may approve this plan."))
    ticket, plan = _current(plan)
    _require_no_mediation(ticket)
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
    _require_no_mediation(ticket)
    now = timezone.now()
    if by.kind == Actor.PARTNER and by.partner:
        require(by.partner in plan.paying_partners(), _("This plan does not bind you."))
        _require_first(by.partner in plan.unagreed_partners())
        _agree_part(plan, by.partner, now)
        plan.partner_agreed_at = None if plan.unagreed_partners() else now
    elif by.kind in (Actor.CUSTOMER, Actor.SYSTEM):
        require("manager" not in plan.missing_agreements(), _("This plan is still being checked on our side."))
        if by.kind == Actor.SYSTEM:
            require(plan.answer_by and plan.answer_by <= now, _("The customer still has time to answer."))
        _require_first(plan.customer_agreed_at is None)
        plan.customer_agreed_at = now
        plan.by_silence = by.kind == Actor.SYSTEM
    else:
        raise Refused(_("The customer accepts a plan; a manager approves it."))
    plan.save(update_fields=["partner_agreed_at", "customer_agreed_at", "by_silence"])
    write_event(ticket, "plan_accepted", by, now=now, data={"plan": plan.pk, "by_silence": plan.by_silence})
    _agree_if_complete(ticket, plan, by, now)
    return plan


def _require_first(first: bool) -> None:
    if not first:
        raise TooLate(_("This plan was accepted already."))


def _agree_if_complete(ticket: Ticket, plan: Plan, by: By, now: datetime) -> None:
    missing = plan.missing_agreements()
    if not missing and not rules.open_mediation(ticket):
        plan.state = Plan.State.AGREED
        plan.save(update_fields=["state"])
        take_arrow(ticket, "agree", by, data={"plan": plan.pk}, now=now)
        write_promised(ticket, plan, by=by, now=now)
        if not by.is_member:
            tell_desk(ticket, "customer_answered", key=f"plan:{plan.pk}:agreed", by=by)
    elif "customer" not in missing and ticket.waiting_for == Waiting.CUSTOMER:
        clocks.resume(ticket, now=now)
        ticket.waiting_for = Waiting.PARTNER if "partner" in missing else Waiting.MANAGER if missing else ""
        save(ticket, now=now)


def refuse_plan(plan: Plan, *, by: By, refusal: str = "", text: str = "") -> Plan:
    """Record that the customer, or the manager asked for approval, says no; the operator plans anew."""
    require(by.kind in (Actor.CUSTOMER, Actor.MANAGER), _("The customer or a manager may refuse a plan."))
    if by.kind == Actor.CUSTOMER:
        require(refusal in Plan.Refusal.values, _("Choose why you do not agree."), "refusal")
    else:
        require(text.strip(), _("Write why."), "text")
    ticket, plan = _current(plan)
    _require_unaccepted(plan, by)
    plan.refusal, plan.refusal_text = refusal, text.strip()
    _end(ticket, plan, "plan_refused", by, {"refusal": refusal})
    return plan


def counter_plan(plan: Plan, *, by: By, wish: str = "", amount: Decimal | None = None, text: str = "") -> Plan:
    """Record what the customer would accept instead: another wish, another amount in the plan's currency, or both.

    Raises Refused where neither is named, or the amount is not above zero or above what was paid.
    """
    require(by.kind == Actor.CUSTOMER, _("Only the customer may answer with another proposal."))
    require(wish in Wish.values or amount is not None, _("Choose another solution, or write an amount."), "wish")
    require(not wish or wish in Wish.values, _("Choose one of these answers."), "wish")
    require(text.strip(), _("Write a sentence about it."), "text")
    ticket, plan = _current(plan)
    if amount is not None:
        paid = {"total": ticket.order.total, "currency": plan.currency}
        require(amount > 0, _("Write an amount above zero."), "amount")
        require(amounts.fits(amount, plan.currency), _("Write an amount as your currency has it."), "amount")
        require(
            amount <= ticket.order.total,
            _("You paid %(total)s %(currency)s; write an amount up to that.") % paid,
            "amount",
        )
    _require_unaccepted(plan, by)
    plan.counter_wish, plan.counter_amount, plan.refusal_text = wish, amount, text.strip()
    plan.refusal = Plan.Refusal.OTHER_WAY if wish else Plan.Refusal.TOO_LITTLE
    data = {"wish": wish, "amount": str(amount) if amount is not None else "", "currency": plan.currency}
    _end(ticket, plan, "plan_countered", by, data)
    return plan


def _require_unaccepted(plan: Plan, by: By) -> None:
    if by.kind == Actor.CUSTOMER and plan.customer_agreed_at:
        raise TooLate(_("You accepted this plan already; write to us if something has changed."))
    hidden = by.kind == Actor.CUSTOMER and plan.answer_by is None
    require(not hidden, _("This plan is still being checked on our side."))


def _end(ticket: Ticket, plan: Plan, verb: str, by: By, data: dict) -> None:
    """Close the open plan on a no, tell the desk, and let our clock run again."""
    now = timezone.now()
    plan.state = Plan.State.REFUSED
    plan.save(update_fields=["state", "refusal", "refusal_text", "counter_wish", "counter_amount"])
    if ticket.waiting_for == Waiting.CUSTOMER:
        clocks.resume(ticket, now=now)
    ticket.waiting_for = ""
    save(ticket, now=now)
    write_event(ticket, verb, by, now=now, reason=plan.refusal_text, data={"plan": plan.pk, **data})
    tell_desk(ticket, "plan_refused", key=f"plan:{plan.pk}:refused", by=by)

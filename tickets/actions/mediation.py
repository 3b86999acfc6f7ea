"""Mediation beside the stage: opened by a side or a member, statements in time, a manager's decision that binds."""

import zoneinfo
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner
from aftersales.tenants.business_time import business_time

from .. import amounts, clocks, notifications, rules
from ..models import Assessment, Mediation, MediationStatement, PartnerRequest, Plan, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from ..workflow import Actor
from .base import By, TooLate, locked, require, require_member, require_state, save, take_arrow, tell_desk, write_event
from .execution import revise
from .responsibility import Share, write_shares

POSSIBLE_IN = ("responsibility", "planning", "executing")
# How long before its deadline a side that has said nothing is reminded.
AHEAD = timedelta(days=1)


def open_mediation(ticket: Ticket, *, by: By, reason: str, partner: Partner | None = None) -> Mediation:
    """Open the dispute; each side has the organization's days, on its own calendar, to bring its evidence.

    `partner` is the other side a member names, one that was asked on this ticket; for a customer it is the one asked
    last. Raises TooLate where one is open, Refused where one has decided or the reason is missing.
    """
    require(reason.strip(), _("Write what is disputed."), "reason")
    require(by.kind != Actor.SYSTEM, _("You may not do this."))
    ticket = locked(ticket)
    require_state(ticket, *POSSIBLE_IN)
    standing = rules.open_mediation(ticket)
    if standing:
        day = date_format(timezone.localtime(standing.opened_at), "DATETIME_FORMAT")
        raise TooLate(_("Somebody was faster: a mediation is open since %(day)s.") % {"day": day})
    require(rules.binding_mediation(ticket) is None, _("A mediation has decided this, and its decision binds."))
    asked = ticket.partner_requests.select_related("partner__calendar").order_by("-id")
    if partner or by.partner:
        asked = asked.filter(partner=by.partner or partner)
        require(asked.exists(), _("Choose a partner that was asked about this ticket."), "partner")
    request = asked.first() if partner or by.partner or not by.is_member else None
    now, days = timezone.now(), ticket.organization.mediation_days
    mediation = Mediation(
        organization=ticket.organization, ticket=ticket, opened_by=by.kind, opener_name=by.name, reason=reason.strip(),
        opened_at=now, customer_until=business_time(ticket.organization).after_days(now, days),
    )  # fmt: skip
    if request:
        calendar = business_time(ticket.organization, request.partner.calendar)
        mediation.partner, mediation.partner_until = request.partner, calendar.after_days(now, days)
    mediation.next_at = _next_at(mediation, now)
    mediation.save()
    save(ticket, now=now)
    data = {"mediation": mediation.pk, "partner": mediation.partner_id, "side": by.kind}
    write_event(ticket, "mediation_opened", by, now=now, reason=mediation.reason, data=data)
    _tell_sides(ticket, mediation, "mediation_opened", but=by)
    if not by.is_member:
        tell_desk(ticket, "mediation_opened", key=f"mediation:{mediation.pk}:opened", by=by)
    return mediation


def state_in_mediation(mediation: Mediation, *, by: By, text: str) -> MediationStatement:
    """Keep what a side brings forward. Raises TooLate after its deadline, naming the day, and after the decision."""
    require(text.strip(), _("Write your statement."), "text")
    ticket, mediation = _current(mediation)
    now = timezone.now()
    until = mediation.customer_until
    if by.kind == Actor.PARTNER:
        require(by.partner and by.partner.pk == mediation.partner_id, _("This mediation does not concern you."))
        until = mediation.partner_until or until
    if not by.is_member and until <= now:
        zone = zoneinfo.ZoneInfo(by.partner.time_zone if by.partner else ticket.organization.time_zone)
        day = date_format(timezone.localtime(until, zone), "DATETIME_FORMAT")
        raise TooLate(_("Statements were possible until %(day)s (%(zone)s).") % {"day": day, "zone": zone.key})
    statement = MediationStatement.objects.create(
        mediation=mediation, side=by.kind, partner=by.partner, name=by.name, text=text.strip(), at=now
    )
    save(ticket, now=now)
    write_event(ticket, "mediation_stated", by, now=now, reason=statement.text, data={"mediation": mediation.pk})
    if not by.is_member:
        tell_desk(ticket, "mediation_stated", key=f"statement:{statement.pk}", by=by)
    return statement


def decide_mediation(mediation: Mediation, *, by: By, text: str, shares: list[Share], amount: Decimal) -> Mediation:
    """Decide the dispute: who bears what, what the customer gets at least, and why. It binds every plan from now on.

    The stage stays, but an agreed plan is taken up again: from executing the ticket goes back to planning. `amount` is
    in the order's currency. Raises Refused and names the field; TooLate where another manager was faster.
    """
    require(by.kind == Actor.MANAGER, _("Only a manager may decide a mediation."))
    require(text.strip(), _("Write the decision with its reason; both sides read it."), "text")
    require(rules.shares_add_up(s.percent for s in shares), _("The shares must add to 100 per cent."), "shares")
    require(len({s.party for s in shares}) == len(shares), _("Name each party once."), "shares")
    require(all(s.party in Party.values for s in shares), _("Choose a party."), "shares")
    ticket, mediation = _current(mediation)
    require_state(ticket, *POSSIBLE_IN)
    _require_amount(ticket, amount)
    now = timezone.now()
    mediation.assessment = _assess(ticket, by, text.strip(), shares, now)
    mediation.decided_at, mediation.decided_by, mediation.decision = now, by.user, text.strip()
    mediation.amount, mediation.currency, mediation.next_at = amount, ticket.order.currency, None
    fields = ["assessment", "decided_at", "decided_by", "decision", "amount", "currency", "next_at"]
    mediation.save(update_fields=fields)
    if ticket.state == "planning":
        _end_offer(ticket, now)
    save(ticket, now=now)
    data = {
        "mediation": mediation.pk, "shares": {s.party: s.percent for s in shares}, "amount": str(amount),
        "currency": mediation.currency,
    }  # fmt: skip
    write_event(ticket, "mediation_decided", by, now=now, reason=mediation.decision, data=data)
    if ticket.state == "executing":
        revise(ticket, by=by, reason=_("A mediation was decided: %(why)s") % {"why": mediation.decision})
    _tell_sides(ticket, mediation, "mediation_decided")
    tell_desk(ticket, "mediation_decided", key=f"mediation:{mediation.pk}:decided", by=by)
    return mediation


def follow_mediation(ticket: Ticket, *, by: By) -> Ticket:
    """Go on from responsibility to planning with the shares that a mediation decided."""
    require_member(by)
    ticket = locked(ticket)
    require_state(ticket, "responsibility")
    decided = rules.binding_mediation(ticket)
    require(decided and decided.assessment_id, _("No mediation was decided on this ticket."))
    data = {
        "assessment": decided.assessment_id, "shares": {s.party: s.percent for s in decided.assessment.shares.all()},
        "override": Assessment.Override.MEDIATION,
    }  # fmt: skip
    take_arrow(ticket, "confirm_responsibility", by, reason=decided.decision, data=data)
    return ticket


def remind_of_mediation(mediation: Mediation) -> None:
    """Remind a side that has said nothing a day before its time ends; tell the managers once both are over."""
    ticket = locked(mediation.ticket)
    mediation = Mediation.objects.select_for_update(of=("self",)).select_related("partner").get(pk=mediation.pk)
    now, key = timezone.now(), f"mediation:{mediation.pk}"
    if mediation.decided_at or not ticket.is_open:
        mediation.next_at = None
    else:
        said = set(mediation.statements.values_list("side", flat=True))
        customer, partner = _asks_now(mediation, now)
        if customer and Actor.CUSTOMER not in said:
            notifications.tell_customer(
                ticket, "mediation_reminder", key=f"{key}:remind", until=mediation.customer_until
            )
        if partner and Actor.PARTNER not in said:
            _tell_partner(ticket, mediation, "mediation_reminder", f"{key}:remind")
        if now >= _ends(mediation):
            notifications.tell_managers(ticket, "mediation_ready", key=f"{key}:ready")
        mediation.next_at = _next_at(mediation, now)
    mediation.save(update_fields=["next_at"])


# ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _current(mediation: Mediation) -> tuple[Ticket, Mediation]:
    """Return (ticket, mediation) locked and fresh. Raises TooLate where it is decided."""
    ticket = locked(mediation.ticket)
    found = (
        Mediation.objects.select_for_update(of=("self",)).select_related("partner", "decided_by").get(pk=mediation.pk)
    )
    found.organization, found.ticket = ticket.organization, ticket
    if found.decided_at:
        raise TooLate(_("%(name)s was faster and has decided it.") % {"name": found.decided_by or _("A manager")})
    return ticket, found


def _require_amount(ticket: Ticket, amount: Decimal) -> None:
    paid = {"total": ticket.order.total, "currency": ticket.order.currency}
    require(amount >= 0, _("An amount cannot be negative."), "amount")
    require(amounts.fits(amount, ticket.order.currency), _("Write an amount as the currency has it."), "amount")
    require(
        amount <= ticket.order.total,
        _("The customer paid %(total)s %(currency)s; more cannot be decided.") % paid,
        "amount",
    )


def _assess(ticket: Ticket, by: By, text: str, shares: list[Share], now: datetime) -> Assessment:
    """Write the decision as the assessment that counts; the rule recommended before stays named."""
    recommended = ticket.recommendation()
    ticket.assessments.filter(kind=Assessment.Kind.CONFIRMED, superseded_at=None).update(superseded_at=now)
    assessment = Assessment.objects.create(
        ticket=ticket, kind=Assessment.Kind.CONFIRMED, rule=recommended.rule if recommended else "",
        rule_set=recommended.rule_set if recommended else None, basis=text,
        facts=recommended.facts if recommended else [], confidence=100, override=Assessment.Override.MEDIATION,
        created_by=by.user, created_at=now,
    )  # fmt: skip
    write_shares(ticket, assessment, shares)
    return assessment


def _end_offer(ticket: Ticket, now: datetime) -> None:
    """An offer made before the decision does not stand any more; our clock goes on."""
    if ticket.plans.filter(state=Plan.State.PROPOSED).update(state=Plan.State.REPLACED):
        if ticket.waiting_for == Waiting.CUSTOMER:
            clocks.resume(ticket, now=now)
        ticket.waiting_for = ""


def _asks_now(mediation: Mediation, now: datetime) -> tuple[bool, bool]:
    """Return whether the last day of (customer, partner) has begun and is not over."""
    partner = mediation.partner_until
    return (
        mediation.customer_until - AHEAD <= now < mediation.customer_until,
        partner is not None and partner - AHEAD <= now < partner,
    )


def _ends(mediation: Mediation) -> datetime:
    return max(mediation.customer_until, mediation.partner_until or mediation.customer_until)


def _next_at(mediation: Mediation, now: datetime) -> datetime | None:
    ends = [until for until in (mediation.customer_until, mediation.partner_until) if until]
    return min((at for at in (*(end - AHEAD for end in ends), max(ends)) if at > now), default=None)


def _tell_sides(ticket: Ticket, mediation: Mediation, kind: str, *, but: By | None = None) -> None:
    key = f"mediation:{mediation.pk}:{kind}"
    if but is None or but.kind != Actor.CUSTOMER:
        notifications.tell_customer(ticket, kind, key=key, until=mediation.customer_until, mediation=mediation)
    if but is None or but.kind != Actor.PARTNER:
        _tell_partner(ticket, mediation, kind, key)


def _tell_partner(ticket: Ticket, mediation: Mediation, kind: str, key: str) -> None:
    if mediation.partner_id:
        asked = PartnerRequest.objects.select_related("partner").filter(ticket=ticket, partner=mediation.partner_id)
        request = asked.order_by("-id").first()
        if request:
            request.ticket, request.organization = ticket, ticket.organization
            notifications.tell_partner(
                request, kind, key=key, to_partner=True, until=mediation.partner_until, mediation=mediation
            )

"""Clocks of a ticket: one for its stage, one for each partner that was asked, in business time.

Called inside the action's transaction, the ticket's row locked; the sweep locks in the same order (`tickets.tasks`).
"""

import datetime as dt
from typing import Any

from django.db.models import Q

from aftersales.tenants.business_time import BusinessCalendar, business_time
from aftersales.tenants.models import Membership, Organization, TeamMember, User
from aftersales.tenants.roles import Role

from . import notifications
from .models import PartnerRequest, StageClock, StageLimit, Ticket
from .models.clock import DEFAULT_MINUTES, ClockKind
from .workflow import OPEN, State

STAGE_KINDS = frozenset(ClockKind) - {ClockKind.PARTNER}
# When somebody is reminded, in per cent of the limit. Source: `docs/responsibility.md`, "Time limits".
STEPS = (50, 80, 100)
LIMIT = 100


# ── limits ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def limit(organization: Organization, kind: str) -> int:
    """Return the organization's limit for one kind of clock, in business minutes; the default where it set none."""
    own = StageLimit.objects.filter(organization=organization, kind=kind).values_list("minutes", flat=True).first()
    return own or DEFAULT_MINUTES[ClockKind(kind)]


def set_limits(organization: Organization, limits: dict[str, int | None]) -> None:
    """Keep the organization's own limits in business minutes, None for the default. Running clocks stay as they are."""
    for kind, minutes in limits.items():
        if minutes is None:
            StageLimit.objects.filter(organization=organization, kind=kind).delete()
        else:
            StageLimit.objects.update_or_create(organization=organization, kind=kind, defaults={"minutes": minutes})


def due_from(organization: Organization, kind: str, start: dt.datetime) -> dt.datetime:
    """Return when a clock of this kind that starts at `start` reaches its limit, in UTC."""
    return business_time(organization).add(start, limit(organization, kind))


# ── the stage's clock ──────────────────────────────────────────────────────────────────────────────────────────────
def enter_stage(ticket: Ticket, *, now: dt.datetime) -> None:
    """Stop the clock of the stage that was left and start the one of the stage entered, if it has one.

    Sets `due_at` and `waiting_for` on the ticket; the action saves them. Where work on the ticket is over, the
    partners' clocks stop too.
    """
    running = Q(request=None) if ticket.state in OPEN else Q()
    clocks = StageClock.objects.filter(running, ticket=ticket, stopped_at=None)
    for clock in clocks.select_related("request__partner__calendar"):
        _stop(clock, now, _calendar(clock), answered=clock.request is None)
    ticket.due_at, ticket.waiting_for = None, ""
    if ticket.state in STAGE_KINDS:
        ticket.due_at = _start(ticket, ticket.state, now, business_time(ticket.organization)).due_at


def pause(ticket: Ticket, *, now: dt.datetime) -> None:
    """Rest the stage's clock while the customer is awaited; partners' clocks go on. Sets `due_at` to None."""
    ticket.due_at = None
    clock = _of_stage(ticket)
    if clock is None or clock.paused_at:
        return
    clock.used_minutes = _used(clock, now, business_time(ticket.organization))
    # What was late before the pause stays late: the new limit after it must not make it good.
    clock.met = False if clock.due_at and clock.due_at < now else None
    clock.paused_at, clock.due_at, clock.next_at = now, None, None
    clock.save(update_fields=["used_minutes", "met", "paused_at", "due_at", "next_at"])


def resume(ticket: Ticket, *, now: dt.datetime) -> None:
    """Let the stage's clock go on: the time used is kept, the rest counted anew from the calendar. Sets `due_at`."""
    clock = _of_stage(ticket)
    if clock is None:
        return
    if clock.paused_at:
        calendar = business_time(ticket.organization)
        clock.paused_at, clock.resumed_at = None, now
        clock.due_at = calendar.add(now, clock.minutes - clock.used_minutes)
        clock.next_at = _next_at(clock, calendar)
        clock.save(update_fields=["paused_at", "resumed_at", "due_at", "next_at"])
    ticket.due_at = clock.due_at


def _of_stage(ticket: Ticket) -> StageClock | None:
    return StageClock.objects.filter(ticket=ticket, request=None, stopped_at=None).first()


# ── a partner's clock ──────────────────────────────────────────────────────────────────────────────────────────────
def start_partner(request: PartnerRequest, *, now: dt.datetime) -> StageClock:
    """Start the clock of a saved request, on the partner's calendar if it has one, else on the organization's.

    Sets `due_at` on the request; the action saves it.
    """
    calendar = business_time(request.organization, request.partner.calendar)
    clock = _start(request.ticket, ClockKind.PARTNER, now, calendar, request)
    assert clock.due_at is not None
    request.due_at = clock.due_at
    return clock


def stop_partner(request: PartnerRequest, *, now: dt.datetime) -> None:
    """Stop the clock of a request that was answered."""
    for clock in StageClock.objects.filter(request=request, stopped_at=None):
        _stop(clock, now, _calendar(clock))


# ── every clock ────────────────────────────────────────────────────────────────────────────────────────────────────
def _start(
    ticket: Ticket, kind: str, now: dt.datetime, calendar: BusinessCalendar, request: PartnerRequest | None = None
) -> StageClock:
    minutes = limit(ticket.organization, kind)
    clock = StageClock(
        organization=ticket.organization, ticket=ticket, kind=kind, request=request, minutes=minutes, started_at=now,
        resumed_at=now, due_at=calendar.add(now, minutes),
    )  # fmt: skip
    clock.next_at = _next_at(clock, calendar)
    clock.save()
    return clock


def _calendar(clock: StageClock) -> BusinessCalendar:
    return business_time(clock.organization, clock.request.partner.calendar if clock.request else None)


def _stop(clock: StageClock, now: dt.datetime, calendar: BusinessCalendar, *, answered: bool = True) -> None:
    late = clock.met is False or (clock.due_at is not None and clock.due_at < now)
    # A partner whose time was not over when the ticket went on without its answer neither met nor missed the limit.
    clock.met = False if late else (answered or None)
    clock.used_minutes = _used(clock, now, calendar)
    clock.stopped_at, clock.next_at = now, None
    clock.save(update_fields=["met", "used_minutes", "stopped_at", "next_at"])


def _used(clock: StageClock, now: dt.datetime, calendar: BusinessCalendar) -> int:
    return clock.used_minutes + (0 if clock.paused_at else calendar.between(clock.resumed_at, now))


def _step_at(clock: StageClock, step: int, calendar: BusinessCalendar) -> dt.datetime:
    """When the running clock reaches `step` per cent; the moment it went on where that was before."""
    if step == LIMIT and clock.due_at:
        return clock.due_at
    return calendar.add(clock.resumed_at, -(-clock.minutes * step // 100) - clock.used_minutes)


def _next_at(clock: StageClock, calendar: BusinessCalendar) -> dt.datetime | None:
    step = next((step for step in STEPS if step > clock.step), None)
    return None if step is None else _step_at(clock, step, calendar)


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────
def remind(clock: StageClock, now: dt.datetime) -> int:
    """Write who must be told that the clock reached 50 %, 80 % or its limit; return that step, 0 where none is due.

    Of several that came due while nobody looked, only the last is told. Once per clock, step, person and channel: a
    second call writes nothing.
    """
    calendar = _calendar(clock)
    reached = [step for step in STEPS if step > clock.step and _step_at(clock, step, calendar) <= now]
    if reached:
        clock.step = reached[-1]
        _tell(clock)
    clock.next_at = _next_at(clock, calendar)
    clock.save(update_fields=["step", "next_at"])
    return reached[-1] if reached else 0


def _tell(clock: StageClock) -> None:
    ticket, key = clock.ticket, f"clock:{clock.pk}:{clock.step}"
    about: dict[str, Any] = {
        "clock": clock,
        "step": clock.step,
        "due_at": clock.due_at,
        "stage": ClockKind(clock.kind).label,
    }
    if clock.request:
        notifications.tell_partner(clock.request, "partner_reminder", key=key, **about)
        if clock.step < LIMIT:
            return
    if clock.kind == ClockKind.CLOSED and clock.step == STEPS[0]:
        notifications.tell_customer(ticket, "follow_up", key=key, clock=clock, step=clock.step)
    notifications.tell_members(responsible(ticket), ticket, "reminder", key=key, **about)
    if clock.step == LIMIT and not clock.request:
        notifications.tell_managers(ticket, "reminder", key=key, **about)


def responsible(ticket: Ticket) -> list[User]:
    """Return who works on the ticket: its assignee, else the members of its team, else all operators.

    Only active members; where there is no operator, all members.
    """
    members = {m.user_id: m for m in _members(ticket.organization)}
    if ticket.assignee_id in members:
        return [members[ticket.assignee_id].user]
    if ticket.team_id:
        team = TeamMember.objects.filter(team=ticket.team_id).values_list("user_id", flat=True)
        found = [members[user].user for user in team if user in members]
        if found:
            return found
    operators = [m.user for m in members.values() if m.role == Role.OPERATOR]
    return operators or [m.user for m in members.values()]


def _members(organization: Organization):
    active = Membership.objects.filter(organization=organization, is_active=True, user__is_active=True)
    return active.select_related("user")


assert {State(kind) for kind in STAGE_KINDS} == {*OPEN, State.CLOSED}

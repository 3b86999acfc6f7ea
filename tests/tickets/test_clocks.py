"""Clocks: limits in business time, pauses, reminders; each once, to the right people."""

import datetime as dt
import zoneinfo

import pytest
from django.utils import timezone

from aftersales.tenants.models import Calendar, CalendarSlot
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tickets import actions, clocks
from tickets.models import StageClock, StageLimit, Ticket

pytestmark = pytest.mark.django_db


def lisbon(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zoneinfo.ZoneInfo("Europe/Lisbon"))


def office(zone="Europe/Lisbon", *, default=True, name="Office"):
    calendar = Calendar.objects.create(name=name, time_zone=zone, is_default=default)
    CalendarSlot.objects.bulk_create(
        CalendarSlot(calendar=calendar, weekday=day, start=dt.time(9), end=dt.time(17)) for day in range(5)
    )
    return calendar


@pytest.fixture
def inside(luma, harbor, charlie):
    with tenant(harbor):
        make_ticket()
    with tenant(luma):
        office()
        yield luma


def a_ticket(now=None, **fields):
    """A ticket in stage `reported` whose clock started at `now`."""
    order = make_order()
    line = make_line(order, supplier=make_partner(email="maker@foshan.example"))
    return make_ticket(order, line=line, filed_at=now or timezone.now(), **fields)


def clock_of(ticket):
    return StageClock.objects.get(ticket=ticket, request=None, stopped_at=None)


# ── limits ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_default_limit_counts_in_the_organizations_business_time(inside):
    ticket = a_ticket(lisbon("2026-11-20T16:00"))  # Friday, an hour before closing; four hours allowed
    assert ticket.due_at == lisbon("2026-11-23T12:00")
    clock = clock_of(ticket)
    assert (clock.kind, clock.minutes, clock.step) == ("reported", 240, 0)
    assert clock.next_at == lisbon("2026-11-23T10:00")  # 50 %


def test_round_the_clock_without_a_calendar(harbor):
    with tenant(harbor):
        ticket = a_ticket(lisbon("2026-11-21T16:00"))
        assert ticket.due_at == lisbon("2026-11-21T20:00")


def test_another_limit_holds_for_clocks_that_start_later(inside, luma, harbor):
    old = a_ticket(lisbon("2026-11-23T09:00"))
    clocks.set_limits(luma, {"reported": 60, "planning": None})
    assert clocks.limit(luma, "reported") == 60 and clocks.limit(luma, "planning") == 16 * 60
    assert Ticket.objects.get(pk=old.pk).due_at == lisbon("2026-11-23T13:00")
    assert clock_of(old).minutes == 240
    assert a_ticket(lisbon("2026-11-23T09:00")).due_at == lisbon("2026-11-23T10:00")
    # A pause keeps the limit that the clock started with, and the time used.
    clocks.pause(old, now=lisbon("2026-11-23T10:00"))
    clocks.resume(old, now=lisbon("2026-11-23T11:00"))
    assert old.due_at == lisbon("2026-11-23T14:00")
    clocks.set_limits(luma, {"reported": None})
    assert clocks.limit(luma, "reported") == 240 and not StageLimit.objects.exists()
    with tenant(harbor):
        assert clocks.limit(harbor, "reported") == 240


def test_due_from(inside, luma):
    assert clocks.due_from(luma, "partner", lisbon("2026-11-20T09:00")) == lisbon("2026-11-23T17:00")


# ── stages ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_stage_has_one_running_clock_and_the_ways_out_none(inside, bob, luma):
    by = member(bob, luma)
    for stage in ("reported", "responsibility", "planning", "executing", "closed"):
        ticket = to_stage(a_ticket(), stage, by)
        assert clock_of(ticket).kind == stage
        assert ticket.waiting_for == "" and ticket.due_at == clock_of(ticket).due_at
    done = to_stage(a_ticket(), "followed_up", by)
    rejected = actions.reject(a_ticket(), by=by, reason="Too late.", clause="2.1")
    withdrawn = actions.withdraw(a_ticket(), by=by, reason="By phone.")
    for ticket in (done, rejected, withdrawn):
        assert not ticket.clocks.filter(stopped_at=None).exists() and ticket.due_at is None
    assert [c.kind for c in done.clocks.all()] == ["reported", "responsibility", "planning", "executing", "closed"]
    assert all(c.met for c in done.clocks.all())


def test_a_clock_stopped_after_its_limit_was_not_met(inside, bob, luma):
    ticket = a_ticket(lisbon("2026-11-16T09:00"))
    clock = clock_of(ticket)
    ticket.state_before_merge, ticket.__dict__["state"] = "", "withdrawn"
    clocks.enter_stage(ticket, now=lisbon("2026-11-16T13:01"))
    clock.refresh_from_db()
    assert clock.met is False and clock.used_minutes == 241 and clock.stopped_at and clock.next_at is None


def test_leaving_while_the_customer_is_awaited_counts_only_what_was_used(inside):
    ticket = a_ticket(lisbon("2026-11-16T09:00"))
    clocks.pause(ticket, now=lisbon("2026-11-16T10:00"))
    ticket.__dict__["state"] = "responsibility"
    clocks.enter_stage(ticket, now=lisbon("2026-11-20T10:00"))
    old = StageClock.objects.get(ticket=ticket, kind="reported")
    assert old.met is True and old.used_minutes == 60
    assert ticket.due_at == lisbon("2026-11-24T10:00")


# ── pauses ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_pause_over_the_weekend(inside):
    ticket = a_ticket(lisbon("2026-11-20T16:00"))
    clocks.pause(ticket, now=lisbon("2026-11-20T16:30"))
    clock = clock_of(ticket)
    assert ticket.due_at is None and clock.used_minutes == 30 and clock.next_at is None and clock.due_at is None
    clocks.pause(ticket, now=lisbon("2026-11-21T16:30"))  # a second time changes nothing
    clocks.resume(ticket, now=lisbon("2026-11-22T12:00"))  # Sunday
    assert ticket.due_at == lisbon("2026-11-23T12:30")
    clock.refresh_from_db()
    assert clock.next_at == lisbon("2026-11-23T10:30") and clock.paused_at is None
    clocks.resume(ticket, now=lisbon("2026-11-23T12:00"))
    assert ticket.due_at == lisbon("2026-11-23T12:30")


@pytest.mark.parametrize(
    ("zone", "saturday"),
    [("Europe/Lisbon", "2026-10-24"), ("America/New_York", "2026-10-31"), ("Australia/Lord_Howe", "2026-10-03")],
)
def test_a_pause_over_the_change_of_the_clocks(luma, zone, saturday):
    with tenant(luma):
        office(zone)
        here = zoneinfo.ZoneInfo(zone)
        friday = dt.datetime.fromisoformat(saturday + "T16:00").replace(tzinfo=here) - dt.timedelta(days=1)
        ticket = a_ticket(friday)
        clocks.pause(ticket, now=friday + dt.timedelta(minutes=30))
        clocks.resume(ticket, now=(friday + dt.timedelta(days=3)).replace(hour=9))
        assert ticket.due_at.astimezone(here).strftime("%a %H:%M") == "Mon 12:30"


def test_what_was_late_before_a_pause_stays_late(inside):
    ticket = a_ticket(lisbon("2026-11-16T09:00"))
    clocks.pause(ticket, now=lisbon("2026-11-16T14:00"))
    clocks.resume(ticket, now=lisbon("2026-11-17T09:00"))
    assert ticket.due_at == lisbon("2026-11-17T09:00")
    ticket.__dict__["state"] = "withdrawn"
    clocks.enter_stage(ticket, now=lisbon("2026-11-17T09:00"))
    assert StageClock.objects.get(ticket=ticket).met is False

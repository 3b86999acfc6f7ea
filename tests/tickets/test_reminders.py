"""Partners' clocks, reminders and what silence means: each once, to the right people."""

import datetime as dt
import threading
import zoneinfo

import pytest
from django.core import mail
from django.db import connection, connections, transaction
from django.utils import timezone

from aftersales.tenants.models import Calendar, Team, TeamMember
from aftersales.tenants.scope import tenant
from tests.cast import join, person
from tests.factories import make_partner, make_ticket, member, to_stage
from tests.tickets.test_clocks import a_ticket, clock_of, office
from tickets import actions, clocks, tasks
from tickets.models import Notification, StageClock, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(luma, harbor, charlie):
    with tenant(harbor):
        make_ticket()
    with tenant(luma):
        office()
        yield luma


def move(clock, **fields):
    """Make the clock look as if time had passed."""
    StageClock.objects.filter(pk=clock.pk).update(**fields)


# ── partners ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def asked(inside, bob, luma):
    """A partner on Shanghai's calendar, asked while the ticket is at `responsibility`."""
    by = member(bob, luma)
    partner = make_partner(
        "supplier", "Shanghai Works", email="works@shanghai.example",
        calendar=office("Asia/Shanghai", default=False, name="Shanghai"), time_zone="Asia/Shanghai",
    )  # fmt: skip
    ticket = actions.take(to_stage(a_ticket(), "responsibility", by), by=by)
    return actions.ask_partner(
        ticket, by=by, partner=partner, party="supplier", percent=100, text="Look at the photos."
    )


def test_a_partners_clock_runs_on_its_own_calendar_and_does_not_pause(asked):
    clock = StageClock.objects.get(request=asked)
    assert clock.kind == "partner" and asked.due_at == clock.due_at
    local = clock.due_at.astimezone(zoneinfo.ZoneInfo("Asia/Shanghai"))
    assert dt.time(9) < local.time() <= dt.time(17) and local.weekday() < 5
    ticket = Ticket.objects.get(pk=asked.ticket_id)
    clocks.pause(ticket, now=timezone.now())
    clock.refresh_from_db()
    assert clock.paused_at is None and clock.next_at is not None


def test_an_answer_stops_the_partners_clock(asked):
    clock = StageClock.objects.get(request=asked)
    actions.answer_request(asked, by=actions.By.partner_contact(asked.partner), answer="accepted")
    clock.refresh_from_db()
    assert clock.stopped_at and clock.met is True and clock.next_at is None


def test_a_withdrawn_ticket_asks_no_partner_any_more(asked, bob, luma):
    actions.withdraw(asked.ticket, by=member(bob, luma), reason="By phone.")
    clock = StageClock.objects.get(request=asked)
    assert clock.stopped_at and clock.met is None  # neither met nor missed
    asked.__class__.objects.filter(pk=asked.pk).update(due_at=timezone.now() - dt.timedelta(days=1))
    tasks.sweep_clocks()
    asked.refresh_from_db()
    assert asked.answer == ""


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────
def told(clock, step=None, channel=None):
    rows = Notification.objects.filter(clock=clock)
    rows = rows.filter(step=step) if step else rows
    rows = rows.filter(channel=channel) if channel else rows
    return sorted(row.email or row.user.email for row in rows)


def due(clock, step):
    """Let the clock have reached `step` per cent a moment ago."""
    now = timezone.now()
    start = now - dt.timedelta(minutes=clock.minutes * step // 100, seconds=30)
    move(clock, next_at=now - dt.timedelta(seconds=1), resumed_at=start, started_at=start,
         due_at=start + dt.timedelta(minutes=clock.minutes))  # fmt: skip
    clock.refresh_from_db()


@pytest.fixture
def always(luma, harbor, charlie):
    """Without a calendar: every minute counts."""
    with tenant(luma):
        yield luma


def test_reminders_climb_the_ladder(always, bob, mona, alice):
    ticket = actions.take(a_ticket(), by=member(bob, always))
    clock = clock_of(ticket)
    for step, people in ((50, [bob]), (80, [bob]), (100, [bob, mona])):
        due(clock, step)
        tasks.sweep_clocks()
        for channel in ("mail", "in_app"):
            assert told(clock, step, channel) == sorted(p.email for p in people), (step, channel)
        clock.refresh_from_db()
        assert clock.step == step
    assert clock.next_at is None
    assert Notification.objects.filter(clock=clock).count() == 8


def test_without_an_assignee_the_team_and_without_a_team_all_operators(always, bob, mona):
    ines = join(person("ines@luma.example", "Ines"), always, "operator")
    gone = join(person("gone@luma.example", "Gone"), always, "operator")
    gone.memberships.update(is_active=False)
    ticket = a_ticket()
    assert {u.email for u in clocks.responsible(ticket)} == {"bob@luma.example", "ines@luma.example"}
    team = Team.objects.create(name="Warehouse")
    TeamMember.objects.create(team=team, user=ines)
    TeamMember.objects.create(team=team, user=gone)
    ticket.team = team
    assert clocks.responsible(ticket) == [ines]
    ticket.assignee = gone  # left the organization
    assert clocks.responsible(ticket) == [ines]
    ticket.assignee = bob
    assert clocks.responsible(ticket) == [bob]


def test_after_a_long_silence_only_the_last_step_is_told(always, bob):
    clock = clock_of(a_ticket())
    due(clock, 130)
    tasks.sweep_clocks()
    clock.refresh_from_db()
    assert clock.step == 100 and set(Notification.objects.filter(clock=clock).values_list("step", flat=True)) == {100}


def test_the_sweep_run_twice_writes_once(always, bob):
    clock = clock_of(a_ticket())
    due(clock, 50)
    tasks.sweep_clocks()
    before = Notification.objects.count()
    tasks.sweep_clocks()
    # Even if the step were lost, the row's key holds.
    move(clock, step=0, next_at=timezone.now())
    tasks.sweep_clocks()
    assert Notification.objects.count() == before and len(told(clock, 50)) == 2


def test_a_paused_or_stopped_clock_reminds_nobody(always, bob):
    ticket = a_ticket()
    due(clock_of(ticket), 100)
    clocks.pause(ticket, now=timezone.now())
    tasks.sweep_clocks()
    assert not Notification.objects.filter(kind="reminder").exists()


def test_one_clock_that_fails_holds_up_no_other(always, bob, monkeypatch):
    bad, good = clock_of(a_ticket()), clock_of(a_ticket())
    for clock in (bad, good):
        due(clock, 50)
    remind = clocks.remind

    def fail(clock, now):
        if clock.pk == bad.pk:
            raise RuntimeError("broken")
        return remind(clock, now)

    monkeypatch.setattr(clocks, "remind", fail)
    tasks.sweep_clocks()
    assert told(good, 50) and not told(bad)
    bad.refresh_from_db()
    assert bad.next_at > timezone.now() + dt.timedelta(minutes=10)


def test_a_partner_is_reminded_by_mail_and_its_silence_accepts(asked, bob, luma):
    clock = StageClock.objects.get(request=asked)
    Calendar.objects.all().delete()
    for step in (50, 80):
        due(clock, step)
        tasks.sweep_clocks()
        assert told(clock, step) == ["works@shanghai.example"]
    due(clock, 100)
    type(asked).objects.filter(pk=asked.pk).update(due_at=clock.due_at)
    tasks.sweep_clocks()
    assert told(clock, 100, "mail") == ["bob@luma.example", "works@shanghai.example"]
    assert told(clock, 100, "in_app") == ["bob@luma.example"]
    asked.refresh_from_db()
    assert asked.answer == "silence" and asked.answer_percent == 100
    clock.refresh_from_db()
    assert clock.stopped_at and clock.met is False


def test_silence_accepts_nothing_where_the_organization_says_so(asked, luma):
    luma.partner_silence_accepts = False
    luma.save()
    type(asked).objects.filter(pk=asked.pk).update(due_at=timezone.now() - dt.timedelta(hours=1))
    tasks.sweep_clocks()
    asked.refresh_from_db()
    assert asked.answer == ""


def test_a_plan_without_an_answer_is_accepted_once_its_time_is_over(always, bob):
    ticket = to_stage(a_ticket(), "proposed", member(bob, always))
    plan = ticket.current_plan()
    tasks.sweep_clocks()
    assert Ticket.objects.get(pk=ticket.pk).state == "planning"
    type(plan).objects.filter(pk=plan.pk).update(answer_by=timezone.now() - dt.timedelta(seconds=1))
    tasks.sweep_clocks()
    plan.refresh_from_db()
    assert plan.by_silence and Ticket.objects.get(pk=ticket.pk).state == "executing"


def test_the_follow_up_ends_with_its_window(always, bob, harbor, charlie):
    ticket = to_stage(a_ticket(), "closed", member(bob, always))
    with tenant(harbor):
        other = to_stage(make_ticket(), "closed", member(charlie, harbor))
    edge = timezone.now() - dt.timedelta(days=always.follow_up_days)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=edge + dt.timedelta(minutes=1))
    tasks.sweep_clocks()
    assert Ticket.objects.get(pk=ticket.pk).state == "closed"
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=edge)
    tasks.sweep_clocks()
    assert Ticket.objects.get(pk=ticket.pk).state == "followed_up"
    with tenant(harbor):
        assert Ticket.objects.get(pk=other.pk).state == "closed"


def test_the_customer_is_asked_for_a_rating_half_way_through_the_follow_up(always, bob):
    ticket = to_stage(a_ticket(), "closed", member(bob, always))
    clock = clock_of(ticket)
    due(clock, 50)
    tasks.sweep_clocks()
    asked = Notification.objects.get(clock=clock, kind="follow_up")
    assert asked.email == ticket.customer.email and asked.link.ticket_id == ticket.pk


def test_reminders_of_one_organization_stay_in_it(always, bob, harbor, charlie):
    due(clock_of(a_ticket()), 50)
    with tenant(harbor):
        clock = clock_of(a_ticket())
        due(clock, 50)
    tasks.sweep_clocks()
    assert {r.user.email for r in Notification.objects.filter(channel="in_app")} == {"bob@luma.example"}
    with tenant(harbor):
        assert {r.user.email for r in Notification.objects.filter(channel="in_app")} == {"charlie@harbor.example"}


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_each_reminder_once(luma, bob, mona):
    with tenant(luma):
        found = [clock_of(a_ticket()) for _number in range(30)]
        for clock in found:
            due(clock, 100)
    barrier = threading.Barrier(3)

    def sweep():
        try:
            barrier.wait()
            tasks.sweep_clocks()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweep) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant(luma):
        rows = Notification.objects.filter(kind="reminder")
        assert rows.count() == 30 * 2 * 2  # two people, two channels
        assert rows.values("clock", "step", "user", "channel").distinct().count() == 120


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_is_being_worked_on_is_passed_over_not_waited_for(luma, bob):
    with tenant(luma):
        held, free = clock_of(a_ticket()), clock_of(a_ticket())
        for clock in (held, free):
            due(clock, 50)
    locked, done = threading.Event(), threading.Event()

    def work():
        try:
            with transaction.atomic(), tenant(luma):
                list(Ticket.objects.select_for_update().filter(pk=held.ticket_id))
                locked.set()
                done.wait(30)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    locked.wait(30)
    tasks.sweep_clocks()
    with tenant(luma):
        assert told(free, 50) and not told(held)
    done.set()
    thread.join()
    tasks.sweep_clocks()
    with tenant(luma):
        assert told(held, 50)
    assert connection.in_atomic_block is False and mail.outbox == []

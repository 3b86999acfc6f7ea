"""Business time: weekends, lunch, holidays, the two odd days of the year, and what must hold for every calendar."""

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.tenants.business_time import BusinessCalendar, business_time, default_calendar
from aftersales.tenants.models import Calendar, CalendarSlot
from aftersales.tenants.scope import tenant

UTC = dt.UTC
WEEKDAYS = (((9 * 60, 18 * 60),),) * 5 + ((), ())
WITH_LUNCH = (((9 * 60, 12 * 60), (13 * 60, 18 * 60)),) * 5 + ((), ())
DAY_AND_NIGHT = (((0, 24 * 60),),) * 7


def zone(name):
    return zoneinfo.ZoneInfo(name)


def at(text, name="UTC"):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone(name))


def office(name="UTC", week=WEEKDAYS, *holidays):
    return BusinessCalendar(zone(name), week, frozenset(map(dt.date.fromisoformat, holidays)))


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-20T10:00", 60, "2026-11-20T11:00"),
        ("2026-11-20T07:00", 60, "2026-11-20T10:00"),  # before opening
        ("2026-11-20T17:30", 30, "2026-11-20T18:00"),  # used up at closing, not at the next opening
        ("2026-11-20T17:30", 31, "2026-11-23T09:01"),  # Friday to Monday
        ("2026-11-21T12:00", 1, "2026-11-23T09:01"),  # filed on Saturday
        ("2026-11-20T10:00", 5 * 9 * 60, "2026-11-27T10:00"),
        ("2026-11-20T10:00:30", 60, "2026-11-20T11:00:30"),
        ("2026-11-20T10:00", 0, "2026-11-20T10:00"),
    ],
)
def test_office_hours(start, minutes, due):
    assert office().add(at(start), minutes) == at(due)


def test_lunch_does_not_count():
    assert office("UTC", WITH_LUNCH).add(at("2026-11-20T11:30"), 60) == at("2026-11-20T13:30")
    assert office("UTC", WITH_LUNCH).between(at("2026-11-20T11:30"), at("2026-11-20T13:30")) == 60


def test_holidays_do_not_count():
    calendar = office("Europe/Lisbon", WEEKDAYS, "2026-12-25", "2027-01-01")
    assert calendar.add(at("2026-12-24T17:00", "Europe/Lisbon"), 120) == at("2026-12-28T10:00", "Europe/Lisbon")


def test_the_calendars_zone_counts_not_the_callers():
    due = office("Asia/Shanghai").add(at("2026-11-20T12:00", "America/New_York"), 60)  # Saturday 01:00 in Shanghai
    assert due == at("2026-11-23T10:00", "Asia/Shanghai") and due.tzinfo is UTC


@pytest.mark.parametrize(
    ("name", "jump", "hours"),
    [
        ("Europe/Lisbon", "2026-03-29", 23), ("Europe/Lisbon", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23), ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5), ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)  # fmt: skip
def test_the_odd_days_have_the_minutes_that_really_pass(name, jump, hours):
    calendar = office(name, DAY_AND_NIGHT)
    midnight = at(jump + "T00:00", name)
    assert calendar.between(midnight, midnight + dt.timedelta(days=1)) == hours * 60
    # A limit over the night of the jump ends at the local hour that the real minutes give.
    office_hours = office(name, (((9 * 60, 18 * 60),),) * 7)
    evening = at(jump + "T17:00", name) - dt.timedelta(days=1)
    assert office_hours.add(evening, 120) == at(jump + "T10:00", name)


def test_an_hour_that_never_comes_counts_nothing_and_one_that_comes_twice_counts_once_per_slot():
    night = office("Europe/Lisbon", (((60, 120),),) * 7)  # 01:00–02:00; skipped on 29 March 2026
    assert night.between(at("2026-03-29T00:00", "Europe/Lisbon"), at("2026-03-30T00:00", "Europe/Lisbon")) == 0
    halves = office("Europe/Lisbon", (((60, 90), (90, 120)),) * 7)  # comes twice on 25 October 2026
    assert halves.between(at("2026-10-25T00:00", "Europe/Lisbon"), at("2026-10-26T00:00", "Europe/Lisbon")) == 120


def test_a_day_that_a_country_skipped():
    # Samoa had no 30 December 2011.
    calendar = office("Pacific/Apia", DAY_AND_NIGHT)
    start = at("2011-12-29T00:00", "Pacific/Apia")
    assert calendar.add(start, 2 * 24 * 60) == at("2012-01-01T00:00", "Pacific/Apia")


def test_without_slots_every_minute_counts():
    calendar = BusinessCalendar(zone("Asia/Shanghai"))
    assert calendar.is_round_the_clock
    assert calendar.add(at("2026-11-21T23:00"), 120) == at("2026-11-22T01:00")
    assert calendar.between(at("2026-11-21T23:00"), at("2026-11-22T01:00:59")) == 120


def test_several_years():
    calendar = office("Europe/Lisbon", WITH_LUNCH, "2027-12-25")
    start, minutes = at("2026-11-20T10:00"), 10 * 52 * 5 * 8 * 60
    due = calendar.add(start, minutes)
    assert calendar.between(start, due) == minutes
    assert due.year == 2036


def test_a_calendar_too_sparse_for_its_limit_still_ends():
    sparse = office("UTC", (((0, 1),), (), (), (), (), (), ()))
    assert sparse.add(at("2026-11-20T10:00"), 10**6).year == 2076


# Sparser ones than an hour a week meet the horizon (the test above).
slots = st.lists(st.tuples(st.integers(0, 1380), st.integers(1, 60)), max_size=3).map(
    lambda found: [(begins, begins + length) for begins, length in found]
)
calendars = st.builds(
    lambda name, week, holidays: BusinessCalendar(zone(name), tuple(_merged(day) for day in week), frozenset(holidays)),
    st.sampled_from([
        "UTC", "Europe/Lisbon", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Africa/Casablanca",
        "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia",
    ]),
    st.lists(slots, min_size=7, max_size=7),
    st.lists(st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)), max_size=30),
).filter(lambda c: c.is_round_the_clock or sum(end - start for day in c.week for start, end in day) >= 60)  # fmt: skip
moments = st.datetimes(dt.datetime(2025, 6, 1), dt.datetime(2027, 6, 1), timezones=st.just(UTC))


def _merged(found):
    from aftersales.tenants import business_time as module

    return module._merged(found)


@given(calendars, moments, st.integers(0, 5_000))
@settings(deadline=None, max_examples=200)
def test_what_is_added_lies_between(calendar, start, minutes):
    assert calendar.between(start, calendar.add(start, minutes)) == minutes


@given(calendars, moments, st.integers(0, 3_000), st.integers(0, 3_000))
@settings(deadline=None, max_examples=100)
def test_more_minutes_never_end_earlier_and_add_up(calendar, start, first, second):
    middle = calendar.add(start, first)
    assert start <= middle <= calendar.add(start, first + second) == calendar.add(middle, second)


@given(calendars, st.tuples(moments, moments, moments))
@settings(deadline=None, max_examples=100)
def test_a_longer_time_never_has_fewer_minutes(calendar, three):
    first, second, third = sorted(three)
    whole = calendar.between(first, third)
    parts = calendar.between(first, second) + calendar.between(second, third)
    assert parts <= whole <= parts + 1  # whole minutes are rounded down
    assert whole <= (third - first) / dt.timedelta(minutes=1)


def slot(calendar, weekday, start, end):
    CalendarSlot.objects.create(calendar=calendar, weekday=weekday, start=start, end=end)


@pytest.mark.django_db
def test_the_default_calendar_is_the_organizations_own(luma, harbor):
    with tenant(luma):
        calendar = Calendar.objects.create(name="Office", time_zone="Europe/Lisbon", is_default=True)
        slot(calendar, 0, dt.time(9), dt.time(13))
        slot(calendar, 0, dt.time(12), dt.time(18))
        slot(calendar, 6, dt.time(0), dt.time(23, 59))
        assert default_calendar(luma) == calendar
        found = business_time(luma)
        assert found.week[0] == ((540, 1080),) and found.week[6] == ((0, 1440),) and found.week[1] == ()
        assert found.zone.key == "Europe/Lisbon"
    with tenant(harbor):
        assert default_calendar(harbor) is None
        assert business_time(harbor).is_round_the_clock and business_time(harbor).zone.key == "Asia/Shanghai"
        empty = Calendar.objects.create(name="Empty", time_zone="UTC")
        assert BusinessCalendar.of(empty, harbor).is_round_the_clock

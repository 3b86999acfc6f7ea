"""Business time: minutes that pass only while somebody works. Pure; `BusinessCalendar.of` alone reads the database."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .models import Calendar, Organization

DAY = 24 * 60
MINUTE = dt.timedelta(minutes=1)
# A calendar so sparse that the minutes do not fit into this many days gives the last of them as the limit.
HORIZON_DAYS = 50 * 366

Slots = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class BusinessCalendar:
    """Working hours of a week in a time zone, without the holidays. Without any slot every minute counts.

    A slot counts the minutes that really pass in it: the one during which the clocks go back is an hour longer.
    """

    zone: zoneinfo.ZoneInfo
    # By weekday (0 is Monday): from and until, in minutes of the local day, in order and without overlap.
    week: tuple[Slots, ...] = ()
    holidays: frozenset[dt.date] = frozenset()

    @classmethod
    def of(cls, calendar: Calendar | None, organization: Organization) -> "BusinessCalendar":
        """Return the business time of `calendar`; round the clock where it is None or has no slots."""
        slots = list(calendar.slots.all()) if calendar else []
        if calendar is None or not slots:
            return cls(organization.zone)
        week: list[list[tuple[int, int]]] = [[] for _day in range(7)]
        for slot in slots:
            week[slot.weekday].append((_minute(slot.start), _last_minute(slot.end)))
        return cls(zoneinfo.ZoneInfo(calendar.time_zone), tuple(map(_merged, week)), frozenset(calendar.holidays))

    @property
    def is_round_the_clock(self) -> bool:
        """Whether every minute counts."""
        return not any(self.week)

    def add(self, start: dt.datetime, minutes: int) -> dt.datetime:
        """Return the first moment, in UTC, at which `minutes` of business time have passed since `start`."""
        start, left = start.astimezone(dt.UTC), minutes * MINUTE
        if minutes <= 0 or self.is_round_the_clock:
            return start + max(left, dt.timedelta(0))
        closes = start
        for opens, closes in self._open_from(start):
            begin = max(opens, start)
            if left <= closes - begin:
                return begin + left
            left -= max(closes - begin, dt.timedelta(0))
        return closes

    def between(self, start: dt.datetime, end: dt.datetime) -> int:
        """Return the whole minutes of business time from `start` to `end`; 0 where `end` comes first."""
        start, end = start.astimezone(dt.UTC), end.astimezone(dt.UTC)
        if end <= start:
            return 0
        if self.is_round_the_clock:
            return (end - start) // MINUTE
        passed = dt.timedelta(0)
        for opens, closes in self._open_from(start):
            if opens >= end:
                break
            passed += max(min(closes, end) - max(opens, start), dt.timedelta(0))
        return passed // MINUTE

    def after_days(self, start: dt.datetime, days: int) -> dt.datetime:
        """Return the end, in UTC, of the `days`-th working day after the day of `start`; whole days round the clock."""
        if self.is_round_the_clock:
            return start.astimezone(dt.UTC) + dt.timedelta(days=days)
        today, end = start.astimezone(self.zone).date(), start
        worked: set[dt.date] = set()
        for opens, closes in self._open_from(start):
            day = opens.astimezone(self.zone).date()
            if day > today:
                if day not in worked and len(worked) == days:
                    break
                worked.add(day)
                end = closes
        return end

    def _open_from(self, start: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        # From the day before: where the clocks go back over midnight, yesterday comes once more.
        first = start.astimezone(self.zone).date() - dt.timedelta(days=1)
        for number in range(HORIZON_DAYS):
            day = first + dt.timedelta(days=number)
            if day in self.holidays:
                continue
            for begins, ends in self.week[day.weekday()]:
                yield _moment(self.zone, day, begins), _moment(self.zone, day, ends)


@lru_cache(maxsize=4096)
def _moment(zone: zoneinfo.ZoneInfo, day: dt.date, minute: int) -> dt.datetime:
    """The first moment at which the local clock shows this; the moment of the jump where it never does."""
    local = dt.datetime.combine(day, dt.time()) + minute * MINUTE
    moment = local.replace(tzinfo=zone).astimezone(dt.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    return _jump(local.replace(tzinfo=zone, fold=1).astimezone(dt.UTC), moment, zone)


def _jump(before: dt.datetime, after: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Return, to the second, when the clocks jump between two moments."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > dt.timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _minute(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _last_minute(time: dt.time) -> int:
    # A time field ends at 23:59; whoever writes that means midnight.
    return DAY if _minute(time) == DAY - 1 else _minute(time)


def _merged(slots: list[tuple[int, int]]) -> Slots:
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(slots):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return tuple(merged)


def default_calendar(organization: Organization) -> Calendar | None:
    """Return the entered organization's default calendar with its slots, or None where it has none."""
    return Calendar.objects.filter(organization=organization, is_default=True).prefetch_related("slots").first()


def business_time(organization: Organization, own: Calendar | None = None) -> BusinessCalendar:
    """Return the business time of `own`, else of the organization's default calendar, else round the clock."""
    return BusinessCalendar.of(own or default_calendar(organization), organization)

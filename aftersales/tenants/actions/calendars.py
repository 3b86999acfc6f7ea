"""Calendars: business time, holidays, which one is the default. Running clocks keep the limit that they were given."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ..models import AuditEvent, Calendar, CalendarSlot, Membership, Organization
from .base import changed, lock, record, require

Week = Mapping[int, Sequence[tuple[dt.time, dt.time]]]
MOST = 50
MOST_HOLIDAYS = 400
LONGEST_HOLIDAY = dt.timedelta(days=31)


def create_calendar(organization: Organization, *, by: Membership, name: str, time_zone: str, week: Week) -> Calendar:
    """Return the new calendar; the organization's first is its default.

    Raises Refused (field name) for a name that is taken, and beyond 50 calendars.
    """
    lock(organization, by)
    _require_free(name)
    count = Calendar.objects.count()
    require(count < MOST, _("%(count)d calendars are the most.") % {"count": MOST}, "name")
    calendar = Calendar.objects.create(name=name, time_zone=time_zone, is_default=count == 0)
    _set_week(calendar, week)
    record(AuditEvent.Verb.CALENDAR_CREATED, by=by, subject=name)
    return calendar


def change_calendar(calendar: Calendar, *, by: Membership, name: str, time_zone: str, week: Week) -> Calendar:
    """Return the calendar with its new name, time zone and working hours. Without hours it is open day and night."""
    calendar = _locked(calendar, by)
    _require_free(name, calendar)
    before, hours = calendar.name, _hours(calendar)
    differences = changed(calendar, {"name": name, "time_zone": time_zone})
    calendar.name, calendar.time_zone = name, time_zone
    calendar.save(update_fields=["name", "time_zone"])
    _set_week(calendar, week)
    if hours != _hours(calendar):
        differences["hours"] = [hours, _hours(calendar)]
    if differences:
        record(AuditEvent.Verb.CALENDAR_CHANGED, by=by, subject=before, **differences)
    return calendar


def add_holidays(calendar: Calendar, *, by: Membership, first: dt.date, last: dt.date) -> Calendar:
    """Return the calendar with the days from `first` to `last` free; days that are free already change nothing.

    Raises Refused (field last) where the end is before the beginning or more than 31 days later, and beyond 400 days.
    """
    calendar = _locked(calendar, by)
    require(first <= last, _("The last day is before the first."), "last")
    require(last - first <= LONGEST_HOLIDAY, _("At most 31 days at once."), "last")
    days = {first + dt.timedelta(days=n) for n in range((last - first).days + 1)} - set(calendar.holidays)
    require(
        len(calendar.holidays) + len(days) <= MOST_HOLIDAYS,
        _("%(count)d holidays are the most. Remove past ones.") % {"count": MOST_HOLIDAYS}, "first",
    )  # fmt: skip
    if days:
        calendar.holidays = sorted([*calendar.holidays, *days])
        calendar.save(update_fields=["holidays"])
        record(AuditEvent.Verb.CALENDAR_CHANGED, by=by, subject=calendar, holidays_added=[str(first), str(last)])
    return calendar


def remove_holiday(calendar: Calendar, *, by: Membership, day: dt.date) -> Calendar:
    """Return the calendar with `day` as an ordinary day again."""
    calendar = _locked(calendar, by)
    if day in calendar.holidays:
        calendar.holidays = [each for each in calendar.holidays if each != day]
        calendar.save(update_fields=["holidays"])
        record(AuditEvent.Verb.CALENDAR_CHANGED, by=by, subject=calendar, holidays_removed=[str(day)])
    return calendar


def make_default(calendar: Calendar, *, by: Membership) -> Calendar:
    """Return the calendar as the one that counts where no other is chosen."""
    calendar = _locked(calendar, by)
    if not calendar.is_default:
        # The former first: at no moment are there two.
        Calendar.objects.filter(is_default=True).update(is_default=False)
        calendar.is_default = True
        calendar.save(update_fields=["is_default"])
        record(AuditEvent.Verb.CALENDAR_CHANGED, by=by, subject=calendar, is_default=["False", "True"])
    return calendar


def remove_calendar(calendar: Calendar, *, by: Membership) -> None:
    """Remove a calendar; partners that had it use the default from now on. Raises Refused for the default itself."""
    calendar = _locked(calendar, by)
    require(not calendar.is_default, _("The default calendar stays. Make another one the default first."))
    name = calendar.name
    calendar.delete()
    record(AuditEvent.Verb.CALENDAR_REMOVED, by=by, subject=name)


def _locked(calendar: Calendar, by: Membership) -> Calendar:
    lock(by.organization, by)
    return Calendar.objects.get(pk=calendar.pk)


def _require_free(name: str, calendar: Calendar | None = None) -> None:
    others = Calendar.objects.filter(name__iexact=name).exclude(pk=calendar.pk if calendar else None)
    require(not others.exists(), _("There is a calendar of this name."), "name")


def _set_week(calendar: Calendar, week: Week) -> None:
    CalendarSlot.objects.filter(calendar=calendar).delete()
    CalendarSlot.objects.bulk_create(
        CalendarSlot(calendar=calendar, weekday=day, start=start, end=end)
        for day, slots in sorted(week.items())
        for start, end in slots
    )


def _hours(calendar: Calendar) -> str:
    slots = CalendarSlot.objects.filter(calendar=calendar).order_by("weekday", "start")
    return ", ".join(f"{slot.weekday + 1}: {slot.start:%H:%M}–{slot.end:%H:%M}" for slot in slots)

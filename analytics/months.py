"""Calendar months of an organization: a month is its first day, in the organization's time zone."""

import datetime as dt

from django.utils import formats, timezone


def first_of(day: dt.date) -> dt.date:
    """Return the month that a day belongs to."""
    return dt.date(day.year, day.month, 1)


def add_months(month: dt.date, count: int) -> dt.date:
    """Return the month `count` months later, or earlier where it is negative."""
    year, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return dt.date(year, index + 1, 1)


def months_of(start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the months from the one of `start` to the last one that begins before `end`."""
    months, month = [], first_of(start)
    while month < end:
        months.append(month)
        month = add_months(month, 1)
    return months


def today_of(organization, now: dt.datetime | None = None) -> dt.date:
    """Return today's date where the organization is."""
    return (now or timezone.now()).astimezone(organization.zone).date()


def short(month: dt.date) -> str:
    """`Nov`, and `Jan 26` where a year begins."""
    return formats.date_format(month, "M y" if month.month == 1 else "M")


def dated(month: dt.date) -> str:
    """`Nov 2026`."""
    return formats.date_format(month, "M Y")

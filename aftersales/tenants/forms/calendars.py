"""Working hours as people write them, and holidays."""

import datetime as dt
import re
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..models import Calendar, CalendarSlot, Organization
from .organization import TimeZoneField

Slot = tuple[dt.time, dt.time]
TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
SLOT = re.compile(rf"{TIME}\s*(?:-|–|—)\s*{TIME}")
# A time field ends at 23:59, which business time counts as midnight.
MIDNIGHT = dt.time(23, 59)


def read_hours(text: str) -> list[Slot]:
    """Return the slots of “9:00–13:00, 14–18”, in order; none for an empty text. Raises ValidationError."""
    slots = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;،؛]", text))):
        match = SLOT.fullmatch(part)
        start, end = (_time(*match.groups()[:2]), _time(*match.groups()[2:])) if match else (None, None)
        if start is None or end is None:
            raise ValidationError(
                _("“%(part)s” is not understood. Write hours as 9:00–13:00, 14:00–18:00."), params={"part": part}
            )
        if start >= end:
            raise ValidationError(_("%(part)s ends before it begins."), params={"part": part})
        slots.append((start, end))
    slots.sort()
    for (_start, end), (start, _end) in pairwise(slots):
        if start < end:
            raise ValidationError(_("Two slots overlap at %(time)s."), params={"time": f"{start:%H:%M}"})
    return slots


def write_hours(slots: list[Slot]) -> str:
    """Return the slots as one line, midnight as 24:00."""
    return ", ".join(f"{start:%H:%M}–{'24:00' if end == MIDNIGHT else f'{end:%H:%M}'}" for start, end in slots)


def _time(hour: str, minute: str | None) -> dt.time | None:
    h, m = int(hour), int(minute or 0)
    if (h, m) == (24, 0):
        return MIDNIGHT
    return dt.time(h, m) if h < 24 and m < 60 else None


class HoursField(forms.CharField):
    """The working hours of one weekday."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"placeholder": _("closed"), "autocomplete": "off", "dir": "ltr"}
        super().__init__(required=False, max_length=120, widget=forms.TextInput(attrs=attributes), **kwargs)

    def clean(self, value: Any) -> Any:
        return read_hours(super().clean(value))


class CalendarForm(forms.Form):
    """A calendar's name, time zone and week."""

    mark_optional = False
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"dir": "auto"}))
    time_zone = TimeZoneField(label=_("Time zone"))

    def __init__(self, *args: Any, calendar: Calendar | None, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("time_zone", calendar.time_zone if calendar else organization.time_zone)
        if calendar:
            self.initial.setdefault("name", calendar.name)
        for day, label in CalendarSlot.WEEKDAYS:
            slots = [(s.start, s.end) for s in calendar.slots.all() if s.weekday == day] if calendar else []
            self.fields[f"day_{day}"] = HoursField(label=label, initial=write_hours(slots))

    @property
    def days(self) -> list[forms.BoundField]:
        """The seven fields of the week."""
        return [self[f"day_{day}"] for day, _label in CalendarSlot.WEEKDAYS]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["week"] = {day: data.pop(f"day_{day}", []) for day, _label in CalendarSlot.WEEKDAYS}
        return data


class HolidayForm(forms.Form):
    """One free day, or the first and the last of several."""

    first = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["last"] = data.get("last") or data.get("first")
        return data


class DayForm(forms.Form):
    """The holiday to take away."""

    day = forms.DateField()

"""Settings: working hours and holidays."""

import datetime as dt
from itertools import groupby

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import actions, queries
from ..forms.calendars import CalendarForm, DayForm, HolidayForm, write_hours
from ..models import Calendar, CalendarSlot
from ..permissions import Permission, requires
from .attempts import attempt, press


def _week(calendar: Calendar) -> list[tuple[str, str]]:
    """Return (weekdays in a row with the same hours, those hours) of a calendar whose slots are fetched."""
    slots = {
        day: [(s.start, s.end) for s in calendar.slots.all() if s.weekday == day]
        for day, _name in CalendarSlot.WEEKDAYS
    }
    names = dict(CalendarSlot.WEEKDAYS)
    week = []
    for hours, days in groupby(slots, key=lambda day: write_hours(slots[day])):
        first, *rest = list(days)
        label = str(names[first]) + (f" – {names[rest[-1]]}" if rest else "")
        week.append((label, hours))
    return week


@requires(Permission.ADMINISTER)
@require_safe
def calendars(request: HttpRequest, org: str) -> HttpResponse:
    """The organization's calendars: the default, and further ones for partners."""
    today = timezone.localdate()
    found = queries.calendars()
    for each in found:
        each.week = [] if not each.slots.all() else _week(each)
        each.coming = [day for day in each.holidays if day >= today]
    return render(request, "settings/calendars.html", {"calendars": found})


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_calendar(request: HttpRequest, org: str) -> HttpResponse:
    """Make a calendar."""
    form = CalendarForm(request.POST or None, calendar=None, organization=request.organization)
    status = 200
    if request.method == "POST":
        status = attempt(
            form, lambda data: actions.create_calendar(request.organization, by=request.membership, **data)
        )
        if not status:
            messages.success(request, _("The calendar is made."))
            return redirect("settings:calendar", org=org)
    return render(request, "settings/calendar.html", {"form": form, "calendar": None}, status=status)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """A calendar's hours; its holidays have forms of their own on the same page."""
    found = get_object_or_404(Calendar, pk=pk)
    if request.method != "POST":
        return _page(request, found)
    form = CalendarForm(request.POST, calendar=found, organization=request.organization)
    status = attempt(form, lambda data: actions.change_calendar(found, by=request.membership, **data))
    if status:
        return _page(request, found, form=form, status=status)
    messages.success(request, _("Saved. Limits that begin from now on follow it."))
    return redirect("settings:edit_calendar", org=org, pk=pk)


def _page(
    request: HttpRequest, found: Calendar, *, form: Form | None = None, holiday: Form | None = None, status: int = 200
) -> HttpResponse:
    years = groupby(sorted(found.holidays), key=lambda day: day.year)
    context = {
        "calendar": found, "form": form or CalendarForm(calendar=found, organization=request.organization),
        "holiday": holiday or HolidayForm(), "years": [(year, list(days)) for year, days in years],
        "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "settings/calendar.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def add_holidays(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Make a day, or several in a row, free."""
    found = get_object_or_404(Calendar, pk=pk)
    form = HolidayForm(request.POST)
    status = attempt(form, lambda data: actions.add_holidays(found, by=request.membership, **data))
    if status:
        return _page(request, found, holiday=form, status=status)
    messages.success(request, _("Saved. Limits that begin from now on follow it."))
    return redirect("settings:edit_calendar", org=org, pk=pk)


@requires(Permission.ADMINISTER)
@require_POST
def remove_holiday(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Make a free day an ordinary one."""
    found = get_object_or_404(Calendar, pk=pk)
    form = DayForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422)
    day: dt.date = form.cleaned_data["day"]
    done = _("Removed. Limits that begin from now on follow it.")
    press(request, lambda: actions.remove_holiday(found, by=request.membership, day=day), done)
    return redirect("settings:edit_calendar", org=org, pk=pk)


@requires(Permission.ADMINISTER)
@require_POST
def make_default(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Let this calendar count where no other is chosen."""
    found = get_object_or_404(Calendar, pk=pk)
    done = _("“%(name)s” is the default now.") % {"name": found}
    press(request, lambda: actions.make_default(found, by=request.membership), done)
    return redirect("settings:calendar", org=org)


@requires(Permission.ADMINISTER)
@require_POST
def remove_calendar(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Remove a calendar; partners that had it use the default."""
    found = get_object_or_404(Calendar, pk=pk)
    done = _("“%(name)s” is removed.") % {"name": found}
    press(request, lambda: actions.remove_calendar(found, by=request.membership), done)
    return redirect("settings:calendar", org=org)

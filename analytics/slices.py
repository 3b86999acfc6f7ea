"""What a manager looks at: a period and filters, read from the address and written into it."""

import datetime as dt
import re
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tickets.problems import GROUPS, Group, Problem

from .months import add_months, first_of, months_of, today_of

NONE = "~"  # stands for "without supplier" and "without category" in addresses
LONGEST = 60  # months
DEFAULT = "13"
PERIODS = {
    "1": _("This month"), "last": _("Last month"), "3": _("Last 3 months"), "6": _("Last 6 months"),
    "13": _("Last 13 months"), "25": _("Last 25 months"),
}  # fmt: skip


class Basis(models.TextChoices):
    """Which tickets a period holds: those about orders placed in it (cohort), or those filed in it."""

    PLACED = "placed", _("orders placed in the period")
    FILED = "filed", _("tickets filed in the period")


class Verdict(models.TextChoices):
    """Counted tickets apart: rejected, or upheld (everything else that counts)."""

    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Rejected")


@dataclass(frozen=True)
class Slice:
    """A period (`start` to before `end`, days of the organization) and filters; an empty filter holds everything."""

    start: dt.date
    end: dt.date
    basis: str = Basis.PLACED.value
    region: str = ""  # "BR" is a country, "BR/SP" one region of it
    supplier: str = ""  # a partner's id, or NONE
    category: str = ""  # a name, or NONE
    carrier: str = ""  # a partner's id
    problem: str = ""
    group: str = ""
    verdict: str = ""
    within: str = ""  # days after placing within which the ticket was filed
    period: str = ""  # the choice of the page that `start` and `end` come from

    @property
    def months(self) -> list[dt.date]:
        """The months of the period."""
        return months_of(self.start, self.end)

    @property
    def problems(self) -> list[str]:
        """The problem codes that the filters leave, or an empty list for all."""
        if self.problem:
            return [self.problem]
        return [problem.value for problem in GROUPS[Group(self.group)]] if self.group else []

    def month(self, month: dt.date) -> "Slice":
        """Return the same filters for one month."""
        return replace(self, start=month, end=add_months(month, 1), period="")

    def of(self, dimension: str, key: str) -> "Slice":
        """Return the slice narrowed to one row of a dimension; an empty key is "without"."""
        if dimension == "total":
            return self
        return replace(self, **{dimension: key or NONE})  # type: ignore[arg-type]

    def query(self, **changes) -> str:
        """Return the address's query: `from` and `to` (or `period`), and the filters that are on."""
        chosen = replace(self, **changes) if changes else self
        if chosen.period:
            when = {} if chosen.period == DEFAULT else {"period": chosen.period}
        else:
            when = _dates(chosen.start, chosen.end)
        kept = {field.name: getattr(chosen, field.name) for field in fields(chosen)}
        kept = {name: value for name, value in kept.items() if name not in {"start", "end", "period"} and value}
        if kept["basis"] == Basis.PLACED:
            del kept["basis"]
        return urlencode({**when, **kept})

    def tickets_query(self, **changes) -> str:
        """Return the query of the list of tickets behind this slice: always with its dates."""
        return replace(self, period="").query(**changes)


def _dates(start: dt.date, end: dt.date) -> dict[str, str]:
    last = end - dt.timedelta(days=1)
    if start.day == 1 and end.day == 1:
        return {"from": f"{start:%Y-%m}", "to": f"{last:%Y-%m}"}
    return {"from": start.isoformat(), "to": last.isoformat()}


def _day(value: str, *, last: bool) -> dt.date | None:
    """Read `2026-03` or `2026-03-17`; with `last`, the day after it."""
    if not re.fullmatch(r"20\d\d-\d\d(-\d\d)?", value, re.ASCII):
        return None
    try:
        if len(value) == 7:
            month = dt.date.fromisoformat(f"{value}-01")
            return add_months(month, 1) if last else month
        return dt.date.fromisoformat(value) + dt.timedelta(days=1 if last else 0)
    except ValueError:
        return None


def _text(data: QueryDict, name: str, pattern: str, longest: int = 120) -> str:
    value = str(data.get(name, ""))
    return value if len(value) <= longest and re.fullmatch(pattern, value, re.ASCII) else ""


def _known(data: QueryDict, name: str, values: list[str]) -> str:
    value = str(data.get(name, ""))
    return value if value in values else ""


def _period(data: QueryDict, today: dt.date, latest: dt.date | None) -> tuple[dt.date, dt.date, str]:
    """Return start, end and the choice. The default period ends with the latest order's month if it would miss it."""
    start, end = _day(data.get("from", ""), last=False), _day(data.get("to", ""), last=True)
    if (start or end) and data.get("period") not in PERIODS:
        if start is None:
            start = add_months(first_of((end or today) - dt.timedelta(days=1)), -12)
        end = end or add_months(first_of(max(today, start)), 1)
        if start < end:
            return max(start, add_months(first_of(end), -LONGEST)), end, ""
    choice = data.get("period", "")
    choice = choice if choice in PERIODS else DEFAULT
    if choice == "last":
        return add_months(first_of(today), -1), first_of(today), choice
    start, end = add_months(first_of(today), 1 - int(choice)), add_months(first_of(today), 1)
    if choice == DEFAULT and latest and latest < start:
        end = add_months(first_of(latest), 1)
        return add_months(end, -int(choice)), end, ""
    return start, end, choice


def read(data: QueryDict, organization, *, latest: dt.date | None = None, now: dt.datetime | None = None) -> Slice:
    """Return the slice that an address asks for. `latest` is the last order's day; bad values raise nothing."""
    start, end, period = _period(data, today_of(organization, now), latest)
    words = r"[^\x00-\x1f]*"
    return Slice(
        start=start, end=end, period=period,
        basis=Basis.FILED.value if data.get("basis") == Basis.FILED else Basis.PLACED.value,
        region=_text(data, "region", rf"(?:[A-Z]{{2}}|[A-Z]{{2}}/{words}|/{words})"),
        supplier=_text(data, "supplier", rf"[0-9]{{1,18}}|{NONE}"),
        category=_text(data, "category", words),
        carrier=_text(data, "carrier", r"[0-9]{1,18}"),
        problem=_known(data, "problem", Problem.values),
        group=_known(data, "group", Group.values),
        verdict=_known(data, "verdict", Verdict.values),
        within=_text(data, "within", r"[1-9][0-9]{0,3}"),
    )  # fmt: skip


def whole_months(where: Slice) -> Slice:
    """Return the slice widened to whole months and to all problems, which is what dashboard and rates show."""
    start, end = first_of(where.start), add_months(first_of(where.end - dt.timedelta(days=1)), 1)
    return replace(where, start=start, end=end, problem="", group="", verdict="", within="", basis=Basis.PLACED.value)

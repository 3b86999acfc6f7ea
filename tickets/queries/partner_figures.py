"""How partners answer: per partner, over the questions put to it in a period, in two statements.

A question counts from the day it was asked; one for evidence only does not. Response times are business minutes on the
partner's calendar, of answers that came. Rates stand with both numbers; below `ENOUGH` they are marked.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Case, Count, F, FloatField, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models import When as WhenThen
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.orders.paging import Page, page_by_key

from ..models import Assessment, AssessmentShare, LedgerEntry, PartnerRequest, Ticket

Answer = PartnerRequest.Answer
ANSWERED = (Answer.ACCEPTED, Answer.PARTLY, Answer.CONTESTED)
# Under so many a rate says little. Source: `docs/definitions.md` (Parker et al. 2017), as in the insights.
ENOUGH = 30
PER_PAGE = 50
PERIODS = {"30": _("30 days"), "90": _("90 days"), "365": _("12 months"), "all": _("All time")}
DEFAULT_PERIOD = "90"


class Percentile(Aggregate):
    """PERCENTILE_CONT of a column; null where nothing is counted."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(part)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: str, part: float, **extra: Any) -> None:
        super().__init__(expression, part=part, output_field=FloatField(), **extra)


@dataclass(frozen=True)
class Rate:
    """A part of a whole."""

    figure: str
    label: Any
    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """The rate in per cent, or None of nothing."""
        return self.part * 100 / self.whole if self.whole else None

    @property
    def is_small(self) -> bool:
        """Whether the whole is too small to judge by."""
        return self.whole < ENOUGH


@dataclass
class Money:
    """What the partner's part of payments to customers came to, and what came back of it, in one currency."""

    currency: str
    owed: Decimal = Decimal(0)
    recovered: Decimal = Decimal(0)

    @property
    def open(self) -> Decimal:
        """What has not come back."""
        return max(self.owed - self.recovered, Decimal(0))

    @property
    def percent(self) -> Decimal | None:
        """The part that came back, in per cent."""
        return self.recovered * 100 / self.owed if self.owed else None


@dataclass
class Figures:
    """One partner's figures in a period."""

    asked: int = 0
    open: int = 0
    median: dt.timedelta | None = None
    ninety: dt.timedelta | None = None
    rates: dict[str, Rate] = field(default_factory=dict)
    money: list[Money] = field(default_factory=list)


def since_of(period: str) -> dt.datetime | None:
    """Return the first moment of a period; None for all time."""
    return timezone.now() - dt.timedelta(days=int(period)) if period.isdecimal() else None


def figures_of(partners: list[int], period: str) -> dict[int, Figures]:
    """Return the figures of each partner; empty ones for a partner that was asked nothing. Two statements."""
    found = {pk: _figures({}) for pk in partners}
    for row in _grouped(requests(period).filter(partner__in=partners)):
        found[row["partner"]] = _figures(row)
    for row in _ledger(period).filter(partner__in=partners).order_by("currency"):
        figures = found[row["partner"]]
        sums = next((each for each in figures.money if each.currency == row["currency"]), None)
        if sums is None:
            figures.money.append(sums := Money(row["currency"]))
        sums.owed, sums.recovered = row["owed"], row["recovered"]
    return found


def requests(period: str) -> QuerySet[PartnerRequest]:
    """Return the questions for a share that were put in a period, each with `later`: what was decided after its answer.

    `later` is the share, in per cent, that the party bears by the last confirmed assessment; null where there is none.
    """
    decided = Assessment.objects.filter(
        kind=Assessment.Kind.CONFIRMED, ticket=OuterRef("ticket"), created_at__gt=OuterRef("answered_at")
    )
    share = AssessmentShare.objects.filter(assessment=OuterRef("decided"), party=OuterRef("party"))
    found = PartnerRequest.objects.filter(percent__gt=0)
    since = since_of(period)
    if since:
        found = found.filter(asked_at__gte=since)
    found = found.annotate(decided=Subquery(decided.order_by("-pk").values("pk")[:1]))
    return found.annotate(
        later=Case(
            WhenThen(decided__isnull=False, then=Coalesce(Subquery(share.values("percent")[:1]), 0)),
            output_field=IntegerField(),
        )
    )


def _grouped(found: QuerySet[PartnerRequest]) -> QuerySet:
    def count(**which: Any) -> Count:
        return Count("pk", filter=Q(**which), distinct=True)

    answered = Q(answer__in=ANSWERED)
    contested = {"answer": Answer.CONTESTED, "later__isnull": False}
    return (
        found.order_by()
        .values("partner")
        .annotate(
            asked=Count("pk", distinct=True),
            waiting=count(answer=""),
            accepted=count(answer=Answer.ACCEPTED),
            partly=count(answer=Answer.PARTLY),
            contested=count(answer=Answer.CONTESTED),
            silent=count(answer=Answer.SILENCE),
            in_time=Count("pk", filter=answered & Q(clocks__met=True), distinct=True),
            judged=count(**contested),
            right=count(**contested, later__lt=F("percent")),
            median=Percentile("clocks__used_minutes", 0.5, filter=answered),
            ninety=Percentile("clocks__used_minutes", 0.9, filter=answered),
        )
    )


def _figures(row: dict[str, Any]) -> Figures:
    def number(name: str) -> int:
        return row.get(name) or 0

    over = number("asked") - number("waiting")
    rates = [
        Rate("in_time", _("Answered in time"), number("in_time"), over),
        Rate("accepted", _("Accepted"), number("accepted"), over),
        Rate("partly", _("Accepted in part"), number("partly"), over),
        Rate("contested", _("Contested"), number("contested"), over),
        Rate("silent", _("No answer in time"), number("silent"), over),
        Rate("right", _("Contested, and rightly"), number("right"), number("judged")),
    ]
    return Figures(
        number("asked"), number("waiting"), _time(row.get("median")), _time(row.get("ninety")),
        {rate.figure: rate for rate in rates},
    )  # fmt: skip


def _time(minutes: float | None) -> dt.timedelta | None:
    return None if minutes is None else dt.timedelta(minutes=round(minutes))


def _ledger(period: str) -> QuerySet:
    since = since_of(period)
    rows = LedgerEntry.objects.filter(kind__in=[LedgerEntry.Kind.PAID, LedgerEntry.Kind.RECOVERED])
    if since:
        rows = rows.filter(at__gte=since)
    nothing = Decimal(0)
    return rows.order_by().values("partner", "currency").annotate(
        owed=Sum("amount", filter=Q(kind="paid"), default=nothing),
        recovered=Sum("amount", filter=Q(kind="recovered"), default=nothing),
    )  # fmt: skip


# ── the tickets behind a number ────────────────────────────────────────────────────────────────────────────────────
FIGURES: dict[str, tuple[Any, Q]] = {
    "asked": (_("Asked"), Q()),
    "open": (_("Not answered yet"), Q(answer="")),
    "answered": (_("Answered"), Q(answer__in=ANSWERED)),
    "in_time": (_("Answered in time"), Q(answer__in=ANSWERED, clocks__met=True)),
    "accepted": (_("Accepted"), Q(answer=Answer.ACCEPTED)),
    "partly": (_("Accepted in part"), Q(answer=Answer.PARTLY)),
    "contested": (_("Contested"), Q(answer=Answer.CONTESTED)),
    "silent": (_("No answer in time"), Q(answer=Answer.SILENCE)),
    "right": (
        _("Contested, and rightly"),
        Q(answer=Answer.CONTESTED, later__isnull=False, later__lt=F("percent")),
    ),
    "money": (_("Paid or recovered"), Q()),
}


def tickets(partner: Partner, *, figure: str, period: str, currency: str = "", cursor: str = "") -> Page:
    """Return the tickets behind one of `FIGURES`, those filed last first."""
    if figure == "money":
        rows = LedgerEntry.objects.filter(partner=partner, kind__in=["paid", "recovered"])
        since = since_of(period)
        rows = rows.filter(at__gte=since) if since else rows
        rows = rows.filter(currency=currency) if currency else rows
    else:
        rows = requests(period).filter(FIGURES[figure][1], partner=partner)
    found = Ticket.objects.filter(pk__in=rows.order_by().values("ticket")).select_related("order", "line")
    return page_by_key(found, key="filed_at", cursor=cursor, size=PER_PAGE, descending=True)

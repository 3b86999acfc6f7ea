"""Improvement measures: recording them, and what the complaint rate did after them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import User

from .facts import Sql, orders, tickets
from .models import Measure
from .months import today_of
from .rollups import Count, fetch
from .slices import Slice
from .statistics import difference

WINDOW = 180  # days of orders on each side
RIPE = 60  # an order is compared when its complaints had this many days to come, and only those that came within them


@dataclass(frozen=True)
class Effect:
    """The complaint rate of the orders before and after a measure, each with the slice that holds its tickets."""

    measure: Measure
    before: Count
    after: Count
    before_slice: Slice
    after_slice: Slice | None  # None while no order is old enough
    ripe_on: dt.date  # the first day on which orders after the measure are old enough

    @property
    def change(self) -> float | None:
        """The change in per cent of the rate before; None where one cannot be told."""
        if not self.before.complained or self.after.rate is None:
            return None
        return (self.after.rate / self.before.rate - 1) * 100  # type: ignore[operator]

    @property
    def verdict(self) -> str:
        """`early` with too few orders on a side; `better` or `worse` where the interval leaves out 0; else `same`."""
        if min(self.before.orders, self.after.orders) < 30:
            return "early"
        interval = difference(self.after.complained, self.after.orders, self.before.complained, self.before.orders)
        assert interval is not None
        if interval.high < 0:
            return "better"
        return "worse" if interval.low > 0 else "same"

    @property
    def words(self) -> str:
        """The verdict in words."""
        return str(VERDICTS[self.verdict])

    @property
    def target_reached(self) -> bool:
        """Whether the rate after is at or below the target."""
        return self.after.rate is not None and self.after.rate <= self.measure.target


VERDICTS = {
    "early": _("Too early to tell"),
    "better": _("Fewer complaints"),
    "worse": _("More complaints"),
    "same": _("No clear change"),
}


def effects(organization, measures: Iterable[Measure], *, now: dt.datetime | None = None) -> list[Effect]:
    """Return what the complaint rate did around each measure, counted in one statement for all of them.

    180 days of orders on each side; each order is followed for 60 days, so both sides had the same time to complain.
    """
    ripe = today_of(organization, now) - dt.timedelta(days=RIPE)
    sides = [(measure, *_sides(measure, ripe)) for measure in measures]
    counts = _counts(organization, [where for _measure, before, after in sides for where in (before, after)])
    return [
        Effect(
            measure=measure, before=counts[2 * number], after=counts[2 * number + 1],
            before_slice=before, after_slice=after, ripe_on=measure.started_on + dt.timedelta(days=RIPE + 1),
        )
        for number, (measure, before, after) in enumerate(sides)
    ]  # fmt: skip


def _sides(measure: Measure, ripe: dt.date) -> tuple[Slice, Slice | None]:
    """Return the orders before and after the measure; only days whose orders had their 60 days count."""
    start = measure.started_on
    before = Slice(
        start=start - dt.timedelta(days=WINDOW), end=start, problem=measure.problem, within=str(RIPE),
        supplier=str(measure.supplier_id or ""), carrier=str(measure.carrier_id or ""),
    )  # fmt: skip
    end = min(start + dt.timedelta(days=WINDOW), ripe)
    return before, replace(before, start=start, end=end) if end > start else None


def _counts(organization, slices: list[Slice | None]) -> list[Count]:
    """Return orders, orders complained about and tickets of each slice, in one statement."""
    counts, sql = [Count() for _slice in slices], Sql("", [])
    for number, where in enumerate(slices):
        if where is None:
            continue
        for name, part in (("orders", orders(organization, where)), ("tickets", tickets(organization, where))):
            counted = "count(DISTINCT ticket_id)" if name == "tickets" else "0"
            sql += Sql(" UNION ALL " if sql.text else "", [])
            sql += (
                Sql(f"SELECT %s::int, '{name}', count(DISTINCT order_id), {counted} FROM (", [number])
                + part
                + Sql(") f", [])
            )
    for number, name, found, filed in fetch(sql) if sql.text else []:
        if name == "orders":
            counts[number].orders = found
        else:
            counts[number].complained, counts[number].filed = found, filed
    return counts


def record_measure(
    measure: Measure | None = None,
    *,
    name: str,
    what: str,
    problem: str,
    supplier: Partner | None,
    carrier: Partner | None,
    owner: User | None,
    started_on: dt.date,
    target: Decimal,
) -> Measure:
    """Return the measure, made or changed."""
    measure = measure or Measure()
    measure.name, measure.what, measure.problem, measure.target = name, what, problem, target
    measure.supplier, measure.carrier, measure.owner, measure.started_on = supplier, carrier, owner, started_on
    measure.save()
    return measure


def delete_measure(measure: Measure) -> None:
    """Forget the measure; orders and tickets stay."""
    measure.delete()

"""Rates by month and slice: three statements, whatever the number of orders, months or slices."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.db import connection

from tickets.problems import GROUPS

from . import facts
from .models import RateRow
from .slices import Basis, Slice
from .statistics import Interval, too_few, wilson

Dimension = RateRow.Dimension
DIMENSIONS = (Dimension.SUPPLIER, Dimension.CATEGORY, Dimension.REGION, Dimension.PROBLEM)
# What GROUPING(supplier, category, region, problem) says: a bit is 0 where the row is grouped by that column.
BY_BITS = {
    15: Dimension.TOTAL,
    7: Dimension.SUPPLIER,
    11: Dimension.CATEGORY,
    13: Dimension.REGION,
    14: Dimension.PROBLEM,
}


@dataclass
class Count:
    """What was counted in one slice of one or more months."""

    orders: int = 0
    complained: int = 0
    filed: int = 0
    rejected: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.orders + other.orders,
            self.complained + other.complained,
            self.filed + other.filed,
            self.rejected + other.rejected,
        )

    @property
    def rate(self) -> float | None:
        """The complaint rate in per cent: orders complained about ÷ orders placed; None without orders."""
        return self.complained / self.orders * 100 if self.orders else None

    @property
    def interval(self) -> Interval | None:
        """The rate's Wilson 95 % interval in per cent."""
        found = wilson(self.complained, self.orders)
        return found and Interval(found.low * 100, found.high * 100)

    @property
    def too_few(self) -> bool:
        """Whether the sample is too small to judge."""
        return too_few(self.complained, self.orders)

    @property
    def per_100(self) -> float | None:
        """Tickets filed per 100 orders placed in the same months; None without orders."""
        return self.filed / self.orders * 100 if self.orders else None

    @property
    def upheld(self) -> int:
        """Tickets filed that were not rejected."""
        return self.filed - self.rejected


Cells = dict[tuple[str, str], dict[dt.date, Count]]


@dataclass
class Rates:
    """Counts by dimension, key and month. Orders fall into one month each, so months add up."""

    cells: Cells = field(default_factory=lambda: defaultdict(lambda: defaultdict(Count)))

    def months(self, dimension: str = Dimension.TOTAL, key: str = "") -> dict[dt.date, Count]:
        """Return the counts of one slice by month."""
        return self.cells.get((str(dimension), key), {})

    def count(self, dimension: str = Dimension.TOTAL, key: str = "", months: Iterable[dt.date] | None = None) -> Count:
        """Return the counts of one slice over `months`, or over all."""
        by_month = self.months(dimension, key)
        chosen = by_month if months is None else months
        total = sum((by_month[month] for month in chosen if month in by_month), Count())
        if dimension == Dimension.PROBLEM:
            total = replace(total, orders=self.count(months=months).orders)
        return total

    def keys(self, dimension: str) -> Iterator[str]:
        """Yield the keys of a dimension."""
        return (key for found, key in self.cells if found == dimension)


def fetch(sql: facts.Sql) -> list[tuple]:
    """Return all rows of a statement, which joins by hashing.

    Every statement here reads most of an organization. Right after an import PostgreSQL does not know yet how much that
    is, expects one row, and would compare each order with each line (measured on 3,500 orders: 30 s instead of 0.2 s).
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(sql.text, sql.params)
        rows = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
    return rows


def _grouped(inner: facts.Sql, *, problem: bool, counts: str) -> Iterator[tuple]:
    """Yield (dimension, key, month, count, …) of a set of facts, grouped by each dimension."""
    names = ["supplier", "category", "region"]
    select = ", ".join([*names, "problem" if problem else "NULL::text"])
    sets = ", ".join(["(month)", *(f"(month, {name})" for name in [*names, *(["problem"] if problem else [])])])
    bits = f"GROUPING({', '.join([*names, *(['problem'] if problem else [])])})" + ("" if problem else " * 2 + 1")
    statement = facts.Sql(f"SELECT {bits}, month, {select}, {counts} FROM (", []) + inner
    for bit, month, *keys in fetch(statement + facts.Sql(f") f GROUP BY GROUPING SETS ({sets})", [])):
        dimension = BY_BITS[bit]
        key = "" if dimension == Dimension.TOTAL else keys[DIMENSIONS.index(dimension)]
        yield dimension, key, month, *keys[4:]


def rates(organization, where: Slice, *, filed_since: dt.date | None = None) -> Rates:
    """Return the counts of a slice by month and dimension.

    Orders and orders complained about belong to the month the order was placed in, tickets to the month they were filed
    in. The basis of `where` plays no part. `filed_since` leaves earlier filings out where they are not needed.
    """
    found = Rates()
    for dimension, key, month, orders in _grouped(
        facts.orders(organization, where), problem=False, counts="count(DISTINCT order_id)"
    ):
        found.cells[str(dimension), key][month].orders = orders
    placed = facts.tickets(organization, replace(where, basis=Basis.PLACED.value))
    for dimension, key, month, complained in _grouped(placed, problem=True, counts="count(DISTINCT order_id)"):
        found.cells[str(dimension), key][month].complained = complained
    filed = facts.tickets(organization, replace(where, basis=Basis.FILED.value, start=filed_since or where.start))
    counts = "count(DISTINCT ticket_id), count(DISTINCT ticket_id) FILTER (WHERE state = 'rejected')"
    for dimension, key, month, tickets, rejected in _grouped(filed, problem=True, counts=counts):
        cell = found.cells[str(dimension), key][month]
        cell.filed, cell.rejected = tickets, rejected
    return found


def gathered(organization, where: Slice, dimension: str) -> dict[tuple[str, str], int]:
    """Return the orders complained about by (key of the dimension, problem group); the cells of the heat map."""
    column = {"supplier": "supplier", "category": "category", "region": "region"}[str(dimension)]
    pairs = [(problem.value, group.value) for group, problems in GROUPS.items() for problem in problems]
    inner = facts.tickets(organization, replace(where, basis=Basis.PLACED.value))
    rows = fetch(
        facts.Sql(f"SELECT f.{column}, g.name, count(DISTINCT f.order_id) FROM (", [])
        + inner
        + facts.Sql(
            f") f JOIN unnest(%s::text[], %s::text[]) AS g(problem, name) USING (problem) GROUP BY f.{column}, g.name",
            [[problem for problem, _group in pairs], [group for _problem, group in pairs]],
        )
    )
    return {(key, group): orders for key, group, orders in rows}


def order_count(organization, where: Slice) -> int:
    """Return how many orders were placed in the slice."""
    inner = facts.orders(organization, where)
    return fetch(facts.Sql("SELECT count(DISTINCT order_id) FROM (", []) + inner + facts.Sql(") f", []))[0][0]


def ticket_count(organization, where: Slice) -> tuple[int, int]:
    """Return (counted tickets, orders they are about) of the slice."""
    inner = facts.tickets(organization, where)
    sql = (
        facts.Sql("SELECT count(DISTINCT ticket_id), count(DISTINCT order_id) FROM (", [])
        + inner
        + facts.Sql(") f", [])
    )
    return fetch(sql)[0]

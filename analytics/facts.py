"""The two sets that every figure counts from, as SQL: orders by their lines, and counted tickets by theirs.

A row of either set is an order (or ticket) × one line, so that an order with several suppliers counts for each; figures
therefore always count distinct orders or tickets. An order without lines is one row without supplier and category. A
ticket on a line belongs to that line; a ticket without a line to every line of its order. Row-level security holds here
as everywhere; the organization is named too, so that indexes are used.
"""

import datetime as dt
from typing import Any, NamedTuple

from tickets.workflow import NOT_COUNTED, State

from .slices import NONE, Basis, Slice, Verdict

NOT_COUNTED_STATES = [state.value for state in NOT_COUNTED]
DAY = dt.timedelta(days=1)


class Sql(NamedTuple):
    """A piece of SQL and its parameters, in order."""

    text: str
    params: list[Any]

    def __add__(self, other) -> "Sql":  # type: ignore[override]
        return Sql(self.text + other.text, [*self.params, *other.params])


def month(column: str, organization) -> Sql:
    """Return the expression of the local month that a moment belongs to."""
    return Sql(f"date_trunc('month', {column} AT TIME ZONE %s)::date", [organization.time_zone])


def within(column: str, organization, start: dt.date, end: dt.date) -> Sql:
    """Return the condition that a moment lies on a local day from `start` to before `end`.

    The local date decides; the two bounds a day wider only let the index do its work, whatever the zone's offset.
    """
    wide = [dt.datetime.combine(start, dt.time(), dt.UTC) - DAY, dt.datetime.combine(end, dt.time(), dt.UTC) + DAY]
    local = f"({column} AT TIME ZONE %s)::date"
    return Sql(
        f" AND {column} >= %s AND {column} < %s AND {local} >= %s AND {local} < %s",
        [*wide, organization.time_zone, start, organization.time_zone, end],
    )


def _order_conditions(where: Slice) -> Sql:
    """What the filters ask of the order (`o`) and its line (`l`)."""
    found = Sql("", [])
    if where.region:
        country, slash, region = where.region.partition("/")
        found += Sql(" AND o.country = %s", [country])
        found += Sql(" AND o.region = %s", [region]) if slash else Sql("", [])
    if where.supplier == NONE:
        found += Sql(" AND l.supplier_id IS NULL", [])
    elif where.supplier:
        found += Sql(" AND l.supplier_id = %s", [int(where.supplier)])
    if where.category:
        found += Sql(" AND coalesce(l.category, '') = %s", ["" if where.category == NONE else where.category])
    if where.carrier:
        found += Sql(
            " AND EXISTS (SELECT FROM orders_shipment s"
            " WHERE s.organization_id = o.organization_id AND s.order_id = o.id AND s.carrier_id = %s)",
            [int(where.carrier)],
        )  # fmt: skip
    return found


def _ticket_conditions(where: Slice) -> Sql:
    found = Sql("", [])
    if where.problems:
        found += Sql(" AND t.problem = ANY(%s)", [where.problems])
    if where.verdict == Verdict.REJECTED:
        found += Sql(" AND t.state = %s", [State.REJECTED.value])
    elif where.verdict == Verdict.UPHELD:
        found += Sql(" AND t.state <> %s", [State.REJECTED.value])
    if where.within:
        found += Sql(" AND t.filed_at < o.placed_at + make_interval(days => %s)", [int(where.within)])
    return found


LINE = (
    "coalesce(l.supplier_id::text, '') AS supplier, coalesce(l.category, '') AS category,"
    " o.country || '/' || o.region AS region"
)


def orders(organization, where: Slice) -> Sql:
    """Return the orders placed in the period, by line: order_id, month, supplier, category, region."""
    placed = month("o.placed_at", organization)
    return (
        Sql(f"SELECT o.id AS order_id, {placed.text} AS month, {LINE} ", placed.params)
        + Sql(
            "FROM orders_order o "
            "LEFT JOIN orders_orderline l ON l.organization_id = o.organization_id AND l.order_id = o.id "
            "WHERE o.organization_id = %s", [organization.pk],
        )
        + within("o.placed_at", organization, where.start, where.end)
        + _order_conditions(where)
    )  # fmt: skip


def tickets(organization, where: Slice, *, ever: bool = False) -> Sql:
    """Return the counted tickets of the slice, by line: ticket_id, order_id, filed_at, problem, state, month, …

    Supplier, category and region stand as in `orders`. `month` is the order's with the cohort basis, else the filing's.
    With `ever` the period is not looked at.
    """
    column = "o.placed_at" if where.basis == Basis.PLACED else "t.filed_at"
    counted = month(column, organization)
    found = Sql(
        f"SELECT t.id AS ticket_id, t.order_id, t.filed_at, t.problem, t.state, {counted.text} AS month, {LINE} ",
        counted.params,
    ) + Sql(
        "FROM tickets_ticket t JOIN orders_order o ON o.organization_id = t.organization_id AND o.id = t.order_id "
        "LEFT JOIN orders_orderline l ON l.organization_id = t.organization_id AND l.order_id = t.order_id "
        "AND (t.line_id IS NULL OR l.id = t.line_id) "
        "WHERE t.organization_id = %s AND t.state <> ALL(%s)",
        [organization.pk, NOT_COUNTED_STATES],
    )
    if not ever:
        found += within(column, organization, where.start, where.end)
    return found + _order_conditions(where) + _ticket_conditions(where)

"""What the manager's figures rest on besides rates: times, limits, ratings, costs. See `docs/definitions.md`."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from tickets.problems import Party

from . import facts
from .months import add_months, first_of
from .rollups import fetch
from .slices import Slice

OURS = [
    "reported",
    "responsibility",
    "planning",
    "executing",
]  # clocks of our own stages, not the partner's, not the follow-up
Months = dict[dt.date | None, "Sample"]


@dataclass(frozen=True)
class Sample:
    """How many values, their mean and their median."""

    count: int = 0
    mean: float | None = None
    median: float | None = None


@dataclass(frozen=True)
class Spent:
    """Money of one currency: in all, and what suppliers bear of it."""

    currency: str
    amount: Decimal
    by_suppliers: Decimal


class Event(NamedTuple):
    """Something that happened to tickets (`t`): its moment, its value, and the SQL that finds it."""

    kind: str
    at: str
    value: str
    found: str


def _event(organization, event: Event, where: Slice) -> facts.Sql:
    """Return (kind, month, value) of what happened to the slice's tickets in the period."""
    month = facts.month(event.at, organization)
    source = "FROM chosen JOIN tickets_ticket t ON t.id = chosen.ticket_id AND t.organization_id = %s "
    return (
        facts.Sql(
            f"SELECT '{event.kind}' AS kind, {month.text} AS month, ({event.value})::float8 AS value ", month.params
        )
        + facts.Sql(source + event.found, [organization.pk])
        + facts.within(event.at, organization, where.start, where.end)
    )


def _chosen(organization, where: Slice) -> facts.Sql:
    inner = facts.tickets(organization, where, ever=True)
    return (
        facts.Sql("WITH chosen AS MATERIALIZED (SELECT DISTINCT ticket_id FROM (", []) + inner + facts.Sql(") f) ", [])
    )


def hours(later: str, earlier: str) -> str:
    """Return the SQL of the hours between two moments."""
    return f"extract(epoch FROM {later} - {earlier}) / 3600"


EVENTS = (
    Event("answer", "t.filed_at", hours("t.first_answer_at", "t.filed_at"), "WHERE t.first_answer_at IS NOT NULL"),
    Event("close", "t.closed_at", hours("t.closed_at", "t.filed_at"), "WHERE t.closed_at IS NOT NULL"),
    Event(
        "limit", "c.stopped_at", "c.met::int",
        "JOIN tickets_stageclock c ON c.organization_id = t.organization_id AND c.ticket_id = t.id "
        f"WHERE c.met IS NOT NULL AND c.kind IN ({', '.join(repr(kind) for kind in OURS)})",
    ),
    Event(
        "rating", "r.created_at", "r.rating",
        "JOIN tickets_followup r ON r.organization_id = t.organization_id AND r.ticket_id = t.id "
        "WHERE r.rating IS NOT NULL",
    ),
)  # fmt: skip


def samples(organization, where: Slice) -> dict[str, Months]:
    """Return by kind and month (None: the whole period) the count, mean and median of the slice's

    `answer`: hours from filing to our first answer, by month of filing; `close`: hours from filing to closing, by month
    of closing; `limit`: 1 for a stage that ended in time and 0 for one that did not, by month of its end; `rating`: 1
    to 5, by month of rating.
    """
    sql = _chosen(organization, where) + facts.Sql(
        "SELECT kind, month, count(*), avg(value), percentile_cont(0.5) WITHIN GROUP (ORDER BY value) FROM (", []
    )
    for number, event in enumerate(EVENTS):
        sql += facts.Sql(" UNION ALL " if number else "", []) + _event(organization, event, where)
    sql += facts.Sql(") e GROUP BY GROUPING SETS ((kind), (kind, month))", [])
    found: dict[str, Months] = {event.kind: {} for event in EVENTS}
    for kind, month, count, mean, median in fetch(sql):
        found[kind][month] = Sample(count, mean, median)
    return found


def costs(organization, where: Slice) -> dict[dt.date | None, list[Spent]]:
    """Return by month of closing (None: the whole period) what closed tickets cost, one entry per currency.

    The base currency first, then the others; nothing is converted, because no rates of the day are stored.
    """
    month = facts.month("t.closed_at", organization)
    sql = (
        _chosen(organization, where)
        + facts.Sql(
            "SELECT m, currency, sum(amount), coalesce(sum(amount) FILTER (WHERE party = %s), 0) "
            f"FROM (SELECT {month.text} AS m, c.* ",
            [Party.SUPPLIER.value, *month.params],
        )
        + facts.Sql(
            "FROM chosen JOIN tickets_ticket t ON t.id = chosen.ticket_id AND t.organization_id = %s "
            "JOIN tickets_ticketcost c ON c.organization_id = t.organization_id AND c.ticket_id = t.id "
            "WHERE t.closed_at IS NOT NULL",
            [organization.pk],
        )
        + facts.within("t.closed_at", organization, where.start, where.end)
        + facts.Sql(
            ") e GROUP BY GROUPING SETS ((currency), (m, currency)) ORDER BY currency <> %s, 3 DESC",
            [organization.currency],
        )
    )
    found: dict[dt.date | None, list[Spent]] = defaultdict(list)
    for when, currency, amount, by_suppliers in fetch(sql):
        found[when].append(Spent(currency, amount, by_suppliers))
    return found


def partners(organization, where: Slice, ids: list[int]) -> tuple[dict[int, list[Spent]], dict[int, Sample]]:
    """Return by supplier what it bears of the period's costs, and the hours it took to answer questions asked in it."""
    borne: dict[int, list[Spent]] = defaultdict(list)
    sql = (
        _chosen(organization, where)
        + facts.Sql(
            "SELECT c.partner_id, c.currency, sum(c.amount) FROM chosen "
            "JOIN tickets_ticket t ON t.id = chosen.ticket_id AND t.organization_id = %s "
            "JOIN tickets_ticketcost c ON c.organization_id = t.organization_id AND c.ticket_id = t.id "
            "WHERE c.partner_id = ANY(%s) AND c.party = %s",
            [organization.pk, ids, Party.SUPPLIER.value],
        )
        + facts.within("t.closed_at", organization, where.start, where.end)
        + facts.Sql(" GROUP BY 1, 2 ORDER BY c.currency <> %s, 3 DESC", [organization.currency])
    )
    for partner, currency, amount in fetch(sql):
        borne[partner].append(Spent(currency, amount, amount))
    took = hours("answered_at", "asked_at")
    answers = fetch(
        facts.Sql(
            f"SELECT partner_id, count(*), avg({took}), percentile_cont(0.5) WITHIN GROUP (ORDER BY {took}) "
            "FROM tickets_partnerrequest WHERE organization_id = %s AND partner_id = ANY(%s) "
            "AND answered_at IS NOT NULL AND answer NOT IN ('', 'silence')",
            [organization.pk, ids],
        )
        + facts.within("asked_at", organization, where.start, where.end)
        + facts.Sql(" GROUP BY partner_id", [])
    )
    return borne, {partner: Sample(count, mean, median) for partner, count, mean, median in answers}


def growth(organization, where: Slice) -> int | None:
    """Return the days within which 9 of 10 complaints about the slice's orders were filed; None below ten."""
    inner = facts.tickets(organization, replace(where, basis="placed"))
    days = f"greatest(0, {hours('f.filed_at', 'o.placed_at')} / 24)"
    sql = (
        facts.Sql(
            f"SELECT count(*), percentile_disc(0.9) WITHIN GROUP (ORDER BY {days}) "
            "FROM (SELECT DISTINCT ticket_id, order_id, filed_at FROM (", [],
        )
        + inner
        + facts.Sql(") x) f JOIN orders_order o ON o.id = f.order_id AND o.organization_id = %s", [organization.pk])
    )  # fmt: skip
    count, value = fetch(sql)[0]
    return None if count < 10 else int(value) + 1


def last_full_month(where: Slice, today: dt.date, *, settled: int = 0) -> dt.date | None:
    """Return the period's last month that ended at least `settled` days ago, or None."""
    past = [month for month in where.months if add_months(month, 1) + dt.timedelta(days=settled) <= today]
    return past[-1] if past else None


def pair(where: Slice, today: dt.date, *, settled: int = 0) -> tuple[dt.date, dt.date] | None:
    """Return the two months that a change compares: the period's first and its last full one.

    A period of one month compares it with the month before; None where no month is over.
    """
    last = last_full_month(where, today, settled=settled)
    if last is None:
        return None
    first = first_of(where.start)
    return (add_months(last, -1) if first == last else first), last

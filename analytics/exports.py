"""Files for spreadsheets. No cell is read as a formula, and no more than a part of the rows is in memory."""

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from aftersales.tenants.scope import tenant
from tickets.models import Assessment, Ticket

from .models import MonthlyReport, RateRow
from .queries import cursor_of, in_order, label, ticket_ids
from .rollups import Count
from .slices import Slice

CHUNK = 500
# Source: OWASP, "CSV Injection": what a spreadsheet may take for a formula, in half and full width.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "\ufeff"  # tells spreadsheets that the file is UTF-8


class _Echo:
    def write(self, value: str) -> str:
        return value


def cell(value: Any) -> str:
    """Return a value as a cell: moments in ISO 8601 with offset, text that looks like a formula behind a quote."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal | dt.date):
        return str(value)
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(DANGEROUS) else text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield each row as a line of CSV."""
    writer = csv.writer(_Echo())  # type: ignore[arg-type]
    for row in rows:
        yield writer.writerow([cell(value) for value in row])  # type: ignore[misc]


# ── one row per ticket ─────────────────────────────────────────────────────────────────────────────────────────────
def _hours(ticket: Ticket, later: dt.datetime | None) -> str:
    return "" if later is None else f"{(later - ticket.filed_at).total_seconds() / 3600:.2f}"


def _lines_of(ticket: Ticket) -> list:
    """The lines that the ticket counts for: its own, or all of the order."""
    return [ticket.line] if ticket.line else list(ticket.order.lines.all())


def _joined(values: Iterable[Any]) -> str:
    return "; ".join(dict.fromkeys(str(value) for value in values if value))


def _responsible(ticket: Ticket) -> str:
    confirmed = [each for each in ticket.assessments.all() if each.superseded_at is None]
    shares = confirmed[-1].shares.all() if confirmed else []
    return "; ".join(f"{share.party} {share.percent}" for share in shares)


def _clocks(ticket: Ticket, met: bool) -> int:
    return sum(clock.met is met for clock in ticket.clocks.all())


def _rating(ticket: Ticket, name: str) -> Any:
    rated = [each for each in ticket.follow_ups.all() if each.rating is not None]
    return getattr(rated[-1], name) if rated else None


COLUMNS: dict[str, Callable[[Ticket], Any]] = {
    "number": lambda t: t.number,
    "state": lambda t: t.state,
    "filed_at": lambda t: t.filed_at,
    "channel": lambda t: t.channel,
    "problem_group": lambda t: t.group.value,
    "problem": lambda t: t.problem,
    "subject": lambda t: t.subject,
    "text": lambda t: t.text,
    "wish": lambda t: t.wish,
    "language": lambda t: t.language,
    "occurrence": lambda t: t.occurrence,
    "order": lambda t: t.order.number,
    "order_placed_at": lambda t: t.order.placed_at,
    "order_promised_on": lambda t: t.order.promised_on,
    "order_delivered_at": lambda t: t.order.delivered_at,
    "order_total": lambda t: t.order.total,
    "order_currency": lambda t: t.order.currency,
    "country": lambda t: t.order.country,
    "region": lambda t: t.order.region,
    "customer": lambda t: t.customer.reference,
    "product": lambda t: _joined(line.product for line in _lines_of(t)),
    "sku": lambda t: _joined(line.sku for line in _lines_of(t)),
    "batch": lambda t: _joined(line.batch for line in _lines_of(t)),
    "category": lambda t: _joined(line.category for line in _lines_of(t)),
    "supplier": lambda t: _joined(line.supplier for line in _lines_of(t)),
    "carrier": lambda t: _joined(shipment.carrier for shipment in t.order.shipments.all()),
    "tracking_number": lambda t: _joined(shipment.tracking_number for shipment in t.order.shipments.all()),
    "team": lambda t: t.team,
    "assignee": lambda t: t.assignee,
    "suggested_party": lambda t: t.suggested_party,
    "suggested_confidence": lambda t: t.suggested_confidence,
    "responsible": _responsible,
    "first_answer_at": lambda t: t.first_answer_at,
    "hours_to_first_answer": lambda t: _hours(t, t.first_answer_at),
    "closed_at": lambda t: t.closed_at,
    "hours_to_close": lambda t: _hours(t, t.closed_at),
    "deadlines_met": lambda t: _clocks(t, True),
    "deadlines_missed": lambda t: _clocks(t, False),
    "outcome": lambda t: t.outcome,
    "root_cause": lambda t: t.root_cause,
    "costs": lambda t: "; ".join(f"{cost.party} {cost.amount} {cost.currency}" for cost in t.costs.all()),
    "rating": lambda t: _rating(t, "rating"),
    "rating_comment": lambda t: _rating(t, "comment"),
    "reopened": lambda t: t.reopened,
    "appealed_at": lambda t: t.appealed_at,
    "rejection_reason": lambda t: t.rejection_reason,
    "rejection_clause": lambda t: t.rejection_clause,
    "rules_version": lambda t: t.rules_version and t.rules_version.version,
    "filing_seconds": lambda t: t.filing_seconds,
}
MOMENTS = {name for name in COLUMNS if name.endswith("_at")}


def _complete() -> QuerySet[Ticket]:
    """Tickets with all that a row tells, in a fixed number of queries."""
    confirmed = Assessment.objects.filter(kind=Assessment.Kind.CONFIRMED).order_by("id").prefetch_related("shares")
    return Ticket.objects.select_related(
        "order", "customer", "line__supplier", "team", "assignee", "rules_version"
    ).prefetch_related(
        "order__lines__supplier", "order__shipments__carrier", "clocks", "costs", "follow_ups",
        Prefetch("assessments", queryset=confirmed),
    )  # fmt: skip


def _row(ticket: Ticket, zone) -> list[Any]:
    values = {name: of(ticket) for name, of in COLUMNS.items()}
    return [value.astimezone(zone) if name in MOMENTS and value else value for name, value in values.items()]


def tickets_csv(organization, where: Slice, *, chunk: int = CHUNK) -> Iterator[str]:
    """Yield the lines of a CSV with one row per counted ticket of the slice, the last filed first.

    Each part is read in a transaction of its own inside the organization, so the file can be sent while it is read.
    """
    yield MARK + next(lines([list(COLUMNS)]))
    after = ""
    while True:
        with tenant(organization):
            found = in_order(_complete(), ticket_ids(organization, where, size=chunk, after=after))
            part = list(lines(_row(ticket, organization.zone) for ticket in found))
        yield from part
        if len(found) < chunk:
            return
        after = cursor_of(found[-1])


# ── one row per slice of a month ───────────────────────────────────────────────────────────────────────────────────
def report_csv(report: MonthlyReport, rows: Iterable[RateRow]) -> Iterator[str]:
    """Yield the lines of a CSV with the rows of a kept report; rates and their intervals in per cent."""
    yield MARK + next(lines([[
        "month", "dimension", "key", "name", "orders", "complained", "rate", "rate_low", "rate_high", "too_few",
        "tickets_filed", "tickets_rejected", "tickets_upheld", "tickets_per_100_orders",
    ]]))  # fmt: skip
    for row in rows:
        count = Count(row.orders, row.complained, row.filed, row.rejected)
        numbers = [count.rate, *((count.interval.low, count.interval.high) if count.interval else (None, None))]
        rounded = ["" if number is None else f"{number:.4f}" for number in numbers]
        per_100 = "" if count.per_100 is None else f"{count.per_100:.4f}"
        name = label(row.dimension, row.key, {row.key: row.label})
        yield from lines([[
            f"{report.month:%Y-%m}", row.dimension, row.key, name, row.orders, row.complained, *rounded, count.too_few,
            row.filed, row.rejected, count.upheld, per_100,
        ]])  # fmt: skip

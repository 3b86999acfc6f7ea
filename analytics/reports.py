"""The monthly reports: which are due, and building them."""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from aftersales.orders.models import Partner

from . import facts
from .models import MonthlyReport, RateRow
from .months import add_months, first_of, months_of, today_of
from .rollups import Dimension, fetch, rates
from .slices import Slice

log = logging.getLogger(__name__)
# A change carries the time its action began, and is seen when its transaction ends: look that much further back.
OVERLAP = dt.timedelta(minutes=10)


def changed_months(organization) -> dict[dt.date, dt.datetime]:
    """Return by month when last an order of it came in, or a ticket about such an order or filed in it changed."""
    placed, filed = facts.month("o.placed_at", organization), facts.month("t.filed_at", organization)
    sql = (
        facts.Sql(f"SELECT month, max(at) FROM (SELECT {placed.text} AS month, max(o.created_at) AS at", placed.params)
        + facts.Sql(" FROM orders_order o WHERE o.organization_id = %s GROUP BY 1", [organization.pk])
        + facts.Sql(f" UNION ALL SELECT {placed.text}, max(t.changed_at)", placed.params)
        + facts.Sql(
            " FROM tickets_ticket t JOIN orders_order o ON o.organization_id = t.organization_id AND o.id = t.order_id"
            " WHERE t.organization_id = %s GROUP BY 1", [organization.pk],
        )
        + facts.Sql(f" UNION ALL SELECT {filed.text}, max(t.changed_at)", filed.params)
        + facts.Sql(" FROM tickets_ticket t WHERE t.organization_id = %s GROUP BY 1) c", [organization.pk])
        + facts.Sql(" GROUP BY month", [])
    )  # fmt: skip
    return dict(fetch(sql))


def due_months(organization, *, now: dt.datetime | None = None) -> list[dt.date]:
    """Return the months whose report is missing, or was built before the month was over or something of it changed.

    The months run from that of the first order or ticket to the current one; a month in the future has no report yet.
    """
    now = now or timezone.now()
    current = first_of(today_of(organization, now))
    changed = {month: at for month, at in changed_months(organization).items() if month <= current}
    if not changed:
        return []
    built = {report.month: report for report in MonthlyReport.objects.all()}
    due = []
    for month in months_of(min(changed), add_months(current, 1)):
        report = built.get(month)
        over = month < current
        if (
            report is None
            or not over
            or not report.complete
            or (month in changed and changed[month] > report.built_at - OVERLAP)
        ):
            due.append(month)
    return due


def build_month(organization, month: dt.date, *, now: dt.datetime | None = None) -> MonthlyReport:
    """Return the report of a month, built from what the database says now; rows are replaced in one transaction.

    Two workers that build the same month wait for each other at the report's row, so the rows are there once.
    """
    now = now or timezone.now()
    with transaction.atomic():
        MonthlyReport.objects.get_or_create(month=month)
        report = MonthlyReport.objects.select_for_update(of=("self",)).get(month=month)
        report.built_at, report.complete = now, add_months(month, 1) <= today_of(organization, now)
        report.rows.all().delete()
        RateRow.objects.bulk_create(_rows(organization, report), batch_size=1000)
        report.save(update_fields=["built_at", "complete"])
    return report


def _rows(organization, report: MonthlyReport) -> list[RateRow]:
    found = rates(organization, Slice(report.month, add_months(report.month, 1)))
    names = {str(pk): name for pk, name in Partner.objects.filter(kind=Partner.Kind.SUPPLIER).values_list("pk", "name")}
    rows = []
    for dimension, key in {(str(Dimension.TOTAL), ""), *found.cells}:
        count = found.count(dimension, key)
        label = names.get(key, "") if dimension == Dimension.SUPPLIER else key
        rows.append(RateRow(
            report=report, dimension=dimension, key=key, label=label[:160], orders=count.orders,
            complained=count.complained, filed=count.filed, rejected=count.rejected,
        ))  # fmt: skip
    return rows


def build_due(organization, *, now: dt.datetime | None = None) -> list[dt.date]:
    """Build what is due in the entered organization, oldest month first, and return the months."""
    months = due_months(organization, now=now)
    for month in months:
        build_month(organization, month, now=now)
    if months:
        log.info("Built %d monthly reports of %s.", len(months), organization.slug)
    return months

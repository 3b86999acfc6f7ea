"""Monthly reports: built when due, once, and again when late complaints arrive."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from aftersales.tenants.scope import tenant
from analytics import reports, tasks
from analytics.models import MonthlyReport, RateRow
from tests.analytics.rows import sold, ticket

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
MARCH, APRIL, MAY, JUNE = (dt.date(2026, month, 1) for month in (3, 4, 5, 6))


@pytest.fixture
def spring(luma, harbor):
    """An order with a complaint in March and in April; Harbor looks the same and has more of it."""
    for organization, times in ((luma, 1), (harbor, 3)):
        with tenant(organization):
            for month in (3, 4):
                for _ in range(times):
                    order = sold(
                        dt.datetime(2026, month, 10, tzinfo=dt.UTC), "Oakline", created_at=NOW - dt.timedelta(days=9)
                    )
                    ticket(order, changed_at=NOW - dt.timedelta(days=9))


def rows_of(month) -> list[tuple]:
    found = RateRow.objects.filter(report__month=month).values_list(
        "dimension", "label", "orders", "complained", "filed", "rejected"
    )
    return sorted(found)


def test_a_report_holds_every_dimension(luma, spring):
    with tenant(luma):
        assert reports.build_due(luma, now=NOW) == [MARCH, APRIL, MAY]
        assert rows_of(MARCH) == [
            ("category", "Lamps", 1, 1, 1, 0), ("problem", "broken_inside", 1, 1, 1, 0),
            ("region", "MX/Jalisco", 1, 1, 1, 0),
            ("supplier", "Oakline", 1, 1, 1, 0), ("total", "", 1, 1, 1, 0),
        ]  # fmt: skip
        assert rows_of(MAY) == [("total", "", 0, 0, 0, 0)]
        assert [report.complete for report in MonthlyReport.objects.all()] == [False, True, True]


def test_only_the_running_month_is_built_again_until_something_changes(luma, spring):
    with tenant(luma):
        reports.build_due(luma, now=NOW)
        later = NOW + dt.timedelta(hours=1)
        assert reports.build_due(luma, now=later) == [MAY]
        order = sold(dt.datetime(2026, 3, 2, tzinfo=dt.UTC), created_at=NOW - dt.timedelta(days=9))
        late = ticket(order, filed_at=later, changed_at=later)
        assert reports.build_due(luma, now=later + dt.timedelta(hours=1)) == [MARCH, MAY]
        assert rows_of(MARCH)[-1] == ("total", "", 2, 2, 1, 0) and rows_of(MAY)[-1] == ("total", "", 0, 0, 1, 0)
        type(late).objects.filter(pk=late.pk).update(state="withdrawn", changed_at=later + dt.timedelta(hours=3))
        assert reports.build_due(luma, now=later + dt.timedelta(hours=4)) == [MARCH, MAY]
        assert rows_of(MARCH)[-1] == ("total", "", 2, 1, 1, 0)


def test_the_month_ends_in_the_organizations_zone(luma, harbor, spring):
    """31 May, 16:30 UTC: June has begun in Shanghai, not in Lisbon."""
    moment = dt.datetime(2026, 5, 31, 16, 30, tzinfo=dt.UTC)
    for organization, last in ((luma, MAY), (harbor, JUNE)):
        with tenant(organization):
            assert reports.build_due(organization, now=moment)[-1] == last
            assert MonthlyReport.objects.get(month=MAY).complete is (last == JUNE)
    with tenant(luma):
        assert MAY in reports.build_due(luma, now=moment + dt.timedelta(hours=8))
        assert MonthlyReport.objects.get(month=MAY).complete is True


def test_a_second_run_changes_nothing(luma, spring):
    with tenant(luma):
        reports.build_due(luma, now=NOW)
        first = {month: rows_of(month) for month in (MARCH, APRIL, MAY)}
        for month in (MARCH, APRIL, MAY):
            reports.build_month(luma, month, now=NOW)
        assert {month: rows_of(month) for month in (MARCH, APRIL, MAY)} == first
        assert MonthlyReport.objects.count() == 3


def test_the_task_builds_for_each_organization_its_own(luma, harbor, spring, settings, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.build_reports_of, "apply_async", lambda args, **options: sent.append(args[0]))
    tasks.build_due_reports()
    assert sent == [luma.pk, harbor.pk]
    for pk in sent:
        tasks.build_reports_of(pk)
    for organization, orders in ((luma, 1), (harbor, 3)):
        with tenant(organization):
            assert RateRow.objects.get(report__month=MARCH, dimension="total").orders == orders


def test_the_command(luma, harbor, spring):
    out = StringIO()
    call_command("build_reports", organization="luma", stdout=out)
    assert out.getvalue().startswith("luma: 2026-03, 2026-04")
    with tenant(harbor):
        assert not MonthlyReport.objects.exists()


def test_an_organization_without_orders_has_no_reports(luma):
    with tenant(luma):
        assert reports.build_due(luma, now=NOW) == []

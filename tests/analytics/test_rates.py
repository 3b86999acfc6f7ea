"""What is counted: months in the organization's zone, states, suppliers by lines, and nobody else's rows."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.orders.models import Order, Partner
from aftersales.tenants.scope import tenant
from analytics import rollups
from analytics.rollups import Count
from analytics.slices import NONE, Slice
from analytics.statistics import difference, too_few, wilson
from tests.analytics.rows import sold, ticket
from tests.factories import make_line, make_partner, make_shipment
from tickets.models import Ticket
from tickets.problems import GROUP_OF

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = dt.date(2026, 3, 1), dt.date(2026, 4, 1), dt.date(2026, 5, 1)
DAY = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
SPRING = Slice(MARCH, MAY)


def total(organization, where=SPRING, **months) -> Count:
    return rollups.rates(organization, where).count(**months)


# ── arithmetic ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_wilson_agrees_with_published_values():
    # Newcombe 1998 (Stat Med 17:857-872), table I, method 3: 81/263, 15/148, 0/20, 1/29.
    for hits, of, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson(hits, of)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert wilson(0, 0) is None
    assert wilson(5, 5).high == 1.0


def test_newcombe_agrees_with_published_values():
    # Newcombe 1998 (Stat Med 17:873-890), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    for a, m, b, n, low, high in [(56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090)]:
        found = difference(a, m, b, n)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert difference(1, 2, 0, 0) is None


def test_small_samples_are_marked():
    assert too_few(0, 0) and too_few(1, 29) and too_few(15, 30) and too_few(0, 70)
    assert not too_few(0, 75) and not too_few(30, 300) and not too_few(500, 10000)


# ── what counts ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_withdrawn_and_merged_do_not_count_and_rejected_count_apart(luma):
    with tenant(luma):
        for state in ("reported", "closed", "followed_up", "rejected", "withdrawn", "merged"):
            ticket(sold(DAY, "Oakline"), state=state)
        sold(DAY, "Oakline", cancelled_at=DAY)
        found = total(luma)
    assert (found.orders, found.complained, found.filed, found.rejected, found.upheld) == (7, 4, 4, 1, 3)
    assert round(found.rate, 3) == 57.143


def test_an_order_counts_once_however_many_tickets_it_has(luma):
    with tenant(luma):
        order = sold(DAY, "Oakline", "Oakline")
        ticket(order), ticket(order, order.lines.first()), sold(DAY, "Oakline")
        found = rollups.rates(luma, SPRING)
        oakline = str(Partner.objects.get(name="Oakline").pk)
    assert found.count().complained == 1 and found.count().filed == 2 and found.count().per_100 == 100
    assert found.count("supplier", oakline) == Count(orders=2, complained=1, filed=2, rejected=0)


def test_several_suppliers_share_an_order_by_its_lines(luma):
    with tenant(luma):
        first, second = sold(DAY, "Oakline", "Kestrel"), sold(DAY, "Oakline", "Kestrel", None)
        bare = sold(DAY)
        ticket(first, first.lines.get(supplier__name="Kestrel"))
        ticket(second)  # names no line: counts for every supplier of the order
        ticket(bare)
        found = rollups.rates(luma, SPRING)
        key = {partner.name: str(partner.pk) for partner in Partner.objects.all()}
    assert found.count("supplier", key["Oakline"]) == Count(2, 1, 1, 0)
    assert found.count("supplier", key["Kestrel"]) == Count(2, 2, 2, 0)
    assert found.count("supplier", "") == Count(2, 2, 2, 0)  # the line without supplier, and the order without lines
    assert found.count() == Count(3, 3, 3, 0)


def test_no_orders_no_rate(luma):
    with tenant(luma):
        ticket(sold(DAY - dt.timedelta(days=40), "Oakline"), filed_at=DAY)
        found = total(luma)
    assert (found.orders, found.filed, found.rate, found.per_100, found.interval) == (0, 1, None, None, None)


def test_a_complaint_counts_in_the_month_of_the_order_and_a_ticket_in_the_month_of_its_filing(luma):
    with tenant(luma):
        ticket(sold(DAY, "Oakline"), filed_at=DAY + dt.timedelta(days=30))
        found = rollups.rates(luma, SPRING)
    assert found.count(months=[MARCH]) == Count(1, 1, 0, 0) and found.count(months=[APRIL]) == Count(0, 0, 1, 0)


def test_problem_rates_divide_by_all_orders(luma):
    with tenant(luma):
        ticket(sold(DAY), problem="lost"), ticket(sold(DAY), problem="delayed"), sold(DAY)
        found = rollups.rates(luma, SPRING)
    assert found.count("problem", "lost") == Count(3, 1, 1, 0)
    assert set(found.keys("problem")) == {"lost", "delayed"}


# ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_filters(luma):
    with tenant(luma):
        a = sold(DAY, "Oakline", country="BR", region="SP")
        b = sold(DAY, "Kestrel", category="Speakers", country="BR", region="RJ")
        sold(DAY)
        carrier = make_partner("carrier", "Crusher")
        make_shipment(b, carrier=carrier)
        ticket(a, problem="lost", state="rejected", filed_at=DAY + dt.timedelta(days=70)), ticket(b)
        oakline = str(Partner.objects.get(name="Oakline").pk)

        def of(**filters):
            found = total(luma, Slice(MARCH, dt.date(2026, 7, 1), **filters))
            return found.orders, found.complained, found.filed

        assert of() == (3, 2, 2)
        assert of(supplier=oakline) == of(category="Lamps") == of(region="BR/SP") == (1, 1, 1)
        assert of(region="BR") == (2, 2, 2)
        assert of(supplier=NONE) == of(category=NONE) == (1, 0, 0)
        assert of(supplier="999999999999999999") == (0, 0, 0)
        assert of(carrier=str(carrier.pk)) == (1, 1, 1)
        assert of(problem="lost") == of(group="logistics") == of(verdict="rejected") == (3, 1, 1)
        assert of(verdict="upheld") == of(within="60") == (3, 1, 1)


# ── months ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "America/Sao_Paulo", "Pacific/Kiritimati", "America/Asuncion", "Etc/GMT+12"]
)
@pytest.mark.parametrize("month", [MARCH, APRIL, dt.date(2017, 10, 1), dt.date(2026, 1, 1)])
def test_month_borders_lie_in_the_organizations_zone(luma, zone, month):
    """Around a border, each instant counts where `datetime` puts it. October 2017 begins in Asunción's clock change."""
    luma.time_zone = zone
    luma.save()
    border = dt.datetime(month.year, month.month, 1, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    moments = [border + dt.timedelta(seconds=s) for s in (-7200, -3601, -3599, -1, 0, 1, 3599, 3601, 7200)]
    with tenant(luma):
        for moment in moments:
            ticket(sold(moment), filed_at=moment)
        found = rollups.rates(luma, Slice(month, month + dt.timedelta(days=28)))
    inside = sum(
        (m.astimezone(ZoneInfo(zone)).year, m.astimezone(ZoneInfo(zone)).month) == (month.year, month.month)
        for m in moments
    )
    assert found.count() == Count(inside, inside, inside, 0)
    assert list(found.months()) == [month]


def test_summer_time_moves_the_border(luma):
    luma.time_zone = "America/Sao_Paulo"
    luma.save()
    with tenant(luma):
        (
            sold(dt.datetime(2017, 11, 1, 1, 59, tzinfo=dt.UTC)),
            sold(dt.datetime(2017, 11, 1, 2, 0, tzinfo=dt.UTC)),
        )  # −02:00
        (
            sold(dt.datetime(2018, 3, 1, 2, 59, tzinfo=dt.UTC)),
            sold(dt.datetime(2018, 3, 1, 3, 0, tzinfo=dt.UTC)),
        )  # −03:00
        found = rollups.rates(luma, Slice(dt.date(2017, 9, 1), dt.date(2018, 5, 1))).months()
    assert {month.isoformat()[:7]: count.orders for month, count in found.items()} == {
        "2017-10": 1, "2017-11": 1, "2018-02": 1, "2018-03": 1,
    }  # fmt: skip


# ── against another computation ────────────────────────────────────────────────────────────────────────────────────
def fill(seed: int) -> None:
    """Random orders and tickets, with everything that makes counting hard."""
    dice = random.Random(seed)
    suppliers = [make_partner(name=name) for name in ("Oakline", "Kestrel", "Petalcraft")] + [None]
    for _ in range(60):
        placed = dt.datetime(2026, 2, 20, tzinfo=dt.UTC) + dt.timedelta(minutes=dice.randrange(80 * 1440))
        order = sold(placed, country=dice.choice(["BR", "MX"]), region=dice.choice(["A", "B", ""]))
        for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
            make_line(order, supplier=dice.choice(suppliers), category=dice.choice(["Lamps", "Speakers", ""]))
        lines = list(order.lines.all())
        for _ in range(dice.choice([0, 0, 0, 1, 1, 2])):
            ticket(
                order, dice.choice([None, *lines]), filed_at=placed + dt.timedelta(minutes=dice.randrange(40 * 1440)),
                state=dice.choice(["closed", "rejected", "withdrawn", "merged", "reported"]),
                problem=dice.choice(["lost", "water", "crushed"]),
            )  # fmt: skip


def by_hand(organization) -> dict:
    """The definitions, in loops over every row."""
    zone, found = organization.zone, {}

    def cell(dimension, key, moment):
        month = moment.astimezone(zone).date().replace(day=1)
        return found.setdefault(
            (dimension, key, month), {"orders": set(), "complained": set(), "filed": set(), "rejected": set()}
        )

    def keys(order, lines):
        lines = lines or [None]
        yield "total", ""
        yield "region", f"{order.country}/{order.region}"
        for key in {str(line.supplier_id) if line and line.supplier_id else "" for line in lines}:
            yield "supplier", key
        for key in {line.category if line else "" for line in lines}:
            yield "category", key

    for order in Order.objects.all():
        for dimension, key in keys(order, list(order.lines.all())):
            cell(dimension, key, order.placed_at)["orders"].add(order.pk)
    for each in Ticket.objects.exclude(state__in=["withdrawn", "merged"]):
        lines = [each.line] if each.line else list(each.order.lines.all())
        for dimension, key in [*keys(each.order, lines), ("problem", each.problem)]:
            cell(dimension, key, each.order.placed_at)["complained"].add(each.order_id)
            cell(dimension, key, each.filed_at)["filed"].add(each.pk)
            if each.state == "rejected":
                cell(dimension, key, each.filed_at)["rejected"].add(each.pk)
    return {key: Count(**{name: len(ids) for name, ids in sets.items()}) for key, sets in found.items()}


@pytest.mark.parametrize(("seed", "zone"), [(1, "Asia/Shanghai"), (2, "America/Sao_Paulo"), (3, "Europe/Lisbon")])
def test_every_count_equals_the_one_made_by_loops_and_never_sees_the_neighbour(luma, harbor, seed, zone):
    luma.time_zone = zone
    luma.save()
    with tenant(harbor):
        fill(seed + 10)
    with tenant(luma):
        fill(seed)
        found = rollups.rates(luma, Slice(dt.date(2026, 1, 1), dt.date(2026, 9, 1)))
        expected = by_hand(luma)
        flat = {(d, k, m): count for (d, k), months in found.cells.items() for m, count in months.items()}
        assert flat == expected and len(flat) > 30
        heat = rollups.gathered(luma, SPRING, "supplier")
        tickets = Ticket.objects.exclude(state__in=["withdrawn", "merged"])
        spring = [t for t in tickets if MARCH <= t.order.placed_at.astimezone(luma.zone).date() < MAY]

        def suppliers_of(each) -> set[str]:
            lines = [each.line] if each.line else list(each.order.lines.all()) or [None]
            return {str(line.supplier_id or "") if line else "" for line in lines}

        for (key, group), orders in heat.items():
            gathered = {t.order_id for t in spring if GROUP_OF[t.problem] == group and key in suppliers_of(t)}
            assert orders == len(gathered) > 0


def test_the_number_of_statements_does_not_depend_on_the_rows(luma):
    with tenant(luma):
        ticket(sold(DAY, "Oakline"))
        with CaptureQueriesContext(
            connection,
        ) as one:
            rollups.rates(luma, SPRING)
        for name in ("Kestrel", "Petalcraft", "Weave"):
            ticket(sold(DAY + dt.timedelta(days=30), name, category=name))
        with CaptureQueriesContext(connection) as three:
            rollups.rates(luma, SPRING)
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_nestloop")
            assert cursor.fetchone() == ("on",)
    counted = [[query for query in each if "GROUPING SETS" in query["sql"]] for each in (one, three)]
    assert len(one) == len(three) and len(counted[0]) == len(counted[1]) == 3

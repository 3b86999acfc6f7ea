"""Orders and partners on the desk and in the settings."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.orders.models import Inspection, Order, Partner
from aftersales.orders.paging import page_by_key
from aftersales.tenants.scope import tenant
from tests.factories import NOON, make_line, make_order, make_partner, make_shipment

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def fill(organization, count: int, mark: str) -> list[Order]:
    """Orders with everything, the same numbers in each organization."""
    made = []
    with tenant(organization):
        supplier = make_partner(name=f"Oakline {mark}", email=f"{mark}@oakline.example")
        for n in range(count):
            order = make_order(
                number=f"LH-{Order.objects.count():03d}", email=f"maria{n}@{mark}.example", placed_at=NOON + n * DAY,
                address=f"Street {mark}",
            )  # fmt: skip
            line = make_line(order, supplier=supplier, product=f"Lamp {mark}", sku="LAMP", batch="B26")
            make_line(order, supplier=supplier, product=f"Shade {mark}")
            Inspection.objects.create(line=line, level="basic", result="pass", at=NOON)
            make_shipment(order, tracking_number=f"T{mark}{n}", events={"picked_up": NOON, "delivered": NOON + 3 * DAY})
            made.append(order)
    return made


def get(client, name: str, org: str = "luma", query: str = "", **kwargs) -> str:
    answer = client.get(reverse(name, kwargs={"org": org, **kwargs}) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", ["desk:orders", "desk:partners", "settings:partners"])
def test_lists_cost_the_same_and_never_show_the_others(client, luma, harbor, alice, name):
    fill(harbor, 3, "HARBOR")
    client.force_login(alice)
    numbers = []
    for count in (1, 2):
        fill(luma, count, f"LUMA{count}")
        with CaptureQueriesContext(connection) as made:
            text = get(client, name)
        numbers.append(len(made))
        assert "HARBOR" not in text and "LUMA" in text
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("name", ["desk:order", "desk:partner"])
def test_pages_cost_the_same(client, luma, bob, name):
    client.force_login(bob)
    numbers = []
    for count in (1, 3):
        (order, *_rest) = fill(luma, count, f"LUMA{count}")
        with tenant(luma):
            for n in range(count):
                line = make_line(order, supplier=make_partner(name=f"Maker {n}"))
                Inspection.objects.create(line=line, level="detailed", result="fail", at=NOON)
                make_shipment(order, events={"picked_up": NOON})
            pk = order.lines.first().supplier_id
        kwargs = {"number": order.number} if name == "desk:order" else {"pk": pk}
        with CaptureQueriesContext(connection) as made:
            get(client, name, **kwargs)
        numbers.append(len(made))
    assert numbers[0] == numbers[1]


def test_an_order_of_the_same_number_is_ones_own(client, luma, harbor, bob, charlie):
    fill(harbor, 1, "HARBOR")
    fill(luma, 1, "LUMA")
    client.force_login(bob)
    text = get(client, "desk:order", number="LH-000")
    assert "LUMA" in text and "HARBOR" not in text
    client.force_login(charlie)
    assert client.get(reverse("desk:order", kwargs={"org": "luma", "number": "LH-000"})).status_code == 404


def test_numbers_with_signs_have_addresses(client, luma, bob):
    with tenant(luma):
        for number in ("#1001", "2026/0042", "A 1?x&y", "Ü-1%"):
            make_order(number=number)
    client.force_login(bob)
    for number in ("#1001", "2026/0042", "A 1?x&y", "Ü-1%"):
        get(client, "desk:order", number=number)
    assert client.get(reverse("desk:order", kwargs={"org": "luma", "number": "none"})).status_code == 404


@pytest.mark.parametrize(
    "q", ["LH-001", "lh-001", "#LH-001", "maria1@luma.example", "MARIA1@luma.example", "TLUMA1", " LH-001 "]
)
def test_search_hits_directly(client, luma, bob, q):
    fill(luma, 3, "LUMA")
    client.force_login(bob)
    answer = client.get(reverse("desk:orders", kwargs={"org": "luma"}), {"q": q})
    assert [order.number for order in answer.context["rows"]] == ["LH-001"]
    assert answer.context["found"].direct


def test_search_by_goods_and_by_name(client, luma, bob):
    fill(luma, 3, "LUMA")
    with tenant(luma):
        make_order(number="LH-900", email="x@y.example")
    client.force_login(bob)
    address = reverse("desk:orders", kwargs={"org": "luma"})
    for q, count in (("LAMP", 3), ("B26", 3), ("maría", 4), ("LH-00", 3), ("nothing", 0), ("a\0b", 4), ("'; --", 0)):
        rows = client.get(address, {"q": q}).context["rows"]
        assert len(rows) == count, q


def test_filters(client, luma, bob):
    fill(luma, 2, "LUMA")
    with tenant(luma):
        late = make_order(
            number="late", country="DE", region="Berlin", promised_on=dt.date(2026, 3, 4), delivered_at=NOON + 5 * DAY
        )
        make_order(number="over", promised_on=dt.date(2026, 1, 1))
        make_order(number="gone", promised_on=dt.date(2026, 1, 1), cancelled_at=NOON)
        pk = make_partner(name="Other").pk
        make_line(late, supplier=Partner.objects.get(pk=pk))
    client.force_login(bob)
    address = reverse("desk:orders", kwargs={"org": "luma"})

    def found(**query):
        return {order.number for order in client.get(address, query).context["rows"]}

    assert found(delivery="late") == {"late", "over"}
    assert found(delivery="delivered") == {"late"}
    assert found(delivery="open") == {"LH-000", "LH-001", "over"}
    assert found(supplier=pk) == found(country="DE") == found(region="Berlin") == {"late"}
    assert len(found(supplier="x", delivery="maybe", country="toolong")) == 5


def test_pages_by_key_lead_forth_and_back(luma):
    with tenant(luma):
        made = [make_order(placed_at=NOON + (n // 2) * DAY).pk for n in range(7)][::-1]
        made.sort(key=lambda pk: (Order.objects.get(pk=pk).placed_at, pk), reverse=True)

        def page(cursor):
            return page_by_key(Order.objects.all(), key="placed_at", cursor=cursor, size=3, descending=True)

        first = page("")
        second = page(first.next)
        third = page(second.next)
        assert [order.pk for each in (first, second, third) for order in each.rows] == made
        assert (first.previous, third.next) == ("", "")
        assert page(third.previous).rows == second.rows
        back = page(second.previous)
        assert (back.rows, back.previous) == (first.rows, "")
        for nonsense in (
            "x",
            "1~",
            "1~yesterday",
            "9~2026-02-30T00:00",
            "~",
            "-",
            "5~\0",
            "9" * 30 + "~2026-01-01T00:00",
        ):
            assert page(nonsense).rows == first.rows


def test_the_order_page_shows_what_is_known(client, luma, bob):
    with tenant(luma):
        order = make_order(
            number="LH-1", shipping_insurance="Gold cover", insured_amount=Decimal("80.00"), refunded=Decimal("5.00"),
        )  # fmt: skip
        make_line(order, specification="38 cm, EU plug", customer_note="A present", hs_code="940521", batch="B2609-14")
        make_shipment(order, estimated_weight_g=2300, charged_weight_g=2410, delivery_weight_g=1900, volume_cm3=18000)
    client.force_login(bob)
    text = get(client, "desk:order", number="LH-1")
    for word in ("Gold cover", "38 cm, EU plug", "A present", "940521", "B2609-14", "2.30 kg", "2.41 kg", "1.90 kg",
                 "Weight differs", "18000 cm³", "Already refunded"):  # fmt: skip
        assert word in text


# ── partners ───────────────────────────────────────────────────────────────────────────────────────────────────────
def partner_form(**fields) -> dict:
    return {"kind": "supplier", "name": "Foshan Oakline", "time_zone": "Asia/Shanghai", "is_active": "on"} | fields


def test_a_partner_is_made_and_changed(client, luma, alice):
    client.force_login(alice)
    new = reverse("settings:partner_new", kwargs={"org": "luma"})
    assert client.post(new, partner_form(country="cn", email="a@b.example")).status_code == 302
    with tenant(luma):
        partner = Partner.objects.get()
        assert (partner.reference, partner.country, partner.is_active) == ("Foshan Oakline", "CN", True)
    edit = reverse("settings:partner", kwargs={"org": "luma", "pk": partner.pk})
    assert client.post(edit, partner_form(name="Oakline Ltd", kind="carrier", is_active="")).status_code == 302
    with tenant(luma):
        partner.refresh_from_db()
        assert (partner.name, partner.kind, partner.reference, partner.is_active) == (
            "Oakline Ltd", "supplier", "Foshan Oakline", False,
        )  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"email": "nobody"},
        {"country": "China"},
        {"country": "1 "},
        {"time_zone": "Mars/Base"},
        {"kind": "king"},
    ],
)
def test_a_bad_partner_is_refused_and_kept_in_the_form(client, luma, alice, fields):
    client.force_login(alice)
    answer = client.post(reverse("settings:partner_new", kwargs={"org": "luma"}), partner_form(**fields))
    assert answer.status_code == 422 and next(iter(fields)) in answer.context["form"].errors


def test_a_partner_is_not_made_twice(client, luma, alice):
    client.force_login(alice)
    new = reverse("settings:partner_new", kwargs={"org": "luma"})
    client.post(new, partner_form())
    assert client.post(new, partner_form()).status_code == 422
    assert client.post(new, partner_form(kind="carrier")).status_code == 302


def test_other_organizations_partners_are_not_found(client, luma, harbor, alice):
    with tenant(harbor):
        pk = make_partner(name="HARBOR").pk
    client.force_login(alice)
    for name in ("desk:partner", "settings:partner"):
        assert client.get(reverse(name, kwargs={"org": "luma", "pk": pk})).status_code == 404


def test_partners_are_counted(client, luma, bob):
    fill(luma, 3, "LUMA")
    client.force_login(bob)
    rows = {each.name: each for each in client.get(reverse("desk:partners", kwargs={"org": "luma"})).context["rows"]}
    assert (rows["Oakline LUMA"].orders_count, rows["Swift Parcel"].orders_count) == (3, 3)

"""The order's trail: what it says, in which order, and what it draws attention to."""

import datetime as dt

import pytest

from aftersales.orders import queries
from aftersales.orders.models import Inspection, TrackingEvent
from aftersales.orders.trace import trace
from aftersales.tenants.scope import tenant
from tests.factories import NOON, make_line, make_order, make_partner, make_shipment

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def trail(order, days: float = 30):
    return trace(queries.load_trace(order), now=NOON + days * DAY)


def test_the_whole_way(luma):
    with tenant(luma):
        order = make_order(paid_at=NOON)
        line = make_line(order, quantity=2)
        Inspection.objects.create(
            line=line, level="detailed", result="pass", at=NOON + DAY, by="Li Wei", checked="plug"
        )
        shipment = make_shipment(
            order, warehouse=make_partner("warehouse", "Shenzhen"), packed_at=NOON + 2 * DAY, charged_weight_g=2410,
            packing_note="3 layers", delivered_at=NOON + 8 * DAY, signed="door photo",
        )  # fmt: skip
        for code, day, place in (
            ("picked_up", 3, "Shenzhen"),
            ("customs_released", 6, "Manzanillo"),
            ("delivered", 8, ""),
        ):
            TrackingEvent.objects.create(shipment=shipment, code=code, at=NOON + day * DAY, place=place)
        order.delivered_at = NOON + 8 * DAY
        entries = trail(order)
    assert [(entry.kind, entry.tone) for entry in entries] == [
        ("purchase", "ok"), ("inspection", "ok"), ("packing", "ok"), ("scan", "ok"), ("customs", "ok"),
        ("delivery", "ok"),
    ]  # fmt: skip
    assert entries[0].note == "2 items"
    assert entries[1].place == "Li Wei" and "plug" in entries[1].note
    assert (entries[2].place, entries[2].note) == ("Shenzhen", "3 layers · scale 2.41 kg")
    assert entries[5].note == "door photo"


def test_attention(luma):
    with tenant(luma):
        order = make_order(promised_on=NOON.date() + 10 * DAY)
        Inspection.objects.create(line=make_line(order), level="basic", result="fail", at=NOON + DAY)
        make_shipment(
            order, charged_weight_g=2000, delivery_weight_g=1890, delivered_at=NOON + 14 * DAY,
            events={"picked_up": NOON + 2 * DAY, "exception_damage": NOON + 13 * DAY, "delivered": NOON + 14 * DAY},
        )  # fmt: skip
        order.delivered_at = NOON + 14 * DAY
        entries = trail(order)
    assert [(entry.kind, entry.tone) for entry in entries] == [
        ("purchase", "ok"), ("inspection", "bad"), ("scan", "ok"), ("gap", "warn"), ("scan", "bad"),
        ("delivery", "warn"),
    ]  # fmt: skip
    assert entries[3].title == "11 days without a scan"
    assert entries[5].note == "4 days after the promised one · sent with 2.00 kg, weighed 1.89 kg"


def test_a_parcel_that_has_not_arrived(luma):
    with tenant(luma):
        order = make_order(promised_on=NOON.date() + 10 * DAY)
        make_shipment(order, events={"picked_up": NOON + DAY})
        early, late = trail(order, 5), trail(order, 20)
    assert [entry.kind for entry in early] == ["purchase", "scan", "promise"] and early[-1].tone == "todo"
    assert [entry.kind for entry in late] == ["purchase", "scan", "gap", "promise"] and late[-1].tone == "bad"
    assert late[2].title == "19 days without a scan"


@pytest.mark.parametrize("days", [7, 7.01])
def test_a_gap_is_more_than_seven_days(luma, days):
    with tenant(luma):
        order = make_order()
        make_shipment(order, events={"picked_up": NOON, "returned": NOON + days * DAY})
        kinds = [entry.kind for entry in trail(order)]
    assert ("gap" in kinds) == (days > 7)


def test_without_parcels(luma):
    with tenant(luma):
        delivered = trail(make_order(delivered_at=NOON + DAY))
        cancelled = trail(make_order(cancelled_at=NOON + DAY))
    assert [entry.kind for entry in delivered] == ["purchase", "delivery"]
    assert [entry.kind for entry in cancelled] == ["purchase", "cancelled"]


def test_lateness_is_counted_in_the_organizations_days(harbor):
    with tenant(harbor):
        # 17:00 UTC is the next day in Shanghai.
        at = dt.datetime(2026, 3, 5, 17, tzinfo=dt.UTC)
        (entry,) = [
            entry
            for entry in trail(make_order(promised_on=dt.date(2026, 3, 5), delivered_at=at))
            if entry.kind == "delivery"
        ]
    assert entry.tone == "warn"

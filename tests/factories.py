"""Small builders of rows. Each works inside the entered organization; names can be marked to find leaks."""

import datetime as dt
import itertools
from decimal import Decimal

from aftersales.orders.models import Customer, Order, OrderLine, Partner, Shipment, TrackingEvent

serial = itertools.count(1)
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def make_partner(kind: str = "supplier", name: str = "Foshan Oakline", **fields) -> Partner:
    fields.setdefault("reference", name)
    partner, _ = Partner.objects.get_or_create(kind=kind, reference=fields.pop("reference"), defaults={"name": name, **fields})
    return partner


def make_order(*, number: str | None = None, email: str = "maria@customer.example", placed_at=NOON, **fields) -> Order:
    n = next(serial)
    customer, _ = Customer.objects.get_or_create(
        reference=email, defaults={"name": "María González", "email": email, "language": "en"}
    )
    order = Order.objects.create(
        number=number or f"LH-{n:06d}", customer=customer, placed_at=placed_at, currency="EUR", total=Decimal("39.90"),
        country=fields.pop("country", "MX"), region=fields.pop("region", "Jalisco"), **fields,
    )
    return order


def make_line(order: Order, *, supplier: Partner | None = None, **fields) -> OrderLine:
    fields.setdefault("product", "Ceramic table lamp, sage")
    fields.setdefault("category", "Lamps")
    fields.setdefault("unit_price", Decimal("39.90"))
    fields.setdefault("position", order.lines.count() + 1)
    return OrderLine.objects.create(order=order, supplier=supplier, **fields)


def make_shipment(order: Order, *, events: dict[str, dt.datetime] | None = None, **fields) -> Shipment:
    fields.setdefault("reference", f"S{next(serial)}")
    fields.setdefault("carrier", make_partner("carrier", "Swift Parcel"))
    shipment = Shipment.objects.create(order=order, **fields)
    for code, at in (events or {}).items():
        TrackingEvent.objects.create(shipment=shipment, code=code, at=at)
    return shipment

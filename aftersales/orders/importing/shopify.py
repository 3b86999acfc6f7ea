"""Shopify's orders export: one row per line item, the order's own cells on its first row only.

Source of the columns: Shopify Help Center, "Exporting orders" (help.shopify.com/manual/fulfillment/managing-orders).
Times look like `2026-03-02 12:01:33 +0100`; a postcode or phone may begin with an apostrophe.
"""

from collections.abc import Iterator
from itertools import chain

from django.utils.translation import gettext as _

from . import values
from .cells import Row, stated
from .grouping import found_in, neighbours
from .reading import Table
from .records import Context, CustomerRecord, Held, LineRecord, OrderRecord, PartnerRecord, Plan, ShipmentRecord

NEEDED = ("Name", "Created at", "Currency", "Total", "Lineitem name", "Lineitem quantity", "Lineitem price")


def plan(tables: list[Table], context: Context) -> Plan:
    """Return the orders of one or several exports (Shopify splits large ones). Raises FileProblem."""
    for table in tables:
        table.need(*NEEDED)
        table.kind = "orders"
    rows = sum(table.count() for table in tables)
    return Plan(rows, chain.from_iterable(_items(table, context) for table in tables))


def _items(table: Table, context: Context) -> Iterator[OrderRecord | Held]:
    for number, rows in neighbours(table, "Name"):
        record = OrderRecord(number, rows[0].origin, len(rows))
        rows[0].text("Name", 64, required=True)
        _order(record, rows, context)
        problems = found_in(rows)
        yield Held(record.rows, problems) if problems else record


def _order(record: OrderRecord, rows: list[Row], context: Context) -> None:
    first, zone = rows[0], context.zone
    # An order without a shipping address (nothing to ship) has the billing one.
    side = "Shipping" if first.raw("Shipping Country") or first.raw("Shipping City") else "Billing"
    country = first.read(f"{side} Country", values.country)
    region = first.text(f"{side} Province Name", 80) or first.text(f"{side} Province", 80) or country
    record.fields = stated(
        placed_at=first.moment("Created at", zone, required=True), paid_at=first.moment("Paid at", zone),
        cancelled_at=first.moment("Cancelled at", zone),
        currency=first.read("Currency", values.currency, required=True), total=first.money("Total", required=True),
        freight=first.money("Shipping"), refunded=first.money("Refunded Amount"),
        country=country, region=region, city=first.text(f"{side} City", 120),
        postcode=first.text(f"{side} Zip", 20).lstrip("'"), address=_address(first, side),
    )  # fmt: skip
    record.customer = _customer(first, side, record.number)
    for position, row in enumerate(rows, 1):
        record.lines[position] = _line(position, row, first.text("Notes", 4000))
    if shipped_at := first.moment("Fulfilled at", zone):
        # Named like the order: the export has no parcel of its own, a file of shipments may add to this one.
        fields = stated(shipped_at=shipped_at, route=first.text("Shipping Method", 120))
        record.shipments[record.number] = ShipmentRecord(record.number, fields)


def _address(row: Row, side: str) -> str:
    street = row.text(f"{side} Street", 300)
    if not street:
        street = ", ".join(filter(None, (row.raw(f"{side} Address1"), row.raw(f"{side} Address2"))))
    address = ", ".join(filter(None, (row.raw(f"{side} Company"), street)))
    if len(address) > 300:
        row.bad(f"{side} Street", _("Longer than %(limit)d characters. Shorten it.") % {"limit": 300})
    return address


def _customer(row: Row, side: str, number: str) -> CustomerRecord:
    email = row.read("Email", values.email)
    phone = (row.text("Phone", 40) or row.text(f"{side} Phone", 40)).lstrip("'")
    reference = email or phone or f"order {number}"
    name = row.text(f"{side} Name", 160) or row.text("Billing Name", 160)
    return CustomerRecord(reference[:120], stated(email=email, phone=phone, name=name))


def _line(position: int, row: Row, note: str) -> LineRecord:
    vendor = row.text("Vendor", 120)
    fields = stated(
        product=row.text("Lineitem name", 300, required=True), sku=row.text("Lineitem sku", 80), customer_note=note,
        quantity=row.read("Lineitem quantity", lambda text: values.whole(text, least=1), required=True),
        unit_price=row.money("Lineitem price", required=True),
    )  # fmt: skip
    return LineRecord(position, fields, PartnerRecord("supplier", vendor, vendor) if vendor else None)

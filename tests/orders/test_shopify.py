"""Shopify's orders export, with what real ones hold: several rows to an order, quotes, refunds, cancelled orders."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from aftersales.orders.models import Customer, Import, Order, Partner
from aftersales.tenants.scope import tenant

from .helpers import counts, imported, problems

pytestmark = pytest.mark.django_db
ADDRESS = ("Name", "Street", "Address1", "Address2", "Company", "City", "Zip", "Province", "Country", "Phone")
HEADER = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency",
    "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method", "Created at",
    "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status",
    *(f"Billing {part}" for part in ADDRESS), *(f"Shipping {part}" for part in ADDRESS),
    "Notes", "Note Attributes", "Cancelled at", "Payment Method", "Payment Reference", "Refunded Amount", "Vendor",
    "Outstanding Balance", "Employee", "Location", "Device ID", "Id", "Tags", "Risk Level", "Source",
    "Lineitem discount",
    "Tax 1 Name", "Tax 1 Value", "Tax 2 Name", "Tax 2 Value", "Phone", "Receipt Number", "Duties",
    "Billing Province Name", "Shipping Province Name", "Payment ID", "Payment Terms Name", "Next Payment Due At",
    "Payment References",
]  # fmt: skip
FIRST = {
    "Name": "#1001", "Email": "Anna.Keller@customer.example", "Financial Status": "partially_refunded",
    "Paid at": "2026-03-02 12:01:35 +0100", "Fulfillment Status": "fulfilled",
    "Fulfilled at": "2026-03-04 09:15:00 +0100",
    "Accepts Marketing": "no", "Currency": "EUR", "Subtotal": "54.40", "Shipping": "4.90", "Taxes": "9.47",
    "Total": "59.30",
    "Shipping Method": "DHL Paket", "Created at": "2026-03-02 12:01:33 +0100", "Lineitem quantity": "1",
    "Lineitem name": 'Lamp "Sage", ceramic; EU plug', "Lineitem price": "39.90", "Lineitem sku": "LAMP-SAGE",
    "Billing Name": "Anna Keller", "Billing Country": "DE", "Shipping Name": "Anna Keller",
    "Shipping Street": "Lindenstr. 5, Hinterhaus", "Shipping City": "Berlin", "Shipping Zip": "'10969",
    "Shipping Province": "BE", "Shipping Province Name": "Berlin", "Shipping Country": "DE",
    "Notes": "Ring twice,\nplease",
    "Refunded Amount": "7.25", "Vendor": "Foshan Oakline", "Id": "5551001", "Phone": "'+4930123456",
}  # fmt: skip
SECOND = {
    "Name": "#1001", "Email": "Anna.Keller@customer.example", "Created at": "2026-03-02 12:01:33 +0100",
    "Lineitem quantity": "2", "Lineitem name": "Shade, linen", "Lineitem price": "7.25", "Lineitem sku": "SHADE-LIN",
    "Vendor": "Yiwu Petalcraft",
}  # fmt: skip
CANCELLED = {
    "Name": "#1002", "Email": "", "Financial Status": "refunded", "Currency": "EUR", "Subtotal": "12.00",
    "Shipping": "0.00",
    "Total": "12.00", "Created at": "2026-03-29 02:30:00 +0100", "Lineitem quantity": "1", "Lineitem name": "Gift card",
    "Lineitem price": "12.00", "Billing Name": "Marc Noir", "Billing City": "Lyon", "Billing Zip": "69001",
    "Billing Country": "FR", "Cancelled at": "2026-03-30 08:00:00 +0200", "Refunded Amount": "12.00", "Vendor": "",
}  # fmt: skip


def export(*rows: dict[str, str], delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def shop(luma, *rows, **options) -> Import:
    return imported(luma, Import.Format.SHOPIFY, {"orders_export_1.csv": export(*rows, **options)})


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_an_export(luma, delimiter):
    batch = shop(luma, FIRST, SECOND, CANCELLED, delimiter=delimiter)
    assert (batch.state, counts(batch), batch.rows_total) == (Import.State.DONE, (2, 0, 0, 0), 3)
    with tenant(luma):
        order = Order.objects.select_related("customer").get(number="#1001")
        assert order.placed_at == dt.datetime(2026, 3, 2, 11, 1, 33, tzinfo=dt.UTC)
        assert (order.total, order.freight, order.refunded) == (Decimal("59.30"), Decimal("4.90"), Decimal("7.25"))
        assert (order.country, order.region, order.city, order.postcode) == ("DE", "Berlin", "Berlin", "10969")
        assert order.address == "Lindenstr. 5, Hinterhaus"
        customer = order.customer
        assert (customer.email, customer.name, customer.phone) == (
            "anna.keller@customer.example",
            "Anna Keller",
            "+4930123456",
        )
        lines = list(order.lines.select_related("supplier"))
        assert [
            (line.position, line.product, line.quantity, line.unit_price, line.supplier.name) for line in lines
        ] == [
            (1, 'Lamp "Sage", ceramic; EU plug', 1, Decimal("39.90"), "Foshan Oakline"),
            (2, "Shade, linen", 2, Decimal("7.25"), "Yiwu Petalcraft"),
        ]
        assert lines[1].customer_note == "Ring twice,\nplease"
        parcel = order.shipments.get()
        assert (parcel.shipped_at, parcel.route) == (dt.datetime(2026, 3, 4, 8, 15, tzinfo=dt.UTC), "DHL Paket")


def test_cancelled_without_email_or_shipping_address(luma):
    shop(luma, CANCELLED)
    with tenant(luma):
        order = Order.objects.select_related("customer").get()
        assert order.cancelled_at and order.refunded == 12
        assert (order.country, order.region, order.city) == ("FR", "FR", "Lyon")
        assert (order.customer.reference, order.customer.name) == ("order #1002", "Marc Noir")
        assert order.lines.get().supplier is None and not order.shipments.exists()


def test_the_same_file_changes_nothing_and_a_changed_one_updates(luma):
    shop(luma, FIRST, SECOND, CANCELLED)
    assert counts(shop(luma, FIRST, SECOND, CANCELLED)) == (0, 0, 2, 0)
    later = shop(luma, FIRST | {"Refunded Amount": "39.90"}, SECOND | {"Vendor": "Ningbo Brightway"}, CANCELLED)
    assert counts(later) == (0, 1, 1, 0)
    with tenant(luma):
        order = Order.objects.get(number="#1001")
        assert order.refunded == Decimal("39.90")
        assert order.lines.get(position=2).supplier.name == "Ningbo Brightway"
        assert Partner.objects.count() == 3


def test_an_order_with_a_bad_row_is_held_back_and_the_others_are_imported(luma):
    batch = shop(luma, FIRST, SECOND | {"Lineitem quantity": "two"}, CANCELLED)
    assert (counts(batch), batch.orders_held) == ((1, 0, 0, 1), 1)
    # The note of the first row holds a line break, so the second begins on line 4 of the file.
    assert problems(luma, batch) == [("orders_export_1.csv", 4, "Lineitem quantity", "two")]


def test_a_missing_column_is_named_once(luma):
    text = export(FIRST).replace("Lineitem price", "Price of line", 1)
    batch = imported(luma, Import.Format.SHOPIFY, {"export.csv": text})
    assert batch.state == Import.State.FAILED and "“Lineitem price”" in batch.failure
    assert problems(luma, batch) == [("export.csv", 1, "Lineitem price", "")]
    with tenant(luma):
        assert not Order.objects.exists()


def test_known_partners_are_found_by_name_and_never_changed(luma):
    with tenant(luma):
        Partner.objects.create(kind="supplier", reference="FO-1", name="Foshan OAKLINE", email="hello@oakline.example")
    shop(luma, FIRST)
    with tenant(luma):
        assert Partner.objects.get().name == "Foshan OAKLINE"


def test_a_customers_name_follows_the_newest_order(luma):
    newer = FIRST | {"Name": "#1003", "Created at": "2026-05-01 10:00:00 +0200", "Shipping Name": "Anna Weiss"}
    shop(luma, newer, FIRST)
    assert counts(shop(luma, FIRST)) == (0, 0, 1, 0)
    with tenant(luma):
        assert Customer.objects.get().name == "Anna Weiss"


def test_the_same_number_in_two_organizations(luma, harbor):
    shop(luma, FIRST, SECOND)
    batch = imported(
        harbor, Import.Format.SHOPIFY, {"x.csv": export(FIRST | {"Total": "1.00", "Vendor": "Harbor only"})}
    )
    assert counts(batch) == (1, 0, 0, 0)
    with tenant(luma):
        assert Order.objects.get().total == Decimal("59.30")
        assert not Partner.objects.filter(name="Harbor only").exists()
    with tenant(harbor):
        assert Order.objects.get().total == Decimal("1.00")
        assert Partner.objects.count() == 1

"""The public data set of Olist, a Brazilian marketplace: tables that refer to one another by id.

Times have no offset and are São Paulo's. A seller is a supplier, the category is the English name, the state is the
region. Orders without items are orders too. Reviews are not orders: `manage.py file_olist_complaints` reads them.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from . import values
from .cells import Row, stated
from .grouping import Beside, found_in
from .reading import Table
from .records import (
    Context,
    CustomerRecord,
    FileProblem,
    Held,
    LineRecord,
    OrderRecord,
    PartnerRecord,
    Plan,
    Problem,
    ShipmentRecord,
)  # fmt: skip

ZONE = ZoneInfo("America/Sao_Paulo")
# Each table by the column that only it has, with the columns that are read.
TABLES = {
    "orders": ("order_purchase_timestamp", ("order_id", "customer_id", "order_estimated_delivery_date")),
    "customers": ("customer_unique_id", ("customer_id", "customer_state", "customer_city", "customer_zip_code_prefix")),
    "order_items": ("order_item_id", ("order_id", "product_id", "seller_id", "price", "freight_value")),
    "products": ("product_weight_g", ("product_id", "product_category_name")),
    "sellers": ("seller_zip_code_prefix", ("seller_id", "seller_city", "seller_state")),
    "categories": ("product_category_name_english", ("product_category_name",)),
    "order_reviews": ("review_score", ("order_id",)),
}
OPTIONAL = {"order_reviews", "categories"}
SIDES = ("product_length_cm", "product_height_cm", "product_width_cm")


def plan(tables: list[Table], context: Context) -> Plan:
    """Return the orders of the files, recognised by their columns. Raises FileProblem for a missing one."""
    found: dict[str, Table] = {}
    for table in tables:
        name = next((name for name, (mark, _columns) in TABLES.items() if mark in table.index), "")
        if not name:
            raise table.fail(_("These columns belong to none of the Olist files. Leave this file out."))
        if name in found:
            raise table.fail(_("“%(other)s” is the same table.") % {"other": found[name].name})
        table.need(*TABLES[name][1])
        found[name] = table
        table.kind = name
    for name in TABLES:
        if name not in found and name not in OPTIONAL:
            raise FileProblem(Problem(f"{name}.csv", 1, _("This file is missing. Upload it together with the others.")))
    if "order_reviews" in found:
        found["order_reviews"].notes.append(_("Reviews are not orders; they were not read."))
    shop = _Shop(found)
    return Plan(found["orders"].count() + shop.items.total, shop.orders(context))


class _Shop:
    """The tables that orders refer to, in memory."""

    def __init__(self, found: dict[str, Table]):
        self.table = found["orders"]
        english = found.get("categories")
        names = {row.raw("product_category_name"): row for row in english.rows()} if english else {}
        self.categories = {name: row.raw("product_category_name_english") for name, row in names.items()}
        self.customers = {row.raw("customer_id"): row for row in found["customers"].rows()}
        self.products = {row.raw("product_id"): row for row in found["products"].rows()}
        self.sellers = {row.raw("seller_id"): row for row in found["sellers"].rows()}
        self.items = Beside(found["order_items"], "order_id")

    def orders(self, context: Context) -> Iterator[OrderRecord | Held]:
        """Yield each order with its items, then the items whose order is not there."""
        seen: set[str] = set()
        for row in self.table.rows():
            number = row.text("order_id", 64, required=True)
            if number in seen:
                row.bad("order_id", _("This order stands twice in the file."))
            seen.add(number)
            items = self.items.take(number)
            record = self._order(number, row, items)
            problems = found_in([row, *items])
            yield Held(record.rows, problems) if problems else record
        for number in self.items.left():
            items = self.items.take(number)
            for item in items:
                item.bad("order_id", _("The orders file has no order with this id."))
            yield Held(len(items), found_in(items), order=False)

    def _order(self, number: str, row: Row, items: list[Row]) -> OrderRecord:
        record = OrderRecord(number, row.origin, 1 + len(items))
        customer = self.customers.get(row.raw("customer_id"))
        if customer is None:
            row.bad("customer_id", _("The customers file has no customer with this id."))
            return record
        record.customer = CustomerRecord(customer.raw("customer_unique_id"))
        prices, freights = Decimal(0), Decimal(0)
        for item in items:
            price, freight = self._line(record, item)
            prices, freights = prices + price, freights + freight
        delivered_at = row.moment("order_delivered_customer_date", ZONE)
        record.fields = stated(
            placed_at=row.moment("order_purchase_timestamp", ZONE, required=True),
            paid_at=row.moment("order_approved_at", ZONE), delivered_at=delivered_at,
            promised_on=row.read("order_estimated_delivery_date", values.day),
            currency="BRL", total=prices + freights, freight=freights, country="BR",
            region=customer.raw("customer_state")[:80], city=customer.raw("customer_city")[:120],
            postcode=customer.raw("customer_zip_code_prefix")[:20],
        )  # fmt: skip
        picked_up_at = row.moment("order_delivered_carrier_date", ZONE)
        if picked_up_at or delivered_at:
            record.shipments["1"] = self._shipment(items, picked_up_at, delivered_at, freights)
        return record

    def _line(self, record: OrderRecord, item: Row) -> tuple[Decimal, Decimal]:
        position = item.read("order_item_id", lambda text: values.whole(text, least=1), required=True) or 0
        if position in record.lines:
            item.bad("order_item_id", _("This item of the order stands twice in the file."))
        price, freight = item.money("price", required=True), item.money("freight_value", required=True)
        product, seller = self.products.get(item.raw("product_id")), self.sellers.get(item.raw("seller_id"))
        if product is None:
            item.bad("product_id", _("The products file has no product with this id."))
        if seller is None:
            item.bad("seller_id", _("The sellers file has no seller with this id."))
        if product and seller:
            own = product.raw("product_category_name")
            category = (self.categories.get(own) or own)[:80]
            sku = product.raw("product_id")
            title = category.replace("_", " ").capitalize() or _("Product")
            fields = stated(
                product=f"{title} {sku[:8]}", sku=sku[:80], category=category, quantity=1, unit_price=price,
                weight_g=self._measure(product, item, "product_weight_g"),
            )  # fmt: skip
            record.lines[position] = LineRecord(position, fields, _supplier(seller))
        return price or Decimal(0), freight or Decimal(0)

    def _measure(self, product: Row, item: Row, column: str) -> int | None:
        text = product.raw(column)
        try:
            return values.measure(text) if text else None
        except values.Unreadable as error:
            # Reported where the item refers to it: the product's row alone holds no order back.
            item.problems.append(Problem(product.table.name, product.line, str(error), column, text[:200]))
            return None

    def _shipment(
        self, items: list[Row], picked_up_at: dt.datetime | None, delivered_at: dt.datetime | None, freight: Decimal
    ) -> ShipmentRecord:
        weight, volume = 0, 0
        for item in items:
            if product := self.products.get(item.raw("product_id")):
                sides = [self._measure(product, item, side) or 0 for side in SIDES]
                weight += self._measure(product, item, "product_weight_g") or 0
                volume += sides[0] * sides[1] * sides[2]
        shipment = ShipmentRecord(
            "1",
            stated(
                shipped_at=picked_up_at, delivered_at=delivered_at, charged_freight=freight if items else None,
                estimated_weight_g=weight or None, volume_cm3=volume or None,
            ),
        )  # fmt: skip
        if picked_up_at:
            shipment.events["picked_up", picked_up_at] = {}
        if delivered_at:
            shipment.events["delivered", delivered_at] = {}
        return shipment


def _supplier(seller: Row) -> PartnerRecord:
    reference = seller.raw("seller_id")
    place = ", ".join(filter(None, (seller.raw("seller_city").title(), seller.raw("seller_state"))))
    name = f"{place} · {reference[:8]}" if place else reference
    return PartnerRecord(
        "supplier", reference[:120], name[:160], {"country": "BR", "language": "pt", "time_zone": "America/Sao_Paulo"}
    )

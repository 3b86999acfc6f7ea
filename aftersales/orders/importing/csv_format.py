"""Our own CSV: a file with a row per item, and files beside it that tell of its way (`docs/importing.md`)."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ..models import Inspection, Shipment, Terms, TrackingEvent
from . import csv_trace, values
from .cells import Row, stated
from .grouping import Beside, found_in, neighbours
from .reading import Table
from .records import (
    Context,
    CustomerRecord,
    Fields,
    Held,
    InspectionRecord,
    LineRecord,
    OrderRecord,
    PartnerRecord,
    Plan,
    ShipmentRecord,
)  # fmt: skip

NUMBER = "order_number"
ORDER_COLUMNS = (
    "order_number", "placed_at", "currency", "customer_reference", "customer_email", "customer_name", "customer_phone",
    "customer_language", "paid_at", "cancelled_at", "promised_on", "delivered_at", "total", "freight", "refunded",
    "country", "region", "city", "postcode", "address", "right_address", "address_correct",
    "dispatch_limit_days", "booked_terms", "return_insurance", "shipping_insurance", "insured_amount", "rules_version",
    "rules_accepted_at",
)  # fmt: skip
LINE_COLUMNS = (
    "line", "product", "sku", "batch", "specification", "customer_note", "category", "supplier", "supplier_reference",
    "quantity", "unit_price", "hs_code", "declared_value", "weight_g",
    "inspection_ordered", "inspection_paid", "inspection_passed_on", "prohibited_listed", "prohibited_shown",
)  # fmt: skip
# What else the record may hold of a parcel: packing, release, hand-over, delivery, the carrier's own trace.
SHIPMENT_TRACE = (
    "packed_by", "box", "cushioning", "carton_g", "dispatch_weight_g", "actual_weight_g", "volumetric_weight_g",
    "estimate_accepted", "released_at", "released_by", "released_after_failed", "release_told_customer",
    "handover_receipt", "handover_note", "label_address", "transit_days", "delivery_place", "delivery_photo",
    "delivery_note", "notice_cards", "notices_read", "trace_opened_at", "trace_closed_at", "trace_result",
)  # fmt: skip
# Each table by name: its columns, and those that it cannot do without. Recognised by the needed ones.
TABLES: dict[str, csv_trace.Table] = {
    "tracking": (
        ("order_number", "shipment", "event", "time", "place", "note"),
        ("order_number", "shipment", "event", "time"),
    ),
    "inspections": (
        ("order_number", "line", "level", "result", "time", "checked", "note", "inspected_by", "shows", "weight_g"),
        ("order_number", "line", "level", "result", "time"),
    ),
    "shipments": (
        ("order_number", "shipment", "tracking_number", "warehouse", "carrier", "route", "packed_at", "packing_note",
         "shipped_at", "delivered_at", "signed", "estimated_weight_g", "charged_weight_g", "delivery_weight_g",
         "volume_cm3", "estimated_freight", "charged_freight", *SHIPMENT_TRACE),
        ("order_number", "shipment"),
    ),
    "orders": (
        ORDER_COLUMNS + LINE_COLUMNS, ("order_number", "placed_at", "currency", "product", "quantity", "unit_price"),
    ),
    **csv_trace.TABLES,
}  # fmt: skip
# What only that table has: enough to say which one was meant when a needed column is missing.
MARKS = {
    **csv_trace.MARKS,
    "tracking": {"event"},
    "inspections": {"level", "result"},
    "shipments": {"shipment", "tracking_number", "packed_at"},
    "orders": {"product", "placed_at", "quantity", "unit_price"},
}


def recognise(table: Table) -> str:
    """Return which table this is. Raises FileProblem where it is none, or lacks a column."""
    table.index = {name.replace(" ", "_"): position for name, position in table.index.items()}
    for name, marks in MARKS.items():
        if marks & table.index.keys():
            columns, needed = TABLES[name]
            table.need(*needed)
            if unknown := [column for column in table.index if column not in columns]:
                table.notes.append(_("Columns not used: %(columns)s.") % {"columns": ", ".join(unknown)[:300]})
            return name
    raise table.fail(_("These columns are not known. Take a template from the import page, or choose another format."))


def plan(tables: list[Table], context: Context) -> Plan:
    """Return the orders of the files. Raises FileProblem where a file is not usable."""
    found: dict[str, Table] = {}
    for table in tables:
        name = recognise(table)
        if name in found:
            raise table.fail(
                _("“%(other)s” holds the same kind of rows. Join both files.") % {"other": found[name].name}
            )
        found[name] = table
        table.kind = name
    beside = {name: Beside(table, NUMBER) for name, table in found.items() if name != "orders"}
    rows = sum(each.total for each in beside.values())
    if "orders" in found:
        rows += found["orders"].count()
    return Plan(rows, _items(found.get("orders"), beside, context))


def _items(orders: Table | None, beside: dict[str, Beside], context: Context) -> Iterator[OrderRecord | Held]:
    for number, rows in neighbours(orders, NUMBER) if orders else ():
        yield _item(number, rows, _taken(beside, number) if number else {}, context)
    for each in beside.values():
        for number in each.left():
            if rows_beside := _taken(beside, number):
                yield _item(number, [], rows_beside, context)


def _taken(beside: dict[str, Beside], number: str) -> dict[str, list[Row]]:
    return {name: rows for name, each in beside.items() if (rows := each.take(number))}


def _item(number: str, rows: list[Row], beside: dict[str, list[Row]], context: Context) -> OrderRecord | Held:
    everything = rows + list(chain.from_iterable(beside.values()))
    record = OrderRecord(number, everything[0].origin, len(everything))
    everything[0].text(NUMBER, 64)
    for row in everything[len(rows) :]:
        if not number:
            row.bad(NUMBER, _("This cell must not be empty."))
    if rows:
        _order(record, rows, context)
    for row in beside.get("shipments", []):
        _shipment(record, row, context)
    for row in beside.get("tracking", []):
        _event(record, row, context)
    for row in beside.get("inspections", []):
        _inspection(record, row, context)
    csv_trace.read_children(record, beside, context)
    problems = found_in(everything)
    return Held(record.rows, problems) if problems else record


def _order(record: OrderRecord, rows: list[Row], context: Context) -> None:
    first, zone = rows[0], context.zone
    for row in rows[1:]:
        for column in ORDER_COLUMNS[1:]:
            if (text := row.raw(column)) and text != first.raw(column):
                row.bad(column, _("Differs from the order's first row (line %(line)d).") % {"line": first.line})
    placed_at = first.moment("placed_at", zone, required=True)
    if placed_at and (placed_at - context.now).days >= 1:
        first.bad("placed_at", _("Lies in the future. Check day and month."))
    record.customer = _customer(first)
    record.rules_version = first.read("rules_version", values.whole)
    for row in rows:
        _line(record, row)
    freight = first.money("freight")
    total = first.money("total")
    if total is None:
        goods = [line.fields.get("unit_price", 0) * line.fields.get("quantity", 1) for line in record.lines.values()]
        total = sum(goods, freight or Decimal(0))
    record.fields = stated(
        placed_at=placed_at, currency=first.read("currency", values.currency, required=True), total=total,
        freight=freight, refunded=first.money("refunded"), paid_at=first.moment("paid_at", zone),
        cancelled_at=first.moment("cancelled_at", zone),
        promised_on=first.read("promised_on", values.day), delivered_at=first.moment("delivered_at", zone),
        country=first.read("country", values.country), region=first.text("region", 80), city=first.text("city", 120),
        postcode=first.text("postcode", 20), address=first.text("address", 300),
        shipping_insurance=first.text("shipping_insurance", 120), insured_amount=first.money("insured_amount"),
        rules_accepted_at=first.moment("rules_accepted_at", zone), right_address=first.text("right_address", 300),
        address_correct=first.yes_no("address_correct"),
        dispatch_limit_days=first.read("dispatch_limit_days", values.whole),
        booked_terms=first.choice("booked_terms", Terms.values, required=False),
        return_insurance=first.text("return_insurance", 120),
    )  # fmt: skip


def _customer(row: Row) -> CustomerRecord:
    email = row.read("customer_email", values.email)
    reference = row.text("customer_reference", 120) or (email or "")[:120]
    if not reference and not row.raw("customer_email"):
        row.bad("customer_email", _("Write the customer's e-mail or customer_reference."))
    fields = stated(
        email=email, name=row.text("customer_name", 160), phone=row.text("customer_phone", 40),
        language=row.text("customer_language", 10),
    )  # fmt: skip
    return CustomerRecord(reference, fields)


def _line(record: OrderRecord, row: Row) -> None:
    if not any(row.raw(column) for column in LINE_COLUMNS):
        return
    position = row.read("line", lambda text: values.whole(text, least=1)) or len(record.lines) + 1
    if position in record.lines:
        row.bad("line", _("This order has an item with this number already. Count the items: 1, 2, 3."))
    fields = stated(
        product=row.text("product", 300, required=True), sku=row.text("sku", 80), batch=row.text("batch", 60),
        specification=row.text("specification", 4000), customer_note=row.text("customer_note", 4000),
        category=row.text("category", 80),
        quantity=row.read("quantity", lambda text: values.whole(text, least=1), required=True),
        unit_price=row.money("unit_price", required=True), hs_code=row.read("hs_code", values.hs_code),
        declared_value=row.money("declared_value"), weight_g=row.read("weight_g", values.measure),
        inspection_ordered=row.choice("inspection_ordered", Inspection.Level.values, required=False),
        inspection_paid=row.yes_no("inspection_paid"), inspection_passed_on=row.yes_no("inspection_passed_on"),
        prohibited_listed=row.yes_no("prohibited_listed"), prohibited_shown=row.yes_no("prohibited_shown"),
    )  # fmt: skip
    record.lines[position] = LineRecord(
        position, fields, _partner(row, "supplier", row.text("supplier_reference", 120))
    )


def _partner(row: Row, kind: str, reference: str = "") -> PartnerRecord | None:
    name = row.text(kind, 120)
    return PartnerRecord(kind, reference or name, name or reference) if name or reference else None


def _shipment(record: OrderRecord, row: Row, context: Context) -> None:
    reference, zone = row.text("shipment", 80, required=True), context.zone
    if reference in record.shipments:
        row.bad("shipment", _("This shipment of the order stands twice in the file."))
    record.shipments[reference] = ShipmentRecord(
        reference,
        stated(
            tracking_number=row.text("tracking_number", 80), route=row.text("route", 120),
            packed_at=row.moment("packed_at", zone), packing_note=row.text("packing_note", 300),
            shipped_at=row.moment("shipped_at", zone), delivered_at=row.moment("delivered_at", zone),
            signed=row.text("signed", 40), estimated_weight_g=row.read("estimated_weight_g", values.measure),
            charged_weight_g=row.read("charged_weight_g", values.measure),
            delivery_weight_g=row.read("delivery_weight_g", values.measure),
            volume_cm3=row.read("volume_cm3", values.measure),
            estimated_freight=row.money("estimated_freight"), charged_freight=row.money("charged_freight"),
            **_parcel_trace(row, zone),
        ),
        warehouse=_partner(row, "warehouse"), carrier=_partner(row, "carrier"),
    )  # fmt: skip


def _parcel_trace(row: Row, zone: ZoneInfo) -> Fields:
    weights = ("carton_g", "dispatch_weight_g", "actual_weight_g", "volumetric_weight_g")
    times = ("released_at", "trace_opened_at", "trace_closed_at")
    flags = ("estimate_accepted", "released_after_failed", "release_told_customer", "handover_receipt", "notices_read")
    texts = {
        "released_by": 80, "handover_note": 200, "label_address": 300, "delivery_place": 160, "delivery_photo": 300,
        "delivery_note": 300, "trace_result": 300,
    }  # fmt: skip
    words = {"packed_by": Shipment.PackedBy, "box": Shipment.Box, "cushioning": Shipment.Cushioning}
    return stated(
        **{name: row.read(name, values.measure) for name in weights},
        **{name: row.moment(name, zone) for name in times},
        **{name: row.yes_no(name) for name in flags},
        **{name: row.text(name, limit) for name, limit in texts.items()},
        **{name: row.choice(name, choices.values, required=False) for name, choices in words.items()},
        **{name: row.read(name, values.whole) for name in ("transit_days", "notice_cards")},
    )


def _event(record: OrderRecord, row: Row, context: Context) -> None:
    reference = row.text("shipment", 80, required=True)
    code = row.choice("event", TrackingEvent.Code.values)
    at = row.moment("time", context.zone, required=True)
    note = stated(place=row.text("place", 120), note=row.text("note", 200))
    if at and not row.problems:
        record.shipment(reference).events[code, at] = note


def _inspection(record: OrderRecord, row: Row, context: Context) -> None:
    position = row.read("line", lambda text: values.whole(text, least=1), required=True)
    level = row.choice("level", Inspection.Level.values)
    result = row.choice("result", Inspection.Result.values)
    at = row.moment("time", context.zone, required=True)
    fields = stated(
        result=result, checked=row.text("checked", 200), note=row.text("note", 300), by=row.text("inspected_by", 80),
        shows=row.text("shows", 300), weight_g=row.read("weight_g", values.measure),
    )  # fmt: skip
    if position and at:
        record.inspections.append(InspectionRecord(position, level, at, fields, row.origin))

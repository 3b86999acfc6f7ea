"""The parts of our own CSV that stand below an item or a parcel: purchases, customs events, declarations."""

from collections.abc import Callable

from ..models import CustomsEvent, Declaration, Terms
from . import values
from .cells import Row, stated
from .records import ChildRecord, Context, OrderRecord

Table = tuple[tuple[str, ...], tuple[str, ...]]
# Each table by name: its columns, and those that it cannot do without.
TABLES: dict[str, Table] = {
    "purchases": (
        ("order_number", "line", "purchase_order", "ordered", "ordered_at", "promised_on", "received_at",
         "matches_specification", "international"),
        ("order_number", "line", "ordered"),
    ),
    "customs": (
        ("order_number", "shipment", "customs_event", "side", "time", "days", "letter", "reason"),
        ("order_number", "shipment", "customs_event"),
    ),
    "declarations": (
        ("order_number", "shipment", "position", "description", "quantity", "net_weight_g", "value", "price_paid",
         "hs_code", "origin", "currency", "terms", "value_set_by", "complete", "category", "importer_reference"),
        ("order_number", "shipment", "position", "description"),
    ),
}  # fmt: skip
# What only that table has.
MARKS = {"purchases": {"ordered", "purchase_order"}, "customs": {"customs_event"}, "declarations": {"description"}}


def _purchase(row: Row, context: Context) -> ChildRecord:
    zone = context.zone
    return ChildRecord(
        "purchases",
        row.read("line", lambda text: values.whole(text, least=1), required=True) or 0,
        {"reference": row.text("purchase_order", 80)},
        stated(
            text=row.text("ordered", 4000, required=True), placed_at=row.moment("ordered_at", zone),
            promised_on=row.read("promised_on", values.day), received_at=row.moment("received_at", zone),
            matches_specification=row.yes_no("matches_specification"), international=row.yes_no("international"),
        ),
        row.origin,
    )  # fmt: skip


def _customs(row: Row, context: Context) -> ChildRecord:
    return ChildRecord(
        "customs",
        row.text("shipment", 80, required=True),
        {"event": row.choice("customs_event", CustomsEvent.Event.values), "at": row.moment("time", context.zone)},
        stated(
            side=row.choice("side", CustomsEvent.Side.values, required=False), days=row.read("days", values.whole),
            has_letter=row.yes_no("letter"), reason=row.text("reason", 300),
        ),
        row.origin,
    )  # fmt: skip


def _declaration(row: Row, context: Context) -> ChildRecord:
    return ChildRecord(
        "declarations",
        row.text("shipment", 80, required=True),
        {"position": row.read("position", lambda text: values.whole(text, least=1), required=True)},
        stated(
            description=row.text("description", 300, required=True), quantity=row.read("quantity", values.whole),
            net_weight_g=row.read("net_weight_g", values.measure), value=row.money("value"),
            price_paid=row.money("price_paid"), hs_code=row.read("hs_code", values.hs_code),
            origin=row.read("origin", values.country),
        ),
        row.origin,
        head=stated(
            currency=row.read("currency", values.currency), terms=row.choice("terms", Terms.values, required=False),
            value_set_by=row.choice("value_set_by", Declaration.SetBy.values, required=False),
            complete=row.yes_no("complete"),
            category=row.choice("category", Declaration.Category.values, required=False),
            importer_reference=row.text("importer_reference", 60),
        ),
    )  # fmt: skip


READERS: dict[str, Callable[[Row, Context], ChildRecord]] = {
    "purchases": _purchase,
    "customs": _customs,
    "declarations": _declaration,
}


def read_children(record: OrderRecord, beside: dict[str, list[Row]], context: Context) -> None:
    """Add what the tables beside the order say to its record. Rows with a bad cell report it and are held back."""
    for name, reader in READERS.items():
        for row in beside.get(name, []):
            child = reader(row, context)
            if isinstance(child.parent, str):
                record.shipment(child.parent)
            record.children.append(child)

"""The facts page: what the record holds of a case, sheet by sheet, what nobody knows, and who could bring it."""

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Inspection,
    Instruction,
    Order,
    OrderLine,
    OrderRefund,
    PurchaseOrder,
    Shipment,
    TrackingEvent,
)
from aftersales.orders.queries import load_trace

from ..models import Finding, Ticket, TicketEvent
from ..problems import Party
from ..sheets import GROUPS, SHEETS, Sheet
from ..workflow import NOT_COUNTED
from . import card
from .filters import Text
from .merged import with_merged

# The same rows as the record's, seen from the order: where a row of each kind must lie to belong to it.
LIES_IN: dict[type[models.Model], str] = {
    Order: "pk", OrderLine: "order", Shipment: "order", Inspection: "line__order", PurchaseOrder: "line__order",
    TrackingEvent: "shipment__order", CustomsEvent: "shipment__order", Declaration: "shipment__order",
    DeclarationLine: "declaration__shipment__order", Instruction: "order", Contact: "order", OrderRefund: "order",
}  # fmt: skip
KEY = re.compile(r"[0-9]{1,18}")
OWNERS: dict[str, type[models.Model]] = {"line": OrderLine, "shipment": Shipment, "declaration": Declaration}


@dataclass(frozen=True)
class Value:
    """One value of a row: its name, and how it reads; `at` or `day` where it is a time, `amount` where it is money."""

    label: Text
    text: str = ""
    at: dt.datetime | None = None
    day: dt.date | None = None
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class Item:
    """One row of a sheet: what is known of it, what nobody knows, and where it comes from."""

    title: str
    anchor: str
    row: int
    known: list[Value]
    missing: list[Text]
    by: str = ""
    at: dt.datetime | None = None


@dataclass
class Block:
    """A sheet with its rows. `owners` are what a further row can hang on: key and name."""

    sheet: Sheet
    items: list[Item]
    bring: str
    owners: list[tuple[int | None, str]] = field(default_factory=list)


@dataclass
class Group:
    """The sheets under one heading."""

    code: str
    label: Text
    blocks: list[Block]


@dataclass
class Page:
    """Everything that the facts page shows."""

    groups: list[Group]
    looks: list[card.Look]
    customer_photos: list[Any]
    inspection_photos: list[Any]
    packing_photos: list[Any]
    history: list[tuple[Text, str, str]]
    parcels: list[Shipment]
    inspections: list[Inspection]
    accepted: str


def page(ticket: Ticket) -> Page:
    """Return the facts page of a loaded ticket; a fixed number of statements, however much the record holds."""
    order = load_trace(ticket.order)
    lines = [line for line in order.lines.all() if ticket.line_id in (None, line.pk)]
    parcels = list(order.shipments.all())
    rows = _rows(order, lines, parcels)
    entered = _entered(ticket)
    seen: set[str] = set()
    groups = [
        Group(
            code, label, [_block(sheet, rows, entered, order, seen) for sheet in SHEETS.values() if sheet.group == code]
        )
        for code, label in GROUPS.items()
    ]
    inspections = rows[Inspection]
    pictures = {
        "inspection": [photo for each in inspections for photo in each.evidence.all()],
        "packing": [photo for parcel in parcels for photo in parcel.evidence.all()],
    }
    own = _evidence().filter(ticket__in=with_merged(ticket.pk)).order_by("uploaded_at", "pk")
    photos: dict[str, Any] = {
        Finding.About.INSPECTION: pictures["inspection"], Finding.About.PACKING: pictures["packing"],
    }  # fmt: skip
    return Page(
        groups, card.questions(ticket.finding_rows, photos),  # type: ignore[attr-defined]
        list(own), pictures["inspection"], pictures["packing"],
        history(ticket, order), parcels, inspections, _accepted(order),
    )  # fmt: skip


def _rows(order: Order, lines: list[OrderLine], parcels: list[Shipment]) -> dict[type[models.Model], list[Any]]:
    declarations = [each for parcel in parcels for each in parcel.declarations.all()]
    return {
        Order: [order],
        OrderLine: lines,
        Shipment: parcels,
        Inspection: [each for line in lines for each in line.inspections.all()],
        PurchaseOrder: [each for line in lines for each in line.purchase_orders.all()],
        TrackingEvent: [each for parcel in parcels for each in parcel.events.all()],
        CustomsEvent: [each for parcel in parcels for each in parcel.customs_events.all()],
        Declaration: declarations,
        DeclarationLine: [each for declaration in declarations for each in declaration.lines.all()],
        Instruction: list(order.instructions.all()),
        Contact: list(order.contacts.all()),
        OrderRefund: list(order.refunds.all()),
    }


def _block(
    sheet: Sheet, rows: dict[type[models.Model], list[Any]], entered: dict[tuple[str, int], TicketEvent], order: Order,
    seen: set[str],
) -> Block:  # fmt: skip
    items = [_item(sheet, row, entered, order, seen) for row in rows[sheet.model]]
    owners: list[tuple[int | None, str]] = []
    if sheet.of == "order":
        owners = [(None, "")]
    elif sheet.of:
        have = {getattr(row, f"{sheet.of}_id") for row in rows[sheet.model]}
        found = rows[OWNERS[sheet.of]]
        owners = [(each.pk, name_of(each)) for each in found if sheet.many or each.pk not in have]
    labels = dict(Party.choices)
    return Block(sheet, items, ", ".join(str(labels[party]) for party in sheet.bring), owners)


def name_of(row: models.Model) -> str:
    """Return how a row is called on the page."""
    if isinstance(row, Shipment):
        return _("Parcel %(name)s") % {"name": row}
    if isinstance(row, Declaration):
        return _("Parcel %(name)s") % {"name": row.shipment}
    if isinstance(row, Order):
        return _("Order %(number)s") % {"number": row.number}
    return str(row)


def _item(sheet: Sheet, row: Any, entered: dict[tuple[str, int], TicketEvent], order: Order, seen: set[str]) -> Item:
    known, missing = [], []
    for name in sheet.fields:
        column = row._meta.get_field(name)
        value = getattr(row, name)
        if value is None or value == "":
            missing.append(column.verbose_name)
        else:
            known.append(_value(row, column, value, order.currency))
    anchor = f"{ANCHORS[sheet.model]}-{row.pk}"
    # A row that stands on several sheets has its place on the first.
    shown = anchor in seen
    seen.add(anchor)
    event = entered.get((sheet.code, row.pk))
    by, at = (event.actor_name, event.at) if event else ("", None)
    return Item(name_of(row), "" if shown else anchor, row.pk, known, missing, by, at)


# The words of a fact's source, as `responsibility.facts` writes them.
ANCHORS: dict[type[models.Model], str] = {
    Order: "order", OrderLine: "line", Shipment: "shipment", Inspection: "inspection", PurchaseOrder: "purchase",
    TrackingEvent: "scan", CustomsEvent: "customs", Declaration: "declaration", DeclarationLine: "declared",
    Instruction: "instruction", Contact: "contact", OrderRefund: "refund",
}  # fmt: skip


def _value(row: Any, column: models.Field, value: Any, currency: str) -> Value:
    label = column.verbose_name
    if isinstance(value, dt.datetime):
        return Value(label, at=value)
    if isinstance(value, dt.date):
        return Value(label, day=value)
    if isinstance(value, bool):
        return Value(label, _("yes") if value else _("no"))
    if isinstance(value, Decimal):
        own = {"agreed": "currency_agreed", "paid": "currency_paid", "claimed": "currency_agreed"}
        if column.name in own:
            currency = getattr(row, own[column.name]) or currency
        elif isinstance(row, DeclarationLine):
            currency = row.declaration.currency or currency
        return Value(label, amount=value, currency=currency)
    if column.choices:
        return Value(label, str(getattr(row, f"get_{column.name}_display")()))
    return Value(
        label, str(number_format(value, use_l10n=True, force_grouping=True) if isinstance(value, int) else value)
    )


def _entered(ticket: Ticket) -> dict[tuple[str, int], TicketEvent]:
    """Who entered what last, by sheet and row; the record's other values came with the import."""
    events = TicketEvent.objects.filter(ticket__order=ticket.order_id, verb="record_changed").order_by("at", "pk")
    return {(event.data.get("what"), event.data.get("row")): event for event in events}


def _accepted(order: Order) -> str:
    return str(order.rules_version.version) if order.rules_version else ""


# ── one row ────────────────────────────────────────────────────────────────────────────────────────────────────────
def find(ticket: Ticket, sheet: Sheet, *, row: str, owner: str) -> models.Model | None:
    """Return the row that a form names, or a fresh one on its owner; None unless it belongs to the ticket's order."""
    order = ticket.order
    if row:
        return _one(sheet.model, order, row)
    if sheet.of == "order":
        return sheet.model(order=order)
    found = _one(OWNERS[sheet.of], order, owner) if sheet.of else None
    return sheet.model(**{sheet.of: found}) if found else None


def _one(kind: type[models.Model], order: Order, pk: str) -> models.Model | None:
    if not KEY.fullmatch(pk):
        return None
    inside = kind.objects.filter(**{LIES_IN[kind]: order.pk})  # type: ignore[attr-defined]
    return inside.filter(pk=pk).first()


def photo_of(ticket: Ticket, pk: int) -> Any:
    """Return a photo of the ticket, or of an inspection or a parcel of its order; None for any other."""
    order = ticket.order_id
    mine = Q(ticket__in=with_merged(ticket.pk)) | Q(inspection__line__order=order) | Q(shipment__order=order)
    return _evidence().filter(mine, pk=pk).first()


def _evidence() -> Any:
    # The evidence app stands left of this one and is reached through the reverse accessor only.
    return Ticket.evidence.rel.related_model.objects  # type: ignore[attr-defined]


# ── what happened before ───────────────────────────────────────────────────────────────────────────────────────────
def history(ticket: Ticket, order: Order) -> list[tuple[Text, str, str]]:
    """Return label, words and search for what happened before: complaints per orders of batch, product and address."""
    line = ticket.line
    found: list[tuple[Text, str, str]] = []
    if line and line.batch:
        same = OrderLine.objects.filter(batch=line.batch, sku=line.sku)
        found.append((_("Batch %(batch)s") % {"batch": line.batch}, _of(ticket, line__in=same, sold=same), line.batch))
    if line and line.sku:
        other = OrderLine.objects.filter(sku=line.sku).exclude(batch=line.batch)
        found.append((_("Other batches of the product"), _of(ticket, line__in=other, sold=other), line.sku))
    if order.address:
        there = Order.objects.filter(address=order.address, postcode=order.postcode, country=order.country)
        there = there.exclude(pk=order.pk)
        found.append((_("Address"), _of(ticket, order__in=there, sold=there), ""))
    if line:
        earlier = _tickets(ticket).filter(line=line).order_by("filed_at")
        words = ", ".join(f"{each.number} ({each.get_problem_display()})" for each in earlier) or _("none")
        found.append((_("Earlier complaints on this item"), words, order.number if earlier else ""))
    return found


def _tickets(ticket: Ticket):
    return Ticket.objects.exclude(state__in=NOT_COUNTED).exclude(pk=ticket.pk)


def _of(ticket: Ticket, *, sold: Any, **where: Any) -> str:
    complaints = _tickets(ticket).filter(**where).count()
    return _("%(n)d of %(of)d with a complaint") % {"n": complaints, "of": sold.count()}

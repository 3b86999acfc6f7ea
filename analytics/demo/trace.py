"""What else the record holds of an order: bought, packed, weighed, declared, held, asked. It fits the problem."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Instruction,
    Order,
    OrderRefund,
    PurchaseOrder,
    Shipment,
)

from . import story
from .sold import Sold

DAY = dt.timedelta(days=1)
# Most older orders that nobody complained of keep only themselves and their parcel: no purchase order, no inspection,
# no scans, no declaration. Nobody looks at them, and there are many.
KEPT_DAYS, KEPT_PART = 90, 0.1
# The order in which the rows refer to each other.
MODELS = (PurchaseOrder, Declaration, DeclarationLine, CustomsEvent, Instruction, Contact, OrderRefund)


def is_recorded(s: Sold, rng: random.Random, now: dt.datetime) -> bool:
    """Return whether an order's record is kept in full."""
    return bool(s.problem) or now - s.order.placed_at <= KEPT_DAYS * DAY or rng.random() < KEPT_PART


def fill_order(order: Order, rng: random.Random) -> None:
    """Write the address, the terms and the limits of an order that is not saved yet."""
    city, postcode, streets = story.PLACES[order.country]
    order.city, order.postcode = city, postcode
    order.address = f"{rng.choice(streets)} {rng.randrange(1, 180)}"
    order.dispatch_limit_days = 6
    # Where duty is due on small parcels we sell with duty paid.
    order.booked_terms = "DDP" if order.country in story.DDP else "DAP"


def fill_parcel(s: Sold, rng: random.Random) -> None:
    """Write how the parcel was packed, weighed and delivered; its dates are known already."""
    parcel, weight = s.shipment, s.line.weight_g or 0
    own = s.line.supplier is not None and s.line.supplier.name == "Shenzhen Kestrel"
    if parcel.packed_at is None:
        return
    thin = parcel.packing_note.startswith("one layer")
    parcel.packed_by = Shipment.PackedBy.SUPPLIER if own else Shipment.PackedBy.WAREHOUSE
    parcel.box, parcel.cushioning = "sound", "poor" if thin else "adequate"
    parcel.carton_g = 180 + weight // 20
    parcel.dispatch_weight_g = parcel.actual_weight_g = weight + parcel.carton_g
    parcel.volumetric_weight_g = (parcel.volume_cm3 or 0) // 5
    parcel.charged_weight_g = max(parcel.dispatch_weight_g, parcel.volumetric_weight_g)
    parcel.estimate_accepted = True
    parcel.transit_days = 15
    parcel.handover_receipt = True
    parcel.handover_note = "counted and scanned with the driver"
    parcel.label_address = s.order.address
    parcel.released_at, parcel.released_by = parcel.packed_at, "warehouse"
    if s.inspection:
        s.inspection.weight_g = weight
        s.inspection.shows = f"{s.product.name}, whole and clean" if s.inspection.result == "pass" else ""
        if s.inspection.result == "fail":
            parcel.released_after_failed, parcel.release_told_customer = True, rng.random() < 0.4
            s.inspection.note = "does not match the sample"
    if parcel.delivered_at:
        _delivered(s, rng)
    if s.problem == "missing_part" and rng.random() < 0.5 and s.inspection:
        parcel.dispatch_weight_g -= 160
    if s.problem == "lost":
        parcel.trace_opened_at = parcel.packed_at + 14 * DAY
    if s.problem == "delayed":
        parcel.transit_days = 12


def _delivered(s: Sold, rng: random.Random) -> None:
    parcel, order = s.shipment, s.order
    parcel.delivery_weight_g = (parcel.dispatch_weight_g or 0) - rng.randrange(0, 12)
    parcel.delivery_place = f"{order.address}, {order.city}"
    if parcel.signed == "left at the door" or rng.random() < 0.2:
        parcel.delivery_photo = "parcel at the door, house number visible"
    if s.problem == "crushed" and rng.random() < 0.3:
        parcel.signed, parcel.delivery_note = "damage noted", "one side of the box pushed in"
    if s.problem == "not_received":
        parcel.signed = rng.choice(["none", "other name", "left at the door"])


def add_rows(s: Sold, rng: random.Random, now: dt.datetime) -> None:
    """Keep the further rows of an order on it."""
    if not s.recorded:
        return
    rows: list[Any] = [_bought(s, rng, now)]
    if s.shipment.packed_at:
        rows += _declared(s, rng)
        rows += _held(s, rng, now)
    rows += _said(s, rng, now)
    for row in rows:
        row.organization = s.order.organization
        s.rows.setdefault(type(row), []).append(row)


def _bought(s: Sold, rng: random.Random, now: dt.datetime) -> PurchaseOrder:
    placed = s.order.placed_at
    late = 3 if s.problem == "delayed" and rng.random() < 0.5 else 0
    received = placed + DAY * (1 + late)
    wrong = s.problem in ("wrong_item", "counterfeit") and rng.random() < 0.15
    return PurchaseOrder(
        line=s.line, reference=f"PO-{s.order.number[3:]}",
        text=f"{s.line.quantity} × {s.line.specification}" if not wrong else f"{s.line.quantity} × {s.product.name}",
        placed_at=placed + dt.timedelta(hours=2), promised_on=(placed + DAY).date(),
        received_at=received if received < now else None, matches_specification=not wrong,
    )  # fmt: skip


def _declared(s: Sold, rng: random.Random) -> list[Any]:
    """The declaration with its line; some are what customs stop: no HS code, vague words, too low a value."""
    parcel, order, line, packed_at = s.shipment, s.order, s.line, s.shipment.packed_at
    assert packed_at is not None
    s.fault = rng.choice(["value", "vague", "hs", "terms"]) if s.problem == "unexpected_duty" else ""
    s.fault = s.fault or (rng.choice(["vague", "hs", "weight"]) if rng.random() < 0.03 else "")
    fault, value = s.fault, line.unit_price * line.quantity
    declaration = Declaration(
        shipment=parcel, complete=fault not in ("vague", "hs"), currency=order.currency, value_set_by="agent",
        terms="DAP" if fault == "terms" else order.booked_terms, sender_reference="CN4403960XYZ",
        importer_reference="" if order.country not in ("BR", "MX") else f"ID{rng.randrange(10**9, 10**10)}",
        importer_contact=order.customer.email,
        gross_weight_g=(parcel.dispatch_weight_g or 0) // (4 if fault == "weight" else 1),
        postage=order.freight, invoice=f"INV-{order.number[3:]}", signed_on=packed_at.date(),
        signed_by="Shenzhen line 2",
    )  # fmt: skip
    hs = {"DE": line.hs_code + "00"}.get(order.country, line.hs_code)
    return [
        declaration,
        DeclarationLine(
            declaration=declaration, position=1, line=line, quantity=line.quantity, net_weight_g=line.weight_g,
            description="household goods" if fault == "vague" else s.product.name,
            value=(value * Decimal("0.6")).quantize(Decimal("0.01")) if fault == "value" else value, price_paid=value,
            hs_code="" if fault == "hs" else hs, origin=line.supplier.country if line.supplier else "CN",
        ),
    ]  # fmt: skip


def _held(s: Sold, rng: random.Random, now: dt.datetime) -> list[Any]:
    holds = [event for event in s.events if event.code == "customs_hold"]
    if not holds:
        return []
    at = holds[0].at
    letter = rng.random() < 0.6
    reason = {
        "value": "declared value below the invoice", "vague": "description of the goods insufficient",
        "hs": "invoice and HS code missing", "terms": "import duty to be paid",
    }.get(s.fault, "import duty to be paid")  # fmt: skip
    return [
        CustomsEvent(
            shipment=s.shipment, event="duty" if "duty" in reason else "hold", side="import", at=at,
            days=min(6, (now - at).days) or None, has_letter=letter, reason=reason if letter else "",
        )
    ]  # fmt: skip


def _said(s: Sold, rng: random.Random, now: dt.datetime) -> list[Any]:
    """Instructions, inquiries and an earlier refund, now and then."""
    order, placed = s.order, s.order.placed_at
    rows: list[Any] = []
    if rng.random() < (0.1 if s.problem in ("broken_inside", "wrong_item", "unexpected_duty") else 0.02):
        text, answer = {
            "broken_inside": ("Please pack it extra well with more bubble wrap", "We have noted it for the warehouse."),
            "unexpected_duty": ("Please declare a lower value", "We told you that customs may ask for the difference."),
        }.get(s.problem, ("Please send the EU plug", "Noted with the order."))
        followed = not s.problem if s.problem != "unexpected_duty" else True
        rows.append(
            Instruction(
                order=order, line=s.line, text=text, given_by="customer", given_at=placed + dt.timedelta(hours=3),
                confirmed_by="Ana Costa", recorded=True, passed_on=rng.random() < 0.6, followed=followed,
                warned=True if s.problem == "unexpected_duty" else None, answer=answer,
            )
        )  # fmt: skip
    if rng.random() < (0.3 if s.problem in ("delayed", "lost", "not_received") else 0.02):
        wrote = placed + rng.uniform(8, 17) * DAY
        if wrote < now - DAY:
            rows.append(
                Contact(
                    order=order, wrote_at=wrote, answered_at=wrote + rng.uniform(0.1, 1.2) * DAY,
                    promised_working_days=1, note="Asked where the parcel is.",
                )
            )  # fmt: skip
    if not s.problem and rng.random() < 0.01 and order.delivered_at and order.delivered_at + 9 * DAY < now:
        agreed = (order.freight / 2).quantize(Decimal("0.01"))
        order.refunded = agreed
        rows.append(
            OrderRefund(
                order=order, agreed=agreed, currency_agreed=order.currency, agreed_at=order.delivered_at + 2 * DAY,
                limit_days=14, paid=agreed, currency_paid=order.currency, paid_at=order.delivered_at + 6 * DAY,
                reference=f"PAY-{order.number[3:]}", accepted_by_customer=True,
            )
        )  # fmt: skip
    return rows

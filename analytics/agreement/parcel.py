"""A case's parcel: packing, weights, scans, delivery, customs and declaration."""

from typing import Any

from aftersales.orders.models import (
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Shipment,
    Terms,
    TrackingEvent,
)

from .order import Sold
from .reading import NO, PAID_AT, Reader, moment

MINUTE = 1 / 60


def write_parcel(trace: Reader, sold: Sold) -> Shipment:
    """Write the shipment with its scans, what customs did and what was declared; returns it."""
    parcel = Shipment(
        order=sold.order, reference="P-1", tracking_number="TRACK-1", warehouse=sold.partners["warehouse"],
        carrier=sold.partners["carrier"], dispatch_weight_g=trace.whole("dispatch_weight_g"),
        delivery_weight_g=trace.whole("delivery_weight_g"), transit_days=trace.whole("carrier_transit_days", 32767),
        released_at=trace.at("released_day", 12),
    )  # fmt: skip
    _packing(trace.child("packing"), parcel)
    _release(trace.child("released"), parcel)
    _handover(trace, parcel)
    _trace(trace, parcel)
    _freight(trace.child("freight"), parcel)
    _delivery(trace, sold, parcel)
    parcel.save()
    _scans(trace, parcel)
    for each in trace.children("customs"):
        CustomsEvent.objects.create(
            shipment=parcel, event=each.choice("event", CustomsEvent.Event.values),
            side=each.choice("side", CustomsEvent.Side.values), at=each.at("day"), days=each.whole("days", 32767),
            has_letter=each.flag("letter"), reason=each.text("reason"),
        )  # fmt: skip
    for each in trace.children("declaration")[:1]:
        _declaration(each, sold, parcel)
    return parcel


def _packing(packing: Reader | None, parcel: Shipment) -> None:
    if packing is None:
        return
    parcel.packed_by = packing.choice("by", Shipment.PackedBy.values)
    parcel.box = packing.choice("box", Shipment.Box.values)
    parcel.cushioning = packing.choice("cushioning", Shipment.Cushioning.values)
    parcel.packing_note = packing.text("shows")
    parcel.carton_g = packing.whole("carton_g")
    parcel.packed_at = packing.at("day", 11)


def _release(released: Reader | None, parcel: Shipment) -> None:
    if released is None:
        return
    parcel.released_by = released.text("by", 80)
    parcel.released_after_failed = released.flag("after_failed_inspection")
    parcel.release_told_customer = released.flag("customer_told")


def _handover(trace: Reader, parcel: Shipment) -> None:
    """A receipt is there, is not, or is described; "none" in words is no receipt."""
    receipt = trace.raw("handover_receipt")
    if receipt is None or isinstance(receipt, bool):
        parcel.handover_receipt = receipt
        return
    parcel.handover_note = trace.words("handover_receipt", receipt, 200)
    refused = isinstance(receipt, dict) and False in [v for v in receipt.values() if isinstance(v, bool)]
    parcel.handover_receipt = not refused and parcel.handover_note.lower().split(" ")[0].strip(",.;") not in NO


def _trace(trace: Reader, parcel: Shipment) -> None:
    asked = trace.raw("carrier_trace")
    if isinstance(asked, dict):
        found = trace.child("carrier_trace")
        assert found is not None
        parcel.trace_opened_at, parcel.trace_closed_at = found.at("opened_day"), found.at("closed_day")
        parcel.trace_result = found.text("result")
    elif asked:
        parcel.trace_result = "opened" if asked is True else trace.words("carrier_trace", asked)


def _freight(freight: Reader | None, parcel: Shipment) -> None:
    if freight is None:
        return
    parcel.estimated_weight_g = freight.whole("estimated_g")
    parcel.charged_weight_g = freight.whole("billed_g")
    parcel.actual_weight_g = freight.whole("actual_g")
    parcel.volumetric_weight_g = freight.whole("volumetric_g")
    parcel.estimate_accepted = freight.flag("estimate_accepted")


def _delivery(trace: Reader, sold: Sold, parcel: Shipment) -> None:
    notices = trace.child("notices")
    if notices is not None:
        cards = notices.raw("cards")
        parcel.notice_cards = len(cards) if isinstance(cards, list) else _count(notices, cards)
        parcel.notices_read = notices.flag("messages_read_by_customer")
    address = trace.child("address")
    if address is not None:
        parcel.label_address = address.text("label")
    delivery = trace.child("delivery")
    if delivery is None:
        return
    parcel.delivered_at = sold.order.delivered_at = delivery.at("day", 15)
    sold.order.save(update_fields=["delivered_at"])
    parcel.signed = delivery.text("signed", 40)
    photo = delivery.raw("photo")
    parcel.delivery_photo = "" if photo is False else "yes" if photo is True else delivery.words("photo", photo)
    parcel.delivery_place = delivery.text("place", 160)
    parcel.delivery_note = delivery.text("note")


def _count(notices: Reader, cards: Any) -> int | None:
    return int(cards) if isinstance(cards, bool) else notices.whole("cards", 32767)


def _scans(trace: Reader, parcel: Shipment) -> None:
    """Write the scans, a minute apart within a day; one without a day stands beside the one before."""
    day: float = 0
    rows = []
    for number, each in enumerate(trace.children("scans")):
        known = each.day("day")
        day = day if known is None else known
        at = moment(day, 13 + number * MINUTE) or PAID_AT
        code = each.choice("code", TrackingEvent.Code.values)
        if not code:
            raise each.bad("code", f"write one of {', '.join(TrackingEvent.Code.values)}.")
        place, note = each.text("place", 120), each.text("note", 200)
        rows.append(TrackingEvent(shipment=parcel, code=code, at=at, place=place, note=note))
    TrackingEvent.objects.bulk_create(rows)


def _declaration(each: Reader, sold: Sold, parcel: Shipment) -> None:
    declaration = Declaration.objects.create(
        shipment=parcel, complete=each.flag("complete"), currency=each.text("currency", 3).upper(),
        value_set_by=each.choice("value_set_by", Declaration.SetBy.values), terms=each.choice("terms", Terms.values),
    )  # fmt: skip
    DeclarationLine.objects.create(
        declaration=declaration, position=1, line=sold.line, description=each.text("description"),
        hs_code=each.text("hs", 12), value=each.amount("value"), price_paid=each.amount("price_paid"),
    )  # fmt: skip

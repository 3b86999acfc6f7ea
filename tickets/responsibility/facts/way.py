"""The parcel's way: hand-over, scans, silence, delivery, address, notices and the carrier's trace."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import admissions, notes, words
from .base import Facts
from .record import Code, Record

SEEN = {
    Code.EXCEPTION_DAMAGE: "damage_scan",
    Code.EXCEPTION_WET: "wet_scan",
    Code.CUSTOMS_HOLD: "customs_scan",
    Code.CUSTOMS_RELEASED: "customs_released",
    Code.AWAITING_COLLECTION: "awaiting_collection",
    Code.RETURNING: "returned",
    Code.RETURNED: "returned",
    Code.SEIZED: "seized_scan",
    Code.LOST: "declared_lost",
    Code.DELIVERED: "delivered",
    Code.ATTEMPT_FAILED: "attempt_failed",
    Code.OUT_FOR_DELIVERY: "out_for_delivery",
}


def scans(record: Record, facts: Facts) -> None:
    """What the carrier scanned, what it did not, and how long it has been silent."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    moved = bool(record.moves) or bool(parcel.delivered_at)
    if moved:
        first = record.moves[0] if record.moves else None
        text = _describe(first, record) if first else _("Delivered")
        facts.put("moved", True, text, f"scan:{first.pk}" if first else source)
    else:
        text = _("No scan after the label was made") if record.events else _("The carrier has recorded no scan")
        facts.put("moved", False, text, f"scan:{record.events[-1].pk}" if record.events else source)
    for event in record.events:
        if name := SEEN.get(Code(event.code)):
            facts.put(name, True, _describe(event, record), f"scan:{event.pk}")
        if event.code in (Code.EXCEPTION, Code.EXCEPTION_DAMAGE) and words.opened(event.note):
            facts.put("opened_in_transit", True, _describe(event, record), f"scan:{event.pk}")
        if event.code == Code.EXCEPTION:
            blow = words.state(event.note.lower()) or (
                "damaged" if re.search(r"drop|fell|accident|shock|overturn", event.note.lower()) else None
            )
            name = {"damaged": "damage_scan", "wet": "wet_scan"}.get(blow or "", "exception_scan")
            facts.put(name, True, _describe(event, record), f"scan:{event.pk}")
        if event.code in (Code.ATTEMPT_FAILED, Code.RETURNING, Code.RETURNED, Code.EXCEPTION) and event.note:
            facts.put("attempt_reason", words.attempt_failed(event.note), _describe(event, record), f"scan:{event.pk}")
            refused = notes.refused_damaged(event.note) or None
            facts.put("refused_damaged", refused, _describe(event, record), f"scan:{event.pk}")
            collected = notes.collected(event.note) or None
            facts.put("collected_at_door", collected, _describe(event, record), f"scan:{event.pk}")
    for name, text in (
        ("delivered", _("No delivery was scanned")),
        ("damage_scan", _("The carrier scanned no damage")),
        ("attempt_failed", _("No attempt of delivery was scanned")),
    ):
        if moved and name not in facts:
            facts.put(name, False, text, source)
    if parcel.delivered_at and not facts.value("delivered"):
        facts.put("delivered", True, _("Delivered, %(day)s") % {"day": record.day(parcel.delivered_at)}, source)
    attempts = len(record.scans(Code.ATTEMPT_FAILED))
    if attempts:
        text = ngettext("%(n)d failed delivery", "%(n)d failed deliveries", attempts) % {"n": attempts}
        facts.put("attempts", attempts, text, f"scan:{record.scans(Code.ATTEMPT_FAILED)[-1].pk}")
    _way_back(record, facts)
    _silence(record, facts, source)
    _handover(record, facts, source)


def _describe(event: Any, record: Record) -> str:
    place = f", {event.place}" if event.place else ""
    note = f": “{event.note}”" if event.note else ""
    return f"{event.get_code_display()}{place}, {record.day(event.at):%Y-%m-%d}{note}"


def _way_back(record: Record, facts: Facts) -> None:
    """How long the parcel waited for the customer before it went back."""
    tried = record.scans(Code.ATTEMPT_FAILED, Code.AWAITING_COLLECTION)
    back = record.scans(Code.RETURNING, Code.RETURNED)
    if tried and back and tried[0].at <= back[0].at:
        days = (record.day(back[0].at) - record.day(tried[0].at)).days
        text = ngettext(
            "Sent back %(n)d day after the first attempt", "Sent back %(n)d days after the first attempt", days
        )
        facts.put("waited_days", days, text % {"n": days}, f"scan:{back[0].pk}")


def _silence(record: Record, facts: Facts, source: str) -> None:
    if facts.value("delivered"):
        return
    last = record.events[-1] if record.events else None
    since = last.at if last else record.shipment.shipped_at if record.shipment else None
    if since is None:
        return
    days = max(0, (record.today - record.day(since)).days)
    text = ngettext("No scan for %(n)d day", "No scan for %(n)d days", days) % {"n": days}
    facts.put("silent_days", days, text, f"scan:{last.pk}" if last else source)
    gaps = [(b.at - a.at).days for a, b in zip(record.events, record.events[1:], strict=False)]
    if gaps:
        longest = max([*gaps, days])
        text = ngettext("Longest gap between scans: %(n)d day", "Longest gap between scans: %(n)d days", longest)
        facts.put("longest_gap_days", longest, text % {"n": longest}, source)


def _handover(record: Record, facts: Facts, source: str) -> None:
    parcel = record.shipment
    assert parcel is not None
    note = f": “{parcel.handover_note}”" if parcel.handover_note else ""
    receipt = parcel.handover_receipt
    text = _("The carrier signed for the hand-over") if receipt else _("There is no receipt of the hand-over")
    if receipt and notes.names_others(parcel.handover_note):
        receipt, text = False, _("The receipt of the hand-over does not name this parcel")
    facts.put("handover_receipt", receipt, text + note, source)
    if len(record.shipments) > 1:
        arrived = {e.shipment_id for e in record.all_events if e.code == Code.DELIVERED}
        open_ones = [s for s in record.shipments if s.pk not in arrived and not s.delivered_at]
        if open_ones:
            text = _("Another parcel of the order is still under way: %(number)s") % {"number": open_ones[-1]}
            facts.put(
                "other_parcel_under_way", len(open_ones) < len(record.shipments), text, f"shipment:{open_ones[-1].pk}"
            )
    if parcel.trace_opened_at:
        _trace(parcel, facts, source)


def _trace(parcel: Any, facts: Facts, source: str) -> None:
    closed = parcel.trace_closed_at is not None
    result = parcel.trace_result
    text = (
        _("Carrier's trace: “%(result)s”") % {"result": result}
        if result
        else _("The carrier's trace is closed")
        if closed
        else _("The carrier's trace is open")
    )
    facts.put("trace_open", not closed, text, source)
    if closed:
        facts.put("trace_result", words.trace_result(result), text, source)


def _key(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _same(one: str, other: str) -> bool:
    """Whether two addresses are the same: no word and no number of the shorter is missing in the longer."""
    a, b = _key(one), _key(other)
    short, long = sorted((a, b), key=len)
    return (
        bool(short)
        and short <= long
        and {w for w in a if any(c.isdigit() for c in w)} == {w for w in b if any(c.isdigit() for c in w)}
    )


def address(record: Record, facts: Facts) -> None:
    """The address as ordered, as on the label, and as it should have been."""
    order, parcel = record.order, record.shipment
    ordered, source = order.address or order.full_address, f"order:{order.pk}"
    correct = order.address_correct
    if correct is None and order.right_address and order.address:
        correct = _same(order.address, order.right_address)
    text = _("The ordered address is right") if correct else _("The ordered address is wrong")
    if order.address:
        text += f": {order.address}"
    facts.put("address_right", correct, text, source)
    if parcel and parcel.label_address and order.address:
        same = _same(parcel.label_address, ordered) or _same(parcel.label_address, order.full_address)
        text = _("Ordered: %(ordered)s; on the label: %(label)s") % {"ordered": ordered, "label": parcel.label_address}
        if not same and order.right_address and _same(parcel.label_address, order.right_address):
            text = _("Ordered: %(ordered)s; corrected on the label: %(label)s") % {
                "ordered": ordered, "label": parcel.label_address,
            }  # fmt: skip
            facts.put("address_corrected", True, text, f"shipment:{parcel.pk}")
            facts.put("address_right", True, text, f"shipment:{parcel.pk}")
            same = True
        facts.put("label_as_ordered", same, text, f"shipment:{parcel.pk}")


def delivery(record: Record, facts: Facts) -> None:
    """Where it was delivered, signed how, and what the carrier's photo and note say."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    if parcel.signed:
        low = parcel.signed.lower()
        how = (
            "damage"
            if "damage" in low and words.says(low, "damage") is not False
            else "other"
            if re.search(r"other|neighbou?r", low)
            else "none"
            if re.search(r"none|no signature|unsigned|not signed", low)
            else "clean"
        )
        facts.put("signed", how, _("Signed: %(how)s") % {"how": parcel.signed}, source)
    _delivered_where(record, facts, source)
    shown = (
        (parcel.delivery_photo, _("Carrier's delivery photo: “%(text)s”")),
        (parcel.delivery_note, _("Delivery note: “%(text)s”")),
    )
    for text, label in shown:
        if not text:
            continue
        quoted = label % {"text": text}
        left, known = words.delivered_how(text), facts.value("delivered_how")
        if left and (known is None or list(words.LEFT).index(left) < list(words.LEFT).index(known)):
            facts.put("delivered_how", left, quoted, source)
        if box := words.box(text, "box"):
            name = "box_in_delivery_photo" if text is parcel.delivery_photo else "box_in_delivery_note"
            facts.put(name, box, quoted, source)
        if words.opened(text):
            facts.put("opened_in_transit", True, quoted, source)
        facts.put("refused_damaged", notes.refused_damaged(text) or None, quoted, source)
        facts.put("collected_at_door", notes.collected(text) or None, quoted, source)
        if "attempt_reason" not in facts:
            facts.put("attempt_reason", words.attempt_failed(text), quoted, source)
    told = ", ".join(filter(None, (parcel.delivery_note, parcel.delivery_photo)))
    if admissions.as_addressed(told, record.order.address):
        text = _("Ordered to %(address)s; left: “%(where)s”") % {"address": record.order.full_address, "where": told}
        facts.put("taken_in", True, text, source)
    if parcel.delivery_photo:
        facts.put(
            "delivery_photo", True, _("Carrier's delivery photo: “%(text)s”") % {"text": parcel.delivery_photo}, source
        )
    elif facts.value("delivered"):
        facts.put("delivery_photo", False, _("The carrier took no delivery photo"), source)
    if parcel.notice_cards is not None:
        text = ngettext("%(n)d notice left", "%(n)d notices left", parcel.notice_cards) % {"n": parcel.notice_cards}
        facts.put("notices", parcel.notice_cards, text, source)
    text = (
        _("The customer read the carrier's messages")
        if parcel.notices_read
        else _("The customer did not read the carrier's messages")
    )
    facts.put("notices_read", parcel.notices_read, text, source)


def _delivered_where(record: Record, facts: Facts, source: str) -> None:
    delivered = record.scans(Code.DELIVERED)
    place = (record.shipment.delivery_place if record.shipment else "") or (delivered[-1].place if delivered else "")
    order = record.order
    if not place or not (order.city or order.address):
        return
    there = _key(place)
    wanted = _key(order.city) if order.city else set()
    text = _("Delivered to %(place)s; ordered to %(address)s") % {"place": place, "address": order.full_address}
    numbers = {word for word in there if any(c.isdigit() for c in word)}
    right: bool | None = None
    if wanted and not (wanted & there):
        # A place may be a street of the ordered town, or only the country.
        street = _key(order.address)
        right = (
            True
            if len(there & street) > 1
            else None
            if there <= {order.country.lower(), *_key(order.region)}
            else False
        )
    elif wanted:
        rest = there - wanted - {order.country.lower()} - _key(order.region)
        ours = _key(order.full_address)
        unlike = numbers and not numbers <= ours and bool({w for w in ours if any(c.isdigit() for c in w)})
        right = not (unlike and rest)
    if right is None and len(there & _key(order.full_address)) > 1:
        right = True
    facts.put("delivered_right", right, text, f"scan:{delivered[-1].pk}" if delivered else source)

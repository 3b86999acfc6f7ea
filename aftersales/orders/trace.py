"""An order's trail from purchase to delivery, as one column. Pure: it reads what `queries.load_trace` has loaded."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.tenants.scope import current_organization

from . import trace_record
from .models import Inspection, Order, Shipment, TrackingEvent
from .trace_entry import TraceEntry

QUIET = dt.timedelta(days=7)
# The share by which two weighings of a parcel may differ before it is worth a look.
WEIGHT_TOLERANCE = Decimal("0.05")
Code = TrackingEvent.Code
WARN = {Code.CUSTOMS_HOLD, Code.ATTEMPT_FAILED, Code.EXCEPTION, Code.RETURNING, Code.RETURNED, Code.AWAITING_COLLECTION}
BAD = {Code.EXCEPTION_DAMAGE, Code.EXCEPTION_WET, Code.SEIZED, Code.LOST}
ENDS = {Code.DELIVERED, Code.RETURNED, Code.SEIZED, Code.LOST}
CUSTOMS = {Code.CUSTOMS_HOLD, Code.CUSTOMS_RELEASED, Code.SEIZED}


def trace(order: Order, *, now: dt.datetime | None = None) -> list[TraceEntry]:
    """Return the steps in the order of time, what is still to come last."""
    now = now or timezone.now()
    entries = [_purchase(order)]
    if order.cancelled_at:
        entries.append(TraceEntry("cancelled", _("Order cancelled"), order.cancelled_at, tone="warn"))
    for line in order.lines.all():
        entries += [_inspection(inspection, line.product) for inspection in line.inspections.all()]
    shipments = list(order.shipments.all())
    for shipment in shipments:
        entries += _parcel(shipment, order, now, shipment.tracking_number if len(shipments) > 1 else "")
    entries += trace_record.of_order(order)
    entries += _end(order, shipments, now)
    return sorted(entries, key=lambda entry: (entry.at is None, entry.at or now))


def _purchase(order: Order) -> TraceEntry:
    count = sum(line.quantity for line in order.lines.all())
    notes = [ngettext("%(n)d item", "%(n)d items", count) % {"n": count} if count else _("no items recorded")]
    if not order.paid_at:
        notes.append(_("not paid"))
    return TraceEntry("purchase", _("Bought"), order.placed_at, note=" · ".join(notes))


def _inspection(inspection: Inspection, product: str) -> TraceEntry:
    failed = inspection.result == Inspection.Result.FAILED
    title = _("Inspection failed") if failed else _("Inspection passed")
    note = " · ".join(filter(None, (inspection.get_level_display(), product, inspection.checked, inspection.note)))
    return TraceEntry(
        "inspection", title, inspection.at, inspection.by, note, "bad" if failed else "ok",
        tuple(inspection.evidence.all()),  # type: ignore[attr-defined]
    )  # fmt: skip


def _parcel(shipment: Shipment, order: Order, now: dt.datetime, mark: str) -> Iterator[TraceEntry]:
    events = list(shipment.events.all())
    codes = {event.code for event in events}
    moments = [event.at for event in events]
    if shipment.packed_at:
        yield _packing(shipment, mark)
    if shipment.shipped_at and Code.PICKED_UP not in codes:
        carrier = shipment.carrier.name if shipment.carrier else ""
        yield TraceEntry("scan", _("Handed to the carrier"), shipment.shipped_at, carrier, _handover(shipment, mark))
        moments.append(shipment.shipped_at)
    for event in events:
        yield _scan(event, shipment, order, mark)
    yield from trace_record.of_parcel(shipment, mark)
    if shipment.delivered_at and Code.DELIVERED not in codes:
        yield TraceEntry(
            "delivery", _("Delivered"), shipment.delivered_at, note=_delivery_note(shipment, order, mark),
            tone=_delivery_tone(shipment, order),
        )  # fmt: skip
        moments.append(shipment.delivered_at)
    ended = bool(ENDS & codes) or bool(shipment.delivered_at) or bool(order.cancelled_at)
    yield from _gaps(sorted(moments), None if ended else now, mark)


def _handover(shipment: Shipment, mark: str) -> str:
    return " · ".join(filter(None, (mark, trace_record.handover_note(shipment))))


def _packing(shipment: Shipment, mark: str) -> TraceEntry:
    notes = [shipment.packing_note, mark]
    if shipment.charged_weight_g:
        notes.append(_("scale %(weight)s kg") % {"weight": kilograms(shipment.charged_weight_g)})
    warehouse = shipment.warehouse.name if shipment.warehouse else ""
    photos = tuple(shipment.evidence.all())  # type: ignore[attr-defined]
    return TraceEntry(
        "packing", _("Packed"), shipment.packed_at, warehouse, " · ".join(filter(None, notes)), photos=photos
    )


def _scan(event: TrackingEvent, shipment: Shipment, order: Order, mark: str) -> TraceEntry:
    kind, tone, note = "scan", "ok", " · ".join(filter(None, (event.note, mark)))
    if event.code in CUSTOMS:
        kind = "customs"
    if event.code == Code.DELIVERED:
        kind, tone, note = "delivery", _delivery_tone(shipment, order), _delivery_note(shipment, order, note)
    elif event.code == Code.PICKED_UP:
        note = " · ".join(filter(None, (note, trace_record.handover_note(shipment))))
    elif event.code in BAD:
        tone = "bad"
    elif event.code in WARN:
        tone = "warn"
    return TraceEntry(kind, event.get_code_display(), event.at, event.place, note, tone)


def _delivery_note(shipment: Shipment, order: Order, note: str) -> str:
    notes = [note, shipment.signed]
    if late := days_late(order, shipment.delivered_at):
        notes.append(
            ngettext("%(n)d day after the promised one", "%(n)d days after the promised one", late) % {"n": late}
        )
    if weight_differs(shipment):
        weights = {"out": kilograms(shipment.charged_weight_g), "in": kilograms(shipment.delivery_weight_g)}
        notes.append(_("sent with %(out)s kg, weighed %(in)s kg") % weights)
    return " · ".join(filter(None, notes))


def _delivery_tone(shipment: Shipment, order: Order) -> str:
    return "warn" if days_late(order, shipment.delivered_at) or weight_differs(shipment) else "ok"


def _gaps(moments: list[dt.datetime], until: dt.datetime | None, mark: str) -> Iterator[TraceEntry]:
    """More than seven days between two scans, or since the last one of a parcel that has not arrived."""
    ends = [*moments[1:], *([until] if until and moments else [])]
    for start, end in zip(moments, ends, strict=False):
        if end - start > QUIET:
            days = (end - start).days
            title = ngettext("%(n)d day without a scan", "%(n)d days without a scan", days) % {"n": days}
            yield TraceEntry("gap", title, start + dt.timedelta(seconds=1), note=mark, tone="warn")


def _end(order: Order, shipments: list[Shipment], now: dt.datetime) -> Iterator[TraceEntry]:
    scanned = {s.pk for s in shipments for event in s.events.all() if event.code == Code.DELIVERED}
    there = [s for s in shipments if s.delivered_at or s.pk in scanned]
    if order.delivered_at and not there:
        late = days_late(order, order.delivered_at)
        yield TraceEntry("delivery", _("Delivered"), order.delivered_at, tone="warn" if late else "ok")
    elif not order.delivered_at and not order.cancelled_at and (not shipments or len(there) < len(shipments)):
        over = days_late(order, now)
        note = ""
        if order.promised_on:
            note = _("promised for %(day)s") % {"day": date_format(order.promised_on, "j M Y")}
        yield TraceEntry("promise", _("Not delivered yet"), None, note=note, tone="bad" if over else "todo")


def days_late(order: Order, at: dt.datetime | None) -> int:
    """Whole days from the promised day to `at`, in the organization's time zone; 0 where in time or none promised."""
    if not order.promised_on or not at:
        return 0
    organization = current_organization()
    local = at.astimezone(organization.zone) if organization else at
    return max(0, (local.date() - order.promised_on).days)


def weight_differs(shipment: Shipment) -> bool:
    """Whether the parcel was weighed at delivery and differs from its weight at dispatch by more than 5 %."""
    out, arrived = shipment.charged_weight_g, shipment.delivery_weight_g
    return bool(out and arrived and abs(arrived - out) > out * WEIGHT_TOLERANCE)


def kilograms(grams: Any) -> str:
    """Grams as kilograms with two decimals, as the language writes numbers."""
    return "" if grams is None else number_format(Decimal(grams) / 1000, 2)

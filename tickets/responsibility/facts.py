"""What the record shows of a ticket's order. `None` means nobody knows; it is never "no".

Each fact keeps where it comes from (`source`), so that the basis can link to the photo or the scan.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.orders.models import TrackingEvent

from ..models import PartnerRequest, Ticket
from ..workflow import NOT_COUNTED

Code = TrackingEvent.Code
MOVING = {Code.PICKED_UP, Code.DEPARTED, Code.ARRIVED, Code.CUSTOMS_RELEASED, Code.OUT_FOR_DELIVERY, Code.DELIVERED}
GAP_DAYS = 7
# A parcel this much lighter at delivery than at dispatch lost something on the way; scales differ by less.
WEIGHT_LOSS_G = 50
WEIGHT_LOSS_PART = 0.03


@dataclass(frozen=True)
class Fact:
    """One thing the record shows: its value for the rules, its words for people, and its source."""

    name: str
    value: Any
    text: str
    source: str


class Facts(dict[str, Fact]):
    """The facts of one ticket by name."""

    def value(self, name: str) -> Any:
        """Return the fact's value, or None where nobody knows."""
        fact = self.get(name)
        return fact.value if fact else None

    def put(self, name: str, value: Any, text: str, source: str) -> None:
        """Keep a fact; an unknown one is not kept."""
        if value is not None:
            self[name] = Fact(name, value, text, source)


def gather(ticket: Ticket) -> Facts:
    """Return what is known of the ticket, its order's trace, its evidence and the partner's answers."""
    facts = Facts()
    _inspection(ticket, facts)
    _parcel(ticket, facts)
    _time(ticket, facts)
    _evidence(ticket, facts)
    _batch(ticket, facts)
    _answers(ticket, facts)
    return facts


def _inspection(ticket: Ticket, facts: Facts) -> None:
    if ticket.line is None:
        return
    inspection = ticket.line.inspections.order_by("-at", "-id").first()
    if inspection is None:
        facts.put("inspected", False, _("No inspection was made before shipping"), f"line:{ticket.line.pk}")
        return
    source = f"inspection:{inspection.pk}"
    words = {"result": inspection.get_result_display(), "level": inspection.get_level_display()}
    facts.put("inspected", True, _("Inspected before shipping"), source)
    facts.put("inspection_passed", inspection.result == "pass", _("Inspection (%(level)s): %(result)s") % words, source)
    if inspection.level == "detailed":
        facts.put("inspected_in_detail", True, _("The inspection was a detailed one"), source)
    photos = inspection.evidence.count()
    if photos:
        text = ngettext("%(n)d photo from the inspection", "%(n)d photos from the inspection", photos) % {"n": photos}
        facts.put("inspection_photo", True, text, source)


def _parcel(ticket: Ticket, facts: Facts) -> None:
    shipment = ticket.order.shipments.order_by("-id").first()
    if shipment is None:
        return
    source = f"shipment:{shipment.pk}"
    if shipment.packing_note:
        weak = any(
            word in shipment.packing_note.lower() for word in ("poor", "one layer", "thin", "no padding", "none")
        )
        facts.put("packing_weak", weak, _("Packing: %(note)s") % {"note": shipment.packing_note}, source)
    before, after = shipment.charged_weight_g, shipment.delivery_weight_g
    if before and after:
        lost = before - after > max(WEIGHT_LOSS_G, before * WEIGHT_LOSS_PART)
        text = _("%(before)d g at dispatch, %(after)d g at delivery") % {"before": before, "after": after}
        facts.put("weight_lost", lost, text, source)
    if shipment.estimated_freight is not None and shipment.charged_freight is not None:
        over = shipment.charged_freight > shipment.estimated_freight
        text = _("Freight estimated %(estimated)s, charged %(charged)s") % {
            "estimated": shipment.estimated_freight, "charged": shipment.charged_freight,
        }  # fmt: skip
        facts.put("freight_above_estimate", over, text, source)
    if shipment.signed:
        noted = "damage" in shipment.signed.lower()
        facts.put("damage_noted_at_delivery", noted, _("Signed: %(how)s") % {"how": shipment.signed}, source)
    _scans(list(shipment.events.all()), source, facts)


def _scans(events: list[TrackingEvent], shipment: str, facts: Facts) -> None:
    if not events:
        facts.put("scanned", False, _("The carrier has recorded no scan"), shipment)
        return
    facts.put("scanned", True, _("Handed over to the carrier"), f"scan:{events[0].pk}")
    names = {
        Code.EXCEPTION_DAMAGE: "damage_scan", Code.EXCEPTION_WET: "wet_scan", Code.EXCEPTION: "exception_scan",
        Code.CUSTOMS_HOLD: "customs_hold", Code.SEIZED: "seized", Code.LOST: "declared_lost", Code.RETURNED: "returned",
        Code.RETURNING: "returned", Code.ATTEMPT_FAILED: "attempt_failed", Code.DELIVERED: "delivered",
    }  # fmt: skip
    for event in events:
        if event.code in names:
            place = f", {event.place}" if event.place else ""
            text = f"{event.get_code_display()}{place}, {event.at:%Y-%m-%d}"
            facts.put(names[Code(event.code)], True, text, f"scan:{event.pk}")
    facts.setdefault("delivered", Fact("delivered", False, _("No delivery was scanned"), shipment))
    last = max((e for e in events if e.code in MOVING), key=lambda e: e.at, default=events[-1])
    if not facts.value("delivered"):
        days = (timezone.now() - last.at).days
        text = ngettext("No scan for %(n)d day", "No scan for %(n)d days", days) % {"n": days}
        facts.put("silent", days > GAP_DAYS, text, f"scan:{last.pk}")


def _time(ticket: Ticket, facts: Facts) -> None:
    order = ticket.order
    source = f"order:{order.pk}"
    delivered = order.delivered_at.astimezone(ticket.organization.zone).date() if order.delivered_at else None
    if order.promised_on:
        day = delivered or ticket.filed_at.astimezone(ticket.organization.zone).date()
        late = (day - order.promised_on).days
        text = ngettext("%(n)d day after the promised day", "%(n)d days after the promised day", late) % {"n": late}
        facts.put("late", late > 0, text if late > 0 else _("Not later than promised"), source)
    if order.delivered_at:
        days = (ticket.filed_at - order.delivered_at).days
        window = ticket.organization.report_window_days
        text = ngettext("Reported %(n)d day after delivery", "Reported %(n)d days after delivery", days) % {"n": days}
        facts.put("after_window", days > window, text, source)
        if "delivered" not in facts:
            facts.put("delivered", True, _("Delivered"), source)


def _evidence(ticket: Ticket, facts: Facts) -> None:
    places = set(ticket.evidence.filter(uploader_kind="customer").values_list("place", flat=True))
    source = f"ticket:{ticket.pk}"
    facts.put(
        "customer_photos",
        bool(places),
        _("Photos of the customer") if places else _("No photos of the customer"),
        source,
    )
    facts.put("box_photo", "box" in places or None, _("The customer shows the outer box"), source)
    facts.put("letter_photo", "letter" in places or None, _("The customs letter is here"), source)


def _batch(ticket: Ticket, facts: Facts) -> None:
    line = ticket.line
    if line is None or not line.batch:
        return
    same = type(line).objects.filter(batch=line.batch, sku=line.sku)
    shipped = same.count()
    complaints = Ticket.objects.filter(line__in=same).exclude(state__in=NOT_COUNTED).exclude(pk=ticket.pk).count()
    # The same threshold as the analysis uses for samples too small to judge.
    bad = complaints >= 3 and complaints * 100 >= shipped * 3
    text = _("Batch %(batch)s: %(n)d earlier complaints in %(orders)d sold") % {
        "batch": line.batch, "n": complaints, "orders": shipped,
    }  # fmt: skip
    facts.put("batch_bad", bad or None, text, f"line:{line.pk}")


def _answers(ticket: Ticket, facts: Facts) -> None:
    for request in ticket.partner_requests.select_related("partner").exclude(answer=""):
        words = {"partner": request.partner.name, "answer": request.get_answer_display()}
        text = _("%(partner)s: %(answer)s") % words
        contested = request.answer == PartnerRequest.Answer.CONTESTED
        facts.put(f"{request.party}_contests", contested or None, text, f"request:{request.pk}")
        facts.put(f"{request.party}_accepts", request.answer_percent, text, f"request:{request.pk}")

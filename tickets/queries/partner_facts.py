"""The facts of an order that concern a partner, by its kind: what it ordered, packed, carried or declared itself."""

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from aftersales.orders.models import Declaration, Inspection, OrderLine, Partner, Shipment

from .. import privacy
from ..models import Ticket

Facts = list[tuple[str, Any]]
# What a carrier writes as a signature, where it names nobody.
SIGNED = ("clean", "damage noted", "other name", "none")


def facts_of(ticket: Ticket, partner: Partner) -> Facts:
    """Return what the partner needs to find the goods on its side, as (label, value); its own time zone is active."""
    facts: Facts = [(_("Ticket"), ticket.number), (_("Problem"), ticket.get_problem_display())]
    if ticket.line:
        line = ticket.line
        facts += [(_("Product"), line.product), (_("SKU"), line.sku)]
        if partner.kind != Partner.Kind.CARRIER:
            facts += [(_("Batch"), line.batch), (_("Quantity"), line.quantity)]
    found = {
        Partner.Kind.SUPPLIER: _supplier, Partner.Kind.CARRIER: _carrier, Partner.Kind.WAREHOUSE: _warehouse,
        Partner.Kind.CUSTOMS_BROKER: _broker,
    }[Partner.Kind(partner.kind)](ticket, partner)  # fmt: skip
    hidden = not ticket.organization.partner_sees_customer
    return [
        (label, value)
        for label, value in [*facts, *found]
        if value not in ("", None) and not (hidden and isinstance(value, str) and _tells(value, ticket))
    ]


def _tells(value: str, ticket: Ticket) -> bool:
    return value != ticket.number and privacy.identity_in(value, ticket.order)


def _supplier(ticket: Ticket, partner: Partner) -> Facts:
    line = ticket.line
    if line is None or line.supplier_id != partner.pk:
        return []
    facts: Facts = [(_("Specification"), line.specification)]
    for bought in line.purchase_orders.order_by("pk"):
        facts += [
            (_("Purchase order"), bought.reference),
            (_("Ordered"), bought.text),
            (_("Promised by you for"), _day(bought.promised_on)),
            (_("Received from you"), _moment(bought.received_at)),
            (_("Order and specification agree"), _yes(bought.matches_specification)),
        ]
    return facts + _inspections(line)


def _inspections(line: OrderLine) -> Facts:
    facts: Facts = []
    for seen in Inspection.objects.filter(line=line).order_by("at", "pk"):
        what = f"{seen.get_level_display()}: {seen.get_result_display()}"
        facts.append((_("Inspection, %(day)s") % {"day": _moment(seen.at)}, what))
        facts += [(_("Checked"), seen.checked), (_("Inspection photo shows"), seen.shows), (_("Note"), seen.note)]
    return facts


def _carrier(ticket: Ticket, partner: Partner) -> Facts:
    facts: Facts = []
    for parcel in ticket.order.shipments.filter(carrier=partner).order_by("pk"):
        facts += [
            (_("Tracking number"), parcel.tracking_number),
            (_("Route"), parcel.route),
            (_("Handed over"), _moment(parcel.shipped_at)),
            (_("Your transit time, days"), parcel.transit_days),
            *_weights(parcel),
            (_("Charged weight, g"), parcel.charged_weight_g),
            (_("Weight at delivery, g"), parcel.delivery_weight_g),
            (_("Delivered"), _moment(parcel.delivered_at)),
            (_("Signed"), parcel.signed if parcel.signed.casefold() in SIGNED else ""),
            (_("Box when packed"), parcel.get_box_display()),
            (_("Trace opened"), _moment(parcel.trace_opened_at)),
            (_("Trace closed"), _moment(parcel.trace_closed_at)),
            (_("Result of the trace"), parcel.trace_result),
        ]
    return facts


def _warehouse(ticket: Ticket, partner: Partner) -> Facts:
    facts: Facts = []
    for parcel in ticket.order.shipments.filter(warehouse=partner).order_by("pk"):
        facts += [
            (_("Shipment"), parcel.reference),
            (_("Packed"), _moment(parcel.packed_at)),
            (_("Packed by"), parcel.get_packed_by_display()),
            (_("Packing"), parcel.packing_note),
            (_("Box when packed"), parcel.get_box_display()),
            (_("Cushioning"), parcel.get_cushioning_display()),
            *_weights(parcel),
            (_("Released for shipping"), _moment(parcel.released_at)),
            (_("Hand-over"), parcel.handover_note),
        ]
    return facts + (_inspections(ticket.line) if ticket.line else [])


def _broker(ticket: Ticket, partner: Partner) -> Facts:
    facts: Facts = [(_("HS code"), ticket.line.hs_code)] if ticket.line else []
    declared = Declaration.objects.filter(shipment__order=ticket.order_id).prefetch_related("lines")
    for each in declared.order_by("pk"):
        facts.append((_("Declaration complete"), _yes(each.complete)))
        for line in each.lines.all():
            words = [line.description, f"{line.quantity} ×", line.hs_code, line.origin]
            if ticket.organization.partner_sees_price and line.value is not None:
                words.append(f"{line.value} {each.currency}")
            facts.append((_("Declared, line %(n)d") % {"n": line.position}, " · ".join(filter(None, words))))
    for parcel in ticket.order.shipments.prefetch_related("customs_events").order_by("pk"):
        for event in parcel.customs_events.all():
            facts.append((event.get_event_display(), " · ".join(filter(None, (_moment(event.at), event.reason)))))
    return facts


def _weights(parcel: Shipment) -> Facts:
    return [(_("Weight at dispatch, g"), parcel.dispatch_weight_g)]


def _moment(value) -> str:
    return date_format(localtime(value), "DATE_FORMAT") if value else ""


def _day(value) -> str:
    return date_format(value, "DATE_FORMAT") if value else ""


def _yes(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")

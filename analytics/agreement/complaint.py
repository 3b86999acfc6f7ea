"""A case's ticket: the complaint, its media, what people found, earlier complaints and what was asked of whom."""

import datetime as dt
import hashlib
from typing import Any

from aftersales.orders.models import Customer, Order, OrderLine, Shipment
from evidence.models import Evidence
from tickets.models import Finding, Ticket, Window
from tickets.models.ticket import Channel
from tickets.problems import Place
from tickets.workflow import Actor

from .order import Sold
from .reading import Reader, moment

DAY = dt.timedelta(days=1)
TYPES = {"photo": "image/jpeg", "video": "video/mp4", "unboxing_video": "video/mp4", "document": "application/pdf"}
EVENING = 20


def write_ticket(trace: Reader, problem: str, sold: Sold, parcel: Shipment) -> Ticket:
    """Write the ticket with its media and findings, and the window it had to be filed in; returns it."""
    ticket = Ticket.objects.create(
        number="CASE-1", order=sold.order, line=sold.line, customer=sold.order.customer, channel=Channel.PORTAL,
        problem=problem, subject="Case", received=trace.text("delivered"), rules_version=sold.rules,
        filed_at=_filed_at(trace, parcel), language="en",
    )  # fmt: skip
    # "null = no window": without a row the organization would promise its defaults.
    days = trace.whole("policy_window_days", 3650)
    Window.objects.create(problem=problem, days=days, source="the case", checked_on=ticket.filed_at.date())
    _media(trace, ticket)
    _record_photos(trace, sold, parcel, ticket)
    _find(trace, ticket, Finding.About.SPECIFICATION, "delivered_matches_specification")
    return ticket


def _filed_at(trace: Reader, parcel: Shipment) -> dt.datetime:
    """Return when the complaint came: `today`, else so many days after delivery, else after all that is dated."""
    named = list(trace.log.days)
    today, since = trace.day("today"), trace.number("days_since_delivery")
    if today is not None:
        if since is not None and parcel.delivered_at and moment(today, 15) != parcel.delivered_at + int(since) * DAY:
            trace.remark("days_since_delivery", "does not agree with today and delivery.day; today counts")
        return moment(today, EVENING)  # type: ignore[return-value]
    if since is not None:
        arrived = parcel.delivered_at
        if arrived is None:
            scan = parcel.events.filter(code="delivered").first()
            arrived = scan.at if scan else None
        if arrived is not None:
            return arrived.replace(hour=EVENING, minute=0) + int(since) * DAY
        trace.remark("days_since_delivery", "counts from no known delivery; the case is filed after its last day")
    return moment(max([0, *named]) + 1, EVENING)  # type: ignore[return-value]


def photo(name: str, at: dt.datetime, **fields: Any) -> Evidence:
    """Return an unsaved picture or paper. It has no bytes in the object store: it is rolled back with its case, and
    the rules read what a picture shows, when it came and whether it was seen before, never the bytes.
    """
    kind = fields.setdefault("kind", "photo")
    fields.setdefault("uploader_kind", Actor.CUSTOMER)
    return Evidence(
        name=name, media_type=TYPES.get(kind, "text/plain"), size=1, width=1, height=1, original_key=f"case/{name}",
        sha256=hashlib.sha256(name.encode()).hexdigest(), state=Evidence.State.READY, place=Place.OTHER, uploaded_at=at,
        **fields,
    )  # fmt: skip


def _media(trace: Reader, ticket: Ticket) -> None:
    rows = []
    for number, each in enumerate(trace.children("customer_media"), start=1):
        kind = each.choice("kind", Evidence.Kind.values) or "photo"
        at = each.at("day", EVENING) or ticket.filed_at
        rows.append(photo(f"media-{number}", at, ticket=ticket, kind=kind, shows=each.text("shows")))
    reused = trace.raw("media_reused")
    if reused and not rows:
        raise trace.bad("media_reused", "there is no customer_media that it could speak of.")
    if isinstance(reused, dict | list):
        for each in trace.children("media_reused"):
            # Counted from 1; a 0 can only mean the first as well.
            place = max(1, each.whole("photo", len(rows)) or 1)
            rows[place - 1].seen_before = each.text("first_seen") or "seen before"
    elif reused:
        rows[0].seen_before = "seen before" if reused is True else trace.words("media_reused", reused)
    Evidence.objects.bulk_create(rows)


def _record_photos(trace: Reader, sold: Sold, parcel: Shipment, ticket: Ticket) -> None:
    """Write the photos of inspection and packing, and what people read in them for this complaint."""
    rows = []
    warehouse = {"uploader_kind": Actor.PARTNER, "partner": sold.partners["warehouse"]}
    for inspection, each in zip(sold.inspections, trace.children("inspection"), strict=True):
        taken = each.raw("photo")
        if taken:
            shows = inspection.shows if taken is True else each.words("photo", taken)
            rows.append(photo("inspection", inspection.at, inspection=inspection, shows=shows, **warehouse))
    packing = trace.child("packing")
    if packing is not None and (taken := packing.raw("photo")):
        shows = parcel.packing_note if taken is True else packing.words("photo", taken)
        at = parcel.packed_at or ticket.order.paid_at or ticket.order.placed_at
        rows.append(photo("packing", at, shipment=parcel, shows=shows, **warehouse))
    Evidence.objects.bulk_create(rows)
    for each in trace.children("inspection")[-1:]:
        _find(each, ticket, Finding.About.INSPECTION, "fault_visible")
    if packing is not None:
        _find(packing, ticket, Finding.About.PACKING, "fault_visible")


def _find(reader: Reader, ticket: Ticket, about: str, key: str) -> None:
    """Write a finding where the case has the field; null says that somebody looked and could not tell."""
    value = reader.flag(key)
    if reader.has(key):
        Finding.objects.create(ticket=ticket, about=about, value=value, at=ticket.filed_at)


def other_order(number: str, sold: Sold, customer: Customer, **fields: Any) -> Order:
    """Return another order, unsaved, placed a month before the case's."""
    return Order(
        number=number, source="case", customer=customer, placed_at=sold.order.placed_at - 30 * DAY,
        paid_at=sold.order.placed_at - 30 * DAY, currency=sold.order.currency, total=sold.order.total, **fields,
    )  # fmt: skip


def other_line(order: Order, sold: Sold, **fields: Any) -> OrderLine:
    """Return the only line of another order, unsaved."""
    fields.setdefault("product", "Other goods")
    return OrderLine(order=order, position=1, unit_price=sold.line.unit_price, **fields)

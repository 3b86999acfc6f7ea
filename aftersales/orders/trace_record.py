"""The trail's entries from the rest of the record: ordered, asked for, released, declared, paid back."""

import datetime as dt
from collections.abc import Iterator

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .models import CustomsEvent, Declaration, Instruction, Order, OrderRefund, PurchaseOrder, Shipment
from .trace_entry import TraceEntry

Event = CustomsEvent.Event
CUSTOMS_TONE = {Event.SEIZURE: "bad", Event.HOLD: "warn", Event.EXAMINATION: "warn", Event.DUTY: "warn"}


def of_order(order: Order) -> Iterator[TraceEntry]:
    """Yield what was bought for the order, what was asked for and promised, and what was paid back."""
    for line in order.lines.all():
        for purchase in line.purchase_orders.all():
            yield from _purchase(purchase, line.supplier.name if line.supplier else "")
    for instruction in order.instructions.all():
        yield _instruction(instruction)
    for contact in order.contacts.all():
        if contact.wrote_at:
            yield _contact(contact.wrote_at, contact.answered_at, contact.note)
    for refund in order.refunds.all():
        yield from _refund(refund)


def of_parcel(shipment: Shipment, mark: str) -> Iterator[TraceEntry]:
    """Yield how a parcel was released, handed over, declared, held at customs and searched for."""
    carrier = shipment.carrier.name if shipment.carrier else ""
    if shipment.released_at:
        notes = [mark]
        if shipment.released_after_failed:
            notes.append(_("after a failed inspection"))
        if shipment.release_told_customer is not None:
            notes.append(_("customer was told") if shipment.release_told_customer else _("customer was not told"))
        tone = "warn" if shipment.released_after_failed else "ok"
        yield TraceEntry("release", _("Released"), shipment.released_at, shipment.released_by, _joined(notes), tone)
    for declaration in shipment.declarations.all():
        yield _declaration(declaration, shipment, mark)
    for event in shipment.customs_events.all():
        yield _customs(event, mark)
    if shipment.trace_opened_at:
        yield TraceEntry("search", _("Carrier's trace opened"), shipment.trace_opened_at, carrier, mark, "warn")
    if shipment.trace_closed_at:
        note = _joined([shipment.trace_result, mark])
        yield TraceEntry("search", _("Carrier's trace closed"), shipment.trace_closed_at, carrier, note)


def handover_note(shipment: Shipment) -> str:
    """Return what is known of the hand-over to the carrier, in words."""
    receipt = {True: _("carrier's receipt there"), False: _("no receipt of the carrier"), None: ""}
    return _joined([receipt[shipment.handover_receipt], shipment.handover_note])


def _purchase(purchase: PurchaseOrder, supplier: str) -> Iterator[TraceEntry]:
    notes = [purchase.reference]
    if purchase.matches_specification is False:
        notes.append(_("other than locked at purchase"))
    if purchase.promised_on:
        notes.append(_("promised for %(day)s") % {"day": date_format(purchase.promised_on, "j M Y")})
    tone = "warn" if purchase.matches_specification is False else "ok"
    if purchase.placed_at:
        title = _("Ordered from the supplier")
        yield TraceEntry("purchase_order", title, purchase.placed_at, supplier, _joined(notes), tone)
    if purchase.received_at:
        late = bool(purchase.promised_on and purchase.received_at.date() > purchase.promised_on)
        note = _("after the promised day") if late else ""
        title = _("Received from the supplier")
        yield TraceEntry("received", title, purchase.received_at, supplier, note, "warn" if late else "ok")


def _instruction(instruction: Instruction) -> TraceEntry:
    ours = instruction.given_by == Instruction.GivenBy.AGENT
    notes = [instruction.text]
    if instruction.confirmed_by:
        notes.append(_("confirmed by %(name)s") % {"name": instruction.confirmed_by})
    if instruction.followed is not None:
        notes.append(_("followed") if instruction.followed else _("not followed"))
    wrong = instruction.followed is False or instruction.was_true is False
    title = _("We told the customer") if ours else _("Instruction of the customer")
    return TraceEntry("instruction", title, instruction.given_at, note=_joined(notes), tone="warn" if wrong else "ok")


def _contact(wrote_at: dt.datetime, answered_at: dt.datetime | None, note: str) -> TraceEntry:
    answer = (
        _("answered %(day)s") % {"day": date_format(answered_at, "j M Y")} if answered_at else _("not answered yet")
    )
    return TraceEntry(
        "contact", _("Customer asked"), wrote_at, note=_joined([note, answer]), tone="ok" if answered_at else "warn"
    )


def _refund(refund: OrderRefund) -> Iterator[TraceEntry]:
    if refund.agreed_at:
        note = f"{refund.agreed} {refund.currency_agreed}" if refund.agreed is not None else ""
        yield TraceEntry("refund", _("Refund agreed"), refund.agreed_at, note=note)
    if refund.paid_at:
        amount = f"{refund.paid} {refund.currency_paid}" if refund.paid is not None else ""
        other = refund.paid is not None and (refund.paid, refund.currency_paid) != (
            refund.agreed,
            refund.currency_agreed,
        )
        note = _joined([amount, refund.reference])
        yield TraceEntry("refund", _("Refund paid"), refund.paid_at, note=note, tone="warn" if other else "ok")


def _declaration(declaration: Declaration, shipment: Shipment, mark: str) -> TraceEntry:
    goods = [
        f"{line.description} ({line.hs_code})" if line.hs_code else line.description for line in declaration.lines.all()
    ]
    notes = [mark, *goods, declaration.terms]
    if declaration.complete is False:
        notes.append(_("incomplete"))
    at = shipment.shipped_at or shipment.packed_at or shipment.released_at
    tone = "warn" if declaration.complete is False else "ok"
    return TraceEntry("declaration", _("Declared to customs"), at, note=_joined(notes), tone=tone)


def _customs(event: CustomsEvent, mark: str) -> TraceEntry:
    notes = [event.reason, mark]
    if event.days is not None:
        notes.append(_("%(n)d days") % {"n": event.days})
    if event.has_letter:
        notes.append(_("with a letter"))
    title = _("Customs: %(event)s") % {"event": event.get_event_display()}
    tone = CUSTOMS_TONE[CustomsEvent.Event(event.event)]
    return TraceEntry("customs", title, event.at, event.get_side_display(), _joined(notes), tone)


def _joined(notes: list[str]) -> str:
    return " · ".join(filter(None, notes))

"""The pack of a claim: the letter in the carrier's terms and language, photos, tracking log, proof of value, hashes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.orders.models import Shipment
from tickets.models import Claim, Ticket

from . import letters, photos
from .blocks import Block, Document, amount, bullets, facts, file_of, frame, heading, moment, sums, table
from .models import Paper


def document(paper: Paper, made: str) -> Document:
    """Return the pack. The letter is in the carrier's language where it is there, else in English."""
    ticket = paper.ticket
    claim = Claim.objects.select_related("partner").get(pk=paper.claim_id)
    shipment = ticket.order.shipments.select_related("carrier").order_by("-id").first()
    language = str(paper.asked.get("language") or "") or (claim.partner.language if claim.partner else "")
    pictures = photos.of_ticket(ticket)
    found = letters.letter(letters.CLAIM, language, **_parts(claim, ticket, shipment, language, bool(pictures)))
    data = frame(ticket, title=found.title, subtitle=claim.against, made=made, language=found.language, photos=pictures)
    rows = tracking(ticket)
    blocks: list[Block] = [*letters.blocks(found, paper), heading(_("The claim")), _facts(claim, ticket, shipment)]
    blocks += [heading(_("Enclosed")), bullets(_enclosed(ticket, len(rows) - 1, len(pictures)))]
    blocks += [heading(_("Proof of value")), *_value(ticket)]
    if len(rows) > 1:
        several = len({row[0] for row in rows[1:]}) > 1
        shown = rows if several else [row[1:] for row in rows]
        widths = (2, 4, 3, 2, 3) if several else (3, 3, 2, 3)
        blocks += [heading(_("Tracking log")), table(shown[0], shown[1:], widths)]
    blocks += photos.blocks(pictures, _("Photographs"))
    data["blocks"] = blocks
    return Document("document", data, {file_of(each): each for each in pictures})


def _parts(claim: Claim, ticket: Ticket, shipment: Shipment | None, language: str, pictured: bool) -> dict[str, str]:
    code = language[:2] if language[:2] in letters.EVENTS else "en"
    after = letters.AFTER[code].get(claim.event, "")
    return {
        "carrier": claim.against, "tracking": str(shipment or "–"), "order": ticket.order.number,
        "value": amount(claim.amount, claim.currency), "event": letters.EVENTS[code][claim.event],
        "number": ticket.number, "attached": " ".join(filter(None, (letters.ATTACHED[code][pictured], after))),
    }  # fmt: skip


def _facts(claim: Claim, ticket: Ticket, shipment: Shipment | None) -> Block:
    order = ticket.order
    kilograms = f"{shipment.dispatch_weight_g / 1000:.2f} kg" if shipment and shipment.dispatch_weight_g else ""
    volume = f"{shipment.volume_cm3} cm³" if shipment and shipment.volume_cm3 else ""
    # Without a last day there is no window, and what stands in its place is for us to read.
    window = claim.window if claim.expires_on else ""
    return facts([
        (_("Against"), claim.against), (_("Event"), claim.get_event_display()),
        (_("Amount claimed"), amount(claim.amount, claim.currency)), (_("Claim number"), claim.reference),
        (_("Our reference"), ticket.number), (_("Order"), order.number), (_("Tracking number"), shipment or ""),
        (_("Handed over"), moment(shipment.shipped_at) if shipment else ""),
        (_("Delivered"), moment((shipment.delivered_at if shipment else None) or order.delivered_at)),
        (_("Signed"), shipment.signed if shipment else ""), (_("Weight at dispatch"), kilograms),
        (_("Volume of the box"), volume),
        (_("Delivered to"), order.full_address),
        (_("Item"), ticket.line.product if ticket.line else ""), (_("What arrived"), ticket.received),
        (_("Report of the customer"), ticket.text), (_("Last day of the claim"), claim.expires_on),
        (_("Window and its source"), window),
    ])  # fmt: skip


def _enclosed(ticket: Ticket, scans: int, pictures: int) -> list[str]:
    """Return what the pack really holds."""
    found = [_("Proof of value: the paid order") if ticket.order.paid_at else _("Proof of value: the order")]
    if scans:
        found.append(ngettext("Tracking log, %(n)d entry", "Tracking log, %(n)d entries", scans) % {"n": scans})
    if pictures:
        text = ngettext("%(n)d photograph with caption", "%(n)d photographs with captions", pictures)
        found += [text % {"n": pictures}, _("SHA-256 of each original picture")]
    return found


def _value(ticket: Ticket) -> list[Block]:
    order = ticket.order
    rows = [
        (
            line.product, line.sku, line.quantity, amount(line.unit_price, order.currency),
            amount(line.unit_price * line.quantity, order.currency),
        )
        for line in order.lines.all()
    ]  # fmt: skip
    dates = [(_("Placed"), moment(order.placed_at)), (_("Paid"), moment(order.paid_at))]
    head = (_("Item"), _("SKU"), _("Pieces"), _("Price"), _("Together"))
    return [table(head, rows, (5, 2, 0, 2, 2)), facts([*sums(order), *dates])]


def tracking(ticket: Ticket) -> list[list[str]]:
    """Return the scans of the order's parcels as rows, a head first."""
    rows = [[_("Parcel"), _("Time"), _("Event"), _("Place"), _("Note")]]
    for shipment in ticket.order.shipments.prefetch_related("events"):
        rows += [[str(shipment), moment(e.at), e.get_code_display(), e.place, e.note] for e in shipment.events.all()]
    return rows

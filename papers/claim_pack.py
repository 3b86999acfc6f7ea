"""The pack of a claim: the letter in the carrier's terms and language, photos, tracking log, proof of value, hashes."""

from django.utils.translation import gettext as _

from evidence.models import Evidence
from tickets.models import Claim, Ticket
from tickets.queries import claims as queries

from . import letters, photos
from .blocks import Block, Document, amount, bullets, facts, file_of, frame, heading, moment, table
from .blocks import text as words
from .models import Paper


def document(paper: Paper, made: str) -> Document:
    """Return the pack. The letter is in the carrier's language where it is there, else in English."""
    ticket = paper.ticket
    claim = Claim.objects.select_related("partner").get(pk=paper.claim_id)
    shipment = ticket.order.shipments.select_related("carrier").order_by("-id").first()
    language = str(paper.asked.get("language") or "") or (claim.partner.language if claim.partner else "")
    pictures = photos.of_ticket(ticket)
    title = letters.letter(letters.CLAIM, language, **_parts(claim, ticket, shipment, language))
    data = frame(ticket, title=title.title, subtitle=claim.against, made=made, language=title.language, photos=pictures)
    blocks: list[Block] = [words(each) for each in title.paragraphs]
    blocks.append(words(ticket.organization.name))
    blocks += [heading(_("The claim")), _facts(claim, ticket, shipment)]
    blocks += [heading(_("Enclosed")), bullets(_enclosed(ticket, claim))]
    blocks += [heading(_("Proof of value")), *_value(ticket)]
    rows = tracking(ticket)
    blocks += [heading(_("Tracking log")), table(rows[0][1:], [row[1:] for row in rows[1:]], (3, 3, 2, 3))]
    blocks += _pictures(pictures)
    data["blocks"] = blocks
    return Document("document", data, {file_of(each): each for each in pictures})


def _parts(claim: Claim, ticket: Ticket, shipment, language: str) -> dict[str, str]:
    events = letters.EVENTS.get(language[:2], letters.EVENTS["en"])
    return {
        "carrier": claim.against, "tracking": str(shipment or "–"), "order": ticket.order.number,
        "value": amount(claim.amount, claim.currency), "event": events[claim.event], "number": ticket.number,
    }  # fmt: skip


def _facts(claim: Claim, ticket: Ticket, shipment) -> Block:
    order = ticket.order
    kilograms = f"{shipment.dispatch_weight_g / 1000:.2f} kg" if shipment and shipment.dispatch_weight_g else ""
    return facts([
        (_("Against"), claim.against), (_("Event"), claim.get_event_display()),
        (_("Amount claimed"), amount(claim.amount, claim.currency)), (_("Claim number"), claim.reference),
        (_("Our reference"), ticket.number), (_("Order"), order.number), (_("Tracking number"), shipment or ""),
        (_("Handed over"), moment(shipment.shipped_at) if shipment else ""),
        (_("Delivered"), moment((shipment.delivered_at if shipment else None) or order.delivered_at)),
        (_("Signed"), shipment.signed if shipment else ""), (_("Weight at dispatch"), kilograms),
        (_("Delivered to"), order.full_address),
        (_("Item"), ticket.line.product if ticket.line else ""), (_("What arrived"), ticket.received),
        (_("Report of the customer"), ticket.text), (_("Last day of the claim"), claim.expires_on),
        (_("Window and its source"), claim.window),
    ])  # fmt: skip


def _enclosed(ticket: Ticket, claim: Claim) -> list[str]:
    return [str(each.label) for each in queries.checklist(ticket, claim) if each.is_there]


def _value(ticket: Ticket) -> list[Block]:
    order = ticket.order
    rows = [
        (
            line.product, line.sku, line.quantity, amount(line.unit_price, order.currency),
            amount(line.unit_price * line.quantity, order.currency),
        )
        for line in order.lines.all()
    ]  # fmt: skip
    sums = facts([
        (_("Placed"), moment(order.placed_at)), (_("Paid"), moment(order.paid_at)),
        (_("Freight"), amount(order.freight, order.currency)), (_("Total"), amount(order.total, order.currency)),
    ])  # fmt: skip
    head = (_("Item"), _("SKU"), _("Pieces"), _("Price"), _("Together"))
    return [table(head, rows, (5, 2, 0, 2, 2)), sums]


def _pictures(found: list[Evidence]) -> list[Block]:
    if not found:
        return []
    rows = [(file_of(each), photos.caption(each), each.sha256) for each in found]
    return [
        heading(_("Photographs")), *(photos.block(each) for each in found),
        heading(_("Hashes of the original pictures")), table((_("File"), _("Shows"), "SHA-256"), rows, (0, 1, 0)),
    ]  # fmt: skip


def tracking(ticket: Ticket) -> list[list[str]]:
    """Return the scans of the order's parcels as rows, a head first."""
    rows = [[_("Parcel"), _("Time"), _("Event"), _("Place"), _("Note")]]
    for shipment in ticket.order.shipments.prefetch_related("events"):
        rows += [[str(shipment), moment(e.at), e.get_code_display(), e.place, e.note] for e in shipment.events.all()]
    return rows

"""The sheet that goes with goods on their way back: what to do, and a label to cut off."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tickets.models import Return

from . import barcode
from .blocks import Document, bullets, facts, frame, heading, table
from .blocks import text as words
from .models import Paper

# The usual number of 14 signs is then 68 mm wide: ISO 15394 asks for 0.25 to 0.43 mm.
MODULE_MM = 0.33
WIDEST_MM = 150


def document(paper: Paper, made: str) -> Document:
    """Return the return sheet with its label."""
    returned = Return.objects.prefetch_related("lines__line").get(pk=paper.returned_id)
    ticket, order, customer = paper.ticket, paper.ticket.order, paper.ticket.customer
    data = frame(
        ticket, title=_("Return %(number)s") % {"number": returned.number}, made=made,
        language=str(paper.asked.get("language") or "en"),
    )  # fmt: skip
    pays = _("you") if returned.freight_paid_by == "customer" else ticket.organization.name
    steps = [
        _("Pack the goods well, best in the box they came in."),
        _("Cut off the label below and stick it on the parcel. Cover or remove older labels."),
        _("Put the upper part of this sheet into the parcel."),
        _("Send it by %(day)s and keep the receipt.") % {"day": date_format(returned.send_by, "DATE_FORMAT")},
    ]
    rows = [(line.line.product, line.line.sku, line.quantity) for line in returned.lines.all()]
    blocks = [
        facts([
            (_("Return number"), returned.number), (_("Ticket"), ticket.number), (_("Order"), order.number),
            (_("The way back is paid by"), pays),
        ]),
        heading(_("What comes back"), 2),
        table((_("Item"), _("SKU"), _("Pieces")), rows, (6, 2, 0)),
        heading(_("How to send it"), 2),
        bullets(steps),
    ]  # fmt: skip
    if returned.instructions:
        blocks.append(words(returned.instructions))
    bars = barcode.code128(returned.number)
    data |= {
        "blocks": blocks, "number": returned.number, "bars": bars, "module": min(MODULE_MM, WIDEST_MM / sum(bars)),
        "qr": barcode.qr(returned.number), "receiver": returned.address,
        "sender": "\n".join(filter(None, (customer.name, *_address(order)))),
    }  # fmt: skip
    # Carriers on the way read English beside the customer's language.
    data["words"] |= {name: word if word == there else f"{there} · {word}" for name, word, there in (
        ("from", "From", _("From")), ("to", "To", _("To")),
    )}  # fmt: skip
    return Document("label", data)


def _address(order) -> list[str]:
    """Return the customer's address, line by line."""
    town = f"{order.postcode} {order.city}".strip()
    region = "" if order.region == order.country else order.region
    return list(filter(None, (order.address, town, region, order.country)))

"""The customs pack: a letter in the country's language, form CN23, what is still to be mended, order and payment."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.orders.declarations import lint
from aftersales.orders.models import Declaration, Shipment
from tickets.models import Ticket

from . import letters
from .blocks import Block, Document, amount, bullets, facts, frame, heading, moment, sums, table
from .blocks import text as words
from .models import Paper


def document(paper: Paper, made: str) -> Document:
    """Return the pack of the order's latest parcel; a declaration that is missing is said to be missing."""
    ticket = paper.ticket
    shipment = ticket.order.shipments.order_by("-id").first()
    assert shipment is not None, "a pack is asked for only where there is a parcel"
    declaration = Declaration.objects.filter(shipment=shipment).prefetch_related("lines__line").first()
    wanted = letters.customs_language(ticket.order.country)
    found = letters.letter(letters.CUSTOMS, wanted, **_parts(ticket, shipment, declaration))
    data = frame(ticket, title=found.title, made=made, language=found.language)
    data["letter"] = letters.blocks(found, paper)
    data["cn23"] = form(ticket, shipment, declaration or Declaration())
    data["blocks"] = [*_to_mend(declaration, ticket), *_proof(ticket)]
    return Document("customs", data)


def _parts(ticket: Ticket, shipment: Shipment, declaration: Declaration | None) -> dict[str, str]:
    order = ticket.order
    lines = declaration.lines.all() if declaration else []
    goods = "; ".join(f"{each.quantity} × {each.description}" for each in lines)
    goods = goods or "; ".join(f"{each.quantity} × {each.product}" for each in order.lines.all())
    value = amount(order.total, order.currency)
    if order.freight and len(parts := [str(each) for _label, each in sums(order)[:3] if each]) == 2:
        value += f" ({' + '.join(parts)})"
    return {
        "tracking": str(shipment), "order": order.number, "goods": goods, "number": ticket.number, "value": value,
    }  # fmt: skip


def form(ticket: Ticket, shipment: Shipment, declaration: Declaration) -> dict[str, Any]:
    """Return every field of CN23 as text. The labels are those of the form, which is printed in English everywhere."""
    order, customer, organization = ticket.order, ticket.customer, ticket.organization
    lines = list(declaration.lines.all()) if declaration.pk else []
    currency = declaration.currency or order.currency
    values = [line.value for line in lines if line.value is not None]
    day = declaration.signed_on.isoformat() if declaration.signed_on else ""
    return {
        "title": "Customs declaration CN 23", "labels": LABELS, "heads": HEADS,
        "sender": "\n".join(filter(None, (organization.name, organization.return_address, organization.country))),
        "reference": declaration.sender_reference, "item": str(shipment),
        "addressee": "\n".join(filter(None, (customer.name, order.full_address, customer.phone))),
        "importer": "\n".join(filter(None, (declaration.importer_reference, declaration.importer_contact))),
        "lines": [
            [
                each.description, str(each.quantity), _kilograms(each.net_weight_g), amount(each.value, currency),
                each.hs_code, each.origin,
            ]
            for each in lines
        ],
        "gross": _kilograms(declaration.gross_weight_g),
        "total": amount(sum(values, Decimal(0)), currency) if values else "",
        "postage": amount(declaration.postage, currency),
        "category": Declaration.Category(declaration.category).value.replace("_", " ").capitalize(),
        "comments": declaration.comments, "licence": declaration.licence, "certificate": declaration.certificate,
        "invoice": declaration.invoice, "terms": declaration.terms, "office": moment(shipment.shipped_at),
        "certify": CERTIFY, "signature": " · ".join(filter(None, (day, declaration.signed_by))),
    }  # fmt: skip


def _kilograms(grams: int | None) -> str:
    return "" if grams is None else f"{Decimal(grams) / 1000:.3f}"


def _to_mend(declaration: Declaration | None, ticket: Ticket) -> list[Block]:
    """Return what a check found, on a page of its own that does not go to customs."""
    if declaration is None:
        return [
            {"type": "break"},
            heading(_("To be mended before it is sent")),
            words(_("No declaration is on record.")),
        ]
    found = lint(declaration, ticket.order)
    if not found:
        return []
    lines = [
        " ".join(filter(None, (
            _("Line %(n)d, %(field)s:") % {"n": each.line, "field": each.label} if each.line else f"{each.label}:",
            each.problem, each.mend,
        )))
        for each in found
    ]  # fmt: skip
    head = heading(_("To be mended before it is sent"))
    return [
        {"type": "break"},
        head,
        words(_("Take this page out before you send the papers."), quiet=True),
        bullets(lines),
    ]


def _proof(ticket: Ticket) -> list[Block]:
    order = ticket.order
    rows = [
        (line.product, line.sku, line.quantity, amount(line.unit_price * line.quantity, order.currency), line.hs_code)
        for line in order.lines.all()
    ]
    return [
        {"type": "break"}, heading(_("Order and proof of payment")),
        facts([
            (_("Seller"), order.organization.name), (_("Buyer"), ticket.customer.name),
            (_("Delivered to"), order.full_address), (_("Order"), order.number),
            (_("Placed"), moment(order.placed_at)), (_("Paid"), moment(order.paid_at) or _("not recorded")),
        ]),
        table((_("Item"), _("SKU"), _("Pieces"), _("Paid"), _("HS code")), rows, (5, 2, 0, 2, 2)), facts(sums(order)),
    ]  # fmt: skip


HEADS = [
    "Detailed description of contents (1)", "Quantity (2)", "Net weight, kg (3)", "Value and currency (5)",
    "HS tariff number (7)", "Country of origin (8)",
]  # fmt: skip
LABELS = {
    "sender": "From: name, business, address, country", "reference": "Sender's customs reference; item number",
    "addressee": "To: name, address, postcode, country, telephone",
    "importer": "Importer's or addressee's reference (tax code, VAT or importer code); telephone or e-mail",
    "gross": "Total gross weight, kg (4)", "total": "Total value (6)", "postage": "Postal charges and fees (9)",
    "category": "Category of item (10)", "comments": "Comments, e.g. goods subject to quarantine (11)",
    "licence": "Licence number (12)", "certificate": "Certificate number (13)", "invoice": "Invoice number (14)",
    "terms": "Terms of delivery", "office": "Office of origin, date of posting",
    "signature": "Date and sender's signature (15)",
}  # fmt: skip
CERTIFY = (
    "I certify that the particulars given in this customs declaration are correct and that this item does not contain "
    "any dangerous article or articles prohibited by legislation or by postal or customs regulations."
)

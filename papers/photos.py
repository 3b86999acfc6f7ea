"""The pictures of a ticket that go into papers, with their captions."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from evidence.models import Evidence
from tickets.models import Ticket
from tickets.queries.catalogue import skus
from tickets.queries.merged import with_merged
from tickets.workflow import Actor

from .blocks import Block, file_of, heading, moment, picture, table


def everything(ticket: Ticket) -> QuerySet[Evidence]:
    """Return all evidence of the complaint, of those merged into it, and of its parcels, inspections and returns;
    and what the catalogue showed of its items."""
    case = with_merged(ticket.pk)
    ours = (
        Q(ticket__in=case)
        | Q(inspection__line__order=ticket.order_id)
        | Q(shipment__order=ticket.order_id)
        | Q(returned__ticket__in=case)
        | Q(product__sku__in=skus(ticket.order_id, ticket.line_id))
    )
    found = Evidence.objects.filter(ours).select_related("inspection__line", "shipment", "product", "partner")
    return found.order_by("uploaded_at", "pk").distinct()


def of_ticket(ticket: Ticket) -> list[Evidence]:
    """Return the pictures among them that can be shown, without the catalogue's: they show nothing that was sent."""
    return list(everything(ticket).filter(state=Evidence.State.READY, kind=Evidence.Kind.PHOTO, product=None))


def caption(photo: Evidence) -> str:
    """Return what a picture is of."""
    if photo.inspection is not None:
        return _("Inspection before dispatch: %(product)s") % {"product": photo.inspection.line.product}
    if photo.shipment is not None:
        return _("Packing before dispatch: parcel %(parcel)s") % {"parcel": photo.shipment}
    if photo.product is not None:
        return _("In the catalogue: %(sku)s") % {"sku": photo.product.sku}
    if photo.returned_id:
        return _("Goods that came back")
    return str(photo.get_place_display())


def blocks(found: list[Evidence], title: str) -> list[Block]:
    """Return the pictures, numbered, each with its caption, and the table of their hashes; nothing without pictures."""
    if not found:
        return []
    rows = [(n, file_of(each), caption(each), each.sha256) for n, each in enumerate(found, 1)]
    head = (_("No."), _("File"), _("Shows"), "SHA-256")
    return [
        heading(title), *(_block(n, each) for n, each in enumerate(found, 1)),
        heading(_("Hashes of the original pictures")), table(head, rows, (0, 0, 1, 0)),
    ]  # fmt: skip


def _block(number: int, photo: Evidence) -> Block:
    """Return a picture with caption, what it shows, who sent it, when, and the hash of its original."""
    sent = _("Sent by %(who)s on %(at)s") % {
        "who": Actor(photo.uploader_kind).label, "at": moment(photo.uploaded_at),
    }  # fmt: skip
    taken = _("Taken on %(at)s, as the camera says") % {"at": moment(photo.taken_at)} if photo.taken_at else ""
    title = _("Picture %(n)d: %(what)s") % {"n": number, "what": caption(photo)}
    return picture(photo, title, [photo.shows, taken, sent])

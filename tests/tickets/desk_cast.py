"""What the desk's tests share: the same ticket in both organizations, and posting to it."""

from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket
from tickets.models import Ticket


def lamp(organization, mark: str, number: str = "LH-204913", **fields):
    """Return a ticket about a broken lamp; both organizations' have the same numbers."""
    with tenant(organization):
        order = make_order(number=number, email=f"maria@{mark.lower()}.example")
        supplier = make_partner(name=f"{mark} Oakline", email=f"maker@{mark.lower()}.example")
        make_line(order, supplier=supplier, sku="LMP-210", batch="B2609-14")
        make_shipment(order, tracking_number="SP-1", events={"picked_up": timezone.now(), "delivered": timezone.now()})
        return make_ticket(order, text=f"{mark} lamp cracked", **fields)


def again(ticket) -> Ticket:
    """Return the ticket as it stands now."""
    with tenant(ticket.organization):
        fresh = Ticket.objects.get(pk=ticket.pk)
        fresh.organization = ticket.organization
        return fresh


def url(ticket, verb: str = "") -> str:
    """Return the address of the ticket, or of something done to it."""
    return f"/{ticket.organization.slug}/desk/tickets/{ticket.number}/{verb}{'/' if verb else ''}"

"""Links that are mailed on request: by an operator, or by whoever holds one that has ended."""

from django.utils import timezone

from .. import links, notifications, throttle
from ..models import SignedLink, Ticket
from .base import By, locked, require_member, write_event

RENEWALS = throttle.Limit("renew-link", 3, 60 * 60)


def send_link(ticket: Ticket, *, by: By) -> SignedLink:
    """Return a fresh link to the ticket for its customer, mailed too where an address is known."""
    require_member(by)
    ticket = locked(ticket)
    link = links.issue(kind=SignedLink.Kind.TICKET, ticket=ticket, email=ticket.customer.email)
    if link.email:
        notifications.tell_link(link)
    write_event(ticket, "link_sent", by, now=timezone.now(), data={"mailed": bool(link.email)})
    return link


def renew_link(link: SignedLink) -> SignedLink | None:
    """Mail a fresh link to the address the old one went to, and return it.

    None, and no mail, for a revoked link, one without an address, and from the fourth time within an hour.
    """
    if link.revoked_at or not link.email or throttle.take(RENEWALS, link.organization_id, link.pk):
        return None
    same = {name: getattr(link, name) for name in ("kind", "order", "ticket", "partner", "request", "email")}
    fresh = links.issue(**same)
    notifications.tell_link(fresh)
    return fresh

"""Signed links: issued, opened, revoked, renewed. A token stands in no table and in no queued mail.

It is computed from the row with the installation's key whenever a mail is sent; the row keeps its SHA-256, so neither
a database dump nor the outbox opens anything.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from aftersales.orders.models import Order, Partner

from .models import PartnerRequest, SignedLink, Ticket

MAX_DAYS = 30
# A link that ends sooner than this is not put into a new mail.
ENOUGH = dt.timedelta(days=14)
BIGINT = 2**63
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
SALT = "tickets.links"
TOKEN = re.compile(r"([0-9a-z]{1,13})\.([A-Za-z0-9_-]{43})")


def issue(
    *,
    kind: str,
    order: Order | None = None,
    ticket: Ticket | None = None,
    partner: Partner | None = None,
    request: PartnerRequest | None = None,
    email: str = "",
    days: int = MAX_DAYS,
) -> SignedLink:
    """Return a new link that opens what it names, for at most 30 days."""
    now = timezone.now()
    link = SignedLink(
        kind=kind, order=order, ticket=ticket, partner=partner, request=request, email=email, created_at=now,
        expires_at=now + dt.timedelta(days=min(days, MAX_DAYS)),
    )  # fmt: skip
    # The token needs the row's key, so the row comes first; until then its hash is one that no token has.
    link.save()
    link.token_hash = hash_of(token_of(link))
    link.save(update_fields=["token_hash"])
    return link


def for_customer(ticket: Ticket) -> SignedLink:
    """Return a link of the ticket's customer that still lives long enough, a new one if there is none."""
    return _living(kind=SignedLink.Kind.TICKET, ticket=ticket, email=ticket.customer.email)


def for_partner(ticket: Ticket, partner: Partner, request: PartnerRequest | None) -> SignedLink:
    """Return a link of the partner to the ticket that still lives long enough, a new one if there is none."""
    return _living(kind=SignedLink.Kind.PARTNER, ticket=ticket, partner=partner, request=request, email=partner.email)


def for_inbox(partner: Partner) -> SignedLink:
    """Return a link of the partner to the list of its open tickets that still lives long enough, or a new one."""
    return _living(kind=SignedLink.Kind.INBOX, partner=partner, email=partner.email)


def living_inbox(partner_id: int, email: str) -> SignedLink | None:
    """Return the partner's standing link to its list, where one was mailed to that address, or None."""
    return (
        SignedLink.objects.filter(
            kind=SignedLink.Kind.INBOX, partner=partner_id, email=email, revoked_at=None, expires_at__gt=timezone.now()
        )
        .order_by("-id")
        .first()
    )


def _living(**fields) -> SignedLink:
    alive = SignedLink.objects.filter(**fields, revoked_at=None, expires_at__gt=timezone.now() + ENOUGH)
    return alive.order_by("-id").first() or issue(**fields)


def token_of(link: Any, salt: str = SALT) -> str:
    """Return the link's token: its key, and 256 bits that only the installation's secret key makes.

    `salt` names the table, so that a link of one table never opens what one of another does.
    """
    value = f"{link.organization_id}:{link.pk}:{link.created_at.astimezone(dt.UTC).isoformat()}"
    mac = salted_hmac(salt, value, algorithm="sha256").digest()
    return f"{_base36(link.pk)}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def url_of(link: SignedLink) -> str:
    """Return the absolute address that opens the link."""
    name = "partner:link" if link.kind in SignedLink.OF_PARTNERS else "portal:link"
    return settings.SITE_URL + reverse(name, kwargs={"org": link.organization.slug, "token": token_of(link)})


def open_link(token: str | None) -> SignedLink | None:
    """Return the entered organization's link with this token, valid or not (ask `is_valid`); None if there is none."""
    return opened(SignedLink.objects.select_related("order", "ticket", "partner", "request"), token)


def opened(found: Any, token: str | None) -> Any:
    """Return the row of a table of links whose token this is, or None."""
    match = TOKEN.fullmatch(token or "")
    if match is None or int(match[1], 36) >= BIGINT:
        return None
    link = found.filter(pk=int(match[1], 36)).first()
    kept = link.token_hash if link else ""
    return link if hmac.compare_digest(hash_of(match[0]), kept) else None


def revoke(link: SignedLink) -> None:
    """Make the link open nothing from now on."""
    link.revoked_at = link.revoked_at or timezone.now()
    link.save(update_fields=["revoked_at"])


def hash_of(token: str) -> str:
    """Return what a row keeps of its token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text or "0"

"""An invitation's token, and finding the invitation that it opens.

A token stands in no table: it is computed from the row with the installation's key when the mail is sent, and the row
keeps its SHA-256. It depends on the end, so an invitation that is sent again has another one.
"""

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .models import Invitation, Organization

TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([A-Za-z0-9_-]{43})", re.ASCII)


def token_of(invitation: Invitation) -> str:
    """Return the invitation's token: its key, and 256 bits that only the installation's secret key makes."""
    value = f"{invitation.pk}:{invitation.email}:{invitation.expires_at.astimezone(dt.UTC).isoformat()}"
    mac = salted_hmac("tenants.invitations", value, algorithm="sha256").digest()
    return f"{invitation.pk}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def hash_of(token: str) -> str:
    """Return what the row keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def no_hash() -> str:
    """Return a value that is the hash of no token."""
    return f"none-{secrets.token_hex(29)}"


def url_of(invitation: Invitation) -> str:
    """Return the absolute address that opens the invitation."""
    return settings.SITE_URL + reverse("invitation", kwargs={"token": token_of(invitation)})


def find_open(token: str) -> Invitation | None:
    """Return the invitation that the token opens, with its organization; None where it opens nothing (any more)."""
    match = TOKEN.fullmatch(token or "")
    if match is None:
        return None
    rows = Invitation.objects.select_related("organization", "invited_by")
    invitation = rows.filter(pk=int(match[1])).first()
    kept = invitation.token_hash if invitation else ""
    if not hmac.compare_digest(hash_of(match[0]), kept) or invitation is None or not invitation.is_open:
        return None
    return invitation


def open_of(organization: Organization) -> QuerySet[Invitation]:
    """Return the organization's invitations that can still be accepted, the newest first."""
    rows = Invitation.objects.filter(organization=organization, accepted_at=None, revoked_at=None)
    return rows.filter(expires_at__gt=timezone.now()).order_by("-pk")

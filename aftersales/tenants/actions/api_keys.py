"""Keys for other systems: made, shown once, revoked, recognised."""

import datetime as dt
import hashlib
import secrets

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import ApiKey, AuditEvent, Membership, Organization
from .base import TooLate, lock, record, require

MOST = 50
# Begins every key, so that people and scanners of leaked secrets know one when they see it.
PREFIX = "aftersales_"
NOTED_EVERY = dt.timedelta(minutes=1)


def create_api_key(organization: Organization, *, by: Membership, name: str) -> tuple[ApiKey, str]:
    """Return the new key's row and the key itself, 256 random bits: nobody can read it again.

    Raises Refused (field name) for a name that a key in use has, and beyond 50 keys in use.
    """
    organization = lock(organization, by)
    in_use = ApiKey.objects.filter(revoked_at=None)
    require(not in_use.filter(name__iexact=name).exists(), _("A key in use has this name."), "name")
    require(in_use.count() < MOST, _("%(count)d keys are the most. Revoke one first.") % {"count": MOST}, "name")
    token = PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(name=name, digest=digest(token), created_by=by.user)
    record(AuditEvent.Verb.API_KEY_CREATED, by=by, subject=name)
    return key, token


def revoke_api_key(key: ApiKey, *, by: Membership) -> None:
    """Make the key useless from now on. Raises TooLate where it was revoked before."""
    lock(by.organization, by)
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise TooLate(_("The key was revoked before."))
    record(AuditEvent.Verb.API_KEY_REVOKED, by=by, subject=key.name)


def use_api_key(token: str) -> ApiKey | None:
    """Return the entered organization's key in use, noting the time, or None.

    The key is looked for by its hash, so how long that takes tells nothing about a key.
    """
    key = ApiKey.objects.filter(digest=digest(token), revoked_at=None).first()
    if key is not None:
        now = timezone.now()
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiKey.objects.filter(long_ago, pk=key.pk).update(last_used_at=now)
    return key


def digest(token: str) -> str:
    """Return what is kept of a key: its SHA-256. A key of 256 random bits needs no slower hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()

"""The public rules page: a change makes the next version, and no version is ever edited."""

from django.utils.translation import gettext as _

from ..models import AuditEvent, Membership, Organization, RulesVersion
from .base import TooLate, lock, record, require

PARTS = ("terms", "compensation", "prohibited")


def publish_rules(
    organization: Organization, *, by: Membership, terms: str, compensation: str, prohibited: str, based_on: int
) -> RulesVersion:
    """Return the new version, which every complaint from now on is filed under.

    `based_on` is the version that was edited, 0 for none.
    Raises TooLate where somebody published in between, Refused where the text is the same.
    """
    lock(organization, by)
    current = RulesVersion.objects.order_by("-version").first()
    version = current.version if current else 0
    if version != based_on:
        raise TooLate(
            _("Somebody published version %(version)d meanwhile. Read it, then publish again.") % {"version": version}
        )
    texts = {"terms": terms, "compensation": compensation, "prohibited": prohibited}
    parts = [part for part in PARTS if current is None or getattr(current, part) != texts[part]]
    require(parts, _("Nothing is different from version %(version)d.") % {"version": version})
    published = RulesVersion.objects.create(version=version + 1, published_by=by.user, **texts)
    record(AuditEvent.Verb.RULES_PUBLISHED, by=by, subject=published.version, parts=parts)
    return published

"""The mails that go to people before or beside any ticket."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from . import invitations
from .models import Invitation


def send_invitation(invitation: Invitation) -> None:
    """Send the invitation's mail in the organization's language. Raises OSError or SMTPException where that fails."""
    organization = invitation.organization
    with translation.override(organization.language), timezone.override(organization.zone):
        context = {"invitation": invitation, "organization": organization, "link": invitations.url_of(invitation)}
        subject, _line, body = render_to_string("mail/invitation.txt", context).strip().partition("\n")
    # The same mail, sent twice after a crash, is known as the same by its id.
    mark = f"invitation-{invitation.pk}-{invitation.expires_at:%Y%m%d%H%M%S}"
    headers = {"Message-ID": f"<{mark}@{urlsplit(settings.SITE_URL).hostname}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[invitation.email], headers=headers).send()

"""Invitations: made, sent, sent again, revoked, accepted."""

import datetime as dt
import logging
import smtplib

from celery import current_app
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from .. import invitations, mail
from ..models import AuditEvent, Invitation, Membership, Organization, User
from ..scope import tenant
from .base import Refused, TooLate, lock, record, require

logger = logging.getLogger(__name__)
LIFETIME = dt.timedelta(days=7)
PAUSE = dt.timedelta(minutes=1)
MOST_OPEN = 100
BATCH = 100


def invite(organization: Organization, *, by: Membership | None, email: str, role: str) -> Invitation:
    """Return the invitation, good for seven days; its mail goes out after the commit.

    Raises Refused (field email) for a member, somebody invited already, and beyond 100 open invitations.
    """
    organization = lock(organization, by)
    email = email.strip().lower()
    membership = Membership.objects.filter(organization=organization, user__email=email).first()
    if membership:
        text = (
            _("%(email)s is a member already.") if membership.is_active else _("%(email)s is a member, switched off.")
        )
        raise Refused(text % {"email": email}, "email")
    waiting = invitations.open_of(organization)
    require(
        not waiting.filter(email=email).exists(),
        _("%(email)s is invited already. You can send the invitation again.") % {"email": email}, "email",
    )  # fmt: skip
    require(
        waiting.count() < MOST_OPEN,
        _("%(count)d invitations are open. Revoke some first.") % {"count": MOST_OPEN},
        "email",
    )
    invitation = Invitation(organization=organization, email=email, role=role, invited_by=by.user if by else None)
    _issue(invitation)
    record(AuditEvent.Verb.INVITED, by=by, subject=email, role=str(role))
    return invitation


def send_again(invitation: Invitation, *, by: Membership) -> Invitation:
    """Return the invitation with seven new days and a new link; the old link opens nothing any more.

    Raises Refused where it was accepted or revoked, or was sent within the last minute.
    """
    lock(invitation.organization, by)
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("organization").get(pk=invitation.pk)
    _require_pending(invitation)
    latest = invitation.sent_at or invitation.created_at
    require(timezone.now() - latest >= PAUSE, _("It was sent a moment ago. Wait a minute before you send it again."))
    _issue(invitation)
    record(AuditEvent.Verb.INVITED_AGAIN, by=by, subject=invitation.email, role=invitation.role)
    return invitation


def revoke_invitation(invitation: Invitation, *, by: Membership) -> None:
    """Make the invitation's link open nothing. Raises Refused where it was accepted or revoked."""
    lock(invitation.organization, by)
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    _require_pending(invitation)
    invitation.revoked_at, invitation.send_at = timezone.now(), None
    invitation.save(update_fields=["revoked_at", "send_at"])
    record(AuditEvent.Verb.INVITATION_REVOKED, by=by, subject=invitation.email)


def accept_invitation(token: str, *, user: User | None = None, name: str = "", password: str = "") -> Membership:
    """Return the membership of `user`, or of the new person with that name and password.

    Raises TooLate where the link opens nothing any more or, without `user`, the address has an account since; Refused
    where `user` has another e-mail address than the one invited.
    """
    found = invitations.find_open(token)
    if found is None:
        raise TooLate(_("This invitation is no longer open."))
    with tenant(found.organization):
        # The organization first, as everywhere: an admin who revokes or switches off now is before or after us.
        lock(found.organization, None)
        invitation = Invitation.objects.select_for_update().get(pk=found.pk)
        if invitations.find_open(token) is None:
            raise TooLate(_("This invitation is no longer open."))
        if user is None:
            user = _new_person(invitation.email, name, password)
        require(user.email == invitation.email, _("This invitation is for another e-mail address."))
        membership, created = Membership.objects.get_or_create(
            organization=found.organization, user=user, defaults={"role": invitation.role}
        )
        require(membership.is_active, _("This invitation is no longer open."))
        invitation.accepted_at, invitation.send_at = timezone.now(), None
        invitation.save(update_fields=["accepted_at", "send_at"])
        if created:
            record(AuditEvent.Verb.JOINED, by=membership, role=membership.role)
    return membership


def deliver_invitations(*, now: dt.datetime | None = None) -> int:
    """Send the invitations whose turn it is; return how many went out. A mail that fails waits twice as long each time.

    At least once: a crash between the mail server's answer and the commit sends it again.
    """
    now = now or timezone.now()
    due = Invitation.objects.filter(send_at__lte=now).order_by("send_at").values_list("pk", flat=True)
    return sum(_deliver(pk, now) for pk in list(due[:BATCH]))


def _deliver(pk: int, now: dt.datetime) -> bool:
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",), skip_locked=True)
        invitation = rows.select_related("organization", "invited_by").filter(pk=pk, send_at__lte=now).first()
        if invitation is None:
            return False
        invitation.send_at = None
        if invitation.is_open:
            try:
                mail.send_invitation(invitation)
                invitation.sent_at = now
            except (OSError, smtplib.SMTPException) as error:
                logger.warning("Invitation %s could not be sent: %s", invitation.pk, error)
                issued = invitation.expires_at - LIFETIME
                invitation.send_at = now + max(PAUSE, now - issued)
        invitation.save(update_fields=["send_at", "sent_at"])
        return invitation.sent_at == now


def _issue(invitation: Invitation) -> None:
    now = timezone.now()
    invitation.expires_at, invitation.send_at, invitation.sent_at = now + LIFETIME, now, None
    if invitation.pk is None:
        # The token needs the row's key, so the row comes first, with a hash that no token has.
        invitation.token_hash = invitations.no_hash()
        invitation.save()
    invitation.token_hash = invitations.hash_of(invitations.token_of(invitation))
    invitation.save(update_fields=["token_hash", "expires_at", "send_at", "sent_at"])
    transaction.on_commit(_wake)


def _require_pending(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.revoked_at:
        raise TooLate(_("This invitation is no longer open."))


def _new_person(email: str, name: str, password: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name)
    except IntegrityError:
        raise TooLate(_("There is an account with this address now. Sign in to join.")) from None


def _wake() -> None:
    try:
        current_app.send_task("aftersales.tenants.tasks.send_invitations", expires=60, retry=False)
    except (OperationalError, OSError) as error:
        # The row is committed; beat asks every minute, and sends it once the broker is back.
        logger.warning("The broker cannot be reached, the invitation waits for it: %s", error)

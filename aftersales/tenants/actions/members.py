"""Members: their role, whether they may come in, their name."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import invitations
from ..models import AuditEvent, Membership, Organization, User
from ..roles import Role
from .base import TooLate, lock, record, require


def change_role(membership: Membership, *, by: Membership, role: str) -> Membership:
    """Return the member in its new role, which counts from its next page on.

    Raises Refused for one's own role and for the last active admin.
    """
    membership = _locked(membership, by)
    require(membership.pk != by.pk, _("Nobody changes their own role. Ask another admin."), "role")
    if membership.role != role:
        _keep_an_admin(membership, role)
        before, membership.role = membership.role, Role(role)
        membership.save(update_fields=["role"])
        record(AuditEvent.Verb.ROLE_CHANGED, by=by, subject=membership.user, role=[before, str(role)])
    return membership


def deactivate(membership: Membership, *, by: Membership) -> Membership:
    """Return the member switched off: its next page is already closed, and its open invitations are revoked.

    Raises Refused for oneself and the last active admin, TooLate where it is done.
    """
    membership = _locked(membership, by)
    require(membership.pk != by.pk, _("Nobody switches off themselves. Ask another admin."))
    if not membership.is_active:
        raise TooLate(_("This member is switched off already."))
    _keep_an_admin(membership, None)
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    waiting = invitations.open_of(membership.organization).filter(email=membership.user.email)
    waiting.update(revoked_at=timezone.now(), send_at=None)
    record(AuditEvent.Verb.DEACTIVATED, by=by, subject=membership.user)
    return membership


def reactivate(membership: Membership, *, by: Membership) -> Membership:
    """Return the member switched on again, in its former role. Raises TooLate where it is done."""
    membership = _locked(membership, by)
    if membership.is_active:
        raise TooLate(_("This member is switched on already."))
    membership.is_active = True
    membership.save(update_fields=["is_active"])
    record(AuditEvent.Verb.REACTIVATED, by=by, subject=membership.user, role=membership.role)
    return membership


def change_name(user: User, *, name: str) -> User:
    """Return the person under the new name."""
    user.name = name
    user.save(update_fields=["name"])
    return user


def _locked(membership: Membership, by: Membership) -> Membership:
    organization: Organization = lock(membership.organization, by)
    return Membership.objects.select_related("user", "organization").get(pk=membership.pk, organization=organization)


def _keep_an_admin(membership: Membership, role: str | None) -> None:
    """Raise Refused where the change would leave the organization without an admin who can sign in."""
    if membership.role != Role.ADMIN or not membership.is_active or role == Role.ADMIN:
        return
    admins = Membership.objects.filter(
        organization=membership.organization_id, role=Role.ADMIN, is_active=True, user__is_active=True
    )
    require(
        admins.exclude(pk=membership.pk).exists(), _("This is the last admin. Make somebody else admin first."), "role"
    )

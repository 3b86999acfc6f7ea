"""What every action shares: the refusal, the lock, the row of the audit list."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from ..models import AuditEvent, Membership, Organization
from ..roles import Permission


class Refused(Exception):
    """The action is not possible; nothing was changed. `field` names the input to mend, where there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field


class TooLate(Refused):
    """Somebody was faster."""


def require(condition: object, message: str, field: str = "") -> None:
    """Raise Refused with `message` unless `condition` holds."""
    if not condition:
        raise Refused(message, field)


def lock(organization: Organization, by: Membership | None) -> Organization:
    """Return the organization as it stands, its settings locked until the transaction ends.

    Every change of members and settings waits here for the one before it; work on tickets does not (FOR NO KEY UPDATE).
    Whoever acts is read again behind the lock: a right that was taken away a moment ago is gone. None is the
    installation itself. Raises Refused where `by` may no longer administer.
    """
    fresh = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    if by is not None:
        now = Membership.objects.select_related("user").filter(pk=by.pk, organization=fresh).first()
        allowed = now is not None and now.user.is_active and now.can(Permission.ADMINISTER)
        require(allowed, _("You may no longer change the settings."))
    return fresh


def record(verb: AuditEvent.Verb, *, by: Membership | None, subject: object = "", **data: Any) -> AuditEvent:
    """Write who did what, in the entered organization. Without `by` the installation did it."""
    return AuditEvent.objects.create(
        verb=verb, actor=by.user if by else None, actor_name=str(by.user)[:120] if by else "",
        subject=str(subject)[:254], data=data,
    )  # fmt: skip


def changed(row: models.Model, fields: dict[str, Any]) -> dict[str, list[str]]:
    """Return {name: [before, after]}, as text, of the fields whose value differs from the row's."""
    return {
        name: [str(getattr(row, name)), str(value)] for name, value in fields.items() if getattr(row, name) != value
    }

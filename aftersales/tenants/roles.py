"""The three roles and what each allows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    """What a role allows. Manager includes operator, admin includes manager (`docs/architecture.md`)."""

    WORK = "work", _("Work on tickets")
    MANAGE = "manage", _("Approve, decide and read reports")
    ADMINISTER = "administer", _("Change settings and members")


class Role(models.TextChoices):
    """A member's role in one organization."""

    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.OPERATOR: frozenset({Permission.WORK}),
    Role.MANAGER: frozenset({Permission.WORK, Permission.MANAGE}),
    Role.ADMIN: frozenset({Permission.WORK, Permission.MANAGE, Permission.ADMINISTER}),
}

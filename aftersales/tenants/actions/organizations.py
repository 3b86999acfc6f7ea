"""Making an organization, and changing what it is."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from .. import default_rules
from ..models import AuditEvent, Calendar, CalendarSlot, Invitation, Membership, Organization, RulesVersion, Team
from ..roles import Role
from ..scope import tenant
from .base import changed, lock, record
from .invitations import invite

OPENS, CLOSES = dt.time(9), dt.time(18)
WORKING_DAYS = range(5)


def create_organization(*, email: str, **fields: Any) -> tuple[Organization, Invitation]:
    """Return the new organization, ready to work, and the invitation of its first admin at `email`.

    `fields` are those of Organization, slug and name at least. It gets a calendar (Monday to Friday, 9 to 18 in its
    time zone), five teams and version 1 of the rules page, all in its language. Raises ValidationError where a field
    is wrong or the slug is taken; nothing is kept then.
    """
    organization = Organization(**fields)
    organization.full_clean()
    with transaction.atomic(), translation.override(organization.language):
        organization.save()
        with tenant(organization):
            record(AuditEvent.Verb.ORGANIZATION_CREATED, by=None, subject=organization)
            _calendar(organization)
            Team.objects.bulk_create(Team(name=name) for name in _team_names())
            RulesVersion.objects.create(
                version=1, terms=default_rules.TERMS, compensation=default_rules.COMPENSATION,
                prohibited=default_rules.PROHIBITED,
            )  # fmt: skip
            invitation = invite(organization, by=None, email=email, role=Role.ADMIN)
    return organization, invitation


def change_organization(organization: Organization, *, by: Membership, **fields: Any) -> Organization:
    """Return the organization with the given fields changed."""
    organization = lock(organization, by)
    differences = changed(organization, fields)
    if differences:
        for name in differences:
            setattr(organization, name, fields[name])
        organization.save(update_fields=list(differences))
        record(AuditEvent.Verb.ORGANIZATION_CHANGED, by=by, subject=organization, **differences)
    return organization


def _team_names() -> list[str]:
    return [_("Procurement"), _("Warehouse"), _("Logistics"), _("Customs"), _("Finance")]


def _calendar(organization: Organization) -> None:
    calendar = Calendar.objects.create(name=_("Working hours"), time_zone=organization.time_zone, is_default=True)
    CalendarSlot.objects.bulk_create(
        CalendarSlot(calendar=calendar, weekday=day, start=OPENS, end=CLOSES) for day in WORKING_DAYS
    )

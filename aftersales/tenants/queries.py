"""What the pages of people and settings list."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from .models import ApiKey, AuditEvent, Calendar, Invitation, Membership, Organization, RulesVersion, Team, TeamMember

SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the key after which the next ones follow; empty on the last page."""

    rows: list[Any]
    next_key: str = ""


def page(rows: QuerySet, key: str, size: int = SIZE) -> Page:
    """Return the first rows; `key` is the attribute that orders them, dots lead into a related row."""
    found = list(rows[: size + 1])
    if len(found) <= size:
        return Page(found)
    value: Any = found[size - 1]
    for part in key.split("."):
        value = getattr(value, part)
    return Page(found[:size], str(value))


def number(text: str) -> int | None:
    """Return a row's key read from an address, None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def members(organization: Organization, *, after: str = "") -> Page:
    """Return members by e-mail address, those after `after` (an address)."""
    rows = Membership.objects.filter(organization=organization).select_related("user").order_by("user__email")
    return page(rows.filter(user__email__gt=after) if after else rows, "user.email")


def member(organization: Organization, pk: int) -> Membership | None:
    """Return the organization's member with this key."""
    rows = Membership.objects.filter(organization=organization, pk=pk).select_related("user", "organization")
    return rows.first()


def pending(organization: Organization) -> list[Invitation]:
    """Return the invitations neither accepted nor revoked, open ones and up to 100 that ended, the newest first."""
    rows = Invitation.objects.filter(organization=organization, accepted_at=None, revoked_at=None)
    return list(rows.select_related("invited_by").order_by("-pk")[:200])


def invitation(organization: Organization, pk: int) -> Invitation | None:
    """Return the organization's invitation with this key."""
    return Invitation.objects.filter(organization=organization, pk=pk).select_related("organization").first()


def teams_of(user_id: int) -> list[Team]:
    """Return the entered organization's teams that the person is in."""
    return list(Team.objects.filter(members__user_id=user_id))


def teams() -> list[Team]:
    """Return the entered organization's teams with their members; those that take tickets first."""
    rows = TeamMember.objects.select_related("user").order_by("user__name", "user__email")
    return list(Team.objects.prefetch_related(Prefetch("members", rows)).order_by("-is_active", "name"))


# ── calendar and rules ─────────────────────────────────────────────────────────────────────────────────────────────
def calendars() -> list[Calendar]:
    """Return the entered organization's calendars with their slots, the default first."""
    return list(Calendar.objects.prefetch_related("slots"))


def rules(version: int | None = None) -> RulesVersion | None:
    """Return that version of the rules page, or the current one."""
    rows = RulesVersion.objects.select_related("published_by")
    return rows.filter(version=version).first() if version is not None else rows.first()


def rules_history(*, before: int | None = None) -> Page:
    """Return versions without their texts, the newest first, those before `before`."""
    rows = RulesVersion.objects.select_related("published_by").defer("terms", "compensation", "prohibited")
    return page(rows.filter(version__lt=before) if before is not None else rows, "version")


# ── audit ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def audit(*, before: int | None = None) -> Page:
    """Return changes of the settings, the newest first, those before the row `before`."""
    rows = AuditEvent.objects.select_related("actor")
    return page(rows.filter(pk__lt=before) if before is not None else rows, "pk")


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def api_keys(*, before: int | None = None) -> Page:
    """Return API keys, the newest first, those before the row `before`."""
    rows = ApiKey.objects.select_related("created_by")
    return page(rows.filter(pk__lt=before) if before is not None else rows, "pk")

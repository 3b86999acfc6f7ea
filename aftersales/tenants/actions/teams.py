"""Teams: made, renamed, filled, taken out of service."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from ..models import AuditEvent, Membership, Organization, Team, TeamMember, User
from .base import lock, record, require

MOST = 100


def create_team(organization: Organization, *, by: Membership, name: str, users: Iterable[User] = ()) -> Team:
    """Return the new team. Raises Refused (field name) for a name that is taken, and beyond 100 teams."""
    organization = lock(organization, by)
    _require_free(name)
    require(Team.objects.count() < MOST, _("%(count)d teams are the most.") % {"count": MOST}, "name")
    team = Team.objects.create(name=name)
    _fill(team, _of(organization, users))
    record(AuditEvent.Verb.TEAM_CREATED, by=by, subject=name, members=_emails(team))
    return team


def change_team(team: Team, *, by: Membership, name: str, is_active: bool, users: Iterable[User]) -> Team:
    """Return the team with its new name and members. Out of service it keeps its tickets and takes no more."""
    organization = lock(by.organization, by)
    team = Team.objects.get(pk=team.pk)
    _require_free(name, team)
    before = {"name": team.name, "is_active": str(team.is_active), "members": _emails(team)}
    team.name, team.is_active = name, is_active
    team.save(update_fields=["name", "is_active"])
    _fill(team, _of(organization, users))
    after = {"name": name, "is_active": str(is_active), "members": _emails(team)}
    differences = {key: [before[key], after[key]] for key in before if before[key] != after[key]}
    if differences:
        record(AuditEvent.Verb.TEAM_CHANGED, by=by, subject=before["name"], **differences)
    return team


def _require_free(name: str, team: Team | None = None) -> None:
    others = Team.objects.filter(name__iexact=name).exclude(pk=team.pk if team else None)
    require(not others.exists(), _("There is a team of this name."), "name")


def _of(organization: Organization, users: Iterable[User]) -> set[int]:
    """Return the keys of those users who are members; raises Refused where one is not."""
    wanted = {user.pk for user in users}
    found = Membership.objects.filter(organization=organization, user__in=wanted).values_list("user_id", flat=True)
    require(set(found) == wanted, _("Choose members of the organization."), "users")
    return wanted


def _fill(team: Team, wanted: set[int]) -> None:
    kept = set(TeamMember.objects.filter(team=team).values_list("user_id", flat=True))
    TeamMember.objects.filter(team=team, user__in=kept - wanted).delete()
    TeamMember.objects.bulk_create(TeamMember(team=team, user_id=pk) for pk in sorted(wanted - kept))


def _emails(team: Team) -> str:
    return ", ".join(TeamMember.objects.filter(team=team).order_by("user__email").values_list("user__email", flat=True))

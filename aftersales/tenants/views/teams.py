"""Settings: teams."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import actions, queries
from ..forms.members import TeamForm
from ..models import Team
from ..permissions import Permission, requires
from .attempts import attempt


@requires(Permission.ADMINISTER)
@require_safe
def teams(request: HttpRequest, org: str) -> HttpResponse:
    """All teams with their members."""
    return render(request, "settings/teams.html", {"teams": queries.teams()})


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_team(request: HttpRequest, org: str) -> HttpResponse:
    """Make a team."""
    form = TeamForm(request.POST or None, organization=request.organization)
    status = 200
    if request.method == "POST":
        status = attempt(form, lambda data: actions.create_team(request.organization, by=request.membership, **data))
        if not status:
            messages.success(request, _("The team is made."))
            return redirect("settings:teams", org=org)
    return render(request, "settings/team.html", {"form": form, "team": None}, status=status)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Rename a team, fill it, take it out of service."""
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, organization=request.organization, team=found)
    status = 200
    if request.method == "POST":
        status = attempt(form, lambda data: actions.change_team(found, by=request.membership, **data))
        if not status:
            messages.success(request, _("Saved."))
            return redirect("settings:teams", org=org)
    return render(request, "settings/team.html", {"form": form, "team": found}, status=status)

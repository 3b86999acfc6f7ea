"""Settings: members and invitations."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .. import actions, queries
from ..forms.members import InviteForm, RoleForm
from ..models import Invitation, Membership
from ..permissions import Permission, requires
from ..roles import Role
from .attempts import attempt, press


def _page(request: HttpRequest, form: InviteForm | None = None, status: int = 200) -> HttpResponse:
    form = form or InviteForm(initial={"role": Role.OPERATOR})
    page = queries.members(request.organization, after=request.GET.get("after", ""))
    context = {"page": page, "form": form, "pending": queries.pending(request.organization)}
    return render(request, "settings/members.html", context, status=status)


def _member(request: HttpRequest, pk: int) -> Membership:
    found = queries.member(request.organization, pk)
    if found is None:
        raise Http404
    return found


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    found = queries.invitation(request.organization, pk)
    if found is None:
        raise Http404
    return found


@requires(Permission.ADMINISTER)
@require_safe
def members(request: HttpRequest, org: str) -> HttpResponse:
    """Who belongs here, who is invited, and the form to invite."""
    return _page(request)


@requires(Permission.ADMINISTER)
@require_POST
def invite(request: HttpRequest, org: str) -> HttpResponse:
    """Invite somebody by mail."""
    form = InviteForm(request.POST)
    status = attempt(form, lambda data: actions.invite(request.organization, by=request.membership, **data))
    if status:
        return _page(request, form, status)
    messages.success(request, _("The invitation to %(email)s is on its way.") % {"email": form.cleaned_data["email"]})
    return redirect("settings:members", org=org)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """One member: role, teams, switched on or off."""
    found = _member(request, pk)
    form = RoleForm(request.POST or None, initial={"role": found.role})
    status = 200
    if request.method == "POST":
        status = attempt(form, lambda data: actions.change_role(found, by=request.membership, role=data["role"]))
        if not status:
            messages.success(request, _("Saved."))
            return redirect("settings:members", org=org)
    context = {
        "member": found,
        "form": form,
        "teams": queries.teams_of(found.user_id),
        "is_self": found.pk == request.membership.pk,
    }
    return render(request, "settings/member.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def deactivate(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Close the organization for a member."""
    found = _member(request, pk)
    done = _("%(name)s is switched off and can no longer come in.") % {"name": found.user}
    press(request, lambda: actions.deactivate(found, by=request.membership), done)
    return redirect("settings:member", org=org, pk=pk)


@requires(Permission.ADMINISTER)
@require_POST
def reactivate(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Let a member in again."""
    found = _member(request, pk)
    done = _("%(name)s can come in again.") % {"name": found.user}
    press(request, lambda: actions.reactivate(found, by=request.membership), done)
    return redirect("settings:member", org=org, pk=pk)


@requires(Permission.ADMINISTER)
@require_POST
def send_again(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Send an invitation with a new link and seven new days."""
    found = _invitation(request, pk)
    done = _("The invitation to %(email)s is on its way.") % {"email": found.email}
    press(request, lambda: actions.send_again(found, by=request.membership), done)
    return redirect("settings:members", org=org)


@requires(Permission.ADMINISTER)
@require_POST
def revoke(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take an invitation back."""
    found = _invitation(request, pk)
    done = _("The invitation to %(email)s is revoked; its link opens nothing.") % {"email": found.email}
    press(request, lambda: actions.revoke_invitation(found, by=request.membership), done)
    return redirect("settings:members", org=org)

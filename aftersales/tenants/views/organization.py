"""Settings: the organization itself, and who changed what."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import actions, audit_words, queries
from ..forms.organization import OrganizationForm
from ..permissions import Permission, requires
from .attempts import attempt


@requires(Permission.ADMINISTER)
@require_safe
def index(request: HttpRequest, org: str) -> HttpResponse:
    """Settings begin with the organization."""
    return redirect("settings:organization", org=org)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def organization(request: HttpRequest, org: str) -> HttpResponse:
    """Name, time zone, money and windows."""
    form = OrganizationForm(request.POST or None, instance=request.organization)
    status = 200
    if request.method == "POST":

        def act(data):
            actions.change_organization(request.organization, by=request.membership, **data)

        status = attempt(form, act)
        if not status:
            messages.success(request, _("Saved."))
            return redirect("settings:organization", org=org)
    return render(request, "settings/organization.html", {"form": form}, status=status)


@requires(Permission.ADMINISTER)
@require_safe
def audit(request: HttpRequest, org: str) -> HttpResponse:
    """Every change of settings and members, the newest first."""
    page = queries.audit(before=queries.number(request.GET.get("before", "")))
    for event in page.rows:
        event.lines = audit_words.lines(event)
    return render(request, "settings/audit.html", {"page": page})

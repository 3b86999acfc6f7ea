"""Settings: the evidence store — how full it is, what waits, and whether all bytes are still those received."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import requires
from aftersales.tenants.roles import Permission

from .. import actions, queries


@requires(Permission.MANAGE)
@require_safe
def evidence_store(request: HttpRequest, org: str) -> HttpResponse:
    """Show the state of the store."""
    return render(request, "settings/evidence.html", {"store": queries.store_of(request.organization)})


@requires(Permission.MANAGE)
@require_POST
def verify_evidence(request: HttpRequest, org: str) -> HttpResponse:
    """Have a worker re-hash everything and check the logs."""
    if actions.ask_for_verification(request.organization):
        messages.success(request, _("Everything is being checked. The result stands here when it is done."))
    else:
        messages.error(request, _("A check is running already, or no worker could be reached. Try again in a minute."))
    return redirect("settings:evidence", org=org)

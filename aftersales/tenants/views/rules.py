"""The rules page: as the public reads it, and as the admin writes it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from .. import actions, queries
from ..forms.rules import RulesForm
from ..permissions import Permission, public, requires
from .attempts import attempt

LARGEST_VERSION = 2**31 - 1


@public
@require_safe
def public_rules(request: HttpRequest, org: str) -> HttpResponse:
    """Terms, compensation standards and prohibited items: the current version, or the one that `?version=` names."""
    current = queries.rules()
    shown = current
    if "version" in request.GET:
        shown = _version(queries.number(request.GET["version"]))
    context = {"rules": shown, "current": current, "history": queries.rules_history().rows}
    return render(request, "portal/rules.html", context)


def _version(number: int | None):
    found = queries.rules(number) if number is not None and number <= LARGEST_VERSION else None
    if found is None:
        raise Http404
    return found


@requires(Permission.ADMINISTER)
@require_safe
def rules(request: HttpRequest, org: str) -> HttpResponse:
    """The current version and all before it."""
    before = queries.number(request.GET.get("before", ""))
    if before is not None and before > LARGEST_VERSION:
        raise Http404
    context = {"rules": queries.rules(), "page": queries.rules_history(before=before)}
    return render(request, "settings/rules.html", context)


@requires(Permission.ADMINISTER)
@require_safe
def rules_version(request: HttpRequest, org: str, version: int) -> HttpResponse:
    """One version as it was published."""
    return render(request, "settings/rules_version.html", {"rules": _version(version)})


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_rules(request: HttpRequest, org: str) -> HttpResponse:
    """Write the next version, beginning with the current one."""
    current = queries.rules()
    form = RulesForm(request.POST or None, current=current)
    status = 200
    if request.method == "POST":
        status = attempt(form, lambda data: actions.publish_rules(request.organization, by=request.membership, **data))
        if not status:
            messages.success(request, _("Published. Every complaint from now on is filed under this version."))
            return redirect("settings:rules", org=org)
        if status == 409 and current:
            # What was typed stays; the next press publishes on top of the version that the sentence names.
            form.data = form.data.copy()
            form.data["based_on"] = str(current.version)
    return render(request, "settings/edit_rules.html", {"form": form, "current": current}, status=status)

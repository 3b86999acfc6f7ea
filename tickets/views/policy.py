"""Settings → Policy: the windows to complain and the plan that is proposed by default."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires
from aftersales.tenants.views.attempts import attempt, press

from ..actions import policy as actions
from ..forms.policy import RemedyForm, WindowForm
from ..policy import CHECKED_ON, NAMES
from ..queries import policy as queries


@requires(Permission.ADMINISTER)
@require_safe
def policy(request: HttpRequest, org: str) -> HttpResponse:
    """Windows and remedies in their order."""
    windows, own_windows = queries.windows()
    remedies, own_remedies = queries.remedies()
    context = {
        "windows": windows, "own_windows": own_windows, "remedies": remedies, "own_remedies": own_remedies,
        "checked_on": CHECKED_ON,
    }  # fmt: skip
    return render(request, "settings/policy.html", context)


def _of(request: HttpRequest) -> dict[str, str] | None:
    """Return which window the address names; None for a new one. Raises Http404 for one that there is not."""
    if not any(name in request.GET for name in NAMES):
        return None
    of = {name: request.GET.get(name, "") for name in NAMES}
    if request.method != "POST" and queries.window(of) is None:
        raise Http404
    return of


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def window(request: HttpRequest, org: str) -> HttpResponse:
    """Change a window or add one."""
    of = _of(request)
    found = queries.window(of) if of else None
    initial = WindowForm.initial_of(found, timezone.localdate())
    form = WindowForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = attempt(
            form, lambda data: actions.save_window(request.organization, by=request.membership, of=of, **data)
        )
        if not status:
            return _saved(request, org)
    context = {"form": form, "found": found, "about": queries.about(found) if found else ""}
    return render(request, "settings/policy_window.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def remove_window(request: HttpRequest, org: str) -> HttpResponse:
    """Remove a window."""
    of = {name: request.GET.get(name, "") for name in NAMES}
    press(request, lambda: actions.remove_window(request.organization, by=request.membership, of=of), _("Removed."))
    return redirect("settings:policy", org=org)


def _position(request: HttpRequest) -> int | None:
    typed = request.GET.get("of", "")
    if typed and not (typed.isascii() and typed.isdigit()):
        raise Http404
    return int(typed) if typed else None


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def remedy(request: HttpRequest, org: str) -> HttpResponse:
    """Change a remedy or add one."""
    of = _position(request)
    found = queries.remedy(of) if of is not None else None
    if of is not None and found is None and request.method != "POST":
        raise Http404
    form = RemedyForm(request.POST or None, initial=RemedyForm.initial_of(found, queries.next_position()))
    status = 200
    if request.method == "POST":

        def do(_data: dict[str, Any]) -> None:
            actions.save_remedy(request.organization, by=request.membership, of=of, **form.values())

        status = attempt(form, do)
        if not status:
            return _saved(request, org)
    return render(request, "settings/policy_remedy.html", {"form": form, "found": found}, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def remove_remedy(request: HttpRequest, org: str) -> HttpResponse:
    """Remove a remedy."""
    of = _position(request) or 0
    press(request, lambda: actions.remove_remedy(request.organization, by=request.membership, of=of), _("Removed."))
    return redirect("settings:policy", org=org)


def _saved(request: HttpRequest, org: str) -> HttpResponse:
    messages.success(request, _("Saved. Plans proposed from now on use it."))
    return redirect("settings:policy", org=org)

"""Settings → Problems: the two levels, their names, and what can be chosen."""

from typing import TypeVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires
from aftersales.tenants.views.attempts import attempt, press

from ..actions import taxonomy as actions
from ..forms.taxonomy import ProblemWordsForm
from ..problems import Group, Problem, is_retired
from ..queries import taxonomy as queries

Kind = TypeVar("Kind", Problem, Group)


@requires(Permission.ADMINISTER)
@require_safe
def problems(request: HttpRequest, org: str) -> HttpResponse:
    """Both levels."""
    return render(request, "settings/problems.html", {"groups": queries.taxonomy()})


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def problem(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """The names of a problem, and whether it can be chosen."""
    return _words(request, org, _known(Problem, code))


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """The names of a group."""
    return _words(request, org, _known(Group, code))


def _known(kind: type[Kind], code: str) -> Kind:
    if code not in kind.values:
        raise Http404
    return kind(code)


def _words(request: HttpRequest, org: str, found: Problem | Group) -> HttpResponse:
    form = ProblemWordsForm(request.POST or None, problem=found)
    status = 200
    if request.method == "POST":
        status = attempt(
            form,
            lambda _data: actions.rename_problem(
                request.organization, by=request.membership, problem=found, **form.words()
            ),
        )
        if not status:
            messages.success(request, _("Saved. Every page shows the new words from now on."))
            return redirect("settings:problems", org=org)
    is_problem = isinstance(found, Problem)
    context = {
        "form": form, "found": found, "is_problem": is_problem, "retired": is_problem and is_retired(found.value),
    }  # fmt: skip
    return render(request, "settings/problems_form.html", context, status=status)


@requires(Permission.ADMINISTER)
@require_POST
def retire(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """Nobody chooses it any more; old tickets keep it."""
    found = _known(Problem, code)
    press(
        request,
        lambda: actions.retire_problem(request.organization, by=request.membership, problem=found),
        _("Nobody can choose “%(name)s” any more; tickets that have it keep it.") % {"name": found.label},
    )
    return redirect("settings:problems", org=org)


@requires(Permission.ADMINISTER)
@require_POST
def restore(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """It can be chosen again."""
    found = _known(Problem, code)
    press(
        request,
        lambda: actions.restore_problem(request.organization, by=request.membership, problem=found),
        _("“%(name)s” can be chosen again.") % {"name": found.label},
    )
    return redirect("settings:problems", org=org)

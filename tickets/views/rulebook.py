"""Settings → Responsibility rules: the decision table, its versions, and how its rules fare. Managers read it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aftersales.tenants.permissions import Permission, requires

from ..queries import inbox, rule_words
from ..queries import rulebook as queries
from ..rulebook import find, unreachable

LARGEST_VERSION = 2**31 - 1


@requires(Permission.MANAGE)
@require_safe
def rulebook(request: HttpRequest, org: str) -> HttpResponse:
    """The published table by groups of problems, and the rules that people keep deciding otherwise on."""
    published, draft = queries.both()
    rules = queries.rules_of(published)
    figures = queries.figures()
    text = request.GET.get("q", "").strip()[:80]
    rows = rule_words.rows(rules, figures=figures)
    shown, tabs = rule_words.in_group(rows, request.GET.get("group", ""))
    context = {
        "published": published, "draft": draft, "total": len(rules), "text": text,
        "may_change": _may_change(request),
        "groups": rule_words.by_group(rule_words.matching(rows, text) if text else shown), "tabs": tabs,
        "standing_out": rule_words.named(rows, queries.standing_out(figures)) if not text else [],
    }  # fmt: skip
    return render(request, "settings/rulebook.html", context)


@requires(Permission.MANAGE)
@require_safe
def rule(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """One rule of the published table in full, and each decision on it."""
    rules = queries.rules_of(queries.published())
    found = find(rules, code)
    if found is None:
        raise Http404
    figures = queries.figures().get(code)
    before = inbox.key(request.GET.get("before", ""))
    context = {
        "row": rule_words.row(found, position=rules.index(found) + 1, figures=figures), "figures": figures,
        "page": queries.decisions_on(code, before=before), "first": not before,
    }  # fmt: skip
    return render(request, "settings/rulebook_rule.html", context)


@requires(Permission.MANAGE)
@require_safe
def versions(request: HttpRequest, org: str) -> HttpResponse:
    """All versions: who, when, what changed and why."""
    before = inbox.key(request.GET.get("before", ""))
    if before > LARGEST_VERSION:
        raise Http404
    return render(request, "settings/rulebook_versions.html", {"page": queries.versions(before=before)})


@requires(Permission.MANAGE)
@require_safe
def version(request: HttpRequest, org: str, version: int) -> HttpResponse:
    """One published version as it was; an admin makes a draft from it."""
    found = queries.version(version) if version <= LARGEST_VERSION else None
    if found is None:
        raise Http404
    rows = rule_words.rows(found.rules, unreachable=unreachable(found.rules))
    context = {
        "version": found, "groups": rule_words.by_group(rows), "may_change": _may_change(request),
        "is_current": found == queries.published(),
    }  # fmt: skip
    return render(request, "settings/rulebook_version.html", context)


def _may_change(request: HttpRequest) -> bool:
    return request.membership.can(Permission.ADMINISTER)  # type: ignore[attr-defined]

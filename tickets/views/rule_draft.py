"""The draft of the decision table: changed rule by rule, tried on past tickets, published. Admins work on it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires
from aftersales.tenants.views.attempts import attempt, press

from ..actions import rule_trial
from ..actions import rulebook as actions
from ..forms.rulebook import PublishForm, RuleForm
from ..models import RuleSet
from ..queries import rule_words
from ..queries import rulebook as queries
from ..rulebook import Data, difference, digest, find, unreachable

LARGEST = 10**6


@requires(Permission.ADMINISTER)
@require_POST
def start(request: HttpRequest, org: str) -> HttpResponse:
    """Begin a draft with the published rules, or with those of an old version."""
    number = request.POST.get("version", "")
    if number:
        chosen = queries.version(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
        if chosen is None:
            raise Http404
    else:
        chosen = queries.published()
    rules = queries.rules_of(chosen)
    press(
        request,
        lambda: actions.start_draft(request.organization, by=request.membership, rules=rules, wanted=bool(number)),
        _("This is your draft. Nothing changes until it is published."),
    )
    return redirect("settings:rulebook_draft", org=org)


@requires(Permission.ADMINISTER)
@require_safe
def draft(request: HttpRequest, org: str) -> HttpResponse:
    """The draft in its order, what is different, the trial, and publishing."""
    published, found = queries.both()
    return _draft(request, published, found, PublishForm()) if found else _none(request, org)


def _none(request: HttpRequest, org: str) -> HttpResponse:
    messages.info(request, _("There is no draft now. The published rules are below."))
    return redirect("settings:rulebook", org=org)


def _draft(
    request: HttpRequest, published: RuleSet | None, found: RuleSet, form: PublishForm, status: int = 200
) -> HttpResponse:
    before = queries.rules_of(published)
    changes = difference(before, found.rules)
    text = request.GET.get("q", "").strip()[:80]
    rows = rule_words.rows(found.rules, changes=changes, unreachable=unreachable(found.rules))
    shown, tabs = rule_words.in_group(rows, request.GET.get("group", ""))
    context = {
        "published": published, "tabs": tabs, "draft": found, "changes": changes, "text": text, "form": form,
        "total": len(rows), "rows": rule_words.matching(rows, text) if text else shown,
        "removed": rule_words.rows([rule for rule in before if rule["code"] in changes.removed]),
        "added": [row for row in rows if row.code in changes.added],
        "changed": rule_words.different(before, rows, changes.changed),
        "moved": rule_words.different(before, rows, changes.moved),
        "lost": [row for row in rows if row.behind], "trial": rule_words.trial(found),
    }  # fmt: skip
    return render(request, "settings/rulebook_draft.html", context, status=status)


# ── one rule ───────────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: HttpRequest, org: str) -> HttpResponse:
    """A further rule, at the end of the draft."""
    found = queries.draft()
    if found is None and request.method != "POST":
        return _none(request, org)
    return _edit(request, org, found, None)


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def draft_rule(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """A rule of the draft. What was typed is kept where it cannot be saved."""
    found = queries.draft()
    now = find(found.rules, code) if found else None
    if now is None and "version" not in request.POST:
        raise Http404
    return _edit(request, org, found, now, code)


def _edit(request: HttpRequest, org: str, found: RuleSet | None, now: Data | None, code: str = "") -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = RuleForm(sent, rule=now, code=code, version=found.version if found else 0)
    status = 200
    if sent is not None and "more" in sent:
        form.only_redraw()
    elif sent is not None:
        status = attempt(form, lambda _data: _save(request, form))
        if not status:
            messages.success(request, _("Saved in the draft. Try it on past tickets before you publish it."))
            return _to_rule(org, form.rule())
    theirs = None
    if status == 409 and now is not None and found is not None:
        # What was typed stays; the next press puts it over the rule that is shown beside it.
        theirs = rule_words.row(now, position=found.rules.index(now) + 1)
        form.keep(was=digest(now))
    elif status == 409 and found is not None:
        form.keep(was="")
    context = {"form": form, "draft": found, "now": now, "theirs": theirs, "code": code, "conflict": status == 409}
    return render(request, "settings/rulebook_form.html", context, status=status)


def _to_rule(org: str, rule: Data | None) -> HttpResponse:
    """Go back to the draft, to where it shows the rule."""
    where = f"?group={rule_words.row(rule).tab}#rule-{rule['code']}" if rule else ""
    return redirect(reverse("settings:rulebook_draft", args=[org]) + where)


def _save(request: HttpRequest, form: RuleForm) -> None:
    actions.save_rule(
        request.organization, by=request.membership, version=form.cleaned_data["version"], code=form.code,
        rule=form.rule(), was=form.cleaned_data["was"],
    )  # fmt: skip


@requires(Permission.ADMINISTER)
@require_POST
def remove_rule(request: HttpRequest, org: str, code: str) -> HttpResponse:
    """Take a rule out of the draft."""
    found = _draft_or_404()
    if find(found.rules, code) is None and not request.POST.get("was"):
        raise Http404
    press(
        request,
        lambda: actions.remove_rule(
            request.organization, by=request.membership, version=found.version, code=code,
            was=request.POST.get("was", ""),
        ),
        _("Removed from the draft. The published version keeps it."),
    )  # fmt: skip
    return redirect("settings:rulebook_draft", org=org)


@requires(Permission.ADMINISTER)
@require_POST
def move_rule(request: HttpRequest, org: str) -> HttpResponse:
    """Put a rule one place up or down (`up`, `down`), or to the place typed beside it (`to-<code>`)."""
    found = _draft_or_404()
    codes = [rule["code"] for rule in found.rules]
    code, position = _wanted(request, codes)
    if code not in codes or position is None:
        messages.warning(request, _("Write the place as a whole number."))
        return redirect("settings:rulebook_draft", org=org)
    press(
        request,
        lambda: actions.move_rule(
            request.organization, by=request.membership, version=found.version, code=code, position=position
        ),
        _("Moved. The first rule that fits decides."),
    )
    return _to_rule(org, find(found.rules, code))


def _wanted(request: HttpRequest, codes: list[str]) -> tuple[str, int | None]:
    for name, step in (("up", 0), ("down", 2)):
        code = request.POST.get(name, "")
        if code in codes:
            return code, codes.index(code) + step
    typed = [(code, request.POST.get(f"to-{code}", "").strip()) for code in codes]
    code, text = next(((code, text) for code, text in typed if text), ("", ""))
    return code, min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _draft_or_404() -> RuleSet:
    found = queries.draft()
    if found is None:
        raise Http404
    return found


# ── the whole draft ────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.ADMINISTER)
@require_POST
def discard(request: HttpRequest, org: str) -> HttpResponse:
    """Throw the draft away."""
    found = _draft_or_404()
    press(
        request,
        lambda: actions.discard_draft(request.organization, by=request.membership, version=found.version),
        _("The draft is thrown away. The published rules go on."),
    )
    return redirect("settings:rulebook", org=org)


@requires(Permission.ADMINISTER)
@require_POST
def try_draft(request: HttpRequest, org: str) -> HttpResponse:
    """Have a worker try the draft on past tickets."""
    found = _draft_or_404()
    press(
        request,
        lambda: rule_trial.start_trial(request.organization, by=request.membership, version=found.version),
        _("The draft is being tried on past tickets."),
    )
    return redirect("settings:rulebook_trial", org=org)


@requires(Permission.ADMINISTER)
@require_safe
def trial(request: HttpRequest, org: str) -> HttpResponse:
    """How far the trial is, and each ticket that the draft would have decided otherwise."""
    published, found = queries.both()
    if found is None:
        return _none(request, org)
    context = {"draft": found, "published": published, "trial": rule_words.trial(found)}
    fragment = request.headers.get("HX-Request") and "part" in request.GET
    page = "settings/_rulebook_trial.html" if fragment else "settings/rulebook_trial.html"
    return render(request, page, context)


@requires(Permission.ADMINISTER)
@require_POST
def publish(request: HttpRequest, org: str) -> HttpResponse:
    """Publish the draft: it decides from now on."""
    published, found = queries.both()
    if found is None:
        return _none(request, org)
    form = PublishForm(request.POST)
    before = queries.rules_of(published)
    status = attempt(
        form,
        lambda data: actions.publish_draft(
            request.organization, by=request.membership, version=data["version"] or found.version, note=data["note"],
            published=before,
        ),
    )  # fmt: skip
    if status:
        _published, fresh = queries.both()
        return _draft(request, published, fresh or found, form, status)
    messages.success(request, _("Published. Open tickets without a decision are recommended anew within minutes."))
    return redirect("settings:rulebook", org=org)

"""The organization's words for problems, and which of them are chosen no more. Codes never change."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.tenants.actions.base import lock, record, require
from aftersales.tenants.models import AuditEvent, Membership, Organization

from ..problems import NAMES, ON_TILE, TILE_OF, Group, Problem

Words = Mapping[str, str]
LONGEST = 60


def rename_problem(
    organization: Organization, *, by: Membership, problem: Problem | Group, names: Words, tile: Words | None = None
) -> Organization:
    """Return the organization with its own names of a problem or a group, by language; an empty one is the usual name.

    `tile` are the words on the customer's tile, for a problem that has one. Raises Refused (field `names_<language>`)
    where another problem is called so in that language already: nobody could tell them apart.
    """
    fresh = lock(organization, by)
    words = dict(fresh.problem_words.get(problem.key, {}))
    before = {part: dict(words.get(part, {})) for part in (NAMES, ON_TILE)}
    _require_unlike(fresh, problem, names)
    _put(words, NAMES, names)
    if problem in TILE_OF and isinstance(problem, Problem):
        _put(words, ON_TILE, tile or {})
    changes = _changes(problem, before, words)
    require(changes, _("Nothing is different."))
    _save(fresh, problem.key, words)
    record(AuditEvent.Verb.PROBLEM_RENAMED, by=by, subject=_said(fresh, problem), **changes)
    return fresh


def retire_problem(organization: Organization, *, by: Membership, problem: Problem) -> Organization:
    """Return the organization without this problem among the choices; tickets that have it keep it.

    Raises Refused for the last active problem, and for the last that customers can choose. Twice does nothing more.
    """
    fresh = lock(organization, by)
    words = fresh.problem_words.get(problem.key, {})
    if words.get("retired"):
        return fresh
    left = {p for p in Problem if p != problem and not fresh.problem_words.get(p.key, {}).get("retired")}
    require(left, _("This is the last active problem; bring back another one first."))
    require(
        problem not in TILE_OF or any(p in TILE_OF for p in left),
        _("This is the last problem that customers can choose; bring back another one first."),
    )
    _save(fresh, problem.key, {**words, "retired": True})
    record(AuditEvent.Verb.PROBLEM_RETIRED, by=by, subject=_said(fresh, problem))
    return fresh


def restore_problem(organization: Organization, *, by: Membership, problem: Problem) -> Organization:
    """Return the organization with this problem among the choices again."""
    fresh = lock(organization, by)
    words = dict(fresh.problem_words.get(problem.key, {}))
    if words.pop("retired", False):
        _save(fresh, problem.key, words)
        record(AuditEvent.Verb.PROBLEM_RESTORED, by=by, subject=_said(fresh, problem))
    return fresh


def name_in(organization: Organization, problem: Problem | Group, language: str) -> str:
    """Return how an organization calls a problem or a group in a language."""
    own = organization.problem_words.get(problem.key, {}).get(NAMES, {}).get(language)
    if own:
        return str(own)
    with translation.override(language):
        return str(problem.usual)


def _require_unlike(organization: Organization, problem: Problem | Group, names: Words) -> None:
    for language, name in names.items():
        require(len(name) <= LONGEST, _("At most %(count)d letters.") % {"count": LONGEST}, f"names_{language}")
        others = {name_in(organization, each, language).casefold() for each in type(problem) if each != problem}
        taken = name.strip() and name.strip().casefold() in others
        require(not taken, _("Another one has this name already."), f"names_{language}")


def _put(words: dict[str, Any], part: str, given: Words) -> None:
    known = dict(settings.LANGUAGES)
    kept = {language: " ".join(text.split()) for language, text in given.items() if language in known}
    kept = {language: text for language, text in kept.items() if text}
    words.pop(part, None)
    if kept:
        words[part] = kept


def _changes(problem: Problem | Group, before: Mapping[str, Words], words: Mapping[str, Words]) -> dict[str, list[str]]:
    changes = {}
    for part, label in ((NAMES, "name"), (ON_TILE, "tile")):
        for language, _name in settings.LANGUAGES:
            was, now = before[part].get(language, ""), words.get(part, {}).get(language, "")
            if was != now:
                changes[f"{label}_{language}"] = [was, now]
    return changes


def _save(organization: Organization, key: str, words: dict[str, Any]) -> None:
    organization.problem_words = {**organization.problem_words, key: words}
    if not words:
        del organization.problem_words[key]
    organization.save(update_fields=["problem_words"])


def _said(organization: Organization, problem: Problem | Group) -> str:
    return name_in(organization, problem, settings.LANGUAGE_CODE)

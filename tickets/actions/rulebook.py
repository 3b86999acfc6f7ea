"""The organization's decision table: one draft at a time, changed rule by rule; what is published stays as it is.

Who administers acts here, so these raise Refused and TooLate of `aftersales.tenants.actions`.
"""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.actions.base import TooLate, lock, record, require
from aftersales.tenants.models import AuditEvent, Membership, Organization

from ..models import RuleSet
from ..responsibility.rules import BadRule, parse
from ..rulebook import Data, difference, digest, find, placed
from .rule_trial import is_tried, wake_follow

Verb = AuditEvent.Verb
MOST_RULES = 2000
LONGEST_NOTE = 300


def start_draft(organization: Organization, *, by: Membership, rules: Sequence[Data], wanted: bool = False) -> RuleSet:
    """Return the organization's draft: the one that is there, else a new one that begins with `rules`.

    Raises TooLate where these very rules are `wanted` (an old version's) and somebody is at work on others.
    """
    lock(organization, by)
    draft = RuleSet.objects.filter(state=RuleSet.State.DRAFT).first()
    if draft is not None:
        if wanted:
            raise TooLate(_("There is a draft already. Publish it or throw it away first."))
        return draft
    last = RuleSet.objects.order_by("-version").values_list("version", flat=True).first() or 0
    draft = RuleSet.objects.create(version=last + 1, rules=list(rules), created_by=by.user)
    record(Verb.RULEBOOK_DRAFTED, by=by, subject=draft.version)
    return draft


def discard_draft(organization: Organization, *, by: Membership, version: int) -> None:
    """Throw the draft away; the published version goes on."""
    draft = _locked_draft(organization, by, version)
    draft.delete()
    record(Verb.RULEBOOK_DISCARDED, by=by, subject=version)


def save_rule(organization: Organization, *, by: Membership, version: int, code: str, rule: Data, was: str) -> RuleSet:
    """Return the draft with a rule changed, or added at the end where `was` is empty.

    `was` is the rule's `digest` when the form was opened. Raises TooLate where it is another one now, or gone; Refused
    naming the field for a rule that the table cannot have. The draft has to be tried again after it.
    """
    draft = _locked_draft(organization, by, version)
    now = find(draft.rules, code)
    require(was or now is None, _("There is a rule with this code already."), "code")
    if was and (now is None or digest(now) != was):
        raise TooLate(_("Somebody changed this rule while you typed.") if now else _("Somebody removed this rule."))
    rules = [rule if each["code"] == code else each for each in draft.rules]
    if now is None:
        rules.append(rule)
    require(len(rules) <= MOST_RULES, _("%(count)d rules are the most.") % {"count": MOST_RULES}, "code")
    _require_valid([rule])
    if now != rule:
        _keep(draft, rules)
        record(Verb.RULE_CHANGED if now else Verb.RULE_ADDED, by=by, subject=f"{code} ({version})")
    return draft


def remove_rule(organization: Organization, *, by: Membership, version: int, code: str, was: str) -> RuleSet:
    """Return the draft without a rule; published versions keep it. Raises TooLate where it is another one than seen."""
    draft = _locked_draft(organization, by, version)
    now = find(draft.rules, code)
    if now is None or digest(now) != was:
        raise TooLate(_("Somebody changed this rule meanwhile. Look at it again."))
    require(len(draft.rules) > 1, _("A table needs at least one rule."))
    _keep(draft, [each for each in draft.rules if each["code"] != code])
    record(Verb.RULE_REMOVED, by=by, subject=f"{code} ({version})")
    return draft


def move_rule(organization: Organization, *, by: Membership, version: int, code: str, position: int) -> RuleSet:
    """Return the draft with a rule at a position, counted from 1. Raises TooLate where the rule is gone."""
    draft = _locked_draft(organization, by, version)
    moved = find(draft.rules, code)
    if moved is None:
        raise TooLate(_("Somebody removed this rule."))
    rules = placed(draft.rules, code, position)
    if rules != draft.rules:
        _keep(draft, rules)
        record(Verb.RULE_MOVED, by=by, subject=f"{code} ({version})", position=str(rules.index(moved) + 1))
    return draft


def publish_draft(
    organization: Organization, *, by: Membership, version: int, note: str, published: Sequence[Data]
) -> RuleSet:
    """Return the version that decides from now on; recommendations of undecided tickets are made anew by a worker.

    `published` are the rules that it replaces. Raises Refused without a note (field `note`), where nothing is
    different, and where the draft was not tried since its last change.
    """
    draft = _locked_draft(organization, by, version)
    note = " ".join(note.split())
    require(note, _("Write what changed and why."), "note")
    require(len(note) <= LONGEST_NOTE, _("At most %(count)d letters.") % {"count": LONGEST_NOTE}, "note")
    changes = difference(published, draft.rules)
    require(len(changes), _("Nothing is different from the published rules."))
    _require_valid(draft.rules)
    require(is_tried(draft), _("Try the draft on past tickets first: it was changed since the last trial."))
    draft.state, draft.note, draft.published_at = RuleSet.State.PUBLISHED, note, timezone.now()
    draft.save(update_fields=["state", "note", "published_at"])
    record(
        Verb.RULEBOOK_PUBLISHED, by=by, subject=version, note=note,
        **{name: getattr(changes, name) for name in ("added", "changed", "moved", "removed") if getattr(changes, name)},
    )  # fmt: skip
    wake_follow(organization)
    return draft


def _locked_draft(organization: Organization, by: Membership, version: int) -> RuleSet:
    """Return the draft. Changes of settings wait for each other in `lock`; a trial's job waits here."""
    lock(organization, by)
    draft = RuleSet.objects.select_for_update(of=("self",)).filter(state=RuleSet.State.DRAFT, version=version).first()
    if draft is None:
        raise TooLate(_("This draft was published or thrown away meanwhile."))
    return draft


def _keep(draft: RuleSet, rules: list[Data]) -> None:
    # What was tried is not what stands here now.
    draft.rules, draft.trial = rules, {}
    draft.save(update_fields=["rules", "trial"])


def _require_valid(rules: list[Data]) -> None:
    try:
        parse(rules)
    except BadRule as bad:
        message: Any = bad.message if len(rules) == 1 else f"{bad.code}: {bad.message}"
        require(False, message, bad.field if len(rules) == 1 else "")

"""How rules read for people: each as a sentence, with where it comes from and how it fares."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from ..models import RuleSet
from ..problems import GROUP_OF, GROUPS, Group, Party, Problem
from ..proofs import Proof
from ..responsibility.catalogue import FACTS
from ..responsibility.rules import NOBODY, UNDECIDED
from ..rulebook import Data, Difference, digest, each_of
from .rulebook import Figures

# A fact whose value the basis names: "{late_days} days late".
COUNTED = re.compile(r"\{(\w+)\}")
MARKS = {
    "added": (gettext_lazy("New"), "green", "plus"),
    "changed": (gettext_lazy("Changed"), "amber", "pencil"),
    "moved": (gettext_lazy("Moved"), "blue", "arrows-sort"),
}


@dataclass(frozen=True)
class RuleRow:
    """A rule in words."""

    code: str
    position: int
    problems: list[str]
    conditions: list[str]
    shares: list[tuple[str, int]]
    verdict: str
    split: bool
    retired: bool
    confidence: int
    basis: str
    bases: list[tuple[str, str, str]]
    source: str
    since: dt.date | None
    asks_for: list[str]
    group: Group | None
    digest: str
    figures: Figures | None = None
    marks: list[tuple[Any, str, str]] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)

    @property
    def tab(self) -> str:
        """The group under which the table shows it."""
        return self.group.value if self.group else SEVERAL

    @property
    def when(self) -> str:
        """The conditions in one phrase, "" where it always holds."""
        return joined(self.conditions)

    @property
    def concerns(self) -> str:
        """The problems in one phrase."""
        return ", ".join(self.problems)

    @property
    def then(self) -> str:
        """What follows: the parties with their shares, that nobody is at fault, or that evidence is missing."""
        shares = ", ".join(_("%(party)s %(percent)d %%") % {"party": name, "percent": n} for name, n in self.shares)
        if self.split:
            shares = _("each party by the days it was late")
        if self.verdict == UNDECIDED:
            return (
                _("not enough evidence (so far: %(shares)s)") % {"shares": shares}
                if shares
                else _("not enough evidence")
            )
        if self.verdict == NOBODY:
            return (
                _("nobody is at fault (borne by: %(shares)s)") % {"shares": shares}
                if shares
                else _("nobody is at fault")
            )
        return shares

    @property
    def sentence(self) -> str:
        """The whole rule."""
        start = _("When %(conditions)s") % {"conditions": self.when} if self.conditions else _("Always")
        return _("%(start)s → %(then)s, %(sure)d %% sure") % {
            "start": start, "then": self.then, "sure": self.confidence,
        }  # fmt: skip


def joined(phrases: Sequence[str]) -> str:
    """Return phrases as a list in words: "a, b and c"."""
    if len(phrases) < 2:
        return "".join(phrases)
    return _("%(first)s and %(last)s") % {"first": ", ".join(phrases[:-1]), "last": phrases[-1]}


def row(
    rule: Data, *, position: int = 0, figures: Figures | None = None, changes: Difference | None = None,
    behind: Iterable[str] = (),
) -> RuleRow:  # fmt: skip
    """Return a rule in the reader's words."""
    groups = {GROUP_OF[problem] for problem in rule["problems"]}
    bases = [(code, str(name), rule["basis"].get(code, "")) for code, name in settings.LANGUAGES]
    return RuleRow(
        code=rule["code"], position=position, problems=_problems(rule["problems"]),
        conditions=[condition_words(each) for each in rule["when"]],
        shares=[(str(Party(party).label), percent) for party, percent in _largest_first(rule["shares"])],
        verdict=rule.get("verdict", ""), split=bool(rule.get("split")), retired=bool(rule.get("retired")),
        confidence=rule["confidence"], basis=basis_words(rule["basis"]), bases=[each for each in bases if each[2]],
        source=rule.get("source", ""), since=parse_date(rule.get("effective_from") or ""),
        asks_for=[str(Proof(proof).label) for proof in rule.get("asks_for", [])],
        group=groups.pop() if len(groups) == 1 else None, digest=digest(rule), figures=figures,
        marks=[MARKS[name] for name in changes.of(rule["code"])] if changes else [], behind=list(behind),
    )  # fmt: skip


OPS = {
    "is_true": gettext_lazy("%(fact)s"), "is_false": gettext_lazy("%(fact)s: no"),
    "known": gettext_lazy("%(fact)s: known"), "unknown": gettext_lazy("%(fact)s: not known"),
    "eq": gettext_lazy("%(fact)s: %(value)s"), "in": gettext_lazy("%(fact)s: %(value)s"),
    "lt": gettext_lazy("%(fact)s below %(value)s"), "le": gettext_lazy("%(fact)s at most %(value)s"),
    "gt": gettext_lazy("%(fact)s above %(value)s"), "ge": gettext_lazy("%(fact)s at least %(value)s"),
}  # fmt: skip
# A fact that is so, or not, as far as anybody knows.
NOT_CONTRADICTED = {
    ("is_true", "unknown"): gettext_lazy("%(fact)s, or not known"),
    ("is_false", "unknown"): gettext_lazy("%(fact)s: no, or not known"),
}


def condition_words(condition: Data) -> str:
    """Return a condition as a phrase; of a group its alternatives."""
    if len(each_of(condition)) > 1:
        one, other = each_of(condition)[:2]
        if one["fact"] == other["fact"] and one["fact"] in FACTS and (one["op"], other["op"]) in NOT_CONTRADICTED:
            return str(NOT_CONTRADICTED[one["op"], other["op"]]) % {"fact": FACTS[one["fact"]].label}
        return _("(%(alternatives)s)") % {"alternatives": _or([condition_words(each) for each in each_of(condition)])}
    kind = FACTS.get(condition["fact"])
    value = condition.get("value")
    if kind is None:
        return f"{condition['fact']} {condition['op']} {value or ''}".strip()
    names = dict(kind.choices)
    values = [str(names.get(each or "", each)) for each in (value if isinstance(value, list) else [value])]
    unit = f" {kind.unit}" if kind.unit else ""
    return str(OPS[condition["op"]]) % {"fact": kind.label, "value": f"{_or(values)}{unit}"}


def _or(phrases: Sequence[str]) -> str:
    return phrases[0] if len(phrases) == 1 else _("%(first)s or %(last)s") % {
        "first": ", ".join(phrases[:-1]), "last": phrases[-1],
    }  # fmt: skip


def basis_words(basis: Mapping[str, str]) -> str:
    """Return the basis in the reader's language, each fact that it counts by its name."""
    language = get_language() or settings.LANGUAGE_CODE
    text = basis.get(language) or basis.get(language.partition("-")[0]) or _(basis["en"])
    return COUNTED.sub(lambda found: f"[{FACTS[found[1]].label}]" if found[1] in FACTS else found[0], text)


def _problems(codes: Sequence[str]) -> list[str]:
    """Return names; a whole group by its own name, all problems as one word."""
    if set(codes) >= set(Problem.values):
        return [_("Every problem")]
    found = []
    for group, problems in GROUPS.items():
        chosen = [problem for problem in problems if problem in codes]
        whole = len(chosen) == len(problems) and len(problems) > 1
        found += [str(group.label)] if whole else [str(problem.label) for problem in chosen]
    return found


def rows(
    rules: Sequence[Data], *, figures: Mapping[str, Figures] | None = None, changes: Difference | None = None,
    unreachable: Mapping[str, Sequence[str]] | None = None,
) -> list[RuleRow]:  # fmt: skip
    """Return the rules in their order."""
    return [
        row(rule, position=n, figures=(figures or {}).get(rule["code"]), changes=changes,
            behind=(unreachable or {}).get(rule["code"], ()))
        for n, rule in enumerate(rules, 1)
    ]  # fmt: skip


def matching(all_rows: list[RuleRow], text: str) -> list[RuleRow]:
    """Return the rows in which each word of `text` stands; all for an empty one."""
    words = text.casefold().split()
    return [each for each in all_rows if all(word in _searched(each) for word in words)] if words else all_rows


def _searched(each: RuleRow) -> str:
    parts = (each.code, each.concerns, each.sentence, each.basis, each.source, *each.asks_for)
    return "\n".join(parts).casefold()


def by_group(all_rows: Iterable[RuleRow]) -> list[tuple[str, list[RuleRow]]]:
    """Return (name, rows) by groups of problems; rules for several groups stand first."""
    found: dict[Group | None, list[RuleRow]] = {None: [], **{group: [] for group in GROUPS}}
    for each in all_rows:
        found[each.group].append(each)
    return [(str(group.label) if group else _("Several groups"), rows) for group, rows in found.items() if rows]


SEVERAL, ALL = "several", "all"
# A longer table opens at its first group, so that the page stays quick.
LONG = 60


def in_group(all_rows: list[RuleRow], wanted: str) -> tuple[list[RuleRow], list[dict[str, Any]]]:
    """Return the rows of a group (by its code, "several" or "all"), and the tabs that lead to each."""
    counts = {SEVERAL: 0, **dict.fromkeys(Group.values, 0)}
    for each in all_rows:
        counts[each.tab] += 1
    found = {code: count for code, count in counts.items() if count}
    if wanted not in found and wanted != ALL:
        wanted = ALL if len(all_rows) <= LONG else next(iter(found))
    names = {SEVERAL: _("Several groups"), ALL: _("All"), **{group.value: group.label for group in Group}}
    tabs = [
        {"label": names[code], "url": f"?group={code}", "count": count, "current": code == wanted}
        for code, count in [*found.items(), (ALL, len(all_rows))]
    ]
    rows = [each for each in all_rows if wanted in (ALL, each.tab)]
    return rows, tabs


def different(before: Sequence[Data], after: Sequence[RuleRow], codes: Sequence[str]) -> list[tuple[RuleRow, RuleRow]]:
    """Return (as it was, as it is) of the rules with these codes."""
    now = {each.code: each for each in after}
    return [(each, now[each.code]) for each in rows(before) if each.code in codes]


def named(all_rows: Iterable[RuleRow], standing_out: Iterable[Figures]) -> list[tuple[Figures, RuleRow | None]]:
    """Return the figures with the rule that they are about; None where the table does not have it any more."""
    by_code = {each.code: each for each in all_rows}
    return [(each, by_code.get(each.code)) for each in standing_out]


# ── trial ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class TrialRow:
    """One ticket that the draft would have decided otherwise."""

    ticket: str
    was: str
    was_rule: str
    would: str
    would_rule: str
    decided: str
    side: int


@dataclass(frozen=True)
class Trial:
    """How far a trial is and what it found; `state` is "" where the draft as it stands was not tried."""

    state: str
    percent: int
    done: int
    total: int
    sentence: str
    nearer: str
    at: dt.datetime | None
    rows: list[TrialRow]


def trial(draft: RuleSet) -> Trial:
    """Return the trial of the draft as it stands."""
    kept = draft.trial if draft.trial.get("digest", digest(draft.rules)) == digest(draft.rules) else {}
    total, done = kept.get("total", 0), kept.get("done", 0)
    changed, tickets = kept.get("changed", 0), kept.get("tickets", 0)
    sentence = ngettext(
        "It would have changed %(changed)d of %(count)d ticket.",
        "It would have changed %(changed)d of %(count)d tickets.",
        tickets,
    ) % {"changed": changed, "count": tickets}
    nearer = _("%(closer)d nearer to what people decided, %(further)d further from it") % {
        "closer": kept.get("closer", 0), "further": kept.get("further", 0),
    }  # fmt: skip
    return Trial(
        state=kept.get("state", ""), percent=100 * done // total if total else 100, done=done, total=total,
        sentence=sentence if tickets else _("No ticket was decided yet, so there is nothing to compare with."),
        nearer=nearer if changed else "", at=parse_datetime(kept["at"]) if kept.get("at") else None,
        rows=[_trial_row(each) for each in kept.get("rows", [])],
    )  # fmt: skip


def _trial_row(found: Mapping[str, Any]) -> TrialRow:
    was, would = found["was"], found["would"]
    return TrialRow(
        found["ticket"], shares_words(was["shares"]), was["rule"], shares_words(would["shares"]), would["rule"],
        shares_words(found["decided"]), found["side"],
    )  # fmt: skip


def _largest_first(shares: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(shares.items(), key=lambda each: -each[1])


def shares_words(shares: Mapping[str, int]) -> str:
    """Return parties with their shares, the largest first."""
    if not shares:
        return _("Not enough evidence")
    return ", ".join(
        _("%(party)s %(percent)d %%") % {"party": Party(party).label, "percent": percent}
        for party, percent in _largest_first(shares)
    )

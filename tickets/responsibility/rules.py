"""The decision table: what a rule is, how it is read from plain data and checked, and when it holds.

A rule is data only. Nothing of it is executed; `holds` is the whole evaluator.
"""

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from ..models import RuleSet
from ..problems import Party, Problem
from ..proofs import Proof
from .catalogue import BOOL, CHOICE, FACTS, NUMBER, FactKind

__all__ = ["FACTS", "OPS", "BadRule", "Condition", "FactKind", "Rule", "current_rules", "dump", "holds", "parse"]

# Operators by the kinds of fact that they fit, and whether they take a value.
OPS: dict[str, tuple[tuple[str, ...], bool]] = {
    "is_true": ((BOOL,), False),
    "is_false": ((BOOL,), False),
    "known": ((BOOL, NUMBER, CHOICE), False),
    "unknown": ((BOOL, NUMBER, CHOICE), False),
    "eq": ((NUMBER, CHOICE), True),
    "in": ((CHOICE,), True),
    "lt": ((NUMBER,), True),
    "le": ((NUMBER,), True),
    "gt": ((NUMBER,), True),
    "ge": ((NUMBER,), True),
}
SHARE, NOBODY, UNDECIDED = "share", "nobody", "undecided"
VERDICTS = (SHARE, NOBODY, UNDECIDED)
# Shares that are counted out of facts instead of written down: the days of delay that each party used up.
DELAY: dict[str, str] = {
    "supplier_late_days": Party.SUPPLIER,
    "release_late_days": Party.AGENT,
    "dispatch_late_days": Party.WAREHOUSE,
    "carrier_late_days": Party.CARRIER,
    "customs_held_days": Party.CUSTOMS,
    "customer_late_days": Party.CUSTOMER,
}
# The days with customs are ours where our papers were at fault, the customer's where its answer was missing.
SPLITS: dict[str, dict[str, str]] = {
    "delay": DELAY,
    "delay_papers": DELAY | {"customs_held_days": Party.AGENT},
    "delay_importer": DELAY | {"customs_held_days": Party.CUSTOMER},
}
# A fact's value inside the words of a basis: "{late_days} days late".
PLACEHOLDER = re.compile(r"\{(\w+)\}")
FIELDS = {
    "code", "problems", "when", "verdict", "shares", "split", "confidence", "basis", "source", "effective_from",
    "asks_for", "retired",
}  # fmt: skip


class BadRule(Exception):
    """A rule that cannot be used: which (its code), which field, and how to mend it."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(f"{code}: {field}: {message}")
        self.code, self.field, self.message = code, field, message


@dataclass(frozen=True)
class Condition:
    """One condition on a fact; or, with `any`, several of which one must hold."""

    fact: str = ""
    op: str = ""
    value: Any = None
    any: "tuple[Condition, ...]" = ()

    def each(self) -> "Iterator[Condition]":
        """Return itself, or the conditions that it groups."""
        yield from self.any or (self,)


@dataclass(frozen=True)
class Rule:
    """One line of the decision table. `verdict`: the shares are owed, nobody owes anything, or it stays undecided.

    Shares are whole per cents that add to 100. With "nobody" they say who bears it itself; with "undecided" whom the
    record points to so far, at low confidence. `split` counts the shares out of facts.
    """

    code: str
    problems: tuple[str, ...]
    when: tuple[Condition, ...]
    verdict: str
    shares: dict[str, int]
    confidence: int
    basis: dict[str, str]
    source: str
    effective_from: str = ""
    asks_for: tuple[str, ...] = ()
    retired: bool = False
    split: str = ""
    conditions: tuple[Condition, ...] = field(init=False, compare=False, repr=False, default=())

    def __post_init__(self) -> None:
        flat = tuple(one for condition in self.when for one in condition.each())
        object.__setattr__(self, "conditions", flat)

    def words(self, language: str | None = None) -> str:
        """Return the basis in a language; the English words go through the catalogue of translations."""
        language = language or get_language() or "en"
        return self.basis.get(language) or self.basis.get(language.split("-")[0]) or gettext(self.basis["en"])

    def applies_to(self, problem: str, filed_on: dt.date) -> bool:
        """Whether the rule is in force for this problem of a complaint filed that day."""
        return (
            not self.retired
            and problem in self.problems
            and (not self.effective_from or filed_on >= dt.date.fromisoformat(self.effective_from))
        )


COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "known": lambda found, wanted: True,
    "is_true": lambda found, wanted: found is True,
    "is_false": lambda found, wanted: found is False,
    "eq": operator.eq,
    "in": lambda found, wanted: found in wanted,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def holds(condition: Condition, value: "Mapping[str, Any]") -> bool:
    """Whether a condition holds for the values of known facts; what nobody knows is in no way false."""
    if condition.any:
        return any(holds(one, value) for one in condition.any)
    found, wanted = value.get(condition.fact), condition.value
    if condition.op == "unknown" or found is None:
        return condition.op == "unknown" and found is None
    return bool(COMPARE[condition.op](found, wanted))


def parse(data: Any) -> tuple[Rule, ...]:
    """Return the rules of a decision table, in order. Raises BadRule at the first that cannot be used."""
    if not isinstance(data, list):
        raise BadRule("", "rules", _("Write a list of rules."))
    found: dict[str, Rule] = {}
    for number, each in enumerate(data, start=1):
        rule = _rule(each, number)
        if rule.code in found:
            raise BadRule(rule.code, "code", _("This code is there twice; give each rule its own."))
        found[rule.code] = rule
    return tuple(found.values())


def _rule(data: Any, number: int) -> Rule:
    code = str(data.get("code") or "").strip() if isinstance(data, Mapping) else ""
    name = code or f"#{number}"
    if not isinstance(data, Mapping):
        raise BadRule(name, "rule", _("Write a rule with its fields."))
    if not code or len(code) > 40:
        raise BadRule(name, "code", _("Give the rule a code of at most 40 characters."))
    unknown = set(data) - FIELDS
    if unknown:
        raise BadRule(name, sorted(unknown)[0], _("A rule has no such field; leave it out."))
    problems = _listed(name, "problems", data.get("problems"), Problem.values)
    if not problems:
        raise BadRule(name, "problems", _("Choose at least one problem."))
    when = data.get("when") or []
    if not isinstance(when, list):
        raise BadRule(name, "when", _("Write a list of conditions."))
    verdict = data.get("verdict") or SHARE
    if verdict not in VERDICTS:
        raise BadRule(name, "verdict", _("Choose one of: %(values)s.") % {"values": ", ".join(VERDICTS)})
    confidence = data.get("confidence")
    if isinstance(confidence, bool) or not isinstance(confidence, int) or not 0 <= confidence <= 100:
        raise BadRule(name, "confidence", _("Write whole per cent from 0 to 100."))
    if verdict == UNDECIDED and confidence >= 50:
        raise BadRule(name, "confidence", _("What is undecided has a confidence below 50 per cent."))
    asks_for = _listed(name, "asks_for", data.get("asks_for"), Proof.values)
    if verdict == UNDECIDED and not asks_for:
        raise BadRule(name, "asks_for", _("Say what would decide it: choose at least one proof."))
    split = data.get("split") or ""
    if split and split not in SPLITS:
        raise BadRule(name, "split", _("Choose one of: %(values)s.") % {"values": ", ".join(SPLITS)})
    return Rule(
        code, problems, tuple(_condition(name, n, each) for n, each in enumerate(when, start=1)), verdict,
        _shares(name, data.get("shares"), verdict, split), confidence, _basis(name, data.get("basis")),
        _source(name, data.get("source")), _date(name, data.get("effective_from")), asks_for,
        bool(data.get("retired")), split,
    )  # fmt: skip


def _listed(name: str, place: str, data: Any, known: Iterable[str]) -> tuple[str, ...]:
    if not isinstance(data, list | tuple | None):
        raise BadRule(name, place, _("Write a list."))
    known = set(known)
    for value in data or ():
        if not isinstance(value, str) or value not in known:
            raise BadRule(name, place, _("“%(value)s” is not known; choose one from the list.") % {"value": value})
    return tuple(dict.fromkeys(str(value) for value in data or ()))


def _condition(name: str, number: int, data: Any, nested: bool = False) -> Condition:
    place = f"when[{number}]"
    if not isinstance(data, Mapping):
        raise BadRule(name, place, _("Write a condition: a fact, an operator and a value."))
    if "any" in data and not nested:
        group = data["any"]
        if not isinstance(group, list) or len(group) < 2 or set(data) != {"any"}:
            raise BadRule(name, place, _("Write at least two conditions of which one must hold."))
        return Condition(any=tuple(_condition(name, number, each, nested=True) for each in group))
    kind = FACTS.get(str(data.get("fact") or ""))
    if kind is None:
        words = {"fact": data.get("fact")}
        raise BadRule(name, place, _("“%(fact)s” is no fact; choose one from the list.") % words)
    op = data.get("op")
    if op not in OPS or kind.kind not in OPS[op][0] or set(data) - {"fact", "op", "value"}:
        fitting = ", ".join(each for each, (kinds, _value) in OPS.items() if kind.kind in kinds)
        raise BadRule(name, place, _("“%(fact)s” takes one of: %(ops)s.") % {"fact": kind.name, "ops": fitting})
    value = data.get("value")
    if not OPS[op][1]:
        value = None
    elif kind.kind == NUMBER:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadRule(name, place, _("Write a number to compare “%(fact)s” with.") % {"fact": kind.name})
    else:
        value = _chosen(name, place, kind, op, value)
    return Condition(kind.name, op, value)


def _chosen(name: str, place: str, kind: FactKind, op: str, value: Any) -> Any:
    codes = [code for code, _label in kind.choices]
    values = value if op == "in" else [value]
    if not isinstance(values, list | tuple) or not values or any(each not in codes for each in values):
        words = {"fact": kind.name, "values": ", ".join(codes)}
        raise BadRule(name, place, _("“%(fact)s” is one of: %(values)s.") % words)
    return tuple(values) if op == "in" else value


def _shares(name: str, data: Any, verdict: str, split: str) -> dict[str, int]:
    data = data or {}
    if not isinstance(data, Mapping):
        raise BadRule(name, "shares", _("Write parties with their per cent."))
    for party, percent in data.items():
        if party not in Party.values:
            raise BadRule(name, "shares", _("“%(party)s” is no party; choose one from the list.") % {"party": party})
        if isinstance(percent, bool) or not isinstance(percent, int) or not 1 <= percent <= 100:
            raise BadRule(name, "shares", _("Write whole per cent from 1 to 100."))
    if data and sum(data.values()) != 100:
        raise BadRule(name, "shares", _("The shares add to %(sum)d; make it 100.") % {"sum": sum(data.values())})
    if not data and verdict == SHARE and not split:
        raise BadRule(name, "shares", _("Name at least one party, or choose another verdict."))
    return {str(party): int(percent) for party, percent in data.items()}


def _basis(name: str, data: Any) -> dict[str, str]:
    if not isinstance(data, Mapping) or not str(data.get("en") or "").strip():
        raise BadRule(name, "basis", _("Write the basis, at least in English (“en”)."))
    found = {str(language): str(text).strip() for language, text in data.items() if str(text).strip()}
    for text in found.values():
        names = PLACEHOLDER.findall(text)
        if any(each not in FACTS for each in names) or set("{}") & set(PLACEHOLDER.sub("", text)):
            message = _("A name in curly brackets must be a fact from the list, such as {late_days}.")
            raise BadRule(name, "basis", message)
    return found


def _source(name: str, data: Any) -> str:
    source = str(data or "").strip()
    if not source or len(source) > 200:
        raise BadRule(name, "source", _("Say in at most 200 characters what the rule rests on."))
    return source


def _date(name: str, data: Any) -> str:
    if not data:
        return ""
    try:
        return dt.date.fromisoformat(str(data)).isoformat()
    except ValueError:
        raise BadRule(name, "effective_from", _("Write a date such as 2026-05-01, or nothing.")) from None


def dump(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the plain data of rules; `parse` reads it back to the same."""
    return [
        {
            "code": rule.code, "problems": list(rule.problems), "when": [_plain(condition) for condition in rule.when],
            "verdict": rule.verdict, "shares": dict(rule.shares), "split": rule.split, "confidence": rule.confidence,
            "basis": dict(rule.basis), "source": rule.source, "effective_from": rule.effective_from,
            "asks_for": list(rule.asks_for), "retired": rule.retired,
        }
        for rule in rules
    ]  # fmt: skip


def _plain(condition: Condition) -> dict[str, Any]:
    if condition.any:
        return {"any": [_plain(each) for each in condition.any]}
    found: dict[str, Any] = {"fact": condition.fact, "op": condition.op}
    if OPS[condition.op][1]:
        found["value"] = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    return found


def current_rules() -> tuple[RuleSet | None, tuple[Rule, ...]]:
    """Return the entered organization's latest published rules with their version; the defaults with None before."""
    from .defaults import default_rules

    published = RuleSet.objects.filter(state=RuleSet.State.PUBLISHED).defer("rules", "trial")
    latest = published.order_by("-version").first()
    return (latest, _published(latest.pk, latest.published_at)) if latest else (None, default_rules())


@lru_cache(maxsize=64)
def _published(pk: int, _published_at: dt.datetime) -> tuple[Rule, ...]:
    """Return a published version's rules, read once: it never changes, and reading it costs more than deciding."""
    return parse(RuleSet.objects.values_list("rules", flat=True).get(pk=pk))

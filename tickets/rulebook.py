"""What can be said of a decision table by looking at it: what is different, which rules can never be reached.

Pure functions on the plain data of `RuleSet.rules`; `responsibility.rules` describes and checks that data.
"""

import bisect
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Data = dict[str, Any]


def digest(data: object) -> str:
    """Return a short sum of a rule or of all rules; the same data has the same one."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def find(rules: Iterable[Data], code: str) -> Data | None:
    """Return the rule with this code, or None."""
    return next((rule for rule in rules if rule["code"] == code), None)


# ── differences ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Difference:
    """The codes of rules that were added, changed, moved (among those that stay) and removed."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.moved) + len(self.removed)

    def of(self, code: str) -> list[str]:
        """Return what happened to a rule: "added", or "changed" and "moved"."""
        return [name for name in ("added", "changed", "moved") if code in getattr(self, name)]


def difference(before: Sequence[Data], after: Sequence[Data]) -> Difference:
    """Return what is different in `after`. Of the rules in both, as few as possible count as moved."""
    old = {rule["code"]: rule for rule in before}
    new = {rule["code"]: rule for rule in after}
    place = {code: n for n, code in enumerate(old)}
    common = [code for code in new if code in old]
    steady = {common[n] for n in _longest_rising([place[code] for code in common])}
    return Difference(
        added=[code for code in new if code not in old],
        changed=[code for code in common if new[code] != old[code]],
        moved=[code for code in common if code not in steady],
        removed=[code for code in old if code not in new],
    )


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return the indexes of a longest rising part of `numbers` (patience sorting)."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for n, number in enumerate(numbers):
        at = bisect.bisect_left(tails, number)
        tails[at : at + 1] = [number]
        last[at : at + 1] = [n]
        before.append(last[at - 1] if at else -1)
    found = []
    n = last[-1] if last else -1
    while n >= 0:
        found.append(n)
        n = before[n]
    return found[::-1]


# ── order ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def placed(rules: Sequence[Data], code: str, position: int) -> list[Data]:
    """Return the rules with one put at a position, counted from 1; beyond the ends it is the first or the last."""
    moving = find(rules, code)
    others = [rule for rule in rules if rule["code"] != code]
    if moving is not None:
        others.insert(min(max(position, 1), len(rules)) - 1, moving)
    return others


def unreachable(rules: Sequence[Data]) -> dict[str, list[str]]:
    """Return {code: [earlier codes]} of the rules that no ticket comes to: for each of their problems an earlier rule
    that is in force no later asks for nothing that they do not ask for.

    It sees what the table itself shows; that two facts never come together in practice it does not know.
    """
    found: dict[str, list[str]] = {}
    for n, rule in enumerate(rules):
        broader: list[str] = []
        for problem in [] if rule.get("retired") else rule["problems"]:
            by = next((r["code"] for r in rules[:n] if problem in r["problems"] and _broader(r, rule)), None)
            if by is None:
                break
            if by not in broader:
                broader.append(by)
        else:
            if broader:
                found[rule["code"]] = broader
    return found


def _broader(earlier: Data, later: Data) -> bool:
    if earlier.get("retired") or (earlier.get("effective_from") or "") > (later.get("effective_from") or ""):
        return False
    return all(any(_follows(known, wanted) for known in later["when"]) for wanted in earlier["when"])


def each_of(condition: Data) -> list[Data]:
    """Return the conditions of a group of which one must hold; of a condition alone itself."""
    return condition.get("any") or [condition]


def _follows(known: Data, wanted: Data) -> bool:
    return all(any(_makes(one, other) for other in each_of(wanted)) for one in each_of(known))


def _makes(known: Data, wanted: Data) -> bool:
    """Whether a condition that holds makes another one hold: "above 10" makes "above 7" hold, and "is known"."""
    if known["fact"] != wanted["fact"]:
        return False
    has, op = known["op"], wanted["op"]
    a, b = known.get("value"), wanted.get("value")
    if (has, a) == (op, b) or (op == "known" and has != "unknown"):
        return True
    if has in ("eq", "in") and op in ("eq", "in"):
        return set(_list(a)) <= set(_list(b))
    if isinstance(a, int | float) and isinstance(b, int | float):
        same = a == b and (has, op) not in STRICTER
        return same if same and (has, op) in ABOVE | BELOW else (has, op) in (ABOVE if a > b else BELOW) and a != b
    return False


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


# Which comparison makes which hold where its number is larger (smaller), and which of them not where it is the same.
ABOVE = {(has, op) for has in ("gt", "ge", "eq") for op in ("gt", "ge")}
BELOW = {(has, op) for has in ("lt", "le", "eq") for op in ("lt", "le")}
STRICTER = {("ge", "gt"), ("eq", "gt"), ("le", "lt"), ("eq", "lt")}

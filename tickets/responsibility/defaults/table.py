"""How the seeded rules are written down in short: one call a rule, its conditions as a line of words.

`a` is true, `!a` known and false, `?a` unknown, `~a` not known to be true, `a=x` and `a=x|y` chosen, `a>3` a number;
`(a / b)` one of them. What comes out is plain data as in a rule set.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_noop

from ...problems import GROUPS, Group, Party, Problem
from ...proofs import Proof

__all__ = ["GROUPS", "Group", "Problem", "Proof", "gettext_noop", "of", "packers", "rule", "silences"]

SHORT = {
    "A": Party.AGENT,
    "C": Party.CARRIER,
    "S": Party.SUPPLIER,
    "W": Party.WAREHOUSE,
    "X": Party.CUSTOMS,
    "U": Party.CUSTOMER,
}
NUMBERS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def of(*groups: Group) -> tuple[Problem, ...]:
    """Return the problems of groups."""
    return tuple(problem for group in groups for problem in GROUPS[group])


def rule(
    code: str, problems: tuple[Problem, ...], when: str, shares: str, confidence: int, basis: str, source: str, *,
    asks: str = "", verdict: str = "share", split: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Return a rule as plain data. `shares` such as "C70 W30"; `asks` names of proofs."""
    owed = {SHORT[each[0]].value: int(each[1:]) for each in shares.split()}
    return {
        "code": code, "problems": [problem.value for problem in problems], "when": list(conditions(when)), "verdict": verdict,
        "shares": owed, "split": split, "confidence": confidence, "basis": {"en": basis}, "source": source,
        "effective_from": "", "asks_for": [Proof(name).value for name in asks.split()], "retired": False,
    }  # fmt: skip


def conditions(when: str) -> Iterator[dict[str, Any]]:
    """Yield the conditions of a line as plain data."""
    for part in re.findall(r"\([^)]*\)|[^\s()]+", when):
        if part.startswith("("):
            yield {"any": [each for one in part[1:-1].split("/") for each in conditions(one.strip())]}
        elif part.startswith("~"):
            yield {"any": [{"fact": part[1:], "op": "is_false"}, {"fact": part[1:], "op": "unknown"}]}
        else:
            yield _one(part)


def _one(part: str) -> dict[str, Any]:
    found = re.fullmatch(r"([!?]?)(\w+)(?:(<=|>=|<|>|=)(\S+))?", part)
    assert found, part
    mark, fact, op, value = found.groups()
    if op is None:
        return {"fact": fact, "op": {"!": "is_false", "?": "unknown"}.get(mark, "is_true")}
    if op == "=":
        values = value.split("|")
        return (
            {"fact": fact, "op": "in", "value": values}
            if len(values) > 1
            else {"fact": fact, "op": "eq", "value": value}
        )
    return {"fact": fact, "op": NUMBERS[op], "value": int(value)}


def packers(
    code: str, problems: tuple[Problem, ...], when: str, shares: str, confidence: int, basis: str, source: str, *,
    asks: str = "", verdict: str = "share",
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield the rule for goods that the supplier packed itself, then for those that the warehouse packed."""
    own = gettext_noop("The supplier packed it itself.")
    swapped = "S100" if "S" in shares else shares.replace("W", "S")
    yield rule(
        f"{code}-S",
        problems,
        f"packed_by=supplier {when}",
        swapped,
        confidence,
        f"{basis} {own}",
        source,
        asks=asks,
        verdict=verdict,
    )
    yield rule(code, problems, when, shares, confidence, basis, source, asks=asks, verdict=verdict)


SILENCE = "Partners' terms: no answer to a request that was read counts as agreed after two days; customers' after the organization's days"


def silences(code: str, problems: tuple[Problem, ...], parties: str) -> Iterator[dict[str, Any]]:
    """Yield the rules for those who read what was asked of them and kept silent."""
    words = {
        "U": gettext_noop(
            "The customer read what was asked for and did not answer: it is decided without it, and the claim is not shown."
        ),
        "S": gettext_noop("The supplier read what was asked for and did not answer: its silence counts as agreement."),
        "C": gettext_noop("The carrier read what was asked for and did not answer: its silence counts as agreement."),
        "W": gettext_noop(
            "The warehouse read what was asked for and did not answer: the proof that only it could bring is missing."
        ),
        "A": gettext_noop("We were asked for our record and did not bring it: the missing proof counts against us."),
    }
    for party in parties:
        fact = f"{SHORT[party].value}_silent"
        # Partners have agreed to it in their terms.
        yield rule(f"{code}-{party}", problems, fact, f"{party}100", 70 if party in "UA" else 76, words[party], SILENCE)

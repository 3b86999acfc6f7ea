"""The list of cases: read from its file and checked."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import translation

from tickets.problems import Group, Party, Problem
from tickets.proofs import Proof

from .reading import BadField

# The names of the seeded taxonomy (`docs/responsibility.md`, "Problems") where they differ from code and label.
ALSO = {
    "counterfeit/wrong version": Problem.COUNTERFEIT,
    "box intact but item broken (packing)": Problem.BROKEN_INSIDE,
    "water": Problem.WATER,
    "held – documents": Problem.HELD_DOCUMENTS,
    "held – prohibited": Problem.HELD_PROHIBITED,
    "seized/destroyed": Problem.SEIZED,
    "overcharged freight/weight": Problem.OVERCHARGED,
    "not received": Problem.REFUND_NOT_RECEIVED,
    "wrong amount": Problem.REFUND_AMOUNT,
    "wrong currency": Problem.REFUND_CURRENCY,
    "refund not received": Problem.REFUND_NOT_RECEIVED,
    "refund wrong amount": Problem.REFUND_AMOUNT,
    "refund wrong currency": Problem.REFUND_CURRENCY,
    "change of mind": Problem.UNWANTED,
}
FILLERS = {"or", "of", "a", "by", "the", "customs"}


class BadFile(Exception):
    """The file cannot be read, or is no list of cases."""


@dataclass(frozen=True)
class Expected:
    """What people would decide: the accepted answers in per cent by party (an empty one: nobody owes anything), and
    `ask_for`, of which one is enough, where the record decides nothing.
    """

    accepted: tuple[dict[str, int], ...]
    ask_for: tuple[str, ...]
    confidence: str = ""


@dataclass(frozen=True)
class Case:
    """One written case. `scenario` and `because` are for people and reach no model.

    `mistake`: why it cannot be read; `remarks`: what was left aside.
    """

    id: str
    problem: str
    trace: dict[str, Any]
    expected: Expected
    scenario: str = ""
    because: str = ""
    mistake: str = ""
    remarks: tuple[str, ...] = ()


def load(path: Path) -> list[Case]:
    """Return the cases of a file, those with a mistake outside the trace too. Raises BadFile."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise BadFile(f"{path} is no JSON: {error}.") from None
    if isinstance(data, dict) and isinstance(data.get("cases"), list):
        data = data["cases"]
    if not isinstance(data, list) or not data:
        raise BadFile(f"{path}: write a list of cases […] with at least one case.")
    found: list[Case] = []
    for number, each in enumerate(data, start=1):
        try:
            found.append(_case(each, number, {case.id for case in found}))
        except BadField as error:
            found.append(Case(error.case, "", {}, Expected((), ()), mistake=str(error)))
    return found


def _case(data: Any, number: int, taken: set[str]) -> Case:
    name = str(data.get("id") or f"case {number}") if isinstance(data, dict) else f"case {number}"
    if not isinstance(data, dict):
        raise BadField(name, "case", "write an object {…}.")
    if name in taken:
        raise BadField(name, "id", "is there twice; give each case its own.")
    if not isinstance(data.get("trace"), dict):
        raise BadField(name, "trace", "write an object {…} with what the record shows.")
    if not isinstance(data.get("expected"), dict):
        raise BadField(name, "expected", "write an object {…} with parties or ask_for.")
    further = sorted(set(data) - {"id", "problem", "scenario", "trace", "expected", "because"})
    return Case(
        name, problem_of(name, data.get("problem")), data["trace"], _expected(name, data["expected"]),
        str(data.get("scenario") or ""), str(data.get("because") or ""),
        remarks=tuple(f"{name}: {key}: is not a field of a case; does it belong into “trace”?" for key in further),
    )  # fmt: skip


def _plain(name: str) -> str:
    words = re.findall(r"[a-z]+", name.lower().replace("color", "colour"))
    return " ".join(word for word in words if word not in FILLERS)


def names() -> dict[str, str]:
    """Return every name that a problem goes by, without punctuation and small words, with the problem's code."""
    with translation.override("en"):
        found = {_plain(str(problem.label)): problem.value for problem in Problem}
        groups = {_plain(str(group.label)) for group in Group} | {_plain(group.value) for group in Group}
    found |= {_plain(problem.value): problem.value for problem in Problem}
    found |= {_plain(name): problem.value for name, problem in ALSO.items()}
    return {f"{group} {name}".strip(): code for name, code in found.items() for group in groups} | found


def problem_of(case: str, name: Any) -> str:
    """Return the code of a problem by code or English name. Raises BadField."""
    if name in Problem.values:
        return str(name)
    known = names()
    for form in (str(name or ""), re.sub(r"\(.*?\)", "", str(name or ""))):
        if code := known.get(_plain(form)):
            return code
    raise BadField(
        case, "problem", f"“{name}” is no problem of the taxonomy; write one of {', '.join(Problem.values)}."
    )


def _expected(case: str, data: dict[str, Any]) -> Expected:
    unknown = set(data) - {"parties", "or", "ask_for", "confidence"}
    if unknown:
        raise BadField(case, f"expected.{sorted(unknown)[0]}", "write parties, or, ask_for and confidence only.")
    further = data.get("or")
    if further is None:
        further = []
    if not isinstance(further, list):
        further = [further]
    meant = _parties(case, "parties", data.get("parties") or {})
    accepted = [_parties(case, f"or[{n}]", each) for n, each in enumerate(further)]
    asked = data.get("ask_for") or []
    asked = asked if isinstance(asked, list) else [asked]
    for proof in asked:
        if proof not in Proof.values:
            raise BadField(case, "expected.ask_for", f"“{proof}” is not known; write one of {', '.join(Proof.values)}.")
    confidence = data.get("confidence") or ""
    if confidence not in ("", "high", "medium", "low"):
        raise BadField(case, "expected.confidence", "write high, medium or low.")
    if meant:
        # Beside parties it says what else would help; the case is decided without it.
        return Expected((meant, *accepted), (), confidence)
    return Expected(tuple(accepted) if asked else (meant, *accepted), tuple(asked), confidence)


def _parties(case: str, field: str, data: Any) -> dict[str, int]:
    if isinstance(data, dict) and isinstance(data.get("parties"), dict):
        data = data["parties"]
    if not isinstance(data, dict):
        raise BadField(case, f"expected.{field}", "write an object of parties and per cent.")
    for party, percent in data.items():
        if party not in Party.values:
            raise BadField(case, f"expected.{field}", f"“{party}” is no party; write {', '.join(Party.values)}.")
        if isinstance(percent, bool) or not isinstance(percent, int) or not 0 <= percent <= 100:
            raise BadField(case, f"expected.{field}.{party}", "write whole per cent from 0 to 100.")
    if data and sum(data.values()) != 100:
        raise BadField(case, f"expected.{field}", f"the shares add up to {sum(data.values())}; make it 100.")
    return {party: percent for party, percent in data.items() if percent}

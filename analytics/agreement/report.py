"""The results in words for people, and as data for machines."""

from collections.abc import Iterator, Sequence
from typing import Any

from .cases import Expected
from .judging import Result


def percent(results: Sequence[Result]) -> float:
    """Return how many of a hundred agree."""
    return 100 * sum(result.agrees for result in results) / len(results)


def lines(results: Sequence[Result], *, wrong_only: bool = False) -> Iterator[str]:
    """Yield the report: wrong answers first, the surest first among them; the agreeing ones; the total."""
    for remark in (remark for result in results for remark in result.remarks):
        yield f"note  {remark}"
    for result in results:
        if result.unread:
            yield f"UNREAD  {result.unread}"
    for result in sorted(readable(results), key=_wrong_and_sure_first):
        if not (wrong_only and result.agrees and not result.untrue):
            yield from _case(result)
    wrong = [result for result in results if not result.agrees]
    sure = sum(result.word == "high" for result in wrong)
    false = [result for result in results if result.untrue]
    yield f"{len(results) - len(wrong)} of {len(results)} agree: {percent(results):.1f} %"
    yield f"{len(wrong)} differ, {sure} of them with high confidence"
    yield f"{len(false)} with a basis that names what the record does not show"
    if unread := len(results) - len(readable(results)):
        yield f"{unread} could not be read and count as differing"


def _wrong_and_sure_first(result: Result) -> tuple[bool, int]:
    return result.agrees, 0 if result.agrees else -result.confidence


def readable(results: Sequence[Result]) -> list[Result]:
    """Return the results of the cases that could be read."""
    return [result for result in results if not result.unread]


def _case(result: Result) -> Iterator[str]:
    yield f"{result.case.id}  {'agrees' if result.agrees else 'DIFFERS'}  {result.case.problem}"
    yield f"  expected     {_expected(result.case.expected)}"
    named = _shares(result.shares) or "nobody"
    yield f"  recommended  {named}, confidence {result.confidence} % ({result.word}), rule {result.rule or 'none'}"
    yield f"  basis        {result.basis}"
    for fact in result.facts:
        if fact.get("supports") is not None:
            yield f"  {'for' if fact['supports'] else 'against':<11}  {fact.get('text')} [{fact.get('source')}]"
    if result.asks_for:
        yield f"  asked for    {', '.join(result.asks_for)}"
    for words in result.untrue:
        yield f"  NOT TRUE     {words}"
    if not result.agrees and result.case.because:
        yield f"  because      {result.case.because}"


def _shares(shares: dict[str, int]) -> str:
    return ", ".join(f"{party} {share} %" for party, share in sorted(shares.items(), key=lambda each: -each[1]))


def _expected(expected: Expected) -> str:
    answers = [_shares(answer) or "nobody owes anything" for answer in expected.accepted]
    if expected.ask_for:
        answers.append(f"not decidable, ask for {' or '.join(expected.ask_for)}")
    return " or ".join(answers)


def data(results: Sequence[Result]) -> dict[str, Any]:
    """Return the report for machines."""
    return {
        "total": len(results),
        "agree": sum(result.agrees for result in results),
        "percent": round(percent(results), 1),
        "wrong_with_high_confidence": sum(not r.agrees and r.word == "high" for r in results),
        "untrue_basis": sum(bool(result.untrue) for result in results),
        "unread": [result.unread for result in results if result.unread],
        "remarks": [remark for result in results for remark in result.remarks],
        "cases": [_row(result) for result in readable(results)],
    }


def _row(result: Result) -> dict[str, Any]:
    expected = result.case.expected
    return {
        "id": result.case.id,
        "problem": result.case.problem,
        "agrees": result.agrees,
        "expected": {"accepted": list(expected.accepted), "ask_for": list(expected.ask_for)},
        "recommended": result.shares,
        "confidence": result.confidence,
        "confidence_word": result.word,
        "rule": result.rule,
        "basis": result.basis,
        "facts": result.facts,
        "asks_for": list(result.asks_for),
        "untrue": result.untrue,
    }

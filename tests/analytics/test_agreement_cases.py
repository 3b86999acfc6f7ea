"""The labelled cases that ship: complete, readable to the last field, and what the seeded rules reach on them."""

from pathlib import Path

import pytest

from analytics import agreement
from analytics.agreement import report
from tickets.problems import Problem

CASES = Path(__file__).parent / "cases"
SEEN, MORE, BLIND = CASES / "seen.json", CASES / "more.json", CASES / "blind.json"
ADMITTED, BESIDE = CASES / "admitted.json", CASES / "beside.json"
# Per cent that must agree; 60 cases and 95 % are what the product promises.
REACHED = {SEEN: 99, MORE: 95, BLIND: 95, ADMITTED: 95, BESIDE: 95}
STEMS = [file.stem for file in REACHED]


def test_at_least_eighty_cases_cover_every_problem():
    cases = agreement.load(SEEN)
    assert len(cases) >= 80
    assert {case.problem for case in cases} == set(Problem.values)
    assert all(case.because and case.scenario for case in cases)
    assert sum(bool(case.expected.ask_for) for case in cases) >= 19


def test_the_further_cases_are_others():
    seen, more = agreement.load(SEEN), agreement.load(MORE)
    assert len(more) >= 60 and not {case.scenario for case in seen} & {case.scenario for case in more}
    assert all(case.because and case.scenario for case in more)


def test_the_cases_of_the_blind_sets_have_words():
    cases = agreement.load(BLIND)
    assert len(cases) >= 40 and all(case.because and case.scenario for case in cases)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "file", [pytest.param(file, marks=[pytest.mark.slow] * (file not in (SEEN, BLIND))) for file in REACHED], ids=STEMS
)
def test_the_seeded_rules_agree_with_the_cases(file):
    results = agreement.run(agreement.load(file))
    told = "\n".join(report.lines(results, wrong_only=True))
    assert report.percent(results) >= REACHED[file], told
    assert not any(not result.agrees and result.word == "high" for result in results), told
    assert not any(result.remarks for result in results), told
    assert not any(result.untrue for result in results), told

"""`manage.py agreement`: reads and checks the file, compares, reports, and leaves nothing behind."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from aftersales.tenants.models import Organization
from analytics import agreement
from analytics.agreement import cases as reading_cases
from analytics.agreement import judging, verdict
from analytics.agreement.cases import Expected
from tickets.problems import Problem
from tickets.responsibility import Recommendation

pytestmark = pytest.mark.django_db
# The names in the taxonomy that the cases are written with.
NAMES = """defective on arrival; fails in use; counterfeit/wrong version; expired; wrong item; wrong size/colour;
wrong quantity; missing item; missing part; outer box damaged; box intact but item broken (packing); water; crushed;
delayed; no tracking movement; lost; delivered but not received; wrong address; returned to sender; held – documents;
held – prohibited; unexpected duty; seized/destroyed; valuation dispute; overcharged freight/weight;
instruction ignored;
inspection missed; slow answer; no longer wanted; ordered wrong; not received; wrong amount; wrong currency; other"""


def case(**fields) -> dict:
    """Return a small case that is decidable: the warehouse packed badly."""
    made = {
        "id": "T1",
        "problem": "box intact but item broken (packing)",
        "trace": {"packing": {"by": "warehouse", "cushioning": "none"}},
        "expected": {"parties": {"warehouse": 100}, "confidence": "high"},
        "because": "No padding.",
    }
    return made | fields


@pytest.fixture
def written(tmp_path):
    """Return a function that writes cases to a file and returns its path."""

    def write(*found) -> str:
        path = tmp_path / "cases.json"
        path.write_text(json.dumps(list(found)), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def says(monkeypatch):
    """Return a function that makes every recommendation say the same."""

    def say(shares, confidence=90, asks_for=(), facts=(), basis="The packer answers."):
        found = type("Said", (), {})()
        found.rule, found.shares, found.confidence, found.basis = "D5", shares, confidence, basis
        found.facts, found.asks_for = list(facts), asks_for
        monkeypatch.setattr(judging.responsibility, "recommend", lambda ticket, **_more: found)

    return say


def agree(path: str, **options) -> str:
    out = StringIO()
    call_command("agreement", path, stdout=out, **options)
    return out.getvalue()


def refused(path: str) -> str:
    with pytest.raises(CommandError) as caught:
        agree(path)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_the_report_says_expected_recommended_rule_and_basis(written, says):
    says([("warehouse", 80), ("carrier", 20)])
    out = agree(written(case()))
    assert "T1  agrees  broken_inside" in out
    assert "expected     warehouse 100 %" in out
    assert "recommended  warehouse 80 %, carrier 20 %, confidence 90 % (high), rule D5" in out
    assert "basis        The packer answers." in out
    assert "1 of 1 agree: 100.0 %" in out


def test_wrong_answers_come_first_the_surest_first(written, says, monkeypatch):
    says([("carrier", 100)])
    sure = {"A": 40, "B": 95, "C": 60}
    judge = judging.judge

    def judged(each, ticket, log):
        result = judge(each, ticket, log)
        return judging.Result(**{**result.__dict__, "confidence": sure.get(each.id, 90)})

    monkeypatch.setattr(judging, "judge", judged)
    right = case(id="R", expected={"parties": {"carrier": 100}})
    out = agree(written(right, case(id="A"), case(id="B"), case(id="C")))
    order = [line.split()[0] for line in out.splitlines() if "  DIFFERS  " in line or "  agrees  " in line]
    assert order == ["B", "C", "A", "R"]
    assert "3 differ, 1 of them with high confidence" in out
    assert agree(written(right), wrong=True).startswith("1 of 1 agree")


def test_nothing_of_a_run_stays(written):
    agree(written(case()))
    assert not Organization.objects.exists()


def test_json_holds_the_same(written, says):
    says([("carrier", 100)])
    data = json.loads(agree(written(case()), json=True))
    assert (data["total"], data["agree"], data["wrong_with_high_confidence"]) == (1, 0, 1)
    assert data["cases"][0]["recommended"] == {"carrier": 100}


def test_fail_under(written, says):
    says([("carrier", 100)])
    path = written(case(), case(id="T2", expected={"parties": {"carrier": 100}}))
    agree(path, fail_under=50)
    with pytest.raises(CommandError, match=r"50\.0 % agree; 51 % were asked for") as caught:
        agree(path, fail_under=51)
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"problem": "melted"}, "T1: problem: “melted” is no problem of the taxonomy"),
        ({"expected": {"parties": {"bank": 100}}}, "T1: expected.parties: “bank” is no party"),
        ({"expected": {"parties": {"carrier": 60}}}, "T1: expected.parties: the shares add up to 60; make it 100."),
        ({"expected": {"parties": {}, "ask_for": ["selfie"]}}, "T1: expected.ask_for: “selfie” is not known"),
        ({"expected": {"party": "carrier"}}, "T1: expected.party: write parties"),
        ({"trace": []}, "T1: trace: write an object"),
        ({"trace": {"scans": [{"code": "vanished", "day": 3}]}}, "T1: scans[0].code: “vanished” is not known"),
        ({"trace": {"packing": {"box": "soft"}}}, "T1: packing.box: “soft” is not known; write sound, damaged or null"),
        ({"trace": {"delivery": {"day": "soon"}}}, "T1: delivery.day: write a number or null."),
        ({"trace": {"dispatch_weight_g": -4}}, "T1: dispatch_weight_g: write a number from 0"),
        ({"trace": {"earlier_on_batch": [4]}}, "T1: earlier_on_batch: write [complaints, orders]"),
        ({"trace": {"earlier_on_batch": [4, 3]}}, "T1: earlier_on_batch: write [complaints, orders]"),
        ({"trace": {"policy_version_accepted": "perhaps"}}, "T1: policy_version_accepted: write true, false or null."),
        ({"trace": {"requests": [{"to": "pope", "for": "item_photo"}]}}, "T1: requests[0].to: “pope” is not known"),
        ({"trace": {"media_reused": {"photo": 1}}}, "T1: media_reused: there is no customer_media"),
    ],
)
def test_a_bad_field_is_named_with_its_case_and_the_mend(written, changed, told):
    assert told in refused(written(case(**changed)))


def test_every_bad_case_is_told_at_once(written):
    told = refused(written(case(id="A", problem="?"), case(id="B", expected={"parties": {"x": 100}}), case(id="A")))
    assert "A: problem" in told and "B: expected.parties" in told


def test_a_case_that_cannot_be_read_differs_and_hides_no_other(written, says):
    says([("warehouse", 100)])
    path, out = (
        written(case(), case(id="B", problem="?"), case(id="C", trace={"delivery": {"day": "soon"}})),
        StringIO(),
    )
    with pytest.raises(CommandError, match="C: delivery"):
        call_command("agreement", path, stdout=out)
    told = out.getvalue()
    assert "T1  agrees" in told and "UNREAD  B: problem" in told and "UNREAD  C: delivery.day" in told
    assert "1 of 3 agree: 33.3 %" in told and "2 could not be read and count as differing" in told


def test_a_case_twice_no_list_no_json_no_file(written, tmp_path):
    assert "T1: id: is there twice" in refused(written(case(), case()))
    path = tmp_path / "other.json"
    path.write_text("{}", encoding="utf-8")
    assert "write a list of cases" in refused(str(path))
    path.write_text("[", encoding="utf-8")
    assert "is no JSON" in refused(str(path))
    assert "cannot be read" in refused(str(tmp_path / "none.json"))


def test_an_unknown_field_of_the_trace_is_reported(written, says):
    says([("warehouse", 100)])
    out = agree(written(case(trace={"packing": {"ribbon": "red"}, "moon": "full"}, facts={})))
    assert "note  T1: facts: is not a field of a case" in out
    assert "note  T1: moon: is not a field of the format" in out
    assert "note  T1: packing.ribbon: is not a field of the format" in out


def test_a_recommendation_that_fails_counts_as_different(written, monkeypatch):
    def fail(ticket, **_more):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(judging.responsibility, "recommend", fail)
    out = agree(written(case(), case(id="T2")))
    assert "0 of 2 agree" in out and "ZeroDivisionError" in out


def test_a_basis_that_rests_on_what_is_not_there_is_told(written, says):
    fact = {"name": "box", "text": "The box", "supports": True, "source": "shipment:999999"}
    says([("warehouse", 100)], facts=[fact, fact | {"supports": None}])
    out = agree(written(case()))
    assert out.count("NOT TRUE     box: its source “shipment:999999” is not in the record") == 1
    says([("warehouse", 100)], basis="The box of {place}.", facts=[fact | {"value": None, "text": ""}])
    out = agree(written(case()))
    assert "unfilled words" in out and "box: not known" in out and "box: no words" in out


def test_every_name_of_the_taxonomy_is_understood():
    found = {reading_cases.problem_of("T", name.strip()) for name in NAMES.replace("\n", " ").split(";")}
    assert found == set(Problem.values)
    for problem in Problem:
        assert reading_cases.problem_of("T", str(problem.label)) == problem
        assert reading_cases.problem_of("T", problem.value) == problem
    assert reading_cases.problem_of("T", "Refund: wrong amount") == Problem.REFUND_AMOUNT
    assert reading_cases.problem_of("T", "Customs: held - documents") == Problem.HELD_DOCUMENTS
    assert reading_cases.problem_of("T", "wrong size or color") == Problem.WRONG_SIZE


CARRIER, BOTH = {"carrier": 100}, {"carrier": 50, "warehouse": 50}


@pytest.mark.parametrize(
    ("accepted", "shares", "same"),
    [
        ([CARRIER], {"carrier": 100}, True),
        ([CARRIER], {"carrier": 80, "warehouse": 20}, True),
        ([CARRIER], {"carrier": 79, "warehouse": 21}, False),
        ([CARRIER], {"warehouse": 100}, False),
        ([CARRIER], {}, False),
        ([BOTH], {"carrier": 60, "warehouse": 40}, True),
        ([BOTH], {"carrier": 71, "warehouse": 29}, False),
        ([{"carrier": 60, "warehouse": 40}], {"carrier": 50, "warehouse": 50}, True),
        ([{"carrier": 60, "warehouse": 40}], {"carrier": 45, "warehouse": 55}, False),
        ([CARRIER, BOTH], {"carrier": 55, "warehouse": 45}, True),
        ([CARRIER, {}], {}, True),
    ],
)
def test_when_a_decision_agrees(accepted, shares, same):
    assert verdict.agrees(Expected(tuple(accepted), ()), shares, 90, ()) is same


@pytest.mark.parametrize(
    ("shares", "confidence", "asks_for", "same"),
    [
        ({}, 0, ["item_photo"], True),
        ({}, 0, ["stock_check"], False),
        ({}, 0, [], False),
        ({"carrier": 100}, 49, ["fault_video"], True),
        ({"carrier": 100}, 50, ["fault_video"], False),
    ],
)
def test_when_an_open_case_agrees(shares, confidence, asks_for, same):
    assert verdict.agrees(Expected((), ("item_photo", "fault_video")), shares, confidence, asks_for) is same


def test_nobody_owes_anything_is_not_the_same_as_not_knowing():
    assert not verdict.agrees(Expected((CARRIER, {}), ()), {}, 0, ["item_photo"])


def test_the_example_of_the_documentation_is_read():
    path = Path(__file__).parent / "cases" / "seen.json"
    assert agreement.load(path)
    assert Recommendation.__dataclass_fields__.keys() >= {"rule", "shares", "confidence", "basis", "facts", "asks_for"}

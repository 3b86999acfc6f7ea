"""What can be said of a decision table by looking at it."""

import pytest

from tickets.rulebook import difference, digest, placed, unreachable


def rule(code, *when, problems=("lost",), **fields):
    conditions = [{"fact": fact, "op": op, **({"value": value[0]} if value else {})} for fact, op, *value in when]
    return {"code": code, "problems": list(problems), "when": conditions, **fields}


def codes(rules):
    return [each["code"] for each in rules]


# ── differences ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_added_changed_moved_and_removed_are_told_apart():
    before = [rule(code) for code in "ABCDE"]
    after = [before[1], before[2], before[0], rule("E", ("late", "is_true")), rule("F")]
    found = difference(before, after)
    assert (found.added, found.changed, found.moved, found.removed) == (["F"], ["E"], ["A"], ["D"])
    assert found.of("A") == ["moved"] and found.of("E") == ["changed"] and found.of("B") == [] and len(found) == 4


def test_the_same_rules_have_no_difference():
    rules = [rule(code) for code in "ABC"]
    assert not difference(rules, [dict(each) for each in rules]) and not difference([], [])


def test_turned_round_all_but_one_have_moved():
    rules = [rule(code) for code in "ABCD"]
    assert len(difference(rules, rules[::-1]).moved) == 3


def test_a_rule_is_placed_and_the_ends_hold():
    rules = [rule(code) for code in "ABCD"]
    assert codes(placed(rules, "C", 1)) == list("CABD") and codes(placed(rules, "A", 99)) == list("BCDA")
    assert codes(placed(rules, "B", 0)) == list("BACD") and codes(placed(rules, "B", 2)) == list("ABCD")
    assert codes(placed(rules, "Z", 1)) == list("ABCD")


def test_the_digest_looks_at_the_content():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1, "b": 3})


# ── rules that nothing comes to ────────────────────────────────────────────────────────────────────────────────────
def any_of(*conditions):
    return {"any": [{"fact": fact, "op": op} for fact, op in conditions]}


LATE, LOST = ("late", "is_true"), ("declared_lost", "is_true")
BROADER = [
    ((), (LATE,)),
    ((LATE,), (LOST, LATE)),
    ((("late_days", "gt", 3),), (("late_days", "gt", 5),)),
    ((("late_days", "ge", 3),), (("late_days", "gt", 3),)),
    ((("late_days", "gt", 3),), (("late_days", "eq", 4),)),
    ((("late_days", "le", 3),), (("late_days", "lt", 3),)),
    ((("late_days", "known"),), (("late_days", "lt", 3),)),
    ((("signed", "in", ["none", "other"]),), (("signed", "eq", "none"),)),
    ((("signed", "in", ["none", "other"]),), (("signed", "in", ["other"]),)),
]
NOT_BROADER = [
    ((LATE,), ()),
    ((LATE,), (LOST,)),
    ((LATE,), (("late", "is_false"),)),
    ((("late_days", "gt", 5),), (("late_days", "gt", 3),)),
    ((("late_days", "gt", 3),), (("late_days", "ge", 3),)),
    ((("late_days", "gt", 3),), (("late_days", "lt", 9),)),
    ((("late_days", "lt", 3),), (("late_days", "eq", 3),)),
    ((("late_days", "known"),), (("late_days", "unknown"),)),
    ((("signed", "eq", "none"),), (("signed", "in", ["none", "other"]),)),
]


@pytest.mark.parametrize(("earlier", "later"), BROADER)
def test_a_rule_behind_a_broader_one_is_never_reached(earlier, later):
    assert unreachable([rule("A", *earlier), rule("B", *later)]) == {"B": ["A"]}


@pytest.mark.parametrize(("earlier", "later"), NOT_BROADER)
def test_a_rule_behind_a_narrower_one_is_reached(earlier, later):
    assert unreachable([rule("A", *earlier), rule("B", *later)]) == {}


def test_a_group_of_alternatives_is_broader_than_each_of_them():
    either, late = rule("A"), rule("B", LATE)
    either["when"] = [any_of(LATE, LOST)]
    assert unreachable([either, late]) == {"B": ["A"]} and unreachable([late, either]) == {}


def test_each_problem_must_be_taken_by_an_earlier_rule():
    both = rule("C", LATE, problems=("lost", "delayed"))
    assert unreachable([rule("A"), both]) == {}
    assert unreachable([rule("A"), rule("B", problems=("delayed",)), both]) == {"C": ["A", "B"]}


def test_a_rule_not_yet_in_force_or_retired_hides_nothing():
    assert unreachable([rule("A", effective_from="2027-01-01"), rule("B")]) == {}
    assert unreachable([rule("A", effective_from="2027-01-01"), rule("B", effective_from="2027-02-01")]) != {}
    assert unreachable([rule("A", retired=True), rule("B")]) == {} == unreachable([rule("A"), rule("B", retired=True)])

"""The decision table: reading it, refusing what cannot be used, and when a condition holds."""

import datetime as dt
import itertools
import json

import pytest
from django.utils import translation

from tickets.problems import Problem
from tickets.responsibility import rules
from tickets.responsibility.defaults import DEFAULT_RULES, default_rules
from tickets.responsibility.facts import Facts
from tickets.responsibility.recommendation import decide
from tickets.responsibility.rules import BadRule, Condition, dump, holds, parse

GOOD = {
    "code": "X1",
    "problems": ["broken_inside"],
    "when": [{"fact": "packing_weak", "op": "is_true"}],
    "verdict": "share",
    "shares": {"warehouse": 100},
    "confidence": 84,
    "basis": {"en": "The padding was weak."},
    "source": "Order of evidence",
    "effective_from": "",
    "asks_for": [],
    "retired": False,
    "split": "",
}
TODAY = dt.date(2026, 5, 1)


def known(**values) -> Facts:
    facts = Facts()
    for name, value in values.items():
        facts.put(name, value, name, "ticket:1")
    return facts


# ── the evaluator ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "op, value, found, met",
    [
        ("is_true", None, True, True),
        ("is_true", None, False, False),
        ("is_true", None, None, False),
        ("is_false", None, False, True),
        ("is_false", None, True, False),
        ("is_false", None, None, False),
        ("unknown", None, None, True),
        ("unknown", None, False, False),
        ("known", None, False, True),
        ("known", None, None, False),
        ("eq", 3, 3, True),
        ("eq", 3, None, False),
        ("in", ("a", "b"), "b", True),
        ("in", ("a", "b"), None, False),
        ("lt", 3, 2, True),
        ("lt", 3, 3, False),
        ("le", 3, 3, True),
        ("gt", 3, 4, True),
        ("ge", 3, 3, True),
        ("ge", 0, None, False),
        ("lt", 3, None, False),
    ],
)
def test_a_condition_holds_or_not_and_unknown_is_never_no(op, value, found, met):
    values = {} if found is None else {"fact": found}
    assert holds(Condition("fact", op, value), values) is met


def test_of_a_group_one_must_hold():
    group = Condition(any=(Condition("a", "is_true"), Condition("b", "is_false")))
    assert holds(group, {"b": False}) and holds(group, {"a": True}) and not holds(group, {"b": True})
    assert not holds(group, {})


def test_none_decides_no_rule_that_asks_for_a_known_fact():
    for rule in default_rules():
        asks = [c for c in rule.when if not any(one.op == "unknown" for one in c.each())]
        assert not any(holds(condition, {}) for condition in asks), rule.code


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_reading_and_writing_give_the_same():
    found = parse(DEFAULT_RULES)
    assert parse(json.loads(json.dumps(dump(found)))) == found
    assert dump(found) == json.loads(json.dumps(DEFAULT_RULES))


@pytest.mark.parametrize(
    "change, field",
    [
        ({"code": ""}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"problems": []}, "problems"),
        ({"problems": ["nonsense"]}, "problems"),
        ({"problems": "broken_inside"}, "problems"),
        ({"when": "always"}, "when"),
        ({"when": [{"fact": "nonsense", "op": "is_true"}]}, "when[1]"),
        ({"when": [{"fact": "packing_weak", "op": "gt", "value": 3}]}, "when[1]"),
        ({"when": [{"fact": "late_days", "op": "gt", "value": "many"}]}, "when[1]"),
        ({"when": [{"fact": "late_days", "op": "gt", "value": True}]}, "when[1]"),
        ({"when": [{"fact": "signed", "op": "eq", "value": "nicely"}]}, "when[1]"),
        ({"when": [{"fact": "signed", "op": "in", "value": []}]}, "when[1]"),
        ({"when": [{"any": [{"fact": "late", "op": "is_true"}]}]}, "when[1]"),
        ({"when": [{"any": "x"}]}, "when[1]"),
        ({"when": ["late"]}, "when[1]"),
        ({"verdict": "guilty"}, "verdict"),
        ({"shares": {"warehouse": 60}}, "shares"),
        ({"shares": {"warehouse": 60, "carrier": 50}}, "shares"),
        ({"shares": {"nobody": 100}}, "shares"),
        ({"shares": {"warehouse": 0, "carrier": 100}}, "shares"),
        ({"shares": {"warehouse": True}}, "shares"),
        ({"shares": {}}, "shares"),
        ({"shares": []}, None),
        ({"confidence": 101}, "confidence"),
        ({"confidence": "high"}, "confidence"),
        ({"confidence": None}, "confidence"),
        ({"verdict": "undecided", "asks_for": ["item_photo"]}, "confidence"),
        ({"verdict": "undecided", "confidence": 40}, "asks_for"),
        ({"basis": {}}, "basis"),
        ({"basis": {"de": "Ja."}}, "basis"),
        ({"basis": {"en": "{nonsense} days"}}, "basis"),
        ({"basis": {"en": "{late_days.__class__}"}}, "basis"),
        ({"source": ""}, "source"),
        ({"source": "x" * 201}, "source"),
        ({"effective_from": "tomorrow"}, "effective_from"),
        ({"asks_for": ["a pony"]}, "asks_for"),
        ({"split": "evenly"}, "split"),
        ({"price": 3}, "price"),
    ],
)
def test_a_bad_rule_names_itself_the_field_and_the_mend(change, field):
    with pytest.raises(BadRule) as found:
        parse([GOOD | change])
    if field:
        assert found.value.field == field
    assert found.value.code and found.value.message[0].isupper() | found.value.message.startswith("“")
    assert found.value.message.endswith(".")


@pytest.mark.parametrize("data", [None, {}, "rules", [3], [GOOD, GOOD]])
def test_what_is_no_list_of_rules_is_refused(data):
    with pytest.raises(BadRule):
        parse(data)


def test_a_rule_counts_from_its_day_and_until_it_is_retired():
    later = parse([GOOD | {"effective_from": "2026-05-02"}])[0]
    assert not later.applies_to("broken_inside", TODAY) and later.applies_to("broken_inside", dt.date(2026, 5, 2))
    assert not later.applies_to("lost", dt.date(2026, 5, 2))
    assert not parse([GOOD | {"retired": True}])[0].applies_to("broken_inside", TODAY)


def test_the_words_are_read_in_the_reader_s_language():
    rule = parse([GOOD | {"basis": {"en": "The padding was weak.", "ar": "كان الحشو ضعيفا."}}])[0]
    assert rule.words("ar") == "كان الحشو ضعيفا." and rule.words("de") == rule.words("en")
    with translation.override("ar"):
        assert rule.words() == "كان الحشو ضعيفا."


# ── the seeded table ───────────────────────────────────────────────────────────────────────────────────────────────
def test_there_are_enough_rules_and_each_says_what_it_rests_on():
    found = default_rules()
    assert len(found) >= 40
    assert all(rule.source and rule.words("en") for rule in found)
    assert len({rule.code for rule in found}) == len(found)


@pytest.mark.parametrize("problem", Problem.values)
def test_every_problem_has_an_answer_where_nothing_is_known(problem):
    found = decide(Facts(), problem, TODAY, default_rules())
    assert found.rule and found.basis and not found.facts
    assert found.confidence < 50 or problem in ("unwanted", "ordered_wrong")
    assert found.asks_for or problem in ("unwanted", "ordered_wrong")


# What else may be known, so that a rule which comes before does not fit: not in any of its conditions.
BESIDE = (
    {},
    {"inspected": True},
    {"customs_letter": True},
    {"days_since_delivery": 30},
    {"inspected": True, "packing_shows": True},
    {"customs_letter": True, "declaration_complete": True},
    {"moved": True},
    {"inspected": True, "inspection_passed": True},
    {"inspected": True, "inspection_covered": True},
    {"customs_letter": True, "customs_event": "hold"},
)


def asked_for(one: Condition) -> object:
    """Return a value that meets a condition, None for one that must be unknown."""
    if one.op in ("gt", "lt"):
        return one.value + (1 if one.op == "gt" else -1)
    return {"is_true": True, "is_false": False, "known": 1, "in": one.value and one.op == "in" and one.value[0]}.get(
        one.op, one.value if one.op in ("eq", "ge", "le") else None
    )


def fits(rule, values) -> bool:
    return all(holds(condition, values) for condition in rule.when)


def is_reached(rule) -> bool:
    """Whether facts exist for which this rule is the first that fits: one condition of each group, and more beside."""
    earlier = list(itertools.takewhile(lambda each: each is not rule, default_rules()))
    before = [[each for each in earlier if problem in each.problems] for problem in rule.problems]
    for picked in itertools.product(*[list(condition.each()) for condition in rule.when]):
        for beside in BESIDE:
            asked = beside | {one.fact: asked_for(one) for one in picked}
            values = {name: value for name, value in asked.items() if value is not None}
            if fits(rule, values) and any(not any(fits(each, values) for each in table) for table in before):
                return True
    return False


def test_each_rule_can_be_the_first_that_fits():
    assert [rule.code for rule in default_rules() if not is_reached(rule)] == []


def test_the_words_of_each_rule_fill():
    for rule in default_rules():
        values = {}
        for condition in rule.conditions:
            if condition.op not in ("unknown",):
                values.setdefault(condition.fact, 7 if rules.FACTS[condition.fact].kind == "number" else True)
        for name in rules.PLACEHOLDER.findall(rule.words("en")):
            assert name in values or name in IMPLIED, (rule.code, name)


# Facts that are known whenever another condition of the rule holds.
IMPLIED = {
    "days_since_delivery",
    "window_days",
    "weight_lost_g",
    "late_days",
    "declared_percent",
    "refund_overdue_days",
    "answer_late_days",
    "address_complaints",
    "silent_days",
}

"""The decision table's draft: one at a time, nothing lost between two admins, published ones frozen."""

import pytest
from django.db import InternalError, ProgrammingError, transaction

from aftersales.tenants.actions import Refused, TooLate
from aftersales.tenants.models import AuditEvent, Membership
from aftersales.tenants.scope import tenant
from tests.tickets.rulebook_cast import TABLE, administrator, publish, rule
from tickets.actions import rule_trial
from tickets.actions import rulebook as actions
from tickets.models import RuleSet
from tickets.responsibility.rules import parse
from tickets.rulebook import digest, find

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(alice) -> Membership:
    return administrator(alice)


@pytest.fixture
def work(luma, admin):
    """The draft of Luma, which has published its first version, and each verb on it."""
    with tenant(luma):
        publish()
        draft = actions.start_draft(luma, by=admin, rules=TABLE)

        class Work:
            def again(self) -> RuleSet:
                return RuleSet.objects.get(pk=draft.pk)

            def save(self, new, was="", **fields):
                with transaction.atomic():
                    return actions.save_rule(
                        luma, by=admin, version=2, code=new["code"], rule=new, was=was and digest(was), **fields
                    )

            def move(self, code, position):
                return [r["code"] for r in actions.move_rule(
                    luma, by=admin, version=2, code=code, position=position
                ).rules]  # fmt: skip

            def publish(self, note="Because", published=TABLE):
                with transaction.atomic():
                    return actions.publish_draft(luma, by=admin, version=2, note=note, published=published)

            def tried(self) -> None:
                rule_trial.start_trial(luma, by=admin, version=2)

        yield Work()


def test_there_is_one_draft(luma, admin, work):
    assert actions.start_draft(luma, by=admin, rules=[rule("X")]).rules == TABLE
    with pytest.raises(TooLate, match="There is a draft already"):
        actions.start_draft(luma, by=admin, rules=[rule("X")], wanted=True)
    assert RuleSet.objects.filter(state="draft").count() == 1 and work.again().version == 2


def test_a_rule_is_changed_added_and_removed(luma, admin, work):
    changed = rule("A", confidence=60)
    work.save(changed, was=TABLE[1])
    work.save(rule("N1", ("lost",)))
    draft = work.again()
    assert find(draft.rules, "A") == changed and [each["code"] for each in draft.rules] == ["L1", "A", "Z", "N1"]
    actions.remove_rule(luma, by=admin, version=2, code="N1", was=digest(rule("N1", ("lost",))))
    assert find(work.again().rules, "N1") is None
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", "subject")
    assert list(verbs)[-3:] == [("rule_changed", "A (2)"), ("rule_added", "N1 (2)"), ("rule_removed", "N1 (2)")]


def test_saving_the_same_writes_nothing(work):
    work.save(TABLE[1], was=TABLE[1])
    assert not AuditEvent.objects.filter(verb="rule_changed").exists()


def test_a_rule_is_moved(work):
    assert work.move("Z", 1) == ["Z", "L1", "A"] and work.move("Z", 99) == ["L1", "A", "Z"]
    with pytest.raises(TooLate):
        work.move("NONE", 1)


def test_of_two_who_change_a_rule_the_second_is_told(work):
    work.save(rule("A", confidence=60), was=TABLE[1])
    with pytest.raises(TooLate, match="Somebody changed this rule"):
        work.save(rule("A", confidence=70), was=TABLE[1])
    assert find(work.again().rules, "A")["confidence"] == 60
    work.save(rule("A", confidence=70), was=rule("A", confidence=60))
    assert find(work.again().rules, "A")["confidence"] == 70


def test_a_rule_that_was_removed_meanwhile_is_told(luma, admin, work):
    actions.remove_rule(luma, by=admin, version=2, code="A", was=digest(TABLE[1]))
    with pytest.raises(TooLate, match="Somebody removed this rule"):
        work.save(rule("A", confidence=70), was=TABLE[1])
    work.save(rule("A", confidence=70))
    assert find(work.again().rules, "A")["confidence"] == 70


def test_a_changed_rule_is_not_removed_unseen(luma, admin, work):
    work.save(rule("A", confidence=60), was=TABLE[1])
    with pytest.raises(TooLate):
        actions.remove_rule(luma, by=admin, version=2, code="A", was=digest(TABLE[1]))
    assert find(work.again().rules, "A")


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (rule("B", shares={"carrier": 60}), "shares"),
        (rule("B", ()), "problems"),
        (rule("B", basis={"ar": "x"}), "basis"),
        (rule("B", confidence=101), "confidence"),
        (rule("B", source=""), "source"),
        (rule("B", when=[{"fact": "moonshine", "op": "is_true"}]), "when[1]"),
        (rule("A"), "code"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_its_field(work, new, field):
    with pytest.raises(Refused) as refused:
        work.save(new)
    assert refused.value.field == field and work.again().rules == TABLE


def test_the_last_rule_stays(luma, admin, work):
    for each in TABLE[:2]:
        actions.remove_rule(luma, by=admin, version=2, code=each["code"], was=digest(each))
    with pytest.raises(Refused, match="at least one rule"):
        actions.remove_rule(luma, by=admin, version=2, code="Z", was=digest(TABLE[2]))


def test_nobody_without_the_right_changes_rules(luma, mona, work):
    manager = Membership.objects.select_related("user").get(user=mona)
    with pytest.raises(Refused, match="no longer change the settings"):
        actions.save_rule(luma, by=manager, version=2, code="A", rule=rule("A"), was=digest(TABLE[1]))


# ── publishing ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_publishing_asks_for_a_note_a_difference_and_a_trial(work):
    with pytest.raises(Refused, match="Nothing is different"):
        work.publish()
    work.save(rule("A", confidence=60), was=TABLE[1])
    with pytest.raises(Refused) as refused:
        work.publish(note="  ")
    assert refused.value.field == "note"
    with pytest.raises(Refused, match="Try the draft on past tickets first"):
        work.publish()
    work.tried()
    work.move("Z", 1)
    with pytest.raises(Refused, match="changed since the last trial"):
        work.publish()
    work.tried()
    assert work.publish(note=" Weak  packing ").note == "Weak packing"
    event = AuditEvent.objects.order_by("pk").last()
    assert event.verb == "rulebook_published" and event.data["changed"] == ["A"] and event.data["moved"] == ["Z"]


def test_a_published_version_is_frozen_in_the_database(work):
    work.save(rule("A", confidence=60), was=TABLE[1])
    work.tried()
    done = work.publish()
    for change in (lambda: RuleSet.objects.filter(pk=done.pk).update(note="x"), done.delete, done.save):
        with pytest.raises((InternalError, ProgrammingError), match="frozen"), transaction.atomic():
            change()
    assert RuleSet.objects.get(pk=done.pk).note == "Because"


def test_nothing_is_done_to_a_draft_that_is_gone(luma, admin, work):
    actions.discard_draft(luma, by=admin, version=2)
    for act in (work.tried, work.publish, lambda: work.move("A", 1), lambda: work.save(rule("N"))):
        with pytest.raises(TooLate, match="published or thrown away"):
            act()
    assert actions.start_draft(luma, by=admin, rules=TABLE).version == 2


def test_the_seeded_rules_can_be_changed_and_published(luma, harbor, admin, charlie):
    from tickets.queries import rulebook as queries

    with tenant(luma):
        seeded = queries.rules_of(None)
        assert len(parse(seeded)) >= 40
        draft = actions.start_draft(luma, by=admin, rules=seeded)
        assert draft.version == 1
        actions.move_rule(luma, by=admin, version=1, code=seeded[1]["code"], position=1)
        rule_trial.start_trial(luma, by=admin, version=1)
        actions.publish_draft(luma, by=admin, version=1, note="Order", published=seeded)
        assert queries.published().rules[0] == seeded[1]
    with tenant(harbor):
        assert queries.published() is None

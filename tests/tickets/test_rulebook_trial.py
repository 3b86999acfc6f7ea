"""A draft is tried on past tickets before it counts; afterwards undecided tickets follow the published rules."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, member, to_stage
from tests.tickets.rulebook_cast import TABLE, administrator, decide, decided, in_responsibility, publish, rule
from tickets import tasks
from tickets.actions import rule_trial
from tickets.actions import rulebook as actions
from tickets.models import Assessment, RuleSet
from tickets.queries import rule_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(alice):
    return administrator(alice)


@pytest.fixture
def draft(luma, admin):
    """A draft in which broken goods are the carrier's."""
    with tenant(luma):
        publish()
        return actions.start_draft(luma, by=admin, rules=[rule("A", shares={"carrier": 100}), TABLE[0], TABLE[2]])


def run(luma, admin, draft) -> RuleSet:
    with tenant(luma):
        rule_trial.start_trial(luma, by=admin, version=draft.version)
    tasks.try_rules(luma.pk, draft.pk)
    with tenant(luma):
        return RuleSet.objects.get(pk=draft.pk)


def test_it_says_which_tickets_would_be_decided_otherwise_and_which_way_is_nearer(luma, harbor, admin, draft):
    with tenant(harbor):
        publish()
        decided(2)
    with tenant(luma):
        nearer = decided(2, shares={"carrier": 100})
        (further,) = decided(1)
        decided(1, shares={"customer": 100})
        same = decide(make_ticket(problem="delayed"), code="Z", shares={"agent": 100})
    found = run(luma, admin, draft).trial
    assert (found["state"], found["tickets"], found["changed"]) == ("done", 5, 4)
    assert (found["closer"], found["further"]) == (2, 1)
    by_number = {row["ticket"]: row for row in found["rows"]}
    assert {t.number for t in nearer} <= set(by_number) and same.ticket.number not in by_number
    row = by_number[further.number]
    assert row["was"] == {"rule": "A", "shares": {"warehouse": 100}} and row["would"]["shares"] == {"carrier": 100}
    assert row["decided"] == {"warehouse": 100} and row["side"] == -1


def test_nothing_is_written_on_the_tickets(luma, admin, draft):
    with tenant(luma):
        decided(3)
        before = Assessment.objects.count(), Assessment.objects.order_by("-pk").first().pk
    run(luma, admin, draft)
    with tenant(luma):
        assert (Assessment.objects.count(), Assessment.objects.order_by("-pk").first().pk) == before


def test_it_goes_on_in_pieces_and_shows_how_far_it_is(luma, admin, draft, monkeypatch):
    monkeypatch.setattr(rule_trial, "STEP", 2)
    with tenant(luma):
        decided(5)
        rule_trial.start_trial(luma, by=admin, version=2)
        assert rule_trial.try_some(draft.pk)
        seen = rule_words.trial(RuleSet.objects.get(pk=draft.pk))
        assert (seen.state, seen.done, seen.total, seen.percent) == ("running", 2, 5, 40)
    tasks.try_rules(luma.pk, draft.pk)
    tasks.try_rules(luma.pk, draft.pk)
    with tenant(luma):
        seen = rule_words.trial(RuleSet.objects.get(pk=draft.pk))
        assert (seen.state, seen.done, len(seen.rows)) == ("done", 5, 5)
        assert seen.sentence == "It would have changed 5 of 5 tickets."


def test_only_the_latest_are_tried(luma, admin, draft, monkeypatch):
    monkeypatch.setattr(rule_trial, "MOST", 2)
    with tenant(luma):
        tickets = decided(3)
    found = run(luma, admin, draft).trial
    assert [row["ticket"] for row in found["rows"]] == [tickets[2].number, tickets[1].number]


def test_pressing_twice_is_one_trial(luma, admin, draft):
    with tenant(luma):
        decided(1)
        first = rule_trial.start_trial(luma, by=admin, version=2).trial
        assert rule_trial.start_trial(luma, by=admin, version=2).trial == first


def test_a_change_while_it_runs_throws_its_result_away(luma, admin, draft, monkeypatch):
    monkeypatch.setattr(rule_trial, "STEP", 1)
    with tenant(luma):
        decided(3)
        rule_trial.start_trial(luma, by=admin, version=2)
        compare = rule_trial._compare

        def change(*arguments):
            actions.move_rule(luma, by=admin, version=2, code="Z", position=1)
            return compare(*arguments)

        monkeypatch.setattr(rule_trial, "_compare", change)
        assert not rule_trial.try_some(draft.pk)
        fresh = RuleSet.objects.get(pk=draft.pk)
        assert fresh.trial == {} and not rule_trial.is_tried(fresh) and rule_words.trial(fresh).state == ""


def test_a_trial_that_stops_says_so_and_can_be_started_again(luma, admin, draft, monkeypatch, caplog):
    with tenant(luma):
        decided(1)
    monkeypatch.setattr(rule_trial, "_compare", lambda *_arguments: 1 / 0)
    stopped = run(luma, admin, draft)
    assert stopped.trial["state"] == "failed" and "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert run(luma, admin, draft).trial["state"] == "done"


def test_without_a_decided_ticket_there_is_nothing_to_wait_for(luma, admin, draft):
    with tenant(luma):
        tried = rule_trial.start_trial(luma, by=admin, version=2)
        assert rule_trial.is_tried(tried) and rule_words.trial(tried).sentence.startswith("No ticket was decided yet")


def test_the_number_of_statements_grows_by_the_ticket_only(luma, admin, draft):
    def count() -> int:
        with tenant(luma):
            RuleSet.objects.filter(pk=draft.pk).update(trial={})
            rule_trial.start_trial(luma, by=admin, version=2)
            with CaptureQueriesContext(connection) as queries:
                rule_trial.try_some(draft.pk)
        return len(queries)

    with tenant(luma):
        decided(1)
    one = count()
    with tenant(luma):
        decided(2)
    three = count()
    assert (three - one) / 2 <= 30, "statements for each ticket"


# ── after publishing ───────────────────────────────────────────────────────────────────────────────────────────────
def test_undecided_tickets_follow_the_published_rules_once(luma, harbor, alice, admin, draft, charlie):
    with tenant(harbor):
        theirs = make_ticket()
        kept = theirs.recommendation().pk
    with tenant(luma):
        by = member(alice, luma)
        reported, waiting = make_ticket(), in_responsibility(by)
        done = to_stage(make_ticket(), "planning", by)
        old = done.recommendation().pk
        rule_trial.start_trial(luma, by=admin, version=2)
    tasks.try_rules(luma.pk, draft.pk)
    with tenant(luma):
        actions.publish_draft(luma, by=admin, version=2, note="Carrier", published=TABLE)
        assert reported.recommendation().shares.get().party == "warehouse"
    assert tasks.follow_rules() >= 2
    with tenant(luma):
        for ticket in (reported, waiting):
            now = ticket.recommendation()
            assert now.shares.get().party == "carrier" and now.rule_set.version == 2
        events = Assessment.objects.count()
    assert tasks.follow_rules() == 0
    with tenant(luma):
        assert Assessment.objects.count() == events and done.recommendation().pk == old
    with tenant(harbor):
        assert theirs.recommendation().pk == kept

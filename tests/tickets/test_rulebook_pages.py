"""The decision table in the browser."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.tenants.scope import tenant
from tests.factories import make_ticket
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.rulebook_cast import TABLE, administrator, decide, decided, publish, rule
from tickets import tasks
from tickets.actions import rule_trial
from tickets.actions import rulebook as actions
from tickets.models import RuleSet
from tickets.rulebook import digest, find

pytestmark = pytest.mark.django_db
THEIRS = [rule("HARBOR", ("lost",), {"customs": 100}), TABLE[2]]


def at(name: str, **kwargs) -> str:
    return reverse(f"settings:{name}", kwargs={"org": "luma", **kwargs})


@pytest.fixture(scope="module")
def rows(cast):
    """Harbor has published twice, decided otherwise, and is at work on a draft."""
    with tenant(cast.harbor):
        publish(THEIRS)
        publish(THEIRS, version=2)
        actions.start_draft(cast.harbor, by=administrator(cast.charlie), rules=THEIRS)
        decided(6, code="HARBOR", override="other")
    return cast


@pytest.fixture
def page(client, alice, luma):
    """Alice's browser; her organization has published, and so has Harbor."""
    with tenant(luma):
        publish()
    client.force_login(alice)

    def read(url: str, status: int = 200) -> str:
        answer = client.get(url, follow=status == 200)
        assert answer.status_code == status, url
        text = re.sub(r"\s+", " ", answer.content.decode())
        assert "HARBOR" not in text
        return text

    return read


@pytest.fixture
def draft(page, client, luma):
    """The draft that Alice began with a press."""
    assert client.post(at("start_rulebook")).status_code == 302
    with tenant(luma):
        return RuleSet.objects.get(state="draft")


def now(luma) -> RuleSet:
    with tenant(luma):
        return RuleSet.objects.get(state="draft")


def sent(was=None, **changes) -> dict:
    """Return what the form of a rule sends."""
    was = was or {}
    data = {
        "version": "2", "was": digest(was) if was else "", "count": "1", "problems": ["lost"], "verdict": "share",
        "split": "", "share_carrier": "100", "confidence": "85", "basis_en": "The carrier lost it.", "basis_ar": "",
        "source": "Terms, 9", "since": "", "fact_0": "", "op_0": "is_true", "value_0": "",
    }  # fmt: skip
    return data | changes


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_table_reads_as_sentences_by_group(page):
    text = page(at("rulebook"))
    assert "Version 1" in text and "3 rules" in text
    assert "when the carrier declared it lost" in text and "Carrier 100 %</b>, 85" not in text
    assert '<b class="b">Carrier 100 %</b>, 80 % sure' in text and "Because of L1." in text and "Terms, 4" in text
    assert text.index("Several groups") < text.index("Damage") < text.index("Logistics")


def test_the_seeded_table_is_shown_before_anything_was_changed(client, bob, alice, luma):
    client.force_login(alice)
    text = client.get(at("rulebook") + "?group=all").content.decode()
    assert "The defaults, unchanged" in text and text.count('id="rule-') >= 40
    with tenant(luma):
        assert not RuleSet.objects.exists()


def test_the_search_finds_words_of_a_rule(page):
    text = page(at("rulebook") + "?q=CARRIER+lost")
    assert "rule-L1" in text and 'id="rule-A"' not in text
    assert "No rule matches" in page(at("rulebook") + "?q=moonshine")


def test_how_often_people_agreed_and_what_stands_out(page, luma, alice):
    with tenant(luma):
        decided(3, by=alice)
        otherwise = decided(3, override="evidence", shares={"carrier": 100}, by=alice)
        decide(otherwise[0], override="goodwill", shares={"agent": 100}, by=alice)
        decided(4, code="Z", override="other")
    text = page(at("rulebook"))
    panel = text[text.index("People keep deciding otherwise") : text.index("Search the rules")]
    assert "50%" in panel and "6 decisions" in panel and 'rule-code">A<' in panel and 'rule-code">Z<' not in panel
    assert 'The evidence shows something else: <b class="num">2</b>' in panel and "Goodwill" in panel
    assert all(ticket.number in panel for ticket in otherwise)
    one = page(at("rulebook_rule", code="A"))
    assert all(ticket.number in one for ticket in otherwise) and "Followed" in one and "Carrier 100 %" in one


def test_the_rate_is_the_last_decisions_of_each_ticket(page, luma):
    with tenant(luma):
        (ticket,) = decided(1, override="other")
        decide(ticket)
    assert "100%</b> agreed" in page(at("rulebook")) and "1 decision<" in page(at("rulebook"))


def test_the_pages_ask_as_much_for_many_as_for_one(page, client, luma, alice):
    def counts():
        found = []
        for url in (at("rulebook"), at("rulebook_rule", code="A"), at("rulebook_versions")):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            found.append(len(queries))
        return found

    with tenant(luma):
        decided(6, override="other", by=alice)
    one = counts()
    with tenant(luma):
        decided(6, code="Z", override="other", by=alice)
        decided(3, override="goodwill", by=alice)
        publish(version=2)
        publish(version=3)
    assert counts() == one and max(one) <= 14


def test_managers_read_and_only_admins_change(page, client, mona, bob):
    client.force_login(mona)
    text = page(at("rulebook"))
    assert "Change the rules" not in text and "Because of A." in text
    assert client.get(at("rulebook_draft")).status_code == client.post(at("start_rulebook")).status_code == 403
    client.force_login(bob)
    assert client.get(at("rulebook")).status_code == 403


# ── versions ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_old_versions_are_read_and_become_drafts(page, client, luma, alice):
    with tenant(luma):
        publish([rule("A", confidence=33), TABLE[2]], version=2, note="Less sure", created_by=alice)
        publish(version=3)
    text = page(at("rulebook_versions"))
    assert "Less sure" in text and "Alice Admin" in text and "Version 3" in text
    old = page(at("rulebook_version", version=2))
    assert "33 % sure" in old and "Make a draft from this one" in old
    assert "Make a draft" not in page(at("rulebook_version", version=3))
    assert client.post(at("start_rulebook"), {"version": "2"}).status_code == 302
    assert find(now(luma).rules, "A")["confidence"] == 33 and now(luma).version == 4
    again = client.post(at("start_rulebook"), {"version": "1"}, follow=True).content.decode()
    assert "There is a draft already" in again and find(now(luma).rules, "A")["confidence"] == 33
    page(at("rulebook_version", version=4), 404)
    assert client.post(at("start_rulebook"), {"version": "77"}).status_code == 404


def test_versions_page_by_key(page, luma):
    with tenant(luma):
        for n in range(2, 35):
            publish(version=n)
    text = page(at("rulebook_versions"))
    assert "Version 34" in text and "Version 4<" not in text
    older = page(at("rulebook_versions") + "?before=5")
    assert "Version 4" in older and "Version 5<" not in older


# ── the draft ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_changing_begins_one_draft_and_get_writes_nothing(page, client, luma):
    page(at("rulebook_draft"))
    with tenant(luma):
        assert not RuleSet.objects.filter(state="draft").exists()
    for _n in range(2):
        assert client.post(at("start_rulebook")).status_code == 302
    assert now(luma).version == 2 and now(luma).rules == TABLE
    assert "Nothing yet." in page(at("rulebook_draft")) and "Go on with draft 2" in page(at("rulebook"))


def test_a_rule_opens_as_it_is_and_saving_it_so_changes_nothing(page, client, luma):
    rich = rule(
        "R1", ("lost", "delayed"), {"carrier": 60, "warehouse": 40}, confidence=45, verdict="undecided",
        when=[
            {"any": [{"fact": "late", "op": "is_false"}, {"fact": "late", "op": "unknown"}]},
            {"fact": "late_days", "op": "gt", "value": 3}, {"fact": "signed", "op": "in", "value": ["clean", "none"]},
        ],
        asks_for=["carrier_trace"], effective_from="2026-05-01", basis={"en": "Late {late_days} days.", "ar": "تأخر"},
    )  # fmt: skip
    with tenant(luma):
        publish([rich, TABLE[2]], version=2)
    client.post(at("start_rulebook"))
    text = client.get(at("draft_rule", code="R1")).content.decode()
    answer = client.post(at("draft_rule", code="R1"), fields_of(text))
    assert answer.status_code == 302, re.findall(r'<li><a href="#id.*?</li>', answer.content.decode(), re.S)
    assert find(now(luma).rules, "R1") == rich
    words = page(at("rulebook_draft"))
    assert "later than promised: no, or not known, days late above 3 days and signed: clean or not signed" in words
    assert "not enough evidence (so far: Carrier 60 %, Warehouse 40 %)" in words and "Late [days late] days." in words


def fields_of(html: str) -> dict:
    """Return what a browser would send of the page's rule form."""
    form = html[html.index('name="was"') - 400 : html.index("</form>", html.index('name="was"'))]
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        pairs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if pairs.get("type") not in ("checkbox", "radio") or re.search(r"\schecked", tag):
            data.setdefault(pairs["name"], []).append(
                pairs.get("value", "on" if pairs.get("type") == "checkbox" else "")
            )
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        chosen = re.findall(r'value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)[:1]
        data[name] = chosen
    for name, text in re.findall(r'<textarea name="([^"]+)".*?>\s*(.*?)</textarea>', form, re.S):
        data[name] = [text]
    return data


def test_a_rule_is_added_with_conditions_row_by_row(draft, page, client, luma):
    more = sent(new_code="N1", fact_0="late_days", op_0="gt", value_0="3", more="1")
    answer = client.post(at("new_rule"), more)
    text = answer.content.decode()
    assert answer.status_code == 200 and 'name="fact_1"' in text and "thing to fix" not in text
    assert 'value="The carrier lost it."' in text or "The carrier lost it.</textarea>" in text
    done = sent(new_code="N1", count="3", fact_0="late_days", op_0="gt", value_0="3", fact_1="signed", op_1="in",
                value_1="clean, not signed", join_1="or", fact_2="", op_2="is_true")  # fmt: skip
    assert client.post(at("new_rule"), done).status_code == 302
    new = find(now(luma).rules, "N1")
    assert new["when"] == [
        {
            "any": [
                {"fact": "late_days", "op": "gt", "value": 3},
                {"fact": "signed", "op": "in", "value": ["clean", "none"]},
            ]
        }
    ]
    text = page(at("rulebook_draft"))
    assert "New</span> <a href=" in text and "(days late above 3 days or signed: clean or not signed)" in text


WRONG = [
    ({"share_carrier": "60"}, "The shares add to 60; make it 100."),
    ({"share_carrier": "60", "share_agent": "60"}, "The shares add to 120"),
    ({"share_carrier": "x"}, "Enter a whole number"),
    ({"share_carrier": ""}, "Name at least one party"),
    ({"problems": []}, "Choose at least one problem."),
    ({"basis_en": " "}, "Write the basis in English."),
    ({"basis_en": "{moonshine}"}, "must be a fact from the list"),
    ({"confidence": "101"}, "less than or equal to 100"),
    ({"source": ""}, "what the rule rests on"),
    ({"since": "soon"}, "valid date"),
    ({"new_code": ""}, "Give the rule a code."),
    ({"new_code": "A"}, "There is a rule with this code already."),
    ({"new_code": "a/b"}, "Use letters, digits and hyphens."),
    ({"fact_0": "late_days", "op_0": "is_true"}, "Choose how this fact compares."),
    ({"fact_0": "late_days", "op_0": "gt", "value_0": "few"}, "Write a number to compare with."),
    ({"fact_0": "signed", "op_0": "in", "value_0": "moon"}, "Choose at least one value."),
    ({"fact_0": "moonshine", "op_0": "is_true"}, "Select a valid choice"),
    ({"verdict": "undecided"}, "below 50 per cent"),
    ({"verdict": "undecided", "confidence": "40"}, "choose at least one proof"),
]


def test_what_cannot_be_saved_is_named_and_kept(draft, client, luma, subtests):
    for changes, said in WRONG:
        with subtests.test(said):
            answer = client.post(at("new_rule"), {"new_code": "N1", **sent(), "basis_ar": "بسبب", **changes})
            text = answer.content.decode()
            assert answer.status_code == 422 and said in text and "بسبب" in text and "to fix" in text
            shown = [value for name, value in changes.items() if name in ("share_carrier", "basis_en", "new_code")]
            assert all(value in text for value in shown)
    assert now(luma).rules == TABLE


def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(draft, page, client, luma):
    first, second = sent(TABLE[0], confidence="60"), sent(TABLE[0], confidence="70", basis_en="Mine.")
    assert client.post(at("draft_rule", code="L1"), first).status_code == 302
    answer = client.post(at("draft_rule", code="L1"), second)
    text = answer.content.decode()
    assert answer.status_code == 409 and "Somebody changed this rule while you typed." in text
    assert "60 % sure" in text and "The carrier lost it." in text and "Mine.</textarea>" in text
    assert find(now(luma).rules, "L1")["confidence"] == 60
    again = fields_of(text)
    assert client.post(at("draft_rule", code="L1"), again).status_code == 302
    assert find(now(luma).rules, "L1")["basis"] == {"en": "Mine."}


def test_a_rule_or_a_draft_that_is_gone_keeps_what_was_typed(draft, client, luma, alice):
    with tenant(luma):
        actions.remove_rule(luma, by=administrator(alice), version=2, code="L1", was=digest(TABLE[0]))
    answer = client.post(at("draft_rule", code="L1"), sent(TABLE[0], basis_en="Mine."))
    text = answer.content.decode()
    assert answer.status_code == 409 and "Somebody removed this rule." in text and "Mine.</textarea>" in text
    with tenant(luma):
        actions.discard_draft(luma, by=administrator(alice), version=2)
    answer = client.post(at("draft_rule", code="L1"), fields_of(text))
    assert answer.status_code == 409 and "Mine.</textarea>" in answer.content.decode()
    assert client.get(at("draft_rule", code="L1")).status_code == 404


def test_a_rule_is_removed_moved_and_pointed_out_when_nothing_comes_to_it(draft, page, client, luma):
    client.post(at("move_rule"), {"up": "Z"})
    assert [r["code"] for r in now(luma).rules] == ["L1", "Z", "A"]
    text = page(at("rulebook_draft"))
    assert "Some rules can never be reached" in text and "<bdi>A</bdi> stands behind <bdi>Z</bdi>" in text
    client.post(at("move_rule"), {"to-Z": "3", "to-A": ""})
    client.post(at("move_rule"), {"down": "L1"})
    assert [r["code"] for r in now(luma).rules] == ["A", "L1", "Z"]
    assert "whole number" in client.post(at("move_rule"), {"to-Z": "top"}, follow=True).content.decode()
    client.post(at("remove_rule", code="A"), {"was": digest(TABLE[1])})
    text = page(at("rulebook_draft"))
    assert 'Removed</span> <bdi class="rule-code">A</bdi>' in text and find(now(luma).rules, "A") is None
    assert client.post(at("remove_rule", code="A")).status_code == 404


def test_the_draft_is_tried_and_published_from_the_page(draft, page, client, luma):
    with tenant(luma):
        (ticket,) = decided(1, shares={"carrier": 100})
    changed = sent(TABLE[1], problems=["broken_inside"])
    assert client.post(at("draft_rule", code="A"), changed).status_code == 302
    answer = client.post(at("publish_rulebook"), {"version": "2", "note": "Carrier"})
    assert answer.status_code == 422 and "Try the draft on past tickets first" in answer.content.decode()
    assert "Carrier</textarea>" in answer.content.decode()
    assert client.post(at("try_rulebook")).status_code == 302
    part = client.get(at("rulebook_trial") + "?part=1", headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in part and "<html" not in part
    tasks.try_rules(luma.pk, draft.pk)
    text = page(at("rulebook_trial"))
    assert "It would have changed 1 of 1 ticket." in text and "1 nearer to what people decided, 0 further" in text
    assert ticket.number in text and "Warehouse 100 %" in text and "hx-get" not in text
    assert client.post(at("publish_rulebook"), {"version": "2", "note": ""}).status_code == 422
    assert client.post(at("publish_rulebook"), {"version": "2", "note": "Carrier"}).status_code == 302
    assert "Version 2" in page(at("rulebook"))
    audit = page(at("audit"))
    assert "published the responsibility rules, version" in audit


def test_a_draft_is_thrown_away(draft, client, luma):
    assert client.post(at("discard_rulebook")).status_code == 302
    with tenant(luma):
        assert RuleSet.objects.get().version == 1
    assert client.post(at("discard_rulebook")).status_code == 404


def test_the_trial_of_many_asks_no_more_than_of_one(draft, client, luma, alice):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(at("rulebook_trial")).status_code == 200
        return len(queries)

    def run(tickets):
        with tenant(luma):
            decided(tickets)
            actions.save_rule(luma, by=administrator(alice), version=2, code="A", was=digest(find(now_rules(), "A")),
                              rule=rule("A", shares={"carrier": 100}, confidence=50 + tickets))  # fmt: skip
            rule_trial.start_trial(luma, by=administrator(alice), version=2)
        tasks.try_rules(luma.pk, draft.pk)
        return count()

    def now_rules():
        return RuleSet.objects.get(state="draft").rules

    assert run(1) == run(3)


def test_unknown_rules_and_versions_are_absent(draft, page):
    for url in (at("rulebook_rule", code="NONE"), at("draft_rule", code="NONE"), at("rulebook_version", version=99)):
        page(url, 404)
    page(at("rulebook_version", version=2**40), 404)


def test_the_ticket_of_another_organization_is_not_in_the_trial(draft, client, luma, harbor):
    with tenant(harbor):
        decided(2)
    client.post(at("try_rulebook"))
    assert now(luma).trial["total"] == 0
    with tenant(luma):
        make_ticket()

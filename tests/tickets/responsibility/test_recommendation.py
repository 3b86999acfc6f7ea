"""From facts to a recommendation: the rule, what is for and against it, answers of partners, what is kept."""

import datetime as dt

import pytest

from aftersales.tenants.scope import tenant
from tests.factories import make_order, make_partner, make_ticket, member
from tests.tickets.responsibility.test_rules import GOOD, TODAY, known
from tickets import actions
from tickets.models import PartnerRequest, RuleSet, Ticket
from tickets.responsibility import decide, parse, recommend
from tickets.responsibility.defaults import DEFAULT_RULES, default_rules

pytestmark = pytest.mark.django_db


def said(problem: str = "broken_inside", **values):
    return decide(known(**values), problem, TODAY, default_rules())


# ── what the facts say ─────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "problem, facts, shares",
    [
        ("broken_inside", {"box_at_delivery": "sound", "packing_weak": True}, {"warehouse": 100}),
        (
            "broken_inside",
            {"box_at_delivery": "sound", "packing_weak": True, "packed_by": "supplier"},
            {"supplier": 100},
        ),
        ("crushed", {"damage_scan": True, "packing_weak": True}, {"carrier": 70, "warehouse": 30}),
        (
            "crushed",
            {"box_at_delivery": "damaged", "box_at_packing": "sound", "days_since_delivery": 1, "signed": "clean"},
            {"carrier": 100},
        ),
        ("defective", {"released_after_failed": True, "release_told": False}, {"agent": 100}),
        ("wrong_item", {"purchase_as_specified": False, "as_specified": False}, {"agent": 100}),
        ("wrong_item", {"fault_at_inspection": False, "as_specified": False}, {"warehouse": 100}),
        ("missing_item", {"weight_lost": True, "weight_lost_g": 600}, {"carrier": 100}),
        ("no_movement", {"moved": False, "handover_receipt": True}, {"carrier": 100}),
        ("no_movement", {"moved": False, "handover_receipt": False}, {"warehouse": 100}),
        ("delayed", {"late": False}, {"customer": 100}),
        ("wrong_address", {"label_as_ordered": True, "address_right": False}, {"customer": 100}),
        ("wrong_address", {"label_as_ordered": False}, {"agent": 80, "warehouse": 20}),
        ("not_received", {"delivered": True, "delivered_right": False}, {"carrier": 100}),
        ("returned_to_sender", {"notices": 2, "notices_read": True}, {"customer": 100}),
        ("unexpected_duty", {"terms": "DAP"}, {"customer": 100}),
        ("unexpected_duty", {"terms": "DDP", "booked_terms": "DDP", "terms_as_booked": False}, {"agent": 100}),
        ("held_documents", {"customs_letter": True, "declaration_complete": False}, {"agent": 100}),
        ("overcharged", {"billed_above_weight": True}, {"agent": 100}),
        (
            "refund_not_received",
            {"refund_agreed": True, "refund_paid": False, "refund_overdue": False},
            {"customer": 100},
        ),
    ],
)
def test_the_record_names_the_party(problem, facts, shares):
    assert dict(said(problem, **facts).shares) == shares


def test_an_accepted_window_ends_a_complaint_and_an_unknown_one_does_not():
    late = {"after_window": True, "days_since_delivery": 40, "window_days": 14}
    found = said("crushed", rules_accepted=True, **late)
    assert found.verdict == "nobody" and "40 days" in found.basis and "14 days" in found.basis
    assert said("crushed", **late).verdict != "nobody"


def test_the_days_of_delay_are_shared_out():
    found = said("delayed", late=True, late_days=9, supplier_late_days=6, carrier_late_days=3)
    assert dict(found.shares) == {"supplier": 67, "carrier": 33} and "9 days late" in found.basis
    held = said("delayed", late=True, late_days=9, customs_held_days=9, declaration_complete=False)
    assert dict(held.shares) == {"agent": 100}


def test_facts_for_and_against_and_the_runner_up():
    found = said(damage_scan=True, packing_weak=True, box_at_delivery="sound", insured=True)
    sides = {fact["name"]: fact["supports"] for fact in found.facts}
    assert sides == {"damage_scan": True, "packing_weak": True, "box_at_delivery": False, "insured": None}
    assert found.runner_up["shares"] == {"warehouse": 100} and found.runner_up["basis"] and found.source


def test_what_is_on_record_or_refused_is_not_asked_again():
    assert "outer_box_photo" in said().asks_for
    assert "outer_box_photo" not in said(box_photo=True).asks_for
    assert said("no_movement", moved=False, handover_receipt=None).asks_for[0] == "handover_receipt"


@pytest.mark.parametrize(
    "answer, shares, confidence",
    [
        ({"warehouse_accepts": 100}, {"warehouse": 100}, 95),
        ({"warehouse_accepts": 60}, {"warehouse": 60, "agent": 40}, 95),
        ({"warehouse_contests": True}, {"warehouse": 100}, 40),
    ],
)
def test_the_partner_s_answer_counts(answer, shares, confidence):
    found = said(box_at_delivery="sound", packing_weak=True, **answer)
    assert dict(found.shares) == shares and found.confidence == confidence
    side = next(fact["supports"] for fact in found.facts if fact["name"] in answer)
    assert side is ("warehouse_contests" not in answer)


# ── what is kept ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def ticket(luma):
    with tenant(luma):
        order = make_order()
        yield make_ticket(order, problem="broken_inside")


def again(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def test_a_new_fact_makes_the_recommendation_anew_and_tells_what_changed(ticket):
    old = ticket.recommendation()
    ticket.order.shipments.create(reference="S1", cushioning="none", signed="damage noted")
    actions.recommend(again(ticket))
    new = ticket.recommendation()
    assert new.pk != old.pk and new.rule == "D19" and new.source
    assert any("Cushioning" in text for text in new.changes["facts"])
    assert new.changes["was"] == {s.party: s.percent for s in old.shares.all()}
    actions.recommend(again(ticket))
    assert ticket.recommendation().pk == new.pk


def test_the_organization_s_own_rules_count_once_published(ticket):
    draft = RuleSet.objects.create(version=1, rules=[GOOD | {"when": [], "problems": ["broken_inside"]}])
    assert recommend(again(ticket)).rule != "X1"
    draft.state, draft.published_at = "published", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    draft.save()
    found = recommend(again(ticket))
    assert found.rule == "X1" and found.rule_set == draft
    assert recommend(again(ticket), parse(DEFAULT_RULES)).rule_set is None


def test_another_organization_s_rules_do_not_count(ticket, harbor):
    with tenant(harbor):
        RuleSet.objects.create(
            version=1,
            rules=[GOOD | {"when": []}],
            state="published",
            published_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )
    assert recommend(again(ticket)).rule != "X1"


@pytest.mark.parametrize("follow", [True, False])
def test_a_decision_keeps_the_rule_that_was_recommended(ticket, bob, luma, follow):
    by = member(bob, luma)
    actions.accept(again(ticket), by=by)
    rec = ticket.recommendation()
    shares = (
        [actions.Share(s.party, s.percent) for s in rec.shares.all()] if follow else [actions.Share("customs", 100)]
    )
    actions.confirm_responsibility(again(ticket), by=by, shares=shares, basis="So.", override="" if follow else "rule")
    found = ticket.confirmed_assessment()
    assert found.rule == rec.rule and found.override == ("" if follow else "rule")


def test_a_partner_s_silence_follows_the_policy(ticket, luma):
    found = recommend(again(ticket))
    leading = found.shares[0][0]
    partner = make_partner("warehouse" if leading == "warehouse" else leading, "Somebody")
    PartnerRequest.objects.create(
        ticket=ticket,
        partner=partner,
        party=leading,
        percent=100,
        due_at=ticket.filed_at,
        answer="silence",
        answer_percent=100,
    )
    assert recommend(again(ticket)).confidence == 95
    luma.partner_silence_accepts = False
    luma.save()
    assert recommend(again(ticket)).confidence < 95

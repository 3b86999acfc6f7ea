"""Contesting, late and twice and against the wrong thing; proposing; what the desk sees of it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.test_partner import TODAY, Case, photo
from tickets import actions, links, planned, tasks
from tickets.models import Message, PartnerRequest, Ticket, TicketEvent
from tickets.queries import bench

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    Case(cast.harbor, cast.charlie)
    cast.case = Case(cast.luma, cast.bob)
    return cast


@pytest.fixture
def case(own):
    return own.case


def plan(case, amount="20.00"):
    """Confirm that the maker bears it, and propose that it pays."""
    ticket = case.now().ticket
    if ticket.state == "responsibility":
        shares = [actions.Share("supplier", 100, case.maker)]
        actions.confirm_responsibility(ticket, by=case.by, shares=shares, basis="Wrap.", override="evidence")
    what = planned.Planned(
        "partial_refund", TODAY + dt.timedelta(days=7), Decimal(amount),
        (planned.Pays("supplier", 100, case.maker),),
    )  # fmt: skip
    return actions.propose_plan(
        Ticket.objects.get(pk=ticket.pk), by=case.by, text="We pay.", currency="EUR", actions=[what]
    )


def test_a_contest_takes_it_back_with_the_new_evidence_on_top(case, luma):
    case.post("answer", answer="contested", text="The wrap was triple")
    with tenant(luma):
        plan(case)
        old = photo(case.ticket, place="whole")
        new = photo(case.ticket, place="other", uploader_kind="partner", partner=case.maker, request=case.asked)
    assert case.post("contest", plan=1, text="Here is the packing video").status_code == 302
    with tenant(luma):
        ticket = bench.load(case.ticket.number)
        assert ticket.state == "responsibility"
        spots = bench.spots(ticket)
        assert spots[0].label == "New from the partner" and [p["id"] for p in spots[0].photos] == [new.pk]
        assert [p["id"] for spot in spots[1:] for p in spot.photos] == [old.pk]
        assert TicketEvent.objects.filter(ticket=ticket, verb="contest").count() == 1
        assert not ticket.plans.filter(state="proposed").exists()


def test_after_silence_that_accepts_it_is_too_late(case, luma):
    with tenant(luma):
        due = timezone.now() - dt.timedelta(minutes=1)
        PartnerRequest.objects.filter(pk=case.asked.pk).update(due_at=due)
    late = case.post("answer", answer="contested", text="Not ours")
    page = late.content.decode()
    assert late.status_code == 409 and "The time to answer ended on" in page and "Asia/Shanghai" in page
    assert "counts as accepting 80%" in page and "Not ours" in page and case.now().answer == ""
    tasks._sweep(luma)
    assert (case.now().answer, case.now().answer_percent) == ("silence", 80)
    assert "The time to answer ended on" in case.page()
    again = case.post("answer", answer="accepted")
    assert again.status_code == 409 and "counts as accepting 80%" in again.content.decode()
    with tenant(luma):
        plan(case)
        words = Message.objects.count()
    contest = case.post("contest", text="But the box was whole")
    said = contest.content.decode()
    assert contest.status_code == 409 and "counts as accepting 80%" in said and "But the box was whole" in said
    with tenant(luma):
        assert case.now().ticket.state == "planning" and Message.objects.count() == words


def test_where_silence_accepts_nothing_a_late_answer_is_welcome(case, luma):
    luma.partner_silence_accepts = False
    luma.save()
    with tenant(luma):
        PartnerRequest.objects.filter(pk=case.asked.pk).update(due_at=timezone.now() - dt.timedelta(days=3))
    assert "we decide without it" in case.page()
    assert case.post("answer", answer="contested", text="Not ours").status_code == 302


def test_after_agreeing_it_is_refused_and_a_replaced_plan_is_named(case, luma):
    case.post("answer", answer="contested", text="Not ours")
    with tenant(luma):
        plan(case)
        plan(case, "15.00")
    old = case.post("contest", plan=1, text="Against the first plan")
    assert old.status_code == 409 and "This plan was replaced" in old.content.decode()
    assert case.post("agree", plan=2).status_code == 302
    agreed = case.post("contest", plan=2, text="Changed my mind")
    assert agreed.status_code == 422 and "Changed my mind" in agreed.content.decode()
    assert "You have agreed to the plan already" in agreed.content.decode()
    with tenant(luma):
        assert case.now().ticket.state == "planning"


def test_the_link_of_another_ticket_contests_nothing(case, luma):
    other = Case(luma, case.user, 5)
    rival = Case(luma, case.user, 6, maker="Rival Works")
    for browser in (other.client, rival.client):
        assert case.post("contest", browser, text="x").status_code == 404
    assert case.post("contest", Client(), text="x").status_code == 404


def test_a_proposal_after_the_answer(case, luma):
    assert case.post("propose", text="Too early?").status_code == 302
    case.post("answer", answer="accepted")
    assert case.post("propose", text=" ").status_code == 422
    assert case.post("propose", text="A new shade, at our cost").status_code == 302
    page = case.page()
    assert page.count("A new shade, at our cost") >= 2
    with tenant(luma):
        assert TicketEvent.objects.filter(verb="partner_proposed").count() == 2
        actions.reject(case.now().ticket, by=case.by, reason="No.", clause="1")
    assert case.post("propose", text="Once more").status_code == 409


def test_what_is_asked_is_listed_with_a_place_to_bring_it(case, luma):
    with tenant(luma):
        actions.ask_for_proofs(case.now().ticket, by=case.by, proofs=["proof_of_origin"])
        row = case.now().ticket.evidence_requests.get()
    assert row.partner_id == case.maker.pk and row.read_at is None
    page = case.page()
    assert "What we ask you to bring" in page and "Proof of origin" in page and 'name="photo-other"' in page
    assert case.client.post(f"{case.at}seen/").status_code == 204
    with tenant(luma):
        row.refresh_from_db()
        assert row.read_at and links.open_link("x") is None

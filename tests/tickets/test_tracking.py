"""The customer's page of a complaint: plain words, one thing to do, nothing that is not the customer's to read."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions
from tickets.models import Message, Plan, Ticket
from tickets.views import tracking

pytestmark = pytest.mark.django_db
TODAY = dt.date.today()


class Case:
    """A ticket of luma with its customer's browser."""

    def __init__(self, client, organization, user, number="LH-1001", email="maria@customer.example"):
        self.client, self.organization, self.user, self.email = client, organization, user, email
        with tenant(organization):
            self.order = make_order(number=number, email=email)
            self.ticket = make_ticket(self.order)
        self.at = f"/{organization.slug}/tickets/{self.ticket.number}/"
        self.enter(client)

    def enter(self, client):
        path = f"/{self.organization.slug}/find/"
        assert client.post(path, {"number": self.order.number, "email": self.email}).status_code == 302

    @property
    def by(self):
        return member(self.user, self.organization)

    def to(self, stage, **kwargs):
        with tenant(self.organization):
            to_stage(self.ticket, stage, self.by, **kwargs)
        return self

    def now(self) -> Ticket:
        with tenant(self.organization):
            return Ticket.objects.select_related("order").get(pk=self.ticket.pk)

    def page(self, client=None) -> str:
        response = (client or self.client).get(self.at)
        assert response.status_code == 200
        return response.content.decode()

    def post(self, verb, client=None, **data):
        return (client or self.client).post(f"{self.at}{verb}/", data)

    def plan(self) -> Plan:
        with tenant(self.organization):
            return Plan.objects.latest("version")


@pytest.fixture(scope="module")
def rows(cast):
    Case(Client(), cast.harbor, cast.charlie)
    cast.case = Case(Client(), cast.luma, cast.bob)
    return cast


@pytest.fixture
def case(own):
    return own.case


def photo(ticket, **fields) -> Evidence:
    defaults = {
        "name": "x.jpg", "media_type": "image/jpeg", "size": 1, "sha256": "0" * 64, "width": 1, "height": 1,
        "original_key": f"k{Evidence.objects.count()}", "uploader_kind": "customer", "state": "ready",
    }  # fmt: skip
    return Evidence.objects.create(ticket=ticket, **(defaults | fields))


# ── what is read ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("stage", "sentence"),
    [
        ("reported", "We have received your report"),
        ("responsibility", "We are finding out what happened"),
        ("planning", "We are preparing a proposal"),
        ("proposed", "Please answer our proposal"),
        ("executing", "We are putting it right"),
        ("closed", "It is done"),
        ("followed_up", "Thank you"),
    ],
)
def test_each_stage_is_a_plain_sentence(case, stage, sentence):
    page = case.to(stage).page()
    assert f'<h1 id="says">{sentence}</h1>' in page
    assert not re.search(r"Responsibility|Planning|Executing|Followed up|Assessment", page)


def test_nothing_internal_is_shown(case, luma):
    with tenant(luma):
        maker = make_partner(name="SECRET Maker", email="secret@maker.example")
        ticket = to_stage(case.ticket, "responsibility", case.by)
        actions.write_message(ticket, by=case.by, audience="internal", text="SECRET note")
        actions.ask_partner(ticket, by=case.by, partner=maker, party="supplier", percent=77, text="SECRET reasons")
        actions.write_message(ticket, by=case.by, audience="partner", partner=maker, text="SECRET thread")
        photo(ticket, uploader_kind="partner", partner=maker, name="SECRET.jpg")
        shares = [actions.Share("supplier", 77, maker), actions.Share("agent", 23)]
        actions.confirm_responsibility(ticket, by=case.by, shares=shares, basis="SECRET basis", override="evidence")
        due = TODAY + dt.timedelta(days=7)
        planned = [
            actions.Planned("partial_refund", due, Decimal(10), [actions.Pays("supplier", 100, maker)]),
            actions.Planned("carrier_claim", due, Decimal("33.33")),
            actions.Planned("replacement", due, Decimal("21.21"), [actions.Pays("agent", 100)]),
        ]
        actions.propose_plan(ticket, by=case.by, text="Ten back.", currency="EUR", actions=planned)
    page = case.page() + case.client.get(case.at + "status/").content.decode()
    page += case.client.get("/luma/orders/LH-1001/").content.decode()
    for secret in ("SECRET", "Carrier claim", "77", "33.33", "21.21", "Bob", "31.21"):
        assert not re.search(rf"\b{re.escape(secret)}\b", page), secret
    assert "€10.00</bdi> back" in page and "Replacement" in page


def test_messages_and_photos_are_shown_to_whom_they_concern(case, luma):
    with tenant(luma):
        actions.write_message(case.ticket, by=case.by, audience="public", text="Is the box <b>wet</b>?")
        mine = photo(case.ticket, place="whole")
        said = photo(case.ticket, uploader_kind="operator", message=Message.objects.latest("pk"), place="box")
        hidden = photo(case.ticket, uploader_kind="operator", place="other")
    page = case.page()
    assert "Is the box &lt;b&gt;wet&lt;/b&gt;?" in page and "It came broken." in page
    assert f"/luma/photos/{mine.pk}/thumb/" in page and f"/luma/photos/{said.pk}/thumb/" in page
    assert f"/luma/photos/{hidden.pk}/" not in page


def test_a_plan_that_waits_for_a_manager_is_not_shown(case, luma, mona):
    luma.approval_amount = 5
    luma.save()
    page = case.to("proposed").page()
    assert "We are preparing a proposal" in page and "Accept" not in page and "10.00" not in page
    assert case.post("accept", plan=1).status_code == 409
    with tenant(luma):
        actions.approve_plan(case.plan(), by=member(mona, luma))
    assert "Accept" in case.page()


def test_a_late_answer_is_said(case, luma):
    with tenant(luma):
        Ticket.objects.filter(pk=case.ticket.pk).update(due_at=timezone.now() - dt.timedelta(hours=1))
    assert "This takes longer than we planned" in case.page()


# ── the proposal ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_accepting_and_pressing_twice(case):
    case.to("proposed")
    assert "If we hear nothing by" in case.page()
    assert [case.post("accept", plan=1).status_code for _ in range(2)] == [302, 302]
    assert case.now().state == "executing"
    page = case.page()
    assert "What we agreed" in page and "€10.00" in page and "Take it back" not in page


def test_not_agreeing_needs_a_reason_and_keeps_what_was_typed(case):
    case.to("proposed")
    response = case.post("refuse", plan=1, text="Half is not enough")
    page = response.content.decode()
    assert response.status_code == 422 and "Half is not enough" in page and "Choose why you do not agree." in page
    assert (
        '<details class="fold" open>' in page and 'href="#refuse-refusal_0"' in page and 'id="refuse-refusal_0"' in page
    )
    assert case.post("refuse", plan=1, refusal="too_little", text="Half is not enough").status_code == 302
    assert (case.plan().refusal, case.plan().refusal_text) == ("too_little", "Half is not enough")
    assert "We are preparing a proposal" in case.page()


def test_an_answer_to_an_earlier_proposal_is_not_taken_for_the_new_one(case, luma):
    case.to("proposed")
    with tenant(luma):
        us = [actions.Pays("agent", 100)]
        planned = [actions.Planned("partial_refund", TODAY + dt.timedelta(days=7), Decimal(5), us)]
        actions.propose_plan(case.now(), by=case.by, text="Five.", currency="EUR", actions=planned)
    response = case.post("accept", plan=1)
    assert response.status_code == 409 and "Our proposal has changed" in response.content.decode()
    response = case.post("refuse", plan=1, refusal="too_little", text="My long words")
    page = response.content.decode()
    assert response.status_code == 409 and "My long words" in page and 'name="plan" value="2"' in page
    assert case.now().state == "planning" and case.plan().customer_agreed_at is None
    assert case.post("accept", plan=2).status_code == 302


@pytest.mark.parametrize("data", [{}, {"plan": "x"}, {"plan": "99999999999999999999"}])
def test_no_plan_named(case, data):
    case.to("proposed")
    assert case.post("accept", **data).status_code in (409, 422)
    assert case.now().state == "planning"


# ── writing and photos ─────────────────────────────────────────────────────────────────────────────────────────────
def test_writing(case, luma):
    assert case.post("write", text="When will you answer?").status_code == 302
    assert "When will you answer?" in case.page() and "Your message is on its way." not in case.page()
    for text in ("", "   ", "x" * 4001, "a\x00b"):
        response = case.post("write", text=text)
        assert response.status_code == 422
    assert "x" * 4001 in case.post("write", text="x" * 4001).content.decode()
    with tenant(luma):
        message = Message.objects.latest("pk")
        assert (message.audience, message.author_kind, message.text) == ("public", "customer", "When will you answer?")


def test_photos_that_were_asked_for(case, luma):
    with tenant(luma):
        actions.ask_for_proofs(case.now(), by=case.by, proofs=["outer_box_photo", "inner_packing_photo"])
    page = case.page()
    assert "Please send us what we asked for" in page and "We need your help" in page and "Waiting for you" in page
    photos = case.client.get(case.at + "photos/").content.decode()
    assert 'name="photo-box"' in photos and 'name="photo-padding"' in photos and 'name="photo-whole"' not in photos
    assert f'action="{case.at}photos/add/"' in photos and "data-remove-url" not in photos
    with tenant(luma):
        photo(case.ticket, place="box")
        actions.evidence_arrived(case.now(), by=actions.By.customer(case.ticket.customer))
    photos = case.client.get(case.at + "photos/").content.decode()
    assert 'name="photo-box"' not in photos and 'name="photo-padding"' in photos


# ── after closing ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_rating(case, luma):
    case.to("closed")
    assert "How did we do?" in case.page()
    response = case.post("rate", comment="Very kind")
    assert response.status_code == 422 and "Very kind" in response.content.decode()
    assert case.post("rate", rating="9").status_code == 422
    assert case.post("rate", rating="4", comment="Very kind").status_code == 302
    page = case.page()
    assert case.now().state == "followed_up" and "How did we do?" not in page and "Good" in page
    late = case.post("rate", rating="1", comment="On second thought")
    assert late.status_code == 409 and "On second thought" in late.content.decode()
    with tenant(luma):
        assert [f.rating for f in case.now().follow_ups.all()] == [4]


def test_reopening_within_the_window(case, luma):
    case.to("closed")
    response = case.post("reopen")
    assert response.status_code == 422 and "Write what is still wrong." in response.content.decode()
    assert case.post("reopen", reason="It broke again").status_code == 302
    assert case.now().state == "responsibility"


def test_after_the_window_it_says_why_not(case, luma):
    case.to("closed")
    with tenant(luma):
        Ticket.objects.filter(pk=case.ticket.pk).update(closed_at=timezone.now() - dt.timedelta(days=15))
    page = case.page()
    assert (
        "It could be opened again until" in page and "File a new complaint" in page and "It is not solved" not in page
    )
    response = case.post("reopen", reason="It broke again")
    shown = response.content.decode()
    assert response.status_code == 422 and "please file a new complaint" in shown and "It broke again" in shown
    assert case.now().state == "closed" and case.now().reopened == 0


def test_rejected_with_reason_and_clause_and_one_appeal(case, luma):
    with tenant(luma):
        actions.reject(case.now(), by=case.by, reason="Filed after a year.", clause="Terms 4.2")
    page = case.page()
    assert "We cannot accept this complaint" in page and "Filed after a year." in page and "Terms 4.2" in page
    assert case.post("appeal").status_code == 422
    assert case.post("appeal", reason="It was three weeks").status_code == 302
    assert case.now().state == "reported"
    with tenant(luma):
        actions.reject(case.now(), by=case.by, reason="It was a year.", clause="Terms 4.2")
    page = case.page()
    assert "We have decided twice" in page and "Ask to decide again" not in page
    assert case.post("appeal", reason="Once more").status_code == 422


def test_taking_it_back(case):
    assert "Take this complaint back?" in case.page()
    assert case.post("withdraw").status_code == 302
    page = case.page()
    assert case.now().state == "withdrawn" and "You took this complaint back" in page and "Take it back" not in page
    response = case.post("withdraw")
    assert response.status_code == 409 and "Somebody was faster" in response.content.decode()


# ── looking again ──────────────────────────────────────────────────────────────────────────────────────────────────
def live(page: str) -> tuple[str, str]:
    """Return the address and the ETag that the open page asks with."""
    import html
    import json

    url = re.search(r'hx-get="([^"]+)"', page)[1]
    headers = re.search(r'hx-headers="(\{&quot;If[^"]+)"', page)[1]
    return html.unescape(url), json.loads(html.unescape(headers))["If-None-Match"]


def test_an_open_page_looks_again(case, luma):
    page = case.page()
    url, etag = live(page)
    assert 'hx-trigger="every 5s"' in page
    same = case.client.get(url, headers={"If-None-Match": etag})
    assert same.status_code == 304 and same.content == b""
    case.to("responsibility")
    fresh = case.client.get(url, headers={"If-None-Match": etag})
    text = fresh.content.decode()
    assert fresh.status_code == 200 and fresh["ETag"] != etag
    assert 'hx-swap-oob="true">We are finding out what happened<' in text
    assert "<form" not in text and "<textarea" not in text and "csrf" not in text
    assert "no-store" in fresh["Cache-Control"] and live(text)[1] == fresh["ETag"]


def test_news_that_need_the_whole_page_are_offered(case):
    url, _etag = live(case.page())
    case.to("proposed")
    assert "There is news on your complaint." in case.client.get(url).content.decode()
    assert "There is news on your complaint." not in case.page()


def test_after_two_minutes_it_looks_less_often(case, monkeypatch):
    url, etag = live(case.page())
    moment = timezone.now() + dt.timedelta(seconds=tracking.SOON_FOR + 1)
    monkeypatch.setattr(tracking.timezone, "now", lambda: moment)
    text = case.client.get(url, headers={"If-None-Match": etag})
    assert text.status_code == 200 and 'hx-trigger="every 20s"' in text.content.decode()
    url, etag = live(text.content.decode())
    assert case.client.get(url, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("query", ["", "?since=x&seen=<evil>", "?since=-1", "?since=999999999999999999999", "?since=²"])
def test_made_up_questions_are_answered(case, query):
    response = case.client.get(case.at + "status/" + query)
    assert response.status_code == 200 and "<evil>" not in response.content.decode()


def test_looking_changes_no_row(case, luma):
    before = case.now().changed_at
    with tenant(luma):
        rows = Message.objects.count(), case.ticket.events.count()
    case.page()
    case.client.get(case.at + "status/")
    case.client.get(case.at + "photos/")
    case.client.get(case.at + "sent/")
    with tenant(luma):
        assert rows == (Message.objects.count(), case.ticket.events.count())
    assert case.now().changed_at == before


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────
VERBS = {
    "write": {"text": "x"}, "accept": {"plan": 1}, "refuse": {"plan": 1, "refusal": "too_little"},
    "rate": {"rating": 1}, "reopen": {"reason": "x"}, "appeal": {"reason": "x"}, "withdraw": {},
}  # fmt: skip


def test_nobody_else_sees_or_does_anything(case, luma, harbor, bob, charlie):
    omar = Case(Client(), luma, bob, "LH-2002", "omar@customer.example")
    stranger = Case(Client(), harbor, charlie, "HG-3", "maria@customer.example")
    stage = case.to("proposed").now()
    with tenant(luma):
        mine = photo(case.ticket)
    for browser in (omar.client, stranger.client, Client()):
        for part in ("", "status/", "photos/", "sent/"):
            assert browser.get(case.at + part).status_code == 404, part
        assert browser.get(f"/luma/photos/{mine.pk}/thumb/").status_code == 404
        for verb, data in VERBS.items():
            assert case.post(verb, browser, **data).status_code == 404, verb
    assert case.client.get(case.at.replace("/luma/", "/harbor/")).status_code == 404
    assert (case.now().state, case.now().changed_at) == (stage.state, stage.changed_at)


def test_a_member_has_no_more_rights_here_than_anybody(case, bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get(case.at).status_code == 404


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_done_by_looking(case, verb):
    assert case.client.get(f"{case.at}{verb}/").status_code == 405


def test_the_page_takes_the_same_queries_for_one_and_three(client, luma, bob):
    asked = []
    for n in (1, 3):
        case = Case(Client(), luma, bob, f"LH-{n}").to("proposed")
        with tenant(luma):
            for _ in range(n):
                actions.write_message(case.now(), by=case.by, audience="public", text="More words")
                photo(case.ticket, place="box", message=Message.objects.latest("pk"))
        case.page()
        with CaptureQueriesContext(connection) as queries:
            page = case.page()
        assert page.count("More words") == n
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 18, asked

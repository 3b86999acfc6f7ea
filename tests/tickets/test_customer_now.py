"""What a customer reads first: what happens now, what is expected and until when; and the answers given there."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_order, make_ticket, member
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.return_cast import came, pictured, planned_return
from tests.tickets.test_tracking import Case, live
from tickets import actions
from tickets.models import EvidenceRequest, Mediation, Plan, Return, TicketEvent

pytestmark = pytest.mark.django_db
SOON = dt.timedelta(days=9)


@pytest.fixture(scope="module")
def rows(cast):
    other = Case(Client(), cast.harbor, cast.charlie, "LH-1001", "maria@customer.example").to("executing")
    with tenant(cast.harbor):
        open_mediation(other)
    cast.luma.return_address = "Luma Home\nRua Augusta 1\nLisboa"
    cast.luma.save()
    cast.case = Case(Client(), cast.luma, cast.bob)
    return cast


@pytest.fixture
def case(own):
    return own.case


def open_mediation(case, reason="HARBOR dispute") -> Mediation:
    ticket = case.now()
    return actions.open_mediation(ticket, by=case.by, reason=reason)


def head(page: str) -> str:
    """Return what stands above the progress."""
    return page.partition('id="progress"')[0]


def stated(case, text="It was the box") -> None:
    with tenant(case.organization):
        found = Mediation.objects.select_related("ticket").get(ticket=case.ticket)
        actions.state_in_mediation(found, by=actions.By.customer(case.now().customer), text=text)


# ── mediation ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_open_mediation_stands_first_with_its_deadline(case, luma):
    case.to("responsibility")
    with tenant(luma):
        found = open_mediation(case, "We differ")
    page = head(case.page())
    assert '<h1 id="says">A mediation is open</h1>' in page and "Please write what you know by" in page
    assert found.customer_until.astimezone(luma.zone).strftime("%-d %b, %H:%M") in page and "HARBOR" not in page
    assert f'href="{case.at}mediation/"' in page and "Write my statement" in page
    assert "A mediation is open" in case.client.get("/luma/orders/LH-1001/").content.decode()
    stated(case)
    page = head(case.page())
    assert "We have your statement" in page and "You can add to it until" in page and "Write my statement" not in page


def test_after_the_time_for_statements_a_manager_decides(case, luma):
    case.to("responsibility")
    with tenant(luma):
        open_mediation(case)
        Mediation.objects.update(customer_until=timezone.now() - dt.timedelta(minutes=1))
    page = head(case.page())
    assert "A manager decides now" in page and "Write my statement" not in page and "Read what was said" in page


def test_a_proposal_rests_while_a_mediation_is_open(case, luma):
    case.to("proposed")
    with tenant(luma):
        open_mediation(case)
    page = case.page()
    assert "our proposal rests" in page and "Accept" not in page and "If we hear nothing by" not in page
    sent = case.post("counter", plan=1, wish="refund", amount="25", text="My long words")
    assert "My long words" not in sent.content.decode() or sent.status_code in (409, 422)
    assert case.post("accept", plan=1).status_code in (409, 422)
    assert case.now().state == "planning"


def test_a_decided_mediation_names_its_amount(case, luma, mona):
    case.to("planning")
    with tenant(luma):
        found = open_mediation(case)
        boss = member(mona, luma)
        shares = [actions.Share("agent", 100)]
        actions.decide_mediation(found, by=boss, text="We bear it.", shares=shares, amount=Decimal("20.00"))
    page = head(case.page())
    assert "The mediation is decided" in page and "You get" in page and "€20.00" in page and "Read the decision" in page


# ── returns ────────────────────────────────────────────────────────────────────────────────────────────────────────
def returning(case, approve=None) -> Return:
    """Agree to a return and authorise it."""
    with tenant(case.organization):
        ticket, back, _refund = planned_return(case.to("planning").now(), case.by, approve=approve)
        line = ticket.order.lines.get()
        return actions.authorise_return(ticket, by=case.by, lines=[(line, 1)], action=back)


def test_an_agreed_return_says_number_and_day(case, luma):
    returned = returning(case)
    page = head(case.page())
    assert '<h1 id="says">Please send the goods back</h1>' in page and "Please send it by" in page
    assert (
        returned.number in page and f'href="{case.at}returns/{returned.number}/"' in page and "How to send it" in page
    )
    assert "Please send the goods back" in case.client.get("/luma/orders/LH-1001/").content.decode()
    with tenant(luma):
        Return.objects.update(send_by=timezone.localdate() - dt.timedelta(days=1))
    assert "The last day to send it was" in head(case.page())


def test_a_return_on_its_way_asks_for_nothing(case, luma):
    returned = returning(case)
    with tenant(luma):
        by = actions.By.customer(case.now().customer)
        actions.mark_sent(returned, by=by, carrier="DHL", tracking="SP-9")
    page = head(case.page())
    assert "It is on its way to us" in page and "You need not do anything" in page and "How to send it" not in page
    with tenant(luma):
        fresh = Return.objects.select_related("ticket").get(pk=returned.pk)
        came(fresh, case.by, 1)
        pictured(fresh)
    assert "It has arrived, we look at it" in head(case.page())


# ── answers and money ──────────────────────────────────────────────────────────────────────────────────────────────
def test_a_counter_proposal_is_repeated_while_we_look_at_it(case, luma, harbor):
    case.to("proposed")
    said = {"plan": 1, "wish": "replacement", "amount": "25.00", "text": "The shade is bent too."}
    assert case.post("counter", **said).status_code == 302
    page = head(case.page())
    assert "You ask for" in page and "€25.00" in page and "The shade is bent too." in page
    assert "You need not do anything now. You hear from us by" in page
    with tenant(luma):
        due = timezone.localdate() + SOON
        planned = [actions.Planned("partial_refund", due, Decimal(20), [actions.Pays("agent", 100)])]
        actions.propose_plan(case.now(), by=case.by, text="Twenty.", currency="EUR", actions=planned)
    page = head(case.page())
    assert "You ask for" not in page and "Please answer by" in page and "€20.00" in page


def test_a_payment_says_amount_reference_and_day(case, luma):
    case.to("executing")
    page = head(case.page())
    assert "We pay" in page and "Paid" not in page
    with tenant(luma):
        action = case.now().current_plan().actions.get()
        actions.record_execution(action, by=case.by, proof="SEPA-778")
    page = head(case.page())
    assert "We have paid your money" in page and "SEPA-778" in page and "€10.00" in page
    with tenant(luma):
        actions.close(case.now(), by=case.by, outcome="partly_refunded", root_cause="packing", text="Done.")
    assert "SEPA-778" in case.page()


def test_a_payment_that_was_taken_back_is_not_shown(case, luma):
    case.to("executing")
    with tenant(luma):
        action = case.now().current_plan().actions.get()
        actions.record_execution(action, by=case.by, proof="SEPA-778")
        actions.take_back(case.now().ledger.filter(kind="paid").first(), by=case.by, reason="Wrong account")
    page = case.page()
    assert "SEPA-778" not in page and "We have paid" not in page


def test_an_open_page_hears_of_the_mediation_the_return_and_the_money(case, luma):
    case.to("executing")
    url, etag = live(case.page())
    with tenant(luma):
        action = case.now().current_plan().actions.get()
        actions.record_execution(action, by=case.by, proof="SEPA-778")
    fresh = case.client.get(url, headers={"If-None-Match": etag}).content.decode()
    assert "There is news on your complaint." in fresh and 'id="expects" hx-swap-oob="true"' in fresh
    url, _etag = live(case.page())
    with tenant(luma):
        open_mediation(case)
    assert "There is news on your complaint." in case.client.get(url).content.decode()


def test_one_and_three_cases_take_the_same_queries(luma, bob):
    asked = []
    for n in (1, 3):
        with tenant(luma):
            order = make_order(number=f"LH-{n}", email="maria@customer.example")
            tickets = [make_ticket(order) for _ in range(n)]
        browser = Client()
        browser.post("/luma/find/", {"number": f"LH-{n}", "email": "maria@customer.example"})
        browser.get(f"/luma/orders/LH-{n}/")
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/luma/orders/LH-{n}/").content.decode()
        assert all(ticket.number in page for ticket in tickets)
        asked.append(len(queries))
    assert asked[0] == asked[1], asked


# ── answering with another proposal ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"wish": "", "amount": ""}, "Choose another solution, or write an amount."),
        ({"amount": "lots"}, "Write the amount as a number, such as 12.50."),
        ({"amount": "0"}, "Write an amount above zero."),
        ({"amount": "39.91"}, "write an amount up to that"),
        ({"wish": "gold"}, "Choose one of these answers."),
        ({"amount": "25", "text": ""}, "Write a sentence about it."),
    ],
)
def test_a_counter_that_needs_mending_keeps_what_was_typed(case, luma, data, told):
    case.to("proposed")
    sent = {"plan": 1, "wish": "", "amount": "", "text": "Kept <words>"} | data
    response = case.post("counter", **sent)
    page = response.content.decode()
    assert response.status_code == 422 and told in page
    assert ("Kept &lt;words&gt;" in page) == (sent["text"] != "") and "<title>Error:" in page
    if sent["amount"]:
        assert f'value="{sent["amount"]}"' in page
    assert case.plan().state == "proposed" and case.now().waiting_for == "customer"


def test_a_counter_against_a_replaced_plan_is_not_taken_for_the_new_one(case, luma):
    case.to("proposed")
    with tenant(luma):
        planned = [
            actions.Planned("partial_refund", timezone.localdate() + SOON, Decimal(5), [actions.Pays("agent", 100)])
        ]
        actions.propose_plan(case.now(), by=case.by, text="Five.", currency="EUR", actions=planned)
    sent = {"wish": "refund", "amount": "25", "text": "My long words"}
    response = case.post("counter", plan=1, **sent)
    page = response.content.decode()
    assert response.status_code == 409 and "Our proposal has changed" in page and "My long words" in page
    assert 'name="plan" value="2"' in page and case.plan().counter_amount is None
    assert case.post("counter", plan=2, **sent).status_code == 302
    assert case.plan().counter_amount == Decimal(25)
    again = case.post("counter", plan=2, **sent)
    assert again.status_code == 409 and "My long words" in again.content.decode()


def test_nobody_counters_anothers_plan(case, luma, harbor, bob, charlie):
    case.to("proposed")
    omar = Case(Client(), luma, bob, "LH-2002", "omar@customer.example")
    stranger = Case(Client(), harbor, charlie, "HG-3", "maria@customer.example")
    for browser in (omar.client, stranger.client, Client()):
        assert case.post("counter", browser, plan=1, wish="refund", amount="25", text="x").status_code == 404
    assert case.post("counter", plan=1, wish="refund", amount="25", text="x").status_code == 302
    with tenant(harbor):
        assert not Plan.objects.exclude(counter_amount=None).exists()


# ── seen ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_asked_for_is_read_once_a_browser_shows_it(case, luma, harbor, bob, charlie):
    with tenant(luma):
        actions.ask_for_proofs(case.now(), by=case.by, proofs=["outer_box_photo", "inner_packing_photo"])
    omar = Case(Client(), luma, bob, "LH-2002", "omar@customer.example")
    stranger = Case(Client(), harbor, charlie, "HG-3", "maria@customer.example")
    assert f'hx-post="{case.at}seen/" hx-trigger="load"' in case.page()

    def read():
        with tenant(luma):
            rows = EvidenceRequest.objects.filter(ticket=case.ticket)
            return sum(row.read_at is not None for row in rows), TicketEvent.objects.filter(verb="proofs_read").count()

    for browser in (omar.client, stranger.client, Client()):
        assert case.post("seen", browser).status_code == 404
    assert case.client.get(f"{case.at}seen/").status_code == 405 and read() == (0, 0)
    assert [case.post("seen").status_code for _ in range(2)] == [204, 204]
    assert read() == (2, 1) and f'hx-post="{case.at}seen/"' not in case.page()
    assert omar.post("seen").status_code == 204 and read() == (2, 1)

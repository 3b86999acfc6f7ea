"""The pages of goods on their way back: the desk's list and steps, the customer's phone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, member, to_stage
from tests.tickets.return_cast import came, pictured
from tickets import actions, links
from tickets.models import Return

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(luma, bob):
    luma.return_address = "Dock 4, Shenzhen"
    luma.save()
    return member(bob, luma)


@pytest.fixture
def ticket(luma, by):
    with tenant(luma):
        return to_stage(make_ticket(), "planning", by)


@pytest.fixture
def returned(luma, by, ticket):
    with tenant(luma):
        return actions.authorise_return(ticket, by=by, lines=[(ticket.line, 1)])


def foreign(harbor, charlie):
    with tenant(harbor):
        who = member(charlie, harbor)
        ticket = to_stage(make_ticket(text="harbor's secret"), "planning", who)
        return actions.authorise_return(ticket, by=who, lines=[(ticket.line, 1)], address="harbor's dock")


def customer(client, luma, ticket):
    with tenant(luma):
        token = links.token_of(links.issue(kind="ticket", ticket=ticket, order=ticket.order, email="c@x.example"))
    client.get(f"/luma/c/{token}/")
    return client


def test_the_list_costs_the_same_and_never_shows_the_others(client, luma, harbor, bob, by, charlie):
    other = foreign(harbor, charlie)
    client.force_login(bob)
    counted = []
    for n in (1, 2):
        with tenant(luma):
            for _n in range(n):
                ticket = to_stage(make_ticket(), "planning", by)
                actions.authorise_return(ticket, by=by, lines=[(ticket.line, 1)])
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = client.get("/luma/desk/returns/")
        counted.append(len(queries))
        assert other.address not in page.content.decode()
    with tenant(luma):
        assert all(each.number in page.content.decode() for each in Return.objects.all())
    assert counted[0] == counted[1]


@pytest.mark.parametrize("what", ["number", "tracking", "ticket"])
def test_a_scanned_number_leads_to_the_goods(client, luma, bob, by, ticket, returned, what):
    with tenant(luma):
        actions.mark_sent(returned, by=by, carrier="Correos", tracking="RR1")
    client.force_login(bob)
    q = {"number": returned.number.lower(), "tracking": "rr1", "ticket": ticket.number}[what]
    page = client.get("/luma/desk/returns/", {"q": q})
    assert (page.status_code, page.url.split("#")[0]) == (302, f"/luma/desk/tickets/{ticket.number}/returns/")


def test_the_tickets_page_costs_the_same_with_one_and_three(client, luma, bob, by, ticket):
    client.force_login(bob)
    counted = []
    for n in (1, 2):
        with tenant(luma):
            for _n in range(n):
                actions.cancel_return(
                    actions.authorise_return(ticket, by=by, lines=[(ticket.line, 1)]), by=by, reason="No."
                )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/luma/desk/tickets/{ticket.number}/returns/").status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_the_whole_way_on_the_desk(client, luma, bob, by, ticket):
    client.force_login(bob)
    base = f"/luma/desk/tickets/{ticket.number}/returns/"
    form = {
        f"quantity_{ticket.line_id}": "1", "address": "Dock 4", "freight_paid_by": "agent", "send_by": "2099-01-01",
        "action": "", "warehouse": "", "instructions": "In its box, please",
    }  # fmt: skip
    assert client.post(base + "authorise/", form).status_code == 302
    with tenant(luma):
        returned = Return.objects.get()
        line = returned.lines.get().pk
    step = f"{base}{returned.pk}/"
    assert client.post(step + "sent/", {"carrier": "Correos", "tracking": "RR1"}).status_code == 302
    assert client.post(step + "moving/").status_code == 302
    assert client.post(step + "receive/", {f"received_{line}": "1"}).status_code == 302
    wrong = client.post(step + "inspect/", {f"condition_{line}": "used", f"note_{line}": "Worn out"})
    assert wrong.status_code == 422
    assert "Worn out" in wrong.content.decode()
    with tenant(luma):
        pictured(returned)
    assert client.post(step + "inspect/", {f"condition_{line}": "used", f"note_{line}": "Worn out"}).status_code == 302
    assert client.post(step + "decide/", {"release": "no", "text": "It was used."}).status_code == 302
    late = client.post(step + "decide/", {"release": "yes", "text": "Another view"})
    assert (late.status_code, "It was used." in late.content.decode()) == (409, True)
    with tenant(luma):
        returned.refresh_from_db()
    assert returned.state == "declined"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "0"}, "how many pieces"),
        ({"quantity": "9"}, "less than or equal to 1"),
        ({"send_by": "2020-01-01"}, "from today on"),
        ({"address": ""}, "No address"),
    ],
)
def test_bad_input_is_named_and_kept(client, luma, bob, by, ticket, change, words):
    luma.return_address = ""
    luma.save()
    client.force_login(bob)
    form = {
        f"quantity_{ticket.line_id}": change.get("quantity", "1"), "address": "Dock 4", "freight_paid_by": "agent",
        "send_by": "2099-01-01", "action": "", "warehouse": "", "instructions": "In its box, please",
    }  # fmt: skip
    form |= {name: value for name, value in change.items() if name != "quantity"}
    page = client.post(f"/luma/desk/tickets/{ticket.number}/returns/authorise/", form)
    assert page.status_code == 422
    assert words in page.content.decode()
    assert "In its box, please" in page.content.decode()
    with tenant(luma):
        assert not Return.objects.exists()


def test_a_return_of_another_ticket_is_not_found(client, luma, harbor, bob, by, charlie, ticket, returned):
    other = foreign(harbor, charlie)
    with tenant(luma):
        second = to_stage(make_ticket(), "planning", by)
    client.force_login(bob)
    for pk in (other.pk, returned.pk):
        url = f"/luma/desk/tickets/{second.number}/returns/{pk}/receive/"
        assert client.post(url, {}).status_code == 404


def test_the_customer_sends_it(client, luma, ticket, returned):
    customer(client, luma, ticket)
    url = f"/luma/tickets/{ticket.number}/returns/{returned.number}/"
    assert returned.number in client.get(f"/luma/tickets/{ticket.number}/").content.decode()
    page = client.get(url).content.decode()
    assert "Dock 4, Shenzhen" in page
    bad = client.post(url + "sent/", {"carrier": "", "tracking": "RR123"})
    assert (bad.status_code, "RR123" in bad.content.decode()) == (422, True)
    assert client.post(url + "sent/", {"carrier": "Correos", "tracking": "RR123"}).status_code == 302
    again = client.post(url + "sent/", {"carrier": "Correos", "tracking": "RR123"})
    assert again.status_code == 409
    assert "RR123" in client.get(url).content.decode()


def test_the_customer_reads_the_decision(client, luma, by, ticket, returned):
    with tenant(luma):
        came(returned, by, 1)
        pictured(returned)
        actions.inspect_return(returned, by=by, found=[actions.Found(returned.lines.get(), "used", "Worn out")])
        actions.decide_return(returned, by=by, release=False, text="It was used for weeks.")
    customer(client, luma, ticket)
    page = client.get(f"/luma/tickets/{ticket.number}/returns/{returned.number}/").content.decode()
    assert "It was used for weeks." in page
    assert f"/luma/tickets/{ticket.number}/mediation/" in page


def test_another_customers_return_is_not_found(client, luma, by, ticket, returned):
    with tenant(luma):
        stranger = make_ticket()
    customer(client, luma, stranger)
    for number in (ticket.number, stranger.number):
        assert client.get(f"/luma/tickets/{number}/returns/{returned.number}/").status_code == 404


def test_the_day_has_passed(client, luma, ticket, returned):
    with tenant(luma):
        Return.objects.update(send_by="2020-01-01")
    customer(client, luma, ticket)
    assert (
        "The last day to send it was"
        in client.get(f"/luma/tickets/{ticket.number}/returns/{returned.number}/").content.decode()
    )

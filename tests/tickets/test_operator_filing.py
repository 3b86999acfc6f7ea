"""An operator files for a customer: the order is found, the channel recorded, and two clicks make one ticket."""

import re

import pytest

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(luma, harbor):
    for organization, mark in ((harbor, "Harbor"), (luma, "Luma")):
        with tenant(organization):
            made = make_order(number="LH-204913", email="maria@customer.example")
            make_line(made, supplier=make_partner(name=f"{mark} Oakline"), product=f"{mark} lamp", sku="LMP-1")
            make_line(made, product=f"{mark} shade")
            make_shipment(made, tracking_number="SP-77")
    return made


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def key_of(response) -> str:
    return re.search(r'name="key" value="([^"]+)"', response.content.decode())[1]


def filled(desk, order, **fields) -> dict:
    page = desk.get("/luma/desk/file/LH-204913/")
    with tenant(order.organization):
        line = order.lines.first()
    return {
        "key": key_of(page),
        "line": line.pk,
        "problem": "broken_inside",
        "channel": "phone",
        "subject": "Lamp cracked",
        "text": "Twice now.",
        "wish": "refund",
        "language": "en",
    } | fields


def filed(order) -> list[Ticket]:
    with tenant(order.organization):
        return list(Ticket.objects.all())


@pytest.mark.parametrize("text", ["LH-204913", "lh-204913", "SP-77", "maria@customer.example", "LMP-1"])
def test_one_hit_leads_straight_to_the_form(desk, order, text):
    response = desk.get("/luma/desk/file/", {"q": text})
    assert response.status_code == 302 and response["Location"] == "/luma/desk/file/LH-204913/"


def test_several_hits_are_offered_and_none_says_so(desk, order, luma):
    with tenant(luma):
        make_order(number="LH-2", email="maria@customer.example")
    page = desk.get("/luma/desk/file/", {"q": "maria@customer.example"}).content.decode()
    assert "LH-204913" in page and "LH-2" in page
    assert "No order matches" in desk.get("/luma/desk/file/", {"q": "nothing like it"}).content.decode()
    for text in ("\x00", "'; --", "x" * 5000, " ", "%", "\u202e"):
        assert desk.get("/luma/desk/file/", {"q": text}).status_code == 200


def test_another_organizations_order_is_not_found(client, order, charlie, bob, harbor):
    with tenant(harbor):
        make_order(number="ONLY-HARBOR")
    client.force_login(charlie)
    assert client.get("/luma/desk/file/LH-204913/").status_code == 404
    client.force_login(bob)
    assert client.get("/luma/desk/file/ONLY-HARBOR/").status_code == 404
    page = client.get("/luma/desk/file/LH-204913/").content.decode()
    assert "Luma lamp" in page and "Harbor" not in page


def test_filing_records_channel_member_and_words(desk, order, bob):
    response = desk.post("/luma/desk/file/LH-204913/", filled(desk, order))
    (ticket,) = filed(order)
    assert response["Location"] == f"/luma/desk/tickets/{ticket.number}/"
    assert (ticket.channel, ticket.filed_by, ticket.subject, ticket.wish) == ("phone", bob, "Lamp cracked", "refund")
    assert (
        ticket.text == "Lamp cracked\n\nTwice now." and ticket.state == "reported" and ticket.filing_seconds is not None
    )


def test_the_double_click_makes_one_ticket(desk, order):
    data = filled(desk, order)
    first = desk.post("/luma/desk/file/LH-204913/", data)
    second = desk.post("/luma/desk/file/LH-204913/", data)
    assert first["Location"] == second["Location"] and len(filed(order)) == 1
    desk.post("/luma/desk/file/LH-204913/", filled(desk, order))
    assert sorted(each.occurrence for each in filed(order)) == [1, 2]


def test_the_whole_order_and_its_earlier_tickets(desk, order, luma):
    with tenant(luma):
        earlier = make_ticket(order)
    assert earlier.number in desk.get("/luma/desk/file/LH-204913/").content.decode()
    desk.post("/luma/desk/file/LH-204913/", filled(desk, order, line="", problem="delayed", subject="", text=""))
    ticket = max(filed(order), key=lambda each: each.pk)
    assert ticket.line is None and ticket.subject == "Delayed"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"problem": ""}, "Choose what went wrong."),
        ({"problem": "bogus"}, "Choose what went wrong."),
        ({"channel": ""}, "Choose how the customer told you."),
        ({"channel": "import"}, "valid choice"),
        ({"line": "0"}, "Choose an item"),
        ({"language": "xx"}, "valid choice"),
        ({"wish": "gold"}, "valid choice"),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"text": "a\x00b"}, "Null characters"),
        ({"key": "1"}, "valid UUID"),
    ],
)
def test_what_must_be_mended_is_said_and_nothing_is_lost(desk, order, change, sentence):
    response = desk.post("/luma/desk/file/LH-204913/", filled(desk, order) | change)
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page and "Lamp cracked" in page and "<title>Error:" in page
    assert filed(order) == []


def test_an_item_of_another_order_is_refused(desk, order, luma):
    with tenant(luma):
        foreign = make_line(make_order())
    assert desk.post("/luma/desk/file/LH-204913/", filled(desk, order, line=foreign.pk)).status_code == 422


def test_numbers_with_any_character_have_an_address(desk, luma):
    for number in ("#1001", "A/B 7", "订单-9"):
        with tenant(luma):
            make_line(make_order(number=number))
        assert desk.get("/luma/desk/file/", {"q": number}, follow=True).status_code == 200

"""Filing in three steps: one ticket whatever is pressed, and drafts that belong to one session."""

import threading

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.models import RulesVersion
from aftersales.tenants.scope import tenant
from tests.factories import NOON, make_line, make_order, make_shipment, make_ticket
from tickets import clocks
from tickets.models import FilingDraft, Ticket
from tickets.problems import TILES, Problem

pytestmark = pytest.mark.django_db
START = "/luma/file/LH-1001/"
CHOSEN = " checked required>"


def add_order(organization, number="LH-1001", email="maria@customer.example", lines=1):
    with tenant(organization):
        order = make_order(number=number, email=email)
        for n in range(lines):
            make_line(order, product=f"Lamp {n} of {email} in {organization.slug}")
        return order


@pytest.fixture
def order(luma, harbor):
    add_order(harbor)
    add_order(luma, "LH-2002", "omar@customer.example")
    return add_order(luma)


def enter(client, number="LH-1001", email="maria@customer.example", org="luma"):
    assert client.post(f"/{org}/find/", {"number": number, "email": email}).status_code == 302
    return client


@pytest.fixture
def maria(client, order):
    return enter(client)


def begin(client, problem="broken_inside", at=START) -> str:
    """Choose the problem; return the draft's key."""
    response = client.post(at, {"problem": problem})
    assert response.status_code == 302, response.content.decode()
    return response["Location"].split("/")[3]


def send(client, key, **data):
    return client.post(f"/luma/filing/{key}/send/", data)


def drafts(organization):
    with tenant(organization):
        return list(FilingDraft.objects.all())


# ── the three steps ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_whole_way_and_what_the_ticket_keeps(maria, luma, order):
    with tenant(luma):
        RulesVersion.objects.create(version=3, terms="t", compensation="c", prohibited="p")
    page = maria.get(START).content.decode()
    assert "What went wrong?" in page and "Lamp 0 of maria@customer.example in luma" in page and CHOSEN not in page
    assert all(str(tile.words) in page for tile in TILES)
    response = maria.post(START, {"problem": "broken_inside"})
    photos = maria.get(response["Location"]).content.decode()
    assert "Show us what happened" in photos and "Whole item" in photos and "Padding" in photos
    key = response["Location"].split("/")[3]
    wish = maria.get(f"/luma/filing/{key}/wish/").content.decode()
    assert "Full refund" in wish and "Just deliver it" not in wish
    assert "m•••@customer.example" in wish and "maria@customer.example" not in wish
    with tenant(luma):
        due = clocks.due_from(luma, "reported", timezone.now()).astimezone(luma.zone)
    assert due.strftime("%H:%M") in wish and "Europe/Lisbon" in wish
    response = send(maria, key, wish="refund", text="Está roto.\nMucho.")
    with tenant(luma):
        ticket = Ticket.objects.get()
        assert response["Location"] == f"/luma/tickets/{ticket.number}/sent/"
        assert (ticket.problem, ticket.wish, ticket.text, ticket.channel) == (
            "broken_inside", "refund", "Está roto.\nMucho.", "portal",
        )  # fmt: skip
        assert ticket.rules_version.version == 3 and ticket.filing_seconds is not None and ticket.language == "en"
        assert ticket.customer == order.customer and ticket.state == "reported"
    page = maria.get(response["Location"]).content.decode()
    assert ticket.number in page and ticket.due_at.astimezone(luma.zone).strftime("%H:%M") in page


def test_where_no_photo_helps_the_step_is_left_out(maria):
    response = maria.post(START, {"problem": "not_received"})
    assert response["Location"].endswith("/wish/")
    page = maria.get(response["Location"]).content.decode()
    assert "Just deliver it" in page and "Keep it, pay less" not in page


def test_the_wish_may_stay_open(maria, luma):
    assert send(maria, begin(maria)).status_code == 302
    with tenant(luma):
        assert Ticket.objects.get().wish == ""


def test_looking_changes_nothing(maria, luma):
    for address in (START, START + "?item=order"):
        assert maria.get(address).status_code == 200
    assert drafts(luma) == []


def test_several_items_are_chosen_first(client, luma, harbor):
    order = add_order(luma, lines=2)
    enter(client)
    page = client.get(START).content.decode()
    assert "Which item is it?" in page and "The whole order" in page and "What went wrong?" not in page
    with tenant(luma):
        second = order.lines.order_by("-position").first()
    key = begin(client, at=f"{START}?item={second.pk}")
    send(client, key)
    send(client, begin(client, at=f"{START}?item=order"))
    with tenant(luma):
        assert list(Ticket.objects.order_by("pk").values_list("line_id", flat=True)) == [second.pk, None]


def test_an_order_without_items_is_complained_about_as_a_whole(client, luma):
    add_order(luma, lines=0)
    send(enter(client), begin(client))
    with tenant(luma):
        assert Ticket.objects.get().line is None


def test_another_orders_item_is_not_there(maria, luma, order):
    with tenant(luma):
        other = Ticket.objects.model.order.field.related_model.objects.get(number="LH-2002").lines.get()
    assert maria.get(f"{START}?item={other.pk}").status_code == 404
    assert maria.post(f"{START}?item={other.pk}", {"problem": "delayed"}).status_code == 404
    assert maria.get(f"{START}?item=x").status_code == 404


# ── what is wrong is said, what was typed is kept ──────────────────────────────────────────────────────────────────
def test_no_problem_chosen(maria, luma):
    response = maria.post(START, {})
    assert response.status_code == 422 and "Choose what went wrong." in response.content.decode()
    assert maria.post(START, {"problem": "seized"}).status_code == 422
    assert drafts(luma) == []


def test_a_bad_wish_keeps_the_text(maria, luma):
    key = begin(maria)
    response = send(maria, key, wish="money", text="Two of them are broken")
    page = response.content.decode()
    assert response.status_code == 422 and "Two of them are broken" in page and "Choose one of these answers" in page
    response = send(maria, key, wish="refund", text="x" * 4001)
    assert response.status_code == 422 and "x" * 4001 in response.content.decode()
    assert "<title>Error:" in response.content.decode()
    with tenant(luma):
        assert not Ticket.objects.exists()


def test_going_back_finds_what_was_chosen(maria, luma):
    begin(maria, "wrong_item")
    page = maria.get(START).content.decode()
    assert page.count(CHOSEN) == 1 and 'value="wrong_item"' in page.split(CHOSEN)[0].rsplit("<input", 1)[1]
    begin(maria, "defective")
    assert [draft.problem for draft in drafts(luma)] == [Problem.DEFECTIVE]


# ── one ticket ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_twenty_times_one_after_the_other(maria, luma):
    key = begin(maria)
    places = {send(maria, key, wish="refund", text=f"Try {n}")["Location"] for n in range(20)}
    with tenant(luma):
        ticket = Ticket.objects.get()
        assert places == {f"/luma/tickets/{ticket.number}/sent/"} and ticket.text == "Try 0"
    for step in ("photos", "wish"):
        assert maria.get(f"/luma/filing/{key}/{step}/")["Location"] == places.copy().pop()


def test_the_second_tab_finds_the_same_draft(maria):
    assert begin(maria) == begin(maria)


@pytest.mark.django_db(transaction=True)
def test_twenty_times_at_once(maria, luma):
    key = begin(maria)
    cookies, answers, gate = maria.cookies, [], threading.Barrier(20)

    def press(n):
        browser = Client()
        browser.cookies = cookies
        try:
            gate.wait()
            answers.append(send(browser, key, wish="refund", text=f"Press {n}"))
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=press, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    with tenant(luma):
        ticket = Ticket.objects.get()
        assert ticket.events.filter(verb="filed").count() == 1
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, f"/luma/tickets/{ticket.number}/sent/")}


@pytest.mark.django_db(transaction=True)
def test_two_tabs_beginning_at_once_share_a_draft(maria, luma):
    cookies, keys, gate = maria.cookies, [], threading.Barrier(8)

    def press():
        browser = Client()
        browser.cookies = cookies
        try:
            gate.wait()
            keys.append(begin(browser))
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1


def test_a_second_complaint_on_the_item_is_shown_as_such(maria, luma):
    send(maria, begin(maria))
    with tenant(luma):
        first = Ticket.objects.get()
    page = maria.get(START).content.decode()
    assert "You already told us about this item" in page and f"/luma/tickets/{first.number}/" in page
    assert send(maria, begin(maria, "missing_part")).status_code == 302
    with tenant(luma):
        assert Ticket.objects.count() == 2 and Ticket.objects.latest("pk").occurrence == 2


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_draft_belongs_to_its_session(maria, luma, order):
    key = begin(maria)
    for browser in (Client(), enter(Client(), "LH-2002", "omar@customer.example"), enter(Client())):
        for step in ("photos", "wish"):
            assert browser.get(f"/luma/filing/{key}/{step}/").status_code == 404
        assert send(browser, key, wish="refund").status_code == 404
    assert maria.get(f"/harbor/filing/{key}/wish/").status_code == 404
    enter(maria, org="harbor")
    assert maria.get(f"/harbor/filing/{key}/wish/").status_code == 404
    assert [draft.ticket_id for draft in drafts(luma)] == [None]


def test_another_customers_order_cannot_be_complained_about(maria):
    assert maria.get("/luma/file/LH-2002/").status_code == 404
    assert maria.post("/luma/file/LH-2002/", {"problem": "delayed"}).status_code == 404
    assert maria.post("/harbor/file/LH-1001/", {"problem": "delayed"}).status_code == 404


def test_after_leaving_the_draft_is_closed(maria):
    key = begin(maria)
    maria.post("/luma/leave/")
    assert send(maria, key).status_code == 404


def test_what_nobody_asked_for_changes_nothing(maria, luma, order):
    key = begin(maria)
    send(maria, key, wish="refund", email="eve@evil.example", state="closed", order="1", organization="2", ticket="1")
    with tenant(luma):
        ticket = Ticket.objects.get()
        assert ticket.state == "reported" and ticket.customer.email == "maria@customer.example"
        assert drafts(luma)[0].email == "maria@customer.example"


# ── the order's page ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_order_page_shows_items_complaints_and_what_to_do(maria, luma, order):
    with tenant(luma):
        ticket = make_ticket(order)
        whole = make_ticket(make_order(number="LH-0", email="maria@customer.example"))
        Ticket.objects.filter(pk=whole.pk).update(order=order, line=None)
    page = maria.get("/luma/orders/LH-1001/").content.decode()
    assert ticket.number in page and "We have received your report" in page and "About the whole order" in page
    assert "Report another problem" in page and "File a complaint" in page and "Being prepared" in page


def test_the_order_page_says_how_far_it_is(maria, luma, order):
    with tenant(luma):
        parcels = [make_shipment(order), make_shipment(order, delivered_at=NOON)]
    assert "On its way" in maria.get("/luma/orders/LH-1001/").content.decode()
    with tenant(luma):
        parcels[0].delivered_at = NOON
        parcels[0].save()
    assert "Delivered on 2 Mar 2026" in maria.get("/luma/orders/LH-1001/").content.decode()


def test_the_order_page_takes_the_same_queries_for_one_and_three(client, luma, harbor):
    asked = []
    for number, lines in (("LH-1", 1), ("LH-3", 3)):
        order = add_order(luma, number, lines=lines)
        with tenant(luma):
            for line in order.lines.all():
                make_ticket(order, line=line)
        browser = enter(Client(), number)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(f"/luma/orders/{number}/").content.decode()
        assert page.count("We have received your report") == lines
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12, asked

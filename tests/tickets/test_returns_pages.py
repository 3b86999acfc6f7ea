"""The desk's and the customer's pages of goods on their way back."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_line, make_order, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions
from tickets.models import Return

pytestmark = pytest.mark.django_db
EMAIL = "maria@customer.example"


def make(organization, user, mark, number="LH-1001"):
    """Return a return of one piece of three; both organizations' have the same numbers."""
    with tenant(organization):
        organization.return_address = f"{mark} Street 1"
        organization.save()
        by = member(user, organization)
        order = make_order(number=number, email=EMAIL)
        line = make_line(order, product=f"{mark} lamp", quantity=3)
        ticket = to_stage(make_ticket(order, line=line, text=mark), "executing", by)
        return actions.authorise_return(ticket, by=by, lines=[(line, 1)])


@pytest.fixture(scope="module")
def rows(cast):
    make(cast.harbor, cast.charlie, "Harborish")
    cast.returned = make(cast.luma, cast.bob, "Lumaish")
    return cast


@pytest.fixture
def returned(own):
    return own.returned


@pytest.fixture
def desk(client, bob, returned):
    client.force_login(bob)
    return client


@pytest.fixture
def customer(luma, returned):
    return door(luma)


def door(organization):
    client = Client()
    client.post(f"/{organization.slug}/find/", {"number": "LH-1001", "email": EMAIL})
    return client


def of(returned):
    return f"/luma/desk/tickets/{returned.ticket.number}/returns/"


def do(client, returned, verb, **data):
    return client.post(f"{of(returned)}{returned.pk}/{verb}/", data)


def line_of(returned):
    with tenant(returned.organization):
        return returned.lines.get().pk


def now(returned):
    with tenant(returned.organization):
        return Return.objects.get(pk=returned.pk)


# ── desk ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_costs_the_same_for_one_and_three(desk, luma, bob, returned):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = desk.get("/luma/desk/returns/").content.decode()
        assert "Harborish" not in text
        return len(queries), text.count('class="subj')

    cost()
    one = cost()
    for n in (2, 3):
        make(luma, bob, "Lumaish", f"LH-100{n}")
    three = cost()
    assert (one[1], three[1]) == (1, 3) and one[0] == three[0]


def test_a_tickets_page_costs_the_same_for_one_and_three(desk, luma, bob, returned):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            text = desk.get(of(returned)).content.decode()
        return len(queries), len(re.findall(r'id="return-\d+"', text))

    cost()
    one = cost()
    with tenant(luma):
        for _n in range(2):
            line = returned.ticket.order.lines.get()
            made = actions.authorise_return(returned.ticket, by=member(bob, luma), lines=[(line, 1)])
            actions.cancel_return(made, by=member(bob, luma), reason="Twice.")
    three = cost()
    assert (one[1], three[1]) == (1, 3) and one[0] == three[0]


@pytest.mark.parametrize("what", ["number", "lower", "tracking", "ticket", "order"])
def test_a_scan_leads_straight_to_the_goods(desk, luma, bob, returned, what):
    make(luma, bob, "Lumaish", "LH-1002")
    with tenant(luma):
        actions.mark_sent(returned, by=member(bob, luma), carrier="DHL", tracking="JJD01")
    text = {"number": returned.number, "lower": returned.number.lower() + " ", "tracking": "JJD01",
            "ticket": returned.ticket.number, "order": "LH-1001"}[what]  # fmt: skip
    answer = desk.get("/luma/desk/returns/", {"q": text})
    assert answer.status_code == 302 and answer["Location"] == f"{of(returned)}#return-{returned.pk}"


@pytest.mark.parametrize("query", [{"q": "\0"}, {"q": "%"}, {"state": "nonsense"}, {"page": "x~y"}, {"q": "RMA-9"}])
def test_odd_searches_answer_a_page(desk, query):
    assert desk.get("/luma/desk/returns/", query).status_code == 200


@pytest.mark.parametrize(("state", "count"), [("coming", 1), ("here", 0), ("disputed", 0), ("done", 0)])
def test_the_filters(desk, state, count):
    assert desk.get("/luma/desk/returns/", {"state": state}).content.decode().count('class="subj') == count


def test_authorised_in_the_browser(desk, luma, returned):
    with tenant(luma):
        line = returned.ticket.order.lines.get().pk
    form = {"address": "Rua 1", "send_by": "2099-01-01", "freight_paid_by": "customer", "instructions": "In its box"}
    url = f"{of(returned)}authorise/"
    assert desk.post(url, form | {f"quantity_{line}": ""}).status_code == 422
    assert desk.post(url, form | {f"quantity_{line}": "2"}).status_code == 302
    with tenant(luma):
        assert Return.objects.latest("pk").freight_paid_by == "customer"


@pytest.mark.parametrize(
    ("pieces", "changed", "words"),
    [
        ("0", {}, "how many pieces"),
        ("3", {}, "less than or equal to 2"),
        ("1", {"send_by": "2020-01-01"}, "from today on"),
    ],
)
def test_bad_input_is_named_and_kept(desk, luma, returned, pieces, changed, words):
    form = {"address": "Rua 1", "send_by": "2099-01-01", "freight_paid_by": "agent", "instructions": "In its box"}
    typed = form | {f"quantity_{line_of_order(luma, returned)}": pieces} | changed
    text = desk.post(f"{of(returned)}authorise/", typed)
    assert text.status_code == 422 and words in text.content.decode() and "In its box" in text.content.decode()
    with tenant(luma):
        assert Return.objects.count() == 1


def test_without_an_address_the_admin_gets_the_link_and_what_was_typed_stays(desk, luma, alice, returned):
    luma.return_address = ""
    luma.save()
    desk.force_login(alice)
    assert "/luma/settings/" in re.search(r"No address for returns.*?</p>", desk.get(of(returned)).content.decode())[0]
    line = line_of_order(luma, returned)
    form = {"address": "", "send_by": "2099-01-01", "freight_paid_by": "agent", "instructions": "In its box"}
    answer = desk.post(f"{of(returned)}authorise/", form | {f"quantity_{line}": "1"})
    assert answer.status_code == 422 and "In its box" in answer.content.decode()
    assert "No address to send goods back" in answer.content.decode()


def line_of_order(organization, returned):
    with tenant(organization):
        return returned.ticket.order.lines.get().pk


def test_received_looked_at_and_decided_in_the_browser(desk, luma, returned):
    line = line_of(returned)
    assert do(desk, returned, "receive", **{f"received_{line}": "9"}).status_code == 422
    assert do(desk, returned, "receive", **{f"received_{line}": "1"}).status_code == 302
    late = do(desk, returned, "receive", **{f"received_{line}": "1"})
    assert late.status_code == 409 and "Bob Operator was faster" in late.content.decode()
    assert do(desk, returned, "inspect").status_code == 422
    seen = {f"condition_{line}": "damaged", f"note_{line}": "A deep scratch"}
    answer = do(desk, returned, "inspect", **seen)
    assert answer.status_code == 422 and "Add a photo first" in answer.content.decode()
    assert "A deep scratch" in answer.content.decode()
    picture(returned)
    assert do(desk, returned, "inspect", **seen).status_code == 302
    assert do(desk, returned, "decide", release="yes").status_code == 422
    assert do(desk, returned, "decide", release="yes", text="We pay.").status_code == 302
    late = do(desk, returned, "decide", release="no", text="Another view")
    assert late.status_code == 409 and "We pay." in late.content.decode()
    assert now(returned).state == "released"


def picture(returned):
    with tenant(returned.organization):
        return Evidence.objects.create(
            returned=returned, name="x.jpg", media_type="image/jpeg", size=1, sha256="0" * 64, width=1, height=1,
            original_key="k1", uploader_kind="operator", state="ready",
        )  # fmt: skip


def test_another_tickets_return_is_not_found(desk, luma, bob, returned):
    other = make(luma, bob, "Lumaish", "LH-1002")
    url = f"/luma/desk/tickets/{returned.ticket.number}/returns/{other.pk}"
    for verb in ("sent", "moving", "receive", "inspect", "decide", "cancel"):
        assert desk.post(f"{url}/{verb}/").status_code == 404
    assert now(other).state == "authorised"


# ── customer ───────────────────────────────────────────────────────────────────────────────────────────────────────
def page_of(returned):
    return f"/luma/tickets/{returned.ticket.number}/returns/{returned.number}/"


def test_the_customer_reads_what_where_and_until_when_and_says_it_is_sent(customer, returned):
    assert page_of(returned) in customer.get(f"/luma/tickets/{returned.ticket.number}/").content.decode()
    text = customer.get(page_of(returned)).content.decode()
    assert "Lumaish lamp" in text and "Lumaish Street 1" in text and returned.number in text and "Harborish" not in text
    assert customer.post(f"{page_of(returned)}sent/", {"tracking": "JJD01"}).status_code == 422
    assert "JJD01" in customer.post(f"{page_of(returned)}sent/", {"tracking": "JJD01"}).content.decode()
    form = {"carrier": "DHL", "tracking": "JJD01"}
    assert customer.post(f"{page_of(returned)}sent/", form).status_code == 302
    assert customer.post(f"{page_of(returned)}sent/", form).status_code == 409
    text = customer.get(page_of(returned)).content.decode()
    assert "It is on its way to us" in text and "JJD01" in text


def test_late_says_so(customer, luma, returned):
    with tenant(luma):
        Return.objects.filter(pk=returned.pk).update(send_by="2026-01-05")
    assert "The last day to send it was" in customer.get(page_of(returned)).content.decode()


def test_what_we_saw_stands_beside_what_the_customer_showed(customer, luma, harbor, bob, returned):
    seen = picture(returned)
    with tenant(luma):
        shown = Evidence.objects.create(
            ticket=returned.ticket, name="x.jpg", media_type="image/jpeg", size=1, sha256="1" * 64, width=1, height=1,
            original_key="k2", uploader_kind="customer", state="ready",
        )  # fmt: skip
        line = returned.lines.get()
        actions.receive_return(returned, by=member(bob, luma), received={line.pk: 1})
        found = [actions.Found(type(line).objects.get(pk=line.pk), "used", "Worn")]
        actions.inspect_return(returned, by=member(bob, luma), found=found)
    text = customer.get(page_of(returned)).content.decode()
    assert f"/photos/{seen.pk}/thumb/" in text and f"/photos/{shown.pk}/thumb/" in text and "Worn" in text


def test_the_customer_reads_why_nothing_is_paid_and_where_to_object(customer, luma, bob, returned):
    picture(returned)
    with tenant(luma):
        by = member(bob, luma)
        actions.receive_return(returned, by=by, received={returned.lines.get().pk: 1})
        actions.inspect_return(returned, by=by, found=[actions.Found(returned.lines.get(), "used", "Worn out")])
        actions.decide_return(returned, by=by, release=False, text="It was used for weeks.")
    text = customer.get(page_of(returned)).content.decode()
    assert "It was used for weeks." in text and f"/luma/tickets/{returned.ticket.number}/mediation/" in text


def test_only_the_customer_of_the_ticket_opens_it(customer, luma, harbor, bob, returned):
    other = make(luma, bob, "Lumaish", "LH-1002")
    assert Client().get(page_of(returned)).status_code == 404
    assert door(harbor).get(page_of(returned)).status_code == 404
    for url in (page_of(other), f"/luma/tickets/{returned.ticket.number}/returns/{other.number}/"):
        assert customer.get(url).status_code == 404
        assert customer.post(f"{url}sent/", {"carrier": "DHL"}).status_code == 404
    assert now(other).state == "authorised"

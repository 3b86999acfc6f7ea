"""The partner's page: the case without the customer, its own part, one answer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.orders.models import TrackingEvent
from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import NOON, make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, links
from tickets.models import Message, PartnerRequest, Ticket

pytestmark = pytest.mark.django_db
TODAY = dt.date.today()
IDENTITY = {
    "name": "Marisol Zzyzx", "email": "marisol.zzyzx@customer.example", "phone": "+52 33 9090 1212",
}  # fmt: skip
ADDRESS = {"city": "Tlaquepaque", "postcode": "45500", "address": "Calle Azul 99"}


class Case:
    """A ticket on which a maker was asked, and the maker's browser."""

    def __init__(self, organization, user, n=1, maker="Foshan Oakline", percent=80):
        self.organization, self.user = organization, user
        with tenant(organization):
            self.maker = make_partner(
                name=maker, email=f"{maker.split()[0].lower()}@maker.example", time_zone="Asia/Shanghai"
            )
            order = make_order(number=f"ORD-{n}-SECRET", email=f"{n}{IDENTITY['email']}", **ADDRESS)
            order.customer.name, order.customer.phone = IDENTITY["name"], IDENTITY["phone"]
            order.customer.save()
            line = make_line(order, supplier=self.maker, sku="LMP-210", batch="B2609-14", quantity=4)
            parcel = make_shipment(order, tracking_number="TRACK99", events={"picked_up": NOON, "delivered": NOON})
            TrackingEvent.objects.filter(shipment=parcel).update(place="Tlaquepaque", note="left with Marisol Zzyzx")
            self.ticket = make_ticket(order, line=line, text="I am Marisol Zzyzx and it is broken")
            ticket = to_stage(self.ticket, "responsibility", self.by)
            self.asked = actions.ask_partner(
                ticket,
                by=self.by,
                partner=self.maker,
                party="supplier",
                percent=percent,
                text="One layer of wrap, not three.",
            )
            self.link = links.issue(
                kind="partner", ticket=ticket, partner=self.maker, request=self.asked, email=self.maker.email
            )
        self.at = f"/{organization.slug}/p/tickets/{self.ticket.number}/"
        self.client = self.browser()

    def browser(self, link=None) -> Client:
        browser = Client()
        with tenant(self.organization):
            path = "/" + links.url_of(link or self.link).split("/", 3)[3]
        assert browser.get(path).status_code == 302
        browser.cookies["django_language"] = "en"
        return browser

    @property
    def by(self):
        return member(self.user, self.organization)

    def now(self) -> PartnerRequest:
        with tenant(self.organization):
            return PartnerRequest.objects.select_related("ticket").get(pk=self.asked.pk)

    def page(self) -> str:
        response = self.client.get(self.at)
        assert response.status_code == 200
        return response.content.decode()

    def post(self, verb, client=None, **data):
        return (client or self.client).post(f"{self.at}{verb}/", data)


@pytest.fixture(scope="module")
def rows(cast):
    Case(cast.harbor, cast.charlie)
    cast.case = Case(cast.luma, cast.bob)
    return cast


@pytest.fixture
def case(own):
    return own.case


def photo(ticket, **fields) -> Evidence:
    defaults = {
        "name": "marisol.zzyzx.jpg", "media_type": "image/jpeg", "size": 1, "sha256": "0" * 64, "width": 1, "height": 1,
        "state": "ready", "original_key": f"k{Evidence.objects.count()}", "uploader_kind": "customer",
    }  # fmt: skip
    return Evidence.objects.create(ticket=ticket, **(defaults | fields))


# ── what is read ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_case_is_shown_and_the_customer_is_not(case, luma):
    other = Case(luma, case.user, 2)
    with tenant(luma):
        whole, label = photo(case.ticket, place="whole"), photo(case.ticket, place="label")
        letter = photo(case.ticket, place="letter")
        actions.write_message(case.now().ticket, by=case.by, audience="public", text="Dear Marisol Zzyzx")
        actions.write_message(case.now().ticket, by=case.by, audience="internal", text="INTERNAL words")
        actions.write_message(
            case.now().ticket, by=case.by, audience="partner", partner=case.maker, text="Look at the wrap"
        )
    page = case.page()
    due = case.asked.due_at.astimezone(dt.timezone(dt.timedelta(hours=8)))
    for shown in (
        case.ticket.number, "LMP-210", "B2609-14", "Box intact but item broken", "One layer of wrap, not three.",
        "Supplier, 80%", "2 of 8", "Look at the wrap", "Picked up", f"/luma/p/photos/{whole.pk}/thumb/",
        "we take it that you accept 80%", due.strftime("%H:%M"), "Asia/Shanghai",
    ):  # fmt: skip
        assert shown in page, shown
    hidden = (
        "zzyzx",
        "marisol",
        "9090",
        "tlaquepaque",
        "45500",
        "calle",
        "secret",
        "internal",
        "it is broken",
        "39.90",
        "track99",
    )
    for secret in hidden:
        assert secret not in page.lower(), secret
    assert f"/photos/{label.pk}/" not in page and f"/photos/{letter.pk}/" not in page
    assert other.ticket.number not in page and "(25.0%)" not in page
    with tenant(luma):
        case.ticket.order.lines.update(quantity=36)
    assert "2 of 40 (5.0%)" in case.page()
    for withheld in (label, letter):
        assert case.client.get(f"/luma/p/photos/{withheld.pk}/thumb/").status_code == 404


def test_silence_is_said_as_the_organization_decided(case, luma):
    luma.partner_silence_accepts = False
    luma.save()
    page = case.page()
    assert "we decide without it" in page and "we take it that you accept" not in page


def test_a_carrier_sees_its_parcels_and_not_the_batch(case, luma):
    with tenant(luma):
        carrier = make_partner("carrier", "Swift Parcel")
        carrier.email = "swift@carrier.example"
        carrier.save()
        asked = actions.ask_partner(
            case.now().ticket, by=case.by, partner=carrier, party="carrier", percent=50, text="It was dropped."
        )
        link = links.issue(kind="partner", ticket=case.ticket, partner=carrier, request=asked, email=carrier.email)
        own = photo(case.ticket, uploader_kind="partner", partner=case.maker, request=case.asked)
        actions.write_message(case.now().ticket, by=case.by, audience="partner", partner=case.maker, text="Maker only")
    browser = case.browser(link)
    page = browser.get(case.at).content.decode()
    assert "TRACK99" in page and "It was dropped." in page
    for hidden in ("Complaints in this batch", "One layer of wrap", "Maker only", "Foshan", f"/photos/{own.pk}/"):
        assert hidden not in page, hidden
    assert browser.get(f"/luma/p/photos/{own.pk}/thumb/").status_code == 404
    assert f"/photos/{own.pk}/" in case.page() and "It was dropped." not in case.page()


# ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "kept"),
    [
        ({"answer": "accepted", "prevention": "Three layers"}, ("accepted", 80)),
        ({"answer": "partly", "percent": "30"}, ("partly", 30)),
        ({"answer": "contested", "text": "The box was intact"}, ("contested", None)),
    ],
)
def test_three_answers(case, data, kept):
    assert case.post("answer", **data).status_code == 302
    assert (case.now().answer, case.now().answer_percent) == kept
    page = case.page()
    assert "Thank you for your answer" in page and 'id="answer"' not in page
    assert all(value in page for name, value in data.items() if name in ("text", "prevention"))
    again = case.post("answer", answer="accepted")
    assert again.status_code == 409 and "This was answered already" in again.content.decode()
    assert (case.now().answer, case.now().answer_percent) == kept


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose an answer."),
        ({"answer": "silence"}, "Choose an answer."),
        ({"answer": "partly"}, "between 1 and 99 per cent"),
        ({"answer": "partly", "percent": "100"}, "less than or equal to 99"),
        ({"answer": "partly", "percent": "0"}, "greater than or equal to 1"),
        ({"answer": "contested", "text": "  "}, "Write why it is not your responsibility."),
    ],
)
def test_what_is_missing_is_said_and_the_rest_kept(case, data, says):
    response = case.post("answer", prevention="We wrap it thrice", **data)
    page = response.content.decode()
    assert response.status_code == 422 and says in page and "We wrap it thrice" in page
    assert case.now().answer == ""


def test_writing_reaches_only_the_own_thread(case, luma):
    assert case.post("write", text="Which box was it?").status_code == 302
    assert case.post("write", text=" ").status_code == 422
    with tenant(luma):
        message = Message.objects.latest("pk")
        assert (message.audience, message.partner_id, message.text) == ("partner", case.maker.pk, "Which box was it?")
    assert "Which box was it?" in case.page()


def test_a_closed_case_asks_nothing(case, luma):
    with tenant(luma):
        actions.reject(case.now().ticket, by=case.by, reason="No.", clause="1")
    page = case.page()
    assert "Your answer is not needed any more" in page and 'id="answer"' not in page
    assert case.post("answer", answer="accepted").status_code == 409


# ── the plan ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def planned(case, luma):
    """The maker took 30 %, and is to pay all of a refund beside a replacement that we pay."""
    case.post("answer", answer="partly", percent="30")
    with tenant(luma):
        ticket = case.now().ticket
        shares = [actions.Share("supplier", 60, case.maker), actions.Share("agent", 40)]
        actions.confirm_responsibility(ticket, by=case.by, shares=shares, basis="Wrap.", override="evidence")
        due = TODAY + dt.timedelta(days=7)
        actions.propose_plan(
            Ticket.objects.get(pk=ticket.pk), by=case.by, text="Dear Marisol Zzyzx", currency="EUR",
            actions=[
                actions.Planned("partial_refund", due, Decimal("17.17"), [actions.Pays("supplier", 100, case.maker)]),
                actions.Planned("replacement", due, Decimal("11.11"), [actions.Pays("agent", 100)]),
            ],
        )  # fmt: skip
    return case


def test_agreeing_to_its_part(planned, luma):
    page = planned.page()
    assert "€17.17" in page and "11.11" not in page and "28.28" not in page and "zzyzx" not in page.lower()
    assert planned.post("agree", plan=9).status_code == 409
    assert planned.post("agree").status_code == 422
    assert [planned.post("agree", plan=1).status_code for _ in range(2)] == [302, 302]
    with tenant(luma):
        plan = planned.now().ticket.current_plan()
        assert plan.partner_agreed_at and plan.customer_agreed_at is None
    assert "Agree to our part" not in planned.page()
    assert planned.post("contest", text="Too late").status_code == 422


def test_contesting_while_it_is_planned(planned, luma):
    assert "I have something new" in planned.page()
    assert planned.post("contest", text="").status_code == 422
    with tenant(luma):
        words = Message.objects.count()
    assert planned.post("contest", text="Here is the drop test").status_code == 302
    with tenant(luma):
        assert planned.now().ticket.state == "responsibility" and Message.objects.count() == words + 1
    refused = planned.post("contest", text="Again, again")
    assert refused.status_code == 409 and "Again, again" in refused.content.decode()
    with tenant(luma):
        assert Message.objects.count() == words + 1


def test_a_plan_that_does_not_bind_it_is_not_shown(case, luma):
    case.post("answer", answer="accepted")
    with tenant(luma):
        to_stage_from_responsibility(case)
    page = case.page()
    assert "Your part of the plan" not in page and "17.17" not in page
    assert case.post("agree", plan=1).status_code == 409


def to_stage_from_responsibility(case):
    ticket = case.now().ticket
    shares = [actions.Share("agent", 100)]
    actions.confirm_responsibility(ticket, by=case.by, shares=shares, basis="Ours.", override="goodwill")
    planned = [actions.Planned("partial_refund", TODAY + dt.timedelta(days=7), Decimal("17.17"))]
    ticket = Ticket.objects.get(pk=ticket.pk)
    actions.propose_plan(ticket, by=case.by, text="Ours.", currency="EUR", actions=planned)


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────
VERBS = {"answer": {"answer": "accepted"}, "write": {"text": "x"}, "agree": {"plan": 1}, "contest": {"text": "x"}}


def test_other_partners_and_organizations_see_and_do_nothing(case, luma, harbor, charlie):
    rival = Case(luma, case.user, 3, maker="Rival Works")
    stranger = Case(harbor, charlie, 4)
    for browser in (rival.client, stranger.client, Client()):
        assert browser.get(case.at).status_code == 404
        for verb, data in VERBS.items():
            assert case.post(verb, browser, **data).status_code == 404
    assert case.client.get(case.at.replace("/luma/", "/harbor/")).status_code == 404
    assert case.now().answer == ""


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_done_by_looking(case, verb):
    assert case.client.get(f"{case.at}{verb}/").status_code == 405


def test_the_page_takes_the_same_queries_for_one_and_three(case, luma):
    asked = []
    for n in (1, 3):
        own = Case(luma, case.user, 10 + n)
        with tenant(luma):
            for _ in range(n):
                actions.write_message(
                    own.now().ticket, by=own.by, audience="partner", partner=own.maker, text="More words"
                )
                photo(own.ticket, place="whole")
        own.page()
        with CaptureQueriesContext(connection) as queries:
            page = own.page()
        assert page.count("More words") == n and page.count("/thumb/") == n
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 22, asked

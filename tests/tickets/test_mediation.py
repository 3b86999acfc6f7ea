"""A dispute: who opens it, until when each side writes, what the other reads, how it is decided and what that binds."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.models import Calendar, CalendarSlot
from aftersales.tenants.scope import tenant
from tests.factories import member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.test_partner import Case
from tickets import actions, links, rules, tasks
from tickets.models import Mediation, Notification, Ticket, TicketEvent

pytestmark = pytest.mark.django_db
NAME = "Marisol Zzyzx"


class Dispute(Case):
    """A ticket with a maker that was asked, and the browsers of maker and customer."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        with tenant(self.organization):
            link = links.for_customer(self.fresh())
            path = "/" + links.url_of(link).split("/", 3)[3]
        self.customer = Client()
        assert self.customer.get(path).status_code == 302
        self.customer.cookies["django_language"] = "en"
        self.portal = f"/{self.organization.slug}/tickets/{self.ticket.number}/mediation/"
        self.door = f"{self.at}mediation/"
        self.desk = f"/{self.organization.slug}/desk/tickets/{self.ticket.number}/mediation/"

    def fresh(self) -> Ticket:
        ticket = Ticket.objects.select_related("customer", "order").get(pk=self.ticket.pk)
        ticket.organization = self.organization
        return ticket

    def mediation(self) -> Mediation:
        return Mediation.objects.select_related("ticket").get(ticket=self.ticket)

    def open(self, **fields):
        with tenant(self.organization):
            ticket = self.fresh()
            fields.setdefault("by", actions.By.customer(ticket.customer))
            return actions.open_mediation(ticket, reason=fields.pop("reason", "They say it is my fault"), **fields)

    def decide(self, by, **fields):
        given = {
            "text": "The wrap was thin: the supplier bears most.", "amount": Decimal("20.00"),
            "shares": [actions.Share("supplier", 70, self.maker), actions.Share("agent", 30)],
        }  # fmt: skip
        with tenant(self.organization):
            return actions.decide_mediation(self.mediation(), by=by, **(given | fields))


@pytest.fixture(scope="module")
def rows(cast):
    Dispute(cast.harbor, cast.charlie).open()
    cast.case, cast.boss = Dispute(cast.luma, cast.bob), member(cast.mona, cast.luma)
    return cast


@pytest.fixture
def case(own):
    return own.case


@pytest.fixture
def boss(own):
    return own.boss


def events(case, verb):
    with tenant(case.organization):
        return TicketEvent.objects.filter(ticket=case.ticket, verb=verb).count()


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_side_and_the_desk_may_open_it_once(client, case, luma, bob):
    assert "Ask for a mediation" in case.customer.get(case.portal).content.decode()
    assert case.customer.post(f"{case.portal}open/", {"reason": " "}).status_code == 422
    assert case.customer.post(f"{case.portal}open/", {"reason": "It was broken"}).status_code == 302
    late = case.client.post(f"{case.door}open/", {"reason": "Our own words"})
    assert late.status_code == 409 and "Our own words" in late.content.decode()
    client.force_login(bob)
    assert client.post(f"{case.desk}open/", {"reason": "x"}).status_code == 409
    with tenant(luma):
        found = case.mediation()
        assert (found.opened_by, found.partner, found.reason) == ("customer", case.maker, "It was broken")
        told = set(Notification.objects.filter(kind="mediation_opened", channel="mail").values_list("email", flat=True))
    assert case.maker.email in told and "bob@luma.example" in told and len(told) == 2
    assert events(case, "mediation_opened") == 1


def test_the_desk_names_the_other_side(client, case, luma, bob):
    client.force_login(bob)
    assert client.post(f"{case.desk}open/", {"reason": "x", "partner": 2**40}).status_code == 422
    assert client.post(f"{case.desk}open/", {"reason": "They differ", "partner": case.maker.pk}).status_code == 302
    with tenant(luma):
        assert case.mediation().partner == case.maker
        told = set(Notification.objects.filter(kind="mediation_opened", channel="mail").values_list("email", flat=True))
    assert len(told) == 2 and case.maker.email in told


@pytest.mark.parametrize("stage", ["reported", "closed"])
def test_before_and_after_there_is_none(luma, harbor, bob, stage):
    from tests.factories import make_ticket

    with tenant(luma):
        ticket = to_stage(make_ticket(), stage, member(bob, luma))
        with pytest.raises(actions.TooLate):
            actions.open_mediation(ticket, by=member(bob, luma), reason="x")


def test_the_time_is_counted_on_each_sides_calendar(case, luma):
    with tenant(luma):
        calendar = Calendar.objects.create(name="Foshan", time_zone="Asia/Shanghai")
        for day in range(7):
            CalendarSlot.objects.create(calendar=calendar, weekday=day, start=dt.time(9), end=dt.time(18))
        ours = Calendar.objects.create(name="Ours", time_zone="Europe/Lisbon", is_default=True)
        CalendarSlot.objects.create(calendar=ours, weekday=0, start=dt.time(9), end=dt.time(17))
        case.maker.calendar = calendar
        case.maker.save()
    found = case.open()
    days = {timezone.localtime(found.partner_until, calendar_zone("Asia/Shanghai")).hour for _n in range(1)}
    assert days == {18}
    until = timezone.localtime(found.customer_until, calendar_zone("Europe/Lisbon"))
    # Three working days are three Mondays.
    assert until.weekday() == 0 and until.hour == 17 and found.customer_until - found.opened_at > dt.timedelta(days=13)


def calendar_zone(name):
    import zoneinfo

    return zoneinfo.ZoneInfo(name)


# ── statements ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_side_reads_the_other_without_who_it_is(client, case, luma, bob):
    case.open(reason=f"I am {NAME} and I do not agree")
    assert case.customer.post(f"{case.portal}state/", {"text": "It came in pieces"}).status_code == 302
    assert case.customer.post(f"{case.portal}state/", {"text": f"Call {NAME}"}).status_code == 302
    assert case.client.post(f"{case.door}state/", {"text": "We wrap it thrice"}).status_code == 302
    assert case.client.post(f"{case.door}state/", {"text": "Foshan Oakline says no"}).status_code == 302
    client.force_login(bob)
    assert client.post(f"{case.desk}state/", {"text": "Our packing photo shows one layer"}).status_code == 302
    partner = case.client.get(case.door).content.decode()
    assert "It came in pieces" in partner and "The customer" in partner and NAME not in partner
    assert "zzyzx" not in partner.lower() and "We wrap it thrice" in partner and "one layer" in partner
    customer = case.customer.get(case.portal).content.decode()
    assert "We wrap it thrice" in customer and "The supplier" in customer and "Foshan" not in customer
    assert "would tell who the other side is" in customer and "would tell who the other side is" in partner
    desk = client.get(case.desk).content.decode()
    assert all(word in desk for word in (NAME, "Foshan Oakline says no", "one layer", "It came in pieces"))
    assert events(case, "mediation_stated") == 5


def test_after_its_time_a_side_is_told_the_day(case, luma):
    case.open()
    with tenant(luma):
        ended = dt.datetime(2026, 3, 4, 15, tzinfo=dt.UTC)
        Mediation.objects.filter(ticket=case.ticket).update(partner_until=ended)
    late = case.client.post(f"{case.door}state/", {"text": "Our late words"})
    page = late.content.decode()
    assert (
        late.status_code == 409
        and "Statements were possible until" in page
        and "4 Mar 2026, 23:00 (Asia/Shanghai)" in page
    )
    assert "Our late words" in page and "Send my statement" not in page
    assert case.customer.post(f"{case.portal}state/", {"text": "In time"}).status_code == 302
    with tenant(luma):
        assert case.mediation().statements.count() == 1


def test_another_partner_has_no_part_in_it(case, luma):
    rival = Dispute(luma, case.user, 3, maker="Rival Works")
    case.open()
    for method in ("get", "post"):
        assert getattr(rival.client, method)(case.door).status_code in (404, 405)
        assert rival.client.post(f"{case.door}state/", {"text": "x"}).status_code == 404
        assert rival.customer.post(f"{case.portal}state/", {"text": "x"}).status_code == 404
        assert Client().post(f"{case.portal}open/", {"reason": "x"}).status_code == 404


def test_reminders_a_day_before_and_to_managers_at_the_end(case, luma, mona):
    case.open()
    with tenant(luma):
        now = timezone.now()
        soon = {"customer_until": now + dt.timedelta(hours=5), "partner_until": now + dt.timedelta(hours=6)}
        Mediation.objects.filter(ticket=case.ticket).update(next_at=now, **soon)
        actions.state_in_mediation(case.mediation(), by=actions.By.partner_contact(case.maker), text="Ours")
    for _n in range(2):
        tasks._sweep(luma)
    with tenant(luma):
        reminded = Notification.objects.filter(kind="mediation_reminder")
        assert [row.email for row in reminded] == [case.fresh().customer.email]
        over = {"customer_until": now - dt.timedelta(hours=2), "partner_until": now - dt.timedelta(hours=1)}
        Mediation.objects.filter(ticket=case.ticket).update(next_at=now, **over)
    for _n in range(2):
        tasks._sweep(luma)
    with tenant(luma):
        assert Notification.objects.filter(kind="mediation_ready", user=mona, channel="mail").count() == 1
        assert case.mediation().next_at is None


# ── the decision ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_only_a_manager_decides_and_only_what_adds_up(client, case, luma, bob, mona):
    case.open()
    good = {
        "percent_supplier": 70,
        "percent_agent": 30,
        "amount": "20.00",
        "text": "Thin wrap: the supplier bears most.",
    }
    client.force_login(bob)
    assert client.post(f"{case.desk}decide/", good).status_code == 403
    client.force_login(mona)
    for change, says in (
        ({"percent_agent": 20}, "now they add to 90"), ({"amount": "39.91"}, "The customer paid 39.90 EUR"),
        ({"amount": "-1"}, "greater than or equal to 0"), ({"amount": ""}, "Write the amount"),
        ({"text": " "}, "Write the decision with its reason"),
        ({"text": f"{NAME} is right"}, "It tells the partner who"),
        ({"text": "Foshan Oakline pays"}, "It tells the customer who"), ({"percent_supplier": "x"}, "whole number"),
    ):  # fmt: skip
        answer = client.post(f"{case.desk}decide/", good | change)
        page = answer.content.decode()
        assert answer.status_code == 422 and says in page, (change, says)
        assert change.get("text", good["text"]).strip() in page
    with tenant(luma):
        assert case.mediation().decided_at is None
    assert client.post(f"{case.desk}decide/", good).status_code == 302
    with tenant(luma):
        found = case.mediation()
        assert found.assessment.override == "mediation" and found.assessment.kind == "confirmed"
        assert found.bound_shares() == {("supplier", 70), ("agent", 30)} and found.amount == Decimal("20.00")
        assert case.fresh().state == "responsibility" and events(case, "mediation_decided") == 1
        told = Notification.objects.filter(kind="mediation_decided", channel="mail")
        assert {case.maker.email, case.fresh().customer.email, "bob@luma.example"} <= {row.email for row in told}
        assert not [row for row in told if row.partner_id and NAME in row.body]
    again = client.post(f"{case.desk}decide/", good)
    assert again.status_code == 409 and "was faster and has decided it" in again.content.decode()
    assert case.customer.post(f"{case.portal}state/", {"text": "Late"}).status_code == 409


def test_in_responsibility_the_shares_are_bound_and_followed(client, case, luma, bob, boss):
    case.open()
    case.decide(boss)
    with tenant(luma):
        with pytest.raises(actions.Refused, match="its decision binds"):
            actions.confirm_responsibility(
                case.fresh(), by=boss, shares=[actions.Share("agent", 100)], basis="No.", override="goodwill"
            )
        with pytest.raises(actions.Refused, match="binds"):
            actions.open_mediation(case.fresh(), by=boss, reason="Again")
    contested = case.post("answer", answer="contested", text="Still not ours")
    assert contested.status_code == 422 and "binds both sides" in contested.content.decode()
    client.force_login(bob)
    assert "Go on to the plan" in client.get(case.desk).content.decode()
    assert client.post(f"{case.desk}follow/").status_code == 302
    with tenant(luma):
        assert case.fresh().state == "planning"
        assert {(s.party, s.percent) for s in case.fresh().confirmed_assessment().shares.all()} == {
            ("supplier", 70), ("agent", 30),
        }  # fmt: skip
    assert client.post(f"{case.desk}follow/").status_code == 302
    assert events(case, "confirm_responsibility") == 1


def test_decided_in_planning_an_open_offer_ends(case, luma, boss):
    with tenant(luma):
        shares = [actions.Share("agent", 100)]
        actions.confirm_responsibility(case.fresh(), by=boss, shares=shares, basis="Ours.", override="goodwill")
        to_plan(case, boss)
    case.open()
    with tenant(luma):
        offer = case.fresh().current_plan()
        with pytest.raises(actions.Refused, match="A mediation is open"):
            actions.accept_plan(offer, by=actions.By.customer(case.fresh().customer))
    case.decide(boss)
    with tenant(luma):
        assert case.fresh().state == "planning" and case.fresh().current_plan() is None
        assert case.fresh().waiting_for == "" and case.fresh().due_at is not None


def to_plan(case, by, amount="10"):
    from tickets.planned import Planned

    due = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)
    what = [Planned("partial_refund", due, Decimal(amount))]
    return actions.propose_plan(case.fresh(), by=by, text="We pay.", currency="EUR", actions=what)


def test_decided_in_executing_the_ticket_is_planned_anew(case, luma, boss):
    with tenant(luma):
        shares = [actions.Share("agent", 100)]
        actions.confirm_responsibility(case.fresh(), by=boss, shares=shares, basis="Ours.", override="goodwill")
        plan = to_plan(case, boss)
        actions.accept_plan(plan, by=actions.By.customer(case.fresh().customer))
        assert case.fresh().state == "executing"
    case.open()
    with tenant(luma), pytest.raises(actions.Refused, match="A mediation is open"):
        actions.close(case.fresh(), by=boss, outcome="explained", root_cause="unknown", text="Done")
    case.decide(boss)
    with tenant(luma):
        ticket = case.fresh()
        assert ticket.state == "planning" and ticket.current_plan() is None
        assert rules.binding_mediation(ticket) == case.mediation() and rules.open_mediation(ticket) is None
        assert events(case, "revise") == events(case, "mediation_decided") == 1


# ── the pages ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_desk_shows_the_suggestions_with_their_rule(client, case, luma, mona):
    case.open()
    client.force_login(mona)
    page = client.get(case.desk).content.decode()
    with tenant(luma):
        recommended = case.fresh().recommendation()
    assert "As recommended" in page and recommended.rule in page and "The policy would pay" in page
    assert "A side still has time to write" in page


def test_the_partner_reads_first_what_is_expected(case, luma):
    before = case.client.get(case.at).content.decode()
    assert "Write our statement" not in before
    case.open()
    page = case.client.get(case.at).content.decode()
    head = page.partition('class="cols sided"')[0]
    assert "A mediation is open</h1>" in head and "Write our statement" in head and "(Asia/Shanghai)" in head
    assert f'href="{case.door}"' in head
    assert case.client.post(f"{case.door}state/", {"text": "Three layers."}).status_code == 302
    head = case.client.get(case.at).content.decode().partition('class="cols sided"')[0]
    assert "We have your statement" in head and "Read it or add to it" in head
    with tenant(luma):
        Mediation.objects.update(partner_until=timezone.now() - dt.timedelta(minutes=1))
    assert "A manager decides now" in case.client.get(case.at).content.decode()


def test_the_decision_stands_on_every_page(case, luma, boss):
    case.open()
    case.decide(boss)
    customer, partner = case.customer.get(case.portal).content.decode(), case.client.get(case.door).content.decode()
    for page in (customer, partner):
        assert "The mediation is decided" in page and "the supplier bears most" in page and "€20.00" in page
    assert "You get" in customer and "The customer gets" in partner and "70%" in partner
    assert "The mediation and its decision" in case.page()


def test_one_and_three_statements_take_the_same_queries(client, luma, bob):
    counted = []
    client.force_login(bob)
    for n in (1, 3):
        own = Dispute(luma, bob, 20 + n)
        own.open()
        for number in range(n):
            own.customer.post(f"{own.portal}state/", {"text": f"Words {number}"})
        row = []
        for browser, path in ((client, own.desk), (own.customer, own.portal), (own.client, own.door)):
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(path).content.decode().count("Words ") == n
            row.append(len(queries))
        counted.append(row)
    assert counted[0] == counted[1], counted

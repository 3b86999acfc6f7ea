"""One link to all open tickets of a partner: what it lists, opens and answers, and when it ends."""

import datetime as dt
import secrets

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.models import AuditEvent
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, links
from tickets.models import Notification, PartnerRequest, SignedLink, StageClock
from tickets.tasks import message_of

pytestmark = pytest.mark.django_db


class Door:
    """A maker with tickets, and the browser that opened the link to its list."""

    def __init__(self, organization, user, name="Foshan Oakline", tickets=1):
        self.organization, self.user = organization, user
        with tenant(organization):
            self.maker = make_partner(name=name, email=f"{name.split()[0].lower()}@maker.example", time_zone="UTC")
            self.asked = [self.ask() for _n in range(tickets)]
            self.link = actions.send_inbox(self.maker, by=user.memberships.get(organization=organization))
        self.list = f"/{organization.slug}/p/list/"
        self.client = self.browser()

    def ask(self, problem="broken_inside", placed_at=None, percent=80, due=None):
        fields = {"placed_at": placed_at} if placed_at else {}
        order = make_order(**fields)
        line = make_line(order, supplier=self.maker, product=f"Lamp of {self.maker.name}")
        by = member(self.user, self.organization)
        ticket = to_stage(make_ticket(order, line=line, problem=problem), "responsibility", by)
        asked = actions.ask_partner(ticket, by=by, partner=self.maker, party="supplier", percent=percent, text="Thin.")
        if due:
            PartnerRequest.objects.filter(pk=asked.pk).update(due_at=due)
        return asked

    def path(self, link=None):
        with tenant(self.organization):
            return "/" + links.url_of(link or self.link).split("/", 3)[3]

    def browser(self, link=None) -> Client:
        browser = Client()
        response = browser.get(self.path(link))
        assert response.status_code == 302 and response["Location"] == self.list
        assert response["Referrer-Policy"] == "no-referrer"
        browser.cookies["django_language"] = "en"
        return browser

    def page(self, query="") -> str:
        response = self.client.get(self.list + query)
        assert response.status_code == 200
        return response.content.decode()

    def answer(self, asked, client=None, **data):
        return (client or self.client).post(f"{self.list}tickets/{asked.ticket.number}/answer/", data)

    def now(self, asked) -> PartnerRequest:
        with tenant(self.organization):
            return PartnerRequest.objects.select_related("ticket").get(pk=asked.pk)


@pytest.fixture(scope="module")
def rows(cast):
    Door(cast.harbor, cast.charlie, tickets=2)
    cast.door = Door(cast.luma, cast.bob, tickets=2)
    return cast


@pytest.fixture
def door(own):
    return own.door


# ── what it shows ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_holds_the_partners_open_tickets_and_no_others(door, luma, bob):
    rival = Door(luma, bob, name="Rival Works")
    with tenant(luma):
        closed = door.ask()
        actions.reject(closed.ticket, by=member(bob, luma), reason="No.", clause="1")
    page = door.page()
    assert all(asked.ticket.number in page for asked in door.asked)
    assert closed.ticket.number not in page and "Lamp of Rival" not in page
    assert "María González" not in page and "customer.example" not in page and "39.90" not in page
    assert rival.asked[0].ticket.number in rival.page()
    assert f'href="/luma/p/tickets/{door.asked[0].ticket.number}/"' in page
    own = door.client.get(f"/luma/p/tickets/{door.asked[0].ticket.number}/")
    assert own.status_code == 200 and "All my open tickets" in own.content.decode()
    others = [closed.ticket.number, rival.asked[0].ticket.number]
    assert [door.client.get(f"/luma/p/tickets/{number}/").status_code for number in others] == [404, 404]
    assert door.answer(rival.asked[0], answer="accepted").status_code == 404
    assert door.client.get("/harbor/p/list/").status_code == 404


def test_the_soonest_deadline_stands_first_and_filters_narrow(door, luma):
    now = timezone.now()
    with tenant(luma):
        soon = door.ask(due=now + dt.timedelta(hours=2), problem="wrong_item")
        old = door.ask(placed_at=dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC), due=now + dt.timedelta(days=9))
        done = door.ask(due=now + dt.timedelta(days=20))
    door.answer(done, answer="accepted")
    door.page()
    page = door.page()
    order = [page.index(asked.ticket.number) for asked in (soon, old, done)]
    assert order == sorted(order)

    def shown(query):
        page = door.page(query)
        everything = [*door.asked, soon, old, done]
        return {asked.pk for asked in everything if asked.ticket.number in page}

    waiting = {asked.pk for asked in door.asked} | {soon.pk, old.pk}
    assert shown("?show=waiting") == waiting and shown("?show=answered") == {done.pk}
    assert shown("?show=soon") == waiting - {old.pk}
    assert shown("?problem=wrong_item") == {soon.pk}
    assert shown("?since=2026-01-01&until=2026-01-31") == {old.pk}
    assert shown("?since=rubbish&problem=nothing&page=%00~x&show=1") == waiting | {done.pk}
    assert shown("?since=9999-12-31") == set() and shown("?until=0001-01-01") == set()


def test_pages_follow_each_other_by_key(door, luma, monkeypatch):
    monkeypatch.setattr("tickets.queries.partner_list.ROWS", 1)
    first = door.page()
    cursor = first.split("?page=")[1].split('"')[0].replace("&amp;", "&")
    second = door.page(f"?page={cursor}")
    numbers = [asked.ticket.number for asked in door.asked]
    assert sorted(n in first for n in numbers) == sorted(n in second for n in numbers) == [False, True]
    assert [n in first for n in numbers] != [n in second for n in numbers]


def test_one_and_three_rows_take_the_same_queries(luma, bob):
    counted = []
    for n, name in ((1, "One Works"), (3, "Three Works")):
        own = Door(luma, bob, name=name, tickets=n)
        own.page()
        with CaptureQueriesContext(connection) as queries:
            assert own.page().count("Not ours") == n
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 9, counted


# ── answering on it ────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_three_answers_without_leaving(door, luma):
    with tenant(luma):
        third = door.ask()
    accepted = door.answer(door.asked[0], answer="accepted", show="waiting")
    assert accepted.status_code == 302 and accepted["Location"] == f"{door.list}?show=waiting"
    assert door.answer(door.asked[1], answer="partly", percent="30").status_code == 302
    assert door.answer(third, answer="contested", text="Three layers, see the photo").status_code == 302
    kept = [(door.now(asked).answer, door.now(asked).answer_percent) for asked in (*door.asked, third)]
    assert kept == [("accepted", 80), ("partly", 30), ("contested", None)]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"answer": "contested", "text": " "}, "Write why it is not your responsibility."),
        ({"answer": "partly"}, "between 1 and 99 per cent"),
        ({"answer": "partly", "percent": "90", "text": "Only this"}, "We ask for 80%; a part is less."),
        ({"answer": "silence"}, "Choose an answer."),
        ({}, "Choose an answer."),
    ],
)
def test_what_is_missing_is_said_on_its_row(door, data, says):
    response = door.answer(door.asked[0], **data)
    page = response.content.decode()
    assert response.status_code == 422 and says in page and data.get("text", "") in page
    assert door.now(door.asked[0]).answer == ""


def test_a_second_answer_is_told_of_the_first(door):
    door.answer(door.asked[0], answer="accepted")
    late = door.answer(door.asked[0], answer="contested", text="No, no")
    assert late.status_code == 409 and "This was answered already" in late.content.decode()


@pytest.mark.parametrize("path", ["list/tickets/{}/answer/", "list/seen/", "tickets/{}/seen/", "tickets/{}/propose/"])
def test_looking_changes_nothing(door, path):
    assert door.client.get(f"/luma/p/{path.format(door.asked[0].ticket.number)}").status_code == 405


# ── the link ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_link_is_mailed_kept_as_a_hash_and_told_of(luma, bob):
    door = Door(luma, bob, name="New Works")
    with tenant(luma):
        row = Notification.objects.get(kind="partner_list", partner=door.maker)
        assert row.email == door.maker.email and links.token_of(door.link) not in row.body
        assert links.token_of(door.link) in message_of(row).body
        assert AuditEvent.objects.filter(verb="partner_link_sent", subject=door.maker.name).count() == 1
    assert not mail.outbox


@pytest.mark.parametrize("ending", ["revoked", "expired"])
def test_an_open_session_ends_with_the_link(door, luma, bob, ending):
    number = door.asked[0].ticket.number
    assert door.client.get(f"/luma/p/tickets/{number}/").status_code == 200
    with tenant(luma):
        if ending == "revoked":
            actions.revoke_link(door.link, by=bob.memberships.get())
        else:
            SignedLink.objects.filter(pk=door.link.pk).update(expires_at=timezone.now())
    for path in ("list/", f"tickets/{number}/"):
        assert door.client.get(f"/luma/p/{path}").status_code == 404
    assert door.answer(door.asked[0], answer="accepted").status_code == 404
    assert door.client.post(f"/luma/p/tickets/{number}/answer/", {"answer": "accepted"}).status_code == 404
    for browser in (door.client, Client()):
        again = browser.get(door.path())
        assert again.status_code == 404 and "no longer valid" in again.content.decode()
    assert door.now(door.asked[0]).answer == ""


def test_tokens_that_nobody_made_open_nothing(door, luma, harbor):
    token = links.token_of(door.link)
    key, _dot, mac = token.partition(".")
    flipped = [token[:n] + chr(ord(token[n]) ^ 1) + token[n + 1 :] for n in range(len(token))]
    with tenant(luma):
        ticket = links.for_partner(door.asked[0].ticket, door.maker, door.asked[0])
        crossed = f"{links.token_of(ticket).partition('.')[0]}.{mac}"
    bad = ["%20", "%00", ".", f"{key}.", f".{mac}", crossed, *flipped]
    bad += [f"{key}.{secrets.token_urlsafe(32)}" for _n in range(50)]
    browser = Client()
    for each in bad:
        assert browser.get(f"/luma/p/{each}/").status_code in (404, 301), each
    assert browser.get(f"/harbor/p/{token}/").status_code == 404
    assert browser.get(f"/luma/c/{token}/").status_code == 404
    assert browser.get("/luma/p/list/").status_code == 404 and "visits" not in browser.session


def test_the_link_of_one_ticket_opens_no_list_and_no_other_ticket(door, luma):
    with tenant(luma):
        one = links.for_partner(door.asked[0].ticket, door.maker, door.asked[0])
    browser = Client()
    browser.get(door.path(one))
    numbers = [asked.ticket.number for asked in door.asked]
    assert [browser.get(f"/luma/p/tickets/{n}/").status_code for n in numbers] == [200, 404]
    assert browser.get(door.list).status_code == 404
    assert door.answer(door.asked[0], browser, answer="accepted").status_code == 404


def test_a_scanner_that_fetches_is_no_use_and_a_person_is(door, luma):
    number = door.asked[0].ticket.number
    door.client.get(f"/luma/p/tickets/{number}/")
    with tenant(luma):
        assert SignedLink.objects.get(pk=door.link.pk).used_at is None
        assert door.now(door.asked[0]).seen_at is None
    assert door.client.post(f"/luma/p/tickets/{number}/seen/").status_code == 204
    with tenant(luma):
        assert SignedLink.objects.get(pk=door.link.pk).used_at and door.now(door.asked[0]).seen_at


def test_the_desk_lists_sends_and_revokes(client, door, luma, harbor, bob, mona, charlie):
    client.force_login(bob)
    at = f"/luma/desk/partners/{door.maker.pk}/links/"
    assert client.post(f"{at}send/").status_code == 302
    page = client.get(at).content.decode()
    assert page.count("All its open tickets") == 2 and links.token_of(door.link) not in page
    assert client.post(f"{at}revoke/", {"link": door.link.pk}).status_code == 302
    assert door.client.get(door.list).status_code == 404
    assert "Revoked" in client.get(at).content.decode()
    with tenant(harbor):
        foreign = SignedLink.objects.filter(partner__isnull=False).first()
    for number in (foreign.pk, "x", "9" * 30, ""):
        assert client.post(f"{at}revoke/", {"link": number}).status_code == 302
    with tenant(harbor):
        assert SignedLink.objects.get(pk=foreign.pk).revoked_at is None
    client.force_login(charlie)
    assert client.get(at).status_code == 404


def test_reminders_name_the_list_where_more_waits(door, luma):
    from tickets import clocks

    with tenant(luma):
        for asked in door.asked:
            clock = StageClock.objects.select_related("ticket__customer", "request__partner__calendar").get(
                request=asked
            )
            clock.organization = clock.ticket.organization = clock.request.organization = luma
            clock.request.ticket = clock.ticket
            clocks.remind(clock, clock.due_at)
        row = Notification.objects.filter(kind="partner_reminder").first()
        row.organization = row.link.organization = luma
        assert "[[list]]" in row.body
        body = message_of(row).body
        assert "[[" not in body and body.count(f"/{luma.slug}/p/") == 2

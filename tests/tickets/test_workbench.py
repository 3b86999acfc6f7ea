"""The workbench: what it shows at each stage, for whom, and at what cost."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_line, make_order, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.desk_cast import again, lamp, url
from tickets import actions
from tickets.models import Ticket, TicketEvent

pytestmark = pytest.mark.django_db
STAGES = ["reported", "responsibility", "planning", "proposed", "executing", "closed", "followed_up"]


@pytest.fixture(scope="module")
def rows(cast):
    lamp(cast.harbor, "Harbor")
    cast.ticket = lamp(cast.luma, "Luma")
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def text_of(response) -> str:
    """The page's words without tags and doubled blanks."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def photo(ticket, place: str = "box", **fields) -> Evidence:
    with tenant(ticket.organization):
        return Evidence.objects.create(
            ticket=ticket,
            place=place,
            name="a.jpg",
            media_type="image/jpeg",
            size=1,
            sha256=f"{timezone.now()}"[:64],
            width=1,
            height=1,
            original_key="k",
            state=fields.pop("state", "ready"),
            uploader_kind="customer",
            **fields,
        )


def statements(client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return [q["sql"] for q in found if not re.match(r"SAVEPOINT|RELEASE|SELECT set_config|BEGIN", q["sql"])]


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_strangers_and_other_organizations_numbers_are_not_found(client, ticket, charlie, bob, luma, harbor):
    with tenant(harbor):
        only_harbors = make_ticket(make_order()).number
    assert client.get(url(ticket)).status_code == 302
    client.force_login(charlie)
    for part in ("", "news", "trail"):
        assert client.get(url(ticket, part)).status_code == 404
    client.force_login(bob)
    for part in ("", "news/", "trail/"):
        assert client.get(f"/luma/desk/tickets/{only_harbors}/{part}").status_code == 404
    assert client.get("/luma/desk/tickets/%00/").status_code == 404


# ── stage by stage ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_has_its_page_with_one_main_button(desk, ticket, luma, bob, stage):
    with tenant(luma):
        to_stage(ticket, stage, member(bob, luma))
    response = desk.get(url(ticket))
    page = response.content.decode()
    assert response.status_code == 200 and "Harbor" not in page
    todo = page[page.index('class="panel todo"') :]
    in_view = re.sub(r'<details class="way".*?</details>', "", todo, flags=re.S)
    main = {
        "reported": "Accept and find who is responsible",
        "responsibility": "Confirm responsibility: Supplier",
        "planning": "Propose this plan to the customer",
        "proposed": "",
        "executing": "Record as done",
        "closed": "",
        "followed_up": "",
    }[stage]
    assert main in in_view
    assert in_view.count("btn btn-primary") == (1 if main and stage != "executing" else 0)


def test_the_conversation_tells_what_happened_in_words(desk, ticket, luma, bob):
    with tenant(luma):
        by = member(bob, luma)
        actions.take(ticket, by=by)
        actions.set_problem(ticket, by=by, problem="crushed")
        actions.ask_for_proofs(ticket, by=by, proofs=["outer_box_photo", "label_photo"])
        actions.write_message(ticket, by=by, audience="internal", text="Batch looks bad")
        actions.write_message(ticket, by=by, audience="partner", text="Please check", partner=ticket.line.supplier)
        to_stage(ticket, "followed_up", by)
    words = text_of(desk.get(url(ticket)))
    for sentence in (
        "Filed by María González · Portal",
        "Bob Operator took it",
        "changed the problem: Box intact but item broken → Crushed",
        "asked for: Photos of the outer box, all sides, Photo of the shipping label",
        "Batch looks bad",
        "note, only for the team",
        "thread with Luma Oakline, not visible",
        "Bob Operator confirmed the responsibility:",
        "proposed a plan, version 1",
        "accepted the plan",
        "The plan is agreed by everybody it binds",
        "recorded as done: Partial refund (PAY-1)",
        "closed it: Partly refunded",
        "rated it 5 of 5",
    ):
        assert sentence in words, sentence
    assert "%(" not in words and "%%" not in words


def test_an_unknown_verb_of_a_later_version_does_not_break_the_page(desk, ticket, luma):
    with tenant(luma):
        TicketEvent.objects.create(
            ticket=ticket, verb="strange_100%", actor_kind="system", actor_name="", data={"a": [1]}
        )
    assert "The system: strange 100%" in text_of(desk.get(url(ticket)))


def test_text_of_people_is_escaped_and_has_its_own_direction(desk, luma, harbor):
    evil = lamp(luma, "<b>Luma</b>{{ 7*7 }}", "LH-2")
    page = desk.get(url(evil)).content.decode()
    assert "<b>Luma</b>" not in page and "&lt;b&gt;Luma&lt;/b&gt;{{ 7*7 }} lamp cracked" in page
    assert 'dir="auto"' in page


# ── evidence ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_missing_photos_are_named_by_place(desk, ticket):
    words = text_of(desk.get(url(ticket)))
    assert "3 things missing" in words
    for place in ("Whole item", "Close-up", "Outer box", "Padding", "Shipping label"):
        assert f"missing {place}" in words
    for place in ("whole", "close_up", "box", "box", "padding", "label"):
        photo(ticket, place)
    page = desk.get(url(ticket))
    assert "Enough to decide" in text_of(page) and "things missing" not in text_of(page)
    assert page.content.decode().count("/thumb/") == 6


def test_a_photo_under_way_shows_no_broken_picture(desk, ticket):
    photo(ticket, "box", state="pending")
    page = desk.get(url(ticket)).content.decode()
    assert "Being prepared" in page and "/thumb/" not in page


# ── cost ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_costs_the_same_with_one_and_with_many(desk, ticket, luma, bob):
    with tenant(luma):
        by = member(bob, luma)
        to_stage(ticket, "responsibility", by)
        actions.write_message(again(ticket), by=by, audience="public", text="One")
    photo(ticket)
    desk.get(url(ticket))
    one = statements(desk, url(ticket))
    with tenant(luma):
        for n in range(5):
            actions.write_message(again(ticket), by=by, audience="public", text=f"More {n}")
        actions.take(ticket, by=by)
        for _n in range(3):
            other = make_order(email="maria@luma.example")
            make_line(other)
            actions.take(make_ticket(other), by=by)
    for place in ("whole", "box", "label"):
        photo(ticket, place)
    assert len(statements(desk, url(ticket))) == len(one)
    assert len(one) <= 10, "\n".join(sql[:120] for sql in one)


def test_a_planned_ticket_costs_one_statement_more(desk, ticket, luma, bob):
    with tenant(luma):
        to_stage(ticket, "proposed", member(bob, luma))
    desk.get(url(ticket))
    assert len(statements(desk, url(ticket))) <= 10


def test_a_long_conversation_shows_its_end_first(desk, ticket, luma, bob, monkeypatch):
    monkeypatch.setattr("tickets.queries.bench.LATEST", 3)
    with tenant(luma):
        for n in range(6):
            actions.write_message(ticket, by=member(bob, luma), audience="internal", text=f"Entry {n}")
    words = text_of(desk.get(url(ticket)))
    assert "Show earlier entries" in words and "Entry 5" in words and "Entry 2" not in words
    assert "Entry 0" in text_of(desk.get(url(ticket) + "?talk=all"))


# ── beside it ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_customer_card_counts_only_this_customer_and_organization(desk, ticket, luma, harbor, bob):
    with tenant(luma):
        order = make_order(email="maria@luma.example")
        make_line(order)
        earlier = make_ticket(order)
        to_stage(earlier, "followed_up", member(bob, luma))
        make_ticket(make_order(email="other@luma.example"))
    card = desk.get(url(ticket)).context["card"]
    assert card.orders == 2 and card.rating == 5
    assert [each["number"] for each in card.earlier] == [earlier.number]
    assert [(str(amount), currency) for amount, currency in card.spent] == [("79.80", "EUR")]


def test_the_trail_comes_with_its_own_request(desk, ticket):
    words = text_of(desk.get(url(ticket, "trail")))
    assert "Bought" in words and "Picked up" in words


def test_my_queue_is_mine_and_marks_the_current_one(desk, ticket, luma, bob, mona):
    with tenant(luma):
        actions.take(ticket, by=member(bob, luma))
        order = make_order()
        make_line(order)
        actions.take(make_ticket(order), by=member(mona, luma))
    page = desk.get(url(ticket))
    assert [t.number for t in page.context["mine"]] == [ticket.number]
    assert 'aria-current="page"' in page.content.decode()


def test_a_change_by_somebody_else_is_announced(desk, ticket, luma, mona):
    since = desk.get(url(ticket)).context["since"]
    news = f"{url(ticket, 'news')}?since={since}"
    first = desk.get(news)
    assert first.content.decode().strip() == ""
    assert desk.get(news, headers={"If-None-Match": first["ETag"]}).status_code == 304
    with tenant(luma):
        actions.take(ticket, by=member(mona, luma))
    changed = desk.get(news, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and "has changed" in changed.content.decode()


def test_deadline_card_says_over_left_and_paused(desk, ticket, luma, bob):
    with tenant(luma):
        clock = ticket.clocks.get()
        clock.due_at = timezone.now() - dt.timedelta(minutes=47, seconds=5)
        clock.save()
    assert "47 min over" in text_of(desk.get(url(ticket)))
    with tenant(luma):
        clock.due_at = timezone.now() + dt.timedelta(hours=1, minutes=25, seconds=30)
        clock.save()
    assert "1 h 25 left" in text_of(desk.get(url(ticket)))
    with tenant(luma):
        actions.ask_for_proofs(Ticket.objects.get(pk=ticket.pk), by=member(bob, luma), proofs=["outer_box_photo"])
    assert "Our clock rests while the customer is awaited." in text_of(desk.get(url(ticket)))


@pytest.mark.parametrize("do", ["assign", "problem", "link", "withdraw", "merge", "nonsense", "%00", "<script>"])
def test_the_menu_opens_its_form_without_script(desk, ticket, do):
    response = desk.get(url(ticket), {"do": do, "write": do, "talk": do})
    assert response.status_code == 200
    assert ('id="do"' in response.content.decode()) == (do in ("assign", "problem", "link", "withdraw", "merge"))

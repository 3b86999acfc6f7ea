"""The queue: what it shows and counts, in which order, how it is filtered, and that nothing of Harbor comes through."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions
from tickets.models import Ticket
from tickets.queries.filters import Wanted, clean

pytestmark = pytest.mark.django_db
NUMBER = re.compile(r"AS-\d{4}-\d{6}")


def fill(organization, mark: str, count: int = 1, *, start: int = 0, **fields):
    """Return tickets with the same numbers in either organization, told apart by `mark`."""
    made = []
    with tenant(organization):
        for n in range(start, start + count):
            order = make_order(number=f"LH-{n + 1}", email=f"customer{n}@{mark}.example")
            make_line(order, supplier=make_partner(name=f"{mark} works"), sku=f"SKU-{n}", batch=f"B-{n}")
            make_shipment(order, tracking_number=f"TRACK-{n}")
            made.append(make_ticket(order, text=f"{mark} is broken {n}", **fields))
    return made


@pytest.fixture(scope="module")
def rows(cast):
    fill(cast.harbor, "Harbor", 3)
    cast.both = fill(cast.luma, "Luma", 3)
    return cast


@pytest.fixture
def both(own):
    return own.both


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def shown(response) -> list[str]:
    """The numbers of the rows, in their order."""
    return list(dict.fromkeys(re.findall(r'<bdi class="num">(AS-\d{4}-\d{6})</bdi>', response.content.decode())))


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len([q for q in found if not re.match(r"SAVEPOINT|RELEASE|SELECT set_config|BEGIN", q["sql"])])


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path", ["", "tickets/", "news/", "filters/", "tickets/AS-2026-000001/", "file/", "file/LH-1/"]
)
def test_a_stranger_finds_nothing_and_nobody_signs_in(client, both, charlie, path):
    assert client.get(f"/luma/desk/{path}").status_code == 302
    client.force_login(charlie)
    assert client.get(f"/luma/desk/{path}").status_code == 404


def test_nothing_of_the_other_organization_is_shown_counted_or_found(desk, both):
    for path in ("", "?view=nobody", "tickets/", "?q=LH-1", "?q=broken", "?q=SKU-1", "?q=TRACK-1", "tickets/?q=Harbor"):
        page = desk.get(f"/luma/desk/{path}").content.decode()
        assert "Harbor is" not in page and "Harbor works" not in page, path
    page = desk.get("/luma/desk/").content.decode()
    assert re.search(r"All open <span class=\"n num\">3</span>", page)


# ── order, pages and queries ───────────────────────────────────────────────────────────────────────────────────────
def test_soonest_deadline_first_paused_last(desk, both, luma):
    now = timezone.now()
    with tenant(luma):
        for ticket, due in zip(both, (now + dt.timedelta(hours=9), None, now - dt.timedelta(hours=1)), strict=True):
            Ticket.objects.filter(pk=ticket.pk).update(due_at=due)
    numbers = [t.number for t in both]
    assert shown(desk.get("/luma/desk/")) == [numbers[2], numbers[0], numbers[1]]


def test_pages_by_key_through_deadlines_pauses_and_equal_ones(desk, both, luma, monkeypatch):
    monkeypatch.setattr("tickets.queries.desk.PAGE", 2)
    tickets = both + fill(luma, "Luma", 4, start=3)
    due = timezone.now() + dt.timedelta(hours=1)
    with tenant(luma):
        for ticket in tickets[:5]:
            Ticket.objects.filter(pk=ticket.pk).update(due_at=due if ticket != tickets[4] else None)
    for start in ("/luma/desk/", "/luma/desk/tickets/", "/luma/desk/?q=customer", "/luma/desk/tickets/?q=customer"):
        seen, url = [], start
        while url:
            page = desk.get(url)
            seen += shown(page)
            more = re.search(r'hx-get="([^"]*after=[^"]*)"', page.content.decode())
            url = more and more[1].replace("&amp;", "&")
        assert sorted(seen) == sorted(t.number for t in tickets) and len(seen) == 7, start


def test_show_more_answers_rows_only(desk, both, monkeypatch):
    monkeypatch.setattr("tickets.queries.desk.PAGE", 1)
    url = re.search(r'hx-get="([^"]*after=[^"]*)"', desk.get("/luma/desk/").content.decode())[1]
    part = desk.get(url, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<tr>") and len(shown(part)) == 1


# ── figures and tabs ───────────────────────────────────────────────────────────────────────────────────────────────
def test_tabs_and_figures_count_what_they_lead_to(desk, both, luma, bob, mona):
    now = timezone.now()
    with tenant(luma):
        by = member(bob, luma)
        actions.take(both[0], by=by)
        actions.ask_for_proofs(both[1], by=by, proofs=["outer_box_photo"])
        Ticket.objects.filter(pk=both[0].pk).update(due_at=now - dt.timedelta(hours=1))
        Ticket.objects.filter(pk=both[2].pk).update(due_at=now + dt.timedelta(hours=1))
    context = desk.get("/luma/desk/").context
    counts = context["figures"].counts
    assert counts == {
        "open": 3,
        "mine": 1,
        "nobody": 2,
        "soon": 1,
        "partner": 0,
        "customer": 1,
        "manager": 0,
        "overdue": 1,
    }
    assert context["figures"].first_answer is not None
    for view, count in counts.items():
        assert len(shown(desk.get(f"/luma/desk/?view={view}"))) == count, view
    labels = [tab["label"] for tab in context["tabs"]]
    assert "Manager to approve" not in labels
    desk.force_login(mona)
    assert "Manager to approve" in [tab["label"] for tab in desk.get("/luma/desk/").context["tabs"]]


def test_deadlines_met_in_thirty_days_against_the_thirty_before(desk, both, luma, bob):
    from tickets.models import StageClock

    now = timezone.now()
    with tenant(luma):
        StageClock.objects.all().delete()
        for days, met in ((1, True), (2, True), (3, True), (4, False), (40, True), (41, False)):
            StageClock.objects.create(
                ticket=both[0], kind="reported", minutes=240, stopped_at=now - dt.timedelta(days=days), met=met
            )
        StageClock.objects.create(ticket=both[0], kind="partner", minutes=9, stopped_at=now, met=False)
    figures = desk.get("/luma/desk/").context["figures"]
    assert figures.met == 75 and figures.met_before == 50 and figures.met_change == 25


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["LH-2", "lh-2", "SKU-1", "B-1", "TRACK-1", "track-1", "customer1@luma.example", "2"])
def test_search_hits_directly(desk, both, text):
    assert shown(desk.get("/luma/desk/", {"q": text}))[0] == both[1].number


def test_a_tickets_number_opens_it(desk, both):
    response = desk.get("/luma/desk/", {"q": both[1].number.lower()})
    assert response.status_code == 302 and both[1].number in response["Location"]


# ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "query",
    [
        "stage=responsibility",
        "problem=broken_inside",
        "country=MX",
        "region=Jalisco",
        "channel=portal",
        "assignee=nobody",
        "party=warehouse",
        "category=Lamps",
        "from=2020-01-01",
        "until=2999-12-31",
        "stage=reported&stage=responsibility",
    ],
)
def test_each_filter_can_be_dropped_again(desk, both, luma, bob, query):
    with tenant(luma):
        for ticket in both:
            to_stage(ticket, "responsibility", member(bob, luma))
    page = desk.get(f"/luma/desk/?{query}")
    assert page.status_code == 200 and page.context["chips"]
    for chip in page.context["chips"]:
        assert desk.get(f"/luma/desk/{chip.url}").status_code == 200


def test_supplier_carrier_and_owner_are_named_on_their_chips(desk, both, luma, harbor, bob, charlie):
    with tenant(luma):
        actions.take(both[0], by=member(bob, luma))
        supplier, carrier = both[0].line.supplier_id, both[0].order.shipments.get().carrier_id
    page = desk.get(f"/luma/desk/?supplier={supplier}&carrier={carrier}&assignee={bob.pk}")
    assert [chip.label for chip in page.context["chips"]] == [
        "Supplier: Luma works",
        "Carrier: Swift Parcel",
        "Owner: Bob Operator",
    ]
    assert shown(page) == [both[0].number]
    # A person without a ticket here has no name here.
    assert "Charlie" not in desk.get(f"/luma/desk/?assignee={charlie.pk}").content.decode()


ABUSE = [
    "user__password",
    "'; DROP TABLE tickets_ticket; --",
    "\x00",
    "%00",
    "a\x00b",
    "\u202egnol",
    "9" * 400,
    "-1",
    "1e9",
    "٣",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "AS-2026-000001\n",
    "\ud7ff\uffff",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    " " * 50,
    "%",
    "_",
    "\\",
    "x.9.9",
    "0.x.1",
    "1.99999999999999999.1",
    "0.-99999999999999999.1",
    "0.1.999999999999999999",
]


@pytest.mark.parametrize("value", ABUSE)
def test_what_nobody_meant_is_left_out_and_never_an_error(desk, both, value):
    names = [
        "q",
        "view",
        "stage",
        "problem",
        "supplier",
        "carrier",
        "country",
        "region",
        "category",
        "channel",
        "party",
        "assignee",
        "from",
        "until",
        "after",
        "since",
        "sort",
        "order_by",
        "user__password",
    ]
    for path in ("", "tickets/", "news/", "filters/"):
        assert desk.get(f"/luma/desk/{path}", dict.fromkeys(names, value)).status_code in (200, 302), path
    for name in ("q", "after"):
        for path in ("", "tickets/"):
            assert desk.get(f"/luma/desk/{path}", {name: value}).status_code in (200, 302), (path, name)


def test_typed_text_is_cleaned():
    assert clean("  a\x00b \u202e c  ") == "a b c" and clean("x" * 500) == "x" * 100
    from django.http import QueryDict

    wanted = Wanted.read(QueryDict("stage=reported&stage=nonsense&view=bogus&q=%00"))
    assert wanted == Wanted(chosen={"stage": ["reported"]})


# ── news ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_new_tickets_are_announced_and_the_answer_is_small(desk, both, luma, harbor):
    url = desk.get("/luma/desk/").context["news_url"]
    first = desk.get(url)
    assert first.content.decode().strip() == "" and "no-cache" in first["Cache-Control"]
    assert desk.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    with tenant(harbor):
        make_ticket(make_order())
    assert desk.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    with tenant(luma):
        make_ticket(make_order())
    again = desk.get(url, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200 and "1 new ticket. Show it" in again.content.decode()


# ── take ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_take_redraws_the_row(desk, both, luma, bob):
    url = f"/luma/desk/tickets/{both[0].number}/take/"
    part = desk.post(url, headers={"HX-Request": "true"})
    assert part.status_code == 200 and "Bob Operator" in part.content.decode() and "<html" not in part.content.decode()
    assert desk.post(url, {"next": "/luma/desk/?view=nobody"})["Location"] == "/luma/desk/?view=nobody"
    assert desk.post(url, {"next": "https://evil.example/"})["Location"].endswith(f"/tickets/{both[0].number}/")
    assert desk.get(url).status_code == 405


def test_the_slower_of_two_is_told(desk, both, luma, bob, mona):
    with tenant(luma):
        actions.take(both[0], by=member(mona, luma))
    url = f"/luma/desk/tickets/{both[0].number}/take/"
    part = desk.post(url, headers={"HX-Request": "true"})
    assert part.status_code == 409 and "Mona Manager was faster" in part.content.decode()
    with tenant(luma):
        assert Ticket.objects.get(pk=both[0].pk).assignee == mona


def test_a_strangers_ticket_cannot_be_taken(client, both, charlie):
    client.force_login(charlie)
    assert client.post(f"/luma/desk/tickets/{both[0].number}/take/").status_code == 404
    assert client.post("/harbor/desk/tickets/AS-1999-000001/take/").status_code == 404

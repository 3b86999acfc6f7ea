"""The door without an account: identical answers, counted tries, links that open one thing and close at once."""

import datetime as dt
import re
import time

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from aftersales.tenants.walls import tenant_models
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import access, actions, links, throttle
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    cast.orders = make_orders(cast.luma, cast.harbor)
    cast.cases = make_cases(**vars(cast))
    return cast


@pytest.fixture
def orders(own):
    return own.orders


@pytest.fixture
def cases(own):
    return own.cases


def make_orders(luma, harbor):
    """Maria's and Omar's order in luma; the look-alike of Maria's in harbor, with the same number and address."""
    found = {}
    for name, organization, number, email in (
        ("maria", luma, "LH-1001", "maria@customer.example"),
        ("omar", luma, "LH-1002", "omar@customer.example"),
        ("copy", harbor, "LH-1001", "maria@customer.example"),
    ):
        with tenant(organization):
            found[name] = make_order(number=number, email=email)
            make_line(found[name], product=f"Lamp of {name}")
    return found


def find(client, number="LH-1001", email="maria@customer.example", org="luma", **extra):
    return client.post(f"/{org}/find/", {"number": number, "email": email}, **extra)


def plain(response) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())


# ── order number and e-mail ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("number", ["LH-1001", " lh-1001 ", "#LH-1001"])
@pytest.mark.parametrize("email", ["maria@customer.example", " Maria@Customer.EXAMPLE "])
def test_number_and_mail_open_the_order(client, orders, number, email):
    response = find(client, number, email)
    assert (response.status_code, response["Location"]) == (302, "/luma/orders/LH-1001/")
    assert "Lamp of maria" in client.get(response["Location"]).content.decode()


def test_a_number_with_any_character_has_an_address(client, luma):
    with tenant(luma):
        make_order(number="#10/01 ä")
    response = find(client, "10/01 ä")
    page = client.get(response["Location"])
    assert page.status_code == 200 and "#10/01 ä" in page.content.decode()


def test_a_wrong_number_and_a_wrong_mail_answer_alike(client, orders):
    wrong_mail, wrong_number = find(client, email="eve@evil.example"), find(client, number="LH-9999")
    others = find(client, number="LH-1002")
    assert {r.status_code for r in (wrong_mail, wrong_number, others)} == {422}
    shown = plain(wrong_mail).replace("eve@evil.example", "maria@customer.example")
    assert shown == plain(wrong_number).replace("LH-9999", "LH-1001") == plain(others).replace("LH-1002", "LH-1001")
    assert wrong_mail.headers.keys() == wrong_number.headers.keys()
    assert "We found no order with this number and this e-mail" in shown and 'value="LH-1001"' in shown
    assert client.get("/luma/orders/LH-1001/").status_code == 404


def test_both_ask_the_same_and_take_about_the_same_time(client, orders, monkeypatch):
    monkeypatch.setattr(throttle, "take", lambda *_: 0)
    typed = {"number": {"number": "LH-9999"}, "mail": {"email": "eve@evil.example"}}
    spent, asked = {kind: [] for kind in typed}, {}
    for _ in range(40):
        for kind, what in typed.items():
            with CaptureQueriesContext(connection) as queries:
                before = time.perf_counter()
                find(client, **what)
                spent[kind].append(time.perf_counter() - before)
            asked[kind] = len(queries)
    middle = {kind: sorted(times)[20] for kind, times in spent.items()}
    assert asked["number"] == asked["mail"]
    # Taken in turn and compared with each other: a machine that is slow is slow for both.
    assert 0.7 < middle["number"] / middle["mail"] < 1.4


def test_an_order_without_a_mail_opens_to_nobody(client, luma):
    with tenant(luma):
        order = make_order(number="LH-7", email="")
        order.customer.email = ""
        order.customer.save()
    assert find(client, "LH-7", "").status_code == 422
    assert find(client, "LH-7", "x@y.example").status_code == 422


def test_bad_input_is_kept_and_named(client, orders):
    response = find(client, "", "maria@")
    page = response.content.decode()
    assert response.status_code == 422
    assert "Write the order number" in page and "This is no e-mail address" in page and 'value="maria@"' in page
    assert find(client, "LH\x001", "a@b.example").status_code == 422


def test_ten_failures_and_the_door_rests_for_this_address_only(client, orders):
    assert [find(client, number="LH-0").status_code for _ in range(10)] == [422] * 10
    response = find(client)
    assert response.status_code == 429 and 1 <= int(response["Retry-After"]) <= 900
    page = response.content.decode()
    assert "Please wait 15 minutes" in page and 'value="LH-1001"' in page
    assert find(client, REMOTE_ADDR="10.9.8.7").status_code == 302
    assert find(client, org="harbor").status_code == 302


def test_successes_do_not_count(client, orders):
    for _ in range(12):
        assert find(client).status_code == 302
    assert find(client, number="LH-0").status_code == 422


def test_the_address_cannot_be_made_up(client, orders):
    for n in range(10):
        find(client, number="LH-0", HTTP_X_FORWARDED_FOR=f"1.1.1.{n}")
    assert find(client, HTTP_X_FORWARDED_FOR="2.2.2.2").status_code == 429


def test_many_addresses_together_are_counted_for_the_organization(client, orders, monkeypatch):
    monkeypatch.setattr(throttle, "FIND_BY_ORGANIZATION", throttle.Limit("find-organization", 5, 3600))
    for n in range(5):
        find(client, number="LH-0", REMOTE_ADDR=f"10.0.0.{n}")
    assert find(client, REMOTE_ADDR="10.0.1.1").status_code == 429


# ── the session ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_session_key_changes_with_the_right(client, orders):
    client.get("/luma/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    find(client)
    assert client.session.session_key != session.session_key
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_one_customer_opens_neither_the_others_nor_the_look_alike(client, orders):
    find(client)
    assert client.get("/luma/orders/LH-1001/").status_code == 200
    assert client.get("/luma/orders/LH-1002/").status_code == 404
    assert client.get("/harbor/orders/LH-1001/").status_code == 404


def test_what_is_anothers_and_what_is_absent_answer_alike(client, orders):
    find(client)
    others, absent = client.get("/luma/orders/LH-1002/"), client.get("/luma/orders/LH-5555/")
    fields = ("/luma/orders/LH-1002/", "/luma/orders/LH-5555/")
    assert plain(others).replace(*fields) == plain(absent)


def test_after_twelve_hours_it_is_closed(client, orders, monkeypatch):
    find(client)
    now = time.time()
    monkeypatch.setattr(access.time, "time", lambda: now + 12 * 3600 - 5)
    assert client.get("/luma/orders/LH-1001/").status_code == 200
    monkeypatch.setattr(access.time, "time", lambda: now + 12 * 3600 + 5)
    page = client.get("/luma/orders/LH-1001/")
    assert page.status_code == 404 and "closes after twelve hours" in page.content.decode()


def test_leaving_closes_this_organization_only(client, orders):
    find(client)
    find(client, org="harbor")
    assert client.post("/luma/leave/").status_code == 302
    assert client.get("/luma/orders/LH-1001/").status_code == 404
    assert client.get("/harbor/orders/LH-1001/").status_code == 200


def test_the_home_page_leads_on_to_what_is_open(client, orders):
    assert "LH-1001" not in client.get("/luma/").content.decode()
    find(client)
    assert "/luma/orders/LH-1001/" in client.get("/luma/").content.decode()
    assert client.get("/luma/find/").status_code == 302


# ── links ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def make_cases(orders, luma, harbor, bob, charlie, **_others):
    """Two tickets on Maria's order and one of Omar's, with the supplier asked on the first; a look-alike in harbor."""
    found = {}
    for name, organization, user, order in (
        ("first", luma, bob, "maria"), ("second", luma, bob, "maria"), ("omars", luma, bob, "omar"),
        ("copy", harbor, charlie, "copy"),
    ):  # fmt: skip
        with tenant(organization):
            ticket = make_ticket(orders[order])
            ticket = to_stage(ticket, "responsibility", member(user, organization))
            maker = make_partner(name=f"Maker of {name}", email=f"{name}@maker.example", time_zone="Asia/Shanghai")
            actions.ask_partner(
                ticket, by=member(user, organization), partner=maker, party="supplier", percent=80, text="One layer."
            )
            found[name] = Ticket.objects.get(pk=ticket.pk)
    return found


def issue(organization, **fields):
    with tenant(organization):
        link = links.issue(**fields)
        link.path = links.url_of(link).split("/", 3)[3]
        return link


def counts(organization) -> dict[str, int]:
    with tenant(organization):
        return {model.__name__: model.objects.count() for model in tenant_models()}


def customer_link(luma, ticket):
    with tenant(luma):
        return issue(luma, kind="ticket", ticket=ticket, email=ticket.customer.email)


def partner_link(luma, ticket):
    with tenant(luma):
        asked = ticket.partner_requests.select_related("partner").get()
        return issue(
            luma, kind="partner", ticket=ticket, partner=asked.partner, request=asked, email=asked.partner.email
        )


def test_a_ticket_link_opens_that_ticket_only(client, luma, cases):
    link = customer_link(luma, cases["first"])
    response = client.get(f"/{link.path}")
    assert response["Location"] == f"/luma/tickets/{cases['first'].number}/"
    assert response["Referrer-Policy"] == "no-referrer"
    assert client.get(response["Location"]).status_code == 200
    for other in (f"/luma/tickets/{cases['second'].number}/", f"/luma/tickets/{cases['omars'].number}/",
                  "/luma/orders/LH-1001/", "/luma/file/LH-1001/", f"/harbor/tickets/{cases['copy'].number}/",
                  f"/luma/p/tickets/{cases['first'].number}/"):  # fmt: skip
        assert client.get(other).status_code == 404, other


def test_an_order_link_opens_the_order_and_its_tickets(client, luma, orders, cases):
    link = issue(luma, kind="order", order=orders["maria"], email="maria@customer.example")
    assert client.get(f"/{link.path}")["Location"] == "/luma/orders/LH-1001/"
    for name in ("first", "second"):
        assert client.get(f"/luma/tickets/{cases[name].number}/").status_code == 200
    assert client.get(f"/luma/tickets/{cases['omars'].number}/").status_code == 404


def test_the_link_of_a_merged_ticket_opens_where_it_went(client, luma, bob, cases):
    link = customer_link(luma, cases["first"])
    client.get(f"/{link.path}")
    with tenant(luma):
        actions.merge(cases["first"], by=member(bob, luma), into=cases["second"])
    page = client.get(f"/luma/tickets/{cases['first'].number}/").content.decode()
    assert "We joined this with another complaint" in page
    target = f"/luma/tickets/{cases['second'].number}/"
    assert target in page and client.get(target).status_code == 200


def test_a_partners_link_opens_its_page_only(client, luma, cases):
    with tenant(luma):
        link = partner_link(luma, cases["first"])
    response = client.get(f"/{link.path}")
    assert response["Location"] == f"/luma/p/tickets/{cases['first'].number}/"
    assert client.get(response["Location"]).status_code == 200
    for other in (f"/luma/p/tickets/{cases['omars'].number}/", f"/luma/tickets/{cases['first'].number}/",
                  f"/harbor/p/tickets/{cases['copy'].number}/", "/luma/orders/LH-1001/"):  # fmt: skip
        assert client.get(other).status_code == 404, other


def test_opening_a_link_changes_no_row(client, luma, cases):
    with tenant(luma):
        made = [customer_link(luma, cases["first"]), partner_link(luma, cases["first"])]
    before = counts(luma)
    with tenant(luma):
        stamp = Ticket.objects.get(pk=cases["first"].pk).changed_at
    for link in made:
        for _ in range(2):
            client.get(client.get(f"/{link.path}")["Location"])
    assert counts(luma) == before
    with tenant(luma):
        assert Ticket.objects.get(pk=cases["first"].pk).changed_at == stamp


def test_no_page_holds_a_token(client, luma, cases):
    link = customer_link(luma, cases["first"])
    token = link.path.rstrip("/").rsplit("/", 1)[1]
    assert token not in client.get(f"/{link.path}", follow=True).content.decode()


def test_a_revoked_link_closes_its_pages_at_once(client, luma, cases):
    with tenant(luma):
        ours, theirs = customer_link(luma, cases["first"]), partner_link(luma, cases["first"])
    pages = [client.get(f"/{link.path}")["Location"] for link in (ours, theirs)]
    assert [client.get(page).status_code for page in pages] == [200, 200]
    with tenant(luma):
        for link in (ours, theirs):
            links.revoke(link)
    assert [client.get(page).status_code for page in pages] == [404, 404]
    number = cases["first"].number
    assert client.post(f"/luma/tickets/{number}/write/", {"text": "hello"}).status_code == 404
    assert client.post(f"/luma/p/tickets/{number}/write/", {"text": "hello"}).status_code == 404
    assert client.get(f"/luma/tickets/{number}/status/").status_code == 404


def test_an_expired_link_ends_an_open_session_too(client, luma, cases):
    link = customer_link(luma, cases["first"])
    page = client.get(f"/{link.path}")["Location"]
    with tenant(luma):
        link.expires_at = timezone.now() - dt.timedelta(seconds=1)
        link.save()
    assert client.get(page).status_code == 404


def bad_tokens(link) -> list[str]:
    token = link.path.rstrip("/").rsplit("/", 1)[1]
    flipped = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]
    return [flipped, token[:-1], token + "A", token.split(".")[0], "none", "0", "x" * 200, token.upper(), "."]


@pytest.mark.parametrize("door", ["c", "p"])
def test_closed_revoked_and_unknown_links_show_the_same_page(client, luma, harbor, cases, door):
    with tenant(luma):
        make = customer_link if door == "c" else partner_link
        expired, revoked, valid = (make(luma, cases["first"]) for _ in range(3))
        expired.expires_at = timezone.now() - dt.timedelta(days=1)
        expired.save()
        links.revoke(revoked)
    start = f"/luma/{door}/"
    tokens = [link.path.rstrip("/").rsplit("/", 1)[1] for link in (expired, revoked)] + bad_tokens(valid)
    pages = set()
    for token in tokens:
        response = client.get(f"{start}{token}/")
        assert response.status_code == 404, token
        shown = plain(response).replace(f"/{token}/", "/TOKEN/").replace(f'value="{token}"', 'value="TOKEN"')
        pages.add(shown)
    wrong_door = valid.path.rstrip("/").rsplit("/", 1)[1]
    response = client.get(f"/luma/{'p' if door == 'c' else 'c'}/{wrong_door}/")
    assert response.status_code == 404
    response = client.get(f"/harbor/{door}/{wrong_door}/")
    assert response.status_code == 404
    assert len(pages) == 1
    assert "This link is no longer valid" in shown and "Send me a new link" in shown


@pytest.mark.parametrize("door", ["c", "p"])
def test_asking_for_a_new_link_answers_alike_and_mails_only_the_owner(client, luma, cases, door):
    from tickets.models import Notification, SignedLink

    with tenant(luma):
        make = customer_link if door == "c" else partner_link
        expired, revoked = make(luma, cases["first"]), make(luma, cases["first"])
        expired.expires_at = timezone.now() - dt.timedelta(days=1)
        expired.save()
        links.revoke(revoked)
        before, mails = SignedLink.objects.count(), Notification.objects.count()
    answers = []
    for token in (*(each.path.rstrip("/").rsplit("/", 1)[1] for each in (expired, revoked)), "unknown", ""):
        response = client.post(f"/luma/{door}/renew/", {"token": token})
        answers.append((response.status_code, plain(response)))
    assert len(set(answers)) == 1 and answers[0][0] == 200
    with tenant(luma):
        assert SignedLink.objects.count() == before + 1 and Notification.objects.count() == mails + 1
        newest = Notification.objects.order_by("-pk").first()
        assert newest.email == expired.email
    for _ in range(50):
        client.post(f"/luma/{door}/renew/", {"token": expired.path.rstrip("/").rsplit("/", 1)[1]})
    with tenant(luma):
        assert Notification.objects.count() <= mails + 3


def test_a_new_link_is_asked_for_by_post_only(client, luma):
    assert client.get("/luma/c/renew/").status_code == 405
    assert client.get("/luma/p/renew/").status_code == 405


def test_the_page_speaks_the_persons_language_unless_they_chose(client, luma, cases):
    with tenant(luma):
        Ticket.objects.filter(pk=cases["first"].pk).update(language="ar")
        link = customer_link(luma, cases["first"])
    page = client.get(f"/{link.path}", follow=True).content.decode()
    assert 'dir="rtl"' in page
    client.cookies["django_language"] = "en"
    assert 'dir="ltr"' in client.get(f"/{link.path}", follow=True).content.decode()

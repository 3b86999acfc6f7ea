"""The pages that show the outbox: a member's notifications, and the organization's mail."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_partner, make_ticket
from tests.tickets.test_outbox import only_mail
from tickets import links, notifications
from tickets.models import Notification
from tickets.queries import inbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(luma, harbor, charlie, bob):
    with tenant(harbor):
        notifications.tell_member(charlie, make_ticket(text="Harbor's secret"), "customer_answered", key="same")
    with tenant(luma):
        yield luma


@pytest.fixture
def ticket(inside):
    return make_ticket()


# ── the inbox ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def told(inside, bob):
    """Write `n` notifications for Bob, each of a ticket of its own."""

    def write(n):
        for _number in range(n):
            ticket = make_ticket()
            notifications.tell_member(bob, ticket, "customer_answered", key=f"t{ticket.pk}", channels=["in_app"])
        return list(Notification.objects.filter(user=bob, channel="in_app").order_by("-pk"))

    return write


def test_the_inbox_shows_ones_own_newest_first(told, client, bob, mona, inside):
    rows = told(2)
    notifications.tell_member(mona, make_ticket(), "appealed", key="mona", by="Maria")
    client.force_login(bob)
    text = client.get(reverse("desk:inbox", kwargs={"org": "luma"})).content.decode()
    first, second = (row.ticket.number for row in rows)
    assert 0 < text.index(first) < text.index(second)
    assert reverse("desk:ticket", kwargs={"org": "luma", "number": first}) in text
    assert "asks us to look again" not in text and "2 unread" in text
    assert inbox.unread_count(bob) == 2


def test_marking_as_read_leaves_what_came_later(told, client, bob):
    rows = told(3)
    client.force_login(bob)
    address = reverse("desk:inbox_read", kwargs={"org": "luma"})
    assert client.get(address).status_code == 405
    client.post(address, {"only": rows[2].pk})
    assert inbox.unread_count(bob) == 2
    client.post(address, {"up_to": rows[1].pk})
    assert inbox.unread_count(bob) == 1 and Notification.objects.get(pk=rows[0].pk).read_at is None
    for bad in ({"up_to": "x"}, {"only": "9" * 30}, {"only": "²"}, {}):
        assert client.post(address, bad).status_code == 302
    assert inbox.unread_count(bob) == 1


def test_nobody_marks_another_persons_notifications(told, client, mona, bob):
    rows = told(1)
    client.force_login(mona)
    client.post(reverse("desk:inbox_read", kwargs={"org": "luma"}), {"only": rows[0].pk})
    assert inbox.unread_count(bob) == 1


def test_the_inbox_costs_the_same_for_one_row_and_three(told, client, bob):
    client.force_login(bob)
    counts = []
    for more in (1, 2):
        told(more)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("desk:inbox", kwargs={"org": "luma"}))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_inbox_pages_by_key(told, bob, monkeypatch):
    monkeypatch.setattr(inbox, "PAGE", 2)
    keys = [row.pk for row in told(5)]
    page = inbox.inbox(bob)
    assert [r.pk for r in page.rows] == keys[:2] and page.newer == 0
    page = inbox.inbox(bob, before=page.older)
    assert [r.pk for r in page.rows] == keys[2:4]
    last = inbox.inbox(bob, before=page.older)
    assert [r.pk for r in last.rows] == keys[4:] and last.older == 0
    back = inbox.inbox(bob, after=last.newer)
    assert [r.pk for r in back.rows] == keys[2:4] and back.newer and back.older
    assert inbox.inbox(bob, after=keys[0]).rows == []


# ── the mail page ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_mail_page_shows_what_was_given_up_and_sends_it_again(inside, client, alice, harbor):
    row = only_mail(next_at=None, attempts=8, error="SMTPRecipientsRefused: 550 no such user")
    client.force_login(alice)
    page = client.get(reverse("settings:outbox", kwargs={"org": "luma"}))
    assert b"550 no such user" in page.content and b"charlie" not in page.content
    address = reverse("settings:mail_again", kwargs={"org": "luma", "pk": row.pk})
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    row.refresh_from_db()
    assert row.next_at and row.attempts == 0
    waiting = client.get(reverse("settings:outbox", kwargs={"org": "luma"}) + "?box=waiting")
    assert row.email.encode() in waiting.content
    with tenant(harbor):
        foreign = Notification.objects.filter(channel="mail").first()
    for name in ("mail", "mail_again"):
        address = reverse(f"settings:{name}", kwargs={"org": "luma", "pk": foreign.pk})
        assert (client.get(address) if name == "mail" else client.post(address)).status_code == 404


def test_a_mail_shows_its_link_in_the_demonstration_only(ticket, client, alice, settings):
    row = Notification.objects.get(ticket=ticket, kind="filed")
    client.force_login(alice)
    address = reverse("settings:mail", kwargs={"org": "luma", "pk": row.pk})
    token = links.token_of(row.link).encode()
    assert token not in client.get(address).content
    settings.DEMO = True
    assert token in client.get(address).content


@pytest.mark.parametrize("box", ["waiting", "parked", "sent"])
def test_the_mail_page_costs_the_same_for_one_row_and_three(inside, client, alice, box):
    client.force_login(alice)
    only_mail()
    counts = []
    for n in (0, 2):
        for number in range(n):
            partner = make_partner("carrier", f"Carrier {number}")
            Notification.objects.create(
                key=f"{n}{number}",
                channel="mail",
                email="a@b.example",
                subject="s",
                partner=partner,
                ticket=make_ticket(),
            )
        Notification.objects.filter(channel="mail").update(
            next_at=timezone.now() if box == "waiting" else None, sent_at=timezone.now() if box == "sent" else None
        )
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("settings:outbox", kwargs={"org": "luma"}) + f"?box={box}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["limits", "outbox"])
def test_settings_are_for_admins(inside, client, bob, charlie, name):
    address = reverse(f"settings:{name}", kwargs={"org": "luma"})
    assert client.get(address).status_code == 302
    client.force_login(bob)
    assert client.get(address).status_code == 403
    client.force_login(charlie)
    assert client.get(address).status_code == 404

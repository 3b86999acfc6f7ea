"""The outbox: written once with its cause, sent at least once, and the pages that show it."""

import datetime as dt
import smtplib
import threading
from decimal import Decimal

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tickets import actions, links, notifications, tasks
from tickets.models import Notification, PartnerRequest, SignedLink
from tickets.queries import inbox

pytestmark = pytest.mark.django_db
HERE = "tests.tickets.test_outbox"


@pytest.fixture
def inside(luma, harbor, charlie, bob):
    with tenant(harbor):
        notifications.tell_member(charlie, make_ticket(text="Harbor's secret"), "customer_answered", key="same")
    with tenant(luma):
        yield luma


@pytest.fixture
def ticket(inside):
    order = make_order()
    return make_ticket(order, line=make_line(order, supplier=make_partner(email="maker@foshan.example")))


@pytest.fixture
def asked(ticket, bob, luma):
    to_stage(ticket, "responsibility", member(bob, luma))
    return actions.ask_partner(
        ticket, by=member(bob, luma), partner=make_partner(), party="supplier", percent=80, text="The photos show it."
    )


def due_mails():
    return Notification.objects.filter(channel="mail", next_at__isnull=False)


def only_mail(**fields):
    """Leave one mail in the outbox of the entered organization."""
    Notification.objects.all().delete()
    row = Notification(
        key="one", channel="mail", email="maria@customer.example", kind="message", subject="One", body="Text"
    )
    row.next_at = timezone.now()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


# ── what is written ────────────────────────────────────────────────────────────────────────────────────────────────
CUSTOMER = {
    "filed": {}, "evidence_asked": {"text": "Please"}, "message": {"text": "Hello"}, "closed": {"text": "Paid."},
    "rejected": {"reason": "Too late.", "clause": "2.1"}, "merged": {"into": "AS-2026-000001"}, "reopened": {},
    "follow_up": {},
}  # fmt: skip
MEMBER = {
    "reminder": {"step": 50, "stage": "Report", "due_at": timezone.now()}, "assigned": {"by": "Bob"},
    "partner_answered": {"by": "Foshan"}, "customer_answered": {"by": "Maria"}, "plan_refused": {"by": "Maria"},
    "appealed": {"by": "Maria"}, "reopened": {"by": "Maria"},
}  # fmt: skip


def sound(row):
    assert row.subject and "\n" not in row.subject and len(row.subject) <= 200
    assert row.body.strip() and "{{" not in row.body and "{%" not in row.body and "None" not in row.body
    assert "\n\n\n" not in row.body and "&#" not in row.subject + row.body
    return row


@pytest.mark.parametrize("kind", CUSTOMER)
def test_each_mail_to_a_customer(ticket, kind):
    notifications.tell_customer(ticket, kind, key="k", **CUSTOMER[kind])
    row = sound(Notification.objects.get(key="k:mail:customer"))
    assert row.email == ticket.customer.email and row.link.ticket_id == ticket.pk
    assert notifications.LINK_MARK in row.body
    assert ticket.number in row.subject
    assert all(value in row.body for value in CUSTOMER[kind].values())


@pytest.mark.parametrize("kind", ["plan", "plan_changed"])
def test_a_plan_says_until_when_silence_is_no_answer(ticket, bob, luma, kind):
    plan = to_stage(ticket, "proposed", member(bob, luma)).current_plan()
    notifications.tell_customer(ticket, kind, key="k", plan=plan)
    row = sound(Notification.objects.get(key="k:mail:customer"))
    assert plan.text in row.body and "Please answer by" in row.body and luma.time_zone in row.body


@pytest.mark.parametrize("kind", ["partner_asked", "partner_message", "partner_reminder", "plan_partner"])
def test_each_mail_to_a_partner_without_the_customers_name(asked, kind):
    notifications.tell_partner(asked, kind, key="k", text="Hello", step=50)
    row = sound(Notification.objects.get(key__startswith="k:mail:partner"))
    assert row.email == "maker@foshan.example" and row.partner == asked.partner and row.link.partner == asked.partner
    customer = asked.ticket.customer
    assert customer.name not in row.body and customer.email not in row.body and "María" not in row.body


@pytest.mark.parametrize("kind", MEMBER)
def test_each_notification_of_a_member(ticket, bob, kind):
    notifications.tell_member(bob, ticket, kind, key="k", **MEMBER[kind])
    rows = Notification.objects.filter(key__startswith="k:")
    assert {(r.channel, r.email, bool(r.next_at)) for r in rows} == {("in_app", "", False), ("mail", bob.email, True)}
    for row in rows:
        assert ticket.number in sound(row).subject and f"/{ticket.number}" in row.body
        assert kind != "reminder" or "50 % of the time" in row.subject


def test_managers_are_told_of_a_plan_and_admins_where_there_is_none(ticket, bob, alice, luma):
    plan = to_stage(ticket, "proposed", member(bob, luma)).current_plan()
    notifications.tell_managers(ticket, "plan_approval", key="none", plan=plan)
    assert {r.user for r in Notification.objects.filter(key__startswith="none:")} == {alice}
    from tests.cast import join, person

    mona = join(person("mona@luma.example", "Mona"), luma, "manager")
    notifications.tell_managers(ticket, "plan_approval", key="one", plan=plan)
    assert {r.user for r in Notification.objects.filter(key__startswith="one:")} == {mona}
    row = sound(Notification.objects.filter(key__startswith="one:").first())
    assert str(plan.amount.quantize(Decimal(1))) in row.body


def test_the_confirmation_of_filing_repeats_nothing_that_was_typed(inside):
    ticket = make_ticket(text="Visit https://evil.example now\nplease", subject="You won a prize")
    row = Notification.objects.get(ticket=ticket, kind="filed")
    for typed in ("evil", "prize", "please\n", ticket.customer.name):
        assert typed not in row.subject + row.body
    assert ticket.number in row.subject


def test_a_customer_without_an_address_gets_no_mail(inside):
    ticket = make_ticket(make_order(email=""))
    assert not Notification.objects.filter(ticket=ticket).exists()


def test_a_mail_is_in_its_readers_language_and_time_zone(ticket, asked):
    ticket.language = "ar"
    notifications.tell_customer(ticket, "filed", key="ar")
    notifications.tell_customer(ticket, "filed", key="ar")
    ticket.language = "xx"
    notifications.tell_customer(ticket, "filed", key="xx")
    arabic, other = (Notification.objects.get(key=f"{code}:mail:customer").body for code in ("ar", "xx"))
    assert arabic != other and "Europe/Lisbon" in other
    asked.partner.time_zone = "Asia/Shanghai"
    notifications.tell_partner(asked, "partner_asked", key="sh")
    assert "Asia/Shanghai" in Notification.objects.get(key__startswith="sh:").body


def test_one_key_is_written_once_and_per_organization(ticket, bob, harbor, charlie):
    for _number in range(3):
        notifications.tell_member(bob, ticket, "customer_answered", key="same", by="Maria")
    assert Notification.objects.filter(key__startswith="same:").count() == 2
    with tenant(harbor):
        assert Notification.objects.filter(key__startswith="same:").count() == 2


def test_no_token_stands_in_the_database(ticket, asked):
    tokens = [links.token_of(link) for link in SignedLink.objects.all()]
    texts = [f"{row.key} {row.subject} {row.body}" for row in Notification.objects.all()]
    assert tokens and not any(token.partition(".")[2] in text for token in tokens for text in texts)


# ── the relay ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_mail_is_sent_with_its_link_and_a_stable_id(ticket, luma):
    row = Notification.objects.get(ticket=ticket, kind="filed")
    assert tasks.relay_outbox() >= 1
    sent = next(m for m in mail.outbox if m.to == [row.email])
    assert links.url_of(row.link) in sent.body and notifications.LINK_MARK not in sent.body
    assert sent.extra_headers["Message-ID"] == f"<aftersales.{luma.pk}.{row.pk}@localhost>"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated" and luma.name in sent.from_email
    row.refresh_from_db()
    assert row.sent_at and row.next_at is None and row.error == ""
    assert tasks.relay_outbox() == 0


def test_every_organizations_mail_goes_out_each_with_its_own_links(ticket, harbor):
    tasks.relay_outbox()
    assert not due_mails().exists()
    with tenant(harbor):
        assert not due_mails().exists()
    assert all(("/harbor/" in m.body) != ("/luma/" in m.body) for m in mail.outbox)


def test_a_typed_mark_becomes_the_readers_own_link(ticket, bob, luma):
    actions.write_message(ticket, by=member(bob, luma), audience="public", text=f"Look: {notifications.LINK_MARK}")
    tasks.relay_outbox()
    sent = next(m for m in mail.outbox if "Look:" in m.body)
    row = Notification.objects.get(kind="message")
    assert sent.body.count(links.url_of(row.link)) == 2


def test_a_name_with_line_breaks_adds_no_header(ticket, bob, luma):
    luma.name = "Luma\r\nBcc: all@evil.example"
    luma.save()
    only_mail()
    tasks.relay_outbox()
    message = next(m for m in mail.outbox if m.subject == "One").message()
    assert message["Bcc"] is None and "Bcc:" in message["From"]


class Refusing(EmailBackend):
    """Takes every mail but those to `poison@…`."""

    def send_messages(self, messages):
        if messages[0].to[0].startswith("poison"):
            raise smtplib.SMTPRecipientsRefused({"poison": (550, b"no such user")})
        assert not connection.in_atomic_block or "transaction" not in messages[0].subject
        return super().send_messages(messages)


def test_a_refused_mail_backs_off_and_is_parked_and_delays_no_other(inside, settings):
    settings.EMAIL_BACKEND = f"{HERE}.Refusing"
    row = only_mail(email="poison@customer.example", next_at=timezone.now() - dt.timedelta(days=1))
    waits = []
    for number in range(1, 9):
        good = Notification.objects.create(
            key=f"good {number}", channel="mail", email="maria@customer.example", kind="message", subject="Good",
            next_at=timezone.now(),
        )  # fmt: skip
        before = timezone.now()
        tasks.relay_outbox()
        good.refresh_from_db()
        row.refresh_from_db()
        assert good.sent_at and row.attempts == number and row.sent_at is None and "550" in row.error
        if row.next_at:
            waits.append(round((row.next_at - before).total_seconds() / 60))
            Notification.objects.filter(pk=row.pk).update(next_at=timezone.now())
    assert waits == [1, 5, 15, 60, 120, 240, 480]
    assert row.next_at is None  # parked
    assert list(inbox.outbox("parked").rows) == [row]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notifications.send_again(row) and not notifications.send_again(row)
    tasks.relay_outbox()
    row.refresh_from_db()
    assert row.sent_at and row.error == ""


class Away(EmailBackend):
    """A server that does not answer."""

    def open(self):
        raise ConnectionRefusedError("nobody listens")


def test_while_the_server_is_away_no_mail_loses_an_attempt(inside, settings, client, alice):
    row = only_mail()
    settings.EMAIL_BACKEND = f"{HERE}.Away"
    for _number in range(20):
        assert tasks.relay_outbox() == 0
    row.refresh_from_db()
    assert row.attempts == 0 and row.next_at <= timezone.now()
    client.force_login(alice)
    assert b"nobody listens" in client.get(reverse("settings:outbox", kwargs={"org": "luma"})).content
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tasks.relay_outbox() >= 1
    assert cache.get(notifications.SERVER_DOWN) is None


def test_a_mail_under_way_is_left_alone_until_its_lease_ends(inside):
    row = only_mail()
    claimed, first = tasks._claim(inside)
    assert claimed == row and tasks._claim(inside) is None
    # The relay that had it died before its commit: the next sends it with the same id.
    Notification.objects.filter(pk=row.pk).update(next_at=timezone.now())
    _claimed, second = tasks._claim(inside)
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_server_talks(luma, settings):
    settings.EMAIL_BACKEND = f"{HERE}.Refusing"
    with tenant(luma):
        row = only_mail(subject="outside any transaction")
    assert tasks.relay_outbox() == 1
    with tenant(luma):
        assert Notification.objects.get(pk=row.pk).sent_at


@pytest.mark.django_db(transaction=True)
def test_relays_at_once_send_each_mail_once(luma):
    with tenant(luma):
        Notification.objects.bulk_create(
            Notification(key=str(n), channel="mail", email="m@a.example", subject=str(n), next_at=timezone.now())
            for n in range(60)
        )
    barrier = threading.Barrier(3)

    def relay():
        try:
            barrier.wait()
            tasks.relay_outbox()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=relay) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(m.subject) for m in mail.outbox) == list(range(60))


# ── waking the relay ───────────────────────────────────────────────────────────────────────────────────────────────
def test_one_transaction_wakes_the_relay_once(ticket, bob, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        for number in range(3):
            notifications.tell_member(bob, ticket, "customer_answered", key=str(number), by="Maria")
    assert len([c for c in callbacks if c is notifications._wake]) <= 1


def test_a_broker_that_is_away_stops_no_action(monkeypatch, caplog):
    def gone(*args, **kwargs):
        raise OperationalError("no broker")

    monkeypatch.setattr(notifications, "_quiet_until", 0.0)
    monkeypatch.setattr(notifications.current_app, "send_task", gone)
    notifications._wake()
    assert "no broker" in caplog.text
    notifications._wake()  # not tried again at once
    assert caplog.text.count("no broker") == 1
    monkeypatch.setattr(notifications, "_quiet_until", 0.0)

    def broken(*args, **kwargs):
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(notifications.current_app, "send_task", broken)
    with pytest.raises(ValueError):
        notifications._wake()


def test_a_partner_request_names_its_own_partner_only(asked):
    assert PartnerRequest.objects.get(pk=asked.pk).links.get().partner == asked.partner

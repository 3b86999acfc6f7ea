"""Invitations: made, mailed, accepted once by whom they are for, and by nobody else."""

import datetime as dt
import re
import smtplib

import pytest
from django.core import mail
from django.utils import timezone

from aftersales.tenants import actions, invitations
from aftersales.tenants.models import AuditEvent, Invitation, Membership, User
from aftersales.tenants.scope import tenant
from tests.cast import join, person

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-lamp-77"


def by(user, organization):
    return Membership.objects.select_related("user", "organization").get(user=user, organization=organization)


@pytest.fixture
def invitation(luma, alice):
    with tenant(luma):
        return actions.invite(luma, by=by(alice, luma), email="New@Luma.example ", role="manager")


def url(invitation):
    return f"/accounts/invitations/{invitations.token_of(invitation)}/"


def test_the_mail_carries_the_link_and_the_row_only_its_hash(invitation, luma):
    assert actions.deliver_invitations() == 1
    assert actions.deliver_invitations() == 0
    sent = mail.outbox[0]
    token = invitations.token_of(invitation)
    assert sent.to == ["new@luma.example"]
    assert sent.subject == "Your invitation to Luma Home"
    assert "Alice Admin invites you" in sent.body
    assert f"/accounts/invitations/{token}/" in sent.body
    kept = Invitation.objects.values().get(pk=invitation.pk)
    assert token not in str(kept)
    assert token.partition(".")[2] not in str(kept)
    assert len(kept["token_hash"]) == 64
    assert kept["expires_at"] - kept["created_at"] < dt.timedelta(days=7, seconds=5)


def test_a_mail_that_fails_is_tried_again_later(invitation, monkeypatch):
    def broken(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", broken)
        assert actions.deliver_invitations() == 0
    invitation.refresh_from_db()
    assert invitation.send_at > timezone.now()
    assert actions.deliver_invitations() == 0
    assert actions.deliver_invitations(now=timezone.now() + dt.timedelta(minutes=2)) == 1


def test_reading_changes_nothing(client, invitation):
    before = Invitation.objects.values().get()
    answer = client.get(url(invitation))
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Luma Home" in body
    assert "Alice Admin" in body
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert Invitation.objects.values().get() == before
    assert not User.objects.filter(email="new@luma.example").exists()


def test_a_new_person_sets_name_and_password_and_is_in(client, invitation, luma):
    answer = client.post(url(invitation), {"name": "Nina New", "password": PASSWORD})
    assert answer.status_code == 302
    member = Membership.objects.get(user__email="new@luma.example")
    assert (member.organization, member.role, member.user.name) == (luma, "manager", "Nina New")
    assert member.user.check_password(PASSWORD)
    assert client.session["_auth_user_id"] == str(member.user.pk)
    with tenant(luma):
        assert [event.verb for event in AuditEvent.objects.all()] == ["joined", "invited"]
    client.logout()
    assert client.get(url(invitation)).status_code == 404
    assert client.post(url(invitation), {"name": "Eve", "password": PASSWORD}).status_code == 404
    assert User.objects.filter(email="new@luma.example").count() == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "password": PASSWORD}, "name"), ({"name": "N", "password": ""}, "password"),
        ({"name": "N", "password": "short"}, "password"), ({"name": "N", "password": "new@luma.example"}, "password"),
        ({"name": "N", "password": "1234567890"}, "password"), ({}, None),
    ],
)  # fmt: skip
def test_a_weak_or_missing_answer_is_named(client, invitation, data, field):
    answer = client.post(url(invitation), data)
    assert answer.status_code == 422
    assert field is None or field in answer.context["form"].errors
    assert not User.objects.filter(email="new@luma.example").exists()


def test_somebody_with_an_account_signs_in_first(client, invitation, luma, harbor):
    user = join(person("new@luma.example", "Nina"), harbor, "operator")
    answer = client.get(url(invitation))
    assert b"Sign in" in answer.content
    assert b'name="password"' not in answer.content
    assert client.post(url(invitation), {"name": "Eve", "password": PASSWORD}).status_code == 200
    assert not Membership.objects.filter(user=user, organization=luma).exists()
    signed_in = client.post(
        "/accounts/login/", {"login": user.email, "password": "correct-horse-9", "next": url(invitation)}
    )
    assert signed_in.headers["Location"] == url(invitation)
    assert client.post(url(invitation)).status_code == 302
    assert Membership.objects.get(user=user, organization=luma).role == "manager"
    # Now there are two to choose from, and each page's menu lists the other.
    home = client.get("/").content.decode()
    assert "Luma Home" in home
    assert "Harbor Goods" in home


def test_somebody_else_cannot_use_it(client, invitation, luma, charlie):
    client.force_login(charlie)
    assert b"charlie@harbor.example" in client.get(url(invitation)).content
    assert client.post(url(invitation)).status_code == 422
    assert not Membership.objects.filter(user=charlie, organization=luma).exists()
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_every_link_that_opens_nothing_gets_the_same_page(client, invitation, luma, alice):
    token = invitations.token_of(invitation)
    pk, _dot, secret = token.partition(".")
    flipped = secret[:-2] + ("A" if secret[-2] != "A" else "B") + secret[-1]
    with tenant(luma):
        other = actions.invite(luma, by=by(alice, luma), email="other@luma.example", role="operator")
    wrong = [
        f"{pk}.{flipped}", f"{other.pk}.{secret}", f"{int(pk) + 999}.{secret}", f"0{token}", token + "A", token[:-1],
        "x", "None", " ", "%00", pk, f".{secret}", secret, "9" * 40 + "." + secret, token.upper(), "٣." + secret,
    ]  # fmt: skip
    answers = set()
    for each in wrong:
        for answer in (
            client.get(f"/accounts/invitations/{each}/"),
            client.post(f"/accounts/invitations/{each}/", {"name": "E", "password": PASSWORD}),
        ):
            assert answer.status_code == 404, each
            if b"is not open" in answer.content:
                answers.add(re.sub(r'value="[^"]*"', "", answer.content.decode()))
    assert len(answers) == 1
    Invitation.objects.filter(pk=invitation.pk).update(token_hash="")
    assert client.get(url(invitation)).status_code == 404
    assert invitations.find_open("") is invitations.find_open(None) is None
    for end in ({"expires_at": timezone.now()}, {"revoked_at": timezone.now()}, {"accepted_at": timezone.now()}):
        fresh = Invitation.objects.get(pk=other.pk)
        for name, value in end.items():
            setattr(fresh, name, value)
        fresh.token_hash = invitations.hash_of(invitations.token_of(fresh))
        fresh.save()
        answer = client.get(url(fresh))
        assert (answer.status_code, b"is not open" in answer.content) == (404, True), end
        fresh.accepted_at = fresh.revoked_at = None


def test_sending_again_makes_a_new_link_and_closes_the_old(client, invitation, luma, alice):
    client.force_login(alice)
    old = url(invitation)
    again = f"/luma/settings/members/invitations/{invitation.pk}/again/"
    client.post(again)
    invitation.refresh_from_db()
    assert url(invitation) == old, "within a minute nothing is sent again"
    Invitation.objects.update(
        created_at=timezone.now() - dt.timedelta(days=8), expires_at=timezone.now() - dt.timedelta(days=1)
    )
    client.post(again)
    invitation.refresh_from_db()
    client.logout()
    assert client.get(old).status_code == 404
    assert client.get(url(invitation)).status_code == 200
    assert actions.deliver_invitations() == 1


def test_a_revoked_invitation_is_neither_sent_nor_accepted(client, invitation, alice):
    client.force_login(alice)
    client.post(f"/luma/settings/members/invitations/{invitation.pk}/revoke/")
    client.logout()
    assert client.get(url(invitation)).status_code == 404
    assert actions.deliver_invitations() == 0
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["bob@luma.example", "BOB@luma.example", "new@luma.example", "not-an-address", ""])
def test_no_second_invitation_and_none_for_a_member(client, invitation, alice, bob, email):
    client.force_login(alice)
    answer = client.post("/luma/settings/members/invite/", {"email": email, "role": "operator"})
    assert (answer.status_code, "email" in answer.context["form"].errors) == (422, True)
    assert Invitation.objects.count() == 1


def test_switching_off_revokes_and_a_former_member_does_not_slip_in(client, luma, alice, bob, invitation):
    user = join(person("new@luma.example", "Nina"), luma, "operator")
    with tenant(luma):
        actions.deactivate(by(user, luma), by=by(alice, luma))
    client.force_login(user)
    assert client.get(url(invitation)).status_code == 404
    Invitation.objects.update(revoked_at=None)
    assert client.post(url(invitation)).status_code == 422
    assert not Membership.objects.get(user=user).is_active


def test_an_admin_of_today_does_not_lose_rank_by_an_old_invitation(client, luma, invitation):
    user = join(person("new@luma.example", "Nina"), luma, "admin")
    client.force_login(user)
    assert client.post(url(invitation)).status_code == 302
    assert Membership.objects.get(user=user).role == "admin"


def test_a_worker_knows_the_task_and_beat_asks_for_it(
    invitation, django_capture_on_commit_callbacks, monkeypatch, luma, alice
):
    from aftersales.celery import app
    from aftersales.tenants import tasks

    app.loader.import_default_modules()
    name = tasks.send_invitations.name
    assert name in app.tasks
    assert name in {entry["task"] for entry in app.conf.beat_schedule.values()}
    sent = []
    monkeypatch.setattr("celery.app.base.Celery.send_task", lambda self, task, *args, **kwargs: sent.append(task))
    with django_capture_on_commit_callbacks(execute=True), tenant(luma):
        actions.invite(luma, by=by(alice, luma), email="second@luma.example", role="operator")
    assert sent == [name]
    assert tasks.send_invitations() == 2


def test_without_a_broker_the_invitation_waits(luma, alice, django_capture_on_commit_callbacks, monkeypatch):
    def away(*args, **kwargs):
        raise OSError("no broker")

    monkeypatch.setattr("celery.app.base.Celery.send_task", away)
    with django_capture_on_commit_callbacks(execute=True), tenant(luma):
        actions.invite(luma, by=by(alice, luma), email="second@luma.example", role="operator")
    assert actions.deliver_invitations() == 1

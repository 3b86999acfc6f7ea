"""Signing in, passwords, profile, home, the demonstration's mail."""

import re

import pytest
from django.core import mail
from django.core.mail import send_mail
from django.urls import NoReverseMatch, reverse

from aftersales.tenants.models import User
from tests.cast import join, person

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-9"


def sign_in(client, email, password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_home_sends_everybody_where_they_belong(client, luma, harbor, bob, charlie):
    assert client.get("/").headers["Location"] == "/accounts/login/"
    client.force_login(bob)
    assert client.get("/").headers["Location"].startswith("/luma/")
    join(bob, harbor, "admin")
    body = client.get("/").content.decode()
    assert body.index("Harbor Goods") < body.index("Luma Home")
    nobody = person("nobody@nowhere.example", "Nobody")
    client.force_login(nobody)
    answer = client.get("/")
    assert answer.status_code == 200
    assert b"nobody@nowhere.example" in answer.content
    assert b"Luma" not in answer.content


def test_the_menu_switches_organizations(client, luma, harbor, alice):
    client.force_login(alice)
    assert b"Other organizations" not in client.get("/luma/settings/organization/").content
    join(alice, harbor, "admin")
    body = client.get("/luma/settings/organization/").content.decode()
    link = re.search(r'<a class="nav-a" href="(/harbor/[^"]*)"[^>]*>(?:(?!</a>).)*Harbor Goods', body)
    assert link is not None
    assert client.get(link[1]).status_code == 200


def test_sign_up_is_closed(client, luma):
    client.get("/accounts/signup/")
    answer = client.post("/accounts/signup/", {"email": "eve@x.example", "password1": PASSWORD, "password2": PASSWORD})
    assert b"by invitation" in answer.content
    assert not User.objects.filter(email="eve@x.example").exists()


@pytest.mark.parametrize("name", ["account_email", "account_confirm_email", "account_request_login_code"])
def test_pages_that_change_who_owns_an_address_do_not_exist(client, name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
    assert client.get("/accounts/email/").status_code == 404


def test_sign_in_by_e_mail_in_any_case(client, bob):
    assert sign_in(client, "BOB@luma.example").headers["Location"] == "/"
    client.post("/accounts/logout/")
    assert client.get("/").headers["Location"] == "/accounts/login/"
    assert sign_in(client, "bob@luma.example", "wrong").status_code in (200, 422)


def test_guessing_a_password_ends_soon(client, bob, monkeypatch):
    checked = []
    real = User.check_password
    monkeypatch.setattr(User, "check_password", lambda self, raw: checked.append(1) or real(self, raw))
    for n in range(50):
        sign_in(client, "bob@luma.example", f"guess-{n}")
    assert len(checked) <= 10


def test_a_switched_off_person_cannot_sign_in_and_is_out(client, bob):
    sign_in(client, bob.email)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert client.get("/").headers["Location"] == "/accounts/login/"
    client.cookies.clear()
    sign_in(client, bob.email)
    assert client.get("/").headers["Location"] == "/accounts/login/"


# ── passwords ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_password_is_reset_by_mail(client, bob, settings):
    settings.SITE_URL = "https://aftersales.example"
    answer = client.post("/accounts/password/reset/", {"email": "Bob@luma.example"}, headers={"host": "localhost"})
    assert answer.headers["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox[0].subject == "Choose a new password"
    link = re.search(r"https://aftersales\.example(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    page = client.get(link, follow=True)
    form = page.request["PATH_INFO"]
    assert b'name="password1"' in page.content
    client.post(form, {"password1": "new-pass-word-5", "password2": "new-pass-word-5"})
    bob.refresh_from_db()
    assert bob.check_password("new-pass-word-5")
    client.logout()
    assert b"no longer works" in client.get(link, follow=True).content
    assert sign_in(client, bob.email, "new-pass-word-5").status_code == 302


def test_reset_tells_nothing_and_sends_at_most_three_an_hour(client, bob):
    answers = {}
    for email in ("bob@luma.example", "nobody@luma.example"):
        for n in range(8):
            answer = client.post("/accounts/password/reset/", {"email": email})
            answers.setdefault(n, set()).add((answer.status_code, answer.headers.get("Location"), answer.content))
    assert all(len(each) == 1 for each in answers.values())
    assert [
        sum(mail.to == [email] for mail in mail.outbox) for email in ("bob@luma.example", "nobody@luma.example")
    ] == [3, 3]
    assert b"many tries" in next(iter(answers[7]))[2]


def test_a_new_password_ends_the_other_sessions(client, bob):
    from django.test import Client

    other = Client()
    sign_in(client, bob.email)
    sign_in(other, bob.email)
    data = {"oldpassword": PASSWORD, "password1": "new-pass-word-5", "password2": "new-pass-word-5"}
    assert client.post("/accounts/password/change/", data).status_code == 302
    assert other.get("/accounts/profile/").headers["Location"].startswith("/accounts/login/")
    assert client.get("/accounts/profile/").status_code == 200


def test_the_profile_changes_the_name_only(client, bob):
    client.force_login(bob)
    data = {"name": "Robert", "email": "eve@x.example", "is_active": "", "role": "admin"}
    assert client.post("/accounts/profile/", data).status_code == 302
    bob.refresh_from_db()
    assert (bob.name, bob.email, bob.is_active) == ("Robert", "bob@luma.example", True)
    assert client.post("/accounts/profile/", {"name": ""}).status_code == 422


# ── the demonstration's mail ───────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def folder(settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def test_the_demonstration_shows_what_was_written(client, bob, folder):
    client.force_login(bob)
    assert b"No mail was sent yet" in client.get("/accounts/sent-mail/").content
    text = "Hello José,\n\nhttps://luma.example/c/3.abc_DEF-9/\n\n<script>alert(1)</script>\n" + "ü" * 200
    send_mail("First – sent", text, None, ["maria@customer.example"])
    (found,) = folder.iterdir()
    found.rename(folder / "20200101-000000-1.log")
    send_mail("Second", "x", None, ["ana@luma.example"])
    body = client.get("/accounts/sent-mail/").content.decode()
    assert body.index("Second") < body.index("First – sent")
    assert "maria@customer.example" in body
    body = client.get("/accounts/sent-mail/20200101-000000-1.log/0/").content.decode()
    assert '<a href="https://luma.example/c/3.abc_DEF-9/" rel="nofollow">' in body
    assert "&lt;script&gt;" in body
    assert "<script>alert" not in body
    assert "ü" * 200 in body
    assert 'href="/accounts/sent-mail/"' in client.get("/accounts/sent-mail/").content.decode()


@pytest.mark.parametrize(
    "name", ["..", "settings.py", "..%2F..%2Fmanage.py", "20200101-000000-1.log/1", "20200101-000000-1.log/0%00"]
)
def test_no_other_file_is_read(client, bob, folder, name):
    client.force_login(bob)
    folder.mkdir()
    (folder / "20200101-000000-1.log").write_bytes(b"Subject: x\n\nhi\n" + b"-" * 79 + b"\n")
    (folder / "settings.py").write_text("secret")
    assert client.get("/accounts/sent-mail/20200101-000000-1.log/0/").status_code == 200
    assert client.get(f"/accounts/sent-mail/{name}/0/").status_code == 404


def test_mail_pages_are_paged_by_file(client, bob, folder):
    client.force_login(bob)
    folder.mkdir()
    for n in range(60):
        (folder / f"20200101-0000{n:02}-1.log").write_bytes(
            f"Subject: mail {n}\nTo: a@b.example\n\nhi\n".encode() + b"-" * 79 + b"\n"
        )
    first = client.get("/accounts/sent-mail/")
    second = client.get("/accounts/sent-mail/", {"before": first.context["older"]})
    assert [len(first.context["mails"]), len(second.context["mails"])] == [50, 10]
    assert second.context["older"] == ""


@pytest.mark.parametrize("change", [{"DEMO": False}, {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}])
def test_outside_the_demonstration_there_is_no_such_page(client, bob, folder, settings, change):
    for name, value in change.items():
        setattr(settings, name, value)
    client.force_login(bob)
    for url in ("/accounts/sent-mail/", "/accounts/sent-mail/x.log/0/"):
        assert client.get(url).status_code == 404
    assert "sent-mail" not in client.get("/accounts/profile/").content.decode()


def test_sent_mail_needs_a_sign_in(client, folder):
    assert client.get("/accounts/sent-mail/").headers["Location"].startswith("/accounts/login/")


def test_sessions_that_ended_are_forgotten(client, bob):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from aftersales.tenants.tasks import forget_old_sessions

    client.force_login(bob)
    Session.objects.create(session_key="gone", session_data="", expire_date=timezone.now() - timezone.timedelta(days=1))
    forget_old_sessions()
    assert [s.session_key for s in Session.objects.all()] == [client.session.session_key]

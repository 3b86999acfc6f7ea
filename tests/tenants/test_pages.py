"""The settings' pages: what they show and change, and that a list costs no query per row."""

import datetime as dt

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.tenants import actions, default_rules
from aftersales.tenants.models import (
    AuditEvent,
    Calendar,
    CalendarSlot,
    Invitation,
    Membership,
    Organization,
    RulesVersion,
    Team,
    User,
)
from aftersales.tenants.scope import tenant
from tests.cast import join, person

pytestmark = pytest.mark.django_db
LISTS = ["members", "teams", "calendar", "rules", "audit"]


@pytest.fixture
def admin(client, alice):
    client.force_login(alice)
    return client


def by(user, organization):
    return Membership.objects.select_related("user", "organization").get(user=user, organization=organization)


def rules(text, **fields):
    return {"terms": text, "compensation": "We pay.", "prohibited": "Weapons.", **fields}


def fill(organization, actor, number):
    """One more row for every list of the settings."""
    user = join(person(f"p{number}@{organization.slug}.example", f"Person {number}"), organization, "operator")
    with tenant(organization):
        actions.create_team(organization, by=actor, name=f"Team {number}", users=[user, actor.user])
        actions.create_calendar(
            organization, by=actor, name=f"Calendar {number}", time_zone="Asia/Riyadh",
            week={day: [(dt.time(9), dt.time(13)), (dt.time(14), dt.time(18))] for day in range(5)},
        )  # fmt: skip
        based_on = RulesVersion.objects.count()
        actions.publish_rules(organization, by=actor, **rules(f"Rule {number}", based_on=based_on))
        actions.invite(organization, by=actor, email=f"guest{number}@{organization.slug}.example", role="operator")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_the_same_with_one_and_three_rows(admin, luma, alice, name):
    actor = by(alice, luma)
    fill(luma, actor, 1)
    url = f"/luma/settings/{name}/"
    admin.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        assert admin.get(url).status_code == 200
    fill(luma, actor, 2)
    fill(luma, actor, 3)
    with CaptureQueriesContext(connection) as three:
        assert admin.get(url).status_code == 200
    assert len(three) == len(one)


@pytest.mark.parametrize("name", ["", "organization", *LISTS])
def test_who_may_open_the_settings(client, luma, harbor, mona, charlie, name):
    url = f"/luma/settings/{name}/".replace("//", "/")
    assert client.get(url).headers["Location"].startswith("/accounts/login/")
    client.force_login(mona)
    assert client.get(url).status_code == 403
    client.force_login(charlie)
    assert client.get(url).status_code == 404


def test_another_organizations_rows_are_absent(admin, luma, harbor, alice, charlie):
    fill(harbor, by(charlie, harbor), 7)
    with tenant(harbor):
        keys = {
            "members": Membership.objects.get(user=charlie).pk, "teams": Team.objects.get().pk,
            "calendar": Calendar.objects.get().pk, "invitations": Invitation.objects.get().pk,
        }  # fmt: skip
    for name in LISTS:
        body = admin.get(f"/luma/settings/{name}/").content.decode()
        assert "harbor" not in body
        assert "Person 7" not in body
        assert "Team 7" not in body
        assert "Rule 7" not in body
    for path in (
        "members/{members}/", "members/{members}/deactivate/", "members/{members}/reactivate/", "teams/{teams}/",
        "calendar/{calendar}/", "calendar/{calendar}/holidays/", "calendar/{calendar}/holidays/remove/",
        "calendar/{calendar}/default/", "calendar/{calendar}/remove/", "members/invitations/{invitations}/again/",
        "members/invitations/{invitations}/revoke/", "rules/1/",
    ):  # fmt: skip
        url = "/luma/settings/" + path.format(**keys)
        assert {admin.get(url).status_code, admin.post(url).status_code} <= {404, 405}, url
    assert Membership.objects.get(user=charlie).is_active


# ── the organization ───────────────────────────────────────────────────────────────────────────────────────────────
def form_of(organization, **changes):
    names = (
        "name", "time_zone", "language", "currency", "number_prefix", "report_window_days", "reopen_window_days",
        "follow_up_days", "silence_days", "approval_amount", "target_rate", "mediation_days", "keep_item_below",
        "country", "return_address", "return_days", "evidence_quota_gb",
    )  # fmt: skip
    return {name: str(getattr(organization, name)) for name in names} | {"partner_silence_accepts": "on"} | changes


def test_a_former_time_zone_stays_chosen(admin, luma):
    """`CET` is no choice any more; a form that did not show it would change it unasked."""
    Organization.objects.filter(pk=luma.pk).update(time_zone="CET")
    page = admin.get("/luma/settings/organization/").content.decode()
    assert '<option value="CET" selected>CET</option>' in page
    assert admin.post("/luma/settings/organization/", form_of(luma, time_zone="CET")).status_code == 302


def test_the_organization_is_changed_and_the_change_recorded(admin, luma, harbor):
    data = form_of(
        luma,
        name="Luma Living",
        time_zone="Asia/Riyadh",
        approval_amount="150.50",
        slug="stolen",
        created_at="2001-01-01",
    )
    assert admin.post("/luma/settings/organization/", data).status_code == 302
    luma.refresh_from_db()
    assert (luma.name, luma.time_zone, str(luma.approval_amount), luma.slug) == (
        "Luma Living",
        "Asia/Riyadh",
        "150.50",
        "luma",
    )
    with tenant(luma):
        event = AuditEvent.objects.get()
    assert set(event.data) == {"name", "time_zone", "approval_amount"}
    assert event.data["name"] == ["Luma Home", "Luma Living"]
    body = admin.get("/luma/settings/audit/").content.decode()
    assert "Luma Home → Luma Living" in body
    harbor.refresh_from_db()
    assert harbor.name == "Harbor Goods"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 121), ("time_zone", "Mars/Base"), ("currency", "eur"), ("number_prefix", "a1"),
        ("approval_amount", "-1"), ("target_rate", "101"), ("follow_up_days", "0"), ("silence_days", "x"),
        ("language", "xx"), ("report_window_days", "731"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_kept(admin, luma, field, value):
    answer = admin.post("/luma/settings/organization/", form_of(luma, **{"name": "Typed", field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    body = answer.content.decode()
    assert "<title>Error: Organization · Luma Home</title>" in body
    assert f'id="id_{field}_error"' in body
    assert Organization.objects.get(slug="luma").name == "Luma Home"


# ── members ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_role_is_changed_and_counts_at_once(admin, client, luma, bob):
    pk = by(bob, luma).pk
    assert admin.post(f"/luma/settings/members/{pk}/", {"role": "admin"}).status_code == 302
    client.force_login(bob)
    assert client.get("/luma/settings/members/").status_code == 200


@pytest.mark.parametrize("role", ["", "owner", "superuser"])
def test_an_unknown_role_is_refused(admin, luma, bob, role):
    assert admin.post(f"/luma/settings/members/{by(bob, luma).pk}/", {"role": role}).status_code == 422
    assert by(bob, luma).role == "operator"


def test_nobody_changes_themselves(admin, luma, alice):
    pk = by(alice, luma).pk
    assert admin.post(f"/luma/settings/members/{pk}/", {"role": "operator"}).status_code == 422
    admin.post(f"/luma/settings/members/{pk}/deactivate/")
    assert (by(alice, luma).role, by(alice, luma).is_active) == ("admin", True)
    assert 'name="role"' not in admin.get(f"/luma/settings/members/{pk}/").content.decode()


def test_somebody_switched_off_is_out_at_once_and_can_come_back(client, luma, alice, bob):
    pk = by(bob, luma).pk
    client.force_login(bob)
    assert client.get("/accounts/profile/").status_code == 200
    with tenant(luma):
        actions.deactivate(by(bob, luma), by=by(alice, luma))
    # The same session, the next request.
    assert client.get("/luma/settings/members/").status_code == 404
    assert b"no organization" in client.get("/").content
    client.force_login(alice)
    client.post(f"/luma/settings/members/{pk}/reactivate/")
    client.force_login(bob)
    assert client.get("/luma/settings/members/").status_code == 403


def test_the_members_list_pages_by_key(admin, luma):
    users = User.objects.bulk_create(User(email=f"m{n:03}@luma.example", name=f"M {n}") for n in range(60))
    Membership.objects.bulk_create(Membership(organization=luma, user=user) for user in users)
    first = admin.get("/luma/settings/members/").context["page"]
    second = admin.get("/luma/settings/members/", {"after": first.next_key}).context["page"]
    emails = [each.user.email for each in [*first.rows, *second.rows]]
    assert len(emails) == len(set(emails)) == 61
    assert second.next_key == ""


# ── teams ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_team_is_made_renamed_filled_and_taken_out_of_service(admin, luma, bob, mona):
    url = "/luma/settings/teams/"
    assert admin.post(f"{url}new/", {"name": "Customs", "users": [bob.pk]}).status_code == 302
    with tenant(luma):
        team = Team.objects.get()
    assert admin.post(f"{url}{team.pk}/", {"name": "Border", "users": [mona.pk]}).status_code == 302
    with tenant(luma):
        team = Team.objects.get()
        assert (team.name, team.is_active, [m.user for m in team.members.all()]) == ("Border", False, [mona])
        assert [event.verb for event in AuditEvent.objects.all()] == ["team_changed", "team_created"]


def test_a_team_takes_no_stranger_and_no_second_name(admin, luma, harbor, charlie):
    url = "/luma/settings/teams/new/"
    answer = admin.post(url, {"name": "Customs", "users": [charlie.pk]})
    assert answer.status_code == 422
    assert "users" in answer.context["form"].errors
    admin.post(url, {"name": "Customs"})
    answer = admin.post(url, {"name": "customs"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])


# ── calendar ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_calendar_with_several_slots_a_day(admin, luma):
    week = {f"day_{day}": "9-13, 14:30 – 24:00" if day < 5 else "" for day in range(7)}
    data = {"name": "Working hours", "time_zone": "Europe/Lisbon", **week}
    assert admin.post("/luma/settings/calendar/new/", data).status_code == 302
    with tenant(luma):
        calendar = Calendar.objects.get()
        slots = list(CalendarSlot.objects.values_list("weekday", "start", "end"))
    assert calendar.is_default
    assert len(slots) == 10
    assert slots[:2] == [(0, dt.time(9), dt.time(13)), (0, dt.time(14, 30), dt.time(23, 59))]
    body = admin.get(f"/luma/settings/calendar/{calendar.pk}/").content.decode()
    assert "09:00–13:00, 14:30–24:00" in body
    assert "Monday – Friday" in admin.get("/luma/settings/calendar/").content.decode()


@pytest.mark.parametrize("hours", ["9", "9-", "18-9", "9-25", "9-12, 11-13", "abc", "9:60-10", "9-9"])
def test_hours_that_are_not_understood_are_kept_to_be_mended(admin, luma, hours):
    data = {"name": "W", "time_zone": "UTC", "day_2": hours}
    answer = admin.post("/luma/settings/calendar/new/", data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["day_2"])
    assert f'value="{hours}"' in answer.content.decode()


def test_holidays_are_added_in_a_row_and_removed(admin, luma, alice):
    with tenant(luma):
        calendar = actions.create_calendar(luma, by=by(alice, luma), name="W", time_zone="UTC", week={})
    url = f"/luma/settings/calendar/{calendar.pk}/holidays/"
    assert admin.post(url, {"first": "2026-12-24", "last": "2026-12-26"}).status_code == 302
    assert admin.post(url, {"first": "2026-12-25"}).status_code == 302
    assert admin.post(f"{url}remove/", {"day": "2026-12-26"}).status_code == 302
    for wrong in (
        {"first": "2026-12-26", "last": "2026-12-24"},
        {"first": "2026-01-01", "last": "2026-12-24"},
        {"first": "x"},
        {},
    ):
        assert admin.post(url, wrong).status_code == 422
    assert admin.post(f"{url}remove/", {"day": "x"}).status_code == 422
    with tenant(luma):
        calendar.refresh_from_db()
    assert calendar.holidays == [dt.date(2026, 12, 24), dt.date(2026, 12, 25)]


def test_one_default_calendar_and_removal(admin, luma, alice):
    from tests.factories import make_partner

    with tenant(luma):
        first, second = (
            actions.create_calendar(luma, by=by(alice, luma), name=name, time_zone="UTC", week={}) for name in "AB"
        )
        partner = make_partner(calendar=first)
    admin.post(f"/luma/settings/calendar/{first.pk}/remove/")
    admin.post(f"/luma/settings/calendar/{second.pk}/default/")
    with tenant(luma):
        assert [(c.name, c.is_default) for c in Calendar.objects.all()] == [("B", True), ("A", False)]
    admin.post(f"/luma/settings/calendar/{first.pk}/remove/")
    with tenant(luma):
        assert [c.name for c in Calendar.objects.all()] == ["B"]
        partner.refresh_from_db()
        assert partner.calendar_id is None


# ── rules ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_edit_makes_the_next_version_and_keeps_the_former(admin, client, luma, harbor):
    url = "/luma/settings/rules/edit/"
    assert admin.post(url, rules("First\n\nsee https://luma.example/x <b>now</b>", based_on=0)).status_code == 302
    assert admin.post(url, rules("Second", based_on=1)).status_code == 302
    same = admin.post(url, rules("Second", based_on=2))
    assert same.status_code == 422
    assert "First" in admin.get("/luma/settings/rules/1/").content.decode()
    assert admin.get("/luma/settings/rules/3/").status_code == 404
    client.logout()
    current = client.get("/luma/rules/").content.decode()
    assert "Second" in current
    assert "First" not in current
    former = client.get("/luma/rules/?version=1").content.decode()
    assert '<a href="https://luma.example/x" rel="nofollow">' in former
    assert "&lt;b&gt;now" in former
    assert "former version" in former
    for wrong in ("3", "0", "x", "", "-1", "9" * 30, "1'"):
        assert client.get("/luma/rules/", {"version": wrong}).status_code == 404
    empty = client.get("/harbor/rules/")
    assert empty.status_code == 200
    assert "Second" not in empty.content.decode()


def test_two_admins_who_publish_do_not_undo_each_other(admin, luma):
    url = "/luma/settings/rules/edit/"
    admin.post(url, rules("One", based_on=0))
    answer = admin.post(url, rules("Mine", based_on=0))
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "version 1 meanwhile" in body
    assert "Mine" in body
    assert 'name="based_on" value="1"' in body


def test_the_audit_list_pages_by_key_and_is_append_only(admin, luma, alice):
    with tenant(luma):
        AuditEvent.objects.bulk_create(
            AuditEvent(verb="invited", actor=alice, actor_name="Alice", subject=f"s{n}") for n in range(70)
        )
    first = admin.get("/luma/settings/audit/").context["page"]
    second = admin.get("/luma/settings/audit/", {"before": first.next_key}).context["page"]
    assert (len(first.rows), len(second.rows), second.next_key) == (50, 20, "")
    for wrong in ("x", "-1", "9" * 40, "²"):
        assert admin.get("/luma/settings/audit/", {"before": wrong}).status_code == 200
    from django.db import ProgrammingError, transaction

    with tenant(luma), pytest.raises(ProgrammingError), transaction.atomic():
        AuditEvent.objects.update(subject="forged")
    with tenant(luma), pytest.raises(ProgrammingError), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_a_failed_button_says_why(admin, luma, alice):
    with tenant(luma):
        calendar = actions.create_calendar(luma, by=by(alice, luma), name="A", time_zone="UTC", week={})
    answer = admin.post(f"/luma/settings/calendar/{calendar.pk}/remove/")
    assert "default calendar stays" in str(next(iter(get_messages(answer.wsgi_request))))


def test_the_default_rules_fit_the_form():
    for text in (default_rules.TERMS, default_rules.COMPENSATION, default_rules.PROHIBITED):
        assert 100 < len(str(text)) < 20_000

"""`manage.py create_organization`: one command, and the organization can work."""

import datetime as dt

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from aftersales.tenants import actions
from aftersales.tenants.models import (
    AuditEvent,
    Calendar,
    CalendarSlot,
    Invitation,
    Membership,
    Organization,
    RulesVersion,
    Team,
)
from aftersales.tenants.scope import tenant

pytestmark = pytest.mark.django_db


def make(*args, **options):
    call_command("create_organization", *args, **options)


def test_it_is_ready_to_work_and_its_admin_comes_in(client, capsys, luma):
    make(
        "nova",
        "Nova Trade",
        "--admin",
        "Root@Nova.example",
        "--time-zone",
        "Asia/Riyadh",
        "--currency",
        "SAR",
        "--show-link",
    )
    nova = Organization.objects.get(slug="nova")
    assert (nova.name, nova.time_zone, nova.currency) == ("Nova Trade", "Asia/Riyadh", "SAR")
    with tenant(nova):
        assert (Calendar.objects.get().time_zone, Calendar.objects.get().is_default) == ("Asia/Riyadh", True)
        slots = list(CalendarSlot.objects.values_list("weekday", "start", "end"))
        assert slots == [(day, dt.time(9), dt.time(18)) for day in range(5)]
        assert {team.name for team in Team.objects.all()} == {
            "Procurement",
            "Warehouse",
            "Logistics",
            "Customs",
            "Finance",
        }
        rules = RulesVersion.objects.get()
        assert rules.version == 1
        assert "30 days" in rules.terms
        assert AuditEvent.objects.count() == 2
    assert actions.deliver_invitations() == 1
    assert "set up the after-sales desk of Nova Trade" in mail.outbox[0].body
    link = capsys.readouterr().out.split()[-1]
    assert link in mail.outbox[0].body
    path = link.partition("/accounts/")[2]
    assert client.post(f"/accounts/{path}", {"name": "Root", "password": "quiet-lamp-77"}).status_code == 302
    assert Membership.objects.get(organization=nova).role == "admin"
    assert client.get("/nova/settings/members/").status_code == 200
    assert client.get("/luma/settings/members/").status_code == 404
    assert client.get("/nova/rules/").status_code == 200


def test_a_second_run_changes_nothing(luma):
    make("nova", "Nova", "--admin", "root@nova.example")
    with pytest.raises(CommandError, match="“nova” exists already"):
        make("nova", "Other", "--admin", "eve@nova.example")
    assert Organization.objects.get(slug="nova").name == "Nova"
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["accounts", "X", "--admin", "a@b.example"], "slug: “accounts” is reserved"),
        (["No Va", "X", "--admin", "a@b.example"], "slug:"),
        (["nova", "X", "--admin", "nobody"], "no e-mail address"),
        (["nova", "", "--admin", "a@b.example"], "name:"),
        (["nova", "X", "--admin", "a@b.example", "--time-zone", "Mars"], "“Mars” is no time zone"),
        (["nova", "X", "--admin", "a@b.example", "--currency", "euro"], "currency:"),
        (["nova", "X"], "--admin"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(arguments, says):
    with pytest.raises(CommandError, match=says):
        make(*arguments)
    assert not Organization.objects.exists()
    assert not Invitation.objects.exists()


def test_in_arabic_the_beginnings_are_in_its_language(monkeypatch):
    from django.utils import translation

    seen = []
    real = Team.objects.bulk_create
    monkeypatch.setattr(Team.objects, "bulk_create", lambda rows: seen.append(translation.get_language()) or real(rows))
    make("nova", "Nova", "--admin", "a@b.example", "--language", "ar")
    assert seen == ["ar"]

"""Writing, owners, the problem and the customer's link: work on a ticket that takes no arrow."""

import re

import pytest

from aftersales.tenants.models import Team
from aftersales.tenants.scope import tenant
from tests.factories import make_partner
from tests.tickets.desk_cast import again, lamp, url
from tickets import links
from tickets.models import Notification, SignedLink

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(luma, harbor):
    lamp(harbor, "Harbor")
    return lamp(luma, "Luma")


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_three_forms_write_to_three_audiences(desk, ticket, luma, harbor):
    with tenant(luma):
        supplier = ticket.line.supplier
    with tenant(harbor):
        foreign = make_partner(name="Harbor Oakline")
    for verb in ("reply", "note", "write-partner"):
        bad = desk.post(url(ticket, verb), {"text": " ", "partner": supplier.pk})
        assert bad.status_code == 422 and "Write something first." in bad.content.decode(), verb
    kept = desk.post(url(ticket, "write-partner"), {"text": "Look at this", "partner": foreign.pk})
    assert kept.status_code == 422 and "Look at this" in kept.content.decode()
    assert desk.post(url(ticket, "reply"), {"text": "Dear María"}).status_code == 302
    assert desk.post(url(ticket, "note"), {"text": "Batch is bad"}).status_code == 302
    assert desk.post(url(ticket, "write-partner"), {"text": "Please check", "partner": supplier.pk}).status_code == 302
    with tenant(luma):
        found = {
            (m.text, m.audience, str(m.partner or "")) for m in again(ticket).messages.exclude(author_kind="customer")
        }
    assert found == {
        ("Dear María", "public", ""),
        ("Batch is bad", "internal", ""),
        ("Please check", "partner", "Luma Oakline"),
    }


# ── whose it is, what it is ────────────────────────────────────────────────────────────────────────────────────────
def test_assign_to_member_team_or_nobody(desk, ticket, luma, harbor, mona, charlie):
    with tenant(luma):
        team = Team.objects.create(name="Logistics")
    with tenant(harbor):
        foreign = Team.objects.create(name="Logistics")
    assert desk.post(url(ticket, "assign"), {"user": charlie.pk}).status_code == 422
    assert desk.post(url(ticket, "assign"), {"team": foreign.pk}).status_code == 422
    assert desk.post(url(ticket, "assign"), {"user": mona.pk, "team": team.pk}).status_code == 302
    assert again(ticket).assignee == mona and again(ticket).team_id == team.pk
    assert desk.post(url(ticket, "assign"), {"user": "", "team": ""}).status_code == 302
    assert again(ticket).assignee is None
    page = desk.get(url(ticket) + "?do=assign").content.decode()
    assert "Mona Manager" in page and "Charlie" not in page


def test_change_the_problem(desk, ticket):
    assert desk.post(url(ticket, "problem"), {"problem": "bogus"}).status_code == 422
    assert desk.post(url(ticket, "problem"), {"problem": "delayed"}).status_code == 302
    assert again(ticket).problem == "delayed"


def test_a_link_is_mailed_and_shown_once(desk, ticket, luma):
    response = desk.post(url(ticket, "send-link"))
    page = response.content.decode()
    token = re.search(r'value="http[^"]*/c/([^"/]+)/"', page)[1]
    assert response.status_code == 200 and token in page
    with tenant(luma):
        link = SignedLink.objects.filter(kind="ticket").latest("pk")
        assert links.open_link(token) == link and token not in link.token_hash
        assert Notification.objects.filter(link=link, email="maria@luma.example").count() == 1
    assert token not in desk.get(url(ticket)).content.decode()

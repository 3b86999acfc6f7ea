"""The pages of papers: who may see them, what goes out, how often the database is asked."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.tenants.scope import tenant
from papers.models import Paper
from tests.evidence.conftest import visit
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import ask, claim_of, content, make_both
from tickets.models import TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    return make_both(cast)


def page_of(case) -> str:
    return f"/{case.organization.slug}/desk/tickets/{case.ticket.number}/papers/"


def test_a_paper_is_a_download_for_its_organization_only(case, copycase, bob, charlie):
    paper = ask(case, "case_file")
    address = f"/luma/desk/papers/{paper.token}/"
    desk, stranger = Client(), Client()
    desk.force_login(bob)
    stranger.force_login(charlie)
    answer = desk.get(address)
    assert b"".join(answer.streaming_content) == content(paper)
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"/harbor/desk/papers/{paper.token}/").status_code == 404
    assert Client().get(address).status_code == 302
    with tenant(case.organization):
        assert TicketEvent.objects.filter(verb="paper_downloaded").count() == 1


def test_a_customer_gets_the_own_label_and_nothing_else(case, copycase):
    label, file = ask(case, "return_label", returned=case.returned), ask(case, "case_file")
    ours, theirs = visit(case), visit(copycase)
    assert ours.get(f"/luma/papers/{label.token}/").status_code == 200
    assert ours.get(f"/luma/papers/{file.token}/").status_code == 404
    assert theirs.get(f"/luma/papers/{label.token}/").status_code == 404
    assert theirs.get(f"/harbor/papers/{label.token}/").status_code == 404
    page = ours.get(f"/luma/tickets/{case.ticket.number}/returns/{case.returned.number}/label/")
    assert str(label.token) in page.content.decode()


def test_a_customer_asks_for_the_label(case):
    browser = visit(case)
    address = f"/luma/tickets/{case.ticket.number}/returns/{case.returned.number}/label/"
    assert browser.get(address).status_code == 200
    assert browser.post(address).status_code == 302
    browser.post(address)
    with tenant(case.organization):
        assert Paper.objects.filter(kind="return_label").count() == 1
    assert "being made" in browser.get(address).content.decode()


def test_the_desk_asks_and_sees_what_becomes_of_it(case, bob):
    desk = Client()
    desk.force_login(bob)
    claim = claim_of(case)
    assert desk.get(page_of(case)).status_code == 200
    with CaptureQueriesContext(connection) as none:
        desk.get(page_of(case))
    for data in (
        {"kind": "case_file", "language": "en"}, {"kind": "claim", "claim": claim.pk, "archive": "on"},
        {"kind": "customs"},
    ):  # fmt: skip
        assert desk.post(page_of(case) + "ask/", data).status_code == 302
    with CaptureQueriesContext(connection) as three:
        page = desk.get(page_of(case)).content.decode()
    assert len(three) == len(none) and "Being made" in page and "every 2s" in page
    piece = desk.get(page_of(case), headers={"HX-Request": "true"}).content.decode()
    assert piece.startswith("<section") and "<html" not in piece
    for data in ({"kind": "claim"}, {"kind": "return_label", "returned": "x"}, {"kind": "poem"}):
        assert desk.post(page_of(case) + "ask/", data).status_code == 422, data


def test_a_paper_says_the_language_that_it_is_in(case, bob):
    desk = Client()
    desk.force_login(bob)
    for language in ("", "ar"):
        assert desk.post(page_of(case) + "ask/", {"kind": "evidence_pack", "language": language}).status_code == 302
    with tenant(case.organization):
        Paper.objects.filter(asked__language="en").update(asked={"language": "es", "names": False})
        assert {paper.words_in for paper in Paper.objects.all()} == {"en", "ar"}
    page = desk.get(page_of(case)).content.decode()
    assert "AR · without names" in page and "EN · without names" in page and "ES ·" not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))

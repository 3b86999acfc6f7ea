"""Links to evidence packs: what they give, to whom, for how long, and what stands in the logs afterwards."""

import datetime as dt
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import keeping
from evidence.models import Custody, Evidence
from papers import links
from papers.models import PackLink, Paper
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import ask, make_both
from tests.papers.packing import packed
from tickets import links as others
from tickets.actions import Refused
from tickets.models import TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    cast = make_both(cast)
    cast.paper, cast.data = packed(cast.case)
    cast.theirs, _data = packed(cast.copycase)
    return cast


@pytest.fixture
def paper(own):
    return own.paper


@pytest.fixture
def data(own):
    return own.data


def issue(case, paper, **more) -> tuple[PackLink, str]:
    with tenant(case.organization):
        link = links.issue(paper, by=case.by, receiver="Insurer Ltd", **more)
        return link, urlsplit(links.url_of(link)).path


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] == "application/zip"
        return answer.read()


def test_a_link_gives_the_pack_for_two_minutes_and_is_counted(case, copycase, paper, data):
    link, address = issue(case, paper)
    browser = Client()
    page = browser.get(address)
    text = page.content.decode()
    assert page.status_code == 200 and paper.manifest_sha256 in text and paper.sha256 in text and "Insurer Ltd" in text
    assert "María" not in text and "Bob" not in text
    assert page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]
    leads_to = [
        each["Content-Security-Policy"].partition("form-action")[2].partition(";")[0]
        for each in (page, Client().get("/luma/"))
    ]
    assert settings.STORE_ORIGIN in leads_to[0] and settings.STORE_ORIGIN not in leads_to[1]
    assert browser.head(address).status_code == 200 and _fresh(case, link).downloads == 0
    answer = browser.post(address)
    assert answer.status_code == 302 and answer["Referrer-Policy"] == "same-origin"
    assert int(parse_qs(urlsplit(answer["Location"]).query)["X-Amz-Expires"][0]) <= 120
    assert fetch(answer["Location"]) == data
    browser.post(address)
    fresh = _fresh(case, link)
    assert fresh.downloads == 2 and fresh.downloaded_at and fresh.token_hash not in address
    with tenant(case.organization):
        events = list(TicketEvent.objects.filter(verb__startswith="pack_").values_list("verb", "actor_kind"))
        assert events == [("pack_linked", "operator"), ("pack_downloaded", "system"), ("pack_downloaded", "system")]
        noted = Custody.objects.filter(verb="downloaded").values_list("evidence", "payload")
        assert sorted(pk for pk, _payload in noted) == sorted(paper.pieces * 2)
        assert all(f'"link":{link.pk}' in payload for _pk, payload in noted)
    with tenant(copycase.organization):
        assert not Custody.objects.filter(verb="downloaded").exists()


def _fresh(case, link) -> PackLink:
    with tenant(case.organization):
        return PackLink.objects.get(pk=link.pk)


def test_ended_revoked_unknown_and_foreign_links_are_the_same_page(case, copycase, paper, own):
    link, address = issue(case, paper)
    foreign, theirs = issue(copycase, own.theirs)
    token = address.rstrip("/").rpartition("/")[2]
    browser, bodies = Client(), set()

    def closed(where):
        for ask_for in (browser.get, browser.post):
            answer = ask_for(where)
            assert answer.status_code == 404, where
            body = answer.content.decode().replace(where, "")
            bodies.add(body.partition("<main")[2].partition("</main>")[0])

    for where in (f"/luma/packs/{token[:-1]}!/", f"/luma/packs/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}/",
                  "/luma/packs/zzzzzzzzzzzzz." + "A" * 43 + "/", f"/luma/packs/{theirs.split('/')[3]}/",
                  f"/harbor/packs/{token}/"):  # fmt: skip
        closed(where)
    with tenant(case.organization):
        PackLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    closed(address)
    with tenant(case.organization):
        PackLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + dt.timedelta(days=1))
        links.revoke(link, by=case.by)
        with pytest.raises(Refused, match="revoked already"):
            links.revoke(link, by=case.by)
    closed(address)
    with tenant(case.organization):
        PackLink.objects.filter(pk=link.pk).update(revoked_at=None)
        Paper.objects.filter(pk=paper.pk).update(state="failed")
    closed(address)
    assert len(bodies) == 1 and "no longer valid" in bodies.pop()
    assert _fresh(case, link).downloads == 0 and _fresh(copycase, foreign).downloads == 0


def test_a_members_link_opens_no_pack_and_a_packs_link_no_ticket(case, paper):

    link, address = issue(case, paper)
    with tenant(case.organization):
        other = others.issue(kind="ticket", ticket=case.ticket, email="a@b.example")
        token = others.token_of(other)
    assert Client().get(f"/luma/packs/{token}/").status_code == 404
    assert Client().get(f"/luma/c/{address.split('/')[3]}/").status_code == 404
    assert link.token_hash not in (other.token_hash, "")


def test_a_pack_with_a_deleted_piece_is_handed_to_nobody(case, paper, bob):
    _link, address = issue(case, paper)
    desk = Client()
    desk.force_login(bob)
    assert Client().get(address).status_code == 200
    with tenant(case.organization):
        keeping.delete_evidence(Evidence.objects.get(pk=case.photo.pk), by=case.by, reason="Erasure.")
    assert Client().get(address).status_code == Client().post(address).status_code == 404
    assert desk.get(f"/luma/desk/papers/{paper.token}/").status_code == 404


def test_the_desk_makes_shows_and_revokes_links(case, paper, bob, charlie):
    desk, stranger = Client(), Client()
    desk.force_login(bob)
    stranger.force_login(charlie)
    page = f"/luma/desk/evidence-packs/{paper.token}/links/"
    assert "Nobody outside" in desk.get(page).content.decode()
    for sent, word in (
        ({"receiver": "", "days": "7"}, "such as the name of the insurer"),
        ({"receiver": "Court", "days": "0"}, "at least"),
        ({"receiver": "Court", "days": "31"}, "at most 30"), ({"receiver": "Court", "days": "x"}, "number of days"),
        ({"receiver": "Court", "days": ""}, "for how many days"),
    ):  # fmt: skip
        answer = desk.post(page, sent)
        text = answer.content.decode()
        assert answer.status_code == 422 and word in text and sent["receiver"] in text, sent
    assert desk.post(page, {"receiver": "Court of Guadalajara", "days": "30"}).status_code == 302
    with tenant(case.organization):
        link = PackLink.objects.get()
        assert dt.timedelta(days=29.9) < link.expires_at - timezone.now() <= dt.timedelta(days=30)
        address = links.url_of(link)
    assert address in desk.get(page).content.decode() and stranger.get(page).status_code == 404
    assert stranger.post(f"/luma/desk/pack-links/{link.pk}/revoke/").status_code == 404
    assert Client().get(urlsplit(address).path).status_code == 200
    assert desk.post(f"/luma/desk/pack-links/{link.pk}/revoke/").status_code == 302
    desk.post(f"/luma/desk/pack-links/{link.pk}/revoke/")
    text = desk.get(page).content.decode()
    assert "Revoked" in text and address not in text and Client().get(urlsplit(address).path).status_code == 404
    with tenant(case.organization):
        assert TicketEvent.objects.filter(verb="pack_link_revoked").count() == 1


def test_only_a_pack_that_is_ready_gets_a_link(case):
    other = ask(case, "case_file")
    with tenant(case.organization):
        with pytest.raises(Refused):
            links.issue(other, by=case.by, receiver="Court")
        for days in (0, 31):
            with pytest.raises(Refused):
                links.issue(Paper.objects.filter(kind="evidence_pack").get(), by=case.by, receiver="Court", days=days)


def test_one_and_three_links_and_packs_ask_the_database_as_often(case, paper, bob):
    desk = Client()
    desk.force_login(bob)
    pages = (f"/luma/desk/evidence-packs/{paper.token}/links/", f"/luma/desk/tickets/{case.ticket.number}/papers/")
    counts = []
    issue(case, paper)
    for page in pages:
        desk.get(page)
    for more in (0, 2):
        for _ in range(more):
            issue(case, paper)
            ask(case, "evidence_pack", names=True)
        for page in pages:
            with CaptureQueriesContext(connection) as asked:
                assert desk.get(page).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert "Links (3)" in " ".join(desk.get(pages[1]).content.decode().split())


def test_a_member_downloads_from_the_store_and_the_log_says_so(case, paper, data, bob):
    desk = Client()
    desk.force_login(bob)
    answer = desk.get(f"/luma/desk/papers/{paper.token}/")
    assert answer.status_code == 302 and fetch(answer["Location"]) == data
    desk.head(f"/luma/desk/papers/{paper.token}/")
    with tenant(case.organization):
        assert TicketEvent.objects.filter(verb="paper_downloaded").count() == 1
        assert Custody.objects.filter(verb="downloaded").count() == len(paper.pieces)


def test_the_page_shows_progress_and_hashes(case, paper, bob):
    desk = Client()
    desk.force_login(bob)
    page = f"/luma/desk/tickets/{case.ticket.number}/papers/"
    assert paper.manifest_sha256 in desk.get(page).content.decode()
    assert desk.post(page + "ask/", {"kind": "evidence_pack", "names": "on"}).status_code == 302
    with tenant(case.organization):
        made = Paper.objects.get(kind="evidence_pack", state="waiting")
        assert made.asked["names"] is True
        Paper.objects.filter(pk=made.pk).update(done=7, total=24)
    piece = desk.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "7 of 24 files" in piece and "every 2s" in piece

"""Somebody outside takes an evidence pack by its link, and the desk sees how far a pack is."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from aftersales.tenants.scope import tenant
from papers import actions, links
from papers.models import Paper
from tests.browser.conftest import DESKTOP, PHONE
from tests.papers.conftest import make_case
from tests.papers.packing import WELL, packed, run, sha

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(page, live, user):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live}])


def test_a_pack_is_made_handed_on_and_taken(live, page, luma, harbor, bob, tmp_path):
    case = make_case(luma, bob, "LUMA")
    paper, data = packed(case)
    with tenant(luma):
        link = links.issue(paper, by=case.by, receiver="Guadalajara civil court, chamber 4")
        address = live + urlsplit(links.url_of(link)).path
        waiting = actions.ask_for(case.ticket, by=case.by, kind="evidence_pack", names=True)
        Paper.objects.filter(pk=waiting.pk).update(done=7, total=24)
    page.set_viewport_size(PHONE)
    page.goto(address)
    assert page.get_by_text(paper.manifest_sha256).is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the pack").click()
    taken.value.save_as(tmp_path / "pack.zip")
    assert taken.value.suggested_filename == paper.name and sha((tmp_path / "pack.zip").read_bytes()) == sha(data)
    assert run(tmp_path / "pack.zip") == (0, WELL)
    signed_in(page, live, bob)
    page.set_viewport_size(DESKTOP)
    page.goto(f"{live}/luma/desk/tickets/{case.ticket.number}/papers/")
    assert page.get_by_text("7 of 24 files").is_visible()
    with tenant(luma):
        Paper.objects.filter(pk=waiting.pk).update(done=8)
    page.get_by_text("8 of 24 files").wait_for()
    page.get_by_role("link", name="Links (1)").click()
    page.get_by_label("For whom").fill("Insurer Ltd")
    page.get_by_label("For how many days").fill("31")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_text("A link lives for at most 30 days.").first.wait_for()
    assert page.get_by_label("For whom").input_value() == "Insurer Ltd"
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="Revoke the link for Guadalajara").click()
    page.get_by_text("The link opens nothing any more.").wait_for()
    page.goto(address)
    assert page.get_by_role("heading", name="This link is no longer valid").is_visible()
    page.goto(f"{live}/luma/desk/tickets/{case.ticket.number}/papers/")

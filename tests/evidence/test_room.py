"""Limits are said before they are hit: how full the store is, how much room is left, how many files were sent."""

import datetime as dt
import html
import json
import re
import time

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions, tasks
from tests.evidence.conftest import add, ask, visit
from tickets.actions import By

pytestmark = pytest.mark.django_db

GIGABYTE = 1024**3
NOTICE, FULL = "The room for files is", "There is no room for files just now"


def used(organization, size: int, quota: int = 10) -> None:
    """Have the organization keep so many bytes, of a quota in GB."""
    type(organization).objects.filter(pk=organization.pk).update(evidence_quota_gb=quota)
    cache.set(f"evidence-usage:{organization.pk}", (size, time.time()))


def read(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode()).replace("\xa0", " ")


def sent(page: str, upload: str) -> tuple[int, int]:
    """Return (how many were sent, how many are possible) of the form that sends to an address."""
    (found,) = re.findall(rf'data-upload-url="{upload}".*?data-sending="(.*?)"[ >]', html.unescape(page))
    told = json.loads(found[: found.rindex("}") + 1])
    return told["taken"], told["most"]


@pytest.fixture
def places(case, bob, client):
    """The pages with a form that sends files, with a browser that may see each."""
    _asked, partner = ask(case, bob)
    client.force_login(bob)
    number = case.ticket.number
    return {
        "portal": (visit(case), f"/luma/tickets/{number}/photos/"), "partner": (partner, f"/luma/p/tickets/{number}/"),
        "desk": (client, f"/luma/desk/tickets/{number}/"),
        "warehouse": (client, f"/luma/desk/intake/inspections/{case.inspection.pk}/"),
    }  # fmt: skip


def test_forms_say_how_much_room_is_left_only_where_it_is_little(case, copycase, places):
    used(copycase.organization, 10 * GIGABYTE)
    for size, said in (
        (GIGABYTE, ""),
        (10 * GIGABYTE - 300 * 2**20, "There is room for 300.0 MB more."),
        (10 * GIGABYTE, FULL),
    ):
        used(case.organization, size)
        for name, (browser, address) in places.items():
            page = read(browser, address)
            assert said in page and ("There is room for" in page or FULL in page) == bool(said), (name, size)


def test_members_are_told_that_the_store_is_nearly_full(case, places, client, mona):
    desk = ["/luma/desk/intake/", "/luma/desk/intake/bulk/", places["desk"][1], places["warehouse"][1]]
    used(case.organization, 9 * GIGABYTE - 2**20 * 200)
    assert not any(NOTICE in read(client, address) for address in desk)
    used(case.organization, 9 * GIGABYTE)
    for address in desk:
        page = read(client, address)
        assert f"{NOTICE} 90 % full: 9.0 GB of 10.0 GB." in page and "A manager can change it" in page, address
    for name in ("portal", "partner"):
        assert NOTICE not in read(*places[name])
    client.force_login(mona)
    for address in (*desk, "/luma/settings/evidence/"):
        assert "/luma/settings/organization/#" in read(client, address), address


def test_a_page_never_asks_the_database_for_the_room(case, places):
    browser, address = places["desk"]
    cache.clear()
    counts = []
    for size in (None, 0, 10 * GIGABYTE):
        if size is not None:
            used(case.organization, size)
        browser.get(address)
        with CaptureQueriesContext(connection) as found:
            assert (FULL in browser.get(address).content.decode()) == bool(size)
        counts.append(len(found))
    assert len(set(counts)) == 1


def test_the_sweep_measures_what_is_not_known_and_uploads_measure_again(case):
    cache.clear()
    kept = add(case, ticket=case.ticket)
    assert actions.last_usage(case.organization) == 0
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=61)):
        assert actions.usage(case.organization) == kept.size
    cache.clear()
    assert actions.last_usage(case.organization) is None
    tasks.sweep()
    assert actions.last_usage(case.organization) == kept.size


def test_pages_are_there_while_the_cache_is_away(case, places, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    assert actions.last_usage(case.organization) is None and actions.usage(case.organization) == 0
    assert NOTICE not in read(*places["desk"])


def test_each_side_is_told_how_many_of_its_files_were_sent(case, bob, places):
    with tenant(case.organization):
        ours = By.member(bob, bob.memberships.get(organization=case.organization))
    for by, count in ((case.by, 1), (case.partner, 2), (ours, 3)):
        for _n in range(count):
            add(case, ticket=case.ticket, by=by)
    add(case, inspection=case.inspection, by=ours)
    most = actions.FILES_PER_TICKET
    number = case.ticket.number
    for name, upload, told in (
        ("portal", f"/luma/tickets/{number}/photos/add/", (1, most)),
        ("partner", f"/luma/p/tickets/{number}/photos/add/", (2, most)),
        ("desk", f"/luma/desk/tickets/{number}/photos/add/", (3, most)),
        ("warehouse", f"/luma/desk/inspections/{case.inspection.pk}/photos/add/", (1, actions.FILES_PER_INSPECTION)),
    ):
        page = read(*places[name])
        assert "data-count" in page and sent(page, upload) == told, name


def test_forms_that_send_large_videos_in_parts_say_so_and_what_holds_without_a_script(places):
    for of, (client, address) in places.items():
        page = read(client, address)
        said, bare = (
            "WebM) of 500 MB" in page,
            "<noscript>Without JavaScript, videos of at most 100 MB.</noscript>" in page,
        )
        assert (said, bare) == (of != "warehouse",) * 2, of
        assert ("WebM) of 100 MB" in page) == (of == "warehouse"), of

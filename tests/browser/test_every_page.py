"""Every page that a person opens: axe, policy, console and width, on desktop, phone and small phone, dark, right-to-left.

The pages are the resolver's: a new address is looked at too. The world's texts are long words without a space, and half a
dozen tickets stand on the other stages.
"""

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from aftersales.tenants.scope import tenant
from tests.addresses import addresses
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import make_order, make_ticket, member, to_stage
from tests.world import make_world
from tickets import actions

SMALL = {"width": 320, "height": 700}
STAGES = ("reported", "responsibility", "planning", "proposed", "closed", "followed_up")


@pytest.fixture
def world(transactional_db, luma, alice, mona, bob):
    made = make_world(luma, alice)
    with tenant(luma):
        by, order = member(bob, luma), made.objects["orders", "number"]
        for stage in STAGES:
            to_stage(make_ticket(make_order(number=f"ST/{stage}")), stage, by)
        actions.reject(make_ticket(make_order(number="ST/rejected")), by=by, reason="Not ours.", clause="§ 4")
    made.order = order
    return made


def numbers(world) -> list[str]:
    from tickets.models import Ticket

    with tenant(world.organization):
        return list(Ticket.objects.order_by("pk").values_list("number", flat=True))


def pages(world, client: Client, *areas: str) -> list[str]:
    """Return the addresses of an area that answer this person with a page."""
    found = []
    for each in addresses():
        if not each.of_organization or each.name.partition(":")[0] not in areas:
            continue
        if any(word in each.name for word in ("link", "csv", "photo_download", "original")):
            continue
        url = reverse(each.name, kwargs=world.kwargs(each.route))
        answer = client.get(url)
        whole = answer.status_code == 200 and not answer.streaming and b"<!doctype html" in answer.content[:40].lower()
        found += [url] if whole else []
    return found


def look_at(page, watch, urls: list[str]) -> None:
    """Load each page twice: once left-to-right at three widths, in both colours, once right-to-left."""
    context = page.context
    for url in urls:
        context.add_cookies([{"name": "django_language", "value": "en", "url": context.base}])
        page.goto(url)
        page.set_viewport_size(DESKTOP)
        watch.look(page, url)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        watch.look(page, f"{url} dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(SMALL)
        watch.look(page, url)
        context.add_cookies([{"name": "django_language", "value": "ar", "url": context.base}])
        page.set_viewport_size(DESKTOP)
        page.goto(url)
        assert page.locator("html").get_attribute("dir") == "rtl", url
        watch.look(page, f"{url} rtl")
        page.set_viewport_size(PHONE)
        watch.look(page, f"{url} rtl", axe=False)

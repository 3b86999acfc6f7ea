"""Every page that a person opens: axe, policy, console and width; desktop, phone, small phone, dark, right-to-left.

The pages are the resolver's: a new address is looked at too. The world's texts are long words without a space, and more
tickets stand on the other stages.
"""

import pytest
from django.test import Client
from django.urls import reverse

from aftersales.tenants.scope import tenant
from tests.addresses import addresses
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import make_order, make_ticket, member, to_stage
from tests.world import make_world
from tickets import actions
from tickets.models import Ticket

# What a narrower page or the other direction can break on elements that were judged by all rules before.
LAYOUT = ("target-size", "scrollable-region-focusable", "html-has-lang", "html-lang-valid", "valid-lang")
SMALL = {"width": 320, "height": 700}
STAGES = ("reported", "responsibility", "planning", "proposed", "closed", "followed_up")
# Answers that are no page of ours: files, and what a link leads through.
NO_PAGE = {"portal:link", "partner:link", "insights:csv", "desk:photo_download"}
# What is not there has a page as well.
ABSENT = ("/luma/orders/nothing/", "/luma/c/0.x/")


@pytest.fixture
def world(transactional_db, luma, alice, mona, bob):
    made = make_world(luma, alice)
    with tenant(luma):
        by = member(bob, luma)
        for stage in STAGES:
            to_stage(make_ticket(make_order(number=f"ST/{stage}")), stage, by)
        actions.reject(make_ticket(make_order(number="ST/rejected")), by=by, reason="Not ours.", clause="§ 4")
        ticket = Ticket.objects.get(number=made.objects["tickets", "number"])
        actions.open_mediation(ticket, by=actions.By.customer(ticket.customer), reason=made.mark)
    return made


def opened_forms(world) -> list[str]:
    """Return pages of the desk with a form open in them, and the ticket's pages where nothing is there yet."""
    objects = world.objects
    facts = f"/luma/desk/tickets/{objects['tickets', 'number']}/facts/"
    with tenant(world.organization):
        numbers = list(Ticket.objects.order_by("pk").values_list("number", flat=True))
        reported = Ticket.objects.get(order__number="ST/reported").number
    empty = [f"/luma/desk/tickets/{reported}/{page}/" for page in ("money", "returns", "claims", "mediation", "papers")]
    sheets = [f"{facts}?enter={sheet}&owner={objects['shipments', 'pk']}" for sheet in ("cn23", "scan")]
    opened = [f"{facts}?picture={objects['pictures', 'pk']}", *sheets, *empty]
    return opened + [f"/luma/desk/tickets/{number}/" for number in numbers[1:]]


def pages(world, client: Client, areas: set[str]) -> list[str]:
    """Return the addresses of these areas that answer this person with a page."""
    found = []
    for each in addresses():
        if not each.of_organization or each.name in NO_PAGE or each.name.partition(":")[0] not in areas:
            continue
        url = reverse(each.name, kwargs=world.kwargs(each.route))
        answer = client.get(url)
        if answer.status_code == 200 and not answer.streaming and answer.content.startswith(b"<!doctype html>"):
            found.append(url)
    return found


def look_at(page, watch, urls: list[str]) -> None:
    """Load each page twice: left-to-right at three widths and in both colours, then right-to-left at two."""

    def speak(language):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": page.context.address}])

    for url in urls:
        speak("en")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESKTOP)
        page.goto(url)
        watch.look(page, url)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        watch.look(page, f"{url} dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(SMALL)
        watch.look(page, url, rules=LAYOUT)
        speak("ar")
        page.set_viewport_size(DESKTOP)
        page.goto(url)
        assert page.locator("html").get_attribute("dir") == "rtl", url
        watch.look(page, f"{url} rtl", rules=LAYOUT)
        page.set_viewport_size(PHONE)
        watch.look(page, f"{url} rtl", rules=())


def as_member(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("who", "areas", "least"),
    [
        ("bob", {"desk"}, 30),
        ("mona", {"insights"}, 8),
        ("alice", {"settings"}, 28),
        ("customer", {"portal"}, 11),
        ("partner", {"partner"}, 3),
    ],
)
def test_every_page(world, someone, live_server, request, who, areas, least):
    client = getattr(world, who)() if who in ("customer", "partner") else as_member(request.getfixturevalue(who))
    urls = pages(world, client, areas)
    if who == "bob":
        urls += opened_forms(world)
    if who == "customer":
        urls += ["/accounts/login/", "/accounts/password/reset/", *ABSENT]
    assert len(urls) >= least, urls
    page, watch = someone(who, absent=ABSENT)
    page.context.address = live_server.url
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    look_at(page, watch, urls)
    watch.none()

"""A crawler follows the links of every page as each role: nothing is absent, forbidden, broken or a dead end."""

from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve

from aftersales.tenants.scope import tenant
from tests.factories import make_order, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.world import make_world
from tickets import actions
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
SAMPLES = 3  # addresses asked of one name with one set of parameters
MORE = {"desk:ticket?": 12}  # each stage has a page of its own
FINE = {200, 302, 304}
# What leads on without being a link of ours: the object store's presigned download.
ELSEWHERE = {"desk:photo_download"}


class Links(HTMLParser):
    """Collects what a page leads to by GET: links, pictures, fragments that htmx fetches, forms that search."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fragments: list[str] = []
        self.files: list[str] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id") or "")
        if tag == "a":
            self.links.append(values.get("href") or "")
        elif tag == "form" and (values.get("method") or "get").lower() == "get":
            self.links.append(values.get("action") or "")
        elif tag == "img" and values.get("src"):
            self.links.append(values["src"])
        elif tag in ("script", "link", "use"):
            self.files.append(values.get("src") or values.get("href") or "")
        if values.get("hx-get"):
            self.fragments.append(values["hx-get"])


@dataclass
class Crawl:
    """What one person found."""

    who: str
    client: Client
    asked: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def walk(self, *starts: str, most: int = 400) -> "Crawl":
        """Follow everything from the starts on."""
        todo = deque((start, "", False) for start in starts)
        while todo and self.asked.total() < most:
            url, source, is_fragment = todo.popleft()
            url = urldefrag(url)[0]
            if url in self.seen or not self._is_wanted(url):
                continue
            self.seen.add(url)
            todo.extend(self._ask(url, source, is_fragment))
        return self

    def _is_wanted(self, url: str) -> bool:
        found = urlsplit(url)
        if found.scheme not in ("", "http", "https") or found.netloc not in ("", "testserver"):
            return False
        if found.path.startswith("/static/"):
            return False
        names = ",".join(sorted(part.partition("=")[0] for part in found.query.split("&")))
        kind = f"{resolve(found.path).view_name}?{names}"
        self.asked[kind] += 1
        if self.asked[kind] > MORE.get(kind, SAMPLES):
            self.asked[kind] -= 1
            return False
        return True

    def _ask(self, url: str, source: str, is_fragment: bool) -> list[tuple[str, str, bool]]:
        headers = {"HX-Request": "true"} if is_fragment else {}
        answer = self.client.get(url, headers=headers)
        name = resolve(urlsplit(url).path).view_name
        if answer.status_code not in FINE:
            self.wrong.append(f"{self.who}: {answer.status_code} {url} from {source or 'the start'}")
            return []
        if answer.status_code == 302:
            target = urljoin(url, answer["Location"])
            return [] if name in ELSEWHERE else [(target, url, False)]
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if "html" not in answer.headers.get("Content-Type", "") or not body:
            return []
        found = Links(body.decode())
        if not is_fragment and not self._leads_back(url, found):
            self.wrong.append(f"{self.who}: {url} from {source or 'the start'} is a dead end")
        for link in found.links:
            if not is_fragment and link.startswith("#") and link[1:] not in found.ids:
                self.wrong.append(f"{self.who}: {url} jumps to {link}, which is not there")
        for file in found.files:
            path = urlsplit(file).path.removeprefix("/static/")
            if file.startswith("/static/") and not finders.find(path):
                self.wrong.append(f"{self.who}: {url} asks for {file}, which is not there")
        return [(urljoin(url, link), url, False) for link in found.links] + [
            (urljoin(url, link), url, True) for link in found.fragments
        ]

    def _leads_back(self, url: str, found: Links) -> bool:
        """Whether a page has a way on to another page than itself and the jump to its content.

        A filtered list leads on to the whole list; the whole list does not lead on to its filters.
        """
        here = urlsplit(url)
        others = {urlsplit(urljoin(url, link)) for link in found.links if link and not link.startswith("#")}
        return any(
            other.path != here.path or (here.query and not other.query)
            for other in others
            if not other.path.startswith("/static/")
        )


def test_the_crawler_sees_what_is_wrong():
    """The proof that the tests below can fail."""

    class Site:
        pages = {
            "/luma/": '<a href="/luma/rules/">…</a><a href="#gone">…</a><script src="/static/gone.js"></script>',
            "/luma/rules/": '<a href="/luma/rules/">…</a><div hx-get="/healthz"></div>',
        }

        def get(self, url, headers):
            return HttpResponse(self.pages.get(url, "no"), status=200 if url in self.pages else 503)

    assert Crawl("nobody", Site()).walk("/luma/").wrong == [
        "nobody: /luma/ jumps to #gone, which is not there",
        "nobody: /luma/ asks for /static/gone.js, which is not there",
        "nobody: /luma/rules/ from /luma/ is a dead end",
        "nobody: 503 /healthz from /luma/rules/",
    ]


@pytest.fixture(scope="module")
def rows(cast):
    """An organization with a ticket on each stage, and out of each."""
    cast.world = make_world(cast.luma, cast.alice)
    with tenant(cast.luma):
        by = member(cast.bob, cast.luma)
        stages = ("reported", "responsibility", "planning", "proposed", "executing", "closed", "followed_up")
        for number, stage in enumerate(stages):
            to_stage(make_ticket(make_order(number=f"ST/{number}"), text=f"At {stage}"), stage, by)
        actions.reject(make_ticket(text="Out"), by=by, reason="Not ours.", clause="§ 4")
        actions.withdraw(make_ticket(text="Out"), by=by, reason="Asked on the phone.")
        one, two = make_ticket(text="Twice"), make_ticket(text="Twice")
        actions.merge(two, by=by, into=Ticket.objects.get(pk=one.pk))
    return cast


@pytest.fixture
def world(own):
    return own.world


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def check(crawl: Crawl, least: int) -> None:
    assert not crawl.wrong, "\n" + "\n".join(crawl.wrong)
    assert crawl.asked.total() >= least, crawl.asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "homes", "least"),
    [
        ("bob", ("desk/",), 50),
        ("mona", ("desk/", "insights/"), 100),
        ("alice", ("desk/", "insights/", "settings/"), 130),
    ],
)
def test_members_find_every_link_good(world, request, who, homes, least):
    client = signed_in(request.getfixturevalue(who))
    check(Crawl(who, client).walk("/", *(f"/luma/{home}" for home in homes)), least)


def test_a_customer_finds_every_link_good(world):
    number = world.objects["tickets", "number"]
    check(Crawl("customer", world.customer()).walk("/luma/", f"/luma/tickets/{number}/"), 10)


def test_a_partner_finds_every_link_good(world):
    number = world.objects["tickets", "number"]
    check(Crawl("partner", world.partner()).walk(f"/luma/p/tickets/{number}/"), 3)


def test_a_visitor_finds_every_link_good(world):
    check(Crawl("visitor", Client()).walk("/", "/luma/", "/accounts/login/"), 5)

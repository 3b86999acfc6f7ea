"""Every address as every kind of person: the resolver is walked, so a new address is asked too, or fails here.

Each request runs in a savepoint that is rolled back, so all see the same world. Method from pretix' permission lists
and Zulip's URL coverage; OWASP Authorization Regression Testing: "Multi-User Replay", "Cross-Tenant Boundary Test".
"""

import logging
import re
from http.cookies import SimpleCookie

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from aftersales.tenants.models import Membership
from aftersales.tenants.roles import Permission
from tests.addresses import THEIRS, addresses
from tests.matrix import PAGE, page
from tests.world import ABSENT, NO_OBJECT, make_world

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST")
OTHERS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
# What the object's own members get: the page, a way on, "not by this method", or input to mend. Never 403, 404, 5xx.
FINE = {"GET": {200, 302, 304, 405}, "POST": {200, 201, 302, 303, 304, 400, 405, 409, 415, 422, 429}}
SIGN_IN = "/accounts/login/"


class Actor:
    """A browser that forgets after each request, as does the database."""

    def __init__(self, client: Client) -> None:
        self.cookies = client.cookies.output(header="", sep=";")

    def ask(self, method: str, url: str, data: dict | None = None):
        client = Client(raise_request_exception=False)
        client.cookies = SimpleCookie(self.cookies)
        cache.clear()
        with transaction.atomic():
            answer = (
                client.generic(method, url)
                if method not in ("GET", "POST")
                else getattr(client, method.lower())(url, data)
            )
            answer.body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            transaction.set_rollback(True)
        return answer


@pytest.fixture(autouse=True)
def quiet():
    """A refusal is what is asked for here; its traceback in the log is not."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def signed_in(user=None) -> Actor:
    client = Client()
    if user:
        client.force_login(user)
    return Actor(client)


@pytest.fixture
def here(luma, alice):
    return make_world(luma, alice)


@pytest.fixture
def there(harbor, charlie):
    # More tickets than luma, so that its last number exists only here.
    return make_world(harbor, charlie, before=3)


@pytest.fixture
def staff(luma, alice, mona, bob, charlie):
    """The least member who may, and the greatest who may not, for each permission."""
    gone = Membership.objects.create(user=charlie.__class__.objects.create_user("gone@luma.example"), organization=luma)
    Membership.objects.filter(pk=gone.pk).update(is_active=False)
    return {
        Permission.WORK: (signed_in(bob), signed_in(gone.user)),
        Permission.MANAGE: (signed_in(mona), signed_in(bob)),
        Permission.ADMINISTER: (signed_in(alice), signed_in(mona)),
    }


def ours():
    return [each for each in addresses() if each.of_organization]


def url_of(address, world, **other):
    return reverse(address.name, kwargs=world.kwargs(address.route) | other)


def private(answer) -> bool:
    """Whether no shared cache may keep the answer; pictures and answers with a tag may be kept by the browser."""
    control = answer.headers.get("Cache-Control", "")
    is_picture = answer.headers.get("Content-Type", "").startswith("image/")
    return "private" in control and ("no-store" in control or is_picture or "ETag" in answer.headers)


# ── what is declared ───────────────────────────────────────────────────────────────────────────────────────────────
def test_every_view_declares_who_may_come():
    allowed = {"public", "signed_in", *Permission.values}
    silent = {each.name for each in addresses() if each.access is None}
    assert silent == set(THEIRS), "a view without @requires, @signed_in or @public, or a stale entry of THEIRS"
    assert {str(each.access) for each in addresses() if each.access is not None} <= allowed


def test_below_an_organization_members_pages_require_a_permission():
    for each in ours():
        area = each.name.partition(":")[0]
        if area in ("desk", "insights", "settings"):
            assert each.access in Permission.values, each
        else:
            assert each.access == "public", each


def test_no_two_addresses_have_one_name():
    names = [each.name for each in addresses()]
    assert len(names) == len(set(names))


def test_the_permissions_page_is_current():
    assert PAGE.read_text() == page(), "run: .venv/bin/python -m tests.matrix"


# ── members' addresses ─────────────────────────────────────────────────────────────────────────────────────────────
def test_members_addresses_as_everybody(here, there, staff, charlie):
    anonymous, stranger = signed_in(), signed_in(charlie)
    wrong, cells, shown = [], 0, 0

    def check(who, method, address, answer, good):
        nonlocal cells
        cells += 1
        if not good or answer.status_code >= 500:
            wrong.append(f"{who} {method} {address.name}: {answer.status_code}")
        if there.mark.encode() in answer.body + str(answer.headers).encode() and who != "stranger":
            wrong.append(f"{who} {method} {address.name}: shows the other organization")
        if who in ("stranger", "anonymous") and here.mark.encode() in answer.body:
            wrong.append(f"{who} {method} {address.name}: shows the organization")
        if who != "anonymous" and not private(answer):
            wrong.append(f"{who} {method} {address.name}: {answer.headers.get('Cache-Control')}")

    for address in ours():
        if address.access not in Permission.values:
            continue
        url = url_of(address, here)
        able, unable = staff[Permission(address.access)]
        refusal = 404 if address.access == Permission.WORK else 403
        for method in METHODS + OTHERS:
            answer = anonymous.ask(method, url)
            to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN)
            check("anonymous", method, address, answer, to_sign_in or answer.status_code == 405)
        for method in METHODS:
            # Some views refuse a method before they look at the person: that tells nothing.
            answer = stranger.ask(method, url)
            check("stranger", method, address, answer, answer.status_code in (404, 405))
            answer = unable.ask(method, url)
            check("without the right", method, address, answer, answer.status_code in (refusal, 405))
            answer = able.ask(method, url)
            check("with the right", method, address, answer, answer.status_code in FINE[method])
            shown += here.mark.encode() in answer.body and answer.status_code == 200
    assert not wrong, "\n" + "\n".join(wrong)
    assert cells > 1_000
    assert shown > 30, "the mark is hardly anywhere, so its absence elsewhere says nothing"


def test_another_organizations_objects_are_absent(here, there, staff):
    """Foreign and absent answer alike, byte for byte, once the value itself is taken out."""
    wrong, asked = [], 0
    for address in ours():
        if address.access not in Permission.values:
            continue
        able, _unable = staff[Permission(address.access)]
        foreign = there.kwargs(address.route)
        for before, converter, name in here.parts(address.route):
            if (before, name) in NO_OBJECT:
                continue
            absent = ABSENT[converter] if name != "version" else "999"
            for method in ("GET", "POST"):
                one = able.ask(method, url_of(address, here, **{name: foreign[name]}))
                two = able.ask(method, url_of(address, here, **{name: absent}))
                asked += 1
                if {one.status_code, two.status_code} - {404, 405} or one.status_code != two.status_code:
                    wrong.append(
                        f"{method} {address.name} {name}={foreign[name]}: {one.status_code}, absent: {two.status_code}"
                    )
                if there.mark.encode() in one.body or plain(one) != plain(two):
                    wrong.append(f"{method} {address.name} {name}={foreign[name]}: differs from an absent one")
    assert not wrong, "\n" + "\n".join(wrong)
    assert asked > 60


def plain(answer) -> str:
    """Return the body without the address that was asked for and without CSRF tokens, which differ each time."""
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]+"', "", answer.body.decode())
    return text.replace(answer.wsgi_request.path, "")


# ── public addresses ───────────────────────────────────────────────────────────────────────────────────────────────
def test_public_addresses_as_everybody(here, there, bob):
    customer, partner = here.customer(), here.partner()
    actors = {
        "anonymous": signed_in(),
        "customer": Actor(customer),
        "partner": Actor(partner),
        "member": signed_in(bob),
    }
    own = {"portal": "customer", "partner": "partner"}
    wrong, seen = [], dict.fromkeys(actors, 0)
    for address in ours():
        if address.access != "public":
            continue
        mine, foreign = here.kwargs(address.route), there.kwargs(address.route)
        area = address.name.partition(":")[0]
        # The door for machines asks for a key before anything else.
        closed = {404, 405} | ({401} if area == "api" else set())
        for who, actor in actors.items():
            for method in METHODS:
                answer = actor.ask(method, reverse(address.name, kwargs=mine))
                seen[who] += (
                    address.name.endswith(":ticket") and answer.status_code == 200 and here.mark.encode() in answer.body
                )
                if answer.status_code >= 500:
                    wrong.append(f"{who} {method} {address.name}: {answer.status_code}")
                if there.mark.encode() in answer.body:
                    wrong.append(f"{who} {method} {address.name}: shows the other organization")
                if "private" not in answer.headers.get("Cache-Control", ""):
                    wrong.append(f"{who} {method} {address.name}: {answer.headers.get('Cache-Control')}")
                found = own.get(area) == who and answer.status_code in (403, 404)
                if method == "GET" and found:
                    wrong.append(f"{who} {method} {address.name}: {answer.status_code} for its own object")
                secret = any(
                    before in ("tickets", "orders", "photos", "filing") for before, _c, _n in here.parts(address.route)
                )
                if who == "anonymous" and secret and answer.status_code not in {302} | closed:
                    wrong.append(f"{who} {method} {address.name}: {answer.status_code} without a link")
                if foreign == mine | {"org": foreign["org"]}:
                    continue
                answer = actor.ask(method, reverse(address.name, kwargs=foreign | {"org": mine["org"]}))
                if there.mark.encode() in answer.body or answer.status_code >= 500:
                    wrong.append(
                        f"{who} {method} {address.name}: {answer.status_code} or the mark for a foreign object"
                    )
                elif secret and answer.status_code not in closed:
                    wrong.append(f"{who} {method} {address.name}: {answer.status_code} for a foreign object")
    assert not wrong, "\n" + "\n".join(wrong)
    assert seen == {"anonymous": 0, "customer": 1, "partner": 1, "member": 0}


def test_an_unknown_organization_is_absent(luma, bob):
    for actor in (signed_in(), signed_in(bob)):
        for path in ("nobody/", "nobody/desk/", "nobody/settings/members/", "Luma/", "luma%00/"):
            assert actor.ask("GET", f"/{path}").status_code == 404


# ── the site's own addresses ───────────────────────────────────────────────────────────────────────────────────────
def test_the_sites_own_addresses(here, there, bob):
    values = {
        "token": here.objects["invitations", "token"], "name": "x.log", "number": "0", "uidb36": "1",
        "key": "set-password",
    }  # fmt: skip
    wrong = []
    for address in addresses():
        if address.of_organization:
            continue
        names = re.findall(r"<(?:\w+:)?(\w+)>", address.route)
        url = reverse(address.name, kwargs={name: values[name] for name in names})
        for who, actor in (("anonymous", signed_in()), ("member", signed_in(bob))):
            for method in METHODS:
                answer = actor.ask(method, url)
                if answer.status_code >= 500 and address.name != "healthz":
                    wrong.append(f"{who} {method} {url}: {answer.status_code}")
                if who == "anonymous" and address.access == "signed_in" and answer.status_code != 302:
                    wrong.append(f"{who} {method} {url}: {answer.status_code}")
                if who == "member" and not private(answer):
                    wrong.append(f"{who} {method} {url}: {answer.headers.get('Cache-Control')}")
                if there.mark.encode() in answer.body:
                    wrong.append(f"{who} {method} {url}: shows the other organization")
    assert not wrong, "\n" + "\n".join(wrong)

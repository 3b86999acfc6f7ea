"""Signed links: what opens, and everything that must not."""

import datetime as dt
import secrets

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.tenants.scope import tenant
from tests.factories import make_order, make_partner, make_ticket
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, links
from tickets.models import Notification, SignedLink

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    with tenant(cast.harbor):
        cast.elsewhere = links.issue(kind="ticket", ticket=make_ticket(), email="maria@customer.example")
    with tenant(cast.luma):
        cast.link = links.issue(kind="ticket", ticket=make_ticket(), email="maria@customer.example")
    return cast


@pytest.fixture
def elsewhere(own):
    """A link of another organization to look-alike rows."""
    return own.elsewhere


@pytest.fixture
def inside(own):
    with tenant(own.luma):
        yield own.luma


@pytest.fixture
def link(own, inside):
    return own.link


def test_a_fresh_link_opens_what_it_names(link):
    opened = links.open_link(links.token_of(link))
    assert opened == link and opened.is_valid and opened.ticket == link.ticket


def test_the_address_is_absolute_and_by_audience(link, settings, luma):
    token = links.token_of(link)
    assert links.url_of(link) == f"{settings.SITE_URL}/{luma.slug}/c/{token}/"
    partner = make_partner(email="maker@foshan.example")
    asked = links.issue(kind="partner", ticket=link.ticket, partner=partner, email=partner.email)
    assert links.url_of(asked) == f"{settings.SITE_URL}/{luma.slug}/p/{links.token_of(asked)}/"


def test_the_token_is_long_and_stands_nowhere_in_the_row(link):
    token = links.token_of(link)
    assert len(token.partition(".")[2]) * 6 >= 256
    link.refresh_from_db()
    values = [str(value) for value in vars(link).values()]
    assert not any(token in value or token.partition(".")[2] in value for value in values)
    assert link.token_hash != token and len(link.token_hash) == 64


def test_the_token_is_the_same_when_computed_again_and_another_with_another_key(link, settings):
    token = links.token_of(link)
    assert links.token_of(SignedLink.objects.get(pk=link.pk)) == token
    settings.SECRET_KEY = "another key of the installation"
    assert links.token_of(link) != token


def test_every_link_has_its_own_token(link):
    other = links.issue(kind="ticket", ticket=link.ticket, email=link.email)
    assert links.token_of(other) != links.token_of(link)
    mixed = f"{links.token_of(other).partition('.')[0]}.{links.token_of(link).partition('.')[2]}"
    assert links.open_link(mixed) is None


def test_no_link_lives_longer_than_thirty_days(inside):
    link = links.issue(kind="order", order=make_order(), days=365)
    assert dt.timedelta(days=29, hours=23) < link.expires_at - timezone.now() <= dt.timedelta(days=30)


def test_an_expired_or_revoked_link_is_found_but_not_valid(link):
    token = links.token_of(link)
    SignedLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert links.open_link(token) == link and not links.open_link(token).is_valid
    SignedLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() + dt.timedelta(days=1))
    assert links.open_link(token).is_valid
    links.revoke(link)
    assert not links.open_link(token).is_valid
    first = SignedLink.objects.get(pk=link.pk).revoked_at
    links.revoke(link)
    assert SignedLink.objects.get(pk=link.pk).revoked_at == first


def test_another_organizations_token_opens_nothing(inside, elsewhere, harbor):
    token = links.token_of(elsewhere)
    assert links.open_link(token) is None
    with tenant(harbor):
        assert links.open_link(token) == elsewhere


@pytest.mark.parametrize(
    "token",
    [
        None, "", " ", ".", "0", "1.", ".x", "\x00", "1.\x00" + "a" * 42, "١." + "a" * 43, "zzzzzzzzzzzzz." + "a" * 43,
        "-1." + "a" * 43, "1." + "a" * 10_000, "1." + "ä" * 43,
    ],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(link, token):
    assert links.open_link(token) is None


def test_mangled_tokens_open_nothing(link):
    token = links.token_of(link)
    mangled = [
        token.upper(), token.lower(), token + "A", token[:-1], " " + token, token + "\n", "0" + token,
        token.replace(".", ""), token.replace(".", "%2E"), token + "=",
    ]  # fmt: skip
    assert [links.open_link(text) for text in mangled if text != token] == [None] * len(mangled)


def test_one_bit_flipped_opens_nothing(link):
    raw = links.token_of(link).encode()
    for position in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[position] ^= 1 << bit
            assert links.open_link(flipped.decode("latin-1")) is None


@given(st.text(max_size=60) | st.binary(min_size=32, max_size=32).map(lambda b: f"1.{b.hex()[:43]}"))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_opens_nothing(link, token):
    assert links.open_link(token) is None


def test_random_tokens_of_a_real_key_open_nothing(link):
    prefix = links.token_of(link).partition(".")[0]
    assert all(links.open_link(f"{prefix}.{secrets.token_urlsafe(32)}") is None for _number in range(200))


# ── renewing ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_expired_link_is_renewed_to_the_same_address(link):
    SignedLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - dt.timedelta(days=1))
    link.refresh_from_db()
    fresh = actions.renew_link(link)
    assert fresh.pk != link.pk and fresh.is_valid and (fresh.ticket, fresh.email) == (link.ticket, link.email)
    row = Notification.objects.get(link=fresh)
    assert row.email == link.email and row.kind == "new_link" and links.token_of(fresh) not in row.body


@pytest.mark.parametrize("kind", ["order", "partner"])
def test_links_of_every_kind_are_renewed(inside, kind):
    if kind == "order":
        link = links.issue(kind="order", order=make_order(), email="maria@customer.example")
    else:
        partner = make_partner(name="Swift Works", email="maker@foshan.example")
        link = links.issue(kind="partner", ticket=make_ticket(), partner=partner, email=partner.email)
    fresh = actions.renew_link(link)
    assert (fresh.order, fresh.ticket, fresh.partner) == (link.order, link.ticket, link.partner)
    assert Notification.objects.get(link=fresh).partner == link.partner


def test_three_renewals_an_hour(link):
    assert [bool(actions.renew_link(link)) for _number in range(5)] == [True, True, True, False, False]
    assert Notification.objects.filter(kind="new_link").count() == 3


def test_a_revoked_link_and_one_without_address_are_not_renewed(link):
    assert actions.renew_link(links.issue(kind="ticket", ticket=link.ticket)) is None
    links.revoke(link)
    assert actions.renew_link(link) is None
    assert not Notification.objects.filter(kind="new_link").exists()


# ── reusing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_mails_share_a_link_while_it_lives_long_enough(link):
    assert links.for_customer(link.ticket).pk in {link.pk, *SignedLink.objects.values_list("pk", flat=True)}
    first = links.for_customer(link.ticket)
    assert links.for_customer(link.ticket) == first
    SignedLink.objects.update(expires_at=timezone.now() + dt.timedelta(days=5))
    second = links.for_customer(link.ticket)
    assert second.pk != first.pk
    links.revoke(second)
    assert links.for_customer(link.ticket).pk not in {first.pk, second.pk}


def test_a_customer_whose_address_changed_gets_another_link(link):
    first = links.for_customer(link.ticket)
    customer = link.ticket.customer
    customer.email = "maria.new@customer.example"
    customer.save()
    second = links.for_customer(link.ticket)
    assert second.pk != first.pk and second.email == "maria.new@customer.example"

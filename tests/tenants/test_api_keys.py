"""Settings → API keys: made, shown once, revoked, listed, written down."""

import hashlib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.tenants import actions
from aftersales.tenants.actions import api_keys
from aftersales.tenants.models import ApiKey, AuditEvent, Membership
from aftersales.tenants.scope import tenant

pytestmark = pytest.mark.django_db
URL = "/luma/settings/api-keys/"


@pytest.fixture
def admin(client, alice):
    client.force_login(alice)
    return client


def by(user, organization):
    return Membership.objects.select_related("user", "organization").get(user=user, organization=organization)


def make(client, name="Bench 3") -> str:
    """Make a key on the page; return it."""
    answer = client.post(URL, {"name": name})
    assert answer.status_code == 201
    return answer.content.decode().split('id="made-key"')[1].split('value="')[1].split('"')[0]


def test_a_key_is_shown_once_and_kept_as_a_hash(admin, luma, alice):
    token = make(admin)
    assert token.startswith(api_keys.PREFIX) and len(token) >= len(api_keys.PREFIX) + 43
    with tenant(luma):
        key = ApiKey.objects.get()
        assert key.digest == hashlib.sha256(token.encode()).hexdigest() and key.created_by == alice
        assert actions.use_api_key(token) == key
        event = AuditEvent.objects.get(verb="api_key_created")
        assert event.subject == "Bench 3" and token not in str(event.data)
    page = admin.get(URL).content.decode()
    assert "Bench 3" in page and token not in page and key.digest not in page
    assert token != make(admin, "Bench 4")


def test_a_name_is_given_once_among_those_in_use(admin, luma):
    make(admin)
    answer = admin.post(URL, {"name": "bench 3"})
    assert answer.status_code == 422 and "has this name" in answer.content.decode()
    assert 'value="bench 3"' in answer.content.decode()
    assert admin.post(URL, {"name": " "}).status_code == 422
    with tenant(luma):
        key = ApiKey.objects.get()
    admin.post(reverse("settings:revoke_api_key", args=["luma", key.pk]))
    make(admin)


def test_at_most_so_many_are_in_use(admin, luma, monkeypatch):
    monkeypatch.setattr(api_keys, "MOST", 1)
    make(admin)
    assert admin.post(URL, {"name": "Another"}).status_code == 422


def test_revoked_it_is_useless_at_once(admin, luma):
    token = make(admin)
    with tenant(luma):
        key = ApiKey.objects.get()
    url = reverse("settings:revoke_api_key", args=["luma", key.pk])
    assert admin.get(url).status_code == 405
    for _n in range(2):
        assert admin.post(url).status_code == 302
    with tenant(luma):
        assert actions.use_api_key(token) is None
        assert AuditEvent.objects.filter(verb="api_key_revoked", subject="Bench 3").count() == 1
    assert "Revoked" in admin.get(URL).content.decode()


def test_another_organizations_key_is_absent(admin, luma, harbor, charlie):
    with tenant(harbor):
        key, token = actions.create_api_key(harbor, by=by(charlie, harbor), name="Harbor's")
    assert admin.post(reverse("settings:revoke_api_key", args=["luma", key.pk])).status_code == 404
    assert "Harbor&#x27;s" not in admin.get(URL).content.decode()
    with tenant(luma):
        assert actions.use_api_key(token) is None
    with tenant(harbor):
        assert actions.use_api_key(token) == key


def test_a_manager_makes_none(client, mona):
    client.force_login(mona)
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"name": "x"}).status_code == 403


def test_who_lost_the_right_meanwhile_is_refused(luma, alice):
    membership = by(alice, luma)
    Membership.objects.filter(pk=membership.pk).update(role="operator")
    with tenant(luma), pytest.raises(actions.Refused):
        actions.create_api_key(luma, by=membership, name="x")


def test_the_list_costs_no_query_per_row(admin, luma):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(URL).status_code == 200
        return len(queries)

    make(admin, "1")
    few = count()
    make(admin, "2")
    make(admin, "3")
    assert count() == few

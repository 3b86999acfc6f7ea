"""The door for other systems: keys, what they may bring, and what is answered."""

import datetime as dt
import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants import actions as tenants
from aftersales.tenants.models import ApiKey, Membership
from aftersales.tenants.scope import tenant
from evidence.models import Custody, Evidence
from evidence.views import api
from tests.evidence.conftest import fresh, rows
from tests.factories import make_order, make_shipment

pytestmark = pytest.mark.django_db


def new_key(organization, user, name="Scanner"):
    by = Membership.objects.select_related("user", "organization").get(organization=organization, user=user)
    with tenant(organization):
        return tenants.create_api_key(organization, by=by, name=name)


@pytest.fixture
def key(case, alice):
    return new_key(case.organization, alice)


def send(token, *, org="luma", number="LH-1001", data=None, client=None, **fields):
    """Send as a machine does: no session, CSRF checks on."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"file": SimpleUploadedFile("a.jpg", fresh() if data is None else data), "of": "inspection", **fields}
    body = {name: value for name, value in body.items() if value is not None}
    client = client or Client(enforce_csrf_checks=True)
    return client.post(f"/{org}/api/v1/orders/{number}/evidence/", body, headers=headers)


def test_a_photo_of_the_inspection_is_kept_once(case, key):
    data = fresh()
    answer = send(key[1], data=data, place="close_up", taken_at="2026-03-02T06:30Z")
    assert answer.status_code == 201
    kept = rows(case, inspection=case.inspection)[0]
    sha256 = hashlib.sha256(data).hexdigest()
    assert answer.json() == {"id": kept.pk, "sha256": sha256, "state": "pending"}
    assert (kept.place, kept.uploader_kind, kept.uploaded_by) == ("close_up", "operator", None)
    assert kept.taken_at == dt.datetime(2026, 3, 2, 6, 30, tzinfo=dt.UTC)
    assert (kept.api_key_id, kept.command) == (key[0].pk, "")
    with tenant(case.organization):
        told = json.loads(Custody.objects.get(evidence=kept, number=1).payload)
    assert (told["key"], told["command"], told["user"]) == (key[0].pk, "", None)
    again = send(key[1], data=data)
    assert (again.status_code, again.json()["id"]) == (200, kept.pk)
    with tenant(case.organization):
        assert Evidence.objects.count() == 1
        event = case.ticket.events.filter(verb="record_changed").latest("pk")
        assert "Scanner" in event.actor_name


def test_a_photo_of_the_packing_names_its_parcel(case, key):
    with tenant(case.organization):
        make_shipment(case.order, tracking_number="SP1")
        parcel = make_shipment(case.order, tracking_number="SP2")
    unclear = send(key[1], of="packing")
    assert (unclear.status_code, unclear.json()["field"]) == (422, "tracking")
    assert send(key[1], of="packing", tracking="SP2").status_code == 201
    assert len(rows(case, shipment=parcel)) == 1


def test_an_orders_number_may_hold_a_slash(case, key):
    with tenant(case.organization):
        make_shipment(make_order(number="A/1"))
    assert send(key[1], number="A/1", of="packing").status_code == 201
    assert send(key[1], number="#LH-1001".replace("#", "%23")).status_code == 201


@pytest.mark.parametrize(
    "fields, status, field",
    [
        ({"of": "delivery"}, 422, "of"),
        ({"of": None}, 422, "of"),
        ({"place": "roof"}, 422, "place"),
        ({"taken_at": "yesterday"}, 422, "taken_at"),
        ({"taken_at": "2999-01-01T00:00Z"}, 422, "taken_at"),
        ({"line": "VASE"}, 422, "line"),
        ({"of": "packing"}, 422, "tracking"),
        ({"file": None}, 422, "file"),
        ({"data": b"no photo"}, 422, "file"),
        ({"data": b""}, 422, "file"),
        ({"number": "LH-9"}, 404, "number"),
    ],
)
def test_what_is_wrong_is_named(case, key, fields, status, field):
    answer = send(key[1], **fields)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert answer.json()["error"] and not rows(case)


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_key_in_use_nothing_is_told(case, copycase, key, alice, charlie):
    foreign = new_key(copycase.organization, charlie)
    revoked = new_key(case.organization, alice, "Old")
    by = Membership.objects.select_related("user", "organization").get(organization=case.organization, user=alice)
    with tenant(case.organization):
        tenants.revoke_api_key(revoked[0], by=by)
    answers = set()
    for token in (None, "", "wrong", foreign[1], revoked[1], key[0].digest, key[1] + "x", "é" * 40):
        for number in ("LH-1001", "LH-9"):
            answer = send(token, number=number)
            assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
            answers.add(answer.content)
    assert len(answers) == 1 and not rows(case) and not rows(copycase)
    assert send(foreign[1], org="harbor").status_code == 201


def test_a_members_session_does_not_open_it(case, bob):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert send(None, client=client).status_code == 401


def test_a_key_opens_nothing_else(case, key):
    headers = {"Authorization": f"Bearer {key[1]}"}
    for path in ("/luma/desk/orders/LH-1001/", "/luma/settings/api-keys/"):
        assert Client().get(path, headers=headers).status_code == 302
    assert Client().get("/luma/api/v1/orders/LH-1001/evidence/", headers=headers).status_code == 405


def test_the_last_use_is_noted_once_a_minute(case, key):
    def used():
        with tenant(case.organization):
            return ApiKey.objects.get(pk=key[0].pk).last_used_at

    assert used() is None
    send(key[1])
    first = used()
    send(key[1])
    assert used() == first
    with tenant(case.organization):
        ApiKey.objects.update(last_used_at=timezone.now() - dt.timedelta(minutes=2))
    send(key[1])
    assert used() > first


def test_too_many_requests_wait(case, key, monkeypatch):
    monkeypatch.setattr(api, "BY_KEY", api.throttle.Limit("api-key", 1, 60))
    monkeypatch.setattr(api, "BY_ADDRESS", api.throttle.Limit("api-address", 1, 60))
    assert send(key[1]).status_code == 201
    late = send(key[1])
    assert late.status_code == 429 and int(late["Retry-After"]) > 0
    assert [send("wrong").status_code for _n in range(2)] == [401, 429]


def test_too_large_is_refused_before_it_is_read(case, key, monkeypatch):
    monkeypatch.setattr(api.bulk, "LARGEST_FILE", 100)
    monkeypatch.setattr(api, "ENVELOPE", 100)
    answer = send(key[1])
    assert (answer.status_code, answer.json()["field"]) == (413, "file")


def test_the_queries_do_not_grow_with_the_order(case, key):
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert send(key[1]).status_code == 201
        return len(queries)

    with tenant(case.organization):
        make_shipment(case.order)
    send(key[1])
    few = count()
    with tenant(case.organization):
        for _n in range(2):
            make_shipment(case.order)
    assert count() == few

"""Catalogue pictures coming in: by an order's page, by file names, by API; and where they stay."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aftersales.orders.models import OrderLine, Product
from aftersales.tenants import actions as tenants
from aftersales.tenants.models import Membership, Organization
from aftersales.tenants.scope import tenant
from evidence import actions, pipeline
from evidence.intake import bulk, catalogue, targets
from evidence.models import Custody, Evidence
from tests.evidence.conftest import add, ask, fresh, rows, visit
from tests.evidence.pictures import upload
from tests.evidence.zips import done, kept, packed, results
from tests.factories import make_line, make_order, member
from tickets.actions import Refused

pytestmark = pytest.mark.django_db

# What people call their goods.
ODD = ["A/B", "..", "A B#1?", "a%2Fb", "灯-1", "مصباح", "<b>&'\"", "C:\\x", "x" * 80]


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def at(name, case, pk) -> str:
    return reverse(f"desk:{name}", args=[case.organization.slug, pk])


def item(case, sku: str, order=None) -> OrderLine:
    with tenant(case.organization):
        return make_line(order or case.order, sku=sku)


def product(case, sku="LAMP") -> Product:
    line = item(case, sku)
    with tenant(case.organization):
        return catalogue.target_of(line).of


# ── names of files ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path, skus, place",
    [
        ("catalogue/LAMP-SAGE.jpg", ("LAMP-SAGE",), "whole"),
        ("shop/Catalogue/LAMP.V2.png", ("LAMP.V2",), "whole"),
        ("catalog/LAMP/2.jpg", ("LAMP", "LAMP/2"), "whole"),
        ("catalogue/LAMP/close_up.jpg", ("LAMP", "LAMP/close_up"), "close_up"),
        ("catalogue/A%2FB.jpg", ("A%2FB", "A/B"), "whole"),
        ("catalogue/A/B/1.jpg", ("A/B", "A/B/1"), "whole"),
        ("catalogue/LAMP-inspection-kit.jpg", ("LAMP-inspection-kit",), "whole"),
        ("catalogue/%00.jpg", ("%00",), "whole"),
        (f"catalogue/{'x' * 81}.jpg", (), "whole"),
    ],
)
def test_what_a_name_of_the_catalogue_says(path, skus, place):
    assert targets.read_name(path) == targets.Named(skus, "catalogue", "", place)


@pytest.mark.parametrize("path", ["catalogue.jpg", "catalogue/../A.jpg", "catalogue/a\0.jpg"])
def test_names_that_say_too_little(path):
    with pytest.raises(targets.Unclear):
        targets.read_name(path)


def test_an_orders_folder_below_one_of_that_name_stays_an_orders():
    assert targets.read_name("catalogue/LH-1/packing/a.jpg").what == "packing"


def test_the_sku_is_found_as_written_before_it_is_found_otherwise(luma, harbor):
    with tenant(harbor):
        make_line(make_order(), sku="VASE")
    with tenant(luma):
        order = make_order()
        lines = {sku: make_line(order, sku=sku) for sku in ("lamp", "LAMP", "SHADE", "", *ODD)}
        for sku in ("lamp", "LAMP", *ODD):
            assert targets.line_of((sku,)) == lines[sku]
        assert targets.line_of(("shade",)) == lines["SHADE"]
        assert targets.line_of(("none", "SHADE")) == lines["SHADE"]
        again = make_line(make_order(), sku="LAMP", product="Renamed")
        assert targets.line_of(("LAMP",)) == again
        for skus in (("VASE",), (), ("%",), ("LAMP_",)):
            with pytest.raises(targets.NoProduct) as lost:
                targets.line_of(skus)
            assert lost.value.field == "sku"


def test_a_zip_names_what_became_of_each(luma, harbor, bob, orders):
    with tenant(harbor):
        make_line(make_order(), sku="VASE")
    with tenant(luma):
        make_line(make_order(), sku="A/B")
    one = fresh()
    files = {
        "catalogue/LAMP.jpg": one, "catalogue/lamp/2.jpg": fresh(), "catalogue/LAMP/again.jpg": one,
        "catalogue/A%2FB.jpg": fresh(), "catalogue/VASE.jpg": fresh(), "catalogue/none/1.jpg": fresh(),
        "catalogue/LAMP/bad.jpg": b"no photo", "catalogue/prices.xlsx": b"PK",
    }  # fmt: skip
    batch = done(luma, bob, packed(files))
    assert results(batch) == {
        "catalogue/LAMP.jpg": "kept", "catalogue/lamp/2.jpg": "kept", "catalogue/LAMP/again.jpg": "same",
        "catalogue/A%2FB.jpg": "kept", "catalogue/VASE.jpg": "lost", "catalogue/none/1.jpg": "lost",
        "catalogue/LAMP/bad.jpg": "refused", "catalogue/prices.xlsx": "skipped",
    }  # fmt: skip
    with tenant(luma):
        assert set(Product.objects.values_list("sku", flat=True)) == {"LAMP", "A/B"}
        assert Evidence.objects.filter(product__sku="LAMP").count() == 2
        lost = batch.files.get(name="catalogue/VASE.jpg")
        assert "No order has an item with the SKU VASE" in lost.reason and lost.order_number == ""
    assert kept(harbor) == 0


# ── an order's page ────────────────────────────────────────────────────────────────────────────────────────────────
def test_each_item_with_a_sku_takes_pictures_and_one_without_says_so(desk, case):
    line = item(case, "A/B <lamp>")
    url = reverse("desk:intake_order", args=["luma", "LH-1001"])
    page = desk.get(url).content.decode()
    assert "None yet" in page and at("intake_catalogue", case, line.pk) in page
    assert "the item has no SKU" in page and at("intake_catalogue", case, case.line.pk) not in page
    door = at("catalogue_photo_add", case, line.pk)
    there = desk.get(at("intake_catalogue", case, line.pk)).content.decode()
    assert f'data-upload-url="{door}"' in there and "A/B &lt;lamp&gt;" in there
    data = fresh()
    for status in (201, 201):
        sent = desk.post(door, {"photo": upload(data), "place": "whole"}, headers={"Accept": "application/json"})
        assert sent.status_code == status
    with tenant(case.organization):
        (picture,) = Evidence.objects.filter(product__sku="A/B <lamp>")
        assert (picture.ticket_id, picture.inspection_id, picture.place) == (None, None, "whole")
        assert [each.verb for each in Custody.objects.filter(evidence=picture)] == ["uploaded"]
        assert not case.ticket.events.filter(verb="record_changed").exists()
    assert "1 photo" in desk.get(url).content.decode()
    assert "Already there" in desk.get(at("intake_catalogue", case, line.pk)).content.decode()


def test_what_is_refused_is_named_and_the_way_back_leads_to_the_sku(desk, case):
    line = item(case, "LAMP")
    door = at("catalogue_photo_add", case, line.pk)
    for files in ({}, {"photo-whole": upload(b"GIF89a", "lamp.gif")}):
        answer = desk.post(door, files)
        assert answer.status_code == 422 and at("intake_catalogue", case, line.pk) in answer.content.decode()
    assert rows(case) == []


@pytest.mark.parametrize("name", ["intake_catalogue", "catalogue_photo_add"])
def test_no_other_organizations_item_and_none_without_a_sku(desk, case, copycase, name):
    theirs = item(copycase, "LAMP")
    for pk in (theirs.pk, case.line.pk, 2**40):
        url = at(name, case, pk)
        answer = desk.post(url, {"photo": upload(fresh())}) if name.endswith("add") else desk.get(url)
        assert answer.status_code == 404
    for each in (case, copycase):
        with tenant(each.organization):
            assert not Product.objects.exists() and not Evidence.objects.exists()


def test_there_is_an_end_to_it_and_a_deleted_one_makes_room(case, bob, monkeypatch):
    monkeypatch.setattr(actions, "FILES_PER_PRODUCT", 1)
    by, of = member(bob, case.organization), product(case)
    first = add(case, by=by, product=of)
    with pytest.raises(Refused, match=r"At most 1 file.* A manager can delete"):
        add(case, by=by, product=of)
    with tenant(case.organization):
        Evidence.objects.filter(pk=first.pk).update(deleted_at=timezone.now())
    add(case, by=by, product=of)


def test_the_order_page_costs_no_query_per_picture(desk, case, bob):
    by, url = member(bob, case.organization), reverse("desk:intake_order", args=["luma", "LH-1001"])

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert desk.get(url).status_code == 200
        return len(found)

    add(case, by=by, product=product(case, "L-0"))
    few = count()
    for n in (1, 2):
        add(case, by=by, product=product(case, f"L-{n}"))
    assert count() == few


# ── by API ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def key(case, alice):
    by = Membership.objects.select_related("user", "organization").get(organization=case.organization, user=alice)
    with tenant(case.organization):
        return tenants.create_api_key(case.organization, by=by, name="Shop")[1]


def send(token, *, org="luma", data=None, **fields):
    body = {"file": SimpleUploadedFile("a.jpg", fresh() if data is None else data), "sku": "LAMP", **fields}
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"Authorization": f"Bearer {token}"}
    return Client(enforce_csrf_checks=True).post(f"/{org}/api/v1/catalogue/", body, headers=headers)


def test_a_picture_by_api_is_kept_once_whatever_its_sku(case, copycase, key):
    for sku in ODD:
        item(case, sku)
        data = fresh()
        answer = send(key, sku=sku, data=data)
        assert answer.status_code == 201, (sku, answer.content)
        assert (send(key, sku=sku, data=data).status_code, len(rows(case, product__sku=sku))) == (200, 1)
    assert rows(copycase) == []


@pytest.mark.parametrize(
    "fields, status, field",
    [
        ({"sku": "VASE"}, 404, "sku"), ({"sku": ""}, 422, "sku"), ({"sku": None}, 422, "sku"),
        ({"sku": "a\0b"}, 422, "sku"), ({"sku": "x" * 81}, 422, "sku"), ({"place": "roof"}, 422, "place"),
        ({"file": None}, 422, "file"), ({"data": b"no photo"}, 422, "file"), ({"taken_at": "soon"}, 422, "taken_at"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(case, copycase, key, fields, status, field):
    item(case, "LAMP")
    item(copycase, "VASE")
    answer = send(key, **fields)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert answer.json()["error"] and not rows(case)


def test_only_with_a_key_of_the_organization(case, copycase, key):
    item(copycase, "LAMP")
    assert send("wrong").status_code == send(key, org="harbor").status_code == 401
    assert Client().get("/luma/api/v1/catalogue/").status_code == 405


# ── where they stay ────────────────────────────────────────────────────────────────────────────────────────────────
def test_neither_customer_nor_partner_sees_them(case, bob):
    picture = add(case, by=member(bob, case.organization), product=product(case), ready=True)
    _asked, partner = ask(case, bob)
    shown = add(case, ticket=case.ticket, ready=True)
    for browser, audience in ((visit(case), "portal"), (partner, "partner")):
        for each, status in ((shown, 200), (picture, 404)):
            url = reverse(f"{audience}:photo", args=["luma", each.pk, "thumb"])
            assert browser.get(url).status_code == status, audience


def test_the_retention_does_not_touch_them_and_nothing_deletes_the_row(case, bob):
    picture = add(case, by=member(bob, case.organization), product=product(case), ready=True)
    Organization.objects.filter(pk=case.organization.pk).update(evidence_retention_months=6)
    case.organization.refresh_from_db()
    pipeline.expire(case.organization, now=timezone.now() + dt.timedelta(days=5000))
    with tenant(case.organization):
        assert Evidence.objects.get(pk=picture.pk).deleted_at is None
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            Evidence.objects.filter(pk=picture.pk)._raw_delete("default")


def test_a_folder_says_where_each_went(case, bob):
    item(case, "LAMP")
    by = member(bob, case.organization)
    result = bulk.put(case.organization, by=by, path="in/catalogue/LAMP.jpg", file=upload(fresh()).file)
    assert (result.outcome, result.order) == ("kept", "")

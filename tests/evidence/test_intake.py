"""The phone page of the warehouse's photos: names to targets, lookup, barcodes, inspections, uploads."""

import datetime as dt
import io

import pytest
import segno
import zxingcpp
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from aftersales.orders.models import Inspection
from aftersales.tenants.scope import tenant
from evidence import media
from evidence.intake import barcodes, targets
from tests.evidence.conftest import add, fresh, rows
from tests.evidence.pictures import encode, photo, upload
from tests.factories import make_line, make_order, make_shipment, make_ticket, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def at(name, organization, **kwargs):
    return reverse(f"desk:{name}", kwargs={"org": organization.slug, **kwargs})


def code_128(text: str, *, width: int = 900) -> bytes:
    """Return a photo of a label with a Code 128, as a camera would see it: gray, a little askew."""
    bars = Image.fromarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128).to_image(scale=4))
    label = Image.new("L", (width, 600), 235)
    label.paste(bars, ((width - bars.width) // 2, 200))
    return encode(label.rotate(4, fillcolor=200).convert("RGB"))


# ── names of files ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path, numbers, what, which, place",
    [
        ("LH-1/inspection/a.jpg", ("LH-1",), "inspection", "", "whole"),
        ("LH-1/Packing/label-2.JPG", ("LH-1",), "packing", "", "label"),
        ("week 9/LH-1/packing/b.jpg", ("week 9/LH-1", "LH-1"), "packing", "", "other"),
        ("LH-1/inspection/LAMP/close_up.jpg", ("LH-1",), "inspection", "LAMP", "close_up"),
        ("LH-1-inspection-1.jpg", ("LH-1",), "inspection", "", "whole"),
        ("in/LH-1_packing_box 3.heic", ("LH-1",), "packing", "", "box"),
        ("LH\\1\\packing\\b.jpg", ("LH/1", "1"), "packing", "", "other"),
        ("A/inspection/B/packing/x.jpg", ("A/inspection/B", "inspection/B", "B"), "packing", "", "other"),
        ("LH-1-packing.jpg", ("LH-1",), "packing", "", "other"),
        ("LH-1/packing/boxes.jpg", ("LH-1",), "packing", "", "other"),
    ],
)
def test_what_a_name_says(path, numbers, what, which, place):
    assert targets.read_name(path) == targets.Named(numbers, what, which, place)


@pytest.mark.parametrize(
    "path",
    ["../LH-1/packing/a.jpg", "LH-1/../packing/a.jpg", "IMG_1.jpg", "packing/a.jpg", "", "/", "a\0b-packing.jpg",
     "LH-1/packing/a/b/c.jpg", "LH-1/photos/a.jpg"],
)  # fmt: skip
def test_names_that_say_too_little_are_refused(path):
    with pytest.raises(targets.Unclear):
        targets.read_name(path)


def test_a_name_finds_the_order_in_its_own_spelling(luma, harbor):
    with tenant(harbor):
        make_order(number="LH-2")
    with tenant(luma):
        for number in ("#1001", "A/1", "1"):
            make_order(number=number)
        found = [targets.order_of(targets.read_name(p)).number for p in ("1001/packing/a.jpg", "A/1/packing/a.jpg")]
        assert found == ["#1001", "A/1"]
        assert targets.order_of(targets.read_name("scans/1/packing/a.jpg")).number == "1"
        with pytest.raises(targets.NoOrder, match="LH-2"):
            targets.order_of(targets.read_name("LH-2/packing/a.jpg"))


def test_which_inspection_and_which_parcel(luma):
    with tenant(luma):
        order = make_order()
        lamp, shade = make_line(order, sku="LAMP"), make_line(order, sku="SHADE")
        with pytest.raises(targets.Unclear, match="No inspection"):
            targets.target(order, "inspection")
        now = timezone.now()
        for days in (3, 1, 2):
            then = now - dt.timedelta(days=days)
            Inspection.objects.create(line=lamp, level="basic", result="pass", at=then, note=str(days))
        assert targets.target(order, "inspection").of.note == "1"
        other = Inspection.objects.create(line=shade, level="basic", result="fail", at=now)
        with pytest.raises(targets.Unclear) as refused:
            targets.target(order, "inspection")
        assert refused.value.field == "line"
        assert targets.target(order, "inspection", "shade").of == other == targets.target(order, "inspection", "2").of
        with pytest.raises(targets.Unclear, match="no item with the SKU VASE"):
            targets.target(order, "inspection", "VASE")
        with pytest.raises(targets.Unclear, match="no shipment yet"):
            targets.target(order, "packing")
        one = make_shipment(order, tracking_number="SP1")
        assert targets.target(order, "packing").of == one
        two = make_shipment(order, tracking_number="SP2", reference="S-2")
        with pytest.raises(targets.Unclear) as refused:
            targets.target(order, "packing")
        assert refused.value.field == "tracking"
        assert targets.target(order, "packing", "sp2").of == two == targets.target(order, "packing", "s-2").of


# ── lookup ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("text", ["LH-5", " lh-5 ", "SP-77", "LAMP-9"])
def test_one_order_leads_on(desk, luma, harbor, text):
    for organization in (luma, harbor):
        with tenant(organization):
            order = make_order(number="LH-5")
            make_line(order, sku="LAMP-9")
            make_shipment(order, tracking_number="SP-77")
    answer = desk.get(at("intake", luma), {"q": text})
    assert answer.status_code == 302 and answer["Location"] == at("intake_order", luma, number="LH-5")


def test_several_are_to_be_chosen_from_and_none_is_said(desk, luma, harbor):
    with tenant(luma):
        for number in ("LH-6", "LH-7"):
            make_line(make_order(number=number), sku="VASE")
    with tenant(harbor):
        make_line(make_order(number="HB-8"), sku="VASE")
    page = desk.get(at("intake", luma), {"q": "VASE"}).content.decode()
    assert "LH-6" in page and "LH-7" in page and "HB-8" not in page
    for text in ("HB-8", "nothing", "x" * 500, "a\0b", ""):
        answer = desk.get(at("intake", luma), {"q": text})
        assert answer.status_code == 422, text
        assert "Error:" in answer.content.decode()
    assert 'value="nothing"' in desk.get(at("intake", luma), {"q": "nothing"}).content.decode()


def test_the_choice_costs_no_query_per_row(desk, luma):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(at("intake", luma), {"q": "VASE"}).status_code == 200
        return len(queries)

    with tenant(luma):
        for _n in range(2):
            make_line(make_order(), sku="VASE")
    few = count()
    with tenant(luma):
        for _n in range(3):
            make_line(make_order(), sku="VASE")
    assert count() == few


# ── barcodes ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_photographed_code_128_is_read_from_the_copy(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert barcodes.read(upload(code_128("SP1234567"))) == ["SP1234567"]


def test_a_qr_code_in_a_large_photo_is_read():
    target = io.BytesIO()
    segno.make_qr("LH-204913").save(target, kind="png", scale=12, border=8)
    code = Image.open(target, formats=["PNG"]).convert("RGB")
    page = Image.new("RGB", (4000, 3000), "white")
    page.paste(code.resize((1400, 1400)), (1200, 700))
    assert barcodes.read(upload(encode(page), "IMG.jpg")) == ["LH-204913"]


def test_a_photo_without_a_code_and_a_file_that_is_none():
    assert barcodes.read(upload(photo(size=(640, 480)))) == []
    with pytest.raises(media.NotAccepted):
        barcodes.read(upload(b"%!PS not a photo", "label.jpg"))
    with pytest.raises(media.NotAccepted):
        barcodes.read(upload(b"", "label.jpg"))


def test_scanning_leads_to_the_order(desk, luma, harbor):
    with tenant(harbor):
        make_shipment(make_order(number="HB-1"), tracking_number="SP999")
    with tenant(luma):
        make_shipment(make_order(number="LH-1"), tracking_number="SP123")
    answer = desk.post(at("intake_scan", luma), {"photo": upload(code_128("SP123"))})
    assert answer.status_code == 302 and answer["Location"].endswith("?q=SP123")
    answer = desk.get(answer["Location"], follow=True)
    assert answer.request["PATH_INFO"] == at("intake_order", luma, number="LH-1")
    foreign = desk.post(at("intake_scan", luma), {"photo": upload(code_128("SP999"))})
    assert foreign.status_code == 422 and 'value="SP999"' in foreign.content.decode()
    assert "HB-1" not in foreign.content.decode()
    nothing = desk.post(at("intake_scan", luma), {"photo": upload(photo())})
    assert nothing.status_code == 422 and "No barcode could be read" in nothing.content.decode()
    assert desk.post(at("intake_scan", luma), {"photo": upload(b"GIF89a")}).status_code == 422
    assert desk.post(at("intake_scan", luma)).status_code == 422


# ── an order, its inspections and parcels ──────────────────────────────────────────────────────────────────────────
def test_the_order_page_costs_no_query_per_item(desk, luma):
    def grow(order, times):
        with tenant(luma):
            for _n in range(times):
                line = make_line(order, sku="L")
                Inspection.objects.create(line=line, level="basic", result="pass", at=timezone.now())
                make_shipment(order)

    def count(order) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(at("intake_order", luma, number=order.number)).status_code == 200
        return len(queries)

    with tenant(luma):
        order = make_order()
    grow(order, 1)
    few = count(order)
    grow(order, 2)
    assert count(order) == few


def test_the_order_page_counts_photos_that_are_there(desk, case, bob):
    by = member(bob, case.organization)
    for _n in range(2):
        add(case, by=by, inspection=case.inspection)
    page = desk.get(at("intake_order", case.organization, number="LH-1001")).content.decode()
    assert "2 photos" in page


def test_an_inspection_is_written_down_once(desk, case, bob):
    with tenant(case.organization):
        line = make_line(case.order, sku="NEW")
    url = at("intake_inspect", case.organization, pk=line.pk)
    refused = desk.post(url, {"level": "basic"})
    assert refused.status_code == 422 and "Choose whether the item passed." in refused.content.decode()
    first = desk.post(url, {"level": "detailed", "result": "fail"})
    again = desk.post(url, {"level": "detailed", "result": "fail"})
    with tenant(case.organization):
        row = Inspection.objects.get(line=line)
        assert (row.level, row.result, row.by) == ("detailed", "fail", str(bob))
        events = [each.data["what"] for each in case.ticket.events.filter(verb="record_changed")]
        assert events == ["inspection"]
    assert first["Location"] == again["Location"] == at("intake_inspection", case.organization, pk=row.pk)


def test_the_photo_page_sends_to_the_desks_own_doors(desk, case):
    with tenant(case.organization):
        parcel = make_shipment(case.order, tracking_number="SP5")
    for name, pk, door in (
        ("intake_inspection", case.inspection.pk, "inspection_photo_add"),
        ("intake_shipment", parcel.pk, "shipment_photo_add"),
    ):
        page = desk.get(at(name, case.organization, pk=pk)).content.decode()
        url = at(door, case.organization, pk=pk)
        assert f'data-upload-url="{url}"' in page and at("intake", case.organization) in page
        sent = desk.post(url, {"photo": upload(fresh()), "place": "whole"}, headers={"Accept": "application/json"})
        assert sent.status_code == 201
    assert len(rows(case, shipment=parcel)) == len(rows(case, inspection=case.inspection)) == 1
    assert "Already there" in desk.get(at("intake_shipment", case.organization, pk=parcel.pk)).content.decode()


def test_another_organizations_order_is_absent(desk, case, copycase):
    with tenant(copycase.organization):
        foreign = make_order(number="HB-77")
        line = make_line(foreign)
        ticket = make_ticket(foreign, line=line)
    luma = case.organization
    assert desk.get(at("intake_order", luma, number="HB-77")).status_code == 404
    assert desk.post(at("intake_inspect", luma, pk=line.pk), {"level": "basic", "result": "pass"}).status_code == 404
    assert desk.get(at("intake_inspection", luma, pk=copycase.inspection.pk)).status_code == 404
    with tenant(copycase.organization):
        assert not line.inspections.exists() and not ticket.events.filter(verb="record_changed").exists()

"""The warehouse with a phone: scan, photograph, next order; and a folder of photos from a desk."""

import pytest

from aftersales.orders.models import Inspection, Intake
from aftersales.tenants.scope import tenant
from evidence.intake import bulk
from evidence.models import Evidence
from tests.browser.conftest import sign_in
from tests.evidence.pictures import photo
from tests.evidence.test_intake import code_128
from tests.evidence.zips import packed
from tests.factories import make_line, make_order, make_shipment

# A camera that shows one barcode, in a browser that reads barcodes: neither is in a headless Chromium on Linux.
READS = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["code_128"]; }
  async detect() { return [{ rawValue: "SP-1" }]; }
};
Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  canvas.getContext("2d").fillRect(0, 0, 64, 48);
  return canvas.captureStream(5);
} } });
"""


@pytest.fixture
def order(transactional_db, luma, bob):
    with tenant(luma):
        order = make_order(number="LH-204913")
        make_line(order, sku="LAMP-SAGE", specification="Height 38 cm; EU plug")
        make_shipment(order, tracking_number="SP-1")
        return order


def test_one_order_after_another(order, luma, someone, tmp_path):
    page, watch = someone("warehouse", phone=True)
    sign_in(page, "bob@luma.example", "/luma/desk/intake/")
    field = page.get_by_label("Order number, tracking number")
    field.fill("nothing")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing has this number").first.wait_for()
    assert field.input_value() == "nothing" and page.get_by_role("button", name="Scan", exact=True).is_hidden()
    watch.look(page, "nothing found")
    label = tmp_path / "label.jpg"
    label.write_bytes(code_128("SP-1"))
    page.locator("[data-scan-photo] input[type=file]").first.set_input_files(label)
    page.wait_for_url("**/intake/orders/LH-204913/")
    page.get_by_text("New inspection").click()
    watch.look(page, "order")
    page.get_by_label("Passed").check()
    page.get_by_role("button", name="Write down and take photos").click()
    page.wait_for_url("**/intake/inspections/*/")
    shot = tmp_path / "whole.jpg"
    shot.write_bytes(photo(size=(800, 600)))
    page.locator('input[name="photo-whole"]').set_input_files(shot)
    page.locator(".shot.full[data-photo]").wait_for()
    watch.look(page, "photos")
    page.get_by_role("link", name="Next order").click()
    page.wait_for_url("**/intake/")
    assert page.evaluate("document.activeElement.name") == "q"
    with tenant(luma):
        kept = Evidence.objects.get()
        assert (kept.place, kept.inspection) == ("whole", Inspection.objects.get(line__order=order, result="pass"))
    watch.none()


def test_the_camera_reads_where_it_can(order, someone):
    page, watch = someone("warehouse", phone=True)
    page.add_init_script(READS)
    sign_in(page, "bob@luma.example", "/luma/desk/intake/")
    page.get_by_role("button", name="Scan", exact=True).click()
    page.wait_for_url("**/intake/orders/LH-204913/")
    watch.none()


def test_a_folder_of_photos_and_a_zip(order, luma, someone, tmp_path):
    page, watch = someone("desk")
    folder = tmp_path / "week 9"
    for path in ("LH-204913/packing/box.jpg", "LH-204913/packing/notes.txt", "LH-9/packing/1.jpg", "IMG_1.jpg"):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(photo())
    sign_in(page, "bob@luma.example", "/luma/desk/intake/bulk/")
    page.get_by_label("Folder with the photos").set_input_files(folder)
    for words in ("Kept: 1", "No such order or SKU: 1", "Refused: 1", "Not a photo, left out: 1"):
        page.get_by_role("status").get_by_text(words).wait_for()
    watch.look(page, "bulk")
    archive = tmp_path / "week 9.zip"
    archive.write_bytes(packed({"LH-204913/packing/box.jpg": photo(), "LH-204913/packing/2.jpg": photo(mark=b"2")}))
    page.get_by_label("ZIP with the photos").set_input_files(archive)
    page.get_by_role("button", name="Send the ZIP").click()
    page.get_by_text("Waiting for a worker").wait_for()
    with tenant(luma):
        batch = Intake.objects.get()
    bulk.run(luma, batch.pk)
    page.get_by_role("status").get_by_text("Done").wait_for()
    watch.look(page, "zip")
    watch.none()

"""Files from bad phones on bad networks, and from the desk: dropped, pasted, and sent although the tab was closed."""

import base64
import gzip
import io
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from aftersales.tenants.scope import tenant
from evidence import tasks
from evidence.models import Arrival
from tests.browser.conftest import sign_in
from tests.browser.uploading import (
    GOOD,
    NO_HINT,
    SAVES_DATA,
    SENT,
    TILE,
    choose,
    half_way,
    kept,
    photos,
    throttle,
)  # fmt: skip
from tests.evidence.pictures import encode, video
from tests.evidence.pictures import photo as small_photo

GIVE = """async ([type, target, name, kind, bytes]) => {
  const file = new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, {type: kind});
  const data = new DataTransfer();
  data.items.add(file);
  const options = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
  const Kind = type === "paste" ? ClipboardEvent : DragEvent;
  if (type === "drop") document.querySelector(target).dispatchEvent(new DragEvent("dragover", options));
  document.querySelector(target).dispatchEvent(new Kind(type, options));
}"""


@pytest.fixture(scope="module")
def twelve(tmp_path_factory) -> Path:
    """A photo of twelve megapixels as a phone writes it: 4 MB, turned by its EXIF, with the time in it."""
    image = Image.effect_noise((500, 375), 60).resize((4000, 3000), Image.Resampling.BICUBIC).convert("RGB")
    image.paste((200, 20, 20), (0, 0, 2000, 1500))
    noise = Image.effect_noise((4000, 1200), 40).convert("RGB")
    image.paste(noise, (0, 1800))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:02 09:30:00"
    path = tmp_path_factory.mktemp("photos") / "IMG_2040.JPG"
    path.write_bytes(encode(image, quality=88, exif=exif.tobytes()))
    assert 3e6 < path.stat().st_size < 8e6
    return path


# ── the phone ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_photo_survives_the_closed_tab_and_the_text_too(case, phone, twelve):
    """Twelve megapixels on a slow line, the tab closed half-way while the wish is being written, opened again."""
    page, watch = phone
    context = page.context
    page.goto(photos(page))
    throttle(page)
    choose(page, twelve)
    page.get_by_text("Sent as a smaller copy").wait_for()
    half_way(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/wish/")
    assert kept(case) == []
    throttle(page, 20_000)
    page.get_by_text("Files from before that are still being sent: 1").wait_for()
    watch.look(page, "wish, while a photo is sent")
    page.locator("[name=wish][value=refund]").check()
    page.locator("textarea").fill("It is the second lamp broken like this.")
    page.close()
    assert kept(case) == []

    page = context.new_page()
    page.goto(photos(page).replace("photos", "wish"))
    assert page.locator("textarea").input_value() == "It is the second lamp broken like this."
    assert page.locator("[name=wish]:checked").input_value() == "refund"
    page.get_by_text("The files from before have arrived.").wait_for()
    (row,) = kept(case)
    assert row.reduced and (row.width, row.height) == (1536, 2048) and row.size < 900_000
    assert (row.place, row.draft_id, row.name) == ("whole", context.draft.pk, "IMG_2040.jpg")
    assert row.taken_at.date().isoformat() == "2026-11-02" and row.taken_source == "device"
    page.goto(photos(page))
    assert page.locator(SENT).count() == 1 and page.locator("[data-count]").inner_text() == "1 of 12 sent"
    watch.none()


def test_a_photo_that_is_still_on_its_way_comes_to_the_ticket(case, phone, twelve):
    """The complaint is sent before the photo is; the next pages go on with it."""
    page, watch = phone
    page.goto(photos(page))
    throttle(page, 30_000)
    choose(page, twelve)
    half_way(page, 2)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/wish/")
    page.locator("[name=wish][value=refund]").check()
    page.locator("textarea").fill("Broken.")
    page.get_by_role("button", name="Send complaint").click()
    page.wait_for_url("**/sent/")
    assert kept(case) == []
    throttle(page, 2_000_000)
    page.get_by_text("The files from before have arrived.").wait_for()
    (row,) = kept(case)
    assert row.ticket_id and row.draft_id == page.context.draft.pk
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('typed:'))") == []
    watch.none()


def test_offline_then_online(case, phone, tmp_path):
    page, _watch = phone
    page.goto(photos(page))
    paths = []
    for number in range(3):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(small_photo(size=(1200, 900), mark=bytes([number]) * 9))
    page.context.set_offline(True)
    choose(page, paths)
    page.get_by_text("Waiting for signal").first.wait_for()
    assert page.locator(TILE).count() == 3 and kept(case) == []
    start = time.monotonic()
    page.context.set_offline(False)
    page.locator(SENT).nth(2).wait_for()
    assert time.monotonic() - start < 5
    assert {row.name for row in kept(case)} == {"0.jpg", "1.jpg", "2.jpg"} and not any(
        row.reduced for row in kept(case)
    )


def test_where_the_browser_says_nothing_of_the_network_the_speed_is_measured(case, phone, twelve):
    page, _watch = phone
    page.context.add_init_script(NO_HINT)
    page.goto(photos(page))
    throttle(page)
    choose(page, twelve)
    half_way(page, 1)
    assert not page.get_by_text("Sent as a smaller copy").is_visible()
    page.get_by_text("Sent as a smaller copy").wait_for()
    page.locator(SENT).wait_for()
    assert [row.reduced for row in kept(case)] == [True]


@pytest.mark.parametrize(("why", "reduced"), [("", True), ("full", False), ("place", False)])
def test_what_makes_a_photo_smaller_and_what_keeps_it_whole(case, phone, twelve, why, reduced):
    """On a phone that saves data."""
    page, _watch = phone
    page.context.add_init_script(SAVES_DATA)
    case.organization.full_originals = why == "full"
    case.organization.save(update_fields=["full_originals"])
    page.goto(photos(page))
    page.get_by_label("The place where the photos were taken may be used").set_checked(why == "place")
    choose(page, twelve)
    page.locator(SENT).wait_for()
    (row,) = kept(case)
    assert row.reduced == reduced and (row.size == twelve.stat().st_size) != reduced


def test_a_good_network_takes_it_whole(case, phone, twelve):
    page, _watch = phone
    page.context.add_init_script(GOOD)
    page.goto(photos(page))
    choose(page, twelve)
    page.locator(SENT).wait_for()
    assert [(row.reduced, row.size) for row in kept(case)] == [(False, twelve.stat().st_size)]


def test_what_cannot_be_sent_is_said_at_once_and_put_away(case, phone, tmp_path):
    page, _watch = phone
    page.goto(photos(page))
    large, wrong = tmp_path / "large.jpg", tmp_path / "cat.gif"
    large.write_bytes(small_photo() + b"\0" * 20 * 2**20)
    wrong.write_bytes(b"GIF89a")
    page.on("request", lambda request: pytest.fail("sent") if request.method == "POST" else None)
    choose(page, large)
    said = "large.jpg\N{POP DIRECTIONAL ISOLATE}: The photo has 21 MB; at most 20 MB are possible."
    page.locator(".shot.failed", has_text=said).wait_for()
    page.locator(TILE).get_by_role("button", name="Remove").click()
    assert page.locator(TILE).count() == 0


def test_a_refusal_outlives_the_page_until_it_is_read(case, phone, tmp_path):
    page, _watch = phone
    page.goto(photos(page))
    wrong = tmp_path / "cat.jpg"
    wrong.write_bytes(b"GIF89a")
    choose(page, wrong)
    refused = page.locator(".shot.failed", has_text="cat.jpg")
    refused.wait_for()
    page.reload()
    refused.wait_for()
    refused.get_by_role("button", name="Remove").click()
    page.reload()
    page.locator("[data-count]", has_text="0 of 12").wait_for()
    assert page.locator(TILE).count() == 0 and kept(case) == []


def test_a_page_that_is_closed_to_us_ends_the_waiting_with_words(case, phone, tmp_path):
    page, _watch = phone
    page.goto(photos(page))
    page.context.clear_cookies(name="sessionid")
    path = tmp_path / "a.jpg"
    path.write_bytes(small_photo())
    choose(page, path)
    page.locator(".shot.failed", has_text="This page takes no more files").wait_for()


def test_a_phone_offers_camera_and_gallery(case, phone):
    page, _watch = phone
    page.goto(photos(page))
    assert page.locator("input[data-camera][capture=environment]").count() > 0
    assert page.get_by_text("Gallery", exact=True).first.is_visible()


# ── the desk ───────────────────────────────────────────────────────────────────────────────────────────────────────
def give(page, how: str, target: str, name: str, kind: str, data: bytes) -> None:
    """Drop or paste a file."""
    page.evaluate(GIVE, [how, target, name, kind, base64.b64encode(data).decode()])


def test_the_desk_drops_and_pastes(case, someone):
    page, watch = someone("bob")
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{case.ticket.number}/")
    give(page, "drop", "#ev-h", "from-mail.jpg", "image/jpeg", small_photo(mark=b"1"))
    page.locator(SENT).wait_for()
    screenshot = io.BytesIO()
    Image.new("RGB", (300, 200), "navy").save(screenshot, "PNG")
    give(page, "paste", "body", "image.png", "image/png", screenshot.getvalue())
    page.locator(SENT).nth(1).wait_for()
    rows = kept(case)
    assert {(row.name, row.ticket_id, row.uploader_kind) for row in rows} == {
        ("from-mail.jpg", case.ticket.pk, "operator"), ("image.png", case.ticket.pk, "operator"),
    }  # fmt: skip
    # The clipboard's own time is no time of taking.
    assert [row.taken_at for row in rows if row.name == "image.png"] == [None]
    watch.look(page, "files dropped and pasted")
    watch.none()


# ── large files ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_large_file_goes_in_parts_goes_on_where_it_stopped_and_says_what_became_of_it(case, phone, tmp_path):
    """The browser's side only: what stands in for server and store here keeps to the protocol in docs/ui.md."""
    page, _watch = phone
    part, sent, posted = 8 * 2**20, {}, []
    film = tmp_path / "film.mp4"
    film.write_bytes(b"".join(bytes([number]) * part for number in range(2)) + b"end" * 400_000)
    lost = iter([False, True])

    def serve(route):
        request, path = route.request, route.request.url.partition("/large/")[2]
        if request.method == "PUT":
            if next(lost, False):
                return route.fulfill(status=403)
            sent[path] = (request.post_data_buffer, request.headers["content-type"])
            return route.fulfill(status=200, headers={"ETag": f'"tag-{path}"'})
        posted.append((request.method, path, request.post_data_json if request.method == "POST" else None))
        left = [{"number": number, "url": f"/large/{number}"} for number in (1, 2, 3) if str(number) not in sent]
        if path == "done" and request.method == "POST":
            return route.fulfill(status=202, json={"id": None, "state": "arrived"})
        if len(sent) == 3:
            # The check is over when it is asked about for the second time.
            refused = sum(method == "GET" for method, *_rest in posted) > 2
            wrong = {"state": "refused", "error": "This is no video."}
            return route.fulfill(status=422, json=wrong) if refused else route.fulfill(json={"state": "arrived"})
        if path == "done":
            return route.fulfill(json={"arrived": [1], "parts": left})
        answer = {"key": "k", "part_size": part, "parts": left, "done": "/large/done", "type": "video/mp4"}
        return route.fulfill(status=201, json=answer)

    def with_large(route):
        route.fulfill(
            body=re.sub('data-large-url="[^"]*"', 'data-large-url="/large/"', route.fetch().text()),
            content_type="text/html",
        )

    page.route("**/large/**", serve)
    page.route("**/filing/*/photos/", with_large)
    page.goto(photos(page))
    choose(page, film, "other")
    page.get_by_text("Arrived, being checked").wait_for()
    page.locator(".shot.failed", has_text="film.mp4\N{POP DIRECTIONAL ISOLATE}: This is no video.").wait_for()
    assert b"".join(sent[number][0] for number in "123") == film.read_bytes()
    assert {kind for _data, kind in sent.values()} == {"video/mp4"}
    (first, about), second, (last, tags) = [(posted[0][:2], posted[0][2]), posted[1][:2], (posted[2][:2], posted[2][2])]
    assert [method for method, *_rest in posted[3:]] == ["GET", "GET"]
    assert (first, second, last) == (("POST", ""), ("GET", "done"), ("POST", "done"))
    assert about["name"] == "film.mp4" and about["size"] == film.stat().st_size and about["type"] == "video/mp4"
    assert tags == {"etags": {number: f'"tag-{number}"' for number in "123"}}


def test_a_large_video_arrives_in_the_store_and_counts_once_it_was_checked(case, phone, tmp_path, live_server):
    """The real thing: server, store, signed parts, CORS and the page's policy; only the worker is called by hand."""
    page, watch = phone
    data = video("mp4")
    film = tmp_path / "unboxing.mp4"
    film.write_bytes(data + (20 * 2**20 + 8).to_bytes(4, "big") + b"free" + bytes(20 * 2**20))
    page.goto(photos(page))
    choose(page, film, "other")
    page.get_by_text("Arrived, being checked").wait_for()
    assert kept(case) == []
    with tenant(case.organization):
        arrival = Arrival.objects.get()
    tasks.arrive(case.organization.pk, arrival.pk)
    (found,) = kept(case)
    assert (found.kind, found.size, found.draft_id) == ("video", film.stat().st_size, page.context.draft.pk)
    watch.none()


# ── the weight ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_first_page_stays_light(case, phone):
    """Everything a phone loads for the page of photos, as a compressing server sends it."""
    page, _watch = phone
    bodies: dict[str, bytes] = {}
    page.on("requestfinished", lambda request: bodies.setdefault(request.url, request.response().body()))
    page.goto(photos(page))
    page.wait_for_load_state("networkidle")
    sizes = {re.sub(r".*/", "", url) or "page": len(gzip.compress(body)) for url, body in bodies.items()}
    assert sum(sizes.values()) <= 90 * 1024, sizes

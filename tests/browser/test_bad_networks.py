"""What a person reads while files wait, and what becomes of them: a busy server, two tabs, no signal, no session,
a lost answer, odd names, a partner."""

import pytest

from tests.browser.uploading import PRIVATE, SENT, TILE, choose, kept, photos, throttle
from tests.evidence.conftest import add, ask, begin, visit
from tests.evidence.pictures import photo as small_photo

ADD = "**/photos/add/"


@pytest.fixture
def pictures(tmp_path):
    """Three photos that are not the same."""
    paths = [tmp_path / f"{number}.jpg" for number in range(3)]
    for path in paths:
        path.write_bytes(small_photo(size=(1200, 900), mark=path.name.encode() * 30_000))
    return paths


def test_what_it_waits_for_is_said_and_the_same_file_is_taken_once(case, phone, pictures):
    """The server is busy, then the connection breaks, then it goes well; the photo is chosen again."""
    page, watch = phone
    answers = iter(["busy", "broken"])

    def serve(route):
        answer = next(answers, "")
        if answer == "busy":
            return route.fulfill(status=503, headers={"Retry-After": "1"}, json={"error": "later"})
        return route.abort("connectionreset") if answer else route.continue_()

    page.route(ADD, serve)
    page.goto(photos(page))
    choose(page, pictures[0])
    page.locator(TILE, has_text="We cannot take files just now").wait_for()
    page.locator(TILE).get_by_role("button", name="Try again").click()
    page.locator(TILE, has_text="Connection lost").wait_for()
    page.locator(SENT).wait_for()
    choose(page, pictures[0], "close_up")
    twice = page.locator(TILE, has_text="This file is already here.")
    twice.wait_for()
    assert page.locator("[data-count]").inner_text() == "1 of 12 sent"
    watch.look(page, "the same photo twice")
    twice.get_by_role("button", name="Remove").press("Enter")
    assert page.locator(TILE).count() == 1
    assert page.evaluate("document.activeElement.dataset.place") == "close_up"


def test_a_photo_that_cannot_be_removed_now_says_so(case, phone, pictures):
    page, _watch = phone
    page.goto(photos(page))
    choose(page, pictures[0])
    page.locator(SENT).wait_for()
    page.route("**/photos/remove/", lambda route: route.abort("connectionreset"))
    page.get_by_role("button", name="Remove photo").click()
    page.locator(SENT, has_text="Could not be removed just now.").wait_for()
    page.unroute("**/photos/remove/")
    page.get_by_role("button", name="Remove photo").click()
    page.locator("[data-count]", has_text="0 of 12 sent").wait_for()
    assert kept(case) == []


def test_two_tabs_send_a_file_once(case, phone, pictures):
    page, _watch = phone
    posts, held = [], []
    page.context.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    page.route(ADD, lambda route: held.append(route))  # noqa: PLW0108 -- Playwright marks the function
    page.goto(photos(page))
    choose(page, pictures[0])
    page.locator(TILE, has_text="Whole item").wait_for()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator(TILE, has_text="Being sent in another tab").wait_for()
    held[0].continue_()
    for each in (page, other):
        each.locator(SENT).wait_for()
        assert each.locator("[data-count]").inner_text() == "1 of 12 sent"
    assert len(posts) == 1


def test_without_signal_a_form_stays_and_an_error_page_loses_no_text(case, phone):
    page, _watch = phone
    page.goto(photos(page).replace("photos", "wish"))
    page.locator("[name=wish][value=refund]").check()
    page.locator("textarea").fill("The second one.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send complaint").click()
    page.get_by_text("No signal. Nothing is lost").wait_for()
    page.context.set_offline(False)
    page.get_by_text("No signal. Nothing is lost").wait_for(state="detached")
    session = [cookie for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Send complaint").click()
    page.get_by_role("heading", name="This page is not open").wait_for()
    page.context.add_cookies(session)
    page.goto(photos(page).replace("photos", "wish"))
    assert page.locator("textarea").input_value() == "The second one."


def test_files_of_a_lost_session_go_to_the_complaint_begun_anew(case, phone, pictures, live_server):
    page, _watch = phone
    page.goto(photos(page))
    page.context.clear_cookies(name="sessionid")
    choose(page, pictures[:2])
    page.locator(".shot.failed", has_text="Find your order again").nth(1).wait_for()
    again = visit(case)
    draft = begin(case, again)
    assert draft.pk != page.context.draft.pk
    cookie = {"name": "sessionid", "value": again.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    page.goto(photos(page).replace(str(page.context.draft.key), str(draft.key)))
    page.locator(SENT).nth(1).wait_for()
    assert [row.draft_id for row in kept(case)] == [draft.pk] * 2


def test_where_nothing_can_be_kept_the_page_says_why_it_stays(case, phone, pictures):
    page, _watch = phone
    page.context.add_init_script(PRIVATE)
    page.goto(photos(page))
    throttle(page, 60_000)
    choose(page, pictures[0])
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Please keep this page open").first.wait_for()
    page.wait_for_url("**/wish/")
    assert len(kept(case)) == 1


def test_what_may_have_arrived_is_removed_where_it_is_once_the_server_has_answered(case, phone, pictures):
    """The server has the photo, its answer is lost: removed here only, the next page would show it again."""
    page, _watch = phone
    lost = iter([True])

    def serve(route):
        if not next(lost, False):
            return route.continue_()
        # An intercepted request does not show its file: these are the same bytes.
        add(case, data=pictures[0].read_bytes(), draft=page.context.draft)
        return route.fulfill(status=502)

    page.route(ADD, serve)
    page.goto(photos(page))
    choose(page, pictures[0])
    waits = page.locator(TILE, has_text="We cannot take files just now")
    waits.wait_for()
    assert len(kept(case)) == 1
    assert not waits.get_by_role("button", name="Remove photo").is_visible()
    waits.get_by_role("button", name="Try again").click()
    page.locator(SENT).get_by_role("button", name="Remove photo").click()
    page.locator("[data-count]", has_text="0 of 12 sent").wait_for()
    page.reload()
    page.locator("[data-count]", has_text="0 of 12 sent").wait_for()
    assert page.locator(TILE).count() == 0 and kept(case) == []


@pytest.mark.parametrize("stem", ["x" * 1200, "\N{PACKAGE}" * 300, "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe"])
def test_a_name_of_any_length_is_taken_and_covers_nothing(case, phone, pictures, stem):
    page, _watch = phone
    page.goto(photos(page))
    wide = "document.scrollingElement.scrollWidth > innerWidth || innerWidth > 390"
    for name, data in (("good", pictures[0].read_bytes()), ("bad", b"GIF89a")):
        file = {"name": f"{stem}.jpeg", "mimeType": "image/jpeg", "buffer": data}
        page.locator("input[data-place=other]").first.set_input_files(file)
        page.locator(SENT if name == "good" else ".shot.failed").wait_for()
        assert not page.evaluate(wide)
    (row,) = kept(case)
    assert row.name.endswith(".jpeg") and len(row.name) <= 120
    page.locator(SENT).get_by_role("button", name="Remove photo").click()
    page.locator("[data-count]", has_text="0 of 12 sent").wait_for()
    page.goto(photos(page).replace("photos", "wish"))
    page.get_by_text("Files of the format GIF cannot be used").wait_for()
    assert not page.evaluate(wide)
    # At 200 %.
    page.set_viewport_size({"width": 195, "height": 422})
    assert page.evaluate("document.scrollingElement.scrollWidth") == 195


def test_a_partners_files_have_their_names_and_the_desk_has_the_files(case, bob, someone, live_server, pictures):
    asked, client = ask(case, bob)
    page, watch = someone("partner", phone=True, has_touch=True, is_mobile=True)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(f"/luma/p/tickets/{case.ticket.number}/")
    choose(page, pictures[:2], "other")
    page.locator(SENT).nth(1).wait_for()
    assert page.locator(SENT).all_inner_texts() == ["0.jpg", "1.jpg"]
    assert page.locator("[data-count]").inner_text() == "2 of 36 sent"
    assert {(row.ticket_id, row.partner_id) for row in kept(case)} == {(case.ticket.pk, asked.partner_id)}
    watch.look(page, "the partner's photos")
    watch.none()

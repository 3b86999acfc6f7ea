"""What a person reads while files wait, and what becomes of them: a busy server, two tabs, no signal, no session."""

import pytest

from tests.browser.uploading import PRIVATE, SENT, TILE, choose, kept, photos, throttle
from tests.evidence.conftest import begin, visit
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

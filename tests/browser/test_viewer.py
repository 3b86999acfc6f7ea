"""The viewer: zoom, rotate, step, compare, by mouse and keys; Esc leads back; without a script a page does it."""

import re

import pytest

from aftersales.tenants.scope import tenant
from evidence import actions, pipeline
from evidence.models import Custody, Evidence
from evidence.pipeline import parts
from tests.browser.conftest import sign_in
from tests.evidence.conftest import add, make_case
from tests.evidence.pictures import document, encode, upload, video
from tests.evidence.test_likeness import scene
from tests.factories import make_order, make_ticket, member
from tickets.models import Ticket


@pytest.fixture
def shown(transactional_db, luma, bob):
    """A ticket with two photos, a video and a letter; an inspection's photo; and one of them used elsewhere."""
    case = make_case(luma)
    by = member(bob, luma)
    case.photos = [
        add(case, ticket=case.ticket, data=encode(scene(n), quality=80), place=place, ready=True)
        for n, place in enumerate(("whole", "box"))
    ]
    for file, name, kind in ((video(size=(640, 480)), "v.mp4", "video/mp4"), (document(), "a.pdf", "application/pdf")):
        kept = actions.add_evidence(
            organization=luma, file=upload(file, name, kind), by=case.by, place="other", ticket=case.ticket
        )
        pipeline.process(luma, kept.pk)
    case.inspected = add(
        case, inspection=case.inspection, by=by, data=encode(scene(7), quality=80), place="whole", ready=True
    )
    with tenant(luma):
        print_ = Evidence.objects.get(pk=case.photos[0].pk).fingerprint
        case.other = make_ticket(make_order(email="noura@luma.example"))
    again = add(case, ticket=case.other)
    with tenant(luma):
        Evidence.objects.filter(pk=again.pk).update(fingerprint=print_, fingerprint_parts=parts(print_))
        Ticket.objects.filter(pk=case.ticket.pk).update(assignee=bob)
    return case


# A finger that goes from one x to another on the picture.
SWEEP = """([from, to]) => {
  const image = document.querySelector("dialog .canvas img");
  const point = (type, x) => image.dispatchEvent(new PointerEvent(type,
    { bubbles: true, pointerId: 7, pointerType: "touch", clientX: x, clientY: 300 }));
  point("pointerdown", from); point("pointermove", (from + to) / 2); point("pointermove", to); point("pointerup", to);
}"""


def transform(page, number: int = 0) -> str:
    return page.locator("dialog .canvas img").nth(number).evaluate("image => image.style.transform")


def test_looking_with_keys_and_mouse(shown, luma, someone):
    page, watch = someone("operator")
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{shown.ticket.number}/")
    assert page.get_by_text(f"Almost the same picture was used in {shown.other.number}.").count() == 1
    assert page.locator(".ev .kind").all_inner_texts() == ["0:02", "2 pages"]
    watch.look(page, "workbench")
    first = page.get_by_role("link", name="Whole item").first
    first.focus()
    page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Whole item")
    viewer.locator(".canvas img").wait_for()
    assert viewer.get_by_text("1 / 4").first.is_visible()
    watch.look(page, "viewer")
    page.keyboard.press("+")
    assert "scale(1.4)" in transform(page)
    page.keyboard.press("0")
    page.keyboard.press("r")
    assert "rotate(90deg)" in transform(page)
    viewer.get_by_role("button", name="Larger").click()
    viewer.get_by_role("button", name="Rotate").click()
    assert "rotate(180deg) scale(1.4)" in transform(page)
    box = viewer.locator(".canvas").bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.mouse.wheel(0, -300)
    assert float(re.search(r"scale\(([\d.]+)", transform(page))[1]) > 1.6
    before = transform(page)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 130, steps=3)
    page.mouse.up()
    assert transform(page) != before
    page.mouse.dblclick(box["x"] + 150, box["y"] + 130)
    assert "scale(1)" in transform(page)
    page.keyboard.press("ArrowRight")
    page.get_by_role("dialog", name="Outer box").wait_for()
    assert "2 / 4" in page.get_by_role("dialog").inner_text()
    page.keyboard.press("ArrowLeft")
    viewer.wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog.viewer[open]").wait_for(state="detached")
    assert first.evaluate("link => link === document.activeElement")
    with tenant(luma):
        seen = Custody.objects.filter(verb="seen")
        assert {event.evidence_id for event in seen} == {photo.pk for photo in shown.photos}
    watch.none()


def test_comparing_with_the_inspection(shown, someone):
    page, watch = someone("operator")
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{shown.ticket.number}/")
    page.keyboard.press("c")
    panes = page.locator("dialog .pane")
    panes.nth(1).wait_for()
    assert panes.nth(1).inner_text().startswith("Inspection: Whole item")
    left, right = panes.nth(0).bounding_box(), panes.nth(1).bounding_box()
    assert left["y"] == right["y"] and left["x"] < right["x"]
    panes.nth(1).get_by_role("button", name="Rotate").click()
    assert "rotate(90deg)" in transform(page, 1) and "rotate" not in transform(page, 0)
    before = transform(page, 1)
    page.mouse.move(left["x"] + 60, left["y"] + 60)
    page.mouse.wheel(0, -300)
    assert "scale(1.2)" in transform(page, 0) and (both := transform(page, 1)) != before
    page.get_by_role("button", name="Zoom and move both").click()
    page.mouse.move(left["x"] + 60, left["y"] + 60)
    page.mouse.wheel(0, -300)
    assert "scale(1.44)" in transform(page, 0) and transform(page, 1) == both
    page.keyboard.press("s")
    assert panes.nth(0).inner_text().startswith("Inspection: Whole item")
    page.keyboard.press("s")
    watch.look(page, "viewer, two")
    page.get_by_role("dialog").get_by_role("button", name="Next").click()
    page.get_by_role("dialog", name="Outer box").wait_for()
    assert panes.count() == 2 and panes.nth(1).inner_text().startswith("Inspection")
    assert page.evaluate("document.activeElement.dataset.act") == "on"
    page.keyboard.press("c")
    panes.nth(1).wait_for(state="detached")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.locator("dialog.viewer[open]").wait_for(state="detached")
    watch.none()


def test_on_a_phone_they_stand_one_above_the_other(shown, someone):
    page, watch = someone("operator", phone=True)
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{shown.ticket.number}/")
    page.get_by_role("link", name="Whole item").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Compare").click()
    panes = page.locator("dialog .pane")
    panes.nth(1).wait_for()
    upper, lower = panes.nth(0).bounding_box(), panes.nth(1).bounding_box()
    assert upper["x"] == lower["x"] and upper["y"] + upper["height"] <= lower["y"] + 2
    watch.look(page, "viewer, phone")
    watch.none()


def test_without_a_script_a_page_shows_the_same(shown, someone):
    page, watch = someone("operator", java_script_enabled=False)
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{shown.ticket.number}/")
    page.get_by_role("link", name="Whole item").first.click()
    page.wait_for_url(f"**/desk/evidence/{shown.photos[0].pk}/")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**with=*")
    assert page.locator(".pane").count() == 2 and page.get_by_text("received").count()
    assert not page.get_by_role("button", name="Rotate").is_visible()
    watch.none()


def test_the_browsers_back_closes_it_and_a_finger_turns(shown, someone):
    page, watch = someone("operator", phone=True, has_touch=True)
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{shown.ticket.number}/")
    address = page.url
    page.get_by_role("link", name="Whole item").first.click()
    viewer = page.get_by_role("dialog", name="Whole item")
    viewer.locator(".canvas img").wait_for()
    page.go_back()
    page.locator("dialog.viewer[open]").wait_for(state="detached")
    assert page.url == address
    page.get_by_role("link", name="Whole item").first.click()
    viewer.locator(".canvas img").wait_for()
    page.evaluate(SWEEP, [300, 120])
    page.get_by_role("dialog", name="Outer box").wait_for()
    page.evaluate(SWEEP, [120, 300])
    viewer.wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog.viewer[open]").wait_for(state="detached")
    assert page.url == address and page.evaluate("history.state?.viewer") is None
    watch.none()

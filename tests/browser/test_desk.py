"""The operator's keys, and two people on one ticket."""

import re

import pytest

from aftersales.tenants.scope import tenant
from tests.browser.conftest import sign_in
from tests.factories import make_order, make_ticket, member
from tickets import actions
from tickets.models import Ticket, TicketEvent


@pytest.fixture
def three(transactional_db, luma, bob):
    """Return the numbers of three new tickets, in the queue's order."""
    with tenant(luma):
        return [make_ticket(make_order(), text=f"Lamp {n}").number for n in (1, 2, 3)]


def test_the_queue_by_keyboard(three, someone):
    page, watch = someone("operator")
    sign_in(page, "bob@luma.example", "/luma/desk/")
    current = page.locator("tr.cur")
    page.keyboard.press("j")
    assert "Lamp 1" in current.inner_text()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "Lamp 3" in current.inner_text()
    page.keyboard.press("k")
    assert "Lamp 2" in current.inner_text()
    page.keyboard.press("a")
    page.locator("tr", has_text="Lamp 2").get_by_role("img", name="Bob Operator").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{three[1]}/")
    page.keyboard.press("m")
    page.locator("#reply-text:focus").wait_for()
    page.keyboard.type("jk? are letters here")
    assert page.locator("#reply-text").input_value() == "jk? are letters here"
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.wait_for_url("**/desk/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog")
    keys.wait_for()
    assert re.search(r"all keys|Keys", keys.inner_text(), re.IGNORECASE) and keys.locator("kbd").count() > 8
    watch.look(page, "queue, all keys")
    page.keyboard.press("Escape")
    keys.wait_for(state="hidden")
    page.keyboard.press("/")
    page.keyboard.type(three[2])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{three[2]}/")
    watch.none()


def test_who_comes_second_is_told_and_keeps_the_text(three, luma, someone, mona):
    page, watch = someone("operator")
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{three[0]}/")
    page.locator("#way-reject > summary").click()
    page.locator("#way-reject textarea").fill("The lamp was thrown.")
    page.locator("#way-reject").get_by_label("Clause of your rules").fill("§ 4")
    with tenant(luma):
        actions.withdraw(Ticket.objects.get(number=three[0]), by=member(mona, luma), reason="Asked on the phone.")
    page.get_by_role("button", name="Reject and tell the customer").click()
    page.get_by_role("alert").get_by_text("Somebody was faster").wait_for()
    watch.look(page, "conflict")
    assert page.get_by_role("alert").locator("textarea").first.input_value() == "The lamp was thrown."
    page.get_by_role("link", name="Go on from here").click()
    page.wait_for_url(f"**/tickets/{three[0]}/")
    with tenant(luma):
        assert Ticket.objects.get(number=three[0]).state == "withdrawn"
    watch.none()


def test_a_second_acceptance_is_told_so(three, luma, someone, mona):
    page, watch = someone("operator")
    sign_in(page, "bob@luma.example", f"/luma/desk/tickets/{three[0]}/")
    with tenant(luma):
        actions.accept(Ticket.objects.get(number=three[0]), by=member(mona, luma))
    page.get_by_role("button", name="Accept and find who is responsible").click()
    page.get_by_role("alert").get_by_text("Somebody was faster: the ticket is now at “Responsibility”.").wait_for()
    watch.look(page, "conflict")
    with tenant(luma):
        accepted = TicketEvent.objects.filter(verb="accept").values_list("actor_name", flat=True)
        assert list(accepted) == ["Mona Manager"]
    watch.none()

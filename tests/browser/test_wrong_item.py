"""A wrong lamp: the inspection photo names the warehouse, a mediation decides, the goods are exchanged."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.orders.models import Inspection
from aftersales.tenants.scope import tenant
from tests.browser import people as p
from tests.browser.conftest import sign_in
from tests.factories import make_line, make_order, make_partner, make_shipment
from tickets.models import Plan, Ticket, TicketEvent

ORDER, WAREHOUSE = "LH-300202", "dock@warehouse.example"
HALF = "The inspection shows the sage lamp, so it was mixed up when packing. An exchange, and 15 for the trouble."


@pytest.fixture
def shop(transactional_db, luma, harbor, alice, mona, bob, charlie, mailing):
    """Luma with a sage lamp that was inspected and packed by a warehouse; Harbor with the same order."""
    luma.return_address = "Luma Returns\nRua do Porto 7\nLisboa"
    luma.save(update_fields=["return_address"])
    sold = timezone.now() - dt.timedelta(days=16)
    for organization, email in ((luma, "maria@mail.example"), (harbor, "zhanna@mail.example")):
        with tenant(organization):
            dock = make_partner("warehouse", f"{organization.name} Dock", email=WAREHOUSE)
            order = make_order(number=ORDER, email=email, placed_at=sold, delivered_at=sold + dt.timedelta(days=12))
            order.total = Decimal(89)
            order.save(update_fields=["total"])
            line = make_line(order, unit_price=Decimal(89), specification="Table lamp, sage", supplier=make_partner())
            scans = {"picked_up": sold + dt.timedelta(days=2), "delivered": sold + dt.timedelta(days=12)}
            make_shipment(order, events=scans, warehouse=dock, packed_by="warehouse")
            Inspection.objects.create(line=line, level="basic", result="pass", at=sold + dt.timedelta(days=1))
    return luma


def operator_compares(page, watch, number: str, tmp_path) -> None:
    """Add the inspection's photo, compare it with the customer's, say that the goods were right then."""
    p.tab(page, "Facts")
    p.adds_inspection_photo(page, p.picture(tmp_path, "inspection"))
    page.get_by_label("What arrived, in words").fill("A blue lamp")
    page.get_by_role("button", name="Note it").last.click()
    p.said(page, "Noted.")
    look = page.locator("form.look", has_text="Inspection photo: the fault")
    look.get_by_role("button", name="is not there").click()
    p.said(page, "Noted. The recommendation was looked at anew.")
    watch.look(page, "facts, both photos")
    p.tab(page, "Ticket")
    card = p.card(page).inner_text()
    for words in ("Warehouse", "100%", "W24", "The inspection shows the right goods", "Order of evidence"):
        assert words in card, words


def warehouse_accepts_a_part(page, watch) -> None:
    page.goto(p.mailed_link(WAREHOUSE, "p"))
    page.get_by_text("Our view: Warehouse, 100%").wait_for()
    watch.look(page, "warehouse's page")
    page.locator("input[value=partly]").check()
    page.locator("#answer-percent").fill("50")
    page.locator("#answer-text").fill("Both lamps lay in one bin, which was not our choice.")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("heading", name="Thank you for your answer").wait_for()


def operator_confirms(page) -> None:
    """What the warehouse did not accept is ours, and the page says so."""
    page.reload()
    page.get_by_role("button", name="Confirm responsibility:").click()
    p.said(page, "Now propose what will be done")
    assert "Warehouse accepts 50 %." in page.get_by_role("region", name="Responsibility", exact=True).inner_text()


def operator_offers_too_little(page) -> None:
    """The policy proposes an exchange; the operator offers money instead."""
    assert "Proposed by policy: Wrong item: exchanged" in p.card(page).inner_text()
    page.locator("[name=a0-kind]").select_option("keep_refund")
    page.locator("[name=a0-amount]").fill("10")
    page.locator("[name=a1-kind]").select_option("")
    page.locator("[name=a1-amount]").fill("")
    p.proposes(page, "Keep the blue one, and get 10 back.")


def customer_asks_for_mediation(page, watch) -> None:
    page.reload()
    page.get_by_role("heading", name="€10.00 back").wait_for()
    page.locator("summary", has_text="I don’t agree").click()
    form = page.locator("form[action$='/refuse/']")
    form.get_by_role("radio").first.check()
    form.locator("textarea").fill("I ordered sage and want sage.")
    form.get_by_role("button", name="Send my answer").click()
    form.wait_for(state="detached")
    page.get_by_role("link", name="Mediation").click()
    page.get_by_role("heading", name="Ask for a mediation").wait_for()
    watch.look(page, "mediation, to ask for")
    page.get_by_label("What do you not agree with?").fill("I got a blue lamp and ten euros.")
    page.get_by_role("button", name="Ask for a mediation").click()
    page.get_by_role("heading", name="A mediation is open").wait_for()


def customer_states(page, watch) -> None:
    page.get_by_role("textbox", name="Your statement").fill("The photo shows blue. The order says sage.")
    page.get_by_role("button", name="Send my statement").click()
    p.said(page, "We have your statement.")
    watch.look(page, "mediation, said")


def warehouse_writes(page, watch) -> None:
    page.goto(p.mailed_link(WAREHOUSE, "p", 2))
    page.get_by_role("link", name="Write our statement").click()
    page.get_by_text("The photo shows blue.").wait_for()
    page.get_by_role("textbox", name="Your statement").fill("The bin held both colours.")
    page.get_by_role("button", name="Send my statement").click()
    p.said(page, "We have your statement.")
    watch.look(page, "mediation, warehouse's side")


def manager_decides(page, watch, number: str) -> None:
    sign_in(page, "mona@luma.example", f"/luma/desk/tickets/{number}/mediation/")
    for words in ("The photo shows blue.", "The bin held both colours.", "W24"):
        assert page.get_by_text(words).first.is_visible(), words
    watch.look(page, "mediation, to decide")
    page.get_by_label("Warehouse").fill("60")
    page.get_by_label("Agent (us)").fill("30")
    page.get_by_label("Amount to the customer").fill("15")
    page.get_by_label("Decision with its reason").fill(HALF)
    page.get_by_role("button", name="Decide").click()
    page.get_by_text("The shares must add to 100 per cent; now they add to 90.").first.wait_for()
    watch.look(page, "mediation, shares do not add up")
    page.get_by_label("Agent (us)").fill("40")
    page.get_by_role("button", name="Decide").click()
    p.said(page, "Decided. Both sides are told; the plan follows the decision.")
    watch.look(page, "mediation, decided")


def both_read_the_decision(customer, warehouse, watches) -> None:
    customer.reload()
    customer.get_by_role("heading", name="The mediation is decided").wait_for()
    assert customer.get_by_text(HALF).is_visible() and customer.get_by_text("€15.00").is_visible()
    assert "60%" not in customer.locator("main").inner_text()
    watches[0].look(customer, "mediation, decided")
    warehouse.reload()
    assert warehouse.get_by_text(HALF).is_visible() and warehouse.get_by_text("60% · €9.00").is_visible()
    watches[1].look(warehouse, "mediation, decided")


def operator_follows(page, watch, number: str) -> None:
    """The plan keeps to the decision and needs nobody's agreement any more."""
    page.goto(f"/luma/desk/tickets/{number}/")
    assert "Decided in mediation" in p.card(page).inner_text()
    assert p.planned(page) == {"return": "", "exchange": "", "partial_refund": "15.00"}
    watch.look(page, "workbench, plan by the mediation")
    p.proposes(page, "We exchange it and pay 15.", then="The plan keeps to the mediation and is agreed.")


def goods_come_back(page, customer, number: str) -> None:
    p.tab(page, "Returns")
    page.get_by_label("Ceramic table lamp, sage").fill("1")
    page.get_by_role("button", name="Authorise and tell the customer").click()
    p.said(page, "Authorised. The customer has a mail")
    customer.goto(f"/luma/tickets/{number}/")
    assert customer.get_by_text("What we agreed").is_visible()
    p.opens_return(customer)
    customer.get_by_label("Carrier").fill("Correos")
    customer.get_by_role("button", name="I have sent it").click()
    customer.get_by_role("heading", name="It is on its way to us").wait_for()
    page.reload()
    page.get_by_role("button", name="The carrier has it").click()
    p.said(page, "Recorded: it is on its way.")
    page.locator("summary", has_text="It is here").click()
    page.get_by_role("button", name="Receive").click()
    p.said(page, "Received. Look at the goods next.")


def exchange_is_recorded(page, customer, customer_watch) -> None:
    page.get_by_role("radio", name="As expected").check()
    page.get_by_role("button", name="Record what we found").click()
    p.said(page, "Recorded. The customer was told.")
    customer.reload()
    customer.get_by_role("heading", name="Your return is done").wait_for()
    customer_watch.look(customer, "the return, done")
    p.tab(page, "Ticket")
    p.records(page, "Exchange", "CX-99")
    p.said(page, "Recorded as done.")
    p.records(page, "Partial refund", "PAY-15")
    page.get_by_role("heading", name="Close the ticket").wait_for()
    p.tab(page, "Money")
    assert p.money_rows(page)["Warehouse Luma Home Dock"][:2] == ["9.00", "9.00"]
    p.recovers(page, "Warehouse: Luma Home Dock", "9", "CN-9")
    assert p.money_rows(page)["Warehouse Luma Home Dock"][3:] == ["9.00", "0.00"]


def case_file_is_read(page, watch, number: str) -> None:
    p.tab(page, "Papers")
    page.get_by_role("button", name="Make the case file").click()
    link = page.get_by_role("link", name="Download")
    link.wait_for(timeout=30_000)
    watch.look(page, "papers, ready")
    text = p.text_of(p.downloads(page, link))
    for words in (number, "A blue lamp", HALF, "The photo shows blue.", "The bin held both colours.", "RMA-", "CX-99"):
        assert words in text, words
    assert "Harbor" not in text


def test_a_wrong_lamp(shop, someone, tmp_path):
    maria, maria_watch = someone("customer", phone=True, never=(*p.FOREIGN, "Dock", WAREHOUSE))
    bob, bob_watch = someone("operator", never=p.FOREIGN)
    mona, mona_watch = someone("manager", never=p.FOREIGN)
    dock, dock_watch = someone("warehouse", never=(*p.FOREIGN, *p.CUSTOMER, ORDER))

    shots = {"whole": p.picture(tmp_path, "whole"), "label": p.picture(tmp_path, "label")}
    number = p.files(
        maria, maria_watch, ORDER, "Wrong item", photos=shots, wish="replacement", text="It is blue, not sage."
    )
    with tenant(shop):
        p.photos_ready(2)
    sign_in(bob, "bob@luma.example", "/luma/desk/")
    p.takes(bob, bob_watch, number)
    operator_compares(bob, bob_watch, number, tmp_path)
    p.asks_partner(bob, "Luma Home Dock · Warehouse", "100", "The inspection shows sage, the parcel held blue.")
    warehouse_accepts_a_part(dock, dock_watch)
    operator_confirms(bob)
    operator_offers_too_little(bob)
    customer_asks_for_mediation(maria, maria_watch)
    customer_states(maria, maria_watch)
    warehouse_writes(dock, dock_watch)
    manager_decides(mona, mona_watch, number)
    both_read_the_decision(maria, dock, (maria_watch, dock_watch))
    operator_follows(bob, bob_watch, number)
    goods_come_back(bob, maria, number)
    exchange_is_recorded(bob, maria, maria_watch)
    case_file_is_read(bob, bob_watch, number)
    p.tab(bob, "Ticket")
    outcome, cause = p.closes(bob, bob_watch, "The sage lamp is on its way.")
    assert (outcome, cause) == ("Replaced", "Warehouse packed the wrong goods")
    p.is_settled(bob, bob_watch, outcome=outcome, cause=cause, costs={"Agent (us)": "6.00"})
    p.is_told(maria, maria_watch, number, "€15.00", "PAY-15", "The sage lamp is on its way.")

    with tenant(shop):
        ticket = Ticket.objects.get()
        plan = Plan.objects.get(state="done")
        verbs = set(TicketEvent.objects.values_list("verb", flat=True))
    assert ticket.state == "closed" and plan.partner_agreed_at and plan.customer_agreed_at
    assert {"mediation_opened", "mediation_stated", "mediation_decided", "paper_downloaded"} <= verbs
    for watch in (maria_watch, bob_watch, mona_watch, dock_watch):
        watch.none()

"""A lamp that does not work, from the complaint to the supplier's money: customer, operator, supplier and manager."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.orders.models import Inspection
from aftersales.tenants.scope import tenant
from tests.browser import people as p
from tests.browser.conftest import sign_in
from tests.factories import make_line, make_order, make_partner, make_shipment
from tickets.models import LedgerEntry, Notification, Return, Ticket

ORDER, SUPPLIER = "LH-300101", "oakline@supplier.example"


@pytest.fixture
def shop(transactional_db, luma, harbor, alice, mona, bob, charlie, mailing):
    """Luma with a lamp that was inspected for its looks only; Harbor with the same order of somebody else."""
    luma.approval_amount, luma.return_address = Decimal(140), "Luma Returns\nRua do Porto 7\nLisboa"
    luma.save(update_fields=["approval_amount", "return_address"])
    sold = timezone.now() - dt.timedelta(days=16)
    for organization, email in ((luma, "maria@mail.example"), (harbor, "zhanna@mail.example")):
        with tenant(organization):
            supplier = make_partner(name=f"{organization.name} Oakline", email=SUPPLIER)
            order = make_order(
                number=ORDER, email=email, placed_at=sold, freight=Decimal(20),
                delivered_at=sold + dt.timedelta(days=12), address="Calle del Sol 4", city="Guadalajara",
            )  # fmt: skip
            order.total = Decimal(149)
            order.save(update_fields=["total"])
            line = make_line(order, supplier=supplier, unit_price=Decimal(129), specification="Lamp, sage, 220 V")
            scans = {"picked_up": sold + dt.timedelta(days=2), "delivered": sold + dt.timedelta(days=12)}
            make_shipment(order, events=scans, packed_by="warehouse", cushioning="adequate")
            Inspection.objects.create(
                line=line, level="basic", result="pass", at=sold + dt.timedelta(days=1), checked="surface and colour"
            )
    return luma


# ── who is responsible ─────────────────────────────────────────────────────────────────────────────────────────────
def operator_misses_the_fault(page, watch, number: str) -> None:
    """Nothing shows the fault yet: low confidence, what would decide it, one click that asks for it."""
    card = p.card(page)
    assert "Confidence low" in card.inner_text() and "Q37" in card.inner_text()
    asks = page.locator(".proofs")
    assert asks.get_by_text("Photo of the item", exact=True).is_visible()
    p.asks_customer(page, "Photo of the item")
    watch.look(page, "workbench, a photo was asked for")


def customer_brings_it(page, watch, tmp_path) -> None:
    page.reload()
    page.get_by_role("heading", name="We need your help").wait_for()
    assert page.get_by_text("Photo of the item", exact=True).is_visible()
    page.get_by_role("link", name="Send photos").click()
    watch.look(page, "asked for a photo")
    p.sends(page, {"whole": p.picture(tmp_path, "whole")})
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("**/tickets/*/")
    assert not page.get_by_role("heading", name="We need your help").count()


def operator_looks(page, watch, number: str, tmp_path) -> None:
    """The photo's words name the supplier; the inspection photo then shares it out; the page says what changed."""
    page.goto(f"/luma/desk/tickets/{number}/")
    assert page.locator(".proofs").get_by_label("Came").count()
    p.tab(page, "Facts")
    watch.look(page, "facts")
    p.describes(page, "Whole item", "The lamp stays dark, it does not light with two bulbs.")
    watch.look(page, "facts, photo described")
    p.tab(page, "Ticket")
    card = p.card(page)
    for words in (
        "Supplier",
        "100%",
        "Confidence high",
        "Q33",
        "Source:",
        "An inspection proves only what it looked at",
    ):
        assert words in card.inner_text(), words
    card.get_by_role("link", name="The lamp stays dark").first.click()
    page.wait_for_url("**/facts/#evidence-*")
    page.locator(":target").get_by_text("The lamp stays dark").wait_for()
    p.adds_inspection_photo(page, p.picture(tmp_path, "inspection"))
    watch.look(page, "facts, both photos")
    look = page.locator("form.look", has_text="Inspection photo: the fault")
    look.get_by_role("button", name="can be seen").click()
    p.said(page, "Noted. The recommendation was looked at anew.")
    p.tab(page, "Ticket")
    changed = p.card(page).locator(".note-box", has_text="Changed:")
    assert "Supplier 100% before." in changed.inner_text()
    assert "The fault can be seen at the inspection" in changed.inner_text()
    for words in ("Q03", "60%", "30%", "10%"):
        assert words in p.card(page).inner_text(), words
    watch.look(page, "workbench, the recommendation changed")


def supplier_contests(page, watch, tmp_path) -> None:
    page.goto(p.mailed_link(SUPPLIER, "p"))
    assert page.get_by_text("Our view: Supplier, 70%").is_visible()
    watch.look(page, "supplier's page")
    page.locator("input[type=file][data-place=other]").first.set_input_files(p.picture(tmp_path, "bench"))
    page.locator(".shot.full[data-photo]").wait_for()
    page.locator("input[value=contested]").check()
    page.locator("#answer-text").fill("It was lit on our test bench, see the photo.")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("heading", name="Thank you for your answer").wait_for()
    watch.look(page, "supplier contested")


def operator_pushes_on(page, watch, number: str) -> None:
    page.goto(f"/luma/desk/tickets/{number}/")
    answer = p.card(page).locator(".note-box", has_text="It was lit on our test bench")
    answer.wait_for()
    watch.look(page, "workbench, supplier contested")
    p.asks_partner(page, "Luma Home Oakline · Supplier", "60", "The bench photo shows another lamp. We ask for 60.")


def supplier_accepts_a_part(page, watch) -> None:
    page.goto(p.mailed_link(SUPPLIER, "p", 2))
    page.get_by_text("Our view: Supplier, 60%").wait_for()
    page.locator("input[value=partly]").check()
    page.locator("#answer-percent").fill("50")
    page.locator("#answer-text").fill("We take half.")
    page.locator("#answer-prevention").fill("Every lamp is lit before packing.")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("heading", name="Thank you for your answer").wait_for()
    page.get_by_text("We take half.").first.wait_for()


# ── what will be done ──────────────────────────────────────────────────────────────────────────────────────────────
def operator_proposes(page, watch, number: str) -> None:
    page.goto(f"/luma/desk/tickets/{number}/")
    p.card(page).get_by_text("Every lamp is lit before packing.").wait_for()
    p.decides_shares(page, {"Supplier": "60", "Agent (us)": "40"}, "The fault was there; we let it pass.")
    plan = p.card(page)
    assert "Proposed by policy: Quality: money back" in plan.inner_text()
    assert p.planned(page) == {"return": "", "refund": "129.00"}
    watch.look(page, "workbench, plan by policy")
    p.proposes(page, "Please send it back, then you get the price.")


def customer_counters(page, watch) -> None:
    page.reload()
    page.get_by_role("heading", name="€129.00 back").wait_for()
    watch.look(page, "the proposal")
    page.locator("summary", has_text="I want something else").click()
    form = page.locator("form[action$='/counter/']")
    form.get_by_label("How much back?").fill("149.00")
    form.get_by_label("Why?").fill("I paid the freight for nothing.")
    watch.look(page, "another proposal")
    form.get_by_role("button", name="Send my proposal").click()
    form.wait_for(state="detached")
    watch.look(page, "another proposal sent")


def operator_takes_it_over(page, watch, number: str) -> None:
    page.goto(f"/luma/desk/tickets/{number}/")
    refused = p.card(page).locator(".note-box", has_text="The customer asks for something else")
    assert "€149.00" in refused.inner_text() and "instead of €129.00" in refused.inner_text()
    watch.look(page, "workbench, another proposal")
    page.get_by_role("link", name="Take this over into the plan").click()
    page.get_by_text("As the customer asked").wait_for()
    assert p.planned(page) == {"return": "", "refund": "149.00"}
    p.proposes(page, "You get price and freight once it is back.", then="The plan waits for a manager.")
    page.locator("summary", has_text="What changed since the version before").click()
    changes = page.locator("details", has_text="What changed since the version before")
    assert "€129.00" in changes.inner_text() and "€149.00" in changes.inner_text()
    watch.look(page, "workbench, waits for a manager")


def everybody_agrees(manager, customer, supplier, number: str, watches) -> None:
    sign_in(manager, "mona@luma.example", f"/luma/desk/tickets/{number}/")
    manager.get_by_role("button", name="Approve and send to the customer").click()
    p.said(manager, "Approved. The customer sees the plan now.")
    customer.reload()
    customer.get_by_role("heading", name="€149.00 back").wait_for()
    p.accepts(customer)
    assert p.headline(customer) == "Thank you, we are making the last arrangements"
    supplier.goto(p.mailed_link(SUPPLIER, "p", 3))
    assert supplier.get_by_text("€89.40").first.is_visible()
    watches[2].look(supplier, "supplier's part of the plan")
    supplier.get_by_role("button", name="Agree to our part").click()
    supplier.get_by_role("button", name="Agree to our part").wait_for(state="detached")


# ── it is done ─────────────────────────────────────────────────────────────────────────────────────────────────────
def operator_authorises(page, watch, number: str) -> None:
    """A refund that waits for the goods is refused until they are back; the return is authorised."""
    page.goto(f"/luma/desk/tickets/{number}/")
    watch.look(page, "workbench, executing")
    p.records(page, "Full refund", "PAY-1")
    p.said(page, "This waits for the goods: they must be back and inspected first")
    watch.look(page, "workbench, refused before the goods are back")
    p.tab(page, "Returns")
    page.get_by_label("Ceramic table lamp, sage").fill("1")
    assert "Rua do Porto 7" in page.get_by_label("Send it to").input_value()
    page.get_by_label("Instructions").fill("Please keep the bulb out.")
    watch.look(page, "returns, to authorise")
    page.get_by_role("button", name="Authorise and tell the customer").click()
    p.said(page, "Authorised. The customer has a mail")
    watch.look(page, "returns, authorised")


def customer_sends_it(page, watch) -> str:
    """Get the label and read it; say that it was sent. Returns the return's number."""
    page.reload()
    rma = p.opens_return(page)
    watch.look(page, "the return")
    page.get_by_role("link", name="Sheet with label").click()
    page.get_by_role("button", name="Make the label").click()
    link = page.get_by_role("link", name="Download the label")
    link.wait_for(timeout=30_000)
    watch.look(page, "the label")
    label = p.text_of(p.downloads(page, link))
    for words in (rma, "Rua do Porto 7", "Please keep the bulb out.", "María González"):
        assert words in label, words
    page.get_by_role("link", name=rma).click()
    page.get_by_label("Carrier").fill("Correos")
    page.get_by_label("Tracking number").fill("CX-77")
    page.get_by_role("button", name="I have sent it").click()
    page.get_by_role("heading", name="It is on its way to us").wait_for()
    watch.look(page, "the return, sent")
    return rma


def warehouse_looks(page, watch, rma: str, tmp_path) -> None:
    """Find the parcel by its number, receive and inspect it with a photo."""
    page.goto("/luma/desk/returns/")
    page.get_by_role("searchbox").fill(rma)
    page.keyboard.press("Enter")
    page.wait_for_url("**/returns/**#return-*")
    page.locator("summary", has_text="It is here").click()
    page.get_by_role("button", name="Receive").click()
    p.said(page, "Received. Look at the goods next.")
    page.locator("input[type=file]").set_input_files(p.picture(tmp_path, "back"))
    page.get_by_role("button", name="Add photos").click()
    page.get_by_text("No photos yet.").wait_for(state="detached")
    page.get_by_role("radio", name="As expected").check()
    watch.look(page, "returns, received")
    page.get_by_role("button", name="Record what we found").click()
    p.said(page, "Recorded. The customer was told.")


def operator_pays_and_recovers(page, watch, number: str) -> None:
    p.tab(page, "Ticket")
    assert page.locator("ol.todo-list > li", has_text="Return").first.get_by_label("Done").is_visible()
    p.records(page, "Full refund", "PAY-2026-11-0042")
    p.said(page, "Recorded as done.")
    p.tab(page, "Money")
    watch.look(page, "money, paid")
    assert p.money_rows(page)["Supplier Luma Home Oakline"] == ["89.40", "89.40", "0.00", "0.00", "89.40"]
    p.recovers(page, "Supplier: Luma Home Oakline", "89.40", "CN-2026-118")
    rows = p.money_rows(page)
    assert rows["Supplier Luma Home Oakline"] == ["89.40", "89.40", "0.00", "89.40", "0.00"]
    assert rows["Agent (us)"][:3] == ["59.60", "59.60", "0.00"]
    assert page.locator("ol.ledger").get_by_text("PAY-2026-11-0042").count() == 2
    watch.look(page, "money, recovered")


def test_a_lamp_that_does_not_work(shop, someone, tmp_path):
    maria, maria_watch = someone("customer", phone=True, never=p.FOREIGN)
    bob, bob_watch = someone("operator", never=p.FOREIGN)
    mona, mona_watch = someone("manager", never=p.FOREIGN)
    oakline, oakline_watch = someone("supplier", never=(*p.FOREIGN, *p.CUSTOMER, ORDER, "Calle del Sol", "149"))
    watches = (maria_watch, bob_watch, oakline_watch, mona_watch)

    shots = {"close_up": p.picture(tmp_path, "close"), "label": p.picture(tmp_path, "label")}
    number = p.files(
        maria, maria_watch, ORDER, "It does not work", photos=shots, wish="refund", text="It never lit up."
    )
    sign_in(bob, "bob@luma.example", "/luma/desk/")
    p.takes(bob, bob_watch, number)
    operator_misses_the_fault(bob, bob_watch, number)
    customer_brings_it(maria, maria_watch, tmp_path)
    with tenant(shop):
        p.photos_ready(3)
    operator_looks(bob, bob_watch, number, tmp_path)
    p.asks_partner(bob, "Luma Home Oakline · Supplier", "70", "The fault can be seen on your inspection photo.")
    supplier_contests(oakline, oakline_watch, tmp_path)
    operator_pushes_on(bob, bob_watch, number)
    supplier_accepts_a_part(oakline, oakline_watch)
    operator_proposes(bob, bob_watch, number)
    customer_counters(maria, maria_watch)
    operator_takes_it_over(bob, bob_watch, number)
    everybody_agrees(mona, maria, oakline, number, watches)
    operator_authorises(bob, bob_watch, number)
    rma = customer_sends_it(maria, maria_watch)
    warehouse_looks(bob, bob_watch, rma, tmp_path)
    operator_pays_and_recovers(bob, bob_watch, number)
    p.tab(bob, "Ticket")
    outcome, cause = p.closes(bob, bob_watch, "The money is with your bank.")
    assert (outcome, cause) == ("Refunded", "Production fault")
    p.is_settled(bob, bob_watch, outcome=outcome, cause=cause, costs={"Agent (us)": "59.60"})
    p.is_told(maria, maria_watch, number, "€149.00", "PAY-2026-11-0042", "The money is with your bank.")
    p.rates(maria, "It took its time, but it is good.")

    with tenant(shop):
        ticket = Ticket.objects.get()
        costs = {cost.party: cost.amount for cost in ticket.costs.all()}
        recovered = LedgerEntry.objects.get(kind="recovered")
        assert p.wait_for(lambda: not Notification.objects.filter(channel="mail", sent_at=None).exists())
        assert Return.objects.get().state == "accepted"
    assert ticket.state == "followed_up" and costs["agent"] == Decimal("59.60")
    assert (recovered.amount, recovered.proof, recovered.party) == (Decimal("89.40"), "CN-2026-118", "supplier")
    for watch in watches:
        watch.none()

"""A parcel that the carrier lost, from the claim's last day to its money; and one that customs hold for its papers."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.orders.models import Declaration, DeclarationLine
from aftersales.tenants.scope import tenant
from tests.browser import people as p
from tests.browser.conftest import sign_in
from tests.factories import make_line, make_order, make_partner, make_shipment
from tickets.models import Claim, LedgerEntry, Ticket

LOST, HELD, CARRIER = "LH-300303", "LH-300404", "claims@carrier.example"
DAYS_LEFT = 8


@pytest.fixture
def shop(transactional_db, luma, harbor, alice, mona, bob, charlie, mailing):
    """Luma with a parcel that UPS took half a year ago, and one whose declaration says "gift"; Harbor with the same."""
    luma.approval_amount = Decimal(500)
    luma.save(update_fields=["approval_amount"])
    now = timezone.now()
    for organization, email in ((luma, "maria@mail.example"), (harbor, "zhanna@mail.example")):
        with tenant(organization):
            handed = now - dt.timedelta(days=180 - DAYS_LEFT)
            carrier = make_partner("carrier", f"UPS {organization.name}", email=CARRIER)
            _order(LOST, email, handed - dt.timedelta(days=2), carrier, "1Z-LOST", {"picked_up": handed}, handed)
            held = now - dt.timedelta(days=9)
            scans = {"picked_up": held, "customs_hold": held + dt.timedelta(days=5)}
            parcel = _order(HELD, email, held - dt.timedelta(days=2), carrier, "1Z-HELD", scans, held)
            declaration = Declaration.objects.create(shipment=parcel, currency="EUR", terms="DAP", complete=False)
            DeclarationLine.objects.create(
                declaration=declaration, position=1, line=parcel.order.lines.get(), description="Gift", quantity=1,
                net_weight_g=1800, value=Decimal(140), origin="CN",
            )  # fmt: skip
    return luma


def _order(number, email, placed, carrier, tracking, scans, handed):
    order = make_order(number=number, email=email, placed_at=placed, freight=Decimal(20), paid_at=placed)
    order.total, order.promised_on = Decimal(160), (placed + dt.timedelta(days=20)).date()
    order.save(update_fields=["total", "promised_on"])
    make_line(order, unit_price=Decimal(140), supplier=make_partner(), specification="Lamp, sage")
    return make_shipment(
        order, carrier=carrier, tracking_number=tracking, events=scans, shipped_at=handed, handover_receipt=True,
        dispatch_weight_g=2100,
    )  # fmt: skip


# ── lost ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def operator_calls_it_lost(page, watch, number: str) -> None:
    """The carrier is recommended by its silence; the claim's last day stands in the queue."""
    page.get_by_label("More actions").click()
    page.get_by_role("link", name="Change the problem").click()
    page.locator("#do select").select_option("lost")
    page.locator("#do").get_by_role("button", name="Change the problem").click()
    p.said(page, "The problem was changed; the recommendation was made anew.")
    card = p.card(page).inner_text()
    for words in ("Carrier", "100%", "L53", "without a scan", "Source:"):
        assert words in card, words
    watch.look(page, "workbench, lost")
    page.goto("/luma/desk/")
    row = page.locator("tr", has_text=number)
    assert f"{DAYS_LEFT} days" in row.inner_text()
    watch.look(page, "queue, a claim expires")
    row.locator("a.subj").click()
    page.wait_for_url(f"**/tickets/{number}/")


def operator_makes_the_pack(page, watch, number: str) -> None:
    """The claim's checklist and day; the pack as PDF and as ZIP, whose manifest names the hash of every file."""
    p.tab(page, "Claims")
    claim = page.get_by_role("region", name="Carrier: UPS Luma Home")
    for words in (f"Expires in {DAYS_LEFT} days", "€140.00", "UPS international", "What they want to see"):
        assert words in claim.inner_text(), words
    watch.look(page, "claims, to file")
    claim.get_by_role("link", name="Make the pack").click()
    page.get_by_role("button", name="PDF").click()
    p.said(page, "It is being made; that takes a few seconds.")
    links = page.get_by_role("link", name="Download")
    links.first.wait_for(timeout=30_000)
    text = p.text_of(p.downloads(page, links.first))
    for words in ("UPS Luma Home", LOST, "1Z-LOST", "140.00 EUR", number, "Tracking log", "Proof of value"):
        assert words in text, words
    page.get_by_role("button", name="ZIP with originals").click()
    links.nth(1).wait_for(timeout=30_000)
    watch.look(page, "papers, PDF and ZIP")
    with zipfile.ZipFile(io.BytesIO(p.downloads(page, links.first))) as archive:
        manifest = json.loads(archive.read("manifest.json"))["files"]
        for each in manifest:
            assert hashlib.sha256(archive.read(each["file"])).hexdigest() == each["sha256"]
        assert {each["file"] for each in manifest} == set(archive.namelist()) - {"manifest.json"}
        assert b"1Z-LOST" in archive.read("tracking.csv")


def operator_files_the_claim(page, watch) -> None:
    p.tab(page, "Claims")
    page.locator("summary", has_text="It is filed").click()
    page.get_by_label("Claim number").fill("UPS-CL-7")
    page.get_by_role("button", name="Record as filed").click()
    p.said(page, "Recorded as filed.")
    watch.look(page, "claims, filed")


def carrier_accepts(page, watch) -> None:
    page.goto(p.mailed_link(CARRIER, "p"))
    page.get_by_text("Our view: Carrier, 100%").wait_for()
    assert page.get_by_text("1Z-LOST").first.is_visible()
    watch.look(page, "carrier's page")
    page.locator("input[value=accepted]").check()
    page.locator("#answer-text").fill("Our trace found nothing.")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("heading", name="Thank you for your answer").wait_for()


def operator_plans(page, watch) -> None:
    """The policy gives price and freight back and claims them from the carrier."""
    assert "Proposed by policy: Lost: money and freight back" in p.card(page).inner_text()
    assert p.planned(page) == {"refund": "140.00", "freight_refund": "20.00", "carrier_claim": "140.00"}
    watch.look(page, "workbench, plan for a lost parcel")
    p.proposes(page, "It is lost. You get price and freight back.")


def customer_accepts(page, amount: str) -> None:
    page.reload()
    page.get_by_role("heading", name=f"{amount} back").wait_for()
    p.accepts(page)
    assert page.get_by_text("What we agreed").is_visible()


def operator_pays_and_is_paid(page, watch, number: str) -> None:
    page.goto(f"/luma/desk/tickets/{number}/")
    p.records(page, "Full refund", "PAY-140")
    p.said(page, "Recorded as done.")
    p.records(page, "Freight refund", "PAY-20")
    p.records(page, "Carrier claim", "")
    page.get_by_role("heading", name="Close the ticket").wait_for()
    p.tab(page, "Claims")
    page.locator("summary", has_text="They answered").click()
    page.get_by_label("Accepted", exact=True).check()
    page.get_by_label("What they wrote").fill("We pay in full.")
    page.get_by_role("button", name="Record the answer").click()
    p.said(page, "The answer is recorded.")
    page.locator("summary", has_text="They paid").click()
    page.get_by_label("Amount paid").fill("160")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Proof: payment reference or credit note").fill("UPS-PAID-7")
    page.get_by_role("button", name="Record the payment").click()
    p.said(page, "Recorded. It stands in the money of this ticket.")
    watch.look(page, "claims, paid")
    p.tab(page, "Money")
    assert p.money_rows(page)["Carrier UPS Luma Home"] == ["160.00", "160.00", "0.00", "160.00", "0.00"]
    assert page.get_by_text("The ledger and the actions of the plans add up to the same.").is_visible()
    watch.look(page, "money, the carrier paid")
    p.tab(page, "Ticket")


def test_a_parcel_that_was_lost(shop, someone, tmp_path):
    maria, maria_watch = someone("customer", phone=True, never=p.FOREIGN)
    bob, bob_watch = someone("operator", never=p.FOREIGN)
    ups, ups_watch = someone("carrier", never=(*p.FOREIGN, *p.CUSTOMER, LOST))

    number = p.files(
        maria, maria_watch, LOST, "It never arrived", photos={}, wish="refund", text="Nothing came in months."
    )
    sign_in(bob, "bob@luma.example", "/luma/desk/")
    p.takes(bob, bob_watch, number)
    operator_calls_it_lost(bob, bob_watch, number)
    operator_makes_the_pack(bob, bob_watch, number)
    operator_files_the_claim(bob, bob_watch)
    p.tab(bob, "Ticket")
    p.asks_partner(bob, "UPS Luma Home · Carrier", "100", "You have had it for months without a scan.")
    carrier_accepts(ups, ups_watch)
    bob.reload()
    p.confirms(bob, "Carrier")
    operator_plans(bob, bob_watch)
    customer_accepts(maria, "€160.00")
    operator_pays_and_is_paid(bob, bob_watch, number)
    outcome, cause = p.closes(bob, bob_watch, "Price and freight are with your bank.")
    assert (outcome, cause) == ("Refunded", "Lost by the carrier")
    p.is_settled(bob, bob_watch, outcome=outcome, cause=cause, costs={})
    p.is_told(maria, maria_watch, number, "PAY-140", "PAY-20", "Price and freight are with your bank.")
    p.rates(maria, "Sad, but fair.")

    with tenant(shop):
        claim, ticket = Claim.objects.get(), Ticket.objects.get()
        back = LedgerEntry.objects.get(kind="recovered")
    assert (claim.state, claim.reference) == ("paid", "UPS-CL-7") and ticket.claim_by is None
    assert (back.amount, back.claim_id, ticket.state) == (Decimal(160), claim.pk, "followed_up")
    for watch in (maria_watch, bob_watch, ups_watch):
        watch.none()


# ── held by customs ────────────────────────────────────────────────────────────────────────────────────────────────
def operator_asks_for_the_letter(page, watch) -> None:
    card = p.card(page).inner_text()
    assert "Confidence low" in card and "Letter of customs" in card
    p.asks_customer(page, "Letter of customs")
    watch.look(page, "workbench, the letter was asked for")


def customer_brings_the_letter(page, watch, tmp_path) -> None:
    page.reload()
    page.get_by_role("heading", name="We need your help").wait_for()
    page.get_by_role("link", name="Send photos").click()
    p.sends(page, {"letter": p.picture(tmp_path, "letter")})
    watch.look(page, "the letter sent")
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("**/tickets/*/")


def operator_enters(page, sheet: str, button: str, values: dict[str, str]) -> None:
    """On the facts page: open a sheet's form by its link, fill fields by name, enter."""
    page.locator(f"#sheet-{sheet}").get_by_role("link", name=button).first.click()
    form = page.locator(f"#sheet-{sheet} form.enter")
    for name, value in values.items():
        field = form.locator(f"[name={name}]")
        field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
    form.get_by_role("button", name="Enter").click()
    p.said(page, "Entered. The recommendation was looked at anew.")


def operator_reads_the_letter(page, watch) -> None:
    """What the letter says is entered; our declaration was incomplete, so it is ours."""
    p.tab(page, "Facts")
    letter = {"event": "hold", "side": "import", "has_letter": "true", "reason": "papers missing: HS code"}
    operator_enters(page, "customs", "Add", letter)
    watch.look(page, "facts, the letter entered")
    p.tab(page, "Ticket")
    card = p.card(page).inner_text()
    for words in ("Agent (us)", "C21", "Our declaration was incomplete, and customs held it."):
        assert words in card, words


def operator_mends_the_declaration(page, watch) -> None:
    """The papers page names each thing to mend, and says so once nothing is left."""
    p.tab(page, "Papers")
    customs = page.get_by_role("region", name="Customs pack")
    found = customs.inner_text()
    for words in ("To be mended", "The HS code is missing.", "“Gift” is too vague", "importer's number"):
        assert words in found, words
    watch.look(page, "papers, to be mended")
    customs.get_by_role("link", name="Edit the declaration").click()
    operator_enters(
        page, "declared_goods", "Change", {"description": "Ceramic table lamp, for indoor use", "hs_code": "94052140"}
    )
    operator_enters(page, "cn23", "Change", {"gross_weight_g": "2100", "importer_reference": "RFC-77"})
    p.tab(page, "Papers")
    assert "Complete" in customs.inner_text() and "To be mended" not in customs.inner_text()


def operator_makes_the_customs_pack(page, watch, number: str) -> None:
    page.get_by_role("button", name="Make the customs pack").click()
    link = page.get_by_role("link", name="Download")
    link.wait_for(timeout=30_000)
    watch.look(page, "papers, customs pack")
    text = p.text_of(p.downloads(page, link))
    for words in ("CN 23", "Ceramic table lamp, for indoor use", "94052140", "RFC-77", "2.100", HELD, "aduana"):
        assert words in text, words
    assert "To be mended" not in text and "Harbor" not in text


def operator_helps_and_gives_the_freight_back(page) -> None:
    """The policy sends customs the papers; the operator adds the freight."""
    assert list(p.planned(page)) == ["customs_assistance"]
    page.locator("summary", has_text="Another action").first.click()
    page.locator("[name=a1-kind]").select_option("freight_refund")
    page.locator("[name=a1-amount]").fill("20")
    page.locator("[name=a1-due_on]").fill(timezone.localdate().isoformat())
    p.proposes(page, "We send customs the papers today, and give you the freight back.")


def test_a_parcel_that_customs_hold(shop, someone, tmp_path):
    maria, maria_watch = someone("customer", phone=True, never=p.FOREIGN)
    bob, bob_watch = someone("operator", never=p.FOREIGN)

    number = p.files(
        maria, maria_watch, HELD, "Customs hold it", photos={}, wish="delivery", text="Customs wrote to me."
    )
    sign_in(bob, "bob@luma.example", "/luma/desk/")
    p.takes(bob, bob_watch, number)
    operator_asks_for_the_letter(bob, bob_watch)
    customer_brings_the_letter(maria, maria_watch, tmp_path)
    operator_reads_the_letter(bob, bob_watch)
    operator_mends_the_declaration(bob, bob_watch)
    operator_makes_the_customs_pack(bob, bob_watch, number)
    p.tab(bob, "Ticket")
    p.confirms(bob, "Agent (us)")
    operator_helps_and_gives_the_freight_back(bob)
    maria.reload()
    maria.get_by_text("Customs assistance").first.wait_for()
    p.accepts(maria)
    bob.reload()
    p.records(bob, "Customs assistance", "Customs pack sent")
    p.said(bob, "Recorded as done.")
    p.records(bob, "Freight refund", "PAY-20")
    outcome, cause = p.closes(bob, bob_watch, "Customs have the papers.")
    assert (outcome, cause) == ("Delivered after all", "Customs papers incomplete")
    # It was our declaration: nobody pays it back to us.
    p.is_settled(bob, bob_watch, outcome=outcome, cause=cause, costs={"Agent (us)": "20.00"})
    p.is_told(maria, maria_watch, number, "€20.00", "PAY-20", "Customs have the papers.")
    with tenant(shop):
        assert Ticket.objects.get().state == "closed"
    for watch in (maria_watch, bob_watch):
        watch.none()

"""One complaint through all six stages, in real browsers, with a real worker: photos are prepared, mails are sent."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.tenants.models import RulesVersion
from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.browser.conftest import PHONE, sign_in
from tests.browser.people import CUSTOMER, FOREIGN, mailed_link, picture, wait_for
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tickets.models import Notification, Ticket, TicketEvent

ARROWS = [
    ("accept", "reported", "responsibility"),
    ("confirm_responsibility", "responsibility", "planning"),
    ("agree", "planning", "executing"),
    ("close", "executing", "closed"),
    ("follow_up", "closed", "followed_up"),
]


@pytest.fixture
def shop(transactional_db, luma, harbor, alice, mona, bob, charlie):
    """Luma with one lamp that was sold, among ten that nobody complains about; Harbor with the same order number."""
    luma.approval_amount = Decimal(20)
    luma.save(update_fields=["approval_amount"])
    sold = timezone.now() - dt.timedelta(days=20)
    for organization, name in ((luma, "María González"), (harbor, "Zhanna Harbor")):
        with tenant(organization):
            RulesVersion.objects.create(version=3, terms="Terms.", compensation="Compensation.", prohibited="Nothing.")
            maker = make_partner(name=f"{organization.name} Oakline", email=f"oakline@{organization.slug}.example")
            carrier = make_partner(
                "carrier", f"{organization.name} Parcel", email=f"parcel@{organization.slug}.example"
            )
            order = make_order(
                number="LH-204913",
                email=f"{name[:3].lower()}@{organization.slug}.example",
                placed_at=sold,
                delivered_at=sold + dt.timedelta(days=12),
            )
            order.customer.name, order.customer.email = (
                name,
                f"{'maria' if organization is luma else 'zhanna'}@mail.example",
            )
            order.customer.save()
            make_line(order, supplier=maker, sku="LMP-210-SG", batch="B2609-14")
            scans = {"picked_up": sold + dt.timedelta(days=2), "delivered": sold + dt.timedelta(days=12)}
            make_shipment(order, carrier=carrier, packing_note="One layer of wrap", events=scans)
            for _n in range(10):
                make_line(make_order(placed_at=sold, email="calm@mail.example"), supplier=maker)
    with tenant(harbor):
        make_ticket(text="Harbor lamp of Zhanna")
    return luma


@pytest.fixture
def with_worker(shop, mailing):
    """The shop with a worker that sends the mails."""
    return shop


def the_ticket(organization) -> Ticket:
    with tenant(organization):
        return Ticket.objects.get()


# ── the acts ───────────────────────────────────────────────────────────────────────────────────────────────────────
def customer_files(page, watch, tmp_path) -> str:
    """Find the order, choose item and problem, send a photo and the wish; return the ticket's number."""
    page.goto("/luma/")
    watch.look(page)
    page.get_by_label("Order number").fill("LH-204913")
    page.get_by_label("E-mail").fill("somebody@mail.example")
    page.get_by_role("button", name="Find my order").click()
    page.get_by_text("We found no order with this number and this e-mail").first.wait_for()
    watch.look(page, "wrong e-mail")
    page.get_by_label("E-mail").fill("maria@mail.example")
    page.get_by_role("button", name="Find my order").click()
    page.wait_for_url("**/orders/LH-204913/")
    watch.look(page)
    page.get_by_role("link", name="Report a problem").click()
    page.get_by_label("It arrived damaged").check()
    watch.look(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/photos/")
    watch.look(page)
    with page.expect_file_chooser() as chooser:
        page.locator("label.shot", has=page.locator("[data-place=whole]")).click()
    chooser.value.set_files(picture(tmp_path, "whole"))
    page.get_by_role("button", name=re.compile("Remove photo")).wait_for()
    watch.look(page, "one photo sent")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/wish/")
    page.locator("[name=wish][value=refund]").check()
    page.locator("textarea").fill("It is the second lamp broken like this.")
    watch.look(page)
    page.get_by_role("button", name="Send complaint").click()
    page.wait_for_url("**/sent/")
    watch.look(page)
    assert page.get_by_text("You hear from us by").is_visible()
    number = page.get_by_text(re.compile(r"^AS-\d{4}-\d{6}$")).inner_text()
    page.get_by_role("link", name="Follow my complaint").click()
    page.wait_for_url("**/tickets/*/")
    watch.look(page)
    assert page.locator("h1").inner_text() == "We have received your report"
    return number


def operator_takes(page, watch, number: str) -> None:
    """Take it from the queue, look at the photo, accept, and ask for one more photo."""
    page.get_by_role("button", name=f"Take {number}").click()
    page.get_by_role("img", name="Bob Operator").first.wait_for()
    watch.look(page, "queue, taken")
    page.locator("a.subj").click()
    page.wait_for_url(f"**/tickets/{number}/")
    seen = page.locator(".ev img").first
    seen.wait_for()
    assert seen.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }") > 100
    watch.look(page, "workbench, reported")
    page.get_by_role("button", name="Accept and find who is responsible").click()
    page.get_by_text("Accepted. Now confirm who is responsible.").wait_for()
    watch.look(page, "workbench, responsibility")
    page.locator("#way-ask > summary").click()
    page.locator("#way-ask").get_by_label("Photo of the padding inside").check()
    page.get_by_role("button", name="Ask the customer").click()
    page.get_by_text("Our clock rests while the customer is awaited.").wait_for()


def customer_sends_another(page, watch, tmp_path) -> None:
    page.reload()
    page.get_by_role("heading", name="We need your help").wait_for()
    watch.look(page, "asked for a photo")
    page.get_by_role("link", name="Send photos").click()
    page.locator("input[data-place=padding]").first.set_input_files(picture(tmp_path, "padding"))
    page.locator(".shot.full[data-photo]").wait_for()
    watch.look(page, "photos asked for")
    page.get_by_role("button", name="Done").click()
    page.wait_for_url("**/tickets/*/")


def operator_asks_partner(page, watch) -> None:
    page.reload()
    watch.look(page, "workbench, photo came")
    page.locator("#way-asking > summary").click()
    asking = page.locator("#way-asking")
    asking.get_by_label("Partner").select_option(label="Luma Home Oakline · Supplier")
    asking.get_by_label("Share, per cent").fill("80")
    asking.get_by_label("Our reasoning").fill("One layer of wrap; the packing rule asks for three.")
    page.get_by_role("button", name="Send the question").click()
    page.get_by_text("The partner has its own clock now").wait_for()
    watch.look(page, "workbench, partner asked")


def partner_answers(page, watch, link: str) -> None:
    """Open the mailed link, and take a part of the responsibility."""
    page.goto(link)
    assert link.rstrip("/").rpartition("/")[2] not in page.url and "/p/tickets/" in page.url
    watch.look(page, "partner's page")
    assert page.locator(".ev img").count() == 2
    page.get_by_role("button", name="Send my answer").click()
    page.locator(".error-summary, [role=alert]").first.wait_for()
    watch.look(page, "partner's page, errors")
    page.locator("input[value=partly]").check()
    page.locator("#answer-percent").fill("60")
    page.locator("#answer-text").fill("The inner box was ours, the outer one was not.")
    page.locator("#answer-prevention").fill("Three layers from Monday on.")
    page.get_by_role("button", name="Send my answer").click()
    page.get_by_role("heading", name="Thank you for your answer").wait_for()
    watch.look(page, "partner answered")


def operator_decides(page, watch) -> None:
    """Confirm other shares than recommended, with the reason; propose a refund above the amount."""
    page.reload()
    page.locator("section.todo").get_by_text("Three layers from Monday on.").wait_for()
    watch.look(page, "workbench, partner answered")
    page.locator("#way-shares > summary").click()
    shares = page.locator("#way-shares")
    for label, percent in (
        ("Supplier", "60"),
        ("Carrier", ""),
        ("Warehouse", ""),
        ("Customer", ""),
        ("Agent (us)", "40"),
    ):
        shares.get_by_label(label).first.fill(percent)
    shares.get_by_label("Basis").fill("The partner takes 60, and we chose the outer box.")
    shares.get_by_role("button", name="Confirm these shares").click()
    page.get_by_text("You decide otherwise than recommended: choose why.").first.wait_for()
    watch.look(page, "workbench, reason missing")
    assert page.locator("#way-shares").get_by_label("Basis").input_value().startswith("The partner takes 60")
    page.locator("#way-shares [name=override]").first.check()
    page.locator("#way-shares").get_by_role("button", name="Confirm these shares").click()
    page.get_by_text("Now propose what will be done").wait_for()
    watch.look(page, "workbench, planning")
    plan = page.locator("section.todo")
    assert plan.get_by_label("Amount, EUR").first.input_value() == "39.90"
    plan.get_by_label("Message to the customer").fill("Dear María, you get the price back, and keep the lamp.")
    page.get_by_role("button", name="Propose this plan to the customer").click()
    page.get_by_text("The plan waits for a manager.").wait_for()
    watch.look(page, "workbench, waits for a manager")
    assert not page.get_by_role("button", name="Approve and send to the customer").count()


def manager_approves(page, watch, number: str) -> None:
    sign_in(page, "mona@luma.example", f"/luma/desk/tickets/{number}/")
    watch.look(page, "manager's workbench")
    page.get_by_role("button", name="Approve and send to the customer").click()
    page.get_by_text("Approved. The customer sees the plan now.").wait_for()


def customer_accepts(page, watch) -> None:
    page.reload()
    page.get_by_role("heading", name="€39.90 back").wait_for()
    watch.look(page, "the proposal")
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Accept").wait_for(state="detached")
    watch.look(page, "accepted")


def operator_closes(page, watch) -> None:
    page.reload()
    watch.look(page, "workbench, executing")
    page.get_by_label("Payment reference").fill("PAY-2026-11-0042")
    page.get_by_role("button", name="Record as done").click()
    page.get_by_text("Recorded as done.").wait_for()
    watch.look(page, "workbench, to close")
    page.get_by_label("Outcome").select_option("refunded")
    page.get_by_label("Root cause").select_option("packing")
    page.locator("form[action$='/close/']").get_by_label("Message to the customer").fill(
        "The refund is with your bank."
    )
    page.get_by_role("button", name="Close and tell the customer").click()
    page.get_by_text("Closed. The customer was told.").wait_for()
    watch.look(page, "workbench, closed")


def customer_rates(page, watch) -> None:
    page.reload()
    watch.look(page, "closed")
    page.get_by_label("Bad", exact=True).check()
    page.locator("form[action$='/rate/'] textarea").fill("It took too long.")
    page.locator("form[action$='/rate/']").get_by_role("button", name="Send").click()
    page.get_by_text("Your answer:").wait_for()
    watch.look(page, "rated")


def manager_looks(page, watch, number: str) -> None:
    """The dashboard counts it; a mark opens the list, the list opens the ticket."""
    page.goto("/luma/insights/")
    watch.look(page)
    mark = (
        page.locator("svg a")
        .filter(has_text=re.compile("Box intact"))
        .or_(page.locator("[aria-labelledby=h-pareto] svg a"))
    )
    mark.first.click()
    page.wait_for_url("**/insights/tickets/**")
    watch.look(page)
    assert "1 counted ticket" in page.locator("#counts").inner_text()
    page.locator("a.subj").click()
    page.wait_for_url(f"**/desk/tickets/{number}/")
    page.get_by_text("It took too long.").wait_for()
    watch.look(page, "workbench, followed up")


# ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_one_complaint_through_all_stages(with_worker, someone, tmp_path):
    luma = with_worker
    maria, maria_watch = someone("customer", phone=True, never=FOREIGN)
    bob, bob_watch = someone("operator", never=FOREIGN)
    mona, mona_watch = someone("manager", never=FOREIGN)
    oakline, oakline_watch = someone("partner", never=(*FOREIGN, *CUSTOMER, "LH-204913"))

    number = customer_files(maria, maria_watch, tmp_path)
    with tenant(luma):
        wait_for(lambda: Evidence.objects.filter(state="ready").count() == 1)
    sign_in(bob, "bob@luma.example", "/luma/desk/")
    bob_watch.look(bob)
    operator_takes(bob, bob_watch, number)
    customer_sends_another(maria, maria_watch, tmp_path)
    with tenant(luma):
        wait_for(lambda: Evidence.objects.filter(state="ready").count() == 2)
    operator_asks_partner(bob, bob_watch)
    partner_answers(oakline, oakline_watch, mailed_link("oakline@luma.example", "p"))
    operator_decides(bob, bob_watch)
    manager_approves(mona, mona_watch, number)
    customer_accepts(maria, maria_watch)
    operator_closes(bob, bob_watch)
    customer_rates(maria, maria_watch)
    manager_looks(mona, mona_watch, number)

    with tenant(luma):
        events = TicketEvent.objects.exclude(to_state="").order_by("pk").values_list("verb", "from_state", "to_state")
        arrows = [event for event in events if event[1]]
        ticket = Ticket.objects.get()
        followed, rules = ticket.follow_ups.get(), ticket.rules_version.version
        unsent = wait_for(lambda: not Notification.objects.filter(channel="mail", sent_at=None).exists())
    assert arrows == ARROWS
    assert (ticket.state, ticket.number, ticket.channel, rules) == ("followed_up", number, "portal", 3)
    assert (followed.rating, followed.comment) == (2, "It took too long.")
    assert unsent
    for watch in (maria_watch, bob_watch, mona_watch, oakline_watch):
        watch.none()


def test_an_unsatisfied_customer_reopens_by_the_mailed_link(shop, someone, bob, live_server):
    from tickets import links

    with tenant(shop):
        ticket = to_stage(make_ticket(), "closed", member(bob, shop))
        token = links.token_of(links.for_customer(ticket))
    page, watch = someone("customer", phone=True, never=FOREIGN)
    page.goto(f"/luma/c/{token}/")
    assert token not in page.url and page.viewport_size == PHONE
    page.locator("summary", has_text="It is not solved").click()
    page.get_by_role("button", name="Open it again").click()
    watch.look(page, "reason missing")
    page.locator("form[action$='/reopen/'] textarea").fill("The new lamp flickers.")
    page.get_by_role("button", name="Open it again").click()
    page.get_by_text("The new lamp flickers.").first.wait_for()
    watch.look(page, "reopened")
    assert the_ticket(shop).state == "responsibility"
    watch.none()

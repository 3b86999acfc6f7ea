"""What people do on the screens, step by step, for the walks through whole cases; and what a worker of theirs makes."""

import io
import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdf

from aftersales.tenants import sent_mail
from evidence.models import Evidence
from tests.evidence.pictures import photo

# What a customer of the other organization is called, and what a partner must never read.
FOREIGN = ("Harbor", "Zhanna", "zhanna@")
CUSTOMER = ("María", "González", "maria@")


def wait_for(what: Callable[[], Any], seconds: float = 30) -> Any:
    """Return what `what` returns as soon as it is true; the worker needs a moment."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"{what} did not come true in {seconds} s"
        time.sleep(0.2)
    return found


def mailed_link(to: str, word: str, nth: int = 1) -> str:
    """Return the link with `word` in it of the nth such mail to an address, the first being 1."""

    def find() -> str | None:
        bodies = [mail.body for mail in sent_mail.latest()[0] if mail.to == to]
        links = [found[0] for body in bodies if (found := re.search(rf"http\S+/{word}/\S+", body))]
        return links[0] if len(links) >= nth else None

    return wait_for(find)


def mailed(to: str, words: str) -> None:
    """Wait until a mail with these words has gone to an address."""
    wait_for(lambda: [mail for mail in sent_mail.latest()[0] if mail.to == to and words in " ".join(mail.body.split())])


def picture(folder: Path, name: str) -> Path:
    """Return a photo of its own, as a file."""
    path = folder / f"{name}.jpg"
    path.write_bytes(photo(size=(1200, 900), mark=name.encode()))
    return path


def photos_ready(count: int) -> None:
    """Wait until the worker has prepared this many photos, inside the entered organization."""
    wait_for(lambda: Evidence.objects.filter(state="ready").count() == count)


# ── the customer ───────────────────────────────────────────────────────────────────────────────────────────────────
def files(page, watch, order: str, tile: str, *, photos: dict[str, Path], wish: str, text: str) -> str:
    """Find the order, choose the problem, send photos by their place, wish and words; return the ticket's number."""
    page.goto("/luma/")
    page.get_by_label("Order number").fill(order)
    page.get_by_label("E-mail").fill("maria@mail.example")
    page.get_by_role("button", name="Find my order").click()
    page.wait_for_url(f"**/orders/{order}/")
    page.get_by_role("link", name="Report a problem").click()
    page.get_by_label(tile).check()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(re.compile("/(photos|wish)/$"))
    if page.url.endswith("/photos/"):
        sends(page, photos)
        watch.look(page, "photos of the complaint")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/wish/")
    page.locator(f"[name=wish][value={wish}]").check()
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Send complaint").click()
    page.wait_for_url("**/sent/")
    number = page.get_by_text(re.compile(r"^AS-\d{4}-\d{6}$")).inner_text()
    page.get_by_role("link", name="Follow my complaint").click()
    page.wait_for_url("**/tickets/*/")
    assert headline(page) == "We have received your report"
    return number


def sends(page, photos: dict[str, Path]) -> None:
    """Send photos by their place; each is there before the next goes."""
    for place, path in photos.items():
        before = page.locator(".shot.full[data-photo]").count()
        page.locator(f"input[data-place={place}]").first.set_input_files(path)
        page.locator(".shot.full[data-photo]").nth(before).wait_for()


def headline(page) -> str:
    """Return the page's first words."""
    return page.locator("h1").first.inner_text()


def accepts(page) -> None:
    """Accept the proposal that stands on the page of the complaint."""
    page.get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Accept").wait_for(state="detached")
    page.wait_for_load_state()


def opens_return(page) -> str:
    """From the page of the complaint: go to the goods that come back; return the return's number."""
    page.locator("main a[href*='/returns/RMA-']").first.click()
    page.wait_for_url("**/returns/RMA-*/")
    return page.url.rstrip("/").rpartition("/")[2]


def is_told(page, watch, number: str, *words: str) -> None:
    """The customer's page says that it is done, with these words on it; the last ones came by mail as well."""
    page.goto(f"/luma/tickets/{number}/")
    assert headline(page) == "It is done"
    for each in words:
        assert page.get_by_text(each).first.is_visible(), each
    mailed("maria@mail.example", words[-1])
    watch.look(page, "closed")


def rates(page, text: str) -> None:
    """On the page of the closed complaint: rate how it went."""
    page.get_by_label("Good", exact=True).check()
    page.locator("form[action$='/rate/'] textarea").fill(text)
    page.locator("form[action$='/rate/']").get_by_role("button", name="Send").click()
    page.get_by_text("Your answer:").wait_for()


# ── the desk ───────────────────────────────────────────────────────────────────────────────────────────────────────
def takes(page, watch, number: str) -> None:
    """Take it from the queue, open it, accept it."""
    page.get_by_role("button", name=f"Take {number}").click()
    page.get_by_role("img", name="Bob Operator").first.wait_for()
    page.locator("a.subj").first.click()
    page.wait_for_url(f"**/tickets/{number}/")
    page.get_by_role("button", name="Accept and find who is responsible").click()
    said(page, "Accepted. Now confirm who is responsible.")
    watch.look(page, "workbench, responsibility")


def said(page, text: str) -> None:
    """The page says what was just done; it stands at the top, so the rest is waited for as well."""
    page.get_by_text(text).first.wait_for()
    page.wait_for_load_state()


def tab(page, name: str) -> None:
    """Go to a page of the ticket by its tab; "Ticket" is the workbench."""
    tabs = page.get_by_role("navigation", name="Pages of this ticket")
    tabs.get_by_role("link", name=name).click()
    tabs.locator("a[aria-current=page]", has_text=name).wait_for()
    page.wait_for_load_state()


def card(page):
    """The panel with what is to be decided."""
    return page.locator("section.todo")


def describes(page, place: str, words: str) -> None:
    """On the facts page: say in words what the photo at a place shows."""
    photo_ = page.locator("figure.pic", has=page.get_by_text(place, exact=True)).first
    photo_.get_by_role("link", name="Say what it shows").click()
    page.get_by_label("What it shows, in words").fill(words)
    page.get_by_role("button", name="Note it").first.click()
    said(page, "Noted.")


def adds_inspection_photo(page, path: Path) -> None:
    """On the facts page: add a photo to the inspection, and come back to the page."""
    goods = page.get_by_role("region", name="Goods and inspection")
    goods.locator("summary", has_text="Add photos").click()
    goods.locator("input[type=file]").set_input_files(path)
    goods.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("At the inspection").wait_for()


def asks_customer(page, what: str) -> None:
    """From what would decide it: ask the customer for one proof; our clock then rests."""
    wanted = re.compile(f"^Ask .*customer: {what}$", re.IGNORECASE)
    page.locator(".proofs").get_by_role("button", name=wanted).click()
    page.get_by_text("Our clock rests while the customer is awaited.").wait_for()


def asks_partner(page, label: str, percent: str, reasoning: str) -> None:
    page.locator("#way-asking > summary").click()
    asking = page.locator("#way-asking")
    asking.get_by_label("Partner").select_option(label=label)
    asking.get_by_label("Share, per cent").fill(percent)
    asking.get_by_label("Our reasoning").fill(reasoning)
    page.get_by_role("button", name="Send the question").click()
    said(page, "The partner has its own clock now")


def confirms(page, party: str) -> None:
    """Take the recommendation over, which names this party first."""
    page.get_by_role("button", name=f"Confirm responsibility: {party}").click()
    said(page, "Now propose what will be done")


def decides_shares(page, shares: dict[str, str], basis: str, *, override: bool = True) -> None:
    """Confirm other shares than recommended, with a reason from the list."""
    if not page.locator("#way-shares[open]").count():
        page.locator("#way-shares > summary").click()
    form = page.locator("#way-shares")
    for label in ("Supplier", "Carrier", "Warehouse", "Customer", "Agent (us)", "Customs"):
        form.get_by_label(label).first.fill(shares.get(label, ""))
    form.get_by_label("Basis").fill(basis)
    if override:
        form.locator("[name=override]").first.check()
    form.get_by_role("button", name="Confirm these shares").click()
    said(page, "Now propose what will be done")


def records(page, action: str, proof: str) -> None:
    """Record one action of the plan as done, with its proof."""
    item = page.locator("ol.todo-list > li", has=page.get_by_text(action, exact=True))
    item.get_by_role("textbox").fill(proof)
    item.get_by_role("button", name="Record as done").click()
    page.wait_for_load_state()


def planned(page) -> dict[str, str]:
    """Return the actions that stand in the plan's form, with their amounts."""
    rows = page.locator("select[name^=a][name$=-kind]").evaluate_all(
        "kinds => kinds.map(kind => [kind.value, kind.form.elements[kind.name.replace('-kind', '-amount')].value])"
    )
    return {kind: amount for kind, amount in rows if kind}


def proposes(page, text: str, *, then: str = "The plan was sent to the customer.") -> None:
    """Write to the customer and propose the plan as it stands in the form."""
    card(page).get_by_label("Message to the customer").fill(text)
    page.get_by_role("button", name="Propose this plan to the customer").click()
    said(page, then)


def recovers(page, party: str, amount: str, proof: str) -> None:
    """On the money page: record what a party paid back."""
    page.get_by_label("From").select_option(label=party)
    page.get_by_label("Amount").fill(amount)
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Proof").fill(proof)
    page.get_by_role("button", name="Record what came back").click()
    said(page, "Recorded. It counts against what we paid.")


def closes(page, watch, text: str) -> tuple[str, str]:
    """Close with what is proposed; return outcome and root cause in the words that were chosen."""
    page.get_by_role("heading", name="Close the ticket").wait_for()
    watch.look(page, "workbench, to close")
    form = page.locator("form[action$='/close/']")
    chosen = [form.get_by_label(name).locator("option:checked").inner_text() for name in ("Outcome", "Root cause")]
    form.get_by_label("Message to the customer").fill(text)
    form.get_by_role("button", name="Close and tell the customer").click()
    said(page, "Closed. The customer was told.")
    watch.look(page, "workbench, closed")
    return chosen[0], chosen[1]


def result(page) -> dict[str, str]:
    """Return what the closed ticket says: outcome, root cause, and the cost per party that bears one."""
    rows = page.get_by_role("region", name="Result").locator("dl")
    return dict(zip(rows.locator("dt").all_inner_texts(), rows.locator("dd").all_inner_texts(), strict=True))


def is_settled(page, watch, *, outcome: str, cause: str, costs: dict[str, str]) -> None:
    """The closed ticket says how it ended, why, and who bears what; the ledger's page has the same figures."""
    shown = result(page)
    assert (shown.pop("Outcome"), shown.pop("Root cause")) == (outcome, cause)
    assert {party: figure(cost) for party, cost in shown.items() if figure(cost) != "0.00"} == costs
    tab(page, "Money")
    borne = {party: Decimal(row[1]) - Decimal(row[3]) for party, row in money_rows(page).items()}
    assert {party: f"{left:.2f}" for party, left in borne.items() if left} == costs
    assert all(row[2] == "0.00" for row in money_rows(page).values()), "Something is still to be paid"
    page.get_by_text("The ledger and the actions of the plans add up to the same.").wait_for()
    watch.look(page, "money, closed")


def figure(text: str) -> str:
    """Return the digits of a sum: "59.60" of "€59.60"."""
    return re.sub(r"[^\d.,-]", "", text)


def money_rows(page) -> dict[str, list[str]]:
    """Return the sums of the money page by party: promised, paid, still to pay, recovered, still to come back."""
    rows = page.locator("table.money tbody tr")
    found = {}
    for row in rows.all():
        found[row.locator("th").inner_text().split("\n")[0]] = [
            figure(cell) for cell in row.locator("td").all_inner_texts()
        ]
    return found


# ── papers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def downloads(page, link) -> bytes:
    """Follow a link that is a download and return its bytes."""
    with page.expect_download() as started:
        link.click()
    return Path(started.value.path()).read_bytes()


def text_of(paper: bytes) -> str:
    """Return the words of a PDF on one line."""
    assert paper.startswith(b"%PDF"), paper[:20]
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages).split())

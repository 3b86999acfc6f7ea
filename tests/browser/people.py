"""What people do on the screens, step by step, for the walks through whole cases; and what a worker of theirs makes."""

import io
import re
import time
from collections.abc import Callable
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


def rates(page, watch, number: str, text: str) -> None:
    page.goto(f"/luma/tickets/{number}/")
    watch.look(page, "closed")
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
    """The page says what was just done."""
    page.get_by_text(text).first.wait_for()


def tab(page, name: str) -> None:
    """Go to a page of the ticket by its tab; "Ticket" is the workbench."""
    tabs = page.get_by_role("navigation", name="Pages of this ticket")
    tabs.get_by_role("link", name=name).click()
    tabs.locator("a[aria-current=page]", has_text=name).wait_for()


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


def closes(page, watch, text: str) -> dict[str, str]:
    """Close with what is proposed; return outcome and root cause as they were proposed."""
    page.get_by_role("heading", name="Close the ticket").wait_for()
    watch.look(page, "workbench, to close")
    proposed = {name: page.get_by_label(name).input_value() for name in ("Outcome", "Root cause")}
    page.locator("form[action$='/close/']").get_by_label("Message to the customer").fill(text)
    page.get_by_role("button", name="Close and tell the customer").click()
    said(page, "Closed. The customer was told.")
    watch.look(page, "workbench, closed")
    return proposed


def money_rows(page) -> dict[str, list[str]]:
    """Return the sums of the money page by party: promised, paid, still to pay, recovered, still to come back."""
    rows = page.locator("table.money tbody tr")
    found = {}
    for row in rows.all():
        found[row.locator("th").inner_text().split("\n")[0]] = [
            re.sub(r"[^\d.,-]", "", cell) for cell in row.locator("td").all_inner_texts()
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
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages).split())

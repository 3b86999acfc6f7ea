"""What a paper is made of before it is set: blocks of text as data, and the pictures that go in."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from aftersales.orders.models import Order
from evidence.models import Evidence
from tickets import amounts
from tickets.models import Ticket

from .typst import direction

Block = dict[str, Any]
# What stands in place of a name in a paper without names.
HIDDEN = "[…]"
SHORTEST = 3
# The mark that makes neutral signs between two of them read from left to right (U+200E).
MARK = "\u200e"


@dataclass
class Document:
    """A paper to be set: its template, its data, the pictures that go in, under the name each has there."""

    template: str
    data: dict[str, Any]
    pictures: dict[str, Evidence] = field(default_factory=dict)


def heading(text: object, level: int = 1) -> Block:
    """Return a heading; those of level 1 stand in the list of contents."""
    return {"type": "heading", "level": level, "text": str(text)}


def text(value: object, *, quiet: bool = False) -> Block:
    """Return a paragraph."""
    return {"type": "text", "text": str(value), "quiet": quiet}


def address(value: object) -> Block:
    """Return lines of which each reads in its own direction, on the paper's side."""
    return {"type": "address", "text": str(value)}


def facts(rows: Iterable[tuple[object, object]]) -> Block:
    """Return pairs of word and value; those without a value are left out."""
    return {"type": "facts", "rows": [[str(k), str(v)] for k, v in rows if v not in (None, "", "–")]}


def table(
    head: Sequence[object], rows: Iterable[Sequence[object]], widths: Sequence[int], foot: Sequence[object] = ()
) -> Block:
    """Return a table; a width of 0 is as wide as its content, `foot` is the row of the sums."""
    cells = [[str(cell) for cell in row] for row in rows]
    return {
        "type": "table", "head": [str(each) for each in head], "rows": cells, "widths": list(widths),
        "foot": [str(each) for each in foot],
    }  # fmt: skip


def entry(head: object, value: object) -> Block:
    """Return what somebody said, below who and when."""
    return {"type": "entry", "head": str(head), "text": str(value)}


def bullets(items: Iterable[object]) -> Block:
    """Return a list."""
    return {"type": "list", "items": [str(each) for each in items]}


def picture(photo: Evidence, title: object, notes: Iterable[object]) -> Block:
    """Return a picture with its caption; the name of its file is the photo's number."""
    return {
        "type": "picture", "file": file_of(photo), "title": str(title), "notes": [str(n) for n in notes if n],
        "sha256": photo.sha256, "alt": str(title),
    }  # fmt: skip


def file_of(photo: Evidence) -> str:
    """Return the name of a photo's display copy in the root."""
    return f"photo-{photo.pk}.jpg"


def moment(at: dt.datetime | None) -> str:
    """Return a time in the active time zone, with the zone's offset: papers are read elsewhere."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return as_one(f"{date_format(local, 'Y-m-d H:i')} ({local:%z})")


def as_one(figures: str) -> str:
    """Return figures that keep their order among words that read from right to left, by marks around them."""
    return f"{MARK}{figures}{MARK}" if get_language_bidi() else figures


def amount(value: Decimal | None, currency: str) -> str:
    """Return an amount with the code of its currency: signs such as $ name several."""
    return "" if value is None else as_one(f"{amounts.rounded(value, currency)} {currency}")


def sums(order: Order) -> list[tuple[object, object]]:
    """Return goods, freight, what else was added or taken off, and the total: they add up."""
    goods = sum((line.unit_price * line.quantity for line in order.lines.all()), Decimal(0))
    other = order.total - goods - (order.freight or Decimal(0))
    return [
        (_("Goods"), amount(goods, order.currency)), (_("Freight"), amount(order.freight, order.currency)),
        (_("Discounts and charges"), amount(other, order.currency) if other else ""),
        (_("Total"), amount(order.total, order.currency)),
    ]  # fmt: skip


def hashes(photos: Iterable[Evidence]) -> str:
    """Return the line of hashes for the footer: the first twelve signs of each picture's SHA-256."""
    found = list(dict.fromkeys(photo.sha256[:12] for photo in photos))
    more = f" +{len(found) - 12}" if len(found) > 12 else ""
    return "SHA-256: " + " · ".join(found[:12]) + more if found else ""


def frame(
    ticket: Ticket, *, title: object, subtitle: object = "", made: str, language: str, photos: Iterable[Evidence] = ()
) -> dict[str, Any]:
    """Return what every paper's data has beside its blocks."""
    return {
        "title": str(title), "subtitle": str(subtitle), "made": made, "lang": language, "dir": direction(language),
        "organization": ticket.organization.name, "author": ticket.organization.name,
        "footer": f"{ticket.number} · {title}", "hashes": hashes(photos),
        "words": {"page": _("Page"), "contents": _("Contents"), "cut": _("Cut here")}, "blocks": [],
    }  # fmt: skip


def without(value: Any, names: Iterable[str]) -> Any:
    """Return data in which each of `names`, and each of their longer words, is hidden wherever it stands."""
    parts: set[str] = set()
    for name in names:
        whole = " ".join(name.split())
        parts |= {whole} if len(whole) >= SHORTEST else set()
        parts |= {part for part in whole.split() if len(part) >= SHORTEST and not part.isdigit()}
    if not parts:
        return value
    found = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{found})(?!\w)", re.IGNORECASE)
    return _hidden(value, pattern)


def _hidden(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {
            k: v if k in ("type", "file", "sha256", "lang", "dir") else _hidden(v, pattern) for k, v in value.items()
        }
    return [_hidden(each, pattern) for each in value] if isinstance(value, list) else value


def identities(order: Order) -> list[str]:
    """Return what tells who the customer is and where it lives."""
    customer = order.customer
    return [
        customer.name, customer.email, customer.phone, order.address, order.right_address, order.city, order.postcode,
    ]  # fmt: skip

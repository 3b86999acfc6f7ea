"""Which order, and what of it, a photo of the warehouse belongs to: by what was scanned or typed, or by a file's name.

Everything here reads inside the entered organization and writes nothing.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersales.orders.models import Inspection, Order, OrderLine, Shipment
from aftersales.orders.queries import direct_hits, spellings
from tickets.problems import Place

INSPECTION, PACKING = "inspection", "packing"
WHAT = (INSPECTION, PACKING)
SUFFIXES = frozenset(["jpg", "jpeg", "png", "webp", "heic", "heif", "mp4", "mov", "webm", "pdf"])
# Longest text that an order, a parcel or an item is looked up by, and the most orders to choose from.
LONGEST = 120
MOST_FOUND = 20
LONGEST_NUMBER = 64
FLAT = re.compile(r"(?P<order>.+?)[-_ ]+(?P<what>inspection|packing)(?:[-_ .]+(?P<rest>.*))?", re.IGNORECASE)
PLACE = re.compile("|".join(sorted((value for value in Place.values), key=len, reverse=True)), re.IGNORECASE)


class Unclear(Exception):
    """It is not known where a photo belongs. `field` names the input to mend: name, number, line, tracking."""

    def __init__(self, message: str, field: str = "name") -> None:
        super().__init__(message)
        self.message, self.field = message, field


class NoOrder(Unclear):
    """The organization has no such order."""


@dataclass(frozen=True)
class Named:
    """What a file's name says: the numbers that its order may have, the best first, and which item or parcel."""

    numbers: tuple[str, ...]
    what: str
    which: str
    place: str


class Target(NamedTuple):
    """The order, and the inspection or parcel that a photo belongs to."""

    order: Order
    of: Inspection | Shipment

    @property
    def owner(self) -> dict[str, Any]:
        """Return the target as `add_evidence` takes it."""
        return {"inspection" if isinstance(self.of, Inspection) else "shipment": self.of}


def is_photo(path: str) -> bool:
    """Whether a file's name ends like a photo, video or document; what it is, its bytes will tell."""
    return path.rpartition("/")[2].rpartition(".")[2].lower() in SUFFIXES


def read_name(path: str) -> Named:
    """Return what a name such as `LH-1/packing/box.jpg` or `LH-1-inspection-2.jpg` says. Raises Unclear."""
    parts = [part.strip() for part in path.replace("\\", "/").split("/")]
    parts = [part for part in parts if part not in ("", ".")]
    if ".." in parts or "\0" in path or not parts:
        raise Unclear(_("The name leads out of its folder. Give the file an ordinary name."))
    *folders, file = parts
    stem = file.rpartition(".")[0] or file
    for at in range(len(folders) - 1, 0, -1):
        what = folders[at].lower()
        if what in WHAT and len(folders) - at <= 2:
            which = folders[at + 1] if len(folders) > at + 1 else ""
            return Named(_numbers(folders[:at]), what, which, place_of(stem, what))
    found = FLAT.fullmatch(stem)
    if not found:
        raise Unclear(_("The name does not say which order it is of, and whether of the inspection or the packing."))
    what = found["what"].lower()
    return Named((found["order"].strip(),), what, "", place_of(found["rest"] or "", what))


def _numbers(folders: list[str]) -> tuple[str, ...]:
    """Return the numbers that folders may stand for, the longest first: an order's number may hold a slash."""
    joined = ("/".join(folders[start:]) for start in range(max(0, len(folders) - 4), len(folders)))
    return tuple(number for number in joined if len(number) <= LONGEST_NUMBER)


def place_of(stem: str, what: str) -> str:
    """Return the named place that a file's name begins with, such as `label-2`; else the usual one."""
    found = PLACE.match(stem)
    if found and not stem[found.end() : found.end() + 1].isalpha():
        return found[0].lower()
    return Place.WHOLE if what == INSPECTION else Place.OTHER


def order_of(named: Named) -> Order:
    """Return the order that the name means. Raises NoOrder."""
    wanted = [(number, set(spellings(number))) for number in named.numbers]
    every = set().union(*(each for _number, each in wanted)) if wanted else set()
    found = {order.number: order for order in Order.objects.filter(number__in=every)}
    for number, ways in wanted:
        for way in (number, *sorted(ways)):
            if way in found:
                return found[way]
    raise NoOrder(_("There is no order %(number)s.") % {"number": named.numbers[-1] if named.numbers else "–"})


def target(order: Order, what: str, which: str = "") -> Target:
    """Return the latest inspection, or the parcel, that `which` (SKU or position; tracking number or name) names.

    Without `which` there must be only one. Raises Unclear.
    """
    return Target(order, _inspection(order, which) if what == INSPECTION else _parcel(order, which))


def _inspection(order: Order, which: str) -> Inspection:
    lines = list(order.lines.prefetch_related("inspections").order_by("position"))
    if which:
        lines = _lines_named(lines, which)
    inspected = [line for line in lines if line.inspections.all()]
    if not inspected:
        raise Unclear(_("No inspection is recorded for it. Record the inspection first."), "line")
    if len(inspected) > 1:
        raise Unclear(_("Several items of this order were inspected. Name the item by its SKU or position."), "line")
    return max(inspected[0].inspections.all(), key=lambda each: (each.at, each.pk))


def _lines_named(lines: list[OrderLine], which: str) -> list[OrderLine]:
    found = [line for line in lines if line.sku and line.sku.casefold() == which.casefold()]
    found = found or [line for line in lines if str(line.position) == which]
    if not found:
        raise Unclear(_("The order has no item with the SKU %(sku)s.") % {"sku": which}, "line")
    if len(found) > 1:
        raise Unclear(_("Several items of this order have this SKU. Name the item by its position."), "line")
    return found


def _parcel(order: Order, which: str) -> Shipment:
    parcels = list(order.shipments.order_by("pk"))
    if which:
        parcels = [
            each for each in parcels if which.casefold() in (each.tracking_number.casefold(), each.reference.casefold())
        ]
        if not parcels:
            raise Unclear(
                _("The order has no shipment with the tracking number %(number)s.") % {"number": which}, "tracking"
            )
    if not parcels:
        raise Unclear(_("The order has no shipment yet. Import or enter the shipment first."), "tracking")
    if len(parcels) > 1:
        raise Unclear(_("The order has several shipments. Name one by its tracking number."), "tracking")
    return parcels[0]


def lookup(text: str) -> list[Order]:
    """Return the orders that a number, tracking number, SKU, batch or e-mail names exactly, the newest first."""
    text = text.strip()
    if not text or "\0" in text or len(text) > LONGEST:
        return []
    found: QuerySet[Order] = direct_hits(text).select_related("customer").prefetch_related("lines")
    return list(found.order_by("-placed_at", "-pk")[:MOST_FOUND])

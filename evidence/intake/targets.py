"""What a photo of the warehouse belongs to: an inspection or a parcel of an order, or the product of a SKU; by what was
scanned or typed, or by a file's name.

Everything here reads inside the entered organization and writes nothing.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersales.orders.models import Inspection, Order, OrderLine, Product, Shipment
from aftersales.orders.queries import direct_hits, spellings
from tickets.problems import Place

INSPECTION, PACKING = "inspection", "packing"
WHAT = (INSPECTION, PACKING)
CATALOGUE = "catalogue"
CATALOGUES = (CATALOGUE, "catalog")
SUFFIXES = frozenset(["jpg", "jpeg", "png", "webp", "heic", "heif", "mp4", "mov", "webm", "pdf"])
# Longest text that an order, a parcel or an item is looked up by, and the most orders to choose from.
LONGEST = 120
MOST_FOUND = 20
LONGEST_NUMBER = 64
LONGEST_SKU = 80
FLAT = re.compile(r"(?P<order>.+?)[-_ ]+(?P<what>inspection|packing)(?:[-_ .]+(?P<rest>.*))?", re.IGNORECASE)
PLACE = re.compile("|".join(sorted((value for value in Place.values), key=len, reverse=True)), re.IGNORECASE)


class Unclear(Exception):
    """It is not known where a photo belongs. `field` names the input to mend: name, number, line, tracking, sku."""

    def __init__(self, message: str, field: str = "name") -> None:
        super().__init__(message)
        self.message, self.field = message, field


class NoOrder(Unclear):
    """The organization has no such order."""


class NoProduct(Unclear):
    """No order of the organization has an item with this SKU."""


@dataclass(frozen=True)
class Named:
    """What a file's name says: the numbers that its order may have, the best first, and which item or parcel.

    Of the catalogue it is the SKUs that it may have.
    """

    numbers: tuple[str, ...]
    what: str
    which: str
    place: str


class Target(NamedTuple):
    """The order, and the inspection or parcel that a photo belongs to; a product has no order."""

    order: Order | None
    of: Inspection | Shipment | Product

    @property
    def owner(self) -> dict[str, Any]:
        """Return the target as `add_evidence` takes it."""
        names = {Inspection: "inspection", Shipment: "shipment", Product: "product"}
        return {names[type(self.of)]: self.of}


def is_photo(path: str) -> bool:
    """Whether a file's name ends like a photo, video or document; what it is, its bytes will tell."""
    return path.rpartition("/")[2].rpartition(".")[2].lower() in SUFFIXES


def read_name(path: str) -> Named:
    """Return what a name such as `LH-1/packing/box.jpg` or `catalogue/LAMP.jpg` says. Raises Unclear."""
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
    for at in range(len(folders) - 1, -1, -1):
        if folders[at].lower() in CATALOGUES:
            return Named(_skus(folders[at + 1 :], stem), CATALOGUE, "", place_of(stem, CATALOGUE))
    found = FLAT.fullmatch(stem)
    if not found:
        raise Unclear(_("The name says neither an order with its inspection or packing, nor a SKU of the catalogue."))
    what = found["what"].lower()
    return Named((found["order"].strip(),), what, "", place_of(found["rest"] or "", what))


def _numbers(folders: list[str]) -> tuple[str, ...]:
    """Return the numbers that folders may stand for, the longest first: an order's number may hold a slash."""
    joined = ("/".join(folders[start:]) for start in range(max(0, len(folders) - 4), len(folders)))
    return tuple(number for number in joined if len(number) <= LONGEST_NUMBER)


def _skus(folders: list[str], stem: str) -> tuple[str, ...]:
    """Return the SKUs that folders and a name may stand for, as written and with `%2F` and the like decoded.

    A folder is the SKU of the pictures in it; a SKU may hold a slash, so that the last part may belong to it too.
    """
    written = ["/".join(folders), "/".join([*folders, stem])] if folders else [stem]
    every = dict.fromkeys(each for one in written for each in (one, unquote(one)))
    return tuple(sku for sku in every if 0 < len(sku) <= LONGEST_SKU and "\0" not in sku)


def place_of(stem: str, what: str) -> str:
    """Return the named place that a file's name begins with, such as `label-2`; else the usual one."""
    found = PLACE.match(stem)
    if found and not stem[found.end() : found.end() + 1].isalpha():
        return found[0].lower()
    return Place.OTHER if what == PACKING else Place.WHOLE


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


def line_of(skus: tuple[str, ...]) -> OrderLine:
    """Return the latest item with one of the SKUs, the best first; as written goes before in capitals, or small.

    Raises NoProduct.
    """
    ways = dict.fromkeys([*skus, *(way for sku in skus for way in (sku.upper(), sku.lower()))])
    found = set(OrderLine.objects.filter(sku__in=ways).values_list("sku", flat=True).distinct())
    for way in ways:
        if way in found:
            return OrderLine.objects.filter(sku=way).order_by("-pk")[0]
    words = _("No order has an item with the SKU %(sku)s. Write it as the orders do.")
    raise NoProduct(words % {"sku": skus[0] if skus else "–"}, "sku")


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

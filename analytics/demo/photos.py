"""Photos of the demonstration: each drawing is stored once, and shown on many tickets. And the catalogue's pictures."""

import datetime as dt
import hashlib
import random
from dataclasses import dataclass
from typing import Any

from aftersales.orders.models import Inspection, Product
from evidence import storage
from evidence.models import Evidence
from tickets.checklists import places_of
from tickets.models import Return
from tickets.problems import TILE_OF

from . import pictures, story
from .bulk import Progress, insert
from .organizations import Site
from .record import Case
from .sold import Sold

VARIANTS = 2
# The variant that the shop shows.
CATALOGUE = 7
# The problems whose customers send photos, with what they show.
SHOWN = {"crushed": ("whole", "box", "label")}
DRAWN = ("whole", "close_up", "box", "padding", "label")
# What operators write of the pictures that they looked at; the rules read it.
SHOWS = {
    ("broken_inside", "whole"): "item broken in two pieces", ("broken_inside", "close_up"): "a crack through the glaze",
    ("broken_inside", "box"): "outer box sound, no dents", ("crushed", "box"): "box crushed on one side",
    ("crushed", "whole"): "item bent and scratched", ("defective", "whole"): "switched on: no light, no sound",
    ("wrong_item", "whole"): "US plug, two flat pins",
    ("counterfeit", "whole"): "the colour is different from the picture",
    ("missing_part", "whole"): "six screws in the bag instead of eight",
}  # fmt: skip
DESCRIBED = 0.7
# Complaints that people still work on have pictures of their own; older ones share the drawings.
OWN_DAYS = dt.timedelta(days=26)


@dataclass(frozen=True)
class Stored:
    """A drawing in the object store."""

    content: bytes
    sha256: str
    # The row's keys, and the hashes of the copies.
    fields: dict[str, str]
    # The bytes of the copies, by display and thumb.
    copies: dict[str, bytes]


def store_drawings(site: Site) -> dict[tuple[str, str, int, bool], Stored]:
    """Draw every picture once and put it, with its copies, into the object store; by kind, place, variant, whole.

    Reads and writes nothing else, so that it may run beside the telling.
    """
    wanted = [
        (kind, place, n, False) for kind in pictures.KINDS for place in ("whole", "close_up") for n in range(VARIANTS)
    ]
    wanted += [(kind, "whole", n, True) for kind in pictures.KINDS for n in (0, CATALOGUE)]
    wanted += [("box", place, n, False) for place in ("box", "label", "padding") for n in range(VARIANTS)]
    return {key: _store(site, pictures.drawing(key[0], key[1], key[2], whole=key[3])) for key in wanted}


def _store(site: Site, drawing: pictures.Drawing) -> Stored:
    return put(site, drawing.original, {"display": drawing.display, "thumb": drawing.thumb})


def put(site: Site, content: bytes, copies: dict[str, bytes]) -> Stored:
    """Put a file and its copies (by display and thumb) into the object store."""
    sha256 = hashlib.sha256(content).hexdigest()
    key = storage.original_key(site.organization.pk, sha256)
    fields = {"original_key": key, "version_id": storage.put(key, content, storage.ORIGINAL_TYPE)}
    # Under keys of its own: the copies go with their original.
    for name, data in copies.items():
        fields[f"{name}_key"] = storage.put_copy(key, name, data)
        fields[f"{name}_sha256"] = hashlib.sha256(data).hexdigest()
    return Stored(content, sha256, fields, copies)


def own_copy(site: Site, photo: Stored, name: str) -> Stored:
    """Return the drawing as another picture: its bytes carry a comment, so that nobody takes it for a reused one."""
    comment = name.encode()
    head = b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return put(site, head + photo.content.removeprefix(b"\xff\xd8"), photo.copies)


def pictures_of(s: Sold, rng: random.Random) -> list[tuple[str, str]]:
    """Return the customer's pictures of a problem: (place, what somebody wrote that it shows)."""
    places = SHOWN.get(s.problem) or (places_of(s.problem) if s.problem in TILE_OF else ())
    found = []
    for place in [p for p in places if p in DRAWN][: rng.randrange(2, 6)] if places else []:
        words = SHOWS.get((s.problem, place), "")
        if place == "padding" and s.shipment.packing_note:
            words = f"inside: {s.shipment.packing_note}"
        found.append((place, words if rng.random() < DESCRIBED else ""))
    return found


def shown(site: Site, cases: list[Case], stored: dict[Any, Stored], now: dt.datetime) -> list[list[Stored]]:
    """Return what each case's pictures are, stored where they are its own; like `store_drawings` it may run beside."""
    found: list[list[Stored]] = []
    for number, case in enumerate(cases):
        found.append([])
        for place, _shows in case.pictures:
            drawn = "box" if place in ("box", "label", "padding") else case.sold.product.picture
            photo = stored[drawn, place, number % VARIANTS, False]
            if now - case.ticket.filed_at < OWN_DAYS:
                photo = own_copy(site, photo, f"{case.ticket.number} {place}")
            found[-1].append(photo)
    return found


def attach(
    site: Site, cases: list[Case], photos: list[list[Stored]], stored: dict[Any, Stored], progress: Progress
) -> None:
    """Write the evidence rows of tickets and of the inspections behind them."""
    rows: list[Evidence] = []
    inspected: set[int] = set()
    for case, own in zip(cases, photos, strict=True):
        ticket, kind = case.ticket, case.sold.product.picture
        for photo, (place, shows) in zip(own, case.pictures, strict=True):
            case.evidence.append(picture(site, photo, place, ticket.filed_at, "customer", ticket=ticket, shows=shows))
        rows += case.evidence
        inspection: Inspection | None = case.sold.inspection
        if inspection is not None and inspection.pk not in inspected:
            inspected.add(inspection.pk)
            rows.append(
                picture(site, stored[kind, "whole", 0, True], "whole", inspection.at, "operator", inspection=inspection)
            )
    insert(rows, progress)


def catalogue(site: Site, stored: dict[Any, Stored], at: dt.datetime) -> None:
    """Write a catalogue picture of every product, added at a time before its first order."""
    for product in story.PRODUCTS:
        photo = own_copy(site, stored[product.picture, "whole", CATALOGUE, True], product.sku)
        row = Product.objects.create(sku=product.sku, name=product.name, created_at=at)
        picture(site, photo, "whole", at, "operator", product=row).save()


def of_return(site: Site, stored: dict[Any, Stored], returned: Return, kind: str, *, broken: bool) -> Evidence:
    """Return a photo, not saved yet, of goods that came back."""
    at = returned.inspected_at or returned.received_at or returned.created_at
    photo = stored[kind, "whole", 0, not broken]
    return picture(site, photo, "whole", at, "operator", ticket=returned.ticket, returned=returned)


def picture(site: Site, photo: Stored, place: str, at: dt.datetime, uploader: str, **owner) -> Evidence:
    """Return the row of a stored drawing, not saved yet."""
    width, height = pictures.SIZE
    return Evidence(
        organization=site.organization, place=place, name=f"{place}.jpg", media_type=storage.COPY_TYPE,
        size=len(photo.content), sha256=photo.sha256, width=width, height=height, state=Evidence.State.READY,
        taken_at=at, taken_source=Evidence.Source.DEVICE, uploaded_at=at, stored_at=at, uploader_kind=uploader,
        **photo.fields, **owner,
    )  # fmt: skip

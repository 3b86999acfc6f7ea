"""Photos of the demonstration: each drawing is stored once, and shown on many tickets."""

import datetime as dt
import hashlib
import io
import random
from dataclasses import dataclass
from typing import Any

from PIL import Image

from aftersales.orders.models import Inspection
from evidence import storage
from evidence.models import Evidence
from tickets.problems import TILE_OF

from . import pictures
from .bulk import Progress, insert
from .organizations import Site
from .record import Case

VARIANTS = 2
# The problems whose customers send photos, with what they show.
SHOWN = {"crushed": ("whole", "box", "label")}


@dataclass(frozen=True)
class Stored:
    """A drawing in the object store."""

    sha256: str
    size: int
    keys: dict[str, str]


def store_drawings(site: Site, progress: Progress) -> dict[tuple[str, str, int, bool], Stored]:
    """Draw every picture once and put it, with its copies, into the object store; by kind, place, variant, whole."""
    stored = {}
    wanted = [
        (kind, place, n, False) for kind in pictures.KINDS for place in ("whole", "close_up") for n in range(VARIANTS)
    ]
    wanted += [(kind, "whole", 0, True) for kind in pictures.KINDS]
    wanted += [("box", place, n, False) for place in ("box", "label", "padding") for n in range(VARIANTS)]
    for key in wanted:
        stored[key] = _store(site, pictures.drawing(key[0], key[1], key[2], whole=key[3]))
        progress(1)
    return stored


def _store(site: Site, drawing: pictures.Drawing) -> Stored:
    sha256, size = hashlib.sha256(drawing.original).hexdigest(), len(drawing.original)
    original = storage.put_original(site.organization, io.BytesIO(drawing.original), sha256, size)
    keys = {
        "original": original,
        "display": storage.put_copy(original, "display", drawing.display),
        "thumb": storage.put_copy(original, "thumb", drawing.thumb),
    }
    return Stored(sha256, size, keys)


def attach(site: Site, rng: random.Random, cases: list[Case], stored: dict[Any, Stored], progress: Progress) -> None:
    """Write the evidence rows of tickets and of the inspections behind them."""
    rows: list[Evidence] = []
    inspected: set[int] = set()
    for case in cases:
        ticket, kind = case.ticket, case.sold.product.picture
        places = SHOWN.get(ticket.problem) or (TILE_OF[ticket.problem].photos if ticket.problem in TILE_OF else ())
        for place in [p for p in places if p != "letter"][: rng.randrange(2, 5)] if places else []:
            drawn = "box" if place in ("box", "label", "padding") else kind
            photo = stored[drawn, place, rng.randrange(VARIANTS), False]
            rows.append(_row(site, photo, place, ticket.filed_at, "customer", ticket=ticket))
        inspection: Inspection | None = case.sold.inspection
        if inspection is not None and inspection.pk not in inspected:
            inspected.add(inspection.pk)
            rows.append(
                _row(site, stored[kind, "whole", 0, True], "whole", inspection.at, "operator", inspection=inspection)
            )
    insert(rows, progress)


def _row(site: Site, photo: Stored, place: str, at: dt.datetime, uploader: str, **owner) -> Evidence:
    width, height = pictures.SIZE
    return Evidence(
        organization=site.organization, place=place, name=f"{place}.jpg", media_type=Image.MIME["JPEG"],
        size=photo.size,
        sha256=photo.sha256, width=width, height=height, original_key=photo.keys["original"],
        display_key=photo.keys["display"], thumb_key=photo.keys["thumb"], state=Evidence.State.READY, taken_at=at,
        uploaded_at=at, uploader_kind=uploader, **owner,
    )  # fmt: skip

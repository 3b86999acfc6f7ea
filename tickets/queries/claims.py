"""What the claims page shows: each claim with its deadline, and what its carrier wants to see."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Shipment

from .. import claim_windows
from ..models import Claim, ClaimWindow, EvidenceRequest, Ticket
from ..problems import Place
from ..proofs import ASKED_OF, Proof
from . import bench, card

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Event = ClaimWindow.Event
# The sheet of the facts page for what is no proof that anybody is asked for; the order itself has the rest.
ENTERED_AT = {"dimensions": "weights"}


@dataclass(frozen=True)
class Paper:
    """One thing that the carrier wants: whether it is on record, what it is, who brings it, or where we enter it.

    `proof` is what can be asked for; `who` is "customer", "partner" or "us"; `asked_at` is when it was asked last.
    """

    code: str
    label: "StrOrPromise"
    is_there: bool
    proof: str = ""
    who: str = "us"
    name: str = ""
    partner: int | None = None
    sheet: str = ""
    asked_at: dt.datetime | None = None


@dataclass
class Record:
    """What is on record for a claim, loaded once."""

    ticket: Ticket
    shipment: Shipment | None
    places: set[str]
    packing_photos: bool
    inspected: bool
    scans: int
    came: set[str]
    asked: dict[str, dt.datetime]


Test = Callable[[Record], bool]
PHOTO_PAPERS: tuple[tuple[str, "StrOrPromise", Test, str], ...] = (
    (
        "item",
        _("Photo of the damaged item"),
        lambda r: bool({Place.WHOLE, Place.CLOSE_UP} & r.places),
        Proof.ITEM_PHOTO,
    ),
    (
        "in_box",
        _("Photo of the item in its box with the cushioning"),
        lambda r: Place.PADDING in r.places,
        Proof.INNER_PACKING_PHOTO,
    ),
    (
        "inner",
        _("Photo of the inner packaging"),
        lambda r: Place.PADDING in r.places or r.packing_photos,
        Proof.INNER_PACKING_PHOTO,
    ),
    (
        "label",
        _("Close-up of the label with the tracking number"),
        lambda r: Place.LABEL in r.places,
        Proof.LABEL_PHOTO,
    ),
    (
        "six_sides",
        _("Photos that show all six sides of the box"),
        lambda r: Place.BOX in r.places,
        Proof.OUTER_BOX_PHOTO,
    ),
    ("certificate", _("Box maker's certificate on the flap"), lambda r: Place.BOX in r.places, Proof.OUTER_BOX_PHOTO),
    ("dimensions", _("Dimensions of the box"), lambda r: bool(r.shipment and r.shipment.volume_cm3), ""),
)
ALWAYS: tuple[tuple[str, "StrOrPromise", Test, str], ...] = (
    ("tracking_number", _("Tracking number"), lambda r: bool(r.shipment and r.shipment.tracking_number), ""),
    ("tracking_log", _("Tracking log"), lambda r: r.scans > 0, Proof.CARRIER_TRACE),
    ("value", _("Proof of value: the paid order"), lambda r: r.ticket.order.paid_at is not None, ""),
    (
        "condition",
        _("Proof of the condition at dispatch: inspection or packing photos"),
        lambda r: r.inspected or r.packing_photos,
        Proof.INSPECTION_PHOTO,
    ),
    (
        "weight",
        _("Weight at dispatch"),
        lambda r: bool(r.shipment and r.shipment.dispatch_weight_g),
        Proof.DISPATCH_WEIGHT,
    ),
)
OF_LOSS: tuple[tuple[str, "StrOrPromise", Test, str], ...] = (
    (
        "trace",
        _("Carrier's trace, finished"),
        lambda r: bool(r.shipment and r.shipment.trace_closed_at),
        Proof.CARRIER_TRACE,
    ),
    (
        "non_receipt",
        _("Signed declaration that nothing arrived"),
        lambda r: Proof.NON_RECEIPT in r.came,
        Proof.NON_RECEIPT,
    ),
)


def checklist(ticket: Ticket, claim: Claim) -> list[Paper]:
    """Return what is wanted for a claim of a loaded ticket, ticked from what is on record, in a fixed number of
    statements.

    Photos after a UPS claim guide; a loss at DHL only after a finished trace. Source: `docs/papers.md`, "Documents".
    """
    record = _record(ticket)
    wanted: Iterable[tuple[str, StrOrPromise, Test, str]] = ALWAYS
    if claim.event == Event.DAMAGE:
        wanted = (*PHOTO_PAPERS, *ALWAYS)
    elif claim.event == Event.LOSS:
        wanted = (*OF_LOSS, *ALWAYS)
    emails = bench.askable(ticket)
    return [_paper(record, emails, each) for each in wanted]


def _paper(record: Record, emails: dict[str, str], wanted: "tuple[str, StrOrPromise, Test, str]") -> Paper:
    code, label, test, proof = wanted
    is_there = test(record) or proof in record.came
    if not proof:
        return Paper(code, label, is_there, sheet=ENTERED_AT.get(code, ""))
    who = card.wanted(Proof(proof), emails)
    parcel = record.ticket.parcel_rows[0] if record.ticket.parcel_rows else {}  # type: ignore[attr-defined]
    partner = parcel.get(ASKED_OF[Proof(proof)])
    return Paper(code, label, is_there, proof, who.who, who.name, partner, who.sheet, record.asked.get(proof))


def _record(ticket: Ticket) -> Record:
    order = ticket.order
    shipment = order.shipments.select_related("carrier").order_by("-id").first()
    places = set(ticket.evidence.values_list("place", flat=True))  # type: ignore[attr-defined]
    packed = shipment is not None and shipment.evidence.exists()  # type: ignore[attr-defined]
    inspected = order.lines.filter(inspections__isnull=False).exists()
    scans = shipment.events.count() if shipment else 0
    requests = list(EvidenceRequest.objects.filter(ticket=ticket).order_by("asked_at"))
    came = {row.proof for row in requests if row.answered_at}
    asked = {row.proof: row.asked_at for row in requests}
    return Record(ticket, shipment, places, packed, inspected, scans, came, asked)


def of_ticket(ticket: Ticket) -> list[Claim]:
    """Return the claims of a ticket with their partner and what was paid."""
    return list(Claim.objects.filter(ticket=ticket).select_related("partner", "created_by").prefetch_related("ledger"))


def kinds_to_open(ticket: Ticket, found: list[Claim]) -> list[str]:
    """Return the kinds of claims that may still be opened."""
    have = {claim.kind for claim in found}
    order = ticket.order
    possible = [Claim.Kind.CARRIER] if order.shipments.exclude(carrier=None).exists() else []
    if order.shipping_insurance or order.return_insurance:
        possible.append(Claim.Kind.INSURER)
    return [kind for kind in possible if kind not in have]


def windows() -> tuple[list[ClaimWindow], bool]:
    """Return the carriers' windows and whether they are the organization's own."""
    found = list(ClaimWindow.objects.select_related("carrier"))
    return (found, True) if found else (claim_windows.default_windows(), False)


def window(of: tuple[str, int | None, str]) -> ClaimWindow | None:
    """Return the window that is named, the default's where the organization has none of its own; None for no such."""
    rows, _own = windows()
    return next((row for row in rows if (row.regime, row.carrier_id, row.event) == of), None)

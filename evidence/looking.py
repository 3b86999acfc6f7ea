"""What the viewer shows of one piece of evidence. Every function makes a fixed number of queries."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, Shipment
from tickets.models import Ticket
from tickets.problems import Place
from tickets.queries.catalogue import skus, without_picture
from tickets.queries.merged import with_merged
from tickets.queries.rows import Row, with_moments
from tickets.workflow import Actor

from . import custody, keeping, story
from .history import machine
from .likeness import Match, like
from .models import Evidence, Hold

ABOUT = (
    "ticket",
    "inspection__line__order",
    "shipment__order",
    "returned__ticket",
    "product",
    "uploaded_by",
    "api_key",
    "partner",
)
# What shows the parcel and not the item: there our packing tells more than the catalogue.
OF_PARCEL = {Place.BOX, Place.PADDING, Place.LABEL, Place.LETTER}


@dataclass
class Piece:
    """One piece with what is known of it. `ticket` and `order` are what it belongs to, by whichever way; a catalogue
    picture has neither. `note` is what is said of it beside another piece."""

    evidence: Evidence
    ticket: Ticket | None
    order: Order | None
    who: str
    remarks: list[story.Remark]
    matches: list[Match] = field(default_factory=list)
    note: str = ""

    @property
    def case(self) -> int | None:
        """The id of the ticket that it is worked on as: its own, or the one that was merged into."""
        return (self.ticket.merged_into_id or self.ticket.pk) if self.ticket else None

    @property
    def number(self) -> str:
        """The number of its ticket, or of its order; "" of a catalogue picture."""
        of = self.ticket or self.order
        return of.number if of else ""

    @property
    def hold(self) -> Hold | None:
        """The legal hold that covers it; one query."""
        if self.ticket is None:
            return None
        over = {self.ticket.pk, self.case}
        open_ones = Hold.objects.filter(ticket__in=over, released_at=None).select_related("ticket", "placed_by")
        return open_ones.order_by("placed_at").first()

    @property
    def title(self) -> str:
        """What it is, and of ours from where."""
        row = self.evidence
        ours = row.inspection_id or row.shipment_id or row.returned_id or row.product_id
        return f"{_from(row)}: {called(row)}" if ours else called(row)


def called(row: Evidence) -> str:
    """Return what it shows; of a video or document without a named place, what it is."""
    other = row.place == Place.OTHER and row.kind != Evidence.Kind.PHOTO
    return str(row.get_kind_display() if other else row.get_place_display())


def find(pk: int) -> Evidence | None:
    """Return a filed piece with what it belongs to, its parcel's times, and whether its ticket is under legal hold."""
    return filed().filter(pk=pk).first()


def filed() -> Any:
    """Return filed evidence as `piece_of` reads it; no further query for any of it."""
    parcels = Shipment.objects.filter(order=OuterRef("order_of")).order_by("shipped_at", "pk")
    order = Coalesce("ticket__order", "returned__ticket__order", "inspection__line__order", "shipment__order")
    line = Coalesce("ticket__line", "returned__ticket__line", "inspection__line")
    return (
        Evidence.objects.filter(custody.FILED)
        .select_related(*ABOUT, "ticket__order", "ticket__merged_into", "returned__ticket__order")
        .annotate(order_of=order, line_of=line, held=keeping.held())
        .annotate(dispatched_at=Subquery(parcels.values("shipped_at")[:1]))
        .annotate(uncatalogued=without_picture(OuterRef("order_of"), OuterRef("line_of")))
    )


def piece_of(row: Any) -> Piece:
    """Return what is known of a row of `filed`, without the places where it was found before."""
    ticket = row.ticket or (row.returned.ticket if row.returned else None)
    parent = row.inspection.line if row.inspection else row.shipment
    order = ticket.order if ticket else parent.order if parent else None
    ours = bool(row.inspection_id or row.shipment_id)
    known = story.Story(
        sent_at=row.uploaded_at, dispatched_at=row.dispatched_at, delivered_at=order.delivered_at if order else None,
        filed_at=ticket.filed_at if ticket else None, ours=ours,
    )  # fmt: skip
    # Goods that came back were seen after everything else that is known; a catalogue has no parcel.
    remarks = [] if row.returned_id or row.product_id else story.against(row.taken_at, known)
    return Piece(row, ticket, order, _who(row), remarks)


def _who(row: Evidence) -> str:
    if row.uploader_kind == Actor.PARTNER and row.partner:
        return str(row.partner)
    if row.uploader_kind == Actor.CUSTOMER:
        return _("the customer")
    return str(row.uploaded_by or "") or machine(str(row.api_key or ""), row.command) or _("our side")


def with_matches(piece: Piece) -> Piece:
    """Return the piece with where its picture was found before; one query."""
    if piece.evidence.deleted_at is None:
        found = like([piece.evidence], piece.ticket.customer_id if piece.ticket else None, piece.case)
        piece.matches = found.get(piece.evidence.pk, [])
    return piece


@dataclass(frozen=True)
class Choice:
    """What a piece can be compared with; `note` says of a catalogue picture how old it is."""

    pk: int
    label: str
    note: str = ""


def beside(piece: Piece) -> list[Choice]:
    """Return what it can be compared with, of its order and ticket, the best first; one query.

    That is our inspection of the same place, then the item as the catalogue showed it when it was ordered, then the
    warehouse's other pictures. A catalogue picture stands beside the others of its product.
    """
    rows = Evidence.objects.filter(_comparable(piece), state=Evidence.State.READY).exclude(pk=piece.evidence.pk)
    found = list(rows.select_related("product").order_by("uploaded_at", "pk"))
    notes, current = _catalogue(found, piece.order)
    found.sort(key=lambda row: _rank(row, piece.evidence.place, row.pk in current))
    names = [f"{_from(row)}: {called(row)}" for row in found]
    return [
        Choice(row.pk, f"{name} {names[:n].count(name) + 1}", notes.get(row.pk, ""))
        for n, (row, name) in enumerate(zip(found, names, strict=True))
    ]


def _comparable(piece: Piece) -> Q:
    row, ticket, order = piece.evidence, piece.ticket, piece.order
    if order is None:
        return Q(product=row.product_id)
    line = ticket.line_id if ticket else row.inspection.line_id if row.inspection else None
    wanted = Q(inspection__line__order=order) | Q(shipment__order=order) | Q(product__sku__in=skus(order.pk, line))
    if ticket:
        case = with_merged(piece.case or ticket.pk)
        wanted |= Q(ticket__in=case) | Q(returned__ticket__in=case)
    return wanted


def _catalogue(rows: list[Evidence], order: Order | None) -> tuple[dict[int, str], set[int]]:
    """Return what is said of each catalogue picture by its id, and the ids of those that count for the order.

    Of a product and place that is the newest that was there when the order was placed; where there was none, the
    oldest. `rows` are by time.
    """
    notes: dict[int, str] = {}
    current: dict[tuple[int | None, str], Evidence] = {}
    for row in rows if order else ():
        if row.product_id is None:
            continue
        key, late = (row.product_id, row.place), row.uploaded_at > order.placed_at  # type: ignore[union-attr]
        day = date_format(timezone.localtime(row.uploaded_at), "DATE_FORMAT")
        words = _("added on %(date)s, after the order") if late else _("in the catalogue since %(date)s")
        notes[row.pk] = words % {"date": day}
        if key in current and not late:
            before = date_format(timezone.localtime(current[key].uploaded_at), "DATE_FORMAT")
            notes[current[key].pk] = _("added on %(date)s, replaced before the order") % {"date": before}
        if key not in current or not late:
            current[key] = row
    return notes, {row.pk for row in current.values()}


def _rank(row: Evidence, place: str, current: bool) -> tuple[int, bool]:
    same = row.place == place
    if row.inspection_id:
        group = 0 if same else 2
    elif row.product_id:
        group = 6 if not current else 4 if place in OF_PARCEL else 1
    else:
        group = 3 if row.shipment_id else 5
    return group, not same


def _from(row: Evidence) -> str:
    ours = {"inspection_id": _("Inspection"), "shipment_id": _("Packing"), "returned_id": _("Goods that came back")}
    sent = {Actor.CUSTOMER: _("Customer"), Actor.PARTNER: _("Partner")}
    if row.product is not None:
        return _("Catalogue picture of %(sku)s") % {"sku": row.product.sku}
    named = (words for name, words in ours.items() if getattr(row, name))
    return next(named, None) or sent.get(Actor(row.uploader_kind), _("Us"))


# ── the workbench ───────────────────────────────────────────────────────────────────────────────────────────────────
def odd(ticket: Ticket) -> dict[int, str]:
    """Return by id which pictures of a loaded ticket say a time that does not go with the story, in words."""
    sent = [row["shipped_at"] for row in ticket.parcel_rows if row["shipped_at"]]  # type: ignore[attr-defined]
    dispatched = min(map(dt.datetime.fromisoformat, sent), default=None)
    found = {}
    for row in with_moments(ticket.photo_rows, "taken_at", "uploaded_at"):  # type: ignore[attr-defined]
        if row["ticket"] != ticket.pk or row["returned"]:
            continue
        known = story.Story(row["uploaded_at"], dispatched, ticket.order.delivered_at, ticket.filed_at)
        found[row["id"]] = next((each.text for each in story.against(row["taken_at"], known) if each.odd), "")
    return {pk: words for pk, words in found.items() if words}


def alike(rows: Iterable[Row], ticket: Ticket) -> dict[int, list[Match]]:
    """Return where each of a loaded ticket's pictures (`ticket.photo_rows`) was found before; at most one query."""
    made = [
        Evidence(
            pk=row["id"], kind=row["kind"], sha256=row["sha256"], fingerprint=row["fingerprint"],
            ticket_id=row["ticket"], uploader_kind=row["uploader_kind"],
        )
        for row in rows if not row["deleted_at"]
    ]  # fmt: skip
    return like(made, ticket.customer_id, ticket.merged_into_id or ticket.pk)

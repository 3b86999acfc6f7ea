"""What the viewer shows of one piece of evidence. Every function makes a fixed number of queries."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, Partner, Shipment
from aftersales.tenants.models import User
from tickets.models import Ticket
from tickets.problems import Place
from tickets.queries.rows import Row
from tickets.workflow import Actor

from . import custody, story
from .likeness import Match, like
from .models import Custody, Evidence, Hold

EVENTS = 40
ABOUT = ("ticket", "inspection__line__order", "shipment__order", "returned__ticket", "uploaded_by", "partner")


@dataclass
class Piece:
    """One piece with what is known of it. `ticket` and `order` are what it belongs to, by whichever way."""

    evidence: Evidence
    ticket: Ticket | None
    order: Order
    who: str
    remarks: list[story.Remark]
    matches: list[Match] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is, and of ours from where."""
        row = self.evidence
        ours = row.inspection_id or row.shipment_id or row.returned_id
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
    held = Hold.objects.filter(Q(ticket=OuterRef("ticket")) | Q(ticket=OuterRef("returned__ticket")), released_at=None)
    order = Coalesce("ticket__order", "returned__ticket__order", "inspection__line__order", "shipment__order")
    return (
        Evidence.objects.filter(custody.FILED)
        .select_related(*ABOUT, "ticket__order", "returned__ticket__order")
        .annotate(order_of=order, held=Exists(held))
        .annotate(dispatched_at=Subquery(parcels.values("shipped_at")[:1]))
    )


def piece_of(row: Any) -> Piece:
    """Return what is known of a row of `filed`, without the places where it was found before."""
    ticket = row.ticket or (row.returned.ticket if row.returned else None)
    order = ticket.order if ticket else row.inspection.line.order if row.inspection else row.shipment.order
    ours = bool(row.inspection_id or row.shipment_id)
    known = story.Story(
        sent_at=row.uploaded_at, dispatched_at=row.dispatched_at, delivered_at=order.delivered_at,
        filed_at=ticket.filed_at if ticket else None, ours=ours,
    )  # fmt: skip
    # Goods that came back were seen after everything else that is known.
    remarks = [] if row.returned_id else story.against(row.taken_at, known)
    return Piece(row, ticket, order, _who(row), remarks)


def _who(row: Evidence) -> str:
    if row.uploader_kind == Actor.PARTNER and row.partner:
        return str(row.partner)
    if row.uploader_kind == Actor.CUSTOMER:
        return _("the customer")
    return str(row.uploaded_by) if row.uploaded_by else _("our side")


def with_matches(piece: Piece) -> Piece:
    """Return the piece with where its picture was found before; one query."""
    if piece.evidence.deleted_at is None:
        piece.matches = like([piece.evidence], piece.ticket.customer_id if piece.ticket else None).get(
            piece.evidence.pk, []
        )
    return piece


def beside(piece: Piece) -> list[tuple[int, str]]:
    """Return what it can be compared with, (id, name), of its order and ticket; one query.

    The warehouse's own pictures are first, and among them those of the same place.
    """
    order = piece.order.pk
    wanted = Q(inspection__line__order=order) | Q(shipment__order=order)
    if piece.ticket:
        wanted |= Q(ticket=piece.ticket) | Q(returned__ticket=piece.ticket)
    rows = Evidence.objects.filter(wanted, state=Evidence.State.READY).exclude(pk=piece.evidence.pk)
    found = sorted(
        rows.order_by("uploaded_at", "pk"),
        key=lambda row: (not row.inspection_id, not row.shipment_id, row.place != piece.evidence.place),
    )
    names = [f"{_from(row)}: {called(row)}" for row in found]
    return [
        (row.pk, f"{name} {names[:n].count(name) + 1}") for n, (row, name) in enumerate(zip(found, names, strict=True))
    ]


def _from(row: Evidence) -> str:
    ours = {"inspection_id": _("Inspection"), "shipment_id": _("Packing"), "returned_id": _("Goods that came back")}
    sent = {Actor.CUSTOMER: _("Customer"), Actor.PARTNER: _("Partner")}
    named = (words for name, words in ours.items() if getattr(row, name))
    return next(named, None) or sent.get(Actor(row.uploader_kind), _("Us"))


# ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Entry:
    """An event in words: who did what when; `more` is a reason."""

    event: Custody
    who: str
    more: str


def log(evidence: Evidence, before: int | None = None) -> tuple[list[Entry], int | None]:
    """Return the latest events, and the number to ask for those before them, None at the beginning; three queries."""
    events = Custody.objects.filter(evidence=evidence).order_by("-number")
    if before is not None:
        events = events.filter(number__lt=before)
    rows = list(events[: EVENTS + 1])
    told = [(row, json.loads(row.payload)) for row in rows[:EVENTS]]
    users = _names(User.objects.all(), (each["user"] for _row, each in told))
    partners = _names(Partner.objects.all(), (each["partner"] for _row, each in told))
    entries = []
    for row, each in told:
        kind = dict(Actor.choices).get(each["actor"], each["actor"])
        who = users.get(each["user"]) or partners.get(each["partner"]) or str(kind)
        detail = each["detail"]
        more = str(detail.get("reason") or detail.get("detail") or "")
        entries.append(Entry(row, who, more))
    return entries, rows[EVENTS - 1].number if len(rows) > EVENTS else None


def _names(rows: Any, pks: Iterable[int | None]) -> dict[int, str]:
    return {row.pk: str(row) for row in rows.filter(pk__in={pk for pk in pks if pk})}


# ── the workbench ───────────────────────────────────────────────────────────────────────────────────────────────────
def alike(rows: Iterable[Row], ticket: Ticket) -> dict[int, list[Match]]:
    """Return where each of a loaded ticket's pictures (`ticket.photo_rows`) was found before; at most one query."""
    made = [
        Evidence(
            pk=row["id"], kind=row["kind"], sha256=row["sha256"], fingerprint=row["fingerprint"], ticket_id=ticket.pk,
            uploader_kind=row["uploader_kind"],
        )
        for row in rows if not row["deleted_at"]
    ]  # fmt: skip
    return like(made, ticket.customer_id)

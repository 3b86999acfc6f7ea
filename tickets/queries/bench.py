"""Everything the workbench shows of one ticket, in few statements however much there is.

What hangs on the ticket in small numbers comes with it as JSON in the same statement; the conversation is one union.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Avg, CharField, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, JSONObject
from django.utils.translation import gettext as _

from aftersales.orders.models import CustomsEvent, Order, OrderLine, Partner, Shipment, TrackingEvent

from ..checklists import places_of
from ..models import (
    FollowUp,
    Message,
    PartnerRequest,
    Plan,
    PlanAction,
    PlanActionShare,
    StageClock,
    Ticket,
    TicketCost,
    TicketEvent,
)
from ..problems import Party, Place
from ..workflow import Actor, State
from . import card, case
from .catalogue import without_picture
from .merged import with_merged
from .rows import Row, as_rows, as_text, with_moments

LATEST = 200


# ── the ticket with what hangs on it ───────────────────────────────────────────────────────────────────────────────
def _requests() -> ArraySubquery:
    requests = PartnerRequest.objects.filter(ticket=OuterRef("pk")).order_by("-pk")
    return as_rows(
        requests,
        "party",
        "percent",
        "text",
        "asked_at",
        "due_at",
        "answer",
        "answered_at",
        "answer_percent",
        "answer_text",
        "prevention",
        "proposal",
        id="pk",
        partner="partner_id",
        name="partner__name",
    )


def _photos() -> ArraySubquery:
    # The evidence app stands left of this one and is reached through the reverse accessor only.
    photos = Ticket.evidence.rel.related_model.objects  # type: ignore[attr-defined]
    ours = with_merged(OuterRef(OuterRef("pk"))).values("pk")
    return as_rows(
        photos.filter(ticket__in=ours).order_by("uploaded_at", "pk"),
        "place",
        "kind",
        "state",
        "scan",
        "deleted_at",
        "name",
        "shows",
        "taken_at",
        "uploaded_at",
        "uploader_kind",
        "duration",
        "pages",
        "sha256",
        "fingerprint",
        id="pk",
        message="message_id",
        ticket="ticket_id",
        number="ticket__number",
        returned="returned_id",
    )


def _held() -> Exists:
    # Legal holds are the evidence app's too.
    holds = Ticket.holds.rel.related_model.objects  # type: ignore[attr-defined]
    return Exists(holds.filter(ticket=OuterRef("pk"), released_at=None))


def _arriving() -> Exists:
    # Large videos that came and are not evidence yet are the evidence app's too.
    arrivals = Ticket.arrival.rel.related_model.objects  # type: ignore[attr-defined]
    ours = Q(ticket=OuterRef("pk")) | Q(draft__ticket=OuterRef("pk"))
    return Exists(arrivals.filter(ours, state__in=["arrived", "refused"]))


def _parcels() -> ArraySubquery:
    parcels = Shipment.objects.filter(order=OuterRef("order")).order_by("-pk")
    return as_rows(
        parcels,
        "tracking_number",
        "shipped_at",
        "volume_cm3",
        "dispatch_weight_g",
        "trace_closed_at",
        scanned=Exists(TrackingEvent.objects.filter(shipment=OuterRef("pk"))),
        has_letter=Exists(CustomsEvent.objects.filter(shipment=OuterRef("pk"), has_letter=True)),
        carrier="carrier_id",
        carrier_name="carrier__name",
        carrier_country="carrier__country",
        carrier_email="carrier__email",
        carrier_active="carrier__is_active",
        warehouse="warehouse_id",
        warehouse_name="warehouse__name",
        warehouse_email="warehouse__email",
        warehouse_active="warehouse__is_active",
    )


def _suppliers() -> ArraySubquery:
    lines = OrderLine.objects.filter(order=OuterRef("order")).exclude(supplier=None).order_by("position")
    return as_rows(lines, supplier="supplier_id", name="supplier__name", line="pk")


def _bought() -> ArraySubquery:
    orders = Order.objects.filter(customer=OuterRef("customer")).order_by().values("currency")
    return ArraySubquery(
        orders.annotate(
            row=JSONObject(currency="currency", n=Count("pk"), total=Cast(Sum("total"), CharField()))
        ).values("row")
    )


def _earlier() -> ArraySubquery:
    others = Ticket.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk")).order_by("-filed_at")
    return as_rows(others[:5], "number", "state", "outcome", "subject", "filed_at")


def _rating() -> Subquery:
    rated = FollowUp.objects.filter(ticket__customer=OuterRef("customer")).exclude(rating=None).order_by()
    return Subquery(rated.values("organization").annotate(value=Avg("rating")).values("value"))


def load(number: str) -> Ticket | None:
    """Return the ticket with everything but conversation and plans, in one statement; None where there is none."""
    own = {"ticket": OuterRef("pk")}
    clocks = StageClock.objects.filter(**own).order_by("-pk")
    costs = TicketCost.objects.filter(**own).order_by("pk")
    ticket = (
        Ticket.objects.filter(number=number)
        .select_related("order", "customer", "line__supplier", "assignee", "team", "merged_into", "rules_version")
        .annotate(
            **card.columns(),
            **case.counts(),
            request_rows=_requests(),
            photo_rows=_photos(),
            held=_held(),
            arriving=_arriving(),
            uncatalogued=without_picture(OuterRef("order"), OuterRef("line")),
            clock_rows=as_rows(
                clocks, "kind", "minutes", "used_minutes", "started_at", "due_at", "paused_at", "stopped_at", "met"
            ),
            cost_rows=as_rows(costs, "party", "currency", amount=as_text("amount"), name="partner__name"),
            follow_up_rows=as_rows(FollowUp.objects.filter(**own).order_by("-pk"), "rating", "comment", "created_at"),
            parcel_rows=_parcels(),
            supplier_rows=_suppliers(),
            bought_rows=_bought(),
            earlier_rows=_earlier(),
            customer_rating=_rating(),
        )
        .first()
    )
    return ticket


# ── parts of it ────────────────────────────────────────────────────────────────────────────────────────────────────
recommendation, confirmed = card.recommendation, card.confirmed


def requests(ticket: Ticket) -> list[Row]:
    """Return the questions to partners of a loaded ticket, the latest first."""
    parties, answers = dict(Party.choices), dict(PartnerRequest.Answer.choices)
    return [
        row | {"party_label": parties.get(row["party"]), "answer_label": answers.get(row["answer"], "")}
        for row in with_moments(ticket.request_rows, "asked_at", "due_at", "answered_at")  # type: ignore[attr-defined]
    ]


@dataclass(frozen=True)
class Spot:
    """A named place of the evidence strip: its photos, or that they are missing."""

    place: str
    label: str
    photos: list[Row] = field(default_factory=list)


def spots(ticket: Ticket) -> list[Spot]:
    """Return the places this problem needs, present or missing, then further photos.

    While the responsibility is open, what a partner has brought stands on top, the latest first.
    """
    photos = with_moments(ticket.photo_rows, "taken_at", "uploaded_at")  # type: ignore[attr-defined]
    labels = dict(Place.choices)
    wanted = places_of(ticket.problem)
    by_place: dict[str, list[Row]] = {place: [] for place in wanted}
    partners = [photo for photo in reversed(photos) if photo["uploader_kind"] == Actor.PARTNER]
    on_top = partners if ticket.state == State.RESPONSIBILITY else []
    for photo in photos:
        if photo not in on_top:
            by_place.setdefault(photo["place"], []).append(photo)
    top = [Spot("partner", _("New from the partner"), on_top)] if on_top else []
    return [*top, *(Spot(place, str(labels[place]), found) for place, found in by_place.items())]


def stage_clock(ticket: Ticket) -> Row | None:
    """Return the clock of the stage the ticket stands on, while it runs or rests."""
    rows = with_moments(ticket.clock_rows, "started_at", "due_at", "paused_at", "stopped_at")  # type: ignore[attr-defined]
    return next((row for row in rows if row["kind"] == ticket.state and not row["stopped_at"]), None)


def first_clock(ticket: Ticket) -> Row | None:
    """Return the clock that ran until the first stage was left."""
    rows = with_moments(ticket.clock_rows, "started_at", "due_at", "stopped_at")  # type: ignore[attr-defined]
    return next((row for row in reversed(rows) if row["kind"] == "reported"), None)


def candidates(ticket: Ticket) -> dict[str, list[tuple[int, str]]]:
    """Return which partners may stand for a party on a loaded ticket's order; the latest parcel's first."""
    found: dict[str, dict[int, str]] = {"supplier": {}, "carrier": {}, "warehouse": {}}
    for row in ticket.supplier_rows:  # type: ignore[attr-defined]
        if ticket.line_id in (None, row["line"]):
            found["supplier"][row["supplier"]] = row["name"]
    for row in ticket.parcel_rows:  # type: ignore[attr-defined]
        for kind in ("carrier", "warehouse"):
            if row[kind]:
                found[kind][row[kind]] = row[f"{kind}_name"]
    return {party: list(names.items()) for party, names in found.items() if names}


def askable(ticket: Ticket) -> dict[str, str]:
    """Return who can be written to by party, on a loaded ticket: the item's supplier, the latest parcel's carrier and
    warehouse; as `actions.proofs.asked_partner` chooses them."""
    found: dict[str, str] = {}
    if ticket.line and ticket.line.supplier and ticket.line.supplier.email:
        found["supplier"] = ticket.line.supplier.name
    for row in ticket.parcel_rows[:1]:  # type: ignore[attr-defined]
        for kind in ("carrier", "warehouse"):
            if row[f"{kind}_email"] and row[f"{kind}_active"]:
                found[kind] = row[f"{kind}_name"]
    return found


def partner(pk: int | None) -> Partner | None:
    """Return a partner that a form's choice names, or None."""
    return Partner.objects.filter(pk=pk).first() if pk else None


@dataclass(frozen=True)
class CustomerCard:
    """What is known of the customer: orders and what they came to, other tickets, the mean of the ratings."""

    orders: int
    spent: list[tuple[Decimal, str]]
    earlier: list[Row]
    rating: float | None


def customer_card(ticket: Ticket) -> CustomerCard:
    """Return the customer's card of a loaded ticket."""
    bought = ticket.bought_rows  # type: ignore[attr-defined]
    return CustomerCard(
        orders=sum(row["n"] for row in bought),
        spent=[(Decimal(row["total"]), row["currency"]) for row in bought],
        earlier=with_moments(ticket.earlier_rows, "filed_at"),  # type: ignore[attr-defined]
        rating=ticket.customer_rating,  # type: ignore[attr-defined]
    )


def costs(ticket: Ticket) -> list[Row]:
    """Return the cost per party of a loaded ticket."""
    labels = dict(Party.choices)
    rows = ticket.cost_rows  # type: ignore[attr-defined]
    return [row | {"amount": Decimal(row["amount"]), "label": labels.get(row["party"])} for row in rows]


def follow_ups(ticket: Ticket) -> list[Row]:
    """Return what the customer said after closing, the latest first."""
    return with_moments(ticket.follow_up_rows, "created_at")  # type: ignore[attr-defined]


# ── plans ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def plans(ticket: Ticket) -> list[Plan]:
    """Return the plans with their actions, the latest first, in one statement: a plan has at least one action."""
    found: dict[int, Plan] = {}
    actions: dict[int, list[PlanAction]] = {}
    related = ("plan", "plan__manager", "done_by")
    shares = PlanActionShare.objects.filter(action=OuterRef("pk")).order_by("-percent", "pk")
    columns = as_rows(
        shares, "party", "percent", "agreed_at", amount=as_text("amount"), partner="partner_id", name="partner__name"
    )
    rows = PlanAction.objects.filter(plan__ticket=ticket).select_related(*related).annotate(share_rows=columns)
    for action in rows.order_by("-plan__version", "pk"):
        plan = found.setdefault(action.plan_id, action.plan)
        plan.organization, plan.ticket, action.plan = ticket.organization, ticket, plan
        actions.setdefault(plan.pk, []).append(action)
        action._prefetched_objects_cache = {"shares": [_share(row) for row in action.share_rows]}
    for plan in found.values():
        # What `plan.actions.all()` reads, as a prefetch would leave it.
        plan._prefetched_objects_cache = {"actions": actions[plan.pk]}  # type: ignore[attr-defined]
    return list(found.values())


def _share(row: Row) -> PlanActionShare:
    """Return a share as it is read from the database, its partner with it."""
    share = PlanActionShare(
        party=row["party"], percent=row["percent"], amount=Decimal(row["amount"]), partner_id=row["partner"],
        agreed_at=dt.datetime.fromisoformat(row["agreed_at"]) if row["agreed_at"] else None,
    )  # fmt: skip
    if row["partner"]:
        share._state.fields_cache["partner"] = Partner(pk=row["partner"], name=row["name"])
    return share


# ── the conversation ───────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Said:
    """One entry of the conversation: a message (`what` is its audience) or an event (`what` is its verb)."""

    kind: str
    pk: int
    at: dt.datetime
    by_kind: str
    by: str
    text: str
    what: str
    more: Row


def conversation(ticket: Ticket, *, everything: bool = False) -> tuple[list[Said], bool]:
    """Return messages and events in the order of time and whether earlier ones were left out, in one statement."""
    said = Message.objects.filter(ticket=ticket).annotate(
        entry=Value("message"), more=JSONObject(partner="partner__name", asks_for="asks_for")
    )
    done = TicketEvent.objects.filter(ticket=ticket).annotate(
        entry=Value("event"), more=JSONObject(data="data", to="to_state")
    )
    columns = ("entry", "pk", "created_at", "author_kind", "author_name", "text", "audience", "more")
    events = ("entry", "pk", "at", "actor_kind", "actor_name", "reason", "verb", "more")
    rows = said.order_by().values_list(*columns).union(done.order_by().values_list(*events), all=True)
    rows = rows.order_by(F("created_at").desc(), F("entry").desc(), F("pk").desc())
    found = [Said(*row) for row in (rows if everything else rows[: LATEST + 1])]
    more = not everything and len(found) > LATEST
    return list(_folded(found[:LATEST][::-1] if more else found[::-1])), more


def _folded(talk: list[Said]) -> Iterator[Said]:
    """Yield photos that one person added one after the other as one entry."""
    for (_kind, verb, _who), run in groupby(talk, key=lambda said: (said.kind, said.what, said.by)):
        entries = list(run)
        if verb == "evidence_added":
            count = sum(int(said.more["data"].get("count") or 1) for said in entries)
            yield replace(entries[-1], more={"data": {"count": count}})
        else:
            yield from entries

"""Everything the workbench shows of one ticket, in few statements however much there is.

What hangs on the ticket in small numbers comes with it as JSON in the same statement; the conversation is one union.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Avg, CharField, Count, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, JSONObject

from aftersales.orders.models import Order, OrderLine, Partner, Shipment

from ..models import (
    Assessment,
    AssessmentShare,
    FollowUp,
    Message,
    PartnerRequest,
    Plan,
    PlanAction,
    StageClock,
    Ticket,
    TicketCost,
    TicketEvent,
)
from ..problems import GROUP_OF, TILES, Party, Place

LATEST = 200
Row = dict[str, Any]


# ── rows as JSON ───────────────────────────────────────────────────────────────────────────────────────────────────
def _rows(queryset: QuerySet[Any], *names: str, **expressions: Any) -> ArraySubquery:
    """The rows of a queryset as dictionaries, in one column of the outer row."""
    return ArraySubquery(queryset.values(row=JSONObject(**{name: name for name in names}, **expressions)))


def _text(name: str) -> Cast:
    """An amount as text: a JSON number would lose its last digit on the way."""
    return Cast(name, CharField())


def _moments(rows: Iterable[Row], *names: str) -> list[Row]:
    """Turn the named texts of JSON rows into datetimes."""
    return [row | {name: dt.datetime.fromisoformat(row[name]) if row[name] else None for name in names} for row in rows]


# ── the ticket with what hangs on it ───────────────────────────────────────────────────────────────────────────────
def _shares() -> ArraySubquery:
    shares = AssessmentShare.objects.filter(assessment=OuterRef("pk")).order_by("-percent", "pk")
    return _rows(shares, "party", "percent", partner="partner_id", name="partner__name")


def _assessments() -> ArraySubquery:
    standing = Assessment.objects.filter(ticket=OuterRef("pk"), superseded_at=None).order_by("-pk")
    return _rows(
        standing,
        "kind",
        "rule",
        "basis",
        "facts",
        "confidence",
        "asks_for",
        "override",
        "created_at",
        id="pk",
        shares=_shares(),
        by="created_by__name",
    )


def _requests() -> ArraySubquery:
    requests = PartnerRequest.objects.filter(ticket=OuterRef("pk")).order_by("-pk")
    return _rows(
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
    photos = Ticket.evidence.rel.related_model.objects.filter(ticket=OuterRef("pk"))  # type: ignore[attr-defined]
    return _rows(
        photos.order_by("uploaded_at", "pk"),
        "place",
        "state",
        "name",
        "taken_at",
        "uploaded_at",
        "uploader_kind",
        id="pk",
        message="message_id",
    )


def _parcels() -> ArraySubquery:
    parcels = Shipment.objects.filter(order=OuterRef("order")).order_by("-pk")
    return _rows(
        parcels,
        carrier="carrier_id",
        carrier_name="carrier__name",
        warehouse="warehouse_id",
        warehouse_name="warehouse__name",
    )


def _suppliers() -> ArraySubquery:
    lines = OrderLine.objects.filter(order=OuterRef("order")).exclude(supplier=None).order_by("position")
    return _rows(lines, supplier="supplier_id", name="supplier__name", line="pk")


def _bought() -> ArraySubquery:
    orders = Order.objects.filter(customer=OuterRef("customer")).order_by().values("currency")
    return ArraySubquery(
        orders.annotate(
            row=JSONObject(currency="currency", n=Count("pk"), total=Cast(Sum("total"), CharField()))
        ).values("row")
    )


def _earlier() -> ArraySubquery:
    others = Ticket.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk")).order_by("-filed_at")
    return _rows(others[:5], "number", "state", "outcome", "subject", "filed_at")


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
            assessment_rows=_assessments(),
            request_rows=_requests(),
            photo_rows=_photos(),
            clock_rows=_rows(
                clocks, "kind", "minutes", "used_minutes", "started_at", "due_at", "paused_at", "stopped_at", "met"
            ),
            cost_rows=_rows(costs, "party", "currency", amount=_text("amount"), name="partner__name"),
            follow_up_rows=_rows(FollowUp.objects.filter(**own).order_by("-pk"), "rating", "comment", "created_at"),
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
def recommendation(ticket: Ticket) -> Row | None:
    """Return the standing recommended assessment of a loaded ticket."""
    return _first_of(ticket, Assessment.Kind.RECOMMENDED)


def confirmed(ticket: Ticket) -> Row | None:
    """Return the standing confirmed assessment of a loaded ticket."""
    return _first_of(ticket, Assessment.Kind.CONFIRMED)


def _first_of(ticket: Ticket, kind: str) -> Row | None:
    found = next((row for row in ticket.assessment_rows if row["kind"] == kind), None)  # type: ignore[attr-defined]
    if found is None:
        return None
    labels, places = dict(Party.choices), dict(Place.choices)
    shares = [share | {"label": labels.get(share["party"], share["party"])} for share in found["shares"]]
    neutral = [fact for fact in found["facts"] if fact.get("supports") is None]
    # What has come since the rule asked for it is there to be looked at.
    there = {photo["place"] for photo in ticket.photo_rows}  # type: ignore[attr-defined]
    asks = [{"place": place, "label": places.get(place, place)} for place in found["asks_for"] if place not in there]
    return found | {
        "shares": shares,
        "asks": asks,
        "neutral": neutral,
        "override_label": dict(Assessment.Override.choices).get(found["override"]),
    }


def requests(ticket: Ticket) -> list[Row]:
    """Return the questions to partners of a loaded ticket, the latest first."""
    parties, answers = dict(Party.choices), dict(PartnerRequest.Answer.choices)
    return [
        row | {"party_label": parties.get(row["party"]), "answer_label": answers.get(row["answer"], "")}
        for row in _moments(ticket.request_rows, "asked_at", "due_at", "answered_at")  # type: ignore[attr-defined]
    ]


@dataclass(frozen=True)
class Spot:
    """A named place of the evidence strip: its photos, or that they are missing."""

    place: str
    label: str
    photos: list[Row] = field(default_factory=list)


def wanted_places(problem: str) -> tuple[str, ...]:
    """Return the places whose photos help most with a problem: of its tile, else of the first tile of its group."""
    tiles = sorted(TILES, key=lambda tile: tile.problem != problem)
    return next((tile.photos for tile in tiles if GROUP_OF[tile.problem] == GROUP_OF[problem]), ())


def spots(ticket: Ticket) -> list[Spot]:
    """Return the places this problem needs, present or missing, then further photos."""
    photos = _moments(ticket.photo_rows, "taken_at", "uploaded_at")  # type: ignore[attr-defined]
    labels = dict(Place.choices)
    wanted = wanted_places(ticket.problem)
    by_place: dict[str, list[Row]] = {place: [] for place in wanted}
    for photo in photos:
        by_place.setdefault(photo["place"], []).append(photo)
    return [Spot(place, str(labels[place]), found) for place, found in by_place.items()]


def stage_clock(ticket: Ticket) -> Row | None:
    """Return the clock of the stage the ticket stands on, while it runs or rests."""
    rows = _moments(ticket.clock_rows, "started_at", "due_at", "paused_at", "stopped_at")  # type: ignore[attr-defined]
    return next((row for row in rows if row["kind"] == ticket.state and not row["stopped_at"]), None)


def first_clock(ticket: Ticket) -> Row | None:
    """Return the clock that ran until the first stage was left."""
    rows = _moments(ticket.clock_rows, "started_at", "due_at", "stopped_at")  # type: ignore[attr-defined]
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
        earlier=_moments(ticket.earlier_rows, "filed_at"),  # type: ignore[attr-defined]
        rating=ticket.customer_rating,  # type: ignore[attr-defined]
    )


def costs(ticket: Ticket) -> list[Row]:
    """Return the cost per party of a loaded ticket."""
    labels = dict(Party.choices)
    rows = ticket.cost_rows  # type: ignore[attr-defined]
    return [row | {"amount": Decimal(row["amount"]), "label": labels.get(row["party"])} for row in rows]


def follow_ups(ticket: Ticket) -> list[Row]:
    """Return what the customer said after closing, the latest first."""
    return _moments(ticket.follow_up_rows, "created_at")  # type: ignore[attr-defined]


# ── plans ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def plans(ticket: Ticket) -> list[Plan]:
    """Return the plans with their actions, the latest first, in one statement: a plan has at least one action."""
    found: dict[int, Plan] = {}
    actions: dict[int, list[PlanAction]] = {}
    related = ("plan", "plan__manager", "payer_partner", "done_by")
    for action in (
        PlanAction.objects.filter(plan__ticket=ticket).select_related(*related).order_by("-plan__version", "pk")
    ):
        plan = found.setdefault(action.plan_id, action.plan)
        plan.organization, action.plan = ticket.organization, plan
        actions.setdefault(plan.pk, []).append(action)
    for plan in found.values():
        # What `plan.actions.all()` reads, as a prefetch would leave it.
        plan._prefetched_objects_cache = {"actions": actions[plan.pk]}  # type: ignore[attr-defined]
    return list(found.values())


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

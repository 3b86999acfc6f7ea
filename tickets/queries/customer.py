"""What a customer sees of an order and of a complaint, in plain words.

Never internal notes, partners' threads or shares.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from aftersales.orders.models import Order, OrderLine
from aftersales.tenants.models import RulesVersion
from aftersales.ui.templatetags.values import when

from .. import guide, rules
from ..models import EvidenceRequest, FilingDraft, Message, Plan, PlanAction, Ticket, TicketEvent
from ..models.plan import CLAIMS, GIVES
from ..problems import Party, Place, Problem
from ..proofs import HOW_OF, Proof
from ..workflow import NOT_COUNTED, STAGES, Actor, State
from .customer_now import Now, hear_by, now_of, with_sentences, words

# Between us and the carrier or insurer: no part of what the customer is offered.
NOT_SHOWN = CLAIMS
# What the customer gets in money; the amount of any other action is a cost of ours.
MONEY = GIVES


# ── an order ───────────────────────────────────────────────────────────────────────────────────────────────────────
def order_page(order: Order) -> dict[str, Any]:
    """Return the items of an order, each with its complaints, and the complaints on the order as a whole."""
    tickets: dict[int | None, list[Ticket]] = defaultdict(list)
    for ticket in with_sentences(order.tickets.order_by("-id")):
        tickets[ticket.line_id].append(ticket)
    items = [{"line": line, "tickets": tickets.pop(line.pk, [])} for line in order.lines.order_by("position")]
    return {"items": items, "whole": [t for rest in tickets.values() for t in rest], "status": order_status(order)}


def order_status(order: Order) -> str:
    """Return how far the order is, in a few words."""
    if order.cancelled_at:
        return _("Cancelled on %(day)s") % {"day": day(order.cancelled_at)}
    if order.delivered_at:
        return _("Delivered on %(day)s") % {"day": day(order.delivered_at)}
    parcels = list(order.shipments.values_list("delivered_at", flat=True))
    arrived = [at for at in parcels if at]
    if arrived and len(arrived) == len(parcels):
        return _("Delivered on %(day)s") % {"day": day(max(arrived))}
    if parcels:
        return _("On its way")
    return _("Being prepared")


def day(value: dt.datetime | dt.date) -> str:
    """Return a day as the reader writes it."""
    return date_format(timezone.localtime(value) if isinstance(value, dt.datetime) else value, "DATE_FORMAT")


def candidates(number: str):
    """Return the orders that may be meant by what was typed: as typed, in capitals, with or without Shopify's #."""
    bare = number.strip().lstrip("#").strip()
    spellings = {number.strip(), bare, bare.upper(), f"#{bare}", f"#{bare.upper()}"}
    return Order.objects.select_related("customer").filter(number__in=spellings).order_by("pk")


# ── filing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def open_draft(order: Order, line: OrderLine | None, name: str) -> FilingDraft | None:
    """Return what this session began to file for the item and has not sent, or None."""
    return FilingDraft.objects.filter(order=order, line=line, opener=name, ticket=None).first() if name else None


def told_already(order: Order, line: OrderLine | None):
    """Return the complaints on the same item, the latest first."""
    return order.tickets.filter(line=line).exclude(state__in=NOT_COUNTED).order_by("-id")


def current_rules() -> RulesVersion | None:
    """Return the rules that hold now, or None where none were published."""
    return RulesVersion.objects.order_by("-version").first()


def masked(email: str) -> str:
    """Return an address that its owner knows and nobody else can read: m•••@gmail.com."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}" if at else ""


def kept_photos(owner, places: tuple[str, ...]) -> dict[str, list]:
    """Return the photos that a draft or a ticket's customer has sent, by place; other places under `other`."""
    found: dict[str, list] = {place: [] for place in (*places, Place.OTHER.value)}
    for photo in owner.evidence.filter(uploader_kind=Actor.CUSTOMER):
        found.get(photo.place, found[Place.OTHER.value]).append(photo)
    return found


# ── a complaint ────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class TicketPage:
    """Everything the tracking page shows."""

    ticket: Ticket
    now: Now
    offer: Plan | None = None
    plan: Plan | None = None
    actions: list[PlanAction] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    photos: list = field(default_factory=list)
    asked: list[EvidenceRequest] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)
    rating: int | None = None
    may_reopen: bool = False
    reopen_until: dt.datetime | None = None
    moment: str = ""

    @property
    def says(self) -> str:
        """Where the complaint stands, in one sentence."""
        return self.now.says

    @property
    def money(self) -> Decimal:
        """What the customer gets in money, in the plan's currency."""
        return sum((action.gives for action in self.actions), Decimal(0))  # type: ignore[attr-defined]

    @property
    def asked_words(self) -> list[tuple[str, str]]:
        """What was asked for, and how to take it."""
        return [(str(row.get_proof_display()), str(HOW_OF.get(Proof(row.proof), ""))) for row in self.asked]

    @property
    def unread(self) -> bool:
        """Whether something was asked for that nobody has looked at."""
        return any(row.read_at is None for row in self.asked)

    @property
    def loose(self) -> list:
        """The customer's photos that belong to no message."""
        return [photo for photo in self.photos if photo.message_id is None]


def ticket_page(ticket: Ticket) -> TicketPage:
    """Return the tracking page of a ticket that came with its order and line. Twelve queries, however much was said."""
    page = TicketPage(ticket, now_of(ticket))
    page.plan = shown_plan(ticket)
    if page.plan:
        page.actions = [action for action in page.plan.actions.all() if action.kind not in NOT_SHOWN]
        for action in page.actions:
            action.gives = action.amount if action.kind in MONEY else Decimal(0)  # type: ignore[attr-defined]
    waits = page.plan and page.plan.state == Plan.State.PROPOSED and page.plan.customer_agreed_at is None
    # While a mediation is open nothing can be agreed, so the proposal is not put before the customer.
    page.offer = page.plan if waits and ticket.state == State.PLANNING and not page.now.is_disputed else None
    words(ticket, page.now, plan=page.plan, offer=page.offer, actions=page.actions)
    page.photos = list(photos_of(ticket))
    arrows = list(ticket.events.exclude(to_state="").order_by("at", "id"))
    page.messages = with_photos(messages_of(ticket, arrows), page.photos)
    page.asked = asked_for(ticket)
    page.steps = progress(ticket, page, arrows)
    if ticket.state in (State.CLOSED, State.FOLLOWED_UP):
        latest = ticket.follow_ups.order_by("-id").first()
        since = ticket.closed_at or ticket.filed_at
        page.rating = latest.rating if latest and latest.created_at >= since else None
        page.may_reopen, page.reopen_until = rules.within_reopen_window(ticket), rules.reopen_until(ticket)
    page.moment = ".".join(
        [
            ticket.state,
            str(page.offer.version) if page.offer else "",
            "-".join(row.proof for row in page.asked),
            str(page.rating or ""),
            page.now.mark,
        ]
    )
    return page


def shown_plan(ticket: Ticket) -> Plan | None:
    """Return the plan that the customer was offered and that still stands; one that waits for a manager is not."""
    standing = ticket.plans.filter(state__in=[Plan.State.PROPOSED, Plan.State.AGREED], answer_by__isnull=False)
    return standing.prefetch_related("actions").order_by("-version").first()


def messages_of(ticket: Ticket, arrows: Sequence[TicketEvent] = ()) -> list[Message]:
    """Return what the customer and the organization wrote to each other, with the customer's reasons to go on."""
    kind = Actor.CUSTOMER
    reasons = [
        Message(author_kind=kind, text=arrow.reason, created_at=arrow.at)
        for arrow in arrows
        if arrow.verb in ("appeal", "reopen") and arrow.actor_kind == kind
    ]
    written = ticket.messages.filter(audience="public").order_by("created_at", "id")
    return sorted([*written, *reasons], key=lambda message: message.created_at)


def photos_of(ticket: Ticket):
    """Return the photos that the customer sent or that were shown to the customer in a message."""
    return ticket.evidence.filter(Q(uploader_kind=Actor.CUSTOMER) | Q(message__audience="public"))


def with_photos(messages: list[Message], photos: list) -> list[Message]:
    """Give each message its own photos, as `shown`."""
    of_message: dict[int | None, list] = defaultdict(list)
    for photo in photos:
        of_message[photo.message_id].append(photo)
    for message in messages:
        message.shown = of_message[message.pk] if message.pk else []  # type: ignore[attr-defined]
    return messages


def asked_for(ticket: Ticket) -> list[EvidenceRequest]:
    """Return what the customer was asked for and has not sent, each thing once, what was asked first first."""
    if ticket.state not in (State.REPORTED, State.RESPONSIBILITY):
        return []
    waiting = ticket.evidence_requests.filter(party=Party.CUSTOMER, answered_at=None).order_by("-pk")
    return sorted({row.proof: row for row in waiting}.values(), key=lambda row: row.pk)


def photo_places(ticket: Ticket, asked: list[EvidenceRequest]) -> list[guide.Shot]:
    """Return the places to show on the page for more photos: exactly of what was asked for and has not come, else
    those that fit the problem."""
    wanted = guide.shots_asked(row.proof for row in asked)
    return wanted or guide.shots_of(ticket.problem) or guide.shots_of(Problem.OTHER)


def progress(ticket: Ticket, page: TicketPage, arrows: list[TicketEvent]) -> list[dict]:
    """Return the steps of the customer's progress; where it stopped halfway, the last step says so."""
    reached = {arrow.to_state: arrow.at for arrow in arrows}
    labels = {
        State.REPORTED: _("Complaint received"), State.RESPONSIBILITY: _("What happened"),
        State.PLANNING: _("Our proposal"), State.EXECUTING: _("Putting it right"), State.CLOSED: _("Done"),
    }  # fmt: skip
    icons = {
        State.REPORTED: "inbox", State.RESPONSIBILITY: "search", State.PLANNING: "message", State.EXECUTING: "tools",
        State.CLOSED: "circle-check",
    }  # fmt: skip
    state = State(ticket.state)
    stopped = state not in STAGES
    steps = []
    for stage in STAGES[:-1]:
        done = STAGES.index(stage) < STAGES.index(state) if not stopped else stage == State.REPORTED
        if stopped and not done:
            continue
        done = done or stage == state == State.CLOSED
        mark = "done" if done else "current" if stage == state else ""
        note = _note(ticket, page, stage, mark, reached)
        steps.append({"label": labels[stage], "icon": icons[stage], "state": mark, "note": note})
    if stopped:
        steps.append({"label": page.says, "icon": "circle-x", "state": "current", "note": when(reached.get(state))})
    return steps


def _note(ticket: Ticket, page: TicketPage, stage: State, state: str, reached: dict) -> str:
    if stage == State.REPORTED:
        photos = sum(1 for photo in page.photos if photo.uploader_kind == Actor.CUSTOMER)
        count = ngettext("%(n)d photo", "%(n)d photos", photos) % {"n": photos} if photos else ""
        first = format_html_join(
            pgettext("between two things", ", "), "{}", [(p,) for p in (when(ticket.filed_at), count) if p]
        )
        parts = (first, _next(ticket, page) if state == "current" else "")
        return format_html_join(mark_safe("<br>"), "{}", [(part,) for part in parts if part])
    if state == "current":
        return _next(ticket, page)
    after = stage if stage == State.CLOSED else STAGES[STAGES.index(stage) + 1]
    return when(reached[after]) if state == "done" and after in reached else ""


def _next(ticket: Ticket, page: TicketPage) -> str:
    """Return whose turn it is; in a mediation the card above says it."""
    if page.now.is_disputed:
        return ""
    return _("Waiting for you") if page.now.to_send and ticket.is_open else hear_by(ticket)

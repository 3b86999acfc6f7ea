"""Goods on their way back, as the desk and the customer see them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderLine, Partner
from aftersales.orders.paging import Page, page_by_key

from ..models import PlanAction, Return, ReturnLine, Ticket
from .filters import Text

State = Return.State
SIZE = 50
# What no longer holds back a line's quantity: those goods do not come, or went to the customer again.
OVER = (State.CANCELLED, State.DECLINED)
# Actions that goods come back for.
COMES_BACK = (PlanAction.Kind.RETURN, PlanAction.Kind.EXCHANGE, PlanAction.Kind.REPAIR)
# Filters of the list: name → words and states. What waits for us comes first.
FILTERS: dict[str, tuple[Text, tuple[State, ...]]] = {
    "coming": (_("On their way"), (State.AUTHORISED, State.SENT, State.IN_TRANSIT)),
    "here": (_("To be looked at"), (State.RECEIVED,)),
    "disputed": (_("To be decided"), (State.DISPUTED,)),
    "done": (_("Done"), (State.ACCEPTED, State.RELEASED, State.DECLINED, State.CANCELLED)),
}
TONES = {
    State.RECEIVED: "amber", State.DISPUTED: "red", State.ACCEPTED: "green", State.RELEASED: "green",
    State.DECLINED: "", State.CANCELLED: "", State.SENT: "blue", State.IN_TRANSIT: "blue",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step of a return's way: `at` is None for what has not happened."""

    words: Text
    at: dt.datetime | None
    now: bool = False


def coming_back(order: int) -> dict[int, int]:
    """Return how many pieces of each line of the order (by key) come back or came already."""
    rows = ReturnLine.objects.filter(line__order=order).exclude(returned__state__in=OVER)
    return dict(rows.values_list("line").annotate(pieces=Sum("quantity")))


def of_ticket(ticket: Ticket) -> list[Return]:
    """Return the ticket's returns with their lines and photos, the latest first, in three statements."""
    found = ticket.returns.select_related("action", "inspected_by", "created_by").order_by("-id")
    return list(found.prefetch_related(_lines(), "evidence"))


def _lines() -> Prefetch:
    return Prefetch("lines", queryset=ReturnLine.objects.select_related("line"))


def tone(returned: Return) -> str:
    """Return the colour of a return's state."""
    return TONES.get(State(returned.state), "")


def returnable(ticket: Ticket) -> list[tuple[OrderLine, int]]:
    """Return the order's lines with how many pieces of each can still come back."""
    coming = coming_back(ticket.order_id)
    rows = ((line, line.quantity - coming.get(line.pk, 0)) for line in ticket.order.lines.select_related("supplier"))
    return [(line, left) for line, left in rows if left > 0]


def waiting_actions(ticket: Ticket) -> list[PlanAction]:
    """Return the actions of the ticket's plan that goods come back for and that have no return yet."""
    plan = ticket.current_plan()
    if plan is None:
        return []
    authorised = ticket.returns.exclude(state__in=OVER).values("action")
    return list(plan.actions.filter(kind__in=COMES_BACK, done_at=None).exclude(pk__in=authorised))


def warehouses() -> QuerySet[Partner]:
    """Return the warehouses that goods may be sent to."""
    return Partner.objects.filter(kind=Partner.Kind.WAREHOUSE, is_active=True)


def matching(text: str, state: str) -> QuerySet[Return]:
    """Return the returns of a filter that a number, a tracking number, an order or a ticket leads to."""
    found = Return.objects.select_related("ticket__order", "ticket__customer").annotate(pieces=Sum("lines__quantity"))
    if state in FILTERS:
        found = found.filter(state__in=FILTERS[state][1])
    text = text.replace("\0", "").strip()
    if text:
        found = found.filter(
            Q(number__iexact=text) | Q(tracking_number__iexact=text) | Q(ticket__number__iexact=text)
            | Q(ticket__order__number__iexact=text)
        )  # fmt: skip
    return found


def page(text: str, state: str, cursor: str) -> Page:
    """Return one page of returns, the latest first, in one statement."""
    return page_by_key(matching(text, state), key="created_at", cursor=cursor, size=SIZE, descending=True)


def counts() -> dict[str, int]:
    """Return how many returns each filter holds, in one statement."""
    rows: dict[str, Any] = Return.objects.aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, (_words, states) in FILTERS.items()}
    )
    return rows


def sentence(returned: Return) -> str:
    """Return where the goods are, in the customer's words."""
    said = {
        State.AUTHORISED: _("Please send the goods back"),
        State.SENT: _("It is on its way to us"),
        State.IN_TRANSIT: _("It is on its way to us"),
        State.RECEIVED: _("It has arrived, we look at it"),
        State.DISPUTED: _("We have a question about the goods"),
        State.DECLINED: _("Your return was declined"),
        State.CANCELLED: _("You need not send anything"),
    }
    return str(said.get(State(returned.state), _("Your return is done")))


def steps(returned: Return) -> list[Step]:
    """Return the way of the goods for the customer, in plain words."""
    state = State(returned.state)
    if state == State.CANCELLED:
        return [
            Step(_("We told you to send it back"), returned.created_at),
            Step(_("It was cancelled"), None, now=True),
        ]
    seen = {
        State.ACCEPTED: _("We looked at it: as expected"),
        State.DISPUTED: _("We looked at it: somebody decides now"),
        State.RELEASED: _("We looked at it and go on as promised"),
        State.DECLINED: _("We looked at it: it was declined"),
    }.get(state, _("We look at it"))
    rows = [
        Step(_("We told you how to send it back"), returned.created_at),
        Step(_("You sent it"), returned.sent_at or returned.received_at),
        Step(_("It arrived with us"), returned.received_at),
        Step(seen, returned.inspected_at),
    ]
    first = next((n for n, row in enumerate(rows) if row.at is None), None)
    return [Step(row.words, row.at, now=n == first) for n, row in enumerate(rows)]


def is_late(returned: Return) -> bool:
    """Whether the day to send it has passed, in the organization's time zone."""
    today = timezone.now().astimezone(returned.ticket.organization.zone).date()
    return returned.state == State.AUTHORISED and returned.send_by < today


def for_customer(ticket: Ticket, number: str) -> Return | None:
    """Return the ticket's return with that number, its lines and photos, or None."""
    found = ticket.returns.filter(number=number).prefetch_related(_lines(), "evidence").first()
    if found is not None:
        found.ticket = ticket
    return found

"""The operator's lists: the queue in the order of its deadlines, and all tickets, newest first. Both page by key."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Count, F, FloatField, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Extract, JSONObject
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersales.tenants.models import Organization, User

from ..models import StageClock, Ticket
from ..models.clock import ClockKind
from ..workflow import OPEN, State
from .filters import CLAIM_DAYS, VIEWS, Text, Wanted, narrow

PAGE = 25
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
CURSOR = re.compile(r"([01])\.(x|-?[0-9]{1,17})\.([0-9]{1,18})")
MICROSECOND = dt.timedelta(microseconds=1)

# What a stage asks of us, as the queue says it, and the tone of its dot. Waiting for somebody goes before.
STANDING: dict[str, tuple[str, Text]] = {
    State.REPORTED: ("amber", _("New")),
    State.RESPONSIBILITY: ("blue", _("Responsibility to confirm")),
    State.PLANNING: ("violet", _("Plan to propose")),
    State.EXECUTING: ("blue", _("Plan to carry out")),
    State.CLOSED: ("green", _("Closed")),
    State.FOLLOWED_UP: ("green", _("Followed up")),
    State.REJECTED: ("", _("Rejected")),
    State.WITHDRAWN: ("", _("Withdrawn")),
    State.MERGED: ("", _("Merged")),
}


def standing(ticket: Ticket) -> tuple[str, Text]:
    """Return the tone of the dot and the words for where a ticket stands."""
    if ticket.waiting_for:
        return ("hollow" if ticket.waiting_for == "customer" else "violet"), ticket.get_waiting_for_display()
    return STANDING[ticket.state]


def with_what_a_row_shows(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Add order, item, supplier, customer, owner and the first photo's key: one statement for a whole list."""
    # The evidence app stands left of this one and is reached through the reverse accessor only.
    photos = Ticket.evidence.rel.related_model.objects  # type: ignore[attr-defined]
    first = photos.filter(ticket=OuterRef("pk"), state="ready").order_by("uploaded_at", "id").values("pk")[:1]
    return tickets.select_related("order", "customer", "line__supplier", "assignee").annotate(photo=Subquery(first))


@dataclass(frozen=True)
class Page:
    """Rows of a list and the key after which the next begin; empty where there are no more."""

    rows: list[Ticket]
    after: str


def queue(wanted: Wanted, user: User, *, now: dt.datetime) -> Page:
    """Return a page of open tickets: direct hits of a search first, soonest deadline, paused last, oldest first."""
    tickets = narrow(Ticket.objects.filter(VIEWS[wanted.view].condition(now, user), state__in=OPEN), wanted)
    cursor = _read(wanted.after)
    if cursor:
        rank, due, pk = cursor
        behind = (
            Q(due_at=None, pk__gt=pk) if due is None else Q(due_at__gt=due) | Q(due_at=due, pk__gt=pk) | Q(due_at=None)
        )
        tickets = tickets.filter(Q(rank__gt=rank) | Q(behind, rank=rank) if wanted.text else behind)
    soonest = F("due_at").asc(nulls_last=True)
    order = [F("rank").asc()] if wanted.text else []
    return _page(tickets.order_by(*order, soonest, "pk"), "due_at")


def every(wanted: Wanted) -> Page:
    """Return a page of tickets of any stage: direct hits of a search first, then the newest."""
    tickets = narrow(Ticket.objects.all(), wanted)
    cursor = _read(wanted.after)
    if cursor and cursor[1] is not None:
        rank, filed, pk = cursor
        behind = Q(filed_at__lt=filed) | Q(filed_at=filed, pk__lt=pk)
        tickets = tickets.filter(Q(rank__gt=rank) | Q(behind, rank=rank) if wanted.text else behind)
    return _page(tickets.order_by(*(["rank"] if wanted.text else []), "-filed_at", "-pk"), "filed_at")


def _page(tickets: QuerySet[Ticket], key: str) -> Page:
    rows = list(with_what_a_row_shows(tickets)[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    for row in rows:
        _say(row)
    return Page(rows, _write(rows[-1], key) if more else "")


def _write(ticket: Ticket, key: str) -> str:
    at: dt.datetime | None = getattr(ticket, key)
    return f"{getattr(ticket, 'rank', 0)}.{'x' if at is None else (at - EPOCH) // MICROSECOND}.{ticket.pk}"


def _read(text: str) -> tuple[int, dt.datetime | None, int] | None:
    match = CURSOR.fullmatch(text)
    if not match:
        return None
    at = None if match[2] == "x" else int(match[2])
    # Before the year 1 there is no datetime.
    if at is not None and at < -62_135_596_800_000_000:
        return None
    return int(match[1]), None if at is None else EPOCH + at * MICROSECOND, int(match[3])


def row(number: str) -> Ticket | None:
    """Return one ticket with what a row shows, or None."""
    ticket = with_what_a_row_shows(Ticket.objects.filter(number=number)).first()
    if ticket:
        _say(ticket)
    return ticket


def _say(ticket: Ticket) -> None:
    """Give a row what it says of itself: where it stands, and how long a claim can still be filed."""
    ticket.standing = standing(ticket)  # type: ignore[attr-defined]
    ticket.claim = claim_chip(ticket)  # type: ignore[attr-defined]


def claim_chip(ticket: Ticket, *, today: dt.date | None = None) -> tuple[Text, str] | None:
    """Return words and tone of an unfiled claim that expires soon: red up to 3 days, amber up to 10."""
    if ticket.claim_by is None or not ticket.is_open:
        return None
    left = (ticket.claim_by - (today or timezone.localdate())).days
    red, amber = map(int, CLAIM_DAYS)
    if left > amber:
        return None
    if left < 0:
        return _("Claim expired"), "red"
    if left == 0:
        return _("Claim expires today"), "red"
    words = ngettext("Claim expires in %(n)d day", "Claim expires in %(n)d days", left) % {"n": left}
    return words, "red" if left <= red else "amber"


def count_matching(wanted: Wanted, user: User, *, now: dt.datetime, newer_than: int = 0) -> int:
    """Return how many open tickets match, of those whose key is above `newer_than`."""
    condition = VIEWS[wanted.view].condition(now, user)
    return narrow(Ticket.objects.filter(condition, state__in=OPEN, pk__gt=newer_than), wanted).count()


def count_everything(wanted: Wanted) -> int:
    """Return how many tickets of any stage match."""
    return narrow(Ticket.objects.all(), wanted).count()


def list_for(user: User, *, limit: int = 30) -> list[Ticket]:
    """Return the member's own open tickets in the order of the queue."""
    mine = Ticket.objects.filter(assignee=user, state__in=OPEN).select_related("customer", "order")
    return list(mine.order_by(F("due_at").asc(nulls_last=True), "pk")[:limit])


# ── the five figures and the tabs' counts ──────────────────────────────────────────────────────────────────────────
class Median(Aggregate):
    """The middle value; of an even number of values the mean of the middle two. None where there are none."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Figures:
    """What stands above the queue. Rates are per cent of the clocks that were stopped in the time."""

    counts: dict[str, int]
    newest: int
    next_due: dt.datetime | None
    first_answer: dt.timedelta | None
    met: float | None
    met_before: float | None

    @property
    def met_change(self) -> float | None:
        """Percentage points against the thirty days before, to one place."""
        return None if self.met is None or self.met_before is None else round(self.met - self.met_before, 1)


def figures(organization: Organization, user: User, *, now: dt.datetime) -> Figures:
    """Return the counts of each view, the median of today's first answers and the deadlines met, in one statement.

    First answers: of tickets filed within the last thirty days, answered since midnight of the organization's zone.
    Deadlines met: stage clocks stopped in the last thirty days, and in the thirty before them; partners' not counted.
    """
    month, midnight = (
        dt.timedelta(days=30),
        now.astimezone(organization.zone).replace(hour=0, minute=0, second=0, microsecond=0),
    )
    open_tickets = JSONObject(
        newest=Max("pk"),
        next_due=Min("due_at", filter=Q(due_at__gte=now)),
        **{name: Count("pk", filter=view.condition(now, user) or None) for name, view in VIEWS.items()},
    )
    waited = Extract(F("first_answer_at") - F("filed_at"), "epoch")
    answered = Ticket.objects.filter(filed_at__gte=now - month, first_answer_at__gte=midnight)
    clocks = (
        StageClock.objects.filter(stopped_at__gte=now - 2 * month).exclude(met=None).exclude(kind=ClockKind.PARTNER)
    )
    late, early = Q(stopped_at__gte=now - month), Q(stopped_at__lt=now - month)
    rates = JSONObject(
        met=Count("pk", filter=late & Q(met=True)),
        all=Count("pk", filter=late),
        met_before=Count("pk", filter=early & Q(met=True)),
        all_before=Count("pk", filter=early),
    )
    found, median, met = Organization.objects.filter(pk=organization.pk).values_list(
        _one_value(Ticket.objects.filter(state__in=OPEN), open_tickets),
        _one_value(answered, Median(waited)),
        _one_value(clocks, rates),
    )[0]
    found, met = found or {}, met or {}
    return Figures(
        counts={name: found.get(name, 0) for name in VIEWS},
        newest=found.get("newest") or 0,
        next_due=dt.datetime.fromisoformat(found["next_due"]) if found.get("next_due") else None,
        first_answer=None if median is None else dt.timedelta(seconds=median),
        met=_share(met.get("met", 0), met.get("all", 0)),
        met_before=_share(met.get("met_before", 0), met.get("all_before", 0)),
    )


def _one_value(rows: QuerySet[Any], value: Any) -> Subquery:
    """An aggregate over all rows as a value of another statement."""
    return Subquery(rows.order_by().values("organization").annotate(value=value).values("value"))


def _share(part: int, whole: int) -> float | None:
    return part * 100 / whole if whole else None


def open_of(request: HttpRequest) -> int | None:
    """Return how many tickets are open, for the navigation; a view that knows has left it on the request."""
    if hasattr(request, "open_tickets"):
        return request.open_tickets
    return Ticket.objects.filter(state__in=OPEN).count()


def is_first_day() -> bool:
    """Whether no ticket was ever filed."""
    return not Ticket.objects.exists()

"""What a list of tickets is asked for: view, search and filters, read from the address. Unknown values are left out."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Customer, Order, OrderLine, Partner, Shipment
from aftersales.orders.queries import spellings as order_spellings
from aftersales.tenants.models import Organization, User

from ..models import AssessmentShare, Ticket
from ..models.ticket import Channel
from ..problems import Party, Problem
from ..workflow import State

SOON = dt.timedelta(hours=4)
# Days before a claim expires: red, then amber.
CLAIM_DAYS = ("3", "10")
LONGEST = 100
NUMBER = re.compile(r"[0-9]{1,18}")
COUNTRY = re.compile(r"[A-Z]{2}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]+")

Text = str | Promise


def clean(text: str) -> str:
    """Return typed text without control characters and doubled blanks, at most 100 characters."""
    return " ".join(CONTROL.sub(" ", text).split())[:LONGEST].strip()


# ── views: the tabs of the queue ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class View:
    """A saved view of open tickets. `tab` is False for those that only a figure leads to."""

    label: Text
    condition: Callable[[dt.datetime, User], Q]
    tab: bool = True


VIEWS: dict[str, View] = {
    "open": View(_("All open"), lambda now, user: Q()),
    "mine": View(_("My tickets"), lambda now, user: Q(assignee=user)),
    "nobody": View(_("Nobody assigned"), lambda now, user: Q(assignee=None)),
    "soon": View(_("Due in 4 h"), lambda now, user: Q(due_at__gte=now, due_at__lt=now + SOON)),
    "partner": View(_("Partner to answer"), lambda now, user: Q(waiting_for="partner")),
    "customer": View(_("Customer to answer"), lambda now, user: Q(waiting_for="customer")),
    "manager": View(_("Manager to approve"), lambda now, user: Q(waiting_for="manager")),
    "overdue": View(_("Overdue"), lambda now, user: Q(due_at__lt=now), tab=False),
}


# ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _of_lines(**where: Any) -> Q:
    """Tickets whose item matches; a ticket about the whole order counts for each of its items."""
    return Q(**{f"line__{name}": value for name, value in where.items()}) | Q(
        line=None, order__in=OrderLine.objects.filter(**where).values("order")
    )


def _by_party(values: list[str]) -> Q:
    """The confirmed responsibility counts; until there is one, the recommended."""
    confirmed = AssessmentShare.objects.filter(
        assessment__ticket=OuterRef("pk"), assessment__kind="confirmed", assessment__superseded_at=None
    )
    return Q(Exists(confirmed.filter(party__in=values))) | (Q(suggested_party__in=values) & ~Q(Exists(confirmed)))


def _by_assignee(values: list[str]) -> Q:
    condition = Q(assignee__in=[value for value in values if value != "nobody"])
    return condition | Q(assignee=None) if "nobody" in values else condition


def _is_number(value: str) -> bool:
    return bool(NUMBER.fullmatch(value))


@dataclass(frozen=True)
class Filter:
    """One filter: how it is called, which values it knows, what it asks of a ticket, how a value is called."""

    label: Text
    known: Callable[[str], bool]
    condition: Callable[[list[str]], Q]
    names: dict[str, Text] | None = None


FILTERS: dict[str, Filter] = {
    "stage": Filter(_("Stage"), State.values.__contains__, lambda values: Q(state__in=values), dict(State.choices)),
    "problem": Filter(
        _("Problem"), Problem.values.__contains__, lambda values: Q(problem__in=values), dict(Problem.choices)
    ),
    "supplier": Filter(_("Supplier"), _is_number, lambda values: _of_lines(supplier__in=values)),
    "carrier": Filter(
        _("Carrier"),
        _is_number,
        lambda values: Q(order__in=Shipment.objects.filter(carrier__in=values).values("order")),
    ),
    "country": Filter(
        _("Country"), lambda value: bool(COUNTRY.fullmatch(value)), lambda values: Q(order__country__in=values)
    ),
    "region": Filter(_("Region"), bool, lambda values: Q(order__region__in=values)),
    "category": Filter(_("Category"), bool, lambda values: _of_lines(category__in=values)),
    "channel": Filter(
        _("Channel"), Channel.values.__contains__, lambda values: Q(channel__in=values), dict(Channel.choices)
    ),
    "party": Filter(_("Responsible"), Party.values.__contains__, _by_party, dict(Party.choices)),
    "assignee": Filter(
        _("Owner"),
        lambda value: value == "nobody" or _is_number(value),
        _by_assignee,
        {"nobody": _("Nobody")},
    ),
}


def _claim_expiring(values: list[str]) -> Q:
    """Claims that nobody has filed and whose last day is near; one that has passed is near no more."""
    today = timezone.localdate()
    return Q(claim_by__gte=today, claim_by__lte=today + dt.timedelta(days=max(int(value) for value in values)))


FILTERS["claim"] = Filter(
    _("Claim"),
    CLAIM_DAYS.__contains__,
    _claim_expiring,
    {"3": _("expires within 3 days"), "10": _("expires within 10 days")},
)
DAYS = {"from": _("Filed from"), "until": _("Filed until")}


@dataclass(frozen=True)
class Chip:
    """A filter that is on, with the address of the list without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Wanted:
    """What the address asks for, cleaned: nothing in here can fail in the database."""

    view: str = "open"
    text: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    days: dict[str, dt.date] = field(default_factory=dict)
    after: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> "Wanted":
        """Return what `query` asks for; what it does not know it leaves out."""
        chosen = {}
        for name, each in FILTERS.items():
            values = [value for value in dict.fromkeys(map(clean, query.getlist(name))) if value and each.known(value)]
            if values:
                chosen[name] = values[:20]
        days = {name: day for name in DAYS if (day := _day(query.get(name, "")))}
        view = query.get("view", "")
        return cls(
            view=view if view in VIEWS else "open",
            text=clean(query.get("q", "")),
            chosen=chosen,
            days=days,
            after=query.get("after", "")[:60],
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the view is asked for."""
        return bool(self.text or self.chosen or self.days)

    def query(self, **changes: Any) -> str:
        """Return the address's part from the question mark on, with the changes; an empty value leaves its part out."""
        query = QueryDict(mutable=True)
        parts: dict[str, Any] = {
            "view": self.view if self.view != "open" else "",
            "q": self.text,
            **self.chosen,
            **{name: day.isoformat() for name, day in self.days.items()},
            **changes,
        }
        for name, value in parts.items():
            if value:
                query.setlist(name, value if isinstance(value, list) else [str(value)])
        return "?" + query.urlencode()

    def fields(self) -> list[tuple[str, str]]:
        """Return name and value of each part but the search, for a form that keeps them."""
        kept = [("view", self.view)] if self.view != "open" else []
        kept += [(name, value) for name, values in self.chosen.items() for value in values]
        return kept + [(name, day.isoformat()) for name, day in self.days.items()]

    def chips(self) -> list[Chip]:
        """Return a chip for each filter that is on; one statement where partners or people are among them."""
        people = names_of(self)
        found = []
        if self.text:
            found.append(Chip(str(_("Search: %(text)s") % {"text": self.text}), self.query(q="")))
        for name, values in self.chosen.items():
            known = FILTERS[name].names or {}
            for value in values:
                word = known.get(value) or people.get((name, value)) or value
                rest = [other for other in values if other != value]
                found.append(Chip(f"{FILTERS[name].label}: {word}", self.query(**{name: rest})))
        for name, day in self.days.items():
            found.append(Chip(f"{DAYS[name]}: {date_format(day)}", self.query(**{name: ""})))
        return found


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def names_of(wanted: Wanted) -> dict[tuple[str, str], str]:
    """Return the names of the suppliers, carriers and owners that are filtered by, in at most one statement."""
    queries: list[QuerySet] = []
    for name in ("supplier", "carrier"):
        if name in wanted.chosen:
            partners = Partner.objects.filter(pk__in=wanted.chosen[name]).order_by()
            queries.append(partners.annotate(kept=Value(name)).values_list("kept", "pk", "name"))
    owners = [value for value in wanted.chosen.get("assignee", []) if value != "nobody"]
    if owners:
        # Only owners of this organization's tickets have a name here: people are no rows of one organization.
        people = User.objects.filter(pk__in=Ticket.objects.filter(assignee__in=owners).values("assignee")).order_by()
        queries.append(people.annotate(kept=Value("assignee")).values_list("kept", "pk", "name"))
    if not queries:
        return {}
    rows = queries[0].union(*queries[1:], all=True) if len(queries) > 1 else queries[0]
    return {(kept, str(pk)): name for kept, pk, name in rows}


# ── what it asks of the tickets ────────────────────────────────────────────────────────────────────────────────────
def narrow(tickets: QuerySet[Ticket], wanted: Wanted) -> QuerySet[Ticket]:
    """Return the tickets that the filters and the search leave; with a search, `rank` is 0 for a direct hit."""
    for name, values in wanted.chosen.items():
        tickets = tickets.filter(FILTERS[name].condition(values))
    zone = timezone.get_current_timezone()
    if "from" in wanted.days:
        tickets = tickets.filter(filed_at__gte=dt.datetime.combine(wanted.days["from"], dt.time.min, zone))
    if "until" in wanted.days and wanted.days["until"] < dt.date.max:
        end = wanted.days["until"] + dt.timedelta(days=1)
        tickets = tickets.filter(filed_at__lt=dt.datetime.combine(end, dt.time.min, zone))
    if wanted.text:
        direct = Q(pk__in=direct_hits(wanted.text))
        rank = Case(When(direct, then=Value(0)), default=Value(1), output_field=IntegerField())
        tickets = tickets.filter(direct | Q(pk__in=similar(wanted.text))).annotate(rank=rank)
    return tickets


def direct_hits(text: str) -> QuerySet:
    """Return the keys of tickets whose number, order, SKU, batch, tracking number or e-mail is what was typed.

    In any case. Each part of the union reads an index of its own; one condition with OR would read every ticket.
    """
    spellings = [*{text, text.upper(), text.lower(), *order_spellings(text)}]
    tickets = Ticket.objects.order_by()
    lines = OrderLine.objects.filter(Q(sku__in=spellings) | Q(batch__in=spellings))
    customers = Customer.objects.alias(address=Lower("email")).filter(address=text.lower())
    parts = [
        tickets.filter(order__in=Order.objects.filter(number__in=spellings)),
        tickets.filter(order__in=Shipment.objects.filter(tracking_number__in=spellings).values("order")),
        tickets.filter(customer__in=customers),
        tickets.filter(line__in=lines),
        tickets.filter(line=None, order__in=lines.values("order")),
    ]
    if NUMBER.fullmatch(text):
        parts.append(tickets.filter(number__endswith=f"-{int(text):06d}"))
    return tickets.filter(number__in=spellings).values("pk").union(*(part.values("pk") for part in parts), all=True)


def similar(text: str) -> QuerySet:
    """Return the keys of tickets whose customer has each word in the name or e-mail."""
    customers = Customer.objects.all()
    for word in text.split()[:6]:
        customers = customers.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return Ticket.objects.order_by().filter(customer__in=customers).values("pk")


def choices(name: str, organization: Organization) -> list[tuple[str, Text]]:
    """Return value and name of what can be chosen for a filter; at most one statement."""
    fixed = FILTERS[name].names
    if name == "assignee":
        people = User.objects.filter(memberships__organization=organization, memberships__is_active=True)
        return [
            *(fixed or {}).items(),
            *((str(each.pk), str(each)) for each in people.order_by("name", "email")[:200]),
        ]
    if fixed:
        return list(fixed.items())
    if name in ("supplier", "carrier"):
        return [(str(pk), word) for pk, word in Partner.objects.filter(kind=name).values_list("pk", "name")[:500]]
    path = {"country": "order__country", "region": "order__region", "category": "line__category"}[name]
    words = Ticket.objects.exclude(**{path: ""}).exclude(**{path: None}).order_by(path).values_list(path, flat=True)
    return [(word, word) for word in words.distinct()[:300]]

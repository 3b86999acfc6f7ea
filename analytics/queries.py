"""What the pages of managers show: choices of the filters, the ranking of slices, and the tickets behind a figure."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, OrderLine, Partner
from tickets.models import Ticket
from tickets.problems import Group, Problem

from . import facts
from .rollups import Count, Dimension, Rates, fetch
from .slices import NONE, Basis, Slice, Verdict

MOST_SUPPLIERS = 300  # in the filter's list; every other one is reached from the ranking
SEPARATOR = "/"


def latest_order_day(organization) -> dt.date | None:
    """Return the local day of the last order, or None without orders."""
    latest = Order.objects.aggregate(at=Max("placed_at"))["at"]
    return latest and latest.astimezone(organization.zone).date()


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def region_name(key: str) -> str:
    """Return a region's name for people: `SP, BR`."""
    country, _slash, region = key.partition(SEPARATOR)
    return ", ".join(part for part in (region, country) if part) or _("Without region")


def label(dimension: str, key: str, names: dict[str, str]) -> str:
    """Return the name of a slice for people. `names` are the suppliers'."""
    if dimension == Dimension.TOTAL:
        return _("All orders")
    if dimension == Dimension.SUPPLIER:
        return names.get(key) or (_("Unknown supplier") if key else _("Without supplier"))
    if dimension == Dimension.REGION:
        return region_name(key)
    if dimension == Dimension.PROBLEM:
        return str(Problem(key).label) if key in Problem.values else key
    return key or _("Without category")


def supplier_names(keys: Iterable[str]) -> dict[str, str]:
    """Return the names of suppliers by key, in one query."""
    ids = [int(key) for key in keys if key.isdecimal()]
    return {str(pk): name for pk, name in Partner.objects.filter(pk__in=ids).values_list("pk", "name")}


@dataclass(frozen=True)
class Choices:
    """What the filters offer: pairs of value and name."""

    regions: list[tuple[str, str]]
    suppliers: list[tuple[str, str]]
    categories: list[tuple[str, str]]


def choices(where: Slice) -> Choices:
    """Return what the filters offer, the chosen values always among it."""
    places = Order.objects.order_by("country", "region").values_list("country", "region").distinct()
    regions: dict[str, str] = {}
    for country, region in places:
        if country:
            regions.setdefault(country, _("%(country)s, all regions") % {"country": country})
        regions[f"{country}{SEPARATOR}{region}"] = region_name(f"{country}{SEPARATOR}{region}")
    kind = Partner.Kind.SUPPLIER
    pairs = Partner.objects.filter(kind=kind).order_by("name", "pk").values_list("pk", "name")[:MOST_SUPPLIERS]
    suppliers = {str(pk): name for pk, name in pairs}
    if where.supplier and where.supplier not in suppliers and where.supplier != NONE:
        suppliers |= supplier_names([where.supplier])
    names = OrderLine.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
    categories = {name: name for name in names}
    for name, known in (("region", regions), ("category", categories), ("supplier", suppliers)):
        value = getattr(where, name)
        if value and value != NONE:
            known.setdefault(value, region_name(value) if name == "region" else value)
    return Choices(
        list(regions.items()),
        [*suppliers.items(), (NONE, _("Without supplier"))],
        [*categories.items(), (NONE, _("Without category"))],
    )


# ── ranking ────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Row:
    """A slice of a dimension: its key, name, counts, and the queries of the tickets behind them."""

    dimension: str
    key: str
    name: str
    count: Count
    where: Slice

    @property
    def placed_query(self) -> str:
        """The tickets about the orders placed in the period."""
        return self.where.of(self.dimension, self.key).tickets_query(basis=Basis.PLACED.value)

    @property
    def filed_query(self) -> str:
        """The tickets filed in the period."""
        return self.where.of(self.dimension, self.key).tickets_query(basis=Basis.FILED.value)

    @property
    def rejected_query(self) -> str:
        """Of those the rejected ones."""
        chosen = self.where.of(self.dimension, self.key)
        return chosen.tickets_query(basis=Basis.FILED.value, verdict=Verdict.REJECTED.value)


def ranked(found: Rates, where: Slice, dimension: str) -> list[Row]:
    """Return the slices of a dimension, the surely worst first: by the lower end of the rate's interval.

    So one complaint about a single order does not stand above fifty about five hundred. Problems go by their orders.
    """
    counts = {key: found.count(dimension, key, where.months) for key in found.keys(dimension)}
    counts = {key: count for key, count in counts.items() if count.orders or count.filed}

    def order(item: tuple[str, Count]):
        key, count = item
        return (-(count.interval.low if count.interval else -1), -count.complained, -count.filed, -count.orders, key)

    names = supplier_names(counts) if dimension == Dimension.SUPPLIER else {}
    return [
        Row(str(dimension), key, label(dimension, key, names), count, where)
        for key, count in sorted(counts.items(), key=order)
    ]


# ── tickets behind a figure ────────────────────────────────────────────────────────────────────────────────────────
def _cursor(value: str) -> tuple[dt.datetime, int] | None:
    """Read `1773144000.123456_42`: the moment and id after which a page begins."""
    moment, _line, pk = value.partition("_")
    try:
        return dt.datetime.fromtimestamp(int(moment) / 1_000_000, dt.UTC), int(pk)
    except (ValueError, OverflowError, OSError):
        return None


def cursor_of(ticket: Ticket) -> str:
    """Return the key of a ticket's place in the list."""
    since = ticket.filed_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return f"{since // dt.timedelta(microseconds=1)}_{ticket.pk}"


def ticket_ids(organization, where: Slice, *, size: int, after: str = "", before: str = "") -> list[int]:
    """Return at most `size` ids of the slice's tickets, last filed first, from the key `after` on or up to `before`."""
    key = _cursor(after or before)
    back = bool(before and not after and key)
    inner = facts.tickets(organization, where)
    sql = facts.Sql("SELECT DISTINCT filed_at, ticket_id FROM (", []) + inner + facts.Sql(") f", [])
    if key:
        sql += facts.Sql(f" WHERE (filed_at, ticket_id) {'>' if back else '<'} (%s, %s)", list(key))
    way = "ASC" if back else "DESC"
    rows = fetch(sql + facts.Sql(f" ORDER BY filed_at {way}, ticket_id {way} LIMIT %s", [size]))
    return [pk for _at, pk in (reversed(rows) if back else rows)]


@dataclass(frozen=True)
class Page:
    """A page of tickets, and the keys of its neighbours (empty where there is none)."""

    tickets: list[Ticket]
    after: str
    before: str


def in_order(queryset: QuerySet[Ticket], ids: list[int]) -> list[Ticket]:
    """Return the tickets of `ids` in that order."""
    found = queryset.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def ticket_page(organization, where: Slice, *, size: int = 50, after: str = "", before: str = "") -> Page:
    """Return a page of the slice's tickets. A key that is none begins at the first page."""
    ids = ticket_ids(organization, where, size=size + 1, after=after, before=before)
    back = bool(before and not after and _cursor(before))
    more = len(ids) > size
    ids = ids[-size:] if back else ids[:size]
    queryset = Ticket.objects.select_related("order", "line__supplier", "assignee")
    tickets = in_order(queryset, ids)
    has_next = bool(tickets) and (back or more)
    has_previous = bool(tickets) and (more if back else _cursor(after) is not None)
    return Page(tickets, cursor_of(tickets[-1]) if has_next else "", cursor_of(tickets[0]) if has_previous else "")


def chip_words(where: Slice) -> Iterator[tuple[str, str]]:
    """Yield (field, words) of each filter that is on."""
    if where.region:
        yield "region", region_name(where.region)
    if where.supplier:
        names = supplier_names([where.supplier])
        yield "supplier", label("supplier", "" if where.supplier == NONE else where.supplier, names)
    if where.category:
        yield "category", label("category", "" if where.category == NONE else where.category, {})
    if where.carrier:
        names = supplier_names([where.carrier])
        yield "carrier", _("Carrier: %(name)s") % {"name": names.get(where.carrier, where.carrier)}
    if where.problem:
        yield "problem", str(Problem(where.problem).label)
    if where.group:
        yield "group", str(Group(where.group).label)
    if where.verdict:
        yield "verdict", str(Verdict(where.verdict).label)
    if where.within:
        yield "within", _("Filed within %(days)s days of the order") % {"days": where.within}

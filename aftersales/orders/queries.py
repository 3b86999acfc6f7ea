"""What the screens of orders, partners and imports show. Each function makes a fixed number of queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Lower, TruncDate
from django.utils import timezone

from .models import Customer, Import, Order, OrderLine, Partner, Shipment, TrackingEvent
from .paging import Page, page_by_key

ORDERS_PER_PAGE = 50
PARTNERS_PER_PAGE = 50
IMPORTS_PER_PAGE = 20
MOST_CHOICES = 300


def _trace() -> list:
    return [
        Prefetch("lines", queryset=OrderLine.objects.select_related("supplier").order_by("position")),
        "lines__inspections__evidence",
        Prefetch("shipments", queryset=Shipment.objects.select_related("warehouse", "carrier").order_by("pk")),
        Prefetch("shipments__events", queryset=TrackingEvent.objects.order_by("at", "pk")),
        "shipments__evidence",
        "shipments__customs_events",
        "shipments__declarations__lines",
        "lines__purchase_orders",
        "instructions",
        "contacts",
        "refunds",
    ]


def load_trace(order: Order) -> Order:
    """Load everything that `trace.trace(order)` reads: a fixed number of queries, however long the order is."""
    prefetch_related_objects([order], *_trace())
    return order


def order_page(number: str) -> Order:
    """Return the order with its trail and tickets. Raises Order.DoesNotExist."""
    order = Order.objects.select_related("customer", "rules_version").get(number=number)
    load_trace(order)
    prefetch_related_objects([order], "tickets")
    return order


def spellings(text: str) -> list[str]:
    """The ways an order's number is written: as it is, in capitals, with and without Shopify's `#`."""
    plain = text.strip().removeprefix("#")
    return list({text.strip(), plain, plain.upper(), f"#{plain}", f"#{plain.upper()}"})


def direct_hits(text: str) -> QuerySet[Order]:
    """Orders that a number, an e-mail, a tracking number, a SKU or a batch names exactly; every part reads an index."""
    words = {text, text.upper()}
    customers = Customer.objects.alias(low=Lower("email")).filter(low=text.lower()).values("pk")
    parcels = Shipment.objects.filter(tracking_number__in=words).values("order")
    items = OrderLine.objects.filter(Q(sku__in=words) | Q(batch__in=words)).values("order")
    return Order.objects.filter(
        Q(number__in=spellings(text)) | Q(customer__in=customers) | Q(pk__in=parcels) | Q(pk__in=items)
    )


@dataclass(frozen=True)
class Found:
    """A page of orders, and whether only direct hits are shown."""

    page: Page
    direct: bool


def orders(*, q: str, everything: bool, cursor: str, zone: dt.tzinfo, **chosen: Any) -> Found:
    """Return a page of orders, newest first.

    A search that names orders directly shows only those, until `everything` asks for names and parts of numbers too.
    `chosen`: supplier (id), country, region, delivery (delivered, late, open).
    """
    found, direct = Order.objects.all(), False
    if q:
        hits = direct_hits(q)
        direct = not everything and hits.exists()
        if direct:
            found = hits
        else:
            named = Q(number__istartswith=q) | Q(number__istartswith=f"#{q}") | Q(customer__name__icontains=q)
            found = found.filter(named | Q(pk__in=hits.values("pk")))
    found = _chosen(found, zone=zone, **chosen)
    shown = found.select_related("customer").prefetch_related(
        Prefetch("lines", queryset=OrderLine.objects.select_related("supplier").order_by("position")), "tickets"
    )
    return Found(page_by_key(shown, key="placed_at", cursor=cursor, size=ORDERS_PER_PAGE, descending=True), direct)


def _chosen(
    found: QuerySet[Order], *, zone: dt.tzinfo, supplier: int | None = None, country: str = "", region: str = "",
    delivery: str = "",
) -> QuerySet[Order]:  # fmt: skip
    if supplier:
        found = found.filter(pk__in=OrderLine.objects.filter(supplier=supplier).values("order"))
    if country:
        found = found.filter(country=country)
    if region:
        found = found.filter(region=region)
    open_ = Q(delivered_at__isnull=True, cancelled_at__isnull=True)
    if delivery == "delivered":
        found = found.filter(delivered_at__isnull=False)
    elif delivery == "open":
        found = found.filter(open_)
    elif delivery == "late":
        today = timezone.now().astimezone(zone).date()
        found = found.alias(arrived=TruncDate("delivered_at", tzinfo=zone)).filter(
            Q(arrived__gt=F("promised_on")) | (open_ & Q(promised_on__lt=today))
        )
    return found


def suppliers_to_choose() -> list[tuple[int, str]]:
    """Suppliers by name for a list of choices; empty where there are too many to choose from."""
    found = list(
        Partner.objects.filter(kind=Partner.Kind.SUPPLIER)
        .order_by("name")
        .values_list("pk", "name")[: MOST_CHOICES + 1]
    )
    return found if len(found) <= MOST_CHOICES else []


def countries() -> list[str]:
    """Destinations that orders went to."""
    return list(Order.objects.exclude(country="").order_by("country").values_list("country", flat=True).distinct())


def regions(country: str) -> list[str]:
    """Regions of a country that orders went to; empty where there are too many to choose from."""
    found = Order.objects.filter(country=country) if country else Order.objects.all()
    names = list(
        found.exclude(region="").order_by("region").values_list("region", flat=True).distinct()[: MOST_CHOICES + 1]
    )
    return names if len(names) <= MOST_CHOICES else []


# ── partners ───────────────────────────────────────────────────────────────────────────────────────────────────────
def partners(*, kind: str, q: str, cursor: str, active_only: bool = False) -> Page:
    """Return a page of partners by name, each with `orders_count` and `tickets_count`."""
    found = Partner.objects.filter(kind=kind) if kind else Partner.objects.all()
    if active_only:
        found = found.filter(is_active=True)
    if q:
        found = found.filter(Q(name__icontains=q) | Q(reference__iexact=q) | Q(email__iexact=q))
    page = page_by_key(found, key="name", cursor=cursor, size=PARTNERS_PER_PAGE)
    count_work(page.rows)
    return page


def count_work(found: list[Partner]) -> None:
    """Set `orders_count` and `tickets_count`: a supplier's through its items, a carrier's and warehouse's through
    its parcels. Two queries for each kind, however many partners."""
    ids = [partner.pk for partner in found]
    goods = OrderLine.objects.filter(supplier__in=ids)
    carried, stored = Shipment.objects.filter(carrier__in=ids), Shipment.objects.filter(warehouse__in=ids)
    orders_of: dict[int, int] = {}
    tickets_of: dict[int, int] = {}
    for rows, partner, ticket in (
        (goods, "supplier", "tickets"), (carried, "carrier", "order__tickets"), (stored, "warehouse", "order__tickets"),
    ):  # fmt: skip
        by = rows.order_by().values_list(partner)
        orders_of |= dict(by.annotate(n=Count("order", distinct=True)))
        tickets_of |= dict(by.annotate(n=Count(ticket, distinct=True)))
    for each in found:
        each.orders_count, each.tickets_count = orders_of.get(each.pk, 0), tickets_of.get(each.pk, 0)  # type: ignore


def partner_page(pk: int) -> Partner:
    """Return the partner with its counts. Raises Partner.DoesNotExist."""
    partner = Partner.objects.select_related("calendar").get(pk=pk)
    count_work([partner])
    return partner


def latest_orders(partner: Partner, most: int = 10) -> list[Order]:
    """The partner's newest orders, each with `tickets` loaded."""
    through = Q(pk__in=OrderLine.objects.filter(supplier=partner).values("order"))
    if partner.kind != Partner.Kind.SUPPLIER:
        parcels = Shipment.objects.filter(Q(carrier=partner) | Q(warehouse=partner))
        through = Q(pk__in=parcels.values("order"))
    found = Order.objects.filter(through).select_related("customer").prefetch_related("tickets")
    return list(found.order_by("-placed_at", "-pk")[:most])


# ── imports ────────────────────────────────────────────────────────────────────────────────────────────────────────
def imports(cursor: str) -> Page:
    """Return a page of imports, newest first, with their files."""
    found = Import.objects.select_related("created_by").prefetch_related("files")
    return page_by_key(found, key="created_at", cursor=cursor, size=IMPORTS_PER_PAGE, descending=True)


def import_page(key) -> Import:
    """Return one import with its files. Raises Import.DoesNotExist."""
    return Import.objects.select_related("created_by").prefetch_related("files").get(key=key)

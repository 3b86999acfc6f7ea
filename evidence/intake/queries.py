"""What the pages of the warehouse's photos show. Each function makes a fixed number of queries."""

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from aftersales.orders.models import Inspection, Intake, Order, OrderLine, Product, Shipment
from aftersales.orders.paging import Page, page_by_key

from ..models import Evidence

FILES_PER_PAGE = 100
KEPT = Count("evidence", filter=Q(evidence__deleted_at=None))


def orders() -> QuerySet[Order]:
    """Return orders with their items, inspections (the latest first) and parcels, each with `photos`, their number.

    An item's are the catalogue pictures of its SKU; null: it never had one.
    """
    inspections = Inspection.objects.annotate(photos=KEPT).order_by("-at", "-pk")
    products = Product.objects.filter(sku=OuterRef("sku")).annotate(photos=KEPT).values("photos")
    lines = (
        OrderLine.objects.annotate(photos=Subquery(products))
        .order_by("position")
        .prefetch_related(Prefetch("inspections", inspections))
    )
    parcels = Shipment.objects.select_related("carrier").annotate(photos=KEPT).order_by("pk")
    return Order.objects.select_related("customer").prefetch_related(
        Prefetch("lines", lines), Prefetch("shipments", parcels)
    )


def photos(of: Inspection | Shipment | Product) -> list[Evidence]:
    """Return what is kept of an inspection, a parcel or a product, the oldest first."""
    kept: QuerySet[Evidence] = of.evidence.filter(deleted_at=None)  # type: ignore[union-attr]
    return list(kept.select_related("partner").order_by("uploaded_at", "pk"))


def files(batch: Intake, cursor: str) -> Page:
    """Return a page of what became of a ZIP's files, in the ZIP's order."""
    return page_by_key(batch.files.all(), key="position", cursor=cursor, size=FILES_PER_PAGE)

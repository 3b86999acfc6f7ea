"""The catalogue's pictures, as far as tickets ask for them."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from aftersales.orders.models import OrderLine

from ..models import Ticket


def skus(order: int, line: int | None) -> "QuerySet[OrderLine, Any]":
    """Return the SKUs of an order's items, to be used inside another statement; with `line`, of that one only."""
    lines = OrderLine.objects.filter(order=order).exclude(sku="")
    return (lines.filter(pk=line) if line else lines).values("sku")


def without_picture(order: Any, line: Any) -> Subquery:
    """Return, as a column, the id of the first item with a SKU and without a catalogue picture; null: there is none.

    `order` and `line` are columns of the outer row; where `line` is null, every item of the order is looked at.
    """
    # The evidence app stands left of this one and is reached through the reverse accessor only.
    evidence = Ticket.evidence.rel.related_model  # type: ignore[attr-defined]
    pictures = evidence.objects.filter(product__sku=OuterRef("sku"), deleted_at=None)
    lines = OrderLine.objects.filter(~Exists(pictures), order=order, pk=Coalesce(line, F("pk"))).exclude(sku="")
    return Subquery(lines.order_by("position").values("pk")[:1])

"""Writes what stands below items and parcels: purchases, customs events, declarations with their lines."""

from collections.abc import Callable
from typing import Any

from django.db import models

from ..models import CustomsEvent, Declaration, DeclarationLine, PurchaseOrder
from .records import ChildRecord, Fields, OrderRecord

# Each table: its model, the field of its parent, and the fields that find a row again.
KINDS: dict[str, tuple[type[models.Model], str, tuple[str, ...]]] = {
    "purchases": (PurchaseOrder, "line_id", ("reference",)),
    "customs": (CustomsEvent, "shipment_id", ("event", "at")),
    "declarations": (DeclarationLine, "declaration_id", ("position",)),
}
Wanted = list[tuple[OrderRecord, int, ChildRecord]]
Upsert = Callable[..., None]


def write_children(wanted: dict[str, Wanted], merge: Callable[[type[models.Model]], Any], upsert: Upsert) -> None:
    """Write the rows with at most six statements a table. `wanted`, by table: (order's record, parent's id, row)."""
    for table, found in wanted.items():
        model, parent, keys = KINDS[table]
        rows = _declarations(found, merge, upsert) if table == "declarations" else found
        ids = {parent_id for _record, parent_id, _child in rows}
        known = {
            (getattr(row, parent), *(getattr(row, key) for key in keys)): row
            for row in model.objects.filter(**{f"{parent}__in": ids})  # type: ignore[attr-defined]
        }
        merging = merge(model)
        for record, parent_id, child in rows:
            key = (parent_id, *(child.key[name] for name in keys))
            upsert(merging, known, key, child.fields, record, **{parent: parent_id}, **child.key)
        merging.save()


def _declarations(rows: Wanted, merge: Callable[[type[models.Model]], Any], upsert: Upsert) -> Wanted:
    """Write the heads, one per parcel, and return the rows with their declaration's id."""
    known = {row.shipment_id: row for row in Declaration.objects.filter(shipment__in={row[1] for row in rows})}
    heads: dict[int, tuple[OrderRecord, Fields]] = {}
    for record, shipment, child in rows:
        heads.setdefault(shipment, (record, {}))[1].update(child.head)
    merging = merge(Declaration)
    for shipment, (record, fields) in heads.items():
        upsert(merging, known, shipment, fields, record, shipment_id=shipment)
    merging.save()
    return [(record, known[shipment].pk, child) for record, shipment, child in rows]

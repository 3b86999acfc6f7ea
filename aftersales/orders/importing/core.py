"""Writes a chunk of orders with a fixed number of statements: inserts what is missing, updates what differs.

The caller has entered the organization. Chunks of one organization wait for each other (an advisory lock until the end
of the transaction), so two imports of the same file at the same time are as good as one after the other.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext as _

from aftersales.tenants.models import RulesVersion

from ..models import Customer, Inspection, Order, OrderLine, Partner, Shipment, TrackingEvent
from .children import Wanted, write_children
from .records import CustomerRecord, Fields, Held, OrderRecord, PartnerRecord, Problem

BATCH = 1000


@dataclass(slots=True)
class Outcome:
    """What became of a chunk's orders."""

    new: int = 0
    changed: int = 0
    same: int = 0
    held: list[Held] = field(default_factory=list)


class Merge:
    """Rows of one model to insert, and rows to update with the fields that differ."""

    def __init__(self, model: type[models.Model]):
        self.model = model
        self.new: list[Any] = []
        self.changed: dict[int, Any] = {}
        self.fields: set[str] = set()

    def put(self, row: Any, fields: Fields) -> bool:
        """Set the fields on an existing row; returns whether any differed."""
        differing = {name: value for name, value in fields.items() if getattr(row, name) != value}
        for name, value in differing.items():
            setattr(row, name, value)
        if differing and row.pk:
            self.changed[row.pk] = row
            self.fields |= differing.keys()
        return bool(differing)

    def add(self, **fields: Any) -> Any:
        """Return a new row, inserted by `save`."""
        row = self.model(**fields)
        self.new.append(row)
        return row

    def save(self) -> None:
        """Write everything in at most two statements per thousand rows."""
        manager = self.model.objects  # type: ignore[attr-defined]
        manager.bulk_create(self.new, batch_size=BATCH)
        if self.changed:
            manager.bulk_update(self.changed.values(), sorted(self.fields), batch_size=BATCH)


class Writer:
    """Writes chunks of one organization, in one source's name. Knows its partners and rules versions from the start."""

    def __init__(self, organization, source: str):
        self.organization, self.source = organization, source
        self.partners: dict[tuple[str, str], int] = {}
        self.partner_names: dict[tuple[str, str], int] = {}
        for kind, reference, name, pk in Partner.objects.values_list("kind", "reference", "name", "pk").order_by("-pk"):
            self.partners[kind, reference] = pk
            self.partner_names[kind, name.casefold()] = pk
        self.rules = dict(RulesVersion.objects.values_list("version", "pk"))

    def write(self, records: list[OrderRecord]) -> Outcome:
        """Write the records (each order number once) and return what became of them."""
        self._lock()
        return _Chunk(self, records).write()

    def _lock(self) -> None:
        with connection.cursor() as cursor:
            # The checks of foreign keys keep the plan they made on the first row. Made on an empty table it scans, and
            # the import of a new installation grows slower with every row (measured: 14 s instead of 6 s).
            cursor.execute("DISCARD PLANS")
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orders.importing:{self.organization.pk}"]
            )

    def partner(self, record: PartnerRecord | None) -> int | None:
        """The id of a partner known by reference or, else, by name."""
        if record is None:
            return None
        found = self.partners.get((record.kind, record.reference))
        return found or self.partner_names[record.kind, record.name.casefold()]

    def know(self, records: Iterable[PartnerRecord | None]) -> None:
        """Create the partners that are not known yet."""
        merge = Merge(Partner)
        fresh: dict[tuple[str, str], Any] = {}
        for record in records:
            if record is None or (record.kind, record.reference) in self.partners:
                continue
            key = (record.kind, record.name.casefold())
            if key in self.partner_names or (record.kind, record.reference) in fresh:
                continue
            if key not in {(row.kind, row.name.casefold()) for row in fresh.values()}:
                fresh[record.kind, record.reference] = merge.add(
                    kind=record.kind, reference=record.reference, name=record.name, **record.fields
                )
        merge.save()
        for row in merge.new:
            self.partners[row.kind, row.reference] = row.pk
            self.partner_names[row.kind, row.name.casefold()] = row.pk


class _Chunk:
    """One chunk on its way into the tables."""

    def __init__(self, writer: Writer, records: list[OrderRecord]):
        self.writer, self.outcome = writer, Outcome()
        numbers = [record.number for record in records]
        self.orders = {order.number: order for order in Order.objects.filter(number__in=numbers)}
        known = [order.pk for order in self.orders.values()]
        self.lines = {(line.order_id, line.position): line for line in OrderLine.objects.filter(order__in=known)}
        self.shipments = {(row.order_id, row.reference): row for row in Shipment.objects.filter(order__in=known)}
        self.records = [record for record in records if self._possible(record)]
        self.touched: set[str] = set()
        self.new: set[str] = set()

    def write(self) -> Outcome:
        """Write in the order that keys need: partners, customers, orders, then what belongs to them."""
        self.writer.know(partner for record in self.records for partner in _partners(record))
        self._orders(self._customers())
        self._lines()
        self._shipments()
        self._events()
        self._inspections()
        self._children()
        self._delivered()
        changed = self.touched - self.new
        self.outcome.new, self.outcome.changed = len(self.new), len(changed)
        self.outcome.same = len(self.records) - len(self.new) - len(changed)
        return self.outcome

    def _possible(self, record: OrderRecord) -> bool:
        problems, order = [], self.orders.get(record.number)
        at = record.origin
        if record.customer is None and order is None:
            reason = _("There is no such order. Import it first, or add its rows to the orders file.")
            problems.append(Problem(at.file, at.line, reason, "order_number", record.number))
        if record.rules_version is not None and record.rules_version not in self.writer.rules:
            reason = _("There is no such version of the rules page. Leave the cell empty if none was accepted.")
            problems.append(Problem(at.file, at.line, reason, "rules_version", str(record.rules_version)))
        below = [(each.position, each.origin) for each in record.inspections]
        below += [(each.parent, each.origin) for each in record.children if isinstance(each.parent, int)]
        for position, origin in below if not problems else ():
            if position in record.lines or (order and (order.pk, position) in self.lines):
                continue
            reason = _("The order has no item with this number.")
            problems.append(Problem(origin.file, origin.line, reason, "line", str(position)))
        if problems:
            self.outcome.held.append(Held(record.rows, problems))
        return not problems

    def _customers(self) -> dict[str, int]:
        """Return customers' ids by reference. Name, phone and language follow the customer's newest order."""
        newest: dict[str, tuple[dt.datetime, CustomerRecord]] = {}
        for record in self.records:
            if record.customer:
                placed_at, reference = record.fields["placed_at"], record.customer.reference
                if reference not in newest or placed_at >= newest[reference][0]:
                    newest[reference] = placed_at, record.customer
        known = {row.reference: row for row in Customer.objects.filter(reference__in=newest)}
        latest = dict(
            Order.objects.filter(customer__in=known.values()).values_list("customer").annotate(models.Max("placed_at"))
        )
        merge = Merge(Customer)
        for reference, (placed_at, customer) in newest.items():
            row = known.get(reference)
            if row is None:
                known[reference] = merge.add(reference=reference, **customer.fields)
            elif placed_at >= latest.get(row.pk, placed_at):
                merge.put(row, customer.fields)
        merge.save()
        return {reference: row.pk for reference, row in known.items()}

    def _orders(self, customers: dict[str, int]) -> None:
        merge = Merge(Order)
        for record in self.records:
            fields = dict(record.fields)
            if record.customer:
                fields["customer_id"] = customers[record.customer.reference]
            if record.rules_version is not None:
                fields["rules_version_id"] = self.writer.rules[record.rules_version]
            order = self.orders.get(record.number)
            if order is None:
                self.orders[record.number] = merge.add(number=record.number, source=self.writer.source, **fields)
                self.new.add(record.number)
            elif merge.put(order, fields):
                self.touched.add(record.number)
        merge.save()

    def _lines(self) -> None:
        # An item that the file no longer names stays: a ticket may be about it.
        merge = Merge(OrderLine)
        for record in self.records:
            order = self.orders[record.number].pk
            for position, line in record.lines.items():
                fields = dict(line.fields)
                if line.supplier:
                    fields["supplier_id"] = self.writer.partner(line.supplier)
                self._upsert(merge, self.lines, (order, position), fields, record, order_id=order, position=position)
        merge.save()

    def _shipments(self) -> None:
        merge = Merge(Shipment)
        for record in self.records:
            order = self.orders[record.number].pk
            for reference, shipment in record.shipments.items():
                fields = dict(shipment.fields)
                for name in ("warehouse", "carrier"):
                    if partner := getattr(shipment, name):
                        fields[f"{name}_id"] = self.writer.partner(partner)
                known = self.shipments.get((order, reference))
                for name, code in (("shipped_at", "picked_up"), ("delivered_at", "delivered")):
                    # A scan tells the time only where nothing else does.
                    times = [at for (event, at) in shipment.events if event == code]
                    if times and name not in fields and not (known and getattr(known, name)):
                        fields[name] = min(times) if code == "picked_up" else max(times)
                keys = {"order_id": order, "reference": reference}
                self._upsert(merge, self.shipments, (order, reference), fields, record, **keys)
        merge.save()

    def _events(self) -> None:
        wanted = [
            (record, self.shipments[self.orders[record.number].pk, shipment.reference].pk, code, at, fields)
            for record in self.records
            for shipment in record.shipments.values()
            for (code, at), fields in shipment.events.items()
        ]
        ids = {parcel for _record, parcel, *_rest in wanted}
        known = {(row.shipment_id, row.code, row.at): row for row in TrackingEvent.objects.filter(shipment__in=ids)}
        merge = Merge(TrackingEvent)
        for record, parcel, code, at, fields in wanted:
            self._upsert(merge, known, (parcel, code, at), fields, record, shipment_id=parcel, code=code, at=at)
        merge.save()

    def _inspections(self) -> None:
        wanted = [
            (record, self.lines[self.orders[record.number].pk, inspection.position].pk, inspection)
            for record in self.records
            for inspection in record.inspections
        ]
        ids = {line for _record, line, _inspection in wanted}
        known = (
            {(row.line_id, row.level, row.at): row for row in Inspection.objects.filter(line__in=ids)} if ids else {}
        )
        merge = Merge(Inspection)
        for record, line, inspection in wanted:
            key = (line, inspection.level, inspection.at)
            keys = {"line_id": line, "level": inspection.level, "at": inspection.at}
            self._upsert(merge, known, key, inspection.fields, record, **keys)
        merge.save()

    def _children(self) -> None:
        wanted: dict[str, Wanted] = {}
        for record in self.records:
            order = self.orders[record.number].pk
            for child in record.children:
                parents: dict[Any, Any] = self.lines if isinstance(child.parent, int) else self.shipments
                wanted.setdefault(child.table, []).append((record, parents[order, child.parent].pk, child))
        write_children(wanted, Merge, self._upsert)

    def _delivered(self) -> None:
        """An order whose parcels have all arrived is delivered when the last one was."""
        parcels: dict[int, list[Any]] = {}
        for (order, _reference), shipment in self.shipments.items():
            parcels.setdefault(order, []).append(shipment)
        merge = Merge(Order)
        for record in self.records:
            order = self.orders[record.number]
            times = [shipment.delivered_at for shipment in parcels.get(order.pk, [])]
            if order.delivered_at is None and times and all(times) and merge.put(order, {"delivered_at": max(times)}):
                self.touched.add(record.number)
        merge.save()

    def _upsert(self, merge: Merge, known: dict, key: tuple, fields: Fields, record: OrderRecord, **keys: Any) -> None:
        row = known.get(key)
        if row is None:
            known[key] = merge.add(**keys, **fields)
            self.touched.add(record.number)
        elif merge.put(row, fields):
            self.touched.add(record.number)


def _partners(record: OrderRecord) -> Iterable[PartnerRecord | None]:
    for line in record.lines.values():
        yield line.supplier
    for shipment in record.shipments.values():
        yield shipment.warehouse
        yield shipment.carrier

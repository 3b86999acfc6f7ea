"""Everything that the record holds of one ticket, read in a bounded number of queries however many rows there are."""

import datetime as dt
from functools import cached_property
from typing import Any, overload

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from aftersales.orders.models import Order, OrderLine, Shipment, TrackingEvent

from ...models import Ticket
from ...policy import window_for
from ...problems import GROUPS, Group
from ...workflow import NOT_COUNTED
from .base import day

Code = TrackingEvent.Code
GOODS = tuple(problem for group in (Group.QUALITY, Group.WRONG, Group.DAMAGE) for problem in GROUPS[group])
ARRIVAL = GROUPS[Group.LOGISTICS]
# Before the carrier has the parcel.
UNMOVED = {Code.LABEL_CREATED}


class Record:
    """The rows behind the facts of one ticket. `today` is the day on which open matters are looked at."""

    def __init__(self, ticket: Ticket, now: dt.datetime | None = None) -> None:
        self.ticket, self.order, self.organization = ticket, ticket.order, ticket.organization
        self.zone = self.organization.zone
        self.asked = list(ticket.evidence_requests.all())
        # An answer that is awaited is awaited at least until it was asked for last.
        self.now = max([now or timezone.now(), *(row.asked_at for row in self.asked)])
        self.problem = ticket.problem

    @overload
    def day(self, moment: dt.datetime) -> dt.date: ...
    @overload
    def day(self, moment: None) -> None: ...
    @overload
    def day(self, moment: dt.datetime | None) -> dt.date | None: ...
    def day(self, moment: dt.datetime | None) -> dt.date | None:
        """Return the organization's calendar day of a moment."""
        return day(moment, self.zone)

    @property
    def today(self) -> dt.date:
        """The organization's day."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def window(self) -> tuple[int | None, str]:
        """Days after delivery in which this may be reported, None for no end, and where that stands."""
        found = window_for(self.order, self.line, self.problem)
        return found.days, str(found.source)

    @cached_property
    def lines(self) -> list[OrderLine]:
        return list(self.order.lines.select_related("supplier"))

    @cached_property
    def line(self) -> OrderLine | None:
        """The line complained of; of an order with one line that one."""
        return next((x for x in self.lines if x.pk == self.ticket.line_id), None) or (
            self.lines[0] if len(self.lines) == 1 else None
        )

    @cached_property
    def inspections(self) -> list[Any]:
        if not self.line:
            return []
        return list(self.line.inspections.annotate(photos=Count("evidence")).order_by("at", "id"))

    @cached_property
    def purchase(self) -> Any:
        return self.line.purchase_orders.order_by("-id").first() if self.line else None

    @cached_property
    def shipments(self) -> list[Shipment]:
        return list(
            self.order.shipments.select_related("carrier", "warehouse")
            .annotate(photos=Count("evidence"))
            .order_by("id")
        )

    @cached_property
    def shipment(self) -> Shipment | None:
        """The parcel in question: of several the one under way where it did not arrive, else the latest delivered."""
        if len(self.shipments) < 2:
            return self.shipments[0] if self.shipments else None
        arrived = {e.shipment_id for e in self.all_events if e.code == Code.DELIVERED}
        arrived |= {s.pk for s in self.shipments if s.delivered_at}
        wanted = [s for s in self.shipments if (s.pk in arrived) != (self.problem in ARRIVAL)]
        return (wanted or self.shipments)[-1]

    @cached_property
    def all_events(self) -> list[TrackingEvent]:
        return (
            list(TrackingEvent.objects.filter(shipment__in=self.shipments).order_by("at", "id"))
            if self.shipments
            else []
        )

    @cached_property
    def events(self) -> list[TrackingEvent]:
        """The parcel's scans, oldest first."""
        return [e for e in self.all_events if self.shipment and e.shipment_id == self.shipment.pk and e.at <= self.now]

    def scans(self, *codes: str) -> list[TrackingEvent]:
        """Return the parcel's scans of these codes."""
        return [event for event in self.events if event.code in codes]

    @cached_property
    def moves(self) -> list[TrackingEvent]:
        """The scans that show the parcel in the carrier's hands."""
        return [event for event in self.events if event.code not in UNMOVED]

    @cached_property
    def customs(self) -> list[Any]:
        return list(self.shipment.customs_events.order_by("at", "id")) if self.shipment else []

    @cached_property
    def declaration(self) -> Any:
        return self.shipment.declarations.prefetch_related("lines").first() if self.shipment else None

    @cached_property
    def declared(self) -> list[Any]:
        """The declaration's lines: those of the line complained of where they are marked, else all."""
        rows = list(self.declaration.lines.all()) if self.declaration else []
        return [row for row in rows if self.line and row.line_id == self.line.pk] or rows

    @cached_property
    def instructions(self) -> list[Any]:
        rows = list(self.order.instructions.all())
        return [row for row in rows if row.line_id in (None, self.line and self.line.pk)] or rows

    @cached_property
    def contacts(self) -> list[Any]:
        return list(self.order.contacts.all())

    @cached_property
    def refunds(self) -> list[Any]:
        return list(self.order.refunds.all())

    @cached_property
    def evidence(self) -> list[Any]:
        # The evidence app stands left of this one and is reached through the reverse accessor only.
        return list(self.ticket.evidence.exclude(state="failed"))

    @cached_property
    def media(self) -> list[Any]:
        """What the customer sent, or a member for it."""
        return [
            e for e in self.evidence if e.partner_id is None and e.request_id is None and e.uploader_kind != "partner"
        ]

    @cached_property
    def findings(self) -> dict[str, Any]:
        return {finding.about: finding for finding in self.ticket.findings.all()}

    @cached_property
    def answers(self) -> list[Any]:
        return list(self.ticket.partner_requests.select_related("partner").order_by("id"))

    @cached_property
    def reused(self) -> dict[str, str]:
        """The customer's files that hang at another ticket too, by their hash, with that ticket's number."""
        hashes = {e.sha256 for e in self.media if e.sha256}
        if not hashes:
            return {}
        model = type(self.media[0])
        rows = model.objects.filter(sha256__in=hashes, ticket__isnull=False, uploaded_at__lte=self.now)
        rows = rows.exclude(ticket=self.ticket).exclude(ticket__order=self.order)
        return dict(rows.order_by("-ticket_id").values_list("sha256", "ticket__number"))

    @cached_property
    def earlier(self) -> list[Ticket]:
        """The customer's other complaints before this one, the latest first; at most fifty."""
        mine = Ticket.objects.filter(customer=self.ticket.customer_id, filed_at__lt=self.ticket.filed_at)
        return list(mine.exclude(state__in=NOT_COUNTED).exclude(pk=self.ticket.pk).order_by("-filed_at")[:50])

    def complaints(self, about: tuple[str, ...]) -> QuerySet[Ticket]:
        """Return the complaints about `about` that count: the earlier ones."""
        rows = Ticket.objects.filter(problem__in=about, filed_at__lte=self.ticket.filed_at)
        return rows.exclude(state__in=NOT_COUNTED).exclude(pk=self.ticket.pk)

    @property
    def tally(self) -> dict[str, Count]:
        """What counts the orders of lines, and those of them with a complaint about the goods.

        The complaints are one list, made once: joined, each would meet each line of a product that sells well.
        """
        bad = Q(pk__in=self.complaints(GOODS).filter(line__isnull=False).values("line"))
        return {"orders": Count("order", distinct=True), "complaints": Count("order", filter=bad, distinct=True)}

    @cached_property
    def batches(self) -> list[tuple[str, int, int]]:
        """(batch, complaints, orders) of the product; complaints about the goods only."""
        line = self.line
        if line is None:
            return []
        same = Q(sku=line.sku) if line.sku else Q(product=line.product)
        rows = OrderLine.objects.filter(same, supplier=line.supplier_id).exclude(order=self.order).values("batch")
        found = rows.annotate(**self.tally).order_by("batch")[:500]
        return [(row["batch"], row["complaints"], row["orders"]) for row in found]

    @cached_property
    def supplied(self) -> tuple[int, int]:
        """(complaints, orders) of the supplier."""
        if not self.line or not self.line.supplier_id:
            return 0, 0
        rows = OrderLine.objects.filter(supplier=self.line.supplier_id).exclude(order=self.order)
        found = rows.aggregate(**self.tally)
        return found["complaints"], found["orders"]

    @cached_property
    def address(self) -> tuple[int, int]:
        """(complaints that nothing came, orders) at the address."""
        order = self.order
        if not order.address:
            return 0, 0
        # Few orders have one address: their complaints are looked up, not listed.
        bad = Exists(self.complaints((*ARRIVAL, "missing_item")).filter(order=OuterRef("pk")))
        rows = Order.objects.filter(address__iexact=order.address, postcode=order.postcode, country=order.country)
        found = rows.exclude(pk=order.pk).aggregate(orders=Count("pk"), complaints=Count("pk", filter=Q(bad)))
        return found["complaints"], found["orders"]

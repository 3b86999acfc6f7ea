"""What a partner sees behind its link: the case and its own part of it, never who the customer is.

Not shown: the customer's name, address, contact, order number and free words (they may name anybody), photos of the
shipping label and of customs letters, file names, scans' places and notes, and what other partners said.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from aftersales.orders.models import OrderLine, Partner, TrackingEvent

from .. import rules
from ..models import Message, PartnerRequest, Plan, PlanAction, Ticket
from ..problems import Place
from ..workflow import NOT_COUNTED, Actor, State

# Below this many pieces a percentage of a batch says nothing.
ENOUGH_PIECES = 30
# They carry the customer's name and address.
WITHHELD = (Place.LABEL, Place.LETTER)


@dataclass
class RequestPage:
    """Everything the partner's page shows."""

    request: PartnerRequest
    may_answer: bool
    facts: list[tuple[str, Any]] = field(default_factory=list)
    batch: dict[str, Any] | None = None
    scans: list[dict] = field(default_factory=list)
    photos: list = field(default_factory=list)
    thread: list[Message] = field(default_factory=list)
    plan: Plan | None = None
    part: list[PlanAction] = field(default_factory=list)
    must_agree: bool = False
    may_contest: bool = False

    @property
    def pays(self) -> Decimal:
        """What the plan asks of this partner, in the plan's currency."""
        return sum((action.amount for action in self.part), Decimal(0))


def request_page(request: PartnerRequest) -> RequestPage:
    """Return the page of a request that came with partner, ticket, order and line."""
    ticket, partner = request.ticket, request.partner
    open_to_answer = ticket.state in (State.RESPONSIBILITY, State.PLANNING)
    page = RequestPage(request, may_answer=not request.answer and open_to_answer)
    page.batch = batch_of(ticket.line, partner)
    page.facts = facts_of(ticket, partner)
    page.scans = scans_of(ticket, partner)
    page.photos = list(photos_for(request))
    page.thread = list(ticket.messages.filter(audience="partner", partner=partner).order_by("created_at", "id"))
    page.plan = plan_for(ticket, partner)
    if page.plan:
        page.part = [action for action in page.plan.actions.all() if action.payer_partner_id == partner.pk]
        waits = page.plan.state == Plan.State.PROPOSED and page.plan.partner_agreed_at is None
        page.must_agree = waits and ticket.state == State.PLANNING
    page.may_contest = bool(request.answer) and ticket.state == State.PLANNING and rules.partner_may_contest(ticket)
    return page


def batch_of(line: OrderLine | None, partner: Partner) -> dict[str, Any] | None:
    """Return how many pieces of the item's batch were sold and how many complaints they brought, or None."""
    if line is None or not line.batch or line.supplier_id != partner.pk:
        return None
    same = OrderLine.objects.filter(supplier=partner, sku=line.sku, batch=line.batch)
    sold = same.aggregate(sold=Sum("quantity"))["sold"] or 0
    complaints = Ticket.objects.filter(line__in=same).exclude(state__in=NOT_COUNTED).count()
    share = Decimal(complaints * 100) / sold if sold >= ENOUGH_PIECES else None
    return {"sold": sold, "complaints": complaints, "percent": share}


def facts_of(ticket: Ticket, partner: Partner) -> list[tuple[str, Any]]:
    """Return what the partner needs to find the goods on its side, as (label, value)."""
    line = ticket.line
    facts: list[tuple[str, Any]] = [(_("Ticket"), ticket.number), (_("Problem"), ticket.get_problem_display())]
    if line:
        facts += [
            (_("Product"), line.product),
            (_("SKU"), line.sku),
            (_("Batch"), line.batch),
            (_("Quantity"), line.quantity),
        ]
    if line and partner.kind == Partner.Kind.SUPPLIER:
        facts.append((_("Specification"), line.specification))
    if line and partner.kind == Partner.Kind.CUSTOMS_BROKER:
        facts.append((_("HS code"), line.hs_code))
    if partner.kind == Partner.Kind.CARRIER:
        for parcel in ticket.order.shipments.filter(carrier=partner).order_by("id"):
            facts += [(_("Tracking number"), parcel.tracking_number), (_("Route"), parcel.route)]
            facts += [
                (_("Charged weight, g"), parcel.charged_weight_g),
                (_("Weight at delivery, g"), parcel.delivery_weight_g),
            ]
    if partner.kind == Partner.Kind.WAREHOUSE:
        for parcel in ticket.order.shipments.filter(warehouse=partner).order_by("id"):
            facts += [(_("Shipment"), parcel.reference), (_("Packing"), parcel.packing_note)]
    return [(label, value) for label, value in facts if value not in ("", None)]


def scans_of(ticket: Ticket, partner: Partner) -> list[dict]:
    """Return the parcel's way, without places and notes; a carrier sees its own parcels' only."""
    scans = TrackingEvent.objects.filter(shipment__order=ticket.order_id).order_by("at", "id")
    if partner.kind == Partner.Kind.CARRIER:
        scans = scans.filter(shipment__carrier=partner)
    bad = {TrackingEvent.Code.EXCEPTION_DAMAGE, TrackingEvent.Code.EXCEPTION_WET, TrackingEvent.Code.LOST}
    return [{"title": s.get_code_display(), "at": s.at, "tone": "bad" if s.code in bad else ""} for s in scans]


def photos_for(request: PartnerRequest):
    """Return the photos that this partner may see: its own, and ours and the customer's without identity."""
    ours = Q(partner=None, uploader_kind__in=[Actor.CUSTOMER, Actor.OPERATOR, Actor.MANAGER])
    said = Q(message=None) | Q(message__audience="public") | Q(message__partner=request.partner_id)
    return request.ticket.evidence.filter(Q(partner=request.partner_id) | (ours & said & ~Q(place__in=WITHHELD)))


def plan_for(ticket: Ticket, partner: Partner) -> Plan | None:
    """Return the plan that was offered, still stands and makes this partner pay, or None."""
    standing = ticket.plans.filter(state__in=[Plan.State.PROPOSED, Plan.State.AGREED], answer_by__isnull=False)
    return (
        standing.filter(actions__payer_partner=partner)
        .distinct()
        .prefetch_related("actions")
        .order_by("-version")
        .first()
    )

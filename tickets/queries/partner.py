"""What a partner sees behind its link: the case and its own part of it, never who the customer is.

Not shown: the customer's name, address, contact, order number and free words (they may name anybody), what was paid,
photos of the shipping label and of customs letters, file names, scans' places and notes, and what other partners said.
An organization may show its partners the price, and the customer's name and address.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import OrderLine, Partner, TrackingEvent
from aftersales.ui.templatetags.values import money

from .. import privacy, rules
from ..models import (
    Assessment,
    AssessmentShare,
    EvidenceRequest,
    Mediation,
    MediationStatement,
    Message,
    PartnerRequest,
    Plan,
    PlanActionShare,
    Ticket,
)
from ..problems import Place
from ..workflow import NOT_COUNTED, Actor, State
from .partner_facts import facts_of

# Below this many pieces a percentage of a batch says nothing.
ENOUGH_PIECES = 30
# They carry the customer's name and address.
WITHHELD = (Place.LABEL, Place.LETTER)
# What a fact of the recommendation rests on ("scan:5"), by whom it concerns. What others answered is nobody's to read.
CONCERNS: dict[str, frozenset[str]] = {
    Partner.Kind.SUPPLIER: frozenset({"line", "inspection", "purchase", "photo", "evidence", "scan", "shipment"}),
    Partner.Kind.CARRIER: frozenset({"shipment", "scan", "photo", "evidence"}),
    Partner.Kind.WAREHOUSE: frozenset({"line", "inspection", "shipment", "scan", "photo", "evidence", "instruction"}),
    Partner.Kind.CUSTOMS_BROKER: frozenset({"line", "declaration", "customs", "scan", "photo", "evidence"}),
}
AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")


@dataclass
class Reasons:
    """Why we ask: the rule in words with its source, and the facts for and against that concern this partner."""

    rule: str = ""
    basis: str = ""
    source: str = ""
    facts: list[dict[str, Any]] = field(default_factory=list)
    # What was decided since, where somebody has: this partner's share in per cent.
    decided: int | None = None


@dataclass
class RequestPage:
    """Everything the partner's page shows."""

    request: PartnerRequest
    may_answer: bool
    reasons: Reasons = field(default_factory=Reasons)
    facts: list[tuple[str, Any]] = field(default_factory=list)
    batch: dict[str, Any] | None = None
    scans: list[dict] = field(default_factory=list)
    photos: list = field(default_factory=list)
    proofs: list[EvidenceRequest] = field(default_factory=list)
    thread: list[Message] = field(default_factory=list)
    plan: Plan | None = None
    part: list[PlanActionShare] = field(default_factory=list)
    must_agree: bool = False
    may_contest: bool = False
    may_propose: bool = False
    mediation: Mediation | None = None
    has_stated: bool = False
    may_mediate: bool = False

    @property
    def pays(self) -> Decimal:
        """What the plan asks of this partner, in the plan's currency."""
        return sum((share.amount for share in self.part), Decimal(0))

    @property
    def waits_for_proofs(self) -> bool:
        """Whether something that was asked for has not come."""
        return any(proof.answered_at is None for proof in self.proofs)

    @property
    def is_disputed(self) -> bool:
        """Whether a mediation with this partner is open."""
        return self.mediation is not None and self.mediation.decided_at is None

    @property
    def may_state(self) -> bool:
        """Whether the partner can still bring words into the open mediation."""
        until = self.mediation.partner_until if self.mediation else None
        return self.is_disputed and until is not None and until > timezone.now()

    @property
    def may_send_photos(self) -> bool:
        """Whether photos still help."""
        return self.may_answer or self.may_contest or self.waits_for_proofs


def request_page(request: PartnerRequest) -> RequestPage:
    """Return the page of a request that came with partner, ticket, order, customer and line."""
    ticket, partner = request.ticket, request.partner
    open_to_answer = ticket.state in (State.RESPONSIBILITY, State.PLANNING)
    page = RequestPage(request, may_answer=not request.answer and request.percent > 0 and open_to_answer)
    page.batch = batch_of(ticket.line, partner)
    page.facts = [*customer_of(ticket), *facts_of(ticket, partner)]
    page.reasons = reasons_of(request)
    page.scans = scans_of(ticket, partner)
    page.photos = list(photos_for(request))
    page.proofs = list(ticket.evidence_requests.filter(partner=partner).order_by("pk"))
    page.thread = list(ticket.messages.filter(audience="partner", partner=partner).order_by("created_at", "id"))
    page.plan = plan_for(ticket, partner)
    if page.plan:
        page.part = part_of(page.plan, partner)
        waits = page.plan.state == Plan.State.PROPOSED and any(s.agreed_at is None for s in page.part if s.amount)
        page.must_agree = waits and ticket.state == State.PLANNING
    _disputed(page, ticket, partner)
    return page


def _disputed(page: RequestPage, ticket: Ticket, partner: Partner) -> None:
    """Set what the partner may do against the decision. Silence that accepted and a mediation end it."""
    stated = MediationStatement.objects.filter(mediation=OuterRef("pk"), side=Actor.PARTNER)
    disputes: list[Mediation] = list(ticket.mediations.annotate(has_stated=Exists(stated)).order_by("-pk"))
    page.mediation = next((each for each in disputes if each.partner_id == partner.pk), None)
    if page.mediation:
        spoke = page.mediation.has_stated  # type: ignore[attr-defined]
        page.has_stated = spoke or page.mediation.opened_by == Actor.PARTNER
    bound = any(rules.binds(ticket, each) for each in disputes)
    is_open = any(each.decided_at is None for each in disputes)
    answered = bool(page.request.answer) and not accepted_by_silence(page.request)
    may = answered and not bound and ticket.state == State.PLANNING
    page.may_contest = may and rules.partner_may_contest(ticket)
    page.may_propose = bool(page.request.answer) and ticket.state in (State.RESPONSIBILITY, State.PLANNING)
    open_stage = ticket.state in (State.RESPONSIBILITY, State.PLANNING, State.EXECUTING)
    page.may_mediate = open_stage and not bound and not is_open and page.request.percent > 0


def accepted_by_silence(request: PartnerRequest) -> bool:
    """Whether the partner let its time pass where that accepts the share asked for."""
    return request.answer == PartnerRequest.Answer.SILENCE and bool(request.answer_percent)


# ── the case ───────────────────────────────────────────────────────────────────────────────────────────────────────
def customer_of(ticket: Ticket) -> list[tuple[str, Any]]:
    """Return what the organization lets its partners see of customer and price, as (label, value)."""
    organization, order = ticket.organization, ticket.order
    facts: list[tuple[str, Any]] = []
    if organization.partner_sees_customer:
        facts += [(_("Customer"), order.customer.name), (_("Address"), order.full_address)]
    if organization.partner_sees_price:
        paid = ticket.line.unit_price if ticket.line else order.total
        facts.append((_("Price paid by the customer"), money(paid, order.currency)))
    return [(label, value) for label, value in facts if value]


def batch_of(line: OrderLine | None, partner: Partner) -> dict[str, Any] | None:
    """Return how many pieces of the item's batch were sold and how many complaints they brought, or None."""
    if line is None or not line.batch or line.supplier_id != partner.pk:
        return None
    same = OrderLine.objects.filter(supplier=partner, sku=line.sku, batch=line.batch)
    sold = same.aggregate(sold=Sum("quantity"))["sold"] or 0
    complaints = Ticket.objects.filter(line__in=same).exclude(state__in=NOT_COUNTED).count()
    share = Decimal(complaints * 100) / sold if sold >= ENOUGH_PIECES else None
    return {"sold": sold, "complaints": complaints, "percent": share}


def reasons_of(request: PartnerRequest) -> Reasons:
    """Return why we ask, from the standing recommendation, and what was decided since."""
    found = Reasons()
    standing = request.ticket.assessments.filter(superseded_at=None).order_by("pk")
    for assessment in standing.prefetch_related("shares"):
        if assessment.kind == Assessment.Kind.RECOMMENDED:
            _explain(found, request, assessment)
        else:
            own = [share.percent for share in assessment.shares.all() if _is_own(share, request)]
            found.decided = sum(own)
    return found


def _is_own(share: AssessmentShare, request: PartnerRequest) -> bool:
    return share.partner_id == request.partner_id or (share.partner_id is None and share.party == request.party)


def _explain(found: Reasons, request: PartnerRequest, assessment: Assessment) -> None:
    if may_read(assessment.basis, request.ticket):
        found.rule, found.basis, found.source = assessment.rule, assessment.basis, assessment.source
    concerns = CONCERNS.get(request.partner.kind, frozenset())
    for fact in assessment.facts:
        kind, _colon, _pk = fact.get("source", "").partition(":")
        told = fact.get("supports") is not None and kind in concerns
        if told and may_read(str(fact.get("text", "")), request.ticket):
            found.facts.append({"text": fact["text"], "supports": fact["supports"]})


def may_read(text: str, ticket: Ticket) -> bool:
    """Whether words that the program made of the record may go to a partner: no identity, no amount, unless allowed."""
    organization = ticket.organization
    if not organization.partner_sees_customer and privacy.identity_in(text, ticket.order):
        return False
    return organization.partner_sees_price or AMOUNT.search(text) is None


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


# ── its part of the plan ───────────────────────────────────────────────────────────────────────────────────────────
def plan_for(ticket: Ticket, partner: Partner) -> Plan | None:
    """Return the plan that was offered, still stands and makes this partner pay, or None."""
    standing = ticket.plans.filter(state__in=[Plan.State.PROPOSED, Plan.State.AGREED], answer_by__isnull=False)
    pays = PlanActionShare.objects.filter(partner=partner, amount__gt=0).values("action__plan")
    return standing.filter(pk__in=pays).prefetch_related("actions__shares").order_by("-version").first()


def part_of(plan: Plan, partner: Partner) -> list[PlanActionShare]:
    """Return what the partner bears of a plan that came with its actions and their shares."""
    found = []
    for action in plan.actions.all():
        for share in action.shares.all():
            if share.partner_id == partner.pk and share.amount:
                share.action = action
                found.append(share)
    return found

"""A dispute as each side sees it, and as the desk does: statements, deadlines, suggestions, the decision.

The customer reads of “the supplier” or “the carrier”, the partner of “the customer”; words of one side that tell who it
is are not shown to the other. The desk sees everything.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.orders.models import Partner

from .. import amounts, policy, privacy, rules
from ..models import Assessment, Mediation, MediationStatement, Ticket
from ..models.plan import GIVES
from ..problems import Party
from ..workflow import Actor, State

POSSIBLE_IN = (State.RESPONSIBILITY, State.PLANNING, State.EXECUTING)
OTHER_SIDE = {
    Partner.Kind.SUPPLIER: gettext_lazy("The supplier"), Partner.Kind.CARRIER: gettext_lazy("The carrier"),
    Partner.Kind.WAREHOUSE: gettext_lazy("The warehouse"),
    Partner.Kind.CUSTOMS_BROKER: gettext_lazy("The customs broker"),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One party's share, and what it would bear of the amount."""

    party: str
    label: str
    percent: int
    amount: Decimal | None = None


@dataclass(frozen=True)
class Suggestion:
    """A way to decide: the shares with the rule they rest on, its source and words, and what the policy would pay."""

    title: str
    parts: list[Part]
    rule: str
    source: str
    basis: str
    confidence: int | None
    pays: Decimal | None


@dataclass(frozen=True)
class Said:
    """One statement as a reader sees it; `text` is empty where it would tell who the other side is."""

    who: str
    text: str
    at: dt.datetime
    is_ours: bool
    is_own: bool


@dataclass
class SidePage:
    """What a customer or a partner sees of the dispute."""

    ticket: Ticket
    mediation: Mediation | None
    until: dt.datetime | None = None
    reason: Said | None = None
    said: list[Said] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    may_open: bool = False
    may_state: bool = False


@dataclass
class DeskPage:
    """What the desk sees: the dispute that is open or was decided last, and the earlier ones."""

    mediation: Mediation | None
    said: list[MediationStatement] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    earlier: list[Mediation] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    asked: list[Partner] = field(default_factory=list)
    may_open: bool = False
    may_follow: bool = False
    is_ready: bool = False


# ── a side's page ──────────────────────────────────────────────────────────────────────────────────────────────────
def side_page(ticket: Ticket, partner: Partner | None = None) -> SidePage:
    """Return the page of the customer, or of a partner where one is given; the ticket comes with order and customer."""
    found = _mediations(ticket)
    standing = next((each for each in found if each.decided_at is None), None)
    if partner:
        found = [each for each in found if each.partner_id == partner.pk]
    mediation = found[0] if found else None
    page = SidePage(ticket, mediation)
    page.may_open = standing is None and ticket.state in POSSIBLE_IN and rules.binding_mediation(ticket) is None
    if mediation is None:
        return page
    page.until = mediation.partner_until if partner else mediation.customer_until
    is_over = page.until is None or page.until <= timezone.now()
    page.may_state = mediation.decided_at is None and not is_over
    reader = _Reader(ticket, mediation, partner)
    page.reason = reader.hears(mediation.opened_by, mediation.reason, mediation.opened_at)
    page.said = [reader.hears(each.side, each.text, each.at) for each in mediation.statements.all()]
    page.parts = decided_parts(mediation)
    return page


@dataclass(frozen=True)
class _Reader:
    """A side that reads; `partner` is None for the customer."""

    ticket: Ticket
    mediation: Mediation
    partner: Partner | None

    def hears(self, side: str, text: str, at: dt.datetime) -> Said:
        """Return what a side said as this one reads it."""
        if side == (Actor.PARTNER if self.partner else Actor.CUSTOMER):
            return Said(_("You"), text, at, is_ours=False, is_own=True)
        if side in (Actor.OPERATOR, Actor.MANAGER):
            return Said(str(self.ticket.organization), text, at, is_ours=True, is_own=False)
        if side == Actor.CUSTOMER:
            hidden = not self.ticket.organization.partner_sees_customer and privacy.identity_in(text, self.ticket.order)
            who = _("The customer")
        else:
            other = self.mediation.partner
            hidden = other is not None and privacy.partner_in(text, other)
            who = str(OTHER_SIDE[Partner.Kind(other.kind)]) if other else _("The partner")
        return Said(who, "" if hidden else text, at, is_ours=False, is_own=False)


# ── the desk's page ────────────────────────────────────────────────────────────────────────────────────────────────
def desk_page(ticket: Ticket) -> DeskPage:
    """Return the desk's page of a ticket that came with its order."""
    found = _mediations(ticket)
    page = DeskPage(found[0] if found else None, earlier=found[1:])
    bound = rules.binding_mediation(ticket)
    page.may_open = ticket.state in POSSIBLE_IN and bound is None and all(m.decided_at for m in found)
    page.may_follow = bound is not None and ticket.state == State.RESPONSIBILITY
    asked = ticket.partner_requests.select_related("partner").order_by("-pk")
    page.asked = list({request.partner_id: request.partner for request in asked}.values())
    if page.mediation:
        page.said = list(page.mediation.statements.all())
        page.parts = decided_parts(page.mediation)
        if page.mediation.decided_at is None:
            ends = [page.mediation.customer_until, page.mediation.partner_until]
            page.is_ready = all(until <= timezone.now() for until in ends if until)
            page.suggestions = suggestions(ticket)
    return page


def _mediations(ticket: Ticket) -> list[Mediation]:
    statements = MediationStatement.objects.select_related("partner").order_by("at", "pk")
    found = ticket.mediations.select_related("partner", "decided_by", "assessment").order_by("-pk")
    return list(found.prefetch_related(Prefetch("statements", statements), "assessment__shares"))


def decided_parts(mediation: Mediation) -> list[Part]:
    """Return the shares of a decision with what each bears of the amount; none while nothing is decided."""
    if mediation.assessment is None or mediation.amount is None:
        return []
    shares = list(mediation.assessment.shares.all())
    return _parts([(share.party, share.percent) for share in shares], mediation.amount, mediation.currency)


def suggestions(ticket: Ticket) -> list[Suggestion]:
    """Return the standing recommendation and its runner-up, each with what the policy would pay."""
    standing = ticket.assessments.filter(kind=Assessment.Kind.RECOMMENDED, superseded_at=None).order_by("-pk")
    recommended = standing.prefetch_related("shares").first()
    if recommended is None:
        return []
    gives = sum((each.amount for each in policy.default_plan(ticket).actions if each.kind in GIVES), Decimal(0))
    pays, currency = min(gives, ticket.order.total), ticket.order.currency
    shares = [(share.party, share.percent) for share in recommended.shares.all()]
    found = []
    if shares:
        found.append(
            Suggestion(
                _("As recommended"), _parts(shares, pays, currency), recommended.rule, recommended.source,
                recommended.basis, recommended.confidence, pays,
            )
        )  # fmt: skip
    other: dict[str, Any] = recommended.runner_up
    if other.get("shares"):
        found.append(
            Suggestion(
                _("Otherwise, by the next rule that fits"), _parts(list(other["shares"].items()), pays, currency),
                other.get("rule", ""), other.get("source", ""), other.get("basis", ""), other.get("confidence"), pays,
            )
        )  # fmt: skip
    return found


def _parts(shares: list[tuple[str, int]], amount: Decimal | None, currency: str) -> list[Part]:
    labels = dict(Party.choices)
    percents = [percent for _party, percent in shares]
    exact = amount is not None and sum(percents) == 100
    bears = amounts.split(amount, percents, currency) if exact else [None] * len(shares)  # type: ignore[arg-type]
    return [
        Part(party, str(labels.get(party, party)), percent, part)
        for (party, percent), part in zip(shares, bears, strict=True)
    ]

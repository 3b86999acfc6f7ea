"""Who is responsible: recommended with its basis, asked of the partner, confirmed by a person."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import clocks, links, notifications, responsibility, rules, signals
from ..models import Assessment, AssessmentShare, PartnerRequest, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from .base import (
    By,
    locked,
    partner_for,
    require,
    require_member,
    require_state,
    save,
    take_arrow,
    write_event,
)
from .claims import follow_responsibility

Answer = PartnerRequest.Answer


@dataclass(frozen=True)
class Share:
    """One party's part, in whole per cent."""

    party: str
    percent: int
    partner: Partner | None = None


def accept(ticket: Ticket, *, by: By) -> Ticket:
    """Take the ticket into stage responsibility: the order is verified, evidence complete or asked for."""
    ticket = locked(ticket)
    now = timezone.now()
    awaited = ticket.waiting_for == Waiting.CUSTOMER
    take_arrow(ticket, "accept", by, now=now)
    if awaited:
        clocks.pause(ticket, now=now)
        ticket.waiting_for = Waiting.CUSTOMER
        save(ticket, now=now)
    return ticket


def recommend(ticket: Ticket) -> Ticket:
    """Make the recommendation anew from the facts as they stand."""
    ticket = locked(ticket)
    now = timezone.now()
    apply_recommendation(ticket, now=now)
    save(ticket, "suggested_party", "suggested_confidence", now=now)
    return ticket


def apply_recommendation(ticket: Ticket, *, now: datetime) -> None:
    """Write a new recommended assessment where the rules now say something else; the caller saves the ticket."""
    found = responsibility.recommend(ticket)
    old = ticket.recommendation()
    if old is None or not found.same_as(old):
        ticket.assessments.filter(kind="recommended", superseded_at=None).update(superseded_at=now)
        assessment = Assessment.objects.create(
            ticket=ticket, kind=Assessment.Kind.RECOMMENDED, rule=found.rule, rule_set=found.rule_set,
            basis=found.basis, source=found.source, facts=found.facts, confidence=found.confidence,
            asks_for=list(found.asks_for), runner_up=found.runner_up,
            changes=found.changes_since(old) if old else {}, created_at=now,
        )  # fmt: skip
        write_shares(ticket, assessment, [Share(party, percent) for party, percent in found.shares])
    leading = found.shares[0][0] if found.shares else ""
    ticket.suggested_party = leading
    ticket.suggested_confidence = found.confidence if leading else None
    follow_responsibility(ticket, leading=leading, by=By.system(), now=now)


def write_shares(ticket: Ticket, assessment: Assessment, shares: list[Share]) -> None:
    """Write the shares of an assessment; a party's partner is the order's where none is named."""
    AssessmentShare.objects.bulk_create(
        AssessmentShare(
            assessment=assessment, party=s.party, percent=s.percent, partner=s.partner or partner_for(ticket, s.party)
        )
        for s in shares
    )


def open_request(
    ticket: Ticket, partner: Partner, *, by: By, party: str, percent: int, text: str, now: datetime
) -> PartnerRequest:
    """Write what a partner is asked, on a locked ticket; its clock starts and it gets its link. The caller saves."""
    request = PartnerRequest(
        organization=ticket.organization, ticket=ticket, partner=partner, party=party, percent=percent, text=text,
        asked_by=by.user, asked_at=now, due_at=now,
    )  # fmt: skip
    request.save()
    clocks.start_partner(request, now=now)
    request.save(update_fields=["due_at"])
    data = {"partner": partner.pk, "name": partner.name, "percent": percent}
    write_event(ticket, "partner_asked", by, now=now, data=data)
    if percent:
        told = signals.question(party, partner=partner.pk, request=request.pk, percent=percent)
        signals.asked.send(Ticket, ticket=ticket, by=by, at=now, asked=told)
    link = links.issue(kind="partner", ticket=ticket, partner=partner, request=request, email=partner.email)
    notifications.tell_partner(request, "partner_asked", key=f"request:{request.pk}:asked", link=link)
    return request


def go_back(ticket: Ticket, by: By, reason: str, *, data: dict, now: datetime) -> None:
    """Take the arrow `contest` on a locked ticket: an open plan and the decision do not stand any more."""
    take_arrow(ticket, "contest", by, reason=reason, data=data, now=now)
    ticket.plans.filter(state="proposed").update(state="replaced")
    ticket.assessments.filter(kind="confirmed", superseded_at=None).update(superseded_at=now)
    apply_recommendation(ticket, now=now)
    save(ticket, "suggested_party", "suggested_confidence", now=now)


def confirm_responsibility(ticket: Ticket, *, by: By, shares: list[Share], basis: str, override: str = "") -> Ticket:
    """Confirm who is responsible and go on to the plan. Raises Refused where shares do not add to 100, the basis is
    missing, or it differs from the recommendation without a reason."""
    require_member(by)
    require(basis.strip(), _("Write the basis of the decision."), "basis")
    require(rules.shares_add_up(s.percent for s in shares), _("The shares must add to 100 per cent."), "shares")
    require(len({s.party for s in shares}) == len(shares), _("Name each party once."), "shares")
    require(all(s.party in Party.values for s in shares), _("Choose a party."), "shares")
    ticket = locked(ticket)
    require_state(ticket, "responsibility")
    decided = rules.binding_mediation(ticket)
    require(
        decided is None or {(s.party, s.percent) for s in shares} == decided.bound_shares(),
        _("A mediation has decided the shares, and its decision binds; go on with them on the page “Mediation”."),
        "shares",
    )
    recommended = ticket.recommendation()
    same = recommended is not None and {(s.party, s.percent) for s in shares} == {
        (s.party, s.percent) for s in recommended.shares.all()
    }
    require(
        same or recommended is None or not recommended.shares.exists() or override in Assessment.Override.values,
        _("You decide otherwise than recommended: choose why."),
        "override",
    )
    now = timezone.now()
    ticket.assessments.filter(kind="confirmed", superseded_at=None).update(superseded_at=now)
    assessment = Assessment.objects.create(
        ticket=ticket, kind=Assessment.Kind.CONFIRMED, rule=recommended.rule if recommended else "",
        rule_set=recommended.rule_set if recommended else None,
        source=recommended.source if recommended and same else "",
        basis=basis.strip(), facts=recommended.facts if recommended else [], confidence=100,
        override="" if same else override, created_by=by.user, created_at=now,
    )  # fmt: skip
    write_shares(ticket, assessment, shares)
    data = {"assessment": assessment.pk, "shares": {s.party: s.percent for s in shares}, "override": override}
    take_arrow(ticket, "confirm_responsibility", by, reason=basis.strip(), data=data, now=now)
    leading = max(shares, key=lambda share: share.percent).party
    follow_responsibility(ticket, leading=leading, by=by, now=now)
    return ticket

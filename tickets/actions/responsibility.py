"""Who is responsible: recommended with its basis, asked of the partner, confirmed by a person."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import clocks, links, notifications, responsibility, rules
from ..models import Assessment, AssessmentShare, Message, PartnerRequest, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from ..workflow import Actor
from .base import (
    By,
    TooLate,
    locked,
    partner_for,
    require,
    require_member,
    require_state,
    save,
    take_arrow,
    write_event,
)

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
            ticket=ticket, kind=Assessment.Kind.RECOMMENDED, rule=found.rule, basis=found.basis, facts=found.facts,
            confidence=found.confidence, asks_for=list(found.asks_for), created_at=now,
        )  # fmt: skip
        _write_shares(ticket, assessment, [Share(party, percent) for party, percent in found.shares])
    leading = found.shares[0][0] if found.shares else ""
    ticket.suggested_party = leading
    ticket.suggested_confidence = found.confidence if leading else None


def _write_shares(ticket: Ticket, assessment: Assessment, shares: list[Share]) -> None:
    AssessmentShare.objects.bulk_create(
        AssessmentShare(
            assessment=assessment, party=s.party, percent=s.percent, partner=s.partner or partner_for(ticket, s.party)
        )
        for s in shares
    )


def ask_partner(ticket: Ticket, *, by: By, partner: Partner, party: str, percent: int, text: str) -> PartnerRequest:
    """Ask a partner to confirm its share behind a signed link; its clock starts. Raises Refused without an e-mail."""
    require_member(by)
    text = text.strip()
    require(text, _("Write why you ask, in words the partner can check."), "text")
    require(1 <= percent <= 100, _("A share is between 1 and 100 per cent."), "percent")
    require(party in Party.values, _("Choose a party."), "party")
    require(
        partner.email, _("%(partner)s has no e-mail; add one under Partners first.") % {"partner": partner}, "partner"
    )
    ticket = locked(ticket)
    require_state(ticket, "responsibility")
    waiting = ticket.partner_requests.filter(partner=partner, answer="").exists()
    require(not waiting, _("%(partner)s was asked already and has not answered yet.") % {"partner": partner}, "partner")
    now = timezone.now()
    request = PartnerRequest(
        organization=ticket.organization, ticket=ticket, partner=partner, party=party, percent=percent, text=text,
        asked_by=by.user, asked_at=now, due_at=now,
    )  # fmt: skip
    request.save()
    clocks.start_partner(request, now=now)
    request.save(update_fields=["due_at"])
    if ticket.waiting_for != Waiting.CUSTOMER:
        ticket.waiting_for = Waiting.PARTNER
    save(ticket, now=now)
    write_event(
        ticket, "partner_asked", by, now=now, data={"partner": partner.pk, "name": partner.name, "percent": percent}
    )
    link = links.issue(kind="partner", ticket=ticket, partner=partner, request=request, email=partner.email)
    notifications.tell_partner(request, "partner_asked", key=f"request:{request.pk}:asked", link=link)
    return request


def answer_request(
    request: PartnerRequest,
    *,
    by: By,
    answer: str,
    percent: int | None = None,
    text: str = "",
    prevention: str = "",
    proposal: str = "",
) -> PartnerRequest:
    """Record the partner's answer, or its silence; in stage planning a contest takes the ticket back.

    Raises TooLate for a second answer or a ticket that went on, Refused where share or reason are missing.
    """
    ticket = locked(request.ticket)
    request = PartnerRequest.objects.select_for_update(of=("self",)).select_related("partner").get(pk=request.pk)
    if request.answer:
        raise TooLate(_("This was answered already: %(answer)s.") % {"answer": request.get_answer_display()})
    require_state(ticket, "responsibility", "planning")
    silent = answer == Answer.SILENCE
    require(silent == (by.kind == Actor.SYSTEM) and answer in Answer.values, _("Choose an answer."), "answer")
    if answer == Answer.PARTLY:
        require(percent and 1 <= percent < 100, _("Give the share you accept, between 1 and 99 per cent."), "percent")
    if answer == Answer.CONTESTED:
        require(text.strip(), _("Write why it is not your responsibility."), "text")
    if answer == Answer.ACCEPTED or (silent and ticket.organization.partner_silence_accepts):
        percent = request.percent
    elif answer != Answer.PARTLY:
        percent = None
    now = timezone.now()
    request.answer, request.answered_at, request.answer_percent = answer, now, percent
    request.answer_text, request.prevention, request.proposal = text.strip(), prevention.strip(), proposal.strip()
    request.save(update_fields=["answer", "answered_at", "answer_percent", "answer_text", "prevention", "proposal"])
    _follow_answer(ticket, request, by, now)
    return request


def _follow_answer(ticket: Ticket, request: PartnerRequest, by: By, now: datetime) -> None:
    clocks.stop_partner(request, now=now)
    if ticket.waiting_for == Waiting.PARTNER and not ticket.partner_requests.filter(answer="").exists():
        ticket.waiting_for = ""
    words = "\n\n".join(part for part in (request.answer_text, request.prevention, request.proposal) if part)
    if words and by.partner:
        Message.objects.create(
            ticket=ticket, audience="partner", partner=request.partner, author_kind=by.kind, author_name=by.name,
            text=words, created_at=now,
        )  # fmt: skip
    data = {"partner": request.partner_id, "answer": request.answer, "percent": request.answer_percent}
    if request.answer == Answer.CONTESTED and ticket.state == "planning":
        _go_back(ticket, by, request.answer_text, data=data, now=now)
    else:
        apply_recommendation(ticket, now=now)
        save(ticket, "suggested_party", "suggested_confidence", now=now)
        write_event(ticket, "partner_answered", by, now=now, reason=request.answer_text, data=data)
    if ticket.assignee:
        notifications.tell_member(
            ticket.assignee, ticket, "partner_answered", key=f"request:{request.pk}:answered", by=request.partner.name
        )


def contest(ticket: Ticket, *, by: By, text: str) -> Ticket:
    """Take the ticket back to responsibility on a partner's new evidence, before it agreed to pay."""
    require(text.strip(), _("Write what is new."), "text")
    require(by.partner, _("Only a partner may contest."))
    ticket = locked(ticket)
    now = timezone.now()
    Message.objects.create(
        ticket=ticket, audience="partner", partner=by.partner, author_kind=by.kind, author_name=by.name,
        text=text.strip(), created_at=now,
    )  # fmt: skip
    _go_back(ticket, by, text.strip(), data={"partner": by.partner.pk}, now=now)  # type: ignore[union-attr]
    if ticket.assignee:
        notifications.tell_member(
            ticket.assignee, ticket, "partner_answered", key=f"ticket:{ticket.pk}:contest:{now.timestamp()}", by=by.name
        )
    return ticket


def _go_back(ticket: Ticket, by: By, reason: str, *, data: dict, now: datetime) -> None:
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
        ticket=ticket, kind=Assessment.Kind.CONFIRMED, rule=recommended.rule if same and recommended else "",
        basis=basis.strip(), facts=recommended.facts if recommended else [], confidence=100,
        override="" if same else override, created_by=by.user, created_at=now,
    )  # fmt: skip
    _write_shares(ticket, assessment, shares)
    data = {"assessment": assessment.pk, "shares": {s.party: s.percent for s in shares}, "override": override}
    take_arrow(ticket, "confirm_responsibility", by, reason=basis.strip(), data=data, now=now)
    return ticket

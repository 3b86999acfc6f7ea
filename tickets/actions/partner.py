"""A partner is asked, answers, or contests: always behind its signed link."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import clocks
from ..models import Message, PartnerRequest, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from ..workflow import Actor
from .base import (
    By,
    TooLate,
    locked,
    require,
    require_member,
    require_state,
    save,
    tell_desk,
    write_event,
)
from .plan import partner_accepted
from .responsibility import apply_recommendation, go_back, open_request

Answer = PartnerRequest.Answer


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
    request = open_request(ticket, partner, by=by, party=party, percent=percent, text=text, now=now)
    if ticket.waiting_for != Waiting.CUSTOMER:
        ticket.waiting_for = Waiting.PARTNER
    save(ticket, now=now)
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
        go_back(ticket, by, request.answer_text, data=data, now=now)
    else:
        apply_recommendation(ticket, now=now)
        save(ticket, "suggested_party", "suggested_confidence", now=now)
        write_event(ticket, "partner_answered", by, now=now, reason=request.answer_text, data=data)
    tell_desk(ticket, "partner_answered", key=f"request:{request.pk}:answered", by=By.partner_contact(request.partner))
    if request.answer_percent and ticket.state == "planning":
        partner_accepted(ticket, request.partner, by=by, now=now)


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
    go_back(ticket, by, text.strip(), data={"partner": by.partner.pk}, now=now)  # type: ignore[union-attr]
    tell_desk(ticket, "partner_answered", key=f"ticket:{ticket.pk}:contest:{now.timestamp()}", by=by)
    return ticket

"""A partner is asked, answers, or contests: always behind its signed link."""

import zoneinfo
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import clocks, rules
from ..models import Message, PartnerRequest, SignedLink, Ticket
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
from .proofs import proofs_read
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


def mark_seen(request: PartnerRequest, link: SignedLink) -> None:
    """Keep that the partner looked at the question, what it is asked to bring, and through which link."""
    now = timezone.now()
    mark_used(link)
    PartnerRequest.objects.filter(pk=request.pk, seen_at=None).update(seen_at=now)
    if request.ticket.evidence_requests.filter(partner=request.partner, read_at=None).exists():
        proofs_read(request.ticket, by=By.partner_contact(request.partner))


def mark_used(link: SignedLink) -> None:
    """Keep when somebody last looked through a partner's link."""
    SignedLink.objects.filter(pk=link.pk).update(used_at=timezone.now())


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

    Raises TooLate for a second answer, one after the time where silence accepts, or a ticket that went on, Refused
    where share or reason are missing.
    """
    ticket = locked(request.ticket)
    request = PartnerRequest.objects.select_for_update(of=("self",)).select_related("partner").get(pk=request.pk)
    request.organization = request.partner.organization = ticket.organization
    now = timezone.now()
    if request.answer:
        _refuse_second(request)
    require_state(ticket, "responsibility", "planning")
    silent = answer == Answer.SILENCE
    known = answer in Answer.values and answer != Answer.EVIDENCE
    require(silent == (by.kind == Actor.SYSTEM) and known, _("Choose an answer."), "answer")
    accepts = ticket.organization.partner_silence_accepts
    if accepts and request.due_at <= now and answer in (Answer.PARTLY, Answer.CONTESTED):
        raise TooLate(silence_words(request))
    if answer == Answer.PARTLY:
        require(percent and 1 <= percent < 100, _("Give the share you accept, between 1 and 99 per cent."), "percent")
        require(percent < request.percent, _("We ask for %(n)d%%; a part is less.") % {"n": request.percent}, "percent")  # type: ignore[operator]
    if answer == Answer.CONTESTED:
        require(text.strip(), _("Write why it is not your responsibility."), "text")
        require(rules.binding_mediation(ticket) is None, _bound())
    if answer == Answer.ACCEPTED or (silent and accepts):
        percent = request.percent or None
    elif answer != Answer.PARTLY:
        percent = None
    request.answer, request.answered_at, request.answer_percent = answer, now, percent
    request.answer_text, request.prevention, request.proposal = text.strip(), prevention.strip(), proposal.strip()
    request.save(update_fields=["answer", "answered_at", "answer_percent", "answer_text", "prevention", "proposal"])
    _follow_answer(ticket, request, by, now)
    return request


def silence_words(request: PartnerRequest) -> str:
    """Return what a partner is told that comes after its time, where its silence was an answer: the day, the policy."""
    ended = timezone.localtime(request.due_at, zoneinfo.ZoneInfo(request.partner.time_zone))
    return _(
        "The time to answer ended on %(day)s (%(zone)s). As our question said, no answer by then counts as accepting "
        "%(percent)d%%. If you have something new, write to us on this page."
    ) % {"day": date_format(ended, "DATETIME_FORMAT"), "zone": ended.tzinfo, "percent": request.percent}


def _refuse_second(request: PartnerRequest) -> None:
    """Raise TooLate: who answers a second time is told what stands, and what silence meant."""
    if request.answer == Answer.SILENCE and request.answer_percent:
        raise TooLate(silence_words(request))
    raise TooLate(_("This was answered already: %(answer)s.") % {"answer": request.get_answer_display()})


def _bound() -> str:
    return _("A mediation has decided this, and its decision binds both sides.")


def _follow_answer(ticket: Ticket, request: PartnerRequest, by: By, now: datetime) -> None:
    clocks.stop_partner(request, now=now)
    if ticket.waiting_for == Waiting.PARTNER and not ticket.partner_requests.filter(answer="").exists():
        ticket.waiting_for = ""
    words = "\n\n".join(part for part in (request.answer_text, request.prevention, request.proposal) if part)
    if words and by.partner:
        _say(ticket, by, words, now)
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


def propose_as_partner(request: PartnerRequest, *, by: By, text: str) -> PartnerRequest:
    """Keep the plan that a partner proposes after its answer, in its thread too. Raises Refused without words."""
    require(text.strip(), _("Write what you propose."), "text")
    require(by.partner, _("Only a partner may propose here."))
    ticket = locked(request.ticket)
    require_state(ticket, "responsibility", "planning")
    now = timezone.now()
    request.proposal = text.strip()
    request.save(update_fields=["proposal"])
    _say(ticket, by, request.proposal, now)
    save(ticket, now=now)
    write_event(ticket, "partner_proposed", by, now=now, reason=request.proposal, data={"partner": request.partner_id})
    tell_desk(ticket, "partner_answered", key=f"request:{request.pk}:proposed:{now.timestamp()}", by=by)
    return request


def contest(ticket: Ticket, *, by: By, text: str, plan: int | None = None) -> Ticket:
    """Take the ticket back to responsibility on a partner's new evidence, before it agreed to pay.

    `plan` is the version of the plan that was read, if one was. Raises TooLate where that was replaced, where the
    ticket went on, or where the partner's silence has accepted; Refused where it agreed or a mediation decided.
    """
    require(text.strip(), _("Write what is new."), "text")
    require(by.partner, _("Only a partner may contest."))
    ticket = locked(ticket)
    require_state(ticket, "planning")
    request = ticket.partner_requests.filter(partner=by.partner).select_related("partner").order_by("-id").first()
    if request is not None and request.answer == Answer.SILENCE and request.answer_percent:
        raise TooLate(silence_words(request))
    require(rules.binding_mediation(ticket) is None, _bound())
    current = ticket.current_plan()
    if plan is not None and (current is None or current.version != plan):
        raise TooLate(_("This plan was replaced; look at the current one."))
    now = timezone.now()
    _say(ticket, by, text.strip(), now)
    go_back(ticket, by, text.strip(), data={"partner": by.partner.pk}, now=now)  # type: ignore[union-attr]
    tell_desk(ticket, "partner_answered", key=f"ticket:{ticket.pk}:contest:{now.timestamp()}", by=by)
    return ticket


def _say(ticket: Ticket, by: By, text: str, now: datetime) -> None:
    Message.objects.create(
        ticket=ticket, audience="partner", partner=by.partner, author_kind=by.kind, author_name=by.name, text=text,
        created_at=now,
    )  # fmt: skip

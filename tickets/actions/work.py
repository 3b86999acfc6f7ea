"""Everyday work on a ticket that takes no arrow."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import Membership, Team, User

from .. import clocks, notifications
from ..models import Message, Ticket
from ..models.ticket import Waiting
from ..problems import may_be_chosen
from ..workflow import OPEN, Actor
from .arrivals import settle
from .base import By, Refused, TooLate, locked, require, require_member, require_state, save, tell_desk, write_event
from .responsibility import apply_recommendation


def take(ticket: Ticket, *, by: By) -> Ticket:
    """Make the ticket the member's own. Raises TooLate where somebody else has it already."""
    require_member(by)
    ticket = locked(ticket)
    if ticket.assignee_id and ticket.assignee_id != by.user.pk:  # type: ignore[union-attr]
        raise TooLate(_("%(name)s was faster and has taken it.") % {"name": ticket.assignee})
    return _assign(ticket, by, user=by.user, team=ticket.team)


def assign(ticket: Ticket, *, by: By, user: User | None = None, team: Team | None = None) -> Ticket:
    """Give the ticket to a member, a team, or nobody; the member is told."""
    require_member(by)
    ticket = locked(ticket)
    if (
        user is not None
        and not Membership.objects.filter(organization=ticket.organization, user=user, is_active=True).exists()
    ):
        raise Refused(_("Choose an active member of the organization."), "user")
    return _assign(ticket, by, user=user, team=team)


def _assign(ticket: Ticket, by: By, *, user: User | None, team: Team | None) -> Ticket:
    if ticket.assignee_id == (user.pk if user else None) and ticket.team_id == (team.pk if team else None):
        return ticket
    now = timezone.now()
    ticket.assignee, ticket.team = user, team
    save(ticket, "assignee", "team", now=now)
    event = write_event(
        ticket, "assigned", by, now=now, data={"to": str(user) if user else "", "team": str(team) if team else ""}
    )
    if user and by.user and user.pk != by.user.pk:
        notifications.tell_member(user, ticket, "assigned", key=f"event:{event.pk}:assigned", by=by.name)
    return ticket


def set_problem(ticket: Ticket, *, by: By, problem: str) -> Ticket:
    """Correct the problem; the recommendation is made anew."""
    require_member(by)
    ticket = locked(ticket)
    require_state(ticket, *OPEN)
    if ticket.problem == problem:
        return ticket
    require(may_be_chosen(problem), _("Choose a problem from the list."), "problem")
    now = timezone.now()
    was, ticket.problem = ticket.problem, problem
    apply_recommendation(ticket, now=now)
    save(ticket, "problem", "suggested_party", "suggested_confidence", now=now)
    write_event(ticket, "problem_changed", by, now=now, data={"from": was, "to": problem})
    return ticket


def write_message(ticket: Ticket, *, by: By, audience: str, text: str, partner: Partner | None = None) -> Message:
    """Add a message and tell whom it is for. Raises Refused for an empty text or a thread that is not the writer's."""
    text = text.strip()
    require(text, _("Write something first."), "text")
    allowed = {Actor.CUSTOMER: {"public"}, Actor.PARTNER: {"partner"}}.get(by.kind, {"public", "partner", "internal"})
    require(audience in allowed, _("You cannot write here."), "audience")
    if by.kind == Actor.PARTNER:
        partner = by.partner
    require(audience != "partner" or partner, _("Choose the partner to write to."), "partner")
    ticket = locked(ticket)
    now = timezone.now()
    message = Message.objects.create(
        ticket=ticket, audience=audience, partner=partner if audience == "partner" else None, author_kind=by.kind,
        author=by.user, author_name=by.name, text=text, created_at=now,
    )  # fmt: skip
    if by.kind == Actor.CUSTOMER:
        customer_answered(ticket, now=now)
        settle(ticket, now=now)
    elif audience == "public":
        answered(ticket, now)
    save(ticket, "first_answer_at", now=now)
    _tell_of(message, ticket, by)
    return message


def _tell_of(message: Message, ticket: Ticket, by: By) -> None:
    key = f"message:{message.pk}"
    if by.kind in (Actor.CUSTOMER, Actor.PARTNER):
        kind = "customer_answered" if by.kind == Actor.CUSTOMER else "partner_answered"
        tell_desk(ticket, kind, key=key, by=by)
    elif message.audience == "public":
        notifications.tell_customer(ticket, "message", key=key, text=message.text)
    elif message.audience == "partner":
        request = ticket.partner_requests.filter(partner=message.partner).order_by("-id").first()
        if request:
            notifications.tell_partner(request, "partner_message", key=key, text=message.text)


def evidence_arrived(ticket: Ticket, *, by: By, count: int = 1) -> Ticket:
    """Take note of new evidence: our clock goes on if the customer was awaited, the recommendation is made anew."""
    ticket = locked(ticket)
    now = timezone.now()
    if by.kind == Actor.CUSTOMER:
        customer_answered(ticket, now=now)
    settle(ticket, now=now)
    if ticket.waiting_for == Waiting.PARTNER and not ticket.partner_requests.filter(answer="").exists():
        ticket.waiting_for = ""
    if ticket.is_open:
        apply_recommendation(ticket, now=now)
    save(ticket, "suggested_party", "suggested_confidence", now=now)
    write_event(ticket, "evidence_added", by, now=now, data={"count": count})
    return ticket


def note_event(ticket: Ticket, *, by: By, verb: str, **data: Any) -> None:
    """Write an event row for something that was seen or taken, without a change of the ticket."""
    write_event(ticket, verb, by, now=timezone.now(), data=data)


def answered(ticket: Ticket, now: datetime) -> None:
    """Keep when the customer first heard from a person."""
    ticket.first_answer_at = ticket.first_answer_at or now


def wait_for_customer(ticket: Ticket, *, now: datetime) -> None:
    """Rest our clock: it is the customer's turn."""
    clocks.pause(ticket, now=now)
    ticket.waiting_for = Waiting.CUSTOMER


def customer_answered(ticket: Ticket, *, now: datetime) -> None:
    """Let our clock go on, unless the customer still has a plan to answer."""
    if ticket.waiting_for == Waiting.CUSTOMER and ticket.current_plan() is None:
        clocks.resume(ticket, now=now)
        ticket.waiting_for = ""

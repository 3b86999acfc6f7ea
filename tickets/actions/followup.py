"""After closing: the customer rates, or is not satisfied, or the window ends."""

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import notifications, rules
from ..models import FollowUp, Ticket
from ..workflow import Actor
from .base import By, locked, require, require_state, save, take_arrow, tell_desk
from .responsibility import apply_recommendation


def rate(ticket: Ticket, *, by: By, rating: int, comment: str = "") -> Ticket:
    """Record the customer's rating, 1 to 5; the follow-up is done."""
    require(by.kind == Actor.CUSTOMER, _("Only the customer rates."))
    require(rating in range(1, 6), _("Choose one of the five answers."), "rating")
    ticket = locked(ticket)
    require_state(ticket, "closed")
    now = timezone.now()
    FollowUp.objects.create(ticket=ticket, rating=rating, comment=comment.strip(), created_at=now)
    take_arrow(ticket, "follow_up", by, reason=comment.strip(), data={"rating": rating}, now=now)
    return ticket


def end_follow_up(ticket: Ticket) -> Ticket:
    """End the follow-up when its window is over without an answer."""
    ticket = locked(ticket)
    take_arrow(ticket, "follow_up", By.system())
    return ticket


def reopen(ticket: Ticket, *, by: By, reason: str) -> Ticket:
    """Go back to responsibility: it was not solved. A customer may within the window, an operator always."""
    require(reason.strip(), _("Write what is still wrong."), "reason")
    ticket = locked(ticket)
    now = timezone.now()
    if by.kind == Actor.CUSTOMER and ticket.closed_at:
        require(
            rules.within_reopen_window(ticket, now),
            _("The time to reopen ended %(days)d days after closing; please file a new complaint.")
            % {"days": ticket.organization.reopen_window_days},
        )
    ticket.assessments.filter(kind="confirmed", superseded_at=None).update(superseded_at=now)
    ticket.reopened += 1
    take_arrow(ticket, "reopen", by, reason=reason.strip(), fields=("reopened",), now=now)
    # The guard needed the closing's date; now the ticket is open and has none.
    ticket.closed_at, ticket.outcome, ticket.root_cause = None, "", ""
    apply_recommendation(ticket, now=now)
    save(ticket, "closed_at", "outcome", "root_cause", "suggested_party", "suggested_confidence", now=now)
    if by.kind == Actor.CUSTOMER:
        tell_desk(ticket, "reopened", key=f"ticket:{ticket.pk}:reopened:{ticket.reopened}", by=by)
    elif by.is_member:
        notifications.tell_customer(ticket, "reopened", key=f"ticket:{ticket.pk}:reopened:{ticket.reopened}")
    return ticket

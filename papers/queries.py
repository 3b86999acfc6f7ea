"""What the pages of papers show."""

from uuid import UUID

from tickets.models import Claim, Return, Ticket

from .models import Paper


def of_ticket(ticket: Ticket, **only: object) -> list[Paper]:
    """Return the papers of a ticket, the latest first, in one statement."""
    found = Paper.objects.filter(ticket=ticket, **only).select_related("asked_by", "claim", "returned")
    return list(found.order_by("-pk")[:60])


def by_token(token: UUID) -> Paper | None:
    """Return a paper of the organization, or None."""
    return Paper.objects.filter(token=token).select_related("ticket", "returned").first()


def claims(ticket: Ticket) -> list[Claim]:
    """Return the claims that a pack can be made for."""
    return list(Claim.objects.filter(ticket=ticket).order_by("pk"))


def returns(ticket: Ticket) -> list[Return]:
    """Return the returns that a label can be made for."""
    return list(Return.objects.filter(ticket=ticket).exclude(state=Return.State.CANCELLED).order_by("pk"))


def label_of(returned: Return) -> Paper | None:
    """Return the latest label of a return."""
    found = Paper.objects.filter(returned=returned, kind=Paper.Kind.RETURN_LABEL)
    return found.order_by("-pk").first()

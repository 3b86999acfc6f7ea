"""What the pages of papers show."""

from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from tickets.models import Claim, Return, Ticket

from . import links
from .models import PackLink, Paper


def of_ticket(ticket: Ticket, **only: object) -> list[Paper]:
    """Return the papers of a ticket, the latest first, in one statement."""
    found = Paper.objects.filter(ticket=ticket, **only).select_related("asked_by", "claim", "returned")
    now = timezone.now()
    alive = Count("links", Q(links__revoked_at=None, links__expires_at__gt=now))
    found = found.annotate(open_links=alive)
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


def pack_by_token(token: UUID) -> Paper | None:
    """Return an evidence pack that is ready, or None."""
    found = Paper.objects.filter(token=token, kind=Paper.Kind.EVIDENCE, state=Paper.State.READY)
    return found.select_related("ticket", "asked_by", "organization").first()


def pack_links(paper: Paper) -> list[tuple[PackLink, str]]:
    """Return the links to a pack, the latest first, each with its address; "" for one that opens nothing any more."""
    found = list(paper.links.select_related("created_by")[: links.MOST_PER_PACK])
    for each in found:
        each.paper, each.organization = paper, paper.organization
    return [(each, links.url_of(each) if each.is_valid else "") for each in found]

"""Tickets that are worked on as one."""

from typing import Any

from django.db.models import OuterRef, Q, QuerySet

from ..models import Ticket


def with_merged(pk: int | OuterRef) -> "QuerySet[Ticket, Any]":
    """Return the ticket of this key and those that were merged into it; `actions.merge` leaves no chains."""
    return Ticket.objects.filter(Q(pk=pk) | Q(merged_into=pk))

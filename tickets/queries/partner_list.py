"""A partner's open tickets behind one link: one row for each, the soonest deadline first, paged by key."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from aftersales.orders.models import Partner
from aftersales.orders.paging import Page, page_by_key

from ..models import EvidenceRequest, Mediation, PartnerRequest
from ..workflow import OPEN

ROWS = 25
# What is due within this counts as due soon.
SOON = dt.timedelta(hours=24)


def open_requests(partner: Partner) -> QuerySet[PartnerRequest]:
    """Return the latest question about each of the partner's open tickets."""
    later = PartnerRequest.objects.filter(ticket=OuterRef("ticket"), partner=partner, pk__gt=OuterRef("pk"))
    return PartnerRequest.objects.filter(~Exists(later), partner=partner, ticket__state__in=OPEN)


def page(partner: Partner, chosen: dict[str, Any], cursor: str, zone: dt.tzinfo) -> Page:
    """Return a page of rows. `chosen`: show (waiting, soon, answered), problem, since and until (days of the order in
    `zone`)."""
    found = _narrowed(open_requests(partner), chosen, zone)
    missing = EvidenceRequest.objects.filter(ticket=OuterRef("ticket"), partner=partner, answered_at=None)
    dispute = Mediation.objects.filter(ticket=OuterRef("ticket"), partner=partner, decided_at=None)
    found = found.select_related("ticket__line", "ticket__order")
    found = found.annotate(lacks=Exists(missing), is_disputed=Exists(dispute))
    return page_by_key(found, key="due_at", cursor=cursor, size=ROWS)


def counts(partner: Partner) -> dict[str, int]:
    """Return how many rows wait for an answer and how many are due soon, in one statement."""
    waiting = open_requests(partner).filter(answer="").values_list("due_at", flat=True)
    soon = timezone.now() + SOON
    due = list(waiting)
    return {"waiting": len(due), "soon": sum(at <= soon for at in due)}


def _narrowed(found: QuerySet, chosen: dict[str, Any], zone: dt.tzinfo) -> QuerySet:
    match chosen.get("show"):
        case "waiting":
            found = found.filter(answer="")
        case "soon":
            found = found.filter(answer="", due_at__lte=timezone.now() + SOON)
        case "answered":
            found = found.exclude(answer="")
    if "problem" in chosen:
        found = found.filter(ticket__problem=chosen["problem"])
    ordered = Q()
    if "since" in chosen:
        ordered &= Q(ticket__order__placed_at__gte=_midnight(chosen["since"], zone))
    if "until" in chosen and chosen["until"] < dt.date.max:
        ordered &= Q(ticket__order__placed_at__lt=_midnight(chosen["until"] + dt.timedelta(days=1), zone))
    return found.filter(ordered)


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    # A day before the first or after the last that the zone can be counted back from narrows nothing.
    day = min(max(day, dt.date(1900, 1, 1)), dt.date(9000, 1, 1))
    return dt.datetime.combine(day, dt.time(), zone)

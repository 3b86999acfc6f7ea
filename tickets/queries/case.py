"""The head that all pages of one ticket share: what it is, where it stands, and the tabs to its parts."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.scope import current_organization

from ..models import Claim, Mediation, Return, Ticket
from .desk import standing
from .filters import Text

# Tab, its address, its words.
TABS: tuple[tuple[str, str, Text], ...] = (
    ("ticket", "desk:ticket", _("Ticket")),
    ("facts", "desk:facts", _("Facts")),
    ("money", "desk:money", _("Money")),
    ("returns", "desk:returns", _("Returns")),
    ("claims", "desk:claims", _("Claims")),
    ("mediation", "desk:mediation", _("Mediation")),
    ("papers", "desk:papers", _("Papers")),
)


@dataclass(frozen=True)
class Head:
    """What `desk/case.html` shows above the page's own content."""

    ticket: Ticket
    tabs: list[dict[str, Any]]
    standing: tuple[str, Text]
    now: dt.datetime = field(default_factory=timezone.now)


def head(ticket: Ticket, *, tab: str) -> Head:
    """Return the head of a ticket's page, in one statement; `tab` is one of `TABS`, the page that is shown."""
    found = (
        Ticket.objects.select_related("order", "customer", "assignee", "team").annotate(**counts()).get(pk=ticket.pk)
    )
    organization = current_organization()
    assert organization is not None
    found.organization = organization
    return Head(found, tabs(found, tab), standing(found))


def counts() -> dict[str, Any]:
    """Return what the tabs count, as columns of the ticket's own statement."""
    own = {"ticket": OuterRef("pk")}
    open_dispute = Mediation.objects.filter(decided_at=None, **own)
    return {
        "return_count": _count(Return.objects.filter(**own).exclude(state=Return.State.CANCELLED)),
        "claim_count": _count(Claim.objects.filter(**own)),
        "in_mediation": Exists(open_dispute),
    }


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("ticket").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def tabs(ticket: Ticket, current: str) -> list[dict[str, Any]]:
    """Return the tabs of a ticket that `counts` was added to; a page that is not there yet has none."""
    organization = current_organization()
    assert organization is not None
    numbers = {
        "returns": ticket.return_count or None,  # type: ignore[attr-defined]
        "claims": ticket.claim_count or None,  # type: ignore[attr-defined]
        "mediation": 1 if ticket.in_mediation else None,  # type: ignore[attr-defined]
    }
    found = []
    for name, address, label in TABS:
        try:
            url = reverse(address, kwargs={"org": organization.slug, "number": ticket.number})
        except NoReverseMatch:
            continue
        found.append({"label": label, "url": url, "current": name == current, "count": numbers.get(name)})
    return found

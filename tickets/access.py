"""What a browser session without an account may open: orders proved by number and e-mail, and what signed links opened.

A session keeps ids only, per organization, for twelve hours. Whether a link still stands is read on every request, so a
revoked link closes its page at once. Everything else is a 404, the same for what is absent and what is another's.
"""

import secrets
import time
import uuid
from functools import wraps

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from aftersales.orders.models import Order
from aftersales.tenants.models import Organization
from aftersales.tenants.permissions import public

from .models import FilingDraft, PartnerRequest, SignedLink, Ticket
from .workflow import OPEN

VISITS = "visits"
HOURS = 12


class Visit(HttpRequest):
    """A request below an organization's address, as the middleware hands it on."""

    organization: Organization


# ── what the session keeps ─────────────────────────────────────────────────────────────────────────────────────────
def _visit(request: Visit) -> dict:
    """Return this organization's part of the session, with what is older than twelve hours left out."""
    kept = request.session.get(VISITS, {}).get(str(request.organization.pk), {})
    since = time.time() - HOURS * 3600
    fresh = {kind: {pk: at for pk, at in kept.get(kind, {}).items() if at > since} for kind in ("orders", "links")}
    return {"opener": kept.get("opener", ""), **fresh}


def _grant(request: Visit, kind: str, pk: int) -> None:
    visit = _visit(request)
    visit["opener"] = visit["opener"] or secrets.token_hex(16)
    visit[kind][str(pk)] = time.time()
    # A new key with the new right: a session key planted beforehand opens nothing.
    request.session.cycle_key()
    request.session[VISITS] = {**request.session.get(VISITS, {}), str(request.organization.pk): visit}


def grant_order(request: Visit, order: Order) -> None:
    """Open an order, whose number and e-mail were proved, to this session for twelve hours."""
    _grant(request, "orders", order.pk)


def grant_link(request: Visit, link: SignedLink) -> None:
    """Open to this session what a valid link opens, for twelve hours and as long as the link stands."""
    _grant(request, "links", link.pk)


def leave(request: Visit) -> None:
    """Close everything of this organization that the session has opened."""
    visits = dict(request.session.get(VISITS, {}))
    if visits.pop(str(request.organization.pk), None):
        request.session[VISITS] = visits


def opener(request: Visit) -> str:
    """Return the session's own random name, under which its drafts are kept; empty where nothing was opened."""
    return _visit(request)["opener"]


def _links(request: Visit, **of) -> list[SignedLink]:
    """Return the links that this session opened and that still stand, the latest opened first."""
    opened = _visit(request)["links"]
    if not opened:
        return []
    valid = SignedLink.objects.filter(pk__in=opened, revoked_at=None, expires_at__gt=timezone.now(), **of)
    valid = valid.select_related("partner")
    return sorted(valid, key=lambda link: opened[str(link.pk)], reverse=True)


# ── what may be opened ─────────────────────────────────────────────────────────────────────────────────────────────
def _open_orders(request: Visit, links: list[SignedLink]) -> set[int]:
    proved = {int(pk) for pk in _visit(request)["orders"]}
    return proved | {link.order_id for link in links if link.order_id and link.kind == SignedLink.Kind.ORDER}


def _one(request: Visit, queryset):
    found = queryset.first()
    if found is None:
        raise Http404
    found.organization = request.organization
    return found


def accessible_order(request: Visit, number: str) -> Order:
    """Return the order, with its customer. Raises Http404 unless this session has opened it."""
    orders = _open_orders(request, _links(request, kind=SignedLink.Kind.ORDER))
    return _one(request, Order.objects.select_related("customer").filter(number=number, pk__in=orders))


def accessible_ticket(request: Visit, number: str) -> Ticket:
    """Return a customer's ticket, with order, line and customer. Raises Http404 unless its order or itself is open.

    The link of a ticket that was merged opens the one it was merged into as well: it is the same customer's.
    """
    links = _links(request, partner=None)
    tickets = {link.ticket_id for link in links if link.kind == SignedLink.Kind.TICKET}
    open_to_us = Q(order_id__in=_open_orders(request, links)) | Q(pk__in=tickets) | Q(merged_tickets__in=tickets)
    related = Ticket.objects.select_related("order", "line", "customer", "merged_into")
    return _one(request, related.filter(open_to_us, number=number))


def open_orders(request: Visit) -> list[Order]:
    """Return the orders that this session has open, the latest placed first."""
    orders = _open_orders(request, _links(request, kind=SignedLink.Kind.ORDER))
    return list(Order.objects.filter(pk__in=orders).order_by("-placed_at")) if orders else []


def may_open_order(request: Visit, order: Order) -> bool:
    """Whether the session has opened the whole order, not only one of its tickets."""
    return order.pk in _open_orders(request, _links(request, kind=SignedLink.Kind.ORDER))


def accessible_draft(request: Visit, key: uuid.UUID) -> FilingDraft:
    """Return the complaint being filed. Raises Http404 unless this session began it and its order is still open."""
    name = opener(request)
    if not name:
        raise Http404
    orders = _open_orders(request, _links(request, kind=SignedLink.Kind.ORDER))
    related = FilingDraft.objects.select_related("order__customer", "line", "ticket")
    return _one(request, related.filter(key=key, opener=name, order_id__in=orders))


def _partner_links(request: Visit) -> list[SignedLink]:
    return _links(request, kind__in=SignedLink.OF_PARTNERS)


def accessible_request(request: Visit, number: str, *, partner: int | None = None) -> PartnerRequest:
    """Return the latest question put to the partner whose link this session opened, about the ticket of that number.

    The link names the ticket, or opens the list of the partner's open tickets, this one among them. Comes with partner,
    ticket, order and line, and with the `link` that opened it. Raises Http404 otherwise, and for any other than
    `partner` where one is named.
    """
    related = PartnerRequest.objects.select_related("partner", "ticket__order__customer", "ticket__line")
    opened = [link for link in _partner_links(request) if partner in (None, link.partner_id)]
    tickets = Q(pk__in=[])
    for link in opened:
        mine = Q(partner=link.partner_id)
        tickets |= mine & (Q(ticket=link.ticket_id) if link.ticket_id else Q(ticket__state__in=OPEN))
    asked = list(related.filter(tickets, ticket__number=number).order_by("-pk")) if opened else []
    for link in opened:
        for found in asked:
            if found.partner_id == link.partner_id and link.ticket_id in (None, found.ticket_id):
                found.organization = found.ticket.organization = found.partner.organization = request.organization
                found.link = link
                return found
    raise Http404


def accessible_inbox(request: Visit) -> SignedLink:
    """Return the link to a partner's list that this session opened last, with its partner. Raises Http404."""
    links = _links(request, kind=SignedLink.Kind.INBOX)
    if not links:
        raise Http404
    return links[0]


def has_inbox(request: Visit, partner_id: int) -> bool:
    """Whether the session has opened the list of that partner."""
    return any(not link.ticket_id and link.partner_id == partner_id for link in _partner_links(request))


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def customer_page(view):
    """A customer's page: guards itself with the functions above, shows times of the organization's zone.

    What is not open answers one page and 404, whether it is absent, another's, or open no longer.
    """

    @public
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        with timezone.override(request.organization.zone):
            try:
                return view(request, *args, **kwargs)
            except Http404:
                return render(request, "portal/not_open.html", status=404)

    return wrapped


def partner_page(view):
    """A partner's page: guards itself with the functions above. What is not open answers one page and 404."""

    @public
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        with timezone.override(request.organization.zone):
            try:
                return view(request, *args, **kwargs)
            except Http404:
                return render(request, "partner/not_open.html", status=404)

    return wrapped


def speak(request: Visit, response: HttpResponse, language: str) -> HttpResponse:
    """Let the next page speak the person's own language, unless they chose one. Returns the response."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", httponly=True)
    return response

"""Large files that a browser sends straight to the object store: where to, how far it came, and that it is all there.

One pair of addresses for each audience; who may do it and to what is decided by the page's own checks.
"""

import json
import uuid
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.tenants.permissions import outside_transaction, public, requires
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import tenant
from tickets import access
from tickets.actions import By, Refused
from tickets.models import Ticket
from tickets.workflow import Actor

from .. import actions, arrivals
from ..media import NotAccepted
from ..models import Arrival
from ..storage import ORIGINAL_TYPE, StorageDown
from . import receiving

Owner = dict[str, Any]


def _of_draft(request: HttpRequest, key: uuid.UUID) -> tuple[By, Owner]:
    draft = access.accessible_draft(request, key)
    return By.customer(draft.order.customer), {"draft": draft}


def _of_customers_ticket(request: HttpRequest, number: str) -> tuple[By, Owner]:
    ticket = access.accessible_ticket(request, number)
    return By.customer(ticket.customer), {"ticket": ticket}


def _of_member(request: HttpRequest, number: str) -> tuple[By, Owner]:
    ticket = get_object_or_404(Ticket, number=number)
    return By.member(request.user, request.membership), {"ticket": ticket}


def _of_partner(request: HttpRequest, number: str) -> tuple[By, Owner]:
    asked = access.accessible_request(request, number)
    return By.partner_contact(asked.partner), {"ticket": asked.ticket, "request": asked}


@public
@outside_transaction
@require_POST
def draft_begin(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Say where a large file of a complaint that is being filed goes."""
    with tenant(request.organization):
        by, owner = _of_draft(request, key)
    return _begin(request, by, owner, "portal:large", [org, key])


@public
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def draft_arrival(request: HttpRequest, org: str, key: uuid.UUID, arrival: uuid.UUID) -> HttpResponse:
    """Say how far it came; by POST, that it is all there."""
    with tenant(request.organization):
        _by, owner = _of_draft(request, key)
    return _arrival(request, arrival, **owner, uploader_kind=Actor.CUSTOMER)


@public
@outside_transaction
@require_POST
def ticket_begin(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say where a large file that a customer sends to a ticket goes."""
    with tenant(request.organization):
        by, owner = _of_customers_ticket(request, number)
    return _begin(request, by, owner, "portal:ticket_large", [org, number])


@public
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_arrival(request: HttpRequest, org: str, number: str, arrival: uuid.UUID) -> HttpResponse:
    """Say how far it came; by POST, that it is all there."""
    with tenant(request.organization):
        _by, owner = _of_customers_ticket(request, number)
    return _arrival(request, arrival, **owner, uploader_kind=Actor.CUSTOMER)


@outside_transaction
@requires(Permission.WORK)
@require_POST
def desk_begin(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say where a large file that a member adds to a ticket goes."""
    with tenant(request.organization):
        by, owner = _of_member(request, number)
    return _begin(request, by, owner, "desk:large", [org, number])


@outside_transaction
@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def desk_arrival(request: HttpRequest, org: str, number: str, arrival: uuid.UUID) -> HttpResponse:
    """Say how far it came; by POST, that it is all there."""
    with tenant(request.organization):
        _by, owner = _of_member(request, number)
    return _arrival(request, arrival, **owner)


@public
@outside_transaction
@require_POST
def partner_begin(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say where a large file that a partner sends goes."""
    with tenant(request.organization):
        by, owner = _of_partner(request, number)
    return _begin(request, by, owner, "partner:large", [org, number])


@public
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def partner_arrival(request: HttpRequest, org: str, number: str, arrival: uuid.UUID) -> HttpResponse:
    """Say how far it came; by POST, that it is all there."""
    with tenant(request.organization):
        _by, owner = _of_partner(request, number)
    return _arrival(request, arrival, request=owner["request"])


def _begin(request: HttpRequest, by: By, owner: Owner, name: str, at: list[Any]) -> HttpResponse:
    told = _told(request)
    size = told.get("size")
    try:
        made = arrivals.begin(
            request.organization, by=by, name=str(told.get("name", "")), size=size if type(size) is int else 0,
            media_type=str(told.get("type", "")), place=actions.place_or_other(str(told.get("place", ""))),
            taken_at=receiving.claimed_time(str(told.get("taken_at", ""))), use_place=told.get("use_place") is True,
            **owner,
        )  # fmt: skip
    except (NotAccepted, Refused) as error:
        return JsonResponse({"error": error.message}, status=422)
    except StorageDown:
        return JsonResponse({"error": receiving.away()}, status=503)
    answer = {
        "key": str(made.key), "type": ORIGINAL_TYPE, "part_size": arrivals.PART_SIZE,
        "parts": arrivals.addresses(made), "done": reverse(name, args=[*at, made.key]),
    }  # fmt: skip
    return _private(JsonResponse(answer, status=201))


def _told(request: HttpRequest) -> dict[str, Any]:
    """Return what the script says of its file; {} for anything else."""
    try:
        found = json.loads(request.body)
    except (ValueError, RequestDataTooBig):
        return {}
    return found if isinstance(found, dict) else {}


def _arrival(asked: HttpRequest, key: uuid.UUID, **of: Any) -> HttpResponse:
    """Answer for the arrival that belongs to this owner. Raises Http404."""
    organization = asked.organization
    with tenant(organization):
        found = get_object_or_404(Arrival, key=key, **of)
    found.organization = organization
    try:
        if asked.method == "POST":
            arrivals.finish(organization, found)
        if found.state != Arrival.State.OPEN:
            return _private(_ended(found, posted=asked.method == "POST"))
        here = arrivals.here(found)
    except Refused as error:
        return JsonResponse({"error": error.message}, status=409)
    except StorageDown:
        return JsonResponse({"error": receiving.away()}, status=503)
    answer = {"state": found.state, "arrived": sorted(here), "parts": arrivals.addresses(found, here)}
    return _private(JsonResponse(answer))


def _ended(found: Arrival, *, posted: bool) -> HttpResponse:
    answer: dict[str, Any] = {"state": found.state, "id": found.evidence_id, "parts": []}
    if found.state == Arrival.State.REFUSED:
        return JsonResponse(answer | {"error": found.refusal}, status=422)
    return JsonResponse(answer, status=202 if posted and found.state == Arrival.State.ARRIVED else 200)


def _private(response: HttpResponse) -> HttpResponse:
    """The addresses are good for whoever has them: they are kept nowhere."""
    response["Cache-Control"] = "private, no-store"
    return response

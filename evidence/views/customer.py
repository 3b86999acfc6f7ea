"""Photos of customers: of a complaint being filed, and of a ticket already filed."""

import uuid
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import outside_transaction, public
from aftersales.tenants.scope import tenant
from tickets import access
from tickets.actions import By, Refused
from tickets.guide import shots_of
from tickets.queries import customer as queries
from tickets.views.photo_places import photo_page, thumb
from tickets.workflow import Actor

from .. import actions
from ..models import Evidence
from . import receiving, serving


@public
@outside_transaction
@require_POST
def photo_add(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Keep photos of a complaint that this session is filing."""
    with tenant(request.organization):
        draft = access.accessible_draft(request, key)
    by = By.customer(draft.order.customer)
    add = partial(actions.add_evidence, organization=request.organization, by=by, draft=draft)
    received = receiving.receive(request, add)
    if receiving.wants_json(request):
        return _json(request, received)
    after = reverse("portal:file_wish", args=[org, key])
    if not received.refused:
        return receiving.go_on(request, after)
    with tenant(request.organization):
        remove = reverse("portal:photo_remove", args=[org, key])
        page = photo_page(draft, shots_of(draft.problem), add=request.path, remove=remove, after=after)
        return _again(request, received, page | {"step": 2})


@public
@outside_transaction
@require_POST
def ticket_photo_add(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Keep photos of a ticket, asked for or sent later by the customer."""
    with tenant(request.organization):
        ticket = access.accessible_ticket(request, number)
    by = By.customer(ticket.customer)
    add = partial(actions.add_evidence, organization=request.organization, by=by, ticket=ticket)
    received = receiving.receive(request, add)
    if receiving.wants_json(request):
        return _json(request, received)
    after = reverse("portal:ticket", args=[org, number])
    if not received.refused:
        return receiving.go_on(request, after)
    with tenant(request.organization):
        places = queries.photo_places(ticket, queries.asked_for(ticket))
        page = photo_page(ticket, places, add=request.path, remove="", after=after)
        return _again(request, received, page)


def _json(request: HttpRequest, received: receiving.Received) -> HttpResponse:
    with tenant(request.organization):
        return receiving.as_json(received, thumb)


def _again(request: HttpRequest, received: receiving.Received, page: dict[str, Any]) -> HttpResponse:
    """Return the page for photos once more: what was kept, what was refused and why."""
    said = {"refused": received.refused, "kept": len(received.kept)}
    return render(request, "evidence/photos.html", page | said, status=received.status)


@public
@outside_transaction
@require_POST
def photo_remove(request: HttpRequest, org: str, key: uuid.UUID) -> HttpResponse:
    """Delete a photo of a complaint that is not sent yet."""
    number = request.POST.get("id", "")
    with tenant(request.organization):
        draft = access.accessible_draft(request, key)
        found = Evidence.objects.filter(draft=draft, uploader_kind=Actor.CUSTOMER)
        photo = get_object_or_404(found, pk=number if number.isdecimal() and len(number) < 19 else 0)
    photo.organization = request.organization
    status = 200
    try:
        actions.remove_evidence(photo, by=By.customer(draft.order.customer))
    except Refused as error:
        status, answer = 409, {"error": error.message}
    else:
        answer = {"removed": photo.pk}
    if receiving.wants_json(request):
        return JsonResponse(answer, status=status)
    return redirect("portal:file_photos", org=org, key=key)


@public
@outside_transaction
@require_safe
def photo(request: HttpRequest, org: str, pk: int, size: str) -> HttpResponse:
    """Show a photo that the customer sent, was shown in a message, or was taken of what it sent back."""
    with tenant(request.organization):
        found = _shown(request, pk)
    return serving.copy(request, found, size, by=By(Actor.CUSTOMER, ""))


def _shown(request: HttpRequest, pk: int) -> Evidence:
    found = get_object_or_404(Evidence.objects.select_related("draft", "ticket", "returned__ticket"), pk=pk)
    if found.draft is not None and found.uploader_kind == Actor.CUSTOMER:
        try:
            access.accessible_draft(request, found.draft.key)
        except Http404:
            pass
        else:
            return found
    if found.returned is not None:
        access.accessible_ticket(request, found.returned.ticket.number)
        return found
    if found.ticket is None:
        raise Http404
    ticket = access.accessible_ticket(request, found.ticket.number)
    return get_object_or_404(queries.photos_of(ticket), pk=pk)

"""Photos of partners, behind their signed link."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import outside_transaction, public
from aftersales.tenants.scope import tenant
from tickets import access
from tickets.actions import By
from tickets.queries import partner as queries

from .. import actions
from ..models import Evidence
from . import receiving, serving


@public
@outside_transaction
@require_safe
def photo(request: HttpRequest, org: str, pk: int, size: str) -> HttpResponse:
    """Show a photo of the case that the partner may see: its own, and the others without the customer's identity."""
    with tenant(request.organization):
        named = get_object_or_404(Evidence.objects.select_related("ticket"), pk=pk, ticket__isnull=False)
        asked = access.accessible_request(request, named.ticket.number)
        found = get_object_or_404(queries.photos_for(asked), pk=pk)
    return serving.copy(request, found, size, by=By.partner_contact(asked.partner))


@public
@outside_transaction
@require_POST
def photo_add(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Keep photos that the partner sends; they belong to its own part of the case."""
    with tenant(request.organization):
        asked = access.accessible_request(request, number)
    by = By.partner_contact(asked.partner)
    add = partial(actions.add_evidence, organization=request.organization, by=by, ticket=asked.ticket, request=asked)
    received = receiving.receive(request, add)
    if receiving.wants_json(request):
        return receiving.as_json(received, lambda photo: reverse("partner:photo", args=[org, photo.pk, "thumb"]))
    after = reverse("partner:ticket", args=[org, number])
    if not received.refused:
        return receiving.go_on(request, after)
    context = {"refused": received.refused, "kept": len(received.kept), "after": after, "of": "ticket"}
    with tenant(request.organization):
        return render(request, "evidence/refused.html", context, status=received.status)

"""Photos on the desk: everything of the organization may be seen; originals are downloads, and each is written down."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.models import Inspection, OrderLine, Shipment
from aftersales.tenants.permissions import outside_transaction, requires
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import tenant
from tickets.actions import By, Refused
from tickets.models import Return, Ticket

from .. import actions
from ..intake import catalogue
from ..models import Evidence
from ..storage import StorageDown
from . import receiving, serving


@outside_transaction
@requires(Permission.WORK)
@require_safe
def photo(request: HttpRequest, org: str, pk: int, size: str) -> HttpResponse:
    """Show a photo of the organization."""
    with tenant(request.organization):
        found = get_object_or_404(Evidence, pk=pk)
    return serving.copy(request, found, size, by=By.member(request.user, request.membership))


@outside_transaction
@requires(Permission.WORK)
@require_safe
def photo_download(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Send the browser to the original, for two minutes, as a download; the ticket keeps who took it."""
    with tenant(request.organization):
        found = get_object_or_404(Evidence.objects.select_related("ticket"), pk=pk)
    try:
        address = actions.download(request.organization, found, by=By.member(request.user, request.membership))
    except Refused as error:
        return _no_download(request, found, error.message, 409)
    except StorageDown:
        return _no_download(request, found, _("The store does not answer just now. Please try again in a minute."), 503)
    response = redirect(address)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _no_download(request: HttpRequest, found: Evidence, why: str, status: int) -> HttpResponse:
    ticket, org = found.ticket, request.organization.slug
    after = reverse("desk:ticket", args=[org, ticket.number]) if ticket else reverse("desk:queue", args=[org])
    refused = [receiving.Refusal(found.name or found.sha256[:12], why)]
    with tenant(request.organization):
        context = {"refused": refused, "kept": 0, "after": after, "of": "ticket"}
        return render(request, "evidence/desk_refused.html", context, status=status)


@outside_transaction
@requires(Permission.WORK)
@require_POST
def photo_add(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Keep photos that a member adds to a ticket, as those that came by mail or chat."""
    with tenant(request.organization):
        ticket = get_object_or_404(Ticket, number=number)
    add = partial(actions.add_evidence, ticket=ticket)
    return _add(request, add, reverse("desk:ticket", args=[org, number]), "ticket")


@outside_transaction
@requires(Permission.WORK)
@require_POST
def inspection_photo_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Keep photos of an inspection in the warehouse."""
    with tenant(request.organization):
        inspection = get_object_or_404(Inspection.objects.select_related("line__order"), pk=pk)
    after = reverse("desk:order", kwargs={"org": org, "number": inspection.line.order.number})
    return _add(request, partial(actions.add_evidence, inspection=inspection), after, "inspection")


@outside_transaction
@requires(Permission.WORK)
@require_POST
def shipment_photo_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Keep photos of how a parcel was packed."""
    with tenant(request.organization):
        shipment = get_object_or_404(Shipment.objects.select_related("order"), pk=pk)
    after = reverse("desk:order", kwargs={"org": org, "number": shipment.order.number})
    return _add(request, partial(actions.add_evidence, shipment=shipment), after, "inspection")


@outside_transaction
@requires(Permission.WORK)
@require_POST
def return_photo_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Keep photos of goods that came back."""
    with tenant(request.organization):
        returned = get_object_or_404(Return.objects.select_related("ticket"), pk=pk)
    after = reverse("desk:returns", kwargs={"org": org, "number": returned.ticket.number})
    return _add(request, partial(actions.add_evidence, returned=returned), after, "inspection")


@outside_transaction
@requires(Permission.WORK)
@require_POST
def catalogue_photo_add(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Keep catalogue pictures of an item's SKU."""
    with tenant(request.organization):
        line = get_object_or_404(OrderLine.objects.exclude(sku="").select_related("order"), pk=pk)
        target = catalogue.target_of(line)
    after = reverse("desk:intake_catalogue", kwargs={"org": org, "pk": pk})
    return _add(request, partial(actions.add_evidence, **target.owner), after, "product")


def _add(request: HttpRequest, add: partial, after: str, of: str) -> HttpResponse:
    by = By.member(request.user, request.membership)
    received = receiving.receive(request, partial(add, organization=request.organization, by=by))
    if receiving.wants_json(request):
        slug = request.organization.slug
        return receiving.as_json(received, lambda photo: reverse("desk:photo", args=[slug, photo.pk, "thumb"]))
    if received.kept and not received.refused:
        count = len(received.kept)
        messages.success(request, ngettext("%(n)d photo added.", "%(n)d photos added.", count) % {"n": count})
        return receiving.go_on(request, after)
    if not received.refused:
        received.refused.append(receiving.Refusal(_("No file"), _("Choose a photo first.")))
        received.status = 422
    context = {"refused": received.refused, "kept": len(received.kept), "after": after, "of": of}
    with tenant(request.organization):
        return render(request, "evidence/desk_refused.html", context, status=received.status)

"""Photos of the warehouse: on a phone, order by order; and in bulk, by a ZIP or a folder named by order."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales import uploads
from aftersales.orders.models import Inspection, Intake, Order, OrderLine, Product, Shipment
from aftersales.orders.paging import Page, page_by_key
from aftersales.tenants.permissions import outside_transaction, requires
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import tenant
from tickets import actions as tickets
from tickets.actions import By
from tickets.problems import Place

from .. import media
from ..intake import barcodes, bulk, queries, targets
from ..intake.forms import InspectionForm, LookupForm, ZipForm
from ..storage import StorageDown
from . import receiving

# What is worth a photo.
INSPECTION_PLACES = (Place.WHOLE, Place.CLOSE_UP, Place.SERIAL, Place.OTHER)
CATALOGUE_PLACES = (Place.WHOLE, Place.CLOSE_UP, Place.OTHER)
PACKING_PLACES = (Place.WHOLE, Place.PADDING, Place.BOX, Place.LABEL, Place.OTHER)
ROWS_PER_PAGE = 20
STATUS = {"kept": 201, "same": 200, "skipped": 200, "refused": 422, "lost": 422}


# ── on a phone ─────────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_safe
def lookup(request: HttpRequest, org: str) -> HttpResponse:
    """The field that an order is found by; one that is found leads on, several are to be chosen from."""
    form = LookupForm(request.GET if "q" in request.GET else None)
    if not form.is_bound:
        return _lookup(request, form)
    found = targets.lookup(form.cleaned_data["q"]) if form.is_valid() else []
    if len(found) == 1:
        return redirect("desk:intake_order", org=org, number=found[0].number)
    if form.is_valid() and not found:
        form.add_error("q", _("Nothing has this number. Look at the label again, or try the order's number."))
    return _lookup(request, form, found=found)


@outside_transaction
@requires(Permission.WORK)
@require_POST
def scan(request: HttpRequest, org: str) -> HttpResponse:
    """Look for a barcode in a photo; the first that names an order leads on."""
    photo, problem, texts = request.FILES.get("photo"), "", []
    try:
        texts = barcodes.read(photo) if photo else []
        problem = _("No barcode could be read. Go closer, hold still, or type the number.")
    except media.NotAccepted as error:
        problem = error.message
    except media.SandboxFailed:
        problem = _("The photo could not be looked at just now. Type the number.")
    with tenant(request.organization):
        for text in texts:
            if targets.lookup(text):
                return redirect(reverse("desk:intake", args=[org]) + "?" + urlencode({"q": text}))
        form = LookupForm({"q": texts[0]} if texts else {"q": ""})
        form.errors.clear()
        form.add_error("q", _("The barcode was read, but nothing has this number.") if texts else problem)
        return _lookup(request, form)


def _lookup(request: HttpRequest, form: LookupForm, *, found: list[Order] | None = None) -> HttpResponse:
    context = {"form": form, "found": found or []}
    return render(request, "evidence/intake.html", context, status=422 if form.errors else 200)


@requires(Permission.WORK)
@require_safe
def order(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """What of an order the photos are of."""
    found = get_object_or_404(queries.orders(), number=number)
    return render(request, "evidence/intake_order.html", {"order": found, "form": InspectionForm()})


@requires(Permission.WORK)
@require_POST
def inspect(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Write down an inspection of an item, and go on to its photos."""
    line = get_object_or_404(OrderLine.objects.select_related("order"), pk=pk)
    form = InspectionForm(request.POST)
    if not form.is_valid():
        found = queries.orders().get(pk=line.order_id)
        context = {"order": found, "form": form, "line_at_work": line.pk}
        return render(request, "evidence/intake_order.html", context, status=422)
    row = tickets.record_inspection(line, by=By.member(request.user, request.membership), **form.cleaned_data)
    return redirect("desk:intake_inspection", org=org, pk=row.pk)


@requires(Permission.WORK)
@require_safe
def inspection(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take photos of an inspection."""
    found = get_object_or_404(Inspection.objects.select_related("line__order"), pk=pk)
    context = {"order": found.line.order, "inspection": found, "line": found.line}
    upload = reverse("desk:inspection_photo_add", args=[org, pk])
    return _photos(request, found, INSPECTION_PLACES, upload, context)


@requires(Permission.WORK)
@require_safe
def shipment(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take photos of a parcel being packed."""
    found = get_object_or_404(Shipment.objects.select_related("order"), pk=pk)
    upload = reverse("desk:shipment_photo_add", args=[org, pk])
    return _photos(request, found, PACKING_PLACES, upload, {"order": found.order, "shipment": found})


@requires(Permission.WORK)
@require_safe
def catalogue(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Show and take the catalogue pictures of an item's SKU."""
    line = get_object_or_404(OrderLine.objects.exclude(sku="").select_related("order"), pk=pk)
    upload = reverse("desk:catalogue_photo_add", args=[org, pk])
    product = Product.objects.filter(sku=line.sku).first()
    return _photos(request, product, CATALOGUE_PLACES, upload, {"order": line.order, "line": line, "limits": "product"})


def _photos(request: HttpRequest, of: Any | None, places: tuple, upload: str, context: dict[str, Any]) -> HttpResponse:
    found = queries.photos(of) if of else []
    context = {"limits": "inspection"} | context | {"places": places, "upload_url": upload, "photos": found}
    return render(request, "evidence/intake_photos.html", context)


# ── in bulk ────────────────────────────────────────────────────────────────────────────────────────────────────────
@outside_transaction
@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_page(request: HttpRequest, org: str) -> HttpResponse:
    """The ZIPs so far, the rules for names, and the form that sends one."""
    form, status = ZipForm(), 200
    if request.method == "POST":
        form, status = ZipForm(request.POST, request.FILES), 422
        if uploads.lost(request):
            form.errors["file"] = form.error_class([receiving.away()])
            status = 503
        elif form.is_valid():
            try:
                batch = bulk.start(request.organization, file=form.cleaned_data["file"], user=request.user)
                return redirect("desk:intake_batch", org=org, key=batch.key)
            except StorageDown:
                form.add_error("file", receiving.away())
                status = 503
    with tenant(request.organization):
        rows = Intake.objects.select_related("created_by")
        cursor = request.GET.get("page", "")
        page = page_by_key(rows, key="created_at", cursor=cursor, size=ROWS_PER_PAGE, descending=True)
        context = {"form": form, "page": page, **_around(page)}
        return render(request, "evidence/intake_bulk.html", context, status=status)


def _around(page: Page) -> dict[str, str]:
    """Return the addresses of the pages before and after."""
    cursors = {"previous_url": page.previous, "next_url": page.next}
    return {name: "?" + urlencode({"page": cursor}) if cursor else "" for name, cursor in cursors.items()}


@requires(Permission.WORK)
@require_safe
def batch(request: HttpRequest, org: str, key: UUID) -> HttpResponse:
    """One ZIP, with what became of each file. While it is worked on, the page asks for its inner part every second."""
    found = get_object_or_404(Intake.objects.select_related("created_by"), key=key)
    running = found.state in (Intake.State.WAITING, Intake.State.RUNNING)
    page = queries.files(found, request.GET.get("page", ""))
    part = request.headers.get("HX-Request") == "true"
    template = "evidence/_intake_progress.html" if part else "evidence/intake_batch.html"
    return render(request, template, {"batch": found, "running": running, "page": page, **_around(page)})


@outside_transaction
@requires(Permission.WORK)
@require_POST
def file(request: HttpRequest, org: str) -> HttpResponse:
    """Keep one file of a folder that the browser reads; answer what became of it, as JSON."""
    photo = request.FILES.get("photo")
    if uploads.lost(request):
        return JsonResponse({"outcome": "", "reason": receiving.away()}, status=503)
    if photo is None:
        return JsonResponse({"outcome": "refused", "reason": _("Choose a photo first.")}, status=422)
    by = By.member(request.user, request.membership)
    try:
        result = bulk.put(request.organization, by=by, path=request.POST.get("path") or photo.name, file=photo)
    except (StorageDown, media.SandboxFailed):
        return JsonResponse({"outcome": "", "reason": receiving.away()}, status=503)
    words = {"outcome": result.outcome, "reason": result.reason, "order": result.order}
    return JsonResponse(words, status=STATUS[result.outcome])

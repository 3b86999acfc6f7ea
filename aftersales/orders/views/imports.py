"""Imports: upload, watch, read what was not taken, take templates."""

import csv
from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales import uploads
from aftersales.storage import StorageDown
from aftersales.tenants.permissions import Permission, outside_transaction, requires
from aftersales.tenants.scope import tenant

from .. import actions, queries
from ..forms import ImportForm
from ..importing.templates import TEMPLATES
from ..models import Import
from .orders import _page

SHOWN_PROBLEMS = 200


@outside_transaction
@requires(Permission.ADMINISTER)
def imports(request: HttpRequest, org: str) -> HttpResponse:
    """The list of imports, and the form that starts one. Files go to the object store before anything is written."""
    form, status = ImportForm(request.POST or None, request.FILES or None), 422
    no_room = _("The files could not be stored just now. Choose them again in a minute.")
    if uploads.lost(request):
        form.errors["files"] = form.error_class([no_room])
        status = 503
    elif request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            batch = actions.start_import(
                request.organization, format=data["format"], files=data["files"], user=request.user
            )
            return redirect("settings:import", org=org, key=batch.key)
        except StorageDown:
            form.add_error("files", no_room)
            status = 503
    with tenant(request.organization):
        page = queries.imports(request.GET.get("page", ""))
        context = {
            "form": form, "rows": page.rows, "templates": TEMPLATES,
            "previous_url": _page(request, page.previous), "next_url": _page(request, page.next),
        }  # fmt: skip
        return render(request, "settings/imports.html", context, status=status if form.errors else 200)


@requires(Permission.ADMINISTER)
def import_(request: HttpRequest, org: str, key: UUID) -> HttpResponse:
    """One import. While it runs the page asks for its inner part again every second."""
    batch = _found(key)
    shown = list(batch.problems.all()[:SHOWN_PROBLEMS])
    context = {
        "batch": batch, "problems": shown, "running": batch.state in (Import.State.WAITING, Import.State.RUNNING),
        "can_retry": batch.state == Import.State.FAILED and not shown,
        "title": _("Import of %(day)s") % {"day": batch.created_at.strftime("%Y-%m-%d %H:%M")},
    }  # fmt: skip
    part = request.headers.get("HX-Request") == "true"
    return render(request, "settings/_imports_progress.html" if part else "settings/imports_detail.html", context)


@requires(Permission.ADMINISTER)
def problems(request: HttpRequest, org: str, key: UUID) -> HttpResponse:
    """Every row that was not imported, as CSV."""
    rows = _found(key).problems.values_list("file", "line", "column", "value", "reason")
    return _csv(f"import-{key}.csv", [("file", "line", "column", "value", "reason"), *rows])


@requires(Permission.ADMINISTER)
@require_POST
def run_again(request: HttpRequest, org: str, key: UUID) -> HttpResponse:
    """Go on with an import that failed."""
    if not actions.run_again(_found(key)):
        messages.warning(request, _("This import has not failed; there is nothing to run again."))
    return redirect("settings:import", org=org, key=key)


@requires(Permission.ADMINISTER)
def template(request: HttpRequest, org: str, name: str) -> HttpResponse:
    """A file to fill in: the header and an example."""
    if name not in TEMPLATES:
        raise Http404
    return _csv(f"{name}.csv", TEMPLATES[name], guard=False)


def _found(key: UUID) -> Import:
    try:
        return queries.import_page(key)
    except Import.DoesNotExist:
        raise Http404 from None


def _csv(name: str, rows: Iterable[Iterable], *, guard: bool = True) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response.write("\ufeff")
    csv.writer(response).writerows([_harmless(cell) if guard else cell for cell in row] for row in rows)
    return response


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

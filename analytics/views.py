"""What managers read. Every page takes its period and filters from the address."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersales.tenants.permissions import outside_transaction, requires
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import tenant

from . import dashboard as boards
from . import exports, measures, pages, queries, rollups, slices
from .forms import MeasureForm
from .models import Measure, MonthlyReport, RateRow
from .months import dated

HEAT = (RateRow.Dimension.SUPPLIER, RateRow.Dimension.CATEGORY, RateRow.Dimension.REGION)


def address(request, name: str, query: str = "", **kwargs) -> str:
    """Return the address of one of our pages."""
    url = reverse(f"insights:{name}", kwargs={"org": request.organization.slug, **kwargs})
    return f"{url}?{query}" if query else url


def read(request) -> slices.Slice:
    """Return the slice that the address asks for."""
    return slices.read(request.GET, request.organization, latest=queries.latest_order_day(request.organization))


def one_of(value: str | None, known, default: str) -> str:
    """Return the value, or the default where it is unknown."""
    return value if value in {str(each) for each in known} else default  # type: ignore[return-value]


@require_GET
@requires(Permission.MANAGE)
def dashboard(request, org):
    """Figures, trend, Pareto, suppliers, where problems gather, and measures."""
    where = slices.whole_months(read(request))
    by = one_of(request.GET.get("by"), HEAT, RateRow.Dimension.SUPPLIER.value)
    found = boards.board(request.organization, where)

    def link(query: str) -> str:
        return address(request, "tickets", query)

    rows = queries.ranked(found.rates, where, RateRow.Dimension.SUPPLIER)
    begun = list(
        Measure.objects.select_related("supplier", "carrier").order_by("-started_on", "-pk")[: boards.MARKS * 2]
    )
    context = {
        "where": where, "heat_by": by, "board": found, "tiles": boards.tiles(found, link),
        "growing": boards.growing(found),
        "trend": boards.trend(found, link, begun, lambda measure: address(request, "measure", pk=measure.pk)),
        "pareto": boards.pareto(found, link, address(request, "rates", where.query() + "&by=problem")),
        "suppliers": boards.suppliers(found, rows, link), "supplier_count": len(rows),
        "heat": boards.heat(found, by, link), "switch": pages.switch(request, where, by, HEAT),
        "measures": boards.measured_rows(request.organization, begun[: boards.MEASURES], link),
        "csv_url": address(request, "csv", where.tickets_query(basis=slices.Basis.FILED.value)),
        "rates_url": address(request, "rates", where.query()),
        **pages.filters(request, where),
    }  # fmt: skip
    return render(request, "insights/dashboard.html", context)


@require_GET
@requires(Permission.MANAGE)
def tickets(request, org):
    """The tickets behind a figure: the same set as was counted, with both numbers on top."""
    where = read(request)
    page = queries.ticket_page(
        request.organization, where, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    filed, complained = rollups.ticket_count(request.organization, where)
    count = rollups.Count(orders=rollups.order_count(request.organization, where), complained=complained, filed=filed)
    query = where.tickets_query()
    context = {
        "where": where, "period_words": pages.period_words(where), "page": page, "count": count,
        "is_cohort": where.basis == slices.Basis.PLACED, "chips": pages.chips(request, where),
        "clear_url": address(request, "tickets", pages.bare(where).tickets_query()),
        "next_url": page.after and address(request, "tickets", f"{query}&after={page.after}"),
        "previous_url": page.before and address(request, "tickets", f"{query}&before={page.before}"),
        "csv_url": address(request, "csv", query), "bases": pages.bases(request, where),
        "dashboard_url": address(request, "dashboard", slices.whole_months(where).tickets_query()),
    }  # fmt: skip
    return render(request, "insights/tickets.html", context)


@require_GET
@outside_transaction
@requires(Permission.MANAGE)
def csv(request, org):
    """The same tickets as a file, one row each, sent while it is read."""
    with tenant(request.organization):
        where = read(request)
    response = StreamingHttpResponse(
        exports.tickets_csv(request.organization, where), content_type="text/csv; charset=utf-8"
    )
    name = f"tickets-{request.organization.slug}-{where.start:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@requires(Permission.MANAGE)
def rates(request, org):
    """All slices of a dimension, the surely worst first."""
    where = slices.whole_months(read(request))
    by = one_of(request.GET.get("by"), rollups.DIMENSIONS, RateRow.Dimension.SUPPLIER.value)
    found = rollups.rates(request.organization, where)
    rows, next_url = pages.window(request, "rates", queries.ranked(found, where, by), f"{where.query()}&by={by}")
    context = {
        "where": where, "rows": rows, "next_url": next_url, "by": by, "total": found.count(months=where.months),
        "tabs": pages.dimension_tabs(request, "rates", where.query(), by, rollups.DIMENSIONS),
        "tickets_url": address(request, "tickets"), "dashboard_url": address(request, "dashboard", where.query()),
        **pages.filters(request, where),
    }  # fmt: skip
    return render(request, "insights/rates.html", context)


# ── monthly reports ────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@requires(Permission.MANAGE)
def reports(request, org):
    """The kept monthly reports, the last month first."""
    found, next_url = pages.report_list(request)
    return render(request, "insights/reports.html", {"rows": found, "next_url": next_url})


@require_GET
@requires(Permission.MANAGE)
def report(request, org, pk):
    """One kept report: its numbers as they stood when it was built."""
    kept = get_object_or_404(MonthlyReport, pk=pk)
    by = one_of(request.GET.get("by"), rollups.DIMENSIONS, RateRow.Dimension.PROBLEM.value)
    context = pages.report_page(request, kept, by)
    return render(request, "insights/report.html", {"report": kept, "title": dated(kept.month), "by": by, **context})


@require_GET
@requires(Permission.MANAGE)
def report_csv(request, org, pk):
    """A kept report as a file."""
    kept = get_object_or_404(MonthlyReport, pk=pk)
    rows = kept.rows.order_by("dimension", "-complained", "label", "pk")
    response = HttpResponse("".join(exports.report_csv(kept, rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="report-{request.organization.slug}-{kept.month:%Y-%m}.csv"'
    )
    return response


# ── measures ───────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@requires(Permission.MANAGE)
def measure_list(request, org):
    """The improvement measures with their effect, the latest first."""
    found, next_url = pages.measure_list(request)
    rows = boards.measured_rows(request.organization, found, lambda query: address(request, "tickets", query))
    context = {"rows": rows, "next_url": next_url, "ripe": measures.RIPE, "window": measures.WINDOW}
    return render(request, "insights/measures.html", context)


def _measure_form(request, measure: Measure | None, initial: dict):
    form = MeasureForm(request.POST or None, organization=request.organization, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = measures.record_measure(measure, **form.cleaned_data)
        messages.success(request, _("“%(name)s” is kept.") % {"name": kept.name})
        return redirect(address(request, "measures"))
    status = 422 if form.is_bound else 200
    return render(request, "insights/measure.html", {"form": form, "measure": measure}, status=status)


@requires(Permission.MANAGE)
def measure_new(request, org):
    """Record a measure; the address may bring supplier and problem along."""
    where = read(request)
    supplier = where.supplier if where.supplier != slices.NONE else ""
    initial = {"target": request.organization.target_rate, "supplier": supplier, "problem": where.problem}
    return _measure_form(request, None, initial | {"owner": request.user.pk})


@requires(Permission.MANAGE)
def measure(request, org, pk):
    """Change a measure."""
    kept = get_object_or_404(Measure, pk=pk)
    names = ("name", "what", "problem", "supplier", "carrier", "owner", "started_on", "target")
    return _measure_form(request, kept, {name: getattr(kept, name) for name in names})


@require_POST
@requires(Permission.MANAGE)
def measure_delete(request, org, pk):
    """Forget a measure."""
    kept = get_object_or_404(Measure, pk=pk)
    measures.delete_measure(kept)
    messages.success(request, _("“%(name)s” is deleted. Its orders and tickets stay.") % {"name": kept.name})
    return redirect(address(request, "measures"))

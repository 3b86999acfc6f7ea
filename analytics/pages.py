"""What several pages of managers share: filters, chips, switches, and pages by key."""

from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from . import queries
from .models import Measure, MonthlyReport, RateRow
from .months import dated
from .queries import Row
from .rollups import DIMENSIONS, Count
from .slices import PERIODS, Basis, Slice

SIZE = 50
MEASURES = 10


def _address(request, name: str, query: str = "", **kwargs) -> str:
    url = reverse(f"insights:{name}", kwargs={"org": request.organization.slug, **kwargs})
    return f"{url}?{query}" if query else url


# ── filters ────────────────────────────────────────────────────────────────────────────────────────────────────────
def filters(request, where: Slice) -> dict:
    """Return what the filter form shows."""
    return {
        "choices": queries.choices(where), "periods": list(PERIODS.items()), "period_words": period_words(where),
        "month_from": f"{where.start:%Y-%m}", "month_to": f"{where.months[-1]:%Y-%m}",
        "narrowed": bool(where.region or where.supplier or where.category or where.carrier),
    }  # fmt: skip


def period_words(where: Slice) -> str:
    """Return the period for people: a month, months, or days."""
    if where.start.day == 1 and where.end.day == 1:
        first, last = dated(where.start), dated(where.months[-1])
    else:
        first = formats.date_format(where.start, "j M Y")
        last = formats.date_format(where.end.fromordinal(where.end.toordinal() - 1), "j M Y")
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}


def bare(where: Slice) -> Slice:
    """Return the period and the basis alone."""
    return Slice(start=where.start, end=where.end, basis=where.basis)


def chips(request, where: Slice) -> list[dict]:
    """Return the filters that are on, each with the page without it."""
    return [
        {"label": words, "url": _address(request, "tickets", where.tickets_query(**{name: ""}))}
        for name, words in queries.chip_words(where)
    ]


def bases(request, where: Slice) -> list[dict]:
    """Return the switch between the two sets of tickets that a period holds."""
    names = {Basis.PLACED: _("By order date"), Basis.FILED: _("By filing date")}
    return [
        {
            "label": name, "url": _address(request, "tickets", where.tickets_query(basis=basis.value)),
            "current": where.basis == basis,
        }
        for basis, name in names.items()
    ]  # fmt: skip


def switch(request, where: Slice, by: str, dimensions) -> list[dict]:
    """Return the switch of the heat map."""
    return [
        {
            "label": each.label, "url": _address(request, "dashboard", f"{where.query()}&by={each}") + "#gather",
            "current": each == by,
        }
        for each in dimensions
    ]  # fmt: skip


def dimension_tabs(request, name: str, query: str, by: str, dimensions, **kwargs) -> list[dict]:
    """Return tabs of dimensions."""
    before = f"{query}&" if query else ""
    return [
        {"label": each.label, "url": _address(request, name, f"{before}by={each}", **kwargs), "current": each == by}
        for each in dimensions
    ]  # fmt: skip


# ── pages by key ───────────────────────────────────────────────────────────────────────────────────────────────────
def window(request, name: str, rows: list[Row], query: str) -> tuple[list[Row], str]:
    """Return the rows behind the key that the address names, and the address of the next ones."""
    after = request.GET.get("after")
    keys = [row.key for row in rows]
    start = keys.index(after) + 1 if after in keys else 0
    shown = rows[start : start + SIZE]
    more = start + SIZE < len(rows)
    return shown, _address(request, name, f"{query}&{urlencode({'after': shown[-1].key})}") if more else ""


def _number(request, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def report_list(request) -> tuple[list[dict], str]:
    """Return the kept reports with their totals, and the address of the older ones."""
    kept = MonthlyReport.objects.order_by("-month", "-pk")
    after = _number(request, "after")
    if after is not None:
        kept = kept.filter(month__lt=MonthlyReport.objects.filter(pk=after).values("month")[:1])
    found = list(kept[: SIZE + 1])
    totals = {row.report_id: row for row in RateRow.objects.filter(report__in=found[:SIZE], dimension="total")}
    rows = [{"report": each, "title": dated(each.month), "count": _count(totals.get(each.pk))} for each in found[:SIZE]]
    return rows, _address(request, "reports", f"after={found[SIZE - 1].pk}") if len(found) > SIZE else ""


def _count(row: RateRow | None) -> Count:
    return Count(row.orders, row.complained, row.filed, row.rejected) if row else Count()


def report_page(request, kept: MonthlyReport, by: str) -> dict:
    """Return a kept report's total and one of its tables, by key."""
    month = Slice(kept.month, kept.month).month(kept.month)
    rows = kept.rows.filter(dimension=by).order_by("-complained", "-orders", "pk")
    after = _number(request, "after")
    last = kept.rows.filter(pk=after).values_list("complained", "orders", "pk").first() if after is not None else None
    if last:
        complained, orders, pk = last
        rows = rows.filter(
            Q(complained__lt=complained)
            | Q(complained=complained, orders__lt=orders)
            | Q(complained=complained, orders=orders, pk__gt=pk)
        )
    found = list(rows[: SIZE + 1])
    shown = [
        Row(by, row.key, queries.label(by, row.key, {row.key: row.label}), _count(row), month) for row in found[:SIZE]
    ]
    query = f"by={by}&after={found[SIZE - 1].pk}" if len(found) > SIZE else ""
    total = Row("total", "", _("All orders"), _count(kept.rows.filter(dimension="total").first()), month)
    return {
        "rows": shown, "total": total, "next_url": query and _address(request, "report", query, pk=kept.pk),
        "tabs": dimension_tabs(request, "report", "", by, DIMENSIONS, pk=kept.pk),
        "tickets_url": _address(request, "tickets"),
    }  # fmt: skip


def measure_list(request) -> tuple[list[Measure], str]:
    """Return measures, the latest first, and the address of the earlier ones."""
    found = Measure.objects.select_related("supplier", "carrier", "owner").order_by("-started_on", "-pk")
    after = _number(request, "after")
    last = Measure.objects.filter(pk=after).first() if after is not None else None
    if last:
        found = found.filter(Q(started_on__lt=last.started_on) | Q(started_on=last.started_on, pk__lt=last.pk))
    rows = list(found[: MEASURES + 1])
    return rows[:MEASURES], _address(request, "measures", f"after={rows[MEASURES - 1].pk}") if len(
        rows
    ) > MEASURES else ""

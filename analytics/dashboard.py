"""The manager's dashboard: its figures, charts and tables, each with the tickets behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.tenants.models import Organization
from aftersales.ui import charts
from aftersales.ui.templatetags.values import money, percent
from tickets.problems import Group

from . import figures, measures, rollups
from .figures import Sample, Spent
from .models import Measure
from .months import add_months, dated, months_of, short, today_of
from .queries import Row, ranked
from .rollups import Count, Dimension, Rates
from .slices import Basis, Slice

Link = Callable[[str], str]  # makes the address of the list of tickets out of a query
ROWS, BARS, MARKS, MEASURES = 8, 8, 6, 3
UNKNOWN_GROWTH = 60  # days; until ten tickets tell better


@dataclass(frozen=True)
class Tile:
    """One figure: its value, how it changed (worse is red, better green), and a note."""

    name: str
    value: str
    change: str = ""
    worse: bool | None = None
    notes: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Board:
    """All that was counted for one dashboard; the parts below draw from it."""

    organization: Organization
    where: Slice
    today: dt.date
    rates: Rates
    samples: dict[str, figures.Months]
    costs: dict[dt.date | None, list[Spent]]
    growth: int | None
    pair: tuple[dt.date, dt.date] | None  # the two months that a change compares
    settled_pair: tuple[dt.date, dt.date] | None  # the same, the last one old enough for its complaints to have come

    @property
    def total(self) -> Count:
        """The counts of the whole period."""
        return self.rates.count(months=self.where.months)

    def young(self) -> list[dt.date]:
        """Return the months with orders whose complaints are still coming in."""
        since = self.today - dt.timedelta(days=self.growth or UNKNOWN_GROWTH)
        by_month = self.rates.months()
        return [
            month for month in self.where.months if add_months(month, 1) > since and by_month.get(month, Count()).orders
        ]

    def sample(self, kind: str, month: dt.date | None = None) -> Sample:
        """Return a month's sample, or the whole period's."""
        if month is None and len(self.where.months) == 1:
            month = self.where.months[0]  # its statement also read the month before
        return self.samples[kind].get(month, Sample())

    def spent(self, month: dt.date | None = None) -> list[Spent]:
        """Return a month's costs, or the whole period's."""
        if month is None and len(self.where.months) == 1:
            month = self.where.months[0]
        return self.costs.get(month, [])


def board(organization, where: Slice, *, now: dt.datetime | None = None) -> Board:
    """Count everything: seven statements, whatever the period and the filters."""
    now = now or timezone.now()
    today = today_of(organization, now)
    growth = figures.growth(organization, where)
    pair = figures.pair(where, today)
    settled_pair = figures.pair(where, today, settled=growth or UNKNOWN_GROWTH)
    since = min(where.start, pair[0]) if pair else where.start
    # The year before, for the dashed line, also holds the month that a single month is compared with.
    wide = replace(where, start=add_months(where.months[0], -12))
    return Board(
        organization=organization, where=where, today=today, growth=growth, pair=pair, settled_pair=settled_pair,
        rates=rollups.rates(organization, wide, filed_since=since),
        samples=figures.samples(organization, replace(where, start=since)),
        costs=figures.costs(organization, replace(where, start=since)),
    )  # fmt: skip


# ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _number(value: float, digits: int = 0) -> str:
    return formats.number_format(round(value, digits), digits, force_grouping=True)


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits) or 0.0
    return ("+" if rounded > 0 else "−" if rounded < 0 else "") + _number(abs(rounded), digits)


def _changed(pair, value: Callable[[dt.date], float | None], digits: int, *, good: int, unit: str = "") -> dict:
    """Return the change between the two months of a pair; `good` is the sign of a change for the better."""
    first, last = (value(month) for month in pair) if pair else (None, None)
    if first is None or last is None:
        return {}
    change = round(float(last) - float(first), digits)
    return {"change": _signed(change, digits) + unit, "worse": None if change == 0 else (change > 0) != (good > 0)}


def took(hours: float | None) -> str:
    """Return a time for people: hours below three days, else days."""
    if hours is None:
        return "–"
    if hours < 72:
        return _("%(n)s h") % {"n": _number(hours, 1)}
    return _("%(n)s d") % {"n": _number(hours / 24, 1)}


def tiles(found: Board, link: Link) -> list[Tile]:
    """Return the six figures of the period. Changes compare its first month with its last full one."""
    return [
        _rate_tile(found, link),
        _tickets_tile(found, link),
        _answer_tile(found),
        _limits_tile(found),
        _rating_tile(found),
        _cost_tile(found),
    ]


def _rate_tile(found: Board, link: Link) -> Tile:
    total, by_month = found.total, found.rates.months()
    notes = [_("target %(target)s") % {"target": percent(found.organization.target_rate, 1)}]
    if total.interval:
        notes.append(f"{percent(total.interval.low, 1)} – {percent(total.interval.high, 1)}")
    changed = _changed(found.settled_pair, lambda month: by_month.get(month, Count()).rate, 1, good=-1)
    url = link(found.where.tickets_query(basis=Basis.PLACED.value))
    return Tile(_("Complaint rate"), percent(total.rate, 1), notes=tuple(notes), url=url, **changed)


def _tickets_tile(found: Board, link: Link) -> Tile:
    total, by_month = found.total, found.rates.months()
    notes = [ngettext("%(n)s order", "%(n)s orders", total.orders) % {"n": _number(total.orders)}]
    if total.rejected:
        notes.append(_("%(n)s rejected") % {"n": _number(total.rejected)})
    changed = _changed(found.pair, lambda month: by_month.get(month, Count()).filed, 0, good=-1)
    url = link(found.where.tickets_query(basis=Basis.FILED.value))
    return Tile(_("Tickets filed"), _number(total.filed), notes=tuple(notes), url=url, **changed)


def _answer_tile(found: Board) -> Tile:
    notes = (_("to closing %(time)s") % {"time": took(found.sample("close").median)},)
    changed = _changed(found.pair, lambda month: found.sample("answer", month).median, 1, good=-1, unit=" " + _("h"))
    return Tile(_("Time to first answer, median"), took(found.sample("answer").median), notes=notes, **changed)


def _limits_tile(found: Board) -> Tile:
    def met(month: dt.date | None = None) -> float | None:
        mean = found.sample("limit", month).mean
        return None if mean is None else mean * 100

    count = found.sample("limit").count
    notes = (ngettext("%(n)s stage ended", "%(n)s stages ended", count) % {"n": _number(count)},)
    return Tile(_("Deadlines met"), percent(met(), 1), notes=notes, **_changed(found.pair, met, 1, good=1))


def _rating_tile(found: Board) -> Tile:
    sample = found.sample("rating")
    notes = (ngettext("%(n)s answer", "%(n)s answers", sample.count) % {"n": _number(sample.count)},)
    changed = _changed(found.pair, lambda month: found.sample("rating", month).mean, 1, good=1)
    value = "–" if sample.mean is None else _number(sample.mean, 1)
    return Tile(_("Rating after closing"), value, notes=notes, **changed)


def _cost_tile(found: Board) -> Tile:
    """Per currency, the base currency first: amounts of different currencies are never added."""
    orders, spent, by_month = found.total.orders, found.spent(), found.rates.months()
    if not orders or not spent:
        return Tile(_("Cost per 100 orders"), "–", notes=(_("nothing closed with costs"),))
    first, *others = spent

    def per_100(month: dt.date) -> float | None:
        placed = by_month.get(month, Count()).orders
        amount = next((float(each.amount) for each in found.spent(month) if each.currency == first.currency), 0.0)
        return amount / placed * 100 if placed else None

    share = first.by_suppliers / first.amount * 100 if first.amount else None
    notes = [_("suppliers pay %(share)s") % {"share": percent(share)}]
    notes += [format_html(_("and {}"), money(each.amount / orders * 100, each.currency)) for each in others]
    value = money(first.amount / orders * 100, first.currency)
    return Tile(_("Cost per 100 orders"), value, notes=tuple(notes), **_changed(found.pair, per_100, 2, good=-1))


# ── charts ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def trend(found: Board, link: Link, measured: list[Measure], measure_url: Callable[[Measure], str]) -> str:
    """Return the complaint rate by month, with target, the year before, and where measures began."""
    months, by_month, where = found.where.months, found.rates.months(), found.where

    def point(month: dt.date) -> charts.Point:
        url = link(where.month(month).tickets_query(basis=Basis.PLACED.value))
        return charts.Point(short(month), by_month.get(month, Count()).rate, url)

    before = [by_month.get(add_months(month, -12), Count()).rate for month in months]
    marks = [
        charts.Mark(months.index(measure.started_on.replace(day=1)), measure.name, measure_url(measure))
        for measure in measured if measure.started_on.replace(day=1) in months
    ]  # fmt: skip
    return charts.line(
        [point(month) for month in months], name=_("Complaint rate by month of the order"),
        target=found.organization.target_rate, compare=before, marks=marks[:MARKS],
        digits=1, unit="%", series=_("Complaint rate"), compared=_("Year before"),
        # As tall as the measures beside it.
        height=262 if len(measured) < MEASURES else 380,
    )  # fmt: skip


def growing(found: Board) -> str:
    """Return the sentence that young months still grow, or nothing."""
    young = found.young()
    if not young:
        return ""
    months = (
        dated(young[0])
        if len(young) == 1
        else _("%(first)s to %(last)s") % {"first": dated(young[0]), "last": dated(young[-1])}
    )
    if found.growth is None:
        return _("Young months still grow, because complaints about their orders are still coming in: %(months)s.") % {
            "months": months
        }
    return _("9 of 10 complaints come within %(days)s days of the order. Young months still grow: %(months)s.") % {
        "days": found.growth, "months": months,
    }  # fmt: skip


def pareto(found: Board, link: Link, rest_url: str) -> str:
    """Return the problems of the tickets filed in the period, most frequent first."""
    rows = sorted(ranked(found.rates, found.where, Dimension.PROBLEM), key=lambda row: (-row.count.filed, row.name))
    rows = [row for row in rows if row.count.filed]
    bars = [charts.Bar(row.name, row.count.filed, link(row.filed_query)) for row in rows[:BARS]]
    rest = rows[BARS:]
    if rest:
        text = ngettext("%(n)d more problem", "%(n)d more problems", len(rest)) % {"n": len(rest)}
        bars.append(charts.Bar(text, sum(row.count.filed for row in rest), rest_url))
    return charts.pareto(bars, name=_("Problems, most frequent first"), unit=_("tickets"))


# ── tables ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _share(part: Decimal, whole: Decimal | None) -> Decimal | None:
    return part / whole * 100 if whole else None


def suppliers(found: Board, rows: list[Row], link: Link) -> list[dict]:
    """Return the suppliers' table: rate, twelve months, tickets, their share of the costs, their time to answer."""
    shown = rows[:ROWS]
    ids = [int(row.key) for row in shown if row.key]
    borne, answered = figures.partners(found.organization, found.where, ids)
    all_spent = {spent.currency: spent.amount for spent in found.spent()}
    # Young months would make every line fall at its end.
    last = found.settled_pair[1] if found.settled_pair else found.where.months[-1]
    year = months_of(add_months(last, -11), add_months(last, 1))
    table = []
    for row in shown:
        by_month = found.rates.months(Dimension.SUPPLIER, row.key)
        pk = int(row.key) if row.key else 0
        line = [by_month.get(month, Count()).rate for month in year]
        table.append({
            "row": row, "url": link(row.placed_query), "filed_url": link(row.filed_query),
            "spark": charts.spark(line, name=_("Complaint rate of %(name)s") % {"name": row.name}, digits=1),
            "borne": [(each, _share(each.amount, all_spent.get(each.currency))) for each in borne.get(pk, [])],
            "answer": took(answered[pk].median) if pk in answered else "–",
        })  # fmt: skip
    return table


def heat(found: Board, dimension: str, link: Link) -> dict:
    """Return where problems gather: complaint rates of a dimension's slices by problem group."""
    rows = sorted(ranked(found.rates, found.where, dimension), key=lambda row: (-row.count.complained, row.name))
    rows = [row for row in rows if row.count.complained and row.count.orders][:ROWS]
    counted = rollups.gathered(found.organization, found.where, dimension)
    keys = {row.key for row in rows}
    groups = [group for group in Group if any(counted.get((key, group.value)) for key in keys)]
    values = {
        (row.key, group): counted.get((row.key, group.value), 0) / row.count.orders * 100
        for row in rows
        for group in groups
    }
    most = max(values.values(), default=0)

    def cell(row: Row, group: Group) -> dict:
        value = values[row.key, group]
        query = found.where.of(row.dimension, row.key).tickets_query(basis=Basis.PLACED.value, group=group.value)
        return {"value": value, "level": charts.level(value, most), "group": group.label, "url": link(query)}

    return {
        "groups": [group.label for group in groups],
        "rows": [
            {
                "name": row.name, "rate": row.count.rate, "url": link(row.placed_query), "too_few": row.count.too_few,
                "cells": [cell(row, group) for group in groups],
            }
            for row in rows
        ],
    }  # fmt: skip


def measured_rows(organization, shown: list[Measure], link: Link, *, now: dt.datetime | None = None) -> list[dict]:
    """Return measures with their effect, their two rates as shares of the larger one, and the tickets of each side."""
    rows = []
    for effect in measures.effects(organization, shown, now=now):
        most = max(effect.before.rate or 0, effect.after.rate or 0) or 1
        rows.append({
            "measure": effect.measure, "effect": effect, "tone": TONES[effect.verdict],
            "before": (effect.before.rate or 0) / most * 100, "after": (effect.after.rate or 0) / most * 100,
            "before_url": link(effect.before_slice.tickets_query()),
            "after_url": link(effect.after_slice.tickets_query()) if effect.after_slice else "",
        })  # fmt: skip
    return rows


TONES = {"early": "", "better": "green", "worse": "red", "same": "amber"}

"""Charts as SVG: text, links and a table behind them; colours by CSS classes; no script. Pure functions."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.template.loader import render_to_string
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

Number = int | float | Decimal
Place = tuple[float, float]
CHAR = 6.4  # about the width of a character at 11.5 px


@dataclass(frozen=True)
class Point:
    """A month and its value; None leaves a gap."""

    label: str
    value: Number | None
    href: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar of a Pareto chart."""

    label: str
    value: Number
    href: str = ""


@dataclass(frozen=True)
class Mark:
    """Something that happened at the point with this index: a measure began."""

    at: int
    text: str
    href: str = ""


def _known(value: Number | None) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _text(value: float | None, digits: int) -> str:
    if value is None:
        return "–"
    return formats.number_format(round(Decimal(str(value)), digits), digits, force_grouping=True).replace("-", "−")


def ticks(maximum: float, about: int = 4) -> list[float]:
    """Round steps from 0 to the first at or above `maximum`."""
    if maximum <= 0:
        return [0.0, 1.0]
    raw = maximum / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    count = math.ceil(maximum / step - 1e-9)
    return [round(step * each, 10) for each in range(count + 1)]


def _axis(steps: Sequence[float], bottom: float, height: float) -> list[dict]:
    whole = all(step == int(step) for step in steps)
    fraction = 0 if whole else max(len(f"{step:g}".partition(".")[2]) for step in steps)
    return [
        {"y": round(bottom - step / steps[-1] * height, 1), "text": _text(step, min(fraction, 4))} for step in steps
    ]


def _runs(places: Iterable[Place | None]) -> list[list[Place]]:
    """Split at the gaps."""
    runs: list[list[Place]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _path(run: Sequence[Place]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)


def _lines(label: str, width: float, most: int = 2) -> list[str]:
    """A label in at most two lines of about `width`; what is too long is cut, the title has it whole."""
    room, lines = max(4, int(width / CHAR)), [""]
    for word in str(label).split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room and len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return [line if len(line) <= room + 1 else line[:room].rstrip() + "…" for line in lines]


def line(
    points: Sequence[Point],
    *,
    name: str,
    target: Number | None = None,
    compare: Sequence[Number | None] = (),
    marks: Sequence[Mark] = (),
    digits: int = 2,
    unit: str = "",
    series: str = "",
    compared: str = "",
    summary: str = "",
    width: int = 760,
    height: int = 262,
) -> SafeString:
    """A value by month, with last year's (dashed), a target and the moments when measures began."""
    values = [_known(point.value) for point in points]
    before = [_known(value) for value in compare][: len(points)]
    before += [None] * (len(points) - len(before))
    goal = _known(target)
    known = [value for value in [*values, *before, goal] if value is not None]
    if not any(value is not None for value in values):
        return render_to_string("chart/none.html", {"name": name})

    steps = ticks(max(known))
    top, bottom, right = 22 if marks else 14, height - 26.0, width - 14.0
    left = 14 + max(len(tick["text"]) for tick in _axis(steps, 1, 1)) * CHAR + 4
    inner = bottom - top

    def x(index: int) -> float:
        return left + (right - left) * (index / (len(points) - 1) if len(points) > 1 else 0.5)

    def y(value: float) -> float:
        return bottom - max(0.0, value) / steps[-1] * inner

    runs = _runs(None if value is None else (x(index), y(value)) for index, value in enumerate(values))
    runs_before = _runs(None if value is None else (x(index), y(value)) for index, value in enumerate(before))
    last = max(index for index, value in enumerate(values) if value is not None)
    every = max(
        1, math.ceil(len(points) * max(len(str(point.label)) for point in points) * CHAR * 1.3 / (right - left))
    )
    series, compared = series or name, compared or gettext("Year before")
    rows = [
        {
            "label": point.label,
            "value": _text(value, digits),
            "compare": _text(past, digits),
            "href": point.href,
            "known": value is not None,
            "x": round(x(index), 1),
            "y": round(y(value or 0), 1),
            "tick": (len(points) - 1 - index) % every == 0,
            "anchor": "end" if index == len(points) - 1 and len(points) > 1 and len(str(point.label)) > 5 else "middle",
        }
        for index, (point, value, past) in enumerate(zip(points, values, before, strict=True))
    ]
    return render_to_string(
        "chart/line.html",
        {
            "name": name,
            "unit": unit,
            "series": series,
            "compared": compared,
            "rows": rows,
            "has_compare": any(v is not None for v in before),
            "width": width,
            "height": height,
            "left": round(left, 1),
            "right": right,
            "bottom": bottom,
            "axis": _axis(steps, bottom, inner),
            "target": None if goal is None else {"y": round(y(goal), 1), "text": _text(goal, digits)},
            "area": [
                f"{_path(run)}L{run[-1][0]:.1f} {bottom:.1f}L{run[0][0]:.1f} {bottom:.1f}Z"
                for run in runs
                if len(run) > 1
            ],
            "line": [_path(run) for run in runs if len(run) > 1],
            "before": [_path(run) for run in runs_before if len(run) > 1],
            "marks": _placed(marks, len(points), x, right),
            "last": _last(values, last, x, y, digits),
            "linked": any(point.href for point in points) or any(mark.href for mark in marks),
            "summary": summary or _told(name, points, values, goal, digits),
        },
    )


def _last(values, last: int, x, y, digits: int) -> dict:
    """The newest value as text, on the side that the line does not come from."""
    at, earlier = y(values[last]), [value for value in values[:last] if value is not None]
    rising = bool(earlier) and earlier[-1] < values[last]
    below = (not rising or at < 24) and at + 16 < y(0) - 4
    return {"x": round(x(last), 1), "y": round(at + 16 if below else at - 9, 1), "text": _text(values[last], digits)}


def _placed(marks: Sequence[Mark], count: int, x, right: float) -> list[dict]:
    """Marks inside the chart; a text that would run out of it or into the next one goes to the other side or lower."""
    placed, ends = [], [0.0, 0.0, 0.0]
    for mark in sorted(marks, key=lambda mark: mark.at):
        if not 0 <= mark.at < count:
            continue
        at, wide = x(mark.at), len(str(mark.text)) * CHAR
        turned = at + 5 + wide > right
        start = at - 5 - wide if turned else at + 5
        row = next((row for row, end in enumerate(ends) if start > end), len(ends) - 1)
        ends[row] = start + wide
        placed.append(
            {
                "x": round(at, 1),
                "text": mark.text,
                "href": mark.href,
                "tx": round(at - 5 if turned else at + 5, 1),
                "ty": 15 + row * 14,
                "anchor": "end" if turned else "start",
            }
        )
    return placed


def _told(name: str, points: Sequence[Point], values: Sequence[float | None], goal: float | None, digits: int) -> str:
    present = [index for index, value in enumerate(values) if value is not None]
    first, last = present[0], present[-1]
    was, now = values[first] or 0.0, values[last] or 0.0
    words = {
        "name": name,
        "first": _text(was, digits),
        "last": _text(now, digits),
        "from": points[first].label,
        "to": points[last].label,
    }
    if first == last:
        told = gettext("%(name)s: %(last)s in %(to)s.") % words
    elif now == was:
        told = gettext("%(name)s: %(last)s in %(to)s, the same as in %(from)s.") % words
    elif now < was:
        told = gettext("%(name)s fell from %(first)s in %(from)s to %(last)s in %(to)s.") % words
    else:
        told = gettext("%(name)s rose from %(first)s in %(from)s to %(last)s in %(to)s.") % words
    if goal is not None:
        told += " " + gettext("Target %(target)s.") % {"target": _text(goal, digits)}
    return told


def pareto(
    bars: Sequence[Bar],
    *,
    name: str,
    unit: str = "",
    digits: int = 0,
    summary: str = "",
    width: int = 520,
    height: int = 286,
) -> SafeString:
    """The most frequent first, with the share they make together; the bars up to 80 % are strong."""
    kept = sorted(((_known(bar.value) or 0.0, bar) for bar in bars), key=lambda pair: -pair[0])
    total = sum(value for value, _bar in kept)
    if not kept or total <= 0:
        return render_to_string("chart/none.html", {"name": name})

    steps = ticks(kept[0][0], 3)
    left = 14 + max(len(tick["text"]) for tick in _axis(steps, 1, 1)) * CHAR + 4
    top, bottom, right = 20.0, height - 44.0, width - 40.0
    inner, slot = bottom - top, (right - left) / len(kept)
    wide = min(slot * 0.72, 64)
    rows, curve, running, vital = [], list[Place](), 0.0, 0
    for index, (value, bar) in enumerate(kept):
        if running < 0.8 * total - 1e-9:
            vital = index + 1
        running += value
        middle = left + slot * (index + 0.5)
        curve.append((middle, bottom - running / total * inner))
        tall = value / steps[-1] * inner
        rows.append(
            {
                "label": bar.label,
                "value": _text(value, digits),
                "href": bar.href,
                "share": _text(value / total * 100, 0),
                "together": _text(running / total * 100, 0),
                "x": round(middle - wide / 2, 1),
                "y": round(bottom - tall, 1),
                "tall": round(tall, 1),
                "wide": round(wide, 1),
                "middle": round(middle, 1),
                "strong": vital == index + 1,
                "lines": [
                    {"text": text, "y": bottom + 16 + 14 * row} for row, text in enumerate(_lines(bar.label, slot))
                ],
                "above": round(bottom - tall - 5, 1),
                "py": round(curve[-1][1], 1),
            }
        )
    told = ngettext(
        "%(name)s. The first of %(all)d makes %(share)s%% of %(total)s %(unit)s.",
        "%(name)s. The first %(vital)d of %(all)d make %(share)s%% of %(total)s %(unit)s.",
        vital,
    ) % {
        "name": name,
        "vital": vital,
        "all": len(kept),
        "share": rows[vital - 1]["together"],
        "total": _text(total, digits),
        "unit": unit,
    }
    return render_to_string(
        "chart/pareto.html",
        {
            "name": name,
            "unit": unit,
            "rows": rows,
            "width": width,
            "height": height,
            "left": round(left, 1),
            "right": right,
            "label_x": right + 6,
            "axis": _axis(steps, bottom, inner),
            "bottom": bottom,
            "eighty": round(bottom - 0.8 * inner, 1),
            "shares": [
                {"y": round(bottom - share / 100 * inner + 4, 1), "text": _text(share, 0)} for share in (0, 50, 80, 100)
            ],
            "curve": _path(curve),
            "linked": any(bar.href for _value, bar in kept),
            "summary": summary or told.replace(" .", "."),
        },
    )


def spark(
    values: Sequence[Number | None], *, name: str = "", digits: int = 2, width: int = 120, height: int = 28
) -> SafeString:
    """A line without axes, beside its number; with a `name` it is read aloud."""
    known = [_known(value) for value in values]
    present = [value for value in known if value is not None]
    low, high = (min(present), max(present)) if present else (0.0, 0.0)

    def place(index: int, value: float) -> Place:
        across = 4 + (width - 8) * (index / (len(known) - 1) if len(known) > 1 else 1.0)
        return across, height / 2 if high == low else height - 4 - (value - low) / (high - low) * (height - 8)

    runs = _runs(None if value is None else place(index, value) for index, value in enumerate(known))
    told = ""
    if name and present:
        told = gettext("%(name)s: lowest %(low)s, highest %(high)s, last %(last)s") % {
            "name": name,
            "low": _text(low, digits),
            "high": _text(high, digits),
            "last": _text(present[-1], digits),
        }
    end = runs[-1][-1] if runs else None
    return render_to_string(
        "chart/spark.html",
        {
            "width": width,
            "height": height,
            "paths": [_path(run) for run in runs if len(run) > 1],
            "told": told,
            "end": end and {"x": f"{end[0]:.1f}", "y": f"{end[1]:.1f}"},
            "alone": [{"x": f"{run[0][0]:.1f}", "y": f"{run[0][1]:.1f}"} for run in runs[:-1] if len(run) == 1],
        },
    )


def level(value: Number | None, maximum: Number | None) -> str:
    """The shade of a heat map's cell, from `k0` (nothing) to `k6` (the most)."""
    share, most = _known(value) or 0.0, _known(maximum) or 0.0
    if share <= 0 or most <= 0:
        return "k0"
    return f"k{min(6, 1 + int(min(1.0, share / most) * 6 - 1e-9))}"

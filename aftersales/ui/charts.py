"""Charts as SVG: text, links and a table behind them; colours by CSS classes; no script. Pure functions."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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


@dataclass(frozen=True)
class _Frame:
    """Where the inside of a chart lies, and the steps of its axis; `count` points stand side by side."""

    steps: Sequence[float]
    count: int
    top: float
    bottom: float
    right: float

    @property
    def left(self) -> float:
        """Room for the axis' longest number."""
        return 14 + max(len(tick["text"]) for tick in _axis(self.steps, 1, 1)) * CHAR + 4

    @property
    def inner(self) -> float:
        return self.bottom - self.top

    @property
    def slot(self) -> float:
        return (self.right - self.left) / self.count

    def x(self, index: int) -> float:
        return self.left + (self.right - self.left) * (index / (self.count - 1) if self.count > 1 else 0.5)

    def y(self, value: float) -> float:
        return self.bottom - max(0.0, value) / self.steps[-1] * self.inner

    def runs(self, values: Sequence[float | None]) -> list[list[Place]]:
        """Return where the values lie, split at the gaps."""
        return _runs(None if value is None else (self.x(n), self.y(value)) for n, value in enumerate(values))

    def edges(self) -> dict[str, Any]:
        """Return what every template of a chart with axes needs of it."""
        return {
            "left": round(self.left, 1), "right": self.right, "bottom": self.bottom,
            "axis": _axis(self.steps, self.bottom, self.inner),
        }  # fmt: skip


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

    frame = _Frame(ticks(max(known)), len(points), 22 if marks else 14, height - 26.0, width - 14.0)
    runs = [run for run in frame.runs(values) if len(run) > 1]
    words = {
        "name": name, "unit": unit, "series": series or name, "compared": compared or gettext("Year before"),
        "summary": summary or _told(name, points, values, goal, digits), "width": width, "height": height,
    }  # fmt: skip
    return render_to_string(
        "chart/line.html",
        words
        | frame.edges()
        | {
            "rows": _line_rows(frame, points, values, before, digits),
            "has_compare": any(value is not None for value in before),
            "target": None if goal is None else {"y": round(frame.y(goal), 1), "text": _text(goal, digits)},
            "area": [
                f"{_path(run)}L{run[-1][0]:.1f} {frame.bottom:.1f}L{run[0][0]:.1f} {frame.bottom:.1f}Z" for run in runs
            ],
            "line": [_path(run) for run in runs],
            "before": [_path(run) for run in frame.runs(before) if len(run) > 1],
            "marks": _placed(marks, frame),
            "last": _last(values, frame, digits),
            "linked": any(point.href for point in points) or any(mark.href for mark in marks),
        },
    )


def _line_rows(
    frame: _Frame, points: Sequence[Point], values: list[float | None], before: list[float | None], digits: int
) -> list[dict]:
    """Return the points with their texts and places; only every so many have their label below the axis."""
    longest = max(len(str(point.label)) for point in points)
    every = max(1, math.ceil(len(points) * longest * CHAR * 1.3 / (frame.right - frame.left)))
    last = len(points) - 1
    return [
        {
            "label": point.label,
            "value": _text(value, digits),
            "compare": _text(past, digits),
            "href": point.href,
            "known": value is not None,
            "x": round(frame.x(index), 1),
            "y": round(frame.y(value or 0), 1),
            "tick": (last - index) % every == 0,
            "anchor": "end" if index == last > 0 and len(str(point.label)) > 5 else "middle",
        }
        for index, (point, value, past) in enumerate(zip(points, values, before, strict=True))
    ]


def _last(values: Sequence[float | None], frame: _Frame, digits: int) -> dict:
    """The newest value as text, on the side that the line does not come from."""
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    last, value = known[-1]
    at = frame.y(value)
    rising = len(known) > 1 and known[-2][1] < value
    below = (not rising or at < 24) and at + 16 < frame.bottom - 4
    return {"x": round(frame.x(last), 1), "y": round(at + 16 if below else at - 9, 1), "text": _text(value, digits)}


def _placed(marks: Sequence[Mark], frame: _Frame) -> list[dict]:
    """Marks inside the chart; a text that would run out of it or into the next one goes to the other side or lower."""
    placed, ends = [], [0.0, 0.0, 0.0]
    for mark in sorted(marks, key=lambda mark: mark.at):
        if not 0 <= mark.at < frame.count:
            continue
        at, wide = frame.x(mark.at), len(str(mark.text)) * CHAR
        turned = at + 5 + wide > frame.right
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

    frame = _Frame(ticks(kept[0][0], 3), len(kept), 20.0, height - 44.0, width - 40.0)
    rows = _pareto_rows(frame, kept, total, digits)
    vital = next(index for index, row in enumerate(rows, start=1) if row["enough"])
    told = ngettext(
        "%(name)s. The first of %(all)d makes %(share)s%% of %(total)s %(unit)s.",
        "%(name)s. The first %(vital)d of %(all)d make %(share)s%% of %(total)s %(unit)s.",
        vital,
    ) % {
        "name": name, "vital": vital, "all": len(kept), "share": rows[vital - 1]["together"],
        "total": _text(total, digits), "unit": unit,
    }  # fmt: skip
    shares = [
        {"y": round(frame.bottom - share / 100 * frame.inner + 4, 1), "text": _text(share, 0)}
        for share in (0, 50, 80, 100)
    ]
    words = {
        "name": name,
        "unit": unit,
        "summary": summary or told.replace(" .", "."),
        "width": width,
        "height": height,
    }
    return render_to_string(
        "chart/pareto.html",
        words
        | frame.edges()
        | {
            "rows": rows,
            "label_x": frame.right + 6,
            "eighty": round(frame.bottom - 0.8 * frame.inner, 1),
            "shares": shares,
            "curve": _path([row["place"] for row in rows]),
            "linked": any(bar.href for _value, bar in kept),
        },
    )


def _pareto_rows(frame: _Frame, kept: Sequence[tuple[float, Bar]], total: float, digits: int) -> list[dict]:
    """Return the bars with their texts and places; `strong` until they make 80 % together, which is then `enough`."""
    rows, running, wide = list[dict](), 0.0, min(frame.slot * 0.72, 64)
    for index, (value, bar) in enumerate(kept):
        strong = running < 0.8 * total - 1e-9
        running += value
        middle, tall = frame.left + frame.slot * (index + 0.5), value / frame.steps[-1] * frame.inner
        place = (middle, frame.bottom - running / total * frame.inner)
        rows.append(
            {
                "label": bar.label,
                "value": _text(value, digits),
                "href": bar.href,
                "share": _text(value / total * 100, 0),
                "together": _text(running / total * 100, 0),
                "x": round(middle - wide / 2, 1),
                "y": round(frame.bottom - tall, 1),
                "tall": round(tall, 1),
                "wide": round(wide, 1),
                "middle": round(middle, 1),
                "strong": strong,
                "enough": running >= 0.8 * total - 1e-9,
                "lines": [
                    {"text": text, "y": frame.bottom + 16 + 14 * row}
                    for row, text in enumerate(_lines(bar.label, frame.slot))
                ],
                "above": round(frame.bottom - tall - 5, 1),
                "py": round(place[1], 1),
                "place": place,
            }
        )
    return rows


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
            "name": name, "low": _text(low, digits), "high": _text(high, digits), "last": _text(present[-1], digits),
        }  # fmt: skip
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

"""Pages by key: a page costs the same at the end of the list as at its beginning, and nothing is shown twice."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the cursors of its neighbours ("" where there is none)."""

    rows: list
    previous: str
    next: str


def page_by_key(queryset: QuerySet, *, key: str, cursor: str, size: int, descending: bool = False) -> Page:
    """Return the rows after (or, for a cursor beginning with `-`, before) the cursor, ordered by `key` and id.

    A cursor that nobody made leads to the first page.
    """
    edge = _edge(queryset, key, cursor.removeprefix("-"))
    back = bool(edge) and cursor.startswith("-")
    down = descending != back
    ordered = queryset.order_by(f"-{key}" if down else key, "-pk" if down else "pk")
    if edge:
        value, pk = edge
        step = "lt" if down else "gt"
        # The first part repeats what the second says, in a shape that an index is read by.
        ordered = ordered.filter(
            Q(**{f"{key}__{step}e": value}) & (Q(**{f"{key}__{step}": value}) | Q(**{key: value, f"pk__{step}": pk}))
        )
    found = list(ordered[: size + 1])
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    before, after = (more, True) if back else (bool(edge), more)
    return Page(
        rows,
        f"-{_cursor(rows[0], key)}" if rows and before else "",
        _cursor(rows[-1], key) if rows and after else "",
    )


def _cursor(row: Any, key: str) -> str:
    value = getattr(row, key)
    return f"{row.pk}~{value.isoformat() if isinstance(value, dt.datetime) else value}"


def _edge(queryset: QuerySet, key: str, cursor: str) -> tuple[Any, int] | None:
    pk, mark, text = cursor.partition("~")
    if not mark or not pk.isdecimal() or len(pk) > 18 or "\0" in text:
        return None
    try:
        # A "+" of the offset that came as a space.
        value = queryset.model._meta.get_field(key).to_python(text.replace(" ", "+") if "T" in text[:11] else text)
    except (ValidationError, ValueError, OverflowError):
        return None
    return (value, int(pk)) if value is not None else None

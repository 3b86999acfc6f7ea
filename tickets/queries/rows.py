"""Rows of another table as JSON in one column, so that what hangs on a ticket comes with its own statement."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast, JSONObject

Row = dict[str, Any]


def as_rows(queryset: QuerySet[Any], *names: str, **expressions: Any) -> ArraySubquery:
    """Return the rows of a queryset as dictionaries, in one column of the outer row."""
    return ArraySubquery(queryset.values(row=JSONObject(**{name: name for name in names}, **expressions)))


def as_text(name: str) -> Cast:
    """Return an amount as text: a JSON number would lose its last digit on the way."""
    return Cast(name, CharField())


def with_moments(found: Iterable[Row], *names: str) -> list[Row]:
    """Return JSON rows with the named texts as datetimes."""
    return [
        row | {name: dt.datetime.fromisoformat(row[name]) if row[name] else None for name in names} for row in found
    ]

"""One row of a table: reads cells by column, and remembers each that cannot be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from . import values
from .records import Fields, Origin, Problem

if TYPE_CHECKING:
    from .reading import Table

Value = TypeVar("Value")


class Row:
    """Cells by column name. Each reader returns None (text: "") for an empty cell, and for one it reports."""

    __slots__ = ("cells", "line", "problems", "table")

    def __init__(self, table: Table, line: int, cells: list[str]):
        self.table, self.line, self.cells = table, line, cells
        self.problems: list[Problem] = []
        width = len(table.header)
        if any(cell.strip() for cell in cells[width:]):
            self.bad("", _("More cells than columns. Put text that holds the delimiter in quotation marks."))
        elif len(cells) < width and "\n" in cells[-1]:
            self.bad(table.header[len(cells) - 1], _("A quotation mark is opened here and never closed."))

    @property
    def origin(self) -> Origin:
        """Where the row stands."""
        return Origin(self.table.name, self.line)

    def raw(self, column: str) -> str:
        """The stripped text of a cell; "" where the column is not there."""
        position = self.table.index.get(column.lower())
        return self.cells[position].strip() if position is not None and position < len(self.cells) else ""

    def bad(self, column: str, reason: str) -> None:
        """Report a cell of this row."""
        value = self.raw(column) if column else ""
        self.problems.append(Problem(self.table.name, self.line, reason, column, value.replace("\0", "")[:200]))

    def text(self, column: str, limit: int, *, required: bool = False) -> str:
        """Text of at most `limit` characters."""
        found = self.raw(column)
        if not found and required:
            self.bad(column, _("This cell must not be empty."))
        elif len(found) > limit:
            self.bad(column, _("Longer than %(limit)d characters. Shorten it.") % {"limit": limit})
        elif "\0" in found:
            self.bad(column, _("Holds a character that is no text. Type the cell again."))
        else:
            return found
        return ""

    def read(self, column: str, reader: Callable[[str], Value], *, required: bool = False) -> Value | None:
        """What `reader` makes of the cell."""
        found = self.raw(column)
        if not found:
            if required:
                self.bad(column, _("This cell must not be empty."))
            return None
        try:
            return reader(found)
        except values.Unreadable as error:
            self.bad(column, str(error))
            return None

    def money(self, column: str, *, required: bool = False) -> Decimal | None:
        """An amount in its currency."""
        return self.read(column, values.money, required=required)

    def moment(self, column: str, zone: ZoneInfo, *, required: bool = False) -> dt.datetime | None:
        """An aware time."""
        return self.read(column, lambda text: values.moment(text, zone), required=required)

    def yes_no(self, column: str) -> bool | None:
        """Yes, no, or None where nobody knows."""
        return self.read(column, values.yes_no)

    def choice(self, column: str, choices: Collection[str], *, required: bool = True) -> str:
        """One of the words in `choices`, written in small or capital letters."""
        found = self.raw(column)
        for word in (found.lower().replace(" ", "_"), found.upper()):
            if word in choices or (not word and not required):
                return word
        self.bad(column, _("Write one of: %(words)s.") % {"words": ", ".join(choices)})
        return ""


def stated(**fields: Any) -> Fields:
    """The fields that the source states: neither None nor empty text."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}

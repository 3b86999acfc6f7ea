"""Rows of one order: neighbours in a streamed table, or gathered from a smaller one beside it."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from .cells import Row
from .reading import Table
from .records import Problem


def neighbours(table: Table, column: str) -> Iterator[tuple[str, list[Row]]]:
    """Yield (order number, its rows). Rows of a number that was already finished get a problem."""
    seen: set[str] = set()
    number, group = "", list[Row]()
    for row in table.rows():
        found = row.raw(column)
        if not found:
            row.bad(column, _("This cell must not be empty: write the order's number on each of its rows."))
        if group and found != number:
            yield number, group
            seen.add(number)
            group = []
        if found and found in seen:
            row.bad(column, _("The rows of an order must stand together. Sort the file by this column."))
        number = found
        group.append(row)
    if group:
        yield number, group


class Beside:
    """The rows of a side table by order number, kept as one short text each."""

    def __init__(self, table: Table, column: str):
        self.table = table
        self.kept: dict[str, list[tuple[int, str]]] = {}
        self.total = 0
        for row in table.rows():
            self.total += 1
            buffer = io.StringIO()
            csv.writer(buffer).writerow(row.cells)
            self.kept.setdefault(row.raw(column), []).append((row.line, buffer.getvalue()))

    def take(self, number: str) -> list[Row]:
        """Return the rows of one order and forget them."""
        return [self._row(line, text) for line, text in self.kept.pop(number, [])]

    def left(self) -> Iterator[str]:
        """Yield the numbers that nobody took, in the order of the table; each may be taken while iterating."""
        yield from list(self.kept)

    def _row(self, line: int, text: str) -> Row:
        return Row(self.table, line, next(csv.reader(io.StringIO(text, newline=""))))


def found_in(rows: list[Row]) -> list[Problem]:
    """The problems of several rows."""
    return [problem for row in rows for problem in row.problems]

"""Files to tables: which encoding and delimiter, where the header is, and rows with their line numbers."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO, NoReturn

from django.utils.translation import gettext as _

from .cells import Row
from .records import FileProblem, Problem

BLOCK = 1 << 20
csv.field_size_limit(1 << 20)


class Table:
    """One delimited file. Rows can be read again from the beginning; nothing is kept in memory."""

    def __init__(self, name: str, stream: IO[bytes]):
        """Find encoding, delimiter and header. Raises FileProblem for what is no such file."""
        self.name, self.stream = name, stream
        self.kind = ""
        self.notes: list[str] = []
        self.encoding = self._encoding()
        self.delimiter = self._delimiter()
        self.header_line, cells = next(self._numbered(), (1, []))
        self.header = [cell.strip() for cell in cells]
        self.index = self._index()

    def fail(self, reason: str, *, column: str = "", line: int = 1) -> FileProblem:
        """Return the exception that ends the import because of this file."""
        return FileProblem(Problem(self.name, line, reason, column))

    def rows(self) -> Iterator[Row]:
        """Yield the rows after the header; empty lines are left out."""
        numbered = self._numbered()
        next(numbered, None)
        for line, cells in numbered:
            yield Row(self, line, cells)

    def count(self) -> int:
        """Return how many rows there are. Raises FileProblem where the file cannot be read to its end."""
        return sum(1 for _row in self.rows())

    def need(self, *columns: str) -> None:
        """Raise FileProblem naming the first of `columns` that the header lacks."""
        for column in columns:
            if column.lower() not in self.index:
                raise self.fail(
                    _("The column “%(column)s” is missing. The header has: %(header)s.")
                    % {"column": column, "header": ", ".join(self.header)[:160]},
                    column=column,
                )

    def _encoding(self) -> str:
        self.stream.seek(0)
        start = self.stream.read(4096)
        if not start.strip():
            raise self.fail(_("The file is empty. Upload one with a header and rows."))
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise self.fail(_("This is a workbook. Save it as “CSV UTF-8” and upload that file."))
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return self._readable("utf-16") or self._no_text()
        if start[1:2] == b"\0" or start[:1] == b"\0":
            return self._readable("utf-16-le" if start[1:2] == b"\0" else "utf-16-be") or self._no_text()
        if found := self._readable("utf-8-sig"):
            return found
        if found := self._readable("cp1252"):
            self.notes.append(_("Not UTF-8: read as Windows-1252. Check letters with accents; better export as UTF-8."))
            return found
        return self._no_text()

    def _no_text(self) -> NoReturn:
        raise self.fail(_("The letters cannot be read. Save the file as “CSV UTF-8” and upload it again."))

    def _readable(self, encoding: str) -> str:
        """Return the encoding if the whole file is written in it, else nothing."""
        decoder = codecs.getincrementaldecoder(encoding)()
        self.stream.seek(0)
        try:
            while block := self.stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
        return encoding

    def _text(self) -> io.TextIOWrapper:
        self.stream.seek(0)
        return io.TextIOWrapper(self.stream, encoding=self.encoding, newline="")

    def _delimiter(self) -> str:
        text = self._text()
        # Names in quotes may hold the other marks.
        outside = "".join(text.readline(BLOCK).split('"')[::2])
        text.detach()
        return max(",;\t", key=outside.count)

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        text = self._text()
        reader = csv.reader(text, delimiter=self.delimiter)
        try:
            while True:
                line = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    raise self.fail(
                        _("From here the file cannot be read. A quotation mark is probably not closed."), line=line
                    ) from None
                if any(cell.strip() for cell in cells):
                    yield line, cells
        finally:
            # Closing the wrapper would close the file, which is read again. One left half read may outlive the file.
            if not text.closed:
                text.detach()

    def _index(self) -> dict[str, int]:
        index: dict[str, int] = {}
        for position, column in enumerate(self.header):
            name = column.lower()
            if name and name in index:
                raise self.fail(_("The column “%(column)s” stands twice.") % {"column": column}, column=column)
            if name:
                index[name] = position
        return index

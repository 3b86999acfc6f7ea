"""A ZIP of photos, read one entry at a time. Nothing is written to a path that an entry names.

What is believed is counted: bytes as they come out, not the sizes that the directory claims.
"""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.utils.translation import gettext as _

MOST_ENTRIES = 2_000
MOST_BYTES = 2 * 1024**3
# Photos hardly shrink: what unfolds more than a hundredfold is no photo.
MOST_RATIO = 100
FREE_OF_RATIO = 1024 * 1024
CHUNK = 1024 * 1024
# The directory of so many entries, each with a long name.
LARGEST_READ = 4 * 1024 * 1024
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Unusable(Exception):
    """The ZIP as a whole is not worked off. Its text says why and what to do."""


class Damaged(Exception):
    """One entry cannot be read, or is not what a photo would be."""


class _Cautious:
    """A file of which nobody reads much at once: a directory that claims gigabytes ends here, not in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.size = file.seek(0, 2)
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        size = self.size - self.file.tell() if size is None or size < 0 else size
        if size > LARGEST_READ:
            raise zipfile.BadZipFile("too much at once")
        return self.file.read(size)

    def seekable(self) -> bool:
        return True


class Photos:
    """The files of a ZIP. Raises Unusable on opening, and when more than 2 GB have come out."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self.zip = zipfile.ZipFile(_Cautious(file))  # type: ignore[arg-type]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
            raise Unusable(_("This is no ZIP that can be read. Make it again, without a password or parts.")) from error
        self.entries = [entry for entry in self.zip.infolist() if not entry.is_dir()]
        if len(self.entries) > MOST_ENTRIES:
            words = _("The ZIP has %(n)d files; %(most)d are the most. Split it into several.")
            raise Unusable(words % {"n": len(self.entries), "most": MOST_ENTRIES})
        self.read = 0

    @contextmanager
    def unpacked(self, entry: zipfile.ZipInfo, largest: int) -> Iterator[Any]:
        """Yield an entry's bytes as a file on disk without a name. Raises Damaged; more than `largest` bytes are too
        many, and Unusable."""
        if entry.flag_bits & 0x1:
            raise Damaged(_("It is locked with a password. Make the ZIP without one."))
        if entry.compress_type not in METHODS:
            raise Damaged(_("It is packed in an unusual way. Make the ZIP with the usual compression."))
        with tempfile.NamedTemporaryFile(suffix=".photo") as local:
            try:
                with self.zip.open(entry) as source:
                    self._copy(source, local, entry, largest)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
                raise Damaged(_("It is damaged inside the ZIP. Pack it again.")) from error
            local.seek(0)
            yield local

    def _copy(self, source: IO[bytes], local: Any, entry: zipfile.ZipInfo, largest: int) -> None:
        size = 0
        while piece := source.read(CHUNK):
            size += len(piece)
            self.read += len(piece)
            if self.read > MOST_BYTES:
                raise Unusable(_("Unpacked, the ZIP has more than 2 GB. Split it into several."))
            if size > largest:
                raise Damaged(_("The file is larger than %(mb)d MB.") % {"mb": largest // 1024 // 1024})
            if size > FREE_OF_RATIO and size > MOST_RATIO * max(entry.compress_size, 1):
                raise Damaged(_("It unfolds to far more than a photo would. Pack the photo itself."))
            local.write(piece)
        local.flush()

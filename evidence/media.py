"""Is this file a photo, a video or a document, and how are its copies made? Decoders run in `evidence.sandbox` only.

Photos: JPEG (with MPO, as phones write it), PNG, WebP, HEIC/HEIF. Videos: MP4, MOV, WebM. Documents: PDF.
`inspect` refuses with words for people.
"""

import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise

from . import headers, refusals
from .headers import MEDIA
from .sandbox import MOST_PIXELS, MOST_SIDE, client

PHOTO, VIDEO, DOCUMENT = "photo", "video", "document"
MEGABYTE = 1024 * 1024
# By kind, in bytes.
MAX_BYTES = {PHOTO: 20 * MEGABYTE, VIDEO: 500 * MEGABYTE, DOCUMENT: 20 * MEGABYTE}
EXTENSIONS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic",
    "video/mp4": "mp4", "video/quicktime": "mov", "video/webm": "webm", "application/pdf": "pdf",
}  # fmt: skip
COPY_TYPE = "image/jpeg"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Facts:
    """What is known of a decoded file.

    Width and height are those of the picture as displayed, in pixels (of a document: its first page as it is drawn);
    `size` is in bytes, `duration` in seconds (videos). `taken` is what the file itself says, in UTC, and None where it
    names no offset; the place is in degrees. Both are claims: anyone can write them.
    """

    kind: str
    media_type: str
    width: int
    height: int
    size: int
    duration: float | None = None
    pages: int | None = None
    taken: dt.datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Copies:
    """What is shown instead of the original: JPEG, at most 1600 and 320 pixels; width and height of the larger one.

    `fingerprint` is a difference hash of 32 hex characters, "" for a picture of nearly one colour.
    """

    display: bytes
    thumb: bytes
    fingerprint: str
    width: int
    height: int


class NotAccepted(Exception):
    """The file is refused. Its text says why and what to do, in the language of whoever sent it."""

    def __init__(self, reason: str, message: str | Promise):
        super().__init__(reason, message)
        self.reason = reason
        self.message = str(message)

    def __str__(self) -> str:
        return self.message


class SandboxFailed(Exception):
    """The file could not be judged: our fault, not the file's."""


def inspect(file: Any) -> Facts:
    """Return the facts of a file after decoding it. Raises NotAccepted, or SandboxFailed.

    `file` is an upload, an open binary file or a Path. Bombs and strangers are refused by their header, before any
    decoder. Photos are decoded whole; videos are read whole and decoded in part; documents are opened without repair.
    """
    size = size_of(file)
    if size == 0:
        raise NotAccepted("empty", refusals.problem("empty"))
    if size > max(MAX_BYTES.values()):
        raise NotAccepted("bytes", refusals.too_large(VIDEO, size, MAX_BYTES[VIDEO]))
    with on_disk(file) as path:
        form = form_of(path)
        kind, media_type = MEDIA[form]
        if size > MAX_BYTES[kind]:
            raise NotAccepted("bytes", refusals.too_large(kind, size, MAX_BYTES[kind]))
        line, _rest = ask("check", form, path)
    taken = line.get("taken")
    return Facts(
        kind, media_type, int(line["width"]), int(line["height"]), size, line.get("duration"), line.get("pages"),
        dt.datetime.fromisoformat(taken) if taken else None, line.get("latitude"), line.get("longitude"),
    )  # fmt: skip


def render(file: Any) -> Copies:
    """Return both copies from one decoding: upright, sRGB, without EXIF, place, comments or anything appended.

    `file` as for `inspect`. Of a video a frame of about one second in, of a document the first page on white.
    Raises NotAccepted, or SandboxFailed.
    """
    with on_disk(file) as path:
        form = form_of(path)
        try:
            line, rest = ask("render", form, path)
        except NotAccepted as error:
            # It was decoded before. A child that somebody killed looks as one that a limit ended.
            if error.reason != "heavy":
                raise
            line, rest = ask("render", form, path)
    cut = int(line["display"])
    display, thumb = rest[:cut], rest[cut : cut + int(line["thumb"])]
    return Copies(display, thumb, str(line["fingerprint"]), int(line["width"]), int(line["height"]))


def form_of(path: Path) -> str:
    """Return which format a file begins as. Raises NotAccepted for others, and for what is too large."""
    try:
        with path.open("rb") as file:
            header = headers.read(file)
    except headers.Broken as error:
        raise NotAccepted("damaged", refusals.problem("damaged")) from error
    if header.kind not in MEDIA:
        raise NotAccepted("format", refusals.stranger(header.kind))
    if header.width * header.height > MOST_PIXELS:
        raise NotAccepted("pixels", refusals.problem("pixels"))
    if max(header.width, header.height) > MOST_SIDE:
        raise NotAccepted("heavy", refusals.problem("heavy"))
    if header.moves:
        raise NotAccepted("moves", refusals.problem("moves"))
    return header.kind


def size_of(file: Any) -> int:
    """Return a file's size in bytes."""
    if isinstance(file, Path):
        return file.stat().st_size
    size = getattr(file, "size", None)
    return int(file.seek(0, 2) if size is None else size)


@contextmanager
def on_disk(file: Any) -> Iterator[Path]:
    """Yield where the file's bytes lie on this machine's disk, so that a child process can read them."""
    if isinstance(file, Path):
        yield file
    elif hasattr(file, "temporary_file_path"):
        yield Path(file.temporary_file_path())
    else:
        with tempfile.NamedTemporaryFile(suffix=".evidence") as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy, 1024 * 1024)
            copy.flush()
            yield Path(copy.name)


def ask(mode: str, form: str, path: Path) -> tuple[dict[str, Any], bytes]:
    """Run the sandbox on a file; return its line and the bytes after it. Raises NotAccepted or SandboxFailed."""
    kind = MEDIA[form][0]
    try:
        line, rest = client.ask(mode, kind, form, path)
    except client.Died:
        # Ended by a limit, or by a fault in a decoder: it took nobody with it.
        logger.warning("The sandbox ended without an answer on a %s file.", form)
        raise NotAccepted("heavy", refusals.problem("heavy")) from None
    except client.Failed as error:
        raise SandboxFailed(str(error)) from error
    if "problem" in line:
        logger.info("A %s file was refused: %s, %s", form, line["problem"], line["detail"])
        raise NotAccepted(line["problem"], refusals.problem(line["problem"]))
    return line, rest

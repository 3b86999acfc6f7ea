"""Is this file a photo, and how are its copies made? Every decoder runs in `evidence.sandbox`, never in this process.

Formats: JPEG (with MPO, as phones write it), PNG, WebP, HEIC/HEIF. `inspect` refuses with words for people.
"""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import headers, sandbox

MAX_BYTES = 20 * 1024 * 1024
MAX_MEGABYTES = 20
MAX_MEGAPIXELS = sandbox.MOST_PIXELS // 1_000_000
# The child ends itself earlier; this is for a child that cannot.
PATIENCE_SECONDS = sandbox.SECONDS + 2
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
COPY_TYPE = "image/jpeg"

logger = logging.getLogger(__name__)
Text = str | Promise

MEND = gettext_lazy("Send it as JPEG, PNG, WebP or HEIC.")
PROBLEMS: dict[str, Text] = {
    "empty": gettext_lazy("The file is empty. Please choose the photo again."),
    "pixels": gettext_lazy(
        "The photo has more than %(megapixels)d megapixels. Choose a smaller picture size in the camera, or crop it."
    ),
    "moves": gettext_lazy("This is a moving picture. Send a photo of one moment, such as a screenshot of it."),
    "damaged": gettext_lazy("The file is damaged or was not sent completely. Please take or export the photo again."),
    "heavy": gettext_lazy("The photo takes too much time or memory to open. Please save it again as an ordinary JPEG."),
}
KINDS: dict[str, Text] = {
    "": gettext_lazy("This is not a photo."),
    "PDF": gettext_lazy("This is a PDF document, not a photo."),
    "ZIP": gettext_lazy("This is an archive or an office document, not a photo."),
    "video": gettext_lazy("This is a video, not a photo."),
    "web page": gettext_lazy("This is a web page, not a photo."),
    "SVG": gettext_lazy("This is an SVG drawing, not a photo."),
    "text": gettext_lazy("This is a text document, not a photo."),
}


@dataclass(frozen=True)
class ImageFacts:
    """What is known of a decoded photo; width and height as it is displayed, in pixels."""

    media_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True)
class Copies:
    """What is shown instead of the original: JPEG, at most 1600 and 320 pixels."""

    display: bytes
    thumb: bytes


class NotAnImage(Exception):
    """The file is refused. Its text says why and what to do, in the language of whoever sent it."""

    def __init__(self, reason: str, message: Text):
        super().__init__(reason, message)
        self.reason = reason
        self.message = str(message)

    def __str__(self) -> str:
        return self.message


class SandboxFailed(Exception):
    """No child process could be started: our fault, not the photo's."""


def inspect(file: Any) -> ImageFacts:
    """Return the facts of a photo after decoding all of it. Raises NotAnImage, or SandboxFailed.

    `file` is an open binary file or an upload. Bombs and strangers are refused by their header, before any decoder.
    """
    size = size_of(file)
    if size == 0:
        raise problem("empty")
    if size > MAX_BYTES:
        raise too_large(size)
    with on_disk(file) as path:
        kind = kind_of(path)
        line, _rest = run("check", kind, path)
    return ImageFacts(MEDIA_TYPES[kind], int(line["width"]), int(line["height"]), size)


def render(file: Any) -> Copies:
    """Return both copies from one decoding: upright, sRGB, without EXIF, place, comments or anything appended.

    Raises NotAnImage, or SandboxFailed.
    """
    with on_disk(file) as path:
        line, rest = run("render", kind_of(path), path)
    cut = int(line["display"])
    return Copies(rest[:cut], rest[cut : cut + int(line["thumb"])])


def kind_of(path: Path) -> str:
    """Return which of the four formats a file begins as. Raises NotAnImage for others, and for what is too large."""
    try:
        with path.open("rb") as file:
            header = headers.read(file)
    except headers.Broken as error:
        raise problem("damaged") from error
    if header.kind not in MEDIA_TYPES:
        raise stranger(header.kind)
    if header.width * header.height > sandbox.MOST_PIXELS:
        raise problem("pixels")
    if header.moves:
        raise problem("moves")
    return header.kind


def problem(word: str) -> NotAnImage:
    """Return the refusal for one of the PROBLEMS."""
    return NotAnImage(word, str(PROBLEMS[word]) % {"megapixels": MAX_MEGAPIXELS})


def stranger(kind: str) -> NotAnImage:
    """Return the refusal for a file of another kind."""
    if kind in KINDS:
        return NotAnImage("format", f"{KINDS[kind]} {MEND}")
    what = _("Pictures of the format %(format)s cannot be used.") % {"format": kind}
    return NotAnImage("format", f"{what} {MEND}")


def too_large(size: int) -> NotAnImage:
    """Return the refusal for a file of too many bytes."""
    return NotAnImage(
        "bytes",
        _("The file has %(size).0f MB; at most %(limit)d MB are possible. Choose a smaller picture size in the camera.")
        % {"size": max(size / 1024 / 1024, MAX_MEGABYTES + 1), "limit": MAX_MEGABYTES},
    )


def size_of(file: Any) -> int:
    """Return a file's size in bytes."""
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
        with tempfile.NamedTemporaryFile(suffix=".photo") as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy, 1024 * 1024)
            copy.flush()
            yield Path(copy.name)


def run(mode: str, kind: str, path: Path) -> tuple[dict[str, Any], bytes]:
    """Run the sandbox on a file; return its line and the bytes after it. Raises NotAnImage or SandboxFailed."""
    command = [sys.executable, "-I", sandbox.__file__, mode, kind]
    try:
        with path.open("rb") as file:
            done = subprocess.run(
                command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/",
                timeout=PATIENCE_SECONDS,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise problem("heavy") from None
    except OSError as error:
        raise SandboxFailed(str(error)) from error
    if done.returncode:
        # Ended by a limit, or by a fault in a decoder: it took nobody with it.
        logger.warning("The sandbox ended with %d on a %s file.", done.returncode, kind)
        raise problem("heavy" if done.returncode < 0 else "damaged")
    head, _newline, rest = done.stdout.partition(b"\n")
    line = json.loads(head)
    if "problem" in line:
        logger.info("A %s file was refused: %s, %s", kind, line["problem"], line["detail"])
        raise problem(line["problem"])
    return line, rest

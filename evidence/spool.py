"""Where bytes wait until the object store has them: `<spool>/<organization>/<sha256>`, on a disk that the web and the
workers share. What lies there is complete and on the disk: written beside, flushed, then renamed.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from .storage import CHUNK, StorageDown

# So much is left free on the disk: the machine lives on it too.
KEPT_FREE = 256 * 1024 * 1024
PARTIAL = "partial-"


def folder(organization_id: int) -> Path:
    """Return an organization's folder, which may not be there yet."""
    return Path(settings.EVIDENCE_SPOOL) / str(int(organization_id))


def path(organization_id: int, sha256: str) -> Path:
    """Return where the bytes with this hash wait, if they do."""
    return folder(organization_id) / sha256


def keep(organization_id: int, source: Any) -> tuple[str, int]:
    """Copy an open binary file into the spool; return its SHA-256 and size in bytes. Raises StorageDown (disk full)."""
    place = folder(organization_id)
    partial = place / f"{PARTIAL}{secrets.token_hex(8)}"
    total, size = hashlib.sha256(), 0
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        require_room(place)
        source.seek(0)
        with partial.open("xb") as target:
            while piece := source.read(CHUNK):
                total.update(piece)
                size += len(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        sha256 = total.hexdigest()
        partial.rename(place / sha256)
        _flush_folder(place)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise StorageDown(f"The spool takes nothing: {error.strerror}") from error
    source.seek(0)
    return sha256, size


def require_room(place: Path) -> None:
    """Raise OSError (ENOSPC) where the disk has no room to spare."""
    if shutil.disk_usage(place).free < KEPT_FREE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def discard(organization_id: int, sha256: str, *, older_than_seconds: float = 0) -> None:
    """Remove the bytes with this hash, where they came so long ago; nothing where they are gone."""
    found = path(organization_id, sha256)
    with contextlib.suppress(FileNotFoundError):
        if time.time() - found.stat().st_mtime >= older_than_seconds:
            found.unlink()


def waiting(organization_id: int, *, older_than_seconds: float) -> Iterator[Path]:
    """Yield the files that have lain in the spool for longer; half-written ones too."""
    limit = time.time() - older_than_seconds
    try:
        entries = list(os.scandir(folder(organization_id)))
    except FileNotFoundError:
        return
    for entry in entries:
        try:
            if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < limit:
                yield Path(entry.path)
        except FileNotFoundError:
            continue


def _flush_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

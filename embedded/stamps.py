"""What the stored data was made from, so that a second start skips the slow steps and notices when nothing fits."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from embedded.places import ROOT

APPS = ("aftersales", "tickets", "evidence", "papers", "analytics")


class Stamp:
    """A small file beside the data: name → digest."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        """What was written last, or an empty dict."""
        try:
            return dict(json.loads(self.path.read_text()))
        except (OSError, ValueError):
            return {}

    def write(self, content: dict[str, str]) -> None:
        """Replace the file as a whole, so that a crash leaves the old one."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(content, indent=1, sort_keys=True))
        fresh.replace(self.path)


def migration_digests() -> dict[str, str]:
    """Every migration of the project and its digest."""
    files = [path for app in APPS for path in (ROOT / app).rglob("migrations/[0-9]*.py")]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rewritten(stored: dict[str, str], present: dict[str, str]) -> list[str]:
    """The stored migrations that have changed or gone; new ones are no reason to complain."""
    return sorted(name for name, digest in stored.items() if present.get(name) != digest)


def static_digest() -> dict[str, str]:
    """One digest over names, sizes and times of all static files, the installed packages' included by their lock."""
    text = hashlib.sha256()
    for path in sorted(_files([ROOT / "static", *(ROOT / app for app in APPS)])):
        found = path.stat()
        text.update(f"{path.relative_to(ROOT)} {found.st_size} {found.st_mtime_ns}\n".encode())
    for lock in ("base.txt", "demo.txt"):
        text.update((ROOT / "requirements" / lock).read_bytes())
    return {"static": text.hexdigest()}


def _files(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            if folder.name == "static" or f"{os.sep}static" in place:
                yield from (Path(place) / name for name in names)

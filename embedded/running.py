"""Which `script/server` runs in a folder: one at a time, and others find its environment."""

import fcntl
import json
import os
import signal
import time
from pathlib import Path
from typing import IO

from embedded.environment import Refused
from embedded.places import private_folder
from embedded.process import is_running

LOCK = "server.lock"


class OnlyOne:
    """Holds the folder while its process lives; the system lets go of it even after kill -9."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOCK
        self.file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the folder; raises Refused if another process has it."""
        private_folder(self.path.parent)
        self.file = self.path.open("a")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                "script/server already runs in this checkout; stop it first (Ctrl-C in its terminal)."
            ) from None


def announce(folder: Path, environ: dict[str, str], given: dict[str, str]) -> None:
    """Write what this server's processes read, for `script/manage`; readable by this user only."""
    changed = {name: value for name, value in environ.items() if given.get(name) != value}
    path = folder / "env.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"pid": os.getpid(), "environ": changed}, indent=1))


def announced(folder: Path) -> dict[str, str] | None:
    """The running server's variables, or None if no server runs here."""
    try:
        found = json.loads((folder / "env.json").read_text())
    except (OSError, ValueError):
        return None
    return dict(found["environ"]) if is_running(found["pid"], mentions="embedded.server") else None


def note_children(folder: Path, pids: dict[str, int]) -> None:
    """Remember the children, so that the next start can end those a killed supervisor left behind."""
    (folder / "children.json").write_text(json.dumps(pids))


def end_leftovers(folder: Path) -> None:
    """End web, worker and beat of a supervisor that was killed; call it while holding the folder."""
    try:
        pids = json.loads((folder / "children.json").read_text())
    except (OSError, ValueError):
        return
    for pid in pids.values():
        if is_running(pid, mentions="aftersales"):
            kill_group(pid)
    (folder / "children.json").unlink(missing_ok=True)


def kill_group(pid: int, timeout: float = 5) -> None:
    """Kill a process with its children; returns when all have gone, or after the time."""
    end = time.monotonic() + timeout
    try:
        os.killpg(pid, signal.SIGKILL)
        # Until the last of them has gone its port stays taken.
        while time.monotonic() < end:
            os.killpg(pid, 0)
            time.sleep(0.05)
    except (ProcessLookupError, PermissionError):
        pass

"""`script/test`: own servers in a folder of this run, pytest against them, everything stopped and deleted."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from embedded.ceph import Ceph
from embedded.environment import PartFailed, Parts, Refused
from embedded.places import ROOT, VAR, wipe
from embedded.process import is_running
from embedded.s3 import ObjectStore

RUNS = VAR / "test"
# AFTERSALES_STORE names the object store that the tests get.
STORES: dict[str, type[ObjectStore] | type[Ceph]] = {"ministack": ObjectStore, "ceph": Ceph}


def plugins(arguments: Sequence[str]) -> list[str]:
    """Plugins loaded by name: looking all of them up costs more than a small test run."""
    wanted = ["pytest_django.plugin"]
    if any(word.startswith(("-n", "--numprocesses", "--dist")) for word in arguments):
        wanted.append("xdist.plugin")
    if any("browser" in word for word in arguments) and "not browser" not in arguments:
        wanted.append("pytest_playwright.pytest_playwright")
    return [part for name in wanted for part in ("-p", name)]


def sweep_old_runs() -> None:
    """Delete the folders of runs whose process has gone."""
    for folder in RUNS.glob("*-*"):
        pid = folder.name.split("-")[0]
        if pid.isdigit() and not is_running(int(pid), mentions="embedded.test"):
            shutil.rmtree(folder, ignore_errors=True)


def chosen_store() -> type[ObjectStore] | type[Ceph]:
    """The store that AFTERSALES_STORE names, ministack without it; raises Refused for another name."""
    name = os.environ.get("AFTERSALES_STORE") or "ministack"
    if name not in STORES:
        raise Refused(f"AFTERSALES_STORE is {name!r}; use {' or '.join(STORES)}.")
    return STORES[name]


def test_environ(parts: Parts) -> dict[str, str]:
    """Tests log in as the owner; tests/conftest.py then takes the app's role. A worker logs in as the app."""
    found = parts.environ()
    found["TEST_APP_DATABASE_URL"] = found["DATABASE_URL"]
    found["DATABASE_URL"] = found["DATABASE_OWNER_URL"]
    found["ENVIRONMENT"] = "test"
    found.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    static = parts.folder / "static"
    static.mkdir(exist_ok=True)
    found["STATIC_ROOT"] = str(static)
    found["TEST_FOLDER"] = str(parts.folder)
    found["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    found.setdefault("PYTHONDONTWRITEBYTECODE", "")
    return found


def run(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments; returns its exit code, or 3 if the servers do not start."""
    # The whole suite uses both cores; a file stays together, for what it made once. A chosen test starts quicker alone.
    arguments = list(arguments) or ["-n", "2", "--dist", "loadfile"]
    sweep_old_runs()
    folder = RUNS / f"{os.getpid()}-{secrets.token_hex(3)}"
    signal.signal(signal.SIGTERM, _end)
    try:
        parts = Parts(folder, throwaway=True, store=chosen_store())
        parts.start()
    except (PartFailed, Refused) as error:
        print(error, file=sys.stderr)
        wipe(folder)
        return 3
    try:
        command = [sys.executable, "-m", "pytest", *plugins(arguments), *arguments]
        return _patiently(subprocess.Popen(command, cwd=ROOT, env=test_environ(parts)))
    finally:
        parts.stop()
        wipe(folder)


def _patiently(child: subprocess.Popen[bytes]) -> int:
    """Ctrl-C reaches pytest as well; it reports and tears down, we wait for it."""
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
        except SystemExit:
            child.terminate()
            child.wait(30)
            raise


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

"""`script/manage`: manage.py with the demonstration's servers, those that run or its own for this command."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from embedded.environment import PartFailed, Parts, Refused, as_owner, demo_environ
from embedded.places import ROOT, VAR
from embedded.postgres import find_binaries
from embedded.running import OnlyOne, announced

# What changes tables or empties them is the owner's; everything else runs as the application.
OWNERS = {"migrate", "flush", "sqlflush"}


def call(environ: dict[str, str], words: Sequence[str]) -> int:
    """Run manage.py with these words; returns its exit code."""
    if words and words[0] in OWNERS:
        environ = as_owner(environ)
    sockets = parse_qs(urlsplit(environ["DATABASE_URL"]).query).get("host")
    if sockets:
        # `dbshell` tells psql everything but the folder of the socket; psql itself comes with the server.
        environ["PGHOST"] = sockets[0]
        environ["PATH"] = os.pathsep.join([environ.get("PATH", ""), str(find_binaries())])
    child = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), *words], env=environ)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def run(folder: Path, words: Sequence[str]) -> int:
    """Use the running server's environment, else start the parts around the command; returns the exit code."""
    if running := announced(folder):
        return call(dict(os.environ) | running, words)
    try:
        lock = OnlyOne(folder)
        lock.acquire()
        parts = Parts(folder)
        parts.start()
    except (PartFailed, Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        return call(demo_environ(parts, int(os.environ.get("PORT") or 8000)), words)
    finally:
        parts.stop()


if __name__ == "__main__":
    sys.exit(run(VAR, sys.argv[1:]))

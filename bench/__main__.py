"""`script/bench`: servers in a folder of this run, a web with two workers, and the measurements against them."""

import argparse
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from embedded.environment import PartFailed, Parts, as_owner
from embedded.places import ROOT, VAR, wipe
from embedded.process import Process
from embedded.s3 import free_port
from embedded.server import finish, manage

PHOTOS = 24


def main() -> int:
    """Run all measurements; return 0, or 3 if the servers do not start."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--photos", type=int, default=PHOTOS, help="photos for each figure (default %(default)s)")
    photos = parser.parse_args().photos
    folder = VAR / "bench" / f"{os.getpid()}-{secrets.token_hex(3)}"
    parts, web = Parts(folder, throwaway=True), None
    try:
        parts.start()
        environ = parts.environ() | {
            "ENVIRONMENT": "demo", "SECRET_KEY": secrets.token_urlsafe(50), "EMAIL_URL": "dummymail://",
            "STATIC_ROOT": str(folder / "static"), "BENCH_PORT": str(free_port()),
        }  # fmt: skip
        finish(manage(as_owner(environ), "migrate", "--noinput"), "migrate")
        finish(manage(environ, "collectstatic", "--noinput"), "collectstatic")
        web = start_web(folder, environ)
        return subprocess.run([sys.executable, "-m", "bench.measure", str(photos)], cwd=ROOT, env=environ).returncode
    except PartFailed as error:
        print(error, file=sys.stderr)
        return 3
    finally:
        if web:
            web.stop()
        parts.stop()
        wipe(folder)


def start_web(folder: Path, environ: dict[str, str]) -> Process:
    """Start gunicorn as `script/server` does; raises PartFailed."""
    address = f"127.0.0.1:{environ['BENCH_PORT']}"
    command = [str(Path(sys.executable).parent / "gunicorn"), "aftersales.wsgi", "--bind", address, "--workers", "2"]
    command += ["--worker-class", "gthread", "--threads", "4", "--preload", "--no-control-socket"]
    web = Process("web", command, log=folder / "log" / "web.log", environ=environ, cwd=ROOT)
    web.start()
    web.wait_until(lambda: answers(f"http://{address}/accounts/login/"), timeout=60)
    return web


def answers(address: str) -> bool:
    """Whether anything answers there."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        time.sleep(0.1)
        return False


if __name__ == "__main__":
    sys.exit(main())

"""`script/server`: the whole product on this machine, from a clone, in one command."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from embedded.environment import PartFailed, Parts, Refused, as_owner, demo_environ
from embedded.places import ROOT, VAR, wipe
from embedded.process import Process
from embedded.running import LOCK, OnlyOne, announce, end_leftovers, note_children
from embedded.s3 import free_port
from embedded.stamps import Stamp, migration_digests, rewritten, static_digest

READY_WITHIN = 120
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0


class Stop(BaseException):
    """SIGTERM or Ctrl-C arrived. Like KeyboardInterrupt it is no Exception, so no `except Exception` swallows it."""


class Refit(Exception):
    """The stored data was made by other migrations."""


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def manage(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    """Start a management command whose output is read at its end."""
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    # Its own session: Ctrl-C must not end a migration half way in a way the supervisor cannot report.
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(child: subprocess.Popen[str], what: str) -> str:
    """Wait for a management command and return its output; raises PartFailed with its last lines."""
    try:
        output, _ = child.communicate()
    except BaseException:
        child.kill()
        raise
    if child.returncode:
        raise PartFailed(f"{what} failed:\n" + "\n".join(output.splitlines()[-25:]))
    return output


class Server:
    """Starts the parts, prepares the data, runs web, workers and beat, and keeps them running until told to stop."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.host = os.environ.get("HOST") or "127.0.0.1"
        self.parts = Parts(folder)
        self.environ: dict[str, str] = {}
        self.apps: list[Process] = []
        self.started: dict[str, float] = {}
        self.pauses: dict[str, float] = {}
        self.due: dict[str, float] = {}

    def start(self) -> None:
        """Bring everything up; raises PartFailed or Refit."""
        say("Starting PostgreSQL, Valkey and S3 ...")
        self.parts.start()
        self.environ = demo_environ(self.parts, self.port)
        self.prepare()
        self.apps = self.processes()
        for process in self.apps:
            process.start()
        self.note()
        self.wait_for_health()
        announce(self.folder, self.environ, dict(os.environ))

    def prepare(self) -> None:
        """Migrate as the owner, collect static files, load the demonstration's data: each only where needed."""
        own_data = self.parts.postgres is not None
        schema, static = Stamp(self.folder / "schema.json"), Stamp(self.folder / "static.json")
        migrations, files = migration_digests(), static_digest()
        if own_data and (changed := rewritten(schema.read(), migrations)):
            raise Refit(f"The stored data was made with other migrations ({changed[0]} has changed).")
        collecting = None
        if static.read() != files or not Path(self.environ["STATIC_ROOT"]).exists():
            say("Collecting static files ...")
            collecting = manage(self.environ, "collectstatic", "--noinput", "--clear")
        try:
            if not own_data or schema.read() != migrations:
                say("Migrating the database ...")
                self.migrate()
                schema.write(migrations)
        except BaseException:
            if collecting:
                collecting.kill()
            raise
        if collecting:
            finish(collecting, "collectstatic")
            static.write(files)
        self.load_demo()

    def migrate(self) -> None:
        """Bring the schema up to date; raises Refit if its history contradicts the files."""
        try:
            finish(manage(as_owner(self.environ), "migrate", "--noinput"), "migrate")
        except PartFailed as error:
            if "InconsistentMigrationHistory" in str(error):
                raise Refit("The stored data was made with migrations that no longer exist.") from error
            raise

    def load_demo(self) -> None:
        """Fill an empty demonstration once, if this checkout has the command for it."""
        stamp = Stamp(self.folder / "demo.json")
        exists = any(ROOT.glob("*/management/commands/load_demo.py"))
        if self.environ["ENVIRONMENT"] != "demo" or not exists or stamp.read():
            return
        say("Loading the demonstration's data ...")
        finish(manage(self.environ, "load_demo", "--if-empty"), "load_demo")
        stamp.write({"loaded": "yes"})

    def processes(self) -> list[Process]:
        """Web, workers and beat, as production runs them."""
        tools = Path(sys.executable).parent
        celery = [str(tools / "celery"), "-A", "aftersales"]
        web = [str(tools / "gunicorn"), "aftersales.wsgi", "--bind", f"{self.host}:{self.port}", "--workers", "2"]
        web += ["--worker-class", "gthread", "--threads", "4", "--preload", "--graceful-timeout", "5"]
        web += ["--access-logfile", "-", "--no-control-socket"]
        worker = [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"]
        worker += ["--without-gossip", "--without-mingle"]
        beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(self.folder / "beat-schedule")]
        commands = {
            "web": (web, 8.0),
            "worker": ([*worker, "--hostname", "worker@demo", "--queues", "celery"], 20.0),
            "store-worker": ([*worker, "--hostname", "store@demo", "--queues", "store"], 20.0),
            "beat": (beat, 5.0),
        }
        return [
            Process(name, command, log=self.folder / "log" / f"{name}.log", environ=self.environ, cwd=ROOT, grace=grace)
            for name, (command, grace) in commands.items()
        ]

    def wait_for_health(self) -> None:
        """Return when /healthz answers 200; raises PartFailed with what it says is missing."""
        begun = time.monotonic()
        end = begun + READY_WITHIN
        answer = "nothing"
        while time.monotonic() < end:
            for process in self.apps:
                if not process.alive():
                    raise PartFailed(f"{process.name} ended at once.\n{process.tail()}")
            status, answer = health(self.port, self.environ)
            if status == 200 and older_heartbeat(answer) <= time.monotonic() - begun:
                return
            time.sleep(0.2)
        raise PartFailed(f"The server did not become healthy within {READY_WITHIN} s: {answer}")

    def watch(self) -> None:
        """Restart what dies, with growing pauses, until Stop is raised by a signal."""
        everything = [*self.parts.processes(), *self.apps]
        self.started = {process.name: time.monotonic() for process in everything}
        while True:
            time.sleep(0.5)
            for process in everything:
                self.look_after(process)

    def look_after(self, process: Process) -> None:
        """Start a dead process again once its pause is over."""
        name, now = process.name, time.monotonic()
        if process.alive():
            if now - self.started[name] > STEADY_AFTER:
                self.pauses.pop(name, None)
            return
        if name not in self.due:
            # What the dead leader left (a worker's children) would work beside its successor.
            process.kill()
            pause = self.pauses.get(name, 0.5)
            self.pauses[name] = min(pause * 2, LONGEST_PAUSE)
            self.due[name] = now + pause
            say(f"{name} ended; starting it again in {pause:.0f} s (see {process.log}).")
        elif now >= self.due[name]:
            del self.due[name]
            self.started[name] = now
            process.start()
            self.note()

    def note(self) -> None:
        """Keep the children's ids for the start after a crash."""
        note_children(self.folder, {process.name: process.pid for process in self.apps if process.pid})

    def stop(self) -> None:
        """Stop web, beat and worker, then what they need, the database last."""
        for process in self.apps:
            process.ask_to_stop()
        for name in ("web", "beat", "worker", "store-worker"):
            for process in self.apps:
                if process.name == name:
                    process.stop()
        self.parts.stop()
        for name in ("children.json", "env.json"):
            (self.folder / name).unlink(missing_ok=True)

    def kill(self) -> None:
        """A second signal: end everything now, PostgreSQL still by its own quick way."""
        for process in [*self.apps, *self.parts.processes()]:
            process.grace = 3.0 if process.name == "postgres" else 0.0
            process.stop()


def must_be_free(port: int) -> None:
    """Raise Refused if somebody else listens there: their answers would be taken for ours."""
    if free_port(port) != port:
        raise Refused(f"Port {port} is taken; choose another: PORT={port + 1} script/server")


def health(port: int, environ: dict[str, str]) -> tuple[int, str]:
    """Ask /healthz; returns the status (0 if nobody answers) and what it says."""
    name = environ.get("ALLOWED_HOSTS", "").split(",")[0].lstrip(".*") or "localhost"
    question = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": name})
    try:
        with urllib.request.urlopen(question, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")[:500]
    except OSError as error:
        return 0, str(error)


def older_heartbeat(answer: str) -> float:
    """The age of the older of the two heartbeats: one from before this start proves nothing."""
    checks = json.loads(answer)["checks"]
    return max(float(checks[name]["age"]) for name in ("worker", "beat"))


def greeting(server: Server, seconds: float) -> str:
    """What a person needs first."""
    url = server.environ["SITE_URL"]
    lines = ["", f"  Aftersales runs at {url} (started in {seconds:.0f} s)", ""]
    if server.environ["ENVIRONMENT"] == "demo":
        lines += [f"  Sign in as {role:<9} {role}@luma.example or {role}@harbor.example" for role in ROLES]
        lines += ["  Password            aftersales-demo"]
        lines += ["  As a customer       /luma/ with order LH-204913 and maria@customer.example", ""]
    mail = server.folder / "mail"
    lines += [f"  Logs in {server.folder / 'log'}, e-mail in {mail}. Ctrl-C stops everything and keeps the data.", ""]
    return "\n".join(lines)


ROLES = ("operator", "manager", "admin")


def _raise_stop(number: int, frame: FrameType | None) -> None:
    raise Stop


def run(folder: Path, port: int, *, fresh: bool) -> int:
    """Run until a signal; returns 0 after an orderly stop, 1 if it could not start."""
    begun = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _raise_stop)
    server: Server | None = None
    code = 0
    try:
        lock = OnlyOne(folder)
        lock.acquire()
        end_leftovers(folder)
        if fresh:
            wipe(folder, keep=(LOCK, "test"))
        must_be_free(port)
        server = Server(folder, port)
        server.start()
        say(greeting(server, time.monotonic() - begun))
        server.watch()
    except Stop:
        say("Stopping ...")
    except Refit as error:
        say(f"{error}\nStart with `script/server --fresh` to make it anew; that deletes the demonstration's data.")
        code = 1
    except (PartFailed, Refused, OSError) as error:
        say(str(error))
        code = 1
    finally:
        if server:
            shut_down(server)
    return code


def shut_down(server: Server) -> None:
    """Stop in order; a further signal makes it quick."""
    try:
        server.stop()
    except Stop:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        server.kill()
    say("Stopped.")


def main(arguments: Sequence[str]) -> int:
    """Read the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="script/server", description="Run the whole product on this machine.")
    parser.add_argument("--fresh", action="store_true", help="delete the demonstration's data first")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    chosen = parser.parse_args(arguments)
    return run(VAR, chosen.port, fresh=chosen.fresh)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

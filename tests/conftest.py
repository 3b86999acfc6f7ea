"""Fixtures for servers and database. `script/test` starts the servers and sets the variables that are read here."""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, connections
from django.utils import translation
from psycopg.errors import DeadlockDetected

from tests.cast import alice, bob, charlie, harbor, luma, mona  # noqa: F401  (fixtures)


def pytest_configure(config: pytest.Config) -> None:
    """Test-only settings: quick passwords, static files without a manifest, queue and cache for each xdist process."""
    if settings.ENVIRONMENT != "test":
        raise pytest.UsageError("Run the tests with script/test; it starts servers of their own.")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
    queue, cached = settings.CELERY_BROKER_URL, settings.CACHES["default"]["LOCATION"]
    if number and "virtual_host=0" in queue and "db=1" in cached:
        settings.CELERY_BROKER_URL = queue.replace("virtual_host=0", f"virtual_host={2 * number}")
        settings.CACHES["default"]["LOCATION"] = cached.replace("db=1", f"db={2 * number + 1}")


def pytest_collection_finish() -> None:
    """Leave what stands until the end out of the searches for garbage, which took a twelfth of the time."""
    gc.freeze()


# ── database ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """The owner makes and drops the test database; in between every connection runs as the application's role."""
    database = connections["default"]
    with django_db_blocker.unblock():
        # The workers share one bucket, and an organization's folder in it is called by its number.
        first = 1 + 1_000_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        with database.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('tenants_organization', 'id'), %s, false)", [first])
        database.close()
    database.settings_dict["OPTIONS"]["assume_role"] = settings.DATABASE_APP_ROLE
    database.ops.execute_sql_flush = _flush_as_owner(database.ops.execute_sql_flush)  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        database.close()
    del database.settings_dict["OPTIONS"]["assume_role"]
    del database.ops.execute_sql_flush


def _flush_as_owner(flush: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    """TRUNCATE is the owner's; the role changes inside the flush's own transaction, so a failure restores it too.

    A request of the live server whose browser has gone may still read tables that TRUNCATE locks one by one; PostgreSQL
    then ends one of the two. Where it was the flush, the request is over by the next attempt.
    """

    def as_owner(sql_list: list[str]) -> None:
        if not sql_list:
            return
        statements = ["SET ROLE NONE", *sql_list, f"SET ROLE {settings.DATABASE_APP_ROLE}"]
        try:
            flush(statements)
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected):
                raise
            flush(statements)

    return as_owner


@pytest.fixture(autouse=True)
def empty_cache(request: pytest.FixtureRequest) -> None:
    """Rate limits and heartbeats of one test must not reach the next."""
    if {"db", "transactional_db", "client", "live_server"} & set(request.fixturenames):
        cache.clear()


# ── worker ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker on the test database, as the application's role. Slow: for tests about the queue only.

    The queue is emptied before it starts; it runs until the test ends and is then killed.
    """
    from aftersales.celery import app

    app.control.purge()
    with running_worker(tmp_path / "worker.log") as child:
        yield child


@contextmanager
def running_worker(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker until the block ends; what the queue holds it works off."""
    environ = os.environ | {
        "DATABASE_URL": _app_url(),
        "BROKER_URL": settings.CELERY_BROKER_URL,
        "CACHE_URL": settings.CACHES["default"]["LOCATION"],
    }
    command = [sys.executable, "-m", "celery", "-A", "aftersales", "worker", "--pool", "prefork", "--concurrency", "1"]
    command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO", "--hostname", f"test{os.getpid()}@local"]
    with log.open("wb") as output:
        child = subprocess.Popen(command, env=environ, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for_line(child, log, b" ready.")
        yield child
    finally:
        _kill_group(child)


def _app_url() -> str:
    """The address of this process's test database for somebody who logs in as the application."""
    found = urlsplit(os.environ["TEST_APP_DATABASE_URL"])
    return urlunsplit(found._replace(path="/" + connection.settings_dict["NAME"]))


def _wait_for_line(child: subprocess.Popen[bytes], log: Path, line: bytes, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while line not in log.read_bytes():
        if child.poll() is not None or time.monotonic() > end:
            pytest.fail(f"The worker did not start:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    import signal

    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A request in another language leaves it on in its thread; the next test must not read Arabic."""
    with translation.override(settings.LANGUAGE_CODE):
        yield

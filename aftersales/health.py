"""Is everything there that a ticket needs? `GET /healthz`, and the heartbeat that worker and beat leave behind."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from functools import cache as remember
from typing import Any

import psycopg
from celery import current_app, shared_task
from celery.signals import after_task_publish, beat_init
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aftersales.tenants.permissions import public

# A check may take this long; all run side by side, so the answer takes hardly longer.
LIMIT = 2.0
# Beat sends every 10 s and a worker may be busy: after this many seconds of silence somebody should look.
SILENCE = 60.0
HEARTBEAT = "aftersales.health.heartbeat"
KEYS = {"worker": "health:worker", "beat": "health:beat"}


@shared_task(name=HEARTBEAT, ignore_result=True)
def heartbeat() -> None:
    """Write the worker's time to the cache that all processes share."""
    cache.set(KEYS["worker"], time.time(), timeout=None)


@beat_init.connect
def watch_beat(**kwargs: Any) -> None:
    """In beat's process only: whenever the heartbeat has been sent, write beat's own time; the first is sent now."""
    after_task_publish.connect(_record_beat, sender=HEARTBEAT, weak=False)
    heartbeat.apply_async(expires=SILENCE)


def _record_beat(**kwargs: Any) -> None:
    cache.set(KEYS["beat"], time.time(), timeout=None)


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say for each part whether it answers; 200 if all do, else 503. Names parts and ages, never addresses."""
    checks: dict[str, Callable[[], dict[str, Any]]] = {
        "database": check_database,
        "broker": check_broker,
        "storage": check_storage,
        "heartbeats": check_heartbeats,
    }
    results = in_time(checks)
    results |= results.pop("heartbeats").get("parts") or {name: {"ok": False, "error": "unknown"} for name in KEYS}
    healthy = all(result["ok"] for result in results.values())
    return JsonResponse({"status": "ok" if healthy else "down", "checks": results}, status=200 if healthy else 503)


def in_time(checks: dict[str, Callable[[], dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Run the checks side by side; one that raises or is late is reported as such, and nothing is raised.

    Every check has time limits of its own, so a late thread ends soon after the answer was given.
    """
    _load_drivers()
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="healthz")
    end = time.monotonic() + LIMIT
    running = {name: pool.submit(check) for name, check in checks.items()}
    pool.shutdown(wait=False)
    results = {}
    for name, future in running.items():
        try:
            results[name] = future.result(max(0.0, end - time.monotonic()))
        except TookTooLong:
            results[name] = {"ok": False, "error": "no answer in time"}
        except Exception:
            # The text of the error may hold an address or a key.
            results[name] = {"ok": False, "error": "unreachable"}
    return results


def _load_drivers() -> None:
    """Import what the checks use before their time runs: a cold start must not look like a dead store."""
    try:
        storage_client()
    except Exception:
        return  # check_storage fails the same way and is reported


def check_database() -> dict[str, Any]:
    """Open a connection of its own and ask one question; raises the driver's error if that fails."""
    options = connection.get_connection_params()
    address = {name: options[name] for name in ADDRESS if options.get(name)}
    with psycopg.connect(
        **address, connect_timeout=2, tcp_user_timeout=2000, options="-c statement_timeout=2000", autocommit=True
    ) as line:
        line.execute("SELECT 1")
    return {"ok": True}


ADDRESS = ("dbname", "host", "port", "user", "password", "service", "sslmode", "sslrootcert", "sslcert", "sslkey")


def check_broker() -> dict[str, Any]:
    """Ask the broker for a sign of life; raises the transport's error if it gives none."""
    limits = {"socket_timeout": LIMIT, "socket_connect_timeout": LIMIT, "max_retries": 1, "retry_on_timeout": False}
    with current_app.connection_for_write(connect_timeout=LIMIT, transport_options=limits) as line:
        line.connect()
        channel: Any = line.channel()
        channel.client.ping()
    return {"ok": True}


def check_storage() -> dict[str, Any]:
    """Ask for the bucket; raises botocore's error if it is missing, closed or does not answer."""
    client, bucket = storage_client()
    client.head_bucket(Bucket=bucket)
    return {"ok": True}


@remember
def storage_client() -> tuple[Any, str]:
    """A client with short time limits for the application's bucket, made once in each process."""
    import boto3
    from botocore.config import Config

    store: Any = default_storage
    config = Config(
        connect_timeout=LIMIT,
        read_timeout=LIMIT,
        retries={"total_max_attempts": 1},
        signature_version=store.signature_version,
        s3={"addressing_style": store.addressing_style},
    )
    session = boto3.session.Session(store.access_key, store.secret_key, region_name=store.region_name)
    return session.client("s3", endpoint_url=store.endpoint_url, config=config), store.bucket_name


def check_heartbeats() -> dict[str, Any]:
    """The age of the last heartbeat of worker and beat; raises the cache's error if it cannot be read."""
    found = cache.get_many(KEYS.values())
    return {"ok": True, "parts": {name: judge(found.get(key)) for name, key in KEYS.items()}}


def judge(written: float | None) -> dict[str, Any]:
    """One heartbeat's verdict: never seen, silent for too long, or alive."""
    if written is None:
        return {"ok": False, "error": "never seen"}
    age = round(max(0.0, time.time() - written), 1)
    return {"ok": True, "age": age} if age <= SILENCE else {"ok": False, "error": "silent", "age": age}

"""/healthz names the part that is down, never raises and tells no secrets."""

import json
import time
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from aftersales import health
from aftersales.celery import app


@pytest.fixture
def alive(db):
    """Worker and beat have just been heard."""
    for key in health.KEYS.values():
        cache.set(key, time.time(), timeout=None)


def ask() -> tuple[int, dict, str]:
    answer = health.healthz(RequestFactory().get("/healthz"))
    text = answer.content.decode()
    return answer.status_code, json.loads(text)["checks"], text


def only_down(checks: dict) -> set[str]:
    return {name for name, result in checks.items() if not result["ok"]}


def test_everything_there(alive):
    status, checks, _ = ask()
    assert (status, only_down(checks)) == (200, set())
    assert set(checks) == {"database", "broker", "storage", "worker", "beat"}


def test_database_down(alive, monkeypatch):
    broken = {"dbname": "x", "host": "/nowhere", "user": "somebody", "password": "topsecret"}
    monkeypatch.setattr(health, "connection", SimpleNamespace(get_connection_params=lambda: broken))
    status, checks, text = ask()
    assert (status, only_down(checks)) == (503, {"database"})
    assert "topsecret" not in text and "/nowhere" not in text


def test_broker_down(alive, monkeypatch):
    original = app.connection_for_write
    monkeypatch.setattr(
        app, "connection_for_write", lambda **limits: original("redis://:topsecret@127.0.0.1:1/0", **limits)
    )
    status, checks, text = ask()
    assert (status, only_down(checks)) == (503, {"broker"})
    assert "topsecret" not in text


def test_storage_down(alive, monkeypatch):
    client, _ = health.storage_client()
    monkeypatch.setattr(health, "storage_client", lambda: (client, "no-such-bucket"))
    status, checks, _ = ask()
    assert (status, only_down(checks)) == (503, {"storage"})


@pytest.mark.parametrize("silent", ["worker", "beat"])
def test_silence_is_reported_with_its_age(alive, silent):
    cache.set(health.KEYS[silent], time.time() - 300, timeout=None)
    status, checks, _ = ask()
    assert (status, only_down(checks)) == (503, {silent})
    assert checks[silent]["age"] == pytest.approx(300, abs=5)


def test_never_seen(db):
    status, checks, _ = ask()
    assert (status, only_down(checks)) == (503, {"worker", "beat"})


def test_unreadable_cache_blames_worker_and_beat_only(alive, monkeypatch):
    def broken(keys):
        raise ConnectionError("redis://:topsecret@host")

    monkeypatch.setattr(health, "cache", SimpleNamespace(get_many=broken))
    status, checks, text = ask()
    assert (status, only_down(checks)) == (503, {"worker", "beat"})
    assert "topsecret" not in text


def test_a_hanging_part_does_not_hold_the_answer(alive, monkeypatch):
    monkeypatch.setattr(health, "check_storage", lambda: time.sleep(5))
    begun = time.monotonic()
    status, checks, _ = ask()
    assert time.monotonic() - begun < health.LIMIT + 1
    assert (status, checks["storage"]["error"]) == (503, "no answer in time")


def test_heartbeat_writes_the_workers_time(db):
    health.heartbeat()
    assert time.time() - cache.get(health.KEYS["worker"]) < 5


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert wanted - set(app.tasks) == set()


def test_a_real_worker_executes_what_is_sent(worker):
    cache.delete(health.KEYS["worker"])
    health.heartbeat.delay()
    end = time.monotonic() + 20
    while cache.get(health.KEYS["worker"]) is None and time.monotonic() < end:
        time.sleep(0.1)
    assert cache.get(health.KEYS["worker"]) is not None

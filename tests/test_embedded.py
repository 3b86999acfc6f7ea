"""The embedded servers and the supervisor: nothing is lost, nothing is left behind, production is refused."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from embedded import postgres, stamps
from embedded.ceph import Ceph
from embedded.environment import PartFailed, Parts, Refused, as_owner
from embedded.places import socket_folder
from embedded.s3 import free_port

ROOT = Path(__file__).resolve().parent.parent


# ── which parts are started ────────────────────────────────────────────────────────────────────────────────────────
def test_production_gets_no_embedded_server(tmp_path):
    with pytest.raises(Refused, match="CACHE_URL"):
        Parts(tmp_path, {"ENVIRONMENT": "production", "DATABASE_URL": "x", "BROKER_URL": "x", "S3_BUCKET": "x"})


def test_a_part_that_is_named_is_not_started(tmp_path):
    parts = Parts(tmp_path, {"DATABASE_URL": "postgresql://mine/db", "BROKER_URL": "a", "CACHE_URL": "b"})
    assert (parts.postgres, parts.valkey) == (None, None)
    assert parts.s3 is not None
    parts = Parts(tmp_path, {"S3_BUCKET": "mine", "CACHE_URL": "b"})
    assert parts.s3 is None
    assert parts.postgres and parts.valkey


def test_named_parts_keep_their_addresses(tmp_path):
    given = {"DATABASE_URL": "postgresql://mine/db", "BROKER_URL": "a", "CACHE_URL": "b", "S3_BUCKET": "c"}
    found = Parts(tmp_path, given | {"ENVIRONMENT": "production"}).environ()
    assert given.items() <= found.items()
    assert as_owner(found | {"DATABASE_OWNER_URL": "owner"})["DATABASE_URL"] == "owner"


def test_the_tests_object_store_is_chosen_by_name(monkeypatch):
    from embedded.test import chosen_store

    for name, kind in (("", "ObjectStore"), ("ministack", "ObjectStore"), ("ceph", "Ceph")):
        monkeypatch.setenv("AFTERSALES_STORE", name)
        assert chosen_store().__name__ == kind
    monkeypatch.setenv("AFTERSALES_STORE", "s4")
    with pytest.raises(Refused, match="s4"):
        chosen_store()


def test_a_store_in_memory_is_for_tests_only(tmp_path):
    with pytest.raises(PartFailed, match="memory"):
        Ceph(tmp_path, throwaway=False)


def test_sockets_of_a_deep_checkout_fit_the_kernel(tmp_path):
    deep = tmp_path / ("x" * 90) / "var"
    folder = socket_folder(deep)
    assert len(str(folder / ".s.PGSQL.5432.lock")) < 107
    assert folder.stat().st_mode & 0o777 == 0o700
    assert socket_folder(deep) == folder
    folder.rmdir()


def test_a_rewritten_migration_is_noticed_and_a_new_one_is_not():
    stored = {"a": "1", "b": "2"}
    assert stamps.rewritten(stored, {"a": "1", "b": "2", "c": "3"}) == []
    assert stamps.rewritten(stored, {"a": "1", "b": "9"}) == ["b"]
    assert stamps.rewritten(stored, {"a": "1"}) == ["b"]


# ── the servers ────────────────────────────────────────────────────────────────────────────────────────────────────
def rows(server: postgres.Postgres, *statements: str) -> list:
    import psycopg

    with psycopg.connect(server.url(postgres.OWNER), autocommit=True) as line:
        for statement in statements:
            cursor = line.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.mark.slow
def test_a_second_start_is_quick_and_keeps_everything(tmp_path):
    import boto3

    first = Parts(tmp_path / "v", {})
    first.start()
    environ = first.environ()
    rows(first.postgres, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('yes')")
    client(boto3, environ).put_object(Bucket="evidence", Key="kept", Body=b"yes")
    broker(environ).rpush("kept", "yes")
    # As a machine that loses power: nobody is asked to stop.
    for process in first.processes():
        process.kill()

    second = Parts(tmp_path / "v", {})
    begun = time.monotonic()
    second.start()
    took = time.monotonic() - begun
    try:
        again = second.environ()
        assert again == environ
        assert rows(second.postgres, "SELECT word FROM kept") == [("yes",)]
        assert client(boto3, again).get_object(Bucket="evidence", Key="kept")["Body"].read() == b"yes"
        assert broker(again).lrange("kept", 0, -1) == [b"yes"]
        assert took < 15
    finally:
        second.stop()
    assert not any(process.alive() for process in second.processes())


def client(boto3, environ):
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=environ["S3_ENDPOINT_URL"],
        aws_access_key_id=environ["S3_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["S3_SECRET_ACCESS_KEY"],
        region_name=environ["S3_REGION"],
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )


def broker(environ):
    import redis

    return redis.Redis.from_url(environ["CACHE_URL"].replace("db=1", "db=5"))


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_runs_it_as_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "can_unshare", lambda: False)
    server = postgres.Postgres(tmp_path / "v", throwaway=True)
    assert server.user == postgres.NOBODY
    try:
        server.start()
        assert rows(server, "SELECT current_user") == [("aftersales_owner",)]
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == postgres.NOBODY
    finally:
        server.stop()
        from embedded.places import wipe

        wipe(tmp_path / "v")


# ── the supervisor ─────────────────────────────────────────────────────────────────────────────────────────────────
class Supervisor:
    """script/server in a folder of its own, without the settings of this test run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        kept = ("PATH", "HOME", "LANG", "TMPDIR")
        environ = {name: os.environ[name] for name in kept if name in os.environ}
        self.environ = environ | {"AFTERSALES_VAR": str(folder), "PORT": str(self.port)}
        self.child: subprocess.Popen[str] | None = None

    def start(self, *words: str) -> None:
        command = [sys.executable, "-m", "embedded.server", *words]
        self.child = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=subprocess.PIPE, text=True)
        lines = []
        for line in self.child.stdout:
            lines.append(line)
            if "Aftersales runs at" in line:
                return
        pytest.fail("".join(lines))

    def stop(self, number: int) -> int:
        self.child.send_signal(number)
        return self.child.wait(60)

    def health(self) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
            return json.loads(answer.read())

    def processes(self) -> list[int]:
        """Every process whose command line or environment names this folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in text and int(entry.name) != os.getpid():
                found.append(int(entry.name))
        return found


@pytest.fixture
def supervisor(tmp_path):
    supervisor = Supervisor(tmp_path / "v")
    yield supervisor
    if supervisor.child and supervisor.child.poll() is None:
        supervisor.stop(signal.SIGTERM)
    for pid in supervisor.processes():
        os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_the_supervisor_brings_a_killed_worker_back_and_leaves_no_orphan(supervisor):
    supervisor.start()
    pids = json.loads((supervisor.folder / "children.json").read_text())
    assert (supervisor.folder / "env.json").stat().st_mode & 0o777 == 0o600
    os.kill(pids["worker"], signal.SIGKILL)
    killed = time.time()
    end = killed + 60
    while time.time() < end:
        time.sleep(0.5)
        again = json.loads((supervisor.folder / "children.json").read_text())
        if (
            again["worker"] != pids["worker"]
            and supervisor.health()["checks"]["worker"]["age"] < time.time() - killed - 3
        ):
            break
    else:
        pytest.fail("The worker did not come back.")
    assert supervisor.stop(signal.SIGTERM) == 0
    assert supervisor.processes() == []


@pytest.mark.slow
def test_after_kill_9_of_the_supervisor_the_next_start_cleans_up(supervisor):
    supervisor.start()
    left = set(supervisor.processes())
    assert supervisor.stop(signal.SIGKILL) == -signal.SIGKILL
    begun = time.monotonic()
    supervisor.start()
    assert time.monotonic() - begun < 60
    assert left & set(supervisor.processes()) == set()
    assert supervisor.stop(signal.SIGINT) == 0
    assert supervisor.processes() == []

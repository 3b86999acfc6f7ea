"""A worker killed with -9 in the middle of sending: nothing is lost, and only the mail under way may come twice."""

import os
import random
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections import Counter
from email import message_from_bytes

import pytest
from django.conf import settings
from django.utils import timezone

from aftersales.celery import app
from aftersales.tenants.scope import tenant
from tests.conftest import _app_url
from tickets.models import Notification

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MAILS = 60


class Sink(socketserver.ThreadingTCPServer):
    """A mail server that takes its time and remembers the Message-ID of what it took."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.taken: list[str] = []


class Session(socketserver.StreamRequestHandler):
    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 sink")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.taken.append(message_from_bytes(data)["Message-ID"])
                time.sleep(0.03)
                self.say("250 taken")
            elif verb == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 sink")


@pytest.fixture
def sink(monkeypatch):
    server = Sink()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{server.server_address[1]}")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def mailing(sink, request):
    """The real worker, started after it knows where to send."""
    return request.getfixturevalue("worker")


def fill(*organizations) -> set[str]:
    """Put MAILS mails into the outboxes; return their Message-IDs."""
    ids = set()
    for organization in organizations:
        with tenant(organization):
            rows = Notification.objects.bulk_create(
                Notification(
                    key=str(n), channel="mail", email=f"m{n}@customer.example", kind="message", next_at=timezone.now()
                )
                for n in range(MAILS // len(organizations))
            )
            ids |= {f"<aftersales.{organization.pk}.{row.pk}@localhost>" for row in rows}
    return ids


def end_leases(*organizations) -> None:
    for organization in organizations:
        with tenant(organization):
            Notification.objects.filter(next_at__gt=timezone.now()).update(next_at=timezone.now())


def unsent(*organizations) -> int:
    count = 0
    for organization in organizations:
        with tenant(organization):
            count += Notification.objects.filter(sent_at=None).count()
    return count


def wait_until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.02)


def relay() -> subprocess.Popen:
    """One run of the relay in a process of its own."""
    code = "import django; django.setup(); from tickets.tasks import relay_outbox; relay_outbox()"
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "aftersales.settings", "DATABASE_URL": _app_url(),
        "CACHE_URL": settings.CACHES["default"]["LOCATION"],
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=settings.BASE_DIR)


def test_relays_killed_at_random_lose_nothing(luma, harbor, sink):
    ids, chance, kills = fill(luma, harbor), random.Random(7), 0
    while unsent(luma, harbor):
        before, child = len(sink.taken), relay()
        wait_until(lambda before=before, child=child: len(sink.taken) > before or child.poll() is not None)
        if child.poll() is None and kills < 15:
            time.sleep(chance.random() * 0.2)
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.wait()
        end_leases(luma, harbor)
    counted = Counter(sink.taken)
    assert set(counted) == ids
    assert sum(counted.values()) - len(ids) <= kills and max(counted.values()) <= 1 + kills
    assert kills >= 5


def test_a_killed_worker_repeats_at_most_the_mail_under_way(luma, harbor, sink, mailing):
    ids = fill(luma, harbor)
    app.send_task("tickets.tasks.relay_outbox")
    wait_until(lambda: len(sink.taken) >= 10)
    os.killpg(mailing.pid, signal.SIGKILL)
    mailing.wait()
    at_kill = len(sink.taken)
    assert at_kill < MAILS
    # Nothing but the one under way is held; the rest goes out at once, that one when its lease ends.
    relay().wait()
    assert unsent(luma, harbor) <= 1
    end_leases(luma, harbor)
    relay().wait()
    assert unsent(luma, harbor) == 0
    counted = Counter(sink.taken)
    assert set(counted) == ids and sum(counted.values()) - len(ids) <= 1

"""Workers of the warehouse's ZIPs: those that die, are overtaken or lost, and whose sender left."""

import datetime as dt
import os

import pytest
from django.utils import timezone

from aftersales.orders.models import Intake
from aftersales.tenants.models import Membership
from aftersales.tenants.scope import tenant
from evidence.intake import bulk, tasks
from evidence.storage import StorageDown
from tests.evidence.conftest import fresh
from tests.evidence.zips import kept, packed, start

pytestmark = pytest.mark.django_db


def test_killed_in_the_middle_it_goes_on(luma, bob, orders, monkeypatch):
    batch = start(luma, bob, packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(4)}))
    save, calls = bulk._save, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 3:
            raise StorageDown("the disk is full")
        save(*args)

    monkeypatch.setattr(bulk, "_save", dies)
    with pytest.raises(StorageDown):
        bulk.run(luma, batch.pk)
    bulk.run(luma, batch.pk)  # It still runs elsewhere, as far as anybody knows.
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.state, batch.files_done, batch.attempts) == ("running", 2, 1)
        Intake.objects.update(progress_at=timezone.now() - dt.timedelta(minutes=5))
    monkeypatch.setattr(bulk, "_save", save)
    tasks.resume_intakes()
    bulk.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
    assert (batch.state, batch.files_done, batch.kept, batch.same) == ("done", 4, 3, 1)
    assert kept(luma) == 4


def test_overtaken_a_worker_writes_nothing_more(luma, bob, orders, monkeypatch):
    batch = start(luma, bob, packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(3)}))
    save = bulk._save

    def overtaken(batch, *rest):
        Intake.objects.filter(pk=batch.pk).update(files_done=2)
        save(batch, *rest)

    monkeypatch.setattr(bulk, "_save", overtaken)
    bulk.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.state, batch.kept) == ("running", 0) and not batch.files.exists()


def test_the_sweep_sends_what_was_lost(luma, harbor, monkeypatch, django_capture_on_commit_callbacks):
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(bulk.current_app, "send_task", lambda name, ids, **options: sent.append(tuple(ids)))
    long_ago = timezone.now() - dt.timedelta(minutes=9)
    with tenant(luma):
        lost = Intake.objects.create(name="a", size=1, created_at=long_ago)
        Intake.objects.create(name="b", size=1)
        left = Intake.objects.create(name="c", size=1, state="running", progress_at=long_ago)
        Intake.objects.create(name="d", size=1, state="running", progress_at=timezone.now())
        Intake.objects.create(name="e", size=1, state="done", progress_at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.resume_intakes()
    assert sorted(sent) == sorted([(luma.pk, lost.pk), (luma.pk, left.pk)])


def test_a_zip_without_a_job_is_deleted_in_the_end(luma, bob):
    waits = bulk.zip_path(start(luma, bob, packed({"a.txt": b""})))
    orphan, young = waits.with_name("orphan.zip"), waits.with_name("young.zip")
    for path in (orphan, young):
        path.write_bytes(b"PK")
    for path in (waits, orphan):
        os.utime(path, (1, 1))
    tasks.resume_intakes()
    assert (waits.exists(), orphan.exists(), young.exists()) == (True, False, True)


def test_what_stops_every_worker_ends_and_leaves_no_zip(luma, bob):
    batch = start(luma, bob, packed({"a.txt": b""}))
    with tenant(luma):
        Intake.objects.update(attempts=5)
    bulk.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
    assert batch.state == "failed" and batch.failure and not bulk.zip_path(batch).exists()


def test_who_left_puts_nothing_more(luma, bob, orders):
    batch = start(luma, bob, packed({"LH-1/packing/1.jpg": fresh()}))
    Membership.objects.filter(user=bob).update(is_active=False)
    bulk.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
    assert batch.state == "failed" and "no longer works here" in batch.failure and kept(luma) == 0


def test_another_organizations_job_is_not_there_for_a_task(luma, harbor, bob, orders):
    batch = start(luma, bob, packed({"LH-1/packing/1.jpg": fresh()}))
    tasks.run_intake(harbor.pk, batch.pk)
    assert kept(luma) == kept(harbor) == 0

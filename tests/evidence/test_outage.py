"""The object store stops, hangs or is full while people send files: everything is taken, and arrives later, equal."""

import errno
import hashlib
import threading
import time
from pathlib import Path

import pytest
from django.core.files import uploadhandler
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection
from django.test import Client

from aftersales.celery import app
from aftersales.tenants.scope import tenant
from evidence import pipeline, spool, storage, tasks
from evidence.models import Evidence
from tests.evidence.conftest import add, begin, fresh, rows, stored, visit
from tests.evidence.pictures import upload
from tests.evidence.proxy import NO_BUCKET, NO_ROOM
from tests.evidence.store import ask
from tickets import actions as tickets
from tickets.models import FilingDraft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("trouble", ["stopped", "hangs", "full", "no bucket"])
def test_a_complaint_with_photos_is_filed_and_everything_arrives_later_with_equal_hashes(case, hindered_store, trouble):
    client = visit(case)
    draft = begin(case, client)
    photos = [fresh() for _ in range(3)]
    if trouble == "stopped":
        hindered_store.stop()
    elif trouble == "hangs":
        hindered_store.hinder(delay=3600)
    else:
        hindered_store.hinder(full=0, refusal=NO_ROOM if trouble == "full" else NO_BUCKET)
    for data in photos:
        address = f"/luma/filing/{draft.key}/photos/add/"
        answer = client.post(address, {"photo": upload(data), "place": "whole"}, HTTP_ACCEPT="application/json")
        assert answer.status_code == 201
    with tenant(case.organization):
        ticket, _made = tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    assert {row.ticket_id for row in rows(case)} == {ticket.pk}
    if trouble != "hangs":
        for row in rows(case):
            tasks.process(case.organization.pk, row.pk)
    assert {(row.state, row.stored_at) for row in rows(case)} == {("pending", None)}
    hindered_store.resume() if trouble == "stopped" else hindered_store.hinder()
    for row in rows(case):
        tasks.process(case.organization.pk, row.pk)
    assert {row.state for row in rows(case)} == {"ready"}
    wanted = {hashlib.sha256(data).hexdigest(): data for data in photos}
    assert {row.sha256: stored(row.original_key) for row in rows(case)} == wanted
    assert not list(spool.waiting(case.organization.pk, older_than_seconds=-1))


def test_a_store_that_ends_in_the_middle_of_a_file_leaves_nothing_that_counts(case, hindered_store):
    kept = add(case, ticket=case.ticket)
    hindered_store.hinder(cut_request=200)
    with pytest.raises(storage.StorageDown):
        pipeline.process(case.organization, kept.pk)
    with tenant(case.organization):
        assert Evidence.objects.get(pk=kept.pk).stored_at is None
    assert spool.path(case.organization.pk, kept.sha256).exists()
    hindered_store.hinder()
    pipeline.process(case.organization, kept.pk)
    (row,) = rows(case)
    assert row.state == "ready" and hashlib.sha256(stored(row.original_key)).hexdigest() == row.sha256


@pytest.mark.django_db(transaction=True)
def test_filing_does_not_wait_for_a_worker_that_waits_for_the_store(case, hindered_store):
    client = visit(case)
    draft = begin(case, client)
    address = f"/luma/filing/{draft.key}/photos/add/"
    client.post(address, {"photo": upload(fresh()), "place": "whole"}, HTTP_ACCEPT="application/json")
    (row,) = rows(case)
    hindered_store.hinder(delay=3600)
    worker = threading.Thread(target=work, args=(case, row))
    worker.start()
    end = time.monotonic() + 20
    while not hindered_store.lines and time.monotonic() < end:
        time.sleep(0.01)
    try:
        with tenant(case.organization):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '3s'")
            ticket, _made = tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
        assert worker.is_alive() and rows(case)[0].stored_at is None
    finally:
        hindered_store.hinder()
        worker.join(60)
    (row,) = rows(case)
    assert (row.state, row.ticket_id) == ("ready", ticket.pk)
    with tenant(case.organization):
        pipeline.custody.begin(row)
        assert [each.verb for each in row.custody.order_by("number")] == ["uploaded", "stored"]


def work(case, row) -> None:
    try:
        tasks.process(case.organization.pk, row.pk)
    finally:
        connection.close()


def test_a_desk_that_wants_an_original_is_told_that_the_store_is_away(case, bob, hindered_store):
    kept = add(case, ticket=case.ticket, ready=True)
    client = Client()
    client.force_login(bob)
    hindered_store.stop()
    answer = client.get(f"/luma/desk/photos/{kept.pk}/original/")
    assert answer.status_code == 503 and "does not answer just now" in answer.content.decode()
    with tenant(case.organization):
        assert not kept.custody.filter(verb="downloaded").exists()
    hindered_store.resume()
    assert client.get(f"/luma/desk/photos/{kept.pk}/original/").status_code == 302


def test_an_original_that_was_written_over_is_downloaded_as_it_came(case, bob):
    data = fresh()
    kept = add(case, data=data, ticket=case.ticket, ready=True)
    storage.put(kept.original_key, b"something else", storage.ORIGINAL_TYPE)
    client = Client()
    client.force_login(bob)
    address = client.get(f"/luma/desk/photos/{kept.pk}/original/")["Location"]
    assert ask(address)[2] == data


def test_an_import_is_refused_with_words_while_the_store_is_away(case, alice, hindered_store):
    client = Client()
    client.force_login(alice)
    hindered_store.stop()
    sent = {"format": "csv", "files": SimpleUploadedFile("orders.csv", b"number\nLH-1\n")}
    answer = client.post("/luma/settings/imports/", sent)
    assert answer.status_code == 503 and "could not be stored just now" in answer.content.decode()


def test_a_store_that_hangs_delays_no_mail_and_no_clock():
    """What asks the store is worked off from a queue of its own."""
    timed = {each["task"] for each in app.conf.beat_schedule.values()}
    asks = {"evidence.tasks.process", "evidence.tasks.arrive", "evidence.tasks.verify_all", "papers.tasks.make"}
    queues = {name: app.amqp.router.route({}, name)["queue"].name for name in asks | timed}
    waits = {name for name, queue in queues.items() if queue == "store"}
    assert asks | {"evidence.tasks.purge", "evidence.tasks.housekeeping"} <= waits
    assert not waits & {
        "aftersales.health.heartbeat", "tickets.tasks.sweep_clocks", "tickets.tasks.relay_outbox",
        "evidence.tasks.sweep",
    }  # fmt: skip
    assert set(queues.values()) == {"celery", "store"} == set(app.conf.task_queues)


def test_a_full_temporary_disk_loses_the_file_and_not_the_request(case, bob, settings, monkeypatch):
    """The half file is gone at once: it is what fills the disk."""
    settings.FILE_UPLOAD_TEMP_DIR = None
    made = []

    class Full(TemporaryUploadedFile):
        def __init__(self, *of):
            super().__init__(*of)
            made.append(Path(self.temporary_file_path()))

        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploadhandler, "TemporaryUploadedFile", Full)
    client = visit(case)
    draft = begin(case, client)
    address = f"/luma/filing/{draft.key}/photos/add/"
    answer = client.post(address, {"photo": upload(fresh()), "place": "whole"}, HTTP_ACCEPT="application/json")
    assert answer.status_code == 503 and "could not be stored just now" in answer.json()["error"]
    desk = Client()
    desk.force_login(bob)
    sent = {"photo": upload(fresh()), "place": "whole"}
    answer = desk.post(f"/luma/desk/tickets/{case.ticket.number}/photos/add/", sent)
    assert answer.status_code == 503 and "IMG_0001.jpg" in answer.content.decode()
    answer = desk.post("/luma/desk/intake/bulk/", {"file": upload(b"PK", "a.zip")})
    assert answer.status_code == 503 and "could not be stored just now" in answer.content.decode()
    assert made and not any(path.exists() for path in made) and rows(case) == []

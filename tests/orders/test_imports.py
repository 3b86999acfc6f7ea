"""Uploading, watching, stopping in the middle, going on."""

import datetime as dt

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from aftersales.orders import actions, tasks
from aftersales.orders.importing import runner
from aftersales.orders.models import Import, ImportFile, Order
from aftersales.tenants.scope import tenant

from .helpers import counts, imported, stored
from .test_csv_format import HEADER, ROW

pytestmark = pytest.mark.django_db
NUMBERS = [f"A-{n:03d}" for n in range(30)]
TEXT = "\n".join([HEADER, *(ROW.replace("A-1", number) for number in NUMBERS), ""])


@pytest.fixture
def sent(monkeypatch):
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda name, ids, **options: calls.append(tuple(ids)))
    return calls


def upload(client, org, *files: tuple[str, bytes], format="csv"):
    data = {"format": format, "files": [SimpleUploadedFile(name, body) for name, body in files]}
    return client.post(reverse("settings:imports", kwargs={"org": org.slug}), data)


# ── the worker ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_task_sent_twice_works_once(luma):
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    tasks.run_import(luma.pk, batch.pk)
    tasks.run_import(luma.pk, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.attempts, counts(batch), batch.percent) == (1, (30, 0, 0, 0), 100)


def test_killed_in_the_middle_it_goes_on_after_what_is_saved(luma, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK", 10)
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT.replace("A-005,2026-03-02", "A-005,yesterday")})
    save, calls = runner._save, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 3:
            raise OperationalError("the server is gone")
        save(*args)

    monkeypatch.setattr(runner, "_save", dies)
    with pytest.raises(OperationalError):
        runner.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.state, batch.rows_done, counts(batch)) == (Import.State.RUNNING, 20, (19, 0, 0, 1))
        Import.objects.update(state=Import.State.WAITING)
    monkeypatch.setattr(runner, "_save", save)
    runner.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.state, batch.rows_done, counts(batch)) == (Import.State.DONE, 30, (29, 0, 0, 1))
        assert batch.problems.count() == 1


def test_a_worker_that_was_overtaken_writes_nothing_more(luma, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK", 10)
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    save = runner._save

    def overtaken(batch, writer, chunk):
        Import.objects.filter(pk=batch.pk).update(rows_done=25)
        save(batch, writer, chunk)

    monkeypatch.setattr(runner, "_save", overtaken)
    runner.run(luma, batch.pk)
    with tenant(luma):
        assert not Order.objects.exists()
        batch.refresh_from_db()
        assert batch.state == Import.State.RUNNING


def test_the_sweep_sends_what_was_lost_and_what_a_dead_worker_left(
    luma, harbor, sent, django_capture_on_commit_callbacks
):
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    with tenant(luma):
        lost = Import.objects.create(format="csv", created_at=long_ago)
        Import.objects.create(format="csv")
        left = Import.objects.create(format="csv", state="running", progress_at=long_ago)
        Import.objects.create(format="csv", state="running", progress_at=timezone.now())
        Import.objects.create(format="csv", state="done", progress_at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.resume_imports()
    assert sorted(sent) == sorted([(luma.pk, lost.pk), (luma.pk, left.pk)])
    with tenant(luma):
        left.refresh_from_db()
        assert left.state == Import.State.WAITING


def test_what_stops_every_worker_ends(luma):
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    with tenant(luma):
        Import.objects.update(attempts=5)
    runner.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert batch.state == Import.State.FAILED and batch.failure


def test_a_bug_is_told_without_its_insides_and_can_be_run_again(luma, monkeypatch):
    plan = runner.PLANNERS[Import.Format.CSV]
    monkeypatch.setitem(runner.PLANNERS, Import.Format.CSV, lambda *_: 1 / 0)
    batch = imported(luma, Import.Format.CSV, {"o.csv": TEXT})
    assert batch.state == Import.State.FAILED and "zero" not in batch.failure
    monkeypatch.setitem(runner.PLANNERS, Import.Format.CSV, plan)
    with tenant(luma):
        assert actions.run_again(batch)
        assert not actions.run_again(batch)
    runner.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert (batch.state, counts(batch)) == (Import.State.DONE, (30, 0, 0, 0))


def test_a_damaged_file_is_noticed(luma):
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    with tenant(luma):
        ImportFile.objects.update(sha256="0" * 64)
    runner.run(luma, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert "damaged" in batch.failure


def test_a_stranger_organizations_import_is_not_touched(luma, harbor):
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    tasks.run_import(harbor.pk, batch.pk)
    with tenant(luma):
        batch.refresh_from_db()
        assert batch.state == Import.State.WAITING


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_upload_keeps_the_files_and_sends_the_task(client, luma, alice, sent, django_capture_on_commit_callbacks):
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(client, luma, ("../../Örders <b>.csv", TEXT.encode()))
    with tenant(luma):
        batch = Import.objects.get()
        file = batch.files.get()
    assert sent == [(luma.pk, batch.pk)]
    assert file.key.startswith(f"imports/{luma.pk}/{batch.key}/") and "rders" not in file.key
    assert default_storage.open(file.key).read() == TEXT.encode()
    assert answer.url == reverse("settings:import", kwargs={"org": "luma", "key": batch.key})
    page = client.get(answer.url)
    assert b"Waiting for a worker" in page.content and b'hx-trigger="every 1s"' in page.content
    runner.run(luma, batch.pk)
    part = client.get(answer.url, headers={"HX-Request": "true"})
    assert part.content.count(b"<html") == 0 and b"hx-trigger" not in part.content and b"Done" in part.content


@pytest.mark.parametrize("files", [[], [("empty.csv", b"")]])
def test_upload_of_nothing_is_refused(client, luma, alice, sent, files):
    client.force_login(alice)
    answer = upload(client, luma, *files)
    assert answer.status_code == 422 and not sent
    with tenant(luma):
        assert not Import.objects.exists()


def test_upload_of_too_much_is_refused(client, luma, alice, sent, monkeypatch):
    monkeypatch.setattr("aftersales.orders.forms.LARGEST_FILE", 10)
    client.force_login(alice)
    answer = upload(client, luma, ("big.csv", b"x" * 11))
    assert answer.status_code == 422 and b"larger than 50 MB" in answer.content


def test_bad_rows_are_shown_and_downloaded_harmlessly(client, luma, alice):
    batch = imported(luma, Import.Format.CSV, {"o.csv": f"{HEADER}\n{ROW.replace('39.90', '=1+1')}\n"})
    client.force_login(alice)
    where = {"org": "luma", "key": batch.key}
    assert b"=1+1" in client.get(reverse("settings:import", kwargs=where)).content
    text = client.get(reverse("settings:import_problems", kwargs=where)).content.decode()
    assert "'=1+1" in text and ",=1+1" not in text


def test_templates(client, luma, alice):
    client.force_login(alice)
    for name in ("orders", "shipments", "tracking", "inspections"):
        answer = client.get(reverse("settings:import_template", kwargs={"org": "luma", "name": name}))
        assert answer.status_code == 200 and answer.content.startswith(b"\xef\xbb\xbforder_number")
    assert client.get("/luma/settings/imports/templates/nothing.csv").status_code == 404


def test_run_again_from_the_page(client, luma, alice, sent, django_capture_on_commit_callbacks):
    batch = stored(luma, Import.Format.CSV, {"o.csv": TEXT})
    with tenant(luma):
        Import.objects.update(state="failed", failure="x")
    client.force_login(alice)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("settings:import_again", kwargs={"org": "luma", "key": batch.key}))
    assert sent == [(luma.pk, batch.pk)]


def test_imports_belong_to_admins_of_the_organization(client, luma, harbor, bob, charlie):
    batch = stored(luma, Import.Format.CSV, {"secret.csv": TEXT})
    addresses = [
        reverse("settings:imports", kwargs={"org": "luma"}),
        reverse("settings:import", kwargs={"org": "luma", "key": batch.key}),
        reverse("settings:import_problems", kwargs={"org": "luma", "key": batch.key}),
    ]
    for person, status in ((bob, 403), (charlie, 404)):
        client.force_login(person)
        assert [client.get(address).status_code for address in addresses] == [status] * 3
    # Charlie, in his own organization, with the key of ours.
    assert client.get(reverse("settings:import", kwargs={"org": "harbor", "key": batch.key})).status_code == 404
    assert b"secret.csv" not in client.get(reverse("settings:imports", kwargs={"org": "harbor"})).content


def test_the_list_costs_the_same_with_one_and_three(client, luma, alice, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(alice)
    address, numbers = reverse("settings:imports", kwargs={"org": "luma"}), []
    for more in (1, 2):
        for _n in range(more):
            stored(luma, Import.Format.CSV, {"a.csv": TEXT, "b.csv": TEXT})
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert client.get(address).status_code == 200
        numbers.append(len(made))
    assert numbers[0] == numbers[1]

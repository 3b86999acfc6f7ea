"""Photos in bulk: hostile and ordinary ZIPs, workers that die, a folder of the browser, a folder on the server."""

import datetime as dt
import io
import os
import struct
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aftersales.orders.models import Inspection, Intake, IntakeFile
from aftersales.tenants.models import Membership
from aftersales.tenants.scope import tenant
from evidence import spool
from evidence.intake import bulk, bulk_zip, tasks
from evidence.models import Evidence
from evidence.storage import StorageDown
from tests.evidence.conftest import fresh
from tests.factories import make_line, make_order, make_shipment, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def orders(luma, harbor):
    """LH-1 with an inspected item and a parcel; harbor has the same, and HB-1."""
    for organization, numbers in ((luma, ["LH-1"]), (harbor, ["LH-1", "HB-1"])):
        with tenant(organization):
            for number in numbers:
                order = make_order(number=number)
                line = make_line(order, sku="LAMP")
                Inspection.objects.create(line=line, level="basic", result="pass", at=timezone.now())
                make_shipment(order, tracking_number="SP1")


def packed(files, **options) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return target.getvalue()


def start(organization, user, data: bytes, name="photos.zip") -> Intake:
    return bulk.start(organization, file=SimpleUploadedFile(name, data), user=user)


def done(organization, user, data: bytes) -> Intake:
    batch = start(organization, user, data)
    tasks.run_intake(organization.pk, batch.pk)
    with tenant(organization):
        return Intake.objects.get(pk=batch.pk)


def results(batch) -> dict[str, str]:
    with tenant(batch.organization):
        return {each.name: each.outcome for each in IntakeFile.objects.filter(batch=batch)}


def kept(organization) -> int:
    with tenant(organization):
        return Evidence.objects.count()


# ── ordinary ZIPs ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_file_is_named_with_what_became_of_it(luma, harbor, bob, orders):
    one = fresh()
    files = {
        "photos/LH-1/inspection/whole-1.jpg": one,
        "photos/LH-1/packing/label.jpg": fresh(),
        "photos/LH-1/packing/SP1/box.jpg": fresh(),
        "LH-1-inspection-2.jpg": fresh(),
        "photos/LH-1/inspection/copy.jpg": one,
        "photos/LH-1/inspection/VASE/3.jpg": fresh(),
        "photos/HB-1/packing/1.jpg": fresh(),
        "photos/LH-1/packing/broken.jpg": b"\xff\xd8\xff\xe0 not a photo",
        "photos/LH-1/packing/list.xlsx": b"PK",
        "__MACOSX/photos/._x": b"?",
        "IMG_1.jpg": fresh(),
        "photos/LH-1/packing/": b"",
    }
    batch = done(luma, bob, packed(files))
    assert results(batch) == {
        "photos/LH-1/inspection/whole-1.jpg": "kept",
        "photos/LH-1/packing/label.jpg": "kept",
        "photos/LH-1/packing/SP1/box.jpg": "kept",
        "LH-1-inspection-2.jpg": "kept",
        "photos/LH-1/inspection/copy.jpg": "same",
        "photos/LH-1/inspection/VASE/3.jpg": "refused",
        "photos/HB-1/packing/1.jpg": "lost",
        "photos/LH-1/packing/broken.jpg": "refused",
        "photos/LH-1/packing/list.xlsx": "skipped",
        "__MACOSX/photos/_x": "skipped",
        "IMG_1.jpg": "refused",
    }
    assert (batch.state, batch.percent, batch.files_total) == ("done", 100, 11)
    assert (batch.kept, batch.same, batch.refused, batch.lost, batch.skipped) == (4, 1, 3, 1, 2)
    assert not bulk.zip_path(batch).exists()
    assert kept(harbor) == 0
    with tenant(luma):
        places = sorted(Evidence.objects.values_list("place", "uploaded_by__email"))
        assert places == [(place, bob.email) for place in ("box", "label", "whole", "whole")]
        reason = IntakeFile.objects.get(name__contains="VASE").reason
        assert "VASE" in reason


def test_the_same_zip_again_changes_nothing(luma, bob, orders):
    data = packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(3)})
    first, again = done(luma, bob, data), done(luma, bob, data)
    assert (first.kept, again.kept, again.same) == (3, 0, 3)
    assert kept(luma) == 3


def test_too_many_for_one_parcel_are_refused_with_the_reason(luma, bob, orders):
    batch = done(luma, bob, packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(14)}))
    assert (batch.kept, batch.refused) == (12, 2)
    with tenant(luma):
        assert all("12" in reason for reason in batch.files.filter(outcome="refused").values_list("reason", flat=True))


# ── hostile ZIPs ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "name",
    [
        "../../LH-1/packing/a.jpg",
        "/etc/LH-1/../a-packing.jpg",
        "..\\LH-1\\packing\\a.jpg",
        "LH-1/packing/..\\..\\a.jpg",
    ],
)
def test_names_that_climb_write_nowhere(luma, bob, orders, name):
    batch = done(luma, bob, packed({name: fresh()}))
    assert list(results(batch).values()) == ["refused"]
    assert kept(luma) == 0


def test_odd_names_are_shown_harmless(luma, bob, orders):
    batch = done(
        luma,
        bob,
        packed({"LH-1/packing/\u202egpj.exe\u200b.jpg": fresh(), "LH-1/packing/" + "é" * 200 + ".jpg": fresh()}),
    )
    assert batch.kept == 2
    for name in results(batch):
        assert "\u202e" not in name and "\u200b" not in name and len(name) <= 300


def test_a_bomb_is_refused_by_the_bytes_that_come_out(luma, bob, orders):
    bomb = packed(
        {"LH-1/packing/bomb.jpg": b"\xff\xd8\xff" + b"\0" * (19 * 1024 * 1024)}, compression=zipfile.ZIP_DEFLATED
    )
    assert len(bomb) < 40_000
    # The directory lies: it says that the entry is small.
    at = bomb.rindex(b"PK\x01\x02") + 24
    liar = bomb[:at] + struct.pack("<I", 100) + bomb[at + 4 :]
    for data in (bomb, liar):
        batch = done(luma, bob, data)
        assert (batch.state, batch.refused, batch.kept) == ("done", 1, 0)


def test_more_than_is_allowed_stops_the_zip(luma, bob, orders, monkeypatch):
    monkeypatch.setattr(bulk_zip, "MOST_BYTES", 10_000)
    files = {"LH-1/packing/1.jpg": fresh(), **{f"LH-1/packing/{n}.pdf": b"%PDF" + b"x" * 4000 for n in range(4)}}
    batch = done(luma, bob, packed(files))
    assert batch.state == "failed" and "2 GB" in batch.failure and batch.kept == 1
    assert not bulk.zip_path(batch).exists()


def test_too_many_entries_are_told_at_once(luma, bob):
    batch = done(luma, bob, packed({f"{n}.txt": b"" for n in range(2_001)}))
    assert batch.state == "failed" and "2001" in batch.failure.replace(",", "") and batch.files_done == 0


def test_a_directory_that_claims_gigabytes_is_not_read(luma, bob):
    data = packed({"LH-1/packing/1.jpg": fresh()})
    end = data.rindex(b"PK\x05\x06")
    huge = b"\0" * (5 * 1024 * 1024)
    start_of = data.index(b"PK\x01\x02")
    fields = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, end - start_of + len(huge), start_of, 0)
    batch = done(luma, bob, data[:end] + huge + fields)
    assert batch.state == "failed" and "no ZIP that can be read" in batch.failure


@pytest.mark.parametrize("cut", [4, 30, 200])
def test_what_is_no_zip_ends_with_a_reason(luma, bob, cut):
    batch = done(luma, bob, packed({"LH-1/packing/1.jpg": fresh()})[:cut])
    assert batch.state == "failed" and batch.failure


def test_locked_nested_unusual_and_damaged_entries_are_refused_alone(luma, bob, orders):
    data = bytearray(packed([("LH-1/packing/locked.jpg", fresh()), ("LH-1/packing/good.jpg", fresh())]))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    batch = done(luma, bob, bytes(data))
    assert results(batch) == {"LH-1/packing/locked.jpg": "refused", "LH-1/packing/good.jpg": "kept"}
    inner = packed({"LH-1/packing/deep.jpg": fresh()})
    batch = done(luma, bob, packed({"LH-1/packing/deep.zip": inner, "LH-1/packing/deep.jpg": inner}))
    assert results(batch) == {"LH-1/packing/deep.zip": "skipped", "LH-1/packing/deep.jpg": "refused"}
    batch = done(luma, bob, packed({"LH-1/packing/x.jpg": fresh()}, compression=zipfile.ZIP_LZMA))
    assert results(batch) == {"LH-1/packing/x.jpg": "refused"}
    stored = bytearray(packed({"LH-1/packing/crc.jpg": fresh()}))
    stored[stored.index(b"\xff\xd8") + 40] ^= 0xFF
    batch = done(luma, bob, bytes(stored))
    assert results(batch) == {"LH-1/packing/crc.jpg": "refused"}
    assert kept(luma) == 1


# ── workers ────────────────────────────────────────────────────────────────────────────────────────────────────────
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


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_zip_from_the_form_waits_on_the_disk(desk, luma, bob, orders):
    url = reverse("desk:intake_bulk", args=[luma.slug])
    answer = desk.post(url, {"file": SimpleUploadedFile("week.zip", packed({"LH-1/packing/1.jpg": fresh()}))})
    with tenant(luma):
        batch = Intake.objects.get()
    assert answer.status_code == 302 and str(batch.key) in answer["Location"]
    assert bulk.zip_path(batch).is_relative_to(spool.folder(luma.pk)) and bulk.zip_path(batch).exists()
    page = desk.get(answer["Location"])
    assert b"Waiting for a worker" in page.content and b"hx-get" in page.content
    bulk.run(luma, batch.pk)
    page = desk.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page and "LH-1/packing/1.jpg" in page and "hx-get" not in page
    assert "week.zip" in desk.get(url).content.decode()


@pytest.mark.parametrize(
    "data, words", [(b"", "The file is empty"), (b"Rar!\x1a", "This is no ZIP"), (None, "Choose a ZIP")]
)
def test_the_form_names_what_to_mend(desk, luma, data, words):
    given = {} if data is None else {"file": SimpleUploadedFile("week.zip", data)}
    answer = desk.post(reverse("desk:intake_bulk", args=[luma.slug]), given)
    assert answer.status_code == 422 and words in answer.content.decode()


def test_a_full_disk_is_said_and_nothing_is_left(desk, luma, monkeypatch):
    monkeypatch.setattr(spool, "KEPT_FREE", 1 << 60)
    data = {"file": SimpleUploadedFile("week.zip", packed({"a.txt": b""}))}
    assert desk.post(reverse("desk:intake_bulk", args=[luma.slug]), data).status_code == 503
    with tenant(luma):
        assert not Intake.objects.exists()


@pytest.mark.parametrize("what", ["list", "files"])
def test_lists_cost_no_query_per_row(desk, luma, bob, what):
    with tenant(luma):
        batch = Intake.objects.create(name="a", size=1, state="done", created_by=bob)

    def grow(first, last):
        with tenant(luma):
            for n in range(first, last):
                if what == "list":
                    Intake.objects.create(name="a", size=1, created_by=bob)
                else:
                    IntakeFile.objects.create(
                        batch=batch, position=n, name=f"{n}.jpg", outcome="kept", order_number="X"
                    )

    def count() -> int:
        url = reverse("desk:intake_bulk", args=[luma.slug])
        url = url if what == "list" else reverse("desk:intake_batch", args=[luma.slug, batch.key])
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(url).status_code == 200
        return len(queries)

    grow(0, 1)
    few = count()
    grow(1, 3)
    assert count() == few


def test_the_files_come_in_pages(desk, luma):
    with tenant(luma):
        batch = Intake.objects.create(name="a", size=1, state="done")
        IntakeFile.objects.bulk_create(
            IntakeFile(batch=batch, position=n, name=f"file-{n:03d}.jpg", outcome="kept") for n in range(120)
        )
    url = reverse("desk:intake_batch", args=[luma.slug, batch.key])
    first = desk.get(url).content.decode()
    assert "file-099" in first and "file-100" not in first
    after = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = desk.get(url + after).content.decode()
    assert "file-099" not in second and "file-119" in second


# ── a folder ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "path, status, outcome",
    [("in/LH-1/packing/1.jpg", 201, "kept"), ("in/HB-1/packing/1.jpg", 422, "lost"), ("in/1.jpg", 422, "refused"),
     ("in/LH-1/packing/1.txt", 200, "skipped"), ("../LH-1/packing/1.jpg", 422, "refused")],
)  # fmt: skip
def test_a_file_of_the_browsers_folder(desk, luma, orders, path, status, outcome):
    data = fresh()
    url = reverse("desk:intake_file", args=[luma.slug])
    answer = desk.post(url, {"photo": SimpleUploadedFile("1.jpg", data), "path": path})
    assert (answer.status_code, answer.json()["outcome"]) == (status, outcome)
    if outcome == "kept":
        again = desk.post(url, {"photo": SimpleUploadedFile("1.jpg", data), "path": path})
        assert (again.status_code, again.json()) == (200, {"outcome": "same", "reason": "", "order": "LH-1"})
    assert desk.post(url, {"path": path}).status_code == 422


def test_a_folder_on_the_server(luma, harbor, bob, orders, tmp_path, capsys):
    folder = tmp_path / "scans" / "LH-1" / "packing"
    folder.mkdir(parents=True)
    (folder / "label.jpg").write_bytes(fresh())
    (folder / "notes.txt").write_text("x")
    (folder / "passwd-packing.jpg").symlink_to("/etc/passwd")
    call_command("intake_evidence", tmp_path / "scans", organization="luma")
    out = capsys.readouterr().out
    assert "kept: scans/LH-1/packing/label.jpg" in out and "1 kept, 0 same, 0 refused, 0 lost, 1 skipped" in out
    # What a member sends afterwards is the same photo.
    call_command("intake_evidence", tmp_path / "scans", organization="luma")
    assert "0 kept, 1 same" in capsys.readouterr().out
    with tenant(luma):
        by = member(bob, luma)
    assert bulk.put(luma, by=by, path="LH-1/packing/a.jpg", file=(folder / "label.jpg").open("rb")).outcome == "same"
    assert (kept(luma), kept(harbor)) == (1, 0)
    (folder / "second.jpg").write_bytes(b"no photo")
    with pytest.raises(CommandError, match="Not every photo"):
        call_command("intake_evidence", tmp_path / "scans", organization="luma")
    with pytest.raises(CommandError, match="no organization"):
        call_command("intake_evidence", tmp_path, organization="nobody")
    with pytest.raises(CommandError, match="no folder"):
        call_command("intake_evidence", tmp_path / "absent", organization="luma")

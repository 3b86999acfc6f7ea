"""The pages of many photos at once: a ZIP, its files, a folder of the browser; and a folder on the server."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.orders.models import Intake, IntakeFile
from aftersales.tenants.scope import tenant
from evidence import spool
from evidence.intake import bulk
from tests.evidence.conftest import fresh
from tests.evidence.zips import kept, packed
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


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

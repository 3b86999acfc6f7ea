"""The evidence pack, made as a worker makes it and taken apart."""

import datetime as dt
import io

import pypdf
import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions as photos
from evidence import keeping, pipeline, spool, storage
from evidence.custody import seal
from evidence.models import Custody, Evidence, Seal
from papers import actions, pack, store, tasks
from papers.models import Paper
from tests.evidence.pictures import document, photo, upload, video
from tests.factories import make_ticket
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import ask, make_both
from tests.papers.packing import WELL, entries, packed, run, sha, told
from tickets import actions as tickets
from tickets.actions import By

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    return make_both(cast)


@pytest.fixture(autouse=True)
def own_spool(settings, tmp_path):
    settings.EVIDENCE_SPOOL = tmp_path / "spool"


def add(case, data, name="IMG_0001.jpg", *, ready=True, by=None, **more) -> Evidence:
    owner = {} if {"returned", "shipment", "inspection"} & set(more) else {"ticket": case.ticket}
    more = {"place": "whole"} | owner | more
    row = photos.add_evidence(organization=case.organization, file=upload(data, name), by=by or case.by, **more)
    if ready:
        pipeline.process(case.organization, row.pk)
    with tenant(case.organization):
        return Evidence.objects.get(pk=row.pk)


def customer_of(case) -> By:
    with tenant(case.organization):
        return By.customer(case.ticket.customer)


def kept(case) -> set[str]:
    """Return the keys of the papers in the store; other tests leave theirs there."""
    return {each["Key"] for each in storage.listed(f"{case.organization.pk}/papers/")}


def test_a_pack_holds_everything_of_the_ticket_and_proves_it(case, copycase, tmp_path):
    customer = customer_of(case)
    at = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)
    sent = {
        "clip": add(case, video(), "Maria's clip.mp4", by=customer, place="other", reduced=True, taken_at=at),
        "note": add(case, document(), "note.pdf"),
        "back": add(case, photo(mark=b"back"), returned=case.returned),
        "parcel": add(case, photo(mark=b"parcel"), shipment=case.shipment),
        "waits": add(case, photo(mark=b"waits"), ready=False),
    }
    bad, gone = add(case, photo(mark=b"bad")), add(case, photo(mark=b"gone"))
    with tenant(case.organization):
        Evidence.objects.filter(pk=bad.pk).update(scan="infected", state="failed", failure="infected")
        keeping.delete_evidence(gone, by=case.by, reason="Sent by mistake.")
    paper, data = packed(case)
    files = entries(data)
    manifest, log = told(files), told(files, "log.json")
    assert (paper.done, paper.total) in ((None, None), (7, 7)) and paper.size == len(data) and paper.sha256 == sha(data)
    assert paper.manifest_sha256 == sha(files["manifest.json"])
    by_pk = {each["evidence"]: each for each in manifest["pieces"]}
    assert [each["number"] for each in manifest["pieces"]] == list(range(1, 10))
    for row in (case.photo, *sent.values()):
        piece = by_pk[row.pk]
        assert sha(files[piece["original"]]) == row.sha256 == piece["sha256"], piece
        assert piece["size"] == row.size and piece["media_type"] == row.media_type
    clip = by_pk[sent["clip"].pk]
    assert (clip["kind"], clip["reduced"], clip["taken_source"], clip["of"]) == ("video", True, "device", "complaint")
    assert clip["taken_at"] == at.isoformat() and clip["duration"] > 1 and clip["uploaded_by"]["kind"] == "customer"
    assert files[clip["copy"]].startswith(b"\xff\xd8") and by_pk[sent["note"].pk]["pages"] == 2
    assert (by_pk[sent["back"].pk]["of"], by_pk[sent["parcel"].pk]["of"]) == ("return", "packing")
    assert "inspection" in {each["of"] for each in manifest["pieces"]}
    assert by_pk[sent["waits"].pk]["stored_at"] is None and by_pk[sent["waits"].pk]["copy"] is None
    for row, why in ((bad, "infected"), (gone, "deleted")):
        assert (by_pk[row.pk]["left_out"], by_pk[row.pk]["original"]) == (why, None)
        assert not any(row.sha256[:12] in name for name in files)
    assert by_pk[gone.pk]["deletion"] == "Sent by mistake." and by_pk[gone.pk]["deleted_at"]
    with tenant(case.organization):
        kept = {row.pk: [] for row in Evidence.objects.all()}
        for each in Custody.objects.exclude(verb="packed").exclude(ticket=case.ticket).order_by("evidence", "number"):
            kept[each.evidence_id].append([each.pk, each.payload, each.previous, each.hash])
        noted = Custody.objects.filter(verb="packed").values_list("evidence", "payload")
        assert {pk for pk, _payload in noted} == set(paper.pieces) == set(by_pk) - {bad.pk, gone.pk}
        assert all(paper.manifest_sha256 in payload for _pk, payload in noted)
    assert {each["evidence"]: [list(event.values()) for event in each["events"]] for each in log["pieces"]} == kept
    with tenant(case.organization):
        asked = list(Custody.objects.filter(ticket=case.ticket).order_by("number").values())
    (question,) = log["asked"]
    assert [each["id"] for each in question["events"]] == [each["id"] for each in asked] != []
    assert [each["payload"] for each in question["events"]] == [each["payload"] for each in asked]
    assert manifest["asked"] == [{"ticket": case.ticket.pk, "events": 2, "last_event": asked[-1]["hash"]}]
    verbs = [each["verb"] for each in told(files, "ticket.json")]
    assert verbs[0] == "filed" and {"evidence_added", "evidence_deleted"} <= set(verbs)
    assert b"HARBOR" not in b"".join(files.values()) and files["contact-sheet.pdf"].startswith(b"%PDF")
    (tmp_path / "pack.zip").write_bytes(data)
    assert run(tmp_path / "pack.zip", "--manifest", paper.manifest_sha256) == (0, WELL)
    for name, each in files.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(each)
    assert run(script=tmp_path / "out" / "verify.py", cwd="/") == (0, WELL)


def test_the_contact_sheet_names_each_file(case, copycase):
    _paper, data = packed(case)
    files = entries(data)
    sheet = pypdf.PdfReader(io.BytesIO(files["contact-sheet.pdf"]))
    text = "".join("".join(page.extract_text() for page in sheet.pages).split())
    for each in told(files)["pieces"]:
        assert each["sha256"] in text and f"{each['number']}." in text
    assert sum(len(page.images) for page in sheet.pages) == 2 and case.ticket.number in text and "Bob" not in text


def test_an_arabic_contact_sheet_reads_from_right_to_left(case):
    _paper, data = packed(case, language="ar")
    sheet = pypdf.PdfReader(io.BytesIO(entries(data)["contact-sheet.pdf"]))
    text = sheet.pages[0].extract_text().replace("\u200e", "")
    assert sheet.trailer["/Root"]["/Lang"] == "ar" and case.photo.sha256[:32] in text


def test_seals_that_cover_the_log_come_with_it(case, copycase, monkeypatch):
    monkeypatch.setattr("evidence.custody.SETTLED", dt.timedelta(seconds=-1))
    made = seal(case.organization)
    _paper, data = packed(case)
    files = entries(data)
    (only,) = told(files, "log.json")["seals"]
    assert (only["number"], only["hash"], only["count"]) == (made.number, made.hash, made.count)
    with tenant(case.organization):
        assert Seal.objects.count() == 1


def test_names_are_in_a_pack_only_when_asked_for(case, copycase):
    add(case, photo(mark=b"named"), "Maria Gonzalez.jpg", by=customer_of(case))
    with tenant(case.organization):
        tickets.note_event(case.ticket, by=case.by, verb="picture_described", why="Bob Operator saw María González")
    told_of = []
    for named in (False, True):
        _paper, data = packed(case, names=named)
        files = entries(data)
        told_of.append(b"".join(each for name, each in files.items() if name.endswith((".json", ".txt"))).decode())
    for name in ("Bob Operator", "María González", "Maria Gonzalez.jpg"):
        assert name not in told_of[0] and name in told_of[1], name


def test_other_bytes_than_those_received_fail_the_pack_by_name(case):
    row = add(case, photo(mark=b"waits"), ready=False, place="label")
    waiting = spool.path(case.organization.pk, row.sha256)
    waiting.write_bytes(waiting.read_bytes()[:-1] + b"!")
    paper = ask(case, "evidence_pack")
    assert paper.state == "failed" and f"originals/03-label-{row.sha256[:12]}.jpg: the store has other" in paper.failure
    with tenant(case.organization):
        assert not Custody.objects.filter(verb="packed").exists() and not paper.key
    waiting.unlink()
    with tenant(case.organization):
        actions.try_again(paper)
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        paper = Paper.objects.get(pk=paper.pk)
    assert paper.state == "failed" and f"03-label-{row.sha256[:12]}.jpg is not in the store any more" in paper.failure


def test_a_copy_that_was_replaced_is_left_out_and_made_again(case):
    storage.put(_fresh(case).display_key, b"x", "image/jpeg")
    _paper, data = packed(case)
    manifest = told(entries(data))
    assert [bool(each["copy"]) for each in manifest["pieces"]] == [False, True]
    assert _fresh(case).state == "pending"
    pipeline.process(case.organization, case.photo.pk)
    _paper, data = packed(case)
    assert all(each["copy"] for each in told(entries(data))["pieces"])


def _fresh(case) -> Evidence:
    with tenant(case.organization):
        return Evidence.objects.get(pk=case.photo.pk)


def test_nothing_to_pack_is_refused(case):
    with tenant(case.organization):
        empty = make_ticket()
        with pytest.raises(tickets.Refused, match="nothing to pack"):
            actions.ask_for(empty, by=case.by, kind="evidence_pack")


def test_a_file_deleted_while_it_is_packed_is_not_handed_out(case, monkeypatch):
    write = pack.write

    def meanwhile(*arguments):
        made = write(*arguments)
        with tenant(case.organization):
            keeping.delete_evidence(Evidence.objects.get(pk=case.photo.pk), by=case.by, reason="Erasure.")
        return made

    before = kept(case)
    monkeypatch.setattr(pack, "write", meanwhile)
    paper = ask(case, "evidence_pack")
    assert paper.state == "failed" and "deleted while" in paper.failure and not paper.key
    assert kept(case) == before


def test_a_file_deleted_later_takes_its_packs_along(case, copycase):
    before = kept(case)
    paper, _data = packed(case)
    other, _data = packed(copycase)
    tasks.sweep()
    with tenant(case.organization):
        keeping.delete_evidence(Evidence.objects.get(pk=case.photo.pk), by=case.by, reason="Erasure.")
    tasks.sweep()
    with tenant(case.organization):
        fresh = Paper.objects.get(pk=paper.pk)
    assert (fresh.state, fresh.key, fresh.sha256) == ("failed", "", "") and "deleted since" in fresh.failure
    assert kept(case) == before
    with tenant(copycase.organization):
        assert Paper.objects.get(pk=other.pk).state == "ready"
    with tenant(case.organization):
        actions.try_again(fresh)
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        again = Paper.objects.get(pk=paper.pk)
    assert again.state == "ready" and case.photo.pk not in again.pieces


def test_progress_is_told_and_a_sign_keeps_the_sweep_away(case, monkeypatch):
    monkeypatch.setattr(actions, "SIGN_SECONDS", 0)
    seen, put = [], pack.Writer.put

    def watched(self, *arguments, **more):
        with tenant(case.organization):
            row = Paper.objects.get()
            seen.append((row.done, row.total))
            Paper.objects.update(asked_at=timezone.now() - 2 * actions.LOST_AFTER)
        assert actions.lost(case.organization) == []
        return put(self, *arguments, **more)

    monkeypatch.setattr(pack.Writer, "put", watched)
    packed(case)
    assert seen[:4] == [(0, 2), (0, 2), (1, 2), (1, 2)] and seen[-1] == (2, 2)


def test_a_worker_that_was_thought_dead_stops(case, monkeypatch):
    monkeypatch.setattr(actions, "SIGN_SECONDS", 0)
    with tenant(case.organization):
        paper = actions.ask_for(case.ticket, by=case.by, kind="evidence_pack")
    put, calls, before = pack.Writer.put, [], kept(case)

    def overtaken(self, *arguments, **more):
        calls.append(1)
        with tenant(case.organization):
            Paper.objects.update(attempts=2)
        return put(self, *arguments, **more)

    monkeypatch.setattr(pack.Writer, "put", overtaken)
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        fresh = Paper.objects.get(pk=paper.pk)
        assert (fresh.state, fresh.attempts, len(calls)) == ("waiting", 2, 1)
    assert kept(case) == before


def test_parts_are_put_together_and_what_ends_half_way_is_not_there(case, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "PART", 5 * 1024 * 1024)
    path, signs = tmp_path / "large", []
    path.write_bytes(b"0123456789abcdef" * (12 * 65536))
    key = f"{case.organization.pk}/papers/large"
    with pytest.raises(ZeroDivisionError):
        store.put_file(key, path, "application/zip", lambda: 1 // 0)
    with pytest.raises(FileNotFoundError):
        storage.head(key)
    store.put_file(key, path, "application/zip", lambda: signs.append(1))
    assert b"".join(storage.chunks(key)) == path.read_bytes() and len(signs) == 3
    client = storage.patient().client
    open_ones = client.list_multipart_uploads(Bucket=storage.patient().bucket_name).get("Uploads", [])
    assert key not in [each["Key"] for each in open_ones]
    assert storage.head(key)["ContentType"] == "application/zip"

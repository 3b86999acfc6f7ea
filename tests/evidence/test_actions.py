"""Receiving and removing evidence, and downloading it; the worker's part is in `test_pipeline.py`."""

import datetime as dt
import hashlib
import urllib.error
import urllib.request

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.utils import timezone
from PIL import Image

from aftersales.tenants.scope import tenant
from evidence import actions, pipeline, spool
from evidence.media import NotAccepted
from evidence.models import Evidence
from evidence.storage import StorageDown
from tests.evidence.conftest import add, begin, fresh, rows, stored, visit
from tests.evidence.pictures import corners, encode, photo
from tickets import actions as tickets
from tickets.actions import By, Refused
from tickets.models import FilingDraft, TicketEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(case):
    return begin(case, visit(case))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_original_is_kept_byte_by_byte_under_a_key_without_words(case, kind):
    data = photo(kind, mark=b"and what was appended")
    kept = add(case, data=data, ticket=case.ticket, name="María's lamp.jpg")
    assert spool.path(case.organization.pk, kept.sha256).read_bytes() == data and kept.stored_at is None
    assert kept.state == "pending"
    pipeline.process(case.organization, kept.pk)
    (kept,) = rows(case)
    assert stored(kept.original_key) == data and kept.stored_at and kept.state == "ready"
    assert not spool.path(case.organization.pk, kept.sha256).exists()
    assert kept.sha256 == hashlib.sha256(data).hexdigest() and kept.size == len(data)
    organization, folder, start, name = kept.original_key.split("/")
    assert (organization, folder, start) == (str(case.organization.pk), "originals", kept.sha256[:2])
    assert name == kept.sha256
    assert (kept.width, kept.height, kept.name, kept.kind) == (64, 48, "María's lamp.jpg", "photo")


def test_large_photos_arrive_whole(case):
    data = photo(mark=bytes(range(256)) * 4096 * 19)
    assert len(data) > 19 * 1024 * 1024
    kept = add(case, data=data, ticket=case.ticket, ready=True)
    assert hashlib.sha256(stored(kept.original_key)).hexdigest() == kept.sha256


def test_what_is_no_photo_leaves_nothing_behind(case):
    before = everything(case)
    with pytest.raises(NotAccepted):
        add(case, data=b"%PDF-1.7", ticket=case.ticket)
    assert everything(case) == before and rows(case) == []


def everything(case) -> list[str]:
    """What lies in the spool."""
    folder = spool.folder(case.organization.pk)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_the_same_file_twice_is_one_photo(case, draft):
    data = fresh()
    first = add(case, data=data, draft=draft)
    before = everything(case)
    again = add(case, data=data, draft=draft, place="box")
    assert again.pk == first.pk and everything(case) == before and len(rows(case)) == 1


def test_the_same_file_from_partner_and_customer_are_two(case):
    data = fresh()
    assert add(case, data=data, ticket=case.ticket).pk != add(case, data=data, ticket=case.ticket, by=case.partner).pk


def test_a_row_that_came_meanwhile_wins_and_the_second_bytes_go(case, draft, monkeypatch):
    data = fresh()
    first = add(case, data=data, draft=draft)
    before, answers = everything(case), iter([None])
    real = actions.before
    monkeypatch.setattr(actions, "before", lambda *of: next(answers, first) and real(*of))
    assert add(case, data=data, draft=draft).pk == first.pk
    assert everything(case) == before


def test_a_photo_that_comes_while_the_complaint_is_sent_finds_its_ticket(case, draft):
    stale = draft
    with tenant(case.organization):
        ticket, _made = tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    kept = add(case, draft=stale)
    assert (kept.ticket_id, kept.draft_id) == (ticket.pk, draft.pk)


def test_photos_of_a_draft_become_the_tickets(case, draft):
    kept = add(case, draft=draft)
    with tenant(case.organization):
        ticket, _made = tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
        assert [found.pk for found in ticket.evidence.all()] == [kept.pk]


def test_the_ticket_is_told_and_goes_on(case, bob):
    by = By.member(bob, bob.memberships.get())
    with tenant(case.organization):
        tickets.ask_for_proofs(case.ticket, by=by, proofs=["label_photo"])
        case.ticket.refresh_from_db()
        assert case.ticket.waiting_for == "customer"
    add(case, ticket=case.ticket, place="label")
    with tenant(case.organization):
        case.ticket.refresh_from_db()
        assert case.ticket.waiting_for == ""
        assert TicketEvent.objects.filter(ticket=case.ticket, verb="evidence_added").count() == 1


def test_the_thirteenth_photo_of_a_complaint_is_refused_with_what_to_do(case, draft, monkeypatch):
    monkeypatch.setattr(actions, "FILES_PER_FILING", 2)
    add(case, draft=draft), add(case, draft=draft)
    before = everything(case)
    with pytest.raises(Refused, match=r"At most 2 files .* Remove one"):
        add(case, draft=draft)
    assert everything(case) == before


def test_each_side_has_its_own_room_on_a_ticket(case, bob, monkeypatch):
    monkeypatch.setattr(actions, "FILES_PER_TICKET", 1)
    add(case, ticket=case.ticket)
    add(case, ticket=case.ticket, by=By.member(bob, bob.memberships.get()))
    add(case, ticket=case.ticket, by=case.partner)
    with pytest.raises(Refused):
        add(case, ticket=case.ticket)


def test_inside_a_transaction_nothing_waits_for_the_store(case):
    with tenant(case.organization), pytest.raises(RuntimeError):
        add(case, ticket=case.ticket)


def test_a_refused_row_leaves_bytes_that_the_sweep_takes(case, monkeypatch):
    before = everything(case)

    def refuse(*of, **more):
        raise Refused("closed")

    monkeypatch.setattr(tickets, "evidence_arrived", refuse)
    with pytest.raises(Refused):
        add(case, ticket=case.ticket)
    assert rows(case) == [] and len(everything(case)) == len(before) + 1
    assert pipeline.sweep_spool(case.organization, older_than_seconds=-1) == 1 and everything(case) == before


def test_a_full_disk_is_said_and_nothing_is_kept(case, monkeypatch):
    monkeypatch.setattr(spool, "KEPT_FREE", 1 << 62)
    with pytest.raises(StorageDown):
        add(case, ticket=case.ticket)
    assert rows(case) == []


def test_an_organization_without_room_is_told_so(case, monkeypatch):
    cache.clear()
    add(case, ticket=case.ticket)
    cache.clear()
    monkeypatch.setattr(case.organization, "evidence_quota_gb", 0)
    with pytest.raises(Refused, match="store for files is full"):
        add(case, ticket=case.ticket)
    cache.clear()


def test_the_files_own_time_goes_before_the_devices_and_the_place_needs_leave(case):
    claimed = dt.datetime(2026, 3, 9, tzinfo=dt.UTC)
    told = add(case, ticket=case.ticket, data=dated_photo(), taken_at=claimed)
    assert (told.taken_at, told.taken_source) == (dt.datetime(2026, 3, 4, 3, 6, 7, tzinfo=dt.UTC), "file")
    assert told.latitude is None
    allowed = add(case, ticket=case.ticket, data=photo(mark=b"2"), taken_at=claimed, use_place=True, reduced=True)
    assert (allowed.taken_at, allowed.taken_source, allowed.reduced) == (claimed, "device", True)
    assert (round(allowed.latitude, 2), round(allowed.longitude, 2)) == (38.72, -9.13)


def dated_photo() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2026:03:04 05:06:07", 0x9011: "+02:00"})
    return encode(corners(), exif=exif.tobytes())


def test_what_was_received_cannot_be_changed_or_deleted(case):
    kept = add(case, ticket=case.ticket)
    for change in ({"sha256": "0" * 64}, {"size": 1}, {"original_key": "x"}, {"uploaded_at": timezone.now()}):
        with pytest.raises(DatabaseError, match="written once"), tenant(case.organization):
            Evidence.objects.filter(pk=kept.pk).update(**change)
    with pytest.raises(DatabaseError, match="written once"), tenant(case.organization):
        Evidence.objects.filter(pk=kept.pk)._raw_delete("default")


# ── removing ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_photo_is_removed_while_the_complaint_is_written_and_stays_afterwards(case, draft):
    gone, stays = add(case, draft=draft, ready=True), add(case, draft=draft, ready=True)
    actions.remove_evidence(gone, by=case.by)
    assert [kept.pk for kept in rows(case)] == [stays.pk]
    pipeline.sweep_orphans(case.organization, older_than=timezone.now() + dt.timedelta(minutes=1))
    assert not any(default_storage.exists(key) for key in (gone.original_key, gone.thumb_key, gone.display_key))
    with tenant(case.organization):
        tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    with pytest.raises(Refused):
        actions.remove_evidence(stays, by=case.by)
    assert len(rows(case)) == 1 and default_storage.exists(stays.original_key)


def test_photos_of_complaints_never_sent_go_after_two_days(case, draft):
    add(case, draft=draft)
    filed = add(case, ticket=case.ticket)
    later = timezone.now() + dt.timedelta(seconds=1)
    assert pipeline.forget_unfiled(case.organization, older_than=timezone.now() - dt.timedelta(hours=48)) == 0
    assert pipeline.forget_unfiled(case.organization, older_than=later) == 1
    assert {kept.pk for kept in rows(case)} == {filed.pk}


# ── downloads ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_download_is_signed_attached_typed_and_short(case, settings):
    kept = add(case, ticket=case.ticket, name='x".html', place="box", ready=True)
    address = actions.download(case.organization, kept, by=case.by)
    assert "X-Amz-Expires=120" in address
    with urllib.request.urlopen(address) as answer:
        assert hashlib.sha256(answer.read()).hexdigest() == kept.sha256
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="box-{kept.sha256[:12]}.jpg"'
    for broken in (address.split("?")[0], address[:-4] + "0000", address.replace("attachment", "inline")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(broken)
        assert refused.value.code == 403


def test_browsers_may_reach_the_store_by_another_address(case):
    from aftersales.storage import ObjectStorage

    options = {
        name: getattr(default_storage, name) for name in ("bucket_name", "access_key", "secret_key", "region_name")
    }
    store = ObjectStorage(
        **options, public_url="https://files.example", addressing_style="path", signature_version="s3v4"
    )
    address = store.url("1/originals/ab/x", expire=60)
    assert (
        address.startswith(f"https://files.example/{store.bucket_name}/1/originals/ab/x?") and "Expires=60" in address
    )

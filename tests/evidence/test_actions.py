"""Keeping, preparing and removing photos, against a real S3."""

import datetime as dt
import hashlib
import urllib.error
import urllib.request

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions, storage, tasks
from evidence.images import NotAnImage
from evidence.models import Evidence
from evidence.storage import StorageDown
from tests.evidence.conftest import add, begin, fresh, rows, stored, visit
from tests.evidence.pictures import photo, upload
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
    assert stored(kept.original_key) == data
    assert kept.sha256 == hashlib.sha256(data).hexdigest() and kept.size == len(data)
    organization, folder, start, name = kept.original_key.split("/")
    assert (organization, folder, start) == (str(case.organization.pk), "originals", kept.sha256[:2])
    assert name.startswith(kept.sha256 + "-") and len(name) == 64 + 1 + 16
    assert (kept.width, kept.height, kept.name, kept.state) == (64, 48, "María's lamp.jpg", "pending")


def test_large_photos_arrive_whole(case):
    data = photo(mark=bytes(range(256)) * 4096 * 19)
    assert len(data) > 19 * 1024 * 1024
    kept = add(case, data=data, ticket=case.ticket)
    assert hashlib.sha256(stored(kept.original_key)).hexdigest() == kept.sha256


def test_what_is_no_photo_leaves_nothing_behind(case):
    before = everything(case)
    with pytest.raises(NotAnImage):
        add(case, data=b"%PDF-1.7", ticket=case.ticket)
    assert everything(case) == before and rows(case) == []


def everything(case) -> list[str]:
    found: list[str] = []
    for folder in ("originals", "copies"):
        for start in default_storage.listdir(f"{case.organization.pk}/{folder}")[0]:
            found += default_storage.listdir(f"{case.organization.pk}/{folder}/{start}")[1]
    return found


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
    monkeypatch.setattr(actions, "PHOTOS_PER_FILING", 2)
    add(case, draft=draft), add(case, draft=draft)
    before = everything(case)
    with pytest.raises(Refused, match=r"At most 2 photos .* Remove one"):
        add(case, draft=draft)
    assert everything(case) == before


def test_each_side_has_its_own_room_on_a_ticket(case, bob, monkeypatch):
    monkeypatch.setattr(actions, "PHOTOS_PER_TICKET", 1)
    add(case, ticket=case.ticket)
    add(case, ticket=case.ticket, by=By.member(bob, bob.memberships.get()))
    add(case, ticket=case.ticket, by=case.partner)
    with pytest.raises(Refused):
        add(case, ticket=case.ticket)


def test_inside_a_transaction_nothing_waits_for_the_store(case):
    with tenant(case.organization), pytest.raises(RuntimeError):
        add(case, ticket=case.ticket)


def test_a_refused_row_takes_its_bytes_along(case, monkeypatch):
    before = everything(case)

    def refuse(*of, **more):
        raise Refused("closed")

    monkeypatch.setattr(tickets, "evidence_arrived", refuse)
    with pytest.raises(Refused):
        add(case, ticket=case.ticket)
    assert everything(case) == before and rows(case) == []


def test_a_store_that_keeps_less_is_a_store_that_is_down(case, monkeypatch):
    monkeypatch.setattr(default_storage, "size", lambda key: 1)
    with pytest.raises(StorageDown):
        add(case, ticket=case.ticket)
    assert rows(case) == []


# ── copies ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_task_makes_both_copies_once(case, django_capture_on_commit_callbacks):
    kept = add(case, ticket=case.ticket)
    tasks.prepare(case.organization.pk, kept.pk)
    (ready,) = rows(case)
    assert ready.state == "ready"
    assert stored(ready.thumb_key).startswith(b"\xff\xd8\xff") and stored(ready.display_key).startswith(b"\xff\xd8\xff")
    assert ready.thumb_key.startswith(f"{case.organization.pk}/copies/")
    before = everything(case)
    tasks.prepare(case.organization.pk, kept.pk)
    assert everything(case) == before


def test_a_task_that_died_halfway_starts_again_without_leftovers(case):
    kept = add(case, ticket=case.ticket)
    tasks.prepare(case.organization.pk, kept.pk)
    before = sorted(everything(case))
    with tenant(case.organization):
        Evidence.objects.update(state="pending", thumb_key="", display_key="")
    tasks.prepare(case.organization.pk, kept.pk)
    assert sorted(everything(case)) == before and rows(case)[0].state == "ready"


def test_a_task_of_a_stranger_or_a_removed_photo_does_nothing(case, copycase):
    kept = add(case, ticket=case.ticket)
    tasks.prepare(copycase.organization.pk, kept.pk)
    tasks.prepare(case.organization.pk, kept.pk + 1000)
    assert rows(case)[0].state == "pending"


def test_an_exchanged_original_is_not_shown(case):
    kept = add(case, ticket=case.ticket)
    default_storage.delete(kept.original_key)
    default_storage.save(kept.original_key, upload(fresh()))
    tasks.prepare(case.organization.pk, kept.pk)
    assert rows(case)[0].state == "failed"


def test_the_row_asks_the_worker_after_the_commit(case, django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda *of, **more: asked.append(of))
    with django_capture_on_commit_callbacks(execute=True):
        kept = add(case, ticket=case.ticket)
    assert (actions.PREPARE, [case.organization.pk, kept.pk]) in asked


def test_a_broker_that_is_away_does_not_harm(case, django_capture_on_commit_callbacks, monkeypatch):
    def away(*of, **more):
        raise ConnectionError

    monkeypatch.setattr(actions.current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        add(case, ticket=case.ticket)
    assert len(rows(case)) == 1


def test_the_sweep_asks_again_for_what_is_overdue_in_each_organization(case, copycase, monkeypatch):
    asked = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda name, ids, **more: asked.append(tuple(ids)))
    late, other, fresh_one = (add(c, ticket=c.ticket) for c in (case, copycase, case))
    for c, kept in ((case, late), (copycase, other)):
        with tenant(c.organization):
            Evidence.objects.filter(pk=kept.pk).update(uploaded_at=timezone.now() - dt.timedelta(seconds=61))
    asked.clear()
    tasks.sweep()
    assert sorted(asked) == sorted([(case.organization.pk, late.pk), (copycase.organization.pk, other.pk)])
    assert fresh_one.pk not in {pk for _organization, pk in asked}


# ── removing ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_photo_is_removed_while_the_complaint_is_written_and_stays_afterwards(case, draft):
    gone, stays = add(case, draft=draft, ready=True), add(case, draft=draft)
    actions.remove_photo(gone, by=case.by)
    assert [kept.pk for kept in rows(case)] == [stays.pk]
    assert not any(default_storage.exists(key) for key in (gone.original_key, gone.thumb_key, gone.display_key))
    with tenant(case.organization):
        tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    with pytest.raises(Refused):
        actions.remove_photo(stays, by=case.by)
    assert len(rows(case)) == 1 and default_storage.exists(stays.original_key)


def test_photos_of_complaints_never_sent_go_after_two_days(case, draft):
    old, new, filed = add(case, draft=draft), add(case, draft=draft), add(case, ticket=case.ticket)
    with tenant(case.organization):
        Evidence.objects.filter(pk__in=[old.pk, filed.pk]).update(uploaded_at=timezone.now() - dt.timedelta(hours=49))
    tasks.sweep()
    assert {kept.pk for kept in rows(case)} == {new.pk, filed.pk}
    assert not default_storage.exists(old.original_key) and default_storage.exists(filed.original_key)


# ── downloads ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_download_is_signed_attached_typed_and_short(case, settings):
    kept = add(case, ticket=case.ticket, name='x".html', place="box")
    address = storage.presigned_download(kept)
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

"""What a worker does: storing, deriving, purging, sweeping, against a real S3."""

import datetime as dt
import hashlib

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions, keeping, pipeline, scanning, spool, storage, tasks
from evidence.models import Custody, Evidence
from tests.evidence.conftest import add, fresh, rows, stored
from tickets.actions import By, Refused

pytestmark = pytest.mark.django_db


def objects(case) -> list[str]:
    """Return the keys in the organization's part of the store."""
    return sorted(each["Key"] for each in storage.listed(f"{case.organization.pk}/"))


def replace(key: str, data: bytes) -> None:
    """Put other bytes under a key, as somebody with the store's password would."""
    storage.put(key, data, storage.ORIGINAL_TYPE)


def test_the_task_stores_and_derives_once(case):
    kept = add(case, ticket=case.ticket)
    tasks.process(case.organization.pk, kept.pk)
    (ready,) = rows(case)
    assert ready.state == "ready" and ready.stored_at and ready.version_id
    assert stored(ready.thumb_key).startswith(b"\xff\xd8\xff") and stored(ready.display_key).startswith(b"\xff\xd8\xff")
    assert ready.thumb_key.startswith(f"{case.organization.pk}/copies/")
    assert len(ready.fingerprint) == 32 and len(ready.fingerprint_parts) == 8
    before = objects(case)
    tasks.process(case.organization.pk, kept.pk)
    assert objects(case) == before and rows(case)[0].version_id == ready.version_id


def test_a_task_that_died_halfway_starts_again_without_leftovers(case):
    kept = add(case, ticket=case.ticket)
    tasks.process(case.organization.pk, kept.pk)
    before = objects(case)
    with tenant(case.organization):
        Evidence.objects.update(state="pending", thumb_key="", display_key="")
    tasks.process(case.organization.pk, kept.pk)
    assert objects(case) == before and rows(case)[0].state == "ready"


def test_copies_made_again_are_those_of_every_row_with_the_same_bytes(case, copycase):
    data = fresh()
    kept = add(case, data=data, ready=True, ticket=case.ticket)
    add(case, data=data, ready=True, inspection=case.inspection)
    other = add(copycase, data=data, ready=True, ticket=copycase.ticket)
    with tenant(case.organization):
        # As another version of the encoder would have made them.
        Evidence.objects.update(thumb_sha256="0" * 64)
        Evidence.objects.filter(pk=kept.pk).update(state="pending")
    tasks.process(case.organization.pk, kept.pk)
    made = hashlib.sha256(stored(kept.thumb_key)).hexdigest()
    assert [row.thumb_sha256 for row in rows(case)] == [made, made]
    assert rows(copycase)[0].thumb_sha256 == other.thumb_sha256


def test_a_worker_that_died_between_the_store_and_the_row_finds_the_bytes(case):
    kept = add(case, ticket=case.ticket)
    path = spool.path(case.organization.pk, kept.sha256)
    version = storage.put_once(kept.original_key, path, kept.sha256)
    path.unlink()
    tasks.process(case.organization.pk, kept.pk)
    (ready,) = rows(case)
    assert (ready.state, ready.version_id) == ("ready", version)


def test_bytes_that_are_nowhere_are_said_to_be_lost(case):
    kept = add(case, ticket=case.ticket)
    spool.discard(case.organization.pk, kept.sha256)
    tasks.process(case.organization.pk, kept.pk)
    (lost,) = rows(case)
    assert (lost.state, lost.failure) == ("failed", "lost")
    with tenant(case.organization):
        assert Custody.objects.filter(evidence=lost, verb="failed").exists()


def test_a_task_of_a_stranger_or_a_removed_photo_does_nothing(case, copycase):
    kept = add(case, ticket=case.ticket)
    tasks.process(copycase.organization.pk, kept.pk)
    tasks.process(case.organization.pk, kept.pk + 1000)
    assert rows(case)[0].state == "pending"


def test_other_bytes_under_the_key_are_neither_overwritten_nor_shown(case):
    kept = add(case, ticket=case.ticket)
    other = fresh()
    replace(kept.original_key, other)
    tasks.process(case.organization.pk, kept.pk)
    assert (rows(case)[0].state, rows(case)[0].failure) == ("failed", "changed")
    assert stored(kept.original_key) == other


def test_the_same_bytes_of_two_tickets_lie_there_once_and_as_long_as_one_is_kept(case, bob):
    data = fresh()
    first = add(case, data=data, ticket=case.ticket, ready=True)
    second = add(case, data=data, inspection=case.inspection, by=case.partner)
    pipeline.process(case.organization, second.pk)
    assert len([key for key in objects(case) if "/originals/" in key]) == 1
    delete(case, bob, first)
    assert pipeline.purge(case.organization) == 1 and stored(first.original_key) == data
    delete(case, bob, second)
    assert pipeline.purge(case.organization) == 1 and objects(case) == []


def delete(case, bob, row) -> None:
    with tenant(case.organization):
        by = By.member(bob, bob.memberships.get(organization=case.organization))
        keeping.delete_evidence(Evidence.objects.get(pk=row.pk), by=by, reason="asked by the customer")


def test_a_deleted_piece_keeps_its_row_and_nothing_of_a_person(case, bob):
    kept = add(case, ticket=case.ticket, ready=True, name="maria.jpg", use_place=True)
    delete(case, bob, kept)
    pipeline.purge(case.organization)
    (gone,) = rows(case)
    assert (gone.sha256, gone.size, gone.uploaded_at) == (kept.sha256, kept.size, kept.uploaded_at)
    assert (gone.name, gone.latitude, gone.fingerprint, gone.failure) == ("", None, "", "deleted")
    assert gone.deletion == "asked by the customer" and gone.purged_at
    with pytest.raises(FileNotFoundError):
        stored(kept.original_key)
    versions = default_storage.client.list_object_versions(Bucket=default_storage.bucket_name, Prefix=kept.original_key)
    assert not versions.get("Versions")
    with pytest.raises(Refused, match="deleted"):
        actions.download(case.organization, gone, by=case.by)


def test_a_hold_forbids_deletion_and_expiry(case, bob):
    by = By.member(bob, bob.memberships.get(organization=case.organization))
    kept = add(case, ticket=case.ticket, ready=True)
    case.organization.evidence_retention_months = 6
    with tenant(case.organization):
        type(case.ticket).objects.filter(pk=case.ticket.pk).update(closed_at=timezone.now() - dt.timedelta(days=400))
        keeping.place_hold(case.ticket, by=by, reason="court case 12")
        with pytest.raises(Refused, match="legal hold"):
            keeping.delete_evidence(Evidence.objects.get(pk=kept.pk), by=by, reason="x")
        with pytest.raises(Refused, match="already"):
            keeping.place_hold(case.ticket, by=by, reason="again")
    assert pipeline.expire(case.organization, now=timezone.now()) == 0
    with tenant(case.organization):
        keeping.release_hold(case.ticket, by=by)
    assert pipeline.expire(case.organization, now=timezone.now()) == 1
    assert rows(case)[0].deletion == "kept 6 months"
    with tenant(case.organization):
        verbs = list(Custody.objects.filter(evidence=kept).order_by("number").values_list("verb", flat=True))
    assert verbs == ["uploaded", "stored", "held", "released", "deleted"]


def test_without_a_retention_everything_stays(case):
    add(case, ticket=case.ticket)
    with tenant(case.organization):
        type(case.ticket).objects.filter(pk=case.ticket.pk).update(closed_at=timezone.now() - dt.timedelta(days=4000))
    assert pipeline.expire(case.organization, now=timezone.now()) == 0


def test_orphans_go_and_what_a_row_leads_to_stays(case):
    kept = add(case, ticket=case.ticket, ready=True)
    stranger = storage.original_key(case.organization.pk, "ab" * 32)
    replace(stranger, b"nobody's")
    assert pipeline.sweep_orphans(case.organization, older_than=timezone.now() - dt.timedelta(hours=24)) == 0
    assert pipeline.sweep_orphans(case.organization, older_than=timezone.now() + dt.timedelta(minutes=1)) == 1
    assert stranger not in objects(case) and kept.original_key in objects(case) and kept.thumb_key in objects(case)


# ── the scanner ─────────────────────────────────────────────────────────────────────────────────────────────────────
def scanner(monkeypatch, answer) -> None:
    def scan(file):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(scanning, "configured", lambda: True)
    monkeypatch.setattr(scanning, "scan", scan)


def test_a_scanner_that_is_away_leaves_it_pending_never_clean(case, monkeypatch):
    kept = add(case, ticket=case.ticket)
    scanner(monkeypatch, scanning.ScannerDown("refused"))
    pipeline.process(case.organization, kept.pk)
    (waits,) = rows(case)
    assert (waits.state, waits.scan, waits.display_key) == ("pending", "pending", "")
    scanner(monkeypatch, scanning.Verdict(True, ""))
    pipeline.process(case.organization, kept.pk)
    (clean,) = rows(case)
    assert (clean.state, clean.scan) == ("ready", "clean")


def test_malware_is_kept_as_evidence_and_given_to_nobody(case, monkeypatch):
    kept = add(case, ticket=case.ticket)
    scanner(monkeypatch, scanning.Verdict(False, "Eicar-Signature"))
    pipeline.process(case.organization, kept.pk)
    (bad,) = rows(case)
    assert (bad.state, bad.failure, bad.scan, bad.scan_detail) == ("failed", "infected", "infected", "Eicar-Signature")
    with pytest.raises(Refused, match="malware"):
        actions.download(case.organization, bad, by=case.by)


# ── asking again ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_row_asks_the_worker_after_the_commit(case, django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda *of, **more: asked.append(of))
    with django_capture_on_commit_callbacks(execute=True):
        kept = add(case, ticket=case.ticket)
    assert (actions.PROCESS, [case.organization.pk, kept.pk]) in asked


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
    late, other = (add(c, ticket=c.ticket) for c in (case, copycase))
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=61)):
        fresh_one = add(case, ticket=case.ticket)
        asked.clear()
        tasks.sweep()
    assert sorted(asked) == sorted([(case.organization.pk, late.pk), (copycase.organization.pk, other.pk)])
    assert fresh_one.pk not in {pk for _organization, pk in asked}

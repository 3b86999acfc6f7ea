"""The custody log and `verify_evidence`: what is changed behind the application's back is found and named."""

import datetime as dt
import json
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions, custody, pipeline, spool, storage
from evidence.models import Custody, Evidence, Seal, Verification
from evidence.verify import verify
from tests.evidence.conftest import add, ask, begin, fresh, visit
from tickets import actions as tickets
from tickets.actions import By
from tickets.models import FilingDraft

pytestmark = pytest.mark.django_db


def events(case, row) -> list[Custody]:
    with tenant(case.organization):
        return list(Custody.objects.filter(evidence=row.pk).order_by("number"))


def fresh_row(case, row) -> Evidence:
    with tenant(case.organization):
        return Evidence.objects.get(pk=row.pk)


def words(case) -> list[str]:
    return [finding[0] for finding in verify(case.organization).findings]


def behind_the_back(*statements: str) -> None:
    """Run SQL as the tables' owner with every trigger off, as somebody with the database's password would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; SET ROLE NONE")
        for table in ("evidence_custody", "evidence_evidence", "evidence_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for statement in statements:
            cursor.execute(statement)
            assert cursor.rowcount, statement
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        for table in ("evidence_custody", "evidence_evidence", "evidence_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        cursor.execute(f"SET ROLE {settings.DATABASE_APP_ROLE}")


def test_the_log_tells_who_sent_saw_and_took_it_each_event_chained_to_the_one_before(case, bob):
    kept = add(case, ticket=case.ticket, ready=True)
    by = By.member(bob, bob.memberships.get(organization=case.organization))
    actions.seen(case.organization, kept, by=by)
    actions.download(case.organization, kept, by=by)
    found = events(case, kept)
    assert [each.verb for each in found] == ["uploaded", "stored", "seen", "downloaded"]
    assert list(custody.broken(found)) == []
    assert [each.previous for each in found] == ["", *(each.hash for each in found[:-1])]
    assert f'"user":{bob.pk}' in found[2].payload and kept.sha256 in found[0].payload
    assert "María" not in "".join(each.payload for each in found)


def test_a_file_of_a_complaint_gets_its_log_when_it_is_sent(case):
    draft = begin(case, visit(case))
    kept = add(case, draft=draft, ready=True)
    actions.seen(case.organization, kept, by=case.by)
    assert events(case, kept) == []
    with tenant(case.organization):
        tickets.file_ticket(FilingDraft.objects.get(pk=draft.pk), by=case.by, channel="portal")
    assert pipeline.begin_logs(case.organization) == 1 and pipeline.begin_logs(case.organization) == 0
    first, second = events(case, kept)
    assert (first.verb, first.at, second.verb, second.at) == ("uploaded", kept.uploaded_at, "stored", kept.stored_at)


def test_the_application_can_neither_change_nor_delete_an_event(case):
    kept = add(case, ticket=case.ticket)
    (event,) = events(case, kept)
    with pytest.raises(DatabaseError), tenant(case.organization):
        Custody.objects.filter(pk=event.pk).update(verb="seen")
    with pytest.raises(DatabaseError), tenant(case.organization):
        Custody.objects.filter(pk=event.pk)._raw_delete("default")


def test_all_is_well(case, copycase):
    (
        add(case, ticket=case.ticket, ready=True),
        add(case, inspection=case.inspection),
        add(copycase, ticket=copycase.ticket),
    )
    report = verify(case.organization)
    assert (report.findings, report.checked) == ([], 2) and report.ended_at and report.size > 0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "replaced"),
        (lambda data: data + b"x", "replaced"),
        (lambda data: None, "missing"),
    ],
)
def test_a_changed_replaced_or_missing_original_is_named(case, change, word):
    kept, other = add(case, ticket=case.ticket, ready=True), add(case, ticket=case.ticket, ready=True)
    data = change(storage.read(kept.original_key))
    if data is None:
        storage.purge(kept.original_key)
    else:
        storage.put(kept.original_key, data, storage.ORIGINAL_TYPE)
    ((found, name, why),) = verify(case.organization).findings
    assert found == word and kept.original_key in name and case.ticket.number in name and f"#{kept.pk}" in name
    assert other.original_key not in name
    # The bucket keeps versions, so what was received can be had back.
    assert ("received still lie there" in why) == (data is not None)


def test_a_byte_flipped_in_a_bucket_without_versions_is_named(case):
    kept = add(case, ticket=case.ticket, ready=True)
    behind_the_back(f"UPDATE evidence_evidence SET version_id = '' WHERE id = {kept.pk}")
    data = bytearray(storage.read(kept.original_key))
    data[100] ^= 4
    storage.put(kept.original_key, bytes(data), storage.ORIGINAL_TYPE)
    assert words(case) == ["flipped"]


def test_what_was_lost_is_prepared_anew_once_it_lies_there_again(case):
    kept, other = add(case, ticket=case.ticket, ready=True), add(case, ticket=case.ticket, ready=True)
    data, wrong = storage.read(kept.original_key), storage.read(other.original_key)
    storage.purge(kept.original_key)
    storage.put(kept.original_key, wrong, storage.ORIGINAL_TYPE)
    pipeline.remake(case.organization, kept)
    pipeline.process(case.organization, kept.pk)
    assert words(case) == ["replaced"] and fresh_row(case, kept).failure == "changed"
    storage.put(kept.original_key, data, storage.ORIGINAL_TYPE)
    assert words(case) == [] and fresh_row(case, kept).state == "pending"
    pipeline.process(case.organization, kept.pk)
    again = fresh_row(case, kept)
    assert (again.state, again.failure) == ("ready", "") and words(case) == []


def test_two_swapped_objects_are_both_named(case):
    first, second = (add(case, ticket=case.ticket, ready=True) for _ in range(2))
    bytes_of = {row: storage.read(row.original_key) for row in (first, second)}
    storage.put(first.original_key, bytes_of[second], storage.ORIGINAL_TYPE)
    storage.put(second.original_key, bytes_of[first], storage.ORIGINAL_TYPE)
    names = " ".join(finding[1] for finding in verify(case.organization).findings)
    assert first.original_key in names and second.original_key in names


def test_a_replaced_copy_and_a_lost_spool_are_named(case):
    ready, waits = add(case, ticket=case.ticket, ready=True), add(case, ticket=case.ticket)
    storage.put(ready.display_key, fresh(), storage.COPY_TYPE)
    assert words(case) == ["copy"]
    spool.discard(case.organization.pk, waits.sha256)
    assert sorted(words(case)) == ["copy", "missing"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_custody SET payload = replace(payload, 'stored', 'x') WHERE evidence_id = {pk} AND number = 2",
        "UPDATE evidence_custody SET verb = 'seen' WHERE evidence_id = {pk} AND number = 2",
        "DELETE FROM evidence_custody WHERE evidence_id = {pk} AND number = 2",
        "DELETE FROM evidence_custody WHERE evidence_id = {pk}",
        "UPDATE evidence_evidence SET uploaded_at = uploaded_at - interval '1 day' WHERE id = {pk}",
        "UPDATE evidence_evidence SET taken_at = now() WHERE id = {pk}",
        "UPDATE evidence_evidence SET uploader_kind = 'operator' WHERE id = {pk}",
        "UPDATE evidence_evidence SET deleted_at = now() WHERE id = {pk}",
        "UPDATE evidence_evidence SET version_id = 'other' WHERE id = {pk}",
    ],
)
def test_a_log_or_row_changed_by_the_tables_owner_is_found(case, statement):
    kept = add(case, ticket=case.ticket, ready=True)
    actions.seen(case.organization, kept, by=case.by)
    behind_the_back(statement.format(pk=kept.pk))
    assert set(words(case)) == {"log"}


# ── what was asked for ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def question(case, bob) -> By:
    """The customer and the supplier were asked, the customer twice; returns who asked."""
    with tenant(case.organization):
        by = By.member(bob, bob.memberships.get(organization=case.organization))
        tickets.ask_for_proofs(case.ticket, by=by, proofs=["label_photo", "proof_of_origin"], text="Dear María")
        tickets.ask_for_proofs(case.ticket, by=by, proofs=["label_photo", "fault_video"])
        return by


def chain(case) -> list[Custody]:
    with tenant(case.organization):
        return list(Custody.objects.filter(ticket=case.ticket).order_by("number"))


def test_the_tickets_chain_tells_what_was_asked_of_whom_and_again(case, copycase, bob, question):
    found = chain(case)
    assert [each.number for each in found] == list(range(1, len(found) + 1)) and list(custody.broken(found)) == []
    assert [each.previous for each in found] == ["", *(each.hash for each in found[:-1])]
    told = [json.loads(each.payload) for each in found]
    assert all((each["ticket"], each["user"], each["verb"]) == (case.ticket.pk, bob.pk, "asked") for each in told)
    details = [each["detail"] for each in told]
    customer = case.order.customer_id
    assert [each["proofs"] for each in details if each["customer"] == customer] == [
        ["label_photo"], ["label_photo", "fault_video"]
    ]  # fmt: skip
    assert [each["again"] for each in details if each["customer"]] == [[], ["label_photo"]]
    assert "María" not in "".join(each.payload for each in found) and words(case) == []
    assert chain(copycase) == []


def test_a_partner_that_is_asked_to_answer_for_a_share_stands_in_the_chain(case, bob):
    asked, _browser = ask(case, bob)
    (event,) = chain(case)
    assert json.loads(event.payload)["detail"] == {
        "of": "supplier", "customer": None, "partner": case.supplier.pk, "request": asked.pk, "proofs": [],
        "again": [], "percent": 80,
    }  # fmt: skip


def test_a_question_that_is_refused_leaves_no_event(case, bob, question):
    before = len(chain(case))
    with pytest.raises(tickets.Refused), tenant(case.organization):
        tickets.ask_for_proofs(case.ticket, by=question, proofs=["nonsense"])
    with pytest.raises(ZeroDivisionError), tenant(case.organization):
        tickets.ask_for_proofs(case.ticket, by=question, proofs=["label_photo"])
        raise ZeroDivisionError
    assert len(chain(case)) == before


def test_an_event_is_of_a_piece_or_of_a_ticket(case, question):
    kept = add(case, ticket=case.ticket)
    for owner in ({}, {"evidence": kept, "ticket": case.ticket}):
        with pytest.raises(DatabaseError), tenant(case.organization):
            Custody.objects.create(number=9, verb="asked", at=timezone.now(), payload="{}", hash="0" * 64, **owner)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_custody SET payload = replace(payload, 'label', 'box') WHERE ticket_id = {pk} AND number = 1",
        "UPDATE evidence_custody SET verb = 'seen' WHERE ticket_id = {pk} AND number = 1",
        "DELETE FROM evidence_custody WHERE ticket_id = {pk} AND number = 1",
        "DELETE FROM evidence_custody WHERE ticket_id = {pk}",
    ],
)
def test_a_tickets_chain_changed_by_the_tables_owner_is_found(case, question, statement):
    behind_the_back(statement.format(pk=case.ticket.pk))
    findings = verify(case.organization).findings
    assert findings and all(word == "log" and case.ticket.number in name for word, name, _why in findings)


def test_a_question_cut_off_the_end_is_missed_by_the_seal(case, question):
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        custody.seal(case.organization)
    behind_the_back(f"DELETE FROM evidence_custody WHERE ticket_id = {case.ticket.pk} AND number = {len(chain(case))}")
    assert words(case) == ["seal"]


# ── seals ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def sealed(case):
    """Evidence whose log was sealed, and whose last event is gone without a gap before the seal is asked."""
    kept = add(case, ticket=case.ticket, ready=True)
    actions.seen(case.organization, kept, by=case.by)
    assert custody.seal(case.organization) is None
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        seal = custody.seal(case.organization)
    assert seal.count == 3 and storage.rehash(custody.seal_key(seal))
    return kept


def test_sealing_again_seals_what_came_since(case, sealed):
    assert custody.seal(case.organization) is None
    actions.seen(case.organization, sealed, by=case.by)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        second = custody.seal(case.organization)
    assert (second.number, second.count) == (2, 1) and words(case) == []


def test_an_event_cut_off_the_end_is_missed_by_the_seal(case, sealed):
    behind_the_back(f"DELETE FROM evidence_custody WHERE evidence_id = {sealed.pk} AND number = 3")
    assert words(case) == ["seal"]


def test_evidence_that_is_gone_with_its_log_is_missed_by_the_seal(case, sealed):
    behind_the_back(
        f"DELETE FROM evidence_custody WHERE evidence_id = {sealed.pk}",
        f"DELETE FROM evidence_evidence WHERE id = {sealed.pk}",
    )
    assert words(case) == ["seal"]


def test_a_seal_rewritten_in_the_database_differs_from_the_object(case, sealed):
    behind_the_back(f"DELETE FROM evidence_custody WHERE evidence_id = {sealed.pk} AND number = 3")
    with tenant(case.organization):
        seal = Seal.objects.get()
        hashes = Custody.objects.order_by("pk").values_list("hash", flat=True)
        root = custody.root("", hashes)
    behind_the_back(f"UPDATE evidence_seal SET count = 2, hash = '{root}' WHERE id = {seal.pk}")
    assert words(case) == ["seal"]
    behind_the_back(f"DELETE FROM evidence_seal WHERE id = {seal.pk}")
    assert words(case) == ["seal"]


# ── the command ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_command_names_each_and_exits_1(case, copycase):
    kept = add(case, ticket=case.ticket, ready=True)
    out = StringIO()
    call_command("verify_evidence", stdout=out)
    assert "1 checked" in out.getvalue()
    storage.purge(kept.original_key)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_evidence", stdout=out)
    assert ended.value.code == 1 and f"luma: missing: {case.ticket.number}" in out.getvalue()
    call_command("verify_evidence", organization=copycase.organization.slug, stdout=StringIO())


def test_a_check_that_the_store_interrupts_leaves_no_report(case, hindered_store):
    add(case, ticket=case.ticket, ready=True)
    hindered_store.stop()
    with pytest.raises(storage.StorageDown):
        verify(case.organization)
    with tenant(case.organization):
        assert not Verification.objects.exists()

"""The object store stops, hangs or is full while people send files: everything is taken, and arrives later, equal."""

import hashlib

import pytest

from aftersales.tenants.scope import tenant
from evidence import pipeline, spool, storage, tasks
from evidence.models import Evidence
from tests.evidence.conftest import add, begin, fresh, rows, stored, visit
from tests.evidence.pictures import upload
from tickets import actions as tickets
from tickets.models import FilingDraft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("trouble", ["stopped", "hangs", "full"])
def test_a_complaint_with_photos_is_filed_and_everything_arrives_later_with_equal_hashes(case, hindered_store, trouble):
    client = visit(case)
    draft = begin(case, client)
    photos = [fresh() for _ in range(3)]
    if trouble == "stopped":
        hindered_store.stop()
    elif trouble == "hangs":
        hindered_store.hinder(delay=3600)
    else:
        hindered_store.hinder(full=0)
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

"""Settings: the evidence store, and that the organization's own settings can be saved from their page."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import actions, pipeline, spool, storage, tasks
from evidence.models import Evidence, Verification
from evidence.verify import verify
from tests.evidence.conftest import add

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(case):
    return reverse("settings:evidence", args=[case.organization.slug])


def test_it_says_how_full_it_is_what_waits_and_what_failed(case, copycase, client, mona, address):
    client.force_login(mona)
    add(copycase, ticket=copycase.ticket, ready=True, name="foreign.jpg")
    add(case, ticket=case.ticket, ready=True)
    lost = add(case, ticket=case.ticket, name="lost.jpg")
    spool.discard(case.organization.pk, lost.sha256)
    pipeline.process(case.organization, lost.pk)
    add(case, ticket=case.ticket)
    page = " ".join(client.get(address).content.decode().split())
    assert "3 originals" in page and "lost.jpg" in page and "not in the store" in page and "foreign" not in page
    assert re.search(r"not in the object store yet</dt> ?<dd class=\"num\">1</dd>", page) and "Not checked yet" in page


def test_it_takes_as_many_queries_for_one_failure_as_for_three(case, client, mona, address):
    client.force_login(mona)
    client.get(address)
    counts = []
    for _ in range(2):
        kept = [add(case, ticket=case.ticket).pk for _ in range(1 + len(counts))]
        with tenant(case.organization):
            Evidence.objects.filter(pk__in=kept).update(state="failed", failure="unreadable")
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_check_shows_what_is_wrong_by_name(case, client, mona, address):
    client.force_login(mona)
    kept = add(case, ticket=case.ticket, ready=True)
    verify(case.organization)
    assert "All as received" in client.get(address).content.decode()
    storage.purge(kept.original_key)
    verify(case.organization)
    page = client.get(address).content.decode()
    assert "Something is wrong" in page and kept.original_key in page


def test_the_button_asks_a_worker_once(case, client, mona, monkeypatch):
    cache.clear()
    asked = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda name, ids, **more: asked.append((name, ids)))
    client.force_login(mona)
    button = reverse("settings:verify_evidence", args=[case.organization.slug])
    assert client.post(button).status_code == 302 and client.post(button).status_code == 302
    assert asked == [("evidence.tasks.verify_all", [case.organization.pk])]
    tasks.verify_all(case.organization.pk)
    assert client.post(button).status_code == 302 and len(asked) == 2
    cache.clear()


def test_that_there_is_no_scanner_is_told_below_the_numbers(case, client, mona, address):
    client.force_login(mona)
    numbers, below = client.get(address).content.decode().split("</dl>", 1)
    assert "No scanner is configured" not in numbers and "No scanner is configured" in below


def test_the_page_of_the_organization_has_every_field_of_its_form(luma, client, alice):
    client.force_login(alice)
    address = reverse("settings:organization", args=[luma.slug])
    page = client.get(address)
    form = page.context["form"]
    names = set(re.findall(r'name="([a-z_]+)"', page.content.decode()))
    assert set(form.fields) <= names
    data = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    data |= {"evidence_retention_months": 24, "full_originals": "on"}
    assert client.post(address, data).status_code == 302
    luma.refresh_from_db()
    assert (luma.evidence_retention_months, luma.full_originals) == (24, True)


def test_a_check_that_runs_shows_its_end_by_itself(case, client, mona, address):
    client.force_login(mona)
    assert "hx-select" not in client.get(address).content.decode()
    with tenant(case.organization):
        running = Verification.objects.create()
    assert 'hx-select="#check"' in client.get(address).content.decode()
    with tenant(case.organization):
        Verification.objects.filter(pk=running.pk).update(ended_at=timezone.now())
    assert "hx-select" not in client.get(address).content.decode()

"""A worker killed with -9 while it makes a paper: the paper comes later, once, and nothing half is left behind."""

import datetime as dt
import hashlib
import os
import signal
import time

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from aftersales.tenants.scope import tenant
from papers import actions, tasks
from papers.models import Paper
from tests.conftest import running_worker
from tests.papers.conftest import content, make_case, read

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(luma, bob):
    return make_case(luma, bob, "LUMA")


@pytest.fixture
def copycase(harbor, charlie):
    return make_case(harbor, charlie, "HARBOR")


def ask(case) -> Paper:
    with tenant(case.organization):
        return actions.ask_for(case.ticket, by=case.by, kind="case_file")


def now(paper) -> Paper:
    with tenant(paper.organization):
        return Paper.objects.get(pk=paper.pk)


def kept(case) -> list[str]:
    """Return the keys of the papers that the store holds of an organization."""
    return default_storage.listdir(f"{case.organization.pk}/papers/")[1]


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.01)


def later(*papers):
    """Let the time pass after which a paper counts as lost."""
    for paper in papers:
        with tenant(paper.organization):
            long_ago = timezone.now() - actions.LOST_AFTER - dt.timedelta(1e-4)
            Paper.objects.filter(pk=paper.pk).update(asked_at=long_ago)
            Paper.objects.filter(pk=paper.pk, touched_at__isnull=False).update(touched_at=long_ago)


def test_a_killed_worker_costs_time_and_nothing_else(case, copycase, worker, tmp_path):
    ours, theirs = ask(case), ask(copycase)
    wait_until(lambda: now(ours).attempts == 1)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert now(ours).state == now(theirs).state == "waiting" and now(theirs).attempts == 0
    assert kept(case) == kept(copycase) == []
    # Too early, the sweep leaves it alone: the first worker might still be at work.
    assert actions.lost(case.organization) == []
    later(ours, theirs)
    assert [each.pk for each in actions.lost(case.organization)] == [ours.pk]
    with running_worker(tmp_path / "second.log"):
        tasks.sweep()
        tasks.sweep()
        wait_until(lambda: now(ours).state == now(theirs).state == "ready")
        ready = now(ours)
        tasks.sweep()
        time.sleep(1)
    assert (ready.attempts, now(ours).ready_at) == (2, ready.ready_at)
    for each, other in ((case, "HARBOR"), (copycase, "LUMA")):
        paper = now(ours if each is case else theirs)
        assert kept(each) == [paper.key.rpartition("/")[2]]
        assert hashlib.sha256(content(paper)).hexdigest() == paper.sha256
        text = " ".join(page.extract_text() for page in read(paper).pages)
        assert each.ticket.number in text and f"{other} lamp" not in text
    assert actions.lost(case.organization) == actions.lost(copycase.organization) == []

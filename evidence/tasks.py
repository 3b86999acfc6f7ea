"""What a worker does with evidence. The pipeline reaches the store, so it enters organizations in short blocks."""

import datetime as dt
import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from aftersales.tenants.models import Organization

from . import actions, arrivals, custody, pipeline, verify
from .storage import StorageDown

# A photo is prepared in a second or two; what waits longer was lost on the way.
LOST_AFTER = dt.timedelta(seconds=60)
# A complaint that is not sent within two days is not coming.
UNFILED_FOR = dt.timedelta(hours=48)
# An upload takes minutes at most between its bytes and its row.
SPOOLED_FOR_SECONDS = 3600
# Longer than any upload, any task and any clock that is wrong.
ORPHANED_FOR = dt.timedelta(hours=24)

# A store that drips one byte a second holds a worker no longer; below the broker's visibility timeout.
LONGEST_SECONDS = 600
SWEEPING_SECONDS = 1500

logger = logging.getLogger(__name__)


@shared_task(name=actions.PROCESS, ignore_result=True, soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def process(organization_id: int, evidence_id: int) -> None:
    """Store, scan and derive one piece of evidence; a second run finds nothing to do."""
    try:
        pipeline.process(Organization.objects.get(pk=organization_id), evidence_id)
    except (StorageDown, SoftTimeLimitExceeded) as error:
        logger.warning("Evidence %d waits for the store: %s", evidence_id, error)


@shared_task(name=arrivals.ARRIVE, ignore_result=True, soft_time_limit=LONGEST_SECONDS, time_limit=LONGEST_SECONDS + 60)
def arrive(organization_id: int, arrival_id: int) -> None:
    """Check a large file that came straight into the store; a second run finds nothing to do."""
    try:
        arrivals.arrive(Organization.objects.get(pk=organization_id), arrival_id)
    except (StorageDown, SoftTimeLimitExceeded) as error:
        logger.warning("Arrival %d waits for the store: %s", arrival_id, error)


@shared_task(name="evidence.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Every minute: ask again for what is overdue, begin logs, forget complaints that were never sent,
    measure how full a store is of which that is not known.

    It asks nothing of the store, so it has its turn also while every worker for that waits.
    """
    now = timezone.now()
    for organization in Organization.objects.order_by("pk"):
        for row in pipeline.pending(organization, older_than=now - LOST_AFTER):
            actions.enqueue(row, expires=55)
        for arrival in arrivals.unfinished(organization, older_than=now - LOST_AFTER):
            arrivals.enqueue(arrival, expires=55)
        pipeline.begin_logs(organization)
        pipeline.forget_unfiled(organization, older_than=now - UNFILED_FOR)
        pipeline.sweep_spool(organization, older_than_seconds=SPOOLED_FOR_SECONDS)
        if actions.last_usage(organization) is None:
            actions.usage(organization)


@shared_task(
    name="evidence.tasks.purge", ignore_result=True, soft_time_limit=SWEEPING_SECONDS, time_limit=SWEEPING_SECONDS + 60
)
def purge() -> None:
    """Every minute: remove the bytes of what was deleted."""
    for organization in Organization.objects.order_by("pk"):
        try:
            pipeline.purge(organization)
        except StorageDown as error:
            logger.warning("Deleted evidence waits for the store: %s", error)
            return


@shared_task(
    name="evidence.tasks.housekeeping",
    ignore_result=True,
    soft_time_limit=SWEEPING_SECONDS,
    time_limit=SWEEPING_SECONDS + 60,
)
def housekeeping() -> None:
    """Every hour: seal the custody logs, delete what is kept no longer, remove objects without a row."""
    now = timezone.now()
    organizations = list(Organization.objects.order_by("pk"))
    for organization in organizations:
        pipeline.expire(organization, now=now)
    for organization in organizations:
        try:
            custody.seal(organization)
            pipeline.sweep_orphans(organization, older_than=now - ORPHANED_FOR)
            arrivals.clear(organization, older_than=now - ORPHANED_FOR)
        except StorageDown as error:
            # The others would wait for the same store.
            logger.warning("The store was away while %s was tidied: %s", organization, error)
            return


@shared_task(name=actions.VERIFY, ignore_result=True)
def verify_all(organization_id: int) -> None:
    """Re-hash all evidence of an organization and check its logs; the page of the store shows the report."""
    organization = Organization.objects.get(pk=organization_id)
    try:
        report = verify.verify(organization)
    finally:
        actions.verification_ended(organization)
    for word, name, why in report.findings:
        logger.error("Evidence of organization %d: %s: %s: %s", organization_id, word, name, why)

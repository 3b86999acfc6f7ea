"""What a worker does with photos. They reach the object store, so the actions enter an organization in short blocks."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from aftersales.tenants.models import Organization

from . import actions

# A photo is prepared in a second or two; what waits longer was lost on the way.
LOST_AFTER = dt.timedelta(seconds=60)
# A complaint that is not sent within two days is not coming.
UNFILED_FOR = dt.timedelta(hours=48)


@shared_task(name=actions.PREPARE, ignore_result=True)
def prepare(organization_id: int, evidence_id: int) -> None:
    """Make a photo's copies; a second run finds nothing to do."""
    actions.prepare(Organization.objects.get(pk=organization_id), evidence_id)


@shared_task(name="evidence.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Ask again for copies that are overdue, and delete the photos of complaints that were never sent."""
    now = timezone.now()
    for organization in Organization.objects.order_by("pk"):
        for photo in actions.pending(organization, older_than=now - LOST_AFTER):
            actions.enqueue(photo, expires=55)
        actions.forget_unfiled(organization, older_than=now - UNFILED_FOR)

"""What a worker does for imports. Not a TenantTask: an import is many transactions, so that its progress is seen."""

import datetime as dt

from celery import shared_task
from django.db.models import Q
from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.tasks import each_organization

from .actions import dispatch
from .importing import runner
from .models import Import

WAITED_LONG = dt.timedelta(seconds=30)
SILENT_LONG = dt.timedelta(seconds=45)


@shared_task
def run_import(organization_id: int, import_id: int) -> None:
    """Work off one import. Sent twice, it works once; killed, the sweep sends it again and it goes on."""
    runner.run(Organization.objects.get(pk=organization_id), import_id)


@shared_task
def resume_imports() -> None:
    """Send what the broker lost, and take up what a dead worker left."""
    for organization in each_organization():
        now = timezone.now()
        left = Q(state=Import.State.RUNNING, progress_at__lt=now - SILENT_LONG)
        lost = Q(state=Import.State.WAITING, created_at__lt=now - WAITED_LONG)
        for import_id in Import.objects.filter(left | lost).values_list("pk", flat=True):
            Import.objects.filter(pk=import_id, progress_at__lt=now - SILENT_LONG, state=Import.State.RUNNING).update(
                state=Import.State.WAITING
            )
            dispatch(organization.pk, import_id)

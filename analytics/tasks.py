"""What workers do here."""

from celery import shared_task

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import current_organization
from aftersales.tenants.tasks import TenantTask

from . import reports


@shared_task
def build_due_reports() -> None:
    """Beat's turn: one task for each organization, so that one's failure or size holds up no other's."""
    for pk in Organization.objects.order_by("pk").values_list("pk", flat=True):
        build_reports_of.apply_async((pk,), expires=3500)


@shared_task(base=TenantTask)
def build_reports_of(organization_id: int) -> None:
    """Build the organization's monthly reports that are due; a second run finds nothing to change."""
    reports.build_due(current_organization())

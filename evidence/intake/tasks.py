"""What a worker does with photos that came in bulk. Many transactions, so that the progress is seen."""

from celery import shared_task

from aftersales.tenants.models import Organization

from . import bulk


@shared_task(name=bulk.RUN, ignore_result=True)
def run_intake(organization_id: int, batch_id: int) -> None:
    """Work off one ZIP. Sent twice, it works once; killed, the sweep sends it again and it goes on."""
    bulk.run(Organization.objects.get(pk=organization_id), batch_id)


@shared_task(name="evidence.intake.tasks.resume_intakes", ignore_result=True)
def resume_intakes() -> None:
    """Send what the broker lost, take up what a dead worker left, delete what nobody waits for."""
    for organization in Organization.objects.order_by("pk"):
        bulk.resume(organization)

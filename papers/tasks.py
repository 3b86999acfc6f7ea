"""What a worker does with papers."""

from celery import shared_task

from aftersales.tenants.models import Organization

from . import actions


@shared_task(name=actions.MAKE, ignore_result=True)
def make(organization_id: int, paper_id: int) -> None:
    """Make a paper; a second run finds nothing to do."""
    actions.make(Organization.objects.get(pk=organization_id), paper_id)


@shared_task(name="papers.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Ask again for papers whose worker or message was lost."""
    for organization in Organization.objects.order_by("pk"):
        for paper in actions.lost(organization):
            actions.enqueue(paper, expires=55)

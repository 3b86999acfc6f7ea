"""What a worker does with papers."""

import logging

from celery import shared_task

from aftersales.tenants.models import Organization
from evidence.storage import StorageDown

from . import actions

logger = logging.getLogger(__name__)


@shared_task(name=actions.MAKE, ignore_result=True)
def make(organization_id: int, paper_id: int) -> None:
    """Make a paper; a second run finds nothing to do."""
    try:
        actions.make(Organization.objects.get(pk=organization_id), paper_id)
    except StorageDown as error:
        logger.warning("Paper %d waits for the store: %s", paper_id, error)


@shared_task(name="papers.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Ask again for papers whose worker or message was lost; take back packs of what was deleted."""
    for organization in Organization.objects.order_by("pk"):
        try:
            actions.withdraw(organization)
        except StorageDown as error:
            logger.warning("Packs of organization %d wait to be taken back: %s", organization.pk, error)
        for paper in actions.lost(organization):
            actions.enqueue(paper, expires=55)

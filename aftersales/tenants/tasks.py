"""The base class of every task that works inside an organization; invitations sent, old sessions forgotten."""

from collections.abc import Iterator

from celery import Task, shared_task
from django.core.management import call_command

from . import actions
from .models import Organization
from .scope import tenant


class TenantTask(Task):
    """A task whose first argument is an organization's id; its body runs inside that organization.

    Arguments are ids only: what the row says when the task runs is what counts, so a task that runs twice, late or
    with a stranger's id changes nothing (it raises Organization.DoesNotExist or the model's DoesNotExist).
    """

    def __call__(self, organization_id: int, *args, **kwargs):
        with tenant(Organization.objects.get(pk=organization_id)):
            return super().__call__(organization_id, *args, **kwargs)


def each_organization() -> Iterator[Organization]:
    """Yield each organization, inside it and in a transaction of its own, for the periodic sweeps."""
    for organization in Organization.objects.order_by("pk"):
        with tenant(organization):
            yield organization


@shared_task
def send_invitations() -> int:
    """Send the invitations that wait; woken after each one is made, and by beat every minute."""
    return actions.deliver_invitations()


@shared_task
def forget_old_sessions() -> None:
    """Delete the sessions that have ended: each opened link leaves one."""
    call_command("clearsessions")

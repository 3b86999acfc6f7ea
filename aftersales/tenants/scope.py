"""Entering an organization: both walls at once, for one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django_scopes import get_scope, scope
from psycopg.pq import TransactionStatus

SETTING = "app.organization"


def current_organization():
    """Return the organization whose scope is entered, or None."""
    return get_scope().get("organization")


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])


def _restore(outer) -> None:
    # After a database error inside the block PostgreSQL refuses every statement until the rollback, and after
    # `set_rollback()` Django does; the rollback also takes the setting back, so there is nothing to do then.
    status = connection.connection.info.transaction_status if connection.connection else None
    if status == TransactionStatus.INTRANS and not connection.needs_rollback:
        _set(str(outer.pk) if outer else "")


@contextmanager
def tenant(organization) -> Iterator[None]:
    """Run a block inside one organization, in one transaction.

    Python's wall (django-scopes) and PostgreSQL's (row-level security on `app.organization`) are entered together.
    The setting survives a savepoint, so it is put back on leaving; a broken transaction forgets it with its rollback.
    """
    outer = current_organization()
    with transaction.atomic(), scope(organization=organization):
        _set(str(organization.pk))
        try:
            yield
        finally:
            _restore(outer)

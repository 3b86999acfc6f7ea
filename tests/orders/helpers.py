"""Imports run as a worker runs them, on files given as text."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from aftersales.orders.importing import runner
from aftersales.orders.models import Import, ImportFile
from aftersales.tenants.scope import tenant


def stored(organization, format, files: dict[str, bytes | str]) -> Import:
    """A waiting import of these files, kept in the object store."""
    with tenant(organization):
        batch = Import.objects.create(format=format)
        for number, (name, content) in enumerate(files.items()):
            body = content.encode() if isinstance(content, str) else content
            key = default_storage.save(f"imports/{organization.pk}/{batch.key}/{number}", ContentFile(body))
            digest = hashlib.sha256(body).hexdigest()
            ImportFile.objects.create(batch=batch, name=name, key=key, size=len(body), sha256=digest)
    return batch


def imported(organization, format, files: dict[str, bytes | str]) -> Import:
    """The same after a worker had it."""
    batch = stored(organization, format, files)
    runner.run(organization, batch.pk)
    with tenant(organization):
        batch.refresh_from_db()
    return batch


def counts(batch: Import) -> tuple[int, int, int, int]:
    """New, changed and unchanged orders, and bad rows."""
    return batch.orders_new, batch.orders_changed, batch.orders_same, batch.rows_bad


def problems(organization, batch: Import) -> list[tuple[str, int, str, str]]:
    """File, line, column and value of what was reported."""
    with tenant(organization):
        return list(batch.problems.values_list("file", "line", "column", "value"))

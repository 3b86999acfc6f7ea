"""The writers of this app: imports and partners."""

import contextlib
import hashlib
from collections.abc import Sequence
from typing import Any

from celery import current_app
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import models, transaction

from aftersales.storage import StorageDown, in_time, reaching
from aftersales.tenants.scope import tenant

from .models import Import, ImportFile, Partner


def start_import(organization, *, format: str, files: Sequence[UploadedFile], user) -> Import:
    """Keep the files in the object store and hand them to a worker, outside a transaction. Raises StorageDown."""
    batch = Import(format=format, created_by=user)
    kept: list[ImportFile] = []
    try:
        for number, file in enumerate(files):
            kept.append(_kept(f"imports/{organization.pk}/{batch.key}/{number}.csv", file))
        with tenant(organization):
            batch.save()
            for row in kept:
                row.batch = batch
            ImportFile.objects.bulk_create(kept)
            dispatch(organization.pk, batch.pk)
    except BaseException:
        with contextlib.suppress(StorageDown), reaching():
            for row in kept:
                default_storage.delete(row.key)
        raise
    return batch


def _kept(key: str, file: UploadedFile) -> ImportFile:
    digest = hashlib.sha256()
    for block in file.chunks():
        digest.update(block)
    file.seek(0)
    return ImportFile(
        name=(file.name or "")[:200],
        key=in_time(lambda: default_storage.save(key, file)),
        size=file.size or 0,
        sha256=digest.hexdigest(),
    )


def run_again(batch: Import) -> bool:
    """Hand a failed import to a worker once more; it goes on after the saved rows. Returns whether it had failed."""
    waiting = Import.objects.filter(pk=batch.pk, state=Import.State.FAILED).update(
        state=Import.State.WAITING, failure="", attempts=0, finished_at=None
    )
    if waiting:
        dispatch(batch.organization_id, batch.pk)
    return bool(waiting)


def save_partner(partner: Partner, **fields: Any) -> Partner:
    """Create or change a partner; without a reference of its own the name becomes it."""
    for name, value in fields.items():
        setattr(partner, name, value)
    partner.reference = partner.reference or partner.name[:120]
    partner.save()
    return partner


def save_record(row: models.Model, **values: Any) -> dict[str, Any]:
    """Write what is other than before into a row of an order's record; return the changed fields with their values."""
    if row.pk is None:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        return values
    kept = type(row).objects.filter(pk=row.pk).values(*values).get() if values else {}  # type: ignore[attr-defined]
    changed = {name: value for name, value in values.items() if kept[name] != value}
    for name, value in changed.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=list(changed))
    return changed


def dispatch(organization_id: int, import_id: int) -> None:
    """Send the import to a worker once the transaction is kept. A broker that is away delays it until the sweep."""
    task, ids = "aftersales.orders.tasks.run_import", [organization_id, import_id]
    transaction.on_commit(lambda: current_app.send_task(task, ids, retry=False), robust=True)

"""ZIPs of the warehouse for tests: packing them, sending them in, and what became of their files."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

from aftersales.orders.models import Intake, IntakeFile
from aftersales.tenants.scope import tenant
from evidence.intake import bulk, tasks
from evidence.models import Evidence


def packed(files, **options) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return target.getvalue()


def start(organization, user, data: bytes, name="photos.zip") -> Intake:
    return bulk.start(organization, file=SimpleUploadedFile(name, data), user=user)


def done(organization, user, data: bytes) -> Intake:
    batch = start(organization, user, data)
    tasks.run_intake(organization.pk, batch.pk)
    with tenant(organization):
        return Intake.objects.get(pk=batch.pk)


def results(batch) -> dict[str, str]:
    with tenant(batch.organization):
        return {each.name: each.outcome for each in IntakeFile.objects.filter(batch=batch)}


def kept(organization) -> int:
    with tenant(organization):
        return Evidence.objects.count()

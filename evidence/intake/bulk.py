"""Photos of the warehouse in bulk: a ZIP that a worker works off, a file of a folder, a folder on the server.

A ZIP waits in the spool. Each file is kept first, and its result saved in one short transaction with the progress;
`files_done` is the fence: a worker that somebody overtook moves nothing and stops. One that takes over goes on after
the files that are done; the file that was kept but not yet written down says "already there".
"""

import contextlib
import datetime as dt
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import current_app
from django.core.files import File
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from aftersales.orders.models import Intake, IntakeFile
from aftersales.tenants.models import Membership, Organization
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import tenant
from tickets.actions import By, Refused

from .. import actions, media, names, spool
from ..storage import StorageDown
from . import catalogue, targets
from .bulk_zip import Damaged, Photos, Unusable

RUN = "evidence.intake.tasks.run_intake"
LARGEST_ZIP = 2 * 1024**3
LARGEST_FILE = max(media.MAX_BYTES.values())
MOST_ATTEMPTS = 5
WAITED_LONG = dt.timedelta(seconds=30)
# Longer than one large video may take.
SILENT_LONG = dt.timedelta(seconds=180)
# A ZIP whose request was killed before its job was written down.
LEFT_LONG = dt.timedelta(hours=6)
Outcome = IntakeFile.Outcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What became of one file: why it was not kept, and the order that it was put to."""

    outcome: str
    reason: str = ""
    order: str = ""


class Overtaken(Exception):
    """Another worker goes on with this ZIP."""


def put(organization: Organization, *, by: By, path: str, file: Any) -> Result:
    """Keep one file where its name says that it belongs. Call it outside the organization.

    Raises StorageDown or media.SandboxFailed where it is not the file's fault.
    """
    if not targets.is_photo(path):
        return Result(Outcome.SKIPPED)
    order = ""
    try:
        named = targets.read_name(path)
        with tenant(organization):
            if named.what == targets.CATALOGUE:
                target = catalogue.target_of(targets.line_of(named.numbers))
            else:
                found = targets.order_of(named)
                order = found.number
                target = targets.target(found, named.what, named.which)
        return keep(organization, by=by, target=target, place=named.place, file=File(file, names.clean(path)))[0]
    except (targets.NoOrder, targets.NoProduct) as error:
        return Result(Outcome.LOST, error.message)
    except targets.Unclear as error:
        return Result(Outcome.REFUSED, error.message, order)
    except (media.NotAccepted, Refused) as error:
        return Result(Outcome.REFUSED, error.message, order)


def keep(
    organization: Organization, *, by: By, target: targets.Target, place: str, file: Any, taken_at: Any = None
) -> tuple[Result, Any]:
    """Keep a file at its target; return what became of it and the evidence. Raises as `actions.add_evidence`."""
    began = timezone.now()
    kept = actions.add_evidence(
        organization=organization, file=file, by=by, place=place, taken_at=taken_at, **target.owner
    )
    outcome = Outcome.KEPT if kept.uploaded_at >= began else Outcome.SAME
    return Result(outcome, order=target.order.number if target.order else ""), kept


# ── a ZIP and its job ──────────────────────────────────────────────────────────────────────────────────────────────
def zip_path(batch: Intake) -> Path:
    """Return where the ZIP waits: a folder of its own below the organization's spool."""
    return spool.folder(batch.organization_id) / "intake" / f"{batch.key}.zip"


def start(organization: Organization, *, file: Any, user: Any) -> Intake:
    """Keep the ZIP on disk and hand it to a worker. Call it outside the organization. Raises StorageDown."""
    batch = Intake(
        organization=organization, name=names.clean(file.name), size=file.size, created_by=user
    )  # fmt: skip
    waits = zip_path(batch)
    try:
        _write(waits, file)
        with tenant(organization):
            batch.save()
            dispatch(organization.pk, batch.pk)
    except OSError as error:
        waits.unlink(missing_ok=True)
        raise StorageDown(f"The spool takes nothing: {error.strerror}") from error
    except BaseException:
        waits.unlink(missing_ok=True)
        raise
    return batch


def _write(target: Path, file: Any) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    spool.require_room(target.parent)
    with target.open("xb") as copy:
        for piece in file.chunks(1024 * 1024):
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())


def dispatch(organization_id: int, batch_id: int) -> None:
    """Send the job to a worker once the transaction is kept. A broker that is away delays it until the sweep."""
    ids = [organization_id, batch_id]
    transaction.on_commit(lambda: current_app.send_task(RUN, ids, retry=False), robust=True)


def run(organization: Organization, batch_id: int) -> None:
    """Work off a waiting ZIP. Does nothing for one that is not waiting: a task may come twice.

    Raises StorageDown and the like where it is not the ZIP's fault; the sweep then takes it up again.
    """
    with tenant(organization), override(organization.language):
        batch = _claim(batch_id)
    if batch is None:
        return
    try:
        with override(organization.language):
            _work(organization, batch)
    except Overtaken:
        logger.info("intake %s goes on elsewhere", batch.key)
    except Unusable as error:
        _end(organization, batch, str(error))
    except FileNotFoundError:
        _end(organization, batch, _("The ZIP is gone from the disk. Send it again: what was kept stays."))
    except (StorageDown, media.SandboxFailed, OSError, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("intake %s failed", batch.key)
        _end(organization, batch, _("Something unexpected happened. Send it again: what was kept stays."))


def _claim(batch_id: int) -> Intake | None:
    now = timezone.now()
    taken = Intake.objects.filter(pk=batch_id, state=Intake.State.WAITING).update(
        state=Intake.State.RUNNING, progress_at=now, attempts=F("attempts") + 1
    )
    batch = Intake.objects.select_related("created_by").get(pk=batch_id) if taken else None
    if batch and batch.attempts > MOST_ATTEMPTS:
        failure = _("It was stopped %(n)d times. Split the ZIP into smaller ones.") % {"n": MOST_ATTEMPTS}
        Intake.objects.filter(pk=batch_id).update(state=Intake.State.FAILED, failure=failure, finished_at=now)
        zip_path(batch).unlink(missing_ok=True)
        return None
    return batch


def _work(organization: Organization, batch: Intake) -> None:
    by = _whoever_sent(organization, batch)
    with zip_path(batch).open("rb") as file:
        photos = Photos(file)
        with tenant(organization):
            Intake.objects.filter(pk=batch.pk).update(files_total=len(photos.entries), progress_at=timezone.now())
        for position in range(batch.files_done, len(photos.entries)):
            entry = photos.entries[position]
            result = _one(organization, by, photos, entry)
            with tenant(organization):
                _save(batch, position, entry.filename, result)
    _end(organization, batch)


def _whoever_sent(organization: Organization, batch: Intake) -> By:
    """Return who sent the ZIP, with today's rights. Raises Unusable where they have none any more."""
    found = Membership.objects.filter(organization=organization, user=batch.created_by, is_active=True).first()
    if batch.created_by is None or found is None or not found.can(Permission.WORK):
        raise Unusable(_("Whoever sent it no longer works here."))
    return By.member(batch.created_by, found)


def _one(organization: Organization, by: By, photos: Photos, entry: Any) -> Result:
    if not targets.is_photo(entry.filename):
        return Result(Outcome.SKIPPED)
    try:
        with photos.unpacked(entry, LARGEST_FILE) as file:
            return put(organization, by=by, path=entry.filename, file=file)
    except Damaged as error:
        return Result(Outcome.REFUSED, str(error))


def _save(batch: Intake, position: int, name: str, result: Result) -> None:
    count = {result.outcome: F(result.outcome) + 1}
    moved = Intake.objects.filter(pk=batch.pk, state=Intake.State.RUNNING, files_done=position).update(
        files_done=position + 1, progress_at=timezone.now(), **count
    )
    if not moved:
        raise Overtaken
    IntakeFile.objects.create(
        batch=batch, position=position, name=shown(name), outcome=result.outcome, reason=result.reason[:300],
        order_number=result.order,
    )  # fmt: skip


def shown(path: str) -> str:
    """Return a path as a person may see it: its folders stay, nothing that does anything does."""
    parts = [names.clean(part) for part in path.replace("\\", "/").split("/") if part.strip()]
    return "/".join(parts)[-300:] or "–"


def _end(organization: Organization, batch: Intake, failure: str = "") -> None:
    state = Intake.State.FAILED if failure else Intake.State.DONE
    with tenant(organization):
        ended = Intake.objects.filter(pk=batch.pk, state=Intake.State.RUNNING).update(
            state=state, failure=failure[:300], finished_at=timezone.now()
        )
    if ended:
        zip_path(batch).unlink(missing_ok=True)


def resume(organization: Organization) -> None:
    """Send what the broker lost, take up what a dead worker left, and delete ZIPs that no job waits for."""
    now = timezone.now()
    left = Q(state=Intake.State.RUNNING, progress_at__lt=now - SILENT_LONG)
    lost = Q(state=Intake.State.WAITING, created_at__lt=now - WAITED_LONG)
    with tenant(organization):
        found = list(Intake.objects.filter(left | lost).values_list("pk", flat=True))
        Intake.objects.filter(left).update(state=Intake.State.WAITING)
        for batch_id in found:
            dispatch(organization.pk, batch_id)
    old = _zips(organization, older_than=now - LEFT_LONG)
    if old:
        with tenant(organization):
            open_jobs = Intake.objects.filter(state__in=[Intake.State.WAITING, Intake.State.RUNNING])
            wanted = {f"{key}.zip" for key in open_jobs.values_list("key", flat=True)}
        for path in old:
            if path.name not in wanted:
                path.unlink(missing_ok=True)


def _zips(organization: Organization, *, older_than: dt.datetime) -> list[Path]:
    found = []
    for path in (spool.folder(organization.pk) / "intake").glob("*.zip"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than.timestamp():
                found.append(path)
    return found


# ── a folder on the server ─────────────────────────────────────────────────────────────────────────────────────────
def put_folder(organization: Organization, root: Path, *, by: By) -> Iterator[tuple[str, Result]]:
    """Keep every file below a folder, in the order of their names; yield each with what became of it."""
    for folder, below, files in os.walk(root):
        below.sort()
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file():
                continue
            relative = path.relative_to(root.parent).as_posix()
            try:
                with path.open("rb") as file:
                    yield relative, put(organization, by=by, path=relative, file=file)
            except PermissionError:
                yield relative, Result(Outcome.REFUSED, _("The file may not be read."))

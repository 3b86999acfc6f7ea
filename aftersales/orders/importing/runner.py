"""Carries an import from its files to the tables, a chunk at a time, so that it can be watched, killed and resumed.

Each chunk is one transaction: orders, reported rows and progress are saved together or not at all. `rows_done` is the
fence: a chunk begins by moving it from the value that this worker saved last, and a worker that somebody overtook moves
nothing and stops. A worker that takes over reads the files again and goes on after the rows that are done.
"""

import contextlib
import hashlib
import itertools
import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.scope import tenant

from ..models import Import, ImportFile, ImportProblem
from . import csv_format, olist, shopify
from .core import Outcome, Writer
from .reading import Table
from .records import Context, FileProblem, Held, OrderRecord, Plan, Planner, Problem

logger = logging.getLogger(__name__)

CHUNK = 400
KEPT_PROBLEMS = 10_000
MOST_ATTEMPTS = 5
PLANNERS: dict[str, Planner] = {
    Import.Format.CSV: csv_format.plan,
    Import.Format.SHOPIFY: shopify.plan,
    Import.Format.OLIST: olist.plan,
}


class Overtaken(Exception):
    """Another worker goes on with this import."""


def run(organization, batch_id: int) -> None:
    """Work off a waiting import. Does nothing for one that is not waiting: a task may come twice.

    Raises OperationalError and the store's own errors where a server is away; the sweep then takes the import up again.
    """
    with tenant(organization):
        batch = _claim(batch_id)
    if batch is None:
        return
    try:
        with contextlib.ExitStack() as stack:
            _work(organization, batch, stack)
    except Overtaken:
        logger.info("import %s goes on elsewhere", batch.key)
    except FileProblem as error:
        _fail(organization, batch, error.problem.reason, error.problem)
    except (OSError, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("import %s failed", batch.key)
        _fail(organization, batch, _("Something unexpected happened. Nothing is lost; run it again."))


def _claim(batch_id: int) -> Import | None:
    now = timezone.now()
    taken = Import.objects.filter(pk=batch_id, state=Import.State.WAITING).update(
        state=Import.State.RUNNING, started_at=Coalesce("started_at", now), progress_at=now, attempts=F("attempts") + 1
    )
    batch = Import.objects.prefetch_related("files").get(pk=batch_id) if taken else None
    if batch and batch.attempts > MOST_ATTEMPTS:
        failure = _("It was stopped %(n)d times. Split the files into smaller ones.") % {"n": MOST_ATTEMPTS}
        Import.objects.filter(pk=batch_id).update(state=Import.State.FAILED, failure=failure, finished_at=now)
        return None
    return batch


def _work(organization, batch: Import, stack: contextlib.ExitStack) -> None:
    tables = [Table(file.name, stack.enter_context(_fetched(file))) for file in batch.files.all()]
    context = Context(organization.zone, organization.currency, timezone.now())
    plan = PLANNERS[batch.format](tables, context)
    with tenant(organization):
        _describe(batch, tables, plan)
        writer = Writer(organization, batch.format)
    for chunk in _chunks(_remaining(plan.items, batch.rows_done)):
        with tenant(organization):
            _save(batch, writer, chunk)
    with tenant(organization):
        Import.objects.filter(pk=batch.pk, state=Import.State.RUNNING, rows_done=batch.rows_done).update(
            state=Import.State.DONE, finished_at=timezone.now()
        )


@contextlib.contextmanager
def _fetched(file: ImportFile) -> Iterator[IO[bytes]]:
    """Copy the uploaded file to local disk. Raises FileProblem where it is not what was uploaded."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as local:
        with default_storage.open(file.key) as remote:
            shutil.copyfileobj(remote, local, 1 << 20)
        local.seek(0)
        while block := local.read(1 << 20):
            digest.update(block)
        if digest.hexdigest() != file.sha256:
            raise FileProblem(Problem(file.name, 1, _("The kept file is damaged. Upload it again.")))
        yield local


def _describe(batch: Import, tables: list[Table], plan: Plan) -> None:
    for file, table in zip(batch.files.all(), tables, strict=True):
        note = " ".join(table.notes)[:500]
        ImportFile.objects.filter(pk=file.pk).update(kind=table.kind, note=note)
    Import.objects.filter(pk=batch.pk).update(rows_total=plan.rows, progress_at=timezone.now())


def _remaining(items: Iterable[OrderRecord | Held], done: int) -> Iterator[OrderRecord | Held]:
    """Leave out what an earlier run has saved: the same files give the same items in the same order."""
    for item in items:
        if done > 0:
            done -= item.rows
        else:
            yield item


def _chunks(items: Iterator[OrderRecord | Held]) -> Iterator[list[OrderRecord | Held]]:
    while chunk := list(itertools.islice(items, CHUNK)):
        yield chunk


def _save(batch: Import, writer: Writer, chunk: list[OrderRecord | Held]) -> None:
    done = batch.rows_done + sum(item.rows for item in chunk)
    moved = Import.objects.filter(pk=batch.pk, state=Import.State.RUNNING, rows_done=batch.rows_done).update(
        rows_done=done, progress_at=timezone.now()
    )
    if not moved:
        raise Overtaken
    outcome = writer.write([item for item in chunk if isinstance(item, OrderRecord)])
    outcome.held += [item for item in chunk if isinstance(item, Held)]
    bad = _report(batch, outcome)
    Import.objects.filter(pk=batch.pk).update(
        orders_new=F("orders_new") + outcome.new, orders_changed=F("orders_changed") + outcome.changed,
        orders_same=F("orders_same") + outcome.same, rows_bad=F("rows_bad") + bad,
        orders_held=F("orders_held") + sum(held.order for held in outcome.held),
    )  # fmt: skip
    batch.rows_done, batch.rows_bad = done, batch.rows_bad + bad


def _report(batch: Import, outcome: Outcome) -> int:
    """Keep why rows were not imported; returns how many rows that were."""
    problems = [problem for held in outcome.held for problem in held.problems]
    if problems and batch.rows_bad < KEPT_PROBLEMS:
        ImportProblem.objects.bulk_create(_problem(batch, problem) for problem in problems)
    return len({(problem.file, problem.line) for problem in problems})


def _problem(batch: Import, problem: Problem) -> ImportProblem:
    return ImportProblem(
        batch=batch, file=problem.file[:200], line=problem.line, column=problem.column[:80], value=problem.value[:200],
        reason=problem.reason[:300],
    )  # fmt: skip


def _fail(organization, batch: Import, failure: str, problem: Problem | None = None) -> None:
    with tenant(organization):
        failed = Import.objects.filter(pk=batch.pk, state=Import.State.RUNNING, rows_done=batch.rows_done).update(
            state=Import.State.FAILED, failure=failure[:300], finished_at=timezone.now()
        )
        if failed and problem:
            _problem(batch, problem).save()

"""What a worker does with evidence: store, scan, derive, clean up. Every step may be repeated, and begins with the row.

    spool ──store──▶ object store ──scan──▶ clean ──derive──▶ copies, fingerprint ──▶ ready

They talk to the object store: call them outside `tenant()`. One that ends in the middle is begun again by the sweep.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from tickets.actions import By
from tickets.models import FilingDraft, Ticket

from . import actions, custody, keeping, media, scanning, spool, storage
from .models import Custody, Evidence

logger = logging.getLogger(__name__)
State, Scan, Failure = Evidence.State, Evidence.Scan, Evidence.Failure
PARTS = 8
# What ends where the bytes received lie there again.
BYTES_WRONG = (Failure.LOST, Failure.CHANGED)
# Between the bytes of an upload and its row lies one short transaction.
SPOOL_SETTLED_SECONDS = 60


def process(organization: Organization, evidence_id: int) -> None:
    """Bring one piece of evidence as far as it goes. Does nothing where that is done, or where it is gone.

    Raises StorageDown, and SandboxFailed: the sweep asks again. A scanner that is away leaves it pending.
    """
    actions.outside()
    with tenant(organization):
        row = Evidence.objects.filter(pk=evidence_id, state=State.PENDING, deleted_at=None).first()
    if row is None:
        return
    row.organization = organization
    try:
        if row.stored_at is None:
            store(row)
        with local(row) as path:
            if scanned(row, path):
                derive(row, path)
    except FileNotFoundError:
        fail(row, Failure.LOST)
    except storage.Tampered:
        fail(row, Failure.CHANGED)
    except media.NotAccepted as error:
        fail(row, Failure.UNREADABLE, error.reason)
    release(organization, row.sha256)


@contextmanager
def exclusive(organization: Organization, sha256: str) -> Iterator[None]:
    """Enter the organization alone with these bytes: storing and purging the same object wait for each other.

    The transaction stays open while the store is asked, which only workers do.
    """
    with tenant(organization):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{organization.pk}:{sha256}"])
        yield


def store(row: Evidence) -> None:
    """Bring the bytes from the spool into the object store and write down since when they are there.

    Raises StorageDown, Tampered (other bytes lie under the key), FileNotFoundError (neither spool nor store has them).
    """
    organization = row.organization
    with exclusive(organization, row.sha256):
        # The row itself is not locked: whoever files its complaint would wait for the store.
        fresh = Evidence.objects.get(pk=row.pk)
        if fresh.stored_at is None:
            version = _bring(row)
            Evidence.objects.filter(pk=row.pk).update(stored_at=timezone.now(), version_id=version)
            fresh = Evidence.objects.get(pk=row.pk)
            custody.stored(fresh)
    row.stored_at, row.version_id = fresh.stored_at, fresh.version_id


def _bring(row: Evidence) -> str:
    """Return the version under which the store has the bytes, after bringing them there."""
    source = spool.path(row.organization_id, row.sha256)
    if source.exists():
        return storage.put_once(row.original_key, source, row.sha256)
    # A worker that ended between the store's answer and the row: the bytes are there.
    version = storage.version_of(storage.head(row.original_key))
    with storage.open_original(row.original_key, version) as file:
        require_same(row, storage.digest(file))
    return version


def require_same(row: Evidence, sha256: str) -> None:
    """Raise Tampered where the bytes are not those received."""
    if sha256 != row.sha256:
        raise storage.Tampered(row.original_key)


@contextmanager
def local(row: Evidence) -> Iterator[Path]:
    """Yield the bytes as a file on this machine's disk: the spool's, else fetched and checked."""
    waiting = spool.path(row.organization_id, row.sha256)
    if waiting.exists():
        yield waiting
        return
    with storage.open_original(row.original_key, row.version_id) as file:
        require_same(row, storage.digest(file))
        yield Path(file.name)


def scanned(row: Evidence, path: Path) -> bool:
    """Whether derived work may go on: scanned and clean, or no scanner is configured. A scanner away means: later."""
    if not scanning.configured() or row.scan == Scan.CLEAN:
        return True
    try:
        with path.open("rb") as file:
            verdict = scanning.scan(file)
    except scanning.ScannerDown as error:
        logger.warning("Evidence %d waits for the scanner: %s", row.pk, error)
        update(row, scan=Scan.PENDING, scan_detail="")
        return False
    if verdict.clean:
        update(row, scan=Scan.CLEAN)
        return True
    update(row, scan=Scan.INFECTED, scan_detail=verdict.signature[:200])
    fail(row, Failure.INFECTED, verdict.signature)
    return False


def derive(row: Evidence, path: Path) -> None:
    """Make the copies that are shown and the fingerprint. Raises NotAccepted, StorageDown."""
    copies = media.render(path)
    keys: dict[str, Any] = {}
    for name, data in (("display", copies.display), ("thumb", copies.thumb)):
        keys[f"{name}_key"] = storage.put_copy(row.original_key, name, data)
        keys[f"{name}_sha256"] = hashlib.sha256(data).hexdigest()
    with tenant(row.organization):
        # Rows with equal bytes share the copies, so what was made again is theirs too.
        Evidence.objects.filter(sha256=row.sha256, deleted_at=None).exclude(display_key="").update(**keys)
    update(
        row, state=State.READY, failure="", fingerprint=copies.fingerprint,
        fingerprint_parts=parts(copies.fingerprint), **keys,
    )  # fmt: skip


def remake(organization: Organization, row: Evidence) -> None:
    """Have the copies made again, because other bytes or none were found in their place."""
    logger.error(
        "A copy of evidence %d of organization %d was replaced or removed in the store.", row.pk, organization.pk
    )
    with tenant(organization):
        Evidence.objects.filter(pk=row.pk, state=State.READY, deleted_at=None).update(state=State.PENDING)
    actions.enqueue(row)


def restored(organization: Organization, row: Evidence) -> None:
    """Let a piece that was lost or changed wait for a worker: the bytes received lie there again. The sweep asks."""
    with tenant(organization):
        Evidence.objects.filter(pk=row.pk, failure__in=BYTES_WRONG, deleted_at=None).update(
            state=State.PENDING, failure=""
        )


def parts(fingerprint: str) -> list[int]:
    """Return the eight 16-bit parts of a fingerprint, each with its position above it; [] for none.

    Two fingerprints that differ in fewer than eight bits have a part in common, which an index finds.
    """
    return [n << 16 | int(fingerprint[4 * n : 4 * n + 4], 16) for n in range(PARTS)] if fingerprint else []


def update(row: Evidence, **changes: Any) -> None:
    """Write changes to a row that is not deleted."""
    with tenant(row.organization):
        Evidence.objects.filter(pk=row.pk, deleted_at=None).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)


def fail(row: Evidence, failure: Evidence.Failure, detail: str = "") -> None:
    """Write down that it cannot be shown, and why."""
    logger.error("Evidence %d of organization %d: %s %s", row.pk, row.organization_id, failure, detail)
    with tenant(row.organization):
        if Evidence.objects.filter(pk=row.pk, state=State.PENDING).update(state=State.FAILED, failure=failure):
            custody.note(row, Custody.Verb.FAILED, by=By.system(), failure=str(failure), detail=detail)


def release(organization: Organization, sha256: str) -> bool:
    """Take the bytes out of the spool where no row waits for them; return whether they are gone."""
    with exclusive(organization, sha256):
        waits = Evidence.objects.filter(sha256=sha256, deleted_at=None)
        if waits.filter(stored_at=None).exists() or waits.filter(state=State.PENDING).exists():
            return False
        spool.discard(organization.pk, sha256)
        return True


# ── sweeping ────────────────────────────────────────────────────────────────────────────────────────────────────────
def pending(organization: Organization, *, older_than: dt.datetime, limit: int = 200) -> list[Evidence]:
    """Return what waits for a worker for longer than it should, the oldest first."""
    with tenant(organization):
        waiting = Evidence.objects.filter(state=State.PENDING, deleted_at=None, uploaded_at__lt=older_than)
        return list(waiting.order_by("id")[:limit])


def begin_logs(organization: Organization, *, limit: int = 500) -> int:
    """Begin the custody log of what was filed with its complaint; return how many."""
    with tenant(organization):
        rows = list(Evidence.objects.filter(custody.FILED, log_begun=False).order_by("pk")[:limit])
        for row in rows:
            custody.begin(row)
    return len(rows)


def forget_unfiled(organization: Organization, *, older_than: dt.datetime, limit: int = 100) -> int:
    """Delete files of complaints that were never sent; return how many. Their bytes go with the orphans."""
    with tenant(organization):
        old = list(
            Evidence.objects.filter(ticket=None, draft__isnull=False, uploaded_at__lt=older_than)
            .order_by("uploaded_at").values_list("pk", "draft_id")[:limit]
        )  # fmt: skip
        drafts = FilingDraft.objects.filter(pk__in={draft for _pk, draft in old}, ticket=None)
        free = set(drafts.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
        return actions.forget([pk for pk, draft in old if draft in free])


def purge(organization: Organization, *, limit: int = 50) -> int:
    """Remove the bytes of deleted evidence from the store; return how many rows were done. Raises StorageDown.

    Bytes that another row still has stay, and so do versions under the store's own lock; the log says so.
    """
    with tenant(organization):
        deleted = list(Evidence.objects.filter(deleted_at__isnull=False, purged_at=None).order_by("deleted_at")[:limit])
    for row in deleted:
        with exclusive(organization, row.sha256):
            shared = Evidence.objects.filter(sha256=row.sha256, deleted_at=None).exists()
            locked = 0
            if not shared:
                locked = sum(storage.purge(key) for key in (row.original_key, row.display_key, row.thumb_key) if key)
                # The same bytes may just be coming again, their row not written yet: what is new is the sweep's.
                spool.discard(organization.pk, row.sha256, older_than_seconds=SPOOL_SETTLED_SECONDS)
            Evidence.objects.filter(pk=row.pk, purged_at=None).update(
                purged_at=timezone.now(), display_key="", thumb_key=""
            )
            custody.note(row, Custody.Verb.PURGED, by=By.system(), shared=shared, locked=locked)
    return len(deleted)


def sweep_spool(organization: Organization, *, older_than_seconds: float) -> int:
    """Remove what lies in the spool without a row that waits for it: an upload that ended half-way. Return how many."""
    gone = 0
    for path in spool.waiting(organization.pk, older_than_seconds=older_than_seconds):
        if path.name.startswith(spool.PARTIAL):
            path.unlink(missing_ok=True)
            gone += 1
        else:
            gone += release(organization, path.name)
    return gone


def sweep_orphans(organization: Organization, *, older_than: dt.datetime) -> int:
    """Remove originals and copies in the store that no row leads to; return how many objects. Raises StorageDown."""
    gone = 0
    for folder in ("originals", "copies"):
        page: list[str] = []
        for each in storage.listed(f"{organization.pk}/{folder}/"):
            if each["LastModified"] < older_than:
                page.append(each["Key"])
            if len(page) == 500:
                gone, page = gone + _sweep_page(organization, page), []
        gone += _sweep_page(organization, page)
    return gone


def _sweep_page(organization: Organization, keys: list[str]) -> int:
    hashes = {key: key.rsplit("/", 1)[-1][:64] for key in keys}
    with tenant(organization):
        known = set(
            Evidence.objects.filter(sha256__in=set(hashes.values()), purged_at=None).values_list("sha256", flat=True)
        )
    gone = 0
    for key, sha256 in hashes.items():
        if sha256 in known:
            continue
        with exclusive(organization, sha256):
            if not Evidence.objects.filter(sha256=sha256, purged_at=None).exists():
                storage.delete(key)
                gone += 1
    return gone


def expire(organization: Organization, *, now: dt.datetime, limit: int = 100) -> int:
    """Delete the evidence of tickets closed for longer than the organization keeps it; return how many pieces.

    Tickets under legal hold are left out.
    """
    if not organization.evidence_retention_months:
        return 0
    limit_day = now - dt.timedelta(days=round(organization.evidence_retention_months * 365.25 / 12))
    with tenant(organization):
        # What was merged is worked on as the other one, and closed with it.
        case = Coalesce("ticket__merged_into", "ticket", "returned__ticket__merged_into", "returned__ticket")
        closed = Exists(Ticket.objects.filter(pk=OuterRef("case"), closed_at__lt=limit_day))
        old = Evidence.objects.annotate(case=case).filter(~keeping.held(), closed, deleted_at=None)
        rows = list(old.select_related("returned").order_by("pk")[:limit])
        for row in rows:
            keeping.delete_evidence(row, by=By.system(), reason=f"kept {organization.evidence_retention_months} months")
    return len(rows)

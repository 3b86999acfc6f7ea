"""Are the bytes still those that were received, and is the log whole? Reads everything, changes nothing but its report,
and has what was lost or changed before and is right again prepared anew.

for every row: original re-hashed in the store (or the spool), copies re-hashed
for every log: each event follows from the one before, and tells of the row as it is; what was asked for has a log
for every seal: the hash over its events, and its twin in the object store
"""

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from tickets.models import Ticket

from . import custody, pipeline, spool, storage
from .models import Custody, Evidence, Seal, Verification

PAGE = 500
# What is wrong: words of the report.
FLIPPED, REPLACED, MISSING, COPY, LOG, SEAL = "flipped", "replaced", "missing", "copy", "log", "seal"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was: a word for what, the name of what, and the explanation."""

    word: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.word}: {self.name}: {self.why}"


def verify(organization: Organization) -> Verification:
    """Check all evidence of an organization, keep the report and return it. Raises StorageDown.

    Takes as long as reading all bytes; a row deleted meanwhile is no finding.
    """
    with tenant(organization):
        report = Verification.objects.create()
    findings: list[Finding] = []
    try:
        for row in rows(organization):
            report.checked += 1
            report.size += row.size
            wrong = of_row(organization, row)
            findings += wrong
            if not wrong and row.failure in pipeline.BYTES_WRONG:
                pipeline.restored(organization, row)
        findings += of_logs(organization)
        findings += of_seals(organization)
    except storage.StorageDown:
        # A check that did not end says nothing, and the page must not call it running.
        with tenant(organization):
            report.delete()
        raise
    report.findings = [[each.word, each.name, each.why] for each in findings]
    report.ended_at = timezone.now()
    with tenant(organization):
        report.save()
    return report


def rows(organization: Organization) -> Iterator[Evidence]:
    """Yield every piece of evidence whose bytes must be there, page by page."""
    after = 0
    while True:
        with tenant(organization):
            page = list(
                Evidence.objects.filter(pk__gt=after, deleted_at=None).select_related("ticket").order_by("pk")[:PAGE]
            )
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].pk


def name_of(row: Evidence) -> str:
    """Return what a person finds it by."""
    of = row.ticket.number if row.ticket else f"evidence {row.pk}"
    return f"{of} {row.place} #{row.pk} ({row.original_key})"


def of_row(organization: Organization, row: Evidence) -> list[Finding]:
    """Return what is wrong with the bytes of one row."""
    found = _original(row) if row.stored_at else _spooled(row)
    if row.state == Evidence.State.READY:
        for name, key, sha256 in (
            ("display", row.display_key, row.display_sha256), ("thumb", row.thumb_key, row.thumb_sha256)
        ):  # fmt: skip
            found += _copy(row, name, key, sha256)
    if found and not _still_there(organization, row):
        return []
    return found


def _original(row: Evidence) -> list[Finding]:
    try:
        sha256, size, version = storage.rehash(row.original_key)
    except FileNotFoundError:
        return [Finding(MISSING, name_of(row), f"no object lies there{_kept_version(row)}")]
    if sha256 == row.sha256:
        return []
    other = size != row.size or (row.version_id and version != row.version_id)
    why = f"{size} bytes with hash {sha256}; received were {row.size} bytes with hash {row.sha256}{_kept_version(row)}"
    return [Finding(REPLACED if other else FLIPPED, name_of(row), why)]


def _kept_version(row: Evidence) -> str:
    if not row.version_id:
        return ""
    try:
        sha256, _size, _version = storage.rehash(row.original_key, row.version_id)
    except (FileNotFoundError, storage.StorageDown):
        return ""
    return f"; the bytes received still lie there as version {row.version_id}" if sha256 == row.sha256 else ""


def _spooled(row: Evidence) -> list[Finding]:
    path = spool.path(row.organization_id, row.sha256)
    try:
        with path.open("rb") as file:
            sha256 = storage.digest(file)
    except FileNotFoundError:
        try:
            sha256 = storage.rehash(row.original_key)[0]
        except FileNotFoundError:
            return [Finding(MISSING, name_of(row), "neither the spool nor the store has its bytes")]
    return [] if sha256 == row.sha256 else [Finding(FLIPPED, name_of(row), f"the spool has bytes with hash {sha256}")]


def _copy(row: Evidence, name: str, key: str, sha256: str) -> list[Finding]:
    try:
        found = storage.rehash(key)[0] if key else ""
    except FileNotFoundError:
        return [Finding(COPY, name_of(row), f"its copy {name} is missing; it is made again when somebody looks")]
    if found == sha256:
        return []
    return [Finding(COPY, name_of(row), f"its copy {name} was replaced; it is made again when somebody looks")]


def _still_there(organization: Organization, row: Evidence) -> bool:
    with tenant(organization):
        return Evidence.objects.filter(pk=row.pk, deleted_at=None, stored_at=row.stored_at, state=row.state).exists()


def of_logs(organization: Organization) -> Iterator[Finding]:
    """Yield what is wrong with the custody logs: events changed or gone, or a row that is not what its log tells."""
    with tenant(organization):
        events = Custody.objects.select_related("evidence", "ticket").order_by("evidence_id", "ticket_id", "number")
        for _pks, group in groupby(events.iterator(PAGE), key=lambda each: (each.evidence_id, each.ticket_id)):
            chain = list(group)
            row = chain[0].evidence
            name = name_of(row) if row else f"{chain[0].ticket} (asked for)"
            for each, why in custody.broken(chain):
                yield Finding(LOG, name, f"event {each.number} ({each.verb}, {each.at:%Y-%m-%d %H:%M}) {why}")
            if row and differs(row, chain[0]):
                yield Finding(LOG, name, "the row is not what its log says was received")
            if row and (why := untold(row, chain)):
                yield Finding(LOG, name, why)
        silent = Evidence.objects.filter(log_begun=True, custody=None)
        for row in silent.select_related("ticket").iterator(PAGE):
            yield Finding(LOG, name_of(row), "its log is gone")
        for ticket in Ticket.objects.filter(evidence_requests__isnull=False, custody=None).distinct().iterator(PAGE):
            yield Finding(LOG, f"{ticket} (asked for)", "its log is gone")


def differs(row: Evidence, first: Custody) -> bool:
    """Whether a row tells otherwise of the bytes than the first event of its log."""
    try:
        told = json.loads(first.payload)
        detail = told["detail"]
        received = dt.datetime.fromisoformat(told["at"])
        by = (told["actor"], told["key"], told["command"], told["partner"])
        # The account of somebody who left may be gone.
        user = told["user"] if row.uploaded_by_id is None else row.uploaded_by_id
        return (told["sha256"], detail, received, by, told["user"]) != (
            row.sha256, custody.received(row), row.uploaded_at,
            (str(row.uploader_kind), row.api_key_id, row.command, row.partner_id), user,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return True


def untold(row: Evidence, chain: list[Custody]) -> str:
    """Return what became of a row that its log does not tell; "" where it tells everything."""
    verbs = {each.verb: each for each in chain}
    if (row.deleted_at is not None) != (Custody.Verb.DELETED in verbs):
        return "the row and its log are of two minds whether it was deleted"
    if row.purged_at is not None and Custody.Verb.PURGED not in verbs:
        return "its log does not tell that its bytes were removed"
    if row.stored_at is None:
        return ""
    try:
        told = json.loads(verbs[Custody.Verb.STORED].payload)["detail"]
        # Without a version the newest bytes are read, whose hash says enough.
        same = told["key"] == row.original_key and row.version_id in ("", told["version"])
    except (ValueError, KeyError, TypeError):
        same = False
    return "" if same else "the row names another object than its log"


def of_seals(organization: Organization) -> list[Finding]:
    """Return what is wrong with the seals: events that are gone or changed since, a seal rewritten here or there."""
    found = []
    with tenant(organization):
        seals = list(Seal.objects.order_by("number"))
    previous, after = "", 0
    for number, each in enumerate(seals, 1):
        with tenant(organization):
            hashes = list(
                Custody.objects.filter(pk__gt=after, pk__lte=each.last_id).order_by("pk").values_list("hash", flat=True)
            )
        if each.number != number or each.previous != previous:
            found.append(Finding(SEAL, f"seal {each.number}", "does not follow from the seal before"))
        elif len(hashes) != each.count:
            found.append(Finding(SEAL, f"seal {number}", f"covers {each.count} events; {len(hashes)} are there"))
        elif custody.root(previous, hashes) != each.hash:
            found.append(Finding(SEAL, f"seal {number}", "its events are not those that were sealed"))
        found += _twin(each)
        previous, after = each.hash, each.last_id
    kept = sum(1 for _ in storage.listed(f"{organization.pk}/seals/"))
    if kept > len(seals):
        found.append(Finding(SEAL, "seals", f"the object store has {kept}, the database {len(seals)}"))
    return found


def _twin(each: Seal) -> list[Finding]:
    told = hashlib.sha256(custody.told(each)).hexdigest()
    try:
        if storage.rehash(custody.seal_key(each))[0] == told:
            return []
    except FileNotFoundError:
        # The newest may not be there yet; the next sealing writes it again.
        return [Finding(SEAL, f"seal {each.number}", "its copy in the object store is missing")]
    return [Finding(SEAL, f"seal {each.number}", "the object store tells otherwise")]

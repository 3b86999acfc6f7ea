"""The custody log: what happened to each piece of evidence, and what was asked for on each ticket; each event chained
to the one before of the same piece or ticket by its hash.

The hash of an event is SHA-256 of the previous hash, a line feed and the payload; the first event's previous is empty.
The payload is JSON with sorted keys and no spaces, so anybody can check it (`evidence/verifier.py` does, alone).
Seals are hashes over whole stretches of the log, kept in the object store too: events that are gone with their
evidence are missed there.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from tickets.actions import By
from tickets.models import Ticket
from tickets.workflow import Actor

from . import storage
from .models import Custody, Evidence, Seal

# A transaction that took its number earlier than this has ended: what is there now is all that will be.
SETTLED = dt.timedelta(minutes=10)
MOST_IN_A_SEAL = 100_000
# What evidence is; a file of a complaint that is still being written is not.
FILED = ~Q(ticket=None, inspection=None, shipment=None, returned=None, product=None)


def note(evidence: Evidence, verb: Custody.Verb, *, by: By, at: dt.datetime | None = None, **detail: Any) -> None:
    """Append an event. Call it inside the organization; nothing is written for what was not filed yet.

    The evidence's row is locked first: two events of one piece wait for each other, those of others do not.
    """
    last = begin(evidence)
    if last is not None:
        event(evidence, verb, by=by, at=at or timezone.now(), detail=detail, last=last).save(force_insert=True)


def begin(evidence: Evidence) -> Custody | None:
    """Lock the evidence and return its last event, after writing the first ones where there are none; None unfiled.

    What was sent with a complaint gets its log when the complaint is sent: until then the customer may remove it, and
    what was received when stands in columns that nobody can change.
    """
    row = Evidence.objects.select_for_update(of=("self",), no_key=True).get(pk=evidence.pk)
    if row.log_begun:
        return Custody.objects.filter(evidence=row.pk).order_by("-number").first()
    if not any((row.ticket_id, row.inspection_id, row.shipment_id, row.returned_id, row.product_id)):
        return None
    first = event(row, Custody.Verb.UPLOADED, by=uploader(row), at=row.uploaded_at, detail=received(row), last=None)
    first.save(force_insert=True)
    Evidence.objects.filter(pk=row.pk).update(log_begun=True)
    return _stored(row, first) if row.stored_at else first


def stored(evidence: Evidence) -> None:
    """Append that the store has the bytes, where the log has begun; else its beginning says so."""
    if evidence.log_begun:
        last = begin(evidence)
        assert last is not None
        _stored(evidence, last)


def _stored(row: Evidence, last: Custody) -> Custody:
    detail = {"key": row.original_key, "version": row.version_id}
    made = event(row, Custody.Verb.STORED, by=By.system(), at=row.stored_at or timezone.now(), detail=detail, last=last)
    made.save(force_insert=True)
    return made


def uploader(row: Evidence) -> By:
    """Return who sent it."""
    return By(
        Actor(row.uploader_kind), "", user=row.uploaded_by, partner=row.partner, key=row.api_key, command=row.command
    )


def received(row: Evidence) -> dict[str, Any]:
    """Return what the log says of the bytes received."""
    taken = row.taken_at.astimezone(dt.UTC).isoformat() if row.taken_at else None
    return {
        "size": row.size, "media_type": row.media_type, "reduced": row.reduced, "taken_at": taken,
        "taken_source": str(row.taken_source),
    }  # fmt: skip


def asked(sender: Any, *, ticket: Ticket, by: By, at: dt.datetime, asked: dict[str, Any], **_more: Any) -> None:
    """Append to the ticket's chain what somebody was asked for; receives `tickets.signals.asked`.

    Whoever asks has locked the ticket's row, so two questions wait for each other.
    """
    last = Custody.objects.filter(ticket=ticket.pk).order_by("-number").first()
    event(ticket, Custody.Verb.ASKED, by=by, at=at, detail=asked, last=last).save(force_insert=True)


def event(
    of: Evidence | Ticket, verb: Custody.Verb, *, by: By, at: dt.datetime, detail: dict[str, Any], last: Custody | None
) -> Custody:
    """Return the event after `last` of a piece of evidence, or of a ticket, not saved yet."""
    number = last.number + 1 if last else 1
    about: dict[str, Any] = {"evidence": of.pk, "sha256": of.sha256} if isinstance(of, Evidence) else {"ticket": of.pk}
    payload = canonical({
        **about, "number": number, "verb": str(verb), "at": at.astimezone(dt.UTC).isoformat(),
        "actor": str(by.kind), "user": by.user.pk if by.user else None,
        "partner": by.partner.pk if by.partner else None, "key": by.key.pk if by.key else None,
        "command": by.command, "detail": detail,
    })  # fmt: skip
    previous = last.hash if last else ""
    return Custody(
        organization_id=of.organization_id, evidence_id=about.get("evidence"), ticket_id=about.get("ticket"),
        number=number, verb=verb, at=at, payload=payload, previous=previous, hash=chained(previous, payload),
    )  # fmt: skip


def canonical(value: Any) -> str:
    """Return a value as JSON that is always the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(previous: str, text: str) -> str:
    """Return the hash that ties a text to what came before, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def broken(events: Iterable[Custody]) -> Iterator[tuple[Custody, str]]:
    """Yield each event of one chain, in order of numbers, that does not follow from the one before, and why."""
    previous, number = "", 0
    for each in events:
        number += 1
        if each.number != number:
            yield each, f"event {number} is missing"
        elif each.previous != previous:
            yield each, "does not follow from the event before"
        if each.hash != chained(each.previous, each.payload):
            yield each, "was changed"
        else:
            told = json.loads(each.payload)
            if (told["number"], told["verb"], told.get("evidence"), told.get("ticket")) != (
                each.number, each.verb, each.evidence_id, each.ticket_id,
            ):  # fmt: skip
                yield each, "was changed"
        previous, number = each.hash, each.number


# ── seals ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def seal(organization: Organization) -> Seal | None:
    """Seal the events since the last seal and return the new one, None where there is nothing to seal.

    The row is written first, then the object; a seal whose object is missing is written again by the next call.
    Raises StorageDown.
    """
    with tenant(organization):
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        last = Seal.objects.order_by("-number").first()
        new = _next(organization, last)
        if new is not None:
            new.save(force_insert=True)
    for each in filter(None, (last, new)):
        _publish(each)
    return new


def _next(organization: Organization, last: Seal | None) -> Seal | None:
    after = last.last_id if last else 0
    events = list(
        Custody.objects.filter(pk__gt=after, recorded_at__lt=timezone.now() - SETTLED)
        .order_by("pk").values_list("pk", "hash")[:MOST_IN_A_SEAL]
    )  # fmt: skip
    if not events:
        return None
    previous = last.hash if last else ""
    return Seal(
        organization=organization, number=last.number + 1 if last else 1, at=timezone.now(), first_id=after + 1,
        last_id=events[-1][0], count=len(events), previous=previous,
        hash=root(previous, (hash for _pk, hash in events)),
    )  # fmt: skip


def root(previous: str, hashes: Iterable[str]) -> str:
    """Return the hash of a seal: SHA-256 over the seal before and each event's hash, each on a line."""
    total = hashlib.sha256(previous.encode())
    for each in hashes:
        total.update(f"\n{each}".encode())
    return total.hexdigest()


def seal_key(each: Seal) -> str:
    """Return where a seal lies in the object store."""
    return f"{each.organization_id}/seals/{each.number:08d}.json"


def told(each: Seal) -> bytes:
    """Return a seal as it is kept in the object store."""
    return canonical({
        "number": each.number, "at": each.at.astimezone(dt.UTC).isoformat(), "first": each.first_id,
        "last": each.last_id, "count": each.count, "previous": each.previous, "hash": each.hash,
    }).encode()  # fmt: skip


def _publish(each: Seal) -> None:
    try:
        storage.head(seal_key(each))
    except FileNotFoundError:
        storage.put(seal_key(each), told(each), "application/json")

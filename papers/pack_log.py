"""What an evidence pack tells of its pieces' history: the custody log with its seals, and the ticket's own events."""

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from evidence.models import Custody, Evidence, Seal
from tickets.models import Ticket, TicketEvent
from tickets.queries.merged import with_merged

from .blocks import identities, without
from .case_file import people

# What happened to the evidence of a ticket, by the verbs of its log.
VERBS = (
    "filed", "evidence_asked", "evidence_added", "evidence_downloaded", "evidence_deleted", "proofs_read",
    "proof_answered", "picture_described", "hold_placed", "hold_released", "paper_downloaded", "pack_linked",
    "pack_link_revoked", "pack_downloaded",
)  # fmt: skip


@dataclass(frozen=True)
class CustodyLog:
    """The log as the pack holds it, and how its chains end: of each piece by id, and of each ticket."""

    told: dict[str, Any]
    pieces: dict[int, dict[str, Any]]
    asked: list[dict[str, Any]]


def custody_log(ticket: Ticket, rows: Iterable[Evidence]) -> CustodyLog:
    """Return the log of the pieces, and of the ticket and those merged into it, exactly as it is kept, with the seals
    that cover it."""
    events: dict[int, list[Custody]] = {row.pk: [] for row in rows}
    for each in Custody.objects.filter(evidence__in=list(events)).order_by("evidence", "number"):
        events[each.evidence_id].append(each)  # type: ignore[index]
    asked: dict[int, list[Custody]] = {ticket.pk: []}
    for each in Custody.objects.filter(ticket__in=with_merged(ticket.pk)).order_by("ticket", "number"):
        asked.setdefault(each.ticket_id, []).append(each)  # type: ignore[arg-type]
    pieces = [{"evidence": pk, "events": _told(chain)} for pk, chain in events.items()]
    ids = sorted(each.pk for chain in (*events.values(), *asked.values()) for each in chain)
    questions = [{"ticket": pk, "events": _told(chain)} for pk, chain in asked.items()]
    log = {"pieces": pieces, "asked": questions, "seals": seals(ids)}
    ends = {pk: _end(chain) for pk, chain in events.items()}
    return CustodyLog(log, ends, [{"ticket": pk, **_end(chain)} for pk, chain in asked.items()])


def _told(chain: list[Custody]) -> list[dict[str, Any]]:
    return [{"id": each.pk, "payload": each.payload, "previous": each.previous, "hash": each.hash} for each in chain]


def _end(chain: list[Custody]) -> dict[str, Any]:
    return {"events": chain[-1].number if chain else 0, "last_event": chain[-1].hash if chain else ""}


def seals(ids: list[int]) -> list[dict[str, Any]]:
    """Return the organization's seals that cover any of these events; `ids` are in order."""
    if not ids:
        return []
    found = Seal.objects.filter(last_id__gte=ids[0], first_id__lte=ids[-1]).order_by("number")
    return [
        {
            "number": each.number, "at": each.at.isoformat(), "first": each.first_id, "last": each.last_id,
            "count": each.count, "previous": each.previous, "hash": each.hash,
        }
        for each in found
        if bisect.bisect_left(ids, each.first_id) < bisect.bisect_right(ids, each.last_id)
    ]  # fmt: skip


def ticket_log(ticket: Ticket, named: bool) -> list[dict[str, Any]]:
    """Return what the ticket's log says about evidence; without names, those of its people are hidden in it."""
    names = [] if named else [*identities(ticket.order), *people(ticket)]
    return [
        {
            "at": each.at.isoformat(), "verb": each.verb, "actor": each.actor_kind,
            "name": each.actor_name if named else "", **without({"reason": each.reason, "data": each.data}, names),
        }
        for each in TicketEvent.objects.filter(ticket=ticket, verb__in=VERBS).order_by("at", "pk")
    ]  # fmt: skip

"""How far the evidence of a loaded ticket is, without a statement of its own."""

import datetime as dt

from aftersales.orders.models import Partner

from .. import checklists, claim_windows
from ..models import Ticket
from ..models.ticket import Channel
from ..proofs import Proof
from .rows import Row, with_moments


def of_ticket(ticket: Ticket) -> checklists.Checklist:
    """Return the checklist of the ticket's problem, and what it is enough for, from the rows that came with it."""
    carrier = carrier_of(ticket)
    claims = checklists.likely(
        ticket.problem, carrier=carrier.name if carrier else "", regime=claim_windows.regime_of(carrier, ticket.order),
        marketplace=ticket.channel == Channel.MARKETPLACE,
    )  # fmt: skip
    waiting = {code: at for code, at in asked(ticket).items() if code not in came(ticket)}
    return checklists.status(ticket.problem, have(ticket), claims, waiting)


def have(ticket: Ticket) -> checklists.Have:
    """Return what there is: the ticket's files, what came by another way, and what the order's record holds."""
    return checklists.have(ticket.photo_rows, came(ticket) | _recorded(ticket))  # type: ignore[attr-defined]


def came(ticket: Ticket) -> set[str]:
    """Return the proofs that were asked for and have come, none of them asked for again since."""
    rows = ticket.proof_rows  # type: ignore[attr-defined]
    return {row["proof"] for row in rows if row["answered_at"]} - {r["proof"] for r in rows if not r["answered_at"]}


def asked(ticket: Ticket) -> dict[str, dt.datetime]:
    """Return when each proof was asked for last."""
    rows = with_moments(ticket.proof_rows, "asked_at")  # type: ignore[attr-defined]
    return {row["proof"]: row["asked_at"] for row in rows}


def parcel(ticket: Ticket) -> Row:
    """Return the latest parcel of the order; {} where there is none."""
    return next(iter(ticket.parcel_rows), {})  # type: ignore[attr-defined]


def carrier_of(ticket: Ticket) -> Partner | None:
    """Return the latest parcel's carrier as far as its terms are known by it: its name and country, not saved."""
    row = parcel(ticket)
    return (
        Partner(pk=row["carrier"], name=row["carrier_name"], country=row["carrier_country"])
        if row.get("carrier")
        else None
    )


def _recorded(ticket: Ticket) -> set[str]:
    row = parcel(ticket)
    there = {
        "tracking_number": row.get("tracking_number"),
        "tracking_log": row.get("scanned"),
        "finished_trace": row.get("trace_closed_at"),
        "dimensions": row.get("volume_cm3"),
        "paid_order": ticket.order.paid_at,
        Proof.DISPATCH_WEIGHT: row.get("dispatch_weight_g"),
        Proof.CUSTOMS_LETTER: row.get("has_letter"),
        Proof.INSPECTION_PHOTO: _shown(ticket.inspection_photo_rows),  # type: ignore[attr-defined]
        Proof.PACKING_PHOTO: _shown(ticket.packing_photo_rows),  # type: ignore[attr-defined]
    }
    return {str(code) for code, found in there.items() if found}


def _shown(rows: list[Row]) -> bool:
    return any(row["state"] != "failed" and not row.get("deleted_at") for row in rows)

"""What the claims page shows: each claim with its deadline, and what its carrier wants to see."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import checklists, claim_windows
from ..models import Claim, ClaimWindow, Ticket
from ..proofs import ASKED_OF
from . import bench, card
from . import checklist as checklist_rows

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The sheet of the facts page for what is no proof that anybody is asked for; the order itself has the rest.
ENTERED_AT = {"dimensions": "weights"}


@dataclass(frozen=True)
class Paper:
    """One thing that the carrier wants: whether it is on record, what it is, who brings it, or where we enter it.

    `proof` is what can be asked for; `who` is "customer", "partner" or "us"; `asked_at` is when it was asked last.
    """

    code: str
    label: "StrOrPromise"
    is_there: bool
    proof: str = ""
    who: str = "us"
    name: str = ""
    partner: int | None = None
    sheet: str = ""
    asked_at: dt.datetime | None = None


def checklist(ticket: Ticket, claim: Claim) -> list[Paper]:
    """Return what is wanted for a claim of a loaded ticket, ticked from what is on record, without a statement.

    Source: `docs/evidence-checklists.md`.
    """
    regime = claim_windows.regime_of(checklist_rows.carrier_of(ticket), ticket.order)
    wanted = checklists.carrier_list(claim.event, regime).entries
    there, asked = checklist_rows.have(ticket), checklist_rows.asked(ticket)
    emails = bench.askable(ticket)
    return [_paper(ticket, emails, entry, entry.have(there) >= entry.count, asked) for entry in wanted]


def _paper(
    ticket: Ticket, emails: dict[str, str], entry: checklists.Entry, is_there: bool, asked: dict[str, dt.datetime]
) -> Paper:
    if entry.proof is None:
        return Paper(entry.code, entry.label, is_there, sheet=ENTERED_AT.get(entry.code, ""))
    who = card.wanted(entry.proof, emails)
    partner = checklist_rows.parcel(ticket).get(ASKED_OF[entry.proof])
    return Paper(
        entry.code, entry.label, is_there, entry.proof, who.who, who.name, partner, who.sheet, asked.get(entry.proof)
    )


def of_ticket(ticket: Ticket) -> list[Claim]:
    """Return the claims of a ticket with their partner and what was paid."""
    return list(Claim.objects.filter(ticket=ticket).select_related("partner", "created_by").prefetch_related("ledger"))


def kinds_to_open(ticket: Ticket, found: list[Claim]) -> list[str]:
    """Return the kinds of claims that may still be opened."""
    have = {claim.kind for claim in found}
    order = ticket.order
    possible = [Claim.Kind.CARRIER] if order.shipments.exclude(carrier=None).exists() else []
    if order.shipping_insurance or order.return_insurance:
        possible.append(Claim.Kind.INSURER)
    return [kind for kind in possible if kind not in have]


def windows() -> tuple[list[ClaimWindow], bool]:
    """Return the carriers' windows and whether they are the organization's own."""
    found = list(ClaimWindow.objects.select_related("carrier"))
    return (found, True) if found else (claim_windows.default_windows(), False)


def window(of: tuple[str, int | None, str]) -> ClaimWindow | None:
    """Return the window that is named, the default's where the organization has none of its own; None for no such."""
    rows, _own = windows()
    return next((row for row in rows if (row.regime, row.carrier_id, row.event) == of), None)

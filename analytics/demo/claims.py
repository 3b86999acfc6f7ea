"""Claims against carriers in the demonstration: opened where the carrier bears most of it, as the actions do."""

import datetime as dt
from typing import TYPE_CHECKING

from tickets import claim_windows
from tickets.models import Claim
from tickets.workflow import Actor

if TYPE_CHECKING:
    from .record import Case, Recorder

DAY = dt.timedelta(days=1)
WINDOWS = claim_windows.default_windows()
ANSWERS = {
    "paid": "Liability accepted; the credit follows with the next statement.",
    "refused": "No remark at delivery; the claim is refused.",
    "accepted": "Liability accepted.",
}


def follow(teller: "Recorder", case: "Case", who: tuple) -> None:
    """Open the carrier's claim where the carrier leads, once per ticket."""
    ticket, s = case.ticket, case.sold
    carrier = s.shipment.carrier
    if ticket.suggested_party != "carrier" or case.claim is not None or carrier is None:
        return
    event = claim_windows.event_of(ticket.problem)
    found = claim_windows.deadline(s.order, s.shipment, event, WINDOWS)
    case.claim = teller.rows.add(
        Claim(
            organization=teller.site.organization, ticket=ticket, kind="carrier", partner=carrier, against=carrier.name,
            event=event, amount=s.line.unit_price * s.line.quantity, currency=s.order.currency,
            expires_on=found.expires_on, window=found.words[:300], created_at=case.at,
        )
    )  # fmt: skip
    teller.event(case, "claim_opened", who, data=_data(case.claim))


def _data(claim: Claim) -> dict[str, str]:
    day = claim.expires_on.isoformat() if claim.expires_on else ""
    return {"against": claim.against, "day": day, "kind_of_claim": claim.kind}


def file(teller: "Recorder", case: "Case", who: tuple) -> None:
    """File the claim with the plan's execution, where its day has not passed."""
    claim = case.claim
    if claim is None or claim.state != "to_file" or (claim.expires_on and claim.expires_on < case.at.date()):
        return
    claim.state, claim.reference, claim.filed_at = "filed", f"CLM-{teller.rng.randrange(10**5, 10**6)}", case.at
    teller.event(case, "claim_filed", who, reason=claim.reference, data=_data(claim))


def answer(teller: "Recorder", case: "Case", who: tuple, *, pays: bool) -> None:
    """Let the carrier answer, or not yet; it pays only where the plan has it bear a part (`pays`)."""
    claim = case.claim
    if claim is None or claim.state != "filed":
        return
    state = teller.rng.choices(["paid", "refused", "accepted", "filed"], weights=[60 * pays, 18, 10, 12])[0]
    if state == "filed":
        return
    claim.state, claim.answered_at, claim.answer = state, case.at, ANSWERS[state]
    if state == "paid":
        teller.event(case, "claim_paid", who, reason="CREDIT", data=_data(claim))
    else:
        teller.event(case, f"claim_{state}", who, reason=claim.answer, data=_data(claim))


def leave(teller: "Recorder", case: "Case") -> None:
    """Leave the claim as the reminders would have: expired once its last day is over, else in the queue."""
    claim, today = case.claim, teller.now.astimezone(teller.site.organization.zone).date()
    if claim is None or claim.state != "to_file":
        return
    if claim.expires_on and claim.expires_on < today:
        claim.state = "expired"
        morning = dt.datetime.combine(claim.expires_on + DAY, dt.time(6), tzinfo=teller.site.organization.zone)
        case.at = min(max(case.at, morning), teller.now)
        teller.event(case, "claim_expired", (Actor.SYSTEM, None, ""), data=_data(claim))
    else:
        case.ticket.claim_by = claim.expires_on

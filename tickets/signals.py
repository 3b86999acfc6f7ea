"""What the apps left of this one are told of, as no import leads there. A receiver runs in the sender's transaction and
with the ticket's row locked; what it raises undoes the action.
"""

from collections.abc import Iterable
from typing import Any

from django.dispatch import Signal

# Somebody is asked for something. Sent by Ticket with `ticket`, `by`, `at`, and a `question` as `asked`.
asked = Signal()


def question(
    party: str,
    *,
    customer: int | None = None,
    partner: int | None = None,
    request: int | None = None,
    proofs: Iterable[str] = (),
    again: Iterable[str] = (),
    percent: int = 0,
) -> dict[str, Any]:
    """Return what `asked` tells of a question: the party, keys of whom was asked and of its request, the proofs, those
    of them asked for again, and the share that a partner shall answer for. No word of a person is in it."""
    return {
        "of": str(party), "customer": customer, "partner": partner, "request": request,
        "proofs": [str(proof) for proof in proofs], "again": [str(proof) for proof in again], "percent": percent,
    }  # fmt: skip

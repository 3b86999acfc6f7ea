"""What the record shows of a ticket: every fact of the catalogue with its value, its words and its source."""

import datetime as dt

from ...models import Ticket
from . import border, goods, history, media, money, service, times, way, wishes
from .base import Fact, Facts
from .record import Record

__all__ = ["Fact", "Facts", "gather"]

# In order: what comes later reads what came before.
STEPS = (
    goods.inspection, goods.packing, goods.weights, goods.arrival, goods.purchase, way.scans, way.address, way.delivery,
    media.media, border.events, border.declaration, border.prohibited, times.times, wishes.instructions,
    service.ordered_inspection, service.release, service.contacts, money.freight, money.insurance, money.refunds,
    history.batch, history.earlier, history.requests, history.answers,
)  # fmt: skip


def gather(ticket: Ticket, *, now: dt.datetime | None = None) -> Facts:
    """Return what is known of the ticket as of `now`, in the language that is active."""
    facts, record = Facts(), Record(ticket, now)
    for step in STEPS:
        step(record, facts)
    return facts

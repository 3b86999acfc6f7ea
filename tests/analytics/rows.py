"""Tickets as rows, without the actions: what is counted depends on the row alone."""

import datetime as dt
import itertools

from tests.factories import make_line, make_order, make_partner
from tickets.models import Ticket

numbers = itertools.count(1)


def ticket(order, line=None, *, filed_at=None, problem="broken_inside", state="executing", **fields) -> Ticket:
    fields.setdefault("text", "It is broken")
    return Ticket.objects.create(
        number=f"AS-2026-{next(numbers):06d}", order=order, line=line, customer=order.customer, channel="portal",
        problem=problem, state=state, subject="Broken lamp",
        filed_at=filed_at or order.placed_at + dt.timedelta(days=9), **fields,
    )  # fmt: skip


def sold(placed_at, *suppliers, category="Lamps", **fields):
    """An order with a line for each supplier (a name, or None for a line without one)."""
    order = make_order(placed_at=placed_at, **fields)
    for name in suppliers:
        make_line(order, supplier=name and make_partner(name=name), category=category)
    return order

"""Goods that come back, for tests."""

import datetime as dt
from decimal import Decimal

from evidence.models import Evidence
from tickets import actions
from tickets.models import Ticket


def came(returned, by, pieces):
    """Receive the return's only line."""
    return actions.receive_return(returned, by=by, received={returned.lines.get().pk: pieces})


def pictured(returned):
    """Put a photo beside what came back."""
    return Evidence.objects.create(
        returned=returned, name="seen.jpg", media_type="image/jpeg", size=1, sha256="0" * 64, width=1, height=1,
        original_key="k", display_key="k", thumb_key="k", state="ready", uploader_kind="operator",
    )  # fmt: skip


def planned_return(ticket, by, *, approve=None):
    """Take a ticket to execution: the goods come back, then the money. Return it with both actions."""
    due = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=20)
    us = [actions.Pays("agent", 100)]
    planned = [
        actions.Planned("return", due, doer="customer", payers=us),
        actions.Planned("refund", due, Decimal(10), us, awaits_return=True),
    ]
    plan = actions.propose_plan(ticket, by=by, text="Send it back.", currency="EUR", actions=planned)
    if approve:
        plan = actions.approve_plan(plan, by=approve)
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    fresh = Ticket.objects.get(pk=ticket.pk)
    back, refund = fresh.current_plan().actions.order_by("id")
    return fresh, back, refund

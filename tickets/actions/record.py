"""What an operator enters into the order's record from a ticket: written, noted, and the recommendation made anew."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.actions import save_record
from aftersales.orders.models import DeclarationLine, Inspection, OrderLine
from aftersales.tenants.scope import current_organization

from ..models import Ticket
from ..sheets import Sheet
from ..workflow import OPEN
from .arrivals import settle
from .base import By, locked, require, require_member, save, write_event
from .proofs import MARKS, partner_is_done
from .responsibility import apply_recommendation


def enter(ticket: Ticket, *, by: By, sheet: Sheet, row: models.Model, values: dict[str, Any]) -> models.Model:
    """Write a sheet's values into a row of the ticket's order and return it; nothing happens where none differs.

    The other open tickets of the order rest on the same record: their recommendation is made anew too.
    """
    require_member(by)
    require(set(values) <= set(sheet.fields), _("This does not belong on this sheet."))
    tickets = _of_order(ticket.order_id, also=ticket.pk)
    if isinstance(row, DeclarationLine) and row.pk is None:
        row.position = (row.declaration.lines.aggregate(last=Max("position"))["last"] or 0) + 1
    changed = save_record(row, **values)
    if changed:
        data = {"what": sheet.code, "row": row.pk, "changes": {name: _plain(value) for name, value in changed.items()}}
        _look_again(tickets, by, "record_changed", data)
    return row


def record_inspection(line: OrderLine, *, by: By, level: str, result: str) -> Inspection:
    """Write down that an item was inspected just now and return the row; pressed twice, the one of a minute ago."""
    require_member(by)
    tickets, now = _of_order(line.order_id), timezone.now()
    values = {"level": level, "result": result, "by": by.name[:80]}
    OrderLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
    known = Inspection.objects.filter(line=line, at__gt=now - dt.timedelta(minutes=1), **values).first()
    if known:
        return known
    row = Inspection(line=line)
    save_record(row, at=now, **values)
    data = {"what": "inspection", "row": row.pk, "changes": {"at": _plain(now), **values}}
    _look_again(tickets, by, "record_changed", data)
    return row


def order_photo_arrived(order_id: int, *, by: By, what: str) -> None:
    """Take note of a photo of an inspection or a packed parcel at each open ticket of the order."""
    _look_again(_of_order(order_id), by, "record_changed", {"what": what, "photos": 1})


def _of_order(order_id: int, *, also: int | None = None) -> list[Ticket]:
    """Return the order's open tickets, locked; `also` one that may be closed. All in one order of keys, so that two
    people who enter something at two tickets of an order cannot wait for each other."""
    wanted = Q(order=order_id, state__in=OPEN) | Q(pk=also)
    found = list(Ticket.objects.filter(wanted).order_by("pk").select_for_update(of=("self",)))
    organization = current_organization()
    assert organization is not None
    for each in found:
        each.organization = organization
    return found


def _look_again(tickets: list[Ticket], by: By, verb: str, data: dict[str, Any]) -> None:
    now = timezone.now()
    for each in tickets:
        settle(each, now=now)
        partner_is_done(each)
        if each.is_open:
            apply_recommendation(each, now=now)
        save(each, *MARKS, now=now)
        write_event(each, verb, by, now=now, data=data)


def describe_picture(ticket: Ticket, *, by: By, photo: Any, shows: str, seen_before: str) -> None:
    """Write what a picture shows and where it was seen before; `photo` is evidence of the ticket or of its order."""
    require_member(by)
    fresh = locked(ticket)
    changed = save_record(photo, shows=shows.strip(), seen_before=seen_before.strip())
    if not changed:
        return
    now = timezone.now()
    if fresh.is_open:
        apply_recommendation(fresh, now=now)
    save(fresh, *MARKS, now=now)
    write_event(fresh, "picture_described", by, now=now, reason=shows.strip(), data={"photo": photo.pk, **changed})


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value

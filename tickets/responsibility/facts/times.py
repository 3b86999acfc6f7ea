"""Days: promised and used, by whom, since delivery, and the window to complain."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...problems import Party
from .base import Facts
from .record import Code, Record


def times(record: Record, facts: Facts) -> None:
    """How late it is and who used up the delay."""
    order = record.order
    arrived = _arrived(record)
    if order.promised_on:
        # What has not arrived is late from the day on which it should have been there.
        late = ((arrived or record.today) - order.promised_on).days
        text = ngettext("%(n)d day after the promised day", "%(n)d days after the promised day", late) % {"n": late}
        text = text if late > 0 else _("Not later than promised (%(day)s)") % {"day": order.promised_on}
        facts.put("late_days", max(0, late), text, f"order:{order.pk}")
        facts.put("late", late > 0, text, f"order:{order.pk}")
    _delay(record, facts, arrived)
    if arrived:
        filed = record.day(record.ticket.filed_at)
        days = max(0, (filed - arrived).days)
        text = ngettext("Reported %(n)d day after delivery", "Reported %(n)d days after delivery", days) % {"n": days}
        facts.put("days_since_delivery", days, text, f"ticket:{record.ticket.pk}")
        _window(record, facts, days)
    accepted = True if order.rules_accepted_at else False if order.rules_version_id else None
    text = _("The customer did not accept the rules")
    if accepted:
        text = _("The customer accepted the rules, %(day)s") % {"day": record.day(order.rules_accepted_at)}
    facts.put("rules_accepted", accepted, text, f"order:{order.pk}")


def _arrived(record: Record) -> dt.date | None:
    parcel = record.shipment
    scans = record.scans(Code.DELIVERED)
    moment = (parcel.delivered_at if parcel else None) or (scans[-1].at if scans else None) or record.order.delivered_at
    return record.day(moment)


def _window(record: Record, facts: Facts, days: int) -> None:
    limit, source = record.window
    if limit is None:
        return
    arrived, line = _arrived(record), record.line
    known = [row.wrote_at for row in record.contacts if row.wrote_at]
    known += [t.filed_at for t in record.earlier if line and t.line_id == line.pk and t.state != "rejected"]
    first = min((day for day in map(record.day, known) if arrived and day and day >= arrived), default=None)
    if arrived and first:
        days = min(days, (first - arrived).days)
    text = _("Window: %(limit)d days after delivery (%(source)s); reported after %(days)d") % {
        "limit": limit, "source": source, "days": days,
    }  # fmt: skip
    facts.put("after_window", days > limit, text, f"order:{record.order.pk}")
    facts.put("window_days", limit, text, f"order:{record.order.pk}")


def _delay(record: Record, facts: Facts, arrived: dt.date | None) -> None:
    """Days of delay by party. What nobody else used up is the carrier's, once it had the parcel."""
    parcel, bought, late = record.shipment, record.purchase, facts.value("late_days")
    received = record.day(bought.received_at) if bought else None
    supplier = _supplier(record, facts, bought, received)
    handed = record.day(record.moves[0].at) if record.moves else record.day(parcel.shipped_at) if parcel else None
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    asked, kept = _awaited(record, handed), 0
    released = record.day(parcel.released_at)
    limit = record.order.dispatch_limit_days
    start = received or record.day(record.order.paid_at)
    agent = warehouse = 0
    if limit is not None and start:
        over = ((handed or record.today) - start).days - limit
        if released and released > start:
            agent = max(0, (released - start).days - limit)
            warehouse = max(0, ((handed or record.today) - released).days - limit)
            warehouse = max(warehouse, over - agent) if agent == 0 and warehouse == 0 and over > 0 else warehouse
        elif received or bought is None:
            warehouse = max(0, over)
        kept = min(asked, agent + warehouse)
        agent, warehouse = max(0, agent - kept), warehouse - max(0, kept - agent)
        text = ngettext("Dispatched %(n)d day beyond the limit", "Dispatched %(n)d days beyond the limit", warehouse)
        facts.put(
            "dispatch_late_days",
            warehouse,
            text % {"n": warehouse} if warehouse else _("Dispatched within the limit"),
            source,
        )
        if released:
            text = ngettext("Released %(n)d day beyond the limit", "Released %(n)d days beyond the limit", agent)
            facts.put("release_late_days", agent, text % {"n": agent} if agent else _("Released in time"), source)
    held = _held(record, facts)
    waited = _attempts(record, facts, arrived)
    if kept:
        text = ngettext(
            "%(n)d day waiting for the customer's answer", "%(n)d days waiting for the customer's answer", kept
        )
        facts.put("customer_late_days", waited + kept, text % {"n": kept}, source)
    if not handed:
        return
    travelled = ((arrived or record.today) - handed).days
    text = ngettext("%(n)d day with the carrier", "%(n)d days with the carrier", travelled) % {"n": travelled}
    facts.put("transit_used_days", travelled, text, source)
    if parcel.transit_days is not None:
        over = max(0, travelled - parcel.transit_days - held - waited)
        text = _("%(used)d days with the carrier, %(allowed)d allowed") % {
            "used": travelled,
            "allowed": parcel.transit_days,
        }
        facts.put("carrier_late_days", over, text, source)
    elif late and (supplier is not None or limit is not None or held or waited):
        over = max(0, late - (supplier or 0) - agent - warehouse - held - waited)
        text = ngettext("%(n)d day of the delay with the carrier", "%(n)d days of the delay with the carrier", over)
        facts.put("carrier_late_days", over, text % {"n": over}, source)


def _awaited(record: Record, handed: dt.date | None) -> int:
    """Return the days in which we waited for the customer's answer before the parcel was handed over."""

    def before(moment: dt.datetime | None) -> bool:
        return moment is not None and (handed is None or record.day(moment) < handed)

    asked = any(row.party == Party.CUSTOMER and before(row.asked_at) for row in record.asked)
    rows = [row for row in record.contacts if asked or before(row.wrote_at)]
    return max((row.waiting_for_customer_days or 0 for row in rows), default=0)


def _supplier(record: Record, facts: Facts, bought: Any, received: dt.date | None) -> int | None:
    if not bought or not bought.promised_on:
        return None
    # Goods that never came are late from the promised day on.
    if received is None and record.moves:
        return None
    days = max(0, ((received or record.today) - bought.promised_on).days)
    text = ngettext("The supplier was %(n)d day late", "The supplier was %(n)d days late", days) % {"n": days}
    facts.put(
        "supplier_late_days", days, text if days else _("The supplier delivered in time"), f"purchase:{bought.pk}"
    )
    facts.put(
        "received_from_supplier",
        received is not None,
        _("Received from the supplier") if received else _("Not received from the supplier yet"),
        f"purchase:{bought.pk}",
    )
    return days


def _held(record: Record, facts: Facts) -> int:
    holds = [event for event in record.customs if event.days]
    days = sum(event.days for event in holds)
    source = f"customs:{holds[0].pk}" if holds else ""
    if not holds and (begun := record.scans(Code.CUSTOMS_HOLD)):
        ended = record.scans(Code.CUSTOMS_RELEASED, Code.DELIVERED)
        end = next((scan.at for scan in ended if scan.at >= begun[0].at), record.now)
        days, source = (record.day(end) - record.day(begun[0].at)).days, f"scan:{begun[0].pk}"
    if source:
        text = ngettext("%(n)d day with customs", "%(n)d days with customs", days) % {"n": days}
        facts.put("customs_held_days", days, text, source)
    return days


def _attempts(record: Record, facts: Facts, arrived: dt.date | None) -> int:
    tried = record.scans(Code.ATTEMPT_FAILED, Code.AWAITING_COLLECTION)
    if not tried:
        return 0
    reason = facts.value("attempt_reason")
    days = ((arrived or record.today) - record.day(tried[0].at)).days
    excused = reason in ("absent", "refused") or facts.value("notices_read")
    if days <= 0 or not excused:
        return 0
    text = ngettext(
        "%(n)d day waiting for the customer to take it", "%(n)d days waiting for the customer to take it", days
    )
    facts.put("customer_late_days", days, text % {"n": days}, f"scan:{tried[0].pk}")
    return days

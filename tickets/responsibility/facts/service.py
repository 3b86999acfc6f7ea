"""Our own service: what inspection was ordered, what was released in spite of it, how fast we answered."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .base import Facts
from .record import Record

LEVELS = {"": 0, "basic": 1, "detailed": 2}
NOT_ORDERED = {"none", "no", "not ordered"}


def ordered_inspection(record: Record, facts: Facts) -> None:
    """The inspection that the customer ordered: paid, passed on, made at that level."""
    line = record.line
    if line is None or not (line.inspection_ordered or line.inspection_paid is not None):
        return
    source, level = f"line:{line.pk}", line.inspection_ordered
    ordered = level.lower() not in NOT_ORDERED if level else None
    facts.put("inspection_ordered", ordered, _("Inspection ordered: %(level)s") % {"level": level}, source)
    text = _("The inspection was paid for") if line.inspection_paid else _("The inspection was not paid for")
    facts.put("inspection_paid", line.inspection_paid, text, source)
    text = (
        _("The inspection was passed on to the warehouse")
        if line.inspection_passed_on
        else _("The inspection was not passed on to the warehouse")
    )
    facts.put("inspection_passed_on", line.inspection_passed_on, text, source)
    made = max((LEVELS.get(row.level, 0) for row in record.inspections), default=0)
    wanted = next((rank for name, rank in LEVELS.items() if name and name in level.lower()), 1)
    text = _("The inspection was made as ordered") if made >= wanted else _("The inspection was not made as ordered")
    facts.put(
        "inspection_as_ordered", made >= wanted, text, f"inspection:{record.inspections[-1].pk}" if made else source
    )


def release(record: Record, facts: Facts) -> None:
    """Goods that failed the inspection and were shipped: by whom, and whether the customer was told."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    after = parcel.released_after_failed
    by = f" ({parcel.released_by})" if parcel.released_by else ""
    text = (_("Released after a failed inspection") if after else _("Not released after a failed inspection")) + by
    facts.put("released_after_failed", after, text, source)
    if not after:
        return
    text = (
        _("The customer was told of the release")
        if parcel.release_told_customer
        else _("The customer was not told of the release")
    )
    facts.put("release_told", parcel.release_told_customer, text, source)
    if parcel.released_by:
        who = parcel.released_by.lower()
        role = next((r for r in ("customer", "warehouse", "supplier") if r in who), "agent")
        facts.put("released_by", role, _("Released by: %(who)s") % {"who": parcel.released_by}, source)


def contacts(record: Record, facts: Facts) -> None:
    """How fast inquiries were answered, in working days without those spent waiting for the customer."""
    worst: tuple[int, int, str, str] | None = None
    for row in record.contacts:
        if row.wrote_at is None:
            continue
        end = row.answered_at or record.now
        used = working_days(record.day(row.wrote_at), record.day(end))
        waited = row.waiting_for_customer_days or 0
        used = max(0, used - waited)
        promised = row.promised_working_days
        text = ngettext("Answered after %(n)d working day", "Answered after %(n)d working days", used) % {"n": used}
        if row.answered_at is None:
            text = ngettext("Not answered for %(n)d working day", "Not answered for %(n)d working days", used) % {
                "n": used
            }
        if waited:
            text += _(", %(n)d days of waiting for the customer left out") % {"n": waited}
        if promised is not None:
            text += _("; promised within %(n)d") % {"n": promised}
        over = used - promised if promised is not None else -1
        if worst is None or over > worst[0]:
            worst = over, used, text, f"contact:{row.pk}"
            known = promised is not None
    if worst is None:
        return
    over, used, text, source = worst
    facts.put("answer_days", used, text, source)
    if known:
        facts.put("answer_late", over > 0, text, source)
        facts.put("answer_late_days", max(0, over), text, source)


def working_days(start: dt.date, end: dt.date) -> int:
    """Return the days from Monday to Friday after `start`, up to and with `end`."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    return weeks * 5 + sum((start + dt.timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))

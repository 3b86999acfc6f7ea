"""Our own service: what was asked of us and what became of it, what inspection was ordered, how fast we answered."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import words
from .base import Facts
from .record import Record

LEVELS = {"": 0, "basic": 1, "detailed": 2}
NOT_ORDERED = {"none", "no", "not ordered"}


def instructions(record: Record, facts: Facts) -> None:
    """What the customer asked for, or we told; the one that went wrong first, else the latest."""
    mine = [row for row in record.instructions if row.given_by != "agent"]
    told = [row for row in record.instructions if row.given_by == "agent"]
    mine.sort(key=lambda row: (row.followed is False, row.given_at or dt.datetime.min.replace(tzinfo=dt.UTC)))
    if mine:
        _asked(record, facts, mine[-1])
        told += [row for row in mine if row.answer and row.was_true is not None]
    for row in told:
        source, words_ = f"instruction:{row.pk}", {"text": row.text}
        if words.says(row.text, words.ANOTHER_PARCEL):
            facts.put("rest_announced", True, _("We told: “%(text)s”") % words_, source)
        facts.put("advice_given", True, _("We told: “%(text)s”") % words_, source)
        if facts.value("advice_true") is not False:
            text = (
                _("What we told was true: “%(text)s”") if row.was_true else _("What we told was not true: “%(text)s”")
            )
            facts.put("advice_true", row.was_true, text % words_, source)
        if row.warned is not None:
            text = (
                _("The customer was told of the risk: “%(text)s”")
                if row.warned
                else _("The customer was not told of the risk: “%(text)s”")
            )
            facts.put("advice_warned", row.warned, text % words_, source)


def _asked(record: Record, facts: Facts, row: Any) -> None:
    source = f"instruction:{row.pk}"
    said = {"text": row.text}
    facts.put("instruction", True, _("The customer asked: “%(text)s”") % said, source)
    facts.put("instruction_topic", words.topic(row.text), _("The customer asked: “%(text)s”") % said, source)
    pairs = {
        "instruction_recorded": (
            row.recorded,
            _("It was recorded with the order"),
            _("It was not recorded with the order"),
        ),
        "instruction_passed_on": (
            row.passed_on,
            _("It was passed on to the warehouse"),
            _("It was not passed on to the warehouse"),
        ),
        "instruction_followed": (row.followed, _("It was followed"), _("It was not followed")),
        "instruction_warned": (
            row.warned,
            _("The customer was told of the risk"),
            _("The customer was not told of the risk"),
        ),
        "instruction_paid": (row.paid, _("It was paid for"), _("It was not paid for")),
    }
    for name, (value, yes, no) in pairs.items():
        facts.put(name, value, f"{yes if value else no}: “{row.text}”", source)
    if row.confirmed_by:
        text = _("Confirmed by %(who)s") % {"who": row.confirmed_by}
        facts.put("instruction_confirmed", row.confirmed_by.lower() not in ("nobody", "none", "no"), text, source)
    if row.answer:
        text = _("Our answer: “%(answer)s”") % {"answer": row.answer}
        facts.put("instruction_declined", words.declined(row.answer), text, source)
    if not row.answer:
        text = _("What the customer told was true") if row.was_true else _("What the customer told was not true")
        facts.put("instruction_true", row.was_true, f"{text}: “{row.text}”", source)
    if words.says(row.text, words.KNOWN_COPY):
        facts.put("sold_as_replica", True, _("The customer asked: “%(text)s”") % said, source)
    handed = record.moves[0].at if record.moves else None
    if row.given_at and handed:
        late = record.day(row.given_at) > record.day(handed)
        text = _("Asked after the parcel was handed over") if late else _("Asked before the parcel was handed over")
        facts.put("instruction_after_dispatch", late, text, source)


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

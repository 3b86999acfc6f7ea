"""What the customer asked for, what we told and offered, and what became of it."""

import datetime as dt
import re
from typing import Any

from django.utils.translation import gettext as _

from .. import admissions, notes, wishes, words
from .base import Facts
from .record import Record

# A confirmation by one of these is not the customer's.
OURS = {"agent", "warehouse", "supplier", "carrier", "us"}
SIZES, SHORT_WORD = {"xs", "s", "m", "l", "xl", "xxl", "xxxl", "red"}, 3
EVERYDAY = {"with", "without", "from", "that", "this", "please", "only", "instead", "have", "than", "pieces", "piece"}
NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
NOBODY = {"nobody", "none", "no", "no one"}


def instructions(record: Record, facts: Facts) -> None:
    """What the customer asked for, or we told; the one that went wrong first, else the latest."""
    mine = [row for row in record.instructions if row.given_by != "agent"]
    told = [row for row in record.instructions if row.given_by == "agent"]
    offered = sorted(told, key=_order)
    mine.sort(key=_order)
    if mine:
        _asked(record, facts, mine[-1])
        told += [row for row in mine if _answers(row)]
    if offered:
        _offered(facts, offered[-1])
    for row in told:
        _told(facts, row)
    _went_where(record, facts, mine)
    _as_warned(record, facts, offered)
    _insisted(record, facts, mine)


def _insisted(record: Record, facts: Facts, rows: list[Any]) -> None:
    """Whether it happened what the customer had been told of and wanted all the same, or something else."""
    goods, country = record.line.specification if record.line else "", record.order.country
    unfit = notes.mains_unfit(goods, country)
    if unfit:
        text = _("Sold as: “%(specification)s”") % {"specification": goods}
        facts.put("mains_unfit", True, f"{text} ({country})", f"order:{record.order.pk}")
    for row in record.instructions:
        warned = row.warned or (row.warned is None and row not in rows and wishes.warns(row.text))
        if row.followed is False or row.confirmed_by.lower() in NOBODY or not warned:
            continue
        told = wishes.risks_told(f"{row.text}, {row.answer}")
        shown = [piece for piece in record.media if piece.shows]
        # With a transformer the voltage was right.
        if any(words.says(piece.shows.lower(), words.CONVERTED) for piece in shown):
            told.discard("mains")
        met = next((piece for piece in shown if told & wishes.risks_told(piece.shows)), None)
        source, said = f"instruction:{row.pk}", {"text": row.text}
        if unfit and "mains" in told:
            text = _("The customer was told: “%(text)s”; the goods: “%(goods)s”") % {**said, "goods": goods}
            facts.put("as_warned", True, text, source)
        elif met and row in rows:
            text = _("We warned: “%(text)s”; the customer: “%(shows)s”") % {**said, "shows": met.shows}
            facts.put("as_warned", True, text, source)
        elif told and shown and not met and row in rows:
            facts.put("accepted_else", True, _("The customer asked: “%(text)s”") % said, source)


def _order(row: Any) -> tuple[bool, dt.datetime]:
    return row.followed is False, row.given_at or dt.datetime.min.replace(tzinfo=dt.UTC)


def _answers(row: Any) -> bool:
    """Whether what is marked true or not is our answer to a question, and not what the customer said."""
    return bool(row.answer) and row.was_true is not None and (wishes.asks(row.text) or wishes.settles(row.answer))


def _told(facts: Facts, row: Any) -> None:
    source, words_ = f"instruction:{row.pk}", {"text": row.text}
    if words.says(row.text, words.ANOTHER_PARCEL):
        facts.put("rest_announced", True, _("We told: “%(text)s”") % words_, source)
    if admissions.duty_included(row.answer if row.given_by != "agent" else row.text):
        facts.put("duty_included", True, _("We told: “%(text)s”") % words_, source)
    facts.put("advice_given", True, _("We told: “%(text)s”") % words_, source)
    if facts.value("advice_true") is not False:
        text = _("What we told was true: “%(text)s”") if row.was_true else _("What we told was not true: “%(text)s”")
        facts.put("advice_true", row.was_true, text % words_, source)
    if row.warned is not None:
        text = (
            _("The customer was told of the risk: “%(text)s”")
            if row.warned
            else _("The customer was not told of the risk: “%(text)s”")
        )
        facts.put("advice_warned", row.warned, text % words_, source)


def _offered(facts: Facts, row: Any) -> None:
    """Our offer or warning, and whether the customer agreed to it."""
    source, said = f"instruction:{row.pk}", {"text": row.text}
    facts.put("advice_topic", wishes.topic(row.text), _("We told: “%(text)s”") % said, source)
    # An answer that is marked true or not is ours, to a question of the customer's.
    answer = row.answer if row.was_true is None else ""
    answer = answer or wishes.answer_within(row.text)
    by, reply = row.confirmed_by.lower(), wishes.agreed(answer) if answer else None
    agreed = False if by in NOBODY or reply is False else True if reply or (by and by not in OURS) else None
    text = _("The customer agreed: “%(text)s”") if agreed else _("The customer did not agree: “%(text)s”")
    facts.put("advice_confirmed", agreed, text % said, source)
    if reply is False:
        facts.put("advice_declined", True, _("The customer said no: “%(answer)s”") % {"answer": answer}, source)
    pairs = {
        "advice_followed": (row.followed, _("It was done"), _("It was not done")),
        "advice_passed_on": (
            row.passed_on, _("It was passed on to the warehouse"), _("It was not passed on to the warehouse"),
        ),
    }  # fmt: skip
    for name, (value, yes, no) in pairs.items():
        facts.put(name, value, f"{yes if value else no}: “{row.text}”", source)


def _asked(record: Record, facts: Facts, row: Any) -> None:
    source = f"instruction:{row.pk}"
    said = {"text": row.text}
    facts.put("instruction", True, _("The customer asked: “%(text)s”") % said, source)
    topic = wishes.topic(row.text)
    new_place = _words(record.order.right_address) - _words(record.order.address)
    if len(new_place & _words(row.text)) > 1:
        topic = "address"
    facts.put("instruction_topic", topic, _("The customer asked: “%(text)s”") % said, source)
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
        facts.put("instruction_declined", wishes.declined(row.answer), text, source)
    if wishes.asks(row.text) and not row.answer and row.followed is None:
        text = _("The customer asked, and no answer is on record: “%(text)s”")
        facts.put("question_open", True, text % said, source)
    if not _answers(row):
        text = _("What the customer told was true") if row.was_true else _("What the customer told was not true")
        facts.put("instruction_true", row.was_true, f"{text}: “{row.text}”", source)
    if words.says(row.text, words.KNOWN_COPY):
        facts.put("sold_as_replica", True, _("The customer asked: “%(text)s”") % said, source)
    _in_time(record, facts, row, source)
    goods = record.line.specification if record.line else ""
    new = _words(record.ticket.received) - _words(goods)
    if row.followed and new & _words(row.text):
        text = _("The customer asked: “%(text)s”; what arrived: “%(received)s”")
        facts.put("as_asked", True, text % {"text": row.text, "received": record.ticket.received}, source)
    if row.confirmed_by.lower() == "carrier":
        facts.put("instruction_to_carrier", True, _("Confirmed by %(who)s") % {"who": row.confirmed_by}, source)


def _in_time(record: Record, facts: Facts, row: Any, source: str) -> None:
    """Whether it came before the parcel was handed over, and before the goods were ordered."""
    handed, bought = record.moves[0].at if record.moves else None, record.purchase
    if row.given_at and handed:
        late = record.day(row.given_at) > record.day(handed)
        text = _("Asked after the parcel was handed over") if late else _("Asked before the parcel was handed over")
        facts.put("instruction_after_dispatch", late, text, source)
    if row.given_at and bought and bought.placed_at:
        before = record.day(row.given_at) < record.day(bought.placed_at)
        text = _("Asked before we ordered from the supplier") if before else _("Asked after we had ordered it")
        facts.put("instruction_before_purchase", before, text, source)


def _words(text: str) -> set[str]:
    """Return the words that tell goods apart: long ones, numbers and sizes."""
    found = [NUMBERS.get(word, word) for word in re.findall(r"\w+", text.lower())]
    return {word for word in found if len(word) > SHORT_WORD or re.search(r"\d", word) or word in SIZES} - EVERYDAY


def _went_where(record: Record, facts: Facts, rows: list[Any]) -> None:
    """Whether the parcel was left with whom, or where, the customer had told."""
    parcel = record.shipment
    if parcel is None:
        return
    where = ", ".join(filter(None, (parcel.delivery_place, parcel.delivery_note, parcel.delivery_photo)))
    for row in rows if where else ():
        if row.followed is False or wishes.topic(row.text) not in ("address", None):
            continue
        found = wishes.where_told(row.text, where, f"{record.order.address} {record.order.city}")
        text = _("The customer asked: “%(text)s”; left: “%(where)s”") % {"text": row.text, "where": where}
        facts.put("delivered_as_told", found, text, f"instruction:{row.pk}")


def _as_warned(record: Record, facts: Facts, rows: list[Any]) -> None:
    """Whether the customer's own words tell of just the risk that we had warned of."""
    goods = record.line.specification if record.line else ""
    for row in rows:
        if row.warned is False or row.confirmed_by.lower() in NOBODY:
            continue
        for piece in record.media:
            if piece.shows and wishes.same_risk(row.text, piece.shows, goods):
                text = _("We warned: “%(text)s”; the customer: “%(shows)s”") % {"text": row.text, "shows": piece.shows}
                facts.put("as_warned", True, text, f"instruction:{row.pk}")
                return

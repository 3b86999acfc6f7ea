"""Customs: what happened at the border, what was declared, and what the terms of delivery say."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import notes, words
from .base import Facts
from .record import Record

# Customs take a declared value seriously that is this part of the price, or more.
FAIR_PART = Decimal("0.9")
HS_DIGITS = 6


def events(record: Record, facts: Facts) -> None:
    """Holds, examinations, duties and seizures, with their letter and its reason."""
    for event in record.customs:
        source = f"customs:{event.pk}"
        side = event.get_side_display() if event.side else ""
        text = ", ".join(filter(None, (event.get_event_display(), side, event.reason and f"“{event.reason}”")))
        facts.put("customs_event", event.event, _("Customs: %(what)s") % {"what": text}, source)
        facts.put("customs_side", event.side or None, _("Customs: %(what)s") % {"what": text}, source)
        if event.event == "duty":
            facts.put("duty_asked", True, _("Customs: %(what)s") % {"what": text}, source)
        if event.event == "seizure":
            facts.put("seized_scan", True, _("Customs: %(what)s") % {"what": text}, source)
        if not (event.has_letter is False and facts.value("customs_letter")):
            letter = _("There is a letter of customs") if event.has_letter else _("There is no letter of customs")
            facts.put("customs_letter", event.has_letter, letter, source)
        if event.reason and (reason := words.customs_reason(event.reason)):
            facts.put("customs_reason", reason, _("Customs: “%(reason)s”") % {"reason": event.reason}, source)
        if event.days:
            days = ngettext("Held for %(n)d day", "Held for %(n)d days", event.days) % {"n": event.days}
            facts.put("customs_days", event.days, days, source)
        _did(facts, event.reason, source)
    for piece in record.media:
        if piece.place == "letter" or (piece.kind == "document" and "customs" in piece.shows.lower()):
            source = f"evidence:{piece.pk}"
            shown = f": “{piece.shows}”" if piece.shows else ""
            facts.put("customs_letter", True, _("There is a letter of customs") + shown, source)
            if "customs_reason" not in facts and piece.shows and (reason := words.customs_reason(piece.shows)):
                facts.put("customs_reason", reason, _("Customs: “%(reason)s”") % {"reason": piece.shows}, source)
            _did(facts, piece.shows, source)
    for scan in record.events:
        if scan.note and (scan.code.startswith("customs") or re.search(words.BY_OFFICERS, scan.note.lower())):
            _did(facts, scan.note, f"scan:{scan.pk}")
    _left_tape(record, facts)


def _left_tape(record: Record, facts: Facts) -> None:
    """Whether notes and pictures show the tape of customs, or say that customs had it open."""
    parcel = record.shipment
    seen = [(piece.shows, f"evidence:{piece.pk}") for piece in record.media if piece.shows]
    if parcel:
        seen += [(text, f"shipment:{parcel.pk}") for text in (parcel.delivery_note, parcel.delivery_photo) if text]
    for said, source in seen:
        if "customs_opened" not in facts and notes.by_customs(said):
            facts.put("customs_opened", True, _("Opened by customs: “%(said)s”") % {"said": said}, source)


def _did(facts: Facts, said: str, source: str) -> None:
    """What customs themselves write of opening, hurting or keeping goods."""
    for what in words.customs_did(said):
        facts.put(f"customs_{what}", True, _("Customs: “%(reason)s”") % {"reason": said}, source)
    if "customs_took" not in facts and notes.left_complete(said):
        facts.put("customs_took", False, _("Customs: “%(reason)s”") % {"reason": said}, source)


def declaration(record: Record, facts: Facts) -> None:
    """What was declared: complete or not, its value against the price, its words, its HS code, the terms."""
    booked, order = record.order.booked_terms, f"order:{record.order.pk}"
    found = record.declaration
    if booked:
        facts.put("booked_terms", booked, _("Booked: %(terms)s") % {"terms": booked}, order)
    if found is None:
        facts.put("terms", booked or None, _("Terms: %(terms)s") % {"terms": booked}, order)
        return
    source = f"declaration:{found.pk}"
    complete = _("The declaration is complete") if found.complete else _("The declaration is incomplete")
    facts.put("declaration_complete", found.complete, complete, source)
    if found.value_set_by:
        text = _("Declared value set by: %(who)s") % {"who": found.get_value_set_by_display()}
        facts.put("value_set_by", found.value_set_by, text, source)
    if found.terms:
        facts.put("declared_terms", found.terms, _("Declared: %(terms)s") % {"terms": found.terms}, source)
    terms = booked or found.terms
    facts.put("terms", terms or None, _("Terms: %(terms)s") % {"terms": terms}, order if booked else source)
    if booked and found.terms:
        text = _("Booked %(booked)s, declared %(declared)s") % {"booked": booked, "declared": found.terms}
        facts.put("terms_as_booked", booked == found.terms, text, source)
    _lines(record, facts, source)
    _both(record, facts, source)


def _lines(record: Record, facts: Facts, source: str) -> None:
    rows = record.declared
    for row in rows:
        text = _("Declared as: “%(words)s”") % {"words": row.description}
        if not facts.value("description_vague"):
            facts.put("description_vague", words.vague(row.description), text, source)
        digits = sum(c.isdigit() for c in row.hs_code)
        text = _("HS code: %(code)s") % {"code": row.hs_code or "–"}
        if not facts.value("hs_missing"):
            facts.put("hs_missing", digits < HS_DIGITS, text, source)
    valued = [row for row in rows if row.value is not None and row.price_paid]
    if valued:
        value, price = sum(row.value for row in valued), sum(row.price_paid for row in valued)
        currency = record.declaration.currency
        text = _("Declared %(value)s %(currency)s, paid %(price)s %(currency)s") % {
            "value": value, "price": price, "currency": currency,
        }  # fmt: skip
        facts.put("undervalued", value < price * FAIR_PART, text, source)
        facts.put("overvalued", value * FAIR_PART > price, text, source)
        facts.put("declared_percent", int(value * 100 / price), text, source)


def _both(record: Record, facts: Facts, source: str) -> None:
    """Whether customs name two obstacles, one of them ours by our own declaration, the other the addressee's."""
    lacking = facts.value("declaration_complete") is False or any(
        facts.value(name) for name in ("description_vague", "hs_missing")
    )
    low = facts.value("undervalued") and facts.value("value_set_by") != "customer"
    told = next((event.reason for event in record.customs if words.two_obstacles(event.reason)), "")
    if told and (lacking or low):
        facts.put("customs_both", True, _("Customs: “%(reason)s”") % {"reason": told}, source)


def prohibited(record: Record, facts: Facts) -> None:
    """The list of prohibited goods: are these on it, and was it shown to the customer."""
    line = record.line
    if line is None:
        return
    source = f"line:{line.pk}"
    text = (
        _("The goods are on the list of prohibited goods")
        if line.prohibited_listed
        else _("The goods are not on the list of prohibited goods")
    )
    facts.put("prohibited_listed", line.prohibited_listed, text, source)
    text = (
        _("The list was shown to the customer")
        if line.prohibited_shown
        else _("The list was not shown to the customer")
    )
    facts.put("prohibited_shown", line.prohibited_shown, text, source)

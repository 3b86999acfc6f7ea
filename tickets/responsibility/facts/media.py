"""What the customer shows: photos, videos, statements; and whether the same picture was seen elsewhere."""

import re
from typing import Any

from django.utils.translation import gettext as _

from ...problems import Problem as P
from .. import admissions, notes, words
from .base import Facts
from .record import Record

PICTURES = {"photo", "video", "unboxing_video"}
# What shows the fault complained of, where the picture's words name it.
FAULTS = {
    **dict.fromkeys((P.DEFECTIVE, P.FAILS), words.NOT_WORKING),
    P.EXPIRED: words.A_DATE,
    P.COUNTERFEIT: words.NOT_GENUINE,
}
FRESH_DAYS = 7
ADDRESSED = {P.NOT_RECEIVED, P.WRONG_ADDRESS, P.RETURNED, P.LOST, P.DELAYED}


def media(record: Record, facts: Facts) -> None:
    """The kinds of media there are, and what they show of box, seal, item and label."""
    source = f"ticket:{record.ticket.pk}"
    pictures = [piece for piece in record.media if piece.kind in PICTURES]
    text = _("Pictures of the customer") if pictures else _("No pictures of the customer")
    facts.put("customer_pictures", bool(pictures), text, source)
    for piece in record.media:
        where = f"evidence:{piece.pk}"
        if piece.kind == "unboxing_video":
            facts.put("unboxing_video", True, _quoted(piece, _("Video of the unboxing")), where)
        if piece.kind == "video":
            facts.put("video", True, _quoted(piece, _("Video")), where)
        if piece.kind == "statement":
            facts.put("statement", True, _quoted(piece, _("Statement of the customer")), where)
        if piece.kind == "document":
            facts.put("document", True, _quoted(piece, _("Document of the customer")), where)
        if piece.shows:
            _read(record, facts, piece, where)
        elif piece.place == "box":
            facts.put("box_photo", True, _("Photo of the outer box"), where)
    _reused(record, facts)


def _quoted(piece: Any, name: str) -> str:
    shows = getattr(piece, "shows", "")
    return _("%(what)s: “%(shows)s”") % {"what": name, "shows": shows} if shows else name


def _read(record: Record, facts: Facts, piece: Any, where: str) -> None:
    shows, kind = piece.shows, piece.kind
    text = _("Customer's picture: “%(shows)s”") % {"shows": shows}
    if kind in PICTURES:
        of_box = piece.place == "box" or record.problem == P.BOX_DAMAGED
        outer = words.box(shows, "box" if of_box else "item")
        if outer and facts.value("box_at_delivery") in (None, "sound"):
            facts.put("box_at_delivery", outer, text, where)
        inside = words.item(shows) if piece.place != "box" else None
        if kind == "unboxing_video" and inside == "sound":
            facts.put("whole_at_unboxing", True, text, where)
        if inside in ("damaged", "wet"):
            facts.put("item_shown_damaged", True, text, where)
        was = words.opened(shows, unboxing=kind == "unboxing_video")
        if was is not None and not (was is False and facts.value("opened_in_transit")):
            facts.put("opened_in_transit", was, text, where)
        if record.problem in FAULTS and _shows_fault(record.problem, shows, kind):
            facts.put("fault_shown", True, text, where)
        if words.says(shows, words.LEAKED):
            facts.put("item_leaked", True, text, where)
        if kind == "unboxing_video" and words.says(shows, words.SUPPLIER_SEALED):
            facts.put("supplier_sealed", True, text, where)
    _statements(record, facts, shows, kind, where)


def _shows_fault(problem: str, shows: str, kind: str) -> bool:
    """Whether the picture's words name the fault; a video of something that fails is described in any words."""
    if re.search(words.UNCLEAR, shows.lower()):
        return False
    named = words.says(shows, FAULTS[P(problem)])
    return named is True or (
        named is None and kind == "video" and problem in (P.DEFECTIVE, P.FAILS) and words.item(shows) != "sound"
    )


def _statements(record: Record, facts: Facts, shows: str, kind: str, where: str) -> None:
    quoted = _("Customer: “%(shows)s”") % {"shows": shows}
    used = words.misuse(shows)
    made_for = _made_for(record)
    for goods, use in ((words.MAINS, words.MAINS), (words.FOR_WATER, words.IN_WATER), (words.FOR_WEIGHT, words.WEIGHT)):
        if used and re.search(goods, made_for) and re.search(use, shows.lower()):
            used = None
    if words.overloaded(shows, made_for, record.order.country):
        used = True
    if kind == "statement" and admissions.beyond_limits(", ".join(_labels(record)), shows):
        used = True
    if used is not None and not (used is False and facts.value("misuse")):
        facts.put("misuse", used, quoted, where)
    if kind == "statement":
        facts.put("arrived_in_order", words.arrived_in_order(shows), quoted, where)
        _admitted(record, facts, shows, quoted, where)
    facts.put("collected_at_door", notes.collected(shows, by_customer=True) or None, quoted, where)
    low = shows.lower()
    if kind in ("document", "photo") and admissions.duty_included(shows):
        facts.put("duty_included", True, quoted, where)
    if kind == "document" and re.search(rf"\b(?:{words.PAYMENT})", low):
        facts.put("payment_shown", True, quoted, where)
    if record.problem in (P.COUNTERFEIT, P.SEIZED, P.HELD_PROHIBITED) and kind == "document":
        fake = words.says(shows, words.FAKE)
        if fake is None and words.says(shows, words.GENUINE):
            fake = False
        facts.put("report_says_fake", fake, quoted, where)
    if re.search(words.DECLARES, low) and re.search(words.NOTHING_CAME, low):
        facts.put("non_receipt_declared", True, quoted, where)
    if re.search(r"bank|account|statement|card", low) and kind in ("document", "photo"):
        credited = words.says(
            shows, r"credit(?:ed)?|receiv\w*|incoming|booked|arrived|refund|payment|entry|deposit|posted"
        )
        facts.put("bank_shows_credit", credited, quoted, where)


def _admitted(record: Record, facts: Facts, shows: str, quoted: str, where: str) -> None:
    """What the customer tells against itself, or denies."""
    facts.put("attempt_denied", notes.attempt_denied(shows) or None, quoted, where)
    if record.problem in ADDRESSED and facts.value("address_right") is None and admissions.own_address(shows):
        facts.put("address_right", False, quoted, where)
    if admissions.kept_in_wet(shows, facts.value("signed") == "clean"):
        facts.put("kept_in_wet", True, quoted, where)
    if admissions.taken_in(shows):
        facts.put("taken_in", True, quoted, where)


def _labels(record: Record) -> list[str]:
    """Return what specification and label say of the use that the goods are made for."""
    sold = [record.line.specification] if record.line else []
    return [*sold, *(row.shows for row in record.inspections if row.shows)]


def _made_for(record: Record) -> str:
    """Return the uses that the specification allows, lower case: "not for swimming" is none."""
    return admissions.limits(record.line.specification)[1] if record.line else ""


def _reused(record: Record, facts: Facts) -> None:
    found = record.reused
    for piece in record.media:
        number = found.get(piece.sha256)
        if number:
            text = _("The same picture hangs at %(number)s") % {"number": number}
        elif piece.seen_before:
            text = _("Seen before: %(where)s") % {"where": piece.seen_before}
        else:
            continue
        facts.put("media_reused", True, text, f"evidence:{piece.pk}")
        return
    fresh = [p for p in record.media if p.kind in PICTURES]
    if fresh:
        facts.put("media_reused", False, _("No picture is known from elsewhere"), f"ticket:{record.ticket.pk}")

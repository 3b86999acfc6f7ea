"""What was seen of the goods on their way: at the inspection, when packed, on the scales, when they arrived."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...problems import Problem as P
from .. import words
from .base import Facts
from .record import Record

DAMAGE = {P.BOX_DAMAGED, P.BROKEN_INSIDE, P.WATER, P.CRUSHED}
# What an inspection must have looked at to say something about a problem; words of its list of checks.
CHECKS = {
    **dict.fromkeys(
        (P.DEFECTIVE, P.FAILS), r"function|power|work|test|operat|electr|switch|charg|run|perform|motor|all"
    ),
    P.COUNTERFEIT: r"brand|authentic|genuin|version|model|label|serial|logo|hologram|origin|all",
    P.EXPIRED: r"expir|date|shelf|best before|batch|label|all",
    P.WRONG_ITEM: r"item|model|article|product|identity|version|label|sku|type|title|specification|match|all",
    P.WRONG_SIZE: r"siz|colou?r|measure|dimension|variant|label|specification|match|all",
    **dict.fromkeys((P.WRONG_QUANTITY, P.MISSING_ITEM), r"count|quantit|number|pieces|weight|content|complete|all"),
    P.MISSING_PART: r"part|accessor|content|complete|count|open|kit|set|all",
    **dict.fromkeys(
        DAMAGE, r"damag|surface|condition|appearance|visual|crack|break|function|glass|appear|state|whole|all"
    ),
}
# How a size is written, and what must have been looked at to see it.
SIZE = (
    r"\b(?:[smlx]|[2-6]?x{1,4}[sl]|small|medium|large|(?:eu|us|uk|size|gr)[ .]?\d{1,3}(?:[.,]5)?"
    r"|\d{2,3} ?(?:cm|mm|inch\w*|\"|x)|\d{1,2}[.,]5|[23]\d|4\d|5\d)\b"
)
SIZED = r"siz|measure|dimension|variant|label|specification|match|all"
# What a photo of a closed box cannot show.
INSIDE = {P.MISSING_PART, P.DEFECTIVE, P.FAILS, P.WRONG_ITEM, P.WRONG_SIZE, P.COUNTERFEIT}
CLOSED = r"closed|shut|sealed|unopened|not opened|lid on|shrink-?wrapped"
OPENED = r"open|content|function|complete|part|accessor|all\b"
# Scales differ: what weighs this much less has lost something.
TOLERANCE_G, TOLERANCE_PART = 30, 0.02
# What weighs less than half of it, or more than the double, is hardly the same parcel.
FAR_PART, FAR_G = 0.5, 200


def inspection(record: Record, facts: Facts) -> None:
    """The inspection before shipping: made, its level and result, what it looked at and what its photo shows."""
    if record.line is None:
        return
    rows, line = record.inspections, f"line:{record.line.pk}"
    if not rows:
        facts.put("inspected", False, _("No inspection is on record"), line)
        _finding(record, facts, "inspection", "fault_at_inspection")
        return
    last, source = rows[-1], f"inspection:{rows[-1].pk}"
    level, result = last.get_level_display(), last.get_result_display()
    facts.put("inspected", True, _("Inspected before shipping"), source)
    facts.put("inspection_level", last.level, _("Inspection: %(level)s") % {"level": level}, source)
    facts.put(
        "inspection_passed", last.result == "pass", _("Inspection result: %(result)s") % {"result": result}, source
    )
    if last.checked:
        checks = CHECKS.get(P(record.problem))
        checks = _other_size(record) or checks
        looked = bool(checks and re.search(rf"\b(?:{checks})", last.checked.lower()))
        if record.problem in INSIDE and words.says(last.shows, CLOSED) and not re.search(OPENED, last.checked.lower()):
            looked = False
        text = _("The inspection looked at: %(checked)s") % {"checked": last.checked}
        facts.put("inspection_covered", looked if checks else None, text, source)
    photos = sum(row.photos for row in rows)
    text = ngettext("%(n)d photo from the inspection", "%(n)d photos from the inspection", photos) % {"n": photos}
    facts.put(
        "inspection_photo",
        photos > 0 or bool(last.shows),
        text if photos else _("Photo from the inspection") if last.shows else _("The inspection left no photo"),
        source,
    )
    if last.shows:
        shown = _("Inspection photo: “%(shows)s”") % {"shows": last.shows}
        facts.put("inspection_shows", True, shown, source)
        facts.put("supplier_sealed", words.says(last.shows, words.SUPPLIER_SEALED) or None, shown, source)
    _finding(record, facts, "inspection", "fault_at_inspection", shows=last.shows or last.note, source=source)


def _other_size(record: Record) -> str:
    """Return the checks that would have shown a wrong size, where what arrived differs in its size, else nothing."""
    if record.problem != P.WRONG_SIZE or record.line is None:
        return ""
    ordered = set(re.findall(SIZE, record.line.specification.lower()))
    came = set(re.findall(SIZE, record.ticket.received.lower()))
    return SIZED if ordered and came and ordered != came else ""


def _finding(record: Record, facts: Facts, about: str, name: str, *, shows: str = "", source: str = "") -> None:
    """Whether the fault is visible at a point: what a person found, else what the words clearly say."""
    seen = {
        ("fault_at_inspection", True): _("The fault can be seen at the inspection"),
        ("fault_at_inspection", False): _("At the inspection this point was still right"),
        ("fault_at_packing", True): _("The fault can be seen when packed"),
        ("fault_at_packing", False): _("When packed this point was still right"),
    }
    found = record.findings.get(about)
    if found is not None:
        if found.value is not None:
            note = f"{seen[name, found.value]}: “{shows}”" if shows else seen[name, found.value]
            facts.put(name, found.value, note, f"finding:{found.pk}")
        return
    if record.problem in (P.BROKEN_INSIDE, P.WATER, P.CRUSHED) and shows:
        state = words.item(shows)
        value = None if state is None else state != "sound"
        if value is not None:
            facts.put(name, value, f"{seen[name, value]}: “{shows}”", source)


def packing(record: Record, facts: Facts) -> None:
    """Who packed, into what box, with what padding, and what the packing photo shows."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    if parcel.packed_by:
        text = _("Packed by: %(who)s") % {"who": parcel.get_packed_by_display()}
        facts.put("packed_by", parcel.packed_by, text, source)
    if parcel.box:
        text = _("Box when packed: %(box)s") % {"box": parcel.get_box_display()}
        facts.put("box_at_packing", parcel.box, text, source)
    elif state := words.box(parcel.packing_note, "item"):
        text = _("Packing photo: “%(shows)s”") % {"shows": parcel.packing_note}
        facts.put("box_at_packing", "sound" if state == "sound" else "damaged", text, source)
    weak: bool | None = None
    if parcel.cushioning:
        weak = parcel.cushioning != "adequate"
        text = _("Cushioning: %(how)s") % {"how": parcel.get_cushioning_display()}
        facts.put("cushioning", parcel.cushioning, text, source)
    elif parcel.packing_note and (how := words.padding(parcel.packing_note)):
        weak, text = how == "weak", _("Packing: “%(note)s”") % {"note": parcel.packing_note}
    if weak is None:
        weak, text, source = _shown_padding(record)
    if weak is not None:
        facts.put("packing_weak", weak, text, source)
    _padding_gone(record, facts)
    source = f"shipment:{parcel.pk}"
    photo = getattr(parcel, "photos", 0) > 0 or bool(parcel.packing_note)
    facts.put("packing_photo", photo or None, _("There is a packing photo"), source)
    if parcel.packing_note:
        facts.put("packing_shows", True, _("Packing photo: “%(shows)s”") % {"shows": parcel.packing_note}, source)
    if parcel.packing_note and re.search(words.OVERSIZED, parcel.packing_note.lower()):
        text = _("Packing photo: “%(shows)s”") % {"shows": parcel.packing_note}
        facts.put("box_oversized", True, text, source)
    if words.says(parcel.packing_note, words.SUPPLIER_SEALED):
        text = _("Packing photo: “%(shows)s”") % {"shows": parcel.packing_note}
        facts.put("supplier_sealed", True, text, source)
    _finding(record, facts, "packing", "fault_at_packing", shows=parcel.packing_note, source=source)


def _padding_gone(record: Record, facts: Facts) -> None:
    """Padded when packed, and the customer's pictures show none: somebody had it open."""
    if facts.value("packing_weak") is not False:
        return
    weak, text, source = _shown_padding(record)
    if weak:
        facts.put("padding_gone", True, text, source)


def _shown_padding(record: Record) -> tuple[bool | None, str, str]:
    for piece in record.media:
        if piece.shows and (piece.place == "padding" or words.about(piece.shows, "padding")):
            how = words.padding(piece.shows)
            if how:
                return (
                    how == "weak",
                    _("Customer's picture: “%(shows)s”") % {"shows": piece.shows},
                    f"evidence:{piece.pk}",
                )
    return None, "", ""


def _slack(weight: int) -> float:
    return max(TOLERANCE_G, weight * TOLERANCE_PART)


def weights(record: Record, facts: Facts) -> None:
    """The scales: lighter when packed than inspected goods and carton, lighter at delivery than at dispatch."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    before, after = parcel.dispatch_weight_g, parcel.delivery_weight_g
    before = before or (parcel.actual_weight_g if record.problem != P.OVERCHARGED else None)
    facts.put(
        "dispatch_weighed", bool(before), _("%(g)d g at dispatch") % {"g": before or 0}, source
    ) if before else None
    facts.put("delivery_weighed", bool(after), _("%(g)d g at delivery") % {"g": after or 0}, source) if after else None
    if before and after:
        text = _("%(before)d g at dispatch, %(after)d g at delivery") % {"before": before, "after": after}
        facts.put("weight_lost", before - after > _slack(before), text, source)
        facts.put("weight_lost_g", max(0, before - after), text, source)
        other = not before * FAR_PART <= after <= before / FAR_PART
        facts.put("weight_other", other and abs(after - before) > FAR_G, text, source)
        facts.put("weight_gained", after - before > 2 * _slack(before), text, source)
    seen = next((row for row in reversed(record.inspections) if row.weight_g), None)
    if before and seen is not None:
        goods, carton = seen.weight_g, parcel.carton_g or 0
        text = _("%(goods)d g at the inspection, %(carton)d g carton, %(before)d g at dispatch") % {
            "goods": goods, "carton": carton, "before": before,
        }  # fmt: skip
        short = goods + carton - before > _slack(goods)
        facts.put("light_when_packed", short, text, source)


def arrival(record: Record, facts: Facts) -> None:
    """What arrived, against the specification locked at purchase."""
    found, line = record.findings.get("specification"), record.line
    names = {
        "specification": line.specification if line else "",
        "received": record.ticket.received,
    }
    if line and names["specification"]:
        text = _("Locked at purchase: “%(specification)s”") % names
        facts.put("specification_locked", True, text, f"line:{line.pk}")
    if names["received"]:
        text = _("What arrived: “%(received)s”") % names
        facts.put("received_described", True, text, f"ticket:{record.ticket.pk}")
    if found is not None and found.value is not None:
        text = (
            _("What arrived is what was locked at purchase")
            if found.value
            else _("What arrived is not what was locked at purchase")
        )
        if all(names.values()):
            text += _(": “%(specification)s”, “%(received)s”") % names
        facts.put("as_specified", found.value, text, f"finding:{found.pk}")
    elif all(names.values()) and found is None:
        same = " ".join(names["specification"].lower().split()) == " ".join(names["received"].lower().split())
        text = _("Locked at purchase and arrived: “%(received)s”") % names
        facts.put("as_specified", same or None, text, f"ticket:{record.ticket.pk}")
    if line and line.specification and words.says(line.specification, words.REPLICA):
        text = _("Sold as: “%(specification)s”") % names
        facts.put("sold_as_replica", True, text, f"line:{line.pk}")


def purchase(record: Record, facts: Facts) -> None:
    """What was ordered from the supplier, and under which law."""
    bought = record.purchase
    if bought is None:
        return
    source = f"purchase:{bought.pk}"
    text = _("Purchase order: “%(text)s”") % {"text": bought.text} if bought.text else _("Purchase order")
    facts.put("purchase_as_specified", bought.matches_specification, text, source)
    supplier = record.line.supplier if record.line else None
    international = bought.international
    if international is None and supplier and supplier.country and record.organization.country:
        international = supplier.country != record.organization.country
    text = _("Supplier and we are in different states") if international else _("Supplier and we are in one state")
    facts.put("contract_international", international, text, source)

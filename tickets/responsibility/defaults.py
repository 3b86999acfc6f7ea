"""The seeded rules: plain data, first match wins. Sources: `docs/responsibility.md`, "Rules".

A rule holds where each of its conditions does: a fact's name for "is true", "!name" for "is known and false",
"?name" for "nobody knows".
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ..problems import GROUPS, Group, Party, Problem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

A, C, S, W, X, U = Party.AGENT, Party.CARRIER, Party.SUPPLIER, Party.WAREHOUSE, Party.CUSTOMS, Party.CUSTOMER
P, G = Problem, Group


@dataclass(frozen=True)
class Rule:
    """One line of the decision table."""

    code: str
    problems: tuple[str, ...]
    when: tuple[str, ...]
    shares: tuple[tuple[Party, int], ...]
    confidence: int
    basis: "StrOrPromise"
    asks_for: tuple[str, ...] = ()


def of(group: Group) -> tuple[str, ...]:
    return tuple(GROUPS[group])


DAMAGE, QUALITY, LATE = of(G.DAMAGE), of(G.QUALITY), (P.DELAYED, P.NO_MOVEMENT)
RULES: tuple[Rule, ...] = (
    Rule(
        "D1",
        DAMAGE,
        ("damage_noted_at_delivery",),
        ((C, 100),),
        92,
        _("The damage was noted when the parcel was delivered: the carrier had it in its hands."),
    ),
    Rule("D2", (*DAMAGE,), ("wet_scan",), ((C, 100),), 90, _("The carrier itself recorded a wet parcel on the way.")),
    Rule(
        "D3",
        DAMAGE,
        ("damage_scan", "!packing_weak"),
        ((C, 100),),
        90,
        _("The carrier recorded damage on the way, and the packing was sound."),
    ),
    Rule(
        "D4",
        DAMAGE,
        ("damage_scan", "packing_weak"),
        ((C, 60), (W, 40)),
        72,
        _("The carrier recorded damage on the way, but the packing was weak: both had a part in it."),
    ),
    Rule(
        "D5",
        (P.BROKEN_INSIDE,),
        ("packing_weak",),
        ((W, 100),),
        84,
        _("The box arrived intact and the packing was weak: the packer answers."),
    ),
    Rule(
        "D6",
        (P.BROKEN_INSIDE,),
        ("batch_bad",),
        ((S, 100),),
        78,
        _("Other pieces of the same batch broke too: the fault lies in the batch."),
    ),
    Rule(
        "D7",
        (P.CRUSHED, P.BOX_DAMAGED, P.WATER),
        (),
        ((C, 100),),
        70,
        _("Outer damage arises on the way; nothing shows that it was there at dispatch."),
        ("box", "label"),
    ),
    Rule(
        "D8",
        (P.BROKEN_INSIDE,),
        ("inspection_passed", "inspection_photo"),
        ((W, 100),),
        66,
        _("Whole at the inspection, broken inside an intact box: packing, unless the box shows a blow."),
        ("box", "padding"),
    ),
    Rule(
        "D9",
        (P.BROKEN_INSIDE,),
        ("!inspected",),
        ((S, 100),),
        52,
        _("Nobody looked before shipping, so it may have been broken when it left the supplier."),
        ("box", "padding"),
    ),
    Rule(
        "D10",
        (P.BROKEN_INSIDE,),
        (),
        ((W, 100),),
        50,
        _("An intact box with a broken item points to the packing; photos of box and padding decide."),
        ("box", "padding"),
    ),
    Rule(
        "Q1",
        QUALITY,
        ("!inspection_passed",),
        ((A, 100),),
        86,
        _("It failed our inspection and was shipped nevertheless."),
    ),
    Rule(
        "Q2",
        QUALITY,
        ("batch_bad",),
        ((S, 100),),
        90,
        _("The batch has an unusual number of complaints: a fault of production."),
    ),
    Rule(
        "Q3",
        (P.DEFECTIVE,),
        ("inspected_in_detail", "inspection_passed"),
        ((S, 70), (C, 30)),
        55,
        _("It worked at a detailed inspection; a hidden fault is likelier than a blow on the way."),
        ("whole", "close_up"),
    ),
    Rule(
        "Q4",
        QUALITY,
        (),
        ((S, 100),),
        74,
        _("A fault of the goods is the supplier's; an inspection does not take that away (CISG art. 38(3), 39)."),
        ("close_up",),
    ),
    Rule(
        "W1",
        (P.MISSING_ITEM, P.MISSING_PART),
        ("weight_lost",),
        ((C, 100),),
        86,
        _("The parcel was lighter at delivery than at dispatch: something was taken out on the way."),
    ),
    Rule(
        "W2",
        of(G.WRONG),
        ("inspection_passed", "inspection_photo"),
        ((W, 100),),
        80,
        _("The inspection photo shows the right goods: they were mixed up when packing."),
    ),
    Rule(
        "W3",
        of(G.WRONG),
        ("!inspection_passed",),
        ((A, 60), (S, 40)),
        74,
        _("The supplier sent the wrong goods, and our inspection saw it and let them pass."),
    ),
    Rule(
        "W4",
        of(G.WRONG),
        (),
        ((S, 100),),
        72,
        _("What the supplier sends is the supplier's to match with the order."),
        ("whole", "label"),
    ),
    Rule(
        "L1",
        (P.LOST, *LATE, P.NOT_RECEIVED),
        ("!scanned",),
        ((W, 100),),
        74,
        _("The carrier has no scan: the parcel was not handed over."),
    ),
    Rule("L2", (P.LOST,), ("declared_lost",), ((C, 100),), 96, _("The carrier declared the parcel lost.")),
    Rule("L3", (P.LOST, *LATE), ("seized",), ((X, 100),), 85, _("Customs seized the parcel.")),
    Rule(
        "L4",
        LATE,
        ("customs_hold",),
        ((X, 70), (A, 30)),
        62,
        _("Customs held the parcel; the papers were ours to complete."),
        ("letter",),
    ),
    Rule("L5", (P.DELAYED,), ("!late",), ((U, 100),), 70, _("The promised day has not passed yet.")),
    Rule(
        "L6",
        (P.LOST, P.NO_MOVEMENT),
        ("silent",),
        ((C, 100),),
        88,
        _("The carrier has had the parcel without a scan for more than seven days."),
    ),
    Rule(
        "L7",
        (P.DELAYED,),
        ("late",),
        ((C, 100),),
        80,
        _("Handed over to the carrier and delivered after the promised day."),
    ),
    Rule(
        "L8",
        (P.NOT_RECEIVED,),
        ("delivered",),
        ((C, 100),),
        64,
        _("The carrier says delivered, the customer says not: the carrier must show to whom."),
        ("label",),
    ),
    Rule(
        "L9",
        (P.RETURNED,),
        ("attempt_failed",),
        ((C, 50), (U, 50)),
        50,
        _("Delivery was tried and failed; who missed whom is open."),
    ),
    Rule(
        "L10",
        (P.WRONG_ADDRESS,),
        (),
        ((U, 100),),
        45,
        _("The address is the customer's to give; compare the label."),
        ("label",),
    ),
    Rule("L11", of(G.LOGISTICS), (), ((C, 100),), 66, _("The parcel was in the carrier's hands.")),
    Rule(
        "C1",
        (P.SEIZED, P.HELD_PROHIBITED),
        ("letter_photo",),
        ((S, 100),),
        72,
        _("Customs proved prohibited goods by letter: the seller pays in full."),
    ),
    Rule(
        "C2",
        (P.UNEXPECTED_DUTY,),
        (),
        ((U, 100),),
        62,
        _("Import duties are the customer's where the goods were sent DAP."),
    ),
    Rule("C3", (P.HELD_DOCUMENTS, P.VALUATION), (), ((A, 100),), 68, _("The declaration was made by us."), ("letter",)),
    Rule("C4", of(G.CUSTOMS), (), ((A, 60), (X, 40)), 46, _("Without the customs letter nobody can say."), ("letter",)),
    Rule(
        "S1",
        (P.OVERCHARGED,),
        ("!freight_above_estimate",),
        ((U, 100),),
        66,
        _("The freight charged was not above the estimate."),
    ),
    Rule("S2", of(G.SERVICE), (), ((A, 100),), 82, _("The service is ours.")),
    Rule(
        "M1", of(G.CHANGE), (), ((U, 100),), 84, _("Nothing is wrong with the goods; the customer decided otherwise.")
    ),
    Rule("R1", of(G.REFUND), (), ((A, 100),), 86, _("The refund was ours to make.")),
    Rule(
        "T1",
        (P.OTHER,),
        ("late",),
        ((C, 100),),
        48,
        _("It came late; the customer's words decide whether that is the matter."),
    ),
)

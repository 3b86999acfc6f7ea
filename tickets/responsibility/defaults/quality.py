"""Quality: a fault of the goods is the supplier's, unless use, transit, purchase or sale say otherwise."""

from .damage import CISG, OFFICERS
from .general import EVIDENCE
from .table import Group, of, packers, rule, silences
from .table import Problem as P
from .table import gettext_noop as _

QUALITY = of(Group.QUALITY)
WORKING = (P.DEFECTIVE, P.FAILS)
CHECKED = "An inspection proves only what it looked at"
HIDDEN = "CISG art. 38(3), 39: goods sent on may be examined at the destination; EU legal guarantee: two years"
HOME = "Contract of sale: goods must be as agreed when the risk passes; an inspection does not take that away"
PROOF = "Customs and marketplaces: counterfeit proved by a report or by customs is the seller's"
BOUGHT = "What we order from the supplier is ours to get right"
GUARANTEE_DAYS = 730

RULES = [
    rule("Q01", QUALITY, "!purchase_as_specified (!as_specified / ?as_specified)", "A100", 88,
         _("We ordered from the supplier something else than was locked at purchase."), BOUGHT),
    rule("Q02", WORKING, "misuse", "U100", 82, _("The fault comes from a use that the goods are not made for."), HIDDEN),
    rule("Q43", WORKING, "kept_in_wet ~fault_at_inspection ~fault_at_packing", "U100", 80,
         _("By the customer's own words it stood in the wet after it had been handed over."), HIDDEN),
    rule("Q03", QUALITY, "fault_at_inspection inspection_passed", "S60 W30 A10", 84,
         _("The fault can be seen at the inspection and was passed all the same: the supplier's fault, overlooked by warehouse and us."), EVIDENCE),
    rule("Q04", QUALITY, "fault_at_inspection", "S100", 84, _("The fault can be seen at the inspection already: it came from the supplier."), CISG),
    rule("Q05", (P.COUNTERFEIT,), "sold_as_replica (as_specified / ?as_specified)", "U100", 82,
         _("It was sold for what it is: the locked specification says replica or without a brand."), PROOF),
    rule("Q06", (P.COUNTERFEIT,), "(report_says_fake / customs_reason=counterfeit)", "S100", 92,
         _("A report or customs found it to be counterfeit."), PROOF),
    rule("Q07", (P.COUNTERFEIT,), "!report_says_fake", "U100", 78, _("The report finds it genuine: the complaint is not founded."), PROOF, verdict="nobody"),
    *packers("Q08", (P.COUNTERFEIT, P.EXPIRED), "fault_at_packing !fault_at_inspection", "W100", 84,
             _("Right at the inspection, wrong when packed: mixed up at packing."), EVIDENCE),
    rule("Q09", (P.COUNTERFEIT,), "!fault_at_inspection !fault_at_packing", "U100", 44,
         _("Right at the inspection and when packed: either swapped later or another piece is shown."), EVIDENCE,
         asks="serial_photo new_item_photo item_return label_photo authenticity_report", verdict="undecided"),
    rule("Q10", (P.COUNTERFEIT, P.EXPIRED), "batch_bad", "S100", 88, _("Other pieces of the same batch have the same fault."), HOME),
    *packers("Q11", (P.COUNTERFEIT, P.EXPIRED), "!fault_at_inspection !as_specified", "W100", 64,
             _("Right at the inspection, and something else arrived: mixed up at packing."), EVIDENCE, asks="serial_photo batch_photo packing_photo"),
    rule("Q38", (P.EXPIRED,), "!fault_at_inspection customs_held_days>=14 !declaration_complete", "A100", 70,
         _("The date was right at the inspection, and it ran out in the {customs_held_days} days with customs, held over our declaration."), EVIDENCE),
    rule("Q39", (P.EXPIRED,), "!fault_at_inspection customs_held_days>=14", "X100", 64,
         _("The date was right at the inspection, and it ran out in the {customs_held_days} days with customs."), EVIDENCE, asks="customs_letter"),
    rule("Q40", (P.EXPIRED,), "!fault_at_inspection carrier_late_days>=14", "C100", 64,
         _("The date was right at the inspection, and it ran out while the carrier was {carrier_late_days} days late."), EVIDENCE, asks="carrier_trace"),
    rule("Q42", (P.EXPIRED,), "!fault_at_inspection release_late_days>=14", "A100", 74,
         _("The date was right at the inspection, and it ran out while we kept it {release_late_days} days beyond the limit."), EVIDENCE),
    *packers("Q12", (P.EXPIRED,), "!fault_at_inspection fault_shown", "W100", 62,
             _("The date was right at the inspection, and the customer shows an expired piece: mixed up at packing."), EVIDENCE,
             asks="batch_photo packing_photo stock_check"),
    rule("Q13", (P.COUNTERFEIT,), "!as_specified contract_international", "S100", 82,
         _("The supplier, in another state, delivered something else than was agreed."), CISG),
    rule("Q14", (P.COUNTERFEIT, P.EXPIRED), "!as_specified", "S100", 78, _("The supplier delivered something else than was locked at purchase."), HOME),
    rule("Q15", (P.EXPIRED,), "fault_shown", "S100", 78, _("The customer shows the date, and no inspection looked at it: it came so from the supplier."), HOME),
    *silences("Q16", QUALITY, "USW"),
    rule("Q17", (P.COUNTERFEIT,), "as_specified", "U100", 46, _("What arrived is what was locked at purchase; nothing shows that it is not genuine."), PROOF,
         asks="authenticity_report proof_of_origin serial_photo label_photo", verdict="undecided"),
    rule("Q18", (P.COUNTERFEIT,), "", "S100", 42, _("Whether it is genuine is the supplier's to show; no report is here yet."), PROOF,
         asks="authenticity_report proof_of_origin serial_photo item_photo label_photo", verdict="undecided"),
    rule("Q19", (P.EXPIRED,), "", "S100", 44, _("What expired before it arrived is the supplier's, once the date is shown."), HOME,
         asks="batch_photo item_photo inspection_photo stock_check", verdict="undecided"),
    *packers("Q20", WORKING, "fault_at_packing", "W100", 78, _("The fault can be seen when packed, and it was shipped all the same."), EVIDENCE),
    rule("Q41", (P.DEFECTIVE,), "customs_hurt ~fault_at_packing", "X100", 80, _("Customs themselves write that they cut, broke or hurt it."), OFFICERS),
    *packers("Q21", (P.DEFECTIVE,), "packing_weak damage_scan", "C70 W30", 70,
             _("The carrier recorded damage on the way, and the padding was weak."), EVIDENCE),
    rule("Q22", (P.DEFECTIVE,), "!fault_at_inspection (damage_scan / wet_scan / signed=damage / box_at_delivery=damaged|wet)", "C100", 80,
         _("It was in order at the inspection, and the parcel was damaged on the way."), EVIDENCE),
    rule("Q23", WORKING, "batch_bad", "S100", 90, _("Other pieces of the same batch have the same trouble: a fault of production."), HOME),
    rule("Q24", (P.DEFECTIVE,), "(damage_scan / wet_scan / signed=damage / box_at_delivery=damaged|wet)", "C70 S30", 48,
         _("The parcel was damaged on the way, and nobody saw the item work before."), EVIDENCE,
         asks="fault_video item_return inspection_photo inner_packing_photo"),
    rule("Q25", (P.FAILS,), f"days_since_delivery>{GUARANTEE_DAYS}", "U100", 72,
         _("It failed {days_since_delivery} days after delivery, beyond the two years of the legal guarantee."), HIDDEN, verdict="nobody"),
    rule("Q26", (P.DEFECTIVE,), "!as_specified", "S100", 74, _("What arrived is not what was locked at purchase."), HOME),
    rule("Q27", WORKING, "whole_at_unboxing ~fault_shown", "U100", 45, _("The unboxing shows the item in order; no fault is shown."), EVIDENCE,
         asks="fault_video statement_of_use item_return", verdict="undecided"),
    *packers("Q28", (P.DEFECTIVE,), "!fault_at_inspection packing_weak", "W60 S40", 48,
             _("In order at the inspection, weakly padded, and dead on arrival: a knock or a hidden fault."), EVIDENCE,
             asks="fault_video item_return inner_packing_photo outer_box_photo"),
    rule("Q29", WORKING, "fault_shown !misuse", "S100", 82, _("The fault is shown and the item was used as it is meant: a fault of the goods."), HIDDEN),
    rule("Q30", (P.FAILS,), "fault_shown contract_international", "S100", 49,
         _("The fault appeared in use; the supplier, in another state, answers for hidden faults found at the destination."), CISG, asks="statement_of_use fault_video item_return"),
    rule("Q31", (P.FAILS,), "fault_shown", "S100", 49, _("The fault appeared in use and is shown; how it was used is not told."), HIDDEN,
         asks="statement_of_use fault_video item_return"),
    rule("Q32", (P.DEFECTIVE,), "!fault_at_inspection fault_shown", "S100", 56,
         _("In order at the inspection and the fault shown now: a hidden fault is likelier than a blow that left no mark."), HIDDEN,
         asks="item_return outer_box_photo"),
    rule("Q33", (P.DEFECTIVE,), "fault_shown !inspection_covered", "S100", 80,
         _("The fault is shown, and the inspection did not look at this point: it proves nothing against it."), CHECKED),
    rule("Q34", (P.DEFECTIVE,), "fault_shown", "S100", 76, _("The fault is shown, and nothing shows that it worked when it was shipped."), HOME),
    rule("Q35", (P.DEFECTIVE,), "supplier_bad", "S100", 48, _("The supplier stands out with complaints, but this fault is not shown yet."), HOME,
         asks="fault_video item_photo item_return"),
    rule("Q36", (P.FAILS,), "", "S100", 42, _("A hidden fault is the supplier's, misuse the customer's; neither is shown yet."), HIDDEN,
         asks="fault_video statement_of_use item_return serial_photo item_photo", verdict="undecided"),
    rule("Q37", (P.DEFECTIVE,), "", "S100", 44, _("A fault of the goods is the supplier's, but it is not shown yet."), HOME,
         asks="fault_video item_photo item_return inspection_photo statement_of_use", verdict="undecided"),
]  # fmt: skip

"""Wrong or missing goods: specification, purchase order, inspection, packing, scales."""

from .damage import CISG, OFFICERS
from .general import EVIDENCE
from .quality import BOUGHT, CHECKED, HOME
from .table import Group, of, packers, rule, silences
from .table import Problem as P
from .table import gettext_noop as _

WRONG = of(Group.WRONG)
OTHER = (P.WRONG_ITEM, P.WRONG_SIZE)
SHORT = (P.WRONG_QUANTITY, P.MISSING_ITEM, P.MISSING_PART)
LOCKED = "The specification locked at purchase is what was agreed"
SCALES = "Order of evidence: a weight lost between dispatch and delivery supports a shortage in transit"
TOLD = "Customer's instruction: who got it and did not follow it answers"
OPEN_ORDER = "instruction_topic=variant !instruction_followed ~instruction_declined ~instruction_after_dispatch"
# The label differs because the customer wanted it so.
NOT_MOVED = (
    "(?instruction_topic / !instruction_followed / ?instruction_followed"
    " / instruction_topic=less_packing|more_packing|value|hold|inspection|route|variant|no_inspection|cancel|terms|payment|accept|fewer|own_risk)"
)

RULES = [
    rule("W01", WRONG, f"{OPEN_ORDER} (!instruction_recorded / !instruction_passed_on)", "A100", 86,
         _("The customer asked in time for something else; we did not record it or pass it on."), TOLD),
    rule("W02", WRONG, f"{OPEN_ORDER} instruction_passed_on", "W100", 82,
         _("The customer asked in time for something else; the warehouse was told and did not do it."), TOLD),
    rule("W40", WRONG, "advice_topic=variant|accept advice_confirmed !advice_followed advice_passed_on", "W100", 82,
         _("We agreed with the customer on something else; the warehouse was told and did not do it."), TOLD),
    rule("W41", WRONG, "advice_topic=variant|accept advice_confirmed !advice_followed", "A100", 82,
         _("We agreed with the customer on something else, and did not see to it."), TOLD),
    rule("W42", OTHER, "(advice_topic=variant|accept / ?advice_topic) (advice_declined / !advice_confirmed) (advice_followed / ?advice_followed) !as_specified", "A100", 86,
         _("We sent something else although the customer had not agreed to it."), BOUGHT),
    rule("W43", OTHER, "advice_topic=variant|accept ?advice_confirmed advice_followed !as_specified", "A100", 49,
         _("We sent something else; that the customer agreed is not on record."), BOUGHT, asks="chat_record instruction_record"),
    rule("W03", WRONG, "as_specified", "U100", 82, _("What arrived is what was locked at purchase."), LOCKED),
    rule("W04", WRONG, "!purchase_as_specified", "A100", 88, _("We ordered from the supplier something else than was locked at purchase."), BOUGHT),
    rule("W05", SHORT, "(other_parcel_under_way / rest_announced) ~late", "U100", 78, _("Another parcel of the order is still under way: nothing is missing yet."), EVIDENCE, verdict="nobody"),
    rule("W06", WRONG, "fault_at_inspection inspection_passed", "S60 W30 A10", 84,
         _("It can be seen at the inspection and was passed all the same: the supplier sent it so, overlooked by warehouse and us."), EVIDENCE),
    rule("W07", WRONG, "fault_at_inspection", "S100", 84, _("It can be seen at the inspection already: the supplier sent it so."), CISG),
    *packers("W08", WRONG, "fault_at_packing !fault_at_inspection", "W100", 90, _("Right at the inspection, wrong when packed: mixed up or left out at packing."), EVIDENCE),
    rule("W09", WRONG, "fault_at_packing ~inspected", "S60 W40", 62,
         _("It can be seen when packed, and nobody looked at what the supplier sent: the supplier's fault, overlooked at packing."), EVIDENCE),
    *packers("W10", WRONG, "fault_at_packing", "W100", 78, _("It can be seen when packed, and it was shipped all the same."), EVIDENCE),
    rule("W11", OTHER, f"!label_as_ordered {NOT_MOVED}", "W100", 82, _("The label has another address than the order: labels were swapped at packing."), EVIDENCE),
    rule("W48", SHORT, "light_when_packed ~weight_lost instruction_topic=less_packing instruction_followed ?fault_at_packing", "W100", 48,
         _("The parcel was lighter at dispatch than the inspected goods, but packing had been taken off at the customer's wish: the scales decide nothing."), SCALES,
         asks="packing_photo stock_check unboxing_video"),
    rule("W12", SHORT, "light_when_packed ~weight_lost", "W100", 86,
         _("The parcel was lighter at dispatch than the inspected goods with their carton: something was left out when packing."), SCALES),
    rule("W44", SHORT, "customs_took", "X100", 84, _("Customs themselves write that they kept goods or samples."), OFFICERS),
    rule("W46", SHORT, "weight_lost (customs_opened / customs_event=examination) ?customs_took", "X100", 48,
         _("The parcel became lighter on the way, and both customs and the carrier had it in their hands."), OFFICERS,
         asks="customs_letter carrier_trace carrier_weight unboxing_video"),
    rule("W13", SHORT, "weight_lost", "C100", 88, _("The parcel was {weight_lost_g} g lighter at delivery than at dispatch: something was taken out on the way."), SCALES),
    rule("W14", WRONG, "opened_in_transit (customs_event=examination / customs_opened) ?customs_took (weight_lost / ?weight_lost)", "X100", 48,
         _("The parcel was opened, and customs examined it on the way."), EVIDENCE, asks="customs_letter carrier_weight carrier_trace"),
    rule("W15", WRONG, "opened_in_transit (weight_lost / ?weight_lost)", "C100", 80,
         _("The parcel was opened and closed again on the way."), EVIDENCE),
    rule("W16", OTHER, "!fault_at_packing (weight_lost / weight_gained / opened_in_transit)", "C100", 78,
         _("The right goods were packed, and the parcel changed on the way."), SCALES),
    rule("W47", OTHER, "!fault_at_inspection ?fault_at_packing (weight_lost / weight_gained)", "C100", 48,
         _("The inspection shows the right goods, and the parcel weighed otherwise at delivery: exchanged on the way, or another parcel is meant."), SCALES,
         asks="label_photo carrier_trace packing_photo"),
    rule("W49", OTHER, "!fault_at_inspection ?fault_at_packing customs_opened ?customs_took", "X100", 48,
         _("The inspection shows the right goods, and customs had the parcel open on the way."), OFFICERS, asks="customs_letter carrier_trace label_photo packing_photo"),
    rule("W17", SHORT, "!fault_at_packing !weight_lost", "U100", 48,
         _("Complete when packed, and as heavy at delivery as at dispatch: nothing shows that something is missing."), SCALES,
         asks="unboxing_video new_item_photo inner_packing_photo item_photo"),
    rule("W18", SHORT, "!light_when_packed !weight_lost", "U100", 48,
         _("As heavy at dispatch as the inspected goods with their carton, and as heavy at delivery: nothing shows that something is missing."), SCALES,
         asks="unboxing_video new_item_photo inner_packing_photo item_photo"),
    rule("W19", OTHER, "!fault_at_packing !weight_lost", "U100", 46,
         _("The right goods were packed, and the parcel weighed the same at delivery: another parcel or another piece may be shown."), SCALES,
         asks="label_photo new_item_photo serial_photo item_return unboxing_video", verdict="undecided"),
    rule("W20", WRONG, "!fault_at_packing ?weight_lost", "C100", 44,
         _("Right when packed; what happened on the way is open without the carrier's weight."), SCALES,
         asks="carrier_weight label_photo unboxing_video new_item_photo outer_box_photo", verdict="undecided"),
    rule("W39", WRONG, "supplier_sealed !as_specified ?fault_at_inspection ?fault_at_packing ~weight_lost ~opened_in_transit", "S100", 82,
         _("It arrived in the supplier's own packing, which nobody had opened: the supplier filled it."), HOME),
    rule("W21", WRONG, "batch_bad", "S100", 80, _("Other orders of the same batch were wrong in the same way: the supplier sent them so."), HOME),
    *packers("W22", SHORT, "!fault_at_inspection !weight_lost", "W100", 82,
             _("Complete at the inspection, and nothing was lost on the way: left out when packing."), SCALES),
    *packers("W23", SHORT, "!fault_at_inspection", "W100", 60,
             _("Complete at the inspection: left out when packing, unless the scales show a loss on the way."), EVIDENCE,
             asks="carrier_weight dispatch_weight packing_photo stock_check"),
    rule("W45", OTHER, "!fault_at_inspection ?as_specified !customer_pictures", "W100", 40,
         _("The inspection shows the right goods; what arrived has not been shown."), EVIDENCE,
         asks="item_photo label_photo unboxing_video packing_photo item_return", verdict="undecided"),
    *packers("W24", OTHER, "!fault_at_inspection", "W100", 82, _("The inspection shows the right goods: they were mixed up when packing."), EVIDENCE),
    rule("W25", SHORT, "packed_by=supplier !weight_lost", "S100", 82, _("The supplier packed it, and nothing was lost on the way."), SCALES),
    *silences("W26", WRONG, "USWC"),
    rule("W27", SHORT, "inspection_covered inspection_passed !weight_lost", "W100", 49,
             _("Counted complete at the inspection, and nothing was lost on the way: left out when packing."), SCALES,
         asks="packing_photo stock_check unboxing_video inner_packing_photo"),
    rule("W28", SHORT, "(!inspected / !inspection_covered) !weight_lost", "S100", 68,
         _("Nobody counted it before shipping, and nothing was lost on the way: the supplier sent it short."), SCALES, asks="stock_check packing_photo"),
    rule("W29", (P.MISSING_PART,), "(!inspected / !inspection_covered) !as_specified", "S100", 62,
         _("What arrived is incomplete, and nobody looked at this point before shipping."), CHECKED, asks="carrier_weight packing_photo"),
    rule("W30", OTHER, "!as_specified (!inspected / !inspection_covered) purchase_as_specified", "S100", 88,
         _("The supplier delivered something else than we ordered, and no inspection looked at this point."), CHECKED),
    rule("W31", OTHER, "!as_specified contract_international (!inspected / !inspection_covered)", "S100", 82,
         _("The supplier, in another state, delivered something else than was agreed."), CISG),
    rule("W32", OTHER, "!as_specified (!inspected / !inspection_covered)", "S100", 80,
         _("What arrived is not what was locked at purchase, and no inspection looked at this point."), CHECKED),
    rule("W33", OTHER, "!as_specified purchase_as_specified ~inspection_passed", "S100", 80, _("The supplier delivered something else than we ordered."), HOME),
    rule("W34", OTHER, "!as_specified inspection_covered inspection_passed", "W70 S30", 48,
         _("The inspection looked at this point and passed it, and something else arrived: overlooked, or mixed up when packing."), CHECKED,
         asks="inspection_photo packing_photo stock_check"),
    rule("W35", OTHER, "!as_specified", "S100", 66, _("What arrived is not what was locked at purchase."), LOCKED, asks="inspection_photo packing_photo"),
    rule("W36", SHORT, "inspection_covered inspection_passed", "W100", 46,
         _("Counted complete at the inspection; without weights nobody can say whether it was left out or taken out."), SCALES,
         asks="dispatch_weight carrier_weight packing_photo unboxing_video", verdict="undecided"),
    rule("W37", SHORT, "", "S100", 44, _("Neither a count nor the scales show where it went missing."), SCALES,
         asks="dispatch_weight carrier_weight packing_photo unboxing_video packing_list stock_check inspection_photo inner_packing_photo", verdict="undecided"),
    rule("W38", OTHER, "", "S100", 42, _("What arrived is in dispute; pictures of it, of its label and of the inspection decide."), LOCKED,
         asks="item_photo label_photo inspection_photo packing_photo", verdict="undecided"),
]  # fmt: skip

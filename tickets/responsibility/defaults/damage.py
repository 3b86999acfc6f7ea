"""Damage: who had it when the fault became visible, how it was packed, how it was signed for."""

from .general import EVIDENCE, GOODS
from .table import Group, of, packers, rule, silences
from .table import Problem as P
from .table import gettext_noop as _

DAMAGE = of(Group.DAMAGE)
OUTER = (P.BOX_DAMAGED, P.CRUSHED)
CLEAN = "FedEx conditions: receipt without a written note is prima facie good delivery, except concealed damage"
PACKED = "Order of evidence: box intact and item broken supports a fault of packing"
CRUSHED = "Order of evidence: box crushed and dispatch clean supports the carrier"
RISK = "Instructions: who asks for it after being told of the risk bears it"
OFFICERS = "Order of evidence: who had it in its hands when the fault became visible, here by its own words"
CISG = (
    "CISG art. 36, 38(3), 39: what was wrong when the risk passed is the seller's, found at the destination or before"
)
BOX_PHOTOS = "outer_box_photo inner_packing_photo packing_photo label_photo unboxing_video"
HIT = "(box_at_delivery=damaged|wet / box_in_delivery_photo=damaged|wet)"
INTACT = "(box_at_delivery=sound / box_in_delivery_photo=sound)"

RULES = [
    rule("D01", DAMAGE, "instruction_topic=less_packing (instruction_followed / ?instruction_followed) instruction_warned", "U100", 80,
         _("The customer asked for less packing, was told of the risk, and it was done."), RISK),
    rule("D02", DAMAGE, "instruction_topic=less_packing instruction_followed !instruction_warned", "A50 U50", 62,
         _("The customer asked for less packing, and nobody told of the risk."), RISK),
    rule("D03", DAMAGE, "instruction_topic=less_packing instruction_followed ?instruction_warned", "U60 A40", 48,
         _("The customer asked for less packing; whether the risk was told is not on record."), RISK, asks="chat_record instruction_record"),
    rule("D04", DAMAGE, "fault_at_inspection inspection_passed", "S60 W30 A10", 82,
         _("The damage can be seen at the inspection and was passed all the same: the supplier's fault, overlooked by warehouse and us."), EVIDENCE),
    rule("D05", DAMAGE, "fault_at_inspection", "S100", 84,
         _("The damage can be seen at the inspection already: it came from the supplier."), CISG),
    *packers("D06", DAMAGE, "fault_at_packing !fault_at_inspection", "W100", 88,
             _("Whole at the inspection, and the damage can be seen when packed."), EVIDENCE),
    *packers("D07", DAMAGE, "fault_at_packing", "W100", 78, _("The damage can be seen when packed, and it was shipped all the same."), EVIDENCE),
    rule("D08", DAMAGE, "box_at_packing=damaged damage_scan", "W50 C50", 66,
         _("The box was damaged when packed, and the carrier recorded damage as well."), EVIDENCE),
    *packers("D09", DAMAGE, "box_at_packing=damaged", "W100", 82, _("The box was damaged when packed already."), EVIDENCE),
    rule("D47", DAMAGE, "customs_hurt", "X100", 86, _("Customs themselves write that they cut, broke or hurt it."), OFFICERS),
    rule("D10", DAMAGE, "whole_at_unboxing", "U100", 78, _("The customer's own unboxing shows the item whole: it broke later."), EVIDENCE),
    rule("D43", DAMAGE, "arrived_in_order", "U100", 84,
         _("By the customer's own words it came in order, and was damaged later."), EVIDENCE),
    rule("D50", DAMAGE, "kept_in_wet ~wet_scan (signed=clean|none|other / ?signed)", "U100", 80,
         _("By the customer's own words it stood in the wet after it had been handed over."), EVIDENCE),
    rule("D11", DAMAGE, "misuse", "U100", 80, _("The customer tells of a use or a fall that explains the damage."), EVIDENCE),
    rule("D12", (P.WATER,), "wet_scan", "C100", 92, _("The carrier itself recorded a wet parcel on the way."), EVIDENCE),
    rule("D13", (P.WATER,), "delivered_how=request ~wet_scan", "U100", 76,
         _("It was left where the customer had asked for; the carrier recorded no water before."), RISK),
    rule("D42", (P.WATER,), "(instruction_topic=address / delivered_as_told) instruction_followed ~wet_scan", "U100", 74,
         _("The customer had asked where to leave it, and that was done; the carrier recorded no water before."), RISK),
    rule("D14", (P.WATER,), "(signed=damage / box_in_delivery_note=wet|damaged / box_in_delivery_photo=wet)", "C100", 90,
         _("The water damage was on record at delivery: the carrier had it in its hands."), CLEAN),
    rule("D15", (P.WATER,), "box_at_delivery=wet|damaged", "C100", 78,
         _("The customer's pictures show the box wet or damaged from outside; nothing shows it so when packed."), CRUSHED),
    rule("D44", (P.WATER,), f"{INTACT} batch_bad", "S100", 82,
         _("The box arrived dry, and other pieces of the same batch leaked too: the fault lies in the goods."), CISG),
    rule("D46", (P.WATER,), f"{INTACT} item_leaked", "S100", 62,
         _("The box arrived dry, and the goods' own liquid ran out: how the supplier closed them."), CISG, asks="item_photo inner_packing_photo"),
    *packers("D16", (P.WATER,), INTACT, "W100", 48, _("The box arrived dry: what is wet inside was wet when packed, or the box leaked unseen."),
             PACKED, asks="inner_packing_photo packing_photo inspection_photo outer_box_photo"),
    *packers("D17", DAMAGE, "packing_weak damage_scan", "C70 W30", 76,
             _("The carrier recorded damage on the way, and the padding was weak: both had a part in it."), EVIDENCE),
    rule("D18", DAMAGE, "(damage_scan / wet_scan)", "C100", 90, _("The carrier itself recorded damage on the way."), EVIDENCE),
    *packers("D19", (P.BROKEN_INSIDE,), "packing_weak signed=damage", "C70 W30", 74,
             _("Damage was noted at delivery, and the padding was weak: both had a part in it."), EVIDENCE),
    rule("D20", DAMAGE, "(signed=damage / box_in_delivery_note=damaged|wet)", "C100", 92,
         _("The damage was noted when the parcel was delivered: the carrier had it in its hands."), CLEAN),
    rule("D21", DAMAGE, "box_in_delivery_photo=damaged|wet", "C100", 88, _("The carrier's own delivery photo shows the box damaged."), CRUSHED),
    rule("D22", DAMAGE, "instruction_topic=more_packing !instruction_followed (instruction_paid / ?instruction_paid) ~instruction_declined (!instruction_recorded / !instruction_passed_on)", "A100", 82,
         _("The customer asked for better packing, and we did not pass it on."), RISK),
    rule("D23", DAMAGE, "instruction_topic=more_packing !instruction_followed (instruction_paid / ?instruction_paid) ~instruction_declined instruction_passed_on", "W100", 82,
         _("The customer asked for better packing; the warehouse was told and did not do it."), RISK),
    rule("D48", DAMAGE, "box_at_delivery=damaged|wet box_in_delivery_photo=sound signed=clean days_since_delivery>2", "U100", 66,
         _("It was signed for without a note, the carrier's photo shows the box sound, and the damage was shown only {days_since_delivery} days later."),
         CLEAN, asks="delivery_proof"),
    rule("D24", DAMAGE, "box_at_delivery=damaged box_in_delivery_photo=sound", "", 40,
         _("The carrier's delivery photo shows the box sound, the customer's pictures show it damaged: nobody can tell yet when it happened."),
         CLEAN, asks="outer_box_photo delivery_proof label_photo new_item_photo unboxing_video", verdict="undecided"),
    *packers("D51", DAMAGE, "box_at_delivery=damaged cushioning=none days_since_delivery<=7", "C60 W40", 66,
             _("The box arrived damaged, and there was no padding at all: the carrier's blow, and a packing that could bear none."), CRUSHED),
    *packers("D25", DAMAGE, "box_at_delivery=damaged packing_weak days_since_delivery<=7", "C70 W30", 68,
             _("The box arrived damaged and the padding was weak: mostly the carrier, in part the packing."), CRUSHED),
    rule("D26", DAMAGE, "box_at_delivery=damaged|wet box_at_packing=sound (days_since_delivery<=7 / ?days_since_delivery)", "C100", 82,
         _("The box was sound when packed and arrived damaged, shown soon after delivery."), CRUSHED),
    rule("D52", DAMAGE, "box_at_delivery=damaged|wet ?box_at_packing ?packing_shows signed=clean ~damage_scan (days_since_delivery<=7 / ?days_since_delivery)", "C100", 48,
         _("The box arrived damaged and was signed for without a note; how it looked when it left is not on record."), CLEAN,
         asks="packing_photo outer_box_photo delivery_proof label_photo"),
    rule("D27", DAMAGE, "box_at_delivery=damaged|wet (days_since_delivery<=7 / ?days_since_delivery)", "C100", 72,
         _("The customer's pictures show the box damaged from outside, soon after delivery; nothing shows it so at dispatch."), CRUSHED),
    rule("D28", DAMAGE, "box_at_delivery=damaged|wet", "C100", 46,
         _("The customer's pictures show the box damaged, but only {days_since_delivery} days after delivery."), CLEAN,
         asks="outer_box_photo label_photo delivery_proof unboxing_video", verdict="undecided"),
    *packers("D30", DAMAGE, f"{INTACT} packing_weak", "W100", 86, _("The box arrived intact and the padding was weak: the packer answers."), PACKED),
    *packers("D31", (P.BROKEN_INSIDE,), "packing_weak", "W100", 80, _("Broken inside, and the padding was weak: the packer answers."), PACKED),
    rule("D32", (P.BROKEN_INSIDE,), "batch_bad", "S100", 78, _("Other pieces of the same batch broke too: the fault lies in the goods."), CISG),
    *silences("D33", DAMAGE, "UCWS"),
    rule("D49", (P.BROKEN_INSIDE,), "customs_opened !fault_at_inspection !packing_weak ~damage_scan", "X100", 49,
         _("Whole at the inspection and well padded, and customs opened and closed it on the way."), OFFICERS, asks="customs_letter inner_packing_photo unboxing_video"),
    *packers("D34", (P.BROKEN_INSIDE, *OUTER), f"{INTACT} !fault_at_packing !packing_weak", "W100", 45,
             _("Whole and well padded when packed, the box intact on arrival: concealed damage, and nothing shows yet where it happened."), PACKED,
             asks="unboxing_video inner_packing_photo outer_box_photo item_return", verdict="undecided"),
    rule("D35", (P.BROKEN_INSIDE,), "packed_by=supplier ~inspected", "S100", 72,
         _("The supplier packed it, and nobody looked at it before shipping."), PACKED, asks="inner_packing_photo"),
    rule("D36", (P.BROKEN_INSIDE,), "!fault_at_inspection !packing_weak", "W100", 46,
         _("Whole at the inspection and padded; where it broke between packing and opening is open."), PACKED,
         asks=BOX_PHOTOS, verdict="undecided"),
    *packers("D37", (P.BROKEN_INSIDE,), f"!fault_at_inspection {INTACT}", "W100", 60,
             _("Whole at the inspection, broken inside an intact box: that points to the packing."), PACKED, asks="inner_packing_photo packing_photo"),
    rule("D38", (P.BROKEN_INSIDE,), "~inspected ~packing_shows", "S100", 44,
         _("Nobody looked at it before shipping: it may have been broken when it left the supplier."), CISG,
         asks="outer_box_photo inner_packing_photo packing_photo inspection_photo unboxing_video", verdict="undecided"),
    rule("D39", (P.BROKEN_INSIDE,), "", "W100", 42,
         _("A broken item in a box that seems intact points to the packing; photos of box and padding decide."), PACKED,
         asks="outer_box_photo inner_packing_photo packing_photo unboxing_video inspection_photo", verdict="undecided"),
    *packers("D45", OUTER, "packing_weak signed=clean !damage_scan ?box_at_delivery", "W70 C30", 58,
             _("It was weakly packed and signed for without a note, and the carrier recorded nothing: mostly the packing."), CLEAN,
             asks="outer_box_photo inner_packing_photo"),
    rule("D40", (*OUTER, P.WATER), "signed=clean", "C100", 40,
         _("It was signed for without a note, and no picture of the box is here: receipt without a note speaks for good delivery."), CLEAN,
         asks="outer_box_photo packing_photo delivery_proof unboxing_video inner_packing_photo", verdict="undecided"),
    rule("D41", (*OUTER, P.WATER), "", "C100", 45, _("Outer damage mostly arises on the way, but no picture of the box is here."), CRUSHED,
         asks="outer_box_photo packing_photo inner_packing_photo delivery_proof item_photo", verdict="undecided"),
]  # fmt: skip
assert set(DAMAGE) <= set(GOODS)

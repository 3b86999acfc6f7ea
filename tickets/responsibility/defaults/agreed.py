"""What customer and we agreed on, on record: before what was locked at purchase and before what any picture shows."""

from .table import Group, of, rule
from .table import Problem as P
from .table import gettext_noop as _

QUALITY, WRONG, DAMAGE = of(Group.QUALITY), of(Group.WRONG), of(Group.DAMAGE)
CHANGE, REFUND = of(Group.CHANGE), of(Group.REFUND)
OTHER = (P.WRONG_ITEM, P.WRONG_SIZE)
SHORT = (P.WRONG_QUANTITY, P.MISSING_ITEM, P.MISSING_PART)
PAID = (P.REFUND_AMOUNT, P.REFUND_CURRENCY)
AGREED = "An agreement on record, made after the purchase, takes the place of what was locked before"
TOLD = "Customer's instruction: who got it and did not follow it answers"
# Done, or nothing says that it was not.
DONE = "(instruction_followed / ?instruction_followed)"
KEPT = "(advice_followed / ?advice_followed) (advice_true / ?advice_true)"
OURS = "(advice_true / ?advice_true)"
IN_TIME = "!instruction_followed ~instruction_declined ~instruction_after_dispatch"

RULES = [
    rule("A01", (*WRONG, *CHANGE, P.COUNTERFEIT), f"advice_confirmed (advice_topic=variant|accept|hold / ?advice_topic) {KEPT} ~rest_announced (!as_specified / ?as_specified)", "U100", 84,
         _("We offered something else than was locked at purchase, the customer agreed, and that is what was sent."), AGREED, verdict="nobody"),
    rule("A02", (*OTHER, *CHANGE, P.COUNTERFEIT), f"(instruction_topic=variant|fewer / ?instruction_topic) as_asked !as_specified {OURS}", "U100", 80,
         _("The customer asked for something else than was locked at purchase, and that was done."), AGREED),
    rule("A25", SHORT, f"(instruction_topic=fewer / as_asked) instruction_followed {OURS} ~fault_at_inspection", "U100", 80,
         _("The customer asked to leave something out, and that was done."), AGREED),
    rule("A03", (*QUALITY, *WRONG), f"instruction_topic=accept {DONE} (fault_at_inspection / ?fault_at_inspection) ~fault_at_packing ~accepted_else {OURS}", "U100", 82,
         _("The customer knew of it and had it sent all the same."), AGREED),
    rule("A04", DAMAGE, f"instruction_topic=accept {DONE} (fault_at_inspection / fault_at_packing / box_at_packing=damaged)", "U100", 80,
         _("The customer knew of the damage and had it sent all the same."), AGREED),
    rule("A05", (*QUALITY, *WRONG, *DAMAGE), f"advice_confirmed fault_at_inspection (advice_topic=variant|accept|inspection / advice_warned) {OURS}", "U100", 82,
         _("We showed it to the customer before shipping, who agreed."), AGREED),
    rule("A06", (P.DEFECTIVE, P.FAILS, P.EXPIRED, *OTHER), f"as_warned ~fault_at_inspection (as_specified / ?as_specified) (instruction_followed / ?instruction_followed) {OURS}", "U100", 80,
         _("It happened just what we had warned the customer of before the purchase."), AGREED),
    rule("A07", (P.DEFECTIVE, P.FAILS, *WRONG, *DAMAGE), "released_after_failed release_told instruction_topic=cancel|variant|inspection !instruction_followed", "A100", 84,
         _("It failed the inspection, the customer did not want it so, and it was shipped all the same."), TOLD),
    rule("A08", (P.EXPIRED,), f"instruction_topic=hold instruction_followed instruction_warned {OURS}", "U100", 82,
         _("It ran out while it was kept at the customer's wish, who had been told of the risk."), AGREED),
    rule("A09", (P.EXPIRED,), "instruction_topic=hold instruction_followed !fault_at_inspection !instruction_warned", "A50 U50", 64,
         _("It ran out while it was kept at the customer's wish, and nobody told of the risk."), AGREED),
    rule("A10", (P.EXPIRED,), "instruction_topic=hold instruction_followed !fault_at_inspection", "U60 A40", 48,
         _("It ran out while it was kept at the customer's wish; whether the risk was told is not on record."), AGREED, asks="chat_record instruction_record"),
    rule("A11", DAMAGE, "advice_topic=more_packing advice_declined advice_warned", "U100", 78,
         _("We offered better packing and told of the risk, and the customer did not want it."), AGREED),
    rule("A12", (P.INSPECTION_MISSED,), f"instruction_topic=no_inspection {DONE}", "U100", 86,
         _("The customer did without the inspection: there was none to miss."), AGREED, verdict="nobody"),
    rule("A13", (P.INSPECTION_MISSED,), "advice_topic=no_inspection advice_confirmed", "U100", 82,
         _("We proposed to leave the inspection out, and the customer agreed."), AGREED, verdict="nobody"),
    rule("A27", (P.INSPECTION_MISSED,), "advice_topic=inspection (advice_declined / !advice_confirmed)", "U100", 82,
         _("We offered an inspection, and the customer did not want it."), AGREED, verdict="nobody"),
    rule("A14", CHANGE, f"instruction_topic=cancel|variant {IN_TIME} (instruction_before_purchase / instruction_confirmed)", "A100", 86,
         _("The customer cancelled or changed the order in time, and we bought or shipped it all the same."), TOLD),
    rule("A15", CHANGE, f"instruction_topic=cancel {IN_TIME} ?instruction_before_purchase instruction", "A100", 48,
         _("The customer cancelled before it was shipped; whether it had been bought by then is not on record."), TOLD, asks="chat_record instruction_record"),
    rule("A16", PAID, "instruction_topic=payment instruction_followed refund_paid ~refund_short", "U100", 84,
         _("It was paid the way the customer had asked for."), AGREED, verdict="nobody"),
    rule("A17", PAID, "advice_topic=payment advice_confirmed (advice_followed / ?advice_followed) refund_paid", "U100", 82,
         _("It was paid as we had proposed and the customer had agreed."), AGREED, verdict="nobody"),
    rule("A26", (P.REFUND_NOT_RECEIVED,), "instruction_topic=payment instruction_followed !refund_paid", "U100", 66,
         _("The customer had asked to be made good in another way, and that was done."), AGREED, verdict="nobody", asks="payment_reference"),
    rule("A18", REFUND, "instruction_topic=payment !instruction_followed ~instruction_declined (instruction_confirmed / instruction_recorded)", "A100", 84,
         _("The customer had asked for another way of paying, we had agreed, and it was not done."), TOLD),
    rule("A19", (P.DELAYED,), "advice_topic=hold|route advice_confirmed", "U100", 76,
         _("We told the customer of the wait, who agreed to it."), AGREED, verdict="nobody"),
    rule("A20", (P.DELAYED,), "instruction_topic=route instruction_followed instruction_warned", "U100", 74,
         _("The customer chose the slower way and had been told that it takes longer."), AGREED),
    rule("A28", (P.LOST, P.NO_MOVEMENT), f"instruction_topic=own_risk|accept {DONE} (instruction_warned / instruction_confirmed)", "U100", 76,
         _("The customer chose to send it without tracking or cover and took the risk."), AGREED),
    rule("A29", (P.LOST, P.NO_MOVEMENT), "advice_topic=own_risk advice_confirmed", "U100", 76,
         _("We told of the risk of sending it without tracking or cover, and the customer took it."), AGREED),
    rule("A21", (P.OVERCHARGED,), "instruction_topic=more_packing|hold|route instruction_followed ~billed_above_weight", "U100", 76,
         _("The customer asked for what made it dearer, and it was done."), AGREED, verdict="nobody"),
    rule("A22", (P.OVERCHARGED,), "advice_confirmed (advice_warned / advice_topic=more_packing|hold|route) ~billed_above_weight (advice_true / ?advice_true)", "U100", 76,
         _("We told the customer of the charge, who agreed to it."), AGREED, verdict="nobody"),
    rule("A23", (P.OVERCHARGED,), f"instruction_topic=less_packing {IN_TIME} instruction_passed_on", "W100", 82,
         _("The customer asked to save volume or weight; the warehouse was told and did not do it."), TOLD),
    rule("A24", (P.OVERCHARGED,), f"instruction_topic=less_packing {IN_TIME} (instruction_confirmed / instruction_recorded / !instruction_passed_on)", "A100", 80,
         _("The customer asked to save volume or weight, and we did not see to it."), TOLD),
]  # fmt: skip

"""Our own service, a change of mind, and refunds."""

from .general import WINDOW
from .table import Group, of, packers, rule, silences
from .table import Problem as P
from .table import gettext_noop as _

CHANGE, REFUND = of(Group.CHANGE), of(Group.REFUND)
O, I, M, T = (P.OVERCHARGED,), (P.INSTRUCTION,), (P.INSPECTION_MISSED,), (P.SLOW_ANSWER,)
N, B, Y = (P.REFUND_NOT_RECEIVED,), (P.REFUND_AMOUNT,), (P.REFUND_CURRENCY,)
TARIFF = "Carriers' tariffs: the greater of actual and volumetric weight is charged, rounded up"
ESTIMATE = "An estimate that the customer accepted holds; a far higher bill needs its consent"
TOLD = "Customer's instruction: who got it and did not follow it answers"
SOLD = "Inspection as ordered and paid: ours to pass on, the warehouse's to make"
PROMISE = "The promised time to answer, in working days, without the days of waiting for the customer"
LAW = "EU withdrawal 14 days, China Consumer Rights Law art. 25 seven days: without reason, the way back at the customer's cost"
PAYING = "EU: refund within 14 days; what was agreed is paid in amount and currency"
BANK = "A payment with reference is traced by the bank"
TRANSFER_DAYS = 7

RULES = [
    rule("S01", O, "billed_above_weight", "A100", 86, _("More was charged than scale and volume say."), TARIFF),
    *packers("S11", O, "!billed_above_weight billed_by_volume box_oversized", "W100", 72,
             _("It was charged by the volume of a box that was far too large for the goods."), TARIFF),
    rule("S02", O, "!billed_above_weight billed_above_estimate estimate_accepted", "U100", 80,
         _("The charge follows the tariff, and the customer accepted the estimate."), TARIFF, verdict="nobody"),
    rule("S03", O, "!billed_above_weight billed_above_estimate !estimate_accepted", "A100", 78,
         _("The charge is far above the estimate, and the customer was not asked."), ESTIMATE),
    rule("S04", O, "!billed_above_weight billed_above_estimate", "A100", 48,
         _("The charge is far above the estimate; whether the customer accepted it is not on record."), ESTIMATE, asks="chat_record instruction_record"),
    rule("S05", O, "!billed_above_weight billed_by_volume", "U100", 80, _("It was charged by volume, as the tariff says."), TARIFF, verdict="nobody"),
    rule("S06", O, "!billed_above_weight", "U100", 82, _("The charge follows scale and volume: nobody owes anything."), TARIFF, verdict="nobody"),
    rule("S07", O, "!freight_above_estimate", "U100", 66, _("The freight charged was not above the estimate."), ESTIMATE, verdict="nobody"),
    rule("S08", O, "freight_above_estimate !estimate_accepted", "A100", 66, _("The freight is above the estimate, and the customer did not accept it."), ESTIMATE),
    *silences("S09", (*O, *I, *M, *T), "AW"),
    rule("S10", O, "", "A100", 42, _("Scale, volume and estimate are not on record."), TARIFF, asks="dispatch_weight carrier_weight packing_photo chat_record", verdict="undecided"),
    rule("S20", I, "instruction_followed", "U100", 80, _("The instruction was followed."), TOLD, verdict="nobody"),
    rule("S21", I, "instruction_after_dispatch", "U100", 80, _("It was asked for only after the parcel had been handed over."), TOLD),
    rule("S22", I, "instruction_declined", "U100", 80, _("We answered that it cannot be done, before the parcel went on."), TOLD),
    rule("S23", I, "!instruction_paid", "U100", 74, _("It was to be paid for and was not."), TOLD),
    rule("S24", I, "instruction !instruction_followed !instruction_recorded (instruction_confirmed / instruction_passed_on / !instruction_passed_on / instruction_paid)", "A100", 88,
         _("The customer's instruction reached us, and we did not record it."), TOLD),
    rule("S25", I, "instruction !instruction_passed_on", "A100", 90, _("We did not pass the customer's instruction on to the warehouse."), TOLD),
    rule("S26", I, "instruction_passed_on !instruction_followed", "W100", 88, _("The warehouse was told and did not do it."), TOLD),
    rule("S27", I, "instruction !instruction_recorded", "A100", 48, _("The customer's instruction was not recorded."), TOLD, asks="instruction_record chat_record"),
    rule("S28", I, "instruction_recorded !instruction_followed", "A100", 48,
         _("The instruction was recorded and not followed; whether the warehouse was told is open."), TOLD, asks="instruction_record chat_record packing_photo"),
    rule("S29", I, "instruction_confirmed !instruction_followed", "A100", 62, _("We confirmed the instruction, and it was not followed."), TOLD, asks="instruction_record"),
    rule("S31", I, "!advice_followed advice_passed_on", "W100", 80, _("We promised it; the warehouse was told and did not do it."), TOLD),
    rule("S32", I, "advice_given !advice_followed", "A100", 80, _("We promised it and did not see to it."), TOLD),
    rule("S30", I, "", "A100", 40, _("No record shows that the instruction was given, confirmed or followed."), TOLD, asks="instruction_record chat_record packing_photo", verdict="undecided"),
    rule("S40", M, "!inspection_ordered", "U100", 78, _("No inspection was ordered."), SOLD),
    rule("S41", M, "inspection_ordered !inspection_paid", "U100", 76, _("The inspection was ordered and not paid for."), SOLD),
    rule("S42", M, "inspection_ordered !inspection_passed_on", "A100", 90, _("The inspection was ordered, and we did not pass it on to the warehouse."), SOLD),
    rule("S43", M, "inspection_ordered inspection_passed_on !inspection_as_ordered", "W100", 90,
         _("The warehouse was told of the inspection and did not make it as ordered."), SOLD),
    rule("S44", M, "inspection_as_ordered fault_at_inspection inspection_passed", "W100", 82, _("The inspection was made and passed what can be seen on its own photo."), SOLD),
    rule("S45", M, "inspection_as_ordered", "U100", 76, _("The inspection was made as ordered."), SOLD, verdict="nobody"),
    rule("S46", M, "inspection_ordered !inspection_as_ordered", "A100", 48,
         _("The inspection was not made as ordered; whether the warehouse was told is not on record."), SOLD, asks="instruction_record inspection_photo chat_record"),
    rule("S48", M, "instruction_topic=inspection instruction_followed", "U100", 76, _("The inspection was made as ordered."), SOLD, verdict="nobody"),
    rule("S49", M, "instruction_topic=inspection !instruction_paid", "U100", 74, _("The inspection was ordered and not paid for."), SOLD),
    rule("S55", M, "instruction_topic=inspection !instruction_followed instruction_passed_on", "W100", 84,
         _("The warehouse was told of the inspection and did not make it as ordered."), SOLD),
    rule("S56", M, "instruction_topic=inspection !instruction_followed (!instruction_passed_on / !instruction_recorded / instruction_confirmed)", "A100", 84,
         _("The inspection was ordered, and we did not pass it on to the warehouse."), SOLD),
    rule("S47", M, "", "A100", 42, _("Whether an inspection was ordered and paid is not on record."), SOLD,
         asks="instruction_record payment_reference chat_record inspection_photo", verdict="undecided"),
    rule("S50", T, "answer_late", "A100", 90, _("We answered {answer_late_days} working days later than promised."), PROMISE),
    rule("S51", T, "!answer_late", "U100", 82, _("We answered within the promised time: nobody owes anything."), PROMISE, verdict="nobody"),
    rule("S52", T, "answer_days>5", "A100", 66, _("We answered only after {answer_days} working days."), PROMISE),
    rule("S53", T, "answer_days<=2", "U100", 60, _("We answered after {answer_days} working days."), PROMISE, verdict="nobody"),
    rule("S54", T, "", "A100", 42, _("When the customer wrote and when we answered is not on record."), PROMISE, asks="chat_record", verdict="undecided"),
    rule("M01", (P.ORDERED_WRONG,), "instruction_topic=variant !instruction_followed ~instruction_declined ~instruction_after_dispatch (!instruction_passed_on / !instruction_recorded / instruction_confirmed)", "A100", 80,
         _("The customer corrected the order in time, and we did not see to it."), TOLD),
    rule("M02", CHANGE, "!as_specified !purchase_as_specified", "A100", 80, _("We ordered from the supplier something else than was locked at purchase."), TOLD),
    rule("M03", CHANGE, "!as_specified", "S100", 70, _("What arrived is not what was locked at purchase: this is no change of mind."), LAW),
    rule("M07", (P.ORDERED_WRONG,), "question_open", "U100", 48,
         _("What arrived is what was locked at purchase; the customer had asked us before, and no answer of ours is on record."), LAW, asks="chat_record instruction_record"),
    rule("M04", CHANGE, "after_window", "U100", 88, _("The goods are as ordered, and the window to give them back has ended."), WINDOW),
    rule("M05", CHANGE, "as_specified", "U100", 90, _("What arrived is what was locked at purchase; the customer decided otherwise."), LAW),
    rule("M06", CHANGE, "", "U100", 82, _("Nothing shows that something is wrong with the goods; the customer decided otherwise."), LAW),
    rule("R01", REFUND, "!refund_paid !refund_overdue refund_agreed", "U100", 82, _("The refund is agreed, and its day has not passed: nobody owes anything yet."), PAYING, verdict="nobody"),
    rule("R21", N, "!refund_paid customer_silent", "U100", 72, _("It waits for what the customer was asked for, read and did not answer."), PAYING),
    rule("R02", REFUND, "!refund_paid refund_overdue", "A100", 92, _("The agreed refund is {refund_overdue_days} days overdue."), PAYING),
    rule("R03", N, "!refund_paid refund_agreed", "A100", 62, _("The refund is agreed and not paid; since when is not on record."), PAYING, asks="chat_record payment_reference"),
    rule("R04", (*N, *B), "refund_currency_same refund_short", "A100", 90, _("Less was paid than agreed."), PAYING),
    rule("R06", (*B, *Y, *N), "!refund_currency_same", "A100", 90, _("It was paid in another currency than agreed."), PAYING),
    rule("R07", N, "refund_paid refund_reference bank_shows_credit", "U100", 86, _("The customer's own statement shows the refund."), BANK, verdict="nobody"),
    rule("R08", N, "refund_paid !bank_shows_credit", "A100", 46, _("It was paid, and the customer's statement does not show it: the bank's trace decides."), BANK,
         asks="bank_trace payment_reference", verdict="undecided"),
    rule("R09", N, "refund_paid customer_silent", "U100", 74, _("It was paid; the customer read what was asked for and did not answer."), BANK),
    rule("R10", N, f"refund_paid refund_reference refund_paid_days_ago<={TRANSFER_DAYS}", "U100", 48,
         _("It was paid {refund_paid_days_ago} days ago with a reference; a transfer may take longer."), BANK, verdict="nobody", asks="bank_statement bank_trace"),
    rule("R11", N, "refund_paid refund_reference", "U100", 46, _("It was paid with a reference; the customer's statement or the bank's trace decides."), BANK,
         asks="bank_statement bank_trace", verdict="undecided"),
    rule("R12", N, "refund_paid", "A100", 48, _("It is said to be paid, but the payment has no reference."), BANK, asks="payment_reference bank_trace bank_statement"),
    rule("R14", B, "!refund_short refund_accepted", "U100", 84, _("The agreed amount was paid, and the customer had accepted it."), PAYING, verdict="nobody"),
    rule("R15", B, "!refund_short !refund_accepted", "U100", 46, _("The agreed amount was paid; that the customer agreed to it is not shown."), PAYING,
         asks="chat_record instruction_record payment_reference", verdict="undecided"),
    rule("R16", B, "!refund_short", "U100", 60, _("The agreed amount was paid."), PAYING, verdict="nobody", asks="chat_record"),
    rule("R17", Y, "refund_currency_same", "U100", 78, _("It was paid in the currency agreed; the customer's bank may have changed it."), PAYING, verdict="nobody"),
    *silences("R18", REFUND, "AU"),
    rule("R19", N, "", "A100", 40, _("No agreed refund is on record."), PAYING, asks="chat_record payment_reference bank_statement bank_trace", verdict="undecided"),
    rule("R20", (*B, *Y), "", "A100", 42, _("What was agreed and what was paid is not on record."), PAYING,
         asks="payment_reference chat_record bank_statement", verdict="undecided"),
]  # fmt: skip

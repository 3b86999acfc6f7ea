"""What holds before anything else: release in spite of a failed inspection, doubts about the claim, the window."""

from .table import Group, of, rule
from .table import Problem as P
from .table import gettext_noop as _

GOODS = of(Group.QUALITY, Group.WRONG, Group.DAMAGE)
EVIDENCE = (
    "Order of evidence: inspection photo, packing photo and weight, carrier's scans, delivery note, unboxing media"
)
RELEASE = "Warehouse inspection as sold: what fails is shown to the customer before it is shipped"
WINDOW = "The organization's window; EU 14 days' withdrawal, China 7 days, marketplaces 7 to 30 days after receipt"
CLAIMS = "Practice of carriers' and marketplaces' claims: one loss is made good once, by media that show this loss"
# Not told by another look: the failed point is the one complained of, or nobody can tell.
FAILED = "released_after_failed (fault_at_inspection / ?fault_at_inspection)"

EARLY = [
    rule("G01", GOODS, f"{FAILED} released_by=customer", "U100", 85,
         _("It failed the inspection, and the customer had it shipped all the same."), RELEASE),
    rule("G02", GOODS, f"{FAILED} !release_told released_by=warehouse", "W80 S10 A10", 80,
         _("It failed the inspection; the warehouse shipped it without the customer being told."), RELEASE),
    rule("G15", GOODS, f"{FAILED} !release_told fault_at_inspection", "A80 S20", 86,
         _("The supplier sent it so; it failed the inspection, and we shipped it without the customer being told: mostly ours."), RELEASE),
    rule("G03", GOODS, f"{FAILED} !release_told", "A100", 90,
         _("It failed the inspection and was shipped without the customer being told: that is ours."), RELEASE),
    rule("G04", GOODS, f"{FAILED} release_told", "U100", 70,
         _("It failed the inspection; the customer was told of it before it was shipped."), RELEASE),
    rule("G05", GOODS, f"{FAILED} ?release_told", "A100", 48,
         _("It failed the inspection and was shipped; whether the customer was told is not on record."), RELEASE,
         asks="chat_record instruction_record"),
    rule("G12", GOODS, "!inspection_passed fault_at_inspection ?released_after_failed", "S80 W10 A10", 78,
         _("The supplier sent it so: it failed the inspection. That it was shipped all the same is on warehouse and us."), RELEASE),
    rule("G13", GOODS, "!inspection_passed ?fault_at_inspection ?released_after_failed", "A100", 48,
         _("It failed the inspection; who released it and whether the customer was told is not on record."), RELEASE,
         asks="chat_record instruction_record inspection_photo"),
    rule("G06", (*of(Group.QUALITY, Group.WRONG, Group.CUSTOMS, Group.CHANGE, Group.SERVICE), P.DELAYED, P.RETURNED, P.WRONG_ADDRESS), "!advice_true", "A100", 85,
         _("What we told the customer was not true, and the customer relied on it."),
         "Information given before and during the contract binds who gave it"),
    rule("G14", of(Group.CUSTOMS, Group.LOGISTICS, Group.WRONG, Group.CHANGE, Group.REFUND), "!instruction_true", "U100", 82,
         _("What the customer told us was not true, and it was acted upon."),
         "Who gives an address, a number or a value answers for its being right"),
    rule("G07", (*GOODS, P.NOT_RECEIVED, P.LOST), "line_refunded", "U100", 48,
         _("This item was refunded before; the same loss is not made good twice."), CLAIMS,
         asks="new_item_photo unboxing_video item_return payment_reference"),
    rule("G08", (*GOODS, P.NOT_RECEIVED, P.LOST), "line_compensated_same", "U100", 48,
         _("A like complaint on this item was made good before; something new must be shown."), CLAIMS,
         asks="new_item_photo unboxing_video item_return payment_reference"),
    rule("G09", GOODS, "media_reused customer_silent", "U100", 72,
         _("A picture is known from elsewhere, and the customer read what was asked for and did not answer."), CLAIMS),
    rule("G10", GOODS, "media_reused ~fault_at_inspection ~fault_at_packing ~damage_scan", "U100", 45,
         _("A picture is known from elsewhere; it does not show this loss until a fresh one does."), CLAIMS,
         asks="new_item_photo unboxing_video fault_video item_return serial_photo", verdict="undecided"),
    rule("G11", (*GOODS, *of(Group.LOGISTICS), P.UNEXPECTED_DUTY, P.OVERCHARGED), "after_window rules_accepted", "U100", 80,
         _("Reported {days_since_delivery} days after delivery; the window that the customer accepted is {window_days} days. Nobody owes anything."),
         WINDOW, verdict="nobody"),
]  # fmt: skip
LAST = [
    rule("Z01", (P.OTHER,), "late", "C100", 40, _("It came later than promised; the customer's words decide whether that is the matter."),
         EVIDENCE, asks="item_photo chat_record", verdict="undecided"),
    rule("Z02", (P.OTHER,), "as_specified", "U100", 45, _("What arrived is what was locked at purchase."),
         EVIDENCE, asks="item_photo chat_record", verdict="undecided"),
    rule("Z03", (P.OTHER,), "!as_specified", "S100", 48, _("What arrived is not what was locked at purchase."),
         EVIDENCE, asks="item_photo inspection_photo", verdict="undecided"),
    rule("Z04", (P.OTHER,), "", "", 20, _("The complaint fits no kind of problem yet."),
         EVIDENCE, asks="item_photo chat_record", verdict="undecided"),
]  # fmt: skip

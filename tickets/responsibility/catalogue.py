"""The facts that rules may ask about: name, kind, words, and where each comes from. The browser's editor shows them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext_lazy as _

from ..problems import Party

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BOOL, NUMBER, CHOICE = "bool", "number", "choice"


@dataclass(frozen=True)
class FactKind:
    """What a fact is: `kind` bool, number or choice; `unit` of a number; `choices` of a choice; `source` in words."""

    name: str
    kind: str
    label: "StrOrPromise"
    source: "StrOrPromise"
    choices: "tuple[tuple[str, StrOrPromise], ...]" = ()
    unit: "StrOrPromise" = ""


INSPECTION, PACKING, PARCEL, SCANS, DELIVERY = (
    _("Inspection"),
    _("Packing"),
    _("Parcel"),
    _("Carrier's scans"),
    _("Delivery"),
)
CUSTOMS, PAPERS, MEDIA, ORDER, SERVICE = _("Customs"), _("Declaration"), _("Customer's media"), _("Order"), _("Service")
TIME, HISTORY, REQUESTS, REFUND, PURCHASE = (
    _("Days"),
    _("Earlier complaints"),
    _("What was asked"),
    _("Refund"),
    _("Purchase order"),
)
DAYS, GRAMS, PERCENT = _("days"), _("g"), _("per cent")
STATES = (("sound", _("sound")), ("damaged", _("damaged")), ("wet", _("wet")))
TERMS = (("DAP", "DAP"), ("DDP", "DDP"))
REASONS = (
    ("counterfeit", _("counterfeit")), ("random", _("random examination")), ("duty_unpaid", _("duty not paid")),
    ("importer", _("importer's data or answer missing")), ("undervalued", _("value doubted")), ("prohibited", _("prohibited")),
    ("licence", _("licence needed")), ("certificate", _("certificate or proof of origin missing")),
    ("misdeclared", _("description or HS code wrong")), ("papers", _("papers missing")), ("duty", _("import duty")),
    ("office", _("a mistake of their own")),
)  # fmt: skip
TRACES = (
    ("not_handed_over", _("never handed over")), ("elsewhere", _("delivered elsewhere")), ("lost", _("lost")),
    ("damaged", _("damaged")), ("returned", _("returned")), ("delivered", _("delivery confirmed")), ("found", _("found")),
)  # fmt: skip
TOPICS = (
    ("less_packing", _("less packing")), ("more_packing", _("more packing")), ("value", _("declaration")), ("address", _("address")),
    ("hold", _("hold or combine")), ("inspection", _("inspection")), ("route", _("route")), ("variant", _("other goods")),
    ("no_inspection", _("no inspection")), ("cancel", _("cancelling")), ("terms", _("terms of duty")), ("payment", _("way of paying")),
    ("accept", _("goods as they are")), ("fewer", _("fewer goods")), ("own_risk", _("without tracking or cover")),
)  # fmt: skip

_ALL = (
    FactKind("inspected", BOOL, _("inspected before shipping"), INSPECTION),
    FactKind(
        "inspection_level",
        CHOICE,
        _("level of the inspection"),
        INSPECTION,
        (("basic", _("basic")), ("detailed", _("detailed"))),
    ),
    FactKind("inspection_passed", BOOL, _("passed the inspection"), INSPECTION),
    FactKind("inspection_covered", BOOL, _("the inspection looked at this point"), INSPECTION),
    FactKind("inspection_photo", BOOL, _("there is an inspection photo"), INSPECTION),
    FactKind("inspection_shows", BOOL, _("somebody wrote what the inspection photo shows"), INSPECTION),
    FactKind("fault_at_inspection", BOOL, _("the fault is visible at the inspection"), INSPECTION),
    FactKind(
        "packed_by", CHOICE, _("packed by"), PACKING, (("warehouse", _("warehouse")), ("supplier", _("supplier")))
    ),
    FactKind("box_at_packing", CHOICE, _("box when packed"), PACKING, STATES[:2]),
    FactKind(
        "cushioning",
        CHOICE,
        _("cushioning"),
        PACKING,
        (("adequate", _("adequate")), ("poor", _("poor")), ("none", _("none"))),
    ),
    FactKind("packing_weak", BOOL, _("the padding was weak"), PACKING),
    FactKind("padding_gone", BOOL, _("padded when packed, and no padding left on arrival"), PACKING),
    FactKind("box_oversized", BOOL, _("the box was far too large"), PACKING),
    FactKind("supplier_sealed", BOOL, _("the supplier's packing stayed closed"), PACKING),
    FactKind("packing_photo", BOOL, _("there is a packing photo"), PACKING),
    FactKind("packing_shows", BOOL, _("somebody wrote what the packing photo shows"), PACKING),
    FactKind("fault_at_packing", BOOL, _("the fault is visible when packed"), PACKING),
    FactKind("dispatch_weighed", BOOL, _("weighed at dispatch"), PARCEL),
    FactKind("delivery_weighed", BOOL, _("weighed at delivery"), PARCEL),
    FactKind("weight_lost", BOOL, _("lighter at delivery than at dispatch"), PARCEL),
    FactKind("weight_lost_g", NUMBER, _("weight lost on the way"), PARCEL, unit=GRAMS),
    FactKind("weight_other", BOOL, _("weighed at delivery far from what was sent"), PARCEL),
    FactKind("weight_gained", BOOL, _("heavier at delivery than at dispatch"), PARCEL),
    FactKind("light_when_packed", BOOL, _("lighter at dispatch than inspected goods and carton"), PARCEL),
    FactKind("specification_locked", BOOL, _("the specification was locked at purchase"), ORDER),
    FactKind("received_described", BOOL, _("what arrived is described"), ORDER),
    FactKind("as_specified", BOOL, _("what arrived is what was locked at purchase"), ORDER),
    FactKind("sold_as_replica", BOOL, _("sold as a replica or without a brand"), ORDER),
    FactKind("purchase_as_specified", BOOL, _("the purchase order says what was locked"), PURCHASE),
    FactKind("contract_international", BOOL, _("supplier and we are in different states"), PURCHASE),
    FactKind("received_from_supplier", BOOL, _("received from the supplier"), PURCHASE),
    FactKind("moved", BOOL, _("the carrier scanned the parcel"), SCANS),
    FactKind("damage_scan", BOOL, _("the carrier recorded damage or a blow"), SCANS),
    FactKind("wet_scan", BOOL, _("the carrier recorded a wet parcel"), SCANS),
    FactKind("exception_scan", BOOL, _("the carrier recorded another exception"), SCANS),
    FactKind("customs_scan", BOOL, _("the carrier recorded a hold by customs"), SCANS),
    FactKind("customs_released", BOOL, _("customs released the parcel"), SCANS),
    FactKind("awaiting_collection", BOOL, _("the parcel waited to be collected"), SCANS),
    FactKind("returned", BOOL, _("the parcel went back"), SCANS),
    FactKind("seized_scan", BOOL, _("the parcel was seized"), SCANS),
    FactKind("declared_lost", BOOL, _("the carrier declared it lost"), SCANS),
    FactKind("delivered", BOOL, _("delivered"), SCANS),
    FactKind("out_for_delivery", BOOL, _("was out for delivery"), SCANS),
    FactKind("attempt_failed", BOOL, _("a delivery failed"), SCANS),
    FactKind("attempts", NUMBER, _("failed deliveries"), SCANS),
    FactKind(
        "attempt_reason",
        CHOICE,
        _("why a delivery failed"),
        SCANS,
        (("refused", _("refused")), ("address", _("address")), ("absent", _("nobody there"))),
    ),
    FactKind("refused_damaged", BOOL, _("refused because it was damaged"), SCANS),
    FactKind("attempt_denied", BOOL, _("the customer denies the attempt or the refusal"), MEDIA),
    FactKind("waited_days", NUMBER, _("days from the first attempt to the way back"), SCANS, unit=DAYS),
    FactKind("silent_days", NUMBER, _("days without a scan"), SCANS, unit=DAYS),
    FactKind("longest_gap_days", NUMBER, _("longest gap between scans"), SCANS, unit=DAYS),
    FactKind("handover_receipt", BOOL, _("the carrier signed for the hand-over"), SCANS),
    FactKind("other_parcel_under_way", BOOL, _("another parcel of the order is under way"), SCANS),
    FactKind("trace_open", BOOL, _("the carrier's trace is open"), SCANS),
    FactKind("trace_result", CHOICE, _("result of the carrier's trace"), SCANS, TRACES),
    FactKind("address_right", BOOL, _("the ordered address is right"), ORDER),
    FactKind("label_as_ordered", BOOL, _("the label has the ordered address"), PARCEL),
    FactKind("address_corrected", BOOL, _("the label has the address that the customer corrected"), PARCEL),
    FactKind(
        "signed",
        CHOICE,
        _("signed"),
        DELIVERY,
        (("clean", _("clean")), ("damage", _("damage noted")), ("other", _("other name")), ("none", _("not signed"))),
    ),
    FactKind("delivered_right", BOOL, _("delivered in the ordered town"), DELIVERY),
    FactKind(
        "delivered_how",
        CHOICE,
        _("left where"),
        DELIVERY,
        (
            ("request", _("where the customer asked")),
            ("elsewhere", _("with somebody else")),
            ("desk", _("with a reception or porter")),
            ("door", _("at the door")),
        ),
    ),
    FactKind("delivery_photo", BOOL, _("the carrier took a delivery photo"), DELIVERY),
    FactKind("box_in_delivery_photo", CHOICE, _("box in the delivery photo"), DELIVERY, STATES),
    FactKind("box_in_delivery_note", CHOICE, _("box in the delivery note"), DELIVERY, STATES),
    FactKind("notices", NUMBER, _("notices left"), DELIVERY),
    FactKind("notices_read", BOOL, _("the customer read the carrier's messages"), DELIVERY),
    FactKind(
        "customs_event",
        CHOICE,
        _("what customs did"),
        CUSTOMS,
        (("hold", _("held")), ("examination", _("examined")), ("duty", _("duty asked for")), ("seizure", _("seized"))),
    ),
    FactKind(
        "customs_side", CHOICE, _("side of the border"), CUSTOMS, (("import", _("import")), ("export", _("export")))
    ),
    FactKind("duty_asked", BOOL, _("customs asked for duty"), CUSTOMS),
    FactKind("customs_letter", BOOL, _("there is a letter of customs"), CUSTOMS),
    FactKind("customs_reason", CHOICE, _("reason of customs"), CUSTOMS, REASONS),
    FactKind("customs_both", BOOL, _("customs miss something of ours and of the addressee"), CUSTOMS),
    FactKind("customs_opened", BOOL, _("customs opened the parcel"), CUSTOMS),
    FactKind("customs_hurt", BOOL, _("customs write that they hurt the goods or the box"), CUSTOMS),
    FactKind("customs_took", BOOL, _("customs kept goods or samples"), CUSTOMS),
    FactKind("collected_at_door", BOOL, _("the carrier asked for duty at the door"), DELIVERY),
    FactKind("customs_days", NUMBER, _("days held"), CUSTOMS, unit=DAYS),
    FactKind("booked_terms", CHOICE, _("terms booked"), ORDER, TERMS),
    FactKind("declared_terms", CHOICE, _("terms declared"), PAPERS, TERMS),
    FactKind("terms", CHOICE, _("terms that hold"), PAPERS, TERMS),
    FactKind("terms_as_booked", BOOL, _("declared on the terms booked"), PAPERS),
    FactKind("declaration_complete", BOOL, _("the declaration is complete"), PAPERS),
    FactKind(
        "value_set_by", CHOICE, _("declared value set by"), PAPERS, (("agent", _("us")), ("customer", _("customer")))
    ),
    FactKind("description_vague", BOOL, _("the description says nothing"), PAPERS),
    FactKind("hs_missing", BOOL, _("the HS code has less than six digits"), PAPERS),
    FactKind("undervalued", BOOL, _("declared below the price"), PAPERS),
    FactKind("overvalued", BOOL, _("declared above the price"), PAPERS),
    FactKind("declared_percent", NUMBER, _("declared value of the price"), PAPERS, unit=PERCENT),
    FactKind("prohibited_listed", BOOL, _("on the list of prohibited goods"), ORDER),
    FactKind("prohibited_shown", BOOL, _("the list was shown to the customer"), ORDER),
    FactKind("customer_pictures", BOOL, _("pictures of the customer"), MEDIA),
    FactKind("unboxing_video", BOOL, _("a video of the unboxing"), MEDIA),
    FactKind("video", BOOL, _("a video"), MEDIA),
    FactKind("statement", BOOL, _("a statement"), MEDIA),
    FactKind("document", BOOL, _("a document"), MEDIA),
    FactKind("box_photo", BOOL, _("a photo of the outer box"), MEDIA),
    FactKind("box_at_delivery", CHOICE, _("box in the customer's pictures"), MEDIA, STATES),
    FactKind("item_shown_damaged", BOOL, _("the item is shown damaged"), MEDIA),
    FactKind("whole_at_unboxing", BOOL, _("the unboxing shows the item whole"), MEDIA),
    FactKind("opened_in_transit", BOOL, _("opened and closed again on the way"), MEDIA),
    FactKind("item_leaked", BOOL, _("the goods' own liquid ran out"), MEDIA),
    FactKind("arrived_in_order", BOOL, _("the customer says that it came in order"), MEDIA),
    FactKind("kept_in_wet", BOOL, _("the customer says that it stood in the wet in its own keeping"), MEDIA),
    FactKind("taken_in", BOOL, _("taken by the customer's own people or by who the address names"), DELIVERY),
    FactKind("duty_included", BOOL, _("sold with the duty in the price"), MEDIA),
    FactKind("payment_shown", BOOL, _("a document shows what was paid"), MEDIA),
    FactKind("fault_shown", BOOL, _("the fault is shown"), MEDIA),
    FactKind("misuse", BOOL, _("used against its purpose"), MEDIA),
    FactKind("report_says_fake", BOOL, _("a report says that it is counterfeit"), MEDIA),
    FactKind("non_receipt_declared", BOOL, _("the customer declared that nothing arrived"), MEDIA),
    FactKind("bank_shows_credit", BOOL, _("the bank statement shows the refund"), MEDIA),
    FactKind("media_reused", BOOL, _("a picture is known from elsewhere"), MEDIA),
    FactKind("late", BOOL, _("later than promised"), TIME),
    FactKind("late_days", NUMBER, _("days late"), TIME, unit=DAYS),
    FactKind("supplier_late_days", NUMBER, _("days of delay with the supplier"), TIME, unit=DAYS),
    FactKind("release_late_days", NUMBER, _("days of delay before we released it"), TIME, unit=DAYS),
    FactKind("dispatch_late_days", NUMBER, _("days of delay before dispatch"), TIME, unit=DAYS),
    FactKind("carrier_late_days", NUMBER, _("days of delay with the carrier"), TIME, unit=DAYS),
    FactKind("customs_held_days", NUMBER, _("days with customs"), TIME, unit=DAYS),
    FactKind("customer_late_days", NUMBER, _("days waiting for the customer to take it"), TIME, unit=DAYS),
    FactKind("transit_used_days", NUMBER, _("days with the carrier"), TIME, unit=DAYS),
    FactKind("days_since_delivery", NUMBER, _("days from delivery to the complaint"), TIME, unit=DAYS),
    FactKind("after_window", BOOL, _("reported after the window"), TIME),
    FactKind("window_days", NUMBER, _("window to complain"), TIME, unit=DAYS),
    FactKind("rules_accepted", BOOL, _("the customer accepted the rules"), ORDER),
    FactKind("instruction", BOOL, _("the customer gave an instruction"), SERVICE),
    FactKind("instruction_topic", CHOICE, _("what the instruction is about"), SERVICE, TOPICS),
    FactKind("instruction_recorded", BOOL, _("the instruction was recorded"), SERVICE),
    FactKind("instruction_passed_on", BOOL, _("the instruction was passed on to the warehouse"), SERVICE),
    FactKind("instruction_followed", BOOL, _("the instruction was followed"), SERVICE),
    FactKind("instruction_warned", BOOL, _("the customer was told of the risk"), SERVICE),
    FactKind("instruction_paid", BOOL, _("the instruction was paid for"), SERVICE),
    FactKind("instruction_confirmed", BOOL, _("the instruction was confirmed"), SERVICE),
    FactKind("instruction_declined", BOOL, _("we answered that it cannot be done"), SERVICE),
    FactKind("instruction_after_dispatch", BOOL, _("asked after the hand-over to the carrier"), SERVICE),
    FactKind("instruction_true", BOOL, _("what the customer told us was true"), SERVICE),
    FactKind("rest_announced", BOOL, _("we said that the rest follows in another parcel"), SERVICE),
    FactKind("advice_given", BOOL, _("we told the customer something"), SERVICE),
    FactKind("advice_true", BOOL, _("what we told was true"), SERVICE),
    FactKind("advice_warned", BOOL, _("we told the customer of the risk"), SERVICE),
    FactKind("question_open", BOOL, _("the customer asked us something, and no answer is on record"), SERVICE),
    FactKind("as_asked", BOOL, _("what arrived is what the customer had asked for"), SERVICE),
    FactKind("instruction_before_purchase", BOOL, _("asked before we ordered from the supplier"), SERVICE),
    FactKind("instruction_to_carrier", BOOL, _("the carrier confirmed the instruction"), SERVICE),
    FactKind("delivered_as_told", BOOL, _("left with whom or where the customer had told"), SERVICE),
    FactKind("advice_topic", CHOICE, _("what we told is about"), SERVICE, TOPICS),
    FactKind("advice_confirmed", BOOL, _("the customer agreed to what we told"), SERVICE),
    FactKind("advice_declined", BOOL, _("the customer said no to what we told"), SERVICE),
    FactKind("advice_followed", BOOL, _("what we told was done"), SERVICE),
    FactKind("advice_passed_on", BOOL, _("what we told was passed on to the warehouse"), SERVICE),
    FactKind("as_warned", BOOL, _("it happened what we had warned of"), SERVICE),
    FactKind("mains_unfit", BOOL, _("made for another voltage than that of the country"), ORDER),
    FactKind("accepted_else", BOOL, _("what the customer accepted is something else than this fault"), SERVICE),
    FactKind("customer_answered_late", BOOL, _("the customer answered late, or only when asked again"), REQUESTS),
    FactKind("inspection_ordered", BOOL, _("an inspection was ordered"), SERVICE),
    FactKind("inspection_paid", BOOL, _("the inspection was paid for"), SERVICE),
    FactKind("inspection_passed_on", BOOL, _("the inspection was passed on to the warehouse"), SERVICE),
    FactKind("inspection_as_ordered", BOOL, _("the inspection was made as ordered"), SERVICE),
    FactKind("released_after_failed", BOOL, _("released after a failed inspection"), SERVICE),
    FactKind("release_told", BOOL, _("the customer was told of the release"), SERVICE),
    FactKind(
        "released_by",
        CHOICE,
        _("released by"),
        SERVICE,
        (("customer", _("customer")), ("agent", _("us")), ("warehouse", _("warehouse")), ("supplier", _("supplier"))),
    ),
    FactKind("answer_days", NUMBER, _("working days to our answer"), SERVICE, unit=DAYS),
    FactKind("answer_late", BOOL, _("answered later than promised"), SERVICE),
    FactKind("answer_late_days", NUMBER, _("working days answered too late"), SERVICE, unit=DAYS),
    FactKind("billed_above_weight", BOOL, _("charged more than scale and volume say"), SERVICE),
    FactKind("billed_by_volume", BOOL, _("charged by volume"), SERVICE),
    FactKind("billed_above_estimate", BOOL, _("charged far above the estimate"), SERVICE),
    FactKind("estimate_accepted", BOOL, _("the customer accepted the estimate"), SERVICE),
    FactKind("freight_above_estimate", BOOL, _("freight above the estimate"), SERVICE),
    FactKind("insured", BOOL, _("the shipping is insured"), ORDER),
    FactKind("refund", BOOL, _("a refund is on record"), REFUND),
    FactKind("refund_agreed", BOOL, _("a refund was agreed"), REFUND),
    FactKind("refund_paid", BOOL, _("the refund was paid"), REFUND),
    FactKind("refund_reference", BOOL, _("the payment has a reference"), REFUND),
    FactKind("refund_short", BOOL, _("paid less than agreed"), REFUND),
    FactKind("refund_currency_same", BOOL, _("paid in the currency agreed"), REFUND),
    FactKind("refund_claimed_more", BOOL, _("the customer claims more than agreed"), REFUND),
    FactKind("refund_accepted", BOOL, _("the customer accepted the amount"), REFUND),
    FactKind("refund_overdue", BOOL, _("the refund is overdue"), REFUND),
    FactKind("refund_overdue_days", NUMBER, _("days the refund is overdue"), REFUND, unit=DAYS),
    FactKind("refund_paid_days_ago", NUMBER, _("days since the refund was paid"), REFUND, unit=DAYS),
    FactKind("batch_complaints", NUMBER, _("complaints on the batch"), HISTORY),
    FactKind("batch_bad", BOOL, _("the batch stands out"), HISTORY),
    FactKind("other_batches_complaints", NUMBER, _("complaints on other batches"), HISTORY),
    FactKind("other_batches_bad", BOOL, _("other batches stand out"), HISTORY),
    FactKind("product_complaints", NUMBER, _("complaints on the product"), HISTORY),
    FactKind("product_bad", BOOL, _("the product stands out"), HISTORY),
    FactKind("supplier_complaints", NUMBER, _("complaints on the supplier"), HISTORY),
    FactKind("supplier_bad", BOOL, _("the supplier stands out"), HISTORY),
    FactKind("address_complaints", NUMBER, _("complaints at the address that nothing came"), HISTORY),
    FactKind("address_bad", BOOL, _("the address stands out"), HISTORY),
    FactKind("customer_complaints", NUMBER, _("earlier complaints of the customer"), HISTORY),
    FactKind("customer_like_complaints", NUMBER, _("like complaints of the customer before"), HISTORY),
    FactKind("line_complained", BOOL, _("this item was complained of before"), HISTORY),
    FactKind("line_compensated", BOOL, _("this item was made good before"), HISTORY),
    FactKind("line_compensated_same", BOOL, _("this item was made good before for a like problem"), HISTORY),
    FactKind("line_refunded", BOOL, _("this item was refunded before"), HISTORY),
    FactKind("line_rejected", BOOL, _("an earlier complaint on this item was rejected"), HISTORY),
)
PER_PARTY = (
    ("answered", BOOL, _("%(party)s answered what was asked"), ""),
    ("unread", BOOL, _("%(party)s has not read what was asked"), ""),
    ("silent", BOOL, _("%(party)s read what was asked and kept silent"), ""),
    ("silent_days", NUMBER, _("days of silence: %(party)s"), DAYS),
    ("accepts", NUMBER, _("share accepted by: %(party)s"), PERCENT),
    ("contests", BOOL, _("%(party)s contests its share"), ""),
)


class _OfParty:
    """The words of a fact that there is for each party, translated when they are read."""

    def __init__(self, words: "StrOrPromise", party: Party) -> None:
        self.words, self.party = words, party

    def __str__(self) -> str:
        return str(self.words) % {"party": self.party.label}


FACTS: dict[str, FactKind] = {kind.name: kind for kind in _ALL} | {
    f"{party.value}_{name}": FactKind(
        f"{party.value}_{name}", kind, cast("StrOrPromise", _OfParty(words, party)), REQUESTS, unit=unit
    )
    for party in Party
    for name, kind, words, unit in PER_PARTY
}

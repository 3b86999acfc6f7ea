"""The sheets of the facts page: every fact of a case has its place in the order's record, and a form to enter it.

A sheet names the rows it shows, their fields, and who could bring what is missing. The fields are those of the
labelled cases (`docs/responsibility.md`, "Labelled cases").
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Inspection,
    Instruction,
    Order,
    OrderLine,
    OrderRefund,
    PurchaseOrder,
    Shipment,
    TrackingEvent,
)

from .problems import Party

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

A, U, S, C, W = Party.AGENT, Party.CUSTOMER, Party.SUPPLIER, Party.CARRIER, Party.WAREHOUSE


@dataclass(frozen=True)
class Sheet:
    """Some fields of one kind of row. `of`: what the rows hang on (order, line, shipment, declaration); `many`: rows
    are added, else the one there is gets its fields; `bring`: who could bring what is missing."""

    code: str
    label: "StrOrPromise"
    group: str
    model: type[models.Model]
    fields: tuple[str, ...]
    bring: tuple[Party, ...]
    of: str = ""
    many: bool = False
    required: tuple[str, ...] = ()


GROUPS: "dict[str, StrOrPromise]" = {
    "goods": _("Goods and inspection"),
    "packing": _("Packing and dispatch"),
    "way": _("Way and delivery"),
    "customs": _("Customs"),
    "promises": _("Instructions and promises"),
    "evidence": _("Customer's evidence"),
    "history": _("History"),
    "money": _("Money"),
}

_ALL = (
    Sheet(
        "inspection", _("Inspection"), "goods", Inspection,
        ("level", "result", "at", "by", "checked", "shows", "weight_g", "note"), (W,), of="line", many=True,
    ),
    Sheet(
        "ordered_inspection", _("Inspection that was ordered"), "goods", OrderLine,
        ("inspection_ordered", "inspection_paid", "inspection_passed_on"), (A, W),
    ),
    Sheet(
        "purchase", _("Purchase from the supplier"), "goods", PurchaseOrder,
        ("reference", "text", "placed_at", "promised_on", "received_at", "matches_specification", "international"),
        (A, S), of="line", many=True, required=("text",),
    ),
    Sheet(
        "packing", _("Packing"), "packing", Shipment,
        ("packed_by", "packed_at", "box", "cushioning", "packing_note", "carton_g"), (W, S),
    ),
    Sheet(
        "weights", _("Weights"), "packing", Shipment,
        ("dispatch_weight_g", "actual_weight_g", "volumetric_weight_g", "delivery_weight_g", "volume_cm3"), (W, C),
    ),
    Sheet(
        "release", _("Release for shipping"), "packing", Shipment,
        ("released_at", "released_by", "released_after_failed", "release_told_customer"), (A, W),
    ),
    Sheet(
        "handover", _("Hand-over to the carrier"), "packing", Shipment,
        ("shipped_at", "handover_receipt", "handover_note"), (W, C),
    ),
    Sheet("promise", _("Promised days"), "way", Order, ("promised_on", "dispatch_limit_days"), (A,)),
    Sheet("transit", _("Carrier's transit time"), "way", Shipment, ("route", "transit_days"), (C,)),
    Sheet(
        "scan", _("Scans"), "way", TrackingEvent, ("code", "at", "place", "note"), (C,), of="shipment", many=True,
    ),
    Sheet(
        "delivery", _("Delivery"), "way", Shipment,
        ("delivered_at", "signed", "delivery_place", "delivery_photo", "delivery_note", "notice_cards", "notices_read"),
        (C, U),
    ),
    Sheet(
        "carrier_trace", _("Carrier's trace"), "way", Shipment,
        ("trace_opened_at", "trace_closed_at", "trace_result"), (C,),
    ),
    Sheet("address", _("Address"), "way", Order, ("address_correct", "right_address"), (U, A)),
    Sheet("label", _("Shipping label"), "way", Shipment, ("label_address",), (W, C)),
    Sheet(
        "customs", _("What customs did"), "customs", CustomsEvent,
        ("event", "side", "at", "days", "has_letter", "reason"), (U, C), of="shipment", many=True,
    ),
    Sheet(
        "declaration", _("Declaration"), "customs", Declaration,
        ("complete", "value_set_by", "terms", "currency"), (A,), of="shipment",
    ),
    Sheet(
        "cn23", _("Form CN23"), "customs", Declaration,
        (
            "category", "sender_reference", "importer_reference", "importer_contact", "gross_weight_g", "postage",
            "comments", "licence", "certificate", "invoice", "signed_on", "signed_by",
        ),
        (A,), of="shipment",
    ),
    Sheet(
        "declared_goods", _("Declared goods"), "customs", DeclarationLine,
        ("description", "quantity", "net_weight_g", "value", "price_paid", "hs_code", "origin"), (A,),
        of="declaration", many=True,
    ),
    Sheet("terms", _("Terms as booked"), "customs", Order, ("booked_terms",), (A,)),
    Sheet(
        "prohibited", _("Prohibited goods"), "customs", OrderLine, ("prohibited_listed", "prohibited_shown"), (A,),
    ),
    Sheet(
        "instruction", _("Instruction"), "promises", Instruction,
        (
            "text", "given_by", "given_at", "confirmed_by", "recorded", "passed_on", "followed", "warned", "paid",
            "answer", "was_true",
        ),
        (A, U), of="order", many=True,
    ),
    Sheet(
        "contact", _("Inquiry before the complaint"), "promises", Contact,
        ("wrote_at", "answered_at", "promised_working_days", "waiting_for_customer_days", "note"), (A,), of="order",
        many=True, required=("wrote_at",),
    ),
    Sheet(
        "freight", _("Freight"), "money", Shipment,
        ("estimated_weight_g", "charged_weight_g", "estimate_accepted", "estimated_freight", "charged_freight"), (A, C),
    ),
    Sheet(
        "insurance", _("Insurance"), "money", Order, ("shipping_insurance", "return_insurance", "insured_amount"), (A,),
    ),
    Sheet(
        "refund", _("Refund outside this ticket"), "money", OrderRefund,
        (
            "agreed", "currency_agreed", "agreed_at", "limit_days", "paid", "currency_paid", "paid_at", "reference",
            "claimed", "accepted_by_customer",
        ),
        (A, U), of="order", many=True, required=("agreed", "currency_agreed"),
    ),
)  # fmt: skip
SHEETS: dict[str, Sheet] = {sheet.code: sheet for sheet in _ALL}


def sheet_label(code: str) -> "StrOrPromise":
    """Return a sheet's name; the code itself where a later version wrote it."""
    return SHEETS[code].label if code in SHEETS else code

"""What can decide a case: the proofs that a recommendation may ask for, and who can bring each.

The codes are those of the labelled cases (`docs/responsibility.md`, "Labelled cases").
"""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from .problems import Party, Place

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Proof(models.TextChoices):
    """One thing that somebody can bring."""

    UNBOXING_VIDEO = "unboxing_video", _("Video of the unboxing")
    ITEM_PHOTO = "item_photo", _("Photo of the item")
    NEW_ITEM_PHOTO = "new_item_photo", _("Fresh photo of the item")
    CLOSE_UP_PHOTO = "close_up_photo", _("Close-up of the fault")
    LABEL_PHOTO = "label_photo", _("Photo of the shipping label")
    OUTER_BOX_PHOTO = "outer_box_photo", _("Photos of the outer box, all sides")
    BOX_MARK_PHOTO = "box_mark_photo", _("Photo of the box maker's mark")
    INNER_PACKING_PHOTO = "inner_packing_photo", _("Photo of the padding inside")
    SERIAL_PHOTO = "serial_photo", _("Photo of the serial number")
    BATCH_PHOTO = "batch_photo", _("Photo of the batch or date mark")
    FAULT_VIDEO = "fault_video", _("Video of the fault")
    STATEMENT_OF_USE = "statement_of_use", _("How it was used, in words")
    ITEM_RETURN = "item_return", _("The item itself, sent back")
    INSPECTION_PHOTO = "inspection_photo", _("Photo of the inspection")
    PACKING_PHOTO = "packing_photo", _("Photo of the packing")
    DISPATCH_WEIGHT = "dispatch_weight", _("Weight at dispatch")
    CARRIER_WEIGHT = "carrier_weight", _("Weight on the carrier's scale")
    PACKING_LIST = "packing_list", _("Packing list")
    STOCK_CHECK = "stock_check", _("Count of the stock")
    HANDOVER_RECEIPT = "handover_receipt", _("Receipt of the hand-over")
    CARRIER_TRACE = "carrier_trace", _("Carrier's trace")
    DELIVERY_PROOF = "delivery_proof", _("Proof of delivery")
    NON_RECEIPT = "non_receipt_declaration", _("Signed declaration that nothing arrived")
    CUSTOMS_LETTER = "customs_letter", _("Letter of customs")
    AUTHENTICITY_REPORT = "authenticity_report", _("Report on authenticity")
    PROOF_OF_ORIGIN = "proof_of_origin", _("Proof of origin")
    INSTRUCTION_RECORD = "instruction_record", _("Record of the instruction")
    CHAT_RECORD = "chat_record", _("Record of the chat")
    PAYMENT_REFERENCE = "payment_reference", _("Reference of the payment")
    BANK_STATEMENT = "bank_statement", _("Bank statement")
    BANK_TRACE = "bank_trace", _("Bank's trace of the payment")


P = Proof
# Who can bring it; whom one click asks.
ASKED_OF: dict[Proof, Party] = {
    **dict.fromkeys(
        (
            P.UNBOXING_VIDEO, P.ITEM_PHOTO, P.NEW_ITEM_PHOTO, P.CLOSE_UP_PHOTO, P.LABEL_PHOTO, P.OUTER_BOX_PHOTO,
            P.BOX_MARK_PHOTO, P.INNER_PACKING_PHOTO, P.SERIAL_PHOTO, P.BATCH_PHOTO, P.FAULT_VIDEO, P.STATEMENT_OF_USE,
            P.ITEM_RETURN, P.NON_RECEIPT, P.CUSTOMS_LETTER, P.BANK_STATEMENT,
        ),
        Party.CUSTOMER,
    ),
    **dict.fromkeys(
        (P.INSPECTION_PHOTO, P.PACKING_PHOTO, P.DISPATCH_WEIGHT, P.PACKING_LIST, P.STOCK_CHECK), Party.WAREHOUSE
    ),
    **dict.fromkeys((P.CARRIER_WEIGHT, P.CARRIER_TRACE, P.DELIVERY_PROOF, P.HANDOVER_RECEIPT), Party.CARRIER),
    **dict.fromkeys((P.AUTHENTICITY_REPORT, P.PROOF_OF_ORIGIN), Party.SUPPLIER),
    **dict.fromkeys((P.INSTRUCTION_RECORD, P.CHAT_RECORD, P.PAYMENT_REFERENCE, P.BANK_TRACE), Party.AGENT),
}  # fmt: skip
# The place of the evidence strip that a customer's photo for this proof belongs to.
PLACE_OF: dict[Proof, Place] = {
    P.ITEM_PHOTO: Place.WHOLE,
    P.NEW_ITEM_PHOTO: Place.WHOLE,
    P.CLOSE_UP_PHOTO: Place.CLOSE_UP,
    P.LABEL_PHOTO: Place.LABEL,
    P.OUTER_BOX_PHOTO: Place.BOX,
    P.BOX_MARK_PHOTO: Place.BOX_MARK,
    P.INNER_PACKING_PHOTO: Place.PADDING,
    P.SERIAL_PHOTO: Place.SERIAL,
    P.BATCH_PHOTO: Place.SERIAL,
    P.CUSTOMS_LETTER: Place.LETTER,
}
# How to take it, in one sentence for whoever is asked.
HOW_OF: dict[Proof, "StrOrPromise"] = {
    P.UNBOXING_VIDEO: _("Film without a cut, from the closed box to the item."),
    P.ITEM_PHOTO: _("The whole item in good light, as it arrived."),
    P.NEW_ITEM_PHOTO: _("The whole item as it is today."),
    P.CLOSE_UP_PHOTO: _("Go near, until the fault fills the picture."),
    P.LABEL_PHOTO: _("Near enough to read the tracking number."),
    P.OUTER_BOX_PHOTO: _("Two photos, three sides in each."),
    P.BOX_MARK_PHOTO: _("The round or square print on a flap of the box."),
    P.INNER_PACKING_PHOTO: _("The item in its box, with the padding around it."),
    P.SERIAL_PHOTO: _("Near enough to read every sign."),
    P.BATCH_PHOTO: _("Near enough to read the date or the batch."),
    P.FAULT_VIDEO: _("A few seconds that show what goes wrong."),
    P.STATEMENT_OF_USE: _("A sentence or two is enough."),
    P.NON_RECEIPT: _("One sentence with your name, the day and your signature."),
    P.CUSTOMS_LETTER: _("Every page, flat and in good light."),
    P.BANK_STATEMENT: _("The line of the payment; you may cover the others."),
}

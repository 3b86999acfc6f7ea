"""Whether what was asked for has come: a photo at its place, a value in the order's record, an answer."""

from collections.abc import Iterable
from datetime import datetime

from .. import clocks
from ..models import EvidenceRequest, PartnerRequest, Ticket
from ..problems import Place
from ..proofs import PLACE_OF, Proof
from ..workflow import Actor

P = Proof
# A photo of any side of the item answers for the item; without a place of its own a document comes as "other photo".
AT_PLACE: dict[Proof, frozenset[Place]] = {proof: frozenset({place}) for proof, place in PLACE_OF.items()} | {
    P.ITEM_PHOTO: frozenset({Place.WHOLE, Place.CLOSE_UP}),
    P.NEW_ITEM_PHOTO: frozenset({Place.WHOLE, Place.CLOSE_UP}),
}
AS_DOCUMENT = frozenset({P.NON_RECEIPT, P.BANK_STATEMENT, P.AUTHENTICITY_REPORT, P.PROOF_OF_ORIGIN, P.PACKING_LIST})
AS_VIDEO = {
    P.UNBOXING_VIDEO: frozenset({"unboxing_video"}),
    P.FAULT_VIDEO: frozenset({"video", "unboxing_video"}),
}


def settle(ticket: Ticket, *, now: datetime) -> list[EvidenceRequest]:
    """Mark the open requests of a locked ticket whose proof has come; return them."""
    waiting = list(ticket.evidence_requests.filter(answered_at=None))
    if not waiting:
        return []
    recorded = in_record(ticket)
    since = min(row.asked_at for row in waiting)
    photos = list(ticket.evidence.filter(uploaded_at__gte=since))
    said = list(ticket.messages.filter(author_kind=Actor.CUSTOMER, created_at__gte=since))
    came = [
        row
        for row in waiting
        if row.proof in recorded
        or any(photo.uploaded_at >= row.asked_at and _shows(photo, row) for photo in photos)
        or (row.proof == P.STATEMENT_OF_USE and any(message.created_at >= row.asked_at for message in said))
    ]
    answer(came, now=now)
    return came


def _shows(photo, row: EvidenceRequest) -> bool:
    """Whether a photo is the proof that was asked for; a partner's answers for what that partner was asked."""
    if row.partner_id and photo.uploader_kind == Actor.PARTNER:
        return photo.partner_id == row.partner_id
    if row.proof in AS_VIDEO:
        return photo.kind in AS_VIDEO[Proof(row.proof)]
    if row.proof in AS_DOCUMENT:
        return photo.place == Place.OTHER or photo.kind in ("document", "statement")
    return photo.place in AT_PLACE.get(Proof(row.proof), ())


def answer(rows: Iterable[EvidenceRequest], *, now: datetime) -> None:
    """Write that these came, on a locked ticket; what came was read before. A question to a partner that asked for
    nothing else ends with it."""
    rows = list(rows)
    for row in rows:
        row.answered_at, row.read_at = now, row.read_at or now
    EvidenceRequest.objects.bulk_update(rows, ["answered_at", "read_at"])
    for pk in {row.request_id for row in rows if row.request_id}:
        _end_question(pk, now=now)


def _end_question(pk: int, *, now: datetime) -> None:
    request = PartnerRequest.objects.filter(pk=pk, percent=0, answer="").select_related("partner").first()
    if request is None or request.proofs.filter(answered_at=None).exists():
        return
    request.answer, request.answered_at = PartnerRequest.Answer.EVIDENCE, now
    request.save(update_fields=["answer", "answered_at"])
    clocks.stop_partner(request, now=now)


def in_record(ticket: Ticket) -> set[Proof]:
    """Return the proofs that the order's record holds already, whoever brought them."""
    found: set[Proof] = set()
    order = ticket.order
    for parcel in order.shipments.prefetch_related("evidence", "customs_events"):
        found |= {proof for proof, there in _of_parcel(parcel).items() if there}
    lines = order.lines.filter(pk=ticket.line_id) if ticket.line_id else order.lines.all()
    if any(each.evidence.exists() for line in lines for each in line.inspections.all()):
        found.add(P.INSPECTION_PHOTO)
    if order.instructions.exists():
        found.add(P.INSTRUCTION_RECORD)
    if order.refunds.exclude(reference="").exists():
        found.add(P.PAYMENT_REFERENCE)
    return found


def _of_parcel(parcel) -> dict[Proof, bool]:
    return {
        P.PACKING_PHOTO: bool(parcel.evidence.all()),
        P.DISPATCH_WEIGHT: parcel.dispatch_weight_g is not None,
        P.CARRIER_WEIGHT: parcel.delivery_weight_g is not None,
        P.HANDOVER_RECEIPT: parcel.handover_receipt is not None,
        P.CARRIER_TRACE: bool(parcel.trace_closed_at or parcel.trace_result),
        P.DELIVERY_PROOF: bool(parcel.signed or parcel.delivery_photo),
        P.CUSTOMS_LETTER: any(event.has_letter for event in parcel.customs_events.all()),
    }

"""How long evidence is kept: legal holds, deletion with a record, erasure of what a person sent.

All inside the organization: they change rows only, and a worker takes the bytes away afterwards (`pipeline.purge`).
"""

from functools import reduce
from operator import or_

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets import actions as tickets
from tickets.actions import By, Refused
from tickets.actions.base import locked
from tickets.models import Ticket
from tickets.queries.merged import with_merged
from tickets.workflow import Actor

from . import custody
from .models import Custody, Evidence, Hold


def of_ticket(ticket: Ticket) -> models.QuerySet[Evidence]:
    """Return everything that belongs to a ticket and to those merged into it, the goods that came back included."""
    case = with_merged(ticket.pk)
    return Evidence.objects.filter(models.Q(ticket__in=case) | models.Q(returned__ticket__in=case)).order_by("pk")


def held() -> models.Exists:
    """Return, as a column of evidence, whether a legal hold covers it: of its ticket, or of the one merged into."""
    over = ("ticket", "ticket__merged_into", "returned__ticket", "returned__ticket__merged_into")
    covers = reduce(or_, (models.Q(ticket=models.OuterRef(path)) for path in over))
    return models.Exists(Hold.objects.filter(covers, released_at=None))


def place_hold(ticket: Ticket, *, by: By, reason: str) -> Hold:
    """Forbid deletion of the ticket's evidence until the hold is released; inside the organization.

    Raises Refused without a reason, or where a hold is open.
    """
    ticket = locked(ticket)
    if not reason.strip():
        raise Refused(_("Say why the evidence must be kept, such as the name of the dispute."), "reason")
    if Hold.objects.filter(ticket=ticket, released_at=None).exists():
        raise Refused(_("The evidence is under legal hold already."), "reason")
    hold = Hold.objects.create(ticket=ticket, reason=reason.strip(), placed_by=by.user, placed_at=timezone.now())
    for each in of_ticket(ticket).filter(deleted_at=None):
        custody.note(each, Custody.Verb.HELD, by=by, hold=hold.pk)
    tickets.note_event(ticket, by=by, verb="hold_placed", reason=hold.reason)
    return hold


def release_hold(ticket: Ticket, *, by: By) -> None:
    """End the ticket's open hold; inside the organization. Raises Refused where there is none."""
    ticket = locked(ticket)
    hold = Hold.objects.filter(ticket=ticket, released_at=None).first()
    if hold is None:
        raise Refused(_("The evidence is not under legal hold."))
    hold.released_at, hold.released_by = timezone.now(), by.user
    hold.save(update_fields=["released_at", "released_by"])
    for each in of_ticket(ticket).filter(deleted_at=None):
        custody.note(each, Custody.Verb.RELEASED, by=by, hold=hold.pk)
    tickets.note_event(ticket, by=by, verb="hold_released", reason=hold.reason)


def delete_evidence(evidence: Evidence, *, by: By, reason: str) -> None:
    """Delete the bytes of a filed piece of evidence and keep its row, hash and log; inside the organization.

    Raises Refused without a reason, or under a legal hold. The bytes are gone after the next sweep.
    """
    if not reason.strip():
        raise Refused(_("Say why it is deleted; the reason stays in the log."), "reason")
    ticket_id = evidence.ticket_id or (evidence.returned.ticket_id if evidence.returned else None)
    ticket = Ticket.objects.get(pk=ticket_id) if ticket_id else None
    # A hold locks its ticket, which may be the one that this one was merged into.
    over = {ticket.pk, ticket.merged_into_id or ticket.pk} if ticket else set()
    for each in Ticket.objects.filter(pk__in=over).order_by("pk"):
        locked(each)
    if Hold.objects.filter(ticket__in=over, released_at=None).exists():
        raise Refused(_("The evidence is under legal hold. Release the hold first."), "reason")
    row = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
    if row.deleted_at is not None:
        return
    row.deleted_at, row.deletion = timezone.now(), reason.strip()
    row.state, row.failure = Evidence.State.FAILED, Evidence.Failure.DELETED
    # What could tell of a person goes with the bytes; hash, size and times prove that it was there.
    row.name, row.shows, row.latitude, row.longitude = "", "", None, None
    row.fingerprint, row.fingerprint_parts = "", []
    row.save()
    custody.note(row, Custody.Verb.DELETED, by=by, reason=row.deletion)
    if ticket is not None:
        tickets.note_event(ticket, by=by, verb="evidence_deleted", photo=row.pk, sha256=row.sha256, reason=row.deletion)


def erase_person(ticket: Ticket, *, by: By, reason: str) -> int:
    """Delete everything that the customer of a ticket sent to it; return how many; inside the organization.

    Raises Refused as `delete_evidence` does; then nothing is deleted.
    """
    sent = of_ticket(ticket).filter(uploader_kind=Actor.CUSTOMER, deleted_at=None)
    rows = list(sent.select_related("returned"))
    for each in rows:
        delete_evidence(each, by=by, reason=reason)
    return len(rows)

"""What decides a case: asked of whoever can bring it, read and answered; and what people read in the record."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from aftersales.orders.models import Partner

from .. import notifications, signals
from ..guide import please_send
from ..models import EvidenceRequest, Finding, Message, PartnerRequest, Ticket
from ..models.ticket import Waiting
from ..problems import Party
from ..proofs import ASKED_OF, Proof
from ..workflow import OPEN, Actor
from .arrivals import answer
from .base import By, TooLate, locked, partner_for, require, require_member, require_state, save, write_event
from .responsibility import apply_recommendation, open_request
from .work import answered, wait_for_customer

MARKS = ("suggested_party", "suggested_confidence")


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def ask_for_proofs(
    ticket: Ticket, *, by: By, proofs: Sequence[str], text: str = "", again: bool = True
) -> list[EvidenceRequest]:
    """Ask each proof of whoever can bring it: the customer in a message, a partner in its thread behind its link.

    Returns one row for each that was asked. What only we can bring is not asked of anybody. Raises Refused where
    nothing is left to ask, or nobody is known who could be asked. Our clock rests while the customer is awaited.
    Unless `again`, what was asked for and has not come is left out; [] where all of it was.
    """
    require_member(by)
    require(proofs and set(proofs) <= set(Proof.values), _("Choose at least one thing to ask for."), "proofs")
    ticket = locked(ticket)
    require_state(ticket, "reported", "responsibility")
    waiting = {row.proof for row in ticket.evidence_requests.filter(answered_at=None)}
    if not again:
        proofs = [proof for proof in proofs if proof not in waiting]
        if not proofs:
            return []
    found: dict[Partner | None, list[Proof]] = {}
    for proof in dict.fromkeys(map(Proof, proofs)):
        party = ASKED_OF[proof]
        partner = asked_partner(ticket, party)
        if party == Party.CUSTOMER or partner:
            found.setdefault(partner, []).append(proof)
    require(found, _("Nobody else can bring this: add it on the facts page."), "proofs")
    now = timezone.now()
    rows: list[EvidenceRequest] = []
    for partner, wanted in found.items():
        if partner is None:
            rows += _ask_customer(ticket, wanted, text.strip(), by=by, now=now)
        else:
            rows += _ask_partner(ticket, partner, wanted, text.strip(), by=by, now=now)
    EvidenceRequest.objects.bulk_create(rows)
    _tell_asked(ticket, rows, again=waiting, by=by, now=now)
    apply_recommendation(ticket, now=now)
    save(ticket, "first_answer_at", *MARKS, now=now)
    data = {"proofs": [row.proof for row in rows], "again": sorted({row.proof for row in rows} & waiting)}
    write_event(ticket, "evidence_asked", by, now=now, data=data)
    return rows


def _tell_asked(ticket: Ticket, rows: list[EvidenceRequest], *, again: set[str], by: By, now: datetime) -> None:
    """Tell who keeps the log what was asked of each side."""
    for partner, group in groupby(rows, key=lambda row: row.partner_id):
        asked = list(group)
        proofs = [row.proof for row in asked]
        told = signals.question(
            asked[0].party, customer=None if partner else ticket.customer_id, partner=partner,
            request=asked[0].request_id, proofs=proofs, again=[proof for proof in proofs if proof in again],
        )  # fmt: skip
        signals.asked.send(Ticket, ticket=ticket, by=by, at=now, asked=told)


def asked_partner(ticket: Ticket, party: str) -> Partner | None:
    """Return the partner that is asked for a party's proofs: one that can be written to."""
    if party == Party.CUSTOMER:
        return None
    partner = partner_for(ticket, party)
    return partner if partner and partner.email and partner.is_active else None


def _ask_customer(ticket: Ticket, proofs: list[Proof], text: str, *, by: By, now: datetime) -> list[EvidenceRequest]:
    if not text:
        with translation.override(ticket.language):
            text = please_send(proofs)
    message = Message.objects.create(
        ticket=ticket, audience="public", author_kind=by.kind, author=by.user, author_name=by.name, text=text,
        asks_for=proofs, created_at=now,
    )  # fmt: skip
    answered(ticket, now)
    wait_for_customer(ticket, now=now)
    notifications.tell_customer(ticket, "evidence_asked", key=f"message:{message.pk}", text=text)
    return [
        EvidenceRequest(ticket=ticket, party=Party.CUSTOMER, proof=proof, message=message, asked_at=now)
        for proof in proofs
    ]


def _ask_partner(
    ticket: Ticket, partner: Partner, proofs: list[Proof], text: str, *, by: By, now: datetime
) -> list[EvidenceRequest]:
    """Write into the partner's thread; a partner that was asked nothing yet gets a question without a share."""
    party = ASKED_OF[proofs[0]]
    with translation.override(partner.language or ticket.organization.language):
        names = ", ".join(str(proof.label) for proof in proofs)
        text = text or _("Please send us: %(proofs)s.") % {"proofs": names}
    request = ticket.partner_requests.filter(partner=partner, answer="").order_by("-id").first()
    message = Message.objects.create(
        ticket=ticket, audience="partner", partner=partner, author_kind=by.kind, author=by.user, author_name=by.name,
        text=text, asks_for=proofs, created_at=now,
    )  # fmt: skip
    if request is None:
        request = open_request(ticket, partner, by=by, party=party, percent=0, text=text, now=now)
        if ticket.waiting_for != Waiting.CUSTOMER:
            ticket.waiting_for = Waiting.PARTNER
    else:
        notifications.tell_partner(request, "partner_message", key=f"message:{message.pk}", text=text)
    return [
        EvidenceRequest(
            ticket=ticket, party=party, partner=partner, request=request, message=message, proof=proof, asked_at=now
        )
        for proof in proofs
    ]


# ── read and answered ──────────────────────────────────────────────────────────────────────────────────────────────
def proofs_read(ticket: Ticket, *, by: By) -> int:
    """Take note that the customer or the partner has seen what it is asked for; return how many were new to it."""
    ticket = locked(ticket)
    unread = ticket.evidence_requests.filter(read_at=None)
    mine = unread.filter(partner=by.partner) if by.kind == Actor.PARTNER else unread.filter(party=Party.CUSTOMER)
    require(by.kind in (Actor.CUSTOMER, Actor.PARTNER), _("Only who was asked can read it."))
    now = timezone.now()
    count = mine.update(read_at=now)
    if count:
        write_event(ticket, "proofs_read", by, now=now, data={"count": count})
        _look_again(ticket, now=now)
    return count


def tick_proof(row: EvidenceRequest, *, by: By, text: str) -> EvidenceRequest:
    """Record that what was asked for came by another way, with a word on how. Raises TooLate for a second tick."""
    require_member(by)
    require(text.strip(), _("Write how it came and what it says."), "text")
    ticket = locked(row.ticket)
    row = EvidenceRequest.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.answered_at:
        raise TooLate(_("This came already."))
    now = timezone.now()
    answer(ticket.evidence_requests.filter(proof=row.proof, partner=row.partner_id, answered_at=None), now=now)
    partner_is_done(ticket)
    write_event(ticket, "proof_answered", by, now=now, reason=text.strip(), data={"proofs": [row.proof]})
    _look_again(ticket, now=now)
    row.refresh_from_db()
    return row


def partner_is_done(ticket: Ticket) -> None:
    """Wait for no partner any more where none has a question open; the caller saves."""
    if ticket.waiting_for == Waiting.PARTNER and not PartnerRequest.objects.filter(ticket=ticket, answer="").exists():
        ticket.waiting_for = ""


def _look_again(ticket: Ticket, *, now: datetime) -> None:
    if ticket.is_open:
        apply_recommendation(ticket, now=now)
    save(ticket, *MARKS, now=now)


# ── what people read in the record ─────────────────────────────────────────────────────────────────────────────────
def record_finding(ticket: Ticket, *, by: By, about: str, value: bool | None, note: str = "") -> Finding:
    """Record what a picture shows of this complaint: true, false, or None where it cannot be told."""
    require_member(by)
    require(about in Finding.About.values, _("Choose what it is about."), "about")
    ticket = locked(ticket)
    require_state(ticket, *OPEN)
    now = timezone.now()
    values = {"value": value, "note": note.strip(), "by": by.user, "at": now}
    finding, _created = Finding.objects.update_or_create(ticket=ticket, about=about, defaults=values)
    write_event(ticket, "finding_recorded", by, now=now, reason=note.strip(), data={"about": about, "value": value})
    _look_again(ticket, now=now)
    return finding


def record_received(ticket: Ticket, *, by: By, text: str) -> Ticket:
    """Record in words what arrived, to be held against what was locked at purchase. Empty takes it back."""
    require_member(by)
    ticket = locked(ticket)
    require_state(ticket, *OPEN)
    limit = Ticket._meta.get_field("received").max_length or 300
    require(len(text.strip()) <= limit, _("At most %(n)d characters.") % {"n": limit}, "text")
    if ticket.received == text.strip():
        return ticket
    now = timezone.now()
    ticket.received = text.strip()
    save(ticket, "received", now=now)
    write_event(ticket, "received_recorded", by, now=now, reason=ticket.received)
    _look_again(ticket, now=now)
    return ticket

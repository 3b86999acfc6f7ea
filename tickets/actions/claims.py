"""Claims against a carrier or an insurer: opened, filed in time, answered, paid or expired.

`Ticket.claim_by` is the earliest last day of a claim that nobody has filed; every writer here keeps it.
"""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.actions import base as settings
from aftersales.tenants.models import AuditEvent, Membership, Organization

from .. import amounts, claim_windows, clocks, notifications
from ..models import Claim, ClaimWindow, Ticket
from ..problems import Party
from ..workflow import OPEN, State
from .base import By, Refused, TooLate, locked, require, require_member, save, write_event
from .money import record_recovery

Kind, Stand = Claim.Kind, Claim.State
FILED = (Stand.FILED, Stand.ACCEPTED, Stand.REFUSED)
# Days before the last one on which somebody is told; the first reminder comes at 70 % of the window.
FIRST_PERCENT, DAYS_BEFORE = 70, (3, 1)


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────
def open_claim(
    ticket: Ticket, *, by: By, kind: str = Kind.CARRIER, event: str = "", amount: Decimal | None = None
) -> Claim:
    """Open the ticket's claim of a kind, to be filed. One per kind: raises TooLate where there is one."""
    require_member(by)
    require(kind in Kind.values, _("Choose carrier or insurer."), "kind")
    require(not event or event in ClaimWindow.Event.values, _("Choose what happened."), "event")
    ticket = locked(ticket)
    require(ticket.state in OPEN or ticket.state == State.CLOSED, _("This ticket was not upheld; nothing is claimed."))
    if Claim.objects.filter(ticket=ticket, kind=kind).exists():
        raise TooLate(_("There is a claim of this kind already."))
    claim = _open(ticket, by, timezone.now(), kind=kind, event=event, amount=amount)
    if claim is None:
        missing = _("No carrier is on record for this order. Record the parcel with its carrier first.")
        insurer = _("The order carries no insurance on record.")
        raise Refused(missing if kind == Kind.CARRIER else insurer, "kind")
    return claim


def follow_responsibility(ticket: Ticket, *, leading: str, by: By, now: dt.datetime) -> Claim | None:
    """Open the carrier's claim where the carrier bears most of it; the caller holds the ticket's lock.

    A claim once opened stays: a changed view of the case does not make its last day later.
    """
    if leading != Party.CARRIER or Claim.objects.filter(ticket=ticket, kind=Kind.CARRIER).exists():
        return None
    return _open(ticket, by, now)


def _open(
    ticket: Ticket,
    by: By,
    now: dt.datetime,
    *,
    kind: str = Kind.CARRIER,
    event: str = "",
    amount: Decimal | None = None,
) -> Claim | None:
    order = ticket.order
    order.organization = ticket.organization
    shipment = order.shipments.select_related("carrier").order_by("-id").first()
    carrier = shipment.carrier if shipment else None
    against = carrier.name if carrier else ""
    event = event or claim_windows.event_of(ticket.problem)
    claim = Claim(ticket=ticket, kind=kind, event=event, currency=order.currency, created_by=by.user, created_at=now)
    if kind == Kind.INSURER:
        against = order.shipping_insurance or order.return_insurance
        claim.window = _("Look up the last day in the insurer's conditions.")
    else:
        claim.partner = carrier
        found = claim_windows.deadline(order, shipment, event)
        claim.expires_on, claim.window = found.expires_on, found.words[:300]
    if not against:
        return None
    claim.against, claim.amount = against, _worth(ticket) if amount is None else amount
    _require_amount(claim.amount, claim.currency)
    claim.save()
    keep_claim_by(ticket, now)
    write_event(ticket, "claim_opened", by, now=now, data=_data(claim))
    return claim


def _worth(ticket: Ticket) -> Decimal:
    """Return the value of what is complained about: the item's line, else the whole order."""
    line = ticket.line
    return line.unit_price * line.quantity if line else ticket.order.total


def _require_amount(amount: Decimal, currency: str) -> None:
    require(amount >= 0, _("Write an amount of zero or more."), "amount")
    require(amounts.fits(amount, currency), _("%(currency)s has no such fraction.") % {"currency": currency}, "amount")


def _data(claim: Claim) -> dict[str, str]:
    day = claim.expires_on.isoformat() if claim.expires_on else ""
    return {"claim": str(claim.pk), "against": claim.against, "day": day, "kind_of_claim": claim.kind}


def keep_claim_by(ticket: Ticket, now: dt.datetime) -> None:
    """Keep the earliest last day of the ticket's open claims on a locked ticket."""
    days = Claim.objects.filter(ticket=ticket, state=Stand.TO_FILE, expires_on__isnull=False)
    ticket.claim_by = days.order_by("expires_on").values_list("expires_on", flat=True).first()
    save(ticket, "claim_by", now=now)


def _claim(claim: Claim, *states: str) -> tuple[Ticket, Claim]:
    """Return ticket and claim as they stand, the ticket locked. Raises TooLate where the claim moved on."""
    ticket = locked(claim.ticket)
    fresh = Claim.objects.select_for_update(of=("self",)).select_related("partner").get(pk=claim.pk)
    if fresh.state not in states:
        raise TooLate(_("Somebody was faster: this claim is “%(state)s”.") % {"state": fresh.get_state_display()})
    fresh.ticket = ticket
    return ticket, fresh


# ── what is done with it ───────────────────────────────────────────────────────────────────────────────────────────
def change_claim(claim: Claim, *, by: By, amount: Decimal, expires_on: dt.date | None, event: str) -> Claim:
    """Change what is claimed before it is filed. Another event brings another window, unless a day is given with it."""
    require_member(by)
    require(event in ClaimWindow.Event.values, _("Choose what happened."), "event")
    ticket, claim = _claim(claim, Stand.TO_FILE, Stand.EXPIRED)
    _require_amount(amount, claim.currency)
    now = timezone.now()
    if event != claim.event and claim.kind == Kind.CARRIER and expires_on == claim.expires_on:
        order = ticket.order
        order.organization = ticket.organization
        shipment = order.shipments.select_related("carrier").order_by("-id").first()
        found = claim_windows.deadline(order, shipment, event)
        expires_on, claim.window = found.expires_on, found.words[:300]
    elif expires_on != claim.expires_on:
        claim.window = _("Set by %(name)s.") % {"name": by.name}
    claim.event, claim.amount, claim.expires_on = event, amount, expires_on
    if claim.state == Stand.EXPIRED and (expires_on is None or expires_on >= _today(ticket, now)):
        claim.state = Stand.TO_FILE
    claim.save(update_fields=["event", "amount", "expires_on", "window", "state"])
    keep_claim_by(ticket, now)
    write_event(ticket, "claim_changed", by, now=now, data=_data(claim))
    return claim


def file_claim(claim: Claim, *, by: By, reference: str, filed_on: dt.date) -> Claim:
    """Record that the claim was filed, with the number that the carrier gave and the day."""
    require_member(by)
    require(reference.strip(), _("Write the number that the carrier gave the claim."), "reference")
    ticket, claim = _claim(claim, Stand.TO_FILE, Stand.EXPIRED)
    now = timezone.now()
    require(filed_on <= _today(ticket, now), _("This day has not come yet."), "filed_on")
    claim.state, claim.reference = Stand.FILED, reference.strip()
    claim.filed_at = dt.datetime.combine(filed_on, dt.time(12), tzinfo=ticket.organization.zone)
    claim.save(update_fields=["state", "reference", "filed_at"])
    keep_claim_by(ticket, now)
    write_event(ticket, "claim_filed", by, now=now, reason=claim.reference, data=_data(claim))
    return claim


def answer_claim(claim: Claim, *, by: By, accepted: bool, text: str) -> Claim:
    """Record what carrier or insurer answered. A refused claim may still be accepted or paid after an objection."""
    require_member(by)
    require(text.strip(), _("Write what they answered."), "text")
    ticket, claim = _claim(claim, *FILED)
    now = timezone.now()
    claim.state = Stand.ACCEPTED if accepted else Stand.REFUSED
    claim.answered_at, claim.answer = now, text.strip()
    claim.save(update_fields=["state", "answered_at", "answer"])
    keep_claim_by(ticket, now)
    verb = "claim_accepted" if accepted else "claim_refused"
    write_event(ticket, verb, by, now=now, reason=claim.answer, data=_data(claim))
    return claim


def pay_claim(claim: Claim, *, by: By, amount: Decimal, currency: str, proof: str) -> Claim:
    """Record what was paid, with its proof, in the claim and in the ledger. Raises Refused; then nothing is changed."""
    require_member(by)
    ticket, claim = _claim(claim, *FILED)
    party = Party.CARRIER if claim.kind == Kind.CARRIER else Party.AGENT
    record_recovery(
        ticket, by=by, party=party, amount=amount, currency=currency, proof=proof, partner=claim.partner, claim=claim
    )
    now = timezone.now()
    claim.state, claim.answered_at = Stand.PAID, claim.answered_at or now
    claim.save(update_fields=["state", "answered_at"])
    write_event(ticket, "claim_paid", by, now=now, reason=proof.strip(), data=_data(claim))
    return claim


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _today(ticket: Ticket, now: dt.datetime) -> dt.date:
    return now.astimezone(ticket.organization.zone).date()


def step_of(claim: Claim, today: dt.date) -> str:
    """Return the latest reminder that is due: "", "70", "3", "1" or "over"."""
    if claim.expires_on is None:
        return ""
    left = (claim.expires_on - today).days
    if left < 0:
        return "over"
    for days in reversed(DAYS_BEFORE):
        if left <= days:
            return str(days)
    start = claim.created_at.date()
    used = (today - start).days
    whole = (claim.expires_on - start).days
    return "70" if whole and used * 100 >= whole * FIRST_PERCENT else ""


def remind_of_claim(claim: Claim) -> str:
    """Tell whoever works on the ticket what is due, once per step and person; end a claim whose last day is over.

    Returns the step, "" where none is due.
    """
    ticket, claim = _claim(claim, Stand.TO_FILE)
    now = timezone.now()
    step = step_of(claim, _today(ticket, now))
    if not step:
        return ""
    key = f"claim:{claim.pk}:{claim.expires_on}:{step}"
    notifications.tell_members(clocks.responsible(ticket), ticket, "claim_due", key=key, claim=claim, left=step)
    if step == "over":
        notifications.tell_managers(ticket, "claim_due", key=key, claim=claim, left=step)
        claim.state = Stand.EXPIRED
        claim.save(update_fields=["state"])
        keep_claim_by(ticket, now)
        write_event(ticket, "claim_expired", By.system(), now=now, data=_data(claim))
    return step


# ── windows ────────────────────────────────────────────────────────────────────────────────────────────────────────
def save_claim_window(organization: Organization, *, by: Membership, of: tuple | None = None, **fields) -> ClaimWindow:
    """Change the window named by `of` (regime, carrier's id, event), or add one; the defaults are adopted first."""
    settings.lock(organization, by)
    _adopt_windows(by)
    row = ClaimWindow.objects.filter(**_named(of)).first() if of else ClaimWindow()
    if row is None:
        raise settings.TooLate(_("Somebody has changed or removed this window; look at the list again."))
    carrier = fields.get("carrier")
    named = _named((fields["regime"], carrier.pk if carrier else None, fields["event"]))
    twin = ClaimWindow.objects.filter(**named).exclude(pk=row.pk).exists()
    settings.require(not twin, _("There is a window for exactly this already; change that one."), "regime")
    data = settings.changed(row, {k: v for k, v in fields.items() if k != "carrier"}) if row.pk else {}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    settings.record(AuditEvent.Verb.WINDOW_CHANGED, by=by, subject=row, **data)
    return row


def remove_claim_window(organization: Organization, *, by: Membership, of: tuple) -> None:
    """Remove the window named by `of`. Raises Refused for the last one: without any, the defaults would hold again."""
    settings.lock(organization, by)
    _adopt_windows(by)
    row = ClaimWindow.objects.filter(**_named(of)).first()
    if row is None:
        raise settings.TooLate(_("Somebody has changed or removed this window; look at the list again."))
    another = ClaimWindow.objects.exclude(pk=row.pk).exists()
    settings.require(another, _("This is the last one; without it the defaults would hold again. Change it instead."))
    settings.record(AuditEvent.Verb.WINDOW_REMOVED, by=by, subject=row, days=[str(row.days), ""])
    row.delete()


def _adopt_windows(by: Membership) -> None:
    if not ClaimWindow.objects.exists():
        ClaimWindow.objects.bulk_create(claim_windows.default_windows())
        settings.record(AuditEvent.Verb.POLICY_ADOPTED, by=by, subject=_("carriers' windows"))


def _named(of: tuple) -> dict:
    regime, carrier, event = of
    return {"regime": regime, "event": event, **({"carrier": carrier} if carrier else {"carrier__isnull": True})}

"""The outbox: what somebody must be told, as rows written with what caused it; `tickets.tasks` sends them.

A row is written once per key (ON CONFLICT DO NOTHING), in the reader's language and time zone. The first line of
`templates/mail/<kind>.txt` (for members `mail/desk/<kind>.txt`) is the subject. The body never holds a token, only a
mark that the relay replaces with the address of the row's own link: whoever types the mark into a message gets a link
that the reader has anyway.
"""

import logging
import re
import time
import zoneinfo
from collections.abc import Iterable, Sequence
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from aftersales.orders.models import Partner
from aftersales.tenants.models import Membership, Organization, User
from aftersales.tenants.roles import Role

from . import links
from .models import Notification, PartnerRequest, SignedLink, StageClock, Ticket
from .workflow import OPEN

logger = logging.getLogger(__name__)
Channel = Notification.Channel
LINK_MARK = "[[link]]"
# The same for the list of all open tickets of the partner whom a mail goes to.
LIST_MARK = "[[list]]"
# Where the relay leaves why no mail can be sent at all, for the settings page.
SERVER_DOWN = "outbox:server-down"
BEAT_SECONDS = 10
_quiet_until = 0.0
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


# ── who is told ────────────────────────────────────────────────────────────────────────────────────────────────────
def tell_customer(
    ticket: Ticket,
    kind: str,
    *,
    key: str,
    link: SignedLink | None = None,
    clock: StageClock | None = None,
    step: int | None = None,
    **context: Any,
) -> None:
    """Write a mail to the ticket's customer, with a link to the ticket. Nothing where no address is known."""
    email = ticket.customer.email
    if email:
        row = Notification(
            key=f"{key}:mail:customer", email=email, link=link or links.for_customer(ticket), clock=clock, step=step
        )
        language = ticket.language or ticket.customer.language
        _write([row], kind, ticket.organization, ticket, language=language, name=ticket.customer.name, **context)


def tell_partner(
    request: PartnerRequest | None,
    kind: str,
    *,
    key: str,
    ticket: Ticket | None = None,
    partner: Partner | None = None,
    link: SignedLink | None = None,
    clock: StageClock | None = None,
    step: int | None = None,
    **context: Any,
) -> None:
    """Write a mail to the partner that was asked, with its link. Without a request name `ticket` and `partner`."""
    if request is not None:
        ticket, partner = request.ticket, request.partner
    assert ticket is not None and partner is not None
    if partner.email:
        link = link or links.for_partner(ticket, partner, request)
        row = Notification(key=f"{key}:mail:partner:{partner.pk}", email=partner.email, partner=partner, link=link)
        row.clock, row.step = clock, step
        context |= {"request": request, "zone": partner.time_zone, "language": partner.language, "name": partner.name}
        if kind == "partner_reminder" and _asked_more(partner, ticket):
            links.for_inbox(partner)
            context["list"] = LIST_MARK
        _write([row], kind, ticket.organization, ticket, **context)


def _asked_more(partner: Partner, ticket: Ticket) -> bool:
    """Whether other tickets wait for the partner's answer too, so that its list saves it some mails."""
    waiting = PartnerRequest.objects.filter(partner=partner, answer="", ticket__state__in=OPEN)
    return waiting.exclude(ticket=ticket).exists()


def tell_member(
    user: User,
    ticket: Ticket,
    kind: str,
    *,
    key: str,
    channels: Sequence[str] = (Channel.IN_APP, Channel.MAIL),
    clock: StageClock | None = None,
    step: int | None = None,
    **context: Any,
) -> None:
    """Write one row per channel for a member."""
    tell_members([user], ticket, kind, key=key, channels=channels, clock=clock, step=step, **context)


def tell_members(
    users: Iterable[User],
    ticket: Ticket,
    kind: str,
    *,
    key: str,
    channels: Sequence[str] = (Channel.IN_APP, Channel.MAIL),
    clock: StageClock | None = None,
    step: int | None = None,
    **context: Any,
) -> None:
    """Write one row per member and channel, rendered once, in the organization's language."""
    rows = [
        Notification(
            key=f"{key}:{channel}:{user.pk}", channel=channel, user=user, clock=clock, step=step,
            email=user.email if channel == Channel.MAIL else "",
        )
        for user in users for channel in channels
    ]  # fmt: skip
    organization = ticket.organization
    url = settings.SITE_URL + reverse("desk:ticket", kwargs={"org": organization.slug, "number": ticket.number})
    if rows:
        _write(rows, kind, organization, ticket, language=organization.language, folder="mail/desk", url=url, **context)


def tell_managers(
    ticket: Ticket,
    kind: str,
    *,
    key: str,
    channels: Sequence[str] = (Channel.IN_APP, Channel.MAIL),
    clock: StageClock | None = None,
    step: int | None = None,
    **context: Any,
) -> None:
    """Write one row per manager and channel; where the organization has no manager, its admins are told."""
    found = Membership.objects.filter(
        organization=ticket.organization, is_active=True, user__is_active=True, role__in=[Role.MANAGER, Role.ADMIN]
    ).select_related("user")
    members = list(found)
    managers = [m.user for m in members if m.role == Role.MANAGER] or [m.user for m in members]
    tell_members(managers, ticket, kind, key=key, channels=channels, clock=clock, step=step, **context)


def tell_link(link: SignedLink, *, kind: str = "new_link") -> None:
    """Write the mail with a fresh link that its owner asked for, or that a member sends to a partner."""
    ticket = link.ticket
    language = link.partner.language if link.partner else ticket.language if ticket else ""
    name = link.partner.name if link.kind == SignedLink.Kind.INBOX and link.partner else ""
    row = Notification(key=f"link:{link.pk}", email=link.email, partner=link.partner, link=link)
    _write([row], kind, link.organization, ticket, language=language, order=link.order, name=name)


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _write(
    rows: list[Notification],
    kind: str,
    organization: Organization,
    ticket: Ticket | None,
    *,
    language: str,
    zone: str = "",
    folder: str = "mail",
    **context: Any,
) -> None:
    """Write those of `rows` whose key is new. The template sees the context, ticket, step, organization and the
    link's mark."""
    context |= {"ticket": ticket, "step": rows[0].step}
    subject, body = render(f"{folder}/{kind}.txt", organization, language, zone, **context)
    now = timezone.now()
    for row in rows:
        row.organization, row.ticket, row.kind, row.subject, row.body = organization, ticket, kind, subject, body
        row.channel = row.channel or Channel.MAIL
        row.created_at, row.next_at = now, now if row.channel == Channel.MAIL else None
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.next_at for row in rows):
        wake_relay()


def render(template: str, organization: Organization, language: str, zone: str = "", **context: Any) -> tuple[str, str]:
    """Return (subject, body) of a mail, in a language we have and the reader's time zone."""
    language = next((code for code in (language, language[:2], organization.language) if code in LANGUAGES), "en")
    reader = zoneinfo.ZoneInfo(zone or organization.time_zone)
    with translation.override(language), timezone.override(reader):
        context |= {"organization": organization, "link": LINK_MARK, "zone": reader.key}
        text = render_to_string(template, context)
    subject, _line, body = text.strip().partition("\n")
    # Paragraphs that a template left out leave their empty lines behind.
    body = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", body)).strip()
    return " ".join(subject.split())[:200], body + "\n"


def wake_relay() -> None:
    """Ask for the outbox to be sent as soon as the transaction is committed; beat asks every ten seconds anyway."""
    if not any(entry[1] is _wake for entry in connection.run_on_commit):
        transaction.on_commit(_wake)


def _wake() -> None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    try:
        current_app.send_task("tickets.tasks.relay_outbox", expires=10, retry=False)
    except (OperationalError, OSError) as error:
        # The row is committed; the mail leaves once the broker is back. Until beat's next turn no request tries again,
        # so that a broker that does not even refuse costs one request its two seconds, not all.
        _quiet_until = time.monotonic() + BEAT_SECONDS
        logger.warning("The broker cannot be reached, mail waits for it: %s", error)


# ── read, and sent again ───────────────────────────────────────────────────────────────────────────────────────────
def mark_read(user: User, *, up_to: int, only: int = 0) -> int:
    """Mark the member's notifications as read, those that came after row `up_to` left out; return how many."""
    unread = Notification.objects.filter(user=user, channel=Channel.IN_APP, read_at=None, pk__lte=up_to)
    return unread.filter(**({"pk": only} if only else {})).update(read_at=timezone.now())


def send_again(mail: Notification) -> bool:
    """Queue a mail that was given up, with all its attempts; return whether it was one."""
    parked = Notification.objects.filter(pk=mail.pk, channel=Channel.MAIL, sent_at=None, next_at=None)
    queued = parked.update(next_at=timezone.now(), attempts=0) > 0
    if queued:
        wake_relay()
    return queued

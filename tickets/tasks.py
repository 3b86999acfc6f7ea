"""What beat starts: the sweep over what is due, and the relay that sends the outbox.

Correctness rests on the rows, not on the queue: a task that runs twice, at once or late does nothing twice.
"""

import logging
import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant

from . import actions, clocks, links
from .actions import rule_trial
from .models import Claim, Mediation, Notification, PartnerRequest, Plan, Return, StageClock, Ticket
from .notifications import LINK_MARK, LIST_MARK, SERVER_DOWN

logger = logging.getLogger(__name__)

BATCH = 50
# A reminder that cannot be written is tried again after this.
RETRY_REMINDER = timedelta(minutes=15)

# Minutes until a mail that failed is tried again; after the last it is parked for a person to look at.
BACK_OFF = (1, 5, 15, 60, 120, 240, 480)
MAX_ATTEMPTS = len(BACK_OFF) + 1
# How long a claimed mail belongs to the relay that claimed it: longer than a server may take, EMAIL_TIMEOUT per answer.
LEASE = timedelta(seconds=100)
# A run ends by then, so that the sweeps get their turn; beat starts the next.
RUN_SECONDS = 40
MAILS_PER_TURN = 20


# ── clocks ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@shared_task(name="tickets.tasks.sweep_clocks")
def sweep_clocks() -> None:
    """Remind of what is due and end what waited long enough, organization by organization."""
    for organization in Organization.objects.order_by("pk"):
        try:
            _sweep(organization)
        except Exception:
            logger.exception("The sweep of %s failed", organization.slug)


def _sweep(organization: Organization) -> None:
    now = timezone.now()
    while _remind_batch(organization, now) == BATCH:
        pass
    system = actions.By.system()
    for request in _each(organization, silent_requests, now):
        _try(actions.answer_request, request, by=system, answer=PartnerRequest.Answer.SILENCE)
    for plan in _each(organization, unanswered_plans, now):
        _try(actions.accept_plan, plan, by=system)
    for ticket in _each(organization, ended_follow_ups, now):
        _try(actions.end_follow_up, ticket)
    for mediation in _each(organization, mediations_to_remind, now):
        _try(actions.remind_of_mediation, mediation)
    for returned in _each(organization, returns_to_remind, now):
        _try(actions.remind_of_return, returned)
    for claim in _each(organization, claims_to_remind, now):
        _try(actions.remind_of_claim, claim)


def _remind_batch(organization: Organization, now: datetime) -> int:
    """Write the reminders of the next due clocks in one transaction; return how many clocks were taken.

    Clock and ticket are locked together or passed over: an action that holds the ticket never waits for us in the wrong
    order, and a second sweep takes other clocks.
    """
    with tenant(organization):
        due = StageClock.objects.filter(next_at__lte=now).order_by("next_at")
        due = due.select_related("ticket__customer", "request__partner__calendar")
        taken = list(due.select_for_update(of=("self", "ticket"), skip_locked=True)[:BATCH])
        for clock in taken:
            clock.organization = clock.ticket.organization = organization
            if clock.request:
                clock.request.organization, clock.request.ticket = organization, clock.ticket
            try:
                with transaction.atomic():
                    clocks.remind(clock, now)
            except Exception:
                logger.exception("Clock %s of %s could not remind", clock.pk, organization.slug)
                StageClock.objects.filter(pk=clock.pk).update(next_at=now + RETRY_REMINDER)
    return len(taken)


def silent_requests(organization: Organization, now: datetime) -> QuerySet[PartnerRequest]:
    """Return the partners' requests whose time is over, where silence counts as an answer and somebody was asked."""
    if not organization.partner_silence_accepts:
        return PartnerRequest.objects.none()
    open_requests = PartnerRequest.objects.filter(answer="", due_at__lte=now).exclude(partner__email="")
    return open_requests.filter(ticket__state__in=["responsibility", "planning"]).select_related("ticket")


def unanswered_plans(organization: Organization, now: datetime) -> QuerySet[Plan]:
    """Return the plans whose customer let the time to answer pass."""
    plans = Plan.objects.filter(state=Plan.State.PROPOSED, customer_agreed_at=None, answer_by__lte=now)
    return plans.select_related("ticket")


def ended_follow_ups(organization: Organization, now: datetime) -> QuerySet[Ticket]:
    """Return the closed tickets whose follow-up window is over."""
    return Ticket.objects.filter(state="closed", closed_at__lte=now - timedelta(days=organization.follow_up_days))


def mediations_to_remind(organization: Organization, now: datetime) -> QuerySet[Mediation]:
    """Return the open mediations of which somebody is to be told: a side's last day, or that both are over."""
    return Mediation.objects.filter(next_at__lte=now).select_related("ticket")


def returns_to_remind(organization: Organization, now: datetime) -> QuerySet[Return]:
    """Return the returns of which somebody is to be told: the customer to send them, the desk to look at them."""
    return Return.objects.filter(next_at__lte=now).select_related("ticket")


def claims_to_remind(organization: Organization, now: datetime) -> QuerySet[Claim]:
    """Return the claims that nobody has filed; which reminder is due is asked of each, told ones are told once."""
    return Claim.objects.filter(state=Claim.State.TO_FILE, expires_on__isnull=False).select_related("ticket")


def _each(organization: Organization, due: Callable[[Organization, datetime], QuerySet], now: datetime) -> Iterator:
    """Yield each due row inside the organization and a transaction of its own: one refusal holds up no other."""
    with tenant(organization):
        keys = list(due(organization, now).order_by("pk").values_list("pk", flat=True))
    for key in keys:
        with tenant(organization):
            row = due(organization, now).filter(pk=key).first()
            if row is not None:
                yield row


def _try(action: Callable, row, **arguments) -> None:
    try:
        with transaction.atomic():
            action(row, **arguments)
    except actions.Refused as refused:
        # Somebody was faster, or it is not possible yet; the next sweep looks again.
        logger.info("%s of %s %s: %s", action.__name__, type(row).__name__, row.pk, refused)
    except Exception:
        logger.exception("%s of %s %s failed", action.__name__, type(row).__name__, row.pk)


# ── mail ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@shared_task(name="tickets.tasks.relay_outbox")
def relay_outbox() -> int:
    """Send the mail that is due, some of each organization in turn; return how many were sent.

    Between the server's "250" and our commit a crash repeats the mail, with the same Message-ID; at no other moment.
    """
    end = time.monotonic() + RUN_SECONDS
    sent, waiting = 0, [o for o in Organization.objects.order_by("pk") if _is_due(o)]
    if not waiting:
        return 0
    server = get_connection()
    try:
        while waiting and time.monotonic() < end:
            for organization in list(waiting):
                count, more = _send_some(organization, server, end)
                sent += count
                if not more:
                    waiting.remove(organization)
    except ServerDown as error:
        logger.warning("The mail server cannot be reached: %s", error)
        cache.set(SERVER_DOWN, {"reason": str(error)[:300], "at": timezone.now()}, 3600)
        return sent
    finally:
        _close(server)
    cache.delete(SERVER_DOWN)
    return sent


class ServerDown(Exception):
    """No mail can be sent at all; no mail is to blame."""


def _is_due(organization: Organization) -> bool:
    with tenant(organization):
        return Notification.objects.filter(next_at__lte=timezone.now()).exists()


def _send_some(organization: Organization, server: BaseEmailBackend, end: float) -> tuple[int, bool]:
    """Send up to MAILS_PER_TURN mails; return how many went, and whether more may be due."""
    sent = 0
    for _number in range(MAILS_PER_TURN):
        if time.monotonic() > end:
            break
        # Before a mail is claimed: while the server is away no mail loses an attempt.
        try:
            server.open()
        except Exception as error:
            raise ServerDown(f"{type(error).__name__}: {error}") from error
        claimed = _claim(organization)
        if claimed is None:
            return sent, False
        row, message = claimed
        sent += _send(organization, row, message, server)
    return sent, True


def _claim(organization: Organization) -> tuple[Notification, EmailMessage] | None:
    """Take the mail that waits longest for the length of a lease; None where none is due."""
    now = timezone.now()
    with tenant(organization):
        due = Notification.objects.filter(next_at__lte=now).order_by("next_at", "id")
        row = due.select_for_update(of=("self",), skip_locked=True).select_related("link").first()
        if row is None:
            return None
        row.organization = organization
        if row.link:
            row.link.organization = organization
        row.next_at = now + LEASE
        row.save(update_fields=["next_at"])
        return row, message_of(row)


def message_of(row: Notification) -> EmailMessage:
    """Return the mail of an outbox row; only here a link gets its address."""
    body = row.body.replace(LINK_MARK, links.url_of(row.link)) if row.link else row.body
    if LIST_MARK in body and row.partner_id:
        inbox = links.living_inbox(row.partner_id, row.email)
        if inbox:
            inbox.organization = row.organization
        body = body.replace(LIST_MARK, links.url_of(inbox) if inbox else "–")
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<aftersales.{row.organization_id}.{row.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    sender = formataddr((" ".join(row.organization.name.split()), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    return EmailMessage(row.subject, body, sender, [row.email], headers=headers)


def _send(organization: Organization, row: Notification, message: EmailMessage, server: BaseEmailBackend) -> int:
    # No transaction is open here: a slow server holds no lock.
    error = ""
    try:
        if not server.send_messages([message]):
            error = "The mail server took no message."
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
        logger.warning("Mail %s of %s was not sent: %s", row.pk, organization.slug, error)
        _close(server)
    now = timezone.now()
    with tenant(organization):
        this = Notification.objects.filter(pk=row.pk, sent_at=None)
        if not error:
            this.update(sent_at=now, next_at=None, error="")
            return 1
        tries = row.attempts + 1
        again = None if tries >= MAX_ATTEMPTS else now + timedelta(minutes=BACK_OFF[tries - 1])
        this.update(attempts=tries, next_at=again, error=error[:300])
        return 0


def _close(server: BaseEmailBackend) -> None:
    try:
        server.close()
    except (OSError, smtplib.SMTPException):
        pass


# ── rules of responsibility ────────────────────────────────────────────────────────────────────────────────────────
@shared_task(name="tickets.tasks.try_rules")
def try_rules(organization_id: int, rule_set_id: int) -> None:
    """Try a draft of the rules on past tickets. Sent twice, one run goes on and the other finds nothing to add."""
    organization = Organization.objects.get(pk=organization_id)
    try:
        more = True
        while more:
            with tenant(organization):
                more = rule_trial.try_some(rule_set_id)
    except Exception:
        logger.exception("The trial of rules %s of %s failed", rule_set_id, organization.slug)
        with tenant(organization):
            rule_trial.fail_trial(rule_set_id)


@shared_task(name="tickets.tasks.follow_rules")
def follow_rules() -> int:
    """Bring undecided tickets under the published rules, one by one; return how many. Done twice it changes nothing."""
    done = 0
    for organization in Organization.objects.order_by("pk"):
        for ticket in _each(organization, lambda _organization, _now: rule_trial.behind(), timezone.now()):
            _try(actions.recommend, ticket)
            done += 1
    return done

"""A complaint is filed: by the customer, or by an operator or an import for the customer."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, OrderLine
from aftersales.tenants.models import RulesVersion, User
from aftersales.tenants.scope import current_organization

from .. import clocks, notifications
from ..models import FilingDraft, Message, NumberSequence, Ticket
from ..models.ticket import Channel
from ..problems import Problem, is_retired
from ..workflow import NOT_COUNTED, State
from .base import By, require, write_event
from .responsibility import apply_recommendation

DRAFT_FIELDS = {"line", "problem", "wish", "text", "email", "language"}


def start_filing(
    order: Order, line: OrderLine | None, *, opener: str, language: str, user: User | None = None
) -> FilingDraft:
    """Return the opener's open draft for this item, a new one if there is none. A second tab gets the first's."""
    require(line is None or line.order_id == order.pk, _("This item is not part of the order."), "line")
    draft, _made = FilingDraft.objects.get_or_create(
        opener=opener, order=order, line=line, ticket=None,
        defaults={"language": language, "opened_by": user, "email": order.customer.email},
    )  # fmt: skip
    return draft


def save_draft(draft: FilingDraft, **fields: Any) -> FilingDraft:
    """Keep what was chosen or typed so far. A draft that was sent stays as it was sent."""
    assert set(fields) <= DRAFT_FIELDS, fields
    draft = FilingDraft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.ticket_id is None:
        for name, value in fields.items():
            setattr(draft, name, value)
        draft.save(update_fields=[*fields])
    return draft


def file_ticket(draft: FilingDraft, *, by: By, channel: str) -> tuple[Ticket, bool]:
    """Return (ticket, True), or (the ticket that this draft already became, False). Raises Refused without a problem.

    Twenty clicks wait for each other at the draft's row; the first makes the ticket, the others find it.
    """
    draft = FilingDraft.objects.select_for_update(of=("self",)).select_related("order", "line").get(pk=draft.pk)
    if draft.ticket_id:
        return Ticket.objects.get(pk=draft.ticket_id), False
    require(draft.problem, _("Choose what went wrong."), "problem")
    now = timezone.now()
    ticket = file_directly(
        draft.order, draft.line, by=by, channel=channel, problem=draft.problem, text=draft.text, wish=draft.wish,
        language=draft.language, filing_seconds=int((now - draft.started_at).total_seconds()), photos=draft,
    )  # fmt: skip
    draft.ticket = ticket
    draft.save(update_fields=["ticket"])
    return ticket, True


def file_directly(
    order: Order,
    line: OrderLine | None,
    *,
    by: By,
    channel: str,
    problem: str,
    text: str = "",
    subject: str = "",
    wish: str = "",
    language: str = "",
    filed_at: datetime | None = None,
    filing_seconds: int | None = None,
    photos: FilingDraft | None = None,
) -> Ticket:
    """Make the ticket, in stage `reported`, with its number, clock, event, first message and recommendation.

    An import of old complaints keeps their dates, but its clock starts now: nobody could answer before.
    """
    now = timezone.now()
    filed_at = filed_at or now
    require(problem in Problem.values, _("Choose what went wrong."), "problem")
    require(channel == Channel.IMPORT or not is_retired(problem), _("Choose what went wrong."), "problem")
    require(line is None or line.order_id == order.pk, _("This item is not part of the order."), "line")
    organization = current_organization()
    assert organization is not None
    rules = RulesVersion.objects.order_by("-version").first()
    ticket = Ticket(
        organization=organization, number="", order=order, line=line, customer=order.customer, channel=channel,
        problem=problem, subject=subject or make_subject(text, problem, line), text=text, wish=wish,
        language=language or order.customer.language or organization.language, rules_version=rules, filed_at=filed_at,
        filing_seconds=filing_seconds, filed_by=by.user, occurrence=earlier_on_item(order, line).count() + 1,
        changed_at=now,
    )  # fmt: skip
    ticket.number = next_number(organization, filed_at)
    ticket.save()
    if photos is not None:
        # The reverse accessor of the evidence app, which this app does not import.
        photos.evidence.update(ticket=ticket)  # type: ignore[attr-defined]
    write_event(ticket, "filed", by, now=filed_at, to_state=State.REPORTED, data={"channel": channel})
    if text:
        Message.objects.create(
            ticket=ticket, audience="public", author_kind="customer", author_name=str(ticket.customer), text=text,
            created_at=filed_at,
        )  # fmt: skip
    apply_recommendation(ticket, now=now)
    clocks.enter_stage(ticket, now=now if channel == Channel.IMPORT else filed_at)
    ticket.save(update_fields=["due_at", "waiting_for", "suggested_party", "suggested_confidence"])
    if channel != Channel.IMPORT:
        notifications.tell_customer(ticket, "filed", key=f"ticket:{ticket.pk}:filed")
    return ticket


def make_subject(text: str, problem: str, line: OrderLine | None) -> str:
    """Return the customer's first words, or problem and product where nothing was written."""
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    if not first:
        return f"{Problem(problem).label}: {line.product}"[:160] if line else str(Problem(problem).label)
    return first if len(first) <= 120 else first[:119].rsplit(" ", 1)[0] + "…"


def earlier_on_item(order: Order, line: OrderLine | None):
    """Return the counted tickets that exist for the same item (or for the order as a whole)."""
    return Ticket.objects.filter(order=order, line=line).exclude(state__in=NOT_COUNTED)


def next_number(organization, at: datetime) -> str:
    """Return the organization's next ticket number, such as AS-2026-000042. Two filings wait here."""
    return numbered(organization.number_prefix, NumberSequence.Kind.TICKET, at.astimezone(organization.zone).year)


def numbered(prefix: str, kind: str, year: int) -> str:
    """Return the next number of its kind and year. The row's lock keeps the numbers without doubles and gaps."""
    NumberSequence.objects.get_or_create(kind=kind, year=year)
    sequence = NumberSequence.objects.select_for_update(of=("self",)).get(kind=kind, year=year)
    NumberSequence.objects.filter(pk=sequence.pk).update(last=F("last") + 1)
    return f"{prefix}-{year}-{sequence.last + 1:06d}"

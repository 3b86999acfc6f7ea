"""What a customer reads first: what happens now, what is expected, and until when.

A payment that was taken back in the ledger is not done any more, so it is not shown.
"""

from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from aftersales.ui.templatetags.values import money, when

from .. import rules
from ..models import Mediation, MediationStatement, Plan, PlanAction, Return, Ticket
from ..models.plan import GIVES
from ..models.ticket import Waiting
from ..workflow import NOT_COUNTED, Actor, State
from .returns import is_late
from .returns import sentence as said_of

IN_DISPUTE = (State.RESPONSIBILITY, State.PLANNING, State.EXECUTING)


@dataclass
class Now:
    """What stands above everything else on the customer's page."""

    says: str = ""
    expects: str = ""
    # The dispute that is open, or was decided and binds what we propose.
    dispute: Mediation | None = None
    # Whether there ever was one; what it decided stays readable.
    had_dispute: bool = False
    has_stated: bool = False
    returns: list[Return] = field(default_factory=list)
    # What the customer answered with a no or another proposal, while we prepare the next.
    answered: Plan | None = None
    paid: list[PlanAction] = field(default_factory=list)

    @property
    def is_disputed(self) -> bool:
        """Whether a mediation is open: no proposal can be agreed until it is decided."""
        return self.dispute is not None and self.dispute.decided_at is None

    @property
    def may_state(self) -> bool:
        """Whether the customer can still bring words and photos into the dispute."""
        return self.is_disputed and self.dispute.customer_until > timezone.now()  # type: ignore[union-attr]

    @property
    def to_send(self) -> Return | None:
        """The goods that the customer is to send, or None."""
        return next((each for each in self.returns if each.state == Return.State.AUTHORISED), None)

    @property
    def mark(self) -> str:
        """A text that changes when something here does."""
        dispute = f"{self.dispute.pk}{bool(self.dispute.decided_at)}{self.may_state}" if self.dispute else ""
        returns = "-".join(each.state for each in self.returns)
        return f"{dispute}.{returns}.{self.answered.pk if self.answered else ''}.{len(self.paid)}"


def now_of(ticket: Ticket) -> Now:
    """Return what the record says, in four queries; `words` then adds the sentences."""
    found = Now()
    stated = MediationStatement.objects.filter(mediation=OuterRef("pk"), side=Actor.CUSTOMER)
    latest = ticket.mediations.annotate(has_stated=Exists(stated)).order_by("-pk").first()
    found.had_dispute = latest is not None
    if latest and ticket.state in IN_DISPUTE and (latest.decided_at is None or rules.binds(ticket, latest)):
        found.dispute, found.has_stated = latest, latest.has_stated or latest.opened_by == Actor.CUSTOMER
    found.returns = list(ticket.returns.exclude(state=Return.State.CANCELLED).order_by("-id"))
    for each in found.returns:
        each.ticket = ticket
        each.is_late, each.says = is_late(each), said_of(each)  # type: ignore[attr-defined]
    found.answered = _answered(ticket) if ticket.state == State.PLANNING and not found.dispute else None
    found.paid = paid_to_customer(ticket) if ticket.state not in NOT_COUNTED else []
    return found


def _answered(ticket: Ticket) -> Plan | None:
    """Return the proposal that the customer saw last, where it said no to it or asked for something else."""
    plan = ticket.plans.filter(answer_by__isnull=False).order_by("-version").first()
    return plan if plan and plan.state == Plan.State.REFUSED and plan.refusal else None


def paid_to_customer(ticket: Ticket) -> list[PlanAction]:
    """Return the payments that went to the customer, whichever plan promised them, the latest first."""
    done = PlanAction.objects.filter(plan__ticket=ticket, kind__in=GIVES, amount__gt=0, done_at__isnull=False)
    return list(done.select_related("plan").order_by("-done_at", "-id"))


# ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def sentence(ticket: Ticket, *, is_disputed: bool = False, to_send: bool = False) -> str:
    """Return where the complaint stands, as the customer reads it (product.md, "The lifecycle")."""
    if is_disputed and ticket.state in IN_DISPUTE:
        return _("A mediation is open")
    if ticket.waiting_for == Waiting.CUSTOMER:
        answer = ticket.state == State.PLANNING
        return _("Please answer our proposal") if answer else _("Please send us what we asked for")
    if to_send and ticket.is_open:
        return _("Please send the goods back")
    return {
        State.REPORTED: _("We have received your report"),
        State.RESPONSIBILITY: _("We are finding out what happened"),
        State.PLANNING: _("We are preparing a proposal"),
        State.EXECUTING: _("We are putting it right"),
        State.CLOSED: _("It is done"),
        State.FOLLOWED_UP: _("Thank you"),
        State.REJECTED: _("We cannot accept this complaint"),
        State.WITHDRAWN: _("You took this complaint back"),
        State.MERGED: _("We joined this with another complaint"),
    }[State(ticket.state)]


def with_sentences(found: QuerySet[Ticket]) -> list[Ticket]:
    """Return tickets with their sentence as `says`, in one statement."""
    open_dispute = Mediation.objects.filter(ticket=OuterRef("pk"), decided_at=None)
    to_send = Return.objects.filter(ticket=OuterRef("pk"), state=Return.State.AUTHORISED)
    tickets: list[Ticket] = list(found.annotate(is_disputed=Exists(open_dispute), to_send=Exists(to_send)))
    for each in tickets:
        told = {"is_disputed": each.is_disputed, "to_send": each.to_send}  # type: ignore[attr-defined]
        each.says = sentence(each, **told)  # type: ignore[attr-defined]
    return tickets


def words(ticket: Ticket, now: Now, *, plan: Plan | None, offer: Plan | None, actions: list[PlanAction]) -> None:
    """Set the sentence that stands on top, and what is expected of the customer with its last moment."""
    now.says = sentence(ticket, is_disputed=now.is_disputed, to_send=now.to_send is not None)
    if now.is_disputed:
        now.expects = _in_dispute(now)
    elif ticket.waiting_for == Waiting.CUSTOMER:
        now.expects = format_html(_("Please answer by {time}."), time=when(offer.answer_by)) if offer else ""
    elif not ticket.is_open:
        now.expects = ""
    elif now.to_send:
        now.expects = _to_send(now.to_send)
    elif ticket.state == State.EXECUTING:
        now.expects = _putting_right(ticket, now, plan, actions)
    else:
        if ticket.state == State.PLANNING and plan and plan.customer_agreed_at:
            now.says = _("Thank you, we are making the last arrangements")
        elif now.dispute:
            now.says = _("The mediation is decided")
        now.expects = nothing_to_do(ticket)


def _in_dispute(now: Now) -> str:
    assert now.dispute is not None
    if not now.may_state:
        return _("The time for statements is over. A manager decides now; you will have a mail.")
    until = when(now.dispute.customer_until)
    if now.has_stated:
        return format_html(_("We have your statement. You can add to it until {time}."), time=until)
    return format_html(_("Please write what you know by {time}. Then a manager decides."), time=until)


def _to_send(returned: Return) -> str:
    day = date_format(returned.send_by, "DATE_FORMAT")
    if returned.is_late:  # type: ignore[attr-defined]
        text = _("The last day to send it was %(day)s. Send it as soon as you can, or write to us.")
    else:
        text = _("Please send it by %(day)s. We go on when it is here.")
    return text % {"day": day}


def _putting_right(ticket: Ticket, now: Now, plan: Plan | None, actions: list[PlanAction]) -> str:
    """Name the payment that comes next with its day; set the sentence where all of the money is paid."""
    left = [action for action in actions if action.done_at is None]
    due = next((action for action in left if action.gives and not action.awaits_return), None)  # type: ignore[attr-defined]
    if due and plan and due.due_on >= timezone.localdate():
        amount, day = money(due.amount, plan.currency), date_format(due.due_on, "DATE_FORMAT")
        return format_html(_("You need not do anything. We pay {amount} by {day}."), amount=amount, day=day)
    if now.paid and not any(action.gives for action in left):  # type: ignore[attr-defined]
        now.says = _("We have paid your money")
    return nothing_to_do(ticket)


def nothing_to_do(ticket: Ticket) -> str:
    """Return that it is our turn, and by when we write."""
    if ticket.due_at is None:
        return _("You need not do anything now.")
    if ticket.due_at < timezone.now():
        return hear_by(ticket)
    return format_html(_("You need not do anything now. You hear from us by {time}."), time=when(ticket.due_at))


def hear_by(ticket: Ticket) -> str:
    """Return by when the customer hears from us, or whose turn it is."""
    if ticket.waiting_for == Waiting.CUSTOMER:
        return _("Waiting for you")
    if ticket.due_at is None:
        return ""
    if ticket.due_at < timezone.now():
        return _("This takes longer than we planned. We are on it.")
    return format_html(_("You hear from us by {time}"), time=when(ticket.due_at))

"""What every action shares: who acts, the lock, the arrow, the event row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import TransitionNotAllowed

from aftersales.orders.models import Customer, Partner
from aftersales.tenants.models import ApiKey, Membership, User
from aftersales.tenants.roles import Permission
from aftersales.tenants.scope import current_organization

from .. import clocks, notifications
from ..models import Ticket, TicketEvent
from ..workflow import WHO, Actor


class Refused(Exception):
    """The action is not possible; nothing was changed. `field` names the input to mend, where there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = str(message)
        self.field = field


class TooLate(Refused):
    """Somebody was faster: the ticket moved on since the page was drawn."""


@dataclass(frozen=True)
class By:
    """Who acts, with the name that the record keeps. `key` or `command`: what acts where no person does, another
    system or a command on the server."""

    kind: Actor
    name: str
    user: User | None = None
    partner: Partner | None = None
    key: ApiKey | None = None
    command: str = ""

    @classmethod
    def member(cls, user: User, membership: Membership) -> "By":
        """Return a member acting in its organization."""
        return cls(Actor.MANAGER if membership.can(Permission.MANAGE) else Actor.OPERATOR, str(user), user=user)

    @classmethod
    def customer(cls, customer: Customer) -> "By":
        """Return the customer acting behind a link or a verified order."""
        return cls(Actor.CUSTOMER, str(customer))

    @classmethod
    def partner_contact(cls, partner: Partner) -> "By":
        """Return a partner acting behind its link."""
        return cls(Actor.PARTNER, str(partner), partner=partner)

    @classmethod
    def system(cls) -> "By":
        """Return the system: a rule, a policy after silence, the end of a window."""
        return cls(Actor.SYSTEM, "")

    @property
    def is_member(self) -> bool:
        """Whether a person of the organization acts."""
        return self.kind in (Actor.OPERATOR, Actor.MANAGER)

    def may(self, verb: str) -> bool:
        """Whether this kind of person may take the arrow. A manager may do what an operator may."""
        return self.kind in WHO[verb] or (self.kind == Actor.MANAGER and Actor.OPERATOR in WHO[verb])


# What is missing when an arrow's guard says no.
GUARD_WORDS = {
    "confirm_responsibility": gettext_lazy("Name the parties with shares that add to 100 %, and write the basis."),
    "agree": gettext_lazy("Not everybody whom the plan binds has agreed yet."),
    "close": gettext_lazy("Each action needs its proof, and outcome, root cause and costs must be recorded."),
    "appeal": gettext_lazy("An appeal is possible once, and it was made."),
    "merge": gettext_lazy("Choose another ticket, which is not merged itself."),
    "contest": gettext_lazy("You have agreed to the plan already; write to us instead."),
    "reopen": gettext_lazy("It was not closed yet."),
}


def locked(ticket: Ticket) -> Ticket:
    """Return the ticket as it stands now, locked until the transaction ends. Two people wait for each other here."""
    fresh = Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    organization = current_organization()
    assert organization is not None
    fresh.organization = organization
    return fresh


def require(condition: object, message: str, field: str = "") -> None:
    """Raise Refused with `message` unless `condition` holds."""
    if not condition:
        raise Refused(message, field)


def require_state(ticket: Ticket, *states: str) -> None:
    """Raise TooLate unless the ticket stands on one of `states`."""
    if ticket.state not in states:
        raise TooLate(
            _("Somebody was faster: the ticket is now at “%(stage)s”.") % {"stage": ticket.get_state_display()}
        )


def require_member(by: By) -> None:
    """Raise Refused unless a member of the organization acts."""
    require(by.is_member, _("Only a member of the organization may do this."))


def write_event(
    ticket: Ticket,
    verb: str,
    by: By,
    *,
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> TicketEvent:
    """Write the one row that tells of a change; it is never changed afterwards."""
    return TicketEvent.objects.create(
        ticket=ticket, verb=verb, at=now, from_state=from_state, to_state=to_state, actor_kind=by.kind, actor=by.user,
        actor_name=by.name, reason=reason, data=data or {},
    )  # fmt: skip


def take_arrow(
    ticket: Ticket,
    verb: str,
    by: By,
    *,
    method: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
    fields: tuple[str, ...] = (),
    now: datetime | None = None,
) -> None:
    """Take the arrow on a locked ticket: transition, clocks, save, event. Raises TooLate or Refused."""
    now = now or timezone.now()
    require(by.may(verb), _("You may not do this."))
    before = ticket.state
    arrow = getattr(ticket, method or verb)
    # django-fsm adds this method when the class is made.
    transitions = ticket.get_all_state_transitions()  # type: ignore[attr-defined]
    sources = {t.source for t in transitions if t.name == (method or verb)}
    require_state(ticket, *sources)
    try:
        arrow()
    except TransitionNotAllowed:
        raise Refused(str(GUARD_WORDS.get(verb, gettext_lazy("This is not possible now.")))) from None
    clocks.enter_stage(ticket, now=now)
    save(ticket, *fields, "state", "waiting_for", now=now)
    write_event(ticket, verb, by, now=now, from_state=before, to_state=ticket.state, reason=reason, data=data)


def save(ticket: Ticket, *fields: str, now: datetime) -> None:
    """Save the named fields with what the clocks may have changed."""
    ticket.changed_at = now
    ticket.save(update_fields=[*{*fields, "due_at", "waiting_for", "changed_at"}])


def tell_desk(ticket: Ticket, kind: str, *, key: str, by: By) -> None:
    """Tell whoever works on the ticket (its assignee, else its team, else all operators), except who did it."""
    people = [user for user in clocks.responsible(ticket) if user != by.user]
    notifications.tell_members(people, ticket, kind, key=key, by=by.name)


def partner_for(ticket: Ticket, party: str) -> Partner | None:
    """Return the partner that stands for a party on this ticket's order, or None."""
    if party == "supplier":
        return ticket.line.supplier if ticket.line else None
    if party in ("carrier", "warehouse"):
        shipment = ticket.order.shipments.select_related("carrier", "warehouse").order_by("-id").first()
        return getattr(shipment, party, None) if shipment else None
    return None

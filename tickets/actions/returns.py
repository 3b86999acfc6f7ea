"""Goods on their way back: authorised, sent, received, inspected. One row is written per arrow, and nobody is faster
twice: the ticket is locked first, then the return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, OrderLine, Partner
from aftersales.tenants.business_time import business_time
from aftersales.tenants.models import Organization

from .. import notifications, rules
from ..models import NumberSequence, Plan, PlanAction, Return, ReturnLine, Ticket, TicketEvent
from ..problems import Party
from ..queries.returns import coming_back
from ..workflow import Actor
from .base import By, TooLate, locked, require, require_member, require_state, save, tell_desk, write_event
from .execution import record_execution
from .filing import numbered

State = Return.State
# Every arrow: from where it may be taken, and where it leads.
ARROWS: dict[str, tuple[tuple[State, ...], State]] = {
    "send": ((State.AUTHORISED,), State.SENT),
    "move": ((State.SENT,), State.IN_TRANSIT),
    "receive": ((State.AUTHORISED, State.SENT, State.IN_TRANSIT), State.RECEIVED),
    "accept": ((State.RECEIVED,), State.ACCEPTED),
    "dispute": ((State.RECEIVED,), State.DISPUTED),
    "release": ((State.DISPUTED,), State.RELEASED),
    "decline": ((State.DISPUTED,), State.DECLINED),
    "cancel": ((State.AUTHORISED, State.SENT, State.IN_TRANSIT), State.CANCELLED),
}
PREFIX, NUMBERS = "RMA", NumberSequence.Kind.RETURN
# The customer is reminded so many days before the last one, and on it; goods are looked at within business days.
AHEAD_DAYS, LOOK_DAYS = 2, 2


@dataclass(frozen=True)
class Found:
    """What was found of one line when the goods were looked at."""

    line: ReturnLine
    condition: str
    note: str = ""


def authorise_return(
    ticket: Ticket,
    *,
    by: By,
    lines: Sequence[tuple[OrderLine, int]],
    action: PlanAction | None = None,
    address: str = "",
    instructions: str = "",
    freight_paid_by: str = Party.AGENT,
    send_by: date | None = None,
    warehouse: Partner | None = None,
) -> Return:
    """Authorise goods to come back and tell the customer how. `send_by`: by default the organization's days from today.

    Raises Refused where no address is known, a day has passed, or a quantity exceeds what was bought and is not coming
    back already, on this ticket or another of the same order.
    """
    require_member(by)
    ticket = locked(ticket)
    require_state(ticket, "planning", "executing")
    organization = ticket.organization
    address = address.strip() or organization.return_address.strip()
    require(address, _("No address to send goods back to is set. Write one, or set it under Settings."), "address")
    require(freight_paid_by in (Party.AGENT, Party.CUSTOMER, Party.SUPPLIER), _("Choose who pays."), "freight_paid_by")
    now = timezone.now()
    today = now.astimezone(organization.zone).date()
    send_by = send_by or today + timedelta(days=organization.return_days)
    require(send_by >= today, _("Choose a day from today on."), "send_by")
    require(action is None or action.plan.ticket_id == ticket.pk, _("This action is not part of the ticket."), "action")
    _check_quantities(ticket, lines)
    returned = Return(
        organization=organization, ticket=ticket, action=action, number=numbered(PREFIX, NUMBERS, today.year),
        address=address, instructions=instructions.strip(), freight_paid_by=freight_paid_by, send_by=send_by,
        warehouse=warehouse, created_by=by.user, created_at=now, next_at=_first_reminder(organization, send_by, now),
    )  # fmt: skip
    returned.save()
    ReturnLine.objects.bulk_create(ReturnLine(returned=returned, line=line, quantity=n) for line, n in lines)
    save(ticket, now=now)
    pieces = sum(n for _line, n in lines)
    write_event(ticket, "return_authorised", by, now=now, data=_data(returned, pieces=pieces))
    notifications.tell_customer(ticket, "return_authorised", key=f"return:{returned.pk}:authorised", returned=returned)
    return returned


def _check_quantities(ticket: Ticket, lines: Sequence[tuple[OrderLine, int]]) -> None:
    require(lines, _("Choose at least one item and how many of it come back."), "lines")
    # Two tickets of one order could each send the last piece back: they wait for each other here.
    Order.objects.select_for_update(of=("self",)).get(pk=ticket.order_id)
    coming = coming_back(ticket.order_id)
    bought = dict(OrderLine.objects.filter(order=ticket.order_id).values_list("pk", "quantity"))
    for line, quantity in lines:
        require(line.order_id == ticket.order_id, _("This item is not part of the order."), "lines")
        left = bought[line.pk] - coming.get(line.pk, 0)
        words = {"product": line.product, "left": left, "bought": bought[line.pk]}
        require(
            1 <= quantity <= left,
            _("“%(product)s”: %(bought)d bought, %(left)d of it can still come back.") % words,
            "lines",
        )
    require(len({line.pk for line, _n in lines}) == len(lines), _("Name each item once."), "lines")


def mark_sent(returned: Return, *, by: By, carrier: str, tracking: str = "") -> Return:
    """Record that the goods were handed in. The customer says it, or a member on its word."""
    require(by.is_member or by.kind == Actor.CUSTOMER, _("You may not do this."))
    require(carrier.strip(), _("Name the carrier that you gave the parcel to."), "carrier")
    ticket, returned = _locked(returned)
    now = timezone.now()
    returned.carrier_name, returned.tracking_number, returned.sent_at = carrier.strip(), tracking.strip(), now
    returned.next_at = None
    _take(returned, "send", by, ("carrier_name", "tracking_number", "sent_at", "next_at"))
    _tell(ticket, returned, "return_sent", by, now)
    return returned


def mark_moving(returned: Return, *, by: By) -> Return:
    """Record that the carrier has the parcel on its way."""
    require_member(by)
    ticket, returned = _locked(returned)
    now = timezone.now()
    _take(returned, "move", by, ())
    _tell(ticket, returned, "return_moving", by, now)
    return returned


def receive_return(returned: Return, *, by: By, received: dict[int, int]) -> Return:
    """Record what came, in pieces by return line (key). A short parcel is received too."""
    require_member(by)
    ticket, returned = _locked(returned)
    _require_arrow(returned, "receive")
    lines = list(returned.lines.select_related("line"))
    require(set(received) == {line.pk for line in lines}, _("Write how many pieces came of each item."), "received")
    for line in lines:
        words = {"product": line.line.product, "quantity": line.quantity}
        require(
            0 <= received[line.pk] <= line.quantity,
            _("“%(product)s”: between 0 and %(quantity)d pieces were to come.") % words,
            "received",
        )
    require(any(received.values()), _("Nothing came? Then it is not received yet."), "received")
    now = timezone.now()
    returned.received_at = now
    returned.next_at = business_time(ticket.organization).after_days(now, LOOK_DAYS)
    _take(returned, "receive", by, ("received_at", "next_at"))
    for line in lines:
        line.received = received[line.pk]
    ReturnLine.objects.bulk_update(lines, ["received"])
    missing = "; ".join(_missing(line) for line in _short(lines))
    _tell(ticket, returned, "return_received", by, now, reason=missing)
    key = f"return:{returned.pk}:received"
    notifications.tell_customer(ticket, "return_received", key=key, returned=returned, short=_short(lines))
    return returned


def _short(lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    return [line for line in lines if line.is_short]


def _missing(line: ReturnLine) -> str:
    words = {"product": line.line.product, "received": line.received, "quantity": line.quantity}
    return _("%(product)s: %(received)d of %(quantity)d came") % words


def inspect_return(returned: Return, *, by: By, found: Sequence[Found]) -> Return:
    """Record the state of each line that came. All there and as expected: what waits for it is released. Else somebody
    decides.

    Raises Refused where a line that is not as expected has no words, or the return has no photo of it.
    """
    require_member(by)
    ticket, returned = _locked(returned)
    _require_arrow(returned, "accept")
    lines = {line.pk: line for line in returned.lines.select_related("line")}
    came = {pk for pk, line in lines.items() if line.received}
    require({each.line.pk for each in found} == came, _("Say of each item how it is."), "condition")
    short = _short(list(lines.values()))
    wrong = [each for each in found if each.condition != ReturnLine.Condition.AS_EXPECTED]
    for each in found:
        require(each.condition in ReturnLine.Condition.values, _("Choose how the item is."), "condition")
    for each in wrong:
        words = {"product": lines[each.line.pk].line.product}
        require(each.note.strip(), _("“%(product)s”: write what is not as expected.") % words, "note")
    # The reverse accessor of the evidence app, which this app does not import.
    pictured = returned.evidence.exists()  # type: ignore[attr-defined]
    require(not wrong or pictured, _("Add a photo first: without one nobody can check what you saw."), "photos")
    now = timezone.now()
    returned.inspected_at, returned.inspected_by, returned.next_at = now, by.user, None
    _take(returned, "dispute" if wrong or short else "accept", by, ("inspected_at", "inspected_by", "next_at"))
    for each in found:
        lines[each.line.pk].condition, lines[each.line.pk].note = each.condition, each.note.strip()
    ReturnLine.objects.bulk_update(lines.values(), ["condition", "note"])
    if wrong or short:
        said = [f"{lines[e.line.pk].line.product}: {e.note.strip()}" for e in wrong]
        reason = "; ".join([*said, *(_missing(line) for line in short)])
        _tell(ticket, returned, "return_disputed", by, now, reason=reason)
        tell_desk(ticket, "return_disputed", key=f"return:{returned.pk}:disputed", by=by)
        kind = "return_disputed"
    else:
        _tell(ticket, returned, "return_accepted", by, now)
        _finish_action(ticket, returned, by)
        kind = "return_accepted"
    notifications.tell_customer(ticket, kind, key=f"return:{returned.pk}:inspected", returned=returned)
    return returned


def decide_return(returned: Return, *, by: By, release: bool, text: str) -> Return:
    """Decide on goods that are not as expected: release what waits for them, or decline. The words go to the customer.

    Where more than the organization's approval amount is at stake, a manager decides.
    """
    require_member(by)
    require(text.strip(), _("Write the decision with its reason; the customer reads it."), "text")
    ticket, returned = _locked(returned)
    _require_arrow(returned, "release")
    require(
        by.kind == Actor.MANAGER or not rules.needs_manager(ticket.organization, rules.return_stake(returned)),
        _("This is about more than %(amount)s %(currency)s: a manager decides.")
        % {"amount": ticket.organization.approval_amount, "currency": ticket.order.currency},
    )
    now = timezone.now()
    returned.decision = text.strip()
    _take(returned, "release" if release else "decline", by, ("decision",))
    kind = "return_released" if release else "return_declined"
    _tell(ticket, returned, kind, by, now, reason=returned.decision)
    if release:
        _finish_action(ticket, returned, by)
    notifications.tell_customer(ticket, kind, key=f"return:{returned.pk}:decided", returned=returned)
    return returned


def cancel_return(returned: Return, *, by: By, reason: str) -> Return:
    """Take the authorisation back before the goods are here."""
    require_member(by)
    require(reason.strip(), _("Write why; the customer reads it."), "reason")
    ticket, returned = _locked(returned)
    now = timezone.now()
    returned.decision, returned.next_at = reason.strip(), None
    _take(returned, "cancel", by, ("decision", "next_at"))
    _tell(ticket, returned, "return_cancelled", by, now, reason=returned.decision)
    notifications.tell_customer(ticket, "return_cancelled", key=f"return:{returned.pk}:cancelled", returned=returned)
    return returned


def remind_of_return(returned: Return) -> None:
    """Write the reminder that is due, once: the customer's before the last day and on it, the desk's where goods that
    came lie unlooked."""
    ticket, returned = _locked(returned)
    now = timezone.now()
    if returned.next_at is None or returned.next_at > now:
        return
    if returned.state == State.AUTHORISED and not ticket.is_open:
        # A complaint that was taken back or ended: nobody waits for these goods.
        returned.next_at = None
        returned.save(update_fields=["next_at"])
        return
    key = f"return:{returned.pk}:{returned.next_at:%Y%m%d}"
    if returned.state == State.RECEIVED:
        tell_desk(ticket, "return_unlooked", key=key, by=By.system())
        returned.next_at = None
    else:
        notifications.tell_customer(ticket, "return_reminder", key=key, returned=returned)
        last = _morning(ticket.organization, returned.send_by, 0)
        returned.next_at = last if returned.next_at < last and now < last else None
    returned.save(update_fields=["next_at"])


def _first_reminder(organization: Organization, send_by: date, now: datetime) -> datetime | None:
    mornings = (_morning(organization, send_by, -AHEAD_DAYS), _morning(organization, send_by, 0))
    return next((morning for morning in mornings if morning > now), None)


def _morning(organization: Organization, day: date, shift: int) -> datetime:
    """Return nine o'clock of a day in the organization's time zone, moved by `shift` days."""
    return datetime.combine(day + timedelta(days=shift), time(9), tzinfo=organization.zone)


def _locked(returned: Return) -> tuple[Ticket, Return]:
    """Return ticket and return as they stand now; the ticket's lock is what two people wait for."""
    ticket = locked(returned.ticket)
    fresh = Return.objects.select_for_update(of=("self",)).get(pk=returned.pk)
    fresh.ticket = ticket
    return ticket, fresh


def _require_arrow(returned: Return, arrow: str) -> State:
    """Return where the arrow leads. Raises TooLate, with who was faster, where it does not begin here."""
    sources, target = ARROWS[arrow]
    if returned.state in sources:
        return target
    last = TicketEvent.objects.filter(ticket=returned.ticket_id, data__returned=returned.pk).order_by("-id").first()
    words = {"number": returned.number, "state": returned.get_state_display(), "name": last.actor_name if last else ""}
    if words["name"]:
        raise TooLate(_("%(name)s was faster: %(number)s is now “%(state)s”.") % words)
    raise TooLate(_("%(number)s is now “%(state)s”; look at it again.") % words)


def _take(returned: Return, arrow: str, by: By, fields: tuple[str, ...]) -> None:
    returned.state = _require_arrow(returned, arrow)
    returned.save(update_fields=["state", *fields])


def _data(returned: Return, **more: object) -> dict[str, object]:
    return {"returned": returned.pk, "number": returned.number, **more}


def _tell(
    ticket: Ticket, returned: Return, verb: str, by: By, now: datetime, *, reason: str = "", **data: object
) -> None:
    save(ticket, now=now)
    write_event(ticket, verb, by, now=now, reason=reason, data=_data(returned, **data))


def _finish_action(ticket: Ticket, returned: Return, by: By) -> None:
    """The plan's own return is done with the goods; what else waits for them is released, and done by its payment."""
    action = returned.action
    if action is None or action.kind != PlanAction.Kind.RETURN or action.done_at or ticket.state != "executing":
        return
    # A plan that was replaced while the goods travelled has its own actions; this one stays as it was.
    if action.plan.state == Plan.State.AGREED:
        record_execution(action, by=by, proof=returned.number)

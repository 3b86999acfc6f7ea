"""Goods on their way back in the demonstration: numbered, with lines, as far as their time allows."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from tickets.models import PlanAction, Return, ReturnLine

if TYPE_CHECKING:
    from .record import Case

DAY = dt.timedelta(days=1)
CARRIERS = ("CTT", "DHL", "La Poste", "Correos", "USPS")
HOW = "Pack it in its box with all parts, put the sheet inside and the label outside."


def _authorise(teller: Any, case: "Case", action: PlanAction) -> tuple[Return, ReturnLine]:
    site, at = teller.site, case.at
    returned = teller.rows.add(
        Return(
            organization=site.organization, ticket=case.ticket, action=action, number=teller.return_number(at),
            address=site.organization.return_address, instructions=HOW, freight_paid_by="agent",
            send_by=(at + site.organization.return_days * DAY).date(), created_by=case.ticket.assignee, created_at=at,
        )
    )  # fmt: skip
    line = teller.rows.add(
        ReturnLine(organization=site.organization, returned=returned, line=case.sold.line, quantity=1)
    )
    _tell(teller, case, returned, "return_authorised", pieces=1)
    return returned, line


def _tell(teller: Any, case: "Case", returned: Return, verb: str, **data) -> None:
    who = (
        ("customer", None, str(case.ticket.customer)) if verb == "return_sent" else teller.member(case.ticket.assignee)
    )
    teller.event(case, verb, who, data={"number": returned.number, **data})


def under_way(teller: Any, case: "Case", action: PlanAction) -> None:
    """Write a return of a ticket in execution: authorised, sent or moving."""
    returned, _line = _authorise(teller, case, action)
    state = teller.rng.choice(["authorised", "sent", "in_transit"])
    if state == "authorised":
        send_by = dt.datetime.combine(returned.send_by, dt.time(9), tzinfo=teller.site.organization.zone)
        returned.next_at = next((at for at in (send_by - 2 * DAY, send_by) if at > teller.now), None)
        return
    case.at += (teller.now - case.at) * 0.4
    _send(teller, case, returned)
    if state == "in_transit":
        case.at += (teller.now - case.at) * 0.4
        returned.state = "in_transit"
        _tell(teller, case, returned, "return_moving")


def _send(teller: Any, case: "Case", returned: Return) -> None:
    returned.state, returned.sent_at = "sent", case.at
    returned.carrier_name = teller.rng.choice(CARRIERS)
    returned.tracking_number = f"RT{teller.rng.randrange(10**8, 10**9)}"
    _tell(teller, case, returned, "return_sent")


def came(teller: Any, case: "Case", action: PlanAction, done: dt.datetime) -> None:
    """Write a return that is back and inspected before `done`: as expected, or released all the same."""
    begin, rng = case.at, teller.rng
    returned, line = _authorise(teller, case, action)
    case.at = begin + (done - begin) * 0.2
    _send(teller, case, returned)
    case.at = begin + (done - begin) * 0.7
    returned.received_at, line.received = case.at, 1
    _tell(teller, case, returned, "return_received")
    case.at = begin + (done - begin) * 0.9
    returned.inspected_at, returned.inspected_by = case.at, case.ticket.assignee
    if rng.random() < 0.85:
        returned.state, line.condition = "accepted", "as_expected"
        _tell(teller, case, returned, "return_accepted")
    else:
        returned.state, line.condition, line.note = "released", "used", "Signs of use beyond unpacking"
        returned.decision = "The fault was there from the start; we pay all the same."
        teller.photograph(case, returned)
        _tell(teller, case, returned, "return_disputed")
        _tell(teller, case, returned, "return_released")
    action.proof = returned.number

"""What happened before and beside: complaints on the batch and at the address, earlier claims, requests for proofs."""

import datetime as dt
from typing import Any

from aftersales.orders.models import Customer, Order, OrderLine
from evidence.models import Evidence
from tickets.models import EvidenceRequest, Message, PartnerRequest, Ticket
from tickets.models.ticket import Channel, Outcome
from tickets.problems import Party
from tickets.proofs import Proof
from tickets.workflow import State

from .cases import problem_of
from .complaint import DAY, other_line, other_order, photo
from .order import Sold
from .reading import Reader, moment

# What earlier claims ended with, by a word of the outcome.
ENDS = (
    (("reject", "refus", "declin", "denied"), State.REJECTED, ""),
    (("withdr",), State.WITHDRAWN, ""),
    (("open", "pending"), State.RESPONSIBILITY, ""),
    (("partial", "partly"), State.CLOSED, Outcome.PARTLY_REFUNDED),
    (("refund", "paid", "reimburs"), State.CLOSED, Outcome.REFUNDED),
    (("replac", "resent", "resend", "exchang"), State.CLOSED, Outcome.REPLACED),
    (("repair",), State.CLOSED, Outcome.REPAIRED),
    (("deliver",), State.CLOSED, Outcome.DELIVERED),
    (("not sent", "never sent", "nothing"), State.CLOSED, Outcome.EXPLAINED),
    (("sent", "handed over", "made good", "supplied"), State.CLOSED, Outcome.REPLACED),
    (("compens", "credit", "goodwill", "voucher", "accepted", "upheld"), State.CLOSED, Outcome.COMPENSATED),
)
PARTNERS = {Party.SUPPLIER: "supplier", Party.CARRIER: "carrier", Party.WAREHOUSE: "warehouse"}
BROKER = "customs_broker"
EARLY = 9


def write_before(trace: Reader, sold: Sold, ticket: Ticket) -> None:
    """Write the other orders with their complaints, and the earlier claims of the case."""
    same = {"product": sold.line.product, "sku": sold.line.sku, "supplier": sold.line.supplier}
    _others(trace, "earlier_on_batch", sold, ticket, line=same | {"batch": sold.line.batch})
    _others(trace, "earlier_on_other_batches", sold, ticket, line=same | {"batch": "B-2"})
    home = {name: getattr(sold.order, name) for name in ("address", "postcode", "city", "region", "country")}
    _others(trace, "earlier_at_address", sold, ticket, order=home)
    for number, each in enumerate(trace.children("earlier_claims"), start=1):
        _claim(each, number, sold, ticket)


def _others(
    trace: Reader, key: str, sold: Sold, ticket: Ticket, *, order: dict[str, Any] | None = None,
    line: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Write `[complaints, orders]` as rows: so many other orders, so many of them with a complaint like this one."""
    counts = trace.raw(key)
    if counts is None:
        return
    pair = isinstance(counts, list) and [isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in counts]
    if pair != [True, True] or counts[0] > counts[1] or counts[1] > 20_000:
        raise trace.bad(key, "write [complaints, orders], such as [3, 40], or null.")
    complaints, orders = counts
    people = [Customer(reference=f"{key}-{n}", name="Another buyer") for n in range(orders)]
    Customer.objects.bulk_create(people)
    found = [other_order(f"{key}-{n}", sold, person, **(order or {})) for n, person in enumerate(people)]
    Order.objects.bulk_create(found)
    lines = [other_line(each, sold, **(line or {})) for each in found]
    OrderLine.objects.bulk_create(lines)
    Ticket.objects.bulk_create(
        Ticket(
            number=f"{key[8:14].upper()}-{n}", order=each, line=lines[n], customer=people[n], channel=Channel.PORTAL,
            problem=ticket.problem, subject="Earlier case", filed_at=sold.order.placed_at - DAY,
        )
        for n, each in enumerate(found[:complaints])
    )  # fmt: skip


def _claim(each: Reader, number: int, sold: Sold, ticket: Ticket) -> None:
    """Write an earlier claim: on the same line, or on another order; by the same customer, or by another."""
    mine, own = each.flag("same_line"), each.flag("same_customer")
    customer = sold.order.customer
    if own is False:
        customer = Customer.objects.create(reference=f"claimant-{number}", name="Another claimant")
    order, line = sold.order, sold.line
    if not mine:
        order = other_order(f"CLAIM-{number}", sold, customer)
        order.save()
        line = other_line(order, sold)
        line.save()
    outcome = each.text("outcome", 4000)
    state, ended = _end(outcome)
    at = each.at("day", 9) or sold.order.placed_at - DAY
    named = each.raw("problem")
    claim = Ticket.objects.create(
        number=f"CLAIM-{number}", order=order, line=line, customer=customer, channel=Channel.PORTAL, state=state,
        problem=problem_of(each.log.case, named) if named else ticket.problem, subject="Earlier claim", text=outcome,
        filed_at=at, outcome=ended, closed_at=at if state == State.CLOSED else None,
        rejection_reason=outcome if state == State.REJECTED else "",
    )  # fmt: skip
    proof = each.raw("proof")
    if proof:
        shows = "" if proof is True else each.words("proof", proof)
        row: Evidence = photo(f"proof-{number}", at, ticket=claim, kind="document", shows=shows)
        row.save()


def _end(outcome: str) -> tuple[State, str]:
    words = outcome.lower()
    for marks, state, ended in ENDS:
        if any(mark in words for mark in marks):
            return state, ended
    return (State.CLOSED, Outcome.EXPLAINED) if words else (State.RESPONSIBILITY, "")


def write_requests(trace: Reader, sold: Sold, ticket: Ticket) -> None:
    """Write what was asked of whom, each time it was asked; a partner that was asked for an answer gets a request."""
    for each in trace.children("requests"):
        if not each.choice("to", Party.values):
            raise each.bad("to", f"write one of {', '.join(Party.values)}.")
        wanted = each.raw("for")
        days = each.raw("days")
        times = [_time(each, day) for day in days] if isinstance(days, list) else [each.at("days", EARLY)]
        for at in times or [None]:
            for proof in wanted if isinstance(wanted, list) else [wanted]:
                _request(each, sold, ticket, str(proof or ""), at or ticket.filed_at)


def _time(each: Reader, day: Any) -> dt.datetime | None:
    if isinstance(day, bool) or not isinstance(day, int | float):
        raise each.bad("days", "write the day, or the days, when it was asked.")
    return moment(day, EARLY)


def _request(each: Reader, sold: Sold, ticket: Ticket, wanted: str, at: dt.datetime) -> None:
    party = each.choice("to", Party.values)
    partner = sold.partners.get(PARTNERS.get(Party(party), BROKER if party == Party.CUSTOMS else ""))
    read, answered = _done(each, "read", at), _done(each, "answered", at)
    proof = proof_of(wanted)
    if partner is not None and not proof:
        open_one = ticket.partner_requests.filter(partner=partner, answer="").first()
        request = open_one or PartnerRequest(ticket=ticket, partner=partner, party=party, asked_at=at)
        request.text, request.due_at = wanted, at + 2 * DAY
        request.seen_at, request.answered_at = read, answered
        request.save()
        return
    message = None
    if not proof:
        message = Message.objects.create(
            ticket=ticket, audience="public", author_kind="operator", author_name="Operator", text=wanted, created_at=at
        )
    EvidenceRequest.objects.create(
        ticket=ticket, party=party, partner=partner, proof=proof, asked_at=at, read_at=read, answered_at=answered,
        message=message,
    )  # fmt: skip


def _done(each: Reader, key: str, at: dt.datetime) -> dt.datetime | None:
    """Return when a request was read or answered: on a day, or at some time after it was asked."""
    value = each.raw(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return moment(value, EARLY + 1)
    return at + DAY / 2 if value is not None and (isinstance(value, str) or each.flag(key)) else None


def proof_of(words: str) -> str:
    """Return the proof that is meant, by its code or label, or nothing."""
    plain = words.strip().lower().replace(" ", "_").replace("-", "_")
    labels = {str(proof.label).lower(): proof.value for proof in Proof}
    return plain if plain in Proof.values else labels.get(words.strip().lower(), "")

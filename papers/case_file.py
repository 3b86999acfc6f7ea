"""The case file of a ticket, for a court, a bank or a marketplace: everything on record, in the order of reading."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aftersales.orders import queries as orders
from aftersales.orders import trace
from aftersales.tenants.models import Membership
from tickets.models import (
    Assessment,
    LedgerEntry,
    Mediation,
    Message,
    PartnerRequest,
    Plan,
    PlanAction,
    Return,
    Ticket,
    TicketEvent,
)
from tickets.problems import Party
from tickets.queries import bench, money
from tickets.queries.words import sentence
from tickets.workflow import Actor, State

from . import photos
from .blocks import (
    Block,
    Document,
    amount,
    bullets,
    entry,
    facts,
    file_of,
    frame,
    heading,
    identities,
    moment,
    sums,
    table,
)
from .blocks import text as words
from .blocks import without as hide
from .models import Paper

INTERNAL, PARTNERS, NAMES = "internal", "partners", "names"


def document(paper: Paper, made: str) -> Document:
    """Return the case file. `asked`: `internal` and `partners` take notes and threads in, `names` False hides names."""
    ticket, asked = paper.ticket, paper.asked
    orders.load_trace(ticket.order)
    pictures = photos.of_ticket(ticket)
    data = frame(
        ticket, title=_("Case file %(number)s") % {"number": ticket.number}, subtitle=ticket.subject, made=made,
        language=str(asked.get("language") or "en"), photos=pictures,
    )  # fmt: skip
    blocks: list[Block] = [{"type": "contents"}]
    for part in (
        _ticket, _order, _trail, _assessments, _partners, _plans, _ledger, _claims, _returns, _mediations,
    ):  # fmt: skip
        blocks += part(ticket)
    blocks += _messages(ticket, internal=bool(asked.get(INTERNAL)), partners=bool(asked.get(PARTNERS, True)))
    blocks += _events(ticket)
    blocks += photos.blocks(pictures, _("Pictures"))
    data["blocks"] = blocks
    if asked.get(NAMES) is False:
        data = hide(data, [*identities(ticket.order), *people(ticket)])
    return Document("document", data, {file_of(each): each for each in pictures})


def people(ticket: Ticket) -> set[str]:
    """Return the names of the members, and of those who left and wrote or did something."""
    ours = (Actor.OPERATOR, Actor.MANAGER)
    wrote = Message.objects.filter(ticket=ticket, author_kind__in=ours).values_list("author_name", flat=True)
    did = TicketEvent.objects.filter(ticket=ticket, actor_kind__in=ours).values_list("actor_name", flat=True)
    members = Membership.objects.filter(organization=ticket.organization).values_list("user__name", flat=True)
    return {*wrote, *did, *members}


def _ticket(ticket: Ticket) -> Iterator[Block]:
    rating = ticket.follow_ups.exclude(rating=None).order_by("-id").first()
    yield heading(_("What was complained about"))
    yield facts([
        (_("Ticket"), ticket.number), (_("Problem"), ticket.get_problem_display()),
        (_("Filed"), moment(ticket.filed_at)), (_("Channel"), ticket.get_channel_display()),
        (_("Item"), ticket.line.product if ticket.line else _("the whole order")), (_("What arrived"), ticket.received),
        (_("Wish"), ticket.get_wish_display()), (_("Stage"), ticket.get_state_display()),
        (_("Outcome"), ticket.get_outcome_display()), (_("Root cause"), ticket.get_root_cause_display()),
        (_("Reason of the rejection"), ticket.rejection_reason), (_("Policy clause"), ticket.rejection_clause),
        (_("Rating of the customer"), _("%(n)d of 5") % {"n": rating.rating} if rating else ""),
    ])  # fmt: skip
    if ticket.text:
        yield heading(_("In the words of the customer"), 2)
        yield words(ticket.text)


def _order(ticket: Ticket) -> Iterator[Block]:
    order, customer = ticket.order, ticket.customer
    yield heading(_("Who and what order"))
    yield facts([
        (_("Seller"), ticket.organization.name), (_("Customer"), customer.name), (_("E-mail"), customer.email),
        (_("Phone"), customer.phone), (_("Delivered to"), order.full_address), (_("Order"), order.number),
        (_("Placed"), moment(order.placed_at)), (_("Paid"), moment(order.paid_at)),
        (_("Promised delivery"), order.promised_on), (_("Delivered"), moment(order.delivered_at)),
        (_("Terms of delivery"), order.booked_terms), (_("Shipping insurance"), order.shipping_insurance),
        (_("Rules accepted"), moment(order.rules_accepted_at)),
    ])  # fmt: skip
    rows = [
        (
            line.product, line.sku, line.specification, line.quantity, amount(line.unit_price, order.currency),
            amount(line.unit_price * line.quantity, order.currency),
        )
        for line in order.lines.all()
    ]  # fmt: skip
    head = (_("Item"), _("SKU"), _("As locked at purchase"), _("Pieces"), _("Price"), _("Together"))
    yield table(head, rows, (4, 2, 4, 0, 2, 2))
    yield facts(sums(order))
    parcels = [
        (each.tracking_number or each.reference, each.carrier or "", moment(each.shipped_at), moment(each.delivered_at))
        for each in order.shipments.all()
    ]
    if parcels:
        yield table((_("Parcel"), _("Carrier"), _("Handed over"), _("Delivered")), parcels, (3, 3, 3, 3))


def _trail(ticket: Ticket) -> Iterator[Block]:
    yield heading(_("What happened to the order"))
    rows = [(moment(each.at), each.title, each.text) for each in trace.trace(ticket.order)]
    yield table((_("Time"), _("Event"), _("Place and note")), rows, (3, 3, 5))


def _assessments(ticket: Ticket) -> Iterator[Block]:
    found = Assessment.objects.filter(ticket=ticket).prefetch_related("shares__partner").select_related("created_by")
    yield heading(_("Who is responsible"))
    explained: list[Any] = []
    each = None
    for each, first in _without_repeats(found.order_by("created_at", "id")):
        title = f"{each.get_kind_display()} · {moment(each.created_at)}"
        yield heading(title + ("" if each.superseded_at is None else " · " + _("replaced later")), 2)
        yield facts([
            (_("Shares"), _shares(each) or _("Not enough evidence")), (_("Basis"), each.basis),
            (_("Rule"), each.rule), (_("Source of the rule"), each.source),
            (_("Confidence"), f"{each.confidence} %" if each.kind == Assessment.Kind.RECOMMENDED else ""),
            (_("Why otherwise"), each.get_override_display()), (_("Decided by"), each.created_by or ""),
            (_("The same since"), moment(first.created_at) if first != each else ""),
        ])  # fmt: skip
        if each.facts and each.facts in explained:
            yield words(_("It rests on the facts listed above."), quiet=True)
        else:
            yield from _evidence(each)
            explained.append(each.facts)
    if each is None:
        yield words(_("Nothing was assessed yet."))


def _without_repeats(found: Iterable[Assessment]) -> Iterator[tuple[Assessment, Assessment]]:
    """Yield the last of each run of equal assessments, with the first of the run."""

    def said(each: Assessment) -> tuple[object, ...]:
        return each.kind, each.rule, each.basis, each.override, each.created_by, _shares(each)

    for _key, run in groupby(found, key=said):
        same = list(run)
        yield same[-1], same[0]


def _shares(assessment: Assessment) -> str:
    return pgettext("between two things", ", ").join(
        f"{share.get_party_display()}{f' ({share.partner})' if share.partner else ''} {share.percent} %"
        for share in assessment.shares.all()
    )


def _evidence(assessment: Assessment) -> Iterator[Block]:
    """Yield what speaks for and against, each once; what else was looked at only for the assessment that stands."""
    told: dict[bool | None, dict[str, None]] = {True: {}, False: {}, None: {}}
    for fact in assessment.facts:
        told[fact.get("supports")][str(fact.get("text", ""))] = None
    if told[True]:
        yield words(_("For it"), quiet=True)
        yield bullets(told[True])
    if told[False]:
        yield words(_("Against it"), quiet=True)
        yield bullets(told[False])
    others = [text for text in told[None] if text not in told[True] and text not in told[False]]
    if others and assessment.superseded_at is None:
        yield words(_("Also looked at"), quiet=True)
        yield words(" · ".join(others), quiet=True)


def _partners(ticket: Ticket) -> Iterator[Block]:
    found = PartnerRequest.objects.filter(ticket=ticket).select_related("partner")
    for n, each in enumerate(found):
        if not n:
            yield heading(_("What partners were asked and answered"))
        yield heading(f"{each.partner} · {each.get_party_display()}", 2)
        yield facts([
            (_("Asked"), moment(each.asked_at)), (_("Share asked for"), f"{each.percent} %"),
            (_("Our reasoning"), each.text), (_("Answer due"), moment(each.due_at)), (_("Seen"), moment(each.seen_at)),
            (_("Answer"), each.get_answer_display() or _("none yet")), (_("Answered"), moment(each.answered_at)),
            (_("Share accepted"), f"{each.answer_percent} %" if each.answer_percent else ""),
            (_("Reason"), each.answer_text), (_("Proposed plan"), each.proposal), (_("Prevention"), each.prevention),
        ])  # fmt: skip


def _plans(ticket: Ticket) -> Iterator[Block]:
    actions = PlanAction.objects.prefetch_related("shares__partner")
    found = Plan.objects.filter(ticket=ticket).prefetch_related(Prefetch("actions", actions)).order_by("version")
    for n, plan in enumerate(found):
        if not n:
            yield heading(_("Plans and agreements"))
        yield heading(_("Version %(n)d: %(state)s") % {"n": plan.version, "state": plan.get_state_display()}, 2)
        yield facts([
            (_("Proposed"), moment(plan.created_at)), (_("Message"), plan.text),
            (_("Customer agreed"), moment(plan.customer_agreed_at)),
            (_("By silence"), _("yes") if plan.by_silence else ""),
            (_("Partner agreed"), moment(plan.partner_agreed_at)),
            (_("Manager approved"), moment(plan.manager_agreed_at)), (_("Refused because"), plan.get_refusal_display()),
            (_("In words"), plan.refusal_text),
            (_("Customer would accept"), amount(plan.counter_amount, plan.currency)),
        ])  # fmt: skip
        rows = []
        for action in plan.actions.all():
            payers = ", ".join(
                f"{s.partner or s.get_party_display()} {s.percent} %" for s in action.shares.all() if s.amount
            )
            done = f"{moment(action.done_at)} · {action.proof}" if action.done_at else _("not done")
            value = amount(action.amount, plan.currency) if action.amount else ""
            rows.append((action.get_kind_display(), value, payers, action.due_on, action.clause, done))
        head = (_("Action"), _("Amount"), _("Who pays"), _("By"), _("Clause"), _("Done, with proof"))
        together = (_("Together"), amount(plan.amount, plan.currency), "", "", "", "") if plan.amount else ()
        yield table(head, rows, (3, 2, 3, 2, 2, 3), together)


def _ledger(ticket: Ticket) -> Iterator[Block]:
    found = LedgerEntry.objects.filter(ticket=ticket).select_related("partner")
    rows = [
        (
            moment(each.at), each.get_kind_display(), each.partner or Party(each.party).label,
            amount(each.amount, each.currency), each.proof, each.note,
        )
        for each in found
    ]  # fmt: skip
    if not rows:
        return
    yield heading(_("Money"))
    head: tuple[object, ...] = (_("Time"), _("Kind"), _("Party"), _("Amount"), _("Proof"), _("Note"))
    yield table(head, rows, (4, 2, 3, 2, 3, 3))
    parts = money.totals(ticket)
    yield heading(_("Sums by party"), 2)
    head = (_("Party"), _("Promised"), _("Paid"), _("Still to pay"), _("Recovered"), _("Still to come back"))
    lines = [(each.name or each.label, *_figures(each)) for each in parts]
    every = money.sums(parts)
    if len(every) == 1 and len(parts) > 1:
        owed = sum((each.to_recover for each in parts), Decimal(0))
        yield table(head, lines, (3, 2, 2, 2, 2, 2), (_("Together"), *_figures(every[0], owed)))
    else:
        yield table(head, lines, (3, 2, 2, 2, 2, 2))


def _figures(total: money.Total, to_recover: Decimal | None = None) -> list[str]:
    """Return promised, paid, still to pay, recovered, still to come back."""
    owed = total.to_recover if to_recover is None else to_recover
    return [amount(each, total.currency) for each in (total.promised, total.paid, total.to_pay, total.recovered, owed)]


def _claims(ticket: Ticket) -> Iterator[Block]:
    for n, each in enumerate(ticket.claims.all()):
        if not n:
            yield heading(_("Claims against carrier and insurer"))
        yield heading(f"{each.get_kind_display()}: {each.against}", 2)
        yield facts([
            (_("State"), each.get_state_display()),
            (_("Event"), each.get_event_display()), (_("Amount claimed"), amount(each.amount, each.currency)),
            (_("Expires on"), each.expires_on), (_("Window and its source"), each.window),
            (_("Claim number"), each.reference), (_("Filed"), moment(each.filed_at)),
            (_("Answered"), moment(each.answered_at)), (_("Answer"), each.answer),
        ])  # fmt: skip


def _returns(ticket: Ticket) -> Iterator[Block]:
    for n, each in enumerate(Return.objects.filter(ticket=ticket).prefetch_related("lines__line")):
        if not n:
            yield heading(_("Returns"))
        yield heading(f"{each.number} · {each.get_state_display()}", 2)
        yield facts([
            (_("Authorised"), moment(each.created_at)), (_("Sent"), moment(each.sent_at)),
            (_("Carrier"), f"{each.carrier_name} {each.tracking_number}".strip()),
            (_("Received"), moment(each.received_at)), (_("Inspected"), moment(each.inspected_at)),
            (_("Decision"), each.decision),
        ])  # fmt: skip
        rows = [
            (line.line.product, line.quantity, "–" if line.received is None else line.received,
             line.get_condition_display(), line.note)
            for line in each.lines.all()
        ]  # fmt: skip
        yield table((_("Item"), _("Pieces"), _("Received"), _("Condition"), _("Note")), rows, (4, 0, 0, 2, 3))


def _mediations(ticket: Ticket) -> Iterator[Block]:
    found = (
        Mediation.objects.filter(ticket=ticket)
        .select_related("decided_by", "assessment")
        .prefetch_related("statements", "assessment__shares__partner")
    )
    for n, each in enumerate(found):
        if not n:
            yield heading(_("Mediation"))
        yield facts([
            (_("Opened"), moment(each.opened_at)),
            (_("Opened by"), f"{each.opener_name} ({Actor(each.opened_by).label})"), (_("Disputed"), each.reason),
            (_("Evidence of the customer until"), moment(each.customer_until)),
            (_("Evidence of the partner until"), moment(each.partner_until)), (_("Decided"), moment(each.decided_at)),
            (_("Decided by"), each.decided_by or ""), (_("Decision with its reason"), each.decision),
            (_("Shares"), _shares(each.assessment) if each.assessment else ""),
            (_("Amount to the customer"), amount(each.amount, each.currency)),
        ])  # fmt: skip
        for said in each.statements.all():
            yield entry(f"{moment(said.at)} · {said.name} ({Actor(said.side).label})", said.text)


def _messages(ticket: Ticket, *, internal: bool, partners: bool) -> Iterator[Block]:
    audiences = ["public", *(["partner"] if partners else []), *(["internal"] if internal else [])]
    titles = {
        "public": _("Messages with the customer"), "partner": _("Messages with partners"),
        "internal": _("Internal notes"),
    }  # fmt: skip
    found = list(Message.objects.filter(ticket=ticket, audience__in=audiences).select_related("partner"))
    for audience in audiences:
        for n, each in enumerate(message for message in found if message.audience == audience):
            if not n:
                yield heading(titles[audience])
            who = f"{each.author_name} ({Actor(each.author_kind).label})"
            yield entry(" · ".join(filter(None, (moment(each.created_at), who, str(each.partner or "")))), each.text)


def _events(ticket: Ticket) -> Iterator[Block]:
    stages = dict(State.choices)
    talk, _more = bench.conversation(ticket, everything=True)
    rows = [
        (moment(each.at), sentence(each), stages.get((each.more or {}).get("to") or "", ""))
        for each in talk
        if each.kind == "event"
    ]
    yield heading(_("Log"))
    yield table((_("Time"), _("What happened"), _("Stage")), rows, (3, 6, 2))

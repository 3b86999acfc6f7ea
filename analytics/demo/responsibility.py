"""The recommendation of a demonstration ticket: the real facts and rules, on rows that need not be read back."""

import datetime as dt
from collections import Counter, defaultdict, deque
from types import SimpleNamespace
from typing import TYPE_CHECKING

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Instruction,
    OrderLine,
    OrderRefund,
    PurchaseOrder,
)
from tickets.models import Assessment, Ticket
from tickets.policy import window_for
from tickets.responsibility import Recommendation, decide
from tickets.responsibility.facts import STEPS, Facts
from tickets.responsibility.facts.record import GOODS, Record

from .sold import Sold

if TYPE_CHECKING:
    from .record import Case, Recorder

# What stands in a fact's source for rows that get their keys later.
LATER = "evidence:@"


class Told(Record):
    """The record of one case as it was on the day of the report, taken from the story instead of the database."""

    def __init__(self, teller: "Recorder", case: "Case") -> None:
        self.ticket, self.order, self.organization = case.ticket, case.sold.order, teller.site.organization
        self.zone, self.asked, self.now, self.problem = self.organization.zone, [], case.at, case.ticket.problem
        s, rows = case.sold, case.sold.rows
        s.shipment.photos = 0  # type: ignore[attr-defined]
        if s.inspection:
            s.inspection.photos = 1  # type: ignore[attr-defined]
        found = window_for(self.order, s.line, self.problem, teller.windows)
        pieces = [
            SimpleNamespace(
                pk=f"@{n}", kind="photo", place=place, shows=shows, sha256="", seen_before="", uploaded_at=case.at
            )
            for n, (place, shows) in enumerate(case.pictures)
        ]
        declaration = next(iter(rows.get(Declaration, ())), None)
        self.__dict__ |= {
            "window": (found.days, str(found.source)), "lines": [s.line], "line": s.line,
            "inspections": [s.inspection] if s.inspection else [], "shipments": [s.shipment], "shipment": s.shipment,
            "purchase": next(iter(rows.get(PurchaseOrder, ())), None),
            "all_events": s.events, "events": [e for e in s.events if e.at <= case.at],
            "customs": rows.get(CustomsEvent, []), "declaration": declaration,
            "declared": rows.get(DeclarationLine, []), "instructions": rows.get(Instruction, []),
            "contacts": rows.get(Contact, []), "refunds": rows.get(OrderRefund, []),
            "evidence": pieces, "media": pieces, "findings": {f.about: f for f in case.findings}, "answers": [],
            "reused": {}, "earlier": [],
            "batches": teller.history.batches(case), "supplied": teller.history.supplied(case), "address": (0, 0),
        }  # fmt: skip


class History:
    """Orders and complaints so far, by batch of each product and by supplier: counted as the story goes on."""

    def __init__(self, sold: list[Sold]) -> None:
        self.waiting = deque(sold)
        # By product: orders and complaints of each of its batches. By supplier: all of them.
        self.by_batch: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
        self.by_supplier: tuple[Counter[int | None], Counter[int | None]] = Counter(), Counter()

    def until(self, moment: dt.datetime) -> None:
        """Count the orders placed up to `moment`."""
        while self.waiting and self.waiting[0].order.placed_at <= moment:
            self._count(self.waiting.popleft().line, 0)

    def complain(self, ticket: Ticket) -> None:
        """Count a complaint about the goods."""
        if ticket.problem in GOODS and ticket.line and ticket.occurrence == 1:
            self._count(ticket.line, 1)

    def _count(self, line: OrderLine, what: int) -> None:
        self.by_batch[line.sku][what][line.batch] += 1
        self.by_supplier[what][line.supplier_id] += 1

    def batches(self, case: "Case") -> list[tuple[str, int, int]]:
        """Return (batch, complaints, orders) of the product, without the case's own order."""
        line, found = case.sold.line, []
        orders, complaints = self.by_batch[line.sku]
        for batch, count in sorted(orders.items()):
            own = batch == line.batch
            bad = complaints[batch] - (own and case.ticket.occurrence > 1)
            found.append((batch, max(0, bad), count - own))
        return found

    def supplied(self, case: "Case") -> tuple[int, int]:
        """Return (complaints, orders) of the supplier, without the case's own order."""
        (orders, complaints), key = self.by_supplier, case.sold.line.supplier_id
        return max(0, complaints[key] - (case.ticket.occurrence > 1)), orders[key] - 1


def suggest(teller: "Recorder", case: "Case") -> Recommendation:
    """Write the recommended assessment with its shares and return it; an earlier one does not stand any more."""
    facts, record = Facts(), Told(teller, case)
    teller.history.until(case.at)
    for step in STEPS:
        step(record, facts)
    filed_on = case.ticket.filed_at.astimezone(record.zone).date()
    rule_set, rules = teller.rulebook.at(case.at)
    found = decide(facts, case.ticket.problem, filed_on, rules)
    before, changes = case.suggested, {}
    if before is not None and case.recommended is not None:
        before.superseded_at = case.at
        known = {(fact["name"], fact["text"]) for fact in before.facts}
        new = [fact["text"] for fact in found.facts if (fact["name"], fact["text"]) not in known]
        changes = {"facts": new, "was": dict(case.recommended.shares)}
    assessment = teller.rows.add(
        Assessment(
            organization=teller.site.organization, ticket=case.ticket, kind="recommended", rule=found.rule,
            rule_set=rule_set, basis=found.basis, source=found.source, facts=found.facts, confidence=found.confidence,
            asks_for=list(found.asks_for), runner_up=found.runner_up, changes=changes, created_at=case.at,
        )
    )  # fmt: skip
    case.suggested, case.recommended = assessment, found
    teller.shares(case, assessment, found.shares)
    leading = found.shares[0][0] if found.shares else ""
    case.ticket.suggested_party = leading
    case.ticket.suggested_confidence = found.confidence if leading else None
    return found


def name_sources(assessments: list[Assessment], cases: "list[Case]") -> None:
    """Put the keys of tickets, pictures and findings, which are saved by now, into the sources of the facts."""
    by_ticket = {id(case.ticket): case for case in cases}
    for assessment in assessments:
        case = by_ticket[id(assessment.ticket)]
        for row in assessment.facts:
            if row["source"] == "ticket:None":
                row["source"] = f"ticket:{case.ticket.pk}"
            elif row["source"] == "finding:None":
                row["source"] = f"finding:{case.findings[0].pk}"
            elif row["source"].startswith(LATER):
                row["source"] = f"evidence:{case.evidence[int(row['source'].removeprefix(LATER))].pk}"

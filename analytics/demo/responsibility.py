"""The recommendation of a demonstration ticket: the same rules, on facts that are known without reading them back."""

from typing import TYPE_CHECKING

from tickets.models import Assessment
from tickets.responsibility.defaults import RULES
from tickets.responsibility.facts import Facts
from tickets.responsibility.recommendation import Recommendation, holds, weigh

if TYPE_CHECKING:
    from .record import Case, Recorder


def facts_of(case: "Case") -> Facts:
    """Return what the trace shows of the order at the time of filing."""
    facts, s = Facts(), case.sold
    shipment = s.shipment
    if s.inspection is None:
        facts.put("inspected", False, "No inspection was made before shipping", "line")
    else:
        facts.put("inspected", True, "Inspected before shipping", "inspection")
        passed = s.inspection.result == "pass"
        text = f"Inspection ({s.inspection.get_level_display()}): {s.inspection.get_result_display()}"
        facts.put("inspection_passed", passed, text, "inspection")
        facts.put("inspection_photo", True, "1 photo from the inspection", "inspection")
    if shipment.packing_note:
        weak = "one layer" in shipment.packing_note
        facts.put("packing_weak", weak, f"Packing: {shipment.packing_note}", "shipment")
    facts.put(
        "scanned", bool(s.events), "Handed over to the carrier" if s.events else "No scan by the carrier", "shipment"
    )
    for event in s.events:
        if event.code == "exception_damage":
            facts.put("damage_scan", True, f"Damage recorded, {event.place}, {event.at:%Y-%m-%d}", "scan")
        if event.code == "customs_hold":
            facts.put("customs_hold", True, f"Held by customs, {event.place}, {event.at:%Y-%m-%d}", "scan")
    if s.order.delivered_at:
        facts.put("delivered", True, f"Delivered, {s.order.delivered_at:%Y-%m-%d}", "order")
    elif s.events:
        days = (case.ticket.filed_at - s.events[-1].at).days
        facts.put("silent", days > 7, f"No scan for {days} days", "scan")
    promised = s.order.promised_on or case.ticket.filed_at.date()
    late = (case.ticket.filed_at.date() - promised).days if s.problem in ("delayed", "lost") else 0
    facts.put(
        "late", late > 0, f"{late} days after the promised day" if late > 0 else "Not later than promised", "order"
    )
    return facts


def suggest(teller: "Recorder", case: "Case") -> Recommendation:
    """Write the recommended assessment with its shares and return it."""
    facts = facts_of(case)
    rule = next(r for r in RULES if case.ticket.problem in r.problems and holds(r.when, facts))
    found = weigh(rule, facts)
    assessment = teller.rows.add(
        Assessment(
            organization=teller.site.organization, ticket=case.ticket, kind="recommended", rule=found.rule,
            basis=found.basis, facts=_sources(found.facts, case), confidence=found.confidence,
            asks_for=list(found.asks_for), created_at=case.at,
        )
    )  # fmt: skip
    teller.shares(case, assessment, found.shares)
    return found


def _sources(rows: list[dict], case: "Case") -> list[dict]:
    """Replace the kind of each source by the row it means; all rows of the order have their keys by now."""
    s = case.sold
    keys = {
        "line": f"line:{s.line.pk}",
        "order": f"order:{s.order.pk}",
        "shipment": f"shipment:{s.shipment.pk}",
        "inspection": f"inspection:{s.inspection.pk}" if s.inspection else "",
        "scan": f"scan:{s.events[-1].pk}" if s.events else "",
    }
    for row in rows:
        row["source"] = keys.get(row["source"], row["source"])
    return rows

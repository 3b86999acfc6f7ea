"""From facts and rules to a recommendation with its basis."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from ..models import Assessment, RuleSet, Ticket
from ..problems import Party
from ..proofs import ASKED_OF, Proof
from .facts import Facts, gather
from .rules import PLACEHOLDER, SPLITS, Rule, current_rules, holds

# Above this the partner's own answer outweighs a rule.
ANSWER_CONFIDENCE = 95
CONTESTED_CONFIDENCE = 40
# What is on record already need not be asked for: the proof, and the fact that shows it.
ON_RECORD: dict[str, tuple[str, ...]] = {
    Proof.UNBOXING_VIDEO: ("unboxing_video",),
    Proof.OUTER_BOX_PHOTO: ("box_at_delivery", "box_photo"),
    Proof.FAULT_VIDEO: ("video",),
    Proof.STATEMENT_OF_USE: ("misuse",),
    Proof.INSPECTION_PHOTO: ("fault_at_inspection",),
    Proof.PACKING_PHOTO: ("fault_at_packing",),
    Proof.DISPATCH_WEIGHT: ("dispatch_weighed",),
    Proof.CARRIER_WEIGHT: ("delivery_weighed",),
    Proof.HANDOVER_RECEIPT: ("handover_receipt",),
    Proof.CARRIER_TRACE: ("trace_result",),
    Proof.NON_RECEIPT: ("non_receipt_declared",),
    Proof.CUSTOMS_LETTER: ("customs_reason",),
    Proof.AUTHENTICITY_REPORT: ("report_says_fake",),
    Proof.PAYMENT_REFERENCE: ("refund_reference",),
    Proof.BANK_STATEMENT: ("bank_shows_credit",),
}


@dataclass(frozen=True)
class Recommendation:
    """Who is responsible: shares in per cent, how sure (per cent), the rule, its words and source, the facts for it
    (`supports` true), against it (false) and beside it (null), what would decide it, and the rule that comes next.
    """

    rule: str
    shares: tuple[tuple[str, int], ...]
    confidence: int
    basis: str
    facts: list[dict[str, Any]] = field(default_factory=list)
    asks_for: tuple[str, ...] = ()
    source: str = ""
    verdict: str = "undecided"
    runner_up: dict[str, Any] = field(default_factory=dict)
    rule_set: RuleSet | None = None

    def same_as(self, assessment: Assessment) -> bool:
        """Whether an earlier recommendation says the same, so that no second row is written."""
        return (
            assessment.rule == self.rule
            and assessment.rule_set_id == (self.rule_set.pk if self.rule_set else None)
            and assessment.confidence == self.confidence
            and assessment.basis == self.basis
            and assessment.facts == self.facts
            and list(assessment.asks_for) == list(self.asks_for)
            and {(s.party, s.percent) for s in assessment.shares.all()} == set(self.shares)
        )

    def changes_since(self, assessment: Assessment) -> dict[str, Any]:
        """Return what is new against an earlier recommendation: facts in words, and what it said, where it differs."""
        known = {(fact.get("name"), fact.get("text")) for fact in assessment.facts}
        new = [fact["text"] for fact in self.facts if (fact["name"], fact["text"]) not in known]
        was = {share.party: share.percent for share in assessment.shares.all()}
        return {"facts": new, "was": was} if new or was != dict(self.shares) else {}


def recommend(ticket: Ticket, rules: Sequence[Rule] | None = None, *, now: dt.datetime | None = None) -> Recommendation:
    """Return who is responsible by the first rule that fits, in the organization's language.

    `rules`: another table than the organization's, to try it. `now`: the day on which open matters are looked at.
    """
    rule_set = None
    if rules is None:
        rule_set, rules = current_rules()
    organization = ticket.organization
    with translation.override(organization.language):
        facts = gather(ticket, now=now)
        filed_on = ticket.filed_at.astimezone(organization.zone).date()
        return replace(decide(facts, ticket.problem, filed_on, rules), rule_set=rule_set)


def decide(facts: Facts, problem: str, filed_on: dt.date, rules: Iterable[Rule]) -> Recommendation:
    """Return what the rules say of facts: the first that fits, corrected by what the partners said of themselves."""
    values = {name: fact.value for name, fact in facts.items()}
    fitting = [r for r in rules if r.applies_to(problem, filed_on) and all(holds(c, values) for c in r.when)]
    if not fitting:
        basis = _("No rule fits this problem; a person decides.")
        return Recommendation("", (), 0, basis, described(facts, set(), set()))
    rule, rest = fitting[0], fitting[1:]
    shares = shares_of(rule, values)
    used = set(_rests_on(rule, values))
    others = [other for other in rest if _leading(shares_of(other, values)) != _leading(shares)]
    against = {name for other in others for name in _rests_on(other, values)} - used
    found = Recommendation(
        rule.code, shares, rule.confidence, filled(rule, facts), asks_for=still_open(rule.asks_for, facts),
        source=rule.source, verdict=rule.verdict, runner_up=_next(others, facts, values),
    )  # fmt: skip
    return _answered(found, facts, used, against)


def _rests_on(rule: Rule, values: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the known facts that a fitting rule rests on."""
    for condition in rule.conditions:
        if condition.op != "unknown" and condition.fact in values and holds(condition, values):
            yield condition.fact
    for name in SPLITS.get(rule.split, ()):
        if values.get(name):
            yield name


def _leading(shares: tuple[tuple[str, int], ...]) -> str:
    return shares[0][0] if shares else ""


def shares_of(rule: Rule, values: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the rule's shares, the largest first; those of a split are counted out of the facts."""
    owed = dict(rule.shares)
    if rule.split:
        days: dict[str, int] = {}
        for name, party in SPLITS[rule.split].items():
            days[party] = days.get(party, 0) + (values.get(name) or 0)
        total = sum(days.values())
        owed = _rounded({party: n * 100 / total for party, n in days.items() if n}) if total else owed
    return tuple(sorted(((str(party), percent) for party, percent in owed.items()), key=lambda each: -each[1]))


def _rounded(parts: dict[str, float]) -> dict[str, int]:
    """Return whole per cents that add to 100: what rounding leaves goes to the largest part; none is 0."""
    found = {party: max(1, int(part)) for party, part in parts.items()}
    largest = max(found, key=lambda party: parts[party])
    found[largest] += 100 - sum(found.values())
    return found


def filled(rule: Rule, facts: Facts) -> str:
    """Return the rule's words with the values of facts in them; a clause's value that nobody knows reads "?"."""
    return PLACEHOLDER.sub(lambda name: str(facts.value(name[1]) if name[1] in facts else "?"), rule.words())


def _next(others: list[Rule], facts: Facts, values: dict[str, Any]) -> dict[str, Any]:
    """Return the next fitting rule that says otherwise, as it is kept with the assessment."""
    for rule in others:
        if shares := shares_of(rule, values):
            return {"rule": rule.code, "basis": filled(rule, facts), "shares": dict(shares)}
    return {}


def still_open(asks: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Return the proofs that are neither on record nor refused by silence."""
    return tuple(
        proof
        for proof in asks
        if not any(name in facts for name in ON_RECORD.get(proof, ()))
        and not facts.value(f"{ASKED_OF[Proof(proof)].value}_silent")
    )


def _answered(found: Recommendation, facts: Facts, used: set[str], against: set[str]) -> Recommendation:
    """Correct it by partners' answers: what one accepts counts, what it contests lowers the confidence."""
    shares, confidence, basis = dict(found.shares), found.confidence, found.basis
    for party, percent in found.shares:
        accepted = facts.value(f"{party}_accepts")
        if accepted:
            used.add(f"{party}_accepts")
            if party == _leading(found.shares):
                confidence = ANSWER_CONFIDENCE
            basis = _("%(basis)s %(party)s accepts %(percent)d %%.") % {
                "basis": basis, "party": Party(party).label, "percent": accepted,
            }  # fmt: skip
            if accepted < percent:
                shares = _passed_on(shares, party, accepted)
        elif facts.value(f"{party}_contests"):
            against.add(f"{party}_contests")
            confidence = min(confidence, CONTESTED_CONFIDENCE)
            basis = _("%(basis)s %(party)s contests this; weigh its reasons.") % {
                "basis": basis, "party": Party(party).label,
            }  # fmt: skip
    ordered = tuple(sorted(shares.items(), key=lambda each: -each[1]))
    rows = described(facts, used, against - used)
    return replace(found, shares=ordered, confidence=confidence, basis=basis, facts=rows)


def _passed_on(shares: dict[str, int], party: str, accepted: int) -> dict[str, int]:
    """Return the shares with the party at what it accepts; the rest falls on the next party, or on us."""
    rest = shares[party] - accepted
    heir = next((other for other in shares if other != party), Party.AGENT.value)
    if heir == party:
        return shares
    return shares | {party: accepted, heir: shares.get(heir, 0) + rest}


def described(facts: Facts, used: set[str], against: set[str]) -> list[dict[str, Any]]:
    """Return the facts for people: those that the rule rests on first, then those against it, then the others."""
    rows = []
    for fact in sorted(facts.values(), key=lambda f: (f.name not in used, f.name not in against, f.name)):
        side = True if fact.name in used else False if fact.name in against else None
        rows.append({"name": fact.name, "text": fact.text, "supports": side, "source": fact.source})
    return rows

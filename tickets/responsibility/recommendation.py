"""From facts and rules to a recommendation with its basis."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..models import Assessment, Ticket
from ..problems import Party
from .defaults import RULES, Rule
from .facts import Facts, gather

# Above this the partner's own answer outweighs a rule.
ANSWER_CONFIDENCE = 95
CONTESTED_CONFIDENCE = 40


@dataclass(frozen=True)
class Recommendation:
    """Parties with shares in per cent, how sure (per cent), the rule, its words, the facts, what would decide it."""

    rule: str
    shares: tuple[tuple[Party, int], ...]
    confidence: int
    basis: str
    facts: list[dict[str, Any]] = field(default_factory=list)
    asks_for: tuple[str, ...] = ()

    def same_as(self, assessment: Assessment) -> bool:
        """Whether an earlier recommendation says the same, so that no second row is written."""
        return (
            assessment.rule == self.rule
            and assessment.confidence == self.confidence
            and assessment.facts == self.facts
            and {(s.party, s.percent) for s in assessment.shares.all()} == set(self.shares)
        )


def recommend(ticket: Ticket) -> Recommendation:
    """Return who is responsible by the first rule that fits; nobody, with what would decide it, where none does."""
    facts = gather(ticket)
    if facts.value("after_window") and ticket.problem not in ("refund_not_received", "refund_amount"):
        basis = _("It was reported after the organization's window; a decision in the customer's favour is goodwill.")
        return Recommendation("Z1", ((Party.CUSTOMER, 100),), 60, basis, described(facts, {"after_window"}, set()))
    rule = next((r for r in RULES if ticket.problem in r.problems and holds(r.when, facts)), None)
    if rule is None:
        basis = _("There is not enough evidence for a recommendation yet.")
        return Recommendation("", (), 0, basis, described(facts, set(), set()), ("whole",))
    return weigh(rule, facts)


def holds(conditions: Sequence[str], facts: Facts) -> bool:
    """Whether every condition is met: "name" true, "!name" known and false, "?name" unknown."""
    for condition in conditions:
        value = facts.value(condition.lstrip("!?"))
        if condition.startswith("?"):
            met = value is None
        elif condition.startswith("!"):
            met = value is False
        else:
            met = bool(value)
        if not met:
            return False
    return True


def weigh(rule: Rule, facts: Facts) -> Recommendation:
    """Return the rule's recommendation, corrected by what the asked partner said of itself."""
    used = {condition.lstrip("!?") for condition in rule.when}
    shares, confidence, basis = rule.shares, rule.confidence, str(rule.basis)
    leading = shares[0][0]
    accepted = facts.value(f"{leading}_accepts")
    if accepted:
        used.add(f"{leading}_accepts")
        confidence = ANSWER_CONFIDENCE
        basis = _("%(basis)s It accepts %(percent)d %%.") % {"basis": basis, "percent": accepted}
        if accepted < 100:
            rest = next((party for party, _percent in shares[1:]), Party.AGENT)
            shares = ((leading, accepted), (rest if rest != leading else Party.AGENT, 100 - accepted))
    against = set()
    if facts.value(f"{leading}_contests"):
        against.add(f"{leading}_contests")
        confidence = min(confidence, CONTESTED_CONFIDENCE)
        basis = _("%(basis)s It contests this; weigh its reasons.") % {"basis": basis}
    return Recommendation(rule.code, shares, confidence, basis, described(facts, used, against), rule.asks_for)


def described(facts: Facts, used: set[str], against: set[str]) -> list[dict[str, Any]]:
    """Return the facts for people: those that the rule rests on first, then the others without a side."""
    rows = []
    for fact in sorted(facts.values(), key=lambda f: (f.name not in used | against, f.name)):
        side = True if fact.name in used else False if fact.name in against else None
        rows.append({"name": fact.name, "text": fact.text, "supports": side, "source": fact.source})
    return rows

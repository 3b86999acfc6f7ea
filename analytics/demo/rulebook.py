"""The decision table of the demonstration: one version published, and a draft of the next that was tried."""

import copy
import datetime as dt
from typing import Any

from django.utils import timezone

from aftersales.tenants.models import Organization, User
from tickets.actions.rule_trial import RUNNING, try_some
from tickets.models import Assessment, RuleSet
from tickets.responsibility import Rule, parse
from tickets.responsibility.defaults import DEFAULT_RULES, default_rules
from tickets.rulebook import digest, placed

# Tickets that the draft is tried on here; pressing the button tries it on more.
TRIED = 20
# Our own rule of the published version, before the general one on weak padding.
OWN: dict[str, Any] = {
    "code": "LH-01", "problems": ["broken_inside"], "verdict": "share", "shares": {"warehouse": 60, "agent": 40},
    "when": [{"fact": "packing_weak", "op": "is_true"}, {"fact": "product_bad", "op": "is_true"}],
    "confidence": 72,
    "basis": {
        "en": "The padding was weak, and this product is known to break: the packer answers, and we with it.",
        "de": "Die Polsterung war schwach und das Produkt bricht oft: Der Packer haftet, und wir mit ihm.",
    },
    "source": "Our agreement with the warehouses, § 4",
}  # fmt: skip


class Rulebook:
    """Which table decided when: the defaults, then the published version."""

    def __init__(self, published: RuleSet | None) -> None:
        self.published = published
        self.rules = parse(published.rules) if published else ()

    def at(self, moment: dt.datetime) -> tuple[RuleSet | None, tuple[Rule, ...]]:
        """Return (version, rules) that held at a moment; no version stands for the defaults."""
        if self.published and self.published.published_at and moment >= self.published.published_at:
            return self.published, self.rules
        return None, default_rules()


def publish(by: User, at: dt.datetime) -> RuleSet:
    """Return the published first version: the defaults with a rule of our own."""
    rules = copy.deepcopy(DEFAULT_RULES)
    before = next(n for n, rule in enumerate(rules, start=1) if rule["code"] == "D30-S")
    rules = placed([*rules, copy.deepcopy(OWN)], OWN["code"], before)
    parse(rules)
    return RuleSet.objects.create(
        version=1, state=RuleSet.State.PUBLISHED, rules=rules, created_by=by, created_at=at - dt.timedelta(days=2),
        published_at=at, note="Broken lamps: weak padding of a product that is known to break is partly ours.",
    )  # fmt: skip


def draft(organization: Organization, by: User, published: RuleSet) -> RuleSet:
    """Return a draft of the next version, tried on the latest decided tickets."""
    rules = copy.deepcopy(published.rules)
    for rule in rules:
        if rule["code"] == OWN["code"]:
            rule["shares"], rule["confidence"] = {"warehouse": 80, "agent": 20}, 78
    made = RuleSet.objects.create(version=published.version + 1, rules=rules, created_by=by)
    total = min(TRIED, Assessment.objects.filter(kind="confirmed", superseded_at=None).count())
    made.trial = {
        "state": RUNNING, "digest": digest(made.rules), "at": timezone.now().isoformat(), "done": 0, "total": total,
        "before": None, "tickets": 0, "changed": 0, "closer": 0, "further": 0, "rows": [],
    }  # fmt: skip
    made.save(update_fields=["trial"])
    while try_some(made.pk):
        pass
    return made

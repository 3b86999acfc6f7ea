"""What the pages of the decision table show: its versions, how its rules fare, and what a trial found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber

from ..models import Assessment, AssessmentShare, RuleSet
from ..responsibility.defaults import default_rules
from ..responsibility.rules import dump
from ..rulebook import Data

SIZE = 30
# A rule stands out where people decided at least this often, and followed it in fewer than these of a hundred.
ENOUGH, AGREED = 5, 70
SHOWN_TICKETS = 8


# ── versions ───────────────────────────────────────────────────────────────────────────────────────────────────────
def published() -> RuleSet | None:
    """Return the version that decides now, None where the organization never changed the defaults."""
    return _sets().filter(state=RuleSet.State.PUBLISHED).first()


def draft() -> RuleSet | None:
    """Return the draft, if somebody is at work on one."""
    return _sets().filter(state=RuleSet.State.DRAFT).first()


def version(number: int) -> RuleSet | None:
    """Return a published version by its number."""
    return _sets().filter(version=number, state=RuleSet.State.PUBLISHED).first()


def both() -> tuple[RuleSet | None, RuleSet | None]:
    """Return (the published version, the draft) in one query."""
    last = _sets().order_by("-version")[:2]
    found = {rule_set.state: rule_set for rule_set in reversed(last)}
    return found.get(RuleSet.State.PUBLISHED), found.get(RuleSet.State.DRAFT)


def rules_of(rule_set: RuleSet | None) -> list[Data]:
    """Return a version's rules, the defaults for None."""
    return rule_set.rules if rule_set else dump(default_rules())


@dataclass(frozen=True)
class Page:
    """Some rows, and the key below which the next ones follow; 0 on the last page."""

    rows: list[Any]
    next_key: int = 0


def versions(*, before: int = 0) -> Page:
    """Return versions without their rules, the newest first, those before the version `before`."""
    rows = _sets().filter(state=RuleSet.State.PUBLISHED).defer("rules", "trial").order_by("-version")
    return _page(rows.filter(version__lt=before) if before else rows, "version")


def _sets() -> QuerySet[RuleSet]:
    return RuleSet.objects.select_related("created_by")


def _page(rows: QuerySet, key: str) -> Page:
    found = list(rows[: SIZE + 1])
    return Page(found[:SIZE], getattr(found[SIZE - 1], key) if len(found) > SIZE else 0)


# ── how the rules fare ─────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Figures:
    """How often a rule was recommended when people decided, how often they followed it, and why they did not."""

    code: str
    agreed: int = 0
    otherwise: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    tickets: list[Assessment] = field(default_factory=list)

    @property
    def decided(self) -> int:
        """All decisions on it."""
        return self.agreed + self.otherwise

    @property
    def rate(self) -> float | None:
        """Of a hundred decisions, how many followed it; None without decisions."""
        return 100 * self.agreed / self.decided if self.decided else None

    @property
    def stands_out(self) -> bool:
        """Whether people keep deciding otherwise."""
        return self.rate is not None and self.decided >= ENOUGH and self.rate < AGREED

    @property
    def why(self) -> list[tuple[str, int]]:
        """The reasons chosen, the most frequent first."""
        named = [(str(Assessment.Override(reason).label), count) for reason, count in self.reasons.items()]
        return sorted(named, key=lambda each: -each[1])


def figures() -> dict[str, Figures]:
    """Return the figures of each rule that people decided on, in one query."""
    found: dict[str, Figures] = {}
    rows = _decisions().exclude(rule="").values_list("rule", "override").annotate(Count("pk")).order_by()
    for code, override, count in rows:
        each = found.setdefault(code, Figures(code))
        if override:
            each.otherwise += count
            each.reasons[override] = count
        else:
            each.agreed += count
    return found


def standing_out(all_figures: Mapping[str, Figures]) -> list[Figures]:
    """Return those that people keep deciding otherwise on, the worst first, with their latest tickets: one query."""
    found = sorted((each for each in all_figures.values() if each.stands_out), key=lambda each: each.rate or 0)
    if found:
        place = Window(RowNumber(), partition_by=F("rule"), order_by=F("pk").desc())
        rows = _decisions().filter(rule__in=[each.code for each in found]).exclude(override="")
        rows = rows.annotate(place=place).filter(place__lte=SHOWN_TICKETS).select_related("ticket").order_by("-pk")
        by_code = {each.code: each for each in found}
        for row in rows:
            by_code[row.rule].tickets.append(row)
    return found


def decisions_on(code: str, *, before: int = 0) -> Page:
    """Return the decisions on a rule, the newest first, those before the row `before`."""
    rows = _decisions().filter(rule=code).select_related("ticket", "created_by").order_by("-pk")
    rows = rows.prefetch_related(Prefetch("shares", AssessmentShare.objects.order_by("-percent", "pk")))
    return _page(rows.filter(pk__lt=before) if before else rows, "pk")


def _decisions() -> QuerySet[Assessment]:
    return Assessment.objects.filter(kind=Assessment.Kind.CONFIRMED, superseded_at=None)

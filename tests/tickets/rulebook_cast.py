"""What the tests of the decision table share: small tables, and tickets that people decided."""

from django.utils import timezone

from aftersales.tenants.models import Membership
from tests.factories import make_ticket, to_stage
from tickets.models import Assessment, AssessmentShare, RuleSet
from tickets.problems import Problem


def rule(code="A", problems=("broken_inside",), shares=None, **fields):
    """Return a rule as the table keeps it."""
    return {
        "code": code, "problems": list(problems), "when": [], "verdict": "share",
        "shares": {"warehouse": 100} if shares is None else shares, "split": "", "confidence": 80,
        "basis": {"en": f"Because of {code}."}, "source": "Terms, 4", "effective_from": "", "asks_for": [],
        "retired": False, **fields,
    }  # fmt: skip


EVERY = tuple(Problem.values)
TABLE = [
    rule("L1", ("lost",), {"carrier": 100}, when=[{"fact": "declared_lost", "op": "is_true"}]),
    rule("A"),
    rule("Z", EVERY, {"agent": 100}, confidence=40),
]


def publish(rules=None, *, version=1, **fields) -> RuleSet:
    """Return a published version."""
    fields = {"published_at": timezone.now(), "note": "For the test", **fields}
    return RuleSet.objects.create(version=version, state="published", rules=rules or TABLE, **fields)


def administrator(user) -> Membership:
    return Membership.objects.select_related("user", "organization").get(user=user)


def decide(ticket, *, code="A", override="", shares=None, by=None) -> Assessment:
    """Return a decision of people on a ticket, as the desk would have written it."""
    ticket.assessments.filter(kind="confirmed", superseded_at=None).update(superseded_at=timezone.now())
    found = Assessment.objects.create(
        ticket=ticket, kind="confirmed", rule=code, override=override, basis="Seen.", created_by=by
    )
    for party, percent in (shares or {"warehouse": 100}).items():
        AssessmentShare.objects.create(assessment=found, party=party, percent=percent)
    return found


def decided(count=1, **fields) -> list:
    """Return tickets about broken goods that people decided on."""
    tickets = [make_ticket() for _n in range(count)]
    for ticket in tickets:
        decide(ticket, **fields)
    return tickets


def in_responsibility(by, **fields):
    """Return a ticket that waits for its decision."""
    return to_stage(make_ticket(**fields), "responsibility", by)

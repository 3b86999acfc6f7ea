"""A draft of the decision table tried on past tickets, and undecided tickets brought under a published one.

Both are done by a worker, some tickets at a time; stopped anywhere, they go on where they were.
"""

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aftersales.tenants.actions.base import TooLate, lock
from aftersales.tenants.models import Membership, Organization

from ..models import Assessment, RuleSet, Ticket
from ..responsibility import Recommendation, Rule, current_rules, decide, parse
from ..responsibility.facts import gather
from ..rulebook import digest
from ..workflow import State

logger = logging.getLogger(__name__)

# How many past tickets a draft is tried on, the latest first, and how many in one transaction.
MOST = 500
STEP = 20
# A trial that has not moved for so long has lost its worker.
SILENT_SECONDS = 60
RUNNING, DONE, FAILED = "running", "done", "failed"


# ── trial ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def start_trial(organization: Organization, *, by: Membership, version: int) -> RuleSet:
    """Return the draft with a trial that a worker begins now. One that runs goes on; pressing twice is nothing more.

    Raises TooLate where the draft is gone, Refused where there is no decided ticket to try it on.
    """
    lock(organization, by)
    draft = RuleSet.objects.select_for_update(of=("self",)).filter(state=RuleSet.State.DRAFT, version=version).first()
    if draft is None:
        raise TooLate(_("This draft was published or thrown away meanwhile."))
    if is_running(draft):
        return draft
    total = len(_decided().values_list("pk")[:MOST])
    draft.trial = {
        "state": RUNNING if total else DONE, "digest": digest(draft.rules), "at": _now(), "done": 0, "total": total,
        "before": None, "tickets": 0, "changed": 0, "closer": 0, "further": 0, "rows": [],
    }  # fmt: skip
    draft.save(update_fields=["trial"])
    if total:
        ids = [organization.pk, draft.pk]
        transaction.on_commit(lambda: current_app.send_task("tickets.tasks.try_rules", ids, retry=False), robust=True)
    return draft


def is_running(draft: RuleSet) -> bool:
    """Whether a worker is at the trial of the rules as they stand."""
    trial = draft.trial
    moved = parse_datetime(trial.get("at", "")) if trial.get("state") == RUNNING else None
    return moved is not None and (timezone.now() - moved).total_seconds() < SILENT_SECONDS


def is_tried(draft: RuleSet) -> bool:
    """Whether the rules as they stand were tried to the end."""
    return draft.trial.get("state") == DONE and draft.trial.get("digest") == digest(draft.rules)


def try_some(rule_set_id: int) -> bool:
    """Try the draft on the next tickets; return whether there are more.

    Evaluated without a lock, so that the draft can be changed meanwhile; what was found for other rules is thrown away.
    """
    draft = RuleSet.objects.filter(pk=rule_set_id, state=RuleSet.State.DRAFT).first()
    trial = draft.trial if draft else {}
    if draft is None or trial.get("state") != RUNNING or trial["digest"] != digest(draft.rules):
        return False
    at = trial["before"]
    rows = _decided().filter(pk__lt=at) if at else _decided()
    decided = list(rows[: min(STEP, trial["total"] - trial["done"])])
    _published, old = current_rules()
    new = parse(draft.rules)
    found = [_compare(assessment, old, new) for assessment in decided]
    draft = RuleSet.objects.select_for_update(of=("self",)).filter(pk=rule_set_id).first()
    if draft is None or draft.trial != trial:
        return False
    draft.trial = trial | _counted(trial, found) | {"before": decided[-1].pk if decided else at, "at": _now()}
    more = bool(decided) and draft.trial["done"] < trial["total"]
    draft.trial["state"] = RUNNING if more else DONE
    draft.save(update_fields=["trial"])
    return more


def fail_trial(rule_set_id: int) -> None:
    """Write that the trial stopped; it can be started again."""
    draft = RuleSet.objects.select_for_update(of=("self",)).filter(pk=rule_set_id, state=RuleSet.State.DRAFT).first()
    if draft is not None and draft.trial.get("state") == RUNNING:
        draft.trial = {"state": FAILED, "at": _now()}
        draft.save(update_fields=["trial"])


def _decided() -> QuerySet[Assessment]:
    rows = Assessment.objects.filter(kind=Assessment.Kind.CONFIRMED, superseded_at=None).order_by("-pk")
    tickets = ("ticket__order", "ticket__line", "ticket__customer", "ticket__organization")
    return rows.select_related(*tickets).prefetch_related("shares")


def _compare(assessment: Assessment, old: tuple[Rule, ...], new: tuple[Rule, ...]) -> dict[str, Any]:
    """Return what both tables recommend on the same facts, what people decided, and which of both is nearer to it."""
    ticket = assessment.ticket
    # The facts as they stood when people decided: days without a scan do not grow afterwards.
    facts = gather(ticket, now=assessment.created_at)
    filed_on = ticket.filed_at.astimezone(ticket.organization.zone).date()
    was, would = (_said(decide(facts, ticket.problem, filed_on, rules)) for rules in (old, new))
    decided = {share.party: share.percent for share in assessment.shares.all()}
    nearer = _apart(was["shares"], decided) - _apart(would["shares"], decided)
    return {
        "ticket": ticket.number, "was": was, "would": would, "decided": decided,
        "side": (nearer > 0) - (nearer < 0),
    }  # fmt: skip


def _said(found: Recommendation) -> dict[str, Any]:
    return {"rule": found.rule, "shares": {str(party): percent for party, percent in found.shares}}


def _apart(one: dict[str, int], other: dict[str, int]) -> int:
    return sum(abs(one.get(party, 0) - other.get(party, 0)) for party in {*one, *other})


def _counted(trial: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    changed = [row for row in found if row["was"]["shares"] != row["would"]["shares"]]
    return {
        "done": trial["done"] + len(found), "tickets": trial["tickets"] + len(found),
        "changed": trial["changed"] + len(changed), "rows": [*trial["rows"], *changed],
        "closer": trial["closer"] + sum(row["side"] > 0 for row in changed),
        "further": trial["further"] + sum(row["side"] < 0 for row in changed),
    }  # fmt: skip


def _now() -> str:
    return timezone.now().isoformat()


# ── after publishing ───────────────────────────────────────────────────────────────────────────────────────────────
def wake_follow(organization: Organization) -> None:
    """Have a worker follow the published rules soon; a broker that is away delays it until the sweep."""
    transaction.on_commit(
        lambda: current_app.send_task("tickets.tasks.follow_rules", expires=600, retry=False), robust=True
    )


def behind() -> QuerySet[Ticket]:
    """Return the undecided tickets whose recommendation was made under another version than the published one.

    Made anew it names the published one, also where it says the same, so that nothing is done twice.
    """
    published = RuleSet.objects.filter(state=RuleSet.State.PUBLISHED).order_by("-version").values("pk")[:1]
    standing = Assessment.objects.filter(
        ticket=OuterRef("pk"), kind=Assessment.Kind.RECOMMENDED, superseded_at=None
    ).exclude(rule_set__isnull=False, rule_set=published)
    undecided = Ticket.objects.filter(state__in=[State.REPORTED, State.RESPONSIBILITY])
    return undecided.filter(Exists(standing), Exists(RuleSet.objects.filter(state=RuleSet.State.PUBLISHED)))

"""The rows of a demonstration ticket, collected as its story is told and written in bulk at the end."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from aftersales.orders.models import Partner
from aftersales.tenants.business_time import BusinessCalendar, business_time
from evidence import custody
from evidence.models import Custody, Evidence
from tickets.actions import By
from tickets.models import (
    Assessment,
    AssessmentShare,
    Claim,
    EvidenceRequest,
    Finding,
    FollowUp,
    LedgerEntry,
    Message,
    NumberSequence,
    PartnerRequest,
    Plan,
    PlanAction,
    PlanActionShare,
    Return,
    ReturnLine,
    StageClock,
    Ticket,
    TicketCost,
    TicketEvent,
)
from tickets.models.clock import DEFAULT_MINUTES, ClockKind
from tickets.policy import default_windows
from tickets.responsibility import Recommendation
from tickets.signals import question
from tickets.workflow import Actor

from .bulk import Progress, insert, row
from .organizations import Site
from .responsibility import History, name_sources
from .rulebook import Rulebook
from .sold import Sold

HOUR = dt.timedelta(hours=1)
STAGES = ("reported", "responsibility", "partner", "planning", "proposed", "executing", "closed", "followed_up")


@dataclass
class Rows:
    """Rows waiting to be written, by model, in the order they refer to each other."""

    rows: dict[type, list[Any]] = field(default_factory=lambda: defaultdict(list))
    # They refer to rows of their own model, or come after those of it that have no return.
    reversals: list[LedgerEntry] = field(default_factory=list)
    return_photos: list[Evidence] = field(default_factory=list)

    def add(self, row: Any) -> Any:
        """Keep a row for later and return it."""
        self.rows[type(row)].append(row)
        return row

    def write(self, progress: Progress, cases: "list[Case]", attach: Callable[[], None]) -> None:
        """Write everything, parents before children; `attach` writes the pictures, between tickets and assessments."""
        insert(self.rows[Ticket], progress)
        attach()
        insert(self.rows[Finding], progress)
        name_sources(self.rows[Assessment], cases)
        for model in (
            Assessment, AssessmentShare, PartnerRequest, Message, EvidenceRequest, Plan, PlanAction,
            PlanActionShare, Claim, Return, ReturnLine, LedgerEntry,
        ):  # fmt: skip
            insert(self.rows[model], progress)
        insert(asked_events(self.rows[EvidenceRequest]), progress)
        insert(self.reversals, progress)
        insert(self.return_photos, progress)
        last: tuple[type[Any], ...] = (TicketCost, FollowUp, StageClock, TicketEvent, NumberSequence)
        for model in last:
            insert(self.rows[model], progress)


def asked_events(rows: list[EvidenceRequest]) -> list[Custody]:
    """Return what the custody log says of the questions of each ticket, all of which were asked at once; unsaved."""
    made = []
    for ticket, group in groupby(rows, key=lambda row: row.ticket):
        asked = list(group)
        first, message = asked[0], asked[0].message
        assert message is not None
        by = By(Actor(message.author_kind), message.author_name, user=message.author)
        detail = question(first.party, customer=ticket.customer_id, proofs=[row.proof for row in asked])
        made.append(custody.event(ticket, Custody.Verb.ASKED, by=by, at=first.asked_at, detail=detail, last=None))
    return made


@dataclass
class Case:
    """One ticket while it is being told."""

    sold: Sold
    ticket: Ticket
    hours: float
    stop: str
    at: dt.datetime
    into: Ticket | None = None
    pictures: list[tuple[str, str]] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    suggested: Assessment | None = None
    recommended: Recommendation | None = None
    claim: Claim | None = None
    # What each party that was asked accepted, in per cent; 0 where it contests.
    answers: dict[str, int] = field(default_factory=dict)

    def reaches(self, stage: str) -> bool:
        """Whether the ticket comes as far as `stage`."""
        return STAGES.index(self.stop) >= STAGES.index(stage)


def stand(ticket: Ticket, state: str) -> None:
    """Put an unsaved ticket on a stage. Arrows are for saved ones; this one has taken them in its story already."""
    del ticket.__dict__["state"]
    ticket.state = state


class Recorder:
    """Collects the rows of one organization's tickets, with the events, messages and clocks that the actions write."""

    def __init__(self, site: Site, rng: random.Random, now: dt.datetime, sold: list[Sold]) -> None:
        self.site, self.rng, self.now, self.sold = site, rng, now, sold
        self.windows, self.history = default_windows(), History(sold)
        self.rulebook = Rulebook(site.rule_set)
        self.rows = Rows()
        self.calendar: BusinessCalendar = business_time(site.organization)
        self.by_line: dict[int, int] = defaultdict(int)
        # How many tickets were put somewhere on their way.
        self.fresh = 0
        self.merged: list[tuple[Ticket, Ticket]] = []

    def member(self, user):
        """Return (kind, person, name) of a member."""
        kind = Actor.MANAGER if user == self.site.people["manager"] else Actor.OPERATOR
        return kind, user, str(user)

    def after(self, case: Case, hours: float) -> dt.datetime:
        """Move the case on by some hours, never past now."""
        case.at = min(case.at + hours * HOUR, case.at + (self.now - case.at) * 0.6)
        return case.at

    def event(self, case: Case, verb: str, who, from_state="", to_state="", *, reason="", data=None) -> None:
        kind, user, name = who
        self.rows.add(
            row(
                TicketEvent, organization=self.site.organization, ticket=case.ticket, at=case.at, verb=verb,
                from_state=from_state, to_state=to_state, actor_kind=kind, actor=user, actor_name=name,
                reason=reason, data=data or {},
            )
        )  # fmt: skip
        case.ticket.changed_at = case.at

    def say(self, case: Case, who, audience: str, text: str, *, partner=None, asks_for=()) -> Message:
        """Write a message at the case's moment and return it."""
        kind, user, name = who
        return self.rows.add(
            Message(
                organization=self.site.organization, ticket=case.ticket, audience=audience, partner=partner,
                author_kind=kind, author=user, author_name=name, text=text, asks_for=list(asks_for),
                created_at=case.at,
            )
        )  # fmt: skip

    def partner(self, case: Case, party: str) -> Partner | None:
        """Return the order's partner that stands for a party."""
        s = case.sold
        partners = {"supplier": s.line.supplier, "carrier": s.shipment.carrier, "warehouse": s.shipment.warehouse}
        return partners.get(party)

    def shares(self, case: Case, assessment: Assessment, shares) -> None:
        """Write the shares of an assessment."""
        for party, percent in shares:
            self.rows.add(
                AssessmentShare(
                    organization=self.site.organization, assessment=assessment, party=party, percent=percent,
                    partner=self.partner(case, party),
                )
            )  # fmt: skip

    def next_reminder(self, start: dt.datetime, kind: str) -> tuple[dt.datetime | None, int]:
        """Return (when the next reminder is due, the step already told): what fell due before now was told already."""
        told = 0
        for step in (50, 80, 100):
            at = self.calendar.add(start, -(-DEFAULT_MINUTES[ClockKind(kind)] * step // 100))
            if at > self.now:
                return at, told
            told = step
        return None, told

    def clock(self, case: Case, kind: str, start: dt.datetime, stop: dt.datetime | None, *, paused=None) -> None:
        """Write the stage's clock: running, resting since `paused`, or stopped at `stop`."""
        minutes = DEFAULT_MINUTES[ClockKind(kind)]
        due = self.calendar.add(start, minutes)
        worked_until = paused or stop
        clock = StageClock(
            organization=self.site.organization, ticket=case.ticket, kind=kind, minutes=minutes, started_at=start,
            resumed_at=start, due_at=due, stopped_at=stop,
        )  # fmt: skip
        if worked_until:
            clock.used_minutes = self.calendar.between(start, worked_until)
            late = worked_until > due
            clock.met = (not late) if stop else (False if late else None)
        if paused and stop is None:
            clock.paused_at, clock.due_at = paused, None
        elif stop is None:
            clock.next_at, clock.step = self.next_reminder(start, kind)
            case.ticket.due_at = due
        self.rows.add(clock)

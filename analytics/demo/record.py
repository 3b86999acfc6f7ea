"""The rows of a demonstration ticket, collected as its story is told and written in bulk at the end."""

import datetime as dt
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aftersales.tenants.business_time import BusinessCalendar, business_time
from tickets.models import (
    Assessment,
    AssessmentShare,
    FollowUp,
    Message,
    NumberSequence,
    PartnerRequest,
    Plan,
    PlanAction,
    StageClock,
    Ticket,
    TicketCost,
    TicketEvent,
)
from tickets.models.clock import DEFAULT_MINUTES, ClockKind
from tickets.workflow import Actor

from .bulk import Progress, insert
from .orders import Sold
from .organizations import Site

HOUR = dt.timedelta(hours=1)
STAGES = ("reported", "responsibility", "partner", "planning", "proposed", "executing", "closed", "followed_up")


@dataclass
class Rows:
    """Rows waiting to be written, by model, in the order they refer to each other."""

    rows: dict[type, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Any) -> Any:
        """Keep a row for later and return it."""
        self.rows[type(row)].append(row)
        return row

    def write(self, progress: Progress) -> None:
        """Write everything, parents before children."""
        for model in (
            Ticket, Assessment, AssessmentShare, PartnerRequest, Plan, PlanAction, TicketCost, FollowUp, Message,
            StageClock, TicketEvent, NumberSequence,
        ):  # fmt: skip
            insert(self.rows[model], progress)


@dataclass
class Case:
    """One ticket while it is being told."""

    sold: Sold
    ticket: Ticket
    hours: float
    stop: str
    at: dt.datetime
    into: Ticket | None = None

    def reaches(self, stage: str) -> bool:
        """Whether the ticket comes as far as `stage`."""
        return STAGES.index(self.stop) >= STAGES.index(stage)


def stand(ticket: Ticket, state: str) -> None:
    """Put an unsaved ticket on a stage. Arrows are for saved ones; this one has taken them in its story already."""
    del ticket.__dict__["state"]
    ticket.state = state


class Recorder:
    """Collects the rows of one organization's tickets, with the events, messages and clocks that the actions write."""

    def __init__(self, site: Site, rng: random.Random, now: dt.datetime) -> None:
        self.site, self.rng, self.now = site, rng, now
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
            TicketEvent(
                organization=self.site.organization, ticket=case.ticket, at=case.at, verb=verb, from_state=from_state,
                to_state=to_state, actor_kind=kind, actor=user, actor_name=name, reason=reason, data=data or {},
            )
        )  # fmt: skip
        case.ticket.changed_at = case.at

    def say(self, case: Case, who, audience: str, text: str, *, partner=None) -> None:
        kind, user, name = who
        self.rows.add(
            Message(
                organization=self.site.organization, ticket=case.ticket, audience=audience, partner=partner,
                author_kind=kind, author=user, author_name=name, text=text, created_at=case.at,
            )
        )  # fmt: skip

    def shares(self, case: Case, assessment: Assessment, shares) -> None:
        s = case.sold
        partners = {"supplier": s.line.supplier, "carrier": s.shipment.carrier, "warehouse": s.shipment.warehouse}
        for party, percent in shares:
            self.rows.add(
                AssessmentShare(
                    organization=self.site.organization, assessment=assessment, party=party, percent=percent,
                    partner=partners.get(party),
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

"""The tickets of the demonstration: each as far along its way as its time allows, written in bulk.

What the actions guarantee holds for every row here too; `tests/analytics/test_demo.py` checks it.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

from django.utils import translation

from aftersales.orders.models import Partner
from tickets.actions.returns import PREFIX
from tickets.models import (
    Assessment,
    EvidenceRequest,
    Finding,
    NumberSequence,
    PartnerRequest,
    Return,
    StageClock,
    Ticket,
)
from tickets.models.clock import DEFAULT_MINUTES, ClockKind
from tickets.proofs import ASKED_OF, Proof
from tickets.responsibility import Recommendation
from tickets.workflow import Actor

from . import claims, story
from .bulk import Progress
from .organizations import Site
from .photos import Stored, attach, of_return, pictures_of, shown
from .plans import Planner
from .record import HOUR, Case, stand
from .responsibility import suggest
from .sold import Sold

DAY = dt.timedelta(days=1)
CHANNELS = {"portal": 70, "mail": 12, "chat": 8, "phone": 6, "marketplace": 4}
# Complaints of the last weeks are still on their way. They take these stages in turn, so that each has some, and were
# filed as many days ago as a ticket on that stage would have been: a few are late, most are not.
FRESH_DAYS = 24
ON_THEIR_WAY = (
    "reported", "executing", "responsibility", "proposed", "closed", "planning", "partner", "reported", "closed",
    "executing", "responsibility", "proposed",
)  # fmt: skip
AGES = {
    "reported": (0.02, 0.6), "responsibility": (0.3, 4.2), "partner": (0.3, 1.8), "planning": (0.6, 2.5),
    "proposed": (0.8, 4.5), "executing": (2.5, 12), "closed": (7, 14),
}  # fmt: skip
# What operators write down of what arrived, where that is in dispute.
LOOKED_AT = {"wrong_item": "the same charger with a US plug", "counterfeit": "another colour than in the shop"}
# How often people decide otherwise than a rule says, where it is not every now and then. Two stand out.
DOUBTED = {"D31": 0.42, "L44": 0.34, "Q34": 0.12, "L32": 0.2}
OVERRIDES = {
    "evidence": "The photos show something else than the rule assumes.", "goodwill": "A good customer; we bear it.",
    "rule": "The rule does not see how this product is packed.",
    "partner": "The partner showed that a part is not its own.",
}  # fmt: skip
# After how many hours a party answers, and how often it accepts, accepts in part, contests, keeps silent.
STYLE: dict[str, tuple[tuple[float, float], list[int]]] = {
    "supplier": ((2, 20), [60, 14, 16, 10]), "carrier": ((6, 30), [46, 12, 30, 12]),
    "warehouse": ((1, 8), [74, 14, 10, 2]),
}  # fmt: skip
SYSTEM: tuple[Any, Any, str] = (Actor.SYSTEM, None, "")


class Teller(Planner):
    """Tells the tickets of one organization."""

    def __init__(
        self, site: Site, rng: random.Random, now: dt.datetime, sold: list[Sold], stored: dict[Any, Stored]
    ) -> None:
        super().__init__(site, rng, now, sold)
        self.stored, self.returns = stored, defaultdict[int, int](int)

    def tell(self, progress: Progress, beside: Executor) -> list[Case]:
        """Write the tickets of all complained orders; return them, oldest first. `beside` stores their pictures."""
        sold = self.sold
        moments = [(self.filed(s), n) for n, s in enumerate(sold) if s.problem]
        cases = []
        for filed_at, n in sorted(moments):
            if filed_at < self.now - dt.timedelta(minutes=5):
                cases.append(self.case(sold[n], filed_at))
                cases.extend(self.again(cases[-1]))
        cases.sort(key=lambda case: case.ticket.filed_at)
        self.number(cases)
        photos = beside.submit(shown, self.site, cases, self.stored, self.now)
        with translation.override(self.site.organization.language):
            for case in cases:
                self.live(case)
                self.history.complain(case.ticket)
        for year, number in self.returns.items():
            self.rows.add(NumberSequence(organization=self.site.organization, kind="return", year=year, last=number))
        self.rows.write(progress, cases, lambda: attach(self.site, cases, photos.result(), self.stored, progress))
        for ticket, other in self.merged:
            Ticket.objects.filter(pk=ticket.pk).update(merged_into=other)
        return cases

    def return_number(self, at: dt.datetime) -> str:
        """Return the next number of a return in the year of `at`."""
        year = at.astimezone(self.site.organization.zone).year
        self.returns[year] += 1
        return f"{PREFIX}-{year}-{self.returns[year]:06d}"

    def photograph(self, case: Case, returned: Return) -> None:
        """Keep a photo of goods that did not come back as expected."""
        photo = of_return(self.site, self.stored, returned, case.sold.product.picture, broken=True)
        self.rows.return_photos.append(photo)

    def again(self, first: Case) -> Iterator[Case]:
        """Yield a second complaint on the same item, now and then: soon (to be merged), or after a first solution."""
        if first.stop != "followed_up" or self.rng.random() > 0.05:
            return
        soon = self.rng.random() < 0.5
        second = self.case(first.sold, first.at + (self.rng.uniform(0.3, 2) if soon else self.rng.uniform(7, 12)) * DAY)
        second.into = first.ticket if soon else None
        yield second

    def filed(self, s: Sold) -> dt.datetime:
        """Return when the customer complains: some days after the delivery, or after waiting for it."""
        rng = self.rng
        if s.problem == "lost":
            return s.order.placed_at + rng.uniform(22, 27) * DAY
        if s.problem == "delayed":
            return s.order.placed_at + rng.uniform(19, 21) * DAY
        if s.problem == "unexpected_duty":
            held = [e.at for e in s.events if e.code == "customs_hold"]
            return (held[0] if held else s.order.placed_at + 9 * DAY) + rng.uniform(1, 8) * HOUR
        return (s.order.delivered_at or s.order.placed_at + 12 * DAY) + rng.uniform(0.1, 5) * DAY

    def on_its_way(self, s: Sold, filed_at: dt.datetime) -> tuple[dt.datetime, str]:
        """Return when it was filed and where it stands: at the end of its way, or, lately filed, somewhere on it."""
        if self.now - filed_at > FRESH_DAYS * DAY:
            return filed_at, "followed_up"
        stop = ON_THEIR_WAY[self.fresh % len(ON_THEIR_WAY)]
        self.fresh += 1
        earliest = (s.order.delivered_at or s.order.placed_at) + HOUR
        return max(earliest, self.now - self.rng.uniform(*AGES[stop]) * DAY), stop

    def case(self, s: Sold, filed_at: dt.datetime) -> Case:
        rng, site = self.rng, self.site
        filed_at, stop = self.on_its_way(s, filed_at)
        share = max(
            0.0, min(1.0, (filed_at - site.organization.created_at) / (self.now - site.organization.created_at))
        )
        hours = story.FIRST_HOURS * (story.LAST_HOURS / story.FIRST_HOURS) ** share
        language = s.market.language
        words = story.WORDS[s.problem]
        text = words.get(language, words["en"]).format(p=s.product.name.lower())
        channel = rng.choices(list(CHANNELS), weights=list(CHANNELS.values()))[0]
        ticket = Ticket(
            organization=site.organization, order=s.order, line=s.line, customer=s.order.customer, channel=channel,
            problem=s.problem, subject=text, text=text + ".", language=language, rules_version=site.rules,
            wish=rng.choice(["refund", "replacement", "keep"]) if s.problem not in ("delayed", "lost") else "delivery",
            filed_at=filed_at, changed_at=filed_at,
            filing_seconds=rng.randrange(55, 150) if channel == "portal" else None,
            filed_by=None if channel == "portal" else self.operator(),
        )  # fmt: skip
        return Case(s, ticket, hours, stop, filed_at, pictures=pictures_of(s, rng))

    def number(self, cases: list[Case]) -> None:
        """Number the tickets by filing, each year anew, and leave the sequences where filing goes on."""
        last: dict[int, int] = defaultdict(int)
        for case in cases:
            year = case.ticket.filed_at.astimezone(self.site.organization.zone).year
            last[year] += 1
            case.ticket.number = f"{self.site.organization.number_prefix}-{year}-{last[year]:06d}"
            line = id(case.sold.line)
            self.by_line[line] += 1
            case.ticket.occurrence = self.by_line[line]
        for year, number in last.items():
            self.rows.add(NumberSequence(organization=self.site.organization, year=year, last=number))

    def operator(self):
        """Return one of the people who work on tickets."""
        return self.rng.choice([u for part, u in self.site.people.items() if part != "admin"])

    # ── the way of one ticket ──────────────────────────────────────────────────────────────────────────────────────
    def live(self, case: Case) -> None:
        """Take the ticket along its way, until its time or its stage is over."""
        ticket, rng = case.ticket, self.rng
        self.rows.add(ticket)
        customer = (Actor.CUSTOMER, None, str(ticket.customer))
        filer = customer if ticket.filed_by is None else self.member(ticket.filed_by)
        self.event(case, "filed", filer, "", "reported", data={"channel": ticket.channel})
        self.say(case, customer, "public", ticket.text)
        recommended = suggest(self, case)
        claims.follow(self, case, SYSTEM)
        fate = rng.random()
        if case.stop == "reported":
            ticket.assignee = self.operator() if rng.random() < 0.4 else None
            self.clock(case, "reported", case.at, None)
            claims.leave(self, case)
            return
        ticket.assignee = self.operator()
        if case.into is not None or (case.stop == "followed_up" and fate < 0.075):
            self.way_out(case, fate)
            return
        self.clock(case, "reported", case.at, self.after(case, rng.uniform(0.1, 0.3) * case.hours))
        self.say(case, self.member(ticket.assignee), "public", rng.choice(story.REPLIES))
        ticket.first_answer_at = case.at
        self.event(case, "accept", self.member(ticket.assignee), "reported", "responsibility")
        self.decide(case, recommended)

    def way_out(self, case: Case, fate: float) -> None:
        """End the ticket by merging into the earlier one on the same item, by rejection or by withdrawal."""
        ticket, begin, data = case.ticket, case.at, {}
        who: tuple[Any, Any, str] = self.member(ticket.assignee)
        if case.into is not None:
            state, verb, data = "merged", "merge", {"into": case.into.number}
            ticket.state_before_merge = "reported"
            self.merged.append((ticket, case.into))
        elif fate < 0.04:
            state, verb, data = "rejected", "reject", {"clause": "Terms 1"}
            ticket.rejection_reason = "It was reported after the time that our terms allow."
            ticket.rejection_clause = "Terms 1"
        else:
            state, verb, who = "withdrawn", "withdraw", (Actor.CUSTOMER, None, str(ticket.customer))
        self.clock(case, "reported", begin, self.after(case, case.hours * self.rng.uniform(0.3, 1)))
        if state == "rejected":
            ticket.first_answer_at = case.at
        self.event(case, verb, who, "reported", state, reason=ticket.rejection_reason, data=data)
        stand(ticket, state)
        claims.leave(self, case)

    def decide(self, case: Case, recommended: Recommendation) -> None:
        """Stage responsibility: look at what is in dispute, ask the partners that are meant, then decide."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "responsibility")
        if ticket.problem in LOOKED_AT and rng.random() < 0.7:
            recommended = self.look(case)
        meant = [(p, n) for p, n in recommended.shares if p in ("supplier", "carrier", "warehouse")]
        wanted = case.stop == "partner" or (case.stop != "responsibility" and rng.random() < 0.45)
        for party, percent in meant if wanted else []:
            if partner := self.partner(case, party):
                self.ask(case, partner, party, percent)
        if meant and case.stop == "partner":
            ticket.waiting_for = "partner"
        if case.stop == "responsibility" and recommended.asks_for and rng.random() < 0.6:
            self.ask_for_proof(case, recommended, begin)
            return
        if not case.reaches("planning"):
            self.clock(case, "responsibility", begin, None)
            claims.leave(self, case)
            return
        end = self.after(case, rng.uniform(0.5, 1.0) * case.hours)
        self.clock(case, "responsibility", begin, end)
        self.confirm(case, recommended)

    def look(self, case: Case) -> Recommendation:
        """Let the operator write down what arrived and compare it with what was locked; the facts have changed then."""
        who = self.member(case.ticket.assignee)
        case.ticket.received = LOOKED_AT[case.ticket.problem]
        finding = Finding(
            organization=self.site.organization, ticket=case.ticket, about="specification", value=False,
            note=case.ticket.received, by=case.ticket.assignee, at=case.at,
        )  # fmt: skip
        case.findings.append(self.rows.add(finding))
        data = {"about": "specification", "value": False}
        self.event(case, "received_recorded", who, reason=case.ticket.received)
        self.event(case, "finding_recorded", who, reason=finding.note, data=data)
        found = suggest(self, case)
        claims.follow(self, case, SYSTEM)
        return found

    def ask_for_proof(self, case: Case, recommended: Recommendation, begin: dt.datetime) -> None:
        """Ask the customer for what would decide the case; some have read it, none answered; our clock rests."""
        proofs = [proof for proof in recommended.asks_for if ASKED_OF[Proof(proof)] == "customer"][:2]
        if not proofs:
            self.clock(case, "responsibility", begin, None)
            claims.leave(self, case)
            return
        case.at = self.after(case, self.rng.uniform(0.2, 2))
        who = self.member(case.ticket.assignee)
        text = "To see what happened we still need: {}.".format(", ".join(str(Proof(p).label).lower() for p in proofs))
        message = self.say(case, who, "public", text, asks_for=proofs)
        self.event(case, "evidence_asked", who, data={"proofs": proofs, "again": []})
        read = case.at + (self.now - case.at) * 0.3 if self.rng.random() < 0.5 else None
        for proof in proofs:
            self.rows.add(
                EvidenceRequest(
                    organization=self.site.organization, ticket=case.ticket, party="customer", message=message,
                    proof=proof, asked_at=case.at, read_at=read,
                )
            )  # fmt: skip
        case.ticket.waiting_for = "customer"
        self.clock(case, "responsibility", begin, None, paused=case.at)
        if read:
            case.at = read
            self.event(
                case, "proofs_read", (Actor.CUSTOMER, None, str(case.ticket.customer)), data={"count": len(proofs)}
            )
        claims.leave(self, case)

    def confirm(self, case: Case, recommended: Recommendation) -> None:
        """Write what people decided: mostly what was recommended, else why not."""
        ticket = case.ticket
        shares, override = self.decision(case, recommended)
        basis = recommended.basis if not override else OVERRIDES[override]
        confirmed = self.rows.add(
            Assessment(
                organization=self.site.organization, ticket=ticket, kind="confirmed", rule=recommended.rule,
                rule_set=case.suggested.rule_set if case.suggested else None,
                source="" if override else recommended.source, override=override,
                basis=basis, facts=recommended.facts, confidence=100, created_by=ticket.assignee, created_at=case.at,
            )
        )  # fmt: skip
        self.shares(case, confirmed, shares)
        data = {"shares": dict(shares), "override": override}
        who = self.member(ticket.assignee)
        self.event(case, "confirm_responsibility", who, "responsibility", "planning", reason=basis, data=data)
        self.plan(case, shares)

    def decision(self, case: Case, recommended: Recommendation) -> tuple[tuple[tuple[str, int], ...], str]:
        """Return (shares, why otherwise): partners' answers count, some rules are overridden more than others."""
        rng, shares = self.rng, recommended.shares
        for party, percent in case.answers.items():
            if percent < dict(shares).get(party, 0):
                owed = dict(shares) | {party: percent}
                owed["agent"] = owed.get("agent", 0) + dict(shares)[party] - percent
                return tuple((p, n) for p, n in sorted(owed.items(), key=lambda each: -each[1]) if n), "partner"
        if not shares:
            return (("agent", 100),), ""
        doubt = DOUBTED.get(recommended.rule, 0.15 if recommended.verdict == "undecided" else 0.04)
        if rng.random() >= doubt:
            return shares, ""
        leading = shares[0][0]
        other = {"supplier": "warehouse", "warehouse": "supplier", "customer": "agent"}.get(leading, "agent")
        if recommended.runner_up and rng.random() < 0.5:
            other = max(recommended.runner_up["shares"].items(), key=lambda each: each[1])[0]
        other = other if other != leading else "customer"
        return ((other, 100),), rng.choice(["evidence", "evidence", "rule", "rule", "goodwill"])

    def ask(self, case: Case, partner: Partner, party: str, percent: int) -> None:
        """Ask a partner for its share; where the ticket goes on, it answers, or keeps silent until its time is over."""
        rng, ticket, text = self.rng, case.ticket, case.recommended.basis if case.recommended else ""
        begin = case.at
        asked = begin + rng.uniform(0.1, 0.5) * HOUR
        if asked >= self.now:
            return
        due = self.calendar.add(asked, DEFAULT_MINUTES[ClockKind.PARTNER])
        request = self.rows.add(
            PartnerRequest(
                organization=self.site.organization, ticket=ticket, partner=partner, party=party, percent=percent,
                text=text, asked_by=ticket.assignee, asked_at=asked, due_at=due,
            )
        )  # fmt: skip
        case.at = asked
        self.event(case, "partner_asked", self.member(ticket.assignee), data={"name": partner.name, "percent": percent})
        case.at = begin
        answered = None
        if case.stop != "partner":
            answered = self.answer(case, request)
        elif rng.random() < 0.6:
            request.seen_at = asked + (self.now - asked) * rng.uniform(0.2, 0.8)
        self.rows.add(
            StageClock(
                organization=self.site.organization, ticket=ticket, kind="partner", request=request,
                minutes=DEFAULT_MINUTES[ClockKind.PARTNER], started_at=asked, resumed_at=asked, due_at=due,
                stopped_at=answered, met=None if answered is None else answered <= due,
                used_minutes=self.calendar.between(asked, answered) if answered else 0,
                next_at=None if answered else self.next_reminder(asked, ClockKind.PARTNER)[0],
                step=0 if answered else self.next_reminder(asked, ClockKind.PARTNER)[1],
            )
        )  # fmt: skip

    def answer(self, case: Case, request: PartnerRequest) -> dt.datetime:
        """Write a partner's answer and return when it came."""
        rng, asked, partner = self.rng, request.asked_at, request.partner
        usual, weights = STYLE[request.party]
        came = min(asked + rng.uniform(*usual) * HOUR, asked + (self.now - asked) / 2)
        answer = rng.choices(["accepted", "partly", "contested", "silence"], weights=weights)[0]
        if answer == "silence" and request.due_at >= self.now - HOUR:
            answer = "accepted"
        percent = {"accepted": request.percent, "partly": max(1, request.percent * rng.choice([5, 6, 7]) // 10)}.get(
            answer
        )
        if answer == "partly" and percent == request.percent:
            answer = "accepted"
        who: tuple[Any, Any, str] = (Actor.PARTNER, None, partner.name)
        request.seen_at = asked + (came - asked) * 0.6
        if answer == "silence":
            came, who, percent = request.due_at, SYSTEM, request.percent
            request.seen_at = request.seen_at if rng.random() < 0.5 else None
        request.answer, request.answered_at, request.answer_text = answer, came, story.PARTNER_WORDS[answer]
        request.answer_percent = percent
        if answer in ("accepted", "partly") and request.party == "supplier":
            request.prevention = rng.choice(story.PREVENTIONS)
        case.answers[request.party] = percent or 0
        case.at = max(case.at, came)
        if request.answer_text:
            words = "\n\n".join(filter(None, (request.answer_text, request.prevention)))
            self.say(case, who, "partner", words, partner=partner)
        data = {"answer": answer, "percent": percent, "name": partner.name}
        self.event(case, "partner_answered", who, reason=request.answer_text, data=data)
        return came

"""The tickets of the demonstration: each as far along its way as its time allows, written in bulk.

What the actions guarantee holds for every row here too; `tests/analytics/test_demo.py` checks it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tickets.models import (
    Assessment,
    FollowUp,
    NumberSequence,
    PartnerRequest,
    Plan,
    PlanAction,
    StageClock,
    Ticket,
    TicketCost,
)
from tickets.models.clock import DEFAULT_MINUTES, ClockKind
from tickets.workflow import Actor

from . import story
from .bulk import Progress
from .orders import Sold
from .record import HOUR, Case, Recorder, stand
from .responsibility import suggest

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
REMEDY = {
    "broken_inside": ("refund", "replacement", "partial_refund"),
    "crushed": ("refund", "replacement"),
    "defective": ("refund", "repair", "replacement"),
    "wrong_item": ("replacement", "partial_refund"),
    "missing_part": ("resend", "partial_refund"),
    "counterfeit": ("partial_refund", "refund"),
    "delayed": ("freight_refund", "apology"),
    "lost": ("refund", "replacement"),
    "not_received": ("refund", "carrier_claim"),
    "unexpected_duty": ("compensation", "customs_assistance"),
    "unwanted": ("return", "apology"),
}
ENDS = {
    "refund": "refunded", "partial_refund": "partly_refunded", "replacement": "replaced", "repair": "repaired",
    "resend": "replaced", "freight_refund": "partly_refunded", "apology": "explained", "carrier_claim": "delivered",
    "compensation": "compensated", "customs_assistance": "explained", "return": "refunded",
}  # fmt: skip
CAUSES = {
    "broken_inside": "packing", "crushed": "transit", "defective": "production", "wrong_item": "warehouse_picking",
    "missing_part": "supplier_picking", "counterfeit": "description", "delayed": "carrier_delay",
    "lost": "carrier_loss", "not_received": "carrier_loss", "unexpected_duty": "customs_decision",
    "unwanted": "customer_error",
}  # fmt: skip


class Teller(Recorder):
    """Tells the tickets of one organization."""

    def tell(self, sold: list[Sold], progress: Progress) -> list[Case]:
        """Write the tickets of all complained orders; return them, oldest first."""
        moments = [(self.filed(s), n) for n, s in enumerate(sold) if s.problem]
        cases = []
        for filed_at, n in sorted(moments):
            if filed_at < self.now - dt.timedelta(minutes=5):
                cases.append(self.case(sold[n], filed_at))
                cases.extend(self.again(cases[-1]))
        cases.sort(key=lambda case: case.ticket.filed_at)
        self.number(cases)
        for case in cases:
            self.live(case)
        self.rows.write(progress)
        for ticket, other in self.merged:
            Ticket.objects.filter(pk=ticket.pk).update(merged_into=other)
        return cases

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
        return Case(s, ticket, hours, stop, filed_at)

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
        ticket.suggested_party, ticket.suggested_confidence = recommended.shares[0][0], recommended.confidence
        fate = rng.random()
        if case.stop == "reported":
            ticket.assignee = self.operator() if rng.random() < 0.4 else None
            self.clock(case, "reported", case.at, None)
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

    def decide(self, case: Case, recommended) -> None:
        """Stage responsibility: ask the partner where one is meant, then confirm what was recommended."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "responsibility")
        party = recommended.shares[0][0]
        partner = {"supplier": case.sold.line.supplier, "carrier": case.sold.shipment.carrier}.get(party)
        if partner is not None and (case.stop == "partner" or (case.stop != "responsibility" and rng.random() < 0.45)):
            self.ask(case, partner, party, recommended)
            if case.stop == "partner":
                ticket.waiting_for = "partner"
        if not case.reaches("planning"):
            self.clock(case, "responsibility", begin, None)
            return
        end = self.after(case, rng.uniform(0.5, 1.0) * case.hours)
        self.clock(case, "responsibility", begin, end)
        member = self.member(ticket.assignee)
        confirmed = self.rows.add(
            Assessment(
                organization=self.site.organization, ticket=ticket, kind="confirmed", rule=recommended.rule,
                basis=recommended.basis, facts=recommended.facts, confidence=100, created_by=ticket.assignee,
                created_at=case.at,
            )
        )  # fmt: skip
        self.shares(case, confirmed, recommended.shares)
        self.event(case, "confirm_responsibility", member, "responsibility", "planning", reason=recommended.basis,
                   data={"shares": dict(recommended.shares)})  # fmt: skip
        self.plan(case, recommended)

    def ask(self, case: Case, partner, party: str, recommended) -> None:
        rng, ticket = self.rng, case.ticket
        asked = case.at + rng.uniform(0.1, 0.5) * HOUR
        due = self.calendar.add(asked, DEFAULT_MINUTES[ClockKind.PARTNER])
        request = self.rows.add(
            PartnerRequest(
                organization=self.site.organization, ticket=ticket, partner=partner, party=party, percent=100,
                text=recommended.basis, asked_by=ticket.assignee, asked_at=asked, due_at=due,
            )
        )  # fmt: skip
        answered = None
        if case.stop != "partner":
            answered = min(asked + rng.uniform(2, 20) * HOUR, asked + (self.now - asked) / 2)
            answer = rng.choices(["accepted", "contested"], weights=[6, 1])[0]
            request.answer, request.answered_at, request.answer_text = answer, answered, story.PARTNER_WORDS[answer]
            request.answer_percent = 100 if answer == "accepted" else None
            case.at = answered
            self.say(case, (Actor.PARTNER, None, partner.name), "partner", request.answer_text, partner=partner)
            self.event(case, "partner_answered", (Actor.PARTNER, None, partner.name), data={"answer": answer})
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

    def plan(self, case: Case, recommended) -> None:
        """Stage planning: propose, and the customer agrees."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "planning")
        if not case.reaches("proposed"):
            self.clock(case, "planning", begin, None)
            return
        proposed = self.after(case, rng.uniform(0.1, 0.4) * case.hours)
        kind = rng.choice(REMEDY[ticket.problem])
        order = case.sold.order
        amount = {
            "refund": order.total, "partial_refund": (order.total * Decimal("0.4")).quantize(Decimal("0.01")),
            "freight_refund": order.freight, "compensation": Decimal("20.00"),
            "replacement": case.sold.line.unit_price, "resend": Decimal("4.50"), "repair": Decimal("12.00"),
        }.get(kind, Decimal(0))  # fmt: skip
        party = recommended.shares[0][0]
        payer = party if party in ("supplier", "carrier", "warehouse") else "agent"
        partner = {"supplier": case.sold.line.supplier, "carrier": case.sold.shipment.carrier,
                   "warehouse": case.sold.shipment.warehouse}.get(payer)  # fmt: skip
        approved = proposed if amount > self.site.organization.approval_amount else None
        plan = self.rows.add(
            Plan(
                organization=self.site.organization, ticket=ticket, version=1, state="proposed",
                currency=order.currency,
                text="We would like to make it right this way.", created_by=ticket.assignee, created_at=proposed,
                answer_by=proposed + self.site.organization.silence_days * DAY, partner_agreed_at=proposed,
                manager_agreed_at=approved, manager=self.site.people["manager"] if approved else None,
            )
        )  # fmt: skip
        action = self.rows.add(
            PlanAction(
                organization=self.site.organization, plan=plan, kind=kind, amount=amount, payer=payer,
                payer_partner=partner, due_on=(proposed + 10 * DAY).date(), clause="Compensation 1",
            )
        )  # fmt: skip
        case.at = proposed
        self.event(case, "plan_proposed", self.member(ticket.assignee), data={"version": 1})
        agreed = min(proposed + rng.uniform(2, 60) * HOUR, proposed + (self.now - proposed) * 0.6)
        if not case.reaches("executing"):
            ticket.waiting_for = "customer"
            self.clock(case, "planning", begin, None, paused=proposed)
            return
        self.clock(case, "planning", begin, agreed, paused=proposed)
        case.at = agreed
        plan.state, plan.customer_agreed_at = "agreed", agreed
        who = (Actor.CUSTOMER, None, str(ticket.customer))
        self.event(case, "plan_accepted", who, data={"version": 1})
        self.event(case, "agree", who, "planning", "executing", data={"version": 1})
        self.execute(case, plan, action)

    def execute(self, case: Case, plan: Plan, action: PlanAction) -> None:
        """Stage execute, then close and follow-up."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "executing")
        done = begin + min(rng.uniform(1, 7) * DAY, (self.now - begin) * 0.6)
        if not case.reaches("closed"):
            self.clock(case, "executing", begin, None)
            return
        member = self.member(ticket.assignee)
        action.done_at, action.done_by = done, ticket.assignee
        action.proof = f"PAY-{rng.randrange(10**6, 10**7)}" if action.amount else f"DOC-{rng.randrange(10**4, 10**5)}"
        case.at = done
        self.event(
            case, "action_done", member, reason=action.proof, data={"kind": action.kind, "amount": str(action.amount)}
        )
        closed = done + min(rng.uniform(0.5, 6) * HOUR, (self.now - done) / 2)
        self.clock(case, "executing", begin, closed)
        ticket.outcome, ticket.root_cause, ticket.closed_at = ENDS[action.kind], CAUSES[ticket.problem], closed
        plan.state = "done"
        case.at = closed
        words = story.CLOSING.get(ticket.outcome, story.CLOSING["explained"])
        self.event(case, "close", member, "executing", "closed", reason=words, data={"outcome": ticket.outcome})
        self.say(case, member, "public", words)
        self.rows.add(
            TicketCost(
                organization=self.site.organization, ticket=ticket, party=action.payer, partner=action.payer_partner,
                amount=action.amount, currency=plan.currency,
            )
        )  # fmt: skip
        self.follow(case)

    def follow(self, case: Case) -> None:
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "closed")
        end = begin + rng.uniform(0.5, 6) * DAY
        if not case.reaches("followed_up") or end >= self.now:
            self.clock(case, "closed", begin, None)
            return
        self.clock(case, "closed", begin, end)
        case.at = end
        stand(ticket, "followed_up")
        if rng.random() < 0.68:
            rating = rng.choices([5, 4, 3, 2, 1], weights=[46, 30, 12, 7, 5])[0]
            comment = rng.choice(story.COMMENTS)
            self.rows.add(
                FollowUp(
                    organization=self.site.organization, ticket=ticket, rating=rating, comment=comment, created_at=end
                )
            )
            who, data = (Actor.CUSTOMER, None, str(ticket.customer)), {"rating": rating}
        else:
            who, data = (Actor.SYSTEM, None, ""), {}
        self.event(case, "follow_up", who, "closed", "followed_up", data=data)

"""Stage planning and after in the demonstration: plans with several actions, second versions, execution, closing."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tickets import amounts
from tickets.models import FollowUp, Plan, PlanAction, PlanActionShare
from tickets.models.plan import CLAIMS
from tickets.planned import Pays, payers_by_shares
from tickets.workflow import Actor

from . import claims, goods_back, story
from .money import Book
from .record import HOUR, Case, Recorder, stand

DAY = dt.timedelta(days=1)
SECOND = 0.1
# What is done for a problem: the first that the customer agrees to. Several kinds are several actions.
REMEDY: dict[str, tuple[tuple[str, ...], ...]] = {
    "broken_inside": (("refund",), ("replacement", "apology"), ("partial_refund",), ("return", "refund")),
    "crushed": (("refund",), ("replacement", "freight_refund")),
    "defective": (("return", "refund"), ("repair",), ("replacement",), ("return", "replacement")),
    "wrong_item": (("replacement",), ("partial_refund",), ("return", "replacement")),
    "missing_part": (("resend",), ("partial_refund",), ("resend", "apology")),
    "counterfeit": (("partial_refund",), ("return", "refund")),
    "delayed": (("freight_refund", "apology"), ("apology",), ("freight_refund",)),
    "lost": (("refund",), ("replacement", "freight_refund")),
    "not_received": (("refund",), ("replacement",)),
    "unexpected_duty": (("compensation",), ("customs_assistance", "compensation"), ("customs_assistance",)),
    "unwanted": (("return", "partial_refund"), ("apology",)),
}
WAITS = frozenset({"refund", "replacement", "partial_refund"})
ENDS = {
    "refund": "refunded", "partial_refund": "partly_refunded", "replacement": "replaced", "repair": "repaired",
    "resend": "replaced", "freight_refund": "partly_refunded", "apology": "explained", "compensation": "compensated",
    "customs_assistance": "explained", "return": "refunded",
}  # fmt: skip
CAUSES = {
    "broken_inside": "packing", "crushed": "transit", "defective": "production", "wrong_item": "warehouse_picking",
    "missing_part": "supplier_picking", "counterfeit": "description", "delayed": "carrier_delay",
    "lost": "carrier_loss", "not_received": "carrier_loss", "unexpected_duty": "customs_decision",
    "unwanted": "customer_error",
}  # fmt: skip
CLAUSES = {"return": "Terms 2", "freight_refund": "Compensation 3", "apology": "Terms 4"}
COUNTERS = ("I would rather have a new one.", "Half of it would be fair, I can still use it.", "That is too little.")


class Planner(Recorder):
    """Tells what was proposed, agreed, done and closed."""

    def payers(self, case: Case, shares: Any) -> tuple[Pays, ...]:
        """Return who pays: by the confirmed shares, where a partner accepted its part; what none accepted is ours."""
        found: dict[str, Pays] = {}
        for each in payers_by_shares([Pays(party, percent) for party, percent in shares]):
            party = each.party if each.percent <= case.answers.get(each.party, 0) else "agent"
            before = found[party].percent if party in found else 0
            found[party] = Pays(party, before + each.percent, self.partner(case, party))
        return tuple(found.values())

    def plan(self, case: Case, shares: Any) -> None:
        """Stage planning: propose, perhaps once more, and the customer agrees."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "planning")
        if not case.reaches("proposed"):
            self.clock(case, "planning", begin, None)
            return
        kinds, payers = rng.choice(REMEDY[ticket.problem]), self.payers(case, shares)
        case.at = self.after(case, rng.uniform(0.1, 0.4) * case.hours)
        version, resting = 1, case.at
        if case.reaches("executing") and rng.random() < SECOND:
            self.refused(case, kinds, payers)
            version = 2
        plan, book = self.propose(case, version, kinds, payers)
        proposed = case.at
        agreed = min(proposed + rng.uniform(2, 60) * HOUR, proposed + (self.now - proposed) * 0.6)
        if not case.reaches("executing"):
            ticket.waiting_for = "customer"
            self.clock(case, "planning", begin, None, paused=resting)
            return
        self.clock(case, "planning", begin, agreed, paused=resting)
        case.at = agreed
        plan.state, plan.customer_agreed_at = "agreed", agreed
        who = (Actor.CUSTOMER, None, str(ticket.customer))
        self.event(case, "plan_accepted", who, data={"version": version})
        self.event(case, "agree", who, "planning", "executing", data={"version": version})
        book.promise(who)
        self.execute(case, plan, book)

    def refused(self, case: Case, kinds: tuple[str, ...], payers: tuple[Pays, ...]) -> None:
        """Write a first version to which the customer said no, or named what it would take instead."""
        plan, _book = self.propose(case, 1, ("apology",) if kinds != ("apology",) else ("customs_assistance",), payers)
        case.at = self.after(case, self.rng.uniform(1, 8))
        who = (Actor.CUSTOMER, None, str(case.ticket.customer))
        plan.state, plan.refusal_text = "refused", self.rng.choice(COUNTERS)
        if self.rng.random() < 0.5:
            plan.refusal, plan.counter_wish = "other_way", "replacement"
            self.event(
                case,
                "plan_countered",
                who,
                reason=plan.refusal_text,
                data={"wish": "replacement", "amount": "", "currency": plan.currency},
            )
        else:
            plan.refusal = "too_little"
            self.event(case, "plan_refused", who, reason=plan.refusal_text, data={"refusal": plan.refusal})
        case.at = self.after(case, self.rng.uniform(0.1, 0.4) * case.hours)

    def propose(self, case: Case, version: int, kinds: tuple[str, ...], payers: tuple[Pays, ...]) -> tuple[Plan, Book]:
        """Write a proposed plan with its actions and shares at the case's moment."""
        ticket, order, now = case.ticket, case.sold.order, case.at
        plan = self.rows.add(
            Plan(
                organization=self.site.organization, ticket=ticket, version=version, state="proposed",
                currency=order.currency, text=story.OFFERS[version > 1], created_by=ticket.assignee, created_at=now,
                answer_by=now + self.site.organization.silence_days * DAY, partner_agreed_at=now,
            )
        )  # fmt: skip
        parts = [self._action(case, plan, kind, payers, returning="return" in kinds) for kind in kinds]
        total = sum((action.amount for action, _shares in parts if action.kind not in CLAIMS), Decimal(0))
        if total > self.site.organization.approval_amount:
            plan.manager_agreed_at, plan.manager = now, self.site.people["manager"]
        self.event(case, "plan_proposed", self.member(ticket.assignee), reason=plan.text, data={"version": version})
        if plan.manager:
            self.event(case, "plan_approved", self.member(plan.manager))
        return plan, Book(self, case, parts)

    def _action(
        self, case: Case, plan: Plan, kind: str, payers: tuple[Pays, ...], *, returning: bool
    ) -> tuple[PlanAction, list[PlanActionShare]]:
        s, unit = case.sold, Decimal("0.01")
        amount = {
            "refund": s.order.total,
            "partial_refund": ((s.order.total - s.order.freight) * Decimal("0.4")).quantize(unit),
            "freight_refund": s.order.freight, "compensation": Decimal("20.00"), "replacement": s.line.unit_price,
            "resend": Decimal("4.50"), "repair": Decimal("12.00"),
        }.get(kind, Decimal(0))  # fmt: skip
        action = self.rows.add(
            PlanAction(
                organization=self.site.organization, plan=plan, kind=kind, amount=amount,
                awaits_return=returning and kind in WAITS, due_on=(case.at + (21 if returning else 10) * DAY).date(),
                doer="customer" if kind == "return" else "agent", clause=CLAUSES.get(kind, "Compensation 1"),
            )
        )  # fmt: skip
        if not amount:
            return action, []
        parts = amounts.split(amount, [each.percent for each in payers], plan.currency)
        shares = [
            self.rows.add(
                PlanActionShare(
                    organization=self.site.organization, action=action, party=each.party, percent=each.percent,
                    partner=each.partner, amount=part, agreed_at=case.at if each.partner else None,
                )
            )
            for each, part in zip(payers, parts, strict=True)
        ]  # fmt: skip
        return action, shares

    def execute(self, case: Case, plan: Plan, book: Book) -> None:
        """Stage execute, then close and follow-up."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "executing")
        member = self.member(ticket.assignee)
        back = next((action for action, _shares in book.parts if action.kind == "return"), None)
        if not case.reaches("closed"):
            self.clock(case, "executing", begin, None)
            if back:
                goods_back.under_way(self, case, back)
            claims.leave(self, case)
            return
        claims.file(self, case, member)
        # What waits for goods that come back takes longer than the payment alone.
        days = rng.uniform(6, 11) if back else rng.uniform(1, 7)
        done = begin + min(days * DAY, (self.now - begin) * 0.6)
        if back:
            goods_back.came(self, case, back, done)
        for action, _shares in sorted(book.parts, key=lambda part: part[0].kind != "return"):
            case.at = done
            action.done_at, action.done_by = done, ticket.assignee
            action.proof = action.proof or (
                f"PAY-{rng.randrange(10**6, 10**7)}" if action.amount else f"DOC-{rng.randrange(10**4, 10**5)}"
            )
            book.pay(action, member)
            data = {"kind": action.kind, "amount": str(action.amount), "currency": plan.currency}
            self.event(case, "action_done", member, reason=action.proof, data=data)
        self.close(case, plan, book, begin)

    def close(self, case: Case, plan: Plan, book: Book, begin: dt.datetime) -> None:
        """Close with outcome, root cause and cost; what came back from partners is recorded first."""
        ticket, rng, member = case.ticket, self.rng, self.member(case.ticket.assignee)
        closed = case.at + min(rng.uniform(0.5, 6) * HOUR, (self.now - case.at) / 2)
        case.at = closed
        claims.answer(self, case, member, pays=any(key[0] == "carrier" for key in book.net))
        book.recover(member)
        claims.leave(self, case)
        case.at = max(case.at, closed)
        self.clock(case, "executing", begin, case.at)
        main = next((a.kind for a, _s in reversed(book.parts) if a.amount), book.parts[-1][0].kind)
        ticket.outcome, ticket.root_cause, ticket.closed_at = ENDS[main], CAUSES[ticket.problem], case.at
        plan.state = "done"
        words = story.CLOSING.get(ticket.outcome, story.CLOSING["explained"])
        data = {"outcome": ticket.outcome, "cause": ticket.root_cause}
        self.event(case, "close", member, "executing", "closed", reason=words, data=data)
        self.say(case, member, "public", words)
        book.close()
        self.follow(case)

    def follow(self, case: Case) -> None:
        """Stage closed: the customer rates it, or the window ends."""
        ticket, rng, begin = case.ticket, self.rng, case.at
        stand(ticket, "closed")
        end = begin + rng.uniform(0.5, 6) * DAY
        if not case.reaches("followed_up") or end >= self.now:
            self.clock(case, "closed", begin, None)
            return
        self.clock(case, "closed", begin, end)
        case.at = end
        stand(ticket, "followed_up")
        who, data = (Actor.SYSTEM, None, ""), {}
        if rng.random() < 0.68:
            rating = rng.choices([5, 4, 3, 2, 1], weights=[46, 30, 12, 7, 5])[0]
            comment = rng.choice(story.COMMENTS)
            self.rows.add(
                FollowUp(
                    organization=self.site.organization, ticket=ticket, rating=rating, comment=comment, created_at=end
                )
            )
            who, data = (Actor.CUSTOMER, None, str(ticket.customer)), {"rating": rating}
        self.event(case, "follow_up", who, "closed", "followed_up", data=data)

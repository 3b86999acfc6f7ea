"""The ledger of the demonstration's tickets: promised with the plan, paid with the action, some of it recovered."""

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tickets.models import LedgerEntry, PlanAction, PlanActionShare, TicketCost

if TYPE_CHECKING:
    from .record import Case, Recorder

# How many of the partners' parts came back by the time that a ticket was closed, and how many of them were first
# recorded with a wrong amount.
RECOVERED, WRONG = 0.7, 0.04


class Book:
    """The actions of one agreed plan with who bears them, and what was written of them in the ledger."""

    def __init__(self, teller: "Recorder", case: "Case", parts: list[tuple[PlanAction, list[PlanActionShare]]]) -> None:
        self.teller, self.case, self.parts = teller, case, parts
        self.currency = case.sold.order.currency
        self.net: dict[tuple, Decimal] = defaultdict(Decimal)

    def _enter(self, kind: str, share: PlanActionShare, who: tuple, **fields) -> LedgerEntry:
        _actor, user, name = who
        entry = LedgerEntry(
            organization=self.teller.site.organization, ticket=self.case.ticket, kind=kind, party=share.party,
            partner=share.partner, currency=self.currency, by=user, by_name=name, at=self.case.at,
            **{"amount": share.amount, **fields},
        )  # fmt: skip
        return self.teller.rows.add(entry)

    def promise(self, who: tuple) -> None:
        """Write what everybody promised, at the case's moment."""
        for action, shares in self.parts:
            for share in shares:
                if share.amount:
                    self._enter("promised", share, who, action=action)

    def pay(self, action: PlanAction, who: tuple) -> None:
        """Write what a done action cost each, with its proof."""
        for share in next(shares for each, shares in self.parts if each is action):
            if share.amount:
                self._enter("paid", share, who, action=action, proof=action.proof)
                self.net[share.party, share.partner] += share.amount

    def recover(self, who: tuple) -> None:
        """Write what came back from the partners: against a credit note, or a carrier's claim that was paid."""
        rng, case = self.teller.rng, self.case
        for (party, partner), amount in list(self.net.items()):
            claim = case.claim if party == "carrier" else None
            if partner is None or (claim.state != "paid" if claim else rng.random() >= RECOVERED):
                continue
            share = PlanActionShare(party=party, partner=partner, amount=amount)
            proof = f"CREDIT-{rng.randrange(10**4, 10**5)}"
            if rng.random() < WRONG:
                self._mistake(share, who, proof)
            self._enter("recovered", share, who, claim=claim, proof=proof)
            self.net[party, partner] -= amount
            self._tell("money_recovered", who, proof, amount, party)

    def _mistake(self, share: PlanActionShare, who: tuple, proof: str) -> None:
        """Write a wrong amount and the row that takes it back."""
        wrong = (share.amount / 10).quantize(Decimal("0.01"))
        if not wrong:
            return
        entry = self._enter("recovered", share, who, amount=wrong, proof=proof)
        self._tell("money_recovered", who, proof, wrong, share.party)
        self.teller.rows.reversals.append(
            LedgerEntry(
                organization=entry.organization, ticket=entry.ticket, kind="recovered", party=entry.party,
                partner=entry.partner, currency=entry.currency, amount=-wrong, reverses=entry, proof=proof,
                note=SLIP, by=entry.by, by_name=entry.by_name, at=self.case.at,
            )
        )  # fmt: skip
        data = {"kind_of_money": "recovered", "amount": str(wrong), "currency": self.currency, "proof": proof}
        self.teller.event(self.case, "money_taken_back", who, reason=SLIP, data=data)

    def _tell(self, verb: str, who: tuple, proof: str, amount: Decimal, party: str) -> None:
        data = {"party": party, "amount": str(amount), "currency": self.currency}
        self.teller.event(self.case, verb, who, reason=proof, data=data)

    def close(self) -> None:
        """Write what the closed ticket cost each party: what was paid, less what came back."""
        costs = {key: amount for key, amount in self.net.items() if amount} or {("agent", None): Decimal(0)}
        for (party, partner), amount in costs.items():
            self.teller.rows.add(
                TicketCost(
                    organization=self.teller.site.organization, ticket=self.case.ticket, party=party, partner=partner,
                    amount=amount, currency=self.currency,
                )
            )  # fmt: skip


SLIP = "The decimal point was in the wrong place."

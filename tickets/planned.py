"""What a plan is put together from: its actions, and who pays what share of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from aftersales.orders.models import Partner

from .problems import Party

# They bear nothing in money: the customer gets less back instead, and an authority pays nobody.
NOT_PAYING = {Party.CUSTOMER, Party.CUSTOMS}


@dataclass(frozen=True)
class Pays:
    """One party's part of an action, in whole per cent."""

    party: str
    percent: int
    partner: Partner | None = None


@dataclass(frozen=True)
class Planned:
    """One action of a plan to be proposed; `amount` in the plan's currency.

    Without `payers` it follows the confirmed shares. `awaits_return`: only when the goods are back and inspected.
    """

    kind: str
    due_on: date
    amount: Decimal = Decimal(0)
    payers: Sequence[Pays] = ()
    doer: str = Party.AGENT
    awaits_return: bool = False
    note: str = ""
    clause: str = ""


def payers_by_shares(shares: Sequence[Pays]) -> tuple[Pays, ...]:
    """Return who pays by shares of responsibility: the customer's and customs' part falls to the others in proportion,
    and to us where nobody else is responsible."""
    paying = [each for each in shares if each.party not in NOT_PAYING and each.percent]
    if not paying:
        return (Pays(Party.AGENT, 100),)
    whole = sum(each.percent for each in paying)
    exact = [each.percent * 100 / whole for each in paying]
    percents = [int(each) for each in exact]
    for n in sorted(range(len(paying)), key=lambda n: (percents[n] - exact[n], n))[: 100 - sum(percents)]:
        percents[n] += 1
    return tuple(replace(p, percent=n) for p, n in zip(paying, percents, strict=True) if n)

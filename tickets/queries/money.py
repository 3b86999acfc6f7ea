"""What was promised, paid and recovered on a ticket: totals per party and currency, and whether they reconcile."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from ..models import LedgerEntry, PlanAction, Ticket
from ..models.plan import CLAIMS
from ..problems import Party

Kind = LedgerEntry.Kind
NOTHING = Decimal(0)


@dataclass
class Total:
    """One party's sums in one currency; what is still to be paid to the customer, and to come back from the party."""

    party: str
    partner_id: int | None
    name: str
    currency: str
    promised: Decimal = NOTHING
    paid: Decimal = NOTHING
    recovered: Decimal = NOTHING

    @property
    def label(self) -> str:
        """The party in words."""
        return str(Party(self.party).label)

    @property
    def to_pay(self) -> Decimal:
        """Promised and not paid yet."""
        return self.promised - self.paid

    @property
    def to_recover(self) -> Decimal:
        """Paid by us for the party and not back yet; what we or the customer bear comes from nobody."""
        return NOTHING if self.party in (Party.AGENT, Party.CUSTOMER) else max(self.paid - self.recovered, NOTHING)


@dataclass
class Check:
    """The ledger's sum beside that of the plan's actions, in one currency."""

    kind: str
    currency: str
    ledger: Decimal
    actions: Decimal

    @property
    def label(self) -> str:
        """Promised or paid, in words."""
        return str(Kind(self.kind).label)

    @property
    def fits(self) -> bool:
        """Whether both say the same."""
        return self.ledger == self.actions


@dataclass
class MoneyPage:
    """Everything the money page shows."""

    rows: list[LedgerEntry]
    totals: list[Total]
    sums: list[Total]
    checks: list[Check] = field(default_factory=list)

    @property
    def mismatches(self) -> list[Check]:
        """The sums in which ledger and actions differ; there should be none."""
        return [check for check in self.checks if not check.fits]


def entries(ticket: Ticket) -> list[LedgerEntry]:
    """Return the ledger of a ticket in the order of time, in one statement."""
    rows = LedgerEntry.objects.filter(ticket=ticket).select_related("partner", "action__plan", "claim", "reverses")
    found = list(rows.order_by("at", "id"))
    taken_back = {row.reverses_id for row in found}
    for row in found:
        row.is_taken_back = row.pk in taken_back  # type: ignore[attr-defined]
    return found


def totals(ticket: Ticket) -> list[Total]:
    """Return promised, paid and recovered per party, partner and currency, in one statement."""
    return _totals(LedgerEntry.objects.filter(ticket=ticket).select_related("partner"))


def _totals(rows: Iterable[LedgerEntry]) -> list[Total]:
    found: dict[tuple, Total] = {}
    for row in rows:
        key = (row.party, row.partner_id, row.currency)
        total = found.setdefault(key, Total(*key[:2], row.partner.name if row.partner else "", row.currency))
        setattr(total, row.kind, getattr(total, row.kind) + row.amount)
    order = {party: n for n, party in enumerate(Party.values)}
    return sorted(found.values(), key=lambda t: (t.currency, order.get(t.party, 99), t.partner_id or 0))


def sums(parts: Iterable[Total]) -> list[Total]:
    """Return one total for each currency."""
    found: dict[str, Total] = {}
    for each in parts:
        total = found.setdefault(each.currency, Total("agent", None, "", each.currency))
        total.promised += each.promised
        total.paid += each.paid
        total.recovered += each.recovered
    return list(found.values())


def costs(ticket: Ticket) -> dict[tuple[str, int | None, str], Decimal]:
    """Return what the ticket cost each (party, partner, currency): paid less recovered.

    What came back beyond a party's own part lowers ours. An empty ledger: nothing, for us, in the order's currency.
    """
    found: dict[tuple[str, int | None, str], Decimal] = {}
    over: dict[str, Decimal] = defaultdict(Decimal)
    for total in totals(ticket):
        net = total.paid - total.recovered
        found[total.party, total.partner_id, total.currency] = max(net, NOTHING)
        over[total.currency] += max(-net, NOTHING)
    for currency, surplus in over.items():
        own = (Party.AGENT.value, None, currency)
        if own in found:
            found[own] = max(found[own] - surplus, NOTHING)
    kept = {key: amount for key, amount in found.items() if amount}
    return kept or {(Party.AGENT.value, None, ticket.order.currency): NOTHING}


def checks(ticket: Ticket, totals_found: Iterable[Total]) -> list[Check]:
    """Return, by currency, the ledger's sums beside those of the plans' actions, in one statement.

    Promised: the agreed plan's actions, and what was done of others. Paid: what was done. Claims cost nobody anything.
    """
    done = Q(done_at__isnull=False)
    rows = (
        PlanAction.objects.filter(plan__ticket=ticket)
        .exclude(kind__in=CLAIMS)
        .order_by()
        .values("plan__currency")
        .annotate(
            promised=Sum("amount", filter=done | Q(plan__state="agreed"), default=NOTHING),
            paid=Sum("amount", filter=done, default=NOTHING),
        )
    )
    by_actions = {row["plan__currency"]: row for row in rows}
    by_ledger = {each.currency: each for each in sums(totals_found)}
    found = []
    for currency in sorted({*by_actions, *by_ledger}):
        planned, booked = by_actions.get(currency), by_ledger.get(currency)
        for kind in (Kind.PROMISED, Kind.PAID):
            ledger = getattr(booked, kind) if booked else NOTHING
            actions = planned[kind] if planned else NOTHING
            if ledger or actions:
                found.append(Check(kind, currency, ledger, actions))
    return found


def page(ticket: Ticket) -> MoneyPage:
    """Return the money page of a ticket. Two statements, however many rows there are."""
    rows = entries(ticket)
    parts = _totals(rows)
    return MoneyPage(rows, parts, sums(parts), checks(ticket, parts))


def may_be_taken_back(row: LedgerEntry) -> bool:
    """Whether a row of `entries` can be taken back by hand: money that stands, no promise."""
    return row.kind != Kind.PROMISED and row.reverses_id is None and not row.is_taken_back  # type: ignore[attr-defined]

"""What a proposal stands on, read in one statement: shares, the policy's lines, a mediation, what is left to refund."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Greatest, JSONObject

from aftersales.orders.models import OrderRefund, Partner

from ..models import AssessmentShare, LedgerEntry, Mediation, Remedy, Ticket, Window
from ..models.plan import REFUNDS
from ..planned import Pays, payers_by_shares
from ..problems import Party
from .remedies import default_remedies
from .windows import default_windows

AMOUNT = DecimalField(max_digits=14, decimal_places=2)
ZERO = Value(Decimal(0), AMOUNT)
_WINDOW = ("country", "category", "group", "problem", "days", "source")
_REMEDY = (
    "position", "name", "problems", "parties", "wishes", "country", "category", "insured", "actions", "clause",
    "source", "is_active",
)  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """The confirmed responsibility and who pays by it, the policy, a mediation that binds, and what may be refunded."""

    shares: list[Pays]
    payers: tuple[Pays, ...]
    remedies: list[Remedy]
    windows: list[Window]
    left: Decimal
    mediation: Mediation | None = None
    mediated_payers: tuple[Pays, ...] = ()

    @property
    def leading(self) -> str:
        """The party with the largest share, or empty."""
        return self.shares[0].party if self.shares else ""

    @property
    def customer_share(self) -> int:
        """The customer's own part, in per cent."""
        return next((each.percent for each in self.shares if each.party == Party.CUSTOMER), 0)


def ground_of(ticket: Ticket) -> Ground:
    """Return what a proposal for the ticket stands on. One statement."""
    row: Any = _statement(ticket).get()
    shares = [_pays(ticket, each) for each in row.confirmed_rows]
    mediations = row.mediation_rows
    mediation, mediated = (_mediation(ticket, mediations[0])) if mediations else (None, ())
    return Ground(
        shares=shares,
        payers=payers_by_shares(shares),
        remedies=[_remedy(each) for each in row.remedy_rows] or default_remedies(),
        windows=[Window(**each) for each in row.window_rows] or default_windows(),
        left=refundable_of(row),
        mediation=mediation,
        mediated_payers=mediated,
    )


def refundable_of(row: Ticket) -> Decimal:
    """Return what may still be refunded, of a ticket read with `refund_columns`, in the order's currency."""
    order = row.order
    back = max(order.refunded, row.recorded_refunds)  # type: ignore[attr-defined]
    return max(order.total - back - row.ledger_refunds, Decimal(0))  # type: ignore[attr-defined]


def refund_columns() -> dict[str, Any]:
    """Return what went back to the customer, as columns of a ticket's own statement.

    What the shop reported and what stands as the order's refunds may be the same money, so that the larger counts; what
    this ticket paid and what other tickets of the order promised comes on top.
    """
    recorded = OrderRefund.objects.filter(order=OuterRef("order"), currency_paid=OuterRef("order__currency"))
    here = Q(ticket=OuterRef("pk"), kind=LedgerEntry.Kind.PAID)
    elsewhere = ~Q(ticket=OuterRef("pk")) & Q(kind=LedgerEntry.Kind.PROMISED)
    ledger = LedgerEntry.objects.filter(
        here | elsewhere, ticket__order=OuterRef("order"), currency=OuterRef("order__currency"),
        action__kind__in=REFUNDS,
    )  # fmt: skip
    return {
        "recorded_refunds": _sum(recorded, "order", "paid"),
        "ledger_refunds": Greatest(_sum(ledger, "ticket__order", "amount"), ZERO),
    }


def _sum(rows: QuerySet[Any], by: str, column: str) -> Coalesce:
    summed = rows.order_by().values(by).annotate(n=Sum(column)).values("n")
    return Coalesce(Subquery(summed, output_field=AMOUNT), ZERO, output_field=AMOUNT)


def _statement(ticket: Ticket) -> QuerySet[Ticket]:
    own = AssessmentShare.objects.filter(
        assessment__ticket=OuterRef("pk"), assessment__kind="confirmed", assessment__superseded_at=None
    )
    # The latest binds, unless the ticket was closed since (`rules.binds`).
    disputes = Mediation.objects.filter(ticket=OuterRef("pk")).exclude(decided_at=None).order_by("-decided_at", "-pk")
    return (
        Ticket.objects.filter(pk=ticket.pk)
        .select_related("order")
        .annotate(
            confirmed_rows=_rows(own.order_by("-percent", "pk"), **_share_columns()),
            remedy_rows=_rows(
                Remedy.objects.order_by("position", "pk"), *_REMEDY, value_from=_text("value_from"),
                value_to=_text("value_to"),
            ),
            window_rows=_rows(Window.objects.order_by("pk"), *_WINDOW),
            mediation_rows=_rows(
                disputes[:1], "currency", id="pk", amount=_text("amount"), decided_by="decided_by_id",
                shares=_rows(
                    AssessmentShare.objects.filter(assessment=OuterRef("assessment")).order_by("-percent", "pk"),
                    **_share_columns(),
                ),
                decided_at="decided_at",
            ),
            **refund_columns(),
        )
    )  # fmt: skip


def _share_columns() -> dict[str, str]:
    return {
        "party": "party", "percent": "percent", "partner": "partner_id", "name": "partner__name",
        "email": "partner__email", "kind": "partner__kind",
    }  # fmt: skip


def _rows(queryset: QuerySet[Any], *names: str, **expressions: Any) -> ArraySubquery:
    return ArraySubquery(queryset.values(row=JSONObject(**{name: name for name in names}, **expressions)))


def _text(name: str) -> Cast:
    return Cast(name, CharField())


def _pays(ticket: Ticket, row: dict[str, Any]) -> Pays:
    partner = None
    if row["partner"]:
        partner = Partner(
            pk=row["partner"], name=row["name"], email=row["email"], kind=row["kind"],
            organization_id=ticket.organization_id,
        )  # fmt: skip
    return Pays(row["party"], row["percent"], partner)


def _remedy(row: dict[str, Any]) -> Remedy:
    limits = {name: Decimal(row[name]) if row[name] else None for name in ("value_from", "value_to")}
    return Remedy(**row | limits)


def _mediation(ticket: Ticket, row: dict[str, Any]) -> tuple[Mediation | None, tuple[Pays, ...]]:
    decided_at = dt.datetime.fromisoformat(row["decided_at"])
    if ticket.closed_at and ticket.closed_at >= decided_at:
        return None, ()
    amount = Decimal(row["amount"]) if row["amount"] else None
    mediation = Mediation(pk=row["id"], amount=amount, currency=row["currency"], decided_at=decided_at)
    shares = [_pays(ticket, each) for each in row["shares"]]
    return mediation, payers_by_shares(shares) if shares else ()

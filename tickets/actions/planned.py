"""What a plan is put together from, and every reason why it cannot be proposed. Nothing is written here."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Order

from .. import amounts, policy, rules
from ..amounts import digits_of
from ..models import Mediation, PlanAction, Ticket
from ..models.plan import CLAIMS, GIVES, REFUNDS
from ..planned import NOT_PAYING, Pays, Planned, payers_by_shares
from ..problems import Party
from .base import Refused, partner_for, require


class ActionRefused(Refused):
    """An action of the plan cannot stand; `position` counts from 0, `field` names its input."""

    def __init__(self, message: str, field: str, position: int) -> None:
        super().__init__(message, field)
        self.position = position


def confirmed_payers(ticket: Ticket) -> tuple[Pays, ...]:
    """Return who pays by the ticket's confirmed assessment."""
    return assessed_payers(ticket.confirmed_assessment())


def assessed_payers(assessment) -> tuple[Pays, ...]:
    """Return who pays by an assessment; us where there is none."""
    shares = assessment.shares.select_related("partner") if assessment else ()
    return payers_by_shares([Pays(s.party, s.percent, s.partner) for s in shares])


def refundable(ticket: Ticket) -> Decimal:
    """Return what may still be refunded of the order, in its currency (`policy.refund_columns` says what counts)."""
    row = Ticket.objects.select_related("order").annotate(**policy.refund_columns()).get(pk=ticket.pk)
    return policy.refundable_of(row)


def prepared(ticket: Ticket, currency: str, planned: Sequence[Planned]) -> list[Planned]:
    """Return the actions with their payers filled in. Raises Refused with action and field where one cannot stand."""
    require(planned, _("A plan needs at least one action."), "actions")
    require(
        currency == ticket.order.currency,
        _("The order was paid in %(currency)s; plan in that currency.") % {"currency": ticket.order.currency},
        "currency",
    )
    by_shares = confirmed_payers(ticket)
    found = [_with_payers(ticket, each, by_shares) for each in planned]
    for position, action in enumerate(found):
        _check(ticket, currency, action, position)
    _check_total(ticket, found)
    return found


def _with_payers(ticket: Ticket, action: Planned, by_shares: tuple[Pays, ...]) -> Planned:
    if action.kind in CLAIMS or not action.amount:
        return replace(action, payers=())
    payers = action.payers or by_shares
    return replace(action, payers=tuple(replace(p, partner=p.partner or partner_for(ticket, p.party)) for p in payers))


def _check(ticket: Ticket, currency: str, action: Planned, position: int) -> None:
    def need(condition: object, message: str, field: str) -> None:
        if not condition:
            raise ActionRefused(message, field, position)

    today = timezone.now().astimezone(ticket.organization.zone).date()
    need(action.kind in PlanAction.Kind.values, _("Choose an action."), "kind")
    need(action.doer in Party.values, _("Choose who does it."), "doer")
    need(action.amount >= 0, _("An amount cannot be negative."), "amount")
    if not amounts.fits(action.amount, currency):
        said = {"currency": currency, "amount": amounts.rounded(action.amount, currency)}
        none = _("%(currency)s has no decimals; write %(amount)s.")
        need(
            False,
            (_("%(currency)s has two decimals; write %(amount)s.") if digits_of(currency) else none) % said,
            "amount",
        )
    need(action.due_on >= today, _("Choose a day from today on."), "due_on")
    need(action.amount > 0 or action.kind not in GIVES, _("A refund needs an amount above zero."), "amount")
    payers = action.payers
    need(all(p.party in Party.values for p in payers), _("Choose who pays."), "payer")
    need(len({p.party for p in payers}) == len(payers), _("Name each party once."), "payer")
    total = sum(p.percent for p in payers)
    need(
        not payers or rules.shares_add_up(p.percent for p in payers),
        _("The shares of who pays must add to 100 per cent; now they add to %(total)d.") % {"total": total},
        "payer",
    )
    need(
        action.kind not in GIVES or all(p.party not in NOT_PAYING for p in payers),
        _("The customer and customs cannot pay what the customer gets; let us or a partner pay."),
        "payer",
    )
    for each in payers:
        need(
            not each.partner or each.partner.email,
            _("%(partner)s has no e-mail and cannot be asked to pay; add one under Partners, or let us pay.")
            % {"partner": each.partner},
            "payer",
        )


def _check_total(ticket: Ticket, planned: list[Planned]) -> None:
    back = sum((a.amount for a in planned if a.kind in REFUNDS), Decimal(0))
    if not back:
        return
    order: Order = ticket.order
    left = refundable(ticket)
    position = max(n for n, a in enumerate(planned) if a.kind in REFUNDS)
    said = {"total": order.total, "left": left, "currency": order.currency}
    if back > left and left < order.total:
        message = _(
            "Of %(total)s %(currency)s paid, %(left)s %(currency)s are left; more cannot be refunded. Write less."
        )
        raise ActionRefused(message % said, "amount", position)
    if back > left:
        message = _("The customer paid %(total)s %(currency)s; more cannot be refunded. Write less.")
        raise ActionRefused(message % said, "amount", position)


# ── a decided mediation ────────────────────────────────────────────────────────────────────────────────────────────
def check_mediation(mediation: Mediation, currency: str, planned: Sequence[Planned]) -> None:
    """Raise Refused, naming the figure, where a plan gives less than was decided or is paid by other shares."""
    given = sum((a.amount for a in planned if a.kind in GIVES), Decimal(0))
    decided = mediation.amount or Decimal(0)
    currency_decided = mediation.currency or currency
    said = {"amount": decided, "given": given, "currency": currency_decided}
    require(
        currency_decided == currency,
        _("The mediation decided in %(currency)s; plan in that currency.") % said,
        "currency",
    )
    require(
        given >= decided,
        _("The mediation decided at least %(amount)s %(currency)s for the customer; this plan gives %(given)s.") % said,
        "amount",
    )
    if mediation.assessment is None:
        return
    wanted = {(p.party, p.percent) for p in assessed_payers(mediation.assessment)}
    words = ", ".join(f"{Party(party).label} {percent} %" for party, percent in sorted(wanted, key=lambda w: -w[1]))
    for position, action in enumerate(planned):
        if action.kind in GIVES and {(p.party, p.percent) for p in action.payers} != wanted:
            message = _("The mediation decided who pays: %(shares)s. Use these shares.") % {"shares": words}
            raise ActionRefused(message, "payer", position)

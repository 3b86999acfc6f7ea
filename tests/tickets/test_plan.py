"""What a plan may promise, who must agree, what a mediation binds, and what is answered to what cannot be."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.orders.models import Order, Partner
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, amounts
from tickets.models import Assessment, AssessmentShare, Claim, Mediation, Plan, Ticket, TicketEvent
from tickets.planned import Pays, Planned, payers_by_shares

pytestmark = pytest.mark.django_db
US = (Pays("agent", 100),)


def soon(days: int = 7) -> dt.date:
    return timezone.now().date() + dt.timedelta(days=days)


def refund(amount="10", payers=US, **fields) -> Planned:
    kind, due = fields.pop("kind", "partial_refund"), fields.pop("due_on", soon())
    return Planned(kind, due, Decimal(amount), payers, **fields)


@pytest.fixture(scope="module")
def rows(cast):
    cast.by, cast.boss = member(cast.bob, cast.luma), member(cast.mona, cast.luma)
    with tenant(cast.harbor):
        make_ticket(make_order(number="LH-1"))
    with tenant(cast.luma):
        order = make_order()
        maker = make_partner(name="Oakline", email="oak@maker.example")
        line = make_line(order, supplier=maker)
        make_shipment(order, carrier=make_partner("carrier", "Swift", email="swift@carrier.example"))
        found = to_stage(make_ticket(order, line=line), "responsibility", cast.by)
        shares = [actions.Share("supplier", 60), actions.Share("carrier", 40)]
        actions.confirm_responsibility(found, by=cast.by, shares=shares, basis="Both.", override="other")
        cast.ticket = Ticket.objects.get(pk=found.pk)
    return cast


@pytest.fixture
def inside(own):
    with tenant(own.luma):
        yield own.luma


@pytest.fixture
def by(own):
    return own.by


@pytest.fixture
def boss(own):
    return own.boss


@pytest.fixture
def ticket(own, inside):
    return own.ticket


def propose(ticket, by, *planned, currency="EUR", text="We propose this."):
    return actions.propose_plan(
        Ticket.objects.get(pk=ticket.pk), by=by, text=text, currency=currency, actions=list(planned)
    )


def customer(ticket):
    return actions.By.customer(ticket.customer)


def shares_of(plan):
    return [[(s.party, s.percent, s.amount) for s in a.shares.all()] for a in plan.actions.all()]


# A machine that does other things is no fault of the property.
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


# ── who pays what share ────────────────────────────────────────────────────────────────────────────────────────────
@patient
@given(
    st.decimals(0, 99999, places=2), st.lists(st.integers(1, 60), min_size=1, max_size=5),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)  # fmt: skip
def test_parts_add_up_to_the_last_cent(amount, weights, currency):
    whole = sum(weights)
    percents = [w * 100 // whole for w in weights]
    percents[0] += 100 - sum(percents)
    amount = amounts.rounded(amount, currency)
    parts = amounts.split(amount, percents, currency)
    assert sum(parts) == amount and all(amounts.fits(part, currency) for part in parts)
    assert all(abs(part - amount * p / 100) < 1 for part, p in zip(parts, percents, strict=True))


@patient
@given(st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_the_customers_part_falls_to_the_others(percents):
    parties = ["customer", "supplier", "carrier", "warehouse", "agent", "customs"]
    paying = payers_by_shares([Pays(p, n) for p, n in zip(parties, percents, strict=False)])
    assert sum(each.percent for each in paying) == 100
    assert not {each.party for each in paying} & {"customer", "customs"}


def test_without_payers_it_follows_the_confirmed_shares(ticket, by):
    plan = propose(ticket, by, refund("10.01", payers=()), Planned("apology", soon()))
    assert shares_of(plan) == [[("supplier", 60, Decimal("6.01")), ("carrier", 40, Decimal("4.00"))], []]
    assert [p.name for p in plan.paying_partners()] == ["Oakline", "Swift"]
    assert plan.due_from(Partner.objects.get(name="Swift")) == Decimal("4.00")


def test_every_paying_partner_agrees_for_itself(ticket, by):
    plan = propose(ticket, by, refund("10", payers=()))
    maker, carrier = Partner.objects.get(name="Oakline"), Partner.objects.get(name="Swift")
    actions.accept_plan(plan, by=customer(ticket))
    actions.accept_plan(plan, by=actions.By.partner_contact(maker))
    again = Plan.objects.get(pk=plan.pk)
    assert again.state == "proposed" and again.unagreed_partners() == [carrier]
    with pytest.raises(actions.TooLate, match="already"):
        actions.accept_plan(plan, by=actions.By.partner_contact(maker))
    actions.accept_plan(plan, by=actions.By.partner_contact(carrier))
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"


@pytest.mark.parametrize(
    ("planned", "field", "says"),
    [
        ({"payers": (Pays("agent", 60), Pays("supplier", 30))}, "payer", "add to 100 per cent; now they add to 90"),
        ({"payers": (Pays("agent", 50), Pays("agent", 50))}, "payer", "each party once"),
        ({"payers": (Pays("customer", 100),)}, "payer", "cannot pay what the customer gets"),
        ({"payers": (Pays("nobody", 100),)}, "payer", "Choose who pays"),
        ({"amount": "-1"}, "amount", "cannot be negative"),
        ({"amount": "10.005"}, "amount", "two decimals; write 10.01"),
        ({"amount": "40"}, "amount", "paid 39.90 EUR; more cannot"),
        ({"due_on": dt.date(2020, 1, 1)}, "due_on", "from today on"),
        ({"kind": "gift"}, "kind", "Choose an action"),
        ({"doer": "nobody"}, "doer", "Choose who does it"),
    ],
)
def test_what_cannot_stand_names_action_field_and_mend(ticket, by, planned, field, says):
    with pytest.raises(actions.ActionRefused, match=says) as refused, transaction.atomic():
        propose(ticket, by, Planned("apology", soon()), refund(**planned))
    assert (refused.value.field, refused.value.position) == (field, 1)
    assert not ticket.plans.exists()


def test_a_currency_without_decimals(ticket, by):
    Order.objects.update(currency="JPY", total=5000)
    with pytest.raises(actions.Refused, match="JPY has no decimals; write 13"):
        propose(ticket, by, refund("12.50"), currency="JPY")
    assert shares_of(propose(ticket, by, refund("1001", payers=()), currency="JPY")) == [
        [("supplier", 60, Decimal(601)), ("carrier", 40, Decimal(400))]
    ]


def test_currencies_are_not_mixed(ticket, by):
    with pytest.raises(actions.Refused, match="paid in EUR") as refused:
        propose(ticket, by, refund(), currency="USD")
    assert refused.value.field == "currency"


def test_a_partner_without_an_address_is_named(ticket, by):
    Partner.objects.filter(name="Swift").update(email="")
    with pytest.raises(actions.Refused, match="Swift has no e-mail"):
        propose(ticket, by, refund(payers=()))


# ── what was paid, less what went back ─────────────────────────────────────────────────────────────────────────────
def test_what_the_shop_refunded_is_gone(ticket, by):
    Order.objects.update(refunded=30)
    with pytest.raises(actions.Refused, match=r"9\.90 EUR are left"):
        propose(ticket, by, refund("10"))
    ticket.order.refunds.create(agreed=30, paid=Decimal("35"), currency_paid="EUR")
    with pytest.raises(actions.Refused, match=r"4\.90 EUR are left"):
        propose(ticket, by, refund("5"))
    propose(ticket, by, refund("4.90"), Planned("compensation", soon(), Decimal(50), US))


def test_what_another_ticket_of_the_order_promised_is_gone(ticket, by):
    other = make_ticket(ticket.order, line=ticket.line, text="Another")
    to_stage(other, "executing", by, amount="30")
    with pytest.raises(actions.Refused, match=r"9\.90 EUR are left"):
        propose(ticket, by, refund("10"))
    actions.revise(Ticket.objects.get(pk=other.pk), by=by, reason="Not so.")
    propose(ticket, by, refund("39.90"))


def test_what_this_ticket_paid_under_an_earlier_plan_is_gone(ticket, by):
    plan = propose(ticket, by, refund("30"), refund("5"))
    actions.accept_plan(plan, by=customer(ticket))
    first, _second = plan.actions.all()
    actions.record_execution(first, by=by, proof="PAY-1")
    actions.revise(Ticket.objects.get(pk=ticket.pk), by=by, reason="Less.")
    with pytest.raises(actions.Refused, match=r"9\.90 EUR are left"):
        propose(ticket, by, refund("10"))


# ── too late ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_accepted_twice_and_after_it_was_replaced(ticket, by):
    old = propose(ticket, by, refund())
    new = propose(ticket, by, refund("11"))
    with pytest.raises(actions.TooLate, match=r"Bob Operator was faster.*Replaced"):
        actions.accept_plan(old, by=customer(ticket))
    actions.accept_plan(new, by=customer(ticket))
    events = TicketEvent.objects.filter(ticket=ticket).count()
    with pytest.raises(actions.TooLate, match=r"was faster.*Agreed"):
        actions.accept_plan(new, by=customer(ticket))
    with pytest.raises(actions.TooLate, match="was faster"):
        actions.refuse_plan(new, by=customer(ticket), refusal="too_little")
    assert TicketEvent.objects.filter(ticket=ticket).count() == events


def test_refused_after_it_was_accepted_while_a_partner_is_awaited(ticket, by):
    plan = propose(ticket, by, refund(payers=()))
    actions.accept_plan(plan, by=customer(ticket))
    for verb, fields in (
        ("refuse_plan", {"refusal": "too_little"}),
        ("counter_plan", {"amount": Decimal(5), "text": "x"}),
    ):
        with pytest.raises(actions.TooLate, match="accepted this plan already"):
            getattr(actions, verb)(plan, by=customer(ticket), **fields)


# ── counter ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "x"}, "wish"), ({"wish": "castle", "text": "x"}, "wish"), ({"wish": "refund"}, "text"),
        ({"amount": Decimal(0), "text": "x"}, "amount"), ({"amount": Decimal(40), "text": "x"}, "amount"),
        ({"amount": Decimal("1.005"), "text": "x"}, "amount"),
    ],
)  # fmt: skip
def test_a_counter_that_says_nothing_is_asked_again(ticket, by, fields, field):
    plan = propose(ticket, by, refund())
    with pytest.raises(actions.Refused) as refused:
        actions.counter_plan(plan, by=customer(ticket), **fields)
    assert refused.value.field == field
    assert Plan.objects.get(pk=plan.pk).state == "proposed"


def test_a_counter_goes_back_to_the_operator(ticket, by):
    plan = propose(ticket, by, refund())
    actions.counter_plan(plan, by=customer(ticket), wish="refund", amount=Decimal(25), text="Half at least.")
    plan = Plan.objects.get(pk=plan.pk)
    assert (plan.state, plan.counter_wish, plan.counter_amount) == ("refused", "refund", Decimal(25))
    assert plan.is_countered and Ticket.objects.get(pk=ticket.pk).waiting_for == ""
    assert TicketEvent.objects.filter(ticket=ticket, verb="plan_countered").count() == 1


# ── a mediation ────────────────────────────────────────────────────────────────────────────────────────────────────
def mediate(ticket, boss, amount=None, shares=()):
    fields = {}
    if amount is not None:
        assessment = Assessment.objects.create(ticket=ticket, kind="confirmed", basis="Decided.", confidence=100)
        AssessmentShare.objects.bulk_create(
            AssessmentShare(assessment=assessment, party=p, percent=n, partner=w) for p, n, w in shares
        )
        fields = {
            "decided_at": timezone.now(), "decided_by": boss.user, "decision": "So.", "amount": amount,
            "currency": "EUR", "assessment": assessment,
        }  # fmt: skip
    return Mediation.objects.create(
        ticket=ticket, opened_by="customer", opener_name="María", reason="No.", customer_until=timezone.now(), **fields
    )


def test_while_a_mediation_is_open_nothing_is_agreed(ticket, by, boss):
    plan = propose(ticket, by, refund())
    mediate(ticket, boss)
    with pytest.raises(actions.Refused, match="mediation is open"):
        actions.accept_plan(plan, by=customer(ticket))
    with pytest.raises(actions.Refused, match="mediation is open"):
        propose(ticket, by, refund())
    assert Ticket.objects.get(pk=ticket.pk).state == "planning"


def test_a_decided_mediation_binds_the_plan(ticket, by, boss):
    maker = Partner.objects.get(name="Oakline")
    found = mediate(ticket, boss, Decimal(20), [("supplier", 70, maker), ("agent", 30, None)])
    decided = (Pays("supplier", 70, maker), Pays("agent", 30))
    with pytest.raises(actions.Refused, match=r"at least 20\.00 EUR .* gives 19") as refused:
        propose(ticket, by, refund("19", payers=decided))
    assert refused.value.field == "amount"
    with pytest.raises(actions.Refused, match="Supplier 70 %, Agent"):
        propose(ticket, by, refund("20"))
    plan = propose(ticket, by, refund("20", payers=decided))
    assert (plan.state, plan.mediation_id, plan.missing_agreements()) == ("agreed", found.pk, [])
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"
    assert {(e.kind, e.party, e.amount) for e in ticket.ledger.all()} == {
        ("promised", "supplier", Decimal(14)), ("promised", "agent", Decimal(6)),
    }  # fmt: skip


def test_what_is_above_the_decision_still_needs_a_manager(ticket, by, boss, inside):
    type(inside).objects.filter(pk=inside.pk).update(approval_amount=15)
    inside.refresh_from_db()
    mediate(ticket, boss, Decimal(20), [("agent", 100, None)])
    plan = propose(ticket, by, refund("25"))
    assert plan.missing_agreements() == ["manager"]
    actions.approve_plan(plan, by=boss)
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"


# ── carried out ────────────────────────────────────────────────────────────────────────────────────────────────────
def executing(ticket, by, *planned):
    plan = propose(ticket, by, *planned)
    actions.accept_plan(plan, by=customer(ticket))
    return list(plan.actions.all())


def test_a_refund_needs_its_payment_reference(ticket, by):
    (action,) = executing(ticket, by, refund())
    with pytest.raises(actions.Refused, match="payment reference") as refused:
        actions.record_execution(action, by=by, proof=" ")
    assert refused.value.field == "proof"
    actions.record_execution(action, by=by, proof="PAY-1")
    with pytest.raises(actions.TooLate, match=r"Bob Operator was faster.*PAY-1"):
        actions.record_execution(action, by=by, proof="PAY-2")


def test_what_waits_for_the_goods_is_not_paid_before(ticket, by):
    (action,) = executing(ticket, by, refund(awaits_return=True))
    with pytest.raises(actions.Refused, match="waits for the goods"):
        actions.record_execution(action, by=by, proof="PAY-1")
    assert not ticket.ledger.filter(kind="paid").exists()


def test_a_claim_is_done_with_its_own_number(ticket, by):
    claim_action, _refund = executing(ticket, by, Planned("carrier_claim", soon(), Decimal(30)), refund())
    assert shares_of(claim_action.plan)[0] == []
    with pytest.raises(actions.Refused, match="File the claim first"):
        actions.record_execution(claim_action, by=by, proof="C-1")
    Claim.objects.create(
        ticket=ticket, kind="carrier", against="Swift", event="damage", amount=30, currency="EUR", reference="SW-9"
    )
    with pytest.raises(actions.Refused, match="SW-9"):
        actions.record_execution(claim_action, by=by, proof="C-1")
    assert actions.record_execution(claim_action, by=by).proof == "SW-9"
    assert not ticket.ledger.filter(action=claim_action).exists()

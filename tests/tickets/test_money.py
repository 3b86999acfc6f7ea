"""The ledger: promised, paid, recovered, taken back; its totals reconcile with the plans whatever happens."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.test_plan import customer, refund
from tickets import actions
from tickets.models import Claim, LedgerEntry, PlanAction, Ticket
from tickets.queries import money

pytestmark = pytest.mark.django_db


def case(organization, user, name: str):
    """Return a ticket whose maker and we share what it costs, and who acts."""
    by = member(user, organization)
    with tenant(organization):
        maker = make_partner(name=f"{name} Oakline", email="oak@maker.example")
        order = make_order(email=f"maria@{name}.example")
        ticket = to_stage(make_ticket(order, line=make_line(order, supplier=maker)), "responsibility", by)
        shares = [actions.Share("supplier", 60, maker), actions.Share("agent", 40)]
        actions.confirm_responsibility(ticket, by=by, shares=shares, basis="Both.", override="other")
        return Ticket.objects.get(pk=ticket.pk), by


@pytest.fixture(scope="module")
def rows(cast):
    other, by = case(cast.harbor, cast.charlie, "Harbor")
    with tenant(cast.harbor):
        agree(other, by, "7.77")
    cast.ticket, cast.by = case(cast.luma, cast.bob, "Luma")
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


@pytest.fixture
def by(own):
    return own.by


@pytest.fixture
def inside(own):
    with tenant(own.luma):
        yield own.luma


def agree(ticket, by, *amounts):
    """Propose refunds of these amounts by the confirmed shares; everybody agrees. Returns the actions."""
    fresh = Ticket.objects.get(pk=ticket.pk)
    planned = [refund(amount, payers=()) for amount in amounts]
    plan = actions.propose_plan(fresh, by=by, text="So.", currency="EUR", actions=planned)
    for partner in plan.unagreed_partners():
        actions.accept_plan(plan, by=actions.By.partner_contact(partner))
    actions.accept_plan(plan, by=customer(ticket))
    return list(plan.actions.all())


def sums(ticket):
    return {(t.party, t.currency): (t.promised, t.paid, t.recovered) for t in money.totals(ticket)}


def recover(ticket, by, amount, proof="CR-1", currency="EUR", **fields):
    return actions.record_recovery(
        ticket, by=by, party=fields.pop("party", "supplier"), amount=Decimal(amount), currency=currency, proof=proof,
        **fields,
    )  # fmt: skip


def test_promised_paid_recovered(inside, ticket, by):
    first, _second = agree(ticket, by, "10.01", "5")
    assert sums(ticket) == {("supplier", "EUR"): (Decimal("9.01"), 0, 0), ("agent", "EUR"): (6, 0, 0)}
    actions.record_execution(first, by=by, proof="PAY-1")
    paid = ticket.ledger.filter(kind="paid")
    assert {(row.party, row.amount, row.proof, row.by_name) for row in paid} == {
        ("supplier", Decimal("6.01"), "PAY-1", "Bob Operator"), ("agent", Decimal("4.00"), "PAY-1", "Bob Operator"),
    }  # fmt: skip
    recover(ticket, by, "2.50")
    recover(ticket, by, "300", currency="JPY", proof="CR-2")
    supplier = next(t for t in money.totals(ticket) if (t.party, t.currency) == ("supplier", "EUR"))
    assert (supplier.to_pay, supplier.to_recover) == (Decimal("3.00"), Decimal("3.51"))
    assert money.page(ticket).mismatches == []


def test_revising_takes_back_what_was_promised_and_not_paid(inside, ticket, by):
    first, _second = agree(ticket, by, "10", "5")
    actions.record_execution(first, by=by, proof="PAY-1")
    actions.revise(Ticket.objects.get(pk=ticket.pk), by=by, reason="Out of stock.")
    assert sums(ticket) == {("supplier", "EUR"): (6, 6, 0), ("agent", "EUR"): (4, 4, 0)}
    back = ticket.ledger.filter(amount__lt=0)
    assert {(row.kind, row.amount, row.note) for row in back} == {
        ("promised", Decimal(-3), "Out of stock."), ("promised", Decimal(-2), "Out of stock."),
    }  # fmt: skip
    assert money.page(ticket).mismatches == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"), ({"amount": "-1"}, "amount"), ({"amount": "1.5", "currency": "JPY"}, "amount"),
        ({"currency": "euro"}, "currency"), ({"proof": " "}, "proof"), ({"party": "customer"}, "party"),
        ({"party": "agent"}, "party"), ({"party": "x"}, "party"),
    ],
)  # fmt: skip
def test_what_is_no_recovery(inside, ticket, by, fields, field):
    with pytest.raises(actions.Refused) as refused:
        recover(ticket, by, **{"amount": "1", **fields})
    assert refused.value.field == field and not ticket.ledger.exists()


def test_the_same_recovery_twice_names_who_was_faster(inside, ticket, by):
    recover(ticket, by, "5")
    with pytest.raises(actions.TooLate, match="Bob Operator"):
        recover(ticket, by, "5")
    assert ticket.ledger.count() == 1


def test_an_insurer_pays_through_its_claim_and_lowers_our_part(inside, ticket, by):
    (action,) = agree(ticket, by, "10")
    actions.record_execution(action, by=by, proof="PAY-1")
    claim = Claim.objects.create(
        ticket=ticket, kind="insurer", against="Cover Ltd", event="damage", amount=3, currency="EUR", reference="I-1"
    )
    recover(ticket, by, "3", party="agent", claim=claim)
    assert money.costs(ticket)["agent", None, "EUR"] == 1


def test_taking_back_a_recovery(inside, ticket, by):
    entry = recover(ticket, by, "5")
    with pytest.raises(actions.Refused) as refused:
        actions.take_back(entry, by=by, reason=" ")
    assert refused.value.field == "reason"
    actions.take_back(entry, by=by, reason="Another ticket's.")
    assert sums(ticket)["supplier", "EUR"] == (0, 0, 0) and ticket.ledger.count() == 2
    with pytest.raises(actions.TooLate, match="Bob Operator has taken this back"):
        actions.take_back(entry, by=by, reason="Again.")
    recover(ticket, by, "5")


def test_taking_back_a_payment_undoes_its_action(inside, ticket, by):
    (action,) = agree(ticket, by, "10")
    actions.record_execution(action, by=by, proof="PAY-1")
    promise, paid = ticket.ledger.filter(kind="promised")[0], ticket.ledger.filter(kind="paid")[0]
    with pytest.raises(actions.Refused, match="revising"):
        actions.take_back(promise, by=by, reason="x")
    actions.take_back(paid, by=by, reason="Wrong account.")
    assert PlanAction.objects.get(pk=action.pk).done_at is None
    assert {t.paid for t in money.totals(ticket)} == {0} and money.page(ticket).mismatches == []
    actions.record_execution(action, by=by, proof="PAY-2")
    assert sum(t.paid for t in money.totals(ticket)) == 10


def test_closing_costs_come_from_the_ledger(inside, ticket, by):
    (action,) = agree(ticket, by, "10")
    actions.record_execution(action, by=by, proof="PAY-1")
    recover(ticket, by, "4")
    actions.close(
        Ticket.objects.get(pk=ticket.pk), by=by, outcome="partly_refunded", root_cause="packing", text="Paid."
    )
    costs = {(c.party, c.amount, c.currency) for c in ticket.costs.all()}
    assert costs == {("supplier", 2, "EUR"), ("agent", 4, "EUR")}
    paid = ticket.ledger.filter(kind="paid")[0]
    with pytest.raises(actions.Refused, match="closed"):
        actions.take_back(paid, by=by, reason="Wrong.")
    recover(ticket, by, "2", proof="CR-9")


STEPS = st.lists(
    st.tuples(st.sampled_from(["agree", "pay", "revise", "recover", "wrong"]), st.integers(1, 400)), max_size=14
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_totals_reconcile_over_any_sequence(inside, ticket, by, steps):
    with transaction.atomic():
        for n, (step, cents) in enumerate(steps):
            if not take(step, Decimal(cents) / 100, n, ticket, by) and n:
                continue  # nothing has changed since the last look
            page = money.page(ticket)
            assert page.mismatches == [], (step, cents)
            assert all(t.promised >= t.paid >= 0 and t.recovered >= 0 for t in page.totals)
        transaction.set_rollback(True)


def take(step, amount, n, ticket, by) -> bool:
    """Take a step, or return False where the ticket stands so that it cannot be taken and nothing changes."""
    now = Ticket.objects.get(pk=ticket.pk)
    todo = PlanAction.objects.filter(plan__ticket=ticket, plan__state="agreed", done_at=None)
    rows = LedgerEntry.objects.filter(ticket=ticket, reverses=None, reversals=None).exclude(kind="promised")
    if step == "agree" and now.state == "planning":
        agree(ticket, by, str(amount), str(amount + 1))
    elif step == "pay" and (first := todo.first()):
        actions.record_execution(first, by=by, proof=f"PAY-{n}")
    elif step == "revise" and now.state == "executing":
        actions.revise(now, by=by, reason="Other way.")
    elif step == "recover":
        recover(now, by, str(amount), proof=f"CR-{n}")
    elif step == "wrong" and rows:
        actions.take_back(rows[int(amount * 100) % len(rows)], by=by, reason="Wrong.")
    else:
        return False
    return True


# ── the page ───────────────────────────────────────────────────────────────────────────────────────────────────────
def url(ticket, rest=""):
    return f"/luma/desk/tickets/{ticket.number}/money/{rest}"


def test_the_page_and_its_forms(client, bob, charlie, luma, ticket, by):
    with tenant(luma):
        (action,) = agree(ticket, by, "10")
        actions.record_execution(action, by=by, proof="PAY-1")
        maker = ticket.line.supplier
    client.force_login(charlie)
    assert client.get(url(ticket)).status_code == client.post(url(ticket, "recover/")).status_code == 404
    client.force_login(bob)
    page = client.get(url(ticket)).content.decode()
    assert "Luma Oakline" in page and "Harbor" not in page and "7.77" not in page and "PAY-1" in page
    assert "add up to the same" in page
    data = {"source": f"supplier-{maker.pk}", "amount": "2.50", "currency": "usd", "proof": "CR-7", "note": "Half"}
    for change, says in (
        ({"amount": "-2"}, "above zero"), ({"amount": "x"}, "as a number"), ({"proof": ""}, "Give the proof"),
        ({"currency": "eu"}, "at least 3"), ({"source": "supplier-0"}, "valid choice"),
    ):  # fmt: skip
        bad = client.post(url(ticket, "recover/"), data | change)
        assert bad.status_code == 422 and says in bad.content.decode() and "Half" in bad.content.decode(), change
    assert client.post(url(ticket, "recover/"), data).status_code == 302
    again = client.post(url(ticket, "recover/"), data)
    assert again.status_code == 409 and "Bob Operator has recorded this" in again.content.decode()
    with tenant(luma):
        entry = LedgerEntry.objects.get(kind="recovered")
        assert (entry.amount, entry.currency, entry.partner) == (Decimal("2.50"), "USD", maker)
    assert client.post(url(ticket, "take-back/"), {"entry": entry.pk, "reason": ""}).status_code == 422
    assert client.post(url(ticket, "take-back/"), {"entry": "x", "reason": "y"}).status_code == 404
    assert client.post(url(ticket, "take-back/"), {"entry": entry.pk, "reason": "Wrong"}).status_code == 302
    assert "Taken back" in client.get(url(ticket)).content.decode()


def test_another_organizations_row_is_not_taken_back(client, bob, harbor, ticket):
    with tenant(harbor):
        foreign = LedgerEntry.objects.first()
    client.force_login(bob)
    assert client.post(url(ticket, "take-back/"), {"entry": foreign.pk, "reason": "x"}).status_code == 404


def test_a_mismatch_is_shown_loudly(client, bob, luma, ticket, by):
    with tenant(luma):
        (action,) = agree(ticket, by, "10")
        PlanAction.objects.filter(pk=action.pk).update(amount=11)
    client.force_login(bob)
    page = client.get(url(ticket)).content.decode()
    assert "do not say the same" in page and "€10.00" in page and "€11.00" in page


def test_the_page_costs_the_same_with_one_and_three_rows(client, bob, luma, ticket, by):
    client.force_login(bob)
    asked = []
    with tenant(luma):
        agree(ticket, by, "10")
    for n in (1, 3):
        with tenant(luma):
            for each in range(n):
                recover(ticket, by, "1", proof=f"CR-{n}-{each}")
        client.get(url(ticket))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url(ticket)).content.decode()
        assert page.count("CR-3-") == (3 if n == 3 else 0)
        asked.append(len(queries))
    assert asked[0] == asked[1], asked

"""Twenty at once on one plan: one is first, the others are told who was, one event row and one set of ledger rows."""

import threading
from decimal import Decimal

import pytest
from django.db import models
from django.utils import timezone
from django_fsm import ConcurrentTransitionMixin

from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, to_stage
from tests.races.test_take import MANY, at_once, crew  # noqa: F401
from tickets import actions
from tickets.models import LedgerEntry, Plan, PlanAction, Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticket(luma):
    with tenant(luma):
        return make_ticket()


@pytest.fixture
def plan(luma, crew, ticket):  # noqa: F811
    with tenant(luma):
        return to_stage(ticket, "proposed", crew[0]).current_plan()


def counted(luma, verb):
    with tenant(luma):
        return TicketEvent.objects.filter(verb=verb).count()


def test_a_plan_is_accepted_once(luma, ticket, plan):
    with tenant(luma):
        Plan.objects.update(answer_by=timezone.now())
        people = [actions.By.customer(ticket.customer)] * (MANY // 2) + [actions.By.system()] * (MANY // 2)
    told = at_once(luma, people, lambda by: actions.accept_plan(plan, by=by))
    assert told.count("") == 1 and all("was faster" in each for each in told if each)
    assert counted(luma, "plan_accepted") == counted(luma, "agree") == 1
    with tenant(luma):
        assert LedgerEntry.objects.filter(kind="promised").count() == 1


def test_an_action_is_paid_once(luma, crew, ticket):  # noqa: F811
    with tenant(luma):
        action = to_stage(ticket, "executing", crew[0]).current_plan().actions.get()
    told = at_once(luma, crew, lambda by: actions.record_execution(action, by=by, proof=f"PAY {by.name}"))
    winner = crew[told.index("")].name
    assert told.count("") == 1 and all(f"{winner} was faster" in each for each in told if each)
    assert counted(luma, "action_done") == 1
    with tenant(luma):
        assert LedgerEntry.objects.filter(kind="paid").count() == 1


def test_replaced_while_it_is_accepted(luma, crew, ticket, plan):  # noqa: F811
    with tenant(luma):
        customer = actions.By.customer(ticket.customer)
    people = [customer, *crew[1:]]

    def act(by):
        if by.kind == "customer":
            actions.accept_plan(plan, by=by)
        else:
            planned = [actions.Planned("apology", timezone.now().date())]
            actions.propose_plan(ticket, by=by, text=by.name, currency="EUR", actions=planned)

    told = at_once(luma, people, act)
    with tenant(luma):
        now = Ticket.objects.get()
        current = now.current_plan()
        accepted = told[0] == ""
        assert accepted == (now.state == "executing") == (current.pk == plan.pk)
        assert Plan.objects.filter(state__in=["proposed", "agreed"]).count() == 1
        assert LedgerEntry.objects.count() == (1 if accepted else 0)
        # Every proposal that was taken has its row; whoever lost was told who was faster.
        assert TicketEvent.objects.filter(verb="plan_proposed").count() == 1 + told[1:].count("")
    assert accepted or "was faster" in told[0]
    assert all("faster" in each for each in told if each)


def test_recovered_once(luma, crew, ticket):  # noqa: F811
    with tenant(luma):
        to_stage(ticket, "executing", crew[0])
    told = at_once(
        luma, crew,
        lambda by: actions.record_recovery(
            ticket, by=by, party="supplier", amount=Decimal(5), currency="EUR", proof="CR-1"
        ),
    )  # fmt: skip
    assert told.count("") == 1 and all(crew[told.index("")].name in each for each in told if each)


def test_without_the_locks_the_race_happens(luma, crew, ticket, plan, monkeypatch):  # noqa: F811
    """The proof that the tests above can fail: without the rows' locks and the arrow's check, several are first."""
    gate = threading.Barrier(MANY)

    def unlocked(wanted):
        found = Plan.objects.get(pk=wanted.pk)
        found.ticket = Ticket.objects.get(pk=wanted.ticket_id)
        found.organization = found.ticket.organization = luma
        gate.wait(30)
        return found.ticket, found

    monkeypatch.setattr("tickets.actions.plan._current", unlocked)
    monkeypatch.setattr(ConcurrentTransitionMixin, "_do_update", models.Model._do_update)
    monkeypatch.setattr("tickets.clocks.enter_stage", lambda ticket, now: None)
    monkeypatch.setattr("tickets.clocks.resume", lambda ticket, now: None)
    people = [actions.By(by.kind.CUSTOMER, by.name) for by in crew]
    told = at_once(luma, people, lambda by: actions.accept_plan(plan, by=by))
    assert told.count("") > 1
    assert counted(luma, "plan_accepted") == told.count("")
    with tenant(luma):
        assert LedgerEntry.objects.filter(kind="promised").count() == told.count("") > 1
        assert PlanAction.objects.count() == 1

"""Twenty operators at once on one ticket, in threads, on the real database: one is first, the others are told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, models
from django_fsm import ConcurrentTransitionMixin

from aftersales.tenants.scope import tenant
from tests.cast import join, person
from tests.factories import make_ticket, member, to_stage
from tickets import actions
from tickets.models import Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20


@pytest.fixture
def crew(luma):
    """Twenty operators, as those who act."""
    users = [join(person(f"op{n}@luma.example", f"Operator {n}"), luma, "operator") for n in range(MANY)]
    return [member(user, luma) for user in users]


@pytest.fixture
def ticket(luma):
    with tenant(luma):
        return make_ticket()


def at_once(organization, people, act):
    """Let everybody act at the same moment, each in a transaction of its own; return "" or what each was told."""
    gate = threading.Barrier(len(people))

    def one(by):
        try:
            connection.ensure_connection()
            gate.wait(30)
            with tenant(organization):
                act(by)
            return ""
        except actions.TooLate as late:
            return str(late)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(one, people))


@pytest.mark.parametrize(("verb", "event"), [("take", "assigned"), ("accept", "accept")])
def test_one_is_first_and_the_others_are_told(luma, crew, ticket, verb, event):
    told = at_once(luma, crew, lambda by: getattr(actions, verb)(ticket, by=by))
    assert told.count("") == 1
    with tenant(luma):
        assert TicketEvent.objects.filter(ticket=ticket, verb=event).count() == 1
        winner = crew[told.index("")].user
        if verb == "take":
            assert Ticket.objects.get().assignee == winner
            assert set(told) == {"", f"{winner} was faster and has taken it."}


def test_an_action_is_recorded_once(luma, crew, ticket):
    with tenant(luma):
        action = to_stage(ticket, "executing", crew[0]).current_plan().actions.get()
    told = at_once(luma, crew, lambda by: actions.record_execution(action, by=by, proof=by.name))
    with tenant(luma):
        assert TicketEvent.objects.filter(ticket=ticket, verb="action_done").count() == told.count("") == 1


@pytest.mark.parametrize(
    ("verb", "event", "module"), [("take", "assigned", "work"), ("accept", "accept", "responsibility")]
)
def test_without_the_locks_the_race_happens(luma, crew, ticket, monkeypatch, verb, event, module):
    """The proof that the tests above can fail: without the row's lock, the arrow's check and the one running clock that
    the database demands, several are first."""
    gate = threading.Barrier(MANY)

    def unlocked(ticket):
        fresh = Ticket.objects.get(pk=ticket.pk)
        fresh.organization = luma
        gate.wait(30)
        return fresh

    monkeypatch.setattr(f"tickets.actions.{module}.locked", unlocked)
    monkeypatch.setattr(ConcurrentTransitionMixin, "_do_update", models.Model._do_update)
    monkeypatch.setattr("tickets.clocks.enter_stage", lambda ticket, now: None)
    told = at_once(luma, crew, lambda by: getattr(actions, verb)(ticket, by=by))
    assert told.count("") > 1
    with tenant(luma):
        assert TicketEvent.objects.filter(ticket=ticket, verb=event).count() == told.count("")

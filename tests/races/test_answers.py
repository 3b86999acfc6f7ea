"""Twenty answers to one question and twenty decisions of one dispute at once: one counts, nineteen are told."""

import threading
from decimal import Decimal

import pytest
from django.db.models import QuerySet

from aftersales.tenants.scope import tenant
from tests.cast import join, person
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.races.test_take import MANY, at_once
from tickets import actions
from tickets.models import Mediation, PartnerRequest, Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def managers(luma):
    users = [join(person(f"boss{n}@luma.example", f"Manager {n}"), luma, "manager") for n in range(MANY)]
    return [member(user, luma) for user in users]


@pytest.fixture
def asked(luma, managers):
    with tenant(luma):
        maker = make_partner(email="maker@foshan.example")
        order = make_order()
        line = make_line(order, supplier=maker)
        ticket = to_stage(make_ticket(order, line=line), "responsibility", managers[0])
        return actions.ask_partner(ticket, by=managers[0], partner=maker, party="supplier", percent=80, text="Thin.")


def answer(asked):
    def act(by):
        who = actions.By.partner_contact(asked.partner)
        actions.answer_request(asked, by=who, answer="contested", text=f"Not ours, says {by.name}")

    return act


def test_one_answer_counts(luma, managers, asked):
    told = at_once(luma, managers, answer(asked))
    assert told.count("") == 1 and set(told) == {"", "This was answered already: Contested."}
    winner = managers[told.index("")].name
    with tenant(luma):
        assert TicketEvent.objects.filter(verb="partner_answered").count() == 1
        assert PartnerRequest.objects.get().answer_text == f"Not ours, says {winner}"


@pytest.fixture
def dispute(luma, managers, asked):
    with tenant(luma):
        return actions.open_mediation(asked.ticket, by=managers[0], reason="They differ", partner=asked.partner)


def decide(dispute):
    def act(by):
        actions.decide_mediation(
            dispute, by=by, text=f"Decided by {by.name}", shares=[actions.Share("supplier", 100)], amount=Decimal(5)
        )

    return act


def test_one_decision_counts(luma, managers, dispute):
    told = at_once(luma, managers, decide(dispute))
    assert told.count("") == 1
    winner = managers[told.index("")]
    assert set(told) == {"", f"{winner.user} was faster and has decided it."}
    with tenant(luma):
        found = Mediation.objects.select_related("decided_by").get()
        assert found.decided_by == winner.user and found.decision == f"Decided by {winner.name}"
        assert TicketEvent.objects.filter(verb="mediation_decided").count() == 1
        confirmed = found.ticket.assessments.filter(kind="confirmed")
        assert confirmed.count() == 1


@pytest.mark.parametrize("what", ["answer", "decision"])
def test_without_the_locks_the_race_happens(luma, managers, asked, monkeypatch, what, request):
    """The proof that the tests above can fail: without the rows' locks several answers and decisions count."""
    made = answer(asked) if what == "answer" else decide(request.getfixturevalue("dispute"))
    gate = threading.Barrier(MANY)

    def unlocked(ticket):
        fresh = Ticket.objects.get(pk=ticket.pk)
        fresh.organization = luma
        gate.wait(30)
        return fresh

    monkeypatch.setattr(f"tickets.actions.{'partner' if what == 'answer' else 'mediation'}.locked", unlocked)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self.all())
    told = at_once(luma, managers, made)
    assert told.count("") > 1
    verb = "partner_answered" if what == "answer" else "mediation_decided"
    with tenant(luma):
        assert TicketEvent.objects.filter(verb=verb).count() == told.count("")

"""Twenty people receive or look at the same parcel at once: one is first, the others are told who it was."""

import threading

import pytest

from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, to_stage
from tests.races.test_take import at_once, crew  # noqa: F401  (fixture)
from tickets import actions
from tickets.models import Return, Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 20


@pytest.fixture
def returned(luma, crew):  # noqa: F811
    with tenant(luma):
        ticket = to_stage(make_ticket(), "planning", crew[0])
        return actions.authorise_return(
            ticket, by=crew[0], lines=[(ticket.order.lines.get(), 1)], address="Rua Nova 1, Lisboa"
        )


def receive(returned):
    line = returned.lines.get().pk
    return lambda by: actions.receive_return(returned, by=by, received={line: 1})


def look(returned):
    line = returned.lines.get()
    return lambda by: actions.inspect_return(returned, by=by, found=[actions.Found(line, "as_expected")])


@pytest.mark.parametrize(("act", "verb"), [(receive, "return_received"), (look, "return_accepted")])
def test_one_is_first_and_the_others_are_told(luma, crew, returned, act, verb):  # noqa: F811
    with tenant(luma):
        if act is look:
            receive(returned)(crew[0])
        do = act(returned)
    told = at_once(luma, crew, do)
    assert told.count("") == 1
    first = crew[told.index("")].name
    assert all(first in said and returned.number in said for said in told if said)
    with tenant(luma):
        assert TicketEvent.objects.filter(ticket=returned.ticket, verb=verb).count() == 1


def test_without_the_lock_several_are_first(luma, crew, returned, monkeypatch):  # noqa: F811
    """The proof that the test above can fail."""
    gate = threading.Barrier(MANY)

    def unlocked(returned):
        ticket = Ticket.objects.get(pk=returned.ticket_id)
        fresh = Return.objects.get(pk=returned.pk)
        ticket.organization, fresh.ticket = luma, ticket
        gate.wait(30)
        return ticket, fresh

    monkeypatch.setattr("tickets.actions.returns._locked", unlocked)
    with tenant(luma):
        do = receive(returned)
    told = at_once(luma, crew, do)
    assert told.count("") > 1
    with tenant(luma):
        assert TicketEvent.objects.filter(verb="return_received").count() == told.count("")


def test_twenty_authorisations_of_one_piece_make_one_return_and_numbers_have_no_gap(luma, crew):  # noqa: F811
    with tenant(luma):
        ticket = to_stage(make_ticket(), "planning", crew[0])
        line = ticket.order.lines.get()

    def authorise(by):
        try:
            actions.authorise_return(ticket, by=by, lines=[(line, 1)], address="Rua Nova 1, Lisboa")
        except actions.Refused as refused:
            raise actions.TooLate(refused.message) from None

    told = at_once(luma, crew, authorise)
    assert told.count("") == 1
    with tenant(luma):
        type(line).objects.update(quantity=MANY)
    assert set(at_once(luma, crew[1:], authorise)) == {""}
    with tenant(luma):
        numbers = [int(number[-6:]) for number in Return.objects.order_by("number").values_list("number", flat=True)]
    assert numbers == list(range(1, MANY + 1))

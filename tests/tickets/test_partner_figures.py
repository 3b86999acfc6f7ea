"""How partners answer, in numbers: both numbers of each rate, in the period, linked to what they count."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions
from tickets.models import LedgerEntry, PartnerRequest, StageClock, Ticket
from tickets.queries import partner_figures as queries

pytestmark = pytest.mark.django_db


def asked(organization, user, maker, *, answer="", percent=None, minutes=60, met=True, share=None, days=1, text="x"):
    """Ask a maker about a fresh ticket, answer, and confirm what share it bears in the end."""
    by = member(user, organization)
    order = make_order()
    line = make_line(order, supplier=maker)
    ticket = to_stage(make_ticket(order, line=line), "responsibility", by)
    request = actions.ask_partner(ticket, by=by, partner=maker, party="supplier", percent=80, text=text)
    if answer == "silence":
        actions.answer_request(request, by=actions.By.system(), answer="silence")
    elif answer:
        who = actions.By.partner_contact(maker)
        actions.answer_request(request, by=who, answer=answer, percent=percent, text=text)
    if answer:
        StageClock.objects.filter(request=request).update(used_minutes=minutes, met=met)
    if share is not None:
        rest = [actions.Share("agent", 100 - share)] if share < 100 else []
        own = [actions.Share("supplier", share, maker)] if share else []
        actions.confirm_responsibility(
            Ticket.objects.get(pk=ticket.pk), by=by, shares=[*own, *rest], basis="So.", override="evidence"
        )
    PartnerRequest.objects.filter(pk=request.pk).update(asked_at=timezone.now() - dt.timedelta(days=days))
    return ticket


@pytest.fixture(scope="module")
def rows(cast):
    for organization, user in ((cast.harbor, cast.charlie), (cast.luma, cast.bob)):
        with tenant(organization):
            found = make_partner(email="maker@foshan.example")
            asked(organization, user, found, answer="accepted", minutes=30)
            asked(organization, user, found, answer="partly", percent=40, minutes=60)
            asked(organization, user, found, answer="contested", minutes=90, met=False, share=30)
            asked(organization, user, found, answer="contested", minutes=100, share=100)
            asked(organization, user, found, answer="contested", minutes=110)
            asked(organization, user, found, answer="silence", minutes=960, met=False)
            asked(organization, user, found)
            asked(organization, user, found, answer="accepted", days=200)
    cast.maker = found
    return cast


@pytest.fixture
def maker(own):
    return own.maker


def entry(ticket, maker, kind, amount, currency="EUR"):
    return LedgerEntry.objects.create(
        ticket=ticket,
        kind=kind,
        party="supplier",
        partner=maker,
        amount=Decimal(amount),
        currency=currency,
        proof="P-1",
    )


def test_the_numbers_of_a_period(luma, maker, bob):
    with tenant(luma):
        ticket = Ticket.objects.order_by("pk").first()
        entry(ticket, maker, "paid", "30.00")
        entry(ticket, maker, "recovered", "12.00")
        entry(ticket, maker, "paid", "7.00", "USD")
        found = queries.figures_of([maker.pk], "90")[maker.pk]
        whole = queries.figures_of([maker.pk], "all")[maker.pk]
    assert (found.asked, found.open, whole.asked) == (7, 1, 8)
    assert found.median == dt.timedelta(minutes=90) and found.ninety == dt.timedelta(minutes=106)
    rates = {name: (rate.part, rate.whole) for name, rate in found.rates.items()}
    assert rates == {
        "in_time": (4, 6), "accepted": (1, 6), "partly": (1, 6), "contested": (3, 6), "silent": (1, 6), "right": (1, 2),
    }  # fmt: skip
    assert all(rate.is_small for rate in found.rates.values())
    money = {each.currency: (each.owed, each.recovered, each.open) for each in found.money}
    assert money == {"EUR": (30, 12, 18), "USD": (7, 0, 7)}


def test_nothing_asked_is_no_rate(luma):
    with tenant(luma):
        quiet = make_partner(name="Quiet Works")
        found = queries.figures_of([quiet.pk], "90")[quiet.pk]
    assert found.asked == 0 and found.median is None and {rate.percent for rate in found.rates.values()} == {None}


def test_each_number_leads_to_its_tickets(client, luma, maker, mona, subtests):
    client.force_login(mona)
    numbers = {
        "asked": 7, "open": 1, "answered": 5, "in_time": 4, "accepted": 1, "partly": 1, "contested": 3, "silent": 1,
        "right": 1, "money": 0,
    }  # fmt: skip
    for figure, count in numbers.items():
        with subtests.test(figure):
            page = client.get(f"/luma/desk/partners/{maker.pk}/tickets/?figure={figure}&period=90").content.decode()
            assert page.count('class="subj') == count


def test_pages_are_for_managers(client, luma, maker, mona, bob, charlie):
    paths = ("figures/", f"{maker.pk}/figures/", f"{maker.pk}/tickets/")
    for user, status in ((mona, 200), (bob, 403), (charlie, 404)):
        client.force_login(user)
        for path in paths:
            assert client.get(f"/luma/desk/partners/{path}?period=365").status_code == status, (user, path)
    client.force_login(mona)
    page = client.get(f"/luma/desk/partners/{maker.pk}/figures/").content.decode()
    assert "3 of 6" in page and "few" in page and f"/luma/desk/partners/{maker.pk}/tickets/?figure=right" in page
    assert client.get(f"/luma/desk/partners/{maker.pk}/tickets/?figure=x").status_code == 404
    assert client.get("/luma/desk/partners/figures/?period=x&page=%00").status_code == 200
    assert client.get(f"/luma/desk/partners/{2**40}/figures/").status_code == 404


def test_one_and_three_partners_take_the_same_queries(client, luma, maker, mona, bob):
    client.force_login(mona)

    def count():
        client.get("/luma/desk/partners/figures/")
        with CaptureQueriesContext(connection) as found:
            client.get("/luma/desk/partners/figures/")
        return len(found)

    one = count()
    with tenant(luma):
        for name in ("Second Works", "Third Works"):
            other = make_partner(name=name, email="x@maker.example")
            asked(luma, bob, other, answer="accepted")
    assert count() == one

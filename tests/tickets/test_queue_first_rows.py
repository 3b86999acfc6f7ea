"""The queue from nothing to its first rows."""

import pytest

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket
from tests.tickets.test_queue import fill, queries, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def test_empty_says_why(desk, luma, harbor, bob):
    fill(harbor, "Harbor", 3)
    assert "Import your orders first" in desk.get("/luma/desk/").content.decode()
    with tenant(luma):
        make_order(number="LH-9")
    assert "No complaint yet" in desk.get("/luma/desk/").content.decode()
    fill(luma, "Luma", 1)
    page = desk.get("/luma/desk/?stage=planning&problem=broken_inside").content.decode()
    assert "Nothing matches 2 filters" in page and "Without “Stage: Planning” there is 1 ticket." in page
    assert "No ticket waits for you" in desk.get("/luma/desk/?view=mine").content.decode()
    assert "1 has no owner." in desk.get("/luma/desk/?view=mine").content.decode()


def test_one_row_and_three_rows_cost_the_same_and_no_more_than_eight(client, luma, harbor, bob):
    fill(harbor, "Harbor", 3)
    fill(luma, "Luma", 1)
    client.force_login(bob)
    client.get("/luma/desk/")
    paths = (
        "/luma/desk/",
        "/luma/desk/tickets/",
        "/luma/desk/?q=broken",
        "/luma/desk/?supplier=1&assignee=1&stage=reported",
    )
    one = [queries(client, path) for path in paths[:2]]
    with tenant(luma):
        for n in range(2):
            order = make_order(email=f"more{n}@luma.example")
            make_line(order, supplier=make_partner(name=f"Other {n}"))
            make_ticket(order)
    assert [queries(client, path) for path in paths[:2]] == one
    assert one[0] <= 8, one


def test_direct_hits_come_before_names(desk, luma):
    named, direct = fill(luma, "Luma", 2)
    with tenant(luma):
        named.customer.name = "Anna SKU-1"
        named.customer.save()
    assert shown(desk.get("/luma/desk/", {"q": "SKU-1"})) == [direct.number, named.number]

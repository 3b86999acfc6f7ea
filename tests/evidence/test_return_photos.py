"""Photos of goods that came back: taken on the desk, seen by the customer of that ticket alone."""

import pytest

from aftersales.tenants.scope import tenant
from evidence import actions as photos
from evidence.models import Evidence
from tests.evidence.conftest import add, fresh, rows, visit
from tests.evidence.pictures import upload
from tests.factories import make_order, make_ticket, member, to_stage
from tickets import actions
from tickets.models import Ticket, TicketEvent

pytestmark = pytest.mark.django_db(transaction=True)


def back(case, user):
    """Return goods on their way back of the case's ticket."""
    with tenant(case.organization):
        by = member(user, case.organization)
        ticket = to_stage(Ticket.objects.get(pk=case.ticket.pk), "planning", by)
        return actions.authorise_return(ticket, by=by, lines=[(case.line, 1)], address="Rua Nova 1")


@pytest.fixture
def returned(case, copycase, bob, charlie):
    back(copycase, charlie)
    return back(case, bob)


def test_the_desk_adds_photos_and_the_ticket_keeps_it(client, case, returned, bob):
    client.force_login(bob)
    url = f"/luma/desk/returns/{returned.pk}/photos/add/"
    assert client.post(url, {"photo": upload(fresh(), "a.jpg")}).status_code == 302
    (kept,) = rows(case, returned=returned.pk)
    assert kept.ticket_id is None and kept.uploaded_by_id == bob.pk
    with tenant(case.organization):
        assert TicketEvent.objects.filter(ticket=returned.ticket, verb="evidence_added").count() == 1
    assert client.post(url, {"photo": upload(b"no picture", "b.jpg")}).status_code == 422
    assert client.post(url).status_code == 422
    assert len(rows(case, returned=returned.pk)) == 1


def test_the_same_photo_twice_is_kept_once(case, returned, bob):
    by, data = member(bob, case.organization), fresh()
    first = add(case, data=data, by=by, returned=returned)
    assert add(case, data=data, by=by, returned=returned).pk == first.pk


def test_there_is_an_end_to_it(case, returned, bob, monkeypatch):
    monkeypatch.setattr(photos, "FILES_PER_INSPECTION", 1)
    by = member(bob, case.organization)
    add(case, by=by, returned=returned)
    with pytest.raises(actions.Refused):
        add(case, by=by, returned=returned)


def test_the_customer_of_the_ticket_sees_it_and_nobody_else(case, copycase, returned, bob):
    kept = add(case, by=member(bob, case.organization), returned=returned, ready=True)
    url = f"/luma/photos/{kept.pk}/thumb/"
    assert visit(case).get(url).status_code == 200
    assert visit(copycase).get(url).status_code == 404
    with tenant(case.organization):
        other = make_ticket(make_order(number="LH-2", email="other@customer.example"))
    stranger = visit(type(case)(organization=case.organization, order=other.order))
    assert stranger.get(url).status_code == 404


def test_a_stranger_adds_nothing(client, case, returned, charlie):
    client.force_login(charlie)
    for slug in ("luma", "harbor"):
        url = f"/{slug}/desk/returns/{2**40 if slug == 'harbor' else returned.pk}/photos/add/"
        assert client.post(url, {"photo": upload(fresh(), "a.jpg")}).status_code == 404
    assert rows(case, returned=returned.pk) == []


def test_who_downloads_an_original_is_written_down(client, case, returned, bob):
    kept = add(case, by=member(bob, case.organization), returned=returned, ready=True)
    client.force_login(bob)
    assert client.get(f"/luma/desk/photos/{kept.pk}/original/").status_code == 302
    with tenant(case.organization):
        assert TicketEvent.objects.get(verb="evidence_downloaded").ticket_id == returned.ticket_id
        assert Evidence.objects.get().returned_id == returned.pk

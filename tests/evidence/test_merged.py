"""Evidence of a ticket that was merged into another: seen, kept and packed with the one that is worked on."""

import datetime as dt
import html

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import keeping, pipeline
from evidence.models import Custody, Evidence, Hold
from papers import photos
from tests.evidence.conftest import add, make_case
from tests.evidence.pictures import encode
from tests.evidence.test_likeness import scene
from tests.evidence.test_return_photos import back
from tests.factories import make_order, make_ticket, member
from tickets import actions
from tickets.actions import By, Refused
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(case, bob, luma):
    """The case with a second complaint about the same order, each with a photo, the second merged into the first."""
    make_case_of(case)
    case.kept = add(case, ticket=case.ticket, ready=True, data=encode(scene(1), quality=80))
    case.theirs = add(case, ticket=case.second, ready=True, data=encode(scene(1), quality=60), place="box")
    with tenant(luma):
        actions.merge(case.second, by=member(bob, luma), into=case.ticket)
    return case


def make_case_of(case) -> None:
    with tenant(case.organization):
        case.second = actions.file_directly(
            case.order, case.line, by=case.by, channel="portal", problem="broken_inside", text="Once more."
        )


def page(client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_it_is_seen_on_the_ticket_that_is_worked_on(merged, bob, client):
    client.force_login(bob)
    bench = page(client, f"/luma/desk/tickets/{merged.ticket.number}/")
    assert f"/desk/evidence/{merged.theirs.pk}/" in bench
    assert f"/desk/tickets/{merged.second.number}/" in bench
    assert "Almost the same picture" not in bench
    assert "Almost the same picture" not in page(client, f"/luma/desk/evidence/{merged.kept.pk}/")
    own = page(client, f"/luma/desk/evidence/{merged.theirs.pk}/")
    assert "merged into" in own and merged.ticket.number in own
    assert f'<option value="{merged.kept.pk}"' in own
    assert merged.theirs.thumb_key and f"/{merged.theirs.pk}/" in page(
        client, f"/luma/desk/tickets/{merged.ticket.number}/facts/"
    )


def test_undone_it_is_seen_on_its_own_ticket_only(merged, bob, client, luma):
    with tenant(luma):
        actions.unmerge(Ticket.objects.get(pk=merged.second.pk), by=member(bob, luma))
    client.force_login(bob)
    bench = page(client, f"/luma/desk/tickets/{merged.ticket.number}/")
    assert f"/desk/evidence/{merged.theirs.pk}/" not in bench and "Almost the same picture" in bench


def test_three_merged_tickets_cost_what_one_costs(merged, bob, client, luma):
    client.force_login(bob)

    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            page(client, f"/luma/desk/tickets/{merged.ticket.number}/")
        return len(found)

    statements()
    before, first = statements(), merged.second
    for _n in range(2):
        make_case_of(merged)
        add(merged, ticket=merged.second)
        with tenant(luma):
            actions.merge(merged.second, by=member(bob, luma), into=Ticket.objects.get(pk=merged.ticket.pk))
    assert first != merged.second and statements() == before


def test_what_was_merged_before_goes_along(merged, bob, luma):
    make_case_of(merged)
    with tenant(luma):
        actions.merge(Ticket.objects.get(pk=merged.ticket.pk), by=member(bob, luma), into=merged.second)
        into = Ticket.objects.values_list("merged_into", flat=True).exclude(pk=merged.second.pk)
        assert set(into) == {merged.second.pk}
        assert {row.pk for row in keeping.of_ticket(merged.second)} == {merged.kept.pk, merged.theirs.pk}


def test_a_hold_covers_it_and_erasing_takes_it_too(merged, bob, luma, harbor):
    other = make_case(harbor)
    foreign = add(other, ticket=other.ticket)
    with tenant(luma):
        by = member(bob, luma)
        keeping.place_hold(merged.ticket, by=by, reason="Case 7 O 12/26")
        for row in Evidence.objects.all():
            with pytest.raises(Refused, match="legal hold"):
                keeping.delete_evidence(row, by=by, reason="Not ours")
        assert Custody.objects.filter(verb=Custody.Verb.HELD).count() == 2
        keeping.release_hold(merged.ticket, by=by)
        assert keeping.erase_person(merged.ticket, by=by, reason="Article 17") == 2
    with tenant(harbor):
        assert Evidence.objects.get(pk=foreign.pk).deleted_at is None


def test_the_page_names_the_hold_and_releases_it(merged, mona, client, luma):
    with tenant(luma):
        keeping.place_hold(merged.ticket, by=member(mona, luma), reason="Case 7 O 12/26")
    client.force_login(mona)
    own = page(client, f"/luma/desk/evidence/{merged.theirs.pk}/")
    assert "Case 7 O 12/26" in own and "Mona" in own
    answer = client.post(f"/luma/desk/tickets/{merged.ticket.number}/hold/release/", {"piece": merged.theirs.pk})
    assert answer["Location"].endswith(f"/evidence/{merged.theirs.pk}/")
    with tenant(luma):
        assert not Hold.objects.filter(released_at=None).exists()


def test_it_is_kept_as_long_as_the_ticket_that_is_worked_on(merged, luma):
    luma.evidence_retention_months = 6
    now = timezone.now()
    assert pipeline.expire(luma, now=now) == 0
    with tenant(luma):
        Ticket.objects.filter(pk=merged.ticket.pk).update(closed_at=now - dt.timedelta(days=400))
        keeping.place_hold(merged.ticket, by=By.system(), reason="Case 7 O 12/26")
    assert pipeline.expire(luma, now=now) == 0
    with tenant(luma):
        keeping.release_hold(merged.ticket, by=By.system())
    assert pipeline.expire(luma, now=now) == 2


def test_what_came_back_is_held_and_kept_with_it_and_others_still_expire(merged, bob, luma):
    sent_back = back(merged, bob)
    piece = add(merged, by=member(bob, luma), returned=sent_back)
    luma.evidence_retention_months = 6
    now = timezone.now()
    with tenant(luma):
        # As it is where the ticket that was merged had a return.
        type(sent_back).objects.filter(pk=sent_back.pk).update(ticket=merged.second)
        old = make_ticket(make_order(number="LH-9"))
        Ticket.objects.filter(pk__in=[merged.ticket.pk, merged.second.pk, old.pk]).update(
            closed_at=now - dt.timedelta(days=400)
        )
        keeping.place_hold(merged.ticket, by=By.system(), reason="Case 7 O 12/26")
        assert piece in keeping.of_ticket(merged.ticket)
    gone = add(merged, ticket=old, by=By.customer(old.customer))
    assert pipeline.expire(luma, now=now) == 1
    with tenant(luma):
        assert list(Evidence.objects.exclude(deleted_at=None)) == [gone]
        keeping.release_hold(merged.ticket, by=By.system())
        # Closed again only as the one that it is worked on as.
        Ticket.objects.filter(pk=merged.ticket.pk).update(closed_at=None)
    assert pipeline.expire(luma, now=now) == 0


def test_it_is_packed(merged, luma):
    with tenant(luma):
        ticket = Ticket.objects.get(pk=merged.ticket.pk)
        assert {row.pk for row in photos.everything(ticket)} == {merged.kept.pk, merged.theirs.pk}
        second = Ticket.objects.get(pk=merged.second.pk)
        assert [row.pk for row in photos.everything(second)] == [merged.theirs.pk]

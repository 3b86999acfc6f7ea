"""What the workbench says of each piece: its words, an odd time, where it is seen again, what can be compared."""

import datetime as dt
import html

import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.evidence.conftest import add
from tests.factories import make_shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench(case, bob, client):
    """Return a function that gives the workbench of the case as an operator sees it."""
    client.force_login(bob)

    def page() -> str:
        response = client.get(f"/luma/desk/tickets/{case.ticket.number}/")
        assert response.status_code == 200
        return html.unescape(response.content.decode())

    return page


def change(case, kept, **values) -> None:
    with tenant(case.organization):
        Evidence.objects.filter(pk=kept.pk).update(**values)


def test_a_time_that_does_not_go_with_the_story_is_said_beside_the_picture(case, bench):
    now = timezone.now()
    with tenant(case.organization):
        make_shipment(case.order, shipped_at=now - dt.timedelta(days=9))
        case.order.delivered_at = now - dt.timedelta(days=2)
        case.order.save()
    add(case, ticket=case.ticket, taken_at=now - dt.timedelta(days=1))
    assert "before the parcel" not in bench()
    add(case, ticket=case.ticket, taken_at=now - dt.timedelta(days=5))
    add(case, ticket=case.ticket, place="box", taken_at=now - dt.timedelta(days=11))
    page = bench()
    assert "Taken 3 d before the parcel was delivered." in page and "Taken 2 d before the parcel was sent." in page


def test_what_it_shows_stands_below_it(case, bench):
    change(case, add(case, ticket=case.ticket), shows="ظهر كسر في الزجاج")
    assert "ظهر كسر في الزجاج" in bench()


def test_compare_begins_with_what_can_be_seen(case, bench):
    gone, there = add(case, ticket=case.ticket), add(case, ticket=case.ticket, place="box", ready=True)
    change(case, gone, state="failed", failure="deleted", deleted_at=timezone.now(), deletion="A passport")
    page = bench()
    assert f"/desk/evidence/{there.pk}/?with=best" in page and f"/desk/evidence/{gone.pk}/?with" not in page
    change(case, there, state="failed", failure="unreadable")
    assert "?with=best" not in bench()


def test_many_pieces_do_not_push_the_conversation_away(case, bench):
    kept = add(case, ticket=case.ticket)
    assert 'class="ev many"' not in bench()
    with tenant(case.organization):
        Evidence.objects.bulk_create(
            Evidence(
                organization=case.organization, ticket_id=case.ticket.pk, name=f"{n}.jpg", media_type="image/jpeg",
                size=1, sha256=f"{n:064x}", width=1, height=1, original_key=f"x/{n}", uploader_kind="customer",
            )
            for n in range(200)
        )  # fmt: skip
    page = bench()
    assert 'class="ev many"' in page and page.count("data-view>") >= 201 and str(kept.pk) in page

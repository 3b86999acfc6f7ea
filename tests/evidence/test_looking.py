"""One piece of evidence on its page: what is told of it, what stands beside it, who may delete or keep it."""

import datetime as dt
import html

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence import custody
from evidence.models import Custody, Evidence, Hold
from evidence.pipeline import parts
from tests.evidence.conftest import add
from tests.factories import make_order, make_shipment, make_ticket, member
from tickets.actions import By
from tickets.models import TicketEvent

pytestmark = pytest.mark.django_db

ONE = "0123456789abcdef0f1e2d3c4b5a6978"
HTMX = {"HTTP_HX_REQUEST": "true"}


def url(kept, more="", org="luma") -> str:
    return f"/{org}/desk/evidence/{kept.pk}/{more}"


def change(case, kept, **values) -> None:
    with tenant(case.organization):
        Evidence.objects.filter(pk=kept.pk).update(**values)


def text(response) -> str:
    return html.unescape(response.content.decode())


def statements(client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


@pytest.fixture
def kept(case):
    return add(case, ticket=case.ticket, ready=True)


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def boss(client, mona):
    client.force_login(mona)
    return client


def test_the_page_tells_whose_it_is_and_what_happened_to_it(case, kept, desk, bob, luma):
    change(case, kept, duration=None, latitude=38.7166667, longitude=-9.1333333)
    with tenant(luma):
        custody.note(kept, Custody.Verb.SEEN, by=member(bob, luma))
    page = text(desk.get(url(kept)))
    for words in (
        "Whole item", "the customer", case.ticket.number, "LH-1001", kept.sha256, "geo:38.71667,-9.13333", "received",
        "looked at", "Bob Operator",
    ):  # fmt: skip
        assert words in page, words
    assert f"/desk/photos/{kept.pk}/display/" in page and f"/desk/photos/{kept.pk}/original/" in page


def test_the_viewer_gets_the_part_that_it_shows(kept, desk):
    part = desk.get(url(kept), **HTMX)
    assert text(part).lstrip().startswith('<div class="large"') and "HX-Request" in part["Vary"]


def test_looking_at_the_page_is_not_looking_at_the_picture(case, kept, desk):
    desk.get(url(kept))
    with tenant(case.organization):
        assert not Custody.objects.filter(verb="seen").exists()


def test_nothing_of_another_organization_and_nothing_unfiled(case, copycase, desk):
    theirs = add(copycase, ticket=copycase.ticket)
    assert desk.get(url(theirs)).status_code == 404
    assert desk.get(url(theirs, org="harbor")).status_code == 404
    mine = add(case, ticket=case.ticket)
    assert desk.get(url(mine, f"?with={theirs.pk}")).status_code == 404


@pytest.mark.parametrize("wanted", ["?with=x", "?with=", "?with=" + "9" * 30, "?before=x", "?before=-1", "?with=best"])
def test_odd_questions_are_no_errors(kept, desk, wanted):
    assert desk.get(url(kept, wanted)).status_code == 200


def test_the_inspections_photo_is_the_first_that_it_is_compared_with(case, kept, desk, bob, luma):
    by = member(bob, luma)
    add(case, ticket=case.ticket, place="box")
    close_up = add(case, inspection=case.inspection, by=by, place="close_up", ready=True)
    whole = add(case, inspection=case.inspection, by=by, place="whole", ready=True)
    with tenant(luma):
        parcel = make_shipment(case.order)
    packed = add(case, shipment=parcel, by=by, place="box", ready=True)
    page = text(desk.get(url(kept, "?with=best")))
    assert f"/photos/{whole.pk}/display/" in page and f"/photos/{packed.pk}/display/" not in page
    assert page.index(f'value="{whole.pk}"') < page.index(f'value="{close_up.pk}"') < page.index(f'value="{packed.pk}"')


def test_a_picture_of_another_ticket_is_flagged_on_page_and_workbench(case, kept, desk, luma):
    change(case, kept, fingerprint=ONE, fingerprint_parts=parts(ONE))
    with tenant(luma):
        other = make_ticket(make_order(email="noura@luma.example"))
    again = add(case, ticket=other)
    near = ONE[:-1] + "9"
    change(case, again, fingerprint=near, fingerprint_parts=parts(near))
    for page in (desk.get(url(kept)), desk.get(f"/luma/desk/tickets/{case.ticket.number}/")):
        assert f"Almost the same picture was used in {other.number}." in text(page)
    assert "Another customer." in text(desk.get(url(kept)))


def test_a_time_before_delivery_is_flagged(case, kept, desk, luma):
    taken = timezone.now() - dt.timedelta(days=3)
    with tenant(luma):
        type(case.order).objects.filter(pk=case.order.pk).update(delivered_at=taken + dt.timedelta(days=2))
        late = Evidence.objects.create(
            ticket=case.ticket, name="a.jpg", media_type="video/mp4", kind="video", size=1, sha256="b" * 64, width=1,
            height=1, original_key="k", state="ready", uploader_kind="customer", taken_at=taken, taken_source="device",
            reduced=True, duration=83.2,
        )  # fmt: skip
    page = text(desk.get(url(late)))
    assert "Taken 2 d before the parcel was delivered." in page and "says the device's clock" in page
    assert "a smaller copy made on the phone" in page and "1:23" in page


def test_one_and_three_cost_the_same(case, kept, desk, luma, bob):
    by = member(bob, luma)
    with tenant(luma):
        custody.note(kept, Custody.Verb.SEEN, by=by)
    add(case, inspection=case.inspection, by=by, ready=True)
    desk.get(url(kept))
    one = statements(desk, url(kept, "?with=best"))
    with tenant(luma):
        for _n in range(3):
            custody.note(kept, Custody.Verb.SEEN, by=by)
    for _n in range(2):
        add(case, inspection=case.inspection, by=by, ready=True)
        add(case, ticket=case.ticket, ready=True)
    assert statements(desk, url(kept, "?with=best")) == one


# ── keeping and deleting ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_manager_deletes_with_a_reason(case, kept, boss, mona):
    assert boss.post(url(kept, "delete/"), {"reason": "Shows a child"}).status_code == 302
    page = text(boss.get(url(kept)))
    assert "Shows a child" in page and "It was deleted." in page and "/original/" not in page
    with tenant(case.organization):
        (event,) = TicketEvent.objects.filter(verb="evidence_deleted")
    assert event.actor_id == mona.pk
    ticket = text(boss.get(f"/luma/desk/tickets/{case.ticket.number}/"))
    assert "Mona Manager deleted a piece of evidence. Shows a child" in ticket


def test_without_a_reason_nothing_is_deleted_and_the_field_says_so(case, kept, boss):
    answer = boss.post(url(kept, "delete/"), {"reason": " "})
    assert answer.status_code == 422 and "Write why; it stays in the log." in text(answer)
    with tenant(case.organization):
        assert Evidence.objects.get(pk=kept.pk).deleted_at is None


def test_a_hold_forbids_deletion_until_it_is_released(case, kept, boss):
    tickets = f"/luma/desk/tickets/{case.ticket.number}"
    assert boss.post(f"{tickets}/hold/", {"reason": "Court of Porto", "piece": kept.pk}).status_code == 302
    refused = boss.post(url(kept, "delete/"), {"reason": "Keep my words"})
    assert refused.status_code == 422 and "under legal hold" in text(refused) and "Keep my words" in text(refused)
    refused = boss.post(f"{tickets}/erase/", {"reason": "Article 17", "piece": kept.pk})
    assert refused.status_code == 422 and "under legal hold" in text(refused) and "Article 17" in text(refused)
    assert "/delete/" not in text(refused) and "/erase/" not in text(boss.get(url(kept)))
    assert "Legal hold" in text(boss.get(f"{tickets}/"))
    again = boss.post(f"{tickets}/hold/", {"reason": "Once more", "piece": kept.pk})
    assert again.status_code == 422 and "Once more" in text(again)
    assert boss.post(f"{tickets}/hold/release/", {"piece": kept.pk}).status_code == 302
    with tenant(case.organization):
        assert Hold.objects.get().released_at
        assert set(Custody.objects.values_list("verb", flat=True)) >= {"held", "released"}
    assert boss.post(url(kept, "delete/"), {"reason": "Now"}).status_code == 302
    assert boss.post(f"{tickets}/hold/release/", {"piece": kept.pk}, follow=True).status_code == 200


def test_what_the_customer_sent_is_erased_and_ours_stays(case, kept, boss, bob, luma):
    ours = add(case, ticket=case.ticket, by=member(bob, luma), ready=True)
    answer = boss.post(f"/luma/desk/tickets/{case.ticket.number}/erase/", {"reason": "Art. 17"}, follow=True)
    assert "1 piece deleted." in text(answer)
    with tenant(luma):
        assert Evidence.objects.get(pk=kept.pk).deleted_at and not Evidence.objects.get(pk=ours.pk).deleted_at


@pytest.mark.parametrize("what", ["delete", "hold", "hold/release", "erase"])
def test_an_operator_may_neither_delete_nor_hold(case, kept, desk, what):
    base = url(kept) if what == "delete" else f"/luma/desk/tickets/{case.ticket.number}/"
    assert desk.post(f"{base}{what}/", {"reason": "x"}).status_code == 403
    assert "Keep or delete" not in text(desk.get(url(kept)))


def test_a_ticket_without_evidence_has_nothing_to_hold(case, boss):
    assert boss.post(f"/luma/desk/tickets/{case.ticket.number}/hold/", {"reason": "x"}).status_code == 404


def test_a_long_log_is_read_page_by_page(case, kept, desk, bob, luma):
    with tenant(luma):
        for n in range(60):
            custody.note(kept, Custody.Verb.DOWNLOADED, by=member(bob, luma), at=timezone.now() + dt.timedelta(n))
        last = Custody.objects.filter(evidence=kept).count()
    page = text(desk.get(url(kept)))
    assert f">{last}</td>" in page and f"?before={last - 39}#log" in page
    assert "received" in text(desk.get(url(kept, f"?before={last - 39}")))


def test_a_picture_of_another_ticket_is_named_as_what_it_is(case, kept, desk, luma):
    with tenant(luma):
        ticket = make_ticket(make_order(email="noura@luma.example"))
    other = add(case, ticket=ticket, ready=True)
    page = text(desk.get(url(kept, f"?with={other.pk}")))
    assert f'<option value="{other.pk}" selected>Whole item, {ticket.number}</option>' in page
    assert f'<bdi class="num">{ticket.number}</bdi>' in page and f'<bdi class="num">{case.ticket.number}</bdi>' in page
    assert f"/desk/evidence/{other.pk}/?with={kept.pk}" in page


def test_what_cannot_be_seen_is_not_compared_and_says_when_it_went(case, kept, desk):
    assert "Compare" not in text(desk.get(url(kept)))
    add(case, ticket=case.ticket, ready=True)
    assert "Compare" in text(desk.get(url(kept)))
    change(case, kept, state="failed", failure="deleted", deleted_at=timezone.now(), deletion="A passport")
    page = text(desk.get(url(kept)))
    assert "Compare" not in page and "Deleted: A passport" in page


@pytest.mark.parametrize(
    "more, words",
    [
        ({"scan": "infected", "failure": "infected"}, "Malware found"),
        ({"failure": "deleted", "deleted_at": timezone.now(), "deletion": "x"}, "Deleted"),
    ],
)
def test_no_page_leads_to_an_original_that_nobody_gets(case, kept, desk, more, words):
    ticket, download = f"/luma/desk/tickets/{case.ticket.number}/", f"/luma/desk/photos/{kept.pk}/original/"
    assert download in text(desk.get(url(kept))) and download in text(desk.get(ticket))
    change(case, kept, state="failed", **more)
    assert download not in text(desk.get(url(kept)))
    page = text(desk.get(ticket))
    assert download not in page and f"Whole item: {words}" in page


@pytest.mark.parametrize("more, words", [({"duration": 3.0}, "to play it"), ({"pages": 2}, "to read it")])
def test_one_picture_of_a_video_or_letter_says_so(case, kept, desk, more, words):
    assert words not in text(desk.get(url(kept)))
    change(case, kept, **more)
    assert words in text(desk.get(url(kept)))


def test_a_hold_is_told_with_its_reason(case, kept, boss, mona, luma):
    with tenant(luma):
        Hold.objects.create(ticket=case.ticket, reason="Claim 4410-27", placed_by=mona)
    page = text(boss.get(url(kept)))
    assert "Claim 4410-27" in page and f"/desk/tickets/{case.ticket.number}/hold/release/" in page


def test_a_download_by_a_link_is_not_the_systems(case, kept, desk, luma):
    with tenant(luma):
        custody.note(kept, Custody.Verb.DOWNLOADED, by=By.system(), link=1)
    assert "whoever had the link" in text(desk.get(url(kept)))

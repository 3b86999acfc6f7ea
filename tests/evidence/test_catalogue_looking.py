"""Catalogue pictures beside a complaint's: which one counts, what is said of it, and who sends it as a photo."""

import datetime as dt
import html

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.orders.models import OrderLine, Product
from aftersales.tenants.scope import tenant
from evidence import looking
from evidence.models import Custody, Evidence
from evidence.pipeline import parts
from tests.evidence.conftest import add
from tests.factories import NOON, make_line, make_order, make_shipment, make_ticket, member
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

ONE = "0123456789abcdef0f1e2d3c4b5a6978"
DAY = dt.timedelta(days=1)


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


def picture(case, at, *, sku="LAMP", place="whole", line=None, **more) -> Evidence:
    """Write a ready catalogue picture that came at a time, and the SKU on the case's item (or on `line`)."""
    picture.count += 1
    with tenant(case.organization):
        OrderLine.objects.filter(pk=(line or case.line).pk).update(sku=sku)
        product, _made = Product.objects.get_or_create(sku=sku, defaults={"name": "Lamp, sage"})
        return Evidence.objects.create(**{
            "product": product, "name": "a.jpg", "media_type": "image/jpeg", "size": 1, "width": 8, "height": 8,
            "sha256": f"{picture.count:064x}", "original_key": "k", "state": "ready", "place": place,
            "uploader_kind": "operator", "uploaded_at": at,
        } | more)  # fmt: skip


picture.count = 0


def choices(case, kept) -> list[tuple[int, str]]:
    with tenant(case.organization):
        return [(each.pk, each.note) for each in looking.beside(looking.piece_of(looking.find(kept.pk)))]


def text(response) -> str:
    return html.unescape(response.content.decode())


def url(kept, more="") -> str:
    return f"/luma/desk/evidence/{kept.pk}/{more}"


# ── which one counts ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_one_that_was_there_when_the_order_was_placed_is_first_and_all_stay(case, copycase, kept):
    picture(copycase, NOON - DAY)
    first, then = picture(case, NOON - 9 * DAY), picture(case, NOON)
    late = picture(case, NOON + dt.timedelta(seconds=1))
    close_up = picture(case, NOON - 20 * DAY, place="close_up")
    assert choices(case, kept) == [
        (then.pk, "in the catalogue since 2 Mar 2026"), (close_up.pk, "in the catalogue since 10 Feb 2026"),
        (first.pk, "added on 21 Feb 2026, replaced before the order"),
        (late.pk, "added on 2 Mar 2026, after the order"),
    ]  # fmt: skip


def test_where_there_was_none_the_oldest_after_it_counts_and_says_so(case, kept, desk):
    late, later = picture(case, NOON + 2 * DAY), picture(case, NOON + 3 * DAY)
    assert [pk for pk, _note in choices(case, kept)] == [late.pk, later.pk]
    page = text(desk.get(url(kept, "?with=best")))
    assert f"/photos/{late.pk}/display/" in page and "added on 4 Mar 2026, after the order" in page
    assert "Catalogue picture of LAMP: Whole item" in page


def test_our_inspection_of_the_same_place_goes_before_and_our_packing_behind(case, kept, bob):
    by = member(bob, case.organization)
    whole = add(case, inspection=case.inspection, by=by, place="whole", ready=True)
    serial = add(case, inspection=case.inspection, by=by, place="serial", ready=True)
    with tenant(case.organization):
        parcel = make_shipment(case.order)
    box = add(case, shipment=parcel, by=by, place="box", ready=True)
    shown = picture(case, NOON)
    assert [pk for pk, _note in choices(case, kept)] == [whole.pk, shown.pk, serial.pk, box.pk]
    crushed = add(case, ticket=case.ticket, place="box", ready=True)
    ranks = [pk for pk, _note in choices(case, crushed)]
    assert ranks.index(box.pk) < ranks.index(shown.pk) < ranks.index(kept.pk)


def test_only_the_tickets_own_item_unless_it_is_about_the_whole_order(case, kept):
    with tenant(case.organization):
        other = make_line(case.order)
    mine, theirs = picture(case, NOON, sku="LAMP"), picture(case, NOON, sku="VASE", line=other)
    assert [pk for pk, _note in choices(case, kept)] == [mine.pk]
    with tenant(case.organization):
        ticket = make_ticket(case.order)
        Ticket.objects.filter(pk=ticket.pk).update(line=None)
    whole = add(case, ticket=ticket, ready=True)
    assert [pk for pk, _note in choices(case, whole)][:2] == [mine.pk, theirs.pk]


def test_a_deleted_one_and_one_that_is_being_prepared_are_not_offered(case, kept):
    picture(case, NOON, state="pending")
    picture(case, NOON, state="failed", failure="deleted", deleted_at=NOON)
    assert choices(case, kept) == []


# ── its own page ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_its_own_page_has_no_ticket_and_no_order(case, boss, mona):
    by = member(mona, case.organization)
    first = picture(case, NOON)
    mine = add(case, product=first.product, by=by, ready=True)
    page = text(boss.get(url(mine, "?with=best")))
    for words in ("Catalogue picture of LAMP: Whole item", "Lamp, sage", "Mona Manager", "received", mine.sha256):
        assert words in page, words
    assert f"/photos/{first.pk}/display/" in page and "Back to the ticket" not in page
    assert text(boss.get(url(mine), HTTP_HX_REQUEST="true")).lstrip().startswith('<div class="large"')
    assert boss.get(f"/luma/desk/photos/{mine.pk}/original/").status_code == 302
    assert boss.post(url(mine, "delete/"), {"reason": "Another shade"}).status_code == 302
    assert "Another shade" in text(boss.get(url(mine)))
    with tenant(case.organization):
        verbs = list(Custody.objects.filter(evidence=mine).values_list("verb", flat=True))
        assert verbs == ["uploaded", "stored", "downloaded", "deleted"]


def test_an_operator_deletes_none_and_no_other_organization_sees_it(case, copycase, desk):
    mine, theirs = picture(case, NOON), picture(copycase, NOON)
    assert desk.post(url(mine, "delete/"), {"reason": "x"}).status_code == 403
    assert desk.get(url(theirs)).status_code == desk.get(url(mine, f"?with={theirs.pk}")).status_code == 404


# ── where one is missing ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_missing_one_is_asked_for_where_it_would_be_compared(case, kept, desk):
    add_url = reverse("desk:intake_catalogue", args=["luma", case.line.pk])
    pages = [url(kept), f"/luma/desk/tickets/{case.ticket.number}/"]
    assert not any(add_url in text(desk.get(page)) for page in pages)
    with tenant(case.organization):
        OrderLine.objects.filter(pk=case.line.pk).update(sku="LAMP")
    assert all(add_url in text(desk.get(page)) for page in (*pages, "/luma/desk/orders/LH-1001/"))
    gone = picture(case, NOON, deleted_at=NOON)
    assert all(add_url in text(desk.get(page)) for page in pages)
    picture(case, NOON, sha256="f" * 64)
    assert not any(add_url in text(desk.get(page)) for page in pages) and gone.deleted_at


def test_one_and_three_cost_the_same(case, kept, desk):
    def count(page) -> int:
        with CaptureQueriesContext(connection) as found:
            assert desk.get(page).status_code == 200
        return len(found)

    pages = (url(kept, "?with=best"), f"/luma/desk/tickets/{case.ticket.number}/")
    picture(case, NOON)
    few = [count(page) for page in pages]
    for n in (1, 2):
        picture(case, NOON - n * DAY)
        with tenant(case.organization):
            line = make_line(case.order)
        picture(case, NOON, sku=f"L-{n}", line=line)
    assert [count(page) for page in pages] == few


# ── the shop's picture sent as a photo ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "changed, words",
    [
        ({"fingerprint": "f" * 32}, "The same file as the catalogue picture of LAMP: the shop's picture, not a photo"),
        ({"sha256": "e" * 64}, "Almost the same as the catalogue picture of LAMP"),
    ],
)
def test_the_shops_picture_is_flagged_on_page_and_workbench(case, copycase, kept, desk, changed, words):
    with tenant(case.organization):
        Evidence.objects.filter(pk=kept.pk).update(fingerprint=ONE, fingerprint_parts=parts(ONE))
        far = make_line(make_order(number="LH-7"))
    of = {"sha256": kept.sha256, "fingerprint": ONE[:-1] + "9"} | changed
    of |= {"fingerprint_parts": parts(of["fingerprint"])}
    # Of whatever item the shop's picture is.
    shop = picture(case, NOON, line=far, **of)
    picture(copycase, NOON, sku="THEIRS", **of)
    pages = [text(desk.get(page)) for page in (url(kept), f"/luma/desk/tickets/{case.ticket.number}/")]
    assert all(words in page and "THEIRS" not in page for page in pages)
    assert f"?with={shop.pk}" in pages[0]
    assert f"used in {case.ticket.number}." in text(desk.get(url(shop)))


def test_two_catalogue_pictures_and_an_inspection_are_no_news_to_each_other(case, desk, bob):
    ours = add(case, inspection=case.inspection, by=member(bob, case.organization), ready=True)
    one, other = (picture(case, NOON, sha256=ours.sha256, sku=sku) for sku in ("LAMP", "SHADE"))
    for each in (one, other, ours):
        assert "The same file" not in text(desk.get(url(each)))

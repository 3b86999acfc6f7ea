"""The checklist where it is worked with: the workbench asks for what is missing, the portal shows what is enough."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.orders.models import Partner
from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_partner, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.desk_cast import again, lamp, url
from tickets import actions
from tickets.models import EvidenceRequest, FilingDraft, Message

pytestmark = pytest.mark.django_db
FIVE = ["item_photo", "close_up_photo", "outer_box_photo", "inner_packing_photo", "label_photo", "box_mark_photo"]


@pytest.fixture(scope="module")
def rows(cast):
    cast.theirs = lamp(cast.harbor, "Harbor")
    found = lamp(cast.luma, "Luma")
    with tenant(cast.luma):
        Partner.objects.filter(kind="carrier").update(name="UPS", reference="UPS")
        to_stage(found, "responsibility", member(cast.bob, cast.luma))
    cast.ticket = again(found)
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def photo(ticket, place: str, **fields) -> Evidence:
    values = {"state": "ready", "uploader_kind": "customer", "ticket": ticket, **fields}
    with tenant((ticket or fields["draft"]).organization):
        return Evidence.objects.create(
            place=place, name="a.jpg", media_type="image/jpeg", size=1, width=1, height=1,
            sha256=f"{timezone.now()}"[:64], original_key="k", **values,
        )  # fmt: skip


def need(response) -> str:
    """The checklist's words."""
    page = response.content.decode()
    if 'class="need"' not in page:
        return ""
    part = page[page.index('class="need"') :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part[: part.index("</section>")])).split())


def sent_fields(page: str) -> list[str]:
    """What the one button sends."""
    form = page[page.index('name="once"') :]
    return re.findall(r'name="proofs" value="(\w+)"', form[: form.index("</form>")])


# ── the workbench ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_done_missing_and_enough_for_which_claim(desk, ticket):
    words = need(desk.get(url(ticket)))
    assert "Photos of the outer box, all sides · 0 of 2" in words and "A crushed box points to the carrier" in words
    assert "UPS: damage claim – missing:" in words and "(2026-11-21)" in words
    for place in ("whole", "close_up", "box", "box", "padding", "label"):
        photo(ticket, place)
    page = desk.get(url(ticket))
    missing = re.search(r"missing: (.*?) UPS claim guide", need(page))
    assert missing and missing[1].startswith("Dimensions of the box, Box maker's certificate on the flap")
    assert "2 of 2" in need(page) and "Enough to decide" in page.content.decode()
    photo(ticket, "box_mark")
    assert "Box maker's certificate" not in need(desk.get(url(ticket)))


def test_a_failed_or_deleted_photo_is_still_missing(desk, ticket):
    photo(ticket, "whole", state="failed")
    photo(ticket, "close_up", deleted_at=timezone.now(), deletion="asked by the customer")
    assert desk.get(url(ticket)).context["checklist"].missing[0].entry.code == "item_photo"
    assert len(desk.get(url(ticket)).context["checklist"].missing) == 3


def test_one_click_asks_for_all_of_it_and_never_twice(desk, ticket, luma):
    fields = sent_fields(desk.get(url(ticket)).content.decode())
    assert fields == FIVE
    for _press in range(2):
        assert desk.post(url(ticket, "ask"), {"proofs": fields, "once": "1"}).status_code == 302
    with tenant(luma):
        assert sorted(EvidenceRequest.objects.values_list("proof", flat=True)) == sorted(FIVE)
        assert Message.objects.filter(asks_for__len__gt=0).count() == 1
    page = desk.get(url(ticket))
    assert 'name="once"' not in page.content.decode()
    assert "Asked the customer: Photo of the box maker's mark" in need(page) and re.search(
        r"box, all sides · 0 of 2 · asked", need(page)
    )
    again_ = desk.post(url(ticket, "ask"), {"proofs": fields, "once": "1"}, follow=True).content.decode()
    assert "All of this was asked for already." in again_


def test_only_what_is_new_is_asked_after_a_part_came(desk, ticket, luma):
    desk.post(url(ticket, "ask"), {"proofs": ["label_photo"], "once": "1"})
    photo(ticket, "whole")
    fields = sent_fields(desk.get(url(ticket)).content.decode())
    assert fields == [each for each in FIVE if each not in ("label_photo", "item_photo")]
    desk.post(url(ticket, "ask"), {"proofs": ["label_photo", "box_mark_photo"], "once": "1"})
    with tenant(luma):
        assert list(EvidenceRequest.objects.values_list("proof", flat=True)) == ["label_photo", "box_mark_photo"]
        assert Message.objects.order_by("pk").last().asks_for == ["box_mark_photo"]


def test_an_open_question_may_be_repeated_on_purpose(desk, ticket, luma):
    for _press in range(2):
        desk.post(url(ticket, "ask"), {"proofs": ["label_photo"]})
    with tenant(luma):
        assert EvidenceRequest.objects.filter(proof="label_photo").count() == 2


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_message_is_in_the_customers_language(desk, ticket, luma, language):
    with tenant(luma):
        ticket.language = language
        ticket.save(update_fields=["language"])
    desk.post(url(ticket, "ask"), {"proofs": ["label_photo"], "once": "1"})
    with tenant(luma):
        text = Message.objects.get(asks_for__len__gt=0).text
    assert ("Photo of the shipping label: Near enough to read the tracking number." in text) == (language == "en")
    assert text.count("\n") == 1


def test_later_a_message_is_begun_that_asks_for_all_of_it(desk, ticket, luma, bob):
    with tenant(luma):
        shares = [actions.Share("agent", 100)]
        actions.confirm_responsibility(
            again(ticket), by=member(bob, luma), shares=shares, basis="x", override="goodwill"
        )
    page = desk.get(url(ticket)).content.decode()
    assert 'name="once"' not in page
    link = re.search(r'href="(\?write=reply&amp;ask=[^"]+)#write"', page)
    assert link and link[1].count("ask=") == len(FIVE)
    begun = desk.get(url(ticket) + link[1].replace("&amp;", "&")).context["reply"].initial["text"]
    assert begun.startswith("Please send us:\n• Photo of the item:") and begun.count("\n") == len(FIVE)


def test_another_organizations_evidence_and_requests_count_for_nothing(desk, ticket, own, harbor):
    for place in ("whole", "close_up", "box", "box", "box_mark"):
        photo(own.theirs, place)
    with tenant(harbor):
        EvidenceRequest.objects.create(ticket=own.theirs, party="customer", proof="label_photo")
    found = desk.get(url(ticket)).context["checklist"]
    assert len(found.missing) == 3 and not found.asked
    assert desk.post(f"/harbor/desk/tickets/{own.theirs.number}/ask/", {"proofs": FIVE, "once": "1"}).status_code == 404


def test_one_and_three_pieces_of_evidence_cost_the_same(desk, ticket):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert desk.get(url(ticket)).status_code == 200
        return len(found)

    photo(ticket, "whole")
    desk.get(url(ticket))
    one = cost()
    for place in ("box", "label"):
        photo(ticket, place)
    assert cost() == one


def test_the_claims_page_counts_alike(desk, ticket, luma, bob):
    with tenant(luma):
        claim = actions.open_claim(again(ticket), by=member(bob, luma), kind="carrier")
        make_partner("carrier", "DHL Express")
    photo(ticket, "box")
    page = desk.get(url(ticket, "claims")).content.decode()
    part = page[page.index(f'id="claim-{claim.pk}"') :]
    six = part[: part.index("Photos that show all six sides of the box")]
    assert six[six.rindex("<li>") :].count('class="minus"') == 1
    photo(ticket, "box")
    part = desk.get(url(ticket, "claims")).content.decode()
    six = part[: part.index("Photos that show all six sides of the box")]
    assert six[six.rindex("<li>") :].count('class="plus"') == 1


# ── the portal ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def customer(client, ticket):
    data = {"number": "LH-204913", "email": "maria@luma.example"}
    assert client.post("/luma/find/", data).status_code == 302
    return client


def shots(page: str) -> list[tuple[str, str]]:
    return [(place, unescape(label)) for place, label in re.findall(r'data-place="(\w+)" data-label="([^"]+)"', page)]


def test_filing_shows_what_helps_how_to_take_it_and_what_is_enough(customer):
    begun = customer.post("/luma/file/LH-204913/", {"problem": "broken_inside"})
    page = customer.get(begun["Location"]).content.decode()
    places = ["whole", "close_up", "box", "padding", "label"]
    assert [place for place, _label in shots(page)] == places
    assert all(f"examples.svg#{place}" in page for place in places) and "examples.svg#other" not in page
    assert "These 3 are enough to decide: Whole item, Close-up, Outer box. More helps." in page
    assert page.count("helps us most") == 3 and page.count("optional") == 2
    assert "Two photos, three sides in each." in page and "I can’t take photos" in page
    key = begun["Location"].split("/")[3]
    assert customer.get(f"/luma/filing/{key}/wish/").status_code == 200


def test_filing_says_when_it_is_enough(customer, luma):
    begun = customer.post("/luma/file/LH-204913/", {"problem": "held_documents"})
    assert "This is enough to decide: Customs letter. More helps." in customer.get(begun["Location"]).content.decode()
    with tenant(luma):
        draft = FilingDraft.objects.get()
    letter = photo(None, "letter", draft=draft)
    page = customer.get(begun["Location"]).content.decode()
    assert "This is enough to decide. More helps." in page
    with tenant(luma):
        Evidence.objects.filter(pk=letter.pk).update(state="failed")
    assert "This is enough to decide: Customs letter." in customer.get(begun["Location"]).content.decode()


def test_the_customer_sees_exactly_what_is_missing_and_how(customer, ticket, luma, bob):
    with tenant(luma):
        actions.ask_for_proofs(again(ticket), by=member(bob, luma), proofs=["box_mark_photo", "fault_video"])
    portal = f"/luma/tickets/{ticket.number}/"
    page = customer.get(portal).content.decode()
    assert "Photo of the box maker&#x27;s mark" in page and "The round or square print on a flap" in page
    photos = customer.get(f"{portal}photos/").content.decode()
    assert shots(photos) == [("box_mark", "Box maker's mark"), ("other", "Video of the fault")]
    assert "examples.svg#box_mark" in photos and "A few seconds that show what goes wrong." in photos

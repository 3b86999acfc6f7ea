"""Photos through the browser: who may send and see what, and what the answers say."""

import html
import json
import re
import socket

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from aftersales.tenants.scope import tenant
from evidence import actions, media
from evidence.models import Evidence
from evidence.views import receiving
from tests.evidence.conftest import add, ask, begin, fresh, rows, visit
from tests.evidence.pictures import photo, upload
from tests.factories import make_shipment
from tickets import actions as tickets
from tickets import links
from tickets.actions import By
from tickets.models import FilingDraft, Message, TicketEvent

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}


def add_url(draft, org="luma") -> str:
    return f"/{org}/filing/{draft.key}/photos/add/"


def show(audience: str, kept, size="thumb", org="luma") -> str:
    return f"/{org}/{audience}photos/{kept.pk}/{size}/"


@pytest.fixture
def maria(case):
    """Maria's browser, and the complaint she is filing there."""
    client = visit(case)
    client.draft = begin(case, client)
    return client


# ── coming in ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_script_sends_one_photo_and_gets_its_id(case, maria):
    told = {"photo": upload(name="IMG 7.jpg"), "place": "close_up", "taken_at": "2026-11-16T17:58:00Z"}
    response = maria.post(add_url(maria.draft), told, **JSON)
    (kept,) = rows(case)
    assert response.status_code == 201 and response.json() == {"id": kept.pk, "name": "IMG 7.jpg", "thumb": ""}
    assert (kept.place, kept.draft_id, kept.uploader_kind) == ("close_up", maria.draft.pk, "customer")
    assert kept.taken_at.isoformat() == "2026-11-16T17:58:00+00:00"


def test_the_device_says_what_it_made_smaller_and_what_may_be_used(case, maria):
    """A place counts only with leave; without the two words a file is whole and its place is left out."""
    for flags in ({}, {"reduced": "1"}, {"use_place": "1"}, {"reduced": "yes", "use_place": "on"}):
        assert maria.post(add_url(maria.draft), {"photo": upload(fresh()), **flags}, **JSON).status_code == 201
    assert [(kept.reduced, kept.latitude is not None) for kept in rows(case)] == [
        (False, False), (True, False), (False, True), (False, False),
    ]  # fmt: skip


def test_a_form_takes_leave_for_the_place_without_a_script(case, maria):
    maria.post(add_url(maria.draft), {"photo-whole": [upload(fresh()), upload(fresh())], "use_place": "1"})
    assert [round(kept.latitude, 2) for kept in rows(case)] == [38.72, 38.72]


def test_what_is_too_large_for_a_form_is_refused_in_words(case, maria, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_BYTES", 1000)
    response = maria.post(add_url(maria.draft), {"photo": upload(photo() + b"\0" * 2000, "film.mp4")}, **JSON)
    assert response.status_code == 422 and "film.mp4" in response.json()["error"] and rows(case) == []


def test_a_late_photo_of_a_draft_that_was_sent_comes_to_its_ticket(case, maria):
    with tenant(case.organization):
        draft = FilingDraft.objects.get(pk=maria.draft.pk)
        ticket, _new = tickets.file_ticket(draft, by=case.by, channel="portal")
    assert maria.post(add_url(maria.draft), {"photo": upload(), "place": "box"}, **JSON).status_code == 201
    assert [kept.ticket_id for kept in rows(case)] == [ticket.pk]


@pytest.mark.parametrize(
    "claimed", ["", "yesterday", "2026-13-45T99:00", "1899-01-01T00:00Z", "2999-01-01T00:00Z", "0"]
)
def test_a_time_that_cannot_be_is_left_out(case, maria, claimed):
    maria.post(add_url(maria.draft), {"photo": upload(), "place": "nonsense", "taken_at": claimed}, **JSON)
    (kept,) = rows(case)
    assert kept.taken_at is None and kept.place == "other"


def test_a_heic_gets_a_placeholder_at_once_because_no_browser_shows_it(case, maria):
    response = maria.post(add_url(maria.draft), {"photo": upload(photo("HEIF"), "a.heic")}, **JSON)
    assert response.json()["thumb"] == show("", rows(case)[0])


def test_a_script_hears_file_reason_and_mend(case, maria):
    response = maria.post(add_url(maria.draft), {"photo": upload(b"GIF89a", "cat.jpg")}, **JSON)
    error = response.json()["error"]
    assert response.status_code == 422 and "cat.jpg" in error and "GIF" in error and "JPEG" in error
    assert maria.post(add_url(maria.draft), {}, **JSON).status_code == 422
    assert rows(case) == []


def test_a_form_sends_many_and_goes_on(case, maria):
    files = {"photo-whole": upload(fresh()), "photo-box": [upload(fresh()), upload(fresh())], "cv": upload(fresh())}
    response = maria.post(add_url(maria.draft), {**files, "next": f"/luma/filing/{maria.draft.key}/wish/"})
    assert (response.status_code, response["Location"]) == (302, f"/luma/filing/{maria.draft.key}/wish/")
    assert sorted(kept.place for kept in rows(case)) == ["box", "box", "whole"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_it_goes_on_to_nowhere_else(maria, elsewhere):
    response = maria.post(add_url(maria.draft), {"next": elsewhere})
    assert response["Location"] == f"/luma/filing/{maria.draft.key}/wish/"


def test_a_form_lists_what_was_refused_and_keeps_the_rest(case, maria):
    files = [
        upload(fresh(), "good.jpg"),
        upload(b"GIF89a", "cat.gif"),
        upload(b"", "none.jpg"),
        upload(photo()[:400], "cut.jpg"),
    ]
    response = maria.post(add_url(maria.draft), {"photo-whole": files, "next": "/luma/x/"})
    page = response.content.decode()
    assert response.status_code == 422 and len(rows(case)) == 1
    for words in (
        "cat.gif",
        "GIF",
        "none.jpg",
        "empty",
        "cut.jpg",
        "damaged",
        "1 photo was kept",
        show("", rows(case)[0]),
    ):
        assert words in page
    assert 'value="/luma/filing/' in page and "20 MB" in page


def test_strange_names_do_no_harm(case, maria):
    names = (
        "a\u200b\u202egpj.exe",
        "../../x.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "\u00e9" * 150 + ".jpg",
        "x\x00y.jpg",
    )
    for name in names:
        assert maria.post(add_url(maria.draft), {"photo": upload(fresh(), name)}, **JSON).status_code in (201, 422), (
            name
        )
    response = maria.post(add_url(maria.draft), {"photo-whole": [upload(b"<svg", names[2])]})
    assert response.status_code == 422 and "<img src=x" not in response.content.decode()
    assert all("\u202e" not in kept.name and "/" not in kept.name and len(kept.name) <= 120 for kept in rows(case))


def test_another_session_and_another_organization_have_no_draft(case, copycase, maria):
    theirs = visit(copycase)
    for client, org in ((visit(case), "luma"), (theirs, "luma"), (theirs, "harbor"), (maria, "harbor")):
        assert client.post(add_url(maria.draft, org), {"photo": upload()}, **JSON).status_code == 404
    assert rows(case) == [] and rows(copycase) == []


def test_a_photo_asked_for_later_comes_to_the_ticket(case, maria, client):
    url = f"/luma/tickets/{case.ticket.number}/photos/add/"
    assert client.post(url, {"photo": upload()}, **JSON).status_code == 404
    assert maria.post(url, {"photo": upload(fresh()), "place": "label"}, **JSON).status_code == 201
    response = maria.post(url, {"photo-label": upload(fresh())})
    assert response["Location"] == f"/luma/tickets/{case.ticket.number}/"
    assert [kept.ticket_id for kept in rows(case)] == [case.ticket.pk] * 2
    assert maria.post(url, {"photo-label": upload(b"no")}).status_code == 422


def test_a_member_adds_photos_that_came_by_mail(case, bob, client):
    client.force_login(bob)
    url = f"/luma/desk/tickets/{case.ticket.number}/photos/add/"
    sent = {"photo": [upload(fresh()), upload(fresh())], "place": "letter"}
    assert client.post(url, sent)["Location"] == f"/luma/desk/tickets/{case.ticket.number}/"
    assert {(kept.place, kept.uploaded_by_id) for kept in rows(case)} == {("letter", bob.pk)}
    for files in ({}, {"photo": upload(b"GIF89a", "cat.gif")}):
        response = client.post(url, files)
        assert response.status_code == 422 and "20 MB" in response.content.decode()
    assert client.post(url, {"photo": upload()}, **JSON).status_code == 201


def test_photos_of_an_inspection(case, copycase, bob, client):
    client.force_login(bob)
    response = client.post(f"/luma/desk/inspections/{case.inspection.pk}/photos/add/", {"photo-whole": upload()})
    assert response["Location"] == "/luma/desk/orders/LH-1001/"
    assert [kept.inspection_id for kept in rows(case)] == [case.inspection.pk]
    theirs = f"/luma/desk/inspections/{copycase.inspection.pk}/photos/add/"
    assert client.post(theirs, {"photo-whole": upload()}).status_code == 404


def test_photos_of_how_a_parcel_was_packed(case, copycase, bob, charlie, client):
    with tenant(case.organization):
        ours = make_shipment(case.order)
    with tenant(copycase.organization):
        theirs = make_shipment(copycase.order)
    url = f"/luma/desk/shipments/{ours.pk}/photos/add/"
    assert client.post(url, {"photo-padding": upload()}).status_code == 302 and rows(case) == []
    client.force_login(bob)
    response = client.post(url, {"photo-padding": upload(fresh()), "photo-box": upload(fresh())})
    assert (response.status_code, response["Location"]) == (302, "/luma/desk/orders/LH-1001/")
    assert {(kept.shipment_id, kept.place, kept.uploaded_by_id) for kept in rows(case)} == {
        (ours.pk, "padding", bob.pk), (ours.pk, "box", bob.pk),
    }  # fmt: skip
    assert client.get(url).status_code == 405
    for files in ({}, {"photo-box": upload(b"GIF89a", "cat.gif")}):
        refused = client.post(url, files)
        assert refused.status_code == 422 and "20 MB" in refused.content.decode()
    assert client.post(url, {"photo": upload(fresh()), "place": "box"}, **JSON).status_code == 201
    assert client.post(f"/luma/desk/shipments/{theirs.pk}/photos/add/", {"photo-box": upload()}).status_code == 404
    client.force_login(charlie)
    assert client.post(url, {"photo-box": upload()}).status_code == 404
    assert len(rows(case)) == 3 and rows(copycase) == []


def test_a_partner_adds_photos_to_its_own_part(case, copycase, bob):
    asked, supplier = ask(case, bob)
    url = f"/luma/p/tickets/{case.ticket.number}/photos/add/"
    assert supplier.post(url, {"photo": upload(), "place": "padding"}, **JSON).status_code == 201
    (kept,) = rows(case)
    assert (kept.ticket_id, kept.request_id, kept.partner_id) == (case.ticket.pk, asked.pk, case.supplier.pk)
    assert supplier.post(url, {"photo-other": upload(b"%PDF-", "x.pdf")}).status_code == 422
    assert supplier.post(url, {"photo-other": upload(fresh())})["Location"] == f"/luma/p/tickets/{case.ticket.number}/"
    assert visit(case).post(url, {"photo": upload()}, **JSON).status_code == 404


def test_removing_is_for_the_session_that_files(case, maria):
    kept = add(case, draft=maria.draft)
    url = f"/luma/filing/{maria.draft.key}/photos/remove/"
    assert visit(case).post(url, {"id": kept.pk}, **JSON).status_code == 404
    for wrong in ("", "x", kept.pk + 999, "9" * 40, "²"):
        assert maria.post(url, {"id": wrong}, **JSON).status_code == 404
    assert maria.get(url).status_code == 405
    assert maria.post(url, {"id": kept.pk}, **JSON).json() == {"removed": kept.pk}
    assert rows(case) == []


def test_nothing_is_removed_once_it_is_sent(case, maria):
    kept = add(case, draft=maria.draft)
    with tenant(case.organization):
        tickets.file_ticket(FilingDraft.objects.get(pk=maria.draft.pk), by=case.by, channel="portal")
    url = f"/luma/filing/{maria.draft.key}/photos/remove/"
    assert maria.post(url, {"id": kept.pk}, **JSON).status_code == 409 and len(rows(case)) == 1


# ── the store is away ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def no_store(settings):
    """Let the store's address be one where nobody listens; call it when it shall fall."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port = line.getsockname()[1]
    found = settings.STORAGES

    def fall():
        options = {**found["default"]["OPTIONS"], "endpoint_url": f"http://127.0.0.1:{port}"}
        settings.STORAGES = {**found, "default": {**found["default"], "OPTIONS": options}}

    yield fall


def test_without_the_store_files_arrive_all_the_same(case, maria, no_store):
    no_store()
    response = maria.post(add_url(maria.draft), {"photo": upload(name="lamp.jpg")}, **JSON)
    assert response.status_code == 201 and [kept.stored_at for kept in rows(case)] == [None]


def test_without_a_disk_the_answer_says_so_and_keeps_nothing_half(case, maria, settings, tmp_path):
    (tmp_path / "full").write_bytes(b"no folder")
    settings.EVIDENCE_SPOOL = tmp_path / "full"
    response = maria.post(add_url(maria.draft), {"photo": upload(name="lamp.jpg")}, **JSON)
    assert response.status_code == 503
    assert "lamp.jpg" in response.json()["error"] and "try again" in response.json()["error"]
    response = maria.post(add_url(maria.draft), {"photo-whole": [upload(fresh(), "a.jpg"), upload(fresh(), "b.jpg")]})
    page = response.content.decode()
    assert response.status_code == 503 and "a.jpg" in page and "b.jpg" in page and "Continue" in page
    assert rows(case) == []


def test_without_the_store_copies_say_so(case, maria, no_store):
    kept = add(case, ticket=case.ticket, ready=True)
    no_store()
    response = maria.get(show("", kept))
    assert response.status_code == 503 and "no-store" in response["Cache-Control"]


# ── going out ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_copies_come_with_their_armour(case, maria):
    kept = add(case, ticket=case.ticket, ready=True)
    for size in ("thumb", "display"):
        response = maria.get(show("", kept, size))
        assert response.status_code == 200 and response.content.startswith(b"\xff\xd8\xff")
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Content-Disposition"] == 'inline; filename="photo.jpg"'
        assert response["Cache-Control"] == "private, max-age=600"
        again = maria.get(show("", kept, size), HTTP_IF_NONE_MATCH=response["ETag"])
        assert again.status_code == 304 and again.content == b""
    assert maria.get(f"/luma/photos/{kept.pk}/original/").status_code == 404


def test_what_is_not_ready_shows_a_sign_that_nobody_keeps(case, maria):
    kept = add(case, ticket=case.ticket)
    for state in ("pending", "failed"):
        with tenant(case.organization):
            Evidence.objects.update(state=state)
        response = maria.get(show("", kept))
        assert response["Location"] == f"/static/photo-{state}.svg" and "no-store" in response["Cache-Control"]


def test_a_copy_that_is_lost_is_made_again(case, maria):
    kept = add(case, ticket=case.ticket, ready=True)
    default_storage.delete(kept.thumb_key)
    assert maria.get(show("", kept))["Location"] == "/static/photo-pending.svg"


def seen(client, audience, case_photos, org="luma") -> set[str]:
    return {name for name, kept in case_photos.items() if client.get(show(audience, kept, org=org)).status_code == 200}


def test_everybody_sees_what_is_theirs(case, copycase, bob, client, charlie, maria):
    asked, supplier = ask(case, bob)
    us = By.member(bob, bob.memberships.get())
    with tenant(case.organization):
        carrier = By.partner_contact(type(case.supplier).objects.create(kind="carrier", reference="c", name="Swift"))
        public, internal = (
            Message.objects.create(
                ticket=case.ticket, audience=audience, author_kind="operator", author_name="Bob", text="x"
            )
            for audience in ("public", "internal")
        )
    ticket = {"ticket": case.ticket}
    photos = {
        "draft": add(case, draft=maria.draft, ready=True),
        "customer": add(case, **ticket, ready=True),
        "label": add(case, **ticket, place="label", ready=True),
        "supplier": add(case, **ticket, request=asked, by=case.partner, ready=True),
        "carrier": add(case, **ticket, by=carrier, ready=True),
        "public": add(case, **ticket, by=us, message=public, ready=True),
        "internal": add(case, **ticket, by=us, message=internal, ready=True),
        "inspection": add(case, by=us, inspection=case.inspection, ready=True),
    }
    theirs = add(copycase, ticket=copycase.ticket, ready=True)
    everything = set(photos)
    with tenant(case.organization):
        by_link = visit(case, link=links.for_customer(case.ticket))
    assert seen(maria, "", photos) == {"draft", "customer", "label", "public"}
    assert seen(by_link, "", photos) == {"customer", "label", "public"}
    assert seen(visit(case), "", photos) == {"customer", "label", "public"}
    assert seen(supplier, "p/", photos) == {"customer", "supplier", "public"}
    assert seen(supplier, "", photos) == seen(maria, "p/", photos) == set()
    client.force_login(bob)
    assert seen(client, "desk/", photos) == everything and seen(client, "", photos) == set()
    strangers = (visit(copycase), type(client)())
    for stranger in strangers:
        for audience in ("", "p/", "desk/"):
            for org in ("luma", "harbor"):
                assert seen(stranger, audience, photos, org) == set()
    client.force_login(charlie)
    assert seen(client, "desk/", photos) == seen(client, "desk/", photos, "harbor") == set()
    assert seen(client, "desk/", {"theirs": theirs}, "harbor") == {"theirs"}


def test_a_revoked_link_closes_its_photos_at_once(case):
    kept = add(case, ticket=case.ticket, ready=True)
    with tenant(case.organization):
        link = links.for_customer(case.ticket)
    client = visit(case, link=link)
    assert client.get(show("", kept)).status_code == 200
    with tenant(case.organization):
        links.revoke(link)
    assert client.get(show("", kept)).status_code == 404


def test_a_download_leads_to_the_store_and_is_written_down(case, copycase, bob, client):
    kept, theirs = add(case, ticket=case.ticket, ready=True), add(copycase, ticket=copycase.ticket)
    client.force_login(bob)
    response = client.get(f"/luma/desk/photos/{kept.pk}/original/")
    assert response.status_code == 302 and kept.original_key in response["Location"]
    assert "X-Amz-Expires=120" in response["Location"] and "no-store" in response["Cache-Control"]
    with tenant(case.organization):
        (event,) = TicketEvent.objects.filter(verb="evidence_downloaded")
    assert event.actor_id == bob.pk and event.data["photo"] == kept.pk
    assert client.get(f"/luma/desk/photos/{theirs.pk}/original/").status_code == 404


# ── pieces of pages ────────────────────────────────────────────────────────────────────────────────────────────────
def strip(case, audience: str) -> tuple[str, int]:
    template = Template('{% load evidence %}{% evidence_strip photos audience %}{% photo_limits "filing" %}')
    with tenant(case.organization), CaptureQueriesContext(connection) as queries:
        photos = case.ticket.evidence.select_related("partner").all()
        context = {"photos": photos, "audience": audience, "organization": case.organization}
        return template.render(Context(context)), len(queries)


def test_a_strip_of_three_costs_what_a_strip_of_one_costs(case, bob):
    asked, _client = ask(case, bob)
    add(case, ticket=case.ticket, place="label")
    first, before = strip(case, "desk")
    add(case, ticket=case.ticket, place="whole")
    add(case, ticket=case.ticket, request=asked, by=case.partner, place="padding")
    page, after = strip(case, "desk")
    assert before == after == 1 and "Up to 12 files" in first
    assert [page.index(words) for words in ("Whole item", "Padding", "Shipping label")] == sorted(
        page.index(words) for words in ("Whole item", "Padding", "Shipping label")
    )
    assert page.count("/original/") == 3 and str(case.supplier) in page


@pytest.mark.parametrize("audience", ["portal", "partner"])
def test_only_the_desk_is_led_to_originals_and_names(case, audience):
    add(case, ticket=case.ticket, name="maria-gonzalez.jpg")
    page, _queries = strip(case, audience)
    assert "original" not in page and "maria" not in page


def told(case, template: str, **context) -> dict:
    """Return what the script is told by `{% sending … %}`, and the attribute beside it."""
    with tenant(case.organization):
        page = Template("{% load evidence %}<form " + template + ">").render(
            Context({"organization": case.organization, **context})
        )
    found = re.fullmatch(r'<form data-sending="([^"]*)"( data-large-url="[^"]*")?( data-full="1")?>', page)
    return {**json.loads(html.unescape(found[1])), "full": bool(found[3])}


def test_the_script_is_told_limits_counts_and_the_servers_own_words(case, maria):
    add(case, draft=maria.draft)
    add(case, ticket=case.ticket, by=case.partner)
    add(case, ticket=case.ticket)
    found = told(case, '{% sending "filing" owner %}', owner=maria.draft)
    assert (found["taken"], found["most"], found["full"]) == (1, actions.FILES_PER_FILING, False)
    assert found["limits"] == media.MAX_BYTES
    assert told(case, '{% sending "inspection" %}')["limits"] == media.MAX_BYTES | {"video": receiving.MOST_BYTES}
    large = upload(photo() + b"\0" * media.MAX_BYTES["photo"], "a.jpg")
    said = maria.post(add_url(maria.draft), {"photo": large}, **JSON).json()["error"]
    assert said.endswith(found["words"]["tooLarge"]["photo"].replace("{size}", "21"))
    found = told(case, '{% sending "ticket" owner %}', owner=case.ticket)
    assert (found["taken"], found["most"]) == (1, actions.FILES_PER_TICKET)
    case.organization.full_originals = True
    assert told(case, "{% sending %}")["full"]


def test_what_a_browser_offers_is_what_is_taken():
    """iPhones hand over HEIC only where it is named; what is named and not taken would be refused after the wait."""
    offered = set((settings.BASE_DIR / "templates/evidence/_accept.html").read_text().split(","))
    assert offered == {*media.EXTENSIONS, "image/heif"}


def test_an_empty_strip_says_so(case):
    assert "No photos yet" in strip(case, "desk")[0]


def test_pieces_to_include_lead_to_their_views(case, rf):
    kept = add(case, ticket=case.ticket)
    template = '{% include "evidence/_inspection_form.html" %}{% include "evidence/_originals.html" %}'
    context = {"inspection": case.inspection, "spots": [{"label": "Whole item", "photos": [kept]}]}
    with tenant(case.organization):
        context |= {"organization": case.organization, "request": rf.get("/x/")}
        page = Template(template).render(Context(context))
    assert f'action="/luma/desk/inspections/{case.inspection.pk}/photos/add/"' in page
    assert f'href="/luma/desk/photos/{kept.pk}/original/"' in page and kept.name in page
    assert f"Up to {actions.FILES_PER_INSPECTION} files" in page

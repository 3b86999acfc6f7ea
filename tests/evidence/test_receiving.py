"""Photos through the browser: who may send them, and what the answers say."""

import pytest

from aftersales.tenants.scope import tenant
from evidence.views import receiving
from tests.evidence.conftest import add, add_url, ask, fresh, rows, show, visit
from tests.evidence.pictures import photo, upload
from tests.factories import make_shipment
from tickets import actions as tickets
from tickets.models import FilingDraft

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}


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


# ── the store is away ─────────────────────────────────────────────────────────────────────────────────────────────────
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

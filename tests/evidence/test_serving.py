"""Photos on pages: who sees which, how copies and originals leave, and the pieces that show them."""

import html
import json
import re

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
from tests.evidence.conftest import add, add_url, ask, show, visit
from tests.evidence.pictures import photo, upload
from tickets import links
from tickets.actions import By
from tickets.models import Message, TicketEvent

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}


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


def test_without_the_store_copies_say_so(case, maria, no_store):
    kept = add(case, ticket=case.ticket, ready=True)
    no_store()
    response = maria.get(show("", kept))
    assert response.status_code == 503 and "no-store" in response["Cache-Control"]


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
    more = r'(?: data-large-url="[^"]*")?(?: data-about="[^"]*")?( data-full="1")?'
    found = re.fullmatch(rf'<form data-sending="([^"]*)"{more}>', page)
    return {**json.loads(html.unescape(found[1])), "full": bool(found[2])}


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

"""Who the customer is stays with us: every page, mail and file that a partner gets is searched for marks."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.urls import get_resolver

from aftersales.orders.models import Declaration, Inspection, PurchaseOrder, TrackingEvent
from aftersales.tenants.models import AuditEvent
from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.test_partner import Case, photo
from tickets import actions, links, privacy
from tickets.models import Assessment, Notification

pytestmark = pytest.mark.django_db
MARKS = {
    "name": "Zephyrine Quillfeather", "email": "canary-mail@customer.example", "phone": "+52 33 7766 5544",
    "address": "Calle Canario 4711", "city": "Canaryville", "postcode": "C4N4RY", "number": "ORD-CANARY-1",
}  # fmt: skip
PRICE = ("741.85", "741,85")


@pytest.fixture(scope="module")
def rows(cast):
    Case(cast.harbor, cast.charlie)
    case = cast.case = Case(cast.luma, cast.bob)
    with tenant(cast.luma):
        order = case.ticket.order
        for name in ("address", "city", "postcode", "number"):
            setattr(order, name, MARKS[name])
        order.total = Decimal("741.85")
        order.save()
        customer = order.customer
        customer.name, customer.email, customer.phone = MARKS["name"], MARKS["email"], MARKS["phone"]
        customer.save()
        line = case.ticket.line
        line.unit_price, line.customer_note = Decimal("741.85"), f"for {MARKS['name']}"
        line.save()
        line.purchase_orders.create(reference="PO-77", text=f"Send to {MARKS['name']}, {MARKS['city']}")
        PurchaseOrder.objects.create(line=line, reference="PO-78", text="3 layers of wrap")
        Inspection.objects.create(line=line, level="basic", result="pass", at=dt.datetime.now(dt.UTC), note="one layer")
        parcel = order.shipments.get()
        parcel.signed, parcel.delivery_place, parcel.label_address = MARKS["name"], MARKS["address"], MARKS["address"]
        parcel.trace_result = f"handed to {MARKS['name']}"
        parcel.save()
        TrackingEvent.objects.filter(shipment=parcel).update(place=MARKS["city"], note=MARKS["name"])
        Declaration.objects.create(shipment=parcel, importer_contact=MARKS["phone"])
        Assessment.objects.filter(ticket=case.ticket).update(
            basis=f"Signed by {MARKS['name']}", source="CISG art. 35",
            facts=[
                {"text": f"Signed: {MARKS['name']}", "supports": True, "source": "shipment:1"},
                {"text": "Freight estimated 741.85", "supports": True, "source": "shipment:1"},
                {"text": "Another partner says no", "supports": True, "source": "request:99999"},
                {"text": "One layer in the packing photo", "supports": True, "source": "inspection:1"},
            ],
        )  # fmt: skip
    return cast


@pytest.fixture
def case(own):
    return own.case


def everything(case) -> list[tuple[str, str]]:
    """Return (address, body with headers) of every address of the partner, asked with GET and POST."""
    values = {"org": "luma", "number": case.ticket.number, "token": "0.x", "size": "thumb"}
    with tenant(case.organization):
        values["pk"] = case.ticket.evidence.order_by("pk").first().pk
    found = []
    partner = next(each for each in get_resolver().url_patterns if getattr(each, "namespace", "") == "partner")
    for each in partner.url_patterns:
        route = str(each.pattern)
        for name, value in values.items():
            route = route.replace(f"<str:{name}>", str(value)).replace(f"<int:{name}>", str(value))
            route = route.replace(f"<copy:{name}>", str(value))
        route = route.replace("<uuid:arrival>", str(uuid.UUID(int=7)))
        assert "<" not in route, route
        for method in ("get", "post"):
            answer = getattr(case.client, method)(f"/luma/p/{route}")
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found.append((f"{method} {route}", body.decode("utf-8", "replace") + str(answer.headers)))
    return found


def leaks(text: str) -> list[str]:
    words = [*MARKS.values(), *MARKS["name"].split(), *PRICE]
    return [word for word in words if word.lower() in text.lower()]


def test_no_address_no_mail_no_file_name_tells_who_it_is(case, luma, bob):
    with tenant(luma):
        photo(case.ticket, place="whole", name=f"{MARKS['name']}.jpg")
        photo(case.ticket, place="label", name="label.jpg")
        actions.write_message(case.now().ticket, by=case.by, audience="public", text=f"Dear {MARKS['name']}")
        actions.write_message(case.now().ticket, by=case.by, audience="partner", partner=case.maker, text="Any news?")
        ticket = case.now().ticket
        mediation = actions.open_mediation(
            ticket, by=actions.By.customer(ticket.customer), reason=f"I, {MARKS['name']}, do not agree"
        )
        actions.state_in_mediation(mediation, by=actions.By.customer(ticket.customer), text=f"Call {MARKS['phone']}")
        actions.send_inbox(case.maker, by=bob.memberships.get())
        inbox = "/" + links.url_of(links.for_inbox(case.maker)).split("/", 3)[3]
    assert case.client.get(inbox).status_code == 302
    page = case.page()
    assert "PO-78" in page and "3 layers of wrap" in page and "CISG" not in page and "One layer in the packing" in page
    assert "PO-77" in page and "Another partner" not in page
    assert {place: leaks(body) for place, body in everything(case) if leaks(body)} == {}
    with tenant(luma):
        mails = Notification.objects.filter(partner=case.maker)
        assert mails.count() >= 3
        assert [leaks(f"{row.subject} {row.body}") for row in mails] == [[]] * mails.count()


def test_labels_and_letters_stay_hidden_even_where_the_customer_is_shown(case, luma):
    luma.partner_sees_customer = luma.partner_sees_price = True
    luma.save()
    with tenant(luma):
        hidden = [photo(case.ticket, place=place) for place in ("label", "letter")]
    page = case.page()
    assert MARKS["name"] in page and MARKS["city"] in page and "741.85" in page
    assert MARKS["email"] not in page and MARKS["phone"] not in page
    for each in hidden:
        assert f"photos/{each.pk}/" not in page
        assert case.client.get(f"/luma/p/photos/{each.pk}/thumb/").status_code == 404


def test_the_switches_stand_in_the_settings_and_in_the_audit(client, luma, alice):
    client.force_login(alice)
    page = client.get("/luma/settings/organization/")
    data = {name: value for name, value in page.context["form"].initial.items() if value not in (None, False)}
    answer = client.post("/luma/settings/organization/", data | {"partner_sees_price": "on"})
    assert answer.status_code == 302, answer.context["form"].errors
    luma.refresh_from_db()
    assert luma.partner_sees_price and not luma.partner_sees_customer
    with tenant(luma):
        assert AuditEvent.objects.latest("pk").data["partner_sees_price"] == ["False", "True"]


# ── what we write ourselves ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "text", ["Zephyrine says so", "mail CANARY-MAIL@customer.example", "call 7766 55 44", "call +52-33-7766-5544"]
)
def test_the_operator_is_warned_before_the_customer_is_named(client, luma, bob, case, text):
    with tenant(luma):
        maker = case.maker
        fresh = to_stage(make_ticket(case.ticket.order, line=case.ticket.line), "responsibility", case.by)
    client.force_login(bob)
    at = f"/luma/desk/tickets/{fresh.number}/ask-partner/"
    data = {"who": f"supplier-{maker.pk}", "percent": 100, "text": text}
    warned = client.post(at, data)
    assert warned.status_code == 422 and "Send it as it is" in warned.content.decode()
    assert "The partner would read" in warned.content.decode()
    with tenant(luma):
        assert not fresh.partner_requests.exists()
    assert client.post(at, data | {"despite": "on"}).status_code == 302
    with tenant(luma):
        assert fresh.partner_requests.get().text == text


@pytest.mark.parametrize("verb", ["write-partner", "ask"])
def test_every_message_to_a_partner_is_warned_of(client, luma, bob, case, verb):
    with tenant(luma):
        fresh = to_stage(make_ticket(case.ticket.order, line=case.ticket.line), "responsibility", case.by)
        case.maker.email = case.maker.email or "maker@partner.example"
        case.maker.save()
    client.force_login(bob)
    at = f"/luma/desk/tickets/{fresh.number}/{verb}/"
    data = {"text": "Zephyrine says so", "proofs": ["proof_of_origin"], "partner": case.maker.pk}
    warned = client.post(at, data)
    assert warned.status_code == 422 and "Send it as it is" in warned.content.decode()
    assert "Zephyrine says so" in warned.content.decode()
    with tenant(luma):
        assert not fresh.messages.filter(audience="partner").exists()
    assert client.post(at, data | {"despite": "on"}).status_code == 302
    with tenant(luma):
        assert fresh.messages.get(audience="partner").text == "Zephyrine says so"
        luma.partner_sees_customer = True
        luma.save()
    assert client.post(at, data).status_code == 302


def test_the_customer_may_read_its_own_name(client, luma, bob, case):
    with tenant(luma):
        fresh = to_stage(make_ticket(case.ticket.order, line=case.ticket.line), "responsibility", case.by)
    client.force_login(bob)
    data = {"text": "Dear Zephyrine", "proofs": ["outer_box_photo"]}
    assert client.post(f"/luma/desk/tickets/{fresh.number}/ask/", data).status_code == 302


def test_words_that_only_look_alike_are_no_warning(case, luma):
    with tenant(luma):
        order = case.ticket.order
        order.customer.name = "May Lee"
        order.customer.save()
        for text in ("it may be ours", "12345 of 40000 pieces", "leeway", ""):
            assert not privacy.contact_in(text, order)
        assert privacy.contact_in("May wrote", order)

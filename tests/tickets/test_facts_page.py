"""The facts page: every sheet has its place and its form; what is entered is noted and looked at anew."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Inspection,
    Instruction,
    OrderRefund,
    PurchaseOrder,
    Shipment,
    TrackingEvent,
)
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_shipment, make_ticket
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.desk_cast import again, lamp, url
from tickets.models import TicketEvent
from tickets.sheets import GROUPS, SHEETS

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    lamp(cast.harbor, "Harbor")
    cast.ticket = lamp(cast.luma, "Luma")
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


def parcel(ticket) -> Shipment:
    with tenant(ticket.organization):
        return ticket.order.shipments.get()


def test_every_group_and_sheet_has_its_place_and_unknown_is_said(desk, ticket):
    page = desk.get(url(ticket, "facts")).content.decode()
    for code in GROUPS:
        assert f'id="group-{code}"' in page
    for code in SHEETS:
        assert f'id="sheet-{code}"' in page
    assert "Not known" in page and "could bring it: Warehouse" in page and "Harbor" not in page


def test_a_day_reads_as_a_day(desk, ticket, luma):
    with tenant(luma):
        ticket.order.promised_on = dt.date(2026, 12, 1)
        ticket.order.save()
    page = desk.get(url(ticket, "facts")).content.decode()
    assert '<time datetime="2026-12-01">1 Dec 2026</time>' in page


@pytest.mark.parametrize("code", list(SHEETS))
def test_each_sheet_opens_its_form(desk, ticket, luma, code):
    sheet = SHEETS[code]
    with tenant(luma):
        owners = {"line": ticket.line, "shipment": ticket.order.shipments.get(), "order": None}
        if sheet.of == "declaration":
            owners["declaration"] = Declaration.objects.create(shipment=owners["shipment"])
        own = {"Order": ticket.order, "OrderLine": ticket.line, "Shipment": owners["shipment"]}
    at = f"?enter={code}"
    if sheet.of:
        at += f"&owner={owners[sheet.of].pk}" if owners[sheet.of] else ""
    else:
        at += f"&row={own[sheet.model.__name__].pk}"
    page = desk.get(url(ticket, "facts") + at).content.decode()
    for name in sheet.fields:
        assert f'name="{name}"' in page


ENTRIES = [
    (
        "packing",
        {"packed_by": "warehouse", "box": "sound", "cushioning": "poor", "packing_note": "One layer"},
        Shipment,
    ),
    ("weights", {"dispatch_weight_g": "2410", "delivery_weight_g": "2405"}, Shipment),
    ("delivery", {"signed": "clean", "notices_read": "true", "delivery_photo": "box at the door"}, Shipment),
    ("carrier_trace", {"trace_opened_at": "2026-03-02T10:00", "trace_result": "not found"}, Shipment),
    ("handover", {"handover_receipt": "false", "handover_note": "no receipt"}, Shipment),
]


@pytest.mark.parametrize(("code", "data", "model"), ENTRIES)
def test_entering_what_the_parcel_lacks(desk, ticket, luma, code, data, model):
    row = parcel(ticket)
    answer = desk.post(url(ticket, f"facts/{code}"), {"row": row.pk, **data})
    assert answer.status_code == 302 and answer["Location"].endswith(f"facts/#sheet-{code}")
    with tenant(luma):
        row.refresh_from_db()
        event = TicketEvent.objects.filter(ticket=ticket, verb="record_changed").get()
        assert event.data["what"] == code and event.data["row"] == row.pk and set(event.data["changes"]) == set(data)
    page = desk.get(url(ticket, "facts")).content.decode()
    assert "entered by Bob Operator" in page


NEW = [
    ("inspection", "line", {"level": "basic", "result": "pass", "at": "2026-03-01T09:00"}, Inspection),
    ("purchase", "line", {"text": "Lamp, sage", "matches_specification": "true"}, PurchaseOrder),
    ("scan", "shipment", {"code": "exception_damage", "at": "2026-03-01T09:00", "place": "Hub"}, TrackingEvent),
    ("customs", "shipment", {"event": "hold", "side": "import", "days": "4", "has_letter": "true"}, CustomsEvent),
    ("declaration", "shipment", {"complete": "true", "value_set_by": "agent", "terms": "DAP"}, Declaration),
    ("instruction", "order", {"text": "Gift wrap", "given_by": "customer", "followed": "false"}, Instruction),
    ("contact", "order", {"wrote_at": "2026-03-01T09:00", "answered_at": "2026-03-03T09:00"}, Contact),
    ("refund", "order", {"agreed": "12.50", "currency_agreed": "EUR", "reference": "PAY-7"}, OrderRefund),
]


@pytest.mark.parametrize(("code", "of", "data", "model"), NEW)
def test_adding_rows_to_the_record(desk, ticket, luma, harbor, code, of, data, model):
    with tenant(luma):
        owner = {"line": ticket.line_id, "shipment": ticket.order.shipments.get().pk, "order": ""}[of]
        before = model.objects.count()
    answer = desk.post(url(ticket, f"facts/{code}"), {"row": "", "owner": owner, **data})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    with tenant(luma):
        assert model.objects.count() == before + 1
        assert TicketEvent.objects.filter(ticket=ticket, verb="record_changed").count() == 1
    words = desk.get(url(ticket)).content.decode()
    assert f"Bob Operator added to the record: {SHEETS[code].label}" in words


def test_declared_goods_are_numbered_by_themselves(desk, ticket, luma):
    with tenant(luma):
        declaration = Declaration.objects.create(shipment=ticket.order.shipments.get())
    for _n in range(2):
        data = {"owner": declaration.pk, "description": "Table lamp", "quantity": "1", "value": "30"}
        assert desk.post(url(ticket, "facts/declared_goods"), data).status_code == 302
    with tenant(luma):
        assert [line.position for line in DeclarationLine.objects.order_by("pk")] == [1, 2]


def test_bad_input_keeps_what_was_typed(desk, ticket, luma):
    owner = {"owner": parcel(ticket).pk}
    answer = desk.post(url(ticket, "facts/customs"), owner | {"event": "", "reason": "No <papers>", "days": "-1"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "No &lt;papers&gt;" in page and "error" in page.lower()
    late = {"row": parcel(ticket).pk, "trace_opened_at": "2026-03-02T10:00", "trace_closed_at": "2026-03-01T10:00"}
    answer = desk.post(url(ticket, "facts/carrier_trace"), late)
    assert answer.status_code == 422 and "cannot be before" in answer.content.decode()
    with tenant(luma):
        assert not TicketEvent.objects.filter(ticket=ticket, verb="record_changed").exists()


def test_nothing_changed_writes_no_event(desk, ticket, luma):
    row = parcel(ticket)
    assert desk.post(url(ticket, "facts/weights"), {"row": row.pk}).status_code == 302
    with tenant(luma):
        assert not TicketEvent.objects.filter(ticket=ticket, verb="record_changed").exists()


def test_rows_of_other_orders_and_organizations_are_not_found(desk, ticket, luma, harbor):
    with tenant(harbor):
        foreign = make_shipment(make_order()).pk
    with tenant(luma):
        other = make_shipment(make_order()).pk
        line = make_line(make_order()).pk
    for pk in (foreign, other, "x", "9" * 30):
        assert desk.post(url(ticket, "facts/weights"), {"row": pk, "dispatch_weight_g": "1"}).status_code == 404
        assert desk.get(url(ticket, "facts") + f"?enter=weights&row={pk}").status_code == 404
    assert desk.post(url(ticket, "facts/inspection"), {"owner": line, "level": "basic"}).status_code == 404
    assert desk.post(url(ticket, "facts/nothing"), {}).status_code == 404


def test_other_tickets_of_the_order_look_again(desk, ticket, luma):
    with tenant(luma):
        second = make_ticket(ticket.order, problem="crushed")
        rows = second.assessments.count()
    data = {"owner": parcel(ticket).pk, "code": "exception_damage", "at": "2026-03-01T09:00"}
    assert desk.post(url(ticket, "facts/scan"), data).status_code == 302
    with tenant(luma):
        assert TicketEvent.objects.filter(ticket=second, verb="record_changed").count() == 1
        assert second.assessments.count() >= rows


def test_strangers_see_nothing(client, ticket, charlie, bob):
    assert client.get(url(ticket, "facts")).status_code == 302
    client.force_login(charlie)
    assert client.get(url(ticket, "facts")).status_code == 404
    assert client.post(url(ticket, "facts/weights"), {}).status_code == 404


def test_what_arrived_and_what_the_pictures_show(desk, ticket, luma):
    assert desk.post(url(ticket, "received"), {"text": "Lamp, cracked", "from": "facts"}).status_code == 302
    answer = desk.post(url(ticket, "finding"), {"about": "specification", "value": "no", "from": "facts"})
    assert answer.status_code == 302 and answer["Location"].endswith("/facts/")
    assert desk.post(url(ticket, "finding"), {"about": "specification", "value": "open"}).status_code == 302
    assert desk.post(url(ticket, "finding"), {"about": "specification", "value": "maybe"}).status_code == 422
    assert desk.post(url(ticket, "finding"), {"about": "moon", "value": "yes"}).status_code == 422
    fresh = again(ticket)
    with tenant(luma):
        finding = fresh.findings.get()
        assert fresh.received == "Lamp, cracked" and finding.value is None and finding.by.name == "Bob Operator"
        assert TicketEvent.objects.filter(ticket=ticket, verb="finding_recorded").count() == 2
    page = desk.get(url(ticket, "facts")).content.decode()
    assert "Lamp, cracked" in page and 'aria-pressed="true"' in page
    assert desk.post(url(ticket, "received"), {"text": "x" * 301, "from": "facts"}).status_code == 422


def test_a_picture_is_described(desk, ticket, luma, harbor):
    from tests.tickets.test_workbench import photo

    mine = photo(ticket)
    assert desk.get(url(ticket, "facts") + f"?picture={mine.pk}").content.decode().count('name="shows"') == 1
    data = {"shows": "crack", "seen_before": "shop page", "from": "facts"}
    answer = desk.post(url(ticket, f"pictures/{mine.pk}"), data)
    assert answer["Location"].endswith(f"facts/#evidence-{mine.pk}")
    page = desk.get(url(ticket, "facts")).content.decode()
    assert "shop page" in page
    with tenant(luma):
        elsewhere = make_ticket(make_order())
        elsewhere.organization = luma
    assert desk.post(url(elsewhere, f"pictures/{mine.pk}"), data).status_code == 404


def test_the_page_costs_the_same_with_more_rows(desk, ticket, luma):
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert desk.get(url(ticket, "facts")).status_code == 200
        return len(found)

    with tenant(luma):
        shipment = ticket.order.shipments.get()

        def add(n: int) -> None:
            Inspection.objects.create(
                line=ticket.line, level="basic", result="pass", at=dt.datetime(2026, 1, n, tzinfo=dt.UTC)
            )
            declared, _new = Declaration.objects.get_or_create(shipment=shipment)
            DeclarationLine.objects.create(declaration=declared, position=n, description="Lamp")
            CustomsEvent.objects.create(shipment=shipment, event="hold")
            Instruction.objects.create(order=ticket.order, text="Wrap it", given_by="customer")
            PurchaseOrder.objects.create(line=ticket.line, text="Lamp")
            Contact.objects.create(order=ticket.order)
            OrderRefund.objects.create(order=ticket.order)

        add(1)
    first = cost()
    with tenant(luma):
        for n in (2, 3, 4):
            add(n)
    assert cost() == first <= 40

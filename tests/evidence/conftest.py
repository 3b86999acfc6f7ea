"""One complaint with photos in each of two organizations, and the sessions that may see them."""

import datetime as dt
import socket
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from aftersales.orders.models import Inspection
from aftersales.tenants.scope import tenant
from evidence import actions, pipeline
from evidence.models import Evidence
from tests.evidence.pictures import photo, upload
from tests.evidence.proxy import hindered_store  # noqa: F401
from tests.evidence.store import own_folder, stored_once  # noqa: F401
from tests.factories import make_line, make_order, make_partner, make_shipment
from tickets import access, links
from tickets import actions as tickets
from tickets.actions import By


@pytest.fixture
def case(luma):
    """A draft, a ticket, a question to the supplier and an inspection of luma, without photos."""
    return make_case(luma)


@pytest.fixture
def copycase(harbor):
    """The same in harbor."""
    return make_case(harbor)


def make_case(organization) -> SimpleNamespace:
    with tenant(organization):
        order = make_order(number="LH-1001")
        supplier = make_partner(email="oakline@supplier.example")
        line = make_line(order, supplier=supplier)
        customer = By.customer(order.customer)
        ticket = tickets.file_directly(
            order, line, by=customer, channel="portal", problem="broken_inside", text="Broken."
        )
        inspection = Inspection.objects.create(line=line, level="basic", result="pass", at=dt.datetime.now(dt.UTC))
        return SimpleNamespace(
            organization=organization, order=order, line=line, supplier=supplier, ticket=ticket, by=customer,
            inspection=inspection, partner=By.partner_contact(supplier),
        )  # fmt: skip


def add(case, *, data=None, by=None, place="whole", ready=False, name="IMG_0001.jpg", **owner) -> Evidence:
    """Keep a photo by the ordinary action; `ready` makes its copies too."""
    kept = actions.add_evidence(
        organization=case.organization, file=upload(data or fresh(), name), by=by or case.by, place=place, **owner
    )
    if ready:
        pipeline.process(case.organization, kept.pk)
        with tenant(case.organization):
            kept = Evidence.objects.get(pk=kept.pk)
    return kept


def fresh() -> bytes:
    """Return a photo that no other equals."""
    fresh.count += 1
    return photo(mark=str(fresh.count).encode())


fresh.count = 0


def rows(case, **of) -> list[Evidence]:
    with tenant(case.organization):
        return list(Evidence.objects.filter(**of))


def stored(key: str) -> bytes:
    with default_storage.open(key) as file:
        return file.read()


def visit(case, *, link=None) -> Client:
    """Return a browser that opened the case's order, or only what a signed link opens."""
    client = Client()
    session = client.session
    request = SimpleNamespace(organization=case.organization, session=session)
    if link is None:
        access.grant_order(request, case.order)
    else:
        access.grant_link(request, link)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    client.opener = access.opener(request)
    return client


def begin(case, client: Client, **fields):
    """Return the complaint that this browser is filing."""
    with tenant(case.organization):
        draft = tickets.start_filing(case.order, case.line, opener=client.opener, language="en")
        tickets.save_draft(draft, problem="broken_inside", **fields)
        return type(draft).objects.get(pk=draft.pk)


def ask(case, bob):
    """Ask the supplier; return (the question, a browser that opened its link)."""
    with tenant(case.organization):
        by = By.member(bob, bob.memberships.get(organization=case.organization))
        tickets.accept(type(case.ticket).objects.get(pk=case.ticket.pk), by=by)
        asked = tickets.ask_partner(
            type(case.ticket).objects.get(pk=case.ticket.pk), by=by, partner=case.supplier, party="supplier",
            percent=80, text="One layer of padding.",
        )  # fmt: skip
        link = links.for_partner(case.ticket, case.supplier, asked)
    return asked, visit(case, link=link)


@pytest.fixture
def orders(luma, harbor):
    """LH-1 with an inspected item and a parcel; harbor has the same, and HB-1."""
    for organization, numbers in ((luma, ["LH-1"]), (harbor, ["LH-1", "HB-1"])):
        with tenant(organization):
            for number in numbers:
                order = make_order(number=number)
                line = make_line(order, sku="LAMP")
                Inspection.objects.create(line=line, level="basic", result="pass", at=timezone.now())
                make_shipment(order, tracking_number="SP1")


@pytest.fixture
def maria(case):
    """Maria's browser, and the complaint she is filing there."""
    client = visit(case)
    client.draft = begin(case, client)
    return client


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


def add_url(draft, org="luma") -> str:
    return f"/{org}/filing/{draft.key}/photos/add/"


def show(audience: str, kept, size="thumb", org="luma") -> str:
    return f"/{org}/{audience}photos/{kept.pk}/{size}/"

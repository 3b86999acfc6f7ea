"""A ticket with pictures, claim, declaration and return in each of two organizations, and its papers read back."""

import datetime as dt
import io
from decimal import Decimal

import pypdf
import pytest

from aftersales.orders.models import Declaration, DeclarationLine, Inspection
from aftersales.tenants.scope import tenant
from evidence import actions as photos
from evidence import pipeline
from papers import actions
from papers.models import Paper
from tests.evidence.pictures import photo, upload
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tickets import actions as tickets
from tickets.models import Claim, Ticket

UTC = dt.UTC
ARABIC, CHINESE, RUSSIAN = "وصل المصباح مكسورا", "灯座已经破裂", "Лампа разбита"


class Case:
    """The rows of one organization's case."""


def make_both(cast):
    """Put the case of both organizations beside the people of `tests/once.py`."""
    cast.case = make_case(cast.luma, cast.bob, "LUMA")
    cast.copycase = make_case(cast.harbor, cast.charlie, "HARBOR")
    return cast


@pytest.fixture
def case(own):
    return own.case


@pytest.fixture
def copycase(own):
    return own.copycase


def make_case(organization, user, mark) -> Case:
    case = Case()
    case.organization = organization
    with tenant(organization):
        case.by = member(user, organization)
        supplier = make_partner(name=f"{mark} Oakline")
        order = make_order(
            number="LH-1001", email=f"maria@{mark.lower()}.example", paid_at=dt.datetime(2026, 3, 2, 13, tzinfo=UTC),
            address=f"Calle {mark} 5", city="Guadalajara", postcode="44100",
            delivered_at=dt.datetime(2026, 3, 20, 10, tzinfo=UTC),
        )  # fmt: skip
        line = make_line(order, supplier=supplier, sku="LMP-210")
        carrier = make_partner("carrier", f"{mark} DHL", language="de")
        events = {
            "picked_up": dt.datetime(2026, 3, 5, 8, tzinfo=UTC),
            "exception_damage": dt.datetime(2026, 3, 12, tzinfo=UTC),
            "delivered": dt.datetime(2026, 3, 20, 10, tzinfo=UTC),
        }  # fmt: skip
        shipment = make_shipment(
            order, carrier=carrier, tracking_number="SP-9", events=events, dispatch_weight_g=2100,
            shipped_at=dt.datetime(2026, 3, 5, 8, tzinfo=UTC), delivered_at=dt.datetime(2026, 3, 20, 10, tzinfo=UTC),
        )  # fmt: skip
        inspection = Inspection.objects.create(
            line=line, level="basic", result="pass", at=dt.datetime(2026, 3, 4, tzinfo=UTC)
        )
        declaration = Declaration.objects.create(
            shipment=shipment, currency="EUR", terms="DAP", importer_reference="RFC-77", gross_weight_g=2100,
            invoice="INV-5", signed_by="Li Wei",
        )  # fmt: skip
        DeclarationLine.objects.create(
            declaration=declaration, position=1, line=line, description="Ceramic table lamp for indoor use",
            quantity=1, net_weight_g=1800, value=Decimal("39.90"), hs_code="94052140", origin="CN",
        )  # fmt: skip
        text = f"{mark} lamp broke. {ARABIC} {CHINESE} {RUSSIAN}"
        case.ticket = make_ticket(order, text=text, problem="crushed")
        for proofs in (["label_photo"], ["label_photo", "fault_video"]):
            tickets.ask_for_proofs(case.ticket, by=case.by, proofs=proofs)
        to_stage(case.ticket, "planning", case.by)
        tickets.write_message(case.ticket, by=case.by, audience="public", text=f"{mark} public words")
        tickets.write_message(case.ticket, by=case.by, audience="internal", text=f"{mark} internal words")
        tickets.write_message(
            case.ticket, by=case.by, audience="partner", text=f"{mark} partner words", partner=supplier
        )
        case.ticket = Ticket.objects.get(pk=case.ticket.pk)
        case.returned = tickets.authorise_return(
            case.ticket, by=case.by, lines=[(line, 1)], address=f"{mark} Warehouse\nPort Road 1\nShenzhen",
            instructions="Please keep the bulb.",
        )  # fmt: skip
        case.order, case.line, case.shipment, case.declaration = order, line, shipment, declaration
    made = photos.add_evidence(
        organization=organization, file=upload(photo(size=(640, 480), mark=mark.encode()), "a.jpg"), by=case.by,
        place="whole", ticket=case.ticket,
    )  # fmt: skip
    packed = photos.add_evidence(
        organization=organization, file=upload(photo(size=(600, 480), mark=b"i" + mark.encode()), "b.jpg"), by=case.by,
        place="box", inspection=inspection,
    )  # fmt: skip
    for each in (made, packed):
        pipeline.process(organization, each.pk)
    case.photo = made
    return case


def claim_of(case) -> Claim:
    with tenant(case.organization):
        found = Claim.objects.filter(ticket=case.ticket).select_related("partner").first()
        return found or tickets.open_claim(case.ticket, by=case.by)


def ask(case, kind, **asked) -> Paper:
    """Ask for a paper and make it as a worker does."""
    with tenant(case.organization):
        ticket = Ticket.objects.select_related("order", "customer").get(pk=case.ticket.pk)
        paper = actions.ask_for(ticket, by=case.by, kind=kind, **asked)
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        return Paper.objects.get(pk=paper.pk)


def content(paper) -> bytes:
    from django.core.files.storage import default_storage

    with default_storage.open(paper.key) as file:
        return file.read()


def read(paper) -> pypdf.PdfReader:
    assert paper.state == "ready", paper.failure
    return pypdf.PdfReader(io.BytesIO(content(paper)))


def text_of(pdf) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())

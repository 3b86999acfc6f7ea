"""What the catalogue showed, in an evidence pack."""

import io

import pypdf
import pytest

from aftersales.orders.models import Product
from aftersales.tenants.scope import tenant
from evidence import actions as photos
from evidence import pipeline
from papers import photos as pictures
from tests.evidence.pictures import photo, upload
from tests.factories import make_line
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import make_both
from tests.papers.packing import WELL, entries, packed, run, sha, told

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    return make_both(cast)


@pytest.fixture(autouse=True)
def own_spool(settings, tmp_path):
    settings.EVIDENCE_SPOOL = tmp_path / "spool"


def add(case, sku: str, mark: bytes):
    with tenant(case.organization):
        product, _made = Product.objects.get_or_create(sku=sku, defaults={"name": "Lamp"})
    kept = photos.add_evidence(
        organization=case.organization, file=upload(photo(mark=mark)), by=case.by, place="whole", product=product
    )
    pipeline.process(case.organization, kept.pk)
    return kept


def test_a_pack_holds_the_catalogue_pictures_of_the_tickets_item_and_still_verifies(case, copycase, tmp_path):
    with tenant(case.organization):
        make_line(case.ticket.order, sku="OTHER")
        type(case.ticket).objects.filter(pk=case.ticket.pk).update(line=case.ticket.order.lines.get(sku="LMP-210"))
        case.ticket.refresh_from_db()
    mine, other = add(case, "LMP-210", b"shop"), add(case, "OTHER", b"other")
    theirs = add(copycase, "LMP-210", b"theirs")
    _paper, data = packed(case)
    files = entries(data)
    pieces = {each["evidence"]: each for each in told(files)["pieces"]}
    assert pieces[mine.pk]["of"] == "catalogue" and sha(files[pieces[mine.pk]["original"]]) == mine.sha256
    assert not {other.pk, theirs.pk} & set(pieces)
    sheet = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["contact-sheet.pdf"])).pages)
    assert "In the catalogue: LMP-210" in " ".join(sheet.split())
    target = tmp_path / "pack.zip"
    target.write_bytes(data)
    assert run(target)[1].endswith(WELL)
    with tenant(case.organization):
        assert mine.pk not in {each.pk for each in pictures.of_ticket(case.ticket)}

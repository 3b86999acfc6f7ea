"""Every kind of paper, made as a worker makes it and read back."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from decimal import Decimal

import pypdf
import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone

from aftersales.orders.models import DeclarationLine, Order, Partner
from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from papers import actions, blocks, glyphs, typst
from papers.models import Paper
from tests.factories import make_line
from tests.once import *  # noqa: F403  (fixtures)
from tests.papers.conftest import ARABIC, CHINESE, RUSSIAN, ask, claim_of, content, make_both, read, text_of
from tickets import actions as tickets
from tickets.models import Assessment, Claim, PlanAction, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    return make_both(cast)


def pictures(pdf) -> int:
    return sum(len(page.images) for page in pdf.pages)


def test_the_case_file_holds_the_whole_case(case, copycase):
    paper = ask(case, "case_file")
    pdf = read(paper)
    text = text_of(pdf)
    for part in (
        case.ticket.number, "LUMA lamp broke", "Ceramic table lamp", "LUMA public words", "LUMA partner words", "SP-9",
        "María González", case.photo.sha256, CHINESE, RUSSIAN, "Contents", "Bob Operator",
        "Picture 1: ", "Picture 2: ", "For it", "Log", "Bob Operator accepted it",
    ):  # fmt: skip
        assert part in text, part
    assert "internal words" not in text and "HARBOR" not in text and "Harbor" not in text
    assert pictures(pdf) == 2
    assert paper.sha256 == hashlib.sha256(content(paper)).hexdigest() and paper.size == len(content(paper))
    assert pdf.metadata.title == f"Case file {case.ticket.number}" and pdf.metadata.author == "Luma Home"
    assert pdf.trailer["/Root"]["/Lang"] == "en"
    assert f"{len(pdf.pages)}/{len(pdf.pages)}" in text.replace(" ", "")


def test_the_money_adds_up(case, copycase):
    with tenant(case.organization):
        make_line(case.order, sku="LMP-211", unit_price=Decimal("5.00"), quantity=2)
        case.order.freight, case.order.total = Decimal("8.00"), Decimal("54.90")
        case.order.save()
        Partner.objects.filter(pk=case.line.supplier_id).update(email="oakline@supplier.example")
        case.line.supplier.refresh_from_db()
        due = dt.date(2026, 12, 1)
        payers = [tickets.Pays("supplier", 70, case.line.supplier), tickets.Pays("agent", 30)]
        planned = [tickets.Planned("partial_refund", due, Decimal("20"), payers), tickets.Planned("apology", due)]
        ticket = Ticket.objects.get(pk=case.ticket.pk)
        plan = tickets.propose_plan(ticket, by=case.by, text="Half.", currency="EUR", actions=planned)
        tickets.accept_plan(plan, by=tickets.By.customer(ticket.customer))
        plan.refresh_from_db()
        if plan.state == "proposed":
            tickets.accept_plan(plan, by=tickets.By.partner_contact(case.line.supplier))
        refund = PlanAction.objects.get(plan=plan, kind="partial_refund")
        tickets.record_execution(refund, by=case.by, proof="PAY-77")
        tickets.record_recovery(
            ticket, by=case.by, party="supplier", partner=case.line.supplier, amount=Decimal("4"), currency="EUR",
            proof="CN-1",
        )  # fmt: skip
    text = text_of(read(ask(case, "case_file")))
    for sums in (
        "Goods 49.90 EUR", "Freight 8.00 EUR", "Discounts and charges -3.00 EUR", "Total 54.90 EUR",
        "LUMA Oakline 14.00 EUR 14.00 EUR 0.00 EUR 4.00 EUR 10.00 EUR",
        "Together 20.00 EUR 20.00 EUR 0.00 EUR 4.00 EUR 10.00 EUR", "PAY-77", "CN-1",
    ):  # fmt: skip
        assert sums in text, sums


def test_equal_assessments_stand_once(case):
    with tenant(case.organization):
        latest = Assessment.objects.filter(ticket=case.ticket, kind="recommended").latest("created_at", "id")
        Assessment.objects.filter(ticket=case.ticket, kind="confirmed").delete()
    before = text_of(read(ask(case, "case_file"))).count("Recommended ·")
    with tenant(case.organization):
        for _again in range(3):
            shares = list(latest.shares.all())
            latest.pk, latest.created_at, latest.superseded_at = None, timezone.now(), timezone.now()
            latest.save()
            for share in shares:
                share.pk, share.assessment = None, latest
                share.save()
    text = text_of(read(ask(case, "case_file", names=True)))
    assert 0 < text.count("Recommended ·") == before and "The same since" in text and "replaced later" in text


def test_internal_notes_come_in_when_asked_and_names_go_out(case):
    text = text_of(read(ask(case, "case_file", internal=True, partners=False)))
    assert "LUMA internal words" in text and "partner words" not in text
    text = text_of(read(ask(case, "case_file", names=False)))
    for name in ("María", "González", "maria@", "Guadalajara", "44100", "Bob Operator", "Calle LUMA 5"):
        assert name not in text, name


def test_a_case_file_in_arabic_reads_from_right_to_left(case):
    pdf = read(ask(case, "case_file", language="ar"))
    assert pdf.trailer["/Root"]["/Lang"] == "ar"
    text = text_of(pdf)
    assert set(ARABIC.replace(" ", "")) <= set(text)
    # Dates and amounts keep their order among Arabic words.
    assert "2026-03-12 00:00 (+0000)" in text.replace("\u200e", "") and "39.90 EUR" in text


def test_the_claim_pack_is_a_letter_in_the_carriers_language_with_proofs(case, copycase):
    claim = claim_of(case)
    text = text_of(read(ask(case, "claim", claim=claim)))
    for part in (
        "Schadenanzeige", "LUMA DHL", "39.90 EUR", "SP-9", case.photo.sha256, "2.10 kg", "LH-1001",
        "Beigefügt sind die Fotos", "Karton, Verpackung", "Tracking log, 3 entries", "2 photographs with captions",
        "Picture 2: ",
    ):  # fmt: skip
        assert part in text, part
    assert "HARBOR" not in text and "Settings" not in text


def test_a_claim_for_a_loss_promises_no_pictures_and_no_carton(case):
    claim = claim_of(case)
    with tenant(case.organization):
        Claim.objects.filter(pk=claim.pk).update(event="loss", expires_on=None, window="Set it under Settings.")
        Evidence.objects.update(state="failed")
    text = text_of(read(ask(case, "claim", claim=claim)))
    assert "Verlust" in text and "forschen Sie" in text
    for wrong in ("Fotos", "Karton", "photograph", "Settings", "SHA-256"):
        assert wrong not in text, wrong


def test_the_archive_names_the_hash_of_every_file(case):
    paper = ask(case, "claim", claim=claim_of(case), archive=True)
    with zipfile.ZipFile(io.BytesIO(content(paper))) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        for each in manifest["files"]:
            assert hashlib.sha256(archive.read(each["file"])).hexdigest() == each["sha256"]
        assert {each["file"] for each in manifest["files"]} == set(names) - {"manifest.json"}
        assert case.photo.sha256 in {each["sha256"] for each in manifest["files"]}
        assert b"SP-9" in archive.read("tracking.csv")
        pdf = next(name for name in names if name.endswith(".pdf"))
        assert pypdf.PdfReader(io.BytesIO(archive.read(pdf))).pages
    assert paper.media_type == "application/zip"


def test_the_customs_pack_has_form_letter_and_proof(case):
    text = text_of(read(ask(case, "customs")))
    for part in (
        "Documentos para el despacho de aduana", "CN 23", "Ceramic table lamp for indoor use", "94052140", "1.800",
        "2.100", "RFC-77", "INV-5", "Li Wei", "39.90 EUR", "DAP", "CN",
    ):  # fmt: skip
        assert part in text, part


def test_the_form_of_many_lines_repeats_its_head_and_reads_from_left_to_right(case):
    with tenant(case.organization):
        Order.objects.filter(pk=case.order.pk).update(country="SA")
        for n in range(2, 60):
            DeclarationLine.objects.create(
                declaration=case.declaration, position=n, line=case.line, description=f"Lamp shade number {n} of linen",
                quantity=1, net_weight_g=10, value=Decimal("1.00"), hs_code="94059900", origin="CN",
            )  # fmt: skip
    pdf = read(ask(case, "customs"))
    pages = [" ".join(page.extract_text().split()) for page in pdf.pages]
    assert set("وثائقالتخليص") <= set(pages[0])
    assert sum("Detailed description of contents (1)" in page for page in pages) >= 2
    text = "".join("".join(pages).split()).replace("\u200e", "")
    assert "Lampshadenumber59oflinen10.0101.00EUR94059900CN" in text and "97.90EUR" in text


def test_the_label_can_be_scanned(case):
    paper = ask(case, "return_label", returned=case.returned)
    page = pypdfium2.PdfDocument(content(paper))[0]
    found = {str(each.format): each.text for each in zxingcpp.read_barcodes(page.render(scale=4).to_pil())}
    assert len(found) == 2 and set(found.values()) == {case.returned.number}
    text = text_of(read(paper))
    assert "LUMA Warehouse" in text and "Please keep the bulb." in text and "María González" in text
    assert len(read(paper).pages) == 1
    with tenant(case.organization):
        assert paper.asked_by == case.by.user


HOSTILE = [
    '#read("/etc/hostname")', '#image("/etc/passwd")', "file:///etc/passwd", "http://127.0.0.1:9/x", '$ #sys.version $',
    '#import "@preview/x:1.0.0"', "*bold* _it_ `raw` <label> @ref // comment /* x",
    "\\u{41} \\#", "]#panic()[", "{tracking}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_only_text(text):
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    blocks_ = [
        blocks.heading(text), blocks.text(text), blocks.facts([(text, text)]), blocks.table([text], [[text]], [1]),
        blocks.entry(text, text), blocks.bullets([text]),
    ]  # fmt: skip
    data = {
        **dict.fromkeys(("title", "subtitle", "made", "organization", "author", "footer", "hashes"), text),
        "lang": "en", "dir": "ltr", "words": {"page": "Page", "contents": "Contents"}, "blocks": blocks_,
    }  # fmt: skip
    pdf = pypdf.PdfReader(io.BytesIO(typst.pdf("document", data, {}, at=at)))
    assert "".join(text.split()) in "".join(text_of(pdf).split())
    assert pdf.metadata.title == text and "root:" not in text_of(pdf)


def test_typst_itself_reaches_nothing_outside_its_root(tmp_path, monkeypatch):
    for source in ('#read("/etc/passwd")', '#read("../../../etc/passwd")', '#import "@preview/tiaoma:0.3.0": *'):
        (tmp_path / "bad.typ").write_text(source)
        monkeypatch.setattr(typst, "TEMPLATES", tmp_path)
        with pytest.raises(typst.NotMade):
            typst.pdf("bad", {}, {}, at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


def test_a_character_that_no_font_has_stands_as_its_number():
    assert glyphs.shown(f"{ARABIC} {CHINESE} {RUSSIAN} 日本語 한국어 ไทย हिन्दी €😀") == (
        f"{ARABIC} {CHINESE} {RUSSIAN} 日本語 한국어 ไทย हिन्दी €😀"
    )
    assert glyphs.shown("a\ue000b\x07c") == "a[U+E000]bc"


def test_a_lost_worker_cannot_overwrite_and_the_sweep_asks_again(case, monkeypatch):
    with tenant(case.organization):
        paper = actions.ask_for(case.ticket, by=case.by, kind="case_file")
        again = actions.ask_for(case.ticket, by=case.by, kind="case_file")
        assert paper.pk == again.pk
        Paper.objects.filter(pk=paper.pk).update(attempts=1, asked_at=timezone.now() - dt.timedelta(minutes=4))
    assert [each.pk for each in actions.lost(case.organization)] == [paper.pk]
    assert not actions._finish(case.organization, paper, 2, state="ready")
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        made = Paper.objects.get(pk=paper.pk)
    assert made.state == "ready" and made.attempts == 2 and actions.lost(case.organization) == []
    assert not actions._finish(case.organization, paper, 1, state="failed")


def test_a_paper_that_cannot_be_made_says_why_and_can_be_tried_again(case, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(typst, "_run", lambda *_: (_ for _ in ()).throw(typst.NotMade("Too large.")))
        paper = ask(case, "case_file")
    assert (paper.state, paper.failure) == ("failed", "Too large.")
    with tenant(case.organization):
        actions.try_again(paper)
    actions.make(case.organization, paper.pk)
    with tenant(case.organization):
        assert Paper.objects.get(pk=paper.pk).state == "ready"

"""Our own CSV: all its columns, the files beside it, and every way it can be wrong."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest

from aftersales.orders.importing.templates import TEMPLATES
from aftersales.orders.models import (
    CustomsEvent,
    DeclarationLine,
    Import,
    Inspection,
    Order,
    Partner,
    PurchaseOrder,
    Shipment,
    TrackingEvent,
)
from aftersales.tenants.models import RulesVersion
from aftersales.tenants.scope import tenant

from .helpers import counts, imported, problems

pytestmark = pytest.mark.django_db
HEADER = "order_number,placed_at,currency,customer_email,product,quantity,unit_price"
ROW = "A-1,2026-03-02 10:00,EUR,a@customer.example,Lamp,1,39.90"


def templates() -> dict[str, str]:
    return {f"{name}.csv": as_csv(rows) for name, rows in TEMPLATES.items()}


def as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def load(luma, *rows: str, header: str = HEADER, **files: str) -> Import:
    return imported(luma, Import.Format.CSV, {"orders.csv": "\n".join([header, *rows, ""]), **files})


def test_the_templates_fill_every_field(luma):
    files = templates()
    files["orders.csv"] = (
        files["orders.csv"].replace("rules_version,rules_accepted_at", "rules_accepted_at,rules_version")
        .replace("60.00,,,1", "60.00,2026-10-27T09:30Z,1,1")
    )  # fmt: skip
    with tenant(luma):
        RulesVersion.objects.create(version=1, terms="t", compensation="c", prohibited="p")
    batch = imported(luma, Import.Format.CSV, files)
    assert (batch.state, batch.failure, counts(batch)) == (Import.State.DONE, "", (1, 0, 0, 0)), problems(luma, batch)
    with tenant(luma):
        order = Order.objects.select_related("customer", "rules_version").get()
        assert (order.shipping_insurance, order.insured_amount, order.rules_version.version) == ("Basic cover", 60, 1)
        assert order.rules_accepted_at == dt.datetime(2026, 10, 27, 9, 30, tzinfo=dt.UTC)
        assert (order.customer.language, order.promised_on) == ("es", dt.date(2026, 11, 20))
        assert order.total == Decimal("39.90") + 2 * Decimal("7.25") + Decimal("9.50")
        line = order.lines.get(position=1)
        assert (line.sku, line.batch, line.hs_code, line.weight_g) == ("LAMP-SAGE", "B2609-14", "940521", 1900)
        assert (line.specification, line.customer_note) == ("Height 38 cm; EU plug", "It is a present")
        assert (line.declared_value, line.category) == (Decimal("18.00"), "Lamps")
        parcel = Shipment.objects.select_related("warehouse", "carrier").get()
        assert (parcel.warehouse.kind, parcel.carrier.kind) == ("warehouse", "carrier")
        assert (parcel.estimated_weight_g, parcel.charged_weight_g, parcel.volume_cm3) == (2300, 2410, 18000)
        assert (parcel.estimated_freight, parcel.charged_freight) == (Decimal("8.90"), Decimal("9.50"))
        # The scan tells when the parcel came, and with its last parcel the order is delivered.
        assert parcel.delivered_at == order.delivered_at == dt.datetime(2026, 11, 15, 17, 20, tzinfo=dt.UTC)
        assert list(TrackingEvent.objects.values_list("code", "place")) == [
            ("customs_released", "Manzanillo"), ("delivered", "Guadalajara"),
        ]  # fmt: skip
        inspection = Inspection.objects.get()
        assert (inspection.level, inspection.result, inspection.by) == ("detailed", "pass", "Li Wei")
        assert (inspection.shows, inspection.weight_g) == ("Lamp whole, no crack", 1880)
        purchase, customs = PurchaseOrder.objects.get(), CustomsEvent.objects.get()
        assert (purchase.line, purchase.reference, purchase.matches_specification) == (line, "PO-7731", True)
        assert (customs.shipment, customs.event, customs.side, customs.has_letter) == (parcel, "hold", "import", False)
        declared = DeclarationLine.objects.select_related("declaration").get()
        assert (declared.declaration.shipment_id, declared.declaration.complete) == (parcel.pk, True)
        assert (declared.declaration.terms, declared.hs_code, declared.value) == ("DAP", "940521", Decimal("39.90"))
    assert counts(imported(luma, Import.Format.CSV, files)) == (0, 0, 1, 0)


def test_files_beside_may_come_alone_and_later(luma):
    files = templates()
    imported(luma, Import.Format.CSV, {"orders.csv": files.pop("orders.csv")})
    batch = imported(luma, Import.Format.CSV, files)
    assert counts(batch) == (0, 1, 0, 0)
    assert counts(imported(luma, Import.Format.CSV, files)) == (0, 0, 1, 0)


def test_files_beside_need_their_order(luma):
    batch = imported(luma, Import.Format.CSV, {"tracking.csv": templates()["tracking.csv"]})
    assert counts(batch) == (0, 0, 0, 1)
    assert problems(luma, batch) == [("tracking.csv", 2, "order_number", "LH-204913")]


def test_an_inspection_needs_its_item(luma):
    load(luma, ROW)
    rows = "order_number,line,level,result,time\nA-1,7,basic,pass,2026-03-03 10:00\n"
    batch = imported(luma, Import.Format.CSV, {"inspections.csv": rows})
    assert problems(luma, batch) == [("inspections.csv", 2, "line", "7")]


def test_what_the_record_holds_of_a_parcel_is_read(luma):
    load(luma, ROW)
    header = (
        "order_number,shipment,packed_by,box,cushioning,dispatch_weight_g,handover_receipt,released_after_failed,"
        "label_address,transit_days,delivery_place,trace_closed_at,trace_result,notice_cards,notices_read"
    )
    rows = f"{header}\nA-1,S-1,Warehouse,sound,poor,2410,yes,no,Rua 1,12,Lisbon,2026-03-20 10:00,not found,2,\n"
    batch = imported(luma, Import.Format.CSV, {"shipments.csv": rows})
    assert counts(batch) == (0, 1, 0, 0), problems(luma, batch)
    with tenant(luma):
        parcel = Shipment.objects.get()
        assert (parcel.packed_by, parcel.box, parcel.cushioning) == ("warehouse", "sound", "poor")
        assert (parcel.handover_receipt, parcel.released_after_failed, parcel.notices_read) == (True, False, None)
        assert (parcel.transit_days, parcel.delivery_place, parcel.notice_cards) == (12, "Lisbon", 2)
        assert (parcel.trace_result, parcel.trace_closed_at.day) == ("not found", 20)


@pytest.mark.parametrize(
    ("name", "header", "row", "bad"),
    [
        ("shipments", "order_number,shipment,cushioning", "A-1,S-1,thin", ("cushioning", "thin")),
        ("shipments", "order_number,shipment,handover_receipt", "A-1,S-1,maybe", ("handover_receipt", "maybe")),
        ("purchases", "order_number,line,ordered", "A-1,7,A lamp", ("line", "7")),
        ("purchases", "order_number,line,ordered", "A-1,1,", ("ordered", "")),
        ("customs", "order_number,shipment,customs_event", "A-1,S-1,lost", ("customs_event", "lost")),
        ("declarations", "order_number,shipment,position,description,hs_code", "A-1,S-1,1,Lamp,94", ("hs_code", "94")),
    ],
)
def test_a_bad_cell_of_the_way_names_its_column(luma, name, header, row, bad):
    load(luma, ROW)
    batch = imported(luma, Import.Format.CSV, {f"{name}.csv": f"{header}\n{row}\n"})
    assert [found[2:] for found in problems(luma, batch)] == [bad]
    assert counts(batch) == (0, 0, 0, 1)


def test_an_empty_cell_keeps_what_is_known(luma):
    load(luma, ROW + ",Lisbon", header=HEADER + ",city")
    assert counts(load(luma, ROW + ",", header=HEADER + ",city")) == (0, 0, 1, 0)
    with tenant(luma):
        assert Order.objects.get().city == "Lisbon"


def test_times_without_offset_are_the_organizations(luma, harbor):
    load(luma, ROW)
    load(harbor, ROW)
    with tenant(luma):
        assert Order.objects.get().placed_at.hour == 10
    with tenant(harbor):
        assert Order.objects.get().placed_at.hour == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("placed_at", "02/03/2026"), ("placed_at", "2099-01-01"), ("placed_at", ""), ("placed_at", "2026-02-30"),
        ("currency", "EURO"), ("currency", ""), ("customer_email", "nobody"), ("customer_email", ""),
        ("product", ""), ("product", "x" * 301), ("quantity", "0"), ("quantity", "1.5"), ("quantity", "-1"),
        ("quantity", "99999999999"), ("unit_price", "€ 5"), ("unit_price", "NaN"), ("unit_price", "1e3"),
        ("unit_price", "1.234"), ("unit_price", "5.555"), ("unit_price", "99999999999"), ("unit_price", "-5"),
        ("unit_price", "1.2.3"), ("order_number", "x" * 65), ("order_number", ""),
    ],
)  # fmt: skip
def test_a_bad_cell_is_reported_with_its_place(luma, column, value):
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {column: value}
    batch = load(luma, ROW.replace("A-1", "A-0"), as_csv([list(cells.values())]).strip(), ROW.replace("A-1", "A-2"))
    assert (batch.state, batch.orders_new, batch.rows_bad) == (Import.State.DONE, 2, 1)
    assert problems(luma, batch) == [("orders.csv", 3, column, value[:200])]
    with tenant(luma):
        assert not re.search(r"%\(|Traceback|invalid literal", batch.problems.get().reason)
        assert set(Order.objects.values_list("number", flat=True)) == {"A-0", "A-2"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("country", "Germany"), ("hs_code", "lamp"), ("weight_g", "heavy"), ("promised_on", "soon"), ("line", "0"),
        ("rules_version", "4"), ("paid_at", "1066-10-14 09:00"), ("freight", "-1"), ("city", "x" * 121),
    ],
)  # fmt: skip
def test_a_bad_optional_cell_is_reported_too(luma, column, value):
    batch = load(luma, f"{ROW},{value}", header=f"{HEADER},{column}")
    assert problems(luma, batch) == [("orders.csv", 2, column, value)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1,234.50", "1234.50"), ("1.234,50", "1234.50"), ("39,9", "39.90"), ("1 234.00", "1234.00"), ("0.500", "0.50"),
     ("12.5000", "12.50"), ("1.234.567", "1234567.00"), ("007", "7.00")],
)  # fmt: skip
def test_amounts_as_people_write_them(luma, text, amount):
    load(luma, ROW.replace("39.90", f'"{text}"'))
    with tenant(luma):
        assert Order.objects.get().lines.get().unit_price == Decimal(amount)


def test_rows_of_an_order_agree_and_stand_together(luma):
    batch = load(luma, ROW, ROW.replace("EUR", "USD"), ROW.replace("A-1", "A-2"), ROW.replace("A-2", "A-1"))
    assert [(line, column) for _file, line, column, _value in problems(luma, batch)] == [
        (3, "currency"),
        (5, "order_number"),
    ]
    assert counts(batch) == (1, 0, 0, 2)


def test_two_rows_with_the_same_item_number(luma):
    batch = load(luma, ROW + ",1", ROW + ",1", header=HEADER + ",line")
    assert problems(luma, batch) == [("orders.csv", 3, "line", "1")]


def test_too_many_cells_and_an_open_quotation_mark(luma):
    batch = load(
        luma, ROW + ",surplus", 'A-2,2026-03-02,EUR,a@customer.example,"Lamp,1,39.90', ROW.replace("A-1", "A-3")
    )
    assert [(line, column) for _file, line, column, _value in problems(luma, batch)][:2] == [(2, ""), (3, "product")]
    assert batch.orders_new == 0


def test_bad_words_in_the_files_beside(luma):
    load(luma, ROW)
    tracking = "order_number,shipment,event,time\nA-1,S1,teleported,2026-03-03 10:00\nA-1,,delivered,2026-03-03 10:00\n"
    inspections = "order_number,line,level,result,time\nA-1,1,deep,maybe,now\n"
    batch = imported(luma, Import.Format.CSV, {"tracking.csv": tracking, "inspections.csv": inspections})
    assert [(file, line, column) for file, line, column, _value in problems(luma, batch)] == [
        ("inspections.csv", 2, "level"), ("inspections.csv", 2, "result"), ("inspections.csv", 2, "time"),
        ("tracking.csv", 2, "event"), ("tracking.csv", 3, "shipment"),
    ]  # fmt: skip
    assert (batch.rows_bad, batch.orders_held) == (3, 1)


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(luma, encoding):
    text = f"{HEADER}\n{ROW.replace('Lamp', 'Lámpara 灯')}\n"
    imported(luma, Import.Format.CSV, {"orders.csv": text.encode(encoding)})
    with tenant(luma):
        assert Order.objects.get().lines.get().product == "Lámpara 灯"


def test_windows_letters_are_read_and_said(luma):
    batch = imported(
        luma, Import.Format.CSV, {"o.csv": f"{HEADER}\n{ROW.replace('Lamp', 'Lámpara')}\n".encode("cp1252")}
    )
    with tenant(luma):
        assert Order.objects.get().lines.get().product == "Lámpara"
        assert "Windows-1252" in batch.files.get().note


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"), (b"   \n \n", "empty"), (b"PK\x03\x04rest", "workbook"), (b"\x81\x8d\xff", "cannot be read"),
        (b"a,b\n1,2\n", "not known"), (HEADER.replace("currency,", "").encode(), "“currency” is missing"),
        ((HEADER + ",product").encode(), "“product” stands twice"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used(luma, content, words):
    batch = imported(luma, Import.Format.CSV, {"orders.csv": content})
    assert batch.state == Import.State.FAILED and words in batch.failure
    assert len(problems(luma, batch)) == 1


def test_a_header_alone_is_an_empty_import(luma):
    batch = load(luma)
    assert (batch.state, batch.rows_total, counts(batch)) == (Import.State.DONE, 0, (0, 0, 0, 0))


def test_unknown_columns_are_named(luma):
    batch = load(luma, ROW + ",x", header=HEADER + ",colour")
    with tenant(luma):
        assert "colour" in batch.files.get().note


def test_two_files_of_the_same_kind(luma):
    batch = load(luma, ROW, **{"more.csv": f"{HEADER}\n{ROW}\n"})
    assert batch.state == Import.State.FAILED and "orders.csv" in batch.failure


def test_the_documented_examples_are_the_templates(luma):
    text = (Path(__file__).resolve().parents[2] / "docs" / "importing.md").read_text()
    blocks = re.findall(r"```csv\n(.*?)```", text, re.S)
    assert [block.splitlines()[0].split(",") for block in blocks] == [rows[0] for rows in TEMPLATES.values()]
    batch = imported(luma, Import.Format.CSV, {f"{n}.csv": block for n, block in enumerate(blocks)})
    assert (batch.state, counts(batch)) == (Import.State.DONE, (1, 0, 0, 0)), problems(luma, batch)
    with tenant(luma):
        assert Partner.objects.count() == 4

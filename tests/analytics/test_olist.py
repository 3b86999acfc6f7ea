"""Complaint rates of the Olist data equal those computed from its files by other means: `csv` and dictionaries."""

import csv
import datetime as dt
from collections import defaultdict
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from aftersales.orders.models import Import, Partner
from aftersales.tenants.scope import tenant
from analytics import rollups
from analytics.slices import Slice
from tests.orders.helpers import imported
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SAMPLE, WHOLE = ROOT / "tests" / "data" / "olist", ROOT.parent / "shared" / "data" / "olist"
FOLDERS = [
    pytest.param(SAMPLE, id="sample"),
    # A minute and more: 5,166 orders and 2,085 tickets through the ordinary actions. `script/test -m slow`
    pytest.param(
        WHOLE, id="whole",
        marks=[pytest.mark.slow, pytest.mark.skipif(not WHOLE.is_dir(), reason="the whole set is not there")],
    ),
]  # fmt: skip


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def by_files(folder: Path) -> dict:
    """(dimension, key, month) → [orders, complained, filed], without the database."""
    state = {row["customer_id"]: row["customer_state"] for row in table(folder, "customers.csv")}
    english = {
        row["product_category_name"]: row["product_category_name_english"] for row in table(folder, "categories.csv")
    }
    category = {
        row["product_id"]: english.get(row["product_category_name"], row["product_category_name"])
        for row in table(folder, "products.csv")
    }
    items = defaultdict(list)
    for row in table(folder, "order_items.csv"):
        items[row["order_id"]].append(row)
    bad = defaultdict(list)
    for row in table(folder, "order_reviews.csv"):
        if row["review_score"] in ("1", "2"):
            bad[row["order_id"]].append(row["review_creation_date"])
    found = defaultdict(lambda: [0, 0, 0])
    for row in table(folder, "orders.csv"):
        order, placed = row["order_id"], row["order_purchase_timestamp"][:7]
        slices = {("total", ""), ("region", f"BR/{state[row['customer_id']]}")}
        slices |= {("supplier", item["seller_id"]) for item in items[order]} or {("supplier", "")}
        slices |= {("category", category[item["product_id"]]) for item in items[order]} or {("category", "")}
        for each in slices:
            found[*each, placed][0] += 1
        if bad[order]:
            delivered, promised = row["order_delivered_customer_date"][:10], row["order_estimated_delivery_date"][:10]
            problem = "lost" if not delivered else "delayed" if delivered > promised else "other"
            for each in slices | {("problem", problem)}:
                found[*each, placed][1] += 1
                found[*each, min(bad[order])[:7]][2] += 1
    return dict(found)


@pytest.fixture
def shop(luma):
    luma.time_zone = "America/Sao_Paulo"
    luma.save()
    return luma


@pytest.mark.parametrize("folder", FOLDERS)
def test_rates_equal_those_of_the_files(shop, harbor, folder):
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    if folder == SAMPLE:
        imported(harbor, Import.Format.OLIST, files)
    batch = imported(shop, Import.Format.OLIST, files)
    assert batch.rows_bad == 0
    out = StringIO()
    call_command("file_olist_complaints", folder=str(folder), organization="luma", stdout=out)
    expected = by_files(folder)
    complaints = sum(counts[2] for (dimension, *_rest), counts in expected.items() if dimension == "total")
    assert f"luma: {complaints} tickets filed, 0 were there." in out.getvalue()
    with tenant(shop):
        found = rollups.rates(shop, Slice(dt.date(2016, 1, 1), dt.date(2020, 1, 1)))
        reference = {str(pk): name for pk, name in Partner.objects.values_list("pk", "reference")} | {"": ""}
        flat = {
            (dimension, reference[key] if dimension == "supplier" else key, f"{month:%Y-%m}"): [
                c.orders,
                c.complained,
                c.filed,
            ]
            for (dimension, key), months in found.cells.items()
            for month, c in months.items()
        }
        problems = {key for key in flat if key[0] == "problem"}
        assert flat == expected
        assert problems and len(flat) > 50
        late = Ticket.objects.filter(problem="delayed").select_related("order").first()
        assert (
            late.filed_at.astimezone(shop.zone).hour in (0, 1) and late.channel == "import" and late.state == "reported"
        )
    call_command("file_olist_complaints", folder=str(folder), organization="luma", stdout=out)
    assert f"luma: 0 tickets filed, {complaints} were there." in out.getvalue()
    with tenant(harbor):
        assert not Ticket.objects.exists()


def test_the_earliest_bad_review_counts_and_ties_go_by_its_id(tmp_path):
    from analytics.olist import complaints

    head = "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date\n"
    rows = [
        "c,o1,1,Late,Not here,2017-05-02 00:00:00", "b,o1,2,,Second,2017-05-01 00:00:00",
        "a,o1,2,, First ,2017-05-01 00:00:00",
        "d,o1,5,,Fine,2017-01-01 00:00:00", "e,o2,3,,So so,2017-01-01 00:00:00", "f,o3,1,,,2017-10-15 01:00:00",
    ]  # fmt: skip
    (tmp_path / "order_reviews.csv").write_text(head + "\n".join(rows), encoding="utf-8")
    found = complaints(tmp_path)
    assert [(review.order, review.text) for review in found] == [("o1", "First"), ("o3", "")]
    assert found[0].created_at.isoformat() == "2017-05-01T00:00:00-03:00"
    assert found[1].created_at.isoformat() == "2017-10-15T01:00:00-02:00"


def test_bad_input_is_named(luma, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("file_olist_complaints", folder=str(tmp_path), organization="luma")
    (tmp_path / "order_reviews.csv").write_text("review_id\n1\n")
    with pytest.raises(CommandError, match="lacks the columns"):
        call_command("file_olist_complaints", folder=str(tmp_path), organization="luma")
    with pytest.raises(CommandError, match="no organization"):
        call_command("file_olist_complaints", organization="nobody")
    with pytest.raises(CommandError, match="imported by: none"):
        call_command("file_olist_complaints")

"""The Olist files: the small sample in the repository, and the whole set where it lies beside it."""

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from aftersales.orders.models import Customer, Import, Order, OrderLine, Partner, Shipment, TrackingEvent
from aftersales.tenants.scope import tenant

from .helpers import counts, imported, problems

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "olist"
WHOLE = ROOT.parent / "shared" / "data" / "olist"


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def check(luma, folder: Path) -> None:
    """Compare what is in the tables with what the files say, read in another way."""
    orders, items = table(folder, "orders.csv"), table(folder, "order_items.csv")
    english = {
        row["product_category_name"]: row["product_category_name_english"] for row in table(folder, "categories.csv")
    }
    category = {row["product_id"]: row["product_category_name"] for row in table(folder, "products.csv")}
    state = {row["customer_id"]: row["customer_state"] for row in table(folder, "customers.csv")}
    with tenant(luma):
        assert Order.objects.count() == len(orders)
        assert Customer.objects.count() == len({row["customer_unique_id"] for row in table(folder, "customers.csv")})
        found = Counter(OrderLine.objects.values_list("order__number", "supplier__reference", "category"))
        wanted = (
            (row["order_id"], row["seller_id"], english.get(category[row["product_id"]], category[row["product_id"]]))
            for row in items
        )
        assert found == Counter(wanted)
        assert Counter(Order.objects.values_list("region", flat=True)) == Counter(
            state[row["customer_id"]] for row in orders
        )
        sent = [row for row in orders if row["order_delivered_carrier_date"] or row["order_delivered_customer_date"]]
        assert Shipment.objects.count() == len(sent)
        delivered = sum(bool(row["order_delivered_customer_date"]) for row in orders)
        assert Order.objects.filter(delivered_at__isnull=False).count() == delivered
        assert TrackingEvent.objects.filter(code="delivered").count() == delivered
        assert Partner.objects.filter(kind="supplier", country="BR").count() == len({row["seller_id"] for row in items})
        worth: Counter[str] = Counter()
        for row in items:
            worth[row["order_id"]] += Decimal(row["price"]) + Decimal(row["freight_value"])
        assert {number: total for number, total in Order.objects.values_list("number", "total") if total} == worth


def test_sample(luma):
    batch = imported(luma, Import.Format.OLIST, files_of(SAMPLE))
    assert (batch.state, batch.failure, counts(batch)) == (Import.State.DONE, "", (40, 0, 0, 0))
    assert (
        batch.rows_done == batch.rows_total == len(table(SAMPLE, "orders.csv")) + len(table(SAMPLE, "order_items.csv"))
    )
    check(luma, SAMPLE)


def test_sample_twice_changes_nothing(luma):
    imported(luma, Import.Format.OLIST, files_of(SAMPLE))
    assert counts(imported(luma, Import.Format.OLIST, files_of(SAMPLE))) == (0, 0, 40, 0)
    check(luma, SAMPLE)


def test_times_are_sao_paulos(luma):
    imported(luma, Import.Format.OLIST, files_of(SAMPLE))
    row = table(SAMPLE, "orders.csv")[0]
    with tenant(luma):
        order = Order.objects.get(number=row["order_id"])
        placed = dt.datetime.fromisoformat(row["order_purchase_timestamp"])
        assert order.placed_at.utctimetuple()[:5] != placed.timetuple()[:5]
        assert order.placed_at.replace(tzinfo=None) - placed in (dt.timedelta(hours=3), dt.timedelta(hours=2))
        assert order.promised_on == dt.date.fromisoformat(row["order_estimated_delivery_date"][:10])
        assert (order.country, order.currency, order.source) == ("BR", "BRL", "olist")


def test_a_missing_file_is_named(luma):
    files = files_of(SAMPLE)
    del files["products.csv"]
    batch = imported(luma, Import.Format.OLIST, files)
    assert batch.state == Import.State.FAILED
    assert problems(luma, batch) == [("products.csv", 1, "", "")]


def test_what_is_referred_to_must_be_there(luma):
    files = files_of(SAMPLE)
    lines = files["sellers.csv"].decode().splitlines()
    gone = lines.pop().split(",")[0]
    files["sellers.csv"] = "\n".join(lines).encode()
    files["order_items.csv"] += f"{'0' * 32},1,x,y,2017-01-01 00:00:00,1.00,1.00\n".encode()
    batch = imported(luma, Import.Format.OLIST, files)
    concerned = {row["order_id"] for row in table(SAMPLE, "order_items.csv") if row["seller_id"] == gone}
    assert (batch.orders_new, batch.orders_held) == (40 - len(concerned), len(concerned))
    found = problems(luma, batch)
    assert ("order_items.csv", len(table(SAMPLE, "order_items.csv")) + 2, "order_id", "0" * 32) in found
    assert any(column == "seller_id" and value == gone for _file, _line, column, value in found)


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE.is_dir(), reason="the whole Olist set is not beside the repository")
def test_the_whole_set(luma):
    files = files_of(WHOLE)
    assert counts(imported(luma, Import.Format.OLIST, files)) == (5166, 0, 0, 0)
    check(luma, WHOLE)
    assert counts(imported(luma, Import.Format.OLIST, files)) == (0, 0, 5166, 0)

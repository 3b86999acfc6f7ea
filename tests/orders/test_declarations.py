"""The check of a customs declaration names line, field and mend."""

from decimal import Decimal

import pytest

from aftersales.orders.declarations import STOP_WORDS, is_vague, lint
from aftersales.orders.models import Declaration, DeclarationLine
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_shipment

GOOD = {
    "description": "Ceramic table lamp for indoor use", "quantity": 1, "net_weight_g": 1800, "value": Decimal("39.90"),
    "hs_code": "9405214010", "origin": "CN",
}  # fmt: skip
WHOLE = {"currency": "EUR", "terms": "DAP", "gross_weight_g": 2000, "importer_reference": "RFC-1"}


@pytest.mark.parametrize(
    ("country", "line", "whole", "found"),
    [
        ("MX", {}, {}, set()),
        ("MX", {"hs_code": ""}, {}, {(1, "hs_code")}),
        ("MX", {"hs_code": "9405"}, {}, {(1, "hs_code")}),
        ("DE", {"hs_code": "940521"}, {}, {(1, "hs_code")}),
        ("IE", {"hs_code": "94052140"}, {}, {(1, "hs_code")}),
        ("IE", {}, {}, set()),
        ("MX", {"description": "Parts"}, {}, {(1, "description")}),
        ("MX", {"description": "gift, clothes"}, {}, {(1, "description")}),
        ("MX", {"origin": ""}, {}, {(1, "origin")}),
        ("MX", {"net_weight_g": None}, {}, {(1, "net_weight_g")}),
        ("MX", {"net_weight_g": 2500}, {}, {(0, "gross_weight_g")}),
        ("MX", {"value": None}, {}, {(1, "value")}),
        ("MX", {"value": Decimal("9.90")}, {}, {(1, "value"), (0, "currency")}),
        ("MX", {}, {"currency": ""}, {(0, "currency")}),
        ("MX", {}, {"currency": "USD"}, {(0, "currency")}),
        ("MX", {}, {"terms": ""}, {(0, "terms")}),
        ("MX", {}, {"gross_weight_g": None}, {(0, "gross_weight_g")}),
        ("MX", {}, {"importer_reference": ""}, {(0, "importer_reference")}),
        ("DE", {}, {"importer_reference": ""}, set()),
    ],
)
@pytest.mark.django_db
def test_each_fault_is_named(luma, country, line, whole, found):
    with tenant(luma):
        order = make_order(country=country)
        item = make_line(order)
        declaration = Declaration.objects.create(shipment=make_shipment(order), **WHOLE | whole)
        DeclarationLine.objects.create(declaration=declaration, position=1, line=item, **GOOD | line)
        told = lint(declaration, order)
    assert {(each.line, each.field) for each in told} == found
    assert all(each.problem and each.mend and str(each.label) for each in told)


def test_the_stop_list_is_long_and_good_descriptions_pass():
    assert len(STOP_WORDS) >= 60 and all(map(is_vague, STOP_WORDS))
    for text in ("Men's cotton T-shirts", "Steel kitchen knife", "陶瓷台灯", "Spare parts for a bicycle brake"):
        assert not is_vague(text), text

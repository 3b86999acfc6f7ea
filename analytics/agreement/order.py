"""A case's order: what was bought, from whom, on which terms, what was asked for and paid back."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aftersales.orders.models import (
    Contact,
    Customer,
    Inspection,
    Instruction,
    Order,
    OrderLine,
    OrderRefund,
    Partner,
    PurchaseOrder,
    Terms,
)
from aftersales.tenants.models import RulesVersion
from aftersales.tenants.scope import current_organization

from .reading import PAID_AT, Reader

PRICE = Decimal(100)


@dataclass
class Sold:
    """The rows that the complaint refers to."""

    order: Order
    line: OrderLine
    partners: dict[str, Partner]
    rules: RulesVersion | None
    inspections: list[Inspection]


def write_order(trace: Reader, number: str) -> Sold:
    """Write the order with its line and everything that hangs on them, the parcel apart."""
    kinds = [Partner(kind=kind.value, reference=kind.value, name=str(kind.label)) for kind in Partner.Kind]
    partners = {partner.kind: partner for partner in Partner.objects.bulk_create(kinds)}
    rules, accepted = _rules(trace)
    declared = trace.data.get("declaration")
    declared = declared if isinstance(declared, dict) else {}
    refund = trace.data.get("refund")
    refund = refund if isinstance(refund, dict) else {}
    currency = declared.get("currency") or refund.get("currency_agreed") or "USD"
    price = declared.get("price_paid")
    price = Decimal(str(price)) if isinstance(price, int | float) and not isinstance(price, bool) else PRICE
    order = Order(
        number=number, source="case", customer=Customer.objects.create(reference="buyer", name="Buyer"),
        placed_at=PAID_AT, paid_at=PAID_AT, currency=str(currency).upper()[:3], total=price, rules_version=rules,
        rules_accepted_at=accepted,
    )  # fmt: skip
    _destination(trace, order)
    _terms(trace, order)
    order.save()
    line = _line(trace, order, price, partners["supplier"])
    _purchase(trace, line)
    inspections = [_inspection(each, line) for each in trace.children("inspection")]
    for each in trace.children("instruction"):
        _instruction(each, order, line)
    for each in trace.children("contact"):
        _contact(each, order)
    for each in trace.children("refund"):
        _refund(each, order)
    return Sold(order, line, partners, rules, inspections)


def _rules(trace: Reader) -> tuple[RulesVersion | None, Any]:
    """Return the rules that the order was bought under, and when they were accepted; nobody knows: no rules at all."""
    accepted = trace.flag("policy_version_accepted")
    if accepted is None:
        return None, None
    rules = RulesVersion.objects.create(version=1, terms="Terms.", published_at=PAID_AT)
    return rules, PAID_AT if accepted else None


def _destination(trace: Reader, order: Order) -> None:
    town, _, country = trace.text("destination").rpartition(",")
    if re.fullmatch(r"[A-Z]{2}", country.strip()):
        order.country = order.region = country.strip()
        order.city = town.strip()[:120]
    else:
        order.city = f"{town}, {country}".strip(" ,")[:120]
    address = trace.child("address")
    if address is not None:
        order.address = address.text("ordered")
        correct = address.raw("correct")
        if isinstance(correct, str) and correct.strip().lower() not in ("true", "false", "yes", "no"):
            order.right_address = address.words("correct", correct)
            if order.address:
                order.address_correct = order.address.casefold() == order.right_address.casefold()
        elif isinstance(correct, dict | list):
            order.right_address = address.words("correct", correct)
        else:
            order.address_correct = address.flag("correct")
    if not order.address and trace.data.get("earlier_at_address"):
        order.address = "The address of the case"


def _terms(trace: Reader, order: Order) -> None:
    promised = trace.at("promised_day")
    order.promised_on = promised.date() if promised else None
    order.dispatch_limit_days = trace.whole("dispatch_limit_days", 32767)
    order.booked_terms = trace.choice("booked_terms", Terms.values)
    cover = trace.raw("insurance")
    if isinstance(cover, dict):
        amounts = [v for v in cover.values() if isinstance(v, int | float) and not isinstance(v, bool)]
        order.insured_amount = Decimal(str(max(amounts))) if amounts else None
        back = cover.get("return") or cover.get("return_insurance")
        order.return_insurance = trace.words("insurance", back, 120) if back else ""
        rest = {key: value for key, value in cover.items() if value is not back and value is not False}
        order.shipping_insurance = trace.words("insurance", rest, 120)
    elif isinstance(cover, bool) or cover is None:
        order.shipping_insurance = "insured" if cover else ""
        order.insured_amount = Decimal(0) if cover is False else None
    elif isinstance(cover, int | float):
        order.shipping_insurance, order.insured_amount = "insured", Decimal(str(cover))
    else:
        order.shipping_insurance = trace.words("insurance", cover, 120)


def _line(trace: Reader, order: Order, price: Decimal, supplier: Partner) -> OrderLine:
    specification = trace.text("specification", 4000)
    line = OrderLine(
        order=order, position=1, product=specification[:300] or "Goods", sku="SKU-1", batch="B-1",
        specification=specification, supplier=supplier, unit_price=price,
    )  # fmt: skip
    ordered = trace.raw("inspection_ordered")
    if isinstance(ordered, dict):
        asked = trace.child("inspection_ordered")
        assert asked is not None
        level = asked.raw("level")
        line.inspection_ordered = asked.words("level", level, 12) if level is not None else "ordered"
        line.inspection_paid = asked.flag("paid")
        line.inspection_passed_on = asked.flag("passed_to_warehouse")
    elif isinstance(ordered, bool):
        line.inspection_ordered = "ordered" if ordered else "none"
    else:
        line.inspection_ordered = trace.words("inspection_ordered", ordered, 12)
    listed = trace.raw("prohibited_list")
    if isinstance(listed, dict):
        goods = trace.child("prohibited_list")
        assert goods is not None
        line.prohibited_listed, line.prohibited_shown = goods.flag("listed"), goods.flag("shown_to_customer")
    else:
        line.prohibited_listed = trace.flag("prohibited_list")
    line.save()
    return line


def _purchase(trace: Reader, line: OrderLine) -> None:
    """Write what was ordered from the supplier, with its dates and the states that both have their business in."""
    bought, contract = trace.child("purchase_order"), trace.child("supplier_contract")
    promised, received = trace.at("supplier_promised_day"), trace.at("received_from_supplier_day", 9)
    international = None
    if contract is not None:
        supplier, organization = line.supplier, current_organization()
        assert supplier is not None and organization is not None
        supplier.country = contract.text("supplier_country", 2)
        organization.country = contract.text("agent_country", 2)
        international = contract.flag("international")
        supplier.save(update_fields=["country"])
        organization.save(update_fields=["country"])
    if bought is None and promised is None and received is None and international is None:
        return
    PurchaseOrder.objects.create(
        line=line, reference="PO-1", text=bought.text("text", 4000) if bought else "",
        placed_at=bought.at("day") if bought else None,
        matches_specification=bought.flag("matches_specification") if bought else None,
        promised_on=promised.date() if promised else None, received_at=received, international=international,
    )  # fmt: skip


def _inspection(each: Reader, line: OrderLine) -> Inspection:
    """Write an inspection. Its day must be known to the model: unknown, it stands on the day of the payment."""
    return Inspection.objects.create(
        line=line, level=each.choice("level", Inspection.Level.values),
        result=each.choice("result", Inspection.Result.values), checked=each.text("checked", 200),
        shows=each.text("shows"), weight_g=each.whole("weight_g"), note=each.text("note"),
        at=each.at("day", 10) or PAID_AT,
    )  # fmt: skip


def _instruction(each: Reader, order: Order, line: OrderLine) -> None:
    confirmed = each.raw("confirmed_by")
    Instruction.objects.create(
        order=order, line=line, text=each.text("text", 4000), given_at=each.at("day", 9),
        given_by=each.choice("by", Instruction.GivenBy.values),
        confirmed_by="agent" if confirmed is True else each.words("confirmed_by", confirmed or "", 80),
        recorded=each.flag("recorded"), followed=each.flag("followed"), passed_on=each.flag("passed_to_warehouse"),
        warned=each.flag("warned"), paid=each.flag("paid"), answer=each.text("answer", 4000),
        was_true=each.flag("true"),
    )  # fmt: skip


def _contact(each: Reader, order: Order) -> None:
    Contact.objects.create(
        order=order, wrote_at=each.at("customer_wrote_day", 9), answered_at=each.at("first_answer_day", 17),
        promised_working_days=each.whole("promised_answer_working_days", 32767),
        waiting_for_customer_days=each.whole("waiting_for_customer_days", 32767),
    )  # fmt: skip


def _refund(each: Reader, order: Order) -> None:
    """Write a refund; where a field says no more than "yes", the amount agreed stands for it."""
    agreed = order.total if each.data.get("agreed") is True else each.amount("agreed") if _sum(each, "agreed") else None
    sums = {}
    for key in ("paid", "claimed"):
        known = each.raw(key)
        sums[key] = {True: agreed, False: Decimal(0) if key == "paid" else None}[known] if _is_flag(known) else None
        if not _is_flag(known):
            sums[key] = each.amount(key) if _sum(each, key) else None
    reference = each.raw("reference")
    each.read.add("agreed")
    OrderRefund.objects.create(
        order=order, agreed=agreed, currency_agreed=each.text("currency_agreed", 3).upper(),
        agreed_at=each.at("agreed_day"), limit_days=each.whole("limit_days", 32767), paid=sums["paid"],
        currency_paid=each.text("currency_paid", 3).upper(), paid_at=each.at("paid_day"), claimed=sums["claimed"],
        reference="on record" if reference is True else each.words("reference", reference or "", 80),
        accepted_by_customer=each.flag("accepted_by_customer"),
    )  # fmt: skip


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _sum(each: Reader, key: str) -> bool:
    """Whether the field holds an amount; words without one are kept out, with a remark."""
    value = each.data.get(key)
    if isinstance(value, str) and not re.search(r"\d", value):
        each.remark(key, f"no amount in {json.dumps(value)}")
        return False
    return value is not None and not isinstance(value, bool)

"""Every field of the format has a home: set, it changes a row; its values differ from each other and from unknown."""

import itertools
from collections import Counter

import pytest

from aftersales.orders import models as orders
from aftersales.tenants.models import RulesVersion
from analytics.agreement.cases import Case, Expected
from analytics.agreement.judging import built
from evidence.models import Evidence
from tickets import models as tickets
from tickets.problems import Problem

pytestmark = pytest.mark.django_db
YES_NO = [True, False]
PHOTO = {"customer_media": [{"kind": "photo"}, {"kind": "photo"}]}
# Field → the values to tell apart. An object's field is set on an otherwise empty object, a list's on its only member.
FIELDS = {
    "destination": ["Lisbon, PT", "PT", "Lisbon"],
    "inspection.level": ["basic", "detailed"],
    "inspection.day": [3, 5],
    "inspection.checked": [["count"], ["count", "label"], "function"],
    "inspection.result": ["pass", "fail"],
    "inspection.photo": [True],
    "inspection.shows": ["whole", "crack"],
    "inspection.fault_visible": [True, False, None],
    "inspection.weight_g": [10, 20],
    "packing.by": ["warehouse", "supplier"],
    "packing.photo": [True, "box with foam"],
    "packing.box": ["sound", "damaged"],
    "packing.cushioning": ["adequate", "poor", "none"],
    "packing.shows": ["foam"],
    "packing.fault_visible": [True, False, None],
    "packing.carton_g": [100],
    "packing.day": [4],
    "dispatch_weight_g": [2410, 2411],
    "delivery_weight_g": [2405],
    "scans[].place": ["Shenzhen, CN"],
    "scans[].day": [7, 8],
    "delivery.day": [18, 19],
    "delivery.signed": ["clean", "damage noted", "other name", "none"],
    "delivery.photo": ["box at the door", True],
    "delivery.place": ["Lisbon, PT"],
    "delivery.note": ["left with neighbour"],
    "customs.event": ["hold", "examination", "duty", "seizure"],
    "customs.side": ["import", "export"],
    "customs.day": [9],
    "customs.days": [4],
    "customs.letter": YES_NO,
    "customs.reason": ["undervalued"],
    "declaration.complete": YES_NO,
    "declaration.description": ["lamp"],
    "declaration.hs": ["940521"],
    "declaration.value": [30, 0],
    "declaration.price_paid": [30, 31.5],
    "declaration.currency": ["EUR", "CNY"],
    "declaration.value_set_by": ["agent", "customer"],
    "declaration.terms": ["DAP", "DDP"],
    "specification": ["lamp, sage", "lamp, white"],
    "delivered": ["lamp, cracked"],
    "delivered_matches_specification": [True, False, None],
    "customer_media[].kind": ["video", "unboxing_video", "document", "statement"],
    "customer_media[].shows": ["crack"],
    "promised_day": [22, 23],
    "policy_window_days": [14, 0],
    "policy_version_accepted": YES_NO,
    "earlier_on_batch": [[0, 3], [2, 3]],
    "earlier_at_address": [[0, 3], [2, 3]],
    "earlier_on_other_batches": [[0, 3], [2, 3]],
    "today": [30, 31],
    "instruction.text": ["no box"],
    "instruction.by": ["customer", "agent"],
    "instruction.confirmed_by": ["warehouse", True],
    "instruction.day": [2],
    "instruction.recorded": YES_NO,
    "instruction.followed": YES_NO,
    "instruction.passed_to_warehouse": YES_NO,
    "instruction.warned": YES_NO,
    "instruction.paid": YES_NO,
    "instruction.answer": ["it fits"],
    "instruction.true": YES_NO,
    "inspection_ordered": [True, False, "detailed"],
    "inspection_ordered.level": ["basic", "detailed"],
    "inspection_ordered.paid": YES_NO,
    "inspection_ordered.passed_to_warehouse": YES_NO,
    "purchase_order.text": ["white"],
    "purchase_order.day": [1],
    "purchase_order.matches_specification": YES_NO,
    "supplier_contract.supplier_country": ["VN"],
    "supplier_contract.agent_country": ["CN"],
    "supplier_contract.international": YES_NO,
    "supplier_promised_day": [5],
    "received_from_supplier_day": [6],
    "released_day": [7],
    "dispatch_limit_days": [3],
    "carrier_transit_days": [12],
    "released.by": ["agent"],
    "released.after_failed_inspection": YES_NO,
    "released.customer_told": YES_NO,
    "address.ordered": ["Street 1"],
    "address.label": ["Street 7"],
    "address.correct": [True, False, "Street 2"],
    "handover_receipt": [True, False, "signed by the driver", {"signed": True, "day": 6}, {"signed": False}],
    "carrier_trace": ["not found", True],
    "carrier_trace.opened_day": [20],
    "carrier_trace.closed_day": [30],
    "carrier_trace.result": ["lost"],
    "notices.cards": [0, 2],
    "notices.messages_read_by_customer": YES_NO,
    "prohibited_list.listed": YES_NO,
    "prohibited_list.shown_to_customer": YES_NO,
    "booked_terms": ["DAP", "DDP"],
    "freight.estimated_g": [1000],
    "freight.billed_g": [1001],
    "freight.actual_g": [1002],
    "freight.volumetric_g": [1003],
    "freight.estimate_accepted": YES_NO,
    "contact.customer_wrote_day": [10],
    "contact.first_answer_day": [12],
    "contact.promised_answer_working_days": [1],
    "contact.waiting_for_customer_days": [0, 3],
    "refund.agreed": [50, True, "60 EUR"],
    "refund.paid": [0, 40],
    "refund.currency_agreed": ["EUR", "GBP"],
    "refund.currency_paid": ["EUR", "USD"],
    "refund.agreed_day": [20],
    "refund.paid_day": [24],
    "refund.reference": ["PAY-1", True],
    "refund.limit_days": [7],
    "refund.claimed": [80, 0],
    "refund.accepted_by_customer": YES_NO,
    "media_reused": [True, "another ticket"],
    "media_reused.photo": [2],
    "media_reused.first_seen": ["another ticket"],
    "earlier_claims[].same_line": [True],
    "earlier_claims[].same_customer": [False],
    "earlier_claims[].problem": ["missing part"],
    "earlier_claims[].outcome": ["refunded", "replaced", "rejected", "withdrawn", "partly refunded", "explained"],
    "earlier_claims[].proof": [True, "PAY-7"],
    "earlier_claims[].day": [3],
    "requests[].for": ["item_photo", "fault_video", "a picture of the cat"],
    "requests[].days": [20, [20, 24]],
    "requests[].read": [True, 21],
    "requests[].answered": [True, 22],
    "insurance": [True, False, "carrier's cover", 100, {"amount": 80, "by": "Insurer"}, {"return": "free return"}],
}
# What else must stand in the trace for a field to make sense.
WITH = {
    "media_reused": PHOTO,
    "media_reused.photo": PHOTO,
    "media_reused.first_seen": PHOTO,
}
MEMBER = {"scans": {"code": "picked_up"}, "requests": {"to": "supplier"}, "customer_media": {}, "earlier_claims": {}}
WRITTEN = (
    orders.Contact, orders.Customer, orders.CustomsEvent, orders.Declaration, orders.DeclarationLine, orders.Inspection,
    orders.Instruction, orders.Order, orders.OrderLine, orders.OrderRefund, orders.Partner, orders.PurchaseOrder,
    orders.Shipment, orders.TrackingEvent, tickets.EvidenceRequest, tickets.Finding, tickets.Message,
    tickets.PartnerRequest, tickets.Ticket, tickets.Window, Evidence, RulesVersion,
)  # fmt: skip
SKIPPED = {"id", "key", "created_at", "changed_at", "sha256"}


def trace(field: str, value=..., /) -> dict:
    """Return a trace with the field set to a value, or its bare surroundings without a value."""
    known, (top, _, below) = dict(WITH.get(field, {})), field.replace("[]", "").partition(".")
    if "[]" in field:
        known[top] = [MEMBER[top] | ({below: value} if value is not ... else {})]
    elif below:
        known[top] = {below: value} if value is not ... else {}
    elif value is not ...:
        known[top] = value
    return known


def rows(found: dict) -> Counter:
    """Return every row that a trace becomes, without keys and clocks."""
    case = Case("T1", Problem.BROKEN_INSIDE, found, Expected((), ()))
    counted: Counter = Counter()
    with built(case) as (ticket, log):
        assert not log.remarks, log.remarks
        counted["organization", ticket.organization.country] += 1
        for model in WRITTEN:
            for row in model.objects.values():
                kept = {k: str(v) for k, v in row.items() if k not in SKIPPED and not k.endswith("_id")}
                counted[model.__name__, tuple(sorted(kept.items()))] += 1
    return counted


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_changes_a_row(field):
    found = [rows(trace(field))] + [rows(trace(field, value)) for value in FIELDS[field]]
    for one, other in itertools.combinations(found, 2):
        assert one != other


def test_days_since_delivery_set_the_day_of_filing():
    def filed(**more):
        case = Case("T1", Problem.WATER, {"delivery": {"day": 10}, **more}, Expected((), ()))
        with built(case) as (ticket, _log):
            return (ticket.filed_at.date() - ticket.order.paid_at.date()).days

    assert filed(days_since_delivery=4) == 14
    assert filed(today=30) == 30
    assert filed(scans=[{"code": "picked_up", "day": 3}]) == 11


def test_today_that_contradicts_the_days_since_delivery_is_told():
    found = {"delivery": {"day": 10}, "today": 30, "days_since_delivery": 2}
    with built(Case("T1", Problem.WATER, found, Expected((), ()))) as (_ticket, log):
        assert log.remarks == [
            "T1: days_since_delivery: does not agree with today and delivery.day; today counts",
        ]


def test_words_that_are_too_long_are_cut_and_told():
    with built(Case("T1", Problem.WATER, {"delivered": "x" * 400}, Expected((), ()))) as (ticket, log):
        assert len(ticket.received) == 300
        assert log.remarks == ["T1: delivered: cut to 300 characters"]


def test_counts_before_do_not_run_into_each_other():
    found = {"earlier_on_batch": [2, 5], "earlier_on_other_batches": [1, 4], "earlier_at_address": [3, 6]}
    with built(Case("T1", Problem.WATER, found, Expected((), ()))) as (ticket, _log):
        others = type(ticket).objects.exclude(pk=ticket.pk)
        line = ticket.line
        assert others.filter(line__batch=line.batch, line__sku=line.sku).count() == 2
        assert others.filter(line__sku=line.sku).exclude(line__batch=line.batch).count() == 1
        assert others.filter(order__address=ticket.order.address).count() == 3
        assert not others.filter(customer=ticket.customer).exists()

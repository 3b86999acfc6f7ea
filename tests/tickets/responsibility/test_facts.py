"""Every kind of fact, from the models: its value, where it comes from, and that nobody's silence counts as no."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Inspection,
    Instruction,
    OrderRefund,
    PurchaseOrder,
    TrackingEvent,
)
from aftersales.tenants.models import RulesVersion
from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_line, make_order, make_partner, make_shipment
from tickets.models import EvidenceRequest, Finding, PartnerRequest, Ticket
from tickets.responsibility.catalogue import FACTS
from tickets.responsibility.facts import gather

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PAID = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
FILED = PAID + 30 * DAY


@pytest.fixture(autouse=True)
def entered(luma):
    with tenant(luma):
        yield


class Case:
    """One order with a line and a parcel, and the ticket about it; `facts` are gathered as of its filing."""

    def __init__(self, problem: str = "broken_inside", order=None, line=None, ticket=None, **parcel):
        self.order = make_order(placed_at=PAID, paid_at=PAID, **(order or {}))
        self.line = make_line(self.order, supplier=make_partner(), **(line or {}))
        self.parcel = make_shipment(self.order, **parcel)
        self.ticket = Ticket.objects.create(
            number=f"T-{self.order.pk}",
            order=self.order,
            line=self.line,
            customer=self.order.customer,
            channel="portal",
            problem=problem,
            subject="It",
            filed_at=FILED,
            **(ticket or {}),
        )

    def scan(self, code: str, day: int, place: str = "", note: str = ""):
        return TrackingEvent.objects.create(
            shipment=self.parcel, code=code, at=PAID + day * DAY, place=place, note=note
        )

    def media(self, shows: str = "", kind: str = "photo", **fields):
        fields.setdefault("sha256", f"{self.ticket.pk}-{self.ticket.evidence.count()}")
        fields.setdefault("ticket", self.ticket)
        fields.setdefault("uploader_kind", "customer")
        return Evidence.objects.create(
            kind=kind,
            shows=shows,
            name="a.jpg",
            media_type="image/jpeg",
            size=1,
            width=1,
            height=1,
            original_key="k",
            uploaded_at=FILED,
            state="ready",
            **fields,
        )

    @property
    def facts(self):
        return gather(Ticket.objects.get(pk=self.ticket.pk), now=FILED)

    def values(self, *names: str):
        found = self.facts
        return tuple(found.value(name) for name in names)


def test_nothing_known_is_nowhere_no():
    found = Case().facts
    assert {name for name, fact in found.items() if fact.value is False} <= {
        "inspected",
        "moved",
        "customer_pictures",
        "refund",
    }
    assert all(fact.text and ":" in fact.source for fact in found.values())


def test_every_fact_is_in_the_catalogue_with_words():
    assert all(str(kind.label) and str(kind.source) for kind in FACTS.values())
    with pytest.raises(KeyError):
        Case().facts.put("nonsense", True, "x", "ticket:1")


def test_inspection_and_what_it_did_not_look_at():
    case = Case("wrong_size_colour")
    made = Inspection.objects.create(
        line=case.line, level="detailed", result="pass", checked="count, colour", at=PAID + DAY, shows="sage lamp"
    )
    assert case.values("inspected", "inspection_passed", "inspection_covered", "inspection_level") == (
        True,
        True,
        True,
        "detailed",
    )
    assert case.facts["inspection_passed"].source == f"inspection:{made.pk}"
    made.checked = "count"
    made.save()
    assert case.values("inspection_covered", "fault_at_inspection") == (False, None)


def test_what_a_person_found_outweighs_the_words():
    case = Case(packing_note="lamp, no crack")
    assert case.values("fault_at_packing") == (False,)
    found = Finding.objects.create(ticket=case.ticket, about="packing", value=True)
    assert case.values("fault_at_packing") == (True,)
    assert case.facts["fault_at_packing"].source == f"finding:{found.pk}"
    Finding.objects.update(value=None)
    assert case.values("fault_at_packing") == (None,)


@pytest.mark.parametrize("how, weak", [("adequate", False), ("poor", True), ("none", True), ("", None)])
def test_padding(how, weak):
    assert Case(cushioning=how, packed_by="supplier").values("packing_weak", "packed_by") == (weak, "supplier")


def test_the_customer_shows_the_padding():
    case = Case()
    case.media("one layer of paper around the lamp", place="padding")
    assert case.values("packing_weak") == (True,)


@pytest.mark.parametrize(
    "before, after, lost", [(2410, 2405, False), (2410, 1800, True), (2410, None, None), (None, 5, None)]
)
def test_weight_on_the_way(before, after, lost):
    case = Case("missing_item", dispatch_weight_g=before, delivery_weight_g=after)
    assert case.values("weight_lost") == (lost,)


def test_weight_missing_when_packed():
    case = Case("missing_item", dispatch_weight_g=700, carton_g=200)
    Inspection.objects.create(line=case.line, level="basic", result="pass", at=PAID, weight_g=1000)
    assert case.values("light_when_packed") == (True,)


def test_scans_and_silence():
    case = Case("lost")
    case.scan("label_created", 1)
    assert case.values("moved", "delivered", "silent_days") == (False, None, 29)
    scan = case.scan("exception", 5, note="parcel dropped from the belt")
    case.scan("attempt_failed", 9, note="nobody at home")
    assert case.values("moved", "damage_scan", "attempt_reason", "attempts", "silent_days", "longest_gap_days") == (
        True,
        True,
        "absent",
        1,
        21,
        21,
    )
    assert case.facts["damage_scan"].source == f"scan:{scan.pk}"


def test_hand_over_and_trace():
    case = Case("lost", handover_receipt=True, trace_opened_at=PAID)
    assert case.values("handover_receipt", "trace_open", "trace_result") == (True, True, None)
    case.parcel.trace_closed_at, case.parcel.trace_result = FILED, "Parcel cannot be found in our network"
    case.parcel.save()
    assert case.values("trace_open", "trace_result") == (False, "lost")


@pytest.mark.parametrize(
    "label, same", [("Rua A 12, Lisbon", True), ("12 Rua A Lisbon", True), ("Rua A 21, Lisbon", False), ("", None)]
)
def test_the_label_s_address(label, same):
    case = Case("wrong_address", order={"address": "Rua A 12, Lisbon"}, label_address=label)
    assert case.values("label_as_ordered") == (same,)


@pytest.mark.parametrize(
    "place, right", [("Lisbon, PT", True), ("Porto, PT", False), ("PT", None), ("", None), ("Rua A 21, Lisbon", False)]
)
def test_delivered_where(place, right):
    order = {"city": "Lisbon", "country": "PT", "region": "PT", "address": "Rua A 12"}
    assert Case("not_received", order=order, delivered_at=FILED, delivery_place=place).values("delivered_right") == (
        right,
    )


@pytest.mark.parametrize(
    "signed, value",
    [("clean", "clean"), ("damage noted", "damage"), ("other name", "other"), ("none", "none"), ("", None)],
)
def test_signed_how(signed, value):
    assert Case(delivered_at=FILED, signed=signed).values("signed") == (value,)


def test_delivery_note_photo_and_notices():
    case = Case(
        "not_received",
        delivered_at=FILED,
        delivery_note="left with the neighbour",
        delivery_photo="box crushed",
        notice_cards=2,
        notices_read=True,
    )
    assert case.values("delivered_how", "box_in_delivery_photo", "notices", "notices_read") == (
        "elsewhere",
        "damaged",
        2,
        True,
    )


def test_customs_and_declaration():
    case = Case("held_documents", order={"booked_terms": "DDP"})
    CustomsEvent.objects.create(
        shipment=case.parcel,
        event="hold",
        side="import",
        at=PAID,
        days=6,
        has_letter=True,
        reason="commercial invoice missing",
    )
    paper = Declaration.objects.create(
        shipment=case.parcel, complete=False, terms="DAP", value_set_by="agent", currency="USD"
    )
    DeclarationLine.objects.create(
        declaration=paper, position=1, description="gift", value=Decimal(10), price_paid=Decimal(30), hs_code="9405"
    )
    assert case.values(
        "customs_event",
        "customs_side",
        "customs_letter",
        "customs_reason",
        "customs_days",
        "declaration_complete",
        "terms",
        "terms_as_booked",
        "undervalued",
        "hs_missing",
        "description_vague",
        "declared_percent",
        "value_set_by",
    ) == ("hold", "import", True, "papers", 6, False, "DDP", False, True, True, True, 33, "agent")


def test_delay_by_party():
    case = Case(
        "delayed",
        order={"promised_on": (PAID + 20 * DAY).date(), "dispatch_limit_days": 2},
        transit_days=10,
        delivered_at=PAID + 26 * DAY,
    )
    PurchaseOrder.objects.create(line=case.line, promised_on=(PAID + 5 * DAY).date(), received_at=PAID + 8 * DAY)
    case.scan("picked_up", 11)
    assert case.values("late", "late_days", "supplier_late_days", "dispatch_late_days", "carrier_late_days") == (
        True,
        6,
        3,
        1,
        5,
    )


def test_not_late_before_the_promised_day():
    assert Case("delayed", order={"promised_on": FILED.date()}).values("late", "late_days") == (False, 0)
    assert Case("delayed").values("late", "late_days") == (None, None)


def test_window_and_rules():
    rules = RulesVersion.objects.create(version=1, terms="x", published_at=PAID)
    order = {"delivered_at": FILED - 40 * DAY, "rules_version": rules}
    assert Case("other", order=order).values("days_since_delivery", "rules_accepted") == (40, False)
    order["rules_accepted_at"] = PAID
    assert Case("other", order=order).values("after_window", "rules_accepted") == (True, True)


def test_instruction_advice_and_inspection_ordered():
    case = Case(
        "instruction_ignored",
        line={"inspection_ordered": "detailed", "inspection_paid": True, "inspection_passed_on": False},
    )
    Instruction.objects.create(
        order=case.order,
        text="Please add extra bubble wrap",
        given_by="customer",
        given_at=PAID,
        recorded=True,
        passed_on=False,
        followed=False,
        answer="Sure, noted",
        confirmed_by="agent",
    )
    Instruction.objects.create(order=case.order, text="Works at 110 V", given_by="agent", was_true=False)
    assert case.values(
        "instruction_topic",
        "instruction_recorded",
        "instruction_passed_on",
        "instruction_followed",
        "instruction_declined",
        "instruction_warned",
        "advice_true",
        "inspection_ordered",
        "inspection_passed_on",
        "inspection_as_ordered",
    ) == ("more_packing", True, False, False, False, None, False, True, False, False)


def test_release_after_a_failed_inspection():
    case = Case("defective", released_after_failed=True, released_by="agent", release_told_customer=False)
    assert case.values("released_after_failed", "released_by", "release_told") == (True, "agent", False)


def test_answers_in_working_days_without_the_waiting():
    case = Case("slow_answer")
    Contact.objects.create(
        order=case.order,
        wrote_at=PAID,
        answered_at=PAID + 7 * DAY,
        promised_working_days=2,
        waiting_for_customer_days=2,
    )
    assert case.values("answer_days", "answer_late", "answer_late_days") == (3, True, 1)


@pytest.mark.parametrize(
    "billed, actual, volumetric, above",
    [(2000, 1900, 1500, False), (3000, 1900, 1500, True), (3000, 1900, 2900, False), (3000, 1900, None, None)],
)
def test_freight(billed, actual, volumetric, above):
    case = Case("overcharged", charged_weight_g=billed, actual_weight_g=actual, volumetric_weight_g=volumetric)
    assert case.values("billed_above_weight") == (above,)


def test_refund():
    case = Case("refund_not_received")
    row = OrderRefund.objects.create(
        order=case.order, agreed=Decimal(40), currency_agreed="EUR", agreed_at=PAID, limit_days=10
    )
    assert case.values("refund_paid", "refund_overdue", "refund_overdue_days") == (False, True, 20)
    row.paid, row.currency_paid, row.paid_at, row.reference = Decimal(30), "EUR", PAID + 5 * DAY, "PAY-1"
    row.save()
    assert case.values("refund_paid", "refund_overdue", "refund_short", "refund_currency_same", "refund_reference") == (
        True,
        False,
        True,
        True,
        True,
    )


def test_media_reused_within_the_organization_only(harbor):
    case = Case()
    case.media("crack", sha256="same")
    with tenant(harbor):
        Case().media("crack", sha256="same")
    assert case.values("media_reused") == (False,)
    other = Case()
    other.media("crack", sha256="same")
    assert case.values("media_reused") == (True,) and other.ticket.number in case.facts["media_reused"].text


def test_batch_counts_stay_inside_the_organization(harbor):
    case = Case("defective", line={"sku": "L-1", "batch": "B-1"})
    with tenant(harbor):
        for _n in range(3):
            Case("defective", line={"sku": "L-1", "batch": "B-1"}, ticket={})
    assert case.values("batch_complaints", "batch_bad") == (None, None)
    for _n in range(3):
        Case("defective", line={"sku": "L-1", "batch": "B-1"})
    assert case.values("batch_complaints", "batch_bad", "supplier_complaints") == (3, True, 3)


def test_earlier_claims_on_the_line():
    case = Case()
    Ticket.objects.create(
        number="OLD",
        order=case.order,
        line=case.line,
        customer=case.order.customer,
        channel="portal",
        subject="x",
        problem="crushed",
        filed_at=FILED - 5 * DAY,
        state="closed",
        outcome="refunded",
    )
    assert case.values("line_complained", "line_refunded", "line_compensated_same") == (True, True, True)


def test_silence_counts_only_when_read():
    case = Case()
    row = EvidenceRequest.objects.create(
        ticket=case.ticket, party="customer", proof="unboxing_video", asked_at=FILED - 9 * DAY
    )
    assert case.values("customer_silent", "customer_unread") == (None, True)
    row.read_at = FILED - 8 * DAY
    row.save()
    assert case.values("customer_silent", "customer_silent_days") == (True, 9)
    row.answered_at = FILED
    row.save()
    assert case.values("customer_silent", "customer_answered") == (None, True)


@pytest.mark.parametrize("accepts, value", [(True, 60), (False, None)])
def test_a_partner_s_silence_counts_as_the_policy_says(luma, accepts, value):
    luma.partner_silence_accepts = accepts
    luma.save()
    case = Case()
    PartnerRequest.objects.create(
        ticket=case.ticket,
        partner=make_partner(),
        party="supplier",
        percent=60,
        due_at=FILED,
        answer="silence",
        answer_percent=60,
    )
    assert case.values("supplier_accepts") == (value,)


def rows(case: Case, n: int) -> None:
    for i in range(n):
        case.scan("arrived", 3 + i)
        Inspection.objects.create(line=case.line, level="basic", result="pass", at=PAID + i * DAY)
        CustomsEvent.objects.create(shipment=case.parcel, event="hold", at=PAID + i * DAY)
        Instruction.objects.create(order=case.order, text="Hold it", given_by="customer")
        Contact.objects.create(order=case.order, wrote_at=PAID)
        OrderRefund.objects.create(order=case.order, agreed=Decimal(1), currency_agreed="EUR")
        EvidenceRequest.objects.create(ticket=case.ticket, party="customer", proof="item_photo", asked_at=FILED)
        case.media(f"crack {i}")
        Case(line={"sku": "S", "batch": "B"})


def test_the_number_of_queries_does_not_grow_with_the_rows():
    counts = []
    for n in (1, 3):
        case = Case(line={"sku": "S", "batch": "B"}, order={"address": "Rua A 1"})
        paper = Declaration.objects.create(shipment=case.parcel)
        DeclarationLine.objects.create(declaration=paper, position=1, description="lamp")
        rows(case, n)
        ticket = Ticket.objects.select_related("order", "organization").get(pk=case.ticket.pk)
        with CaptureQueriesContext(connection) as found:
            gather(ticket, now=FILED)
        counts.append(len(found))
    assert counts[0] == counts[1] <= 30, counts

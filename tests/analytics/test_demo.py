"""The demonstration's rows are written in bulk; here they are held to what the actions guarantee."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from aftersales.orders.declarations import lint
from aftersales.orders.models import (
    Contact,
    CustomsEvent,
    Declaration,
    DeclarationLine,
    Instruction,
    Order,
    OrderRefund,
    PurchaseOrder,
    TrackingEvent,
)
from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from analytics.demo import pictures, story
from analytics.demo.load import load_site
from analytics.demo.orders import rate_of
from evidence.models import Evidence, Hold
from papers.models import Paper
from tickets.models import (
    Assessment,
    Claim,
    EvidenceRequest,
    FilingDraft,
    Finding,
    LedgerEntry,
    Mediation,
    NumberSequence,
    PartnerRequest,
    Plan,
    PlanAction,
    Return,
    RuleSet,
    SignedLink,
    StageClock,
    Ticket,
    TicketEvent,
)
from tickets.workflow import OPEN, State

# Fixed, so that the same rows are held to it on every day.
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
ARROWS = {(t.source, t.target) for t in Ticket().get_all_state_transitions()}


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """A small demonstration of one organization, written once and taken back at the end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        made = load_site("luma", random.Random(9), NOW, 5000, lambda rows: None)
        with tenant(made.organization):
            yield made
        transaction.set_rollback(True)


# Each test is a savepoint within the module's transaction.
pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_every_state_has_tickets():
    assert set(Ticket.objects.values_list("state", flat=True)) == set(State.values)


def test_each_ticket_came_to_its_state_by_existing_arrows():
    for ticket in Ticket.objects.prefetch_related("events"):
        arrows = [(e.from_state, e.to_state) for e in ticket.events.all() if e.to_state]
        assert arrows[0] == ("", "reported"), ticket
        assert set(arrows[1:]) <= ARROWS, ticket
        assert [a[1] for a in arrows[:-1]] == [a[0] for a in arrows[1:]], ticket
        assert arrows[-1][1] == ticket.state, ticket
        times = [e.at for e in ticket.events.all()]
        assert times == sorted(times) and times[-1] <= NOW


def test_numbers_are_unique_and_the_sequence_goes_on():
    year = NOW.year
    last = max(t.number for t in Ticket.objects.filter(number__contains=f"-{year}-"))
    assert NumberSequence.objects.get(kind="ticket", year=year).last == int(last.rsplit("-", 1)[1])


def test_decisions_hold():
    for assessment in Assessment.objects.prefetch_related("shares"):
        percents = [s.percent for s in assessment.shares.all()]
        # A rule that leaves it undecided may name nobody; people always name somebody.
        assert sum(percents) == 100 or (assessment.kind == "recommended" and not percents), assessment.rule
        assert assessment.basis and assessment.facts
    decided = Ticket.objects.filter(state__in=["planning", "executing", "closed", "followed_up"])
    assert not decided.exclude(assessments__kind="confirmed").exists()


def test_plans_bind_and_their_actions_have_proof():
    running = Ticket.objects.filter(state="executing")
    assert running and not running.exclude(plans__state="agreed", plans__customer_agreed_at__isnull=False).exists()
    done = Ticket.objects.filter(state__in=["closed", "followed_up"])
    assert not done.filter(Q(outcome="") | Q(root_cause="") | Q(closed_at=None)).exists()
    kept = ("agreed", "done")
    assert not PlanAction.objects.filter(plan__ticket__in=done, plan__state__in=kept, done_at=None).exists()
    for plan in Plan.objects.filter(state__in=kept).select_related("ticket").prefetch_related("actions"):
        plan.organization = Organization.objects.get(slug="luma")
        assert plan.missing_agreements() == []
    for ticket in done.annotate(cost=Sum("costs__amount")):
        ledger = {row["kind"]: row["n"] for row in ticket.ledger.order_by().values("kind").annotate(n=Sum("amount"))}
        cost = sum(a.amount for p in ticket.plans.filter(state__in=kept) for a in p.actions.all() if not a.is_claim)
        assert ledger.get("promised", 0) == ledger.get("paid", 0) == cost
        assert ticket.cost == cost - ledger.get("recovered", 0)


def test_clocks_are_as_the_clocks_would_have_left_them():
    per_ticket = Counter(StageClock.objects.filter(stopped_at=None, request=None).values_list("ticket", flat=True))
    assert set(per_ticket.values()) == {1}
    for ticket in Ticket.objects.filter(Q(state__in=OPEN) | Q(state="closed")):
        clock = StageClock.objects.get(ticket=ticket, stopped_at=None, request=None)
        assert clock.kind == ticket.state
        assert ticket.due_at == clock.due_at
        assert (ticket.waiting_for == "customer") == (clock.paused_at is not None)
    over = Ticket.objects.exclude(Q(state__in=OPEN) | Q(state="closed"))
    assert not StageClock.objects.filter(ticket__in=over, stopped_at=None).exists()
    assert not over.exclude(due_at=None).exists()


def test_the_trace_fits_the_problem():
    assert not TrackingEvent.objects.filter(at__gt=NOW).exists()
    lost = Ticket.objects.filter(problem="lost")
    assert lost and not lost.exclude(order__delivered_at=None).exists()
    assert not Ticket.objects.filter(filed_at__lt=F("order__placed_at")).exists()


def test_the_trace_has_what_the_rules_read():
    for model in (PurchaseOrder, Declaration, DeclarationLine, CustomsEvent, Instruction, Contact, OrderRefund):
        assert model.objects.exists(), model
    assert not PurchaseOrder.objects.filter(received_at__gt=NOW).exists()
    declared = Declaration.objects.select_related("shipment__order").prefetch_related("lines")
    assert any(lint(each, each.shipment.order) for each in declared)
    assert any(not [f for f in lint(each, each.shipment.order) if f.blocks] for each in declared)


def test_recommendations_name_rules_and_rows_that_exist():
    codes = {rule["code"] for rule in RuleSet.objects.get(state="published").rules}
    for assessment in Assessment.objects.filter(kind="recommended"):
        assert assessment.rule in codes, assessment.rule
        assert not [fact for fact in assessment.facts if fact["source"].endswith("None") or "@" in fact["source"]]
    assert not Assessment.objects.filter(rule="G10").exists(), "a drawing that stands for two photos is no reused one"
    decided = Assessment.objects.filter(kind="confirmed")
    assert 0.02 < decided.exclude(override="").count() / decided.count() < 0.4
    draft = RuleSet.objects.get(state="draft")
    assert draft.trial["state"] == "done" and draft.trial["tickets"]


def test_partners_have_answered_in_every_way():
    answers = set(PartnerRequest.objects.values_list("answer", flat=True))
    assert answers >= {"", "accepted", "partly", "contested", "silence"}
    for request in PartnerRequest.objects.exclude(answer=""):
        assert request.asked_at <= request.answered_at <= NOW
        assert (request.answer_percent is None) == (request.answer in ("contested", "evidence")), request
    assert PartnerRequest.objects.filter(answer="", seen_at__isnull=False).exists()
    assert SignedLink.objects.filter(kind="inbox", revoked_at=None).count() == 2


def test_returns_stand_in_every_state_and_claims_in_most():
    assert set(Return.objects.values_list("state", flat=True)) == set(Return.State.values)
    assert not Return.objects.filter(lines=None).exists()
    wrong = Return.objects.filter(state__in=["disputed", "released", "declined"])
    assert not wrong.filter(evidence=None).exists()
    numbers = NumberSequence.objects.get(kind="return", year=NOW.year).last
    assert numbers == Return.objects.filter(number__contains=f"-{NOW.year}-").count()
    assert set(Claim.objects.values_list("state", flat=True)) == set(Claim.State.values)
    for ticket in Ticket.objects.prefetch_related("claims"):
        days = [c.expires_on for c in ticket.claims.all() if c.state == "to_file" and c.expires_on]
        assert ticket.claim_by == min(days, default=None), ticket
    soon = Ticket.objects.filter(claim_by__range=(NOW.date(), NOW.date() + dt.timedelta(days=9)))
    assert soon.filter(state__in=OPEN).exists()


def test_money_is_borne_as_it_was_agreed():
    for action in PlanAction.objects.prefetch_related("shares").filter(amount__gt=0):
        shares = action.shares.all()
        assert action.is_claim or sum(s.amount for s in shares) == action.amount
        assert not shares or sum(s.percent for s in shares) == 100
    assert PlanAction.objects.annotate(n=Count("shares")).filter(n__gt=1).exists()
    assert LedgerEntry.objects.filter(reverses__isnull=False, kind="recovered").exists()
    assert Plan.objects.filter(version=2).exists() and Plan.objects.exclude(counter_wish="").exists()


def test_each_classic_scenario_is_told():
    assert Mediation.objects.filter(decided_at=None).exists() and Mediation.objects.exclude(decision="").exists()
    assert Claim.objects.filter(kind="insurer").exists()
    # A worker makes them; one pack held what was deleted since.
    taken_back = {(Paper.Kind.EVIDENCE, "failed")}
    assert set(Paper.objects.values_list("kind", "state")) == {(kind, "waiting") for kind in Paper.Kind} | taken_back
    assert Finding.objects.exists() and EvidenceRequest.objects.filter(answered_at=None).exists()
    assert EvidenceRequest.objects.exclude(answered_at=None).exists()


def test_the_clock_is_put_right_again():
    assert timezone.now() - dt.datetime.now(dt.UTC) < dt.timedelta(seconds=1)


def test_evidence_of_every_fate_is_there():
    assert Hold.objects.filter(released_at=None).exists()
    (gone,) = Evidence.objects.exclude(deleted_at=None)
    assert gone.deletion and gone.custody.filter(verb="deleted").exists()
    assert Evidence.objects.filter(failure="unreadable", thumb_key="").exists()
    assert Ticket.objects.filter(state="merged", evidence__isnull=False, merged_into__evidence__isnull=False).exists()


def test_every_product_has_a_catalogue_picture_from_before_its_first_order():
    rows = list(Evidence.objects.exclude(product=None).select_related("product"))
    assert sorted(row.product.sku for row in rows) == sorted(product.sku for product in story.PRODUCTS)
    assert len({row.sha256 for row in rows}) == len(rows)
    assert max(row.uploaded_at for row in rows) <= Order.objects.earliest("placed_at").placed_at


def test_photos_are_in_the_object_store(site):
    from evidence import storage

    row = Evidence.objects.filter(ticket__isnull=False).first()
    assert storage.digest(__import__("io").BytesIO(storage.read(row.original_key))) == row.sha256
    assert storage.read(row.thumb_key)[:2] == b"\xff\xd8"
    # Deleting one takes its copies away, so no other may be shown from them.
    for original, thumb in Evidence.objects.exclude(thumb_key="").values_list("original_key", "thumb_key"):
        assert thumb == storage.copy_key(original, "thumb")


def test_the_rate_falls_as_the_story_says():
    assert (round(rate_of(0), 3), round(rate_of(12), 3)) == (0.12, 0.048)
    first = Order.objects.order_by("placed_at")[:200]
    complained = Order.objects.filter(pk__in=[o.pk for o in first]).annotate(n=Count("tickets")).filter(n__gt=0).count()
    assert 16 <= complained <= 32


def test_the_same_seed_draws_the_same_picture():
    one = pictures.draw("lamp", "whole", 1).tobytes()
    assert one == pictures.draw("lamp", "whole", 1).tobytes() != pictures.draw("lamp", "whole", 2).tobytes()


def test_it_refuses_in_production_and_beside_other_data(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("load_demo")
    settings.PRODUCTION = False
    with pytest.raises(CommandError, match="already"):
        call_command("load_demo")
    before = TicketEvent.objects.count()
    call_command("load_demo", "--if-empty")
    assert TicketEvent.objects.count() == before
    assert FilingDraft.objects.count() == 0

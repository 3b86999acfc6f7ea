"""Every arrow of the lifecycle, and that no other exists."""

import itertools
from decimal import Decimal

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions
from tickets.models import FollowUp, Notification, Ticket, TicketEvent
from tickets.workflow import WHO, Actor, State

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    cast.by = member(cast.bob, cast.luma)
    with tenant(cast.harbor):
        make_ticket(make_order(number="LH-1"))
    with tenant(cast.luma):
        order = make_order(number="LH-1")
        make_line(order, supplier=make_partner(email="maker@foshan.example"))
        make_shipment(order, events={"picked_up": timezone.now(), "delivered": timezone.now()})
        cast.ticket = make_ticket(order)
    return cast


@pytest.fixture
def inside(own):
    with tenant(own.luma):
        yield own.luma


@pytest.fixture
def by(own):
    return own.by


@pytest.fixture
def ticket(own, inside):
    return own.ticket


ARROWS = {
    ("reported", "responsibility"), ("responsibility", "planning"), ("planning", "executing"), ("executing", "closed"),
    ("closed", "followed_up"), ("reported", "rejected"), ("responsibility", "rejected"), ("rejected", "reported"),
    ("reported", "withdrawn"), ("responsibility", "withdrawn"), ("planning", "withdrawn"), ("reported", "merged"),
    ("responsibility", "merged"), ("merged", "reported"), ("merged", "responsibility"), ("planning", "responsibility"),
    ("executing", "planning"), ("closed", "responsibility"), ("followed_up", "responsibility"),
}  # fmt: skip


def test_exactly_the_arrows_of_the_product_exist():
    found = {(t.source, t.target) for t in Ticket().get_all_state_transitions()}
    assert found == ARROWS
    assert {t.name.removesuffix("_to_reported").removesuffix("_to_responsibility")
            for t in Ticket().get_all_state_transitions()} == set(WHO)  # fmt: skip


def test_the_main_path_writes_one_event_per_arrow(ticket, by):
    done = to_stage(ticket, "followed_up", by)
    assert done.state == "followed_up"
    arrows = [(e.verb, e.from_state, e.to_state) for e in done.events.exclude(to_state="")]
    assert arrows == [
        ("filed", "", "reported"),
        ("accept", "reported", "responsibility"),
        ("confirm_responsibility", "responsibility", "planning"),
        ("agree", "planning", "executing"),
        ("close", "executing", "closed"),
        ("follow_up", "closed", "followed_up"),
    ]
    assert FollowUp.objects.get().rating == 5
    assert done.costs.get().amount == 10
    assert done.plans.get().state == "done"


@pytest.mark.parametrize("stage", ["reported", "responsibility", "planning", "executing", "closed", "followed_up"])
def test_no_arrow_is_taken_from_a_stage_that_has_none(ticket, by, stage):
    ticket = to_stage(ticket, stage, by)
    allowed = {verb for verb in WHO if any(
        t.source == stage and t.name.startswith(verb) for t in ticket.get_all_state_transitions())}  # fmt: skip
    attempts = {
        "accept": lambda: actions.accept(ticket, by=by),
        "confirm_responsibility": lambda: actions.confirm_responsibility(
            ticket, by=by, shares=[actions.Share("agent", 100)], basis="x", override="other"),
        "close": lambda: actions.close(ticket, by=by, outcome="refunded", root_cause="packing", text="x"),
        "follow_up": lambda: actions.end_follow_up(ticket),
        "reject": lambda: actions.reject(ticket, by=by, reason="x", clause="1"),
        "appeal": lambda: actions.appeal(ticket, by=actions.By.customer(ticket.customer), reason="x"),
        "withdraw": lambda: actions.withdraw(ticket, by=by, reason="by phone"),
        "unmerge": lambda: actions.unmerge(ticket, by=by),
        "contest": lambda: actions.contest(ticket, by=actions.By.partner_contact(ticket.line.supplier), text="x"),
        "revise": lambda: actions.revise(ticket, by=by, reason="x"),
        "reopen": lambda: actions.reopen(ticket, by=by, reason="x"),
    }  # fmt: skip
    for verb, attempt in attempts.items():
        if verb in allowed:
            continue
        before = TicketEvent.objects.count()
        with pytest.raises(actions.TooLate), transaction.atomic():
            attempt()
        assert TicketEvent.objects.count() == before, verb
        assert Ticket.objects.get(pk=ticket.pk).state == stage


def test_none_is_taken_twice(ticket, by):
    actions.accept(ticket, by=by)
    with pytest.raises(actions.TooLate, match="faster"):
        actions.accept(ticket, by=by)


@pytest.mark.parametrize(("verb", "kind"), [p for p in itertools.product(WHO, Actor) if p[1] != Actor.MANAGER])
def test_who_may_take_which(verb, kind):
    by = actions.By(kind, "x")
    assert by.may(verb) == (kind in WHO[verb])
    if kind == Actor.OPERATOR:
        assert actions.By(Actor.MANAGER, "x").may(verb) >= by.may(verb)


def test_a_customer_cannot_accept_and_an_operator_cannot_rate(ticket, by):
    with pytest.raises(actions.Refused, match="may not"):
        actions.accept(ticket, by=actions.By.customer(ticket.customer))
    with pytest.raises(actions.Refused):
        actions.rate(to_stage(ticket, "closed", by), by=by, rating=1)


# ── guards ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("shares", "basis", "override", "field"),
    [
        ([("supplier", 60)], "x", "other", "shares"),
        ([("supplier", 60), ("carrier", 60)], "x", "other", "shares"),
        ([("supplier", 50), ("supplier", 50)], "x", "other", "shares"),
        ([("supplier", 100), ("carrier", 0)], "x", "other", "shares"),
        ([("nobody", 100)], "x", "other", "shares"),
        ([], "x", "other", "shares"),
        ([("supplier", 100)], " ", "other", "basis"),
        ([("customs", 100)], "x", "", "override"),
    ],
)
def test_a_decision_that_does_not_hold_is_refused(ticket, by, shares, basis, override, field):
    ticket = to_stage(ticket, "responsibility", by)
    with pytest.raises(actions.Refused) as refused, transaction.atomic():
        actions.confirm_responsibility(
            ticket, by=by, shares=[actions.Share(*s) for s in shares], basis=basis, override=override
        )
    assert refused.value.field == field
    assert ticket.assessments.filter(kind="confirmed").count() == 0


def test_a_ticket_does_not_close_without_proof(ticket, by):
    ticket = to_stage(ticket, "executing", by)
    with pytest.raises(actions.Refused, match="proof"), transaction.atomic():
        actions.close(ticket, by=by, outcome="refunded", root_cause="packing", text="done")
    assert Ticket.objects.get(pk=ticket.pk).outcome == ""


def test_an_appeal_is_possible_once(ticket, by):
    customer = actions.By.customer(ticket.customer)
    actions.reject(ticket, by=by, reason="Too late", clause="4.2")
    actions.appeal(ticket, by=customer, reason="It was on time")
    actions.reject(ticket, by=by, reason="Still", clause="4.2")
    with pytest.raises(actions.Refused, match="once"):
        actions.appeal(ticket, by=customer, reason="Again")


def test_a_merge_keeps_the_number_and_can_be_undone(ticket, by):
    other = make_ticket(ticket.order)
    assert other.occurrence == 2
    actions.merge(other, by=by, into=ticket)
    other = Ticket.objects.get(pk=other.pk)
    assert (other.state, other.merged_into) == ("merged", ticket)
    with pytest.raises(actions.Refused, match="merged itself"):
        actions.merge(ticket, by=by, into=other)
    actions.unmerge(other, by=by)
    assert Ticket.objects.get(pk=other.pk).state == "reported"
    with pytest.raises(actions.Refused):
        actions.merge(ticket, by=by, into=ticket)


def test_only_tickets_of_one_customer_are_merged(ticket, by):
    stranger = make_ticket(make_order(email="other@customer.example"))
    with pytest.raises(actions.Refused, match="same customer"):
        actions.merge(stranger, by=by, into=ticket)


def test_a_customer_reopens_within_the_window_only(ticket, by, luma):
    ticket = to_stage(ticket, "closed", by)
    customer = actions.By.customer(ticket.customer)
    Ticket.objects.filter(pk=ticket.pk).update(closed_at=timezone.now() - timezone.timedelta(days=15))
    with pytest.raises(actions.Refused, match="14 days"):
        actions.reopen(ticket, by=customer, reason="Broken again")
    actions.reopen(ticket, by=by, reason="The customer phoned")
    again = Ticket.objects.get(pk=ticket.pk)
    assert (again.state, again.reopened, again.closed_at, again.confirmed_assessment()) == (
        "responsibility",
        1,
        None,
        None,
    )


# ── partner and plan ───────────────────────────────────────────────────────────────────────────────────────────────
def ask(ticket, by, percent=100):
    return actions.ask_partner(
        ticket, by=by, partner=ticket.line.supplier, party="supplier", percent=percent, text="The batch is weak."
    )


def test_a_partner_is_asked_once_and_answers_once(ticket, by):
    ticket = to_stage(ticket, "responsibility", by)
    request = ask(ticket, by)
    assert Ticket.objects.get(pk=ticket.pk).waiting_for == "partner"
    with pytest.raises(actions.Refused, match="already"):
        ask(ticket, by)
    partner = actions.By.partner_contact(request.partner)
    with pytest.raises(actions.Refused) as refused:
        actions.answer_request(request, by=partner, answer="partly", percent=None)
    assert refused.value.field == "percent"
    actions.answer_request(request, by=partner, answer="partly", percent=80, prevention="Three layers.")
    with pytest.raises(actions.TooLate):
        actions.answer_request(request, by=partner, answer="accepted")
    assert Ticket.objects.get(pk=ticket.pk).waiting_for == ""


def test_a_contest_in_planning_takes_the_ticket_back(ticket, by):
    ticket = to_stage(ticket, "responsibility", by)
    request = ask(ticket, by)
    actions.confirm_responsibility(
        ticket, by=by, shares=[actions.Share("supplier", 100)], basis="x", override="evidence"
    )
    partner = actions.By.partner_contact(request.partner)
    actions.answer_request(request, by=partner, answer="contested", text="Our photos show it whole.")
    again = Ticket.objects.get(pk=ticket.pk)
    assert again.state == "responsibility"
    assert again.confirmed_assessment() is None


def test_a_partner_that_pays_more_than_it_accepted_must_agree(ticket, by):
    ticket = to_stage(ticket, "responsibility", by)
    request = ask(ticket, by, percent=50)
    partner = actions.By.partner_contact(request.partner)
    actions.answer_request(request, by=partner, answer="accepted")
    actions.confirm_responsibility(
        ticket, by=by, shares=[actions.Share("supplier", 100)], basis="x", override="partner"
    )
    planned = [actions.Planned("refund", timezone.now().date(), Decimal(20), [actions.Pays("supplier", 100)])]
    plan = actions.propose_plan(ticket, by=by, text="All back", currency="EUR", actions=planned)
    assert plan.missing_agreements() == ["customer", "partner"]
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    assert Ticket.objects.get(pk=ticket.pk).state == "planning"
    actions.accept_plan(plan, by=partner)
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"


def test_a_plan_above_the_amount_waits_for_a_manager(ticket, by, mona, luma):
    type(luma).objects.filter(pk=luma.pk).update(approval_amount=5)
    luma.refresh_from_db()
    ticket = to_stage(ticket, "proposed", by, amount="10")
    plan = ticket.current_plan()
    assert ticket.waiting_for == "manager"
    assert not Notification.objects.filter(kind="plan").exists()
    with pytest.raises(actions.Refused, match="checked"):
        actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    with pytest.raises(actions.Refused, match="manager"):
        actions.approve_plan(plan, by=by)
    actions.approve_plan(plan, by=member(mona, luma))
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"


@pytest.mark.parametrize(
    ("kind", "amount", "currency", "days", "field"),
    [
        ("refund", "100", "EUR", 1, "amount"),
        ("refund", "0", "EUR", 1, "amount"),
        ("refund", "-1", "EUR", 1, "amount"),
        ("refund", "10", "USD", 1, "currency"),
        ("refund", "10", "EUR", -1, "due_on"),
        ("gift", "10", "EUR", 1, "kind"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(ticket, by, kind, amount, currency, days, field):
    ticket = to_stage(ticket, "planning", by)
    due = timezone.now().date() + timezone.timedelta(days=days)
    planned = [actions.Planned(kind, due, Decimal(amount), [actions.Pays("agent", 100)])]
    with pytest.raises(actions.Refused) as refused, transaction.atomic():
        actions.propose_plan(ticket, by=by, text="x", currency=currency, actions=planned)
    assert refused.value.field == field
    assert ticket.plans.count() == 0


def test_a_replaced_plan_cannot_be_accepted_and_stays_readable(ticket, by):
    ticket = to_stage(ticket, "proposed", by)
    old = ticket.current_plan()
    planned = [actions.Planned("apology", timezone.now().date())]
    new = actions.propose_plan(ticket, by=by, text="Sorry", currency="EUR", actions=planned)
    with pytest.raises(actions.TooLate, match="Replaced"):
        actions.accept_plan(old, by=actions.By.customer(ticket.customer))
    assert [p.version for p in ticket.plans.all()] == [2, 1]
    actions.refuse_plan(new, by=actions.By.customer(ticket.customer), refusal="too_little", text="No")
    assert Ticket.objects.get(pk=ticket.pk).state == "planning"


# ── the record ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_event_rows_cannot_be_changed_or_deleted(ticket):
    for sql in ("UPDATE tickets_ticketevent SET verb = 'x'", "DELETE FROM tickets_ticketevent"):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as c:
            c.execute(sql)


def test_the_state_column_refuses_an_unknown_state(ticket):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError, match="ticket_state_known"), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(state="nowhere")


def test_numbers_are_unique_per_organization_and_run_by_year(luma, harbor):
    year = timezone.now().astimezone(luma.zone).year
    for organization in (luma, harbor):
        with tenant(organization):
            numbers = [Ticket.objects.get().number, make_ticket().number, make_ticket().number]
            assert numbers == [f"AS-{year}-{n:06d}" for n in (1, 2, 3)]
    with tenant(luma):
        old = make_ticket(
            filed_at=timezone.datetime(2024, 5, 1, tzinfo=timezone.get_default_timezone()), channel="import"
        )
        assert old.number == "AS-2024-000001"


def test_every_state_is_reachable():
    assert {target for _s, target in ARROWS} | {"reported"} == set(State.values)


def test_a_partner_that_shall_pay_unasked_is_asked_and_its_acceptance_agrees(ticket, by):
    ticket = to_stage(ticket, "responsibility", by)
    actions.confirm_responsibility(ticket, by=by, shares=[actions.Share("supplier", 100)], basis="x", override="other")
    planned = [actions.Planned("refund", timezone.now().date(), Decimal(20), [actions.Pays("supplier", 100)])]
    plan = actions.propose_plan(ticket, by=by, text="All back", currency="EUR", actions=planned)
    request = ticket.partner_requests.get()
    assert (request.partner, request.percent, request.text) == (ticket.line.supplier, 100, "x")
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    assert Ticket.objects.get(pk=ticket.pk).waiting_for == "partner"
    actions.answer_request(request, by=actions.By.partner_contact(request.partner), answer="accepted")
    assert Ticket.objects.get(pk=ticket.pk).state == "executing"


def test_a_partner_without_an_address_cannot_be_made_to_pay(ticket, by):
    type(ticket.line.supplier).objects.update(email="")
    ticket = to_stage(ticket, "planning", by)
    planned = [actions.Planned("refund", timezone.now().date(), Decimal(20), [actions.Pays("supplier", 100)])]
    with pytest.raises(actions.Refused) as refused, transaction.atomic():
        actions.propose_plan(ticket, by=by, text="All back", currency="EUR", actions=planned)
    assert refused.value.field == "payer"


def test_an_answer_on_a_ticket_of_nobody_reaches_all_operators(ticket, by, bob):
    actions.write_message(ticket, by=actions.By.customer(ticket.customer), audience="public", text="Any news?")
    told = Notification.objects.filter(kind="customer_answered", channel="in_app")
    assert [n.user for n in told] == [bob]

"""Goods on their way back: every arrow, every quantity, who decides, and what waits for the goods."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from evidence.models import Evidence
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, rules
from tickets.actions.returns import ARROWS
from tickets.models import Notification, Return, Ticket, TicketEvent
from tickets.tasks import sweep_clocks

pytestmark = pytest.mark.django_db
State = Return.State
TODAY = dt.date.today()


@pytest.fixture(scope="module")
def rows(cast):
    cast.luma.return_address = "Luma Returns\nRua Nova 1\nLisboa"
    cast.luma.save()
    cast.by = member(cast.bob, cast.luma)
    with tenant(cast.luma):
        order = make_order(number="LH-1")
        make_line(order, quantity=3, supplier=make_partner())
        cast.ticket = agree(to_stage(make_ticket(order), "planning", cast.by), cast.by)
    return cast


@pytest.fixture
def by(own):
    return own.by


@pytest.fixture
def ticket(own):
    return own.ticket


def planned(*kinds, amount="10", awaits=()):
    due = TODAY + dt.timedelta(days=7)
    pays = [actions.Pays("agent", 100)]
    return [
        actions.Planned(kind, due, Decimal(amount), pays, awaits_return=kind in awaits)
        if kind == "refund"
        else actions.Planned(kind, due)
        for kind in kinds
    ]


def agree(ticket, by, kinds=("return", "refund"), **fields):
    """Take a planned ticket to a plan that is carried out; its refund waits for the goods."""
    plan = actions.propose_plan(
        ticket, by=by, text="Send it back.", currency="EUR", actions=planned(*kinds, awaits=("refund",), **fields)
    )
    if "manager" in plan.missing_agreements():
        actions.approve_plan(plan, by=actions.By(actions.base.Actor.MANAGER, "Mona"))
    actions.accept_plan(plan, by=actions.By.customer(ticket.customer))
    return Ticket.objects.get(pk=ticket.pk)


def action(ticket, kind):
    return ticket.current_plan().actions.get(kind=kind)


def begin(ticket, by, quantity=1, **fields):
    line = fields.pop("line", None) or ticket.order.lines.get()
    return actions.authorise_return(ticket, by=by, lines=[(line, quantity)], **fields)


def picture(returned):
    return Evidence.objects.create(
        returned=returned, name="x.jpg", media_type="image/jpeg", size=1, sha256="0" * 64, width=1, height=1,
        original_key=f"k{Evidence.objects.count()}", uploader_kind="operator", state="ready",
    )  # fmt: skip


def come(returned, by, *pieces):
    lines = list(returned.lines.all())
    pieces = pieces or [line.quantity for line in lines]
    return actions.receive_return(returned, by=by, received=dict(zip([line.pk for line in lines], pieces, strict=True)))


def look(returned, by, condition="as_expected", note=""):
    found = [actions.Found(line, condition, note) for line in returned.lines.all() if line.received]
    return actions.inspect_return(returned, by=by, found=found)


def told(kind):
    return Notification.objects.filter(kind=kind, channel="mail").count()


# ── authorised ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_numbers_are_of_a_sequence_of_their_own_and_the_customer_is_told(luma, ticket, by):
    with tenant(luma):
        first, second = begin(ticket, by), begin(ticket, by)
        year = timezone.now().astimezone(luma.zone).year
        assert [first.number, second.number] == [f"RMA-{year}-000001", f"RMA-{year}-000002"]
        assert ticket.number.endswith("000001")
        assert first.address == luma.return_address and first.send_by == timezone.now().astimezone(
            luma.zone
        ).date() + dt.timedelta(days=luma.return_days)
        assert told("return_authorised") == 2
        assert TicketEvent.objects.filter(verb="return_authorised").count() == 2
        mail = Notification.objects.filter(kind="return_authorised").latest("pk")
        assert second.number in mail.body and "[[link]]" in mail.body


@pytest.mark.parametrize("number", [0, -1, 4])
def test_no_more_than_was_bought(luma, ticket, by, number):
    with tenant(luma), pytest.raises(actions.Refused) as refused:
        begin(ticket, by, number)
    assert refused.value.field == "lines"


def test_what_comes_back_on_another_ticket_of_the_order_counts_until_it_is_cancelled(luma, ticket, by):
    with tenant(luma):
        first = begin(ticket, by, 2)
        other = to_stage(make_ticket(ticket.order), "planning", by)
        with pytest.raises(actions.Refused, match="1 of it can still come back"):
            begin(other, by, 2)
        begin(other, by, 1)
        with pytest.raises(actions.Refused, match="0 of it"):
            begin(ticket, by, 1)
        actions.cancel_return(first, by=by, reason="Not needed.")
        begin(ticket, by, 2)


def test_another_orders_line_and_the_same_line_twice_are_refused(luma, ticket, by):
    with tenant(luma):
        strange = make_line(make_order())
        line = ticket.order.lines.get()
        for lines in ([(strange, 1)], [(line, 1), (line, 1)], []):
            with pytest.raises(actions.Refused):
                actions.authorise_return(ticket, by=by, lines=lines)
        assert not Return.objects.exists()


def test_without_an_address_or_with_a_day_gone_it_says_so(luma, ticket, by):
    with tenant(luma):
        with pytest.raises(actions.Refused) as refused:
            begin(ticket, by, send_by=TODAY - dt.timedelta(days=3))
        assert refused.value.field == "send_by"
        luma.return_address = ""
        luma.save()
        with tenant(luma), pytest.raises(actions.Refused) as refused:
            begin(ticket, by)
        assert refused.value.field == "address"


@pytest.mark.parametrize("stage", ["reported", "responsibility"])
def test_not_before_there_is_a_plan_to_make(luma, by, stage):
    with tenant(luma), pytest.raises(actions.TooLate):
        begin(to_stage(make_ticket(), stage, by), by)


# ── the way ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_as_expected_does_the_return_and_releases_the_refund(luma, ticket, by):
    with tenant(luma):
        refund = action(ticket, "refund")
        returned = begin(ticket, by, 2, action=action(ticket, "return"))
        assert not rules.return_released(refund)
        with pytest.raises(actions.Refused):
            actions.record_execution(refund, by=by, proof="PAY-1")
        actions.mark_sent(returned, by=actions.By.customer(ticket.customer), carrier="DHL", tracking="T1")
        actions.mark_moving(returned, by=by)
        returned = come(returned, by)
        returned = look(returned, by)
        assert returned.state == State.ACCEPTED and rules.return_released(refund)
        done = action(ticket, "return")
        assert done.done_at and done.proof == returned.number
        actions.record_execution(refund, by=by, proof="PAY-1")
        verbs = list(
            TicketEvent.objects.filter(data__returned=returned.pk).order_by("id").values_list("verb", flat=True)
        )
        assert verbs == [f"return_{v}" for v in ("authorised", "sent", "moving", "received", "accepted")]
        assert told("return_received") == told("return_accepted") == 1


def test_a_short_parcel_is_named_and_somebody_decides(luma, ticket, by):
    with tenant(luma):
        returned = come(begin(ticket, by, 2), by, 1)
        assert "1 of 2" in TicketEvent.objects.get(verb="return_received").reason
        assert "1 of 2" in Notification.objects.get(kind="return_received").body
        assert look(returned, by).state == State.DISPUTED


@pytest.mark.parametrize("pieces", [-1, 3, 0])
def test_what_cannot_have_come_is_refused(luma, ticket, by, pieces):
    with tenant(luma):
        returned = begin(ticket, by, 2)
        with pytest.raises(actions.Refused) as refused:
            come(returned, by, pieces)
        assert refused.value.field == "received"


def test_not_as_expected_needs_words_and_a_photo_and_a_decision(luma, ticket, by):
    with tenant(luma):
        refund = action(ticket, "refund")
        returned = come(begin(ticket, by), by)
        with pytest.raises(actions.Refused) as refused:
            look(returned, by, "damaged")
        assert refused.value.field == "note"
        with pytest.raises(actions.Refused) as refused:
            look(returned, by, "damaged", "Scratched")
        assert refused.value.field == "photos"
        picture(returned)
        returned = look(returned, by, "damaged", "Scratched")
        assert returned.state == State.DISPUTED and not rules.return_released(refund)
        assert told("return_disputed") > 0
        with pytest.raises(actions.Refused):
            actions.decide_return(returned, by=by, release=True, text=" ")
        actions.decide_return(returned, by=by, release=True, text="A small scratch; we pay.")
        assert rules.return_released(refund) and told("return_released") == 1


def disputed(ticket, by, **fields):
    returned = come(begin(ticket, by, **fields), by)
    picture(returned)
    return look(returned, by, "used", "Worn")


def test_declined_releases_nothing_and_tells_the_customer(luma, ticket, by):
    with tenant(luma):
        returned = actions.decide_return(disputed(ticket, by), by=by, release=False, text="It was worn for months.")
        assert returned.state == State.DECLINED and not rules.return_released(action(ticket, "refund"))
        assert "worn for months" in Notification.objects.get(kind="return_declined").body


@pytest.mark.parametrize("release", [True, False])
def test_above_the_amount_a_manager_decides(luma, ticket, by, mona, release):
    with tenant(luma):
        ticket.order.lines.update(unit_price=Decimal("200.01"))
        returned = disputed(ticket, by)
        with pytest.raises(actions.Refused, match="manager"):
            actions.decide_return(returned, by=by, release=release, text="So be it.")
        actions.decide_return(returned, by=member(mona, luma), release=release, text="So be it.")


def test_a_return_under_way_holds_back_what_another_would_release(luma, ticket, by):
    with tenant(luma):
        refund = action(ticket, "refund")
        look(come(begin(ticket, by), by), by)
        second = begin(ticket, by)
        assert not rules.return_released(refund)
        actions.cancel_return(second, by=by, reason="Keep it.")
        assert rules.return_released(refund)


def test_goods_of_an_earlier_plan_count_for_the_revised_one(luma, ticket, by):
    with tenant(luma):
        look(come(begin(ticket, by, action=action(ticket, "return")), by), by)
        actions.decide_return(disputed(ticket, by, action=action(ticket, "return")), by=by, release=False, text="Worn.")
        assert not rules.return_released(action(ticket, "refund"))
        actions.revise(ticket, by=by, reason="One piece only.")
        again = agree(Ticket.objects.get(pk=ticket.pk), by, ("refund",))
        assert rules.return_released(action(again, "refund"))


# ── arrows ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def take(arrow, returned, by):
    match arrow:
        case "send":
            return actions.mark_sent(returned, by=by, carrier="DHL")
        case "move":
            return actions.mark_moving(returned, by=by)
        case "receive":
            return come(returned, by)
        case "accept":
            return look(returned, by)
        case "dispute":
            return look(returned, by, "used", "Worn")
        case "release" | "decline":
            return actions.decide_return(returned, by=by, release=arrow == "release", text="So.")
        case "cancel":
            return actions.cancel_return(returned, by=by, reason="So.")


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("arrow", ARROWS)
def test_only_the_arrows_of_the_table_exist(luma, ticket, by, arrow, state):
    with tenant(luma):
        returned = begin(ticket, by)
        picture(returned)
        returned.lines.update(received=1)
        Return.objects.update(state=state)
        events = TicketEvent.objects.count()
        sources, target = ARROWS[arrow]
        if state in sources:
            assert take(arrow, returned, by).state == target
            assert TicketEvent.objects.count() == events + 1
        else:
            with pytest.raises(actions.TooLate, match=returned.number):
                take(arrow, returned, by)
            assert Return.objects.get().state == state and TicketEvent.objects.count() == events


def test_a_customer_sends_but_does_not_receive(luma, ticket, by):
    with tenant(luma):
        returned, customer = begin(ticket, by), actions.By.customer(ticket.customer)
        for act in (lambda: come(returned, customer), lambda: actions.mark_moving(returned, by=customer)):
            with pytest.raises(actions.Refused):
                act()
        with pytest.raises(actions.Refused) as refused:
            actions.mark_sent(returned, by=customer, carrier=" ")
        assert refused.value.field == "carrier"


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────
def at(monkeypatch, moment):
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)


def test_the_customer_is_reminded_twice_and_not_after_it_was_sent(luma, ticket, by, monkeypatch):
    with tenant(luma):
        returned, sent = begin(ticket, by), begin(ticket, by)
        actions.mark_sent(sent, by=by, carrier="DHL")
    morning = dt.datetime.combine(returned.send_by, dt.time(9, 1), tzinfo=luma.zone)
    for days, count in ((3, 0), (2, 1), (2, 1), (1, 1), (0, 2), (0, 2), (-3, 2)):
        at(monkeypatch, morning - dt.timedelta(days=days))
        sweep_clocks()
        with tenant(luma):
            assert told("return_reminder") == count, days


def test_goods_that_nobody_looks_at_remind_the_desk_once(luma, ticket, by, monkeypatch):
    with tenant(luma):
        returned = come(begin(ticket, by), by)
        assert returned.next_at is not None
    for days, some in ((1, False), (2.1, True), (5, True)):
        at(monkeypatch, returned.received_at + dt.timedelta(days=days))
        sweep_clocks()
        with tenant(luma):
            found = Notification.objects.filter(kind="return_unlooked", channel="in_app")
            assert found.exists() == some
            assert found.values("user").distinct().count() == found.count()

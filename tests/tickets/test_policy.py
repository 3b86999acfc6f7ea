"""Windows, remedies and the plan that they propose; and the settings in which an admin changes them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.orders.models import Order
from aftersales.tenants.models import AuditEvent
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tickets import actions, policy
from tickets.models import Plan, PlanAction, Remedy, Ticket, Window
from tickets.models.plan import GIVES
from tickets.problems import GROUP_OF, Problem, Wish

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    with tenant(cast.harbor):
        Window.objects.create(days=1, source="Harbor", checked_on=dt.date(2026, 1, 1))
        Remedy.objects.create(position=1, name="Harbor", clause="Harbor", actions=[{"kind": "apology"}])
    with tenant(cast.luma):
        cast.planned = planning(member(cast.bob, cast.luma))
    return cast


@pytest.fixture
def inside(luma):
    with tenant(luma):
        yield luma


# ── windows ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("country", "category", "problem", "days"),
    [
        ("DE", "", "unwanted", 14), ("DE", "", "defective", 730), ("CN", "", "unwanted", 7),
        ("CN", "", "defective", 7), ("CN", "food", "unwanted", 0), ("MX", "", "unwanted", 15),
        ("MX", "", "defective", 30), ("MX", "", "lost", 180), ("MX", "", "delayed", 90), ("BR", "", "unwanted", 30),
    ],
)  # fmt: skip
def test_the_most_specific_window_wins(inside, country, category, problem, days):
    order = make_order(country=country)
    line = make_line(order, category=category)
    found = policy.window_for(order, line, problem)
    assert found.days == days and found.source


def test_own_windows_replace_the_defaults(inside):
    def add(days, **fields):
        Window.objects.create(days=days, source=str(days), checked_on=dt.date(2026, 1, 1), **fields)

    order = make_order(country="DE")
    line = make_line(order, category="Lamps")
    add(1)
    assert policy.window_for(order, line, "unwanted").days == 1
    add(2, country="EU")
    add(3, country="DE")
    assert policy.window_for(order, line, "unwanted").days == 3
    add(4, group="change")
    assert policy.window_for(order, line, "unwanted").days == 4
    add(5, country="DE", category="lamps")
    assert policy.window_for(order, line, "unwanted").days == 5
    add(None, problem="unwanted", country="EU", category="Lamps")
    assert policy.window_for(order, line, "unwanted").days is None
    assert policy.window_for(order, None, "defective").days == 3


def test_every_default_has_a_source_and_a_day():
    assert all(row.source and row.checked_on for row in policy.default_windows())
    rows = policy.default_remedies()
    assert len(rows) >= 20 and all(row.source and row.clause and row.actions for row in rows)
    kinds = {each["kind"] for row in rows for each in row.actions}
    assert kinds <= set(PlanAction.Kind.values)


# ── the proposal ───────────────────────────────────────────────────────────────────────────────────────────────────
def planning(by, problem="broken_inside", wish="", shares=(("agent", 100),), price="39.90", **fields):
    order = make_order(**fields)
    maker = make_partner(name="Oakline", email="oak@maker.example")
    line = make_line(order, supplier=maker, unit_price=Decimal(price))
    make_shipment(order, carrier=make_partner("carrier", "Swift", email="swift@carrier.example"))
    ticket = to_stage(make_ticket(order, line=line, problem=problem, wish=wish), "responsibility", by)
    chosen = [actions.Share(party, percent) for party, percent in shares]
    actions.confirm_responsibility(ticket, by=by, shares=chosen, basis="So.", override="other")
    return Ticket.objects.get(pk=ticket.pk)


@pytest.fixture
def by(inside, bob):
    return member(bob, inside)


def kinds(proposal):
    return [each.kind for each in proposal.actions]


@pytest.mark.parametrize("problem", Problem.values)
def test_every_problem_and_wish_gets_a_plan_that_can_be_proposed(own, by, problem):
    for wish in ("", *Wish.values):
        Ticket.objects.filter(pk=own.planned.pk).update(problem=problem, wish=wish)
        fresh = Ticket.objects.get(pk=own.planned.pk)
        found = policy.default_plan(fresh)
        assert found.actions and found.why, (problem, wish)
    actions.propose_plan(fresh, by=by, text="So.", currency="EUR", actions=list(found.actions))


@pytest.mark.parametrize(
    ("problem", "wish", "shares", "price", "country", "expected"),
    [
        ("defective", "refund", (("supplier", 100),), "39.90", "MX", ["return", "refund"]),
        ("defective", "refund", (("supplier", 100),), "12", "MX", ["keep_refund"]),
        ("defective", "replacement", (("supplier", 100),), "39.90", "DE", ["replacement"]),
        ("defective", "repair", (("supplier", 100),), "39.90", "DE", ["return", "repair"]),
        ("missing_part", "", (("supplier", 100),), "39.90", "MX", ["resend"]),
        ("missing_part", "keep", (("supplier", 100),), "39.90", "MX", ["keep_refund"]),
        ("wrong_item", "", (("warehouse", 100),), "39.90", "MX", ["return", "exchange"]),
        ("crushed", "", (("carrier", 100),), "39.90", "MX", ["refund", "carrier_claim"]),
        ("crushed", "", (("supplier", 100),), "39.90", "MX", ["refund"]),
        ("lost", "delivery", (("carrier", 100),), "39.90", "MX", ["replacement", "carrier_claim"]),
        ("held_documents", "", (("customs", 100),), "39.90", "MX", ["customs_assistance"]),
        ("slow_answer", "", (("agent", 100),), "39.90", "MX", ["apology"]),
        ("unwanted", "", (("customer", 100),), "39.90", "DE", ["return", "refund"]),
    ],
)  # fmt: skip
def test_problem_party_wish_value_and_country_choose(by, problem, wish, shares, price, country, expected):
    ticket = planning(by, problem=problem, wish=wish, shares=shares, price=price, country=country)
    assert kinds(policy.default_plan(ticket)) == expected


def test_amount_payers_window_and_why(by):
    now = timezone.now()
    ticket = planning(
        by, "broken_inside", "keep", (("supplier", 60), ("customer", 20), ("carrier", 20)), country="CN",
        delivered_at=now - dt.timedelta(days=60),
    )  # fmt: skip
    found = policy.default_plan(ticket)
    # Half the price, less the customer's own fifth; the rest is borne 3 to 1.
    assert [(a.kind, a.amount) for a in found.actions] == [("keep_refund", Decimal("15.96"))]
    assert [(p.party, p.percent) for p in found.actions[0].payers] == [("supplier", 75), ("carrier", 25)]
    assert found.remedy.name == "Damage, kept for less" and found.clause and found.window.days == 30
    assert "Supplier" in found.why and "30 days after the window of 30" in found.why


def test_what_cannot_be_refunded_any_more_is_not_proposed(by):
    ticket = planning(by, "crushed")
    Order.objects.update(refunded=30)
    assert policy.default_plan(Ticket.objects.get(pk=ticket.pk)).actions[0].amount == Decimal("9.90")
    Order.objects.update(refunded=Decimal("39.90"))
    assert kinds(policy.default_plan(Ticket.objects.get(pk=ticket.pk))) == ["apology"]


def test_an_insurance_pays_up_to_its_amount(by):
    ticket = planning(
        by, "crushed", shares=(("carrier", 100),), shipping_insurance="Cover Ltd", insured_amount=Decimal(25)
    )
    found = policy.default_plan(ticket)
    assert [(a.kind, a.amount) for a in found.actions] == [
        ("refund", Decimal("39.90")), ("carrier_claim", Decimal("14.90")), ("insurance_claim", Decimal(25)),
    ]  # fmt: skip
    assert "Cover Ltd pays 25" in found.insurance


def test_a_return_insurance_pays_the_way_back(by):
    ticket = planning(by, "defective", "refund", return_insurance="Back Cover")
    assert policy.default_plan(ticket).insurance == "Back Cover pays the way back."


def test_the_customers_counter_is_taken_over(by):
    ticket = planning(by, "broken_inside")
    plan = actions.propose_plan(
        ticket, by=by, text="So.", currency="EUR", actions=list(policy.default_plan(ticket).actions)
    )
    plan.counter_wish, plan.counter_amount = "keep", Decimal("17.50")
    found = policy.default_plan(Ticket.objects.get(pk=ticket.pk), plan)
    assert [(a.kind, a.amount) for a in found.actions if a.kind in GIVES] == [("keep_refund", Decimal("17.50"))]


def test_a_counter_of_the_amount_keeps_what_the_operator_had_changed(by):
    ticket = planning(by, "broken_inside", "keep", (("supplier", 70), ("agent", 30)))
    due, us = timezone.now().date() + dt.timedelta(days=9), [actions.Pays("agent", 100)]
    planned = [
        actions.Planned("keep_refund", due, Decimal(12), us, note="By card", clause="Goodwill 4"),
        actions.Planned("resend", due, note="The shade", doer="supplier"),
    ]
    plan = actions.propose_plan(ticket, by=by, text="So.", currency="EUR", actions=planned)
    plan.counter_wish, plan.counter_amount = "keep", Decimal("17.50")
    found = policy.default_plan(Ticket.objects.get(pk=ticket.pk), plan)
    assert [(a.kind, a.amount, a.note, a.clause, a.doer) for a in found.actions] == [
        ("keep_refund", Decimal("17.50"), "By card", "Goodwill 4", "agent"), ("resend", 0, "The shade", "", "supplier"),
    ]  # fmt: skip
    assert [(p.party, p.percent) for p in found.actions[0].payers] == [("agent", 100)] and "as it was" in found.why
    plan.counter_wish = "refund"
    assert "resend" not in kinds(policy.default_plan(Ticket.objects.get(pk=ticket.pk), plan))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["return", "refund", "freight_refund"], ["return", "refund"]),
        (["return", "customs_assistance"], ["return", "customs_assistance", "partial_refund"]),
        (["apology"], ["partial_refund"]),
    ],
)
def test_a_counter_keeps_the_order_of_the_plan(by, before, after):
    ticket = planning(by, "broken_inside")
    lines = [{"kind": kind, "percent": 50 if "refund" in kind else 0} for kind in before]
    Remedy.objects.create(position=1, name="Own", clause="1", actions=lines)
    plan = Plan(counter_amount=Decimal("12"))
    found = policy.default_plan(Ticket.objects.get(pk=ticket.pk), plan)
    assert [action.kind for action in found.actions] == after
    assert [a.amount for a in found.actions if a.kind in GIVES] == [Decimal("12")]


def test_one_statement_however_many_lines(by, django_assert_num_queries):
    ticket = planning(by)
    for n in (1, 3):
        for each in range(n):
            Remedy.objects.create(position=100 + each, name="x", clause="x", actions=[{"kind": "apology"}])
        fresh = Ticket.objects.select_related("order", "line").get(pk=ticket.pk)
        fresh.organization = ticket.organization
        with django_assert_num_queries(1):
            policy.default_plan(fresh)


# ── the settings ───────────────────────────────────────────────────────────────────────────────────────────────────
WINDOW = {"country": "de", "group": "change", "days": "20", "source": "Our shop", "checked_on": "2026-11-01"}


def test_reading_writes_nothing_and_only_admins_see_it(client, alice, bob, charlie, luma, inside):
    at = "/luma/settings/policy/"
    for who, status in ((bob, 403), (charlie, 404), (alice, 200)):
        client.force_login(who)
        assert client.get(at).status_code == client.get(at + "window/").status_code == status
        assert client.get(at + "remedy/?of=1").status_code == status
    page = client.get(at).content.decode()
    assert "Withdrawal within 14 days" in page and "legal guarantee" in page and "Harbor" not in page
    assert not Window.objects.exists() and not Remedy.objects.exists()


def test_the_first_change_adopts_the_defaults(client, alice, inside):
    client.force_login(alice)
    at = "/luma/settings/policy/window/"
    for change, says in (
        ({"country": "Germany"}, "at most 2"), ({"country": "1x"}, "two capital letters"),
        ({"days": "-1"}, "0 or more"),
        ({"source": ""}, "where this comes from"), ({"problem": "unwanted"}, "not both"),
        ({"checked_on": "2999-01-01"}, "still to come"), ({"country": "CN"}, "exactly this already"),
    ):  # fmt: skip
        bad = client.post(at, WINDOW | change)
        assert bad.status_code == 422 and says in bad.content.decode(), change
    assert client.post(at, WINDOW).status_code == 302
    assert Window.objects.count() == len(policy.default_windows()) + 1
    order = make_order(country="DE")
    assert policy.window_for(order, None, "unwanted").days == 20
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-2:] == ["policy_adopted", "window_changed"]
    key = "?country=EU&category=&group=change&problem="
    assert client.post(at + key, WINDOW | {"country": "EU", "days": "21"}).status_code == 302
    assert Window.objects.get(country="EU", group="change").days == 21
    assert client.post("/luma/settings/policy/window/remove/" + key).status_code == 302
    assert not Window.objects.filter(country="EU", group="change").exists()
    assert client.get(at + key).status_code == 404
    gone = client.post(at + key, WINDOW | {"country": "EU"})
    assert gone.status_code == 409 and "look at the list again" in gone.content.decode()


def remedy_of(**fields):
    return {
        "title": "Lamps: half back", "position": "1", "problems": ["broken_inside"], "wishes": [], "clause": "Lamps 1",
        "is_active": "on", "kind_0": "keep_refund", "percent_0": "50", "of_0": "item", "doer_0": "agent", "days_0": "5",
        "source": "Ours", **fields,
    }  # fmt: skip


def test_a_remedy_of_ones_own_stands_first(client, alice, by):
    client.force_login(alice)
    at = "/luma/settings/policy/remedy/"
    for change, says in (
        ({"kind_0": ""}, "at least one action"), ({"title": ""}, "Give it a name"), ({"clause": " "}, "the clause"),
        ({"value_from": "9", "value_to": "9"}, "more than"), ({"percent_0": "101"}, "less than or equal to 100"),
        ({"problems": ["bogus"]}, "valid choice"), ({"position": "0"}, "greater than or equal to 1"),
    ):  # fmt: skip
        bad = client.post(at, remedy_of(**change))
        assert bad.status_code == 422 and says in bad.content.decode(), change
    assert client.post(at, remedy_of()).status_code == 302
    ticket = planning(by, "broken_inside", "refund")
    found = policy.default_plan(ticket)
    assert found.remedy.name == "Lamps: half back" and found.actions[0].amount == Decimal("19.95")
    positions = list(Remedy.objects.values_list("position", flat=True))
    assert positions == list(range(1, len(policy.default_remedies()) + 2))
    assert client.post(at + "?of=1", remedy_of(is_active="")).status_code == 302
    assert policy.default_plan(ticket).remedy.name != "Lamps: half back"
    assert client.post("/luma/settings/policy/remedy/remove/?of=1").status_code == 302
    assert not Remedy.objects.filter(name="Lamps: half back").exists()
    for typed in ("x", "999"):
        assert client.get(at + f"?of={typed}").status_code == 404


def test_the_last_line_stays(client, alice, inside):
    Remedy.objects.create(position=1, name="Only", clause="x", actions=[{"kind": "apology"}])
    client.force_login(alice)
    page = client.post("/luma/settings/policy/remedy/remove/?of=1", follow=True).content.decode()
    assert "This is the last one" in page and Remedy.objects.count() == 1


def test_the_page_costs_the_same_with_one_and_three(client, alice, inside):
    client.force_login(alice)
    asked = []
    for n in (1, 3):
        for each in range(n):
            Remedy.objects.create(position=each + 1, name=f"R{n}", clause="x", actions=[{"kind": "apology"}])
            Window.objects.create(days=each, source="x", category=f"{n}-{each}", checked_on=dt.date(2026, 1, 1))
        client.get("/luma/settings/policy/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/luma/settings/policy/")
        asked.append(len(queries))
    assert asked[0] == asked[1], asked


# ── on the workbench and in the portal ─────────────────────────────────────────────────────────────────────────────
def test_the_proposal_stands_in_the_form_and_the_counter_is_one_click(client, bob, luma, by):
    ticket = planning(by, "broken_inside", "keep", (("supplier", 70), ("agent", 30)))
    client.force_login(bob)
    at = f"/luma/desk/tickets/{ticket.number}/"
    page = client.get(at)
    first = page.context["action_forms"][0].initial
    assert (first["kind"], first["amount"], first["pay_supplier"]) == ("keep_refund", Decimal("19.95"), 70)
    assert "Proposed by policy:" in page.content.decode() and "Damage, kept for less" in page.content.decode()
    plan = actions.propose_plan(
        ticket, by=by, text="So.", currency="EUR", actions=list(policy.default_plan(ticket).actions)
    )
    actions.counter_plan(plan, by=actions.By.customer(ticket.customer), amount=Decimal("25"), text="Cracked twice.")
    page = client.get(at).content.decode()
    assert "asks for something else" in page and "€25.00" in page and "Cracked twice." in page
    taken = client.get(at + "?take=counter")
    assert (
        taken.context["action_forms"][0].initial["amount"] == 25 and "As the customer asked" in taken.content.decode()
    )


def test_who_pays_is_folded_until_something_must_be_mended(client, bob, by):
    ticket = planning(by, "broken_inside")
    client.force_login(bob)
    at = f"/luma/desk/tickets/{ticket.number}/"
    page = client.get(at).content.decode()
    assert '<details class="way pays">' in page and '<details class="way pays" open>' not in page
    due = (timezone.now().date() + dt.timedelta(days=3)).isoformat()
    data = {"text": "So.", "a0-kind": "refund", "a0-amount": "30", "a0-due_on": due, "a0-pay_agent": "90"}
    page = client.post(at + "propose/", data).content.decode()
    assert page.count('<details class="way pays" open>') == 1 and "now they add to 90" in page


def test_the_check_says_what_it_comes_to_and_changes_nothing(client, bob, luma, by):
    ticket = planning(by, "broken_inside")
    client.force_login(bob)
    due = (timezone.now().date() + dt.timedelta(days=3)).isoformat()
    data = {
        "a0-kind": "refund", "a0-amount": "30", "a0-due_on": due, "a0-pay_agent": "50", "a0-pay_supplier": "50",
        "a1-kind": "refund", "a1-amount": "20", "a1-due_on": due, "a1-pay_agent": "90",
    }  # fmt: skip
    at = f"/luma/desk/tickets/{ticket.number}/plan-check/"
    page = client.post(at, data).content.decode()
    assert "€15.00" in page and "now they add to 90" in page
    page = client.post(at, data | {"a1-pay_agent": "100"}).content.decode()
    assert "€50.00" in page and "€10.10" in page and "too much" in page
    assert not Ticket.objects.get(pk=ticket.pk).plans.exists()


def test_every_group_has_a_remedy():
    named = {problem for row in policy.default_remedies() for problem in row.problems}
    assert set(GROUP_OF) - named <= {"other", "wrong_quantity"}

"""Everything an operator can do to a ticket, through its form: done, refused at its field, or too late."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_ticket, member, to_stage
from tests.once import *  # noqa: F403  (fixtures)
from tests.tickets.desk_cast import again, lamp, url
from tickets import actions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows(cast):
    lamp(cast.harbor, "Harbor")
    cast.ticket = lamp(cast.luma, "Luma")
    return cast


@pytest.fixture
def ticket(own):
    return own.ticket


@pytest.fixture
def desk(client, bob):
    client.force_login(bob)
    return client


@pytest.fixture
def at(ticket, luma, bob):
    """Take the ticket to a stage: `at("planning")`."""

    def go(stage: str, **fields):
        with tenant(luma):
            return to_stage(ticket, stage, member(bob, luma), **fields)

    return go


def plan_of(**fields) -> dict:
    """Return what the plan's form sends: one action, three empty rows."""
    due = (timezone.now() + dt.timedelta(days=7)).date().isoformat()
    first = {"kind": "partial_refund", "amount": "10", "pay_agent": "100", "due_on": due, "note": "", "clause": ""}
    data = {"text": "We pay a part back."} | {f"a0-{name}": value for name, value in first.items()}
    for n in (1, 2, 3):
        data |= {f"a{n}-kind": "", f"a{n}-amount": "", f"a{n}-due_on": due}
    return data | fields


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────
VERBS = [
    "accept",
    "confirm",
    "decide",
    "ask-partner",
    "propose",
    "approve",
    "send-back",
    "done/1",
    "revise",
    "close",
    "reject",
    "withdraw",
    "merge",
    "unmerge",
    "reopen",
    "assign",
    "problem",
    "reply",
    "note",
    "write-partner",
    "ask",
    "send-link",
    "take",
]


@pytest.mark.parametrize("verb", VERBS)
def test_only_members_and_only_by_post(client, ticket, charlie, alice, verb, harbor):
    with tenant(harbor):
        foreign = make_ticket(make_order()).number
    before = again(ticket).changed_at
    assert client.post(url(ticket, verb)).status_code == 302
    client.force_login(charlie)
    assert client.post(url(ticket, verb)).status_code == 404
    client.force_login(alice)
    assert client.get(url(ticket, verb)).status_code == 405
    assert client.post(f"/luma/desk/tickets/{foreign}/{verb}/").status_code == 404
    assert again(ticket).changed_at == before


@pytest.mark.parametrize("verb", ["approve", "send-back"])
def test_an_operator_approves_nothing(desk, at, ticket, verb):
    at("planning")
    assert desk.post(url(ticket, verb)).status_code == 403


# ── reported ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_accept(desk, ticket):
    response = desk.post(url(ticket, "accept"))
    assert response.status_code == 302 and again(ticket).state == "responsibility"
    late = desk.post(url(ticket, "accept"))
    assert late.status_code == 409 and "Somebody was faster" in late.content.decode()


def test_ask_for_photos(desk, ticket):
    bad = desk.post(url(ticket, "ask"), {"text": "Please, dear María"})
    assert bad.status_code == 422 and "Choose at least one thing to ask for" in bad.content.decode()
    assert "Please, dear María" in bad.content.decode() and "<title>Error:" in bad.content.decode()
    assert desk.post(url(ticket, "ask"), {"proofs": ["outer_box_photo", "bogus"]}).status_code == 422
    assert desk.post(url(ticket, "ask"), {"proofs": ["outer_box_photo", "label_photo"], "text": ""}).status_code == 302
    assert again(ticket).waiting_for == "customer" and again(ticket).due_at is None


def test_reject_needs_reason_and_clause(desk, ticket):
    bad = desk.post(url(ticket, "reject"), {"reason": "Worn by use", "clause": " "})
    assert (
        bad.status_code == 422 and "Name the clause" in bad.content.decode() and "Worn by use" in bad.content.decode()
    )
    assert desk.post(url(ticket, "reject"), {"reason": "Worn by use", "clause": "4.2"}).status_code == 302
    page = desk.get(url(ticket)).content.decode()
    assert again(ticket).state == "rejected" and "Worn by use" in page and "4.2" in page


def test_withdraw_on_request_is_recorded(desk, ticket):
    assert desk.post(url(ticket, "withdraw"), {"reason": ""}).status_code == 422
    assert desk.post(url(ticket, "withdraw"), {"reason": "By phone"}).status_code == 302
    assert again(ticket).state == "withdrawn" and "does not count" in desk.get(url(ticket)).content.decode()


def test_merge_and_unmerge(desk, ticket, luma, harbor):
    with tenant(luma):
        order = make_order(email="maria@luma.example")
        make_line(order)
        same, other = make_ticket(order), make_ticket(make_order(email="somebody@luma.example"))
    with tenant(harbor):
        foreign = [make_ticket(make_order()) for n in range(4)][-1]
    for number, sentence in (
        ("", "Write the number"),
        (ticket.number, "This is the ticket itself"),
        (foreign.number, "There is no ticket"),
        ("\x00", "There is no ticket"),
        (other.number, "Only tickets of the same customer"),
    ):
        bad = desk.post(url(ticket, "merge"), {"into": number, "reason": "Twice"})
        assert bad.status_code == 422 and "Twice" in bad.content.decode(), number
        assert sentence in bad.content.decode() or "Null characters" in bad.content.decode(), number
    assert desk.post(url(ticket, "merge"), {"into": same.number.lower()}).status_code == 302
    assert again(ticket).state == "merged" and same.number in desk.get(url(ticket)).content.decode()
    assert desk.post(url(ticket, "unmerge")).status_code == 302 and again(ticket).state == "reported"
    assert desk.post(url(ticket, "unmerge")).status_code == 409


# ── responsibility ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_confirm_what_was_recommended(desk, at, ticket):
    at("responsibility")
    shown = desk.get(url(ticket)).context["recommended"]
    assert desk.post(url(ticket, "confirm"), {"recommended": "0"}).status_code == 409
    assert desk.post(url(ticket, "confirm"), {"recommended": shown["id"]}).status_code == 302
    with tenant(ticket.organization):
        confirmed = again(ticket).confirmed_assessment()
        assert [(s.party, s.percent) for s in confirmed.shares.all()] == [
            (s["party"], s["percent"]) for s in shown["shares"]
        ]
        assert confirmed.override == "" and confirmed.basis == shown["basis"]


def test_another_responsibility_needs_shares_basis_and_reason(desk, at, ticket):
    at("responsibility")
    send = {"percent_supplier": "80", "percent_carrier": "20", "basis": "Thin padding", "override": "evidence"}
    for change, sentence in (
        ({"percent_carrier": "30"}, "now they add to 110"),
        ({"percent_carrier": "-20"}, "greater than or equal to 0"),
        ({"percent_carrier": "many"}, "Enter a whole number"),
        ({"override": ""}, "choose why"),
        ({"override": "bogus"}, "valid choice"),
        ({"basis": " "}, "Write the basis"),
        ({"percent_supplier": "", "percent_carrier": ""}, "now they add to 0"),
    ):
        bad = desk.post(url(ticket, "decide"), send | change)
        assert bad.status_code == 422 and sentence in bad.content.decode(), change
        assert "Thin padding" in bad.content.decode() or change == {"basis": " "}
    assert again(ticket).state == "responsibility"
    assert desk.post(url(ticket, "decide"), send).status_code == 302
    with tenant(ticket.organization):
        confirmed = again(ticket).confirmed_assessment()
        assert [(s.party, s.percent, str(s.partner)) for s in confirmed.shares.all()] == [
            ("supplier", 80, "Luma Oakline"),
            ("carrier", 20, "Swift Parcel"),
        ]
        assert confirmed.override == "evidence"
    words = desk.get(url(ticket)).content.decode()
    assert "The evidence shows something else" in words


def test_the_slower_decision_keeps_its_words(desk, at, ticket, luma, mona):
    at("responsibility")
    with tenant(luma):
        actions.confirm_responsibility(
            ticket, by=member(mona, luma), shares=[actions.Share("carrier", 100)], basis="Drop", override="evidence"
        )
    late = desk.post(
        url(ticket, "decide"), {"percent_supplier": "100", "basis": "My long reasoning", "override": "evidence"}
    )
    page = late.content.decode()
    assert late.status_code == 409 and "Somebody was faster" in page and "My long reasoning" in page
    assert "Propose a plan" in page
    with tenant(luma):
        assert again(ticket).confirmed_assessment().basis == "Drop"


def test_ask_the_partner_and_see_the_answer(desk, at, ticket, luma, harbor):
    at("responsibility")
    with tenant(luma):
        supplier = ticket.line.supplier
    with tenant(harbor):
        foreign = make_partner(name="Harbor Oakline")
    form = desk.get(url(ticket)).context["asking"]
    assert form.initial["text"] and "Luma Oakline" in str(form)
    for who in ("", f"supplier-{foreign.pk}", "supplier-0", "x"):
        assert desk.post(url(ticket, "ask-partner"), {"who": who, "percent": "100", "text": "Why"}).status_code == 422
    data = {"who": f"supplier-{supplier.pk}", "percent": "80", "text": "Three layers were agreed."}
    assert desk.post(url(ticket, "ask-partner"), data | {"percent": "101"}).status_code == 422
    assert desk.post(url(ticket, "ask-partner"), data).status_code == 302
    twice = desk.post(url(ticket, "ask-partner"), data)
    assert twice.status_code == 422 and "was asked already" in twice.content.decode()
    with tenant(luma):
        request = again(ticket).partner_requests.get()
        actions.answer_request(
            request,
            by=actions.By.partner_contact(supplier),
            answer="partly",
            percent=60,
            text="Padding changed.",
            prevention="3 layers",
        )
    page = desk.get(url(ticket)).content.decode()
    assert "Accepted in part" in page and "60%" in page and "3 layers" in page


# ── plan ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("wish", "kind", "amount"),
    [
        ("refund", "refund", "39.90"),
        ("replacement", "replacement", None),
        ("keep", "keep_refund", "19.95"),
        ("", "refund", "39.90"),
    ],
)
def test_the_first_plan_follows_the_wish(desk, luma, bob, wish, kind, amount):
    ticket = lamp(luma, "Luma", "LH-2", wish=wish)
    with tenant(luma):
        to_stage(ticket, "planning", member(bob, luma))
    context = desk.get(url(ticket)).context
    first = context["action_forms"][0].initial
    assert first["kind"] == kind and first["amount"] == (amount and Decimal(amount))
    assert context["plan_form"].initial["text"].startswith("Dear María")


def test_propose(desk, at, ticket):
    at("planning")
    yesterday = (timezone.now() - dt.timedelta(days=1)).date().isoformat()
    for change, sentence in (
        ({"text": ""}, "Write to the customer what you propose"),
        ({"a0-kind": ""}, "Choose what you propose to do"),
        ({"a0-amount": "0"}, "A refund needs an amount"),
        ({"a0-amount": "-3"}, "cannot be negative"),
        ({"a0-amount": "99999"}, "more cannot be refunded"),
        ({"a0-due_on": ""}, "Choose by when"),
        ({"a0-due_on": yesterday}, "from today on"),
        ({"a0-pay_agent": "60"}, "must add to 100 per cent; now they add to 60"),
        ({"a0-kind": "gift"}, "Choose an action"),
        ({"a2-amount": "5"}, "Choose an action for this amount"),
    ):
        bad = desk.post(url(ticket, "propose"), plan_of() | change)
        assert bad.status_code == 422 and sentence in bad.content.decode(), change
        assert "We pay a part back." in bad.content.decode() or "text" in change
    assert desk.post(url(ticket, "propose"), plan_of(**{"a1-kind": "apology"})).status_code == 302
    with tenant(ticket.organization):
        plan = again(ticket).current_plan()
        assert [a.kind for a in plan.actions.all()] == ["partial_refund", "apology"] and plan.currency == "EUR"
    assert "Waiting for the customer" in desk.get(url(ticket)).content.decode()


def test_above_the_amount_a_manager_approves(desk, at, ticket, luma, bob, mona):
    at("planning")
    luma.approval_amount = 5
    luma.save()
    assert desk.post(url(ticket, "propose"), plan_of()).status_code == 302
    page = desk.get(url(ticket)).content.decode()
    assert again(ticket).waiting_for == "manager" and "Waits for a manager" in page and "Approve and send" not in page
    with tenant(luma):
        plan = again(ticket).current_plan()
    desk.force_login(mona)
    assert "Approve and send" in desk.get(url(ticket)).content.decode()
    assert desk.post(url(ticket, "approve"), {"plan": "0"}).status_code == 409
    assert desk.post(url(ticket, "approve"), {"plan": plan.pk}).status_code == 302
    assert again(ticket).waiting_for == "customer"
    assert desk.post(url(ticket, "approve"), {"plan": plan.pk}).status_code == 409
    assert "Approved by Mona Manager" in desk.get(url(ticket)).content.decode()


def test_a_manager_sends_a_plan_back(desk, at, ticket, luma, mona):
    at("planning")
    luma.approval_amount = 5
    luma.save()
    desk.post(url(ticket, "propose"), plan_of())
    desk.force_login(mona)
    assert desk.post(url(ticket, "send-back"), {"reason": ""}).status_code == 422
    assert desk.post(url(ticket, "send-back"), {"reason": "Too much"}).status_code == 302
    page = desk.get(url(ticket)).content.decode()
    assert "A manager sent the plan back" in page and "Too much" in page and "Propose a plan" in page


def test_a_refused_plan_shows_why(desk, at, ticket, luma):
    at("proposed")
    with tenant(luma):
        plan = again(ticket).current_plan()
        actions.refuse_plan(
            plan, by=actions.By.customer(ticket.customer), refusal="too_little", text="I want it all back"
        )
    page = desk.get(url(ticket)).content.decode()
    assert "It is too little" in page and "I want it all back" in page


# ── execution and closing ──────────────────────────────────────────────────────────────────────────────────────────
def test_record_and_close(desk, at, ticket, luma, harbor):
    at("executing")
    action = desk.get(url(ticket)).context["proofs"][0][0]
    assert desk.post(url(ticket, "done/999999999")).status_code == 404
    bad = desk.post(url(ticket, f"done/{action.pk}"), {"proof": " "})
    assert bad.status_code == 422 and "Give the proof" in bad.content.decode()
    early = desk.post(url(ticket, "close"), {"outcome": "refunded", "root_cause": "packing", "text": "Done"})
    assert early.status_code == 422 and "Each action needs its proof" in early.content.decode()
    assert desk.post(url(ticket, f"done/{action.pk}"), {"proof": "PAY-77"}).status_code == 302
    twice = desk.post(url(ticket, f"done/{action.pk}"), {"proof": "PAY-78"})
    assert twice.status_code == 409 and "PAY-77" in twice.content.decode() and "PAY-78" in twice.content.decode()
    form = desk.get(url(ticket)).context["close"]
    assert form.initial["outcome"] == "partly_refunded" and form.initial["root_cause"]
    assert form["cost_agent"].value() == Decimal("10.00")
    data = {
        "outcome": "partly_refunded",
        "root_cause": "packing",
        "text": "It is paid.",
        "cost_supplier": "8",
        "cost_agent": "2",
    }
    for change in ({"outcome": ""}, {"root_cause": "magic"}, {"text": " "}, {"cost_agent": "-1"}, {"cost_agent": "x"}):
        assert desk.post(url(ticket, "close"), data | change).status_code == 422, change
    assert desk.post(url(ticket, "close"), data).status_code == 302
    with tenant(luma):
        assert {(c.party, c.amount) for c in again(ticket).costs.all()} == {("supplier", 8), ("agent", 2)}
    page = desk.get(url(ticket)).content.decode()
    assert "Partly refunded" in page and "Packing too weak" in page


def test_costs_left_as_counted_keep_their_partner(desk, ticket, luma, bob):
    with tenant(luma):
        to_stage(ticket, "executing", member(bob, luma))
        for action in again(ticket).current_plan().actions.all():
            actions.record_execution(action, by=member(bob, luma), proof="PAY-1")
    data = {"outcome": "partly_refunded", "root_cause": "packing", "text": "Paid.", "cost_agent": "10.00"}
    assert desk.post(url(ticket, "close"), data).status_code == 302
    with tenant(luma):
        assert again(ticket).costs.get().amount == 10


def test_another_tickets_action_is_not_recorded_here(desk, at, ticket, luma, bob):
    at("executing")
    with tenant(luma):
        other = make_ticket(make_order(email="x@luma.example"))
        to_stage(other, "executing", member(bob, luma))
        foreign = again(other).current_plan().actions.get()
    assert desk.post(url(ticket, f"done/{foreign.pk}"), {"proof": "PAY"}).status_code == 404


def test_revise_and_reopen_need_a_reason(desk, at, ticket):
    at("executing")
    assert desk.post(url(ticket, "revise"), {"reason": ""}).status_code == 422
    assert desk.post(url(ticket, "revise"), {"reason": "Out of stock"}).status_code == 302
    assert again(ticket).state == "planning" and "Out of stock" in desk.get(url(ticket)).content.decode()


def test_reopen(desk, at, ticket):
    at("closed")
    assert desk.post(url(ticket, "reopen"), {"reason": " "}).status_code == 422
    assert desk.post(url(ticket, "reopen"), {"reason": "Cracked again"}).status_code == 302
    assert again(ticket).state == "responsibility" and "Reopened" in desk.get(url(ticket)).content.decode()
    assert desk.post(url(ticket, "reopen"), {"reason": "Cracked again"}).status_code == 409

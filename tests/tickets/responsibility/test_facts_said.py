"""What people's own words add to the facts: misuse, a copy asked for, arrival in order, closed packing, advice."""

import datetime as dt

import pytest

from aftersales.orders.models import Instruction
from aftersales.tenants.scope import tenant
from tests.tickets.responsibility.test_facts import Case
from tickets.responsibility import wishes, words

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def entered(luma):
    with tenant(luma):
        yield


@pytest.mark.parametrize(
    "text, misuse",
    [
        ("it fell into the bath and has not worked since", True),
        ("statue whole, then it slips off the table", True),
        ("I plugged it straight into our 230 V socket", True),
        ("I opened it myself with a knife to change the battery", True),
        ("it gave way although it says max 100 kg", True),
        ("used it twice while showering", True),
        ("my dog chewed through the cable", True),
        ("the driver dropped it on the floor", None),
        ("a button fell off", None),
        ("I opened it and it was dead", None),
    ],
)
def test_misuse_in_the_customer_s_own_words(text, misuse):
    assert words.misuse(text) is misuse


def test_mains_are_no_misuse_of_goods_made_for_them():
    wrong = Case("defective", line={"specification": "Shaver 110 V"})
    right = Case("defective", line={"specification": "Shaver 230 V"})
    for case in (wrong, right):
        case.media("plugged it into a 230 V socket, nothing happens", kind="statement")
    assert wrong.values("misuse") == (True,)
    assert right.values("misuse") == (None,)


@pytest.mark.parametrize("made_for, misuse", [("Massage gun", True), ("Waterproof speaker", None)])
def test_water_is_no_misuse_of_goods_made_for_it(made_for, misuse):
    case = Case("defective", line={"specification": made_for})
    case.media("used it twice while showering", kind="statement")
    assert case.values("misuse") == (misuse,)


@pytest.mark.parametrize(
    "text, value",
    [
        ("they arrived fine, then our cellar was flooded", True),
        ("it came intact but a week later it fell", True),
        ("the box arrived fine", None),
        ("they did not arrive fine", None),
    ],
)
def test_arrived_in_order_and_hurt_later(text, value):
    case = Case("water")
    case.media(text, kind="statement")
    assert case.values("arrived_in_order") == (value,)


def test_leaks_and_papers_of_a_payment():
    case = Case("water")
    case.media("bottle half empty, shampoo in the bag")
    case.media("payment receipt, 45 USD", kind="document")
    assert case.values("item_leaked", "payment_shown") == (True, True)
    assert Case("water").values("item_leaked", "payment_shown") == (None, None)


@pytest.mark.parametrize(
    "note, sealed, oversized",
    [
        ("supplier's sealed carton", True, None),
        ("maker's box, unopened", None, None),
        ("carton, not sealed by the supplier", None, None),
        ("lamp in far too large carton, mostly empty", None, True),
    ],
)
def test_the_packing_note(note, sealed, oversized):
    case = Case(packing_note=note)
    assert case.values("supplier_sealed", "box_oversized") == (sealed, oversized)


def test_the_tape_that_the_customer_cuts_is_no_opening_on_the_way():
    assert words.opened("supplier's tape cut, sandals inside", unboxing=True) is None
    assert words.opened("tape cut on two sides") is True
    assert words.opened("parcel re-taped with other tape", unboxing=True) is True


def _told(case: Case, text: str, **fields) -> None:
    Instruction.objects.create(order=case.order, line=case.line, text=text, given_at=MORNING, **fields)


def test_a_copy_asked_for():
    case = Case("counterfeit")
    _told(case, "AAA copy please, I take the risk", given_by="customer")
    assert case.values("sold_as_replica") == (True,)
    other = Case("counterfeit")
    _told(other, "original only, no copy please", given_by="customer")
    assert other.values("sold_as_replica") == (None,)


def test_what_the_customer_told_and_what_we_answered():
    number = Case("held_documents")
    _told(number, "My tax number is 123", given_by="customer", was_true=False)
    assert number.values("instruction_true", "advice_true") == (False, None)
    asked = Case("ordered_wrong")
    _told(asked, "Does it fit model A?", given_by="customer", answer="Yes", was_true=False)
    assert asked.values("instruction_true", "advice_true") == (None, False)


def test_the_rest_follows():
    case = Case("missing_item")
    _told(case, "The bulb follows in a second parcel", given_by="agent")
    assert case.values("rest_announced") == (True,)


@pytest.mark.parametrize(
    "text, topic",
    [
        ("If I am out, give it to the porter", "address"),
        ("hold it, then ship together", "hold"),
        ("ship to my office", "address"),
    ],
)
def test_topics(text, topic):
    assert wishes.topic(text) == topic


def test_a_reception_is_neither_the_door_nor_a_stranger():
    assert words.delivered_how("handed to reception") == "desk"
    assert words.delivered_how("left with a neighbour") == "elsewhere"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("replica firearm, prohibited", "prohibited"),
        ("replica of a brand", "counterfeit"),
        ("reference price of customs is higher than the invoice", "undervalued"),
    ],
)
def test_reasons(text, reason):
    assert words.customs_reason(text) == reason

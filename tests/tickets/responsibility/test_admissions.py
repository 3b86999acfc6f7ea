"""What customers tell of themselves, against labels and prices; and what the seeded rules make of it."""

import datetime as dt

import pytest

from tickets.responsibility import admissions, wishes, words
from tickets.responsibility.defaults import default_rules
from tickets.responsibility.facts import Fact, Facts
from tickets.responsibility.recommendation import decide


@pytest.mark.parametrize(
    "text, admitted",
    [
        ("I moved in spring and forgot to change the address in my account.", True),
        ("My old flat was still saved in the shop", True),
        ("I left out the apartment number", True),
        ("Oh no, I must have swapped the digits when ordering", True),
        ("I should have added the company name", True),
        ("I told you in May that I moved", False),
        ("The courier left it at the wrong address", False),
        ("Your warehouse wrote a wrong postcode", False),
        ("It should be 14, the driver went to 41", False),
        ("I was home all day", False),
    ],
)
def test_an_address_of_the_customers_own_mistake(text, admitted):
    assert admissions.own_address(text) is admitted


@pytest.mark.parametrize(
    "text, handed_over, kept",
    [
        ("I signed Friday, put it beside the shed and got round to it Monday, it had poured all weekend", True, True),
        ("The parcel stood in the garden over a rainy weekend before I opened it", True, True),
        ("The parcel stood in the garden over a rainy weekend before I opened it", False, False),
        ("On Tuesday a pipe burst above the hallway", False, True),
        ("My son spilled juice over it", False, True),
        ("The driver left it in the garden and it rained", False, False),
        ("I took it out of the garden soaking wet", False, False),
        ("The box was wet when it came", True, False),
    ],
)
def test_kept_in_the_wet(text, handed_over, kept):
    assert admissions.kept_in_wet(text, handed_over) is kept


@pytest.mark.parametrize(
    "text, taken",
    [
        ("My forwarder says he signed for it but cannot find it any more", True),
        ("My flatmate Jo signed for it, now it is gone", True),
        ("My brother-in-law says he got it from the driver", True),
        ("My wife did not receive anything", False),
        ("My forwarder says nothing came", False),
        ("That is not my husband's signature", False),
        ("My neighbour signed for it", False),
    ],
)
def test_taken_in_by_the_customers_own_people(text, taken):
    assert admissions.taken_in(text) is taken


@pytest.mark.parametrize(
    "where, address, named",
    [
        ("stamped by the forwarder named in the address", "c/o Caribe Forwarding, NW 25th St 8020", True),
        ("received by ParcelHop warehouse", "ParcelHop suite 4411, 20 Dock Rd", True),
        ("handed to Hotel Astoria reception", "Hotel Astoria, room 12, 5 Quay St", True),
        ("left at the door", "14 Elm Road", False),
        ("delivered to Rivoli 5", "Rue de Rivoli 5", False),
    ],
)
def test_taken_by_whom_the_address_names(where, address, named):
    assert admissions.as_addressed(where, address) is named


@pytest.mark.parametrize(
    "made_for, account, beyond",
    [
        ("Fitness band, splash proof, not for swimming", "After my third time in the pool the screen went dark", True),
        ("Watch, waterproof 5 ATM", "went swimming and it died", False),
        ("Shelf, max 20 kg", "I put my 35 kg amplifier on it", True),
        ("Shelf, max 20 kg", "I put 10 kg of books on it", False),
        ("Lamp, indoor use only", "hung it on the balcony, after the rain it stopped", True),
        ("Casserole, for the oven, not for the stove", "put it on the stove and it burst", True),
        ("Cup, not dishwasher safe", "washed it by hand, the paint came off", False),
        ("Torch, 5 V 1 A only", "charged it at 20 V", True),
        ("Speaker, 10 W", "it stopped after 3 days", False),
    ],
)
def test_used_beyond_what_the_label_allows(made_for, account, beyond):
    assert admissions.beyond_limits(made_for, account) is beyond


@pytest.mark.parametrize(
    "text, included",
    [
        ("checkout page: duties included", True),
        ("invoice: 'delivered duty paid'", True),
        ("Handbag, black, price with duties", True),
        ("order confirmation: no further charges on delivery", True),
        ("courier's bill over 34 USD duty", False),
        ("duties not included", False),
        ("DAP instead of DDP, you pay the duty", False),
    ],
)
def test_sold_with_the_duty_in_the_price(text, included):
    assert admissions.duty_included(text) is included


@pytest.mark.parametrize(
    "text, asks",
    [
        ("Does it fit model A?", True),
        ("Please check that it fits model A", True),
        ("I guess this hose goes on it", True),
        ("Content: body spray, cosmetic. Declare it like that.", False),
    ],
)
def test_a_question_and_a_statement(text, asks):
    assert wishes.asks(text) is asks


def test_an_answer_that_settles_and_one_that_takes_note():
    assert wishes.settles("Yes, it goes on every tap.")
    assert not wishes.settles("Yes, noted")


def test_what_lies_in_the_box_is_not_the_box():
    assert words.box("box cut open, shards loose inside") is None
    assert words.box("box crushed, shards inside") == "damaged"


@pytest.mark.parametrize(
    "problem, facts, rule",
    [
        ("water", {"kept_in_wet": True, "signed": "clean", "box_at_delivery": "sound"}, "D50"),
        ("defective", {"kept_in_wet": True}, "Q43"),
        ("lost", {"delivered": True, "taken_in": True}, "L84"),
        ("not_received", {"delivered": True, "signed": "other"}, "L85"),
        ("not_received", {"delivered": True, "signed": "other", "non_receipt_declared": True}, "L23"),
        ("unexpected_duty", {"terms_as_booked": False, "declared_terms": "DDP", "terms": "DAP"}, "C61"),
        ("unexpected_duty", {"duty_included": True, "terms": "DAP"}, "C62"),
        (
            "unexpected_duty",
            {
                "duty_included": True,
                "instruction_topic": "terms",
                "instruction_followed": True,
                "declared_terms": "DAP",
            },
            "C55",
        ),
        ("crushed", {"box_at_delivery": "damaged", "cushioning": "none", "days_since_delivery": 1}, "D51"),
        ("box_damaged", {"box_at_delivery": "damaged", "signed": "clean", "days_since_delivery": 1}, "D52"),
        ("ordered_wrong", {"as_specified": True, "question_open": True}, "M07"),
    ],
)
def test_the_rules_that_read_it(problem, facts, rule):
    known = Facts({name: Fact(name, value, name, "ticket:1") for name, value in facts.items()})
    assert decide(known, problem, dt.date(2026, 1, 5), default_rules()).rule == rule

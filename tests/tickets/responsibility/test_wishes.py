"""What was asked for, offered and agreed on: its words, its facts, and what the seeded rules make of it."""

import datetime as dt

import pytest

from aftersales.orders.models import CustomsEvent, Instruction, PurchaseOrder
from aftersales.tenants.scope import tenant
from tests.tickets.responsibility.test_facts import PAID, Case
from tickets.responsibility import wishes, words
from tickets.responsibility.defaults import default_rules
from tickets.responsibility.facts import Facts
from tickets.responsibility.recommendation import decide

DAY = dt.timedelta(days=1)


@pytest.fixture
def entered(luma, db):
    with tenant(luma):
        yield


@pytest.mark.parametrize(
    "text, topic",
    [
        ("Please cancel my order", "cancel"),
        ("skip inspection, send on at once", "no_inspection"),
        ("no need to open the box", "no_inspection"),
        ("Strip the bubble wrap", "less_packing"),
        ("The scratch is fine, ship it anyway", "accept"),
        ("pale pink sold out, we send dusty rose instead", "variant"),
        ("pay it to my dollar account", "payment"),
        ("Send it DAP after all", "terms"),
        ("Take the train, cheapest is fine", "route"),
        ("Leave out the charger please", "fewer"),
        ("Please park the tins at your place until my ceramics show up", "hold"),
        ("Mr Petit at number 18 takes it for me", "address"),
    ],
)
def test_topics(text, topic):
    assert wishes.topic(text) == topic


@pytest.mark.parametrize(
    "answer, value",
    [
        ("Black works for me", True),
        ("no problem, send it", True),
        ("No thanks, too expensive", False),
        ("don't mind", True),
        ("S please", None),
    ],
)
def test_a_yes_and_a_no(answer, value):
    assert wishes.agreed(answer) is value


@pytest.mark.parametrize(
    "told, place, found",
    [
        ("Mr Petit at number 18 takes it", "18 rue des Tanneurs, signed M. Petit", True),
        ("neighbour at number 9", "Kerkstraat 19", False),
        ("into the garden shed please", "carton in the shed", True),
        ("House number is 12, not 21", "Rue B 21", False),
        ("never leave it with the neighbour", "handed to neighbour", False),
        ("give it to the porter", "Lyon", None),
    ],
)
def test_where_the_customer_had_told(told, place, found):
    assert wishes.where_told(told, place, "Kerkstraat 5") is found


@pytest.mark.parametrize(
    "warning, account, same",
    [
        ("110 V only, burns out on 230 V without a converter", "put it into the wall, 230 V, no converter", True),
        ("110 V, needs a converter", "always used with the step-down converter you recommended", False),
        ("wash by hand and cold only", "I washed it with the towels", True),
        ("not for outdoors, rain ruins it", "a seam came off", False),
    ],
)
def test_the_risk_that_was_warned_of(warning, account, same):
    assert wishes.same_risk(warning, account, "Thing") is same


@pytest.mark.parametrize(
    "text, did",
    [
        ("two holes drilled into the carton by the officers", {"opened": True, "hurt": True}),
        ("One bottle retained for laboratory analysis", {"took": True}),
        ("Box opened by officers, no damage", {"opened": True}),
        ("Carton arrived crushed, opened for a check", {}),
        ("Selected for random sampling", {}),
    ],
)
def test_what_customs_write_that_they_did(text, did):
    assert words.customs_did(text) == did


def test_two_obstacles():
    assert words.two_obstacles("goods described as daily use item without HS number; recipient has not furnished CPF")
    assert not words.two_obstacles("importer's tax number missing")


@pytest.mark.parametrize(
    "text, box",
    [
        ("carton in the customer's hands, all edges straight", "sound"),
        ("undented carton", "sound"),
        ("carton square and dry", "sound"),
        ("parcel handed over, not a scratch", "sound"),
        ("carton slashed along two edges", "damaged"),
    ],
)
def test_more_words_for_a_box(text, box):
    assert words.box(text, "box") == box


def test_harm_after_a_sound_box_is_the_item_s():
    assert words.box("faultless carton opened, shards") == "sound"
    assert words.item("faultless carton opened, shards") == "damaged"
    assert words.box("carton pressed in, torn at the side") == "damaged"


def test_goods_for_110_volts_on_the_mains():
    assert words.overloaded("straight into our wall outlet (230 V)", "Rice cooker, 110 V")
    assert not words.overloaded("through a transformer into the wall socket", "Rice cooker, 110 V")
    assert not words.overloaded("into the wall socket", "Rice cooker, 110-240 V, 230 V plug")


def _said(case, text, **fields):
    return Instruction.objects.create(order=case.order, line=case.line, text=text, **fields)


def test_an_offer_and_the_customer_s_answer(entered):
    agreed, refused = Case("wrong_item"), Case("wrong_item")
    _said(agreed, "Black sold out, grey instead?", given_by="agent", confirmed_by="customer", followed=True)
    _said(refused, "Black sold out, grey instead?", given_by="agent", answer="No, please wait")
    names = ("advice_topic", "advice_confirmed", "advice_declined", "advice_followed")
    assert agreed.values(*names) == ("variant", True, None, True)
    assert refused.values(*names) == ("variant", False, True, None)


def test_an_answer_marked_untrue_is_ours(entered):
    case = Case("unexpected_duty")
    _said(case, "Will I have to pay duty?", given_by="agent", answer="No", was_true=False)
    assert case.values("advice_confirmed", "advice_true") == (None, False)


def test_cancelled_before_the_purchase(entered):
    case = Case("unwanted")
    _said(case, "Please cancel", given_by="customer", given_at=PAID + DAY, confirmed_by="agent", followed=False)
    PurchaseOrder.objects.create(line=case.line, reference="P", placed_at=PAID + 3 * DAY)
    assert case.values("instruction_topic", "instruction_before_purchase") == ("cancel", True)


def test_left_with_whom_the_customer_named(entered):
    case = Case("not_received", delivery_place="Kerkstraat 9", order={"address": "Kerkstraat 5"})
    _said(case, "Mrs Janssens at number 9 accepts it for me, neighbour", given_by="customer", confirmed_by="carrier")
    assert case.values("delivered_as_told", "instruction_to_carrier") == (True, True)


def test_what_arrived_is_what_the_customer_asked_for(entered):
    case = Case("wrong_size_colour", line={"specification": "Jacket L"}, ticket={"received": "Jacket XL"})
    _said(case, "Make it XL instead of L", given_by="customer", followed=True)
    assert case.values("as_asked") == (True,)


def test_just_what_was_warned_of(entered):
    case = Case("fails_in_use")
    _said(case, "Wash by hand only", given_by="agent", confirmed_by="customer", warned=True)
    case.media("washed it with the towels", kind="statement")
    assert case.values("as_warned") == (True,)


def test_customs_facts(entered):
    case = Case("box_damaged")
    reason = "carton cut by the officer for examination"
    CustomsEvent.objects.create(shipment=case.parcel, event="examination", at=PAID, has_letter=True, reason=reason)
    assert case.values("customs_opened", "customs_hurt", "customs_took") == (True, True, None)


@pytest.mark.parametrize(
    "problem, values, code, first",
    [
        ("wrong_item", "advice_confirmed !as_specified !purchase_as_specified", "A01", "customer"),
        ("inspection_missed", "instruction_topic=no_inspection instruction_followed", "A12", "customer"),
        ("unwanted", "instruction_topic=cancel !instruction_followed instruction_confirmed", "A14", "agent"),
        ("refund_currency", "instruction_topic=payment instruction_followed refund_paid", "A16", "customer"),
        ("refund_currency", "!refund_currency_same refund_accepted", "R06", "agent"),
        ("not_received", "delivered_as_told !delivered_right", "L80", "customer"),
        ("box_damaged", "customs_hurt signed=damage", "D47", "customs"),
        ("held_documents", "customs_both customer_silent", "C57", "agent"),
        ("defective", "as_warned", "A06", "customer"),
        ("not_received", "delivered signed=none !delivery_photo", "L30", "carrier"),
    ],
)
def test_the_rules_on_what_was_agreed(problem, values, code, first):
    facts = Facts()
    for known in values.split():
        name, _, value = known.strip("!").partition("=")
        facts.put(name, value or not known.startswith("!"), "x", "ticket:1")
    found = decide(facts, problem, dt.date(2026, 5, 1), default_rules())
    assert (found.rule, found.shares[0][0]) == (code, first)
    assert (code == "L30") is (found.confidence < 50)

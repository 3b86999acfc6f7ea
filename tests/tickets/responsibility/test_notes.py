"""What notes tell beside the goods: each list says the same in other words, the second the contrary."""

import pytest

from tickets.responsibility import notes

CASES = (
    (
        notes.by_customs,
        (
            "customs tape all round",
            "opened by customs",
            "carton closed with the tape of customs",
            "Zoll: resealed by customs officers",
            "customs seal cut, no charger",
            "re-taped by border force",
            "yellow customs inspection tape",
            "customs had opened it",
            "examined by the customs office",
            "official tape on both flaps",
        ),
        ("tape intact", "not opened by customs", "no customs tape", "customs duty paid", "handed over at customs"),
    ),
    (
        notes.left_complete,
        (
            "opened for examination, contents complete",
            "nothing was removed",
            "examined, no goods taken",
            "all items put back",
            "closed again without removal",
            "goods complete, released",
        ),
        ("two bottles removed", "opened for examination", "one piece retained"),
    ),
    (
        notes.collected,
        (
            "43 euro cash on delivery",
            "31 euro collected",
            "VAT collected at the door",
            "driver charged 20 pounds duty",
            "courier wanted customs fee",
            "refused, addressee did not pay 30 euro duty",
            "COD 25",
            "driver took 12 dollars in cash",
        ),
        (
            "handed to the customer",
            "no duty collected",
            "left at the door",
            "collected by the customer",
            "signed, 2 pieces",
        ),
    ),
    (
        lambda text: notes.collected(text, by_customer=True),
        (
            "driver's receipt, 43 euro VAT",
            "courier receipt 31 euro VAT",
            "receipt from DHL: duty 12.40",
            "UPS invoice for import duty",
        ),
        ("customs bill to my name, 40 euro duty", "bank statement", "invoice 88 euro", "carrier label"),
    ),
    (
        notes.attempt_denied,
        (
            "I never refused anything",
            "nobody rang",
            "I was home all day",
            "no courier came that day",
            "I did not refuse it",
            "the driver never rang",
            "nobody ever tried to deliver",
            "there was no attempt at all",
            "No one knocked at my door",
        ),
        ("I refused it", "the courier came while I was out", "I was not home", "I did not want it any more"),
    ),
    (
        notes.names_others,
        (
            "receipt for 14 parcels, this number is not on it",
            "list signed, our parcel not listed",
            "does not name the parcel",
            "lists other parcels",
            "signed for another shipment",
            "number missing on the list",
        ),
        ("receipt with number and stamp", "signed for all 15 parcels", "list of 12, ours is number 4"),
    ),
    (
        notes.refused_damaged,
        (
            "refused by the addressee, box crushed",
            "addressee refused, parcel wet",
            "refused: carton torn open",
            "not accepted by customer, package damaged",
        ),
        ("refused by the addressee", "box crushed", "refused, no reason", "refused, parcel undamaged"),
    ),
)


@pytest.mark.parametrize(("reads", "said", "contrary"), CASES)
def test_a_note_is_read_in_other_words_and_its_contrary_is_not(reads, said, contrary):
    assert [text for text in said if not reads(text)] == []
    assert [text for text in contrary if reads(text)] == []


@pytest.mark.parametrize(
    ("goods", "country", "unfit"),
    [
        ("Dryer 220 V", "MX", True),
        ("Blender 110V, US plug", "DE", True),
        ("Kettle 230 V", "DE", False),
        ("Kettle 120 volt", "US", False),
        ("Charger 100-240 V", "US", False),
        ("Lamp 110 V or 220 V", "MX", False),
        ("Cup 220 ml", "US", False),
        ("Fan 220 V", "", False),
    ],
)
def test_goods_for_another_voltage_than_the_country_has(goods, country, unfit):
    assert notes.mains_unfit(goods, country) is unfit

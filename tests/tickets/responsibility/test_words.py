"""The vocabulary: what short texts clearly say, what they deny, and where they say nothing."""

import pytest

from tickets.responsibility import wishes, words


@pytest.mark.parametrize(
    "text, state",
    [
        ("box intact, all six sides", "sound"),
        ("carton without a dent, from all sides", "sound"),
        ("no mark on the box", "sound"),
        ("crushed carton on the doorstep", "damaged"),
        ("carton pressed in", "damaged"),
        ("box torn at one side", "damaged"),
        ("water stains on the carton", "wet"),
        ("soaked parcel on the step", "wet"),
        ("dry carton", "sound"),
        ("box not damaged", "sound"),
        ("broken lamp", None),
        ("the parcel", None),
        ("lamp in its box", None),
        ("outer carton undamaged, lamp broken", "sound"),
        ("label with my name", None),
    ],
)
def test_the_outer_box(text, state):
    assert words.box(text) == state


@pytest.mark.parametrize(
    "text, state",
    [
        ("lamp, no crack", "sound"),
        ("crack", "damaged"),
        ("lamp whole", "sound"),
        ("mirror without a crack", "sound"),
        ("bowl with a chip at the rim", "damaged"),
        ("box crushed", None),
        ("box intact, lamp shattered", "damaged"),
        ("two broken glasses, thin paper", "damaged"),
        ("wet jacket", "wet"),
        ("blue teapot as ordered", None),
    ],
)
def test_the_item(text, state):
    assert words.item(text) == state


@pytest.mark.parametrize(
    "text, how",
    [
        ("one layer of paper", "weak"),
        ("no padding", "weak"),
        ("mirror laid in without cushioning", "weak"),
        ("thick foam", "adequate"),
        ("lamp in double carton", "adequate"),
        ("the lamp", None),
    ],
)
def test_padding(text, how):
    assert words.padding(text) == how


@pytest.mark.parametrize(
    "text, opened",
    [
        ("seal broken", True),
        ("foreign tape over a torn flap", True),
        ("tape intact", False),
        ("parcel re-taped by carrier", True),
        ("seal not opened", False),
        ("a box", None),
    ],
)
def test_opened_on_the_way(text, opened):
    assert words.opened(text) is opened


@pytest.mark.parametrize(
    "text, misuse",
    [
        ("it fell from the table", True),
        ("sole fell off after a week", None),
        ("I dropped it on the floor", True),
        ("washed at 60 degrees", True),
        ("never dropped it", False),
        ("normal use for two weeks", False),
        ("it stopped", None),
        ("kettle with boiling water does not switch off", None),
    ],
)
def test_use(text, misuse):
    assert words.misuse(text) is misuse


@pytest.mark.parametrize(
    "text, reason",
    [
        ("commercial invoice missing", "papers"),
        ("value too low", "undervalued"),
        ("replica of a brand", "counterfeit"),
        ("prohibited import", "prohibited"),
        ("random check", "random"),
        ("importer's tax number needed", "importer"),
        ("duty not paid", "duty_unpaid"),
        ("description too vague", "misdeclared"),
        ("", None),
        ("see attachment", None),
    ],
)
def test_reasons_of_customs(text, reason):
    assert words.customs_reason(text) == reason


@pytest.mark.parametrize(
    "text, result",
    [
        ("parcel cannot be found", "lost"),
        ("never handed over to us", "not_handed_over"),
        ("delivered to a neighbour", "elsewhere"),
        ("delivery confirmed, GPS matches", "delivered"),
        ("", None),
    ],
)
def test_results_of_a_trace(text, result):
    assert words.trace_result(text) == result


@pytest.mark.parametrize(
    "text, how",
    [
        ("left on step as asked", "request"),
        ("handed to neighbour", "elsewhere"),
        ("at the door", "door"),
        ("delivered", None),
    ],
)
def test_left_where(text, how):
    assert words.delivered_how(text) == how


@pytest.mark.parametrize(
    "text, topic",
    [
        ("remove the shoe box to save weight", "less_packing"),
        ("extra bubble wrap please", "more_packing"),
        ("declare 10 dollars", "value"),
        ("leave the parcel on the step", "address"),
        ("hold it until March", "hold"),
        ("send size L instead", "variant"),
        ("thanks", None),
    ],
)
def test_topics_of_instructions(text, topic):
    assert wishes.topic(text) == topic


@pytest.mark.parametrize(
    "text, vague",
    [
        ("gift", True),
        ("Electronics", True),
        ("sample goods", True),
        ("Table lamp, ceramic", False),
        ("cotton T-shirt", False),
    ],
)
def test_vague_descriptions(text, vague):
    assert words.vague(text) is vague

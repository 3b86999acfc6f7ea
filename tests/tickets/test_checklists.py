"""What is enough: for each problem, for each likely claim; counted from rows, without a database."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tickets.checklists import ASKS, carrier_list, have, likely, places_of, status
from tickets.guide import enough_words, please_send, shots_asked, shots_of
from tickets.problems import GROUP_OF, GROUPS, TILES, Group, Place, Problem
from tickets.proofs import ASKED_OF, HOW_OF, PLACE_OF, Party, Proof

ON_RECORD = {
    "tracking_number", "tracking_log", "finished_trace", "paid_order", "dimensions", "inspection_photo",
    "dispatch_weight",
}  # fmt: skip


def row(place: str = "other", kind: str = "photo", state: str = "ready", deleted_at: str | None = None) -> dict:
    return {"place": place, "kind": kind, "state": state, "deleted_at": deleted_at}


def rows(*places: str) -> list[dict]:
    return [row(place) for place in places]


def codes(lines) -> list[str]:
    return [str(line.code) for line in lines]


# ── by problem ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("problem", "sent", "missing"),
    [
        ("broken_inside", [], ["item_photo", "close_up_photo", "outer_box_photo"]),
        ("broken_inside", ["whole", "close_up", "box"], ["outer_box_photo"]),
        ("broken_inside", ["whole", "close_up", "box", "box"], []),
        ("crushed", ["whole", "close_up", "padding", "label"], ["outer_box_photo"]),
        ("box_damaged", ["box", "box", "whole"], []),
        ("defective", ["whole"], ["close_up_photo"]),
        ("expired", ["whole", "serial"], []),
        ("wrong_item", ["whole"], ["label_photo"]),
        ("missing_part", ["whole", "padding"], []),
        ("not_received", [], ["non_receipt_declaration"]),
        ("held_documents", [], ["customs_letter"]),
        ("held_documents", ["letter"], []),
        ("delayed", [], []),
        ("refund_amount", [], ["bank_statement"]),
        ("unwanted", [], []),
        ("slow_answer", [], []),
        ("other", [], []),
    ],
)
def test_what_decides_a_problem(problem, sent, missing):
    found = status(problem, have(rows(*sent)))
    assert codes(line.entry for line in found.missing) == missing
    assert found.decides == (not missing)


def test_the_box_says_how_many_of_two():
    def box(*places):
        lines = status("crushed", have(rows(*places))).lines
        return next((line.have, line.is_there) for line in lines if line.entry.code == "outer_box_photo")

    assert [box(*["box"] * n) for n in (0, 1, 2, 5)] == [(0, False), (1, False), (2, True), (2, True)]


def test_what_failed_or_was_deleted_proves_nothing():
    bad = [row("whole", state="failed"), row("close_up", deleted_at="2026-03-02T10:00:00+00:00")]
    assert codes(line.entry for line in status("defective", have(bad)).missing) == ["item_photo", "close_up_photo"]
    under_way = [row("whole", state="pending"), row("close_up", state="pending")]
    assert status("defective", have(under_way)).decides


def test_a_film_counts_wherever_it_was_put():
    line = status("defective", have([row("other", kind="video")])).lines[-1]
    assert (line.entry.code, line.is_there, line.needed) == ("fault_video", True, False)


def test_what_came_by_another_way_counts_unless_files_say_less():
    assert status("not_received", have([], {"non_receipt_declaration"})).decides
    told = {"item_photo", "close_up_photo", "outer_box_photo"}
    assert status("crushed", have([], told)).decides
    assert not status("crushed", have(rows("box"), told)).decides


def test_every_problem_has_a_list_or_needs_none():
    for group, problems in GROUPS.items():
        for problem in problems:
            found = status(problem, have([]))
            if group in (Group.QUALITY, Group.WRONG, Group.DAMAGE, Group.CUSTOMS):
                assert found.missing, problem
            assert all(line.entry.why and line.entry.of_customer for line in found.lines), problem
    assert set(GROUP_OF) == set(Problem.values)
    for tile in TILES:
        assert len(set(places_of(tile.problem))) == len(places_of(tile.problem)) <= 5


def test_the_customer_is_told_how_for_each_thing_asked():
    wanted = {proof for needed, useful in ASKS.values() for proof in (*needed, *useful)}
    assert {p for p in wanted if ASKED_OF[p] != Party.CUSTOMER} == set()
    assert wanted <= set(HOW_OF) and set(PLACE_OF) <= set(HOW_OF)


# ── by claim ───────────────────────────────────────────────────────────────────────────────────────────────────────
def missing_of(problem: str, sent, record=ON_RECORD, **claim) -> list[str]:
    (each,) = status(problem, have(sent, record), likely(problem, **claim)).enough_for
    assert each.is_enough == (not each.missing)
    return codes(each.missing)


def test_the_list_of_ups_ends_with_the_box_makers_certificate():
    ups = {"carrier": "UPS", "regime": "UPS international"}
    sent = rows("whole", "padding", "label", "box", "box")
    assert missing_of("crushed", sent, **ups) == ["certificate"]
    assert missing_of("crushed", [*sent, row("box_mark")], **ups) == []
    assert missing_of("crushed", [*sent, row("box_mark")], ON_RECORD - {"dimensions"}, **ups) == ["dimensions"]
    assert missing_of("crushed", sent[:-1], **ups) == ["six_sides", "certificate"]


@pytest.mark.parametrize("regime", ["FedEx international", "DHL Express", "Post, registered or parcel"])
def test_no_other_carrier_wants_the_certificate(regime):
    assert missing_of("crushed", rows("close_up", "padding", "label", "box", "box"), carrier="X", regime=regime) == []


def test_packing_photos_of_ours_show_the_inner_packaging_but_not_the_item_in_it():
    record = ON_RECORD | {"packing_photo"}
    found = missing_of("crushed", rows("whole", "label", "box", "box"), record, carrier="DHL", regime="DHL Express")
    assert found == ["in_box"]


def test_a_loss_waits_for_the_trace_and_the_declaration():
    dhl = {"carrier": "DHL", "regime": "DHL Express"}
    assert missing_of("lost", [], set(), **dhl)[:2] == ["trace", "non_receipt"]
    assert missing_of("not_received", [], ON_RECORD - {"finished_trace"}, **dhl) == ["trace", "non_receipt"]
    assert missing_of("lost", [], ON_RECORD | {"non_receipt_declaration"}, **dhl) == []


def test_a_delay_needs_no_photo():
    assert missing_of("delayed", [], carrier="UPS", regime="UPS US") == []


def test_a_shortage_is_claimed_like_damage_but_a_wrong_item_is_nothing_to_the_carrier():
    carrier = {"carrier": "UPS", "regime": "UPS US"}
    assert [each.code for each in likely("missing_part", **carrier)] == ["damage"]
    for problem in ("wrong_item", "defective", "unwanted", "slow_answer", "held_documents"):
        assert "damage" not in [each.code for each in likely(problem, **carrier)]
    assert likely("crushed") == []


def test_customs_want_their_letter():
    assert missing_of("seized", [], carrier="UPS", regime="UPS US") == ["letter"]
    assert missing_of("seized", rows("letter")) == []
    assert missing_of("held_documents", [], ON_RECORD | {"customs_letter"}) == []


def test_a_marketplace_wants_media_where_goods_arrived():
    assert missing_of("defective", [], marketplace=True) == ["media"]
    assert missing_of("defective", rows("whole"), marketplace=True) == []
    assert missing_of("defective", [row(kind="video")], marketplace=True) == []
    assert missing_of("refund_amount", [], marketplace=True) == []


def test_each_list_names_its_source_and_the_day():
    lists = [
        carrier_list(event, regime) for event in ("damage", "loss", "delay") for regime in ("UPS US", "DHL Express")
    ]
    for each in (*lists, *likely("seized"), *likely("defective", marketplace=True)):
        assert each.source and each.checked_on == dt.date(2026, 11, 21) and each.entries


# ── what is asked ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_missing_is_asked_of_the_customer_once():
    at = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
    claims = likely("crushed", carrier="UPS", regime="UPS US")
    found = status("crushed", have(rows("whole")), claims, {"label_photo": at, "box_mark_photo": at})
    wanted = ["close_up_photo", "outer_box_photo", "inner_packing_photo", "label_photo", "box_mark_photo"]
    assert [str(proof) for proof in found.wanted] == wanted
    assert [str(proof) for proof in found.to_ask] == wanted[:3]
    assert found.waiting == [(Proof.BOX_MARK_PHOTO, at)]
    assert {line.entry.code: line.asked_at for line in found.lines}["label_photo"] == at


def test_the_places_asked_for_are_exactly_those():
    shots = shots_asked(["label_photo", "item_photo", "new_item_photo", "bank_statement", "statement_of_use"])
    assert [(shot.place, str(shot.label)) for shot in shots] == [
        ("label", "Shipping label"), ("whole", "Whole item"), ("other", "Bank statement"),
    ]  # fmt: skip
    assert str(shots[2].how) and shots_asked(["statement_of_use"]) == []


def test_what_is_enough_in_words():
    shots = shots_of("wrong_item")
    assert (
        enough_words(shots, {"whole": 1, "label": 0})
        == "These 2 are enough to decide: Whole item, Shipping label. More helps."
    )
    assert enough_words(shots, {"label": 1, "whole": 2}) == "This is enough to decide. More helps."
    assert "Customs letter" in enough_words(shots_of("seized"), {})
    one_box = {"whole": 1, "close_up": 1, "box": 1}
    assert "3 are enough" in enough_words(shots_of("crushed"), one_box)
    assert enough_words(shots_of("crushed"), one_box | {"box": 2}) == "This is enough to decide. More helps."
    assert enough_words(shots_of("other"), {}) == "Photos help us, but none is needed."


def test_the_words_say_how_to_take_each():
    words = please_send([Proof.LABEL_PHOTO, Proof.OUTER_BOX_PHOTO])
    assert words.splitlines() == [
        "Please send us:",
        "• Photo of the shipping label: Near enough to read the tracking number.",
        "• Photos of the outer box, all sides: Two photos, three sides in each.",
    ]
    assert please_send([Proof.CARRIER_TRACE]) == "Please send us: Carrier's trace."
    with translation.override("ar"):
        assert str(Proof.LABEL_PHOTO.label) in please_send([Proof.LABEL_PHOTO])


def test_each_place_has_its_drawing():
    drawings = (Path(settings.BASE_DIR) / "static" / "examples.svg").read_text()
    for place in Place:
        assert place == Place.OTHER or f'id="{place.value}"' in drawings, place

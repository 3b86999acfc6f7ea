"""When a picture says it was taken, against what is known of the parcel and the complaint."""

import datetime as dt

import pytest

from evidence.story import Story, against

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
DISPATCHED = dt.datetime(2026, 11, 2, 12, tzinfo=dt.UTC)
DELIVERED, FILED = DISPATCHED + 8 * DAY, DISPATCHED + 9 * DAY
STORY = Story(sent_at=FILED + 2 * DAY, dispatched_at=DISPATCHED, delivered_at=DELIVERED, filed_at=FILED)


@pytest.mark.parametrize(
    ("taken", "text", "odd"),
    [
        (DISPATCHED - 3 * DAY, "Taken 3 d before the parcel was sent.", True),
        (DELIVERED - 3 * DAY, "Taken 3 d before the parcel was delivered.", True),
        (DELIVERED - HOUR / 2, "Taken when the parcel was delivered.", False),
        (DELIVERED + 2 * HOUR, "Taken 2 h 00 after delivery.", False),
        (FILED + 3 * DAY, "Its time is after it was sent to us: the clock was wrong.", True),
    ],
)
def test_a_customers_picture(taken, text, odd):
    (remark,) = against(taken, STORY)
    assert (remark.text, remark.odd) == (text, odd)


def test_a_picture_taken_after_filing_says_both():
    assert [(remark.text, remark.odd) for remark in against(FILED + DAY, STORY)] == [
        ("Taken 2 d after delivery.", False), ("Taken 1 d after the complaint was filed.", False),
    ]  # fmt: skip


def test_long_after_delivery_is_odd():
    late = Story(sent_at=DELIVERED + 90 * DAY, delivered_at=DELIVERED)
    assert [remark.odd for remark in against(DELIVERED + 60 * DAY, late)] == [True]


def test_nothing_known_says_nothing():
    assert against(None, STORY) == [] and against(DELIVERED, Story(sent_at=FILED)) == []


def test_a_picture_of_the_warehouse_is_older_than_the_parcels_way():
    ours = Story(sent_at=FILED, dispatched_at=DISPATCHED, delivered_at=DELIVERED, ours=True)
    assert against(DISPATCHED - DAY, ours) == []
    (remark,) = against(DISPATCHED + DAY, ours)
    assert remark.odd and remark.text == "Taken 1 d after the parcel was sent."

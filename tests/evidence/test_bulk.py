"""ZIPs of the warehouse, hostile and ordinary: what becomes of each file."""

import struct
import zipfile

import pytest

from aftersales.orders.models import IntakeFile
from aftersales.tenants.scope import tenant
from evidence.intake import bulk, bulk_zip
from evidence.models import Evidence
from tests.evidence.conftest import fresh
from tests.evidence.zips import done, kept, packed, results

pytestmark = pytest.mark.django_db


def test_every_file_is_named_with_what_became_of_it(luma, harbor, bob, orders):
    one = fresh()
    files = {
        "photos/LH-1/inspection/whole-1.jpg": one,
        "photos/LH-1/packing/label.jpg": fresh(),
        "photos/LH-1/packing/SP1/box.jpg": fresh(),
        "LH-1-inspection-2.jpg": fresh(),
        "photos/LH-1/inspection/copy.jpg": one,
        "photos/LH-1/inspection/VASE/3.jpg": fresh(),
        "photos/HB-1/packing/1.jpg": fresh(),
        "photos/LH-1/packing/broken.jpg": b"\xff\xd8\xff\xe0 not a photo",
        "photos/LH-1/packing/list.xlsx": b"PK",
        "__MACOSX/photos/._x": b"?",
        "IMG_1.jpg": fresh(),
        "photos/LH-1/packing/": b"",
    }
    batch = done(luma, bob, packed(files))
    assert results(batch) == {
        "photos/LH-1/inspection/whole-1.jpg": "kept",
        "photos/LH-1/packing/label.jpg": "kept",
        "photos/LH-1/packing/SP1/box.jpg": "kept",
        "LH-1-inspection-2.jpg": "kept",
        "photos/LH-1/inspection/copy.jpg": "same",
        "photos/LH-1/inspection/VASE/3.jpg": "refused",
        "photos/HB-1/packing/1.jpg": "lost",
        "photos/LH-1/packing/broken.jpg": "refused",
        "photos/LH-1/packing/list.xlsx": "skipped",
        "__MACOSX/photos/_x": "skipped",
        "IMG_1.jpg": "refused",
    }
    assert (batch.state, batch.percent, batch.files_total) == ("done", 100, 11)
    assert (batch.kept, batch.same, batch.refused, batch.lost, batch.skipped) == (4, 1, 3, 1, 2)
    assert not bulk.zip_path(batch).exists()
    assert kept(harbor) == 0
    with tenant(luma):
        places = sorted(Evidence.objects.values_list("place", "uploaded_by__email"))
        assert places == [(place, bob.email) for place in ("box", "label", "whole", "whole")]
        reason = IntakeFile.objects.get(name__contains="VASE").reason
        assert "VASE" in reason


def test_the_same_zip_again_changes_nothing(luma, bob, orders):
    data = packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(3)})
    first, again = done(luma, bob, data), done(luma, bob, data)
    assert (first.kept, again.kept, again.same) == (3, 0, 3)
    assert kept(luma) == 3


def test_too_many_for_one_parcel_are_refused_with_the_reason(luma, bob, orders):
    batch = done(luma, bob, packed({f"LH-1/packing/{n}.jpg": fresh() for n in range(14)}))
    assert (batch.kept, batch.refused) == (12, 2)
    with tenant(luma):
        assert all("12" in reason for reason in batch.files.filter(outcome="refused").values_list("reason", flat=True))


# ── hostile ZIPs ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "name",
    [
        "../../LH-1/packing/a.jpg",
        "/etc/LH-1/../a-packing.jpg",
        "..\\LH-1\\packing\\a.jpg",
        "LH-1/packing/..\\..\\a.jpg",
    ],
)
def test_names_that_climb_write_nowhere(luma, bob, orders, name):
    batch = done(luma, bob, packed({name: fresh()}))
    assert list(results(batch).values()) == ["refused"]
    assert kept(luma) == 0


def test_odd_names_are_shown_harmless(luma, bob, orders):
    batch = done(
        luma,
        bob,
        packed({"LH-1/packing/\u202egpj.exe\u200b.jpg": fresh(), "LH-1/packing/" + "é" * 200 + ".jpg": fresh()}),
    )
    assert batch.kept == 2
    for name in results(batch):
        assert "\u202e" not in name and "\u200b" not in name and len(name) <= 300


def test_a_bomb_is_refused_by_the_bytes_that_come_out(luma, bob, orders):
    bomb = packed(
        {"LH-1/packing/bomb.jpg": b"\xff\xd8\xff" + b"\0" * (19 * 1024 * 1024)}, compression=zipfile.ZIP_DEFLATED
    )
    assert len(bomb) < 40_000
    # The directory lies: it says that the entry is small.
    at = bomb.rindex(b"PK\x01\x02") + 24
    liar = bomb[:at] + struct.pack("<I", 100) + bomb[at + 4 :]
    for data in (bomb, liar):
        batch = done(luma, bob, data)
        assert (batch.state, batch.refused, batch.kept) == ("done", 1, 0)


def test_more_than_is_allowed_stops_the_zip(luma, bob, orders, monkeypatch):
    monkeypatch.setattr(bulk_zip, "MOST_BYTES", 10_000)
    files = {"LH-1/packing/1.jpg": fresh(), **{f"LH-1/packing/{n}.pdf": b"%PDF" + b"x" * 4000 for n in range(4)}}
    batch = done(luma, bob, packed(files))
    assert batch.state == "failed" and "2 GB" in batch.failure and batch.kept == 1
    assert not bulk.zip_path(batch).exists()


def test_too_many_entries_are_told_at_once(luma, bob):
    batch = done(luma, bob, packed({f"{n}.txt": b"" for n in range(2_001)}))
    assert batch.state == "failed" and "2001" in batch.failure.replace(",", "") and batch.files_done == 0


def test_a_directory_that_claims_gigabytes_is_not_read(luma, bob):
    data = packed({"LH-1/packing/1.jpg": fresh()})
    end = data.rindex(b"PK\x05\x06")
    huge = b"\0" * (5 * 1024 * 1024)
    start_of = data.index(b"PK\x01\x02")
    fields = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, end - start_of + len(huge), start_of, 0)
    batch = done(luma, bob, data[:end] + huge + fields)
    assert batch.state == "failed" and "no ZIP that can be read" in batch.failure


@pytest.mark.parametrize("cut", [4, 30, 200])
def test_what_is_no_zip_ends_with_a_reason(luma, bob, cut):
    batch = done(luma, bob, packed({"LH-1/packing/1.jpg": fresh()})[:cut])
    assert batch.state == "failed" and batch.failure


def test_locked_nested_unusual_and_damaged_entries_are_refused_alone(luma, bob, orders):
    data = bytearray(packed([("LH-1/packing/locked.jpg", fresh()), ("LH-1/packing/good.jpg", fresh())]))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + offset] |= 1
    batch = done(luma, bob, bytes(data))
    assert results(batch) == {"LH-1/packing/locked.jpg": "refused", "LH-1/packing/good.jpg": "kept"}
    inner = packed({"LH-1/packing/deep.jpg": fresh()})
    batch = done(luma, bob, packed({"LH-1/packing/deep.zip": inner, "LH-1/packing/deep.jpg": inner}))
    assert results(batch) == {"LH-1/packing/deep.zip": "skipped", "LH-1/packing/deep.jpg": "refused"}
    batch = done(luma, bob, packed({"LH-1/packing/x.jpg": fresh()}, compression=zipfile.ZIP_LZMA))
    assert results(batch) == {"LH-1/packing/x.jpg": "refused"}
    stored = bytearray(packed({"LH-1/packing/crc.jpg": fresh()}))
    stored[stored.index(b"\xff\xd8") + 40] ^= 0xFF
    batch = done(luma, bob, bytes(stored))
    assert results(batch) == {"LH-1/packing/crc.jpg": "refused"}
    assert kept(luma) == 1

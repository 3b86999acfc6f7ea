"""Files that cost far more than their size tells: refused before or soon after they begin to, and no honest one is."""

import io
import struct
import time
import zlib

import pytest
from PIL import Image

from evidence import media
from evidence.sandbox import LIMITS
from tests.evidence.pictures import corners, encode, photo, upload, video
from tests.evidence.test_hostile import STARTS, box, flate, page_of


def reason(data: bytes) -> str:
    """Return why a file is refused, within its time, or "accepted"."""
    begun = time.process_time()
    try:
        media.inspect(upload(data))
    except media.NotAccepted as error:
        return error.reason
    finally:
        assert time.process_time() - begun < 0.5, "the process that asked has other things to do"
    return "accepted"


def scans(jpeg: bytes, times: int) -> bytes:
    """Return a progressive JPEG whose last scan comes so many times more."""
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * times + jpeg[-2:]


def grey(side: int) -> bytes:
    return encode(Image.new("L", (side, side), 90), progressive=True)


def chunked(*chunks: tuple[bytes, bytes], at: int) -> bytes:
    """Return a PNG with chunks put in at one place."""
    data = photo("PNG")
    extra = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return data[:at] + extra + data[at:]


COSTLY = {
    "JPEG of 400 scans": (scans(grey(7000), 400), "heavy"),
    "JPEG of 60 scans": (scans(grey(64), 60), "heavy"),
    "JPEG of filling": (b"\xff\xd8" + b"\xff" * 5_000_000 + photo()[3:], "damaged"),
    "JPEG of filling before its scan": (photo().replace(b"\xff\xda", b"\xff" * 5_000_000 + b"\xff\xda", 1), "heavy"),
    "PNG of empty pieces": (chunked(*[(b"IDAT", b"")] * 60_000, at=-12), "heavy"),
    "PNG one pixel wide": (encode(Image.new("L", (1, 70_000)), "PNG"), "heavy"),
    "MP4 of empty boxes behind it": (STARTS["mp4"] + box(b"free", b"") * 100_000, "damaged"),
    "PDF of a million fields": (page_of(flate(b"0 0 200 200 re f " * 1_000_000)), "heavy"),
}


@pytest.mark.parametrize("name", COSTLY)
def test_what_costs_more_than_it_may_is_refused(name):
    data, wanted = COSTLY[name]
    assert reason(data) == wanted


HONEST = {
    "JPEG of ten scans": grey(600),
    "JPEG of as many scans as may be": scans(grey(64), 40),
    "JPEG with some filling": b"\xff\xd8" + b"\xff" * 60 + photo()[3:],
    "JPEG with a film behind it": photo() + video(seconds=1) + b"\xff\xda" * 200,
    "PNG of many pieces": chunked(*[(b"tEXt", b"a\0b")] * 4000, at=-12),
}


@pytest.mark.parametrize("name", HONEST)
def test_what_cameras_and_programs_write_is_not(name):
    assert reason(HONEST[name]) == "accepted"


def test_nobody_waits_two_seconds_for_a_video_or_document_that_is_made_to_last():
    """A photo's limit is wider: counts of pixels, scans and parts hold it, and slow machines open real ones too."""
    assert max(LIMITS["video"].cpu, LIMITS["document"].cpu) <= 1.8


def test_a_limit_of_a_part_of_a_second_is_kept():
    """The kernel's own limit knows whole seconds."""
    data = page_of(flate(b"0 0 200 200 re f " * 1_000_000))
    begun = time.monotonic()
    assert reason(data) == "heavy"
    assert time.monotonic() - begun < LIMITS["document"].wall


WEBM = b"\x1aE\xdf\xa3"


@pytest.mark.parametrize(
    "rest", [b"", b"\x84\x42\x82", b"\x87\x42\x82\x84webm", b"\x01" + b"\xff" * 6 + b"\xfe", b"\xff"]
)
def test_a_webm_of_its_beginning_only_is_damaged(rest):
    assert reason(WEBM + rest) == "damaged"


def test_a_cameras_film_with_uncompressed_sound_is_taken():
    assert reason(video("mov", seconds=1, sound="pcm_s16le")) == "accepted"


@pytest.mark.parametrize("brand", [b"heif", b"MiHB", b"isom"])
def test_a_heic_that_calls_itself_a_video_is_none(brand):
    data = photo("HEIF")
    assert reason(data[:8] + brand + data[12:]) == "damaged"


def test_a_large_grey_photo_of_sixteen_bits_has_copies():
    image = corners(2400, 1800).convert("L").convert("I").point(lambda value: value * 256).convert("I;16")
    data = encode(image, "PNG")
    assert media.inspect(upload(data)).width == 2400
    shown = Image.open(io.BytesIO(media.render(upload(data)).display))
    assert shown.size == (1600, 1200)
    assert abs(shown.convert("L").getpixel((100, 100)) - corners().convert("L").getpixel((2, 2))) < 6

"""What is taken as evidence, and what its copies keep. No database, no store."""

import datetime as dt
import io
import resource
import struct
import time

import pytest
from PIL import Image, ImageCms

from evidence import media
from tests.evidence.pictures import (
    GPS,
    RED,
    corners,
    document,
    encode,
    encrypted,
    moving,
    photo,
    png_header,
    upload,
    video,
)

MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic", "MPO": "image/jpeg"}


def both(copies: media.Copies) -> tuple[bytes, bytes]:
    return copies.display, copies.thumb


def refusal(data: bytes, name: str = "IMG_0001.jpg") -> media.NotAccepted:
    with pytest.raises(media.NotAccepted) as caught:
        media.inspect(upload(data, name))
    return caught.value


# ── what is taken ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_four_formats_are_taken_whatever_the_name_says(kind):
    data = photo(kind)
    facts = media.inspect(upload(data, "scan.pdf"))
    assert (facts.kind, facts.media_type, facts.width, facts.height, facts.size) == (
        "photo", MEDIA[kind], 64, 48, len(data),
    )  # fmt: skip


def test_a_phones_jpeg_with_a_second_picture_inside_is_taken():
    data = encode(corners(), "MPO", save_all=True, append_images=[corners().rotate(180)])
    assert media.inspect(upload(data)).media_type == "image/jpeg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_dimensions_are_those_that_are_displayed(orientation):
    facts = media.inspect(upload(photo(orientation=orientation)))
    assert (facts.width, facts.height) == ((64, 48) if orientation < 5 else (48, 64))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_every_way_to_keep_colours_is_taken_and_shown(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = encode(corners().convert("L").convert("I;16") if mode == "I;16" else corners().convert(mode), kind)
    assert media.inspect(upload(data)).width == 64
    assert Image.open(io.BytesIO(media.render(upload(data)).display)).mode == "RGB"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "HEIF", "PNG"])
def test_time_and_place_are_read_where_the_photo_says_them(kind):
    facts = media.inspect(upload(photo(kind, taken="2026:05:01 10:30:00", offset="+02:00")))
    assert facts.taken == dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
    assert (facts.latitude, facts.longitude) == (pytest.approx(38.716667), pytest.approx(-9.133333))


def test_a_time_without_an_offset_is_no_moment_and_the_satellites_time_is_one():
    assert media.inspect(upload(photo(taken="2026:05:01 10:30:00"))).taken is None
    gps = GPS | {7: (8.0, 29.0, 59.0), 29: "2026:05:01"}
    facts = media.inspect(upload(photo(taken="2026:05:01 10:30:00", gps=gps)))
    assert facts.taken == dt.datetime(2026, 5, 1, 8, 29, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "W", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (99.0, 0.0, 0.0), 3: "W", 4: (1.0, 0.0, 0.0)},
        {1: "N", 2: (1.0, 2.0)},
    ],
)
def test_a_place_of_nonsense_is_no_place_and_no_refusal(gps):
    facts = media.inspect(upload(photo(gps=gps, taken="yesterday", offset="+02:00")))
    assert (facts.latitude, facts.longitude, facts.taken) == (None, None, None)


VIDEOS = {
    "mp4": ("mp4", "libx264", "aac", {}, "video/mp4"),
    "hevc": ("mp4", "libx265", "", {}, "video/mp4"),
    "fragments": ("mp4", "libx264", "aac", {"movflags": "frag_keyframe+empty_moov"}, "video/mp4"),
    "mov": ("mov", "libx264", "aac", {"movflags": "faststart"}, "video/quicktime"),
    "vp8": ("webm", "libvpx", "libopus", {}, "video/webm"),
    "vp9": ("webm", "libvpx-vp9", "", {}, "video/webm"),
    "recorder": ("webm", "libvpx", "", {"live": "1"}, "video/webm"),
    "av1": ("webm", "libsvtav1", "", {}, "video/webm"),
    "mpeg4": ("mp4", "mpeg4", "", {}, "video/mp4"),
}  # fmt: skip


@pytest.mark.parametrize("name", VIDEOS)
def test_videos_are_taken_with_length_and_size(name):
    form, codec, sound, options, media_type = VIDEOS[name]
    data = video(form, codec, sound=sound, options=options)
    facts = media.inspect(upload(data, "IMG_1.jpg"))
    assert (facts.kind, facts.media_type, facts.width, facts.height, facts.size, facts.pages) == (
        "video", media_type, 160, 120, len(data), None,
    )  # fmt: skip
    assert facts.duration == pytest.approx(2, abs=0.2)
    assert Image.open(io.BytesIO(media.render(upload(data)).display)).size == (160, 120)


def test_what_phones_append_behind_a_video_is_no_damage():
    data = video(sound="aac")
    assert media.inspect(upload(data + b"SEFHe\0\0\0SEFT")).duration == media.inspect(upload(data)).duration


def test_a_video_trimmed_on_the_phone_is_taken():
    data = video(seconds=2)
    at = data.index(b"elst") + 4
    whole = data[:at] + data[at : at + 8] + struct.pack(">Ii", 500, 6144) + data[at + 16 :]
    assert media.inspect(upload(whole)).width == 160
    assert media.render(upload(whole)).width == 160


def test_a_videos_time_and_place_are_read():
    tags = {"creation_time": "2026-05-01T08:30:00Z", "location": "+38.7166-009.1333+012.0/"}
    facts = media.inspect(upload(video("mov", metadata=tags)))
    assert facts.taken == dt.datetime(2026, 5, 1, 8, 30, tzinfo=dt.UTC)
    assert (facts.latitude, facts.longitude) == (38.7166, -9.1333)


def test_a_document_is_taken_with_its_pages():
    data = document(3)
    facts = media.inspect(upload(data, "video.mp4"))
    assert (facts.kind, facts.media_type, facts.pages, facts.size) == ("document", "application/pdf", 3, len(data))
    assert media.inspect(upload(b"a mailbox line\r\n" + data)).pages == 3


def test_a_path_an_open_file_and_an_upload_are_all_taken(tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(photo())
    with path.open("rb") as file:
        assert media.inspect(path) == media.inspect(file) == media.inspect(upload())


# ── what is refused, and how it is said ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<!doctype html><script>alert(1)</script>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (encode(corners(), "GIF"), "GIF"),
        (encode(corners(), "TIFF"), "TIFF"),
        (encode(corners(), "BMP"), "BMP"),
        (b"PK\x03\x04" + b"\0" * 40, "archive"),
        (b"\0\0\0\x18ftypqt  " + b"\0" * 40, "damaged"),
        (b"\0\0\0\x18ftypM4A " + b"\0" * 40, "sound recording"),
        (b"\0\0\0\x18ftyphevc" + b"\0" * 40, "moving HEIC"),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://10.0.0.1/x.ts\n", "list of addresses"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "list of addresses"),
        (b"MZ" + b"\0" * 60, "program"),
        (video("matroska"), "MKV"),
        (video("avi", "mpeg4"), "AVI"),
        (b"%PDF-1.7\nnothing\n%%EOF\n", "damaged"),
        (b"<html><body>%PDF-1.7", "web page"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 40, "AVIF"),
        (b"just words", "not a photo, video or PDF"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "damaged"),
        (moving("PNG"), "moving"),
        (moving("WEBP"), "moving"),
    ],
)
def test_what_is_not_accepted_is_refused_by_name_with_what_to_do(data, words):
    error = refusal(data)
    assert words in str(error)
    assert len(str(error).split(".")) > 2, "a reason and a mend"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_truncated_photos_are_refused(kind):
    data = photo(kind, size=(640, 480))
    for part in (0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * part)]).reason == "damaged"


def test_a_png_with_a_wrong_check_sum_is_refused():
    data = bytearray(photo("PNG"))
    data[data.index(b"IDAT") + 20] ^= 0xFF
    assert refusal(bytes(data)).reason == "damaged"


@pytest.mark.parametrize("name", ["mp4", "mov", "fragments", "vp8", "av1"])
def test_truncated_videos_are_refused(name):
    form, codec, sound, options, _type = VIDEOS[name]
    data = video(form, codec, sound=sound, options=options)
    for part in (0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * part)]).reason == "damaged"


def test_truncated_and_protected_documents_are_refused():
    data = document(3)
    for part in (0.3, 0.6, 0.9):
        assert refusal(data[: int(len(data) * part)]).reason == "damaged"
    error = refusal(encrypted(data))
    assert error.reason == "locked" and "password" in str(error)
    assert refusal(document(201)).reason == "pages"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (video("mp4", "libx264", size=(4352, 64), seconds=0.2), "sides"),
        (video("mp4", "libx264", size=(2400, 2400), seconds=0.2), "sides"),
        (video("mov", "mjpeg", seconds=0.2, pixels="yuvj420p"), "codec"),
        (video("mp4", "libx264", seconds=0.5, stretch=4000), "long"),
    ],
)
def test_videos_that_cannot_be_shown_are_refused_with_a_way_out(data, reason):
    error = refusal(data)
    assert error.reason == reason and len(str(error).split(".")) > 2


@pytest.mark.parametrize(
    ("kind", "data"), [("photo", photo()), ("document", document(1)), ("video", video(seconds=0.2))]
)
def test_too_many_bytes_are_refused_with_the_limit_of_the_kind(kind, data, tmp_path):
    path, limit = tmp_path / "file", media.MAX_BYTES[kind]
    path.write_bytes(data)
    with path.open("r+b") as file:
        file.truncate(limit + 1)
    with pytest.raises(media.NotAccepted) as caught:
        media.inspect(path)
    assert caught.value.reason == "bytes" and f"{limit // 1024 // 1024} MB" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        encode(Image.new("L", (10_000, 10_000)), "PNG"),
        png_header(65_535, 65_535),
        b"\xff\xd8\xff\xe0\x00\x04\0\0\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + b"\0" * 20,
        b"RIFF\x10\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + b"\0" * 20,
    ],
)
def test_bombs_are_refused_at_their_header_in_a_tenth_of_a_second(data):
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    assert refusal(data).reason == "pixels"
    assert time.process_time() - start < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_bomb_of_text_does_not_reach_the_memory():
    import zlib

    text = b"Comment\0\0" + zlib.compress(b"\0" * 50_000_000)
    assert refusal(png_header(8, 8, (b"zTXt", text))).reason == "damaged"


# ── copies ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def near(colour, wanted) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, wanted, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_copies_stand_upright(kind, orientation):
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }[orientation]  # fmt: skip
    wanted = corners() if undo is None else corners().transpose(undo)
    for data in both(media.render(upload(photo(kind, orientation=orientation)))):
        shown = Image.open(io.BytesIO(data))
        assert shown.size == wanted.size
        for at in ((5, 5), (shown.width - 6, 5), (5, shown.height - 6)):
            assert near(shown.getpixel(at), wanted.getpixel(at))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_copies_hold_nothing_but_the_picture(kind):
    mark = b"PAYLOAD-AFTER-THE-END"
    options = {"comment": b"a comment"} if kind == "JPEG" else {}
    data = photo(
        kind, mark=mark, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), **options
    )
    assert b"Phone Maker" in data
    for copy in both(media.render(upload(data))):
        shown = Image.open(io.BytesIO(copy))
        assert shown.format == "JPEG" and not shown.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp", "dpi"} & set(shown.info)
        assert not any(word in copy for word in (b"Phone Maker", b"GPS", b"a comment", mark))


def test_copies_have_their_sizes_and_small_photos_stay_small():
    copies = media.render(upload(photo(size=(4000, 1000))))
    assert Image.open(io.BytesIO(copies.display)).size == (1600, 400)
    assert Image.open(io.BytesIO(copies.thumb)).size == (320, 80)
    assert Image.open(io.BytesIO(media.render(upload(photo())).display)).size == (64, 48)


def test_transparent_pictures_are_shown_on_white():
    shown = Image.open(io.BytesIO(media.render(upload(encode(Image.new("RGBA", (40, 40)), "PNG"))).display))
    assert near(shown.getpixel((20, 20)), (255, 255, 255))


def test_a_broken_colour_profile_does_not_matter():
    assert media.render(upload(photo(icc_profile=b"nonsense" * 30))).display


def test_the_fingerprint_is_of_the_picture_not_of_its_bytes():
    scene = Image.effect_noise((80, 60), 90).resize((800, 600)).convert("RGB")
    prints = [
        media.render(upload(encode(image, kind, **options))).fingerprint
        for image, kind, options in (
            (scene, "JPEG", {"quality": 92}),
            (scene.resize((400, 300)), "PNG", {}),
            (scene, "WEBP", {"quality": 60}),
            (scene.transpose(Image.Transpose.ROTATE_180), "JPEG", {}),
        )
    ]
    assert all(len(each) == 32 for each in prints)
    apart = [(int(prints[0], 16) ^ int(each, 16)).bit_count() for each in prints[1:]]
    assert apart[0] <= 6 and apart[1] <= 6 and apart[2] > 30


def test_a_picture_of_one_colour_has_no_fingerprint():
    assert media.render(upload(encode(Image.new("RGB", (300, 200), (120, 118, 121))))).fingerprint == ""


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_videos_poster_stands_upright_and_holds_nothing_else(rotation):
    tags = {"location": "+38.7166-009.1333/", "title": "PRIVATE-TITLE"}
    data = video(rotation=rotation, metadata=tags) + b"\0\0\0\x1dfreePAYLOAD-AFTER-THE-END"
    assert b"PRIVATE-TITLE" in data
    facts, copies = media.inspect(upload(data)), media.render(upload(data))
    assert (facts.width, facts.height) == ((160, 120) if rotation % 180 == 0 else (120, 160))
    for copy in both(copies):
        shown = Image.open(io.BytesIO(copy))
        assert (shown.width, shown.height) == (facts.width, facts.height)
        low, right = shown.height - 15, shown.width - 15
        red = {0: (15, 15), 90: (right, 15), 180: (right, low), 270: (15, low)}[rotation]
        assert near(shown.getpixel(red), RED) and not near(
            shown.getpixel((right - red[0] + 15, low - red[1] + 15)), RED
        )
        assert not any(word in copy for word in (b"PRIVATE", b"38.7", b"PAYLOAD"))


def test_a_documents_copy_is_its_first_page_and_nothing_else():
    data = document(2, "INVOICE-NUMBER")
    copies = media.render(upload(data + b"\n<script>PAYLOAD</script>"))
    shown = Image.open(io.BytesIO(copies.display))
    assert (copies.width, copies.height) == shown.size and shown.width == 1600 and shown.height in (1120, 1121)
    assert near(shown.getpixel((5, 5)), (255, 255, 255)) and shown.convert("L").getextrema()[0] < 60
    assert not any(word in copy for copy in both(copies) for word in (b"INVOICE", b"PAYLOAD", b"typst", b"Typst"))

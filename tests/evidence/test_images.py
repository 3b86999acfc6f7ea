"""What is a photo, and what its copies keep. No database, no store."""

import io
import os
import random
import resource
import time

import pytest
from PIL import Image, ImageCms

from evidence import images, sandbox
from tests.evidence.pictures import corners, encode, moving, photo, png_header, upload

MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic", "MPO": "image/jpeg"}


def refusal(data: bytes, name: str = "IMG_0001.jpg") -> images.NotAnImage:
    with pytest.raises(images.NotAnImage) as caught:
        images.inspect(upload(data, name))
    return caught.value


# ── what is taken ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_the_four_formats_are_taken_whatever_the_name_says(kind):
    data = photo(kind)
    facts = images.inspect(upload(data, "scan.pdf"))
    assert (facts.media_type, facts.width, facts.height, facts.size) == (MEDIA[kind], 64, 48, len(data))


def test_a_phones_jpeg_with_a_second_picture_inside_is_taken():
    data = encode(corners(), "MPO", save_all=True, append_images=[corners().rotate(180)])
    assert images.inspect(upload(data)).media_type == "image/jpeg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_dimensions_are_those_that_are_displayed(orientation):
    facts = images.inspect(upload(photo(orientation=orientation)))
    assert (facts.width, facts.height) == ((64, 48) if orientation < 5 else (48, 64))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1", "I;16"])
def test_every_way_to_keep_colours_is_taken_and_shown(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    data = encode(corners().convert("L").convert("I;16") if mode == "I;16" else corners().convert(mode), kind)
    assert images.inspect(upload(data)).width == 64
    assert Image.open(io.BytesIO(images.render(upload(data)).display)).mode == "RGB"


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
        (encode(corners(), "PDF"), "PDF"),
        (b"PK\x03\x04" + b"\0" * 40, "archive"),
        (b"\0\0\0\x18ftypqt  " + b"\0" * 40, "video"),
        (b"\0\0\0\x18ftypavif" + b"\0" * 40, "AVIF"),
        (b"just words", "not a photo"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "damaged"),
        (moving("PNG"), "moving"),
        (moving("WEBP"), "moving"),
    ],
)
def test_what_is_no_photo_is_refused_by_name_with_what_to_do(data, words):
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


def test_too_many_bytes_are_refused_with_the_limit():
    error = refusal(photo() + b"\0" * 21 * 1024 * 1024)
    assert error.reason == "bytes" and "21 MB" in str(error) and "20 MB" in str(error)


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


def test_what_dies_in_the_sandbox_is_a_refusal(monkeypatch, tmp_path):
    for body, reason in (("import os; os.abort()", "heavy"), ("import sys; sys.exit(3)", "damaged")):
        script = tmp_path / "dies.py"
        script.write_text(body)
        monkeypatch.setattr(sandbox, "__file__", str(script))
        assert refusal(photo()).reason == reason


def test_what_hangs_in_the_sandbox_is_a_refusal(monkeypatch, tmp_path):
    script = tmp_path / "hangs.py"
    script.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(sandbox, "__file__", str(script))
    monkeypatch.setattr(images, "PATIENCE_SECONDS", 0.5)
    assert refusal(photo()).reason == "heavy"


def test_fuzzed_photos_are_taken_or_refused_and_nothing_else():
    chance = random.Random(4)
    for kind in ("JPEG", "PNG", "WEBP", "HEIF"):
        for _round in range(5):
            data = bytearray(photo(kind, size=(200, 150)))
            for _change in range(chance.randrange(1, 30)):
                data[chance.randrange(12, len(data))] = chance.randrange(256)
            try:
                images.inspect(upload(bytes(data)))
            except images.NotAnImage as error:
                assert str(error)


def test_the_sandbox_knows_no_secret_and_writes_no_file(tmp_path, monkeypatch):
    script = tmp_path / "looks.py"
    script.write_text(
        "import importlib.util, json, os, sys\n"
        f"spec = importlib.util.spec_from_file_location('sandbox', {sandbox.__file__!r})\n"
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); module.confine()\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        f"    f = open({str(tmp_path / 'x')!r}, 'w'); f.write('x'); f.close(); wrote = True\n"
        "except OSError: wrote = False\n"
        "try: bytearray(2 << 30); big = True\n"
        "except MemoryError: big = False\n"
        "names = sorted(set(os.environ) - {'LC_CTYPE'})\n"
        "print(json.dumps({'width': 1, 'height': 1, 'names': names, 'wrote': wrote, 'big': big}))\n"
    )
    monkeypatch.setattr(sandbox, "__file__", str(script))
    monkeypatch.setenv("SECRET_KEY", os.environ["SECRET_KEY"])
    with images.on_disk(upload()) as path:
        line, _rest = images.run("check", "JPEG", path)
    assert (line["names"], line["wrote"], line["big"]) == ([], False, False)


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
    for data in vars(images.render(upload(photo(kind, orientation=orientation)))).values():
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
    for copy in vars(images.render(upload(data))).values():
        shown = Image.open(io.BytesIO(copy))
        assert shown.format == "JPEG" and not shown.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp", "dpi"} & set(shown.info)
        assert not any(word in copy for word in (b"Phone Maker", b"GPS", b"a comment", mark))


def test_copies_have_their_sizes_and_small_photos_stay_small():
    copies = images.render(upload(photo(size=(4000, 1000))))
    assert Image.open(io.BytesIO(copies.display)).size == (1600, 400)
    assert Image.open(io.BytesIO(copies.thumb)).size == (320, 80)
    assert Image.open(io.BytesIO(images.render(upload(photo())).display)).size == (64, 48)


def test_transparent_pictures_are_shown_on_white():
    shown = Image.open(io.BytesIO(images.render(upload(encode(Image.new("RGBA", (40, 40)), "PNG"))).display))
    assert near(shown.getpixel((20, 20)), (255, 255, 255))


def test_a_broken_colour_profile_does_not_matter():
    assert images.render(upload(photo(icc_profile=b"nonsense" * 30))).display

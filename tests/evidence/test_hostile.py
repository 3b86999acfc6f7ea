"""Files that want to hurt: each is accepted, and then a strict decoder opens it too, or refused with words.

`script/test -m slow tests/evidence/test_hostile.py` tries thousands.
"""

import io
import random
import struct
import zipfile
import zlib

import av
import pikepdf
import pytest
from PIL import Image

from evidence import media
from evidence.sandbox import client
from tests.evidence.pictures import corners, document, encode, photo, png_header, upload, video

STARTS = {
    "jpg": photo(size=(200, 150)),
    "png": photo("PNG", size=(200, 150)),
    "webp": photo("WEBP", size=(200, 150)),
    "heic": photo("HEIF", size=(200, 150)),
    "mpo": encode(corners(), "MPO", save_all=True, append_images=[corners().rotate(180)]),
    "mp4": video(seconds=1, sound="aac"),
    "fragments": video(seconds=1, options={"movflags": "frag_keyframe+empty_moov"}),
    "mov": video("mov", "libx265", seconds=1),
    "webm": video("webm", "libvpx-vp9", seconds=1, sound="libopus"),
    "pdf": document(2),
}


def strict(facts: media.Facts, data: bytes) -> None:
    """Open the file with the decoder alone, and raise whatever it raises."""
    if facts.kind == "photo":
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP", "HEIF"])
        image.load()
    elif facts.kind == "document":
        with pikepdf.open(io.BytesIO(data), attempt_recovery=False) as pdf:
            assert len(pdf.pages) == facts.pages
    else:
        with av.open(io.BytesIO(data), metadata_errors="replace") as container:
            assert sum(1 for _frame in container.decode(video=0)) > 0


def judged(data: bytes, name: str = "IMG_0001.jpg") -> str:
    """Return the reason of the refusal, or "accepted" after the strict decoder and both copies."""
    try:
        facts = media.inspect(upload(data, name))
    except media.NotAccepted as error:
        assert error.reason and len(str(error)) > 30
        return error.reason
    strict(facts, data)
    copies = media.render(upload(data, name))
    for copy in (copies.display, copies.thumb):
        shown = Image.open(io.BytesIO(copy), formats=["JPEG"])
        shown.load()
        assert max(shown.size) <= 1600
    return "accepted"


def fuzzed(data: bytes, chance: random.Random) -> bytes:
    """Return the file with bits flipped, bytes overwritten, parts cut out, repeated or cut off."""
    changed = bytearray(data)
    how = chance.choice(["flip", "flip", "flips", "cut", "hole", "repeat", "length", "header"])
    at = chance.randrange(len(changed))
    size = chance.randrange(1, 200)
    if how == "flip":
        changed[at] ^= 1 << chance.randrange(8)
    elif how == "flips":
        for _round in range(chance.randrange(2, 60)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif how == "cut":
        del changed[at:]
    elif how == "hole":
        del changed[at : at + size]
    elif how == "repeat":
        changed[at:at] = changed[at : at + size] * chance.randrange(1, 20)
    elif how == "length" and len(changed) > at + 4:
        changed[at : at + 4] = struct.pack(">I", chance.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, size]))
    else:
        for _round in range(3):
            changed[chance.randrange(min(len(changed), 120))] = chance.randrange(256)
    return bytes(changed)


def try_many(kind: str, rounds: int) -> int:
    """Judge so many fuzzed files; return how many were judged."""
    chance = random.Random(f"{kind} 4")
    media.inspect(upload(STARTS[kind]))
    pid = client.server().process.pid
    for number in range(rounds):
        data = fuzzed(STARTS[kind], chance)
        try:
            judged(data)
        except Exception as error:
            raise AssertionError(f"{kind}, round {number}") from error
    assert client.server().process.pid == pid, "the server lives"
    return rounds


@pytest.mark.parametrize("kind", STARTS)
def test_fuzzed_files_are_refused_or_open_strictly(kind):
    assert try_many(kind, 25) == 25


@pytest.mark.slow
@pytest.mark.parametrize("kind", STARTS)
def test_thousands_of_fuzzed_files_are_refused_or_open_strictly(kind):
    assert try_many(kind, 600) == 600


@pytest.mark.parametrize("kind", STARTS)
def test_names_and_declared_types_change_nothing(kind):
    for name in (
        "x.jpg",
        "x.PDF",
        "x.mp4",
        "x.exe",
        "x",
        "..%2fx.svg",
        "x.php.jpg",
        "\u202egpj.exe",
        "a" * 200 + ".png",
    ):
        assert judged(STARTS[kind], name) == "accepted"


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    return target.getvalue()


POLYGLOTS = {
    "JPEG and ZIP": (STARTS["jpg"] + zipped(), "accepted"),
    "JPEG and PHP": (photo(comment=b"<?php system($_GET[0]); ?>"), "accepted"),
    "JPEG and JS": (photo(comment=b"*/=1;alert(1);/*"), "accepted"),
    "PNG and HTML": (STARTS["png"] + b"<script>alert(1)</script>", "accepted"),
    "PDF and HTML": (STARTS["pdf"] + b"\n<script>alert(1)</script>", "accepted"),
    "HTML and PDF": (b"<html><script>alert(1)</script>\n" + STARTS["pdf"], "format"),
    "ZIP and PDF": (zipped() + STARTS["pdf"], "format"),
    "GIF and JS": (b"GIF89a=1;alert(1)", "format"),
    "GIF and PDF": (b"GIF89a" + STARTS["pdf"], "format"),
    "WebP's start and HTML": (b"RIFF\x24\0\0\0WEBP<script>alert(1)</script>", "damaged"),
    "MP4's start and HTML": (b"\0\0\0\x18ftypmp42<script>alert(1)</script>", "damaged"),
    "PDF's start only": (b"%PDF-1.4\n%%EOF", "damaged"),
}


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_is_two_things_at_once_is_one_of_ours_or_refused(name):
    data, wanted = POLYGLOTS[name]
    assert judged(data) == wanted


def chunked(*chunks: tuple[bytes, bytes]) -> bytes:
    return png_header(8, 8, *chunks)


def frames_of(count: int) -> bytes:
    first, *others = [corners(16, 16).rotate(number) for number in range(count)]
    return encode(first, "WEBP", save_all=True, append_images=others, duration=20)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def pdf_of(*objects: str, trailer: str = "") -> bytes:
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(data)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return data + f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()


def flate(body: bytes, times: int = 1, more: str = "") -> str:
    for _round in range(times):
        body = zlib.compress(body, 9)
    filters = "/FlateDecode " * times
    return f"<</Length {len(body)}/Filter[{filters}]{more}>>\nstream\n{body.decode('latin-1')}\nendstream"


def page_of(contents: str, box_: str = "0 0 200 200", more: str = "") -> bytes:
    return pdf_of(
        "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box_}]/Contents 4 0 R{more}>>", contents,
    )  # fmt: skip


BOMBS = {
    "10,000 x 10,000": (encode(Image.new("L", (10_000, 10_000)), "PNG"), {"pixels"}),
    "PNG header only": (png_header(65_535, 65_535), {"pixels"}),
    "PNG of no width": (png_header(0, 8), {"damaged", "pixels"}),
    "PNG of text": (chunked((b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 50_000_000))), {"damaged"}),
    "PNG of profile": (chunked((b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 50_000_000))), {"damaged"}),
    "PNG of many chunks": (chunked(*[(b"tEXt", b"a\0b")] * 11_000), {"damaged"}),
    "WebP of 400 frames": (frames_of(400), {"moves"}),
    "APNG of frames": (encode(corners(), "PNG", save_all=True, append_images=[corners().rotate(9)] * 50), {"moves"}),
    "PDF page too large": (page_of(flate(b"0 0 9 9 re f"), "0 0 1e9 1e9"), {"accepted", "damaged", "heavy"}),
    "PDF page of no size": (page_of(flate(b"0 0 9 9 re f"), "0 0 0 0"), {"accepted", "damaged"}),
    "PDF page very long": (page_of(flate(b"0 0 9 9 re f"), "0 0 1 90000"), {"accepted", "damaged"}),
    "PDF flate of flate": (page_of(flate(b"q " * 50_000_000, 2)), {"accepted", "damaged", "heavy"}),
    "PDF whose pages are their parents": (
        pdf_of("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"), {"damaged"}),
    "PDF whose pages are many": (
        pdf_of("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[" + "3 0 R " * 300_000 + "]/Count 300000>>",
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"), {"damaged", "pages", "heavy"}),
    "PDF of deep arrays": (page_of("[" * 200_000 + "]" * 200_000), {"damaged", "heavy"}),
    "PDF that opens a file": (
        page_of(flate(b"0 0 9 9 re f"), more="/AA<</O<</S/Launch/F(/etc/passwd)>>>>"), {"accepted"}),
    "MP4 of empty boxes": (box(b"ftyp", b"mp42\0\0\0\0mp42") + box(b"free", b"") * 200_000, {"damaged"}),
    "MP4 in boxes in boxes": (
        box(b"ftyp", b"mp42\0\0\0\0mp42") + b"".join(struct.pack(">I", 8 * n) + b"moov" for n in range(20_000, 0, -1)),
        {"damaged", "heavy"}),
    "MP4 with a playlist in it": (
        box(b"ftyp", b"mp42\0\0\0\0mp42") + box(b"mdat", b"#EXTM3U\nhttp://127.0.0.1/x"), {"damaged"}),
    "HEIC of nothing": (box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", b"\0" * 4), {"damaged"}),
    "playlist": (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n", {"format"}),
    "SVG of entities": (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aa'>]><svg>&a;</svg>", {"format"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_and_odd_containers_are_refused_or_harmless(name):
    data, reasons = BOMBS[name]
    assert judged(data) in reasons


def test_a_picture_smuggled_in_as_a_track_of_sound_is_not_played():
    data = STARTS["mp4"]
    assert judged(data.replace(b"vide", b"soun")) in {"sound", "damaged", "codec"}
    assert judged(data.replace(b"avc1", b"tscc")) in {"codec", "damaged"}

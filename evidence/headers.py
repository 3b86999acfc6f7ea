"""What the first bytes of a file say: its kind, its dimensions, whether it moves. Reads headers only, decodes nothing.

A bomb is refused here, in about a millisecond and without a decoder. What passes is still only a claim: the sandbox
decodes all of it. Layouts: ISO/IEC 10918-1 B.2 (JPEG), W3C PNG 3rd edition 5.2 and 11.3, RFC 9649 2.7 (WebP),
ISO/IEC 14496-12 4.3 (HEIF and films).
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

PNG_START = b"\x89PNG\r\n\x1a\n"
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# Start-of-frame markers; C4, C8 and CC lie between them and mean something else.
FRAME_MARKERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
MOST_PARTS = 10_000
# Beginnings of what people send by mistake, in the order they are tried.
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"), (b"GIF8", "GIF"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"BM", "BMP"),
    (b"PK\x03\x04", "ZIP"), (b"\x1aE\xdf\xa3", "video"), (b"\x00\x00\x00\x0cJXL ", "JPEG XL"), (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP", "JPEG 2000"), (b"8BPS", "Photoshop"), (b"{\\rtf", "text"),
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """`kind` is JPEG, PNG, WEBP or HEIF, else a word for what it is instead, or "". Zero dimensions are not known."""

    kind: str
    width: int = 0
    height: int = 0
    moves: bool = False


class Broken(Exception):
    """The file begins as a photo and then makes no sense."""


def read(file: BinaryIO) -> Header:
    """Return what the header of a seekable file claims. Raises Broken where it begins well and ends too early."""
    file.seek(0)
    start = file.read(32)
    try:
        if start.startswith(b"\xff\xd8\xff"):
            return _jpeg(file)
        if start.startswith(PNG_START):
            return _png(file)
        if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
            return _webp(start)
    except (struct.error, IndexError) as error:
        raise Broken(str(error)) from error
    if start[4:8] == b"ftyp":
        return Header(_brand(start))
    return Header(_other(file, start))


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    for _ in range(MOST_PARTS):
        if file.read(1) != b"\xff":
            break
        marker = file.read(1)[0]
        while marker == 0xFF:
            marker = file.read(1)[0]
        if marker in FRAME_MARKERS:
            _length, _bits, height, width = struct.unpack(">HBHH", file.read(7))
            return Header("JPEG", width, height)
        if marker in (0xD9, 0xDA):
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        file.seek(length - 2, 1)
    raise Broken("no frame before the data")


def _png(file: BinaryIO) -> Header:
    file.seek(8)
    length, name = struct.unpack(">I4s", file.read(8))
    if (length, name) != (13, b"IHDR"):
        raise Broken("no IHDR")
    width, height = struct.unpack(">II", file.read(8))
    file.seek(5 + 4, 1)
    moves = False
    for _ in range(MOST_PARTS):
        length, name = struct.unpack(">I4s", file.read(8))
        if name == b"IDAT":
            return Header("PNG", width, height, moves)
        if name == b"acTL":
            (frames,) = struct.unpack(">I", file.read(4))
            moves, length = frames > 1, length - 4
        file.seek(length + 4, 1)
    raise Broken("no picture data")


def _webp(start: bytes) -> Header:
    kind = start[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(start[at : at + 3], "little") + 1 for at in (24, 27))
        return Header("WEBP", width, height, moves=bool(start[20] & 0x02))
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", start[21:25])
        return Header("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", start[26:30])
        return Header("WEBP", width & 0x3FFF, height & 0x3FFF)
    raise Broken("no picture data")


def _brand(start: bytes) -> str:
    brand = start[8:12]
    if brand in HEIF_BRANDS:
        return "HEIF"
    return "AVIF" if brand in {b"avif", b"avis"} else "video"


def _other(file: BinaryIO, start: bytes) -> str:
    for beginning, kind in OTHERS:
        if start.startswith(beginning):
            return kind
    file.seek(0)
    text = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return "SVG" if b"<svg" in text else "web page"
    return ""

"""What the first bytes of a file say: its kind, its dimensions, whether it moves. Reads headers only, decodes nothing.

A bomb is refused here, in about a millisecond and without a decoder. What passes is still only a claim: the sandbox
decodes it. Layouts: ISO/IEC 10918-1 B.2 (JPEG), W3C PNG 3rd edition 5.2 and 11.3, RFC 9649 2.7 (WebP),
ISO/IEC 14496-12 4.2 and 4.3 (HEIF, MP4, MOV), RFC 8794 and 9559 (WebM), ISO 32000-1 7.5.2 and annex H.3 (PDF).
"""

import struct
from dataclasses import dataclass
from typing import BinaryIO

PNG_START = b"\x89PNG\r\n\x1a\n"
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
# Major brands of the MP4 family that are something else; every other one is MP4.
OTHER_BRANDS = {
    b"avif": "AVIF", b"avis": "AVIF", b"hevc": "HEIC sequence", b"hevx": "HEIC sequence", b"msf1": "HEIC sequence",
    b"crx ": "Canon RAW", b"jp2 ": "JPEG 2000", b"jpx ": "JPEG 2000", b"M4A ": "sound", b"M4B ": "sound",
    b"M4P ": "sound", b"aax ": "sound", b"qt  ": "MOV",
}  # fmt: skip
# QuickTime files of old cameras begin without a brand.
QUICKTIME_STARTS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
# Boxes that a video needs whole. Behind them phones append what is no box at all.
NEEDED_BOXES = {b"ftyp", b"styp", b"sidx", b"moov", b"moof", b"mdat", b"meta", b"free", b"skip", b"wide", b"uuid"}
EBML_START = b"\x1aE\xdf\xa3"
PDF_START = b"%PDF-"
# Everything that is accepted: what `read` calls it, to (kind, media type).
MEDIA = {
    "JPEG": ("photo", "image/jpeg"), "PNG": ("photo", "image/png"), "WEBP": ("photo", "image/webp"),
    "HEIF": ("photo", "image/heic"), "MP4": ("video", "video/mp4"), "MOV": ("video", "video/quicktime"),
    "WEBM": ("video", "video/webm"), "PDF": ("document", "application/pdf"),
}  # fmt: skip
# Start-of-frame markers; C4, C8 and CC lie between them and mean something else.
FRAME_MARKERS = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
MOST_PARTS = 10_000
# Beginnings of what people send by mistake, in the order they are tried.
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "GIF"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"BM", "BMP"), (b"\x00\x00\x01\x00", "ICO"),
    (b"PK\x03\x04", "ZIP"), (b"7z\xbc\xaf", "ZIP"), (b"Rar!", "ZIP"), (b"\x1f\x8b", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "ZIP"), (b"\x00\x00\x00\x0cJXL ", "JPEG XL"), (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP", "JPEG 2000"), (b"8BPS", "Photoshop"), (b"{\\rtf", "text"), (b"#EXTM3U", "playlist"),
    (b"ffconcat", "playlist"), (b"FLV", "FLV"), (b"ID3", "sound"), (b"OggS", "Ogg"), (b"fLaC", "sound"),
    (b"#!AMR", "sound"), (b"0&\xb2u", "WMV"), (b"\x00\x00\x01\xba", "MPEG"), (b"\x00\x00\x01\xb3", "MPEG"),
    (b"MZ", "program"), (b"\x7fELF", "program"), (b"#!", "program"), (b"%!PS", "PostScript"),
)  # fmt: skip


@dataclass(frozen=True)
class Header:
    """`kind` is one of MEDIA, else a word for what it is instead, or "". Zero dimensions are not known."""

    kind: str
    width: int = 0
    height: int = 0
    moves: bool = False


class Broken(Exception):
    """The file begins well and then makes no sense."""


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
        if start.startswith(EBML_START):
            return _ebml(file)
    except (struct.error, IndexError) as error:
        raise Broken(str(error)) from error
    if start[4:8] == b"ftyp" or start[4:8] in QUICKTIME_STARTS:
        return _boxes(file, start)
    return Header(_other(file, start))


def _jpeg(file: BinaryIO) -> Header:
    file.seek(2)
    for _ in range(MOST_PARTS):
        if file.read(1) != b"\xff":
            break
        marker = file.read(1)[0]
        if marker == 0xFF:
            # Filling, which counts as a part: megabytes of it are no photo.
            file.seek(-1, 1)
            continue
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


def _boxes(file: BinaryIO, start: bytes) -> Header:
    """Videos' boxes must end where the file ends or before, and one must be the film: no others reach a decoder."""
    kind = "MOV"
    if start[4:8] == b"ftyp":
        brand = start[8:12]
        (length,) = struct.unpack(">I", start[:4])
        if brand in HEIF_BRANDS:
            return Header("AVIF" if b"avif" in start[16 : min(length, 32)] else "HEIF")
        kind = OTHER_BRANDS.get(brand, "MP4")
    if kind not in MEDIA:
        return Header(kind)
    size, at, film = file.seek(0, 2), 0, False
    for _ in range(MOST_PARTS * 10):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        (length,) = struct.unpack(">I", head[:4])
        film |= head[4:8] == b"moov"
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack(">Q", head[8:])
        if length == 0:
            break
        at += length
        if length < 8 or at > size:
            if head[4:8] not in NEEDED_BOXES:
                break
            raise Broken("a box ends behind the file")
    else:
        raise Broken("too many boxes")
    if not film:
        raise Broken("no film")
    return Header(kind)


def _ebml(file: BinaryIO) -> Header:
    """A segment of known length must fit into the file; browsers record with unknown length."""
    file.seek(4)
    length = _number(file)
    if not 0 <= length <= MOST_PARTS:
        raise Broken("no head")
    head = file.read(length)
    where = head.find(b"\x42\x82")
    name = head[where + 3 : where + 3 + (head[where + 2] & 0x7F)].rstrip(b"\0") if where >= 0 else b""
    if name != b"webm":
        return Header("MKV" if name == b"matroska" else "")
    if file.read(4) != b"\x18\x53\x80\x67":
        raise Broken("no segment")
    length = _number(file)
    at = file.tell()
    if length >= 0 and at + length > file.seek(0, 2):
        raise Broken("the segment ends behind the file")
    return Header("WEBM")


def _number(file: BinaryIO) -> int:
    """Return an EBML length, -1 for the unknown one."""
    first = file.read(1)[0]
    more = 8 - first.bit_length()
    if more > 7:
        raise Broken("no length")
    bits = 7 * (more + 1)
    number = int.from_bytes(bytes([first]) + file.read(more), "big") & (1 << bits) - 1
    return -1 if number == (1 << bits) - 1 else number


def _other(file: BinaryIO, start: bytes) -> str:
    for beginning, kind in OTHERS:
        if start.startswith(beginning):
            return kind
    file.seek(0)
    head = file.read(1024)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return "SVG" if b"<svg" in text else "web page"
    if PDF_START in head:
        return "PDF"
    if start[:4] == b"RIFF":
        return {b"AVI ": "AVI", b"WAVE": "sound"}.get(start[8:12], "")
    return ""

"""Which characters the fonts of the papers can show, read from the fonts' own tables (OpenType `cmap`)."""

import bisect
import struct
import unicodedata
from functools import cache
from pathlib import Path

from . import sandbox

# Control and format characters that shape text and are never drawn.
SILENT = {"\n", "\t", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\ufeff", "\ufe0e", "\ufe0f"}


@cache
def covered() -> tuple[list[int], list[int]]:
    """Return the first and last code points of all ranges that some font covers, sorted."""
    found: set[int] = set()
    for folder in sandbox.font_folders():
        for path in sorted(Path(folder).glob("*.tt[fc]")):
            found |= _characters(path.read_bytes())
    firsts: list[int] = []
    lasts: list[int] = []
    for code in sorted(found):
        if lasts and code == lasts[-1] + 1:
            lasts[-1] = code
        else:
            firsts.append(code)
            lasts.append(code)
    return firsts, lasts


def is_covered(character: str) -> bool:
    """Whether a character can be shown."""
    firsts, lasts = covered()
    at = bisect.bisect_right(firsts, ord(character)) - 1
    return at >= 0 and ord(character) <= lasts[at]


def shown(text: str) -> str:
    """Return the text as it can be printed: a character that no font has stands as its number, never as an empty box.

    Control characters are dropped, and lone halves of surrogate pairs with them.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))))


def _shown(character: str) -> str:
    if character in SILENT:
        return character
    if unicodedata.category(character) in ("Cc", "Cs", "Cf"):
        return ""
    return character if is_covered(character) else f"[U+{ord(character):04X}]"


def _characters(data: bytes) -> set[int]:
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    count = struct.unpack_from(">H", data, start + 4)[0]
    for n in range(count):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, start + 12 + 16 * n)
        if tag == b"cmap":
            return _cmap(data, offset)
    return set()


def _cmap(data: bytes, table: int) -> set[int]:
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", data, table + 2)[0]):
        offset = table + struct.unpack_from(">HHI", data, table + 4 + 8 * n)[2]
        kind = struct.unpack_from(">H", data, offset)[0]
        if kind == 12:
            for group in range(struct.unpack_from(">I", data, offset + 12)[0]):
                first, last, _glyph = struct.unpack_from(">III", data, offset + 16 + 12 * group)
                found.update(range(first, last + 1))
        elif kind == 4:
            doubled = struct.unpack_from(">H", data, offset + 6)[0]
            lasts = struct.unpack_from(f">{doubled // 2}H", data, offset + 14)
            firsts = struct.unpack_from(f">{doubled // 2}H", data, offset + 16 + doubled)
            for first, last in zip(firsts, lasts, strict=True):
                if first != 0xFFFF:
                    found.update(range(first, last + 1))
    return found

"""What is kept of a file's name: something a person recognises in a list, and nothing that does anything."""

import unicodedata

LONGEST = 120
# Controls, invisible and direction-changing characters, halves of pairs, private and unassigned ones.
LEFT_OUT = {"Cc", "Cf", "Cs", "Co", "Cn"}
SPACES = {"Zs", "Zl", "Zp"}


def clean(name: str | None) -> str:
    """Return the name without folders, controls and invisible characters, at most 120 characters; "photo" for none."""
    name = unicodedata.normalize("NFC", name or "").replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(" " if category in SPACES else char for char, category in _categories(name))
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > LONGEST:
        stem, dot, end = kept.rpartition(".")
        end = dot + end if stem and len(end) <= 5 else ""
        kept = kept[: LONGEST - 1 - len(end)] + "…" + end
    return kept or "photo"


def _categories(name: str) -> list[tuple[str, str]]:
    pairs = [(" " if char in "\t\r\n" else char, unicodedata.category(char)) for char in name]
    return [(char, category) for char, category in pairs if char == " " or category not in LEFT_OUT]

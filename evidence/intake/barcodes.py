"""Barcodes in a photo. Only the pixels of our own copy are looked at: what was received stays in the sandbox."""

import io
from typing import Any

import zxingcpp
from PIL import Image

from .. import media, refusals

MOST = 10
LONGEST = 120
LARGEST = media.MAX_BYTES[media.PHOTO]


def read(file: Any) -> list[str]:
    """Return the texts of the barcodes in a photo, at most 10; [] where there is none. Raises media.NotAccepted."""
    size = media.size_of(file)
    if size > LARGEST:
        raise media.NotAccepted("bytes", refusals.too_large(media.PHOTO, size, LARGEST))
    copies = media.render(file)
    with Image.open(io.BytesIO(copies.display), formats=["JPEG"]) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"))
    texts = [code.text.strip() for code in found if code.valid]
    return [text for text in dict.fromkeys(texts) if text and len(text) <= LONGEST and text.isprintable()][:MOST]

"""What is shown instead of an original: clean JPEG copies, and the picture's fingerprint. Runs inside the sandbox."""

import io
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageFile, ImageFilter, ImagePalette

# Imported before the fork, as is what Pillow would import at the first use: a child can open no file more.
PARTS = (ImageChops, ImageColor, ImageFile, ImageFilter, ImagePalette)
Image.preinit()
# Longest side in pixels, and JPEG quality.
COPIES = {"display": (1600, 85), "thumb": (320, 78)}
LONGEST = COPIES["display"][0]
# Grey levels between the darkest and the brightest of 81 fields; below it differences are noise.
LEAST_CONTRAST = 10


def made(image: Image.Image) -> tuple[dict[str, Any], bytes]:
    """Return the line and the two JPEG files of an upright RGB picture, best already small (`LONGEST`)."""
    clean = Image.new("RGB", image.size, "white")
    clean.paste(image)
    line: dict[str, Any] = {"fingerprint": fingerprint(clean)}
    files: list[bytes] = []
    for name, (side, quality) in COPIES.items():
        clean.thumbnail((side, side), Image.Resampling.LANCZOS)
        if not files:
            line |= {"width": clean.width, "height": clean.height}
        files.append(encoded(clean, quality))
        line[name] = len(files[-1])
    return line, b"".join(files)


def fingerprint(image: Image.Image) -> str:
    """Return the difference hash: 64 bits along the rows, 64 along the columns, as 32 hex characters.

    "" for a picture of nearly one colour. Similar pictures differ in few bits (N. Krawetz, "Kind of Like That", 2013).
    """
    grey = image.convert("L").resize((9, 9), Image.Resampling.BOX).tobytes()
    if max(grey) - min(grey) < LEAST_CONTRAST:
        return ""
    bits = 0
    for step in (1, 9):
        for row in range(8):
            for column in range(8):
                at = row * 9 + column
                bits = bits << 1 | (grey[at] < grey[at + step])
    return f"{bits:032x}"


def encoded(image: Image.Image, quality: int) -> bytes:
    """Return the picture as JPEG."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality, optimize=True, progressive=True)
    return target.getvalue()

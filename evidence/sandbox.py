"""Decodes one photo in a process of its own: `python -I sandbox.py check|render FORMAT`, the photo on standard input.

Run by its path, isolated and with an empty environment: it imports nothing of the application and knows no secret.
It may write nowhere but to its standard output, use 1 GiB of address space and 15 s of CPU, and live for 20 s.

Answers one line of JSON: {"width", "height"} (as displayed), or {"problem": word, "detail": text}. After `render` the
line is {"display": bytes, "thumb": bytes} and the two JPEG files follow.
"""

import io
import json
import os
import resource
import signal
import sys
import warnings

from PIL import Image, ImageFile, ImageOps

MEMORY = 1 << 30
CPU_SECONDS = 15
SECONDS = 20
MOST_PIXELS = 50_000_000
# Longest side in pixels, and JPEG quality.
COPIES = {"display": (1600, 85), "thumb": (320, 78)}
# Photos of one moment that hold more than one picture (depth, gain map, burst): the first one counts.
MANY_ARE_FINE = {"MPO", "HEIF"}


class Problem(Exception):
    """Why the photo is refused: one of the words that `evidence.images` puts into sentences."""

    def __init__(self, word: str, detail: object = ""):
        super().__init__(word, detail)
        self.word, self.detail = word, f"{type(detail).__name__}: {detail}" if detail else ""


def confine() -> None:
    """Take the process's rights to memory, time and files away; they cannot be had back."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.alarm(SECONDS)


def prepare_pillow(kind: str) -> None:
    """Load the one decoder that is needed, and make everything doubtful an error."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)


def opened(source: io.BufferedReader, kind: str) -> Image.Image:
    """Return the picture, header read only. Raises Problem for bombs and for pictures that move."""
    source.seek(0)
    try:
        image = Image.open(source, formats=[kind])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Problem("pixels", error) from error
    if image.width * image.height > MOST_PIXELS:
        raise Problem("pixels")
    if getattr(image, "n_frames", 1) > 1 and image.format not in MANY_ARE_FINE:
        raise Problem("moves")
    return image


def check(source: io.BufferedReader, kind: str) -> dict[str, object]:
    """Decode every pixel; return the dimensions as displayed."""
    if kind == "PNG":
        # load() skips the check sums; verify() reads them, and spoils the object.
        opened(source, kind).verify()
    image = opened(source, kind)
    image.load()
    width, height = image.size
    if image.getexif().get(0x0112, 1) in {5, 6, 7, 8}:
        width, height = height, width
    return {"width": width, "height": height}


def render(source: io.BufferedReader, kind: str) -> dict[str, bytes]:
    """Return the copies that are shown: upright, sRGB, on white, and with nothing but the picture in them."""
    image = opened(source, kind)
    if kind != "JPEG":
        # A smaller picture embedded in the file may show something else; only what was decoded from the whole counts.
        image.load()
    copies = {}
    for name, (side, quality) in COPIES.items():
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        copies[name] = encoded(plain(image), quality)
    return copies


def plain(image: Image.Image) -> Image.Image:
    """Return a new RGB picture with the same look: EXIF, comments and profiles stay behind."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode in {"I;16", "I;16B", "I;16L", "I;16N", "I"}:
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        white.alpha_composite(upright)
        upright = white.convert("RGB")
    if profile:
        upright = to_srgb(upright, profile)
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright.convert("RGB"))
    return clean


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture with sRGB's colours; unchanged where its profile is broken or for other channels."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def encoded(image: Image.Image, quality: int) -> bytes:
    """Return the picture as JPEG."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality, optimize=True, progressive=True)
    return target.getvalue()


def answer(mode: str, kind: str) -> tuple[dict[str, object], bytes]:
    """Return the line to write, and what follows it."""
    try:
        prepare_pillow(kind)
        confine()
        with os.fdopen(0, "rb") as source:
            if mode == "check":
                return check(source, kind), b""
            copies = render(source, kind)
        return {name: len(data) for name, data in copies.items()}, b"".join(copies.values())
    except Problem as problem:
        return {"problem": problem.word, "detail": problem.detail[:300]}, b""
    except MemoryError as error:
        return {"problem": "heavy", "detail": repr(error)[:300]}, b""
    except Exception as error:
        # Decoders raise OSError, SyntaxError, ValueError, IndexError, RuntimeError, struct.error and others.
        return {"problem": "damaged", "detail": repr(error)[:300]}, b""


if __name__ == "__main__":
    line, rest = answer(*sys.argv[1:3])
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n" + rest)

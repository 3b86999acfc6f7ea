"""Decodes one photo: JPEG (with MPO, as phones write it), PNG, WebP, HEIC/HEIF. Runs inside the sandbox."""

import datetime as dt
import io
import math
import re
import warnings
from typing import Any, BinaryIO

import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageOps, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

from . import MOST_PIXELS, Problem, copies

# Photos of one moment that hold more than one picture (depth, gain map, burst): the first one counts.
MANY_ARE_FINE = {"MPO", "HEIF"}
SIDEWAYS = {5, 6, 7, 8}
ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
TAKEN, TAKEN_OFFSET = 0x9003, 0x9011
# What cameras without a set clock write is older.
FIRST_YEAR = 1990
EMPTY = "\0 "
# A marker of a JPEG; inside a scan a byte FF is followed by 00 or by a restart (ISO/IEC 10918-1 B.1.1).
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
BARE, END, SCAN = {0x01, 0xD8}, 0xD9, 0xDA
# Progressive photos have about ten scans, and every one costs a walk over the whole picture however small it is.
MOST_SCANS = 50
# Bytes that fill the space between a JPEG's segments, and the parts of a PNG.
MOST_FILL = 10_000
MOST_CHUNKS = 50_000
# Imported before the fork: a child can open no file more (EXIF is laid out as a TIFF). `formats=` says which is used.
PLUGINS = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
pillow_heif.options.DECODE_THREADS = 2
pillow_heif.register_heif_opener(thumbnails=False)


def answer(mode: str, kind: str, source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return the facts of a photo (mode "check") or its copies ("render")."""
    return (check(source, kind), b"") if mode == "check" else render(source, kind)


def opened(source: BinaryIO, kind: str) -> Image.Image:
    """Return the picture, header read only. Raises Problem for bombs and for pictures that move."""
    if kind == "JPEG":
        require_few_scans(source)
    elif kind == "PNG":
        require_few_chunks(source)
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


def require_few_scans(source: BinaryIO) -> None:
    """Raise Problem for a JPEG of more scans, or of more filling before them, than any camera writes."""
    source.seek(0)
    data = source.read()
    at, scans, filling = 2, 0, 0
    while (found := MARKER.search(data, at)) and data[found.end() - 1] != END:
        marker = data[found.end() - 1]
        filling += 0 if scans else found.start() - at
        scans += marker == SCAN
        if scans > MOST_SCANS or filling > MOST_FILL:
            raise Problem("heavy", f"{scans} scans, {filling} bytes of filling")
        at = found.end()
        if marker not in BARE:
            at += max(2, int.from_bytes(data[at : at + 2], "big"))


def require_few_chunks(source: BinaryIO) -> None:
    """Raise Problem for a PNG in more pieces than any program writes."""
    source.seek(0)
    data = source.read()
    at = 8
    for _ in range(MOST_CHUNKS):
        if at >= len(data):
            return
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    raise Problem("heavy", "chunks")


def check(source: BinaryIO, kind: str) -> dict[str, Any]:
    """Decode every pixel; return dimensions as displayed, and what the EXIF says of time and place."""
    if kind == "PNG":
        # load() skips the check sums; verify() reads them, and spoils the object.
        opened(source, kind).verify()
    image = opened(source, kind)
    width, height = decoded(source, kind, image)
    exif = image.getexif()
    if exif.get(ORIENTATION, 1) in SIDEWAYS:
        width, height = height, width
    return {"width": width, "height": height, **story(exif)}


def decoded(source: BinaryIO, kind: str, image: Image.Image) -> tuple[int, int]:
    """Decode every pixel; return width and height, which the decoder may correct."""
    if kind != "HEIF":
        image.load()
        return image.size
    # Pillow's own copy of the pixels would take a fifth of the time, and nobody looks at it.
    file = pillow_heif.open_heif(source, remove_stride=False)
    picture = file[file.primary_index]
    picture.load()
    return picture.size


def render(source: BinaryIO, kind: str) -> tuple[dict[str, Any], bytes]:
    """Return the copies: upright, sRGB, on white, and with nothing but the picture in them."""
    image = opened(source, kind)
    if kind != "JPEG":
        # A smaller picture embedded in the file may show something else; only what was decoded from the whole counts.
        image.load()
    image = eight_bit(image)
    image.thumbnail((copies.LONGEST, copies.LONGEST), Image.Resampling.LANCZOS)
    return copies.made(plain(image))


def eight_bit(image: Image.Image) -> Image.Image:
    """Return a grey picture of 16 bits with 8: it can be made smaller only then. Others are returned as they are."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value / 256).convert("L")


def plain(image: Image.Image) -> Image.Image:
    """Return an RGB picture with the same look, upright and on white."""
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        white.alpha_composite(upright)
        upright = white.convert("RGB")
    if profile:
        upright = to_srgb(upright, profile)
    return upright.convert("RGB")


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture with sRGB's colours; unchanged where its profile is broken or for other channels."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def story(exif: Image.Exif) -> dict[str, Any]:
    """Return `taken` (ISO, UTC), `latitude` and `longitude` (degrees); none where the EXIF is silent or nonsense."""
    told: dict[str, Any] = {}
    # What a phone wrote wrongly beside its picture is no reason to refuse the picture.
    for read in (_taken, _place):
        try:
            told |= read(exif)
        except (ValueError, TypeError, KeyError, IndexError, ArithmeticError, AttributeError, SyntaxError):
            continue
    return told


def _taken(exif: Image.Exif) -> dict[str, Any]:
    """A camera's clock has no zone; it is a moment only with its offset, or by the satellites' time."""
    tags = exif.get_ifd(EXIF_IFD)
    if tags.get(TAKEN) and str(tags.get(TAKEN_OFFSET, "")).strip(EMPTY):
        date, _space, clock = str(tags[TAKEN]).strip(EMPTY).partition(" ")
        when = dt.datetime.fromisoformat(f"{date.replace(':', '-')}T{clock}{str(tags[TAKEN_OFFSET]).strip(EMPTY)}")
    else:
        gps = exif.get_ifd(GPS_IFD)
        hour, minute, second = (int(float(part)) for part in gps[7])
        day = dt.date.fromisoformat(str(gps[29]).strip(EMPTY).replace(":", "-"))
        when = dt.datetime.combine(day, dt.time(hour, minute, second, tzinfo=dt.UTC))
    if when.tzinfo is None or when.year < FIRST_YEAR:
        return {}
    return {"taken": when.astimezone(dt.UTC).isoformat()}


def _place(exif: Image.Exif) -> dict[str, Any]:
    gps = exif.get_ifd(GPS_IFD)
    place = {}
    for name, ref, value, most, minus in (("latitude", 1, 2, 90, "S"), ("longitude", 3, 4, 180, "W")):
        degrees, minutes, seconds = (float(part) for part in gps[value])
        number = degrees + minutes / 60 + seconds / 3600
        if not math.isfinite(number) or not 0 <= number <= most:
            return {}
        place[name] = round(-number if str(gps[ref]).startswith(minus) else number, 7)
    # Nought and nought is what is written when there was no reception.
    return place if any(place.values()) else {}

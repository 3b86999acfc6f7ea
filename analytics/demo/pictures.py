"""Drawn stand-ins for photos, made here with Pillow, so that the demonstration needs nobody's pictures."""

import io
import random
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw

SIZE = (1200, 900)
KINDS = ("lamp", "chair", "speaker", "plug", "blender", "fabric", "box")
WALLS = ((222, 211, 198), (208, 214, 220), (214, 219, 208), (225, 215, 215))


@dataclass(frozen=True)
class Drawing:
    """The JPEG bytes of a drawing and of its two copies, as `evidence.media.render` would make them."""

    original: bytes
    display: bytes
    thumb: bytes


@cache
def drawing(kind: str, place: str, seed: int, *, whole: bool = False) -> Drawing:
    """Return a drawing with its copies. They are ours, so they need no sandbox, and both organizations share them."""
    picture = draw(kind, place, seed, whole=whole)
    return Drawing(
        _jpeg(picture, 84), _jpeg(picture, 82), _jpeg(picture.resize((320, 240), Image.Resampling.LANCZOS), 82)
    )


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def draw(kind: str, place: str, seed: int, *, whole: bool = False) -> Image.Image:
    """Return an item (`kind`) as the photo `place` would show it; `whole` draws it without the damage."""
    rng = random.Random(f"{kind}{place}{seed}{whole}")
    picture = Image.new("RGB", SIZE, rng.choice(WALLS))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 640, 1200, 900), fill=(150, 118, 92))
    pen.ellipse((330, 680, 880, 770), fill=(128, 98, 76))
    if place == "box":
        _box(pen, rng, whole)
    elif place == "label":
        _label(pen, rng)
    elif place == "padding":
        _padding(pen, rng)
    else:
        SHAPES.get(kind, _box_item)(pen, rng)
        if not whole:
            _crack(pen, rng)
    if place == "close_up":
        picture = picture.crop((350, 200, 850, 575)).resize(SIZE, Image.Resampling.BICUBIC)
    return picture.reduce(2).resize(SIZE, Image.Resampling.BILINEAR)


def _lamp(pen, rng):
    green = (116 + rng.randrange(20), 168, 158)
    pen.polygon([(480, 190), (720, 190), (800, 380), (400, 380)], fill=(236, 226, 205))
    pen.rectangle((585, 380, 615, 430), fill=(190, 150, 70))
    pen.ellipse((430, 410, 770, 720), fill=green)
    pen.ellipse((500, 440, 590, 560), fill=tuple(c + 25 for c in green))


def _chair(pen, rng):
    wood = (186, 140 + rng.randrange(15), 92)
    pen.rounded_rectangle((400, 330, 800, 400), 20, fill=wood)
    for x in (430, 560, 690):
        pen.polygon([(x, 400), (x + 50, 400), (x + 70, 720), (x + 30, 720)], fill=tuple(c - 25 for c in wood))


def _speaker(pen, rng):
    pen.rounded_rectangle((430, 190, 770, 720), 24, fill=(38, 40, 46))
    for y, r in ((330, 80), (560, 130)):
        pen.ellipse((600 - r, y - r, 600 + r, y + r), fill=(70, 73, 82), outline=(20, 20, 24), width=8)


def _plug(pen, rng):
    pen.rounded_rectangle((430, 350, 760, 620), 50, fill=(242, 242, 244), outline=(200, 200, 205), width=5)
    for y in (410, 520):
        pen.rounded_rectangle((760, y, 870, y + 34), 8, fill=(176, 180, 188))


def _blender(pen, rng):
    pen.rounded_rectangle((490, 500, 710, 730), 30, fill=(232, 234, 238))
    pen.polygon([(470, 210), (730, 210), (700, 500), (500, 500)], fill=(176, 206, 222))
    pen.rectangle((490, 170, 710, 214), fill=(60, 66, 76))


def _fabric(pen, rng):
    plum = (112, 58, 98 + rng.randrange(30))
    pen.rounded_rectangle((360, 270, 840, 700), 80, fill=plum)
    for x in range(380, 830, 26):
        pen.line((x, 290, x - 20, 690), fill=tuple(c + 12 for c in plum), width=4)


def _box_item(pen, rng):
    pen.polygon([(380, 380), (820, 380), (780, 720), (420, 720)], fill=(196, 160, 104))
    for y in range(400, 720, 36):
        pen.line((384, y, 816, y), fill=(160, 124, 74), width=6)


SHAPES = {"lamp": _lamp, "chair": _chair, "speaker": _speaker, "plug": _plug, "blender": _blender, "fabric": _fabric}


def _crack(pen, rng):
    x, y = 560 + rng.randrange(80), 430
    points = [(x, y)]
    for _step in range(7):
        x, y = x + rng.randrange(-50, 50), y + rng.randrange(20, 50)
        points.append((x, y))
    pen.line(points, fill=(28, 26, 28), width=9, joint="curve")
    for px, py in points[1::2]:
        pen.line((px, py, px + rng.randrange(-70, 70), py + rng.randrange(10, 40)), fill=(28, 26, 28), width=5)


def _box(pen, rng, whole):
    pen.polygon([(320, 360), (640, 290), (900, 380), (580, 470)], fill=(214, 170, 116))
    pen.polygon([(320, 360), (580, 470), (580, 760), (320, 640)], fill=(196, 150, 96))
    pen.polygon([(580, 470), (900, 380), (900, 660), (580, 760)], fill=(178, 132, 82))
    pen.polygon([(440, 330), (500, 318), (770, 414), (700, 434)], fill=(228, 206, 160))
    if not whole:
        dx = rng.randrange(-30, 30)
        pen.polygon([(780 + dx, 500), (860, 470), (880, 590), (800 + dx, 620)], fill=(92, 62, 40))


def _label(pen, rng):
    pen.rectangle((280, 170, 920, 760), fill=(247, 247, 242))
    pen.rectangle((280, 170, 920, 270), fill=(240, 190, 40))
    x = 340
    while x < 860:
        width = rng.choice((4, 7, 11))
        pen.rectangle((x, 470, x + width, 660), fill=(20, 20, 20))
        x += width + rng.choice((5, 8, 12))
    for y in (320, 360, 400):
        pen.rectangle((330, y, 330 + rng.randrange(200, 460), y + 16), fill=(60, 60, 60))


def _padding(pen, rng):
    for row in range(6):
        for column in range(11):
            x, y = 240 + column * 66 + (row % 2) * 33, 240 + row * 72
            pen.ellipse((x, y, x + 58, y + 58), fill=(228, 234, 240), outline=(196, 206, 216), width=3)
    pen.polygon([(520, 460), (600, 400), (690, 460), (660, 600), (550, 600)], fill=(206, 160, 104))

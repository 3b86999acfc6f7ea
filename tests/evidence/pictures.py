"""Photos as phones make them, and files as people send them by mistake; all drawn here."""

import io
import struct
import zlib

import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

pillow_heif.register_heif_opener()

# A corner in each colour tells how a picture was turned.
RED, GREEN, BLUE, WHITE = (200, 20, 20), (20, 160, 20), (20, 20, 200), (250, 250, 250)
GPS = {1: "N", 2: (38.0, 43.0, 0.0), 3: "W", 4: (9.0, 8.0, 0.0)}


def corners(width: int = 64, height: int = 48) -> Image.Image:
    """Return red, green / blue, white quarters."""
    image = Image.new("RGB", (width, height), WHITE)
    for colour, box in ((RED, (0, 0)), (GREEN, (width // 2, 0)), (BLUE, (0, height // 2))):
        image.paste(colour, (*box, box[0] + width // 2, box[1] + height // 2))
    return image


def encode(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def photo(kind: str = "JPEG", *, size=(64, 48), orientation: int = 1, mark: bytes = b"", **options) -> bytes:
    """Return a small photo with camera, place and time in its EXIF."""
    image = corners(*size)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Phone Maker", orientation
    exif.get_ifd(0x8825).update(GPS)
    data = encode(image, kind, exif=exif.tobytes(), **options)
    return data + mark


def upload(data: bytes | None = None, name: str = "IMG_0001.jpg", kind: str = "image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo() if data is None else data, kind)


def png_header(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG that claims a size and holds almost nothing."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), *chunks]
    parts += [(b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def moving(kind: str) -> bytes:
    frames = [corners(), corners().rotate(180)]
    return encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)

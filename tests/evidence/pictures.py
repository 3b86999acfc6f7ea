"""Photos, videos and documents as phones make them, and files as people send them by mistake; all drawn here."""

import io
import shutil
import struct
import tempfile
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pillow_heif
import pypdf
import typst
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


def photo(
    kind: str = "JPEG",
    *,
    size=(64, 48),
    orientation: int = 1,
    mark: bytes = b"",
    taken="",
    offset="",
    gps=GPS,
    **options,
) -> bytes:
    """Return a small photo with camera, place and time in its EXIF."""
    image = corners(*size)
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Phone Maker", orientation
    exif.get_ifd(0x8825).update(gps)
    if taken:
        exif.get_ifd(0x8769).update({0x9003: taken} | ({0x9011: offset} if offset else {}))
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


def video(
    form: str = "mp4",
    codec: str = "libx264",
    *,
    size=(160, 120),
    seconds: float = 2,
    rotation: int = 0,
    sound="",
    **more,
) -> bytes:
    """Return a small video with a red field at the left top; `more`: the container's options, its metadata,
    how pixels are kept, and by how much frames are apart (`stretch`)."""
    target = Path(tempfile.mkdtemp()) / "clip"
    with av.open(target, "w", format=form, options=more.get("options", {})) as container:
        container.metadata.update(more.get("metadata", {}))
        stream = container.add_stream(codec, rate=12)
        stream.width, stream.height = size
        stream.pix_fmt = more.get("pixels", "yuv420p")
        stream.codec_context.gop_size = 6
        noise = Image.effect_noise((size[0] // 4, size[1] // 4), 60).resize(size).convert("RGB")
        noise.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
        voice = container.add_stream(sound, rate=48_000) if sound else None
        for number in range(int(12 * seconds)):
            noise.paste(BLUE, (size[0] - 8, number, size[0], number + 8))
            frame = av.VideoFrame.from_image(noise)
            frame.pts, frame.time_base = number * more.get("stretch", 1), Fraction(1, 12)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice:
            speak(container, voice, seconds)
    data = target.read_bytes()
    shutil.rmtree(target.parent)
    return turned(data, rotation) if rotation else data


def speak(container, stream, seconds: float) -> None:
    """Write silence."""
    for at in range(0, int(48_000 * seconds), 960):
        frame = av.AudioFrame(format=stream.codec_context.format.name, layout="stereo", samples=960)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def turned(data: bytes, degrees: int) -> bytes:
    """Return an MP4 whose track is to be turned clockwise, as phones note it (tkhd's matrix)."""
    one, no = b"\0\1\0\0", b"\0\0\0\0"
    minus = b"\xff\xff\0\0"
    matrix = {90: (no, one, minus, no), 180: (minus, no, no, minus), 270: (no, minus, one, no)}[degrees]
    upright = one + no + no + no + one + no
    at = data.index(upright, data.index(b"tkhd"))
    a, b, c, d = matrix
    return data[:at] + a + b + no + c + d + no + data[at + len(upright) :]


def document(pages: int = 2, words: str = "Packing list") -> bytes:
    """Return a PDF with text, from typst."""
    body = "#pagebreak()\n".join(f"= {words} {number}\n#lorem(30)\n" for number in range(pages))
    return typst.compile(f"#set page(width: 10cm, height: 7cm)\n{body}".encode())


def encrypted(data: bytes) -> bytes:
    """Return the same PDF, to be opened with a password only."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt("secret")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()

"""Demuxes one video to its end and decodes it in part (FFmpeg by PyAV). Runs inside the sandbox.

Bytes come from the passed file object only, by a demuxer that is named, never guessed: a playlist reaches no network.
"""

import datetime as dt
import re
import time
from typing import Any, BinaryIO

import av
import av.audio.codeccontext
import av.subtitles.codeccontext
import av.subtitles.stream
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from . import MOST_VIDEO_SECONDS, MOST_VIDEO_SIDES, Problem, copies

DEMUXERS = {"MP4": "mov", "MOV": "mov", "WEBM": "matroska"}
VIDEO_CODECS = {"h264", "hevc", "mpeg4", "vp8", "vp9", "av1", "libdav1d"}
# Sound is never decoded here; "unknown" are phones' own further tracks, such as spatial sound.
SOUND_CODECS = {"aac", "opus", "vorbis", "mp3", "mp3float", "alac", "amrnb", "amrwb", "ac3", "eac3", "unknown"}
# Seconds spent on decoding from the beginning; of what is longer, key frames in the middle and at the end follow.
THOROUGH_SECONDS = 0.5
# No further key frame is decoded once so much was spent on the file: those of 4K may take a third of a second.
LATEST_SECONDS = 1.0
POSTER_AT = 1.0
MOST_PACKETS = 400_000
# By how much the last packet may end before the announced end: sound is often longer than the picture.
MISSING_SECONDS = 1.0
PLACE = re.compile(r"^([+-]\d{1,3}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)")
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def answer(mode: str, kind: str, source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return the facts of a video (mode "check") or the copies of its poster frame ("render")."""
    if mode == "check":
        return check(source, kind), b""
    try:
        image = poster(source, kind, POSTER_AT)
    except av.FFmpegError:
        # What the index calls a key frame is none: from the beginning it plays.
        image = poster(source, kind, 0)
    return copies.made(image)


def opened(source: BinaryIO, kind: str, whole: bool = False) -> InputContainer:
    """Return the container, headers read. It can open no other file and no address. `whole`: with what is cut away."""
    source.seek(0)
    options = {"protocol_whitelist": "none", "enable_drefs": "0", "use_absolute_path": "0", "max_streams": "64"}
    if whole:
        # A video that was trimmed on the phone keeps all of its packets, and counts all of them.
        options["ignore_editlist"] = "1"
    return av.open(source, "r", format=DEMUXERS[kind], options=options, buffer_size=1 << 20, metadata_errors="replace")


def picture(container: InputContainer) -> VideoStream:
    """Return the moving picture's stream. Raises Problem for foreign codecs, sizes and lengths."""
    streams = [each for each in container.streams.video if not each.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise Problem("sound" if container.streams.audio else "damaged", "no picture")
    for name in map(codec, streams):
        if name not in VIDEO_CODECS:
            raise Problem("codec", name)
    for name in map(codec, container.streams.audio):
        if name not in SOUND_CODECS and not name.startswith("pcm_"):
            raise Problem("codec", name)
    stream = streams[0]
    require_size(stream.codec_context.width, stream.codec_context.height)
    if (length(container) or 0) > MOST_VIDEO_SECONDS:
        raise Problem("long")
    stream.codec_context.thread_count = 1
    return stream


def codec(stream: VideoStream | AudioStream) -> str:
    """Return the name of a stream's decoder."""
    return stream.codec_context.name if stream.codec_context else "unknown"


def require_size(width: int, height: int) -> None:
    """Raise Problem for a picture that is larger than 4K, or has no size."""
    if min(width, height) <= 0:
        raise Problem("damaged", "no size")
    if max(width, height) > MOST_VIDEO_SIDES[0] or min(width, height) > MOST_VIDEO_SIDES[1]:
        raise Problem("sides", f"{width}x{height}")


def length(container: InputContainer) -> float | None:
    """Return the announced length in seconds, or None."""
    return container.duration / av.time_base if container.duration else None


def check(source: BinaryIO, kind: str) -> dict[str, Any]:
    """Return the facts after reading every packet and decoding a part."""
    with opened(source, kind, whole=True) as container:
        told = story(container)
        duration, keys = packets(container, picture(container))
    with opened(source, kind) as container:
        frame = frames(container, picture(container), keys)
    width, height = frame.width, frame.height
    if frame.rotation % 180:
        width, height = height, width
    return {"width": width, "height": height, "duration": round(duration, 3), **told}


def packets(container: InputContainer, stream: VideoStream) -> tuple[float, list[int]]:
    """Return the length in seconds and the key frames' timestamps. Raises Problem where something is missing."""
    count, keys, main = 0, [], stream.index
    pictures = dict.fromkeys((each.index for each in container.streams), 0)
    ends = dict(pictures)
    for packet in container.demux():
        count += 1
        if count > MOST_PACKETS:
            raise Problem("heavy", "packets")
        if not packet.size:
            continue
        if packet.is_corrupt:
            raise Problem("damaged", "corrupt packet")
        index, begins = packet.stream_index, packet.pts
        pictures[index] += 1
        if begins is not None:
            ends[index] = max(ends[index], begins + (packet.duration or 0))
            if index == main and packet.is_keyframe:
                keys.append(begins)
    end = max(float(ends[each.index] * (each.time_base or 0)) for each in container.streams)
    announced = length(container)
    if end > MOST_VIDEO_SECONDS:
        raise Problem("long")
    counted: list[VideoStream | AudioStream] = [*container.streams.video, *container.streams.audio]
    for each in counted:
        # Cameras write sound as it is: many samples are one packet then.
        loose = codec(each).startswith("pcm_")
        if each.frames and pictures[each.index] < each.frames and not loose:
            raise Problem("damaged", f"{pictures[each.index]} of {each.frames} packets")
    if not keys or (announced and end < announced - MISSING_SECONDS):
        raise Problem("damaged", f"{end} s of {announced} s, {len(keys)} key frames")
    return announced or end, keys


def frames(container: InputContainer, stream: VideoStream, keys: list[int]) -> VideoFrame:
    """Return the first frame; decodes all of a short video, and key frames of a longer one. Raises for damage."""
    until = time.process_time() + THOROUGH_SECONDS
    first = None
    for frame in container.decode(stream):
        first = first or frame
        require_frame(frame)
        if time.process_time() > until:
            break
    else:
        keys = []
    if first is None:
        raise Problem("damaged", "no frame")
    if keys:
        for at in (keys[len(keys) // 2], keys[-1]):
            if time.process_time() > LATEST_SECONDS:
                break
            container.seek(at, stream=stream)
            frame = next(container.decode(stream))
            require_size(frame.width, frame.height)
    return first


def require_frame(frame: VideoFrame) -> None:
    """Raise Problem where a decoder had to guess, or for a size that the container did not tell."""
    require_size(frame.width, frame.height)
    if frame.is_corrupt:
        raise Problem("damaged", "corrupt frame")


def poster(source: BinaryIO, kind: str, seconds: float) -> Image.Image:
    """Return the frame at a number of seconds, upright; the last one before it that decodes in time."""
    with opened(source, kind) as container:
        stream = picture(container)
        until = time.process_time() + THOROUGH_SECONDS
        at = (stream.start_time or 0) + int(seconds / (stream.time_base or 1))
        if seconds:
            container.seek(at, stream=stream)
        chosen = None
        for frame in container.decode(stream):
            require_size(frame.width, frame.height)
            chosen = frame
            if (frame.pts or 0) >= at or time.process_time() > until:
                break
        if chosen is None:
            raise av.error.EOFError(0, "no frame")
        part = min(1.0, copies.LONGEST / max(chosen.width, chosen.height))
        size = {"width": max(1, round(chosen.width * part)), "height": max(1, round(chosen.height * part))}
        image = chosen.to_image(**size)
        return image.rotate(chosen.rotation, expand=True) if chosen.rotation else image


def story(container: InputContainer) -> dict[str, Any]:
    """Return `taken` (ISO, UTC), `latitude` and `longitude` (degrees) where the phone wrote them."""
    tags = container.metadata
    told: dict[str, Any] = {}
    for name in ("com.apple.quicktime.creationdate", "creation_time"):
        try:
            when = dt.datetime.fromisoformat(tags.get(name, ""))
        except ValueError:
            continue
        if when.tzinfo and when > EARLIEST:
            told["taken"] = when.astimezone(dt.UTC).isoformat()
            break
    found = PLACE.match(tags.get("com.apple.quicktime.location.ISO6709") or tags.get("location") or "")
    if found:
        latitude, longitude = float(found[1]), float(found[2])
        if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
            told |= {"latitude": latitude, "longitude": longitude}
    return told

"""What the decoding child does with a file: Pillow for images, PyAV for sound and video, every answer a code and a text.

Imported by the parent for its tables only: the libraries are loaded in the child, by ``prepare``. They speak of much that is no fault of the
picture or the sound; what counts was tuned on the test files of Pillow, mutagen and others until only broken ones were left.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pkgutil
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.packet import Packet

FINE, ERRORS, SECOND_ERRORS, MEMORY, MISSING, UNKNOWN, TOO_LARGE = range(7)
"""What became of a file: nothing wrong; errors; errors that only the second decoder found; out of memory; PyAV is not installed; no decoder for this form of it; over
our own bounds."""
MAX_PIXELS = 25_000_000
"""Pixels of one picture that are decoded; more of RGBA would not fit into the memory of a file."""
MAX_FRAMES = 10_000
_MANY_PIXELS = f"it has over {MAX_PIXELS // 1_000_000} megapixels"

IMAGES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
}
"""What Pillow decodes, by canonical type. Its other readers, where its security faults have been, are never asked."""
_SHOWN = frozenset({b"tRNS", b"acTL", b"fcTL", b"fdAT"})

_ISO = "mov,mp4,m4a,3gp,3g2,mj2"
STREAMS = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": _ISO,
    "audio/3gpp": _ISO,
    "audio/3gpp2": _ISO,
    "audio/webm": "matroska,webm",
    "audio/x-ms-wma": "asf",
    "video/mp4": _ISO,
    "video/3gpp": _ISO,
    "video/3gpp2": _ISO,
    "video/quicktime": _ISO,
    "video/ogg": "ogg",
    "video/webm": "matroska,webm",
    "video/mpeg": "mpeg,mpegvideo,mpegts",
    "video/x-msvideo": "avi",
    "video/x-ms-wmv": "asf",
    "video/x-ms-asf": "asf",
}
"""The containers that PyAV may take a type for. Playlists and session descriptions, which open other files, are not among them."""
_NOISE = re.compile(
    r"EXIF|TIFF header"  # in a JPEG: the picture itself is decoded, and EXIF has its own rules
    r"|Overread \d+ bits"  # Vorbis setup headers that other decoders take
    r"|mmco: unref short failure|co located POCs unavailable"  # at the joints of trimmed H.264
)
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS", b"3DI")
_UNSUPPORTED = re.compile(r"(?i)unsupported|not supported|not implemented|unhandled|no decoder")
_NO_MEMORY = re.compile(r"Cannot allocate memory|[Ff]ailed to alloc")


Answer = tuple[int, str]
"""A reply's code and its text."""


def decode(data: bytes, media_type: str) -> Answer:
    """Decode one file of a canonical type to its end, or to the first error. Never raises."""
    if media_type in STREAMS:
        return decode_stream(data, STREAMS[media_type])
    answer = decode_image(data, IMAGES[media_type])
    if media_type == "image/jpeg" and answer[0] == FINE:
        # libjpeg mends damaged data and warns; Pillow drops the warnings. FFmpeg's reader reports most of them.
        second = _guarded(_decode_jpeg, data)
        if second[0] == ERRORS:
            return SECOND_ERRORS, second[1]
        return second if second[0] == MEMORY else answer
    return answer


def decode_image(data: bytes, name: str) -> Answer:
    """Load every frame with Pillow."""
    from PIL import Image

    try:
        picture = Image.open(
            io.BytesIO(picture_of_png(data) if name == "PNG" else data), formats=[name]
        )
    except Image.DecompressionBombError:
        return TOO_LARGE, _MANY_PIXELS
    except MemoryError:
        return MEMORY, ""
    except Exception:
        # There are valid bitmaps that Pillow does not read; their headers are judged elsewhere.
        return (UNKNOWN if name == "BMP" else ERRORS), f"it is not recognised as {name}"
    # The pictures behind the first one of a JPEG file (MPO) are no part of what is shown.
    most = 1 if name == "JPEG" else MAX_FRAMES
    frame = 1
    try:
        with picture:
            picture.load()
            for frame in range(2, most + 1):
                picture.seek(frame - 1)
                picture.load()
    except EOFError:
        if frame == 1:
            return ERRORS, "frame 1 is missing"
        return FINE, ""
    except Image.DecompressionBombError:
        return TOO_LARGE, _MANY_PIXELS
    except MemoryError:
        return MEMORY, ""
    except Exception as error:  # OSError, SyntaxError, ValueError, struct.error, ...
        return ERRORS, f"frame {frame}: {_said(error)}"
    return (FINE, "") if most == 1 else (TOO_LARGE, f"it has {MAX_FRAMES:,} frames or more")


def picture_of_png(data: bytes) -> bytes:
    """The chunks of a PNG that make its picture: texts, profiles and the rest are not unpacked, so they cannot be bombs."""
    kept = [data[:8]]
    place, kind = 8, b""
    while kind != b"IEND" and place + 12 <= len(data):
        kind = data[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        if end > len(data):
            break
        if kind[:1].isupper() or kind in _SHOWN:
            kept.append(data[place:end])
        place = end
    if kind != b"IEND" or place < 12:
        kept.append(data[place:])
    return b"".join(kept)


Message = tuple[int, str, str]
"""What FFmpeg logs: a level, who speaks, a text."""


def decode_stream(data: bytes, demuxers: str) -> Answer:
    """Decode every audio and video stream with PyAV, up to the first error."""
    if data[:4] == b"ADIF":
        return UNKNOWN, "PyAV does not read the ADIF form of AAC"
    return _guarded(partial(_decode_container, demuxers=demuxers), data)


def _guarded(work: Callable[[bytes, list[Message]], Answer], data: bytes) -> Answer:
    """Do it with FFmpeg's messages collected. Never raises."""
    try:
        import av.logging
    except Exception:  # absent, or broken in any way that an import can be
        return MISSING, ""
    with av.logging.Capture() as messages:
        try:
            return work(data, messages)
        except MemoryError:
            return MEMORY, ""
        except Exception as error:  # av.FFmpegError, and what the bindings raise on odd values
            return _error(messages) or _damage(_said(error))


def _decode_jpeg(data: bytes, messages: list[Message]) -> Answer:
    """One picture, straight to the decoder: FFmpeg's search for its end stumbles over thumbnails."""
    import av

    codec = av.CodecContext.create("mjpeg", "r")
    codec.thread_count = 1
    return _decode_packets([av.Packet(data)], codec.decode, messages) or (FINE, "")


def _decode_container(data: bytes, messages: list[Message], demuxers: str) -> Answer:
    import av

    with av.open(
        io.BytesIO(data),
        "r",
        format=demuxers if "," not in demuxers else None,
        container_options={"format_whitelist": demuxers},
        metadata_errors="replace",
    ) as container:
        # A cover picture is no part of the sound.
        streams = [
            stream
            for stream in (*container.streams.audio, *container.streams.video)
            if stream.codec_context is not None
            and not stream.disposition & av.stream.Disposition.attached_pic
        ]
        if not streams:
            return _error(messages) or (UNKNOWN, "PyAV has no decoder for what it holds")
        for stream in streams:
            stream.codec_context.thread_count = 1
        packets = container.demux(streams)
        if demuxers == "mp3":
            found = _decode_mp3(packets, messages)
        else:
            found = _decode_packets(packets, lambda packet: packet.decode(), messages)
    return found or (FINE, "")


def _decode_packets(
    packets: Iterable[Packet[Any]],
    decoded: Callable[[Packet[Any]], object],
    messages: list[Message],
) -> Answer | None:
    """The first error among the packets."""
    import av

    for packet in packets:
        failed = None
        try:
            decoded(packet)
        except av.error.InvalidDataError as error:
            failed = None if messages else _damage(_said(error))
        answer = _error(messages) or failed
        if answer is not None:
            return answer
    return None


def _decode_mp3(packets: Iterable[Packet[Any]], messages: list[Message]) -> Answer | None:
    """The same for an MP3, whose players skip what is no frame: tags anywhere, and anything behind the last frame."""
    import av

    pending, in_tag = None, False
    for packet in packets:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            found = _error(messages) or _damage(_said(error))
            body = bytes(packet).lstrip(b"\0")
            in_tag = in_tag or not body or body.startswith(_TAGS)
            pending = pending or (None if in_tag else found)
            continue
        answer = _error(messages) or (pending if frames else None)
        if answer is not None:
            return answer
        in_tag = False
    return None


def _said(error: Exception) -> str:
    """What an error of the library says, without file names and numbers."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__


def _error(messages: list[Message]) -> Answer | None:
    """The first message that stands for damage, as an answer; forget all of them."""
    texts = [text.strip() for _, _, text in messages]
    messages.clear()
    if any(_NO_MEMORY.search(text) for text in texts):
        return MEMORY, ""
    return next((_damage(text) for text in texts if text and not _NOISE.search(text)), None)


def _damage(text: str) -> Answer:
    return (UNKNOWN if _UNSUPPORTED.search(text) else ERRORS), text


def prepare() -> str:
    """Load the libraries and let each of them work once, so that no file has to be opened later. The versions, as JSON."""
    warnings.simplefilter("ignore")
    import PIL
    from PIL import Image

    # Pillow raises at twice this, at every place where a size turns up.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    with contextlib.suppress(Exception):
        import av
        import av.logging

        av.logging.set_level(av.logging.ERROR)
        av.logging.set_skip_repeated(False)
        # Some of its modules are otherwise imported when the first stream of a kind turns up.
        for module in pkgutil.walk_packages(av.__path__, "av."):
            if module.name != "av.__main__":
                with contextlib.suppress(Exception):
                    importlib.import_module(module.name)
    for media_type, name in IMAGES.items():
        sample = io.BytesIO()
        with contextlib.suppress(Exception):  # a Pillow that was built without one of them
            Image.new("RGB", (16, 16)).save(sample, name)
            decode(sample.getvalue(), media_type)
    found = {"Pillow": PIL.__version__}
    if "av.logging" in sys.modules:
        found["PyAV"] = sys.modules["av"].__version__
    return json.dumps(found)

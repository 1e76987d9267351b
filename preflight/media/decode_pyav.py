"""Decode sound and video with PyAV (FFmpeg), whose log tells what is wrong; and a JPEG a second time.

FFmpeg speaks of much that is no fault of the picture or the sound; what counts was tuned on the test files of Pillow, mutagen and
others until only broken ones were left.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from .decode_answer import ERRORS, FAULT, FINE, MEMORY, MISSING, UNKNOWN, Answer, said
from .mpeg_audio import is_free_format

if TYPE_CHECKING:
    from av.packet import Packet

_NOISE = re.compile(
    r"EXIF|TIFF header"  # in a JPEG: the picture itself is decoded, and EXIF has its own rules
    r"|Overread \d+ bits"  # Vorbis setup headers that other decoders take
    r"|mmco: unref short failure|co located POCs unavailable"  # at the joints of trimmed H.264
)
_TAGS = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS", b"3DI")
_NOTHING: Answer = ERRORS, "no picture and no sound comes out of it"
_UNSUPPORTED = re.compile(r"(?i)unsupported|not supported|not implemented|unhandled|no decoder")
_NO_MEMORY = re.compile(r"Cannot allocate memory|[Ff]ailed to alloc")

Message = tuple[int, str, str]
"""What FFmpeg logs: a level, who speaks, a text."""


def decode_stream(data: bytes, demuxers: str) -> Answer:
    """Decode every audio and video stream with PyAV, up to the first error."""
    if data[:4] == b"ADIF":
        return UNKNOWN, "PyAV does not read the ADIF form of AAC"
    if demuxers == "mp3" and is_free_format(data):
        return UNKNOWN, "FFmpeg has no decoder for the free format of MP3"
    return _guarded(partial(_decode_container, demuxers=demuxers), data)


def decode_jpeg(data: bytes) -> Answer:
    """Decode one picture, straight with the decoder: FFmpeg's search for its end stumbles over thumbnails."""
    return _guarded(_decode_picture, data)


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
        except (TypeError, AttributeError, NameError, ImportError) as error:
            # Ours, or of a version that is not known here; never the file's.
            return _error(messages) or (FAULT, f"{type(error).__name__}: {error}")
        except Exception as error:  # av.FFmpegError, and what the bindings raise on odd values
            return _error(messages) or _damage(said(error))


def _decode_picture(data: bytes, messages: list[Message]) -> Answer:
    import av

    codec = av.CodecContext.create("mjpeg", "r")
    codec.thread_count = 1
    return _decode_packets([av.Packet(data)], codec.decode, messages) or (FINE, "")


def _decode_container(data: bytes, messages: list[Message], demuxers: str) -> Answer:
    import av

    # From version 19 on, tags that are not UTF-8 are no error without being asked.
    old = int(av.__version__.partition(".")[0]) < 19
    lenient: dict[str, Any] = {"metadata_errors": "replace"} if old else {}
    with av.open(
        io.BytesIO(data),
        "r",
        format=demuxers if "," not in demuxers else None,
        container_options={"format_whitelist": demuxers},
        **lenient,
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
    """The first error among the packets; that not one of them gives a picture or a sound is one, too."""
    import av

    shown = False
    for packet in packets:
        failed = None
        try:
            shown = bool(decoded(packet)) or shown
        except av.error.InvalidDataError as error:
            failed = None if messages else _damage(said(error))
        answer = _error(messages) or failed
        if answer is not None:
            return answer
    return None if shown else _NOTHING


def _decode_mp3(packets: Iterable[Packet[Any]], messages: list[Message]) -> Answer | None:
    """The same for an MP3, whose players skip what is no frame: tags anywhere, and anything behind the last frame."""
    import av

    pending, in_tag, shown = None, False, False
    for packet in packets:
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as error:
            found = _error(messages) or _damage(said(error))
            body = bytes(packet).lstrip(b"\0")
            in_tag = in_tag or not body or body.startswith(_TAGS)
            pending = pending or (None if in_tag else found)
            continue
        answer = _error(messages) or (pending if frames else None)
        if answer is not None:
            return answer
        in_tag, shown = False, shown or bool(frames)
    return None if shown else pending or _NOTHING


def _error(messages: list[Message]) -> Answer | None:
    """The first message that stands for damage, as an answer; forget all of them."""
    texts = [text.strip() for _, _, text in messages]
    messages.clear()
    if any(_NO_MEMORY.search(text) for text in texts):
        return MEMORY, ""
    return next((_damage(text) for text in texts if text and not _NOISE.search(text)), None)


def _damage(text: str) -> Answer:
    return (UNKNOWN if _UNSUPPORTED.search(text) else ERRORS), text

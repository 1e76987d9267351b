"""MPEG audio (MP3, MP2, MP1): from frame header to frame header, which gives the exact duration of CBR and VBR alike.

Frames: ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (half rates); MPEG 2.5 is Fraunhofer's. The header frame of a VBR file
is Xing's ("Xing", LAME writes "Info" for CBR) or Fraunhofer's ("VBRI").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import islice

from ..observation import Audio
from .id3 import end_of_audio, is_cut_tag, skip_tags, tag_length
from .walk import MAX_ITEMS, Walk

_HEADER = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\x0b\x10-\x1b\x20-\x2b\x30-\x3b\x40-\x4b\x50-\x5b\x60-\x6b"
                     rb"\x70-\x7b\x80-\x8b\x90-\x9b\xa0-\xab\xb0-\xbb\xc0-\xcb\xd0-\xdb\xe0-\xeb].", re.DOTALL)  # fmt: skip
_ZEROS = bytes(1 << 16)
_NOT_ZERO = re.compile(rb"[^\x00]")

_SEARCH_BYTES = 1 << 20
_SEARCH_TRIES = 10_000
"""How far, and over how many false starts, a frame is looked for after junk: 10 ms at most."""

_MAX_GAPS = 100
"""Places where frames stop and start again that are walked over."""

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_FULL = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_HALF = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_CODEC = {3: "mp1", 2: "mp2", 1: "mp3"}


@dataclass(frozen=True, slots=True)
class Stream:
    """What all frames of a stream share. ``steps`` maps the second and third header byte to the frame's bytes."""

    codec: str
    rate: int
    samples: int
    steps: dict[bytes, int]


@dataclass(slots=True)
class _Run:
    """The frames seen: ``end`` is where the last whole one ends, ``cut`` the bytes that a last one lacks."""

    first: int
    end: int
    frames: int = 0
    audio_bytes: int = 0
    gaps: int = 0
    cut: int = 0
    overrun: bool = False


@dataclass(frozen=True, slots=True)
class _VbrHeader:
    """What a Xing, Info or VBRI frame states; the frames do not count the header frame."""

    frames: int | None
    size: int | None


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an MP3 file (or layers I and II); see ``timed.Walker`` for the arguments."""
    start, too_many = skip_tags(data)
    if too_many:
        return Walk(audio=Audio(format="mp3"), overrun="it begins with more than 1,000 ID3 tags")
    if start > len(data) or (start == len(data) and not whole):
        return _beyond_tag(data, start) if whole else Walk(audio=Audio(format="mp3"))
    first = find_frame(data, start, len(data))
    if first is None:
        problem = "no MPEG audio frame was found" if whole else None
        return Walk(audio=Audio(format="mp3", problem=problem))
    stop = end_of_audio(data) if whole else len(data)
    stream = stream_at(data, first)
    run = _frames(data, first, stop, stream)
    header = vbr_header(data, first)
    return Walk(
        audio=_facts(data, stream, run, header, whole, length),
        truncated=_truncation(data, run, header, stop) if whole else None,
        overrun=f"it has more than {MAX_ITEMS:,} frames" if run.overrun else None,
        trailing=_trailing(data, run, stop) if whole else 0,
    )


def find_frame(data: bytes, start: int, stop: int) -> int | None:
    """The first frame at or after ``start`` that another one follows, or that ends the data; zeros and junk are skipped.

    Looks at most 1 MiB ahead, beyond any zeros.
    """
    while start < stop and data.startswith(_ZEROS, start):
        start += len(_ZEROS)
    filled = _NOT_ZERO.search(data, start, stop)
    if filled is None:
        return None
    start = filled.start()
    found = _HEADER.finditer(data, start, min(stop, start + _SEARCH_BYTES))
    for match in islice(found, _SEARCH_TRIES):
        if _believable(data, match.start(), stop):
            return match.start()
    return None


def _believable(data: bytes, position: int, stop: int) -> bool:
    """Whether two more frames follow, or the data end exactly after (or inside) one of the frames.

    Two bytes of sync are met by chance in any picture or text, three frames in step are not.
    """
    steps = stream_at(data, position).steps
    here = position
    for _ in range(2):
        step = steps.get(data[here + 1 : here + 3]) if data[here : here + 1] == b"\xff" else None
        if not step:
            return False
        here += step
        if here >= stop:
            return position == 0 or here == stop
    return data[here : here + 1] == b"\xff" and data[here + 1 : here + 3] in steps


def stream_at(data: bytes, position: int) -> Stream:
    """The stream that the valid frame header at ``position`` belongs to."""
    second, third = data[position + 1], data[position + 2]
    if third >> 4:
        return _stream(second & 0xFE, third >> 2 & 3)
    return _free_format(data, position, _stream(second & 0xFE, third >> 2 & 3))


@cache
def _stream(second: int, rate_index: int) -> Stream:
    version, layer = second >> 3 & 3, second >> 1 & 3
    rate = _RATES[version][rate_index]
    samples = 384 if layer == 3 else 576 if layer == 1 and version != 3 else 1152
    slot = 4 if layer == 3 else 1
    steps: dict[bytes, int] = {}
    for index, kilobits in enumerate((_FULL if version == 3 else _HALF)[layer], start=1):
        for padding in (0, 1):
            size = (samples // 8 // slot * kilobits * 1000 // rate + padding) * slot
            for private in (0, 1):
                third = index << 4 | rate_index << 2 | padding << 1 | private
                steps[bytes((second, third))] = steps[bytes((second | 1, third))] = size
    return Stream(codec=_CODEC[layer], rate=rate, samples=samples, steps=steps)


def _free_format(data: bytes, position: int, known: Stream) -> Stream:
    """A stream whose bit rate is not in the table: the distance to the next equal header is its frame length."""
    second, third = data[position + 1], data[position + 2]
    padded = third >> 1 & 1
    follow = position + 20
    while True:
        follow = data.find(b"\xff", follow + 1, position + 6_000)
        if follow < 0:
            return Stream(codec=known.codec, rate=known.rate, samples=known.samples, steps={})
        if (
            data[follow + 1 : follow + 2] == bytes((second,))
            and (data[follow + 2] ^ third) & 0xFC == 0
        ):
            break
    slot = 4 if known.codec == "mp1" else 1
    plain = follow - position - padded * slot
    steps = {bytes((second, third & 0xFC | bits)): plain + (bits >> 1) * slot for bits in range(4)}
    return Stream(codec=known.codec, rate=known.rate, samples=known.samples, steps=steps)


def _frames(data: bytes, first: int, stop: int, stream: Stream) -> _Run:
    """Walk to the end of the audio, over tags and gaps between frames."""
    run = _Run(first=first, end=first)
    position: int | None = first
    while position is not None:
        _run_on(data, position, stop, stream, run)
        position = _after_gap(data, stop, stream, run)
    return run


def _run_on(data: bytes, position: int, stop: int, stream: Stream, run: _Run) -> None:
    steps, start, count = stream.steps, position, run.frames
    while position + 4 <= stop and data[position] == 0xFF:
        step = steps.get(data[position + 1 : position + 3])
        if step is None:
            break
        if position + step > stop:
            run.cut = position + step - stop
            break
        position += step
        count += 1
        if count >= MAX_ITEMS:
            run.overrun = position < stop
            break
    run.audio_bytes += position - start
    run.frames, run.end = count, position


def _after_gap(data: bytes, stop: int, stream: Stream, run: _Run) -> int | None:
    """Where the frames go on after a tag or junk, or None where they do not."""
    if run.cut or run.overrun or run.end >= stop or run.gaps >= _MAX_GAPS:
        return None
    run.gaps += 1
    follow = find_frame(data, run.end + (tag_length(data, run.end) or 0), stop)
    if follow is None or stream_at(data, follow).rate != stream.rate:
        return None
    return follow if data[follow + 1 : follow + 3] in stream.steps else None


def vbr_header(data: bytes, first: int) -> _VbrHeader | None:
    """What the first frame states about the whole stream, where it is a Xing, Info or VBRI frame.

    Xing's sits after the side information: 9, 17 or 32 bytes by version and channels; VBRI at a fixed 32.
    """
    mpeg1, mono = data[first + 1] >> 3 & 3 == 3, data[first + 3] >> 6 == 3
    side = (17 if mono else 32) if mpeg1 else (9 if mono else 17)
    xing = first + 4 + side
    if data[xing : xing + 4] in (b"Xing", b"Info") and len(data) >= xing + 16:
        flags = int.from_bytes(data[xing + 4 : xing + 8], "big")
        numbers = [int.from_bytes(data[at : at + 4], "big") for at in (xing + 8, xing + 12)]
        frames = numbers.pop(0) if flags & 1 else None
        return _VbrHeader(frames=frames or None, size=numbers[0] or None if flags & 2 else None)
    vbri = first + 36
    if data[vbri : vbri + 4] == b"VBRI" and len(data) >= vbri + 18:
        size = int.from_bytes(data[vbri + 10 : vbri + 14], "big")
        return _VbrHeader(
            frames=int.from_bytes(data[vbri + 14 : vbri + 18], "big") or None, size=size or None
        )
    return None


def _facts(
    data: bytes,
    stream: Stream,
    run: _Run,
    header: _VbrHeader | None,
    whole: bool,
    length: int | None,
) -> Audio:
    frames = run.frames - 1 if header else run.frames
    per_frame = stream.samples / stream.rate
    seconds = max(0, frames) * per_frame
    bitrate = round(run.audio_bytes * 8 / (run.frames * per_frame)) if run.frames else None
    if not whole or run.overrun:
        seconds = _estimate(run, header, per_frame, bitrate, length)
    return Audio(
        format=stream.codec,
        codec=stream.codec,
        sample_rate=stream.rate,
        channels=1 if data[run.first + 3] >> 6 == 3 else 2,
        duration_s=round(seconds, 6) if seconds else None,
        bitrate=bitrate,
    )


def _estimate(
    run: _Run, header: _VbrHeader | None, per_frame: float, bitrate: int | None, length: int | None
) -> float:
    """Seconds of a stream that was not walked to its end: as its header states, else from the mean bit rate."""
    if header and header.frames:
        return header.frames * per_frame
    return (length - run.first) * 8 / bitrate if length is not None and bitrate else 0.0


def _truncation(data: bytes, run: _Run, header: _VbrHeader | None, stop: int) -> str | None:
    """Whether the audio ends early. A last frame in part is the sign that the format has.

    Behind such a frame nothing may follow: where a tag does, the file is whole and the encoder was careless.
    """
    if stop == len(data):
        if run.cut:
            return f"the last of {run.frames + 1:,} frames lacks {run.cut} of its bytes"
        left = data[run.end : stop]
        if 0 < len(left) < 4 and left[:2] == data[run.first : run.first + 2][: len(left)]:
            return f"it ends {len(left)} bytes into a frame header"
        if is_cut_tag(data, run.end):
            return "it ends inside a tag after the sound"
    missing = (header.frames or 0) - (run.frames - 1) if header else 0
    if header and header.frames and header.size and missing > 1 and run.first + header.size > stop:
        return f"its header says {header.frames:,} frames, and {run.frames - 1:,} are there"
    return None


def _trailing(data: bytes, run: _Run, stop: int) -> int:
    """Bytes after the last frame that are no tag."""
    if run.cut or run.overrun:
        return 0
    return max(0, stop - run.end - (tag_length(data, run.end) or 0))


def _beyond_tag(data: bytes, start: int) -> Walk:
    """An ID3 tag that says it is longer than the file: its size may be a lie, so frames are looked for inside."""
    first = find_frame(data, 10, len(data))
    if first is None:
        problem = f"its ID3 tag says {start:,} bytes, and the file ends after {len(data):,}"
        return Walk(
            audio=Audio(format="mp3", problem="no MPEG audio frame was found"), truncated=problem
        )
    stream = stream_at(data, first)
    run = _frames(data, first, end_of_audio(data), stream)
    return Walk(audio=_facts(data, stream, run, vbr_header(data, first), True, None))

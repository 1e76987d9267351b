"""MPEG audio (MP3, MP2, MP1): from frame header to frame header, which gives the exact duration of CBR and VBR alike.

Frames: ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (half rates); MPEG 2.5 is Fraunhofer's. The header frame of a VBR file
is Xing's ("Xing", LAME writes "Info" for CBR) or Fraunhofer's ("VBRI").
"""

from __future__ import annotations

from ..observation import Audio
from ..values import dataclass
from .id3 import end_of_audio, is_cut_tag, skip_tags, tag_length
from .mpeg_frames import Stream, find_frame, past_zeros, stream_at
from .walk import MAX_ITEMS, Walk, cut_frame, rounded

_MAX_GAPS, _GAP_TRIES = 100, 500
"""Places where frames stop and start again that are walked over, and the false starts allowed in each."""


@dataclass(slots=True)
class _Run:
    """The frames seen: ``gaps`` is how often they went on after something else, ``end`` is where the last whole one ends, ``cut`` the bytes that a last one lacks."""

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
    stop = end_of_audio(data) if whole else len(data)
    if stop <= start:  # a tag at the end that says it is all there is
        stop = len(data)
    first = find_frame(data, start, stop)
    if first is None:
        problem = "no MPEG audio frame was found" if whole else None
        return Walk(audio=Audio(format="mp3", problem=problem))
    stream = stream_at(data, first)
    run = _frames(data, first, stop, stream)
    header = vbr_header(data, first)
    truncated = _truncation(data, run, header, stop) if whole else None
    return Walk(
        audio=_facts(data, stream, run, header, whole, length),
        truncated=truncated,
        corrupt=_damage(run, header) if whole and not truncated else None,
        overrun=f"it has more than {MAX_ITEMS:,} frames" if run.overrun else None,
        trailing=_trailing(data, run, stop) if whole else 0,
    )


def is_free_format(data: bytes) -> bool:
    """Whether the first frame leaves its bit rate open (index 0): a legal stream, which few decoders take."""
    first = find_frame(data, skip_tags(data)[0], len(data))
    return first is not None and data[first + 2] >> 4 == 0


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
    start = run.end + (tag_length(data, run.end) or 0)
    follow = find_frame(data, start, stop, _GAP_TRIES)
    if follow is None or stream_at(data, follow).rate != stream.rate:
        return None
    if data[follow + 1 : follow + 3] not in stream.steps:
        return None
    run.gaps += 1
    return follow


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
        duration_s=rounded(seconds),
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
            return cut_frame(run.frames + 1, run.cut)
        left = data[run.end : stop]
        if 0 < len(left) < 4 and left[:2] == data[run.first : run.first + 2][: len(left)]:
            return f"it ends {len(left)} bytes into a frame header"
        if is_cut_tag(data, run.end):
            return "it ends inside a tag after the sound"
    if header is None or not header.size or _missing(run, header) <= 1:
        return None
    stated = run.first + header.size
    # A transfer that was broken off may leave zeros where the rest should be.
    if stated > stop or (run.end < stated and past_zeros(data, run.end, stated) == stated):
        return f"its header says {header.frames:,} frames, and {run.frames - 1:,} are there"
    return None


def _damage(run: _Run, header: _VbrHeader | None) -> str | None:
    """Whether bytes that are no frame took the place of frames: either alone is met in sound files."""
    if header is None or not run.gaps or run.overrun or _missing(run, header) <= 1:
        return None
    return f"its header says {header.frames:,} frames, and {run.frames - 1:,} are there, with other bytes between them"


def _missing(run: _Run, header: _VbrHeader) -> int:
    """Frames that the header states, and that are not there."""
    return header.frames - (run.frames - 1) if header.frames else 0


def _trailing(data: bytes, run: _Run, stop: int) -> int:
    """Bytes after the last frame that are no tag."""
    if run.cut or run.overrun:
        return 0
    return max(0, stop - run.end - (tag_length(data, run.end) or 0))


def _beyond_tag(data: bytes, start: int) -> Walk:
    """An ID3 tag that says it is longer than the file: its size may be a lie, so frames are looked for inside."""
    first = find_frame(data, 10, len(data))
    if first is None:
        cut = f"its ID3 tag says {start:,} bytes, and the file ends after {len(data):,}"
        return Walk(audio=Audio(format="mp3"), truncated=cut)
    stream = stream_at(data, first)
    run = _frames(data, first, end_of_audio(data), stream)
    return Walk(audio=_facts(data, stream, run, vbr_header(data, first), True, None))

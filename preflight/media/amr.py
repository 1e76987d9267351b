"""AMR and AMR-WB files: a magic line, then 20 ms speech frames (RFC 4867 section 5).

The format is mono except under the multichannel magic lines. Sample rates are fixed: 8 kHz, and 16 kHz for AMR-WB.
"""

from __future__ import annotations

from ..observation import Audio
from ..values import dataclass
from .walk import MAX_ITEMS, Walk, mean_bitrate

_FRAME_S = 0.02
_NARROW = (13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1)
_WIDE = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1)
# Frame type is bits 3 to 6 of the first byte; 0 marks the reserved types, which have no length.
_NARROW_STEPS = bytes(_NARROW[byte >> 3 & 15] for byte in range(256))
_WIDE_STEPS = bytes(_WIDE[byte >> 3 & 15] for byte in range(256))


@dataclass(frozen=True, slots=True)
class _Kind:
    media_type: str
    codec: str
    rate: int
    steps: bytes
    magic: bytes
    multichannel: bool = False


_KINDS = (
    _Kind("audio/amr", "amr", 8_000, _NARROW_STEPS, b"#!AMR\n"),
    _Kind("audio/amr-wb", "amr-wb", 16_000, _WIDE_STEPS, b"#!AMR-WB\n"),
    _Kind("audio/amr", "amr", 8_000, _NARROW_STEPS, b"#!AMR_MC1.0\n", True),
    _Kind("audio/amr-wb", "amr-wb", 16_000, _WIDE_STEPS, b"#!AMR-WB_MC1.0\n", True),
)


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an AMR or AMR-WB file; see ``timed.Walker`` for the arguments."""
    kind = next((kind for kind in _KINDS if data.startswith(kind.magic)), None)
    if kind is None:
        return Walk(audio=Audio(format="amr", problem="it does not begin with #!AMR or #!AMR-WB"))
    start = len(kind.magic) + (4 if kind.multichannel else 0)
    channels = max(1, data[start - 1] & 15) if kind.multichannel and len(data) >= start else 1
    frames, last, position = _frames(data, start, kind.steps)
    truncated = corrupt = overrun = None
    trailing = 0
    if position > len(data) and last == len(data) - 1 and _is_odd(data[last]):
        frames, position, trailing = frames - 1, last, 1
    elif position > len(data):
        frames -= 1
        missing = position - len(data)
        truncated = f"the last frame lacks {missing} of its bytes" if whole else None
    elif position < len(data) and frames >= MAX_ITEMS:
        overrun = f"it has more than {MAX_ITEMS:,} frames"
    elif position < len(data):
        corrupt = f"frame {frames + 1} has a reserved type, so its end is unknown"
    elif not frames and whole:
        truncated = "it has no frames after its first line"
    return Walk(
        media_type=kind.media_type,
        audio=_facts(
            kind, channels, frames, min(position, len(data)) - start, start, length, whole
        ),
        truncated=truncated,
        corrupt=corrupt,
        overrun=overrun,
        trailing=trailing if whole else 0,
    )


def _is_odd(byte: int) -> bool:
    """Whether a byte where a frame begins is no frame header of a good frame: a line end or zero that a writer added."""
    return byte & 0x83 != 0 or not byte & 4


def _frames(data: bytes, position: int, steps: bytes) -> tuple[int, int, int]:
    """How many frames there are, where the last one begins, and where it ends, which may be beyond the data."""
    count, last, total = 0, position, len(data)
    while position < total and count < MAX_ITEMS:
        step = steps[data[position]]
        if not step:
            break
        last = position
        position += step
        count += 1
    return count, last, position


def _facts(
    kind: _Kind, channels: int, frames: int, size: int, start: int, length: int | None, whole: bool
) -> Audio:
    seconds = frames / channels * _FRAME_S
    bitrate = mean_bitrate(size, seconds)
    if not whole:
        # From a prefix the duration is a guess: the rest is taken to have frames of the same mean size.
        seconds = (length - start) * 8 / bitrate if length is not None and bitrate else 0.0
    return Audio(
        format=kind.codec,
        codec=kind.codec,
        sample_rate=kind.rate,
        channels=channels,
        duration_s=round(seconds, 6) if seconds or whole else None,
        bitrate=bitrate,
    )

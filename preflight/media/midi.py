"""Standard MIDI files, plain or inside RIFF (RMID): chunks, and the duration from events and tempo changes.

Layout: Standard MIDI Files 1.0 (RP-001).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..observation import Audio
from .walk import MAX_ITEMS, Walk

_DEFAULT_TEMPO = 500_000
"""Microseconds a quarter note, until a file says otherwise."""


@dataclass(slots=True)
class _Song:
    """``tempos`` are (tick, microseconds a quarter note); ``left`` events may still be read."""

    ticks: int = 0
    tempos: list[tuple[int, int]] = field(default_factory=list)
    left: int = MAX_ITEMS
    truncated: str | None = None
    corrupt: str | None = None
    tracks: int = 0
    end: int = 0


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read a MIDI file; see ``timed.Walker`` for the arguments."""
    start = max(0, data.find(b"MThd", 0, 4_096)) if data[:4] == b"RIFF" else 0
    head = data[start : start + 14]
    if head[:4] == b"MThd" and len(head) < 14:
        cut = "it ends inside its MThd chunk" if whole else None
        return Walk(audio=Audio(format="midi"), truncated=cut)
    if head[:4] != b"MThd" or int.from_bytes(head[4:8], "big") < 6:
        return Walk(audio=Audio(format="midi", problem="it has no MThd chunk"))
    song = _read_tracks(data, start, whole)
    overrun = song.left <= 0
    problem = None if song.tracks or song.truncated or not whole else "it has no track"
    seconds = None
    if whole and not overrun and not song.truncated:
        seconds = _seconds(song, int.from_bytes(head[12:14], "big"))
    return Walk(
        audio=Audio(format="midi", codec="midi", duration_s=seconds, problem=problem),
        truncated=song.truncated,
        corrupt=song.corrupt,
        overrun=f"it has more than {MAX_ITEMS:,} events" if overrun else None,
        trailing=len(data) - song.end if whole and not start and not song.truncated else 0,
    )


def _read_tracks(data: bytes, start: int, whole: bool) -> _Song:
    song = _Song()
    stated = int.from_bytes(data[start + 10 : start + 12], "big")
    position = start + 8 + int.from_bytes(data[start + 4 : start + 8], "big")
    while position + 8 <= len(data) and song.tracks < stated and song.left > 0:
        song.left -= 1
        end = position + 8 + int.from_bytes(data[position + 4 : position + 8], "big")
        if whole and end > len(data):
            song.truncated = f"a chunk lacks {end - len(data):,} of its bytes"
        if data[position : position + 4] == b"MTrk":
            song.tracks += 1
            _read_events(data, position + 8, min(end, len(data)), song)
        position = end
    if whole and song.left > 0 and song.tracks < stated and not song.truncated:
        left = len(data) - position
        if 0 < left < 8 or (song.tracks and not left):
            song.truncated = f"it should have {stated:,} tracks, and {song.tracks:,} are there"
    song.end = min(position, len(data))
    return song


def _read_events(data: bytes, position: int, end: int, song: _Song) -> None:
    tick, status, left = 0, 0, song.left
    try:
        while position < end and left > 0:
            left -= 1
            delta, position = _variable(data, position)
            tick += delta
            byte = data[position]
            if byte >= 0xF0:
                status = 0
                kind = data[position + 1] if byte == 0xFF else -1
                size, position = _variable(data, position + (2 if byte == 0xFF else 1))
                if kind == 0x51 and size == 3:
                    song.tempos.append((tick, int.from_bytes(data[position : position + 3], "big")))
                position += size
                if kind == 0x2F:
                    break
                continue
            if byte >= 0x80:
                status = byte
                position += 1
            elif not status:
                break
            position += 1 if 0xC0 <= status < 0xE0 else 2
    except IndexError:
        pass
    song.left = left
    song.ticks = max(song.ticks, tick)


def _variable(data: bytes, position: int) -> tuple[int, int]:
    """A variable-length quantity of at most four bytes."""
    value = 0
    for _ in range(4):
        byte = data[position]
        position += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return value, position


def _seconds(song: _Song, division: int) -> float | None:
    if division & 0x8000:
        rate = (256 - (division >> 8)) * (division & 0xFF)
        return song.ticks / rate if rate else None
    if not division:
        return None
    total, last, tempo = 0, 0, _DEFAULT_TEMPO
    for tick, following in [*sorted(song.tempos), (song.ticks, 0)]:
        total += (min(tick, song.ticks) - last) * tempo
        last, tempo = min(tick, song.ticks), following
    return round(total / division / 1_000_000, 6) or None

"""A second opinion on audio headers that our own readers cannot make out: mutagen's stream classes.

The only room that imports mutagen (GPL-2.0-or-later), and only when it is asked. Its tag parsers are never called: a tag of 1 MB
can take them minutes or gigabytes. The bytes given to it are bounded, and start after the tag.
"""

from __future__ import annotations

import io
from dataclasses import replace
from importlib import import_module

from ..observation import Audio
from .id3 import skip_tags

_MAX_BYTES = 1 << 18

_CLASSES = {
    "audio/mpeg": (("mutagen.mp3", "MPEGInfo"),),
    "audio/aac": (("mutagen.aac", "AACInfo"),),
    "audio/ogg": (
        ("mutagen.oggvorbis", "OggVorbisInfo"),
        ("mutagen.oggopus", "OggOpusInfo"),
        ("mutagen.oggspeex", "OggSpeexInfo"),
    ),
}


def second_opinion(media_type: str, data: bytes, audio: Audio) -> Audio:
    """Facts that ``audio`` lacks, as mutagen sees them; unchanged where it sees none. Its ``problem`` goes if they are found.

    Durations are taken only where mutagen had the whole file in hand.
    """
    start, _ = skip_tags(data)
    body = data[start : start + _MAX_BYTES]
    for module, name in _CLASSES.get(media_type, ()):
        found = _stream_info(module, name, body)
        if found is None:
            continue
        rate, channels, seconds = found
        return replace(
            audio,
            sample_rate=audio.sample_rate or rate,
            channels=audio.channels or channels,
            duration_s=audio.duration_s or (seconds if len(data) - start <= _MAX_BYTES else None),
            problem=None,
        )
    return audio


def _stream_info(module: str, name: str, body: bytes) -> tuple[int, int, float | None] | None:
    """Sample rate, channels and seconds; None where mutagen refuses, guesses, or fails in any way."""
    try:
        info = getattr(import_module(module), name)(io.BytesIO(body))
        if getattr(info, "sketchy", False):
            return None
        rate = int(getattr(info, "sample_rate", 0) or 48_000)
        channels, seconds = int(info.channels), float(info.length)
    except (Exception, MemoryError, RecursionError):
        return None
    if channels <= 0:
        return None
    return rate, channels, round(seconds, 6) if 0 < seconds < 1e9 else None

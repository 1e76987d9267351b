"""Which walker reads which audio or video type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..late import Late
from .walk import Walk

Walker = Callable[[bytes, bool, int | None], Walk]
"""Called with the bytes, whether they are the whole resource (no truncation is judged on a prefix), and the length of the
whole resource in bytes where it is known (durations of constant bit rate). Never raises on any bytes."""


_ADVISED = frozenset({"audio/mpeg", "audio/aac", "audio/ogg"})


class _Walkers(Late[Walker]):
    """Some ask mutagen where they cannot read the header of a whole file themselves."""

    def __getitem__(self, media_type: str) -> Walker:
        walker = super().__getitem__(media_type)
        return partial(_advised, media_type, walker) if media_type in _ADVISED else walker


def _advised(media_type: str, walker: Walker, data: bytes, whole: bool, length: int | None) -> Walk:
    own = walker(data, whole, length)
    audio = own.audio
    if audio is None or not whole or own.truncated or own.overrun:
        return own
    if audio.problem is None and audio.sample_rate is not None:
        return own
    from .mutagen_info import second_opinion

    return replace(own, audio=second_opinion(media_type, data, audio))


WALKERS: Late[Walker] = _Walkers(
    __package__,
    {
        "audio/mpeg": "mpeg_audio:walk",
        "audio/wav": "wav:walk",
        "audio/amr": "amr:walk",
        "audio/amr-wb": "amr:walk",
        "audio/aac": "adts:walk",
        "audio/mp4": "isobmff:walk",
        "audio/3gpp": "isobmff:walk",
        "audio/3gpp2": "isobmff:walk",
        "video/mp4": "isobmff:walk",
        "video/3gpp": "isobmff:walk",
        "video/3gpp2": "isobmff:walk",
        "video/quicktime": "isobmff:walk",
        "audio/ogg": "ogg:walk",
        "video/ogg": "ogg:walk",
        "audio/flac": "flac:walk",
        "audio/midi": "midi:walk",
        "video/x-msvideo": "avi:walk",
        "video/x-ms-asf": "asf:walk",
        "video/x-ms-wmv": "asf:walk",
        "audio/x-ms-wma": "asf:walk",
        "video/mpeg": "mpeg_ps:walk",
        "video/webm": "matroska:walk",
        "audio/webm": "matroska:walk",
        "video/x-matroska": "matroska:walk",
        "audio/x-matroska": "matroska:walk",
    },
)
"""By canonical media type."""

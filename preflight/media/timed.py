"""Which walker reads which audio or video type."""

from __future__ import annotations

from collections.abc import Callable

from . import adts, amr, isobmff, mpeg_audio, wav
from .walk import Walk

Walker = Callable[[bytes, bool, int | None], Walk]
"""Called with the bytes, whether they are the whole resource (no truncation is judged on a prefix), and the length of the
whole resource in bytes where it is known (durations of constant bit rate). Never raises on any bytes."""

WALKERS: dict[str, Walker] = {
    "audio/mpeg": mpeg_audio.walk,
    "audio/wav": wav.walk,
    "audio/amr": amr.walk,
    "audio/amr-wb": amr.walk,
    "audio/aac": adts.walk,
    "audio/mp4": isobmff.walk,
    "audio/3gpp": isobmff.walk,
    "audio/3gpp2": isobmff.walk,
    "video/mp4": isobmff.walk,
    "video/3gpp": isobmff.walk,
    "video/3gpp2": isobmff.walk,
    "video/quicktime": isobmff.walk,
}
"""By canonical media type."""

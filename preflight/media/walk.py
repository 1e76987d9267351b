"""What a structure walker hands over: header facts, and whether the structure holds together."""

from __future__ import annotations

from dataclasses import dataclass

from ..observation import Audio, Image, Video

MAX_ITEMS = 100_000
"""Chunks, boxes, blocks, frames or segments that a walker looks at before it stops with ``overrun``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A walk through the structure of one file's bytes.

    ``media_type`` is the canonical type where the structure settles it better than the first bytes do (audio in an MP4 is
    audio/mp4). ``truncated``, ``corrupt`` and ``overrun`` are one clause each, as in ``Content``; ``trailing`` counts bytes after the end.
    """

    media_type: str | None = None
    image: Image | None = None
    audio: Audio | None = None
    video: Video | None = None
    truncated: str | None = None
    corrupt: str | None = None
    overrun: str | None = None
    trailing: int = 0


def cut_frame(count: int, missing: int) -> str:
    """The clause on the last of ``count`` frames, which lacks some bytes."""
    which = "its only frame" if count == 1 else f"the last of {count:,} frames"
    return f"{which} lacks {missing:,} of its bytes"

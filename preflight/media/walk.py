"""What a structure walker hands over: header facts, and whether the structure holds together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..observation import Audio, Image, Video

MAX_ITEMS = 100_000
"""Chunks, boxes, blocks, frames or segments that a walker looks at before it stops with ``overrun``."""


@dataclass(kw_only=True)
class Walk:
    """A walk through the structure of one file's bytes.

    ``media_type`` is the canonical type where the structure settles it better than the first bytes do (audio in an MP4 is
    audio/mp4), and ``also`` what the file is besides: one that is both MP4 and 3GP may be sent as either. ``truncated``, ``corrupt`` and ``overrun`` are one clause each, as in ``Content``; ``trailing`` counts bytes after the end.
    """

    media_type: str | None = None
    also: tuple[str, ...] = ()
    image: Image | None = None
    audio: Audio | None = None
    video: Video | None = None
    truncated: str | None = None
    corrupt: str | None = None
    overrun: str | None = None
    trailing: int = 0


class Seen(Walk):
    """The walk through an image while it goes on; each format adds its own notes. ``position`` is whether XMP tells where the
    picture was taken, ``end`` the offset behind the format's own end, 0 while it was not met.

    What is not noted stands in the class: most pictures need few of the notes.
    """

    position: bool = False
    end: int = 0

    def __init__(self) -> None:
        """Nothing is noted yet."""

    @property
    def unfinished(self) -> bool:
        """Whether the walk did not come to the end: what it has not met may follow, and is no fault of the header."""
        return self.truncated is not None or self.overrun is not None

    def finished(self, image: Image, trailing: int, whole: bool) -> Walk:
        """The walk at its end. Where the bytes are only the beginning, a missing end and what follows it are nothing. One fault is
        said once: what is damaged is not unreadable as well.
        """
        self.image = replace(image, problem=None) if self.corrupt and image.problem else image
        if whole:
            self.trailing = trailing
        else:
            self.truncated = None
        return self


def rounded(seconds: float | None) -> float | None:
    """Seconds to the microsecond; None where they are not known, or 0."""
    return round(seconds, 6) if seconds else None


def mean_bitrate(size: int, seconds: float | None) -> int | None:
    """Bits a second of ``size`` bytes; None where the seconds are not known, or 0."""
    return round(size * 8 / seconds) if seconds else None


def cut_frame(count: int, missing: int) -> str:
    """The clause on the last of ``count`` frames, which lacks some bytes."""
    which = "its only frame" if count == 1 else f"the last of {count:,} frames"
    return f"{which} lacks {missing:,} of its bytes"

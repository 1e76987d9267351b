"""A saved MMS as the gateway's ``saveMMS`` describes it: slides of media and text."""

from __future__ import annotations

from .target import Source, Target
from .values import dataclass

OBJECTS = {
    "vcard": "text/vcard",
    "ical": "text/calendar",
    "pdf": "application/pdf",
    "passbook": "application/vnd.apple.pkpass",
}
"""The vendor's names for the objects that a slide may hold, and their types."""

KINDS = ("image", "audio", "video", *OBJECTS)
"""The vendor's names for all that a slide may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideMedia:
    """One file on a slide. ``kind`` is the vendor's element name, one of KINDS."""

    kind: str
    url: str
    source: Source = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slide:
    """Text and media shown together; ``duration_s`` is in seconds."""

    text: str | None = None
    media: tuple[SlideMedia, ...] = ()
    duration_s: float | None = None
    source: Source = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A saved MMS: its id at the gateway (if it has one yet), its subject, and 1 to 8 slides.

    ``subject_required`` is False where the source cannot carry a subject at all, as a bare list of media.
    """

    mms_id: str | None = None
    name: str | None = None
    subject: str | None = None
    slides: tuple[Slide, ...] = ()
    source: Source = Source()
    subject_required: bool = True

    def urls(self) -> tuple[str, ...]:
        """Every media URL, in slide order, repeated ones included."""
        return tuple(media.url for slide in self.slides for media in slide.media)

    def targets(self) -> tuple[Target, ...]:
        """Every media file as a target, in slide order, repeated ones included."""
        return tuple(
            Target(url=media.url, source=media.source)
            for slide in self.slides
            for media in slide.media
        )

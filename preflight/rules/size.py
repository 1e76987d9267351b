"""How large the media is."""

from __future__ import annotations

from ..mediatype import kind_of
from ..profile import Profile
from ..text import size as in_words
from ..verdict import Severity
from .evidence import Declared, MaybeContent, Size
from .rule import Objection, rule


def _type(declared: Declared, content: MaybeContent, profile: Profile) -> str | None:
    """The type whose limit holds: by the bytes where they show an accepted type, else as declared."""
    if content is not None and content.detected_type in profile.types:
        return content.detected_type
    return None if declared.generic else declared.type


def limit_passed(
    declared: Declared, size: Size, observed: MaybeContent, profile: Profile
) -> int | None:
    """The limit in bytes that a file is over, or None."""
    limit = profile.max_bytes(_type(declared, observed, profile))
    return limit if limit is not None and size.octets > limit else None


@rule(Severity.ERROR)
def content_too_large(
    declared: Declared, size: Size, observed: MaybeContent, profile: Profile
) -> Objection | None:
    """The file is larger than the profile allows for its kind.

    Why: the gateway refuses it when the message is saved or sent (codes E331 to E338).

    Fix: make the file smaller: fewer pixels, a lower quality or bit rate, a shorter clip.
    """
    media_type = _type(declared, observed, profile)
    limit = limit_passed(declared, size, observed, profile)
    if limit is not None:
        least = "at least " if size.least else ""
        return Objection(
            f"the file is {least}{in_words(size.octets)}; the limit for {_an(_kind(media_type))} is {in_words(limit)}"
        )
    characters = observed.characters if observed else None
    most = profile.limits.text_characters
    if characters is None or most is None or characters <= most or _kind(media_type) != "text":
        return None
    return Objection(f"the text has {characters:,} characters; the limit is {most:,}")


@rule(Severity.WARNING)
def oversized_for_carriers(
    declared: Declared, size: Size, observed: MaybeContent, profile: Profile
) -> Objection | None:
    """The file is larger than what all carriers deliver.

    Why: the gateway takes it, but carriers with smaller limits shrink it or drop it (the smallest limit in the US is about 600 KB).

    Fix: make the file smaller than the recommended size: fewer pixels, a lower quality or bit rate, a shorter clip.
    """
    recommended = profile.limits.recommended_bytes
    if recommended is None or size.octets <= recommended:
        return None
    if limit_passed(declared, size, observed, profile) is not None:
        return None
    return Objection(
        f"the file is {in_words(size.octets)}; all carriers deliver up to {in_words(recommended)}"
    )


def _kind(media_type: str | None) -> str:
    return kind_of(media_type) if media_type else "file of any kind"


def _an(kind: str) -> str:
    return kind if kind == "text" else f"an {kind}" if kind[0] in "aio" else f"a {kind}"

"""How large the media is."""

from __future__ import annotations

from ..mediatype import kind_of
from ..profile import Profile
from ..text import size as in_words
from ..verdict import Severity
from .evidence import Declared, MaybeContent, Size
from .rule import Objection, rule


def _limit(declared: Declared, detected: str | None, profile: Profile) -> tuple[int | None, str]:
    """The limit that holds, and for which kind: by the bytes where they show an accepted type, else as declared."""
    stated = None if declared.generic else declared.type
    media_type = detected if detected in profile.types else stated
    kind = kind_of(media_type) if media_type else "file of any kind"
    return profile.max_bytes(media_type), kind


@rule(Severity.ERROR)
def content_too_large(
    declared: Declared, size: Size, observed: MaybeContent, profile: Profile
) -> Objection | None:
    """The file is larger than the profile allows for its kind.

    Why: the gateway refuses it when the message is saved or sent (codes E331 to E338).

    Fix: make the file smaller: fewer pixels, a lower quality or bit rate, a shorter clip.
    """
    limit, kind = _limit(declared, observed.detected_type if observed else None, profile)
    if limit is not None and size.octets > limit:
        least = "at least " if size.least else ""
        return Objection(
            f"the file is {least}{in_words(size.octets)}; the limit for {_an(kind)} is {in_words(limit)}"
        )
    characters = observed.characters if observed else None
    most = profile.limits.text_characters
    if kind == "text" and characters is not None and most is not None and characters > most:
        return Objection(f"the text has {characters:,} characters; the limit is {most:,}")
    return None


@rule(Severity.WARNING)
def oversized_for_carriers(
    declared: Declared, size: Size, observed: MaybeContent, profile: Profile
) -> Objection | None:
    """The file is larger than what all carriers deliver.

    Why: the gateway takes it, but carriers with smaller limits shrink it or drop it (the smallest limit in the US is about 600 KB).

    Fix: make the file smaller than the recommended size: fewer pixels, a lower quality or bit rate, a shorter clip.
    """
    recommended = profile.limits.recommended_bytes
    limit, _ = _limit(declared, observed.detected_type if observed else None, profile)
    if (
        recommended is None
        or size.octets <= recommended
        or (limit is not None and size.octets > limit)
    ):
        return None
    return Objection(
        f"the file is {in_words(size.octets)}; all carriers deliver up to {in_words(recommended)}"
    )


def _an(kind: str) -> str:
    return kind if kind == "text" else f"an {kind}" if kind[0] in "aio" else f"a {kind}"

"""One media URL and the place that named it."""

from __future__ import annotations

from .values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a URL stands: lines and columns count from 1, ``end`` is the column after its last character.

    ``pointer`` names the place inside a structure, for example ``slide[1].image``.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    end: int | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A URL to check, byte for byte as its source gave it, and what that source promised about it.

    ``declared_length`` is in bytes; ``declared_type`` is a media type as written, unjudged.
    """

    url: str
    source: Source = Source()
    declared_type: str | None = None
    declared_length: int | None = None

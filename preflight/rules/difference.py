"""How a later answer differs from the first one in what the gateway minds: the first difference, coarse before fine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..mediatype import declared
from ..observation import Exchange, Head, Purpose
from ..text import quoted
from ..values import dataclass

Kind = Literal["status", "framing", "type", "length", "bytes"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs, and that in one clause."""

    kind: Kind
    words: str


def difference(first: Exchange, later: Exchange) -> Difference | None:
    """The first difference between two answers; None where either has no head, or none shows."""
    one, two = first.head, later.head
    if one is None or two is None:
        return None
    for kind, words_of in _LOOKS:
        words = words_of(first, one, later, two)
        if words:
            return Difference(kind, words)
    return None


def _status(first: Exchange, one: Head, later: Exchange, two: Head) -> str | None:
    return (
        f"the status is {two.status or 'missing'} and not {one.status}"
        if two.status != one.status
        else None
    )


def _framing(first: Exchange, one: Head, later: Exchange, two: Head) -> str | None:
    if two.chunked != one.chunked:
        said, else_ = ("chunked", "it is not") if two.chunked else ("not chunked", "it is")
        return f"the answer is {said}, and otherwise {else_}"
    if (two.lengths is None) != (one.lengths is None):
        said, else_ = ("no", "one") if two.lengths is None else ("a", "none")
        return f"there is {said} Content-Length, and otherwise there is {else_}"
    return None


def _type(first: Exchange, one: Head, later: Exchange, two: Head) -> str | None:
    said, now = one.values("content-type"), two.values("content-type")
    if now == said:
        return None
    before, after = declared(said)[0], declared(now)[0]
    return (
        f"the Content-Type is {_named(after)} and not {_named(before)}" if before != after else None
    )


def _named(media_type: str | None) -> str:
    return quoted(media_type or "missing")


def _length(first: Exchange, one: Head, later: Exchange, two: Head) -> str | None:
    if one.length == two.length:
        return None
    if later.purpose is not Purpose.BARE and (None in (one.length, two.length) or _coded(one, two)):
        return None  # malformed lengths and content codings have rules of their own
    return f"the length is {_counted(two.length)} and not {_counted(one.length)}"


def _counted(length: int | None) -> str:
    return "missing" if length is None else f"{length:,}"


def _bytes(first: Exchange, one: Head, later: Exchange, two: Head) -> str | None:
    if later.purpose is Purpose.GZIP or (later.purpose is Purpose.SECOND and _coded(one, two)):
        return None
    digests = [each.body.digest if each.body else None for each in (first, later)]
    return "the bytes are others" if None not in digests and digests[0] != digests[1] else None


def _coded(one: Head, two: Head) -> bool:
    said = one.values("content-encoding") + two.values("content-encoding")
    return any(value.lower() not in ("", "identity") for value in said)


_LOOKS: tuple[tuple[Kind, Callable[[Exchange, Head, Exchange, Head], str | None]], ...] = (
    ("status", _status), ("framing", _framing), ("type", _type), ("length", _length), ("bytes", _bytes),
)  # fmt: skip

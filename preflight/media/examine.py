"""Look at the bytes of an answer: undo the coding, say what they are, read their header, walk their structure. Never raises."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..mediatype import agree
from ..observation import Audio, Content, Image, Video
from . import image, signature, timed
from .coding import BrokenError, OversizeError, UndecodableError, UnsupportedError, undo
from .identify import STRUCTURE, TABLE, identify
from .walk import Walk

_NOTHING = Walk()
_NO_TEXT = (False, None, None)
_TEXTUAL = frozenset({"application/json", "image/svg+xml", "audio/imelody"})


@dataclass(slots=True)
class Examined:
    """What one body turned out to be. ``made_with`` names the libraries that were asked, with their versions; ``data`` is
    what was looked at, its content coding undone."""

    content: Content
    image: Image | None = None
    audio: Audio | None = None
    video: Video | None = None
    made_with: dict[str, str] = field(default_factory=dict)
    data: bytes = field(default=b"", repr=False, compare=False)


def examine(
    data: bytes,
    *,
    whole: bool,
    length: int | None,
    declared: str | None,
    extension: str | None,
    coding: str | None = None,
    max_output: int | None = None,
) -> Examined:
    """Examine a body.

    ``data`` is the body without its transfer coding, ``whole`` whether all of it is there, ``length`` its full length in bytes where
    known. ``declared`` is canonical. ``coding`` is the Content-Encoding value, undone within ``max_output`` bytes; where that fails,
    ``Content.undecoded`` says why.
    """
    if coding and data:
        length = None
        try:
            data = undo(data, coding, whole=whole, max_output=max_output)
        except OversizeError as error:
            least = max(len(data), (max_output or 0) + 1)
            return Examined(content=Content(length=least, whole=False, undecoded=str(error)))
        except UndecodableError as error:
            return _as_it_came(data, whole, declared, extension, error)
    if not whole and length is not None and length <= len(data):
        length = None
    return _look(data, whole, length, declared, extension)


def _as_it_came(
    data: bytes, whole: bool, declared: str | None, extension: str | None, error: UndecodableError
) -> Examined:
    """Bytes whose coding cannot be undone. A coding is often named and not applied, so they may show what they are all the same.

    If they do not, a coding that nobody knows changes nothing; the data of one that we know are damaged; and of one that
    there is nothing here to undo with, nothing can be said.
    """
    said = str(error)
    seen = Content(length=len(data), whole=whole, undecoded=said)
    applied = declared is None or signature.match(data) != declared
    if isinstance(error, UnsupportedError) and applied:
        return Examined(content=replace(seen, overrun=said if whole else None))
    found = _look(data, whole, None, declared, extension, said)
    if isinstance(error, BrokenError) and found.content.detected_type in (None, *_PACKED):
        return Examined(content=replace(seen, corrupt=said))
    return found


_PACKED = ("application/gzip", "application/zstd")


def _look(
    data: bytes,
    whole: bool,
    length: int | None,
    declared: str | None,
    extension: str | None,
    undecoded: str | None = None,
) -> Examined:
    found = identify(data, declared, extension, whole)
    media_type, by = found.media_type, found.by
    made_with: dict[str, str] = {}
    walk = _NOTHING if media_type is None else _walk(data, whole, length, media_type, made_with)
    if by != TABLE and by != STRUCTURE:
        name, _, number = by.rpartition(" ")
        made_with[name] = number
    named = _named(walk, declared)
    if named is not None and named != media_type:
        media_type, by = named, STRUCTURE
    utf8, characters, page = _text(data, whole, media_type) if walk is _NOTHING else _NO_TEXT
    content = Content(
        length=len(data) if whole or length is None else length,
        whole=whole,
        detected_type=media_type,
        detected_by=by,
        also=tuple(one for one in (walk.media_type, *walk.also) if one not in (None, media_type))
        if walk.also
        else (),
        utf8=utf8,
        characters=characters,
        document=page,
        undecoded=undecoded,
        truncated=walk.truncated,
        corrupt=walk.corrupt,
        overrun=walk.overrun,
        trailing=walk.trailing,
    )
    return Examined(content, walk.image, walk.audio, walk.video, made_with, data)


def _walk(
    data: bytes, whole: bool, length: int | None, media_type: str, made_with: dict[str, str]
) -> Walk:
    """The walk through the structure of a type, with Pillow's reading of an image header that the walker cannot read."""
    still = image.WALKERS.get(media_type)
    if still is None:
        moving = timed.WALKERS.get(media_type)
        return moving(data, whole, len(data) if whole else length) if moving else _NOTHING
    walk = still(data, whole)
    if walk.image is not None and walk.image.problem is not None and walk.overrun is None:
        second = image.pillow_header(data, media_type)
        if second is not None:
            walk.image = second
            made_with["Pillow"] = image.pillow_version()
    return walk


def _named(walk: Walk, declared: str | None) -> str | None:
    """The type that the structure settles: of several, the one that fits what is declared."""
    if declared is None or not walk.also:
        return walk.media_type
    types = (one for one in (walk.media_type, *walk.also) if one is not None)
    return next((one for one in types if agree(declared, one)), walk.media_type)


def _text(data: bytes, whole: bool, media_type: str | None) -> tuple[bool, int | None, str | None]:
    """For a text: whether it is UTF-8, its length in characters, and the document that it is."""
    if media_type is None or not (media_type[:5] == "text/" or media_type in _TEXTUAL):
        return _NO_TEXT
    from . import charset, document

    return *charset.count(data, whole=whole), document.describe(data, media_type)

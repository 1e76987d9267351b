"""What every reader of a source is given, and the few things that all of them do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, TextIO
from urllib.parse import urlsplit

from ..errors import SourceError
from ..mediatype import extension_types, kind_of
from ..message import OBJECTS, Message
from ..target import Source, Target
from ..text import printable
from ..values import dataclass

MAX_LINE = 1 << 20
"""Characters of one line, cell or record; no URL and no manifest of people's needs more."""
MAX_DOCUMENT = 16 << 20
"""Characters of a document that has to be read whole (TOML, YAML, HTML, one request)."""

FORMS = (
    "text", "csv", "tsv", "json", "jsonl", "yaml", "toml", "savemms", "sitemap", "rss", "html", "inventory", "har",
)  # fmt: skip
"""The names for --from-format."""

WHITE = " \t\r\n\f\v"
_HTTP = re.compile(r"https?:(?:[/\\]|[^\s/\\.]++\.[^\s/\\]++[/\\])", re.IGNORECASE)
_MEANT = re.compile(r"https?:|[^/?#]*://", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,79}")
_MAX_PART = 80
_MAX_POINTER = 1_000


class Place(NamedTuple):
    """Where a text stands, counted from 1; ``end`` is the column after it, None where it runs over several lines."""

    line: int
    column: int
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a source is to be read.

    ``base_url`` is what relative URLs and the keys of an inventory are joined to; ``column`` names
    the column of a table (or counts it, from 1); ``field`` is a path such as ``items[].url`` in JSON
    or YAML.
    """

    base_url: str | None = None
    column: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """An opened source: its name for messages, its text, the beginning of it, and its path if any.

    Every line of ``head`` ends with a line end, the last one too, unless that is cut.
    """

    name: str
    text: TextIO
    head: str
    options: Options = Options()
    path: Path | None = None

    def error(
        self, problem: str, line: int | None = None, column: int | None = None
    ) -> SourceError:
        """A SourceError about this source, and the place in it where that is known."""
        place = "".join(f":{number}" for number in (line, column) if number is not None)
        return SourceError(f"{printable(self.name)}{place}: {problem}")

    def at(self, place: Place, pointer: str | None = None) -> Source:
        """A place in this source, with the path to it inside the document, where it has one."""
        line, column, end = place
        return Source(file=self.name, line=line, column=column, end=end, pointer=pointer)

    def whole(self) -> str:
        """The rest of the text; a SourceError over MAX_DOCUMENT."""
        text = self.text.read(MAX_DOCUMENT + 1)
        if len(text) > MAX_DOCUMENT:
            raise self.error(f"is too large to be read whole (over {MAX_DOCUMENT >> 20} MB)")
        return text

    def lines(self) -> Iterator[str]:
        """The lines with their ends; a SourceError where one is longer than MAX_LINE."""
        for number, line in enumerate(iter(partial(self.text.readline, MAX_LINE), ""), 1):
            if len(line) == MAX_LINE and not line.endswith("\n"):
                raise self.error(f"the line is longer than {MAX_LINE:,} characters", number)
            yield line

    def absolute(self, url: str) -> str:
        """A relative URL joined to the base URL, where one was given; any other as it is."""
        return joined(self.options.base_url, url)

    def rebased(self, base: str | None, reference: str, place: Place) -> str | None:
        """The base that a document names for what is inside it, itself relative to the one outside.

        Everything in the document could repeat it: one that no URL can begin with is a SourceError.
        """
        from ..wire.url import MAX_LENGTH  # most sources name no base

        if not reference:
            return base
        inner = joined(base, reference)
        if len(inner) > MAX_LENGTH:
            raise self.error(
                f"names a base URL of over {MAX_LENGTH:,} characters, to which nothing can be joined",
                place.line,
                place.column,
            )
        return inner


Entry = Target | Message
Reader = Callable[[Input], Iterator[Entry]]


def is_url(text: str) -> bool:
    """Whether any text begins as an http or https URL, with a slash too few or a backslash too; whether it is a good one is judged later."""
    return _HTTP.match(text) is not None


def meant_as_url(text: str) -> bool:
    """Whether a text, where a URL is expected, can only be meant as an absolute one. It may be a bad one; that is a verdict."""
    return _MEANT.match(text) is not None


def joined(base: str | None, url: str) -> str:
    """A relative reference resolved against a base, byte for byte; any other one as it is."""
    if base is None or not url or _SCHEME.match(url):
        return url
    from ..wire.url import resolved  # few sources have relative URLs

    return resolved(base, url)


def names_media(url: str) -> bool:
    """Whether the extension of a URL's path stands for media, not for a page, data or an archive."""
    try:
        extension = urlsplit(url).path.rpartition("/")[2].rpartition(".")[2]
    except ValueError:
        return False
    return any(is_media(media_type) for media_type in extension_types(extension))


def is_media(media_type: str) -> bool:
    """Whether a canonical type is an image, a sound, a film or one of the objects that an MMS carries."""
    return kind_of(media_type) in ("image", "audio", "video") or media_type in OBJECTS.values()


def trimmed(text: str, column: int) -> tuple[str, int]:
    """A text without the white space around it, and the column where it then begins."""
    inner = text.lstrip(WHITE)
    return inner.rstrip(WHITE), column + len(text) - len(inner)


def pointer(path: list[str | int]) -> str | None:
    """A path inside a document for people: ``items[0].url``; None for the document itself."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif _WORD.fullmatch(part):
            shown += f".{part}" if shown else part
        else:
            shown += f'["{printable(part, _MAX_PART)}"]'
    return _bounded(shown) or None


def trail(names: tuple[str, ...]) -> str:
    """A path of elements for people: ``rss/channel/image``."""
    return _bounded("/".join(printable(name, _MAX_PART) for name in names))


def _bounded(shown: str) -> str:
    """A path, of which every URL below it holds one: its end, where it is longer than people would read."""
    return (
        shown if len(shown) <= _MAX_POINTER else f"\N{HORIZONTAL ELLIPSIS}{shown[-_MAX_POINTER:]}"
    )


def length_of(text: str | None) -> int | None:
    """A declared length in bytes; None where it is missing, no number, or 0 (feeds write it for "not known")."""
    text = (text or "").strip().replace(",", "")
    return int(text) or None if text.isascii() and text.isdigit() and len(text) <= 18 else None


def type_of(text: str | None) -> str | None:
    """A declared media type as written, where it has the form of one."""
    text = (text or "").strip()
    return text if re.match(r"[^\s/;]+/[^\s/;]+", text) else None

"""Strings as a report may show them: secrets masked, and nothing in them that a reader of reports
obeys.

Everything that came from outside passes through here once. ``url``, ``name``, ``words`` and
``file`` take away control and format characters for every sink, ``field``, ``head`` and ``reason``
only secrets;
``disarmed`` adds what a build log needs, and the XML and JSON writers have their own escapes.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import TextIO
from urllib.parse import urlsplit

from ..target import Source
from ..text import mask_field, mask_head, mask_text, mask_url, printable
from .base import Look

_COMMAND = re.compile(r"##(?=\[)|(?<!\S)(?=::)")
_NOT_XML = re.compile(r"[^\t\n\r -~\u00A0-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_NO_FILE = re.compile(r"-|<.*>")


def url(address: str, look: Look) -> str:
    """A URL, masked unless the caller asked for secrets, as printable characters on one line."""
    return printable(address if look.show_secrets else mask_url(address), None)


def field(name: str, value: str, look: Look) -> str:
    """A header field's value, masked unless the caller asked for secrets; foreign as it is."""
    return value if look.show_secrets else mask_field(name.strip(), value)


def head(raw: str, look: Look) -> str:
    """A request or response head, masked unless the caller asked for secrets; foreign as it is."""
    return raw if look.show_secrets else mask_head(raw)


def reason(phrase: str, look: Look) -> str:
    """A reason phrase, in which a server may put anything, a URL too; foreign as it is."""
    return phrase if look.show_secrets else mask_text(phrase)


def name(called: str, look: Look) -> str:
    """What a source calls a message, its subject too, in which a URL may stand; one line, cut."""
    return printable(called if look.show_secrets else mask_text(called))


def words(sentence: str, look: Look) -> str:
    """A sentence of ours, which may quote foreign text.

    URLs masked, one line, no control characters.
    """
    if not look.show_secrets:
        sentence = mask_text(sentence)
    if sentence.isprintable():
        return sentence.strip()
    return escaped(sentence.strip().replace("\n", " "))


def escaped(text: str) -> str:
    """Text with control, format and separator characters as escapes.

    Unlike ``printable`` it leaves backslashes alone: a sentence of ours, or a path, has them in its
    own right.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def storable(path: str) -> str:
    """A path as it is, but for the characters that XML forbids or discourages: those become escapes."""
    if path.isprintable():
        return path
    return _NOT_XML.sub(lambda match: _escape(match.group()), path)


def disarmed(text: str) -> str:
    """Text for a build log: no ``##[`` anywhere, no ``::`` where a line could begin."""
    if "::" not in text and "##[" not in text:
        return text
    return _COMMAND.sub(lambda match: match.group() + "\\", text)


def file(source: Source, look: Look) -> str | None:
    """The file that named a URL, with ``/``, relative to the look's root where it lies below; None
    for no file.
    """
    if source.file is None or _NO_FILE.fullmatch(source.file):
        return None
    return escaped(_lexical(source.file, look.root).as_posix())


def _lexical(name: str, root: str | None) -> PurePath:
    path = PurePath(name)
    if root and path.is_absolute() and path.is_relative_to(root):
        return path.relative_to(root)
    return path


def pointer(source: Source, look: Look) -> str | None:
    """The place inside a structure; its names are the file's own, and one may be a URL."""
    return source.pointer and words(source.pointer, look)


def place(source: Source, look: Look) -> str:
    """``file:line:pointer``, as far as it is known; empty for a URL from the command line."""
    name = file(source, look) or ("standard input" if source.file else None)
    parts = (name, source.line, pointer(source, look))
    return ":".join(str(part) for part in parts if part is not None)


def path_in_project(source: Source, look: Look, default: str = "preflight.toml") -> tuple[str, int]:
    """A relative path and a line, for formats that refuse a finding without one or with any other.

    A URL from the command line, and a file outside the project, is pinned to line 1 of the look's
    anchor, or of ``default`` where the anchor is outside, too. The path is the file's own, foreign as
    it is: each format has its own way to write what is not printable.
    """
    name = _below_root(source.file, look.root)
    if name:
        return name, source.line or 1
    return _below_root(look.anchor, look.root) or default, 1


def _below_root(name: str | None, root: str | None) -> str | None:
    if name is None or "://" in name or _NO_FILE.fullmatch(name):
        return None
    return _inside(name, root)


@lru_cache(64)  # a run has many places, in few files
def _inside(name: str, root: str | None) -> str | None:
    path = _lexical(name, root)
    if (path.is_absolute() or ".." in path.parts) and root and "\0" not in name:
        # As it is spelt it lies elsewhere: a link may lead to it, or lead back.
        path = _lexical(os.path.realpath(PurePath(root) / name), os.path.realpath(root))
    return None if path.is_absolute() or ".." in path.parts else path.as_posix()


def host(address: str) -> str:
    """The host and port of a URL, printable; empty where it has none."""
    try:
        authority = urlsplit(mask_url(address)).netloc
    except ValueError:
        return ""
    return printable(authority.rpartition("@")[2].lower())


def instant(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC: ``2026-11-22T10:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(seconds: float) -> str:
    """A duration for people: "40 s", "12 min", "3 h", "2 days"."""
    for unit, length in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length or (unit != "days" and seconds >= length):
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def count(number: int, singular: str, plural: str = "") -> str:
    """ "1 error", "3 errors"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def write(out: TextIO, text: str) -> None:
    """Write, with an escape for what the stream's encoding lacks rather than an exception in
    mid-report.
    """
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))

"""From a source's name to its entries: open, recognise, and hand over to the reader of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UsageError
from ..profile import nearest
from .base import FORMS, Entry, Input, Options, Reader
from .json_urls import read_json
from .messages_toml import read_messages
from .mms_requests import read_requests
from .opening import opened
from .recognise import recognise
from .url_list import read_url_list
from .url_table import read_table


def _tabbed(source: Input) -> Iterator[Entry]:
    return read_table(source, "\t")


_READERS: dict[str, Reader] = {
    "text": read_url_list,
    "csv": read_table,
    "tsv": _tabbed,
    "json": read_json,
    "jsonl": read_json,
    "toml": read_messages,
    "savemms": read_requests,
}

_DEFAULTS = Options()
_NOT_SOURCES = {
    "recording": "holds recorded observations, not URLs to fetch; judge them again with: preflight judge",
    "report": "is a report of preflight, not a source of URLs",
}


def read(source: str, *, form: str | None = None, options: Options = _DEFAULTS) -> Iterator[Entry]:
    """The targets and messages of a file, a directory, or standard input (``-``), as they are read.

    ``form`` is one of FORMS and skips recognition. Nothing is read before the first entry is asked for. Raises
    SourceError in one sentence (unreadable, unrecognised, broken: with its place) and UsageError for what
    cannot be asked for.
    """
    if form is not None and form not in FORMS:
        raise UsageError(f"there is no source format {form!r}{nearest(form, list(FORMS))}")
    return _entries(source, form, options)


def _entries(source: str, form: str | None, options: Options) -> Iterator[Entry]:
    with opened(source, options) as found:
        kind = form or recognise(found.head, source)
        yield from reader(found, kind)(found)


def reader(source: Input, kind: str | None) -> Reader:
    """The reader of a kind. Raises SourceError for a kind that is no source."""
    if kind in _NOT_SOURCES:
        raise source.error(_NOT_SOURCES[kind])
    if kind is None:
        known = "a list of URLs, CSV, JSON, YAML, XML feeds and sitemaps, HTML, messages.toml, saveMMS, an inventory, HAR"
        raise source.error(f"is no source of a known kind ({known}); say which with --from-format")
    return _READERS[kind]

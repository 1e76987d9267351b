"""From a source's name to its entries: open, recognise, and hand over to the reader of its kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import SourceError, UsageError
from ..late import Late
from ..nearest import nearest
from ..text import printable
from .base import FORMS, Entry, Options, Reader
from .encoding import NotTextError
from .opening import opened
from .recognise import recognise

_READERS: Late[Reader] = Late(
    __package__,
    {
        "text": "url_list:read_url_list",
        "csv": "url_table:read_table",
        "tsv": "url_table:read_tabbed",
        "json": "json_urls:read_json",
        "jsonl": "json_urls:read_json",
        "yaml": "yaml_urls:read_yaml",
        "toml": "messages_toml:read_messages",
        "savemms": "mms_requests:read_requests",
        "sitemap": "feeds:read_sitemap",
        "rss": "feeds:read_feed",
        "html": "html_page:read_html",
        "inventory": "inventory:read_inventory",
        "har": "har:read_har",
    },
)
_DEFAULTS = Options()
_NOT_SOURCES = {
    "recording": "holds recorded observations, not URLs to fetch; judge them again with: preflight judge",
    "report": "is a report, not a source of URLs; name what it reports on",
}
_KNOWN = "a list of URLs, CSV, JSON, YAML, a feed or sitemap, HTML, messages.toml, saveMMS, an inventory or HAR"


def read(source: str, *, form: str | None = None, options: Options = _DEFAULTS) -> Iterator[Entry]:
    """The targets and messages of a file, a directory, or standard input (``-``), one by one as they are read.

    ``form`` is one of FORMS and skips recognition. Nothing is read before the first entry is asked for. In a
    directory, files are taken in order of their names, hidden and unrecognised ones left out. Raises
    SourceError in one sentence (unreadable, unrecognised, broken: with its place) and UsageError for what
    cannot be asked for.
    """
    if form is not None and form not in FORMS:
        raise UsageError(f"there is no source format {form!r}{nearest(form, list(FORMS))}")
    if not source:
        raise UsageError("the name of a source is empty")
    if source != "-" and os.path.isdir(source):  # noqa: PTH112 - no name is too long for it
        return _directory(Path(source), form, options)
    return _file(source, form, options)


def _file(source: str, form: str | None, options: Options) -> Iterator[Entry]:
    with opened(source, options) as found:
        kind = form or recognise(found.head, source)
        if kind in _NOT_SOURCES:
            raise found.error(_NOT_SOURCES[kind])
        if kind is None:
            raise found.error(
                f"is no source of a known kind ({_KNOWN}); say which with --from-format"
            )
        yield from _READERS[kind](found)


def _directory(root: Path, form: str | None, options: Options) -> Iterator[Entry]:
    recognised = False
    for path in _files(root):
        if form is not None or _is_source(path, root, options):
            recognised = True
            yield from _file(str(path), form, options)
    if not recognised:
        raise SourceError(f"{printable(str(root))}: holds no source of a known kind ({_KNOWN})")


def _files(root: Path) -> Iterator[Path]:
    """The files below a directory, sorted, hidden ones left out, links to directories not followed."""

    def refuse(error: OSError) -> None:
        raise SourceError(
            f"{printable(str(error.filename))}: cannot be read: {error.strerror}"
        ) from None

    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                yield path


def _is_source(path: Path, root: Path, options: Options) -> bool:
    """Whether a file in a directory is to be read: of a known kind, and not read by way of another one."""
    try:
        with opened(str(path), options) as found:
            kind = recognise(found.head, path.name, strict=True)
            if kind == "inventory":
                from .inventory import data_files, is_manifest

                if is_manifest(found):
                    return not all(data.is_relative_to(root) for data in data_files(found))
    except NotTextError:
        return False
    return kind in _READERS

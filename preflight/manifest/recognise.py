"""Which kind of source a text is: by its beginning, with the file's extension as a hint."""

from __future__ import annotations

import re
from pathlib import PurePath

from .base import is_url

# Most sources need none of these but _TOML: the others are compiled when they are asked for.
_XML_ROOT = (  # atomic groups: no beginning of a file may make this slow
    r"(?si)(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE(?>[^>\[]*)(?:\[(?>.*?\])\s*)?>)*+<([A-Za-z_][^\s/>]*)"
)
_ROOTS = {
    "urlset": "sitemap", "sitemapindex": "sitemap", "rss": "rss", "feed": "rss", "rdf": "rss",
    "request": "savemms", "html": "html",
}  # fmt: skip
_HTML = r"(?i)<(?:!doctype\s+html|html|head|body|img|picture|video|audio|source|meta|div|p)\b"
_TOML = re.compile(
    r"^[ \t]*(?:\[\[[ \t]*[\"']?message[\"']?[ \t]*[\].]|[\"']?message[\"']?[ \t]*=[ \t]*\[)",
    re.MULTILINE,
)
_YAML = r"(?:%YAML|---(?:\s|$)|-[ \t]+\S|[\w\"'. -]+:(?:\s|$))"
_YAML_URL = r"""(?i)(?:^|[-:,{\[]\s+)["']?https?://"""
_ADDRESS = r"(?:[A-Za-z][A-Za-z0-9+.-]*:/*)?(?:[\w-]+\.)+[\w-]+(?::\d+)?/\S*"
_MARKS = ',;\t|"'  # of which each table that begins with a URL has one
_EXTENSIONS = {
    "txt": "text", "list": "text", "lst": "text", "urls": "text", "csv": "csv", "tsv": "tsv", "tab": "tsv",
    "json": "json", "jsonl": "json", "ndjson": "json", "har": "har", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "html": "html", "htm": "html", "xhtml": "html",
}  # fmt: skip


def recognise(head: str, name: str = "", *, strict: bool = False) -> str | None:
    """The form of a source: one of FORMS, or "recording" or "report", which are none; None if it is unknown.

    ``strict`` is for files that nobody named: what only its extension makes a source is none then.
    """
    hint = _hint(name)
    start = head.lstrip()
    if not start:
        return None if strict else "text"
    if start[0] == "<":
        return _markup(start, hint, strict)
    if _TOML.search(head):
        return "toml"
    if start[0] in "{[":
        from .json_kind import json_kind  # with the reader that it needs

        if found := json_kind(start, hint):
            return found
    if hint in ("json", "har", "toml"):
        return None if strict else hint
    if hint == "yaml":
        return "yaml" if not strict or "http" in head else None
    if not is_url(start) or any(mark in head for mark in _MARKS):
        from .delimiter import sniff_table  # a list of URLs needs no reader of tables
        from .inventory import looks_like_inventory

        if looks_like_inventory(head):
            return "inventory"
        if table := sniff_table(head, hint):
            return table
    return hint if hint in ("csv", "tsv") else _lines(head, hint, strict)


def _hint(name: str) -> str | None:
    suffixes = [suffix[1:].lower() for suffix in PurePath(name).suffixes]
    if suffixes and suffixes[-1] == "gz":
        suffixes.pop()
    return _EXTENSIONS.get(suffixes[-1]) if suffixes else None


def _markup(start: str, hint: str | None, strict: bool) -> str | None:
    root = re.match(_XML_ROOT, start)
    local = root.group(1).rpartition(":")[2].lower() if root else ""
    if local == "sitemapindex" and strict:
        return None
    if local in _ROOTS:
        return _ROOTS[local]
    if hint == "html" or (not start.startswith("<?xml") and re.match(_HTML, start)):
        return "html"
    return None


def _lines(head: str, hint: str | None, strict: bool) -> str | None:
    """Lists and YAML, which only their lines tell apart; prose and settings are neither.

    A list has a URL in it, or (where a person named the file) nothing but addresses that lack their scheme.
    """
    lines = [line.strip() for line in head.split("\n", 1000)[:1000]]
    lines = [line for line in lines if line and not line.startswith("#")]
    urls = sum(is_url(line) for line in lines)
    if not urls:
        if (
            lines
            and re.match(_YAML, lines[0])
            and any(re.search(_YAML_URL, line) for line in lines)
        ):
            return "yaml"
        return None if strict or not all(re.match(_ADDRESS, line) for line in lines) else "text"
    tokens = sum(len(line.split()) == 1 for line in lines)
    return "text" if hint == "text" or 2 * max(urls, tokens) >= len(lines) else None

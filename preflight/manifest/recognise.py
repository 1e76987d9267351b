"""Which kind of source a text is: by its beginning, with the file's extension as a hint."""

from __future__ import annotations

import re
from pathlib import PurePath

from .base import is_url
from .delimited import sniff_table
from .json_kind import json_kind

_XML_ROOT = re.compile(
    r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*<([A-Za-z_][^\s/>]*)", re.DOTALL
)
_ROOTS = {
    "urlset": "sitemap", "sitemapindex": "sitemap", "rss": "rss", "feed": "rss", "rdf": "rss",
    "request": "savemms", "html": "html",
}  # fmt: skip
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|img|picture|video|audio|source|meta|div|p)\b", re.I
)
_TOML = re.compile(
    r"^[ \t]*(?:\[\[[ \t]*[\"']?message[\"']?[ \t]*[\].]|message[ \t]*=[ \t]*\[)", re.MULTILINE
)
_YAML = re.compile(r"(?:%YAML|---(?:\s|$)|-[ \t]+\S|[\w\"'. -]+:(?:\s|$))")
_EXTENSIONS = {
    "txt": "text", "list": "text", "lst": "text", "urls": "text", "csv": "csv", "tsv": "tsv", "tab": "tsv",
    "json": "json", "jsonl": "json", "ndjson": "json", "har": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml",
    "html": "html", "htm": "html", "xhtml": "html",
}  # fmt: skip


def recognise(head: str, name: str = "") -> str | None:
    """The form of a source (one of FORMS, or a kind that is none: recording, report, sitemapindex); None if unknown."""
    hint = _hint(name)
    start = head.lstrip()
    if not start:
        return hint if hint in ("csv", "tsv", "yaml") else "text"
    if start[0] == "<":
        return _markup(start, hint)
    if _TOML.search(head) or hint == "toml":
        return "toml"
    if start[0] in "{[":
        found = json_kind(start)
        if found:
            return found
    if hint == "json":
        return "json"
    if hint in ("yaml", "csv", "tsv"):
        return _table(head, hint) if hint != "yaml" else "yaml"
    return _lines(head, hint)


def _hint(name: str) -> str | None:
    suffixes = [suffix[1:].lower() for suffix in PurePath(name).suffixes]
    if suffixes and suffixes[-1] == "gz":
        suffixes.pop()
    return _EXTENSIONS.get(suffixes[-1]) if suffixes else None


def _markup(start: str, hint: str | None) -> str | None:
    root = _XML_ROOT.match(start)
    local = root.group(1).rpartition(":")[2].lower() if root else ""
    if local in _ROOTS:
        return _ROOTS[local]
    if hint == "html" or (not start.startswith("<?xml") and _HTML.match(start)):
        return "html"
    return None


def _table(head: str, hint: str | None) -> str:
    return sniff_table(head, hint) or hint or "csv"


def _lines(head: str, hint: str | None) -> str | None:
    """Tables, lists and YAML: the kinds that only their lines tell apart."""
    table = sniff_table(head, hint)
    if table:
        return table
    lines = [line.strip() for line in head.splitlines()[:1000]]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return "text"
    urls = sum(is_url(line) for line in lines)
    tokens = sum(" " not in line and any(mark in line for mark in ":/.") for line in lines)
    if not urls and _YAML.match(lines[0]) and any("http" in line for line in lines):
        return "yaml"
    if (urls and 2 * max(urls, tokens) >= len(lines)) or tokens == len(lines):
        return "text"
    return "text" if hint == "text" and urls else None

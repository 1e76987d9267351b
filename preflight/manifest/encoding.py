"""In which encoding a source is written, and whether it is text at all: told from its first bytes."""

from __future__ import annotations

import codecs
import re

from ..errors import SourceError
from ..text import printable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""\A\s*(?:<\?xml[^>]*?\bencoding\s*=\s*["']|<(?!\?).*?<meta\b[^>]*?\bcharset\s*=\s*["']?)([\w.:-]+)""",
    re.DOTALL | re.IGNORECASE,
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


class NotTextError(SourceError):
    """Binary data, where a source of URLs should be."""


def encoding_of(head: bytes, name: str) -> str:
    """The encoding that a byte order mark, an XML declaration or an HTML meta names; else UTF-8.

    Raises NotTextError for binary data, and SourceError for an encoding that nobody knows; ``name`` is the source's, fit to be shown.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if _CONTROL.search(head):
        hint = "; export the sheet as CSV" if head.startswith(b"PK\x03\x04") else ""
        raise NotTextError(f"{name}: is not a source of URLs: it is binary data{hint}")
    match = _DECLARED.match(head[:4096])
    if match is None:
        return "utf-8"
    declared = match.group(1).decode("ascii", "replace")
    try:
        b"".decode(declared)  # refuses a codec that is not of text, which lookup() does not
        found = codecs.lookup(declared).name
    except LookupError:
        raise SourceError(
            f"{name}: has an encoding of no known name: {printable(declared)}"
        ) from None
    # The bytes are ASCII so far: a label of UTF-16 cannot be true without its byte order mark.
    return "utf-8" if found.startswith(("utf-16", "utf-32")) else found

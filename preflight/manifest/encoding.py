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
_LIKE_ASCII = b"<?+="
"""What every encoding reads alike that can name itself in its own text."""
_PYTHONS_OWN = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
_LABELS = {
    "iso8859_6": "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i", "iso8859_7": "sun_eu_greek",
    "iso8859_8": "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i logical visual", "iso8859_15": "csisolatin9",
    "koi8_r": "koi koi8", "koi8_u": "koi8-ru", "mac_roman": "csmacintosh mac x-mac-roman", "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "dos-874 windows-874", "gbk": "csgb2312 gb_2312 gb_2312-80 x-gbk", "big5hkscs": "cn-big5 x-x-big5",
    "euc_jp": "cseucpkdfmtjapanese x-euc-jp", "cp932": "windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 iso-ir-149 ks_c_5601-1989 ksc_5601 windows-949",
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
}  # fmt: skip
"""Names that every browser knows (WHATWG, Encoding, 4.2) and Python does not; see ``_known``."""
_PATTERNS = ((re.compile(r"x-(cp125\d)"), r"\1"), (re.compile(r"iso8859(\d+)"), r"iso8859-\1"))
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
    found = _known(declared.lower())
    if found is None:
        raise SourceError(f"{name}: has an encoding of no known name: {printable(declared)}")
    return found


def _known(label: str) -> str | None:
    """Python's name of an encoding that a document names; None for one that Python does not know, or that is not of text."""
    named = next((own for own, labels in _LABELS.items() if label in labels.split()), label)
    for pattern, own in _PATTERNS:
        if match := pattern.fullmatch(named):
            named = match.expand(own)
    try:
        found = codecs.lookup(named).name
        # The bytes are ASCII so far: a label of UTF-16 cannot be true without its byte order mark.
        if found.startswith(("utf-16", "utf-32")):
            return "utf-8"
        # This refuses what is not of text (hex, rot13), which lookup() does not, and what reads no markup (EBCDIC, UTF-7).
        alike = _LIKE_ASCII.decode(found) == _LIKE_ASCII.decode("ascii")
    except (LookupError, UnicodeError):
        return None
    return found if alike and found.replace("-", "_") not in _PYTHONS_OWN else None

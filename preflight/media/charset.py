"""The charset of a text, as far as its bytes tell one: UTF-8, UTF-16, or whatever its server says. Pure and bounded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

PIECE = 65_536
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF_16 = ("utf-16-le", "utf-16-be")
# What the WHATWG's MIME sniffing calls binary, but for the vertical tab; DOS ends a text with 1A.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]|\x1a(?!\Z)")
_BINARY_CHARACTER = re.compile(_BINARY.pattern.decode("ascii"))


def count(data: bytes, *, whole: bool = True) -> tuple[bool, int | None]:
    """Whether a text is UTF-8, and how many characters it has; None where its bytes are no text in any charset."""
    utf16 = sniff(data)[0] in _UTF_16  # which may be ASCII, with a NUL in each character
    found = None if utf16 else characters(data, whole=whole)
    return found is not None, found if found is not None else declared_characters(data, whole=whole)


def characters(data: bytes, *, whole: bool = True) -> int | None:
    """How many characters a UTF-8 text has, a leading byte order mark not counted; None where it is not UTF-8."""
    if data.isascii():
        return len(data)
    count = _decoded(data, "utf-8", whole=whole)
    return None if count is None else count - data.startswith(codecs.BOM_UTF8)


def declared_characters(data: bytes, *, whole: bool = True) -> int | None:
    """How many characters the bytes have if they are the text that they are said to be, in UTF-16 or in a charset that keeps
    ASCII's controls in their places; None where they cannot be.

    A text may hold controls (RFC 2046 section 4.1.2), but none of those that only binary data hold. Which of the charsets of one byte
    it is, the bytes do not tell, nor whether it is one of two: a byte is counted as a character.
    """
    encoding, skip = sniff(data)
    if encoding in _UTF_16:
        return _decoded(data[skip:], encoding, whole=whole, never=_BINARY_CHARACTER)
    return None if _BINARY.search(data) else len(data)


def sniff(data: bytes) -> tuple[str, int]:
    """The encoding that the first bytes show, and the length of their byte order mark: UTF-16 where it looks so, else Latin-1."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name, len(mark)
    if data[1:4:2] == b"\x00\x00" and data[0]:
        return "utf-16-le", 0
    if data[:4:2] == b"\x00\x00" and len(data) > 3 and data[1]:
        return "utf-16-be", 0
    return "latin-1", 0


def pieces(data: bytes) -> Iterator[bytes]:
    """The bytes in parts of 64 KiB, so that a large body is never held twice."""
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))


def _decoded(
    data: bytes, encoding: str, *, whole: bool, never: re.Pattern[str] | None = None
) -> int | None:
    """How many characters the bytes are; None where they are not of the encoding, or ``never`` finds one."""
    decoder, count = codecs.getincrementaldecoder(encoding)(), 0
    try:
        for piece in pieces(data):
            text = decoder.decode(piece)
            if never is not None and never.search(text):
                return None
            count += len(text)
        decoder.decode(b"", final=whole)
    except UnicodeDecodeError:
        return None
    return count

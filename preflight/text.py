"""Foreign text made safe to show: one function that masks secrets in URLs, one that makes any string printable.

Every sink (terminal, log, report, ledger, exception) uses these two, and nothing else, for text that came from outside.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "***"
_URL = re.compile(r"(?s)([A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
_SECRET_SEGMENT = re.compile(
    r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,2}"  # a JSON Web Token
    r"|[0-9A-Fa-f]{32,}"
    r"|(?=[^/]*[0-9])(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{40,}={0,2}"
)
"""None goes beyond a slash, and but for the token, which begins with eyJ, each has 32 characters or more. So the next two can hold no other."""
_SHORT_SEGMENTS = re.compile(r"(?:[^/]{0,31}+/)*+[^/]{0,31}")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9_.-]+(?::[0-9]+)?(?:/[A-Za-z0-9_.~-]{0,31}+)++")
_VALUE = re.compile(r"(?<![^&;])(?:([^&;=]*+=)[^&;]++|[^&;=]++(?=[&;]|\Z))")
"""A parameter of a query, with its name and equals sign apart; one that has no value is none, and one without a name is all value."""
_SECRET_FIELDS = frozenset(
    {
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token",
        "x-amz-security-token", "www-authenticate", "proxy-authenticate", "authentication-info", "x-csrf-token",
    }
)  # fmt: skip
_URL_FIELDS = frozenset(
    {
        "location",
        "content-location",
        "link",
        "refresh",
        "referer",
        "content-security-policy",
        "report-to",
        "origin",
    }
)


def mask_url(url: str) -> str:
    """A URL with its user information, query values, fragment and secret-looking path segments masked; names stay.

    A text that is no URL is masked wholly, so that no mistake of ours can show a secret.
    """
    if _PLAIN_URL.fullmatch(url) and "eyJ" not in url:
        return url  # as most are; the rest takes five times as long
    match = _URL.fullmatch(url)
    if not match:
        return f"<unparsable URL, {len(url)} characters>"
    scheme, authority, path, query, _ = match.groups(default="")
    if "@" in authority:
        authority = f"{MASK}@{authority.rpartition('@')[2]}"
    if "[" in authority and "]" not in authority:
        return f"<unparsable URL, {len(url)} characters>"
    return f"{scheme}//{authority}{_mask_path(path)}{_mask_query(query)}"


def _mask_path(path: str) -> str:
    if _SHORT_SEGMENTS.fullmatch(path) and "eyJ" not in path:
        return path  # as nearly all are; to look for secrets takes eight times as long
    return _SECRET_SEGMENT.sub(MASK, path)


def _mask_query(query: str) -> str:
    return query[:1] + _VALUE.sub(rf"\1{MASK}", query[1:])


_IN_TEXT = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^\s\"'<>]+")


def mask_field(name: str, value: str) -> str:
    """A header field's value with what may be secret masked; ``name`` in any case."""
    lower = name.lower()
    if lower in _SECRET_FIELDS:
        return MASK
    if lower in _URL_FIELDS and "//" not in value:
        path, mark, query = value.partition("#")[0].partition("?")
        return _mask_path(path) + _mask_query(mark + query)
    return mask_text(value)


def mask_text(text: str) -> str:
    """Free text with every URL in it masked."""
    return _IN_TEXT.sub(lambda match: mask_url(match.group()), text) if "//" in text else text


def mask_head(raw: str) -> str:
    """A raw head (request or response) with secrets masked, line ends and order kept."""
    lines = raw.split("\n")
    shown = [_mask_start_line(lines[0])]
    hidden = False
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t"):
            end = "\r" if line.endswith("\r") else ""
            shown.append(f" {MASK}{end}" if hidden else mask_text(line))
            continue
        hidden = name.strip().lower() in _SECRET_FIELDS
        body, end = (value[:-1], "\r") if value.endswith("\r") else (value, "")
        shown.append(
            f"{name}:{' ' if hidden else ''}{mask_field(name.strip(), body)}{end}"
            if colon
            else mask_text(line)
        )
    return "\n".join(shown)


def _mask_start_line(line: str) -> str:
    method, space, rest = line.partition(" ")
    if method not in ("GET", "POST", "CONNECT"):
        return mask_text(line)
    target, space2, version = rest.rpartition(" ")
    if "//" in target:
        return f"{method} {mask_url(target)}{space2}{version}"
    path, mark, query = target.partition("?")
    return f"{method}{space}{_mask_path(path)}{_mask_query(mark + query)}{space2}{version}"


def printable(text: str, limit: int | None = 200) -> str:
    """A string that no terminal, log runner or viewer can take for more than text.

    Control, format, surrogate, private and separator characters (Unicode C* and Z* but the plain space) become
    escapes, as does the backslash; over ``limit`` characters it is cut, and an ellipsis says so.
    """
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    return "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    if character == " " or character == "\N{HORIZONTAL ELLIPSIS}":
        return character
    if character == "\\" or unicodedata.category(character)[0] in "CZ":
        code = ord(character)
        if character == "\\":
            return "\\\\"
        return (
            f"\\x{code:02x}"
            if code < 256
            else f"\\u{code:04x}"
            if code < 65536
            else f"\\U{code:08x}"
        )
    return character


def quoted(text: str, limit: int = 80) -> str:
    """Foreign text inside one of our sentences: printable, cut, in double quotes."""
    return f'"{printable(text, limit)}"'


def size(octets: int) -> str:
    """A number of bytes for people: "8,319 bytes", "1.23 MB" (1 MB is 1,000,000 bytes)."""
    if octets < 10_000:
        return f"{octets:,} byte{'' if octets == 1 else 's'}"
    if octets < 1_000_000:
        return f"{octets / 1000:,.1f} KB"
    return f"{octets / 1_000_000:,.2f} MB"

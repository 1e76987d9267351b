"""Foreign text made safe to show: one function that masks secrets in URLs, one that makes any string printable.

Every sink (terminal, log, report, ledger, exception) uses these two, and nothing else, for text that came from outside.
"""

from __future__ import annotations

import re
import unicodedata

MASK = "***"
_URL = re.compile(r"(?s)([A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
_HOST_PORT = re.compile(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::[0-9]*)?")
_AT = re.compile("[@\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}]|%40")
"""What some reader of URLs takes for the end of the user information."""
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9_.-]+(?::[0-9]+)?(?:/[A-Za-z0-9_.~-]{0,31}+)++")
_SHORT_SEGMENTS = re.compile(r"(?:[^/]{0,31}+/)*+[^/]{0,31}")
"""But for a JSON Web Token, which begins with eyJ, every secret has 32 characters or more and no slash: these two can hold none."""
_ENCODED = re.compile(r"%(?:40|3[AFaf])")
_SLASH = re.compile(r"(/|%2[Ff])")
_FILE = r"[\w.-]+\.(?:jpe?g|jpe|jfif|a?png|gif|webp|avif|hei[cf]|bmp|wbmp|tiff?|svg|ico|mp[34]|m4[av]|mpe?g|avi|webm|3gpp?2?|3g2|aac|amr|flac|midi?|og[agv]|opus|wav|vcf|ics|pdf|txt)"
"""The name of a file, which no host can have: none of these is a top-level domain, as .mov is."""
_HOST_AFTER = re.compile(rf"(?i:(?:{_AT.pattern})(?!{_FILE}(?=/|%2F|%3F|\Z)))")
_NAMED_HOST_AFTER = re.compile(rf"(?i:@(?!(?:{_FILE}|(?!localhost(?:%3F|\Z))[\w-]+)(?=%3F|\Z)))")
"""The same, but a single word is a host only if it is localhost, has a port or stands in brackets: ``File:a@2x`` is a name."""
_INNER_QUERY = re.compile(
    r"((?:%3[Ff]|%26)(?:(?!%26|%3[DdFf])[^/?=])*+(?:%3[Dd]|=))(?:(?!%26)[^/])++"
)
"""A parameter of a query inside a path, where its question mark is written as %3F."""
_JSON_WEB_TOKEN = re.compile(r"(?<![\w-])((?>[\w-]*?(?=eyJ)))[\w-]++(?:\.[\w-]*+){1,2}", re.ASCII)
"""From the first eyJ of a run of its characters; each run is looked at once, so that no text takes more than linear time."""
_ABSOLUTE = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*+:")
_LONG_RUN = re.compile(r"[\w-]{32,}+={0,2}", re.ASCII)
_LONG_HEX = re.compile(r"[0-9A-Fa-f]{32,}")
_DIGIT, _LETTER = re.compile(r"[0-9]"), re.compile(r"[A-Za-z]")
_VALUE = re.compile(r"(?<![^&;])(?:([^&;=]*+=)[^&;]++|[^&;=]++(?=[&;]|\Z))")
"""A parameter of a query, with its name and equals sign apart; one that has no value is none, and one without a name is all value."""


def mask_url(url: str) -> str:
    """A URL with its user information, query values, fragment and secret-looking path segments masked; names stay.

    A text that is no URL, or in which a password may stand where none belongs, is masked wholly, so that no mistake of
    ours can show a secret.
    """
    if _PLAIN_URL.fullmatch(url) and "eyJ" not in url:
        return url  # as most are; the rest takes five times as long
    match = _URL.fullmatch(url)
    if not match:
        return _nothing_of(url)
    scheme, authority, path, query, fragment = match.groups(default="")
    host = authority
    if ":" in authority or "@" in authority or "[" in authority:
        # A slash, ? or # in a password ends the authority within it: "//user:pa/ss@host".
        _, at, host = authority.rpartition("@")
        if not _HOST_PORT.fullmatch(host) and ("[" in host or _AT.search(url)):
            return _nothing_of(url)
        host = f"{MASK}@{host}" if at else host
    return f"{scheme}//{host}{_mask_path(path, query + fragment, authority)}{_mask_query(query)}"


def _nothing_of(url: str) -> str:
    return f"<unparsable URL, {len(url)} characters>"


def mask_reference(reference: str) -> str:
    """A URL or a relative reference (RFC 3986 section 4.1), masked as a URL is."""
    if _ABSOLUTE.match(reference):
        return mask_url(reference)
    before, mark, fragment = reference.partition("#")
    path, question, query = before.partition("?")
    return _mask_path(path, query + mark + fragment) + _mask_query(question + query)


def _mask_path(path: str, after: str, before: str = "host") -> str:
    """A path; ``after`` is what follows it in its URL, and ``before`` the authority that it follows.

    An authority that is empty or ends with a colon is none: what follows may be.
    """
    if "@" in path or ":" in path or ("%" in path and _ENCODED.search(path)):
        # As in an image proxy's, a whole URL may stand in it, with a password or a query.
        path = _INNER_QUERY.sub(rf"\1{MASK}", _mask_users(path, after, before))
    return _mask_segments(path)


def _mask_segments(path: str) -> str:
    if _SHORT_SEGMENTS.fullmatch(path) and "eyJ" not in path:
        return path  # as nearly all are; to look for secrets takes eight times as long
    return _LONG_RUN.sub(_mask_run, _JSON_WEB_TOKEN.sub(rf"\1{MASK}", path))


def _mask_users(path: str, after: str, before: str) -> str:
    """A path without the user information of a URL that stands in it: what is before an @, where a host may follow that."""
    parts = _SLASH.split(path)
    previous = before
    goes_on = True  # until it is known that no more user information can end
    for at in range(2 if path[:1] == "/" else 0, len(parts), 2):
        segment = _plain(parts[at]) if "%" in parts[at] else parts[at]
        if "@" in segment or ":" in segment:
            user, _, host = segment.rpartition("@")
            inner = not previous or previous[-1] == ":"
            if (inner and "@" in segment and _HOST_AFTER.search(segment)) or (
                ":" in user and _NAMED_HOST_AFTER.search(segment)
            ):
                parts[at] = f"{MASK}@{host}"
            elif inner and goes_on and not _HOST_PORT.fullmatch(segment):
                # A slash or a question mark in a password ends the authority within it, as it does in a URL that stands alone.
                goes_on = bool(_AT.search(after) or _HOST_AFTER.search("".join(parts[at:])))
                if goes_on:
                    return "".join([*parts[:at], MASK])
        previous = segment
    return "".join(parts)


def _plain(segment: str) -> str:
    return segment.replace("%40", "@").replace("%3A", ":").replace("%3a", ":")


def _mask_run(match: re.Match[str]) -> str:
    """A key or a signature mixes digits and letters; a digest is hexadecimal, whatever stands around it."""
    run = match.group()
    if len(run) >= 40 and _DIGIT.search(run) and _LETTER.search(run):
        return MASK
    return _LONG_HEX.sub(MASK, run)


def _mask_query(query: str) -> str:
    return query[:1] + _VALUE.sub(rf"\1{MASK}", query[1:])


_IN_TEXT = re.compile(
    r"(?:(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+:)?//[^\s\"<>]+|[Hh][Tt][Tt][Pp][Ss]?:[^\s\"<>]+"
)
_PARAMETER = re.compile(r"([?&][^\s?&;=#\"'<>]++=)[^\s&\"<>]+")


def mask_text(text: str) -> str:
    """Free text with every URL in it masked, and every value of a query that stands alone."""
    if "//" not in text and "=" not in text and "ttp" not in text and "TTP" not in text:
        return text
    return _PARAMETER.sub(rf"\1{MASK}", _IN_TEXT.sub(lambda match: mask_url(match.group()), text))


_SECRET_FIELDS = frozenset(
    {
        "authorization", "proxy-authorization", "cookie", "set-cookie", "www-authenticate", "proxy-authenticate",
        "authentication-info",
    }
)  # fmt: skip
_SECRET_NAME = re.compile(
    r"secret|token|passw|api-?key|access-?key|session|csrf|xsrf|credential|signature"
)
_PLAIN_REQUEST_FIELDS = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length"}
)  # fmt: skip
"""What a request of ours carries in any case. Whatever else stands in it the user gave, and that may be a credential."""
_REFERENCE_FIELDS = frozenset({"location", "content-location", "referer", "origin"})
_LINKING_FIELDS = frozenset({"link", "refresh", "content-security-policy", "report-to"})
_QUERY = re.compile(r"\?[^\s\"<>#]+")
_FRAGMENT = re.compile(r"#[^\s\"<>;,]*")


def mask_field(name: str, value: str) -> str:
    """The value of a response's header field with what may be secret masked; ``name`` in any case."""
    lower = name.lower()
    if _is_secret(lower):
        return MASK
    if lower in _REFERENCE_FIELDS:
        return mask_reference(value.strip(" \t"))
    if lower in _LINKING_FIELDS:
        shown = _FRAGMENT.sub("", _mask_segments(mask_text(value)))
        return _QUERY.sub(lambda match: _mask_query(match.group()), shown)
    return mask_text(value)


def _is_secret(lower: str) -> bool:
    return lower in _SECRET_FIELDS or _SECRET_NAME.search(lower) is not None


_LINE_END = re.compile(r"(\r\n|\n|\r)")
_REQUEST_LINE = re.compile(r"(GET|POST|CONNECT) (.*?)( [^ ]*)?", re.DOTALL)


def mask_head(raw: str) -> str:
    """A raw head (request or response) with secrets masked, line ends and order kept."""
    start, *rest = _LINE_END.split(raw)
    request = _REQUEST_LINE.fullmatch(start)
    shown = [_mask_request_line(request) if request else mask_text(start)]
    name = ""
    for end, line in zip(rest[::2], rest[1::2], strict=True):
        shown.append(end)
        if line[:1] in (" ", "\t"):  # of the field before: a secret or a URL may go on here
            shown.append(f" {MASK}" if _is_whole(name, request is not None) else mask_text(line))
            continue
        before, colon, value = line.partition(":")
        name = before.strip().lower() if colon else ""
        if not colon:
            shown.append(mask_text(line))
        elif request and name not in _PLAIN_REQUEST_FIELDS:
            shown.append(f"{before}: {MASK}")
        else:
            stripped = value.lstrip(" \t")
            space = value[: len(value) - len(stripped)]
            shown.append(f"{before}:{space}{mask_field(name, stripped)}")
    return "".join(shown)


def _is_whole(lower: str, request: bool) -> bool:
    """Whether no part of a field's value may be shown apart from the rest."""
    if request and lower not in _PLAIN_REQUEST_FIELDS:
        return True
    return _is_secret(lower) or lower in _REFERENCE_FIELDS


def _mask_request_line(match: re.Match[str]) -> str:
    method, target, version = match.groups(default="")
    shown = mask_url(f"//{target}")[2:] if method == "CONNECT" else mask_reference(target)
    return f"{method} {shown}{version}"


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


def encodable(text: str) -> str:
    """A string with each half of a surrogate pair, which is a character in no encoding, replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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

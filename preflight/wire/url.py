"""A strict reader of http and https URLs (RFC 3986), pure.

A URL is taken apart only where every careful parser would take it apart the same way; anything else is a problem in one
clause. Nothing is repaired: the request target goes out byte for byte as given, without the fragment.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from ..text import printable, quoted
from ..values import dataclass

MAX_LENGTH = 8_000
"""Characters. RFC 9110 section 4.1 asks senders and recipients to support at least 8000 octets."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_BAD_CHARACTER = re.compile(r"[^!-~]")
_REFERENCE = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL
)
_SPLIT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//[^/?#]*)?(.*)", re.DOTALL)
_PCHARS = r"[A-Za-z0-9._~!$&'()*+,;=:@/-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~!$&'()*+,;=:@/-]*)*"
_QUERY = _PCHARS.replace("/-]", "/?-]")
_STRICT = re.compile(
    r"([Hh][Tt][Tt][Pp][Ss]?)://"
    r"([!-\"$-.0->@-~]*)"  # visible ASCII without / ? #
    rf"((?:/{_PCHARS})?)(\?{_QUERY})?(?:#{_QUERY})?"
)
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?")


@dataclass(frozen=True, slots=True)
class Url:
    """A URL taken apart. ``host`` is in lower case, without brackets or a final dot; ``address`` is set where it is an IP literal.

    ``target`` is the origin-form request target; ``text`` the URL as given, without its fragment.
    """

    text: str
    scheme: str
    host: str
    port: int
    target: str
    address: IPv4Address | IPv6Address | None = None

    @property
    def authority(self) -> str:
        """The value of the Host field: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def is_localhost(self) -> bool:
        """Whether the name is loopback by definition (RFC 6761)."""
        return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454)."""
        return self.scheme, self.host, self.port


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text is not a URL that can be fetched, in one clause."""

    text: str


def parse(text: str) -> Url | Problem:
    """Read an absolute http or https URL."""
    if len(text) > MAX_LENGTH:
        return Problem(
            f"it is {len(text):,} characters long; no more than {MAX_LENGTH:,} are certain to be accepted"
        )
    parts = _STRICT.fullmatch(text)
    if parts is None:
        return Problem(_why_not(text))
    scheme, authority, path, query = parts.groups()
    scheme = scheme.lower()
    place = _authority(authority, scheme)
    if isinstance(place, Problem):
        return place
    host, port, address = place
    whole = text.partition("#")[0]
    return Url(whole, scheme, host, port, (path or "/") + (query or ""), address)


def _why_not(text: str) -> str:
    """What is wrong with a text that is not strictly a URL, the authority aside."""
    bad = _BAD_CHARACTER.search(text)
    if bad:
        return _bad_character(bad.group(), bad.start())
    parts = _SPLIT.fullmatch(text)
    if not parts:
        return "it has no scheme; it must begin with https:// or http://"
    if parts[1].lower() not in _DEFAULT_PORTS:
        return f"its scheme is {quoted(parts[1])}; the gateway takes http and https only"
    if parts[2] is None:
        return f"after {quoted(parts[1] + ':')} come no two slashes"
    return _bad_path(parts[3])


def join(base: str, reference: str) -> Url | Problem:
    """Resolve a Location against the URL that sent it (RFC 3986 section 5.2), strictly."""
    bad = _BAD_CHARACTER.search(reference)
    if bad:
        return Problem(_bad_character(bad.group(), bad.start()))
    if not reference:
        return Problem("its Location is empty")
    return parse(resolved(base, reference))


def resolved(base: str, reference: str) -> str:
    """A reference resolved against a base (RFC 3986 section 5.2), good or bad: nothing but dot segments is taken out of it."""
    scheme, authority, path, query, fragment = _reference(reference)
    if scheme:
        return scheme + authority + _without_dots(path) + query + fragment
    own_scheme, own_authority, own_path, own_query, _ = _reference(base)
    if authority:
        return own_scheme + authority + _without_dots(path) + query + fragment
    if not path:
        return own_scheme + own_authority + own_path + (query or own_query) + fragment
    if not path.startswith("/"):
        path = own_path.rpartition("/")[0] + "/" + path
    return own_scheme + own_authority + _without_dots(path) + query + fragment


def _reference(text: str) -> tuple[str, ...]:
    """Scheme, authority, path, query and fragment, each with its own mark. A part that is empty is not the same as none; the standard
    library takes them for the same."""
    match = _REFERENCE.fullmatch(text)
    return match.groups(default="") if match else ("", "", text, "", "")


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, for a path from the root; any other one, which no http URL has, as it is."""
    if not path.startswith("/"):
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


Place = tuple[str, int, IPv4Address | IPv6Address | None]


@lru_cache(maxsize=4096)
def _authority(authority: str, scheme: str) -> Place | Problem:
    if "@" in authority:
        return Problem("it carries a user name or password before the host")
    match = _AUTHORITY.fullmatch(authority)
    if not match:
        return Problem("its host or port cannot be read")
    host_text, port_text = match.groups()
    port = _port(port_text, scheme)
    if port is None:
        return Problem(f"its port is {quoted(port_text)}; it must be from 1 to 65535")
    host = _host(host_text)
    if isinstance(host, Problem):
        return host
    return host[0], port, host[1]


def _port(text: str | None, scheme: str) -> int | None:
    if not text:
        return _DEFAULT_PORTS[scheme]
    number = int(text.lstrip("0")[:6] or "0")
    return number if 1 <= number <= 65535 else None


def _host(text: str) -> tuple[str, IPv4Address | IPv6Address | None] | Problem:
    if not text:
        return Problem("it has no host")
    if text.startswith("["):
        try:
            six = IPv6Address(text[1:-1]) if "%" not in text else None
        except AddressValueError:
            six = None
        return (str(six), six) if six else Problem(f"{quoted(text)} is not an IPv6 address")
    name = text[:-1] if text.endswith(".") else text
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(name, dotted=text is not name)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return Problem(f"{quoted(text)} is not a host name")
    return name.lower(), None


def _ipv4(name: str, *, dotted: bool) -> tuple[str, IPv4Address] | Problem:
    """A host that ends in a number is an IPv4 address or a disguise of one (WHATWG URL, "ends in a number")."""
    try:
        four = IPv4Address(name)
    except AddressValueError:
        four = None
    if four is None or dotted or str(four) != name:
        return Problem(
            f"{quoted(name)} is a number in place of a host, which parsers read in different ways"
        )
    return name, four


def _bad_character(character: str, index: int) -> str:
    name = {" ": "a space", "\t": "a tab", "\n": "a line end", "\r": "a line end"}.get(character)
    if name is None and ord(character) < 0x80:
        name = "a control character"
    if name is None:
        return f"character {index + 1}, {quoted(character)}, is not ASCII; write a host in its xn-- form, and percent-encode the rest"
    return f"it holds {name} at position {index + 1}; percent-encode it"


def _bad_path(rest: str) -> str:
    broken = re.search(r"%(?![0-9A-Fa-f]{2})", rest)
    if broken:
        return f"the percent sign in {quoted(rest[broken.start() : broken.start() + 3])} is not followed by two hexadecimal digits"
    odd = re.search(r"[^A-Za-z0-9._~!$&'()*+,;=:@%/?#-]", rest)
    if odd:
        return f"RFC 3986 does not allow the character {printable(odd.group())} there; percent-encode it"
    return "its path, query or fragment cannot be read"

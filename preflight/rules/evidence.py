"""What rules may ask for besides the values of an observation: facts derived from it once, for all rules."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from ..mediatype import declared, is_generic, url_extension
from ..observation import Content, Exchange, FailureKind, Head, Observation, Purpose
from ..values import dataclass

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

WholeContent = Annotated[Content, "received to its end"]
"""Content that was wholly received."""

MaybeContent = Content | None
"""Content where there is any: the rule also has something to say without it."""

Exchanges = tuple[Exchange, ...]
"""All exchanges, where more than one was made and the first was answered with 200."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the first identity answer says that it is. ``type`` is canonical, ``generic`` whether it says nothing; ``problem`` says why it is none."""

    type: str | None
    generic: bool
    problem: str | None
    extension: str | None


@dataclass(frozen=True, slots=True)
class Size:
    """The size in bytes of the first identity answer; ``least`` where reading stopped before its end."""

    octets: int
    least: bool


def declared_of(exchange: Exchange, head: Head) -> Declared:
    """The declaration in one answer."""
    media_type, problem = declared(head.values("content-type"))
    generic = media_type is not None and is_generic(media_type)
    return Declared(media_type, generic, problem, url_extension(exchange.url))


def size_of(observation: Observation, head: Head) -> Size | None:
    """The size by Content-Length, else by what was received; the decoded size where that is larger."""
    body, content = observation.identity.body, observation.content
    announced = head.length
    received = content.length if content else body.received if body else None
    if announced is None and received is None:
        return None
    octets = max(announced or 0, received or 0)
    unended = octets != announced and (
        not (body is not None and body.whole) or (content is not None and not content.whole)
    )
    return Size(octets, least=unended)


def answered(exchange: Exchange) -> bool:
    """Whether an exchange has a final answer that framing rules judge: status 200 and a head that can be used."""
    return exchange.head is not None and exchange.head.status == 200


def judged_for_form(head: Head) -> bool:
    """Whether it matters that a head is malformed: other statuses are refused for what they are."""
    status = head.status
    return status is None or status == 200 or 100 <= status < 200 or status in _REDIRECTS


def transient(status: int | None) -> bool:
    """Whether a status may go away by itself."""
    return status in (408, 425, 429) or (status is not None and 500 <= status <= 599)


def port_of(url: str) -> int | None:
    """The port that a URL names, where it names one that is not its scheme's own."""
    if ":" not in url.partition("//")[2].partition("/")[0]:
        return None  # as with nearly every URL; to split it takes ten times as long
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    return port if port not in (None, {"http": 80, "https": 443}.get(parts.scheme)) else None


def phrase(purpose: Purpose) -> str:
    """How a purpose is named in a sentence."""
    return {
        Purpose.IDENTITY: "asked plainly", Purpose.GZIP: "asked with Accept-Encoding: gzip", Purpose.SECOND: "asked a second time",
        Purpose.WEBP: "asked with a browser's Accept", Purpose.BARE: "asked without the query",
    }[purpose]  # fmt: skip


OWN_FAILURES = frozenset(
    {FailureKind.BREAKER, FailureKind.DESCRIPTORS, FailureKind.INTERNAL, FailureKind.PROXY}
)
"""What we could not do ourselves: it says nothing about the URL."""

PASSING_FAILURES = frozenset(
    {
        FailureKind.TIMEOUT, FailureKind.CLOSED, FailureKind.RESOLUTION, FailureKind.UNREACHABLE,
        FailureKind.TLS_CLOSED,
    }
)  # fmt: skip
"""Failures that may go away by themselves."""

TLS_FAILURES = frozenset(kind for kind in FailureKind if kind.value.startswith("tls-"))

"""Observing and judging one URL on loopback, with short bounds where a test wants them."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from preflight.judging import judge
from preflight.observation import Observation
from preflight.observe import Depth, Observer
from preflight.profile import Profile, load
from preflight.target import Target
from preflight.verdict import Severity, Verdict
from preflight.wire.address import networks
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver
from preflight.wire.settings import FetchSettings

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5ErkJggg=="
)
"""A whole PNG of one grey pixel, 67 bytes."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
"""The head of a sound answer, up to where it says how long it is."""

LOOPBACK = networks(["127.0.0.0/8"])


def good(body: bytes = PNG, media_type: str = "image/png", *fields: str) -> bytes:
    """A sound answer."""
    head = [
        "HTTP/1.1 200 OK",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        *fields,
        "",
        "",
    ]
    return "\r\n".join(head).encode("latin-1") + body


def sinch() -> Profile:
    """The default profile."""
    return load("sinch")


def settings(**changes: object) -> FetchSettings:
    """Settings that let loopback in; ``changes`` are fields of FetchSettings."""
    base = FetchSettings(profile=sinch(), allow_networks=LOOPBACK)
    return replace(base, **changes)  # type: ignore[arg-type]


async def observe(
    url: str,
    chosen: FetchSettings | None = None,
    *,
    resolver: Resolver | None = None,
    depth: Depth = Depth.DEFAULT,
) -> Observation:
    """One pass over one URL, with connections of its own."""
    fetcher = Fetcher(chosen or settings(), resolver)
    try:
        return await Observer(fetcher=fetcher, depth=depth).observe(Target(url=url))
    finally:
        await fetcher.close()


async def check(
    url: str,
    chosen: FetchSettings | None = None,
    *,
    resolver: Resolver | None = None,
    depth: Depth = Depth.DEFAULT,
) -> Verdict:
    """Observe one URL and judge it."""
    seen = await observe(url, chosen, resolver=resolver, depth=depth)
    return judge(seen, (chosen or settings()).profile)


async def look(fetcher: Fetcher, url: str, depth: Depth = Depth.QUICK) -> Verdict:
    """Observe one URL with connections that may be kept, and judge it."""
    return judge(await Observer(fetcher=fetcher, depth=depth).observe(Target(url=url)), sinch())


def rules(verdict: Verdict, severity: Severity = Severity.ERROR) -> list[str]:
    """The ids of the findings of one severity, sorted."""
    return sorted(finding.rule for finding in verdict.findings if finding.severity is severity)


def names(answers: dict[str, list[str]]) -> Callable[[str], Awaitable[list[str]]]:
    """A stub name server."""

    async def lookup(host: str) -> list[str]:
        return answers[host]

    return lookup


def message_of(verdict: Verdict, rule: str) -> str:
    """What a rule said."""
    return next(finding.message for finding in verdict.findings if finding.rule == rule)


def joined(verdicts: Iterable[Verdict]) -> list[str]:
    """The outcomes, in order."""
    return [str(verdict.outcome) for verdict in verdicts]

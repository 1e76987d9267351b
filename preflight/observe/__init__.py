"""One pass over one URL: which requests to make, in what order, and what they showed together.

It never waits and never tries again; that is the audit's work. Whatever happens, it ends in an Observation.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from ..media.examine import Examined, examine
from ..mediatype import declared, kind_of, url_extension
from ..observation import (
    Attempt,
    BodyEnd,
    Content,
    Decode,
    Exchange,
    Failure,
    FailureKind,
    Head,
    Observation,
    Purpose,
)  # fmt: skip
from ..profile import Profile
from ..target import Target
from ..wire.fetch import Fetched, Fetcher
from ..wire.watchdog import Leash, Watchdog
from .questions import Questions
from .sight import Sight

_THREAD_FROM = 262_144
"""Bytes from which media is examined in a thread, so that a large file does not hold up the loop."""
_TELLING = 512
"""Bytes below which a body that broke off tells nothing: the beginnings of WAV, MP3 and GIF are plain text."""
_GRACE_S = 2.0


class Depth(StrEnum):
    """How much is asked: one request; two, as the contract's default; or everything, decoding included."""

    QUICK = "quick"
    DEFAULT = "default"
    DEEP = "deep"


def again(depth: Depth, profile: Profile) -> list[Purpose]:
    """What a URL that answers is asked for besides, whatever it is."""
    if depth is Depth.QUICK:
        return []
    purposes = [Purpose.GZIP] if "gzip" in profile.fetch.encodings else []
    return purposes + ([Purpose.SECOND, Purpose.WEBP] if depth is Depth.DEEP else [])


Decoder = Callable[[bytes, Examined], Awaitable[Decode | None]]


class Observer:
    """What one run observes with. ``decode`` decodes to the end in a child process; ``thumbnail`` draws a small picture."""

    def __init__(
        self, *, fetcher: Fetcher, depth: Depth = Depth.DEFAULT, decode: Decoder | None = None,
        thumbnail: Callable[[bytes], str | None] | None = None, digests: bool = False,
    ) -> None:  # fmt: skip
        self.fetcher = fetcher
        self.depth = depth
        self.decode = decode
        self.thumbnail = thumbnail
        self.digests = digests
        self._questions = Questions(self.profile)
        self._watchdog = Watchdog()

    @property
    def profile(self) -> Profile:
        """The profile whose gateway is imitated."""
        return self.fetcher.settings.profile

    async def observe(self, target: Target, attempts: tuple[Attempt, ...] = ()) -> Observation:
        """Fetch and examine one target; always an Observation. A hang of ours ends two seconds after the time allowed."""
        return self.finish(await self.look(target, attempts))

    async def look(self, target: Target, attempts: tuple[Attempt, ...] = ()) -> Sight | Observation:
        """The same as far as the network goes. A body that nothing waits for is left to ``finish``, and its room is held until then."""
        sight = Sight(target, attempts, time.time(), time.monotonic())
        loop = self.fetcher.loop
        deadline = loop.time() + self.fetcher.settings.total_s
        try:
            with self._watchdog.until(deadline + _GRACE_S, loop) as leash:
                return await self._look(sight, deadline, leash)
        except TimeoutError:
            detail = "our own reader overran the time allowed"
        except Exception as error:  # a fault of ours must never look like a verdict on the URL
            detail = f"a fault of our own stopped the check ({type(error).__name__})"
        return sight.failed(FailureKind.INTERNAL, detail)

    def finish(self, sight: Sight | Observation) -> Observation:
        """The observation, with the body examined and its room given back."""
        if isinstance(sight, Observation):
            return sight
        assert sight.first is not None  # noqa: S101 - there is something to examine
        try:
            return sight.seen(self._examined(sight.first))
        finally:
            self.fetcher.release(sight.first)

    async def _look(self, sight: Sight, deadline: float, leash: Leash) -> Sight | Observation:
        first = await self.fetcher.fetch(sight.target.url, self._questions.first, deadline)
        try:
            waits = self._may_wait(sight.target, first)
            examined = None if waits else await self._examine(first)
            purposes = self._further(sight.target, first.exchange, examined)
            exchanges = [self._with_digest(first, purposes)]
            if purposes:
                exchanges += await self._ask(sight.target, first.exchange, purposes, deadline)
            sight.ended(exchanges)
            if waits and (not purposes or _answered(exchanges)):
                sight.first = first
                return sight
            if waits:
                examined = await self._examine(first)
            elif examined is not None:
                examined = await self._deeper(sight, examined, leash)
                sight.ended(exchanges)
            return sight.seen(examined)
        finally:
            if sight.first is None:
                self.fetcher.release(first)

    async def _ask(
        self, target: Target, first: Exchange, purposes: Sequence[Purpose], deadline: float
    ) -> list[Exchange]:
        """The further exchanges; the time allowed is for all of them together, and one without any left has failed for want of it."""
        exchanges = []
        for purpose in purposes:
            url = target.url.partition("?")[0] if purpose is Purpose.BARE else target.url
            if self.fetcher.loop.time() >= deadline:
                late = Failure(kind=FailureKind.TIMEOUT, detail="no time was left for this request")
                permitted = first.hops[0].permitted if first.hops else first.permitted
                exchanges.append(
                    Exchange(purpose=purpose, url=url, failure=late, permitted=permitted)
                )
                continue
            more = await self.fetcher.fetch(url, self._questions.ask(purpose), deadline)
            self.fetcher.release(more)
            exchanges.append(more.exchange)
        return exchanges

    async def _deeper(self, sight: Sight, examined: Examined, leash: Leash) -> Examined:
        """Draw and decode, where that is wanted."""
        if self.thumbnail is not None:
            sight.thumbnail = self.thumbnail(examined.data)
        if self.decode is None or not examined.content.whole:
            return examined
        leash.slip()  # the decoder keeps its own time, and may have to wait for its turn
        decoded = await self.decode(examined.data, examined)
        return replace(examined, content=replace(examined.content, decode=decoded))

    def _may_wait(self, target: Target, first: Fetched) -> bool:
        """Whether the body may be examined later: it is sound and small, and neither the next request nor a decoder depends on it."""
        alone = self.depth is Depth.QUICK or "?" not in target.url
        exchange = first.exchange
        return (
            alone and self.decode is None and self.thumbnail is None and exchange.status == 200
            and exchange.body is not None and exchange.body.whole and len(first.body) < _THREAD_FROM
        )  # fmt: skip

    def _further(self, target: Target, first: Exchange, examined: Examined | None) -> list[Purpose]:
        """What else to ask, once the first answer is there."""
        if self.depth is Depth.QUICK or first.status != 200 or _malformed(first):
            return []
        purposes = again(self.depth, self.profile)
        if "?" in target.url and self._query_matters(target, first, examined):
            purposes.append(Purpose.BARE)
        return purposes

    def _query_matters(self, target: Target, first: Exchange, examined: Examined | None) -> bool:
        if "?" not in target.url.partition("#")[0]:
            return False
        detected = examined.content.detected_type if examined else None
        stated = declared(first.head.values("content-type"))[0] if first.head else None
        kinds = {kind_of(media_type) for media_type in (detected, stated) if media_type}
        return not kinds.isdisjoint(self.profile.fetch.strips_query)

    def _with_digest(self, first: Fetched, purposes: list[Purpose]) -> Exchange:
        """The digest is worked out only where something will be compared with it, or a recording wants it."""
        exchange = first.exchange
        compared = purposes and (Purpose.SECOND in purposes or Purpose.BARE in purposes)
        if not (self.digests or compared) or exchange.body is None or not exchange.body.whole:
            return exchange
        digest = hashlib.sha256(first.body).hexdigest()
        return replace(exchange, body=replace(exchange.body, digest=digest))

    async def _examine(self, first: Fetched) -> Examined | None:
        if len(first.body) < _THREAD_FROM:
            return self._examined(first)
        return await asyncio.to_thread(self._examined, first)

    def _examined(self, first: Fetched) -> Examined | None:
        """What a body turns out to be; None where there is none that tells anything. Runs in a thread where the body is large."""
        exchange, data = first.exchange, first.body
        head, body = exchange.head, exchange.body
        if head is None or head.status != 200 or body is None:
            return None
        whole = body.whole
        if not whole and body.end is not BodyEnd.LIMIT and len(data) < _TELLING:
            return None
        stated, _ = declared(head.values("content-type"))
        try:
            return examine(
                data, whole=whole, length=head.length, declared=stated, extension=url_extension(exchange.url),
                coding=_codings(head), max_output=self._questions.limit(stated),
            )  # fmt: skip
        except Exception as error:
            # A reader of ours failed on these bytes: say so, and judge the rest.
            detail = f"our own reader failed on these bytes ({type(error).__name__})"
            return Examined(content=Content(length=len(data), whole=whole, overrun=detail))


def _codings(head: Head) -> str | None:
    """Everything that was done to the content before it was cut into chunks, in the order in which it was done."""
    names = head.values("content-encoding")
    if head.codings:
        transfer = [coding.partition(";")[0].strip(" \t") for coding in head.codings]
        names += [name for name in transfer if name != "chunked"]
    return ", ".join(names) or None


def _answered(exchanges: Sequence[Exchange]) -> bool:
    """Whether nothing of them may go away by itself. A pass that is tried again must not hold a body: nobody would give back its room."""
    return all(
        one.failure is None
        and one.status == 200
        and not (one.body and one.body.end is BodyEnd.TIMEOUT)
        for one in exchanges
    )


def _malformed(exchange: Exchange) -> bool:
    return exchange.head is None or exchange.head.malformed

"""One pass over one URL: which requests to make, in what order, and what they showed together.

It never waits and never tries again; that is the audit's work. Whatever happens, it ends in an Observation.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from .media.examine import Examined, examine
from .mediatype import declared, is_generic, kind_of
from .observation import (
    Attempt,
    Body,
    Content,
    Decode,
    Exchange,
    Failure,
    FailureKind,
    Head,
    Observation,
    Purpose,
)  # fmt: skip
from .profile import Profile
from .target import Target
from .wire.connection import DROP_LIMIT, Keep, Plan
from .wire.fetch import Ask, Fetched, Fetcher
from .wire.settings import MAX_BODY
from .wire.signed import signed
from .wire.url import Url, parse

_THREAD_FROM = 262_144
"""Bytes from which media is examined in a thread, so that a large file does not hold up the loop."""
_GRACE_S = 2.0
_WEBP = "image/avif,image/webp,image/apng,*/*;q=0.8"


class Depth(StrEnum):
    """How much is asked: one request; two, as the contract's default; or everything, decoding included."""

    QUICK = "quick"
    DEFAULT = "default"
    DEEP = "deep"


Decoder = Callable[[bytes, Examined], "asyncio.Future[Decode | None]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observer:
    """What one run observes with. ``decode`` decodes to the end in a child process; ``thumbnail`` draws a small picture."""

    fetcher: Fetcher
    depth: Depth = Depth.DEFAULT
    decode: Decoder | None = None
    thumbnail: Callable[[bytes], str | None] | None = None
    digests: bool = False

    @property
    def profile(self) -> Profile:
        """The profile whose gateway is imitated."""
        return self.fetcher.settings.profile

    async def observe(self, target: Target, attempts: tuple[Attempt, ...] = ()) -> Observation:
        """Fetch and examine one target; always an Observation. A hang of ours ends two seconds after the time allowed."""
        started = time.monotonic()
        observed_at = time.time()
        total = self.fetcher.settings.total_s
        deadline = asyncio.get_running_loop().time() + total
        try:
            async with asyncio.timeout(total + _GRACE_S):
                seen = await self._observe(target, observed_at, deadline)
        except TimeoutError:
            seen = failed(
                target, FailureKind.INTERNAL, "our own reader overran the time allowed", observed_at
            )
        except Exception as error:  # a fault of ours must never look like a verdict on the URL
            detail = f"a fault of our own stopped the check ({type(error).__name__})"
            seen = failed(target, FailureKind.INTERNAL, detail, observed_at)
        return replace(
            seen, attempts=attempts, signed=signed(target.url), elapsed_s=time.monotonic() - started
        )

    async def _observe(self, target: Target, observed_at: float, deadline: float) -> Observation:
        first = await self.fetcher.fetch(target.url, self._ask(Purpose.IDENTITY), deadline)
        try:
            examined, decoded = await self._examine(first)
            thumbnail = self.thumbnail(first.body) if self.thumbnail and first.body else None
            exchanges = [self._with_digest(first, target, examined)]
        finally:
            self.fetcher.release(first)
            first.body = b""
        if exchanges[0].status == 200 and not _malformed(exchanges[0]):
            for purpose in self._further(target, exchanges[0], examined):
                if asyncio.get_running_loop().time() >= deadline:
                    break  # the time allowed is for all variants together
                url = target.url.partition("?")[0] if purpose is Purpose.BARE else target.url
                more = await self.fetcher.fetch(url, self._ask(purpose), deadline)
                self.fetcher.release(more)
                exchanges.append(more.exchange)
        content = examined.content if examined else None
        return Observation(
            target=target, observed_at=observed_at, exchanges=tuple(exchanges),
            content=replace(content, decode=decoded) if content and decoded else content,
            image=examined.image if examined else None, audio=examined.audio if examined else None,
            video=examined.video if examined else None, thumbnail=thumbnail,
            made_with=examined.made_with if examined else {},
        )  # fmt: skip

    def _further(self, target: Target, first: Exchange, examined: Examined | None) -> list[Purpose]:
        """What else to ask, once the first answer is there."""
        purposes = []
        if self.depth is not Depth.QUICK and "gzip" in self.profile.fetch.encodings:
            purposes.append(Purpose.GZIP)
        if self.depth is Depth.DEEP:
            purposes += [Purpose.SECOND, Purpose.WEBP]
        if self.depth is not Depth.QUICK and self._query_matters(target, first, examined):
            purposes.append(Purpose.BARE)
        return purposes

    def _query_matters(self, target: Target, first: Exchange, examined: Examined | None) -> bool:
        if "?" not in target.url.partition("#")[0]:
            return False
        detected = examined.content.detected_type if examined else None
        stated = declared(first.head.values("content-type"))[0] if first.head else None
        kinds = {kind_of(media_type) for media_type in (detected, stated) if media_type}
        return not kinds.isdisjoint(self.profile.fetch.strips_query)

    def _ask(self, purpose: Purpose) -> Ask:
        fetch = self.profile.fetch
        encoding = "gzip" if purpose is Purpose.GZIP else "identity"
        accept = _WEBP if purpose is Purpose.WEBP else fetch.accept
        return Ask(
            purpose=purpose, accept=accept, encoding=encoding, planner=self._planner(purpose)
        )

    def _planner(self, purpose: Purpose) -> Callable[[Head], Plan]:
        if purpose in (Purpose.GZIP, Purpose.WEBP):
            return _head_only
        keep = Keep.BYTES if purpose is Purpose.IDENTITY else Keep.DIGEST

        def plan(head: Head) -> Plan:
            return Plan(keep, self._limit(head))

        return plan

    def _limit(self, head: Head) -> int:
        stated, _ = declared(head.values("content-type"))
        known = stated if stated and not is_generic(stated) else None
        return self.profile.max_bytes(known) or MAX_BODY

    def _with_digest(self, first: Fetched, target: Target, examined: Examined | None) -> Exchange:
        """The digest is worked out only where something will be compared with it, or a recording wants it."""
        exchange = first.exchange
        wanted = (
            self.digests
            or self.depth is Depth.DEEP
            or Purpose.BARE in self._further(target, exchange, examined)
        )
        if not (wanted and exchange.body and exchange.body.whole):
            return exchange
        digest = hashlib.sha256(first.body).hexdigest()
        return replace(exchange, body=replace(exchange.body, digest=digest))

    async def _examine(self, first: Fetched) -> tuple[Examined | None, Decode | None]:
        exchange = first.exchange
        body = exchange.body
        if exchange.status != 200 or body is None or exchange.head is None or _malformed(exchange):
            return None, None
        if not first.body and not body.whole:
            return None, None
        arguments = _Arguments(
            first.body, body, exchange.head, exchange.url, self._limit(exchange.head)
        )
        try:
            if len(first.body) > _THREAD_FROM:
                examined = await asyncio.to_thread(arguments.examine)
            else:
                examined = arguments.examine()
        except (
            Exception
        ) as error:  # a reader of ours failed on these bytes: say so, and judge the rest
            detail = f"our own reader failed on these bytes ({type(error).__name__})"
            return Examined(
                content=Content(length=len(first.body), whole=body.whole, overrun=detail)
            ), None
        decoded = (
            await self.decode(first.body, examined)
            if self.decode and examined.content.whole
            else None
        )
        return examined, decoded


@dataclass(frozen=True, slots=True)
class _Arguments:
    """What ``examine`` is told about one answer."""

    data: bytes
    body: Body
    head: Head
    url: str
    limit: int

    def examine(self) -> Examined:
        """Examine the bytes; may run in a thread."""
        stated, _ = declared(self.head.values("content-type"))
        url = parse(self.url)
        codings = self.head.values("content-encoding")
        return examine(
            self.data, whole=self.body.whole, length=self.head.length, declared=stated,
            extension=url.extension if isinstance(url, Url) else None,
            coding=", ".join(codings) if codings else None, max_output=self.limit,
        )  # fmt: skip


def failed(target: Target, kind: FailureKind, detail: str, observed_at: float) -> Observation:
    """The observation of a target that could not be fetched for a reason of our own."""
    failure = Failure(kind=kind, detail=detail)
    exchange = Exchange(purpose=Purpose.IDENTITY, url=target.url, failure=failure)
    return Observation(target=target, observed_at=observed_at, exchanges=(exchange,))


def _head_only(_: Head) -> Plan:
    return Plan(Keep.NOTHING, DROP_LIMIT)


def _malformed(exchange: Exchange) -> bool:
    return exchange.head is None or exchange.head.malformed

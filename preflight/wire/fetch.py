"""The only place that fetches media: a small HTTP/1.1 GET reader for many URLs at once.

Every hop goes the same way: read the URL strictly, resolve its host once, refuse the whole answer if one address is not
public, connect to one of the checked addresses, check the other end, send one GET, read the raw head, read the body
under a limit. Connections are kept per origin and used again; a GET on a kept connection that ends before any byte of an
answer is sent once more on a new one, because the server may have closed it for idleness, and that is no fault.

Nothing here has an opinion about what came back, and nothing that a remote host does raises an exception.
"""

from __future__ import annotations

import asyncio
from functools import cached_property

from ..observation import Body, Exchange, Failure, FailureKind, Head, Hop, Timing
from ..values import dataclass
from .budget import Budget
from .connect import ConnectError
from .connection import Connection
from .dial import Dialer
from .pool import Pool
from .proxy import Proxy
from .reply import Patience, Reply
from .request import Ask, RequestHeads
from .resolve import Resolver
from .settings import FetchSettings
from .url import Problem, Url, join, parse

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SWEEP_S = 0.05


@dataclass(slots=True)
class Fetched:
    """An exchange and the body that was kept. Give the body's room back with ``Fetcher.release`` when it is done with."""

    exchange: Exchange
    body: bytes = b""
    reply: Reply | None = None


@dataclass(slots=True)
class _Way:
    """What is known of a fetch under way: when it began in the loop's clock, and the redirects behind it.

    Once it has left the origin of its first URL, ``own_origin`` stays False: whoever it came by would choose where the
    user's header fields go.
    """

    ask: Ask
    started: float
    hops: list[Hop]
    own_origin: bool = True


@dataclass(slots=True)
class _Answer:
    """One hop's reply and how it was reached; ``opened`` the seconds of each phase of a new connection, ``sent`` in the loop's clock."""

    reply: Reply
    request: str
    proxied: bool
    permitted: bool = False
    peer: str | None = None
    reused: bool = False
    opened: dict[str, float] | None = None
    sent: float = 0.0


class Fetcher:
    """Fetches for one event loop. Close it when done; its connections close with it."""

    def __init__(self, settings: FetchSettings, resolver: Resolver | None = None) -> None:
        self.settings = settings
        self.resolver = resolver or Resolver()
        self.budget = Budget(settings.budget)
        self._dialer = Dialer(settings, self.resolver)
        self._pool = Pool()
        self._active: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._heads = RequestHeads(settings)
        self._patience = Patience(settings.first_byte_s, settings.stall_s)

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it fetches on. To ask for the running one costs a system call each time (Python 3.11)."""
        return asyncio.get_running_loop()

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self._active):
            connection.close()
        self._pool.close()
        if self._sweeper:
            self._sweeper.cancel()
        await self.resolver.close()

    def release(self, fetched: Fetched) -> None:
        """The body of this fetch is no longer held."""
        if fetched.reply is not None:
            self.budget.release(fetched.reply)

    async def fetch(self, text: str, ask: Ask, deadline: float) -> Fetched:
        """GET a URL and follow its redirects one hop at a time, until ``deadline`` in the loop's clock."""
        way = _Way(ask, self.loop.time(), [])
        first = url = parse(text)
        while True:
            if isinstance(url, Problem):
                where = way.hops[-1].location if way.hops else text
                failure = Failure(kind=FailureKind.INVALID_URL, detail=url.text)
                return _failed(way, where, failure, self.loop.time())
            if url is not first and isinstance(first, Url) and url.origin != first.origin:
                way.own_origin = False
            answer = await self._get(url, ask, deadline, own_origin=way.own_origin)
            head = answer.reply.head
            location = _location(head)
            if head is None or head.status is None or location is None:
                return self._fetched(way, url, answer)
            self.budget.release(answer.reply)
            way.hops.append(Hop(url=url.text, status=head.status, location=location, permitted=answer.permitted))  # fmt: skip
            following = join(url.text, location)
            endless = self._endless(way.hops, following)
            if endless is not None:
                return _failed(way, url.text, endless, self.loop.time())
            url = following

    def _endless(self, hops: list[Hop], following: Url | Problem) -> Failure | None:
        """Why a chain of redirects is not followed any further."""
        if isinstance(following, Url) and following.text in {hop.url for hop in hops}:
            return Failure(kind=FailureKind.REDIRECT_LOOP, detail="the URL redirects in a circle")
        most = self.settings.profile.fetch.max_redirects
        if len(hops) <= most:
            return None
        return Failure(
            kind=FailureKind.TOO_MANY_REDIRECTS, detail=f"the URL redirects more than {most} times"
        )

    # One hop

    async def _get(self, url: Url, ask: Ask, deadline: float, *, own_origin: bool) -> _Answer:
        proxy = self._dialer.proxy(url)
        key = (url.scheme, url.host, url.port, proxy is not None)
        request = self._heads.head(url, ask, proxy, own_origin=own_origin)
        loop = self.loop
        connection = self._pool.take(key)
        while True:
            reused = connection is not None
            if connection is None:
                try:
                    connection = await self._dialer.open(url, proxy, deadline)
                except ConnectError as error:
                    return _unreached(error, request, proxy, loop.time())
            sent = loop.time()
            reply = await self._exchange(connection, request, ask, deadline)
            if not (reused and _stale(reply) and loop.time() < deadline):
                break
            connection = None
        if proxy is not None and reply.head is not None and reply.head.status == 407:
            detail = "the proxy wants other credentials (407)"
            reply = Reply(Failure(kind=FailureKind.PROXY, detail=detail), reply.finished)
        if connection.usable:
            self._pool.keep(key, connection)
        return _Answer(
            reply, request, proxy is not None, connection.permitted, connection.peer, reused,
            None if reused else connection.opened, sent,
        )  # fmt: skip

    async def _exchange(
        self, connection: Connection, request: str, ask: Ask, deadline: float
    ) -> Reply:
        waiter = connection.request(
            request.encode("latin-1"), ask.planner, deadline, self._patience, self.budget.ask
        )
        self._active.add(connection)
        if self._sweeper is None:
            self._sweeper = self.loop.call_later(_SWEEP_S, self._sweep)
        try:
            return await waiter
        except asyncio.CancelledError:
            connection.close()
            self.budget.release(connection.reply)
            raise
        finally:
            self._active.discard(connection)

    def _sweep(self) -> None:
        """Expire what is overdue. One timer for all connections costs nothing a URL."""
        now = self.loop.time()
        for connection in [one for one in self._active if one.deadline <= now]:
            connection.expire()
        self._sweeper = self.loop.call_later(_SWEEP_S, self._sweep) if self._active else None

    # Results

    def _fetched(self, way: _Way, url: Url, answer: _Answer) -> Fetched:
        reply = answer.reply
        exchange = Exchange(
            purpose=way.ask.purpose, url=url.text, hops=tuple(way.hops), request=answer.request, peer=answer.peer,
            permitted=answer.permitted, proxied=answer.proxied, reused=answer.reused, timing=_timing(way, answer),
            raw_head=reply.raw_head.decode("latin-1"), head=reply.head, failure=reply.failure, body=_body(reply),
        )  # fmt: skip
        if not reply.body:
            self.budget.release(reply)
            return Fetched(exchange)
        return Fetched(exchange, reply.body, reply)


def _unreached(error: ConnectError, request: str, proxy: Proxy | None, now: float) -> _Answer:
    return _Answer(Reply(error.failure, now), request, proxy is not None, error.permitted)


def _failed(way: _Way, where: str, failure: Failure, now: float) -> Fetched:
    exchange = Exchange(
        purpose=way.ask.purpose, url=where, hops=tuple(way.hops), failure=failure,
        permitted=bool(way.hops) and way.hops[-1].permitted, timing=Timing(total=now - way.started),
    )  # fmt: skip
    return Fetched(exchange)


def _timing(way: _Way, answer: _Answer) -> Timing:
    reply, came = answer.reply, answer.reply.first_byte
    return Timing(
        **answer.opened or {}, first_byte=None if came is None else came - answer.sent,
        body=None if came is None else reply.finished - came, total=reply.finished - way.started,
    )  # fmt: skip


def _stale(reply: Reply) -> bool:
    """Whether a kept connection was of no use: closed meanwhile, or holding late bytes that belong to an earlier answer."""
    if reply.failure is not None:
        return reply.failure.kind is FailureKind.CLOSED
    return reply.head is not None and reply.head.status is None


def _body(reply: Reply) -> Body | None:
    if reply.end is None:
        return None
    return Body(end=reply.end, received=reply.received, surplus=reply.surplus, digest=reply.digest)


def _location(head: Head | None) -> str | None:
    """Where a redirect leads, if it is one that can be followed: a sound head, and one Location."""
    if head is None or head.status not in _REDIRECTS or head.malformed:
        return None
    locations = set(head.values("location"))
    return locations.pop() if len(locations) == 1 else None

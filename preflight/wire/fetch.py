"""The only place that fetches media: a small HTTP/1.1 GET reader for many URLs at once.

Every hop goes the same way: read the URL strictly, resolve its host once, refuse the whole answer if one address is not
public, connect to one of the checked addresses, check the other end, send one GET, read the raw head, read the body
under a limit. Connections are kept per origin and used again; a GET on a kept connection that ends before any byte of an
answer is sent once more on a new one, because the server may have closed it for idleness, and that is no fault.

Nothing here has an opinion about what came back, and nothing that a remote host does raises an exception.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

from ..observation import Body, BodyEnd, Exchange, Failure, FailureKind, Head, Hop, Timing
from .budget import Budget
from .connect import ConnectError, addresses_of, open_connection
from .connection import Connection
from .pool import Pool
from .proxy import Proxy, bypassed, proxy_for
from .reply import DROP_LIMIT, Deadlines, Keep, Plan, Planner, Reply
from .request import Ask, RequestHeads
from .resolve import ResolutionError, Resolver
from .settings import FetchSettings
from .tls import client_context
from .url import Problem, Url, join, parse

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SWEEP_S = 0.05

_DROP = Plan(Keep.NOTHING, DROP_LIMIT)


@dataclass(slots=True)
class Fetched:
    """An exchange and the body that was kept. Give the body's room back with ``Fetcher.release`` when it is done with."""

    exchange: Exchange
    body: bytes = b""
    reply: Reply | None = None


@dataclass(slots=True)
class _Answer:
    """One hop's reply and how it was reached."""

    reply: Reply
    request: str = ""
    peer: str | None = None
    permitted: bool = False
    proxied: bool = False
    reused: bool = False
    timing: Timing = Timing()


class Fetcher:
    """Fetches for one event loop. Close it when done; its connections close with it."""

    def __init__(self, settings: FetchSettings, resolver: Resolver | None = None) -> None:
        self.settings = settings
        self.resolver = resolver or Resolver()
        self.budget = Budget(settings.budget)
        self._pool = Pool()
        self._active: set[Connection] = set()
        self._sweeper: asyncio.TimerHandle | None = None
        self._context: ssl.SSLContext | None = None
        self._proxies: dict[str, Proxy | None] = {}
        self._heads = RequestHeads(settings)

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
        started = asyncio.get_running_loop().time()
        url = parse(text)
        first = url
        hops: list[Hop] = []
        permitted = False
        while True:
            if isinstance(url, Problem):
                where = hops[-1].location if hops else text
                failure = Failure(kind=FailureKind.INVALID_URL, detail=url.text)
                return _failed(ask, where, hops, started, failure, permitted)
            own = isinstance(first, Url) and url.origin == first.origin
            answer = await self._get(url, ask, deadline, own_origin=own)
            location = _location(answer.reply.head)
            if location is None:
                return self._fetched(ask, url, hops, answer, started)
            self.budget.release(answer.reply)
            assert answer.reply.head is not None and answer.reply.head.status is not None  # noqa: S101 - it redirected
            hops.append(Hop(url=url.text, status=answer.reply.head.status, location=location))
            permitted = permitted or answer.permitted
            following = join(url.text, location)
            endless = self._endless(hops, following)
            if endless is not None:
                return _failed(ask, url.text, hops, started, endless, permitted)
            url = following

    def _endless(self, hops: list[Hop], following: Url | Problem) -> Failure | None:
        """Why a chain of redirects is not followed any further."""
        if isinstance(following, Url) and following.text in {hop.url for hop in hops}:
            return Failure(kind=FailureKind.REDIRECT_LOOP, detail="it redirects in a circle")
        most = self.settings.profile.fetch.max_redirects
        if len(hops) <= most:
            return None
        return Failure(
            kind=FailureKind.TOO_MANY_REDIRECTS, detail=f"it redirects more than {most} times"
        )

    # One hop

    async def _get(self, url: Url, ask: Ask, deadline: float, *, own_origin: bool) -> _Answer:
        proxy = self._proxy(url)
        key = (url.scheme, url.host, url.port, proxy is not None)
        request = self._heads.head(url, ask, proxy, own_origin=own_origin)
        loop = asyncio.get_running_loop()
        dns: float | None = None
        connection = self._pool.take(key)
        while True:
            reused = connection is not None
            if connection is None:
                before = loop.time()
                try:
                    connection, dns = await self._open(url, proxy, deadline)
                except ConnectError as error:
                    timing = Timing(total=loop.time() - before)
                    return _Answer(
                        Reply(failure=error.failure), request, permitted=error.permitted,
                        proxied=proxy is not None, timing=timing,
                    )  # fmt: skip
            sent = loop.time()
            reply = await self._exchange(connection, request, ask, deadline)
            if reused and _stale(reply) and loop.time() < deadline:
                connection = None
                continue
            if proxy is not None and reply.head is not None and reply.head.status == 407:
                detail = "the proxy wants other credentials (407)"
                reply = Reply(failure=Failure(kind=FailureKind.PROXY, detail=detail))
            break
        timing = Timing(
            dns=None if reused else dns, connect=None if reused else connection.opened.get("connect"),
            tls=None if reused else connection.opened.get("tls"),
            first_byte=None if reply.first_byte is None else reply.first_byte - sent,
            body=None if reply.first_byte is None else reply.finished - reply.first_byte,
        )  # fmt: skip
        answer = _Answer(
            reply, request, connection.peer, connection.permitted, proxy is not None, reused, timing
        )
        if connection.usable:
            self._pool.keep(key, connection)
        return answer

    async def _exchange(
        self, connection: Connection, request: str, ask: Ask, deadline: float
    ) -> Reply:
        deadlines = Deadlines(deadline, self.settings.first_byte_s, self.settings.stall_s)
        waiter = connection.request(
            request.encode("latin-1"), _planner(ask), deadlines, self.budget.ask
        )
        self._active.add(connection)
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(_SWEEP_S, self._sweep)
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
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in [one for one in self._active if one.deadline <= now]:
            connection.expire()
        self._sweeper = loop.call_later(_SWEEP_S, self._sweep) if self._active else None

    # Connections

    async def _open(
        self, url: Url, proxy: Proxy | None, deadline: float
    ) -> tuple[Connection, float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        context = self._tls() if "https" in (url.scheme, proxy and proxy.url.scheme) else None
        permitted = False
        try:
            async with asyncio.timeout_at(deadline):
                addresses, permitted = await self._addresses(url, proxy)
                resolved = loop.time()
                connection = await open_connection(
                    url, addresses, permitted, self.settings, context, proxy
                )
        except TimeoutError:
            late = ConnectError(
                Failure(kind=FailureKind.TIMEOUT, detail="no connection within the time allowed")
            )
            late.permitted = permitted
            raise late from None
        except ConnectError as error:
            error.permitted = permitted
            raise
        return connection, resolved - started

    async def _addresses(self, url: Url, proxy: Proxy | None) -> tuple[list[str], bool]:
        if proxy is None:
            return await addresses_of(url, self.resolver, self.settings)
        if url.address is not None:
            await addresses_of(
                url, self.resolver, self.settings
            )  # a literal can still be refused from here
        if proxy.url.address is not None:
            return [proxy.url.host], False
        try:
            return await self.resolver.resolve(proxy.url.host), False
        except ResolutionError:
            raise ConnectError(
                Failure(kind=FailureKind.PROXY, detail="the proxy's name cannot be resolved")
            ) from None

    def _proxy(self, url: Url) -> Proxy | None:
        if self.settings.proxy is None:
            return None
        if url.scheme not in self._proxies:
            self._proxies[url.scheme] = proxy_for(self.settings.proxy, url.scheme)
        if self.settings.proxy == "env" and bypassed(url.host):
            return None
        return self._proxies[url.scheme]

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = client_context(self.settings.cafile)
        return self._context

    # Results

    def _fetched(
        self, ask: Ask, url: Url, hops: list[Hop], answer: _Answer, started: float
    ) -> Fetched:
        reply, timing = answer.reply, answer.timing
        exchange = Exchange(
            purpose=ask.purpose, url=url.text, hops=tuple(hops), request=answer.request, peer=answer.peer,
            permitted=answer.permitted, proxied=answer.proxied, reused=answer.reused,
            timing=Timing(
                dns=timing.dns, connect=timing.connect, tls=timing.tls, first_byte=timing.first_byte, body=timing.body,
                total=asyncio.get_running_loop().time() - started,
            ),
            raw_head=reply.raw_head.decode("latin-1"), head=reply.head, failure=reply.failure, body=_body(reply),
        )  # fmt: skip
        if not reply.body:
            self.budget.release(reply)
            return Fetched(exchange)
        return Fetched(exchange, reply.body, reply)


def _failed(
    ask: Ask, where: str, hops: list[Hop], started: float, failure: Failure, permitted: bool
) -> Fetched:
    total = asyncio.get_running_loop().time() - started
    return Fetched(
        Exchange(
            purpose=ask.purpose, url=where, hops=tuple(hops), failure=failure, permitted=permitted,
            timing=Timing(total=total),
        )
    )  # fmt: skip


def _stale(reply: Reply) -> bool:
    """Whether a kept connection was of no use: closed meanwhile, or holding late bytes that belong to an earlier answer."""
    if reply.failure is not None:
        return reply.failure.kind is FailureKind.CLOSED
    return reply.head is not None and reply.head.status is None


def _body(reply: Reply) -> Body | None:
    end: BodyEnd | None = reply.end
    if end is None:
        return None
    return Body(end=end, received=reply.received, surplus=reply.surplus, digest=reply.digest)


def _location(head: Head | None) -> str | None:
    """Where a redirect leads, if it is one that can be followed: a sound head, and one Location."""
    if head is None or head.status not in _REDIRECTS or head.malformed:
        return None
    locations = set(head.values("location"))
    return locations.pop() if len(locations) == 1 else None


def _planner(ask: Ask) -> Planner:
    """Only a 200 answer's body is of interest."""

    def plan(head: Head) -> Plan:
        return ask.planner(head) if head.status == 200 else _DROP

    return plan

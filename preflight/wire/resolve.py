"""Names to addresses, without letting one bad name starve the rest.

c-ares (aiodns) resolves on the loop and can be cancelled; where it cannot be used, our own pool of daemon threads does, never the
loop's default executor. Answers are remembered for a short while, definite "no" for the whole run; lookups of the same name are shared.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..observation import FailureKind

_Known = TypeVar("_Known")
Lookup = Callable[[str], Awaitable[list[str]]]
"""A name to its addresses, IPv6 and IPv4 mixed. Raises ResolutionError."""

REMEMBERED_S = 30.0
_REMEMBERED_NAMES = 50_000
"""Names of each kind; beyond that the oldest are forgotten, so that an audit of endlessly many hosts stays small."""
_THREADS = 32


class ResolutionError(Exception):
    """A name that has no address for us: ``kind`` is HOST_NOT_FOUND (definite), RESOLUTION or TIMEOUT (for now)."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        self.kind = kind
        self.detail = detail
        super().__init__(detail)


class Resolver:
    """Remembers and shares the lookups of one event loop. ``timeout_s`` bounds one lookup."""

    def __init__(self, lookup: Lookup | None = None, *, timeout_s: float = 5.0) -> None:
        self._lookup = lookup
        self._timeout_s = timeout_s
        self._answers: dict[str, tuple[float, list[str]]] = {}
        self._absent: dict[str, str] = {}
        self._pending: dict[str, asyncio.Task[list[str]]] = {}

    async def resolve(self, host: str) -> list[str]:
        """The addresses of a host name. Raises ResolutionError."""
        if host in self._absent:
            raise ResolutionError(FailureKind.HOST_NOT_FOUND, self._absent[host])
        now = asyncio.get_running_loop().time()
        kept = self._answers.get(host)
        if kept and kept[0] > now:
            return kept[1]
        task = self._pending.get(host)
        if task is None:
            task = asyncio.ensure_future(self._ask(host))
            self._pending[host] = task
            task.add_done_callback(lambda done: self._forget(host, done))
        return await asyncio.shield(task)

    def forget_absent(self) -> None:
        """Ask again for the names that did not exist. A run may rely on a definite "no"; a service may not."""
        self._absent.clear()

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._pending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, host: str, done: asyncio.Task[list[str]]) -> None:
        self._pending.pop(host, None)
        if not done.cancelled():
            done.exception()  # somebody may have stopped waiting for it

    async def _ask(self, host: str) -> list[str]:
        if self._lookup is None:
            self._lookup = system_lookup()
        try:
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._lookup(host)
        except TimeoutError:
            raise ResolutionError(
                FailureKind.RESOLUTION, "the name servers did not answer in time"
            ) from None
        except ResolutionError as error:
            if error.kind is FailureKind.HOST_NOT_FOUND:
                _remember(self._absent, host, error.detail)
            raise
        if not addresses:
            detail = "the name exists, but has no address"
            _remember(self._absent, host, detail)
            raise ResolutionError(FailureKind.HOST_NOT_FOUND, detail)
        until = asyncio.get_running_loop().time() + REMEMBERED_S
        _remember(self._answers, host, (until, addresses))
        return addresses


def _remember(known: dict[str, _Known], host: str, what: _Known) -> None:
    """Write an answer down, and forget the oldest where there are too many: a dictionary keeps the order of its entries."""
    known.pop(host, None)
    known[host] = what
    if len(known) > _REMEMBERED_NAMES:
        del known[next(iter(known))]


def system_lookup() -> Lookup:
    """The best lookup there is here: c-ares, else threads."""
    try:
        return _cares()
    except (ImportError, OSError, RuntimeError):
        return ThreadedLookup()


def resolver_name() -> str:
    """Which lookup is used here, for the doctor and for reports."""
    try:
        import aiodns
        import pycares
    except ImportError:
        return f"getaddrinfo in {_THREADS} threads"
    return f"c-ares {pycares.__version__} through aiodns {aiodns.__version__}"


def _cares() -> Lookup:
    import aiodns
    import aiodns.error

    resolver = aiodns.DNSResolver(timeout=2.5, tries=2)
    absent = {
        aiodns.error.ARES_ENOTFOUND: "the name does not exist",
        aiodns.error.ARES_ENODATA: "the name has no address",
    }

    async def lookup(host: str) -> list[str]:
        try:
            result = await resolver.getaddrinfo(
                host, family=socket.AF_UNSPEC, type=socket.SOCK_STREAM
            )
        except aiodns.error.DNSError as error:
            code = error.args[0] if error.args else None
            if code in absent:
                raise ResolutionError(FailureKind.HOST_NOT_FOUND, absent[code]) from None
            raise ResolutionError(
                FailureKind.RESOLUTION, "the name servers could not say"
            ) from None
        texts = [node.addr[0] for node in result.nodes]
        return list(
            dict.fromkeys(text.decode() if isinstance(text, bytes) else text for text in texts)
        )

    return lookup


class ThreadedLookup:
    """getaddrinfo in daemon threads of our own: a hanging name holds one of them, and never the end of the program."""

    def __init__(self) -> None:
        self._queue: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[list[str]], str]] = (
            deque()
        )
        self._ready = threading.Semaphore(0)
        self._started = 0

    async def __call__(self, host: str) -> list[str]:
        """Look a name up."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[str]] = loop.create_future()
        self._queue.append((loop, future, host))
        if self._started < _THREADS:
            self._started += 1
            threading.Thread(target=self._work, name="preflight-dns", daemon=True).start()
        self._ready.release()
        return await future

    def _work(self) -> None:
        while True:
            self._ready.acquire()
            loop, future, host = self._queue.popleft()
            addresses: list[str] = []
            problem: ResolutionError | None = None
            try:
                found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
                addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
            except socket.gaierror as error:
                problem = _gai_problem(error)
            except (OSError, UnicodeError):
                problem = ResolutionError(FailureKind.RESOLUTION, "the system's resolver failed")
            try:
                loop.call_soon_threadsafe(_settle, future, addresses, problem)
            except RuntimeError:
                continue  # that loop is closed; nobody waits any more


def _settle(
    future: asyncio.Future[list[str]], addresses: list[str], problem: ResolutionError | None
) -> None:
    if future.done():
        return
    if problem:
        future.set_exception(problem)
    else:
        future.set_result(addresses)


def _gai_problem(error: socket.gaierror) -> ResolutionError:
    absent = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
    if error.errno in absent:
        return ResolutionError(
            FailureKind.HOST_NOT_FOUND, "the name does not exist, or has no address"
        )
    return ResolutionError(FailureKind.RESOLUTION, "the name servers could not say")

"""Who may be asked next: each host's queue, its limits and its pace, what it asked for, and what is to be tried again later.

Hosts that share an address share its limit too, so that a thousand names of one server are not a thousand servers. Work is taken
from the hosts in turn, so that a slow host holds its own requests and nobody else's. A host that has nothing to do and nothing to
remember is forgotten. All times are in the loop's clock, and ``now`` is given: nothing here waits.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import field
from typing import Any, Generic
from weakref import WeakValueDictionary

from ..observation import Attempt
from ..target import Target
from ..values import dataclass
from .trouble import P

_BREAKER_FAILURES = 5
_BREAKER_REST_S = 10.0
_HOSTS_KEPT = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an audit may press. ``rate`` is requests a second for each host, None for no limit; ``asks`` are the requests that a URL
    takes at least, for which it waits.

    ``per_address`` bounds the URLs under way at one address, whatever the hosts are called; None is twice ``per_host``.
    """

    jobs: int = 64
    per_host: int = 16
    per_address: int | None = None
    rate: float | None = None
    asks: int = 1
    retries: int = 2


@dataclass(slots=True, eq=False)
class Work(Generic[P]):
    """One target on its way: what was tried, and how often our own descriptors ran out over it."""

    target: Target
    attempts: tuple[Attempt, ...] = ()
    starved: int = 0
    last: P | None = None


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Address:
    """One address: the URLs under way there, and the hosts that wait for it."""

    running: int = 0
    parked: deque[Host] = field(default_factory=deque)


@dataclass(slots=True, eq=False)
class Host:
    """One origin: what waits for it, what is under way, and when it may be asked again. ``addresses`` is None until they are known."""

    queue: deque[Work[Any]] = field(default_factory=deque)
    running: int = 0
    not_before: float = 0.0
    failures: int = 0
    failed_at: float = -_BREAKER_REST_S
    open_until: float = 0.0
    listed: bool = False
    held: bool = False
    addresses: tuple[_Address, ...] | None = None

    def idle(self, now: float) -> bool:
        """Whether there is nothing to do for it and nothing to remember about it."""
        quiet = not (self.queue or self.running or self.listed or self.held)
        return quiet and self.not_before <= now and self.failed_at + _BREAKER_REST_S <= now

    def remember(self, *, failed: bool, now: float) -> None:
        """The circuit breaker: an origin that cannot even be connected to is left alone for a while."""
        self.failures = self.failures + 1 if failed else 0
        if failed:
            self.failed_at = now
        if self.failures >= _BREAKER_FAILURES:
            self.open_until = now + _BREAKER_REST_S
            self.failures = _BREAKER_FAILURES - 1  # the next one after the rest decides again


class Hosts:
    """All hosts of one audit. ``ready`` are those that may be asked now; with ``located``, once their addresses are known."""

    def __init__(self, pace: Pace, *, located: bool) -> None:
        self._pace = pace
        self._located = located
        self._per_address = pace.per_address or 2 * pace.per_host
        self._hosts: dict[str, Host] = {}
        self._most = _HOSTS_KEPT
        self._addresses: WeakValueDictionary[str, _Address] = WeakValueDictionary()
        self._later: list[tuple[float, int, Host]] = []
        self._retries: list[tuple[float, int, Work[Any]]] = []
        self._serial = 0
        self.ready: deque[Host] = deque()

    def __len__(self) -> int:
        return len(self._hosts)

    def put(self, work: Work[Any], now: float) -> None:
        """Queue work with its host."""
        host = self.named(origin_of(work.target.url), now)
        host.queue.append(work)
        self._list(host, now)

    def put_back(self, work: Work[Any], at: float) -> None:
        """Queue it again at a time."""
        self._serial += 1
        heapq.heappush(self._retries, (at, self._serial, work))

    def named(self, origin: str, now: float) -> Host:
        """The host of an origin."""
        host = self._hosts.get(origin)
        if host is None:
            if len(self._hosts) >= self._most:
                self._hosts = {name: one for name, one in self._hosts.items() if not one.idle(now)}
                self._most = max(_HOSTS_KEPT, 2 * len(self._hosts))  # or each new one would sweep
            host = self._hosts[origin] = Host()
        return host

    def due(self) -> float | None:
        """When something that waits for its time comes next."""
        if not self._later and not self._retries:
            return None
        return min(queue[0][0] for queue in (self._later, self._retries) if queue)

    def wake(self, now: float) -> None:
        """Let in what has waited for its time."""
        while self._retries and self._retries[0][0] <= now:
            self.put(heapq.heappop(self._retries)[2], now)
        while self._later and self._later[0][0] <= now:
            self.ready.append(heapq.heappop(self._later)[2])

    def take(self, now: float) -> tuple[Host, Work[Any] | None] | None:
        """The next host that may be asked, and what; no work where its addresses have to be found first, for ``settle``."""
        while self.ready:
            host = self.ready.popleft()
            host.listed = False
            if host.not_before > now:  # it asked for a pause while it stood in line
                self._list(host, now)
            elif host.addresses is None and self._located:
                host.held = True
                return host, None
            elif not self._parked(host):
                return host, self._enter(host, now)
        return None

    def settle(self, host: Host, addresses: Sequence[str], now: float) -> None:
        """The addresses of a host are known."""
        found = []
        for name in addresses:
            address = self._addresses.get(name)
            if address is None:
                address = self._addresses[name] = _Address()
            found.append(address)
        host.addresses = tuple(found)
        host.held = False
        self._list(host, now)

    def leave(self, host: Host, asked: int, now: float) -> None:
        """One URL of a host is not under way any more; ``asked`` is how many requests it took."""
        host.running -= 1
        if self._pace.rate and asked > self._pace.asks:
            more = (asked - self._pace.asks) / self._pace.rate
            host.not_before = max(host.not_before, now) + more
        for address in host.addresses or ():
            address.running -= 1
            if address.parked:
                waiting = address.parked.popleft()
                waiting.held = False
                self._list(waiting, now)
        self._list(host, now)

    def _list(self, host: Host, now: float) -> None:
        """Put a host in line, if it has work and may be asked."""
        if host.listed or host.held or not host.queue or host.running >= self._pace.per_host:
            return
        host.listed = True
        if host.not_before > now:
            self._serial += 1
            heapq.heappush(self._later, (host.not_before, self._serial, host))
        else:
            self.ready.append(host)

    def _parked(self, host: Host) -> bool:
        """Whether some address of the host has no place left; the host then waits for that one."""
        for address in host.addresses or ():
            if address.running >= self._per_address:
                host.held = True
                address.parked.append(host)
                return True
        return False

    def _enter(self, host: Host, now: float) -> Work[Any]:
        work = host.queue.popleft()
        host.running += 1
        for address in host.addresses or ():
            address.running += 1
        if self._pace.rate:
            host.not_before = max(host.not_before, now) + self._pace.asks / self._pace.rate
        self._list(host, now)
        return work


def origin_of(url: str) -> str:
    """The host and port that requests are counted by; of a text that is no URL, whatever stands in their place."""
    scheme, slashes, rest = url.partition("//")
    if not slashes:
        return ""
    host = rest.partition("/")[0].partition("?")[0].partition("#")[0].lower()
    if ":" in host and not host.endswith("]"):
        return host
    return f"{host}:443" if scheme in ("https:", "HTTPS:") else f"{host}:80"

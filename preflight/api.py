"""For other programs: check URLs, require that they are good. Installs nothing global and prints nothing.

The blocking forms run the asynchronous ones on one private loop thread, so that they work anywhere, inside a running loop too.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from .audit import Job, Pace, run
from .errors import NotAcceptedError, UsageError
from .judge import judge
from .observation import Observation
from .observe import Depth
from .profile import Profile, load
from .rules import RULES, Rule
from .target import Target
from .verdict import Verdict
from .wire.address import networks
from .wire.settings import FetchSettings

_T = TypeVar("_T")


async def check_async(
    urls: Iterable[str | Target], *, profile: str | Profile = "sinch", allow_networks: Iterable[str] = (),
    depth: str = "default", timeout: float | None = None, retries: int = 2, jobs: int = 64, per_host: int = 16,
    rate: float | None = None, headers: Mapping[str, str] | None = None, proxy: str | None = None,
    cafile: str | None = None, rules: Sequence[Rule] = RULES,
) -> list[Verdict]:  # fmt: skip
    """Check URLs the way the gateway will fetch them: one verdict a URL, in order.

    ``allow_networks`` permits addresses that are not public (``["10.0.0.0/8"]``). ``depth`` is quick, default or deep. ``timeout`` in seconds bounds
    one attempt at one URL (the profile's own by default), ``rate`` is requests a second for each host. What a remote host does is never an
    exception. Raises UsageError for arguments that cannot be.
    """
    if isinstance(urls, str):
        raise UsageError("check takes a list of URLs, not one string")
    chosen = load(profile) if isinstance(profile, str) else profile
    targets = [one if isinstance(one, Target) else Target(url=one) for one in urls]
    job = Job(
        fetch=FetchSettings(
            profile=chosen, allow_networks=networks(allow_networks), total_s=timeout or chosen.fetch.timeout_s,
            headers=tuple((headers or {}).items()), proxy=proxy, cafile=cafile,
        ),
        depth=_depth(depth), pace=Pace(jobs=jobs, per_host=per_host, rate=rate, retries=retries),
    )  # fmt: skip
    seen: dict[int, Observation] = {}
    places = [
        Target(
            url=one.url,
            source=one.source,
            declared_type=one.declared_type,
            declared_length=one.declared_length,
        )
        for one in targets
    ]
    order = {id(place): number for number, place in enumerate(places)}

    def sink(observation: Observation) -> None:
        seen[order[id(observation.target)]] = observation

    await run(job, places, sink)
    return [judge(seen[number], chosen, rules) for number in range(len(places))]


def check(urls: Iterable[str | Target], **options: Any) -> list[Verdict]:
    """The blocking form of ``check_async``, with the same options."""
    return _blocking(check_async(urls, **options))


async def require_async(urls: Iterable[str | Target], **options: Any) -> list[Verdict]:
    """Check URLs and raise NotAcceptedError, with ``.verdicts``, unless every one is accepted."""
    verdicts = await check_async(urls, **options)
    if not all(verdict.accepted for verdict in verdicts):
        raise NotAcceptedError(verdicts)
    return verdicts


def require(urls: Iterable[str | Target], **options: Any) -> list[Verdict]:
    """The blocking form of ``require_async``."""
    return _blocking(require_async(urls, **options))


def _depth(name: str) -> Depth:
    try:
        return Depth(name)
    except ValueError:
        raise UsageError(f"there is no depth {name!r}; there are quick, default and deep") from None


class _LoopThread:
    """One event loop in one daemon thread, started when first needed, and again after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        future = asyncio.run_coroutine_threadsafe(work, self._get())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _get(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                loop = asyncio.new_event_loop()
                threading.Thread(target=loop.run_forever, name="preflight", daemon=True).start()
                self._loop, self._pid = loop, os.getpid()
            return self._loop


_thread = _LoopThread()


def _blocking(work: Coroutine[Any, Any, _T]) -> _T:
    return _thread.run(work)

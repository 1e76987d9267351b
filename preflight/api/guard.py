"""The guard of a service: before a message goes out, its media are checked, in bounded time, over connections that are kept."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, Self, get_args

from ..audit import Job
from ..errors import NotAcceptedError, UsageError
from ..judging import Ignore, judge
from ..observation import Observation
from ..profile import Profile
from ..rules import RULES, Rule
from ..target import Target
from ..text import mask_url, printable
from ..verdict import Severity, Verdict
from .kept import Kept
from .loop_thread import private_loop
from .observability import Instrument
from .options import job_of, targets_of

Policy = Literal["block", "warn", "shadow"]
_log = logging.getLogger("preflight")
_log.addHandler(logging.NullHandler())

_TO_TELL_S = 0.25
"""Seconds that one attempt leaves of the time for the call, so that it ends by itself and says what it has seen."""


class Guard:
    """Checks media before a send, again and again: ``async with Guard(...) as guard: await guard.require(urls)``.

    ``timeout`` (seconds) bounds a whole call with its retries; what is not done by then is unknown. Verdicts are used again only where
    ``max_age`` (seconds) says so: from memory, and from the file ``cache`` if one is named; reject for 15 minutes at most, unknown never.
    ``policy`` decides what ``require`` does about media that are not accepted: ``block`` raises NotAcceptedError, ``warn`` writes to the logger
    ``preflight``, ``shadow`` does neither and never raises. ``on_verdict`` is called with every verdict. ``ignore`` gives the reason why a finding is lived
    with, or None; ignored errors are logged. ``jobs`` and ``per_host`` hold for all calls together, ``rate`` for each; a whole process fetches 256 URLs at once at most.

    Without ``async with`` it opens with the first call and stays open until ``aclose``. It belongs to the event loop that it was opened in; the
    blocking forms (``with Guard(...) as guard: guard.require_blocking(urls)``) use a private one and work in any thread. Raises
    UsageError for arguments that cannot be, from another loop, and after it was closed.
    """

    def __init__(
        self, *, profile: str | Profile = "sinch", cache: str | os.PathLike[str] | None = None, max_age: float | None = None,
        timeout: float = 8.0, allow_networks: Iterable[str] = (), policy: Policy = "block",
        on_verdict: Callable[[Verdict], object] | None = None, ignore: Ignore | None = None, depth: str = "default",
        retries: int = 2, jobs: int = 64, per_host: int = 16, rate: float | None = None,
        headers: Mapping[str, str] | None = None, proxy: str | None = None, cafile: str | None = None,
        rules: Sequence[Rule] = RULES, instruments: Sequence[Instrument] = (),
    ) -> None:  # fmt: skip
        if policy not in get_args(Policy):
            raise UsageError(f"there is no policy {policy!r}; there are block, warn and shadow")
        if max_age is not None and not max_age >= 0:
            raise UsageError("max_age is a number of seconds, 0 or more")
        if inspect.iscoroutinefunction(on_verdict):
            raise UsageError("on_verdict must be a plain function; nobody would await it")
        self._job: Job = job_of(
            profile=profile, allow_networks=allow_networks, depth=depth, timeout=timeout - min(_TO_TELL_S, timeout / 4),
            retries=retries, jobs=jobs, per_host=per_host, rate=rate, headers=headers, proxy=proxy, cafile=cafile,
        )  # fmt: skip
        self._cache = cache
        self._max_age = max_age
        self._timeout = timeout
        self._policy = policy
        self._ignore = ignore
        self._rules = rules
        self._instruments = tuple(instruments)
        if on_verdict is not None:
            self._instruments += (lambda verdict, _: on_verdict(verdict),)
        self._kept: Kept | None = None
        self._closed = False

    # Checking

    async def check(self, urls: Iterable[str | Target]) -> list[Verdict]:
        """One verdict a URL, in order, after ``timeout`` seconds at most; whatever the policy, none is an exception."""
        targets, kept = targets_of(urls), self._opened()
        found = [kept.lookup(target, self._ignore) for target in targets]
        missing = [number for number, verdict in enumerate(found) if verdict is None]
        observations: dict[int, Observation] = {}
        if missing:
            fresh = await kept.session.observe([targets[one] for one in missing], self._timeout)
            observations = dict(zip(missing, fresh, strict=True))
        verdicts = [
            verdict
            or judge(observations[number], self._job.fetch.profile, self._rules, self._ignore)
            for number, verdict in enumerate(found)
        ]
        if missing:
            kept.store([verdicts[number] for number in missing])
        for number, verdict in enumerate(verdicts):
            self._tell(verdict, observations.get(number))
        return verdicts

    async def require(self, urls: Iterable[str | Target]) -> list[Verdict]:
        """Check URLs, and do what the policy says unless every one is accepted.

        Under ``shadow`` an empty list says that the check itself could not be made; the log says why.
        """
        if self._policy == "shadow":
            return await self._in_shadow(urls)
        verdicts = await self.check(urls)
        bad = [verdict for verdict in verdicts if not verdict.accepted]
        if bad and self._policy == "block":
            raise NotAcceptedError(verdicts)
        for verdict in bad:
            _log.warning("%s", _sentence(verdict))
        return verdicts

    def check_blocking(self, urls: Iterable[str | Target]) -> list[Verdict]:
        """The blocking form of ``check``, on the private loop thread."""
        targets = targets_of(urls)
        return private_loop.run(lambda: self.check(targets))

    def require_blocking(self, urls: Iterable[str | Target]) -> list[Verdict]:
        """The blocking form of ``require``, on the private loop thread."""
        if self._policy == "shadow":
            try:
                return self.check_blocking(urls)
            except Exception:
                _log.exception("the media could not be checked")
                return []
        targets = targets_of(urls)
        return private_loop.run(lambda: self.require(targets))

    async def _in_shadow(self, urls: Iterable[str | Target]) -> list[Verdict]:
        try:
            return await self.check(urls)
        except Exception:
            _log.exception("the media could not be checked")
            return []

    # Telling

    def _tell(self, verdict: Verdict, observation: Observation | None) -> None:
        for one in verdict.ignored:
            if one.finding.severity is Severity.ERROR:
                _log.warning(
                    "%s: the error %s is ignored: %s",
                    printable(mask_url(verdict.url)), one.finding.rule, printable(one.reason),
                )  # fmt: skip
        for instrument in self._instruments:
            try:
                instrument(verdict, observation)
            except Exception:  # theirs, and no reason to hold a message back
                _log.exception("a callback failed on a verdict")

    # Opening and closing

    async def __aenter__(self) -> Self:
        self._closed = False
        self._opened()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        private_loop.run(self.__aenter__)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """Let the calls under way end, close every connection and the cache. A second time does nothing."""
        kept = self._kept
        if kept is not None and not kept.stale and kept.loop is not asyncio.get_running_loop():
            raise _wrong_loop()
        self._closed, self._kept = True, None
        if kept is not None and not kept.stale:
            await kept.close()

    def close(self) -> None:
        """The blocking form of ``aclose``."""
        private_loop.run(self.aclose)

    def _opened(self) -> Kept:
        """What is kept on the running loop, opened where nothing is yet."""
        if self._closed:
            raise UsageError("this Guard is closed")
        if self._kept is not None and self._kept.stale:
            self._kept.leave()
            self._kept = None
        if self._kept is None:
            self._kept = Kept(self._job, self._rules, cache=self._cache, max_age=self._max_age)
        if self._kept.loop is not asyncio.get_running_loop():
            raise _wrong_loop()
        return self._kept


def _wrong_loop() -> UsageError:
    return UsageError(
        "this Guard belongs to another event loop; make one for each loop, or use the blocking forms everywhere"
    )


def _sentence(verdict: Verdict) -> str:
    finding = next((one for one in verdict.findings if one.severity is Severity.ERROR), None)
    reason = f"{finding.rule}: {finding.message}" if finding else str(verdict.outcome)
    return f"{printable(mask_url(verdict.url))} is not accepted ({verdict.outcome}): {reason}"

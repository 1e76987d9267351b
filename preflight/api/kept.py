"""What a guard keeps between its calls, on one event loop of one process: connections, and the verdicts of earlier calls."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence

from .._version import __version__
from ..audit import Job
from ..cache import Memory, VerdictCache, key_prefix
from ..judging import Ignore
from ..rules import Rule
from ..target import Target
from ..verdict import Verdict
from .session import Session

_abandoned: list[Kept] = []  # a parent's connections and files, which a forked child must not close


class Kept:
    """Opened on the running loop, which it belongs to. ``max_age`` (seconds) is None where no verdict is used twice.

    ``cache`` is the file for verdicts, if there is one. Raises UsageError where it cannot be used.
    """

    def __init__(
        self, job: Job, rules: Sequence[Rule], *, cache: str | os.PathLike[str] | None, max_age: float | None
    ) -> None:  # fmt: skip
        self.loop = asyncio.get_running_loop()
        self._pid = os.getpid()
        horizon = job.fetch.profile.limits.url_lifetime_s
        self._memory = Memory(max_age, horizon) if max_age is not None else None
        self._cache: VerdictCache | None = None
        if cache is not None:
            prefix = key_prefix(fetch=job.fetch, version=__version__, depth=job.depth, rules=rules)
            self._cache = VerdictCache(cache, prefix=prefix, max_age=max_age, horizon_s=horizon)
        self.session = Session(job)

    @property
    def stale(self) -> bool:
        """Whether its loop is gone: closed, or left behind in the parent of a fork."""
        return self._pid != os.getpid() or self.loop.is_closed()

    def lookup(self, target: Target, ignore: Ignore | None) -> Verdict | None:
        """The verdict of an earlier call, from memory or from the file, where it may be used again."""
        if self._memory is None:
            return None
        verdict = self._memory.lookup(target)
        if verdict is None and self._cache is not None:
            verdict = self._cache.lookup(target, ignore)
            if verdict is not None:
                self._memory.store(verdict)
        return verdict

    def store(self, verdicts: Iterable[Verdict]) -> None:
        """Keep fresh verdicts for later calls."""
        for verdict in verdicts:
            if self._memory is not None:
                self._memory.store(verdict)
            if self._cache is not None:
                self._cache.store(verdict)
        if self._cache is not None:
            self._cache.flush()

    async def close(self) -> None:
        """Let the calls under way end, close every connection and the file."""
        try:
            await self.session.close()
        finally:
            if self._cache is not None:
                self._cache.close()

    def leave(self) -> None:
        """Give up what is stale: its connections ended with its loop.

        A parent's file must not be closed in a forked child, where that would take the parent's locks.
        """
        if self._pid != os.getpid():
            _abandoned.append(self)
        elif self._cache is not None:
            self._cache.close()

"""The newest verdicts in memory, in front of the file: found in a few microseconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from ..target import Target
from ..verdict import Outcome, Verdict, outcome_of
from .store import good_until

_MOST = 4096
_Key = tuple[str, str | None, int | None]


class Memory:
    """At most 4,096 verdicts of one kind of run, for ``max_age`` seconds by the same rules as in the file.

    Belongs to one thread. A verdict is kept with the ignores that were applied to it.
    """

    def __init__(
        self,
        max_age: float,
        horizon_s: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._max_age = max_age
        self._horizon_s = horizon_s
        self._clock = clock
        self._rows: OrderedDict[_Key, tuple[float, float, Verdict]] = OrderedDict()

    def lookup(self, target: Target) -> Verdict | None:
        """The verdict on a target, with its age, if one is young enough."""
        key = _key(target)
        row = self._rows.get(key)
        if row is None:
            return None
        made_at, until, verdict = row
        now = self._clock()
        if not made_at <= now <= until:
            del self._rows[key]
            return None
        self._rows.move_to_end(key)
        return replace(verdict, target=target, from_cache_s=now - made_at)

    def store(self, verdict: Verdict) -> None:
        """Keep a verdict, made now or as long ago as it says, unless it is unknown."""
        outcome = outcome_of([*verdict.findings, *(one.finding for one in verdict.ignored)])
        if outcome is Outcome.UNKNOWN:
            return
        made_at = self._clock() - (verdict.from_cache_s or 0.0)
        until = good_until(verdict.url, outcome, made_at, self._max_age, self._horizon_s)
        self._rows[_key(verdict.target)] = (made_at, until, verdict)
        if len(self._rows) > _MOST:
            self._rows.popitem(last=False)


def _key(target: Target) -> _Key:
    return target.url, target.declared_type, target.declared_length

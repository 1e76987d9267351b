"""How far a run is, on standard error: a line that is rewritten on a terminal, a new line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable

from ..report.shown import host as host_of
from ..text import printable
from ..verdict import Outcome, Verdict
from .running import columns

_FIRST_S = 0.5
_EVERY_S = 0.2
_PLAIN_EVERY_S = 10.0
_RATE_OVER_S = 10.0
_BAR = 20
_HOSTS = 256
_SLOW_S = 0.5
_NAMED = 2


class Progress:
    """Counts verdicts. ``total`` gives the number of places and whether it is exact, or None where it is not known.

    On a terminal it draws five times a second; elsewhere, and only if ``verbose``, it writes a line every ten seconds.
    """

    def __init__(
        self, *, enabled: bool = True, verbose: bool = False,
        total: Callable[[], tuple[int, bool] | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._terminal = enabled and sys.stderr.isatty()
        self._plain = enabled and verbose and not self._terminal
        self._total = total
        self._counts = dict.fromkeys(Outcome, 0)
        self._hosts: dict[str, float] = {}
        self._earlier: deque[tuple[float, int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to show something, on the running loop."""
        if self._terminal or self._plain:
            self._earlier.append((time.monotonic(), 0))
            self._later(_FIRST_S if self._terminal else _PLAIN_EVERY_S)

    def step(self, verdict: Verdict) -> None:
        """One more verdict."""
        self._counts[verdict.outcome] += 1
        if self._terminal or self._plain:
            self._note_host(verdict)

    def close(self) -> None:
        """Take the line away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def _later(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        parts = self._parts()
        if self._terminal:
            sys.stderr.write("\r\x1b[K" + _fitting(parts, columns() - 1))
            self._shown = True
        else:
            sys.stderr.write("preflight: " + ", ".join(parts) + "\n")
        sys.stderr.flush()
        self._later(_EVERY_S if self._terminal else _PLAIN_EVERY_S)

    def _parts(self) -> list[str]:
        """What there is to say, the most important first."""
        done = sum(self._counts.values())
        rate = self._rate(done)
        total = self._total()
        parts = [f"{done:,} checked"]
        if total is not None and total[0] >= done > 0:
            most, exact = total
            parts = [f"{done:,} of {'' if exact else 'about '}{most:,}"]
            if self._terminal:
                filled = _BAR * done // most
                parts[0] = f"[{'#' * filled}{'-' * (_BAR - filled)}] {parts[0]}"
        parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        if total is not None and total[0] > done and rate > 0:
            parts.append(f"{_duration((total[0] - done) / rate)} left")
        for outcome, word in (
            (Outcome.ACCEPT, "accepted"),
            (Outcome.REJECT, "rejected"),
            (Outcome.UNKNOWN, "unknown"),
        ):
            if self._counts[outcome] or outcome is not Outcome.UNKNOWN:
                parts.append(f"{self._counts[outcome]:,} {word}")
        slow = self._slowest()
        return [*parts, "slowest: " + ", ".join(slow)] if slow else parts

    def _rate(self, done: int) -> float:
        """Verdicts a second over the last ten seconds."""
        now = time.monotonic()
        self._earlier.append((now, done))
        while now - self._earlier[0][0] > _RATE_OVER_S and len(self._earlier) > 2:
            self._earlier.popleft()
        since, count = self._earlier[0]
        return (done - count) / max(now - since, 0.001)

    def _note_host(self, verdict: Verdict) -> None:
        """A moving mean of the seconds that a URL of each host takes."""
        if verdict.from_cache_s is not None:
            return
        host = host_of(verdict.url)
        before = self._hosts.get(host)
        if before is None and len(self._hosts) >= _HOSTS:
            del self._hosts[min(self._hosts, key=self._hosts.__getitem__)]
        took = verdict.elapsed_s
        self._hosts[host] = took if before is None else before + (took - before) / 8

    def _slowest(self) -> list[str]:
        named = sorted(self._hosts, key=self._hosts.__getitem__, reverse=True)[:_NAMED]
        return [
            f"{printable(host, 40)} {self._hosts[host]:.1f} s"
            for host in named
            if self._hosts[host] >= _SLOW_S
        ]


def _fitting(parts: list[str], columns: int) -> str:
    """As many parts as fit into one line; the first one always, cut where it must be."""
    line = parts[0][:columns]
    for part in parts[1:]:
        longer = f"{line}  {part}"
        if len(longer) > columns:
            break
        line = longer
    return line


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5_400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.1f} h"

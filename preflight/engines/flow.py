"""The way of a target through a run, the same for every engine.

Places come in; those that an earlier part of the same run has judged are reported from its journal, a URL that was named before from what
was seen then, wherever that came from, and those that the cache knows from the cache. What is left goes to the engine, and its results go
the same way back: to every place of the URL, into the journal, into the cache.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from typing import Protocol

from ..audit import STREAM_WINDOW, Once, Spill, each, read_in_thread
from ..target import Target
from ..verdict import Verdict
from .base import Engine, Seen, Sink, Task
from .packing import Shelf, moved


class Memory(Protocol):
    """Verdicts of earlier runs."""

    def lookup(self, target: Target) -> Verdict | None:
        """A verdict that is young enough, with its age in ``from_cache_s``."""

    def store(self, verdict: Verdict) -> None:
        """Keep a verdict, if it is one to be kept."""


class Ledger(Protocol):
    """What this run has judged already, in this process or in one that was killed."""

    def resumed(self, targets: AsyncIterable[Target], sink: Sink) -> AsyncIterator[Target]:
        """The targets that are left; the others' results go to ``sink``."""

    def write(self, seen: Seen) -> None:
        """Keep one result for good."""


async def flow(
    engine: Engine, task: Task, targets: Iterable[Target], sink: Sink, *, ledger: Ledger | None = None,
    memory: Memory | None = None, stream: bool = False,
) -> None:  # fmt: skip
    """Run a task over all targets of the sources. ``stream``: they come from a pipe that may block and need not end."""
    shelf = Shelf()
    spill = Spill(shelf.pack, shelf.unpack, window=STREAM_WINDOW if stream else None)
    report = _kept(sink, ledger)
    once: Once[Seen] = Once(report, moved, spill, _judged_as)

    def again(seen: Seen) -> None:
        once.known(seen.verdict.target, seen)
        sink(seen)

    def found(seen: Seen) -> None:
        once.done(seen.verdict.target, seen)

    def done(seen: Seen) -> None:
        if memory is not None:
            memory.store(seen.verdict)
        found(seen)

    places = read_in_thread(targets) if stream else each(targets)
    if ledger is not None:
        places = ledger.resumed(places, again)
    left = once.fresh(places)
    if memory is not None:
        left = _remembered(left, memory, found)
    try:
        await engine(task, left, done)
    finally:
        spill.close()


def _kept(sink: Sink, ledger: Ledger | None) -> Callable[[Seen], None]:
    if ledger is None:
        return sink

    def keep(seen: Seen) -> None:
        ledger.write(seen)
        sink(seen)

    return keep


async def _remembered(
    targets: AsyncIterable[Target], memory: Memory, sink: Sink
) -> AsyncIterator[Target]:
    async for target in targets:
        verdict = memory.lookup(target)
        if verdict is None:
            yield target
        else:
            sink(Seen(verdict=verdict))


def _judged_as(target: Target) -> str:
    """Places with one key get one verdict: the same URL, of which their sources promise the same."""
    if target.declared_type is None and target.declared_length is None:
        return target.url
    return f"{target.url}\0{target.declared_type}\0{target.declared_length}"

"""Every URL once: the first place that names it is worked on, the others get the same result."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from ..target import Target

T = TypeVar("T")

RECENT = 8_192
_MOST_PLACES_WAITING = 16_384


class Results(Protocol[T]):
    """What was done, by key."""

    def keep(self, key: str, result: T) -> None:
        """Remember a result."""

    def find(self, key: str, target: Target) -> T | None:
        """The result of a key, for another place of it; None where it was never kept, or is forgotten."""


class Recent(Generic[T]):
    """The latest results, as they are; older ones are forgotten. ``moved`` makes one for another place."""

    def __init__(self, moved: Callable[[T, Target], T], most: int = RECENT) -> None:
        self._moved = moved
        self._most = most
        self._done: OrderedDict[str, T] = OrderedDict()

    def keep(self, key: str, result: T) -> None:
        """Remember a result."""
        self._done[key] = result
        if len(self._done) > self._most:
            self._done.popitem(last=False)

    def find(self, key: str, target: Target) -> T | None:
        """The result of a key, if it is still there."""
        result = self._done.get(key)
        return None if result is None else self._moved(result, target)


class Once(Generic[T]):
    """Lets each key through once. ``emit`` takes every result; ``moved`` makes one for another place; ``key`` is what makes two targets one."""

    def __init__(
        self, emit: Callable[[T], None], moved: Callable[[T, Target], T], results: Results[T] | None = None,
        key: Callable[[Target], str] = attrgetter("url"),
    ) -> None:  # fmt: skip
        self._emit = emit
        self._moved = moved
        self._results = Recent(moved) if results is None else results
        self._key = key
        self._pending: dict[str, list[Target] | None] = {}
        self._waiting = 0
        self._room = asyncio.Event()

    async def fresh(self, targets: AsyncIterable[Target]) -> AsyncIterator[Target]:
        """The targets whose key nobody has worked on, or is working on now."""
        async for target in targets:
            key = self._key(target)
            if key in self._pending:
                await self._join(key, target)
                continue
            known = self._results.find(key, target)
            if known is None:
                self._pending[key] = None
                yield target
            else:
                self._emit(known)

    def done(self, target: Target, result: T) -> None:
        """The work on a target is done: report it at each of its places."""
        key = self._key(target)
        places = self._pending.pop(key)
        self._emit(result)
        self._results.keep(key, result)
        if places:
            for place in places:
                self._emit(self._moved(result, place))
            self._waiting -= len(places)
            self._room.set()

    def known(self, target: Target, result: T) -> None:
        """The work on a target was done before, and is reported: its later places get the same result."""
        self._results.keep(self._key(target), result)

    async def _join(self, key: str, target: Target) -> None:
        places = self._pending[key]
        if places is None:
            places = self._pending[key] = []
        places.append(target)
        self._waiting += 1
        while self._waiting > _MOST_PLACES_WAITING:
            self._room.clear()
            await self._room.wait()

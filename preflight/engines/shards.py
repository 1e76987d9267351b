"""Targets in shards: the same sources give the same shards, and a host's shards come one after the other."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field
from zlib import crc32

from ..audit import origin_of
from ..target import Target

LANES = 64
SHARD = 256
"""Targets in a shard."""


@dataclass(slots=True, eq=False)
class Shard:
    """Some targets whose hosts nobody asks but the lane that they are in. ``attempts`` counts the workers that died of it."""

    lane: int
    number: int
    targets: list[Target]
    attempts: int = 0

    def name(self) -> str:
        """The name of its part; other targets make another name."""
        digest = hashlib.sha256()
        for target in self.targets:
            said = (target.url, target.declared_type, target.declared_length)
            digest.update(repr(said).encode("utf-8", "surrogatepass"))
        return f"{self.lane:02}-{self.number:06}-{digest.hexdigest()[:24]}.part"


@dataclass(slots=True)
class Lanes:
    """Shards that wait, each in the lane of its hosts; one shard of a lane is under way at a time."""

    size: int = SHARD
    filling: dict[int, list[Target]] = field(default_factory=dict)
    waiting: dict[int, deque[Shard]] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    held: int = 0

    def add(self, target: Target) -> None:
        """One more target, at the end of its lane."""
        lane = crc32(origin_of(target.url).encode("utf-8", "surrogatepass")) % LANES
        filling = self.filling.setdefault(lane, [])
        filling.append(target)
        self.held += 1
        if len(filling) >= self.size:
            self._close(lane)

    def close(self) -> None:
        """There are no more targets."""
        for lane in list(self.filling):
            self._close(lane)

    def next(self) -> Shard | None:
        """A shard whose lane is free; the lane is then busy until ``free``. None where there is none."""
        lane = next((one for one in self.waiting if one not in self.busy), None)
        if lane is None:
            return None
        self.busy.add(lane)
        shards = self.waiting.pop(lane)
        shard = shards.popleft()
        if shards:
            self.waiting[lane] = shards  # behind the others, so that they take turns
        return shard

    def free(self, shard: Shard) -> None:
        """A shard is done."""
        self.busy.discard(shard.lane)
        self.held -= len(shard.targets)

    def _close(self, lane: int) -> None:
        targets = self.filling.pop(lane)
        number = self.numbers.get(lane, 0)
        self.numbers[lane] = number + 1
        self.waiting.setdefault(lane, deque()).append(Shard(lane, number, targets))

"""A place for a worker process: its share of the limits, the process that has it now, and what that one owes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..audit import Pace
from ..target import Target
from .frames import Given, Work, encode
from .hand import Hand
from .packing import Unpacker

_BATCH = 64


@dataclass(slots=True, eq=False)
class Place:
    """``owed`` are the targets whose rows are not back, by number. What it owes stays when its process dies."""

    pace: Pace
    hand: Hand | None = None
    unpacker: Unpacker = field(default_factory=Unpacker)
    owed: dict[int, Target] = field(default_factory=dict)
    batch: list[Given] = field(default_factory=list)
    deaths: int = 0

    def send(self, data: bytes) -> None:
        """Write to the process."""
        if self.hand is not None:
            self.hand.write(data)

    def flush(self) -> None:
        """Send the targets that were put together."""
        if self.batch:
            batch, self.batch = self.batch, []
            self.send(encode(Work(batch)))

    def give(self, number: int, target: Target) -> None:
        """Owe a target to nobody but this worker."""
        self.owed[number] = target
        self.batch.append(Given(number, target.url, target.declared_type, target.declared_length))
        if len(self.batch) >= _BATCH:
            self.flush()

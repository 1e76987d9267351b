"""What is asked of one answer, and what came of it: the values that a connection takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ..observation import BodyEnd, Failure, Head

DROP_LIMIT = 65_536
"""Bytes of a body that nobody wants which are read and dropped to keep the connection; a longer one closes it."""


class Keep(Enum):
    """What is to be done with a body."""

    BYTES = "bytes"
    DIGEST = "digest"
    NOTHING = "nothing"


@dataclass(slots=True)
class Plan:
    """How much of the body is wanted, decided from its head. ``limit`` in bytes."""

    keep: Keep
    limit: int


DROP = Plan(Keep.NOTHING, DROP_LIMIT)
"""For a body that nobody wants."""


class Reply:
    """What came back on one connection. ``first_byte`` and ``finished`` are in the loop's clock."""

    raw_head: bytes = b""
    head: Head | None = None
    failure: Failure | None = None
    body: bytes = b""
    end: BodyEnd | None = None
    received: int = 0
    surplus: int = 0
    digest: str | None = None
    first_byte: float | None = None
    finished: float = 0.0

    def __init__(self, failure: Failure | None = None, finished: float = 0.0) -> None:
        if failure is not None:
            self.failure, self.finished = failure, finished


class Patience(NamedTuple):
    """The longest silence allowed in seconds: before the first byte, and between two later ones."""

    first_byte_s: float
    stall_s: float


Planner = Callable[[Head], Plan]
"""How much is wanted of the body behind a head with status 200; others are dropped."""

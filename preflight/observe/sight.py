"""One pass over one target, from the moment it begins to its observation."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..media.examine import Examined
from ..observation import Attempt, Exchange, Failure, FailureKind, Observation, Purpose
from ..target import Target
from ..values import dataclass
from ..wire.fetch import Fetched
from ..wire.signed import signed


@dataclass(slots=True, eq=False)
class Sight:
    """One pass over one target, as far as it has come. ``observed_at`` in seconds since the epoch, ``started`` by the monotonic clock.

    ``first`` holds the body that is still to be examined, if there is one.
    """

    target: Target
    attempts: tuple[Attempt, ...]
    observed_at: float
    started: float
    exchanges: tuple[Exchange, ...] = ()
    elapsed_s: float = 0.0
    thumbnail: str | None = None
    first: Fetched | None = None

    @property
    def identity(self) -> Exchange:
        """The first exchange made."""
        return self.exchanges[0]

    def ended(self, exchanges: Sequence[Exchange]) -> None:
        """The network part is done."""
        self.exchanges, self.elapsed_s = tuple(exchanges), time.monotonic() - self.started

    def seen(self, examined: Examined | None) -> Observation:
        """The observation, now that all is seen."""
        return Observation(
            target=self.target, observed_at=self.observed_at, exchanges=self.exchanges, attempts=self.attempts,
            content=examined.content if examined else None, image=examined.image if examined else None,
            audio=examined.audio if examined else None, video=examined.video if examined else None,
            signed=signed(self.target.url), elapsed_s=self.elapsed_s, thumbnail=self.thumbnail,
            made_with=examined.made_with if examined else {},
        )  # fmt: skip

    def failed(self, kind: FailureKind, detail: str) -> Observation:
        """The observation where we failed ourselves."""
        failure = Failure(kind=kind, detail=detail)
        exchange = Exchange(purpose=Purpose.IDENTITY, url=self.target.url, failure=failure)
        self.ended([exchange])
        return self.seen(None)

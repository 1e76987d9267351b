"""What an engine is given and what it gives back: targets in, each once; what was seen of each out, as it is done."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Protocol

from ..audit import MOST, Job
from ..observation import Exchange, Failure, FailureKind, Observation, Purpose
from ..target import Target
from ..values import dataclass
from ..verdict import Verdict


class Keep(StrEnum):
    """Which observations are wanted beside their verdicts: carrying them between processes costs more than the verdict does."""

    NOTHING = "nothing"
    FINDINGS = "findings"  # of verdicts that have findings
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One finished target: the verdict, and the observation that it was made from where that is wanted."""

    verdict: Verdict
    observation: Observation | None = None


class Judge(Protocol):
    """Judges observations; a value that can go to another process."""

    def __call__(self, observations: Sequence[Observation]) -> list[Verdict]:
        """Their verdicts, in the same order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One run for an engine. At most ``batch`` observations are judged and reported together. ``workers`` is the number of processes; None: as many as there are processors.

    ``parts`` is the directory (or the fsspec URL) for the part files of an engine that keeps some, ``address`` the scheduler of a
    cluster that runs already.
    """

    job: Job
    judge: Judge
    keep: Keep = Keep.ALL
    batch: int = MOST
    workers: int | None = None
    parts: str | None = None
    address: str | None = None

    def seen(self, observations: Sequence[Observation]) -> list[Seen]:
        """Judge observations, and keep those that are wanted."""
        verdicts = self.judge(observations)
        if self.keep is Keep.NOTHING:
            return [Seen(verdict=verdict) for verdict in verdicts]
        every = self.keep is Keep.ALL
        return [
            Seen(verdict=verdict, observation=observation if every or verdict.findings else None)
            for verdict, observation in zip(verdicts, observations, strict=True)
        ]

    def given_up(self, target: Target, reason: str, now: float) -> Seen:
        """A target that could not be checked for a reason of our own."""
        failure = Failure(kind=FailureKind.INTERNAL, detail=reason)
        exchange = Exchange(purpose=Purpose.IDENTITY, url=target.url, failure=failure)
        return self.seen([Observation(target=target, observed_at=now, exchanges=(exchange,))])[0]


Sink = Callable[[Seen], None]
Engine = Callable[[Task, AsyncIterable[Target], Sink], Awaitable[None]]
"""Runs a task over targets whose URLs all differ.

Every target ends in the sink exactly once, in the order in which they are done, and as the very object that came in. A worker that dies
takes nothing with it. When the call is cancelled, what was finished has been in the sink.
"""

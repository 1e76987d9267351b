"""Verdicts in few bytes, for files and for other processes.

The reasons why rules were skipped make up most of a verdict and are the same for thousands of them; each such list is written once,
and named by its number after that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from ..observation import Observation
from ..target import Target
from ..values import decoder
from ..verdict import Finding, Ignored, Media, Outcome, Skipped, Verdict
from .base import Seen

Skips = tuple[Skipped, ...]
_MOST_LISTS = 4_096
_NOWHERE = Target(url="")


class Row(msgspec.Struct, array_like=True):
    """A verdict without its target. ``skipped`` is the number of a list, or the list itself."""

    outcome: Outcome
    profile: str
    findings: tuple[Finding, ...]
    ignored: tuple[Ignored, ...]
    skipped: int | Skips
    media: Media
    attempts: int
    elapsed_s: float
    from_cache_s: float | None = None
    observation: Observation | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode: Callable[[bytes], Row] = decoder(msgspec.msgpack, Row)


class Packer:
    """Writes rows. ``news`` are the lists that were given a number since it was last asked."""

    def __init__(self) -> None:
        self._numbers: dict[Skips, int] = {}
        self._known: dict[int, tuple[Skips, int]] = {}
        self._news: list[Skips] = []

    def row(self, seen: Seen) -> Row:
        """A finished target as a row."""
        verdict, observation = seen.verdict, seen.observation
        if observation is not None:
            observation = moved_observation(observation, _NOWHERE)
        return Row(
            verdict.outcome, verdict.profile, verdict.findings, verdict.ignored, self.number(verdict.skipped),
            verdict.media, verdict.attempts, verdict.elapsed_s, verdict.from_cache_s, observation,
        )  # fmt: skip

    def news(self) -> list[Skips]:
        """The lists that whoever reads the rows does not know yet, in the order of their numbers."""
        news, self._news = self._news, []
        return news

    def learn(self, lists: list[Skips]) -> None:
        """Go on with the numbers of rows that were written before."""
        for skips in lists:
            self._numbers[skips] = len(self._numbers)

    def number(self, skips: Skips) -> int | Skips:
        """The number of a list, or the list itself where there are too many."""
        known = self._known.get(id(skips))
        if known is not None:  # the list is kept beside its number, so its id cannot be another's
            return known[1]
        number = self._numbers.get(skips)
        if number is None:
            if len(self._numbers) >= _MOST_LISTS:
                return skips
            number = self._numbers[skips] = len(self._numbers)
            self._news.append(skips)
        if len(self._known) >= _MOST_LISTS:
            self._known.clear()
        self._known[id(skips)] = skips, number
        return number


class Unpacker:
    """Reads rows, with the lists that their writer made known."""

    def __init__(self) -> None:
        self.lists: list[Skips] = []

    def seen(self, row: Row, target: Target) -> Seen:
        """The finished target that a row was made from; ``target`` is ours, and stands in for the one that was packed."""
        skipped = row.skipped if isinstance(row.skipped, tuple) else self.lists[row.skipped]
        verdict = Verdict(
            target=target, outcome=row.outcome, profile=row.profile, findings=row.findings, ignored=row.ignored,
            skipped=skipped, media=row.media, attempts=row.attempts, elapsed_s=row.elapsed_s,
            from_cache_s=row.from_cache_s,
        )  # fmt: skip
        observation = row.observation
        if observation is not None:
            observation = moved_observation(observation, target)
        return Seen(verdict=verdict, observation=observation)


def moved(seen: Seen, target: Target) -> Seen:
    """The same result for another place."""
    observation = seen.observation
    return Seen(
        verdict=replace(seen.verdict, target=target),
        observation=None if observation is None else moved_observation(observation, target),
    )


def moved_observation(observation: Observation, target: Target) -> Observation:
    """An observation for another place of its URL."""
    return replace(observation, target=target)


class Shelf:
    """Packs finished targets to bytes for this process alone."""

    def __init__(self) -> None:
        self._packer = Packer()
        self._unpacker = Unpacker()

    def pack(self, seen: Seen) -> bytes:
        """To bytes."""
        row = self._packer.row(seen)
        self._unpacker.lists += self._packer.news()
        return _encode(row)

    def unpack(self, packed: bytes, target: Target) -> Seen:
        """From bytes, for a place."""
        return self._unpacker.seen(_decode(packed), target)

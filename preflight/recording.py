"""Observations to JSON Lines and back: judge them again next year, under another profile, without the network.

Secrets are masked when a recording is written, unless the caller says otherwise; nothing that a rule looks at is lost by that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeVar

import msgspec

from .errors import SourceError
from .observation import (
    Audio,
    Content,
    Decode,
    Exchange,
    Failure,
    Head,
    Image,
    Observation,
    Video,
)
from .text import mask_field, mask_head, mask_text, mask_url
from .values import dataclass, decoder

FORMAT = 1
_END = 253_402_300_800.0
"""The year 10000, in seconds since the epoch."""


_CLAUSES = (
    "document", "truncated", "corrupt", "overrun", "undecoded", "problem", "errors", "skipped", "stopped"
)  # fmt: skip
"""What is said in words of a file, of its media and of its decoding."""
_Facts = TypeVar("_Facts", Content, Image, Audio, Video, Decode)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line. ``preflight`` is the version that wrote it, ``profile`` the one whose gateway was imitated."""

    recording: int
    preflight: str
    profile: str
    observation: Observation


_encode = msgspec.json.Encoder().encode
_decode: Callable[[bytes], _Line] = decoder(msgspec.json, _Line)


def dump(
    observation: Observation, *, version: str, profile: str, show_secrets: bool = False
) -> bytes:
    """One line of a recording, its line end included."""
    kept = observation if show_secrets else masked(observation)
    line = _Line(recording=FORMAT, preflight=version, profile=profile, observation=kept)
    return _encode(line) + b"\n"


def load(lines: Iterable[bytes], name: str = "the recording") -> Iterator[tuple[Observation, str]]:
    """Each observation of a recording and the profile it was made for. Raises SourceError, naming the line."""
    for number, text in enumerate(lines, start=1):
        if text.strip():
            line = _line(text, f"{name}, line {number},")
            yield line.observation, line.profile


def _line(text: bytes, where: str) -> _Line:
    try:
        line = _decode(text)
    except RecursionError:
        raise SourceError(f"{where} is not a recorded observation: it is nested too deep") from None
    except msgspec.DecodeError as error:
        reason = mask_text(str(error))
        raise SourceError(f"{where} is not a recorded observation: {reason}") from None
    if line.recording != FORMAT:
        raise SourceError(
            f"{where} is a recording of format {line.recording}; this version reads {FORMAT}"
        )
    if not line.observation.exchanges:
        raise SourceError(f"{where} holds no exchange")
    if not _in_time(line.observation):
        raise SourceError(
            f"{where} is not a recorded observation: observed_at, or a total after it, is no second between 1970 and 9999"
        )
    return line


def _in_time(observation: Observation) -> bool:
    """Whether every exchange begins and ends at a time that a calendar has; a number in JSON may be any."""
    totals = (one.timing.total for one in observation.exchanges)
    return all(0 <= moment < _END for moment in accumulate(totals, initial=observation.observed_at))


def masked(observation: Observation) -> Observation:
    """An observation without its secrets: query values, credentials, cookies, tokens."""
    target, source = observation.target, observation.target.source
    if source.pointer:
        source = replace(source, pointer=mask_text(source.pointer))
    target = replace(target, url=mask_url(target.url), source=source)
    return replace(
        observation, target=target, exchanges=tuple(_masked(one) for one in observation.exchanges),
        content=observation.content and _masked_content(observation.content),
        attempts=tuple(replace(one, detail=mask_text(one.detail)) for one in observation.attempts),
        image=observation.image and _masked_clauses(observation.image), audio=observation.audio and _masked_clauses(observation.audio),
        video=observation.video and _masked_clauses(observation.video),
    )  # fmt: skip


def _masked_content(content: Content) -> Content:
    """In what a document says, or a decoder, there may be a URL."""
    return replace(
        _masked_clauses(content), decode=content.decode and _masked_clauses(content.decode)
    )


def _masked_clauses(facts: _Facts) -> _Facts:
    """Facts with the clauses masked that may quote the file, and nothing made anew where there is none."""
    changed: dict[str, Any] = {}
    for name in _CLAUSES:
        if clause := getattr(facts, name, None):
            shown = mask_text(clause)
            if shown != clause:
                changed[name] = shown
    return replace(facts, **changed) if changed else facts


def _masked(exchange: Exchange) -> Exchange:
    hops = tuple(
        replace(hop, url=mask_url(hop.url), location=mask_field("location", hop.location))
        for hop in exchange.hops
    )
    return replace(
        exchange, url=mask_url(exchange.url), hops=hops, request=mask_head(exchange.request),
        raw_head=mask_head(exchange.raw_head), failure=_masked_failure(exchange.failure),
        head=_masked_head(exchange.head) if exchange.head else None,
    )  # fmt: skip


def _masked_failure(failure: Failure | None) -> Failure | None:
    return failure and replace(failure, detail=mask_text(failure.detail))


def _masked_head(head: Head) -> Head:
    fields = tuple((name, mask_field(name, value)) for name, value in head.fields)
    return replace(
        head, reason=mask_text(head.reason), fields=fields, lengths=_masked_words(head.lengths),
        codings=_masked_words(head.codings),
        faults=tuple(replace(fault, detail=mask_text(fault.detail)) for fault in head.faults),
    )  # fmt: skip


def _masked_words(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return words and tuple(mask_text(word) for word in words)

"""Which observations are worth repeating, and when the server wants to be asked again."""

from __future__ import annotations

from typing import TypeVar

from ..observation import BodyEnd, Exchange, FailureKind, Observation
from ..observe.sight import Sight
from ..values import dataclass

RETRY_AFTER_MOST_S = 30.0
"""Seconds; a longer Retry-After is honoured up to here, and the URL is then unknown."""

TRANSIENT_FAILURES = frozenset(
    {
        FailureKind.RESOLUTION,
        FailureKind.CLOSED,
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.TLS_CLOSED,
    }
)
Pass = Sight | Observation
"""What one pass over a target gave, with its body examined or not."""
P = TypeVar("P", Observation, Sight | Observation)
_TRANSIENT_STATUSES = frozenset({408, 425, 429, *range(500, 600)})


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a pass may be worth repeating; ``retry_after`` in seconds, where the server named it."""

    detail: str
    retry_after: float | None = None


def transient(observation: Pass) -> Trouble | None:
    """What of an observation may go away by itself, or None."""
    for exchange in observation.exchanges:
        if exchange.failure is not None and exchange.failure.kind in TRANSIENT_FAILURES:
            return Trouble(exchange.failure.detail)
        if exchange.status in _TRANSIENT_STATUSES:
            return Trouble(
                f"the answer was {exchange.status}", _retry_after(exchange, observation.observed_at)
            )
        if exchange.body is not None and exchange.body.end is BodyEnd.TIMEOUT:
            return Trouble("the body did not end within the time allowed")
    return None


def at_rest(observation: Pass) -> bool:
    """Whether nothing failed on the way, as with nearly every URL: there is then nothing to ask of the functions below."""
    for exchange in observation.exchanges:
        if (
            exchange.failure is not None
            or exchange.status in _TRANSIENT_STATUSES
            or (exchange.body is not None and exchange.body.end is BodyEnd.TIMEOUT)
        ):
            return False
    return True


def requests(observation: Pass | None) -> int:
    """How many requests a pass took, those that followed a redirect included."""
    return sum(1 + len(one.hops) for one in observation.exchanges) if observation else 0


def starved(observation: Pass) -> bool:
    """Whether our own descriptors ran out in any of the requests."""
    return any(
        one.failure is not None and one.failure.kind is FailureKind.DESCRIPTORS
        for one in observation.exchanges
    )


def unconnected(observation: Pass) -> bool:
    """Whether the URL's own host could not be connected to, for now."""
    first = observation.identity
    return (
        first.failure is not None
        and first.failure.kind in TRANSIENT_FAILURES
        and first.peer is None
        and not first.hops  # a redirect's own host is another one
    )


def _retry_after(exchange: Exchange, now: float) -> float | None:
    """Seconds by Retry-After, a number or a date (RFC 9110 section 10.2.3), at most 30; None where it is no such thing."""
    text = (exchange.head.value("retry-after") or "").strip() if exchange.head else ""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_MOST_S)
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(at - now, 0.0), RETRY_AFTER_MOST_S)

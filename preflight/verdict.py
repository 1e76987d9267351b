"""What we think of an observation: an outcome, and the findings that led to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum

from .message import Message
from .target import Target
from .values import dataclass


class Outcome(StrEnum):
    """``UNKNOWN`` means that we could not tell; it never sends."""

    ACCEPT = "accept"
    REJECT = "reject"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How much a finding matters. Only an error keeps a message from being sent."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's objection. ``url`` is where it was seen, after redirects.

    ``unknown`` marks an error that may go away by itself, or that is our own: it makes the outcome unknown, not reject.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    url: str
    unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A finding that the settings said to ignore, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A rule that had nothing to look at, and the reason in one clause."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What the media is, in short: lengths in bytes, sizes in pixels, duration in seconds."""

    declared_type: str | None = None
    detected_type: str | None = None
    length: int | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one target under one profile.

    ``attempts`` counts the tries that were made; ``elapsed_s`` covers all of them. ``from_cache_s`` is the
    age in seconds of a verdict that was not made now.
    """

    target: Target
    outcome: Outcome
    profile: str
    findings: tuple[Finding, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    media: Media = Media()
    attempts: int = 1
    elapsed_s: float = 0.0
    from_cache_s: float | None = None

    @property
    def url(self) -> str:
        """The URL that was checked."""
        return self.target.url

    @property
    def accepted(self) -> bool:
        """Whether the gateway may be told to send it."""
        return self.outcome is Outcome.ACCEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageVerdict:
    """The judgement of a whole message: its own findings, the verdicts of its media, and the message itself, for who draws it."""

    mms_id: str | None
    outcome: Outcome
    profile: str
    findings: tuple[Finding, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    media: tuple[Verdict, ...] = ()
    message: Message | None = None


def worst(outcomes: list[Outcome]) -> Outcome:
    """Reject outranks unknown, unknown outranks accept; nothing at all is accepted."""
    for outcome in (Outcome.REJECT, Outcome.UNKNOWN):
        if outcome in outcomes:
            return outcome
    return Outcome.ACCEPT


Ignore = Callable[[Finding], str | None]
"""Whether the settings ignore a finding: the reason, or None. Whatever is not a text that says something is no reason, so that the finding counts."""


def sort_out(
    findings: Iterable[Finding], ignore: Ignore | None
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    """The findings that count, and those that the settings ignore, with the reason."""
    if ignore is None:
        return tuple(findings), ()
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    for finding in findings:
        reason = ignore(finding)
        if isinstance(reason, str) and reason.strip():
            ignored.append(Ignored(finding=finding, reason=reason))
        else:
            kept.append(finding)
    return tuple(kept), tuple(ignored)


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """What findings come to: only errors count, and unknown ones only where there is no other."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return worst([Outcome.UNKNOWN if error.unknown else Outcome.REJECT for error in errors])

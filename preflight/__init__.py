"""Check MMS media hosting the way the gateway will fetch it, before the money is spent.

The public names are loaded when they are first used: ``import preflight`` is fast, and judging needs no C library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .api import check, check_async, require, require_async
    from .errors import NotAcceptedError, PreflightError, SourceError, UsageError
    from .judge import judge, judge_message
    from .message import Message, Slide, SlideMedia
    from .observation import Observation
    from .profile import Profile
    from .target import Source, Target
    from .verdict import Finding, MessageVerdict, Outcome, Severity, Verdict

_HOMES = {
    "check": "api", "check_async": "api", "require": "api", "require_async": "api",
    "NotAcceptedError": "errors", "PreflightError": "errors", "SourceError": "errors", "UsageError": "errors",
    "judge": "judge", "judge_message": "judge",
    "Message": "message", "Slide": "message", "SlideMedia": "message",
    "Observation": "observation", "Profile": "profile", "Source": "target", "Target": "target",
    "Finding": "verdict", "MessageVerdict": "verdict", "Outcome": "verdict", "Severity": "verdict", "Verdict": "verdict",
}  # fmt: skip

__all__ = [
    "Finding", "Message", "MessageVerdict", "NotAcceptedError", "Observation", "Outcome", "PreflightError", "Profile",
    "Severity", "Slide", "SlideMedia", "Source", "SourceError", "Target", "UsageError", "Verdict", "__version__",
    "check", "check_async", "judge", "judge_message", "require", "require_async",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

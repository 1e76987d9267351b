"""Check MMS media hosting the way the gateway will fetch it, before the money is spent.

The public names are loaded when they are first used: ``import preflight`` is fast, and judging needs no C library.
"""

from __future__ import annotations

from ._version import __version__

TYPE_CHECKING = False  # typing itself would take longer to load than all of this
if TYPE_CHECKING:
    from .api import (
        Guard,
        check,
        check_async,
        opentelemetry_spans,
        prometheus_metrics,
        require,
        require_async,
        requires_preflight,
    )
    from .errors import NotAcceptedError, PreflightError, SourceError, UsageError
    from .gateway.endpoint import Gateway
    from .gateway.ledger import Ledger
    from .gateway.reply import Accepted, NotSent, Refused, Unknown
    from .gateway.request import Api, Secret, SendRequest
    from .gateway.send import send_saved_mms
    from .judging import judge, judge_message
    from .message import Message, Slide, SlideMedia
    from .observation import Observation
    from .profile import Profile
    from .profile import load as load_profile
    from .target import Source, Target
    from .verdict import Finding, MessageVerdict, Outcome, Severity, Verdict

_HOMES = {
    "Guard": "api", "check": "api", "check_async": "api", "opentelemetry_spans": "api", "prometheus_metrics": "api",
    "require": "api", "require_async": "api", "requires_preflight": "api",
    "NotAcceptedError": "errors", "PreflightError": "errors", "SourceError": "errors", "UsageError": "errors",
    "Ledger": "gateway.ledger", "Accepted": "gateway.reply", "NotSent": "gateway.reply", "Refused": "gateway.reply",
    "Unknown": "gateway.reply", "Api": "gateway.request", "Secret": "gateway.request", "SendRequest": "gateway.request",
    "Gateway": "gateway.endpoint", "send_saved_mms": "gateway.send",
    "judge": "judging", "judge_message": "judging",
    "Message": "message", "Slide": "message", "SlideMedia": "message",
    "Observation": "observation", "Profile": "profile", "load_profile": "profile", "Source": "target", "Target": "target",
    "Finding": "verdict", "MessageVerdict": "verdict", "Outcome": "verdict", "Severity": "verdict", "Verdict": "verdict",
}  # fmt: skip
_OTHER_NAMES = {"load_profile": "load"}

__all__ = [
    "Accepted", "Api", "Finding", "Gateway", "Guard", "Ledger", "Message", "MessageVerdict", "NotAcceptedError", "NotSent",
    "Observation", "Outcome", "PreflightError", "Profile", "Refused", "Secret", "SendRequest", "Severity", "Slide", "SlideMedia",
    "Source", "SourceError", "Target", "Unknown", "UsageError", "Verdict", "__version__", "check", "check_async", "judge",
    "judge_message", "load_profile", "opentelemetry_spans", "prometheus_metrics", "require", "require_async",
    "requires_preflight", "send_saved_mms",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module(f".{_HOMES[name]}", __name__)
    value: object = getattr(home, _OTHER_NAMES.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

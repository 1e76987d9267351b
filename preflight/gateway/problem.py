"""One objection to a request."""

from __future__ import annotations

from ..values import dataclass
from ..verdict import Severity
from .request import vendor_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One objection to a request. ``field`` is the vendor's name; ``message`` is one sentence without the value."""

    severity: Severity
    field: str
    message: str


def errors(problems: list[Problem]) -> list[Problem]:
    """Those problems that forbid sending."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def error(field: str, message: str) -> Problem:
    """An error in a field of SendRequest."""
    return Problem(severity=Severity.ERROR, field=vendor_name(field), message=message)


def warning(field: str, message: str) -> Problem:
    """A warning about a field of SendRequest."""
    return Problem(severity=Severity.WARNING, field=vendor_name(field), message=message)

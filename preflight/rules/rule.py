"""The form of a rule: a pure function whose name is its id, whose docstring is its manual page, and whose annotations say
what it looks at."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from ..values import dataclass
from ..verdict import Severity


@dataclass(frozen=True, slots=True)
class Objection:
    """What a rule says against what it saw. ``message`` is one sentence without its full stop.

    ``severity`` and ``fix`` replace the rule's own where they depend on what was seen; ``unknown`` marks what may go away by itself.
    """

    message: str
    severity: Severity | None = None
    unknown: bool = False
    fix: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule: its id, its page, the evidence that it asks for, and the function that looks at it."""

    id: str
    severity: Severity
    summary: str
    why: str
    fix: str
    evidence: tuple[Any, ...]
    check: Callable[..., Objection | None]


_ID = re.compile(r"[a-z]+(-[a-z0-9]+)+|timeout|redirected")
_PAGE = re.compile(r"(?P<summary>.+?)\n\nWhy: (?P<why>.+?)\n\nFix: (?P<fix>.+)", re.DOTALL)


def rule(severity: Severity) -> Callable[[Callable[..., Objection | None]], Rule]:
    """Make a rule of a function. Raises TypeError at import where a part of its page is missing."""

    def make(check: Callable[..., Objection | None]) -> Rule:
        name = check.__name__.replace("_", "-")
        page = _PAGE.fullmatch(inspect.cleandoc(check.__doc__ or ""))
        if not page or not _ID.fullmatch(name):
            raise TypeError(f"rule {name} needs a summary, a Why and a Fix, and a name of words")
        text = {part: " ".join(found.split()) for part, found in page.groupdict().items()}
        return Rule(
            name, severity, text["summary"], text["why"], text["fix"], _evidence(name, check), check
        )

    return make


def _evidence(name: str, check: Callable[..., Objection | None]) -> tuple[Any, ...]:
    """What the annotations name. They are plain names, looked up rather than evaluated: that halves the time to load the rules."""
    names = [annotation for part, annotation in check.__annotations__.items() if part != "return"]
    known = check.__globals__
    unknown = [one for one in names if isinstance(one, str) and one not in known]
    if unknown:
        raise TypeError(f"rule {name} asks for {unknown[0]}, which is no evidence")
    return tuple(known[one] if isinstance(one, str) else one for one in names)

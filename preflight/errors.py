"""What we raise. A remote host never raises anything: what it does is evidence, and ends in a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .verdict import Verdict


class PreflightError(Exception):
    """Parent of everything that preflight raises on purpose; ``str()`` is one clear sentence."""


class UsageError(PreflightError):
    """The caller asked for something that cannot be: an option, a setting, a profile."""


class SourceError(PreflightError):
    """A source of URLs cannot be read, or is of no known kind."""


class NotAcceptedError(PreflightError):
    """Some media would not be delivered, or could not be checked.

    ``verdicts`` holds every verdict of the call, in the order of its URLs.
    """

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self.verdicts = tuple(verdicts)
        bad = [verdict for verdict in self.verdicts if verdict.outcome != "accept"]
        errors = [one for verdict in bad[:1] for one in verdict.findings if one.severity == "error"]
        first = errors[0] if errors else None
        reason = f": {first.rule}: {first.message}" if first else ""
        super().__init__(f"{len(bad)} of {len(self.verdicts)} media not accepted{reason}")

    def __reduce__(self) -> tuple[type[NotAcceptedError], tuple[tuple[Verdict, ...]]]:
        # A task queue carries it from the worker to whoever waits; the message alone would not make it again.
        return type(self), (self.verdicts,)

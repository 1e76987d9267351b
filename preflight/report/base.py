"""What every report format is given, and what it must be able to do."""

from __future__ import annotations

from typing import Protocol, TextIO

from ..observation import Observation
from ..values import dataclass
from ..verdict import MessageVerdict, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts over all places: a URL that stands in two places counts twice. ``oldest_cached_s`` is an age in seconds."""

    checked: int = 0
    accepted: int = 0
    rejected: int = 0
    unknown: int = 0
    errors: int = 0
    warnings: int = 0
    ignored: int = 0
    cached: int = 0
    oldest_cached_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as a whole, known when it has ended. ``started_at`` is in seconds since the epoch, UTC.

    ``complete`` is False where it was interrupted. ``notes`` are sentences about the run itself: an expired ignore, a proxy that
    made the address checks its own. ``exit_code`` is the command's, where more than the outcomes has a say in it: ``--fail-on``, a
    source that could not be read. It is not ``final`` where the command goes on after the report, and ends as that ends.
    """

    profile: str
    started_at: float
    elapsed_s: float
    complete: bool = True
    summary: Summary = Summary()
    messages: tuple[MessageVerdict, ...] = ()
    notes: tuple[str, ...] = ()
    exit_code: int | None = None
    final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a report may look. ``width`` is in columns; on a ``terminal`` a long URL is cut in its middle; ``anchor`` is the file that findings without a place are pinned to,
    for formats that demand one, if it is below ``root``; ``summary_file`` is where GitHub wants a job summary; ``root`` is the directory that
    paths are made relative to."""

    show_secrets: bool = False
    color: bool = False
    links: bool = False
    terminal: bool = False
    width: int = 100
    verbose: int = 0
    quiet: bool = False
    thumbnails: bool = True
    anchor: str | None = None
    summary_file: str | None = None
    root: str | None = None


class Report(Protocol):
    """A report being written. ``add`` is called once a place, as verdicts finish; ``finish`` once, at the end.

    A writer keeps no more than its format needs: the streaming ones nothing, the others what they must sort or count.
    """

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Take one verdict, and what it was made from where that is at hand."""

    def finish(self, run: Run) -> None:
        """Write what is left."""


class Format(Protocol):
    """Opens a report on a text stream."""

    def __call__(self, out: TextIO, look: Look) -> Report:
        """Begin a report."""

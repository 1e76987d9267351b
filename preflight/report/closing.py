"""What a run amounts to: its outcome, its exit code, and the sentences that close a report."""

from __future__ import annotations

from ..text import printable
from ..verdict import Outcome, worst
from . import shown
from .base import Run

_FAILED = 2  # the command could not do all that it was asked for


def run_outcome(run: Run) -> Outcome:
    """The worst of all media and messages.

    A run that was cut short, or could not read all that it was given, with nothing rejected, could
    not tell.
    """
    outcomes = [message.outcome for message in run.messages]
    if run.summary.rejected:
        outcomes.append(Outcome.REJECT)
    if run.summary.unknown or not is_whole(run):
        outcomes.append(Outcome.UNKNOWN)
    return worst(outcomes)


def is_whole(run: Run) -> bool:
    """Whether all that was asked for was done: neither interrupted, nor short of a source."""
    return run.complete and run.exit_code != _FAILED


def unfinished_line(run: Run) -> str:
    """The heading of a run that is not whole, in which nothing was rejected."""
    s = run.summary
    if s.unknown:
        so_far = f"{s.unknown:,} of {s.checked:,} so far could not be told"
    else:
        so_far = f"{s.accepted:,} {'was' if s.accepted == 1 else 'were'} good so far"
    return f"Not everything was checked; {so_far}"


def exit_code(run: Run) -> int:
    """The exit code of the command, where the run does not say: contract's 0, 1, 3 and 130."""
    if run.exit_code is not None:
        return run.exit_code
    if not run.complete:
        return 130
    return {Outcome.ACCEPT: 0, Outcome.REJECT: 1, Outcome.UNKNOWN: 3}[run_outcome(run)]


def counts_line(run: Run) -> str:
    """One sentence of counts: what was checked, and what came of it."""
    s = run.summary
    by_outcome = ((s.rejected, "rejected"), (s.unknown, "unknown"), (s.accepted, "accepted"))
    outcomes = ", ".join(f"{number:,} {word}" for number, word in by_outcome if number)
    found = f"{shown.count(s.errors, 'error')}, {shown.count(s.warnings, 'warning')}"
    ignored = f", {shown.count(s.ignored, 'finding')} ignored" if s.ignored else ""
    return f"{s.checked:,} checked: {outcomes or 'nothing'} ({found}{ignored})"


def facts_line(run: Run) -> str:
    """Under which profile, in what time, and how much of it was not fetched now."""
    s = run.summary
    line = f"profile {printable(run.profile)}, {run.elapsed_s:.1f} s"
    if s.cached:
        oldest = (
            "" if s.oldest_cached_s is None else f", the oldest {shown.age(s.oldest_cached_s)} old"
        )
        line += f", {s.cached:,} from cache{oldest}"
    return line


def exit_line(run: Run) -> str:
    """What the exit code means, in one sentence; the meaning alone where the command goes on."""
    code = exit_code(run)
    meaning = {
        0: "everything was accepted" if run.summary.checked else "nothing was checked",
        1: "rejected media will not be delivered; do not send them yet"
        if run.summary.rejected or any(m.outcome is Outcome.REJECT for m in run.messages)
        else "nothing was rejected, but there are findings at or above --fail-on",
        3: "nothing was rejected, but something could not be told, and unknown never sends",
        _FAILED: "not everything could be checked; standard error says why",
        130: "interrupted; this is only what had finished by then",
    }
    says = meaning.get(code, "the run itself failed")
    if not run.complete and code not in (_FAILED, 130):
        says = meaning[130]
    return f"exit code {code}: {says}" if run.final else says

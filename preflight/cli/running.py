"""The reports of a run, and its exit code; shared by check, judge, demo and send."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ..errors import PreflightError, SourceError
from ..judging import judge, judge_message
from ..message import Message
from ..observation import Observation
from ..profile import Profile
from ..report import Look, Report, Run, Summary, open_report
from ..rules import MESSAGE_RULES, RULES, Rule
from ..verdict import MessageVerdict, Outcome, Severity, Verdict, worst
from .ignores import Ignoring
from .jobs import selection_from
from .loop import INTERRUPTED
from .outputs import opened, outputs, summary_file
from .overrides import Overrides
from .settings import Settings

ACCEPTED, REJECTED, FAILED, UNKNOWN = 0, 1, 2, 3


@dataclass(slots=True)
class Reports:
    """The reports of one run, and what is counted for the exit code; ``final`` where the command ends with it."""

    reports: list[Report]
    profile: Profile
    final: bool = True
    fail_on: str = "error"
    ignoring: Ignoring | None = None
    overrides: Overrides | None = None
    rules: Sequence[Rule] = RULES
    message_rules: Sequence[Rule] = MESSAGE_RULES
    messages: Sequence[Message] = ()
    judged: Sequence[MessageVerdict] = ()
    record: Callable[[Observation], None] | None = None
    notes: list[str] = field(default_factory=list)
    streams: list[TextIO] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    started_at: float = field(default_factory=time.time)
    oldest_cached_s: float | None = None
    _counts: Counter[Outcome | Severity] = field(default_factory=Counter)
    _ignored: int = 0
    _cached: int = 0
    _clock: float = field(default_factory=time.monotonic)

    def take(self, observation: Observation) -> Verdict:
        """Judge an observation and hand the verdict to every report."""
        if self.record is not None:
            self.record(observation)
        url = observation.target.url
        profile = self.overrides.profile(url) if self.overrides else self.profile
        ignore = self.ignoring.at_url(url) if self.ignoring else None
        verdict = judge(observation, profile, self.rules, ignore)
        self.add(verdict, observation)
        return verdict

    def receive(self, verdict: Verdict, observation: Observation | None) -> None:
        """Take what was judged elsewhere."""
        if self.record is not None and observation is not None:
            self.record(observation)
        self.add(verdict, observation)

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Count a verdict and hand it to every report."""
        self._counts[verdict.outcome] += 1
        for finding in verdict.findings:
            self._counts[finding.severity] += 1
        if verdict.ignored:
            self._ignored += len(verdict.ignored)
        if verdict.from_cache_s is not None:
            self._cached += 1
            self.oldest_cached_s = max(self.oldest_cached_s or 0.0, verdict.from_cache_s)
        if self.messages:
            self.verdicts[verdict.url] = verdict
        for report in self.reports:
            report.add(verdict, observation)

    def flush(self) -> None:
        """Let go of what was written so far."""
        for stream in self.streams:
            stream.flush()

    def finish(self, *, complete: bool = True, code: int | None = None) -> int:
        """Close every report; the exit code of the run, which they state. ``code`` is that of a command that could not go on."""
        judged = self.judged = [self._judge_message(message) for message in self.messages]
        if code is None:
            code = self._exit_code(judged) if complete else INTERRUPTED
        run = Run(
            profile=self.profile.name, started_at=self.started_at, elapsed_s=time.monotonic() - self._clock,
            complete=complete, summary=self.summary(judged), messages=tuple(judged),
            notes=tuple(self.notes + (self.ignoring.notes() if self.ignoring else [])), exit_code=code,
            final=self.final,
        )  # fmt: skip
        for report in self.reports:
            report.finish(run)
        return code

    def fail(self, why: str, *, complete: bool = True) -> None:
        """Close every report of a run that cannot do all that it was asked for, so that nothing that was judged is lost."""
        self.notes.append(why)
        self.finish(complete=complete, code=FAILED)

    @contextmanager
    def broken_off(self) -> Iterator[None]:
        """Where a source breaks off, or cannot be opened, nothing that was judged is lost."""
        try:
            yield
        except PreflightError as error:
            if self._counts.total():
                self.fail(str(error), complete=False)
            raise

    def end(
        self, what: str, empty: Sequence[str], *, seen: int, complete: bool, allow_empty: bool
    ) -> int:
        """Close every report once the sources are read; the exit code.

        A list that came out empty is a mistake of whoever made it, beside full ones as well as alone: raises SourceError, after the
        reports of what the others held. ``seen`` is how much that was.
        """
        if not complete or allow_empty or not empty:
            return self.finish(complete=complete)
        raise self._without(what, empty, seen)

    def _without(self, what: str, names: Sequence[str], seen: int) -> SourceError:
        listed = ", ".join("standard input" if name == "-" else name for name in names)
        nothing = f"{listed} {'holds' if len(names) == 1 else 'hold'} no {what}"
        if seen:
            self.fail(nothing)
        return SourceError(f"{nothing}; if that may be, say --allow-empty")

    def _judge_message(self, message: Message) -> MessageVerdict:
        ignore = self.ignoring.in_message(message) if self.ignoring else None
        media = [self.verdicts[url] for url in message.urls() if url in self.verdicts]
        return judge_message(message, media, self.profile, self.message_rules, ignore)

    def summary(self, messages: Sequence[MessageVerdict] = ()) -> Summary:
        """The counts so far."""
        counts = self._counts + Counter(one.severity for each in messages for one in each.findings)
        return Summary(
            checked=sum(counts[outcome] for outcome in Outcome),
            accepted=counts[Outcome.ACCEPT], rejected=counts[Outcome.REJECT], unknown=counts[Outcome.UNKNOWN],
            errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING],
            ignored=self._ignored + sum(len(message.ignored) for message in messages),
            cached=self._cached, oldest_cached_s=self.oldest_cached_s,
        )  # fmt: skip

    def _exit_code(self, messages: Sequence[MessageVerdict]) -> int:
        summary = self.summary(messages)
        outcome = worst([message.outcome for message in messages])
        if (
            summary.rejected
            or outcome is Outcome.REJECT
            or (self.fail_on == "warning" and summary.warnings)
        ):
            return REJECTED
        return UNKNOWN if summary.unknown or outcome is Outcome.UNKNOWN else ACCEPTED


@contextmanager
def reports_from(
    settings: Settings, profile: Profile, verbose: int = 0, quiet: bool = False,
    *, record: str | None = None, read: Iterable[str] = (),
) -> Iterator[Reports]:  # fmt: skip
    """Open the reports that the settings ask for. Raises UsageError for what cannot be opened, before anything is fetched.

    ``record`` is what else is written, and ``read`` what the run reads: no report goes there.
    """
    with ExitStack() as stack:
        reports, streams = [], []
        for one in outputs(settings, record, read):
            out = sys.stdout if one.path is None else stack.enter_context(opened(one.path))
            streams.append(out)
            reports.append(open_report(one.format, out, _look(out, settings, verbose, quiet)))
        yield Reports(
            reports, profile, fail_on=settings["fail-on"], rules=selection_from(settings),
            message_rules=selection_from(settings, MESSAGE_RULES), ignoring=_ignoring(settings),
            overrides=Overrides(profile, settings.overrides) if settings.overrides else None, streams=streams,
        )  # fmt: skip


def _ignoring(settings: Settings) -> Ignoring | None:
    path = settings.values.get("baseline")
    if not settings.ignores and path is None:
        return None
    from .baseline_file import read

    baseline = read(path) if path is not None else None
    return Ignoring(settings.ignores, datetime.now(UTC).date(), baseline)


def _look(out: TextIO, settings: Settings, verbose: int, quiet: bool) -> Look:
    """How a report on this stream may look: a file is no terminal, wherever else the run writes."""
    terminal = out.isatty()
    color = colored(terminal)
    return Look(
        show_secrets=settings["show-secrets"], color=color, links=color and terminal, terminal=terminal, verbose=verbose, quiet=quiet,
        width=columns() if terminal else 100,
        summary_file=summary_file(), root=str(Path.cwd()),
        anchor=str(settings.path) if settings.path else None, thumbnails=not settings["no-thumbnails"],
    )  # fmt: skip


def columns() -> int:
    """The width of the terminal."""
    from shutil import get_terminal_size  # loads three packers

    return get_terminal_size((100, 24)).columns


def colored(terminal: bool) -> bool:
    """NO_COLOR, then FORCE_COLOR, then the terminal and TERM decide (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") not in (None, "", "0"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"

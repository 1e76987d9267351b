"""From settings to a run: the job, the reports, and the exit code; shared by check, judge, demo and send."""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import UsageError
from ..judge import judge, judge_message
from ..message import Message
from ..observation import Observation
from ..profile import Profile, load, nearest
from ..report import Look, Report, Run, Summary, open_report
from ..rules import BY_ID, MESSAGE_RULES, RULES, Rule
from ..target import Target
from ..verdict import MessageVerdict, Outcome, Severity, Verdict, worst
from ..wire.address import networks
from .baseline_file import read as read_baseline
from .ignores import Ignoring
from .overrides import Overrides
from .settings import Settings

if TYPE_CHECKING:
    from ..audit import Job

ACCEPTED, REJECTED, UNKNOWN, INTERRUPTED = 0, 1, 3, 130


def verify(settings: Settings) -> None:
    """Raise UsageError for settings of a fetch that cannot be, before anything is loaded or fetched."""
    from ..wire.proxy import proxy_for

    for name in ("jobs", "per-host"):
        if settings[name] < 1:
            raise UsageError(f"--{name} must be 1 or more")
    timeout = settings["timeout"]
    if settings["retries"] < 0 or (timeout is not None and not 0 < timeout < math.inf):
        raise UsageError("--retries must not be negative, and --timeout must be more than 0")
    for scheme in ("http", "https"):
        proxy_for(settings["proxy"], scheme)
    if settings["cafile"] is not None:
        from ..wire.tls import client_context

        client_context(settings["cafile"])
    _rate(settings["rate"])
    networks(settings["allow-network"])
    for text in settings["header"]:
        _header(text)


def job_from(settings: Settings) -> Job:
    """The job that the settings ask for. Raises UsageError."""
    verify(settings)
    profile = known_profile(settings["profile"])
    fetching = Overrides(profile, settings.overrides).fetching() if settings.overrides else profile
    # what fetches and examines is loaded here, so that everything else starts without it
    from ..audit import Job, Pace
    from ..observe import Depth
    from ..wire.settings import FetchSettings

    depth = (
        Depth.QUICK
        if settings["quick"]
        else Depth.DEEP
        if settings["deep"] or profile.fetch.deep
        else Depth.DEFAULT
    )
    return Job(
        fetch=FetchSettings(
            profile=fetching, allow_networks=networks(settings["allow-network"]),
            total_s=settings["timeout"] or profile.fetch.timeout_s, headers=tuple(_header(text) for text in settings["header"]),
            proxy=settings["proxy"], cafile=settings["cafile"],
        ),
        depth=depth, thumbnails=_wants_thumbnails(settings),
        pace=Pace(
            jobs=settings["jobs"], per_host=settings["per-host"], rate=_rate(settings["rate"]), retries=settings["retries"]
        ),
    )  # fmt: skip


def _wants_thumbnails(settings: Settings) -> bool:
    """Only the html report shows them, and then only where nobody said not to."""
    html = any(one.partition("=")[0] == "html" for one in settings["format"])
    return html and not settings["no-thumbnails"]


def _header(text: str) -> tuple[str, str]:
    from ..wire.connect import forbidden_in_header

    name, colon, value = text.partition(":")
    if (
        not colon
        or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        or forbidden_in_header(value)
    ):
        raise UsageError("--header must look like 'Name: value', without line ends")
    if name.lower() in ("host", "content-length", "transfer-encoding", "connection"):
        raise UsageError(f"--header cannot set {name}; it belongs to the connection")
    return name, value.strip()


def _rate(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/(s|m|min|h))?", text)
    if not match or not float(match[1]):
        raise UsageError(f"--rate must look like 5/s, not {text!r}")
    return float(match[1]) / {"s": 1, "m": 60, "min": 60, "h": 3600}[match[2] or "s"]


def known_profile(name: str) -> Profile:
    """A profile whose severities name rules that there are. Raises UsageError."""
    profile = load(name)
    for rule in profile.severities:
        if rule not in BY_ID:
            raise UsageError(
                f"profile {profile.name!r}: there is no rule {rule!r}{nearest(rule, list(BY_ID))}"
            )
    return profile


def selection_from(settings: Settings, rules: Sequence[Rule] = RULES) -> Sequence[Rule]:
    """Those of ``rules`` that the settings leave. Raises UsageError for a rule that there is not."""
    for name in ("select", "ignore"):
        for rule in settings[name]:
            if rule not in BY_ID:
                raise UsageError(f"--{name}: there is no rule {rule!r}{nearest(rule, list(BY_ID))}")
    chosen, without = settings["select"], settings["ignore"]
    if not chosen and not without:
        return rules
    return tuple(
        rule for rule in rules if (not chosen or rule.id in chosen) and rule.id not in without
    )


# Reports


@dataclass(slots=True)
class Reports:
    """The reports of one run, and what is counted for the exit code."""

    reports: list[Report]
    profile: Profile
    fail_on: str = "error"
    ignoring: Ignoring | None = None
    overrides: Overrides | None = None
    rules: Sequence[Rule] = RULES
    message_rules: Sequence[Rule] = MESSAGE_RULES
    messages: Sequence[Message] = ()
    judged: Sequence[MessageVerdict] = ()
    record: Callable[[Observation], None] | None = None
    notes: list[str] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    started_at: float = field(default_factory=time.time)
    oldest_cached_s: float | None = None
    _counts: dict[str, int] = field(default_factory=dict)
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
        self._count("checked")
        self._count(verdict.outcome.value)
        for finding in verdict.findings:
            self._count(finding.severity.value)
        self._count("ignored", len(verdict.ignored))
        if verdict.from_cache_s is not None:
            self._count("cached")
            self.oldest_cached_s = max(self.oldest_cached_s or 0.0, verdict.from_cache_s)
        if self.messages:
            self.verdicts[verdict.url] = verdict
        for report in self.reports:
            report.add(verdict, observation)

    def finish(self, *, complete: bool = True) -> int:
        """Close every report; the exit code of the run."""
        judged = self.judged = [self._judge_message(message) for message in self.messages]
        run = Run(
            profile=self.profile.name, started_at=self.started_at, elapsed_s=time.monotonic() - self._clock,
            complete=complete, summary=self.summary(judged), messages=tuple(judged),
            notes=tuple(self.notes + (self.ignoring.notes() if self.ignoring else [])),
        )  # fmt: skip
        for report in self.reports:
            report.finish(run)
        return INTERRUPTED if not complete else self._exit_code(judged)

    def _judge_message(self, message: Message) -> MessageVerdict:
        ignore = self.ignoring.in_message(message) if self.ignoring else None
        media = [self.verdicts[url] for url in message.urls() if url in self.verdicts]
        return judge_message(message, media, self.profile, self.message_rules, ignore)

    def summary(self, messages: Sequence[MessageVerdict] = ()) -> Summary:
        """The counts so far."""
        count = self._counts.get
        extra = [finding for message in messages for finding in message.findings]
        return Summary(
            checked=count("checked", 0), accepted=count("accept", 0), rejected=count("reject", 0), unknown=count("unknown", 0),
            errors=count("error", 0) + sum(one.severity is Severity.ERROR for one in extra),
            warnings=count("warning", 0) + sum(one.severity is Severity.WARNING for one in extra),
            ignored=count("ignored", 0) + sum(len(message.ignored) for message in messages),
            cached=count("cached", 0), oldest_cached_s=self.oldest_cached_s,
        )  # fmt: skip

    def _count(self, name: str, number: int = 1) -> None:
        self._counts[name] = self._counts.get(name, 0) + number

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
    settings: Settings, profile: Profile, look: Look | None = None
) -> Iterator[Reports]:
    """Open the reports that the settings ask for. Raises UsageError for what cannot be opened, before anything is fetched."""
    with ExitStack() as stack:
        reports = []
        wanted = list(settings["format"]) or ["text"]
        plain = [one for one in wanted if "=" not in one]
        if len(plain) > 1:
            raise UsageError(
                f"only one format can go to the output; write the others as {plain[1]}=FILE"
            )
        files = [_file_of(one, settings["output"]) for one in wanted]
        if not plain and settings.origins["output"] == "--output":
            raise UsageError("--output has nothing to write: each format names a file of its own")
        for name, path in zip([one.partition("=")[0] for one in wanted], files, strict=True):
            if path and path != "-" and files.count(path) > 1:
                raise UsageError(f"two reports cannot go to one file, {path!r}")
            out = stack.enter_context(_open(path)) if path and path != "-" else sys.stdout
            reports.append(open_report(name, out, look or look_for(out, settings)))
        yield Reports(
            reports, profile, fail_on=settings["fail-on"], rules=selection_from(settings),
            message_rules=selection_from(settings, MESSAGE_RULES), ignoring=_ignoring(settings),
            overrides=Overrides(profile, settings.overrides) if settings.overrides else None,
        )  # fmt: skip


def _ignoring(settings: Settings) -> Ignoring | None:
    path = settings.values.get("baseline")
    if not settings.ignores and path is None:
        return None
    baseline = read_baseline(path) if path is not None else None
    return Ignoring(settings.ignores, datetime.now(UTC).date(), baseline)


def _file_of(form: str, output: str | None) -> str | None:
    """Where one ``--format`` goes: the file that it names, else that of ``--output``, else None."""
    _, equals, file = form.partition("=")
    return file if equals else output


def _open(path: str) -> TextIO:
    try:
        return Path(path).open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write to {path!r}: {error.strerror}") from None


def look_for(out: TextIO, settings: Settings, verbose: int = 0, quiet: bool = False) -> Look:
    """How a report on this stream may look."""
    terminal = out.isatty()
    color = colored(terminal)
    return Look(
        show_secrets=settings["show-secrets"], color=color, links=color and terminal, verbose=verbose, quiet=quiet,
        width=shutil.get_terminal_size((100, 24)).columns if terminal else 100,
        summary_file=os.environ.get("GITHUB_STEP_SUMMARY") or None, root=str(Path.cwd()),
        anchor=str(settings.path) if settings.path else None, thumbnails=not settings["no-thumbnails"],
    )  # fmt: skip


def colored(terminal: bool) -> bool:
    """NO_COLOR, then FORCE_COLOR, then the terminal and TERM decide (no-color.org, force-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") not in (None, "", "0"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


# Running


def run_loop(work: Coroutine[Any, Any, int], *, plain: bool = False) -> int:
    """Run on the fastest loop there is, or on asyncio's ``plain`` one, for libraries that need it. The first Ctrl-C (or SIGTERM) cancels the work, the second one ends the process."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if not plain:
        with suppress(ImportError):
            import uvloop

            factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(_interruptible(work))


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            os._exit(INTERRUPTED)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, interrupt)
        except (NotImplementedError, RuntimeError, ValueError):
            break
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED


Targets = Iterable[Target] | AsyncIterable[Target]

"""``preflight check``: observe, judge, report."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from .. import recording
from .._version import __version__
from ..errors import PreflightError, SourceError, UsageError
from ..manifest import FORMS, Options, is_url, read
from ..message import Message
from ..observation import Observation
from ..report import Report
from ..target import Target
from ..wire.address import networks
from . import offline
from .jobs import job_from, known_profile, verify
from .loop import run_loop
from .options import options, verbosity
from .running import Reports, look_for, reports_from
from .settings import Settings, resolve
from .settings_table import BASELINE, FETCHING, JUDGING, REPORTING, SCALING

_SETTINGS = (*FETCHING, *JUDGING, *BASELINE, *SCALING, *REPORTING)


def source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how sources are read, for every command that takes some."""
    decorators = (
        click.option(
            "--from-format",
            type=click.Choice(FORMS),
            help="Read the sources as this, instead of recognising them.",
        ),
        click.option("--column", help="The column of a CSV file that holds the URLs."),
        click.option("--field", help="The path in JSON that holds the URLs, such as items[].url."),
        click.option(
            "--base-url",
            metavar="URL",
            help="What relative URLs and the keys of an inventory are joined to.",
        ),
        click.option("--allow-empty", is_flag=True, help="A source without any URL is no error."),
        click.option("--no-progress", is_flag=True, help="No progress line on standard error."),
    )
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


@click.command("check")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@options(*_SETTINGS)
@source_options
@click.option(
    "--record", metavar="FILE", help="Keep what was seen, to be judged again with preflight judge."
)
@click.option(
    "--offline",
    is_flag=True,
    help="No network: judge URLs, literal addresses, extensions and messages only.",
)
@click.option(
    "--show-settings", is_flag=True, help="Print every setting and where it came from, and end."
)
@verbosity
def command(sources: tuple[str, ...], **given: Any) -> int:
    """Check media URLs the way the gateway will fetch them.

    A SOURCE is a URL, a file that holds URLs, or - for standard input.

    \b
    preflight check https://cdn.example.com/a.jpg
    preflight check media.txt --quick -f jsonl -o verdicts.jsonl
    preflight check campaign.csv --column image -f sarif=media.sarif -f junit=media.xml
    preflight check messages.toml --offline
    """
    settings = resolve(given, _SETTINGS)
    if given["show_settings"]:
        return _show(settings)
    return audit(sources, settings, given)


def audit(
    sources: tuple[str, ...],
    settings: Settings,
    given: Mapping[str, Any],
    only: Report | None = None,
) -> int:
    """Check what the sources hold, and report; to ``only`` alone where it is given. The exit code."""
    if not sources:
        raise UsageError("name at least one SOURCE: a URL, a file, or - for standard input")
    verify(settings)
    if given.get("offline"):
        return _offline(sources, settings, given)
    from . import scaling  # with everything that fetches
    from .progress import Progress

    job = job_from(settings)
    scale = scaling.scale_from(settings)
    quiet, verbose = bool(given.get("quiet")), given.get("verbose", 0)
    look = look_for(sys.stdout, settings, verbose, quiet)
    with ExitStack() as stack:
        profile = known_profile(settings["profile"])
        reports = stack.enter_context(reports_from(settings, profile, look))
        if only is not None:
            reports.reports = [only]
        if given.get("record"):
            reports.record = _recorder(stack, given["record"], settings, profile.name)
        if job.fetch.proxy:
            reports.notes.append(_PROXIED)
        entries = _Entries(sources, given)
        total = scaling.Total(sources)
        shown = not (given["no_progress"] or quiet)
        progress = stack.enter_context(Progress(enabled=shown, verbose=bool(verbose), total=total))

        async def work() -> int:
            progress.start()
            others = {"sources": sources, "read": entries.options, "form": given["from_format"]}
            checked = scaling.audit(
                scale, settings, job, reports, total.counted(entries.targets(reports)),
                stream=scaling.blocks(sources), each=progress.step, others=others,
            )  # fmt: skip
            return await _finished(checked, progress.close, reports, entries, given)

        return run_loop(work(), plain=scale.name == "dask")


_PROXIED = "the media was fetched through a proxy; which addresses may be reached was the proxy's to decide"


def _recorder(
    stack: ExitStack, path: str, settings: Settings, profile: str
) -> Callable[[Observation], None]:
    """Writes each observation to a file, which is opened now."""
    out, secret = stack.enter_context(_open_record(path)), settings["show-secrets"]

    def record(observation: Observation) -> None:
        out.write(
            recording.dump(observation, version=__version__, profile=profile, show_secrets=secret)
        )

    return record


async def _finished(
    checked: Awaitable[None], close: Callable[[], None], reports: Reports, entries: _Entries, given: Mapping[str, Any]
) -> int:  # fmt: skip
    """Wait for a run, and close its reports: whole, cut short, or with what there was before its source broke off."""
    complete = True
    try:
        await checked
    except asyncio.CancelledError:
        complete = False
    except PreflightError:
        close()
        if entries.seen:
            reports.finish(complete=False)  # nothing that was judged is lost
        raise
    close()
    return _finish(reports, entries, complete=complete, allow_empty=given["allow_empty"])


def _offline(sources: tuple[str, ...], settings: Settings, given: Mapping[str, Any]) -> int:
    """The same without a loop, so that not even the loop's own sockets are opened."""
    if given["record"]:
        raise UsageError("--offline sees nothing that --record could keep")
    allowed = networks(settings["allow-network"])
    entries = _Entries(sources, given)
    look = look_for(sys.stdout, settings, given["verbose"], given["quiet"])
    with reports_from(settings, known_profile(settings["profile"]), look) as reports:
        reports.rules = offline.rules(reports.rules)
        reports.message_rules = offline.message_rules(reports.message_rules)
        reports.notes.append(offline.NOTE)
        complete = True
        try:
            for target in entries.targets(reports):
                reports.take(offline.observe(target, allowed))
        except KeyboardInterrupt:
            complete = False
        except PreflightError:
            if entries.seen:
                reports.finish(complete=False)
            raise
        return _finish(reports, entries, complete=complete, allow_empty=given["allow_empty"])


def _finish(reports: Reports, entries: _Entries, *, complete: bool, allow_empty: bool) -> int:
    if complete and not entries.seen and not allow_empty:
        raise SourceError(f"{entries.names()} holds no URL; if that may be, say --allow-empty")
    return reports.finish(complete=complete)


class _Entries:
    """What the sources hold: their targets one by one, and their messages kept for the end."""

    def __init__(self, sources: tuple[str, ...], given: Mapping[str, Any]) -> None:
        self._sources = sources
        self._form: str | None = given["from_format"]
        self.options = Options(
            base_url=given["base_url"], column=given["column"], field=given["field"]
        )
        self.seen = 0

    def names(self) -> str:
        """The sources, for a sentence."""
        return ", ".join("standard input" if source == "-" else source for source in self._sources)

    def targets(self, reports: Reports) -> Iterator[Target]:
        """Every target in the order of the sources; messages go to ``reports``."""
        messages: list[Message] = []
        reports.messages = messages
        for source in self._sources:
            for entry in self._entries(source):
                for target in _targets_of(entry, messages):
                    self.seen += 1
                    yield target

    def _entries(self, source: str) -> Iterable[Target | Message]:
        if self._form is None and (is_url(source) or "://" in source) and not Path(source).exists():
            return [Target(url=source)]
        return read(source, form=self._form, options=self.options)


def _targets_of(entry: Target | Message, messages: list[Message]) -> Iterator[Target]:
    if isinstance(entry, Target):
        yield entry
        return
    messages.append(entry)
    for slide in entry.slides:
        for media in slide.media:
            yield Target(url=media.url, source=media.source)


def _open_record(path: str) -> Any:
    try:
        file = Path(path)
        file.touch(mode=0o600)
        return file.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write to {path!r}: {error.strerror}") from None


def _show(settings: Settings) -> int:
    width = max(len(name) for name in settings.values)
    for name, value in settings.values.items():
        shown = " ".join(value) if isinstance(value, tuple) else "" if value is None else value
        if name in ("proxy", "header") and value:
            shown = "***"
        click.echo(f"{name:<{width}}  {shown!s:<24}  {settings.origins[name]}")
    for table, count in (("[[ignore]]", settings.ignores), ("[[override]]", settings.overrides)):
        if count:
            click.echo(f"{table:<{width}}  {len(count)!s:<24}  {settings.path}")
    return 0

"""``preflight check``: observe, judge, report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .._version import __version__
from ..errors import UsageError
from ..observation import Observation
from ..report import Report
from ..wire.address import networks
from .jobs import job_from, known_profile, verify
from .loop import Interrupts, run_loop
from .options import NAMED, options, verbosity
from .outputs import opened_record
from .running import Reports, reports_from
from .settings import Settings, resolve
from .settings_table import BASELINE, EVERY, FETCHING, JUDGING, REPORTING, SCALING
from .sources import Sources, source_options

if TYPE_CHECKING:
    from . import extent
    from .progress import Progress

_SETTINGS = (*FETCHING, *JUDGING, *BASELINE, *SCALING, *REPORTING)
_PROXIED = "the media was fetched through a proxy; which addresses may be reached was the proxy's to decide"


@click.command("check")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@options(*_SETTINGS)
@source_options
@click.option(
    "--record",
    type=NAMED,
    metavar="FILE",
    help="Keep what was seen, to be judged again with preflight judge.",
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
    names: tuple[str, ...],
    settings: Settings,
    given: Mapping[str, Any],
    only: Report | None = None,
) -> int:
    """Check what the sources hold, and report; to ``only`` alone where it is given. The exit code."""
    if not names:
        raise UsageError("name at least one SOURCE: a URL, a file, or - for standard input")
    sources = Sources(names, given)
    if given.get("offline"):
        return _offline(sources, settings, given)
    from . import auditing, extent, scaling  # with everything that fetches

    job, scale = job_from(settings), scaling.scale_from(settings, names)
    with _reports(sources, settings, given) as reports:
        if only is not None:
            reports.reports = [only]
        if job.fetch.proxy:
            reports.notes.append(_PROXIED)
        scale = scaling.manned(scale)
        total = extent.Total(names)

        async def work() -> int:
            complete = True
            with reports.broken_off(), _progress(given, total) as progress:
                targets = total.counted(sources.targets())
                others = {"sources": names, "read": sources.options, "form": sources.form}
                try:
                    await auditing.audit(
                        scale, settings, job, reports, targets,
                        stream=extent.blocks(names), each=progress.step, others=others,
                    )  # fmt: skip
                except asyncio.CancelledError:
                    complete = False
            return _finish(reports, sources, complete=complete, allow_empty=given["allow_empty"])

        return run_loop(work(), plain=scale.name == "dask")


def _offline(sources: Sources, settings: Settings, given: Mapping[str, Any]) -> int:
    """The same without a loop, so that not even the loop's own sockets are opened."""
    from . import offline

    if given["record"]:
        raise UsageError("--offline sees nothing that --record could keep")
    verify(settings)
    allowed = networks(settings["allow-network"])
    with _reports(sources, settings, given) as reports, Interrupts() as interrupts:
        reports.rules = offline.rules(reports.rules)
        reports.message_rules = offline.message_rules(reports.message_rules)
        reports.notes.append(offline.NOTE)
        with reports.broken_off():
            for target in interrupts.until_one(sources.targets()):
                reports.take(offline.observe(target, allowed))
        complete = not interrupts.heard
        return _finish(reports, sources, complete=complete, allow_empty=given["allow_empty"])


@contextmanager
def _reports(sources: Sources, settings: Settings, given: Mapping[str, Any]) -> Iterator[Reports]:
    """The reports of a check, which end with the messages, and the record where one is asked for."""
    profile = known_profile(settings["profile"])
    verbose, quiet = given.get("verbose", 0), bool(given.get("quiet"))
    opened = reports_from(
        settings, profile, verbose, quiet, record=given.get("record"), read=sources.names
    )
    with opened as reports, ExitStack() as files:
        reports.messages = sources.messages
        if given.get("record"):
            out = files.enter_context(opened_record(given["record"]))
            reports.record = _recorder(out, reports.profile.name, settings["show-secrets"])
        yield reports


def _recorder(out: BinaryIO, profile: str, show_secrets: bool) -> Callable[[Observation], None]:
    from .. import recording

    def record(observation: Observation) -> None:
        out.write(
            recording.dump(
                observation, version=__version__, profile=profile, show_secrets=show_secrets
            )
        )

    return record


@contextmanager
def _progress(given: Mapping[str, Any], total: extent.Total) -> Iterator[Progress]:
    """Progress on the running loop, where it may be shown."""
    from .progress import Progress

    shown = not (given["no_progress"] or given.get("quiet"))
    with Progress(enabled=shown, verbose=bool(given.get("verbose")), total=total) as progress:
        progress.start()
        yield progress


def _finish(reports: Reports, sources: Sources, *, complete: bool, allow_empty: bool) -> int:
    return reports.end("URL", sources.empty, seen=sources.seen, complete=complete, allow_empty=allow_empty)  # fmt: skip


def _show(settings: Settings) -> int:
    width = max(len(name) for name in settings.values)
    for name, value in settings.values.items():
        shown = " ".join(value) if isinstance(value, tuple) else "" if value is None else value
        if EVERY[name].private and value:
            shown = "***"
        click.echo(f"{name:<{width}}  {shown!s:<24}  {settings.origins[name]}")
    for table, count in (("[[ignore]]", settings.ignores), ("[[override]]", settings.overrides)):
        if count:
            click.echo(f"{table:<{width}}  {len(count)!s:<24}  {settings.path}")
    return 0

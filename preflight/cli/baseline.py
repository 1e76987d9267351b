"""``preflight baseline``: accept today's findings, so that only new ones fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..observation import Observation
from ..report import Run
from ..text import mask_url, printable
from ..verdict import Finding, Outcome, Verdict
from .baseline_file import Entry, belongs, message_place, read, writable, write
from .check import audit
from .loop import INTERRUPTED
from .options import options
from .outputs import spared
from .settings import resolve
from .settings_table import FETCHING, JUDGING, REPORTING, Setting
from .sources import source_options

_SETTINGS: tuple[Setting, ...] = (*FETCHING, *JUDGING)
# a baseline is no report, but check's body asks how one would look
_PLAIN = {setting.name: setting.default for setting in REPORTING}


class _Collector:
    """A report that keeps what a baseline is about."""

    def __init__(self) -> None:
        self.entries: set[Entry] = set()
        self.open: set[str] = set()

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Take one verdict."""
        place = mask_url(verdict.url)
        if verdict.outcome is Outcome.UNKNOWN or any(one.unknown for one in verdict.findings):
            self.open.add(place)
        self._keep(place, verdict.findings)

    def finish(self, run: Run) -> None:
        """Take the messages."""
        for message in run.messages:
            urls = [verdict.url for verdict in message.media]
            place = message_place(message.mms_id, urls)
            # what is said of a message depends on what was seen of all its media
            if message.outcome is Outcome.UNKNOWN or any(
                mask_url(url) in self.open for url in urls
            ):
                self.open.add(place)
            self._keep(place, message.findings)

    def _keep(self, place: str, findings: tuple[Finding, ...]) -> None:
        self.entries |= {Entry(place, one.rule) for one in findings if belongs(one)}


@click.group("baseline")
def command() -> None:
    """Accept today's findings, so that only new ones fail.

    \b
    preflight baseline create baseline.jsonl media.txt
    preflight check media.txt --baseline baseline.jsonl
    preflight baseline prune baseline.jsonl media.txt
    """


@command.command("create")
@click.argument("file")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@options(*_SETTINGS)
@source_options
def create(file: str, sources: tuple[str, ...], **given: Any) -> int:
    """Check the sources, and write every certain finding into FILE, which is replaced.

    \b
    preflight baseline create baseline.jsonl media.txt --quick
    """
    spared([file], sources)
    writable(file)
    found = _Collector()
    if _collect(found, sources, given) == INTERRUPTED:
        return INTERRUPTED
    write(file, found.entries)
    click.echo(f"{printable(file)}: {_count(len(found.entries))}")
    _say_open(found)
    return 0


@command.command("prune")
@click.argument("file")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@options(*_SETTINGS)
@source_options
def prune(file: str, sources: tuple[str, ...], **given: Any) -> int:
    """Check the sources, and take out of FILE what is no longer found. What could not be checked now stays.

    \b
    preflight baseline prune baseline.jsonl media.txt
    """
    known = read(file).entries
    writable(file)
    found = _Collector()
    if _collect(found, sources, given) == INTERRUPTED:
        return INTERRUPTED
    kept = {entry for entry in known if entry in found.entries or entry.place in found.open}
    write(file, kept)
    click.echo(f"{printable(file)}: {_count(len(known) - len(kept))} taken out, {len(kept)} left")
    _say_open(found)
    return 0


def _collect(found: _Collector, sources: tuple[str, ...], given: Mapping[str, Any]) -> int:
    settings = resolve(given, _SETTINGS)
    settings.values.update(_PLAIN)
    settings.origins.update(dict.fromkeys(_PLAIN, "default"))
    return audit(sources, settings, given, only=found)


def _say_open(found: _Collector) -> None:
    if found.open:
        click.echo(
            f"preflight: warning: {len(found.open)} could not be told, and a baseline holds only what is certain",
            err=True,
        )


def _count(number: int) -> str:
    return f"{number} finding{'' if number == 1 else 's'}"

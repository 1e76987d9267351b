"""``preflight judge``: judge recorded observations again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from .. import recording
from ..errors import SourceError
from ..observation import Observation
from .jobs import known_profile
from .loop import Interrupts
from .options import options, verbosity
from .running import reports_from
from .settings import resolve
from .settings_table import BASELINE, EVERY, JUDGING, REPORTING

_SETTINGS = (EVERY["profile"], *JUDGING, *BASELINE, *REPORTING)


@click.command("judge")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options(*_SETTINGS)
@click.option(
    "--allow-empty", is_flag=True, help="A recording without any observation is no error."
)
@verbosity
def command(files: tuple[str, ...], **given: Any) -> int:
    """Judge observations that check --record kept, under any profile, in any format. No network.

    \b
    preflight check media.txt --record seen.jsonl
    preflight judge seen.jsonl --profile twilio
    """
    settings = resolve(given, _SETTINGS)
    profile = known_profile(settings["profile"])
    recordings = _Recordings(files)
    opened = reports_from(settings, profile, given["verbose"], given["quiet"], read=files)
    with opened as reports, Interrupts() as interrupts:
        with reports.broken_off():
            for observation in interrupts.until_one(recordings.observations()):
                reports.take(observation)
        return reports.end(
            "observation", recordings.empty, seen=recordings.seen, complete=not interrupts.heard, allow_empty=given["allow_empty"]
        )  # fmt: skip


class _Recordings:
    """What the recordings hold, read once; ``empty`` are those that hold nothing, complete when all are read."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self.seen = 0
        self.empty: list[str] = []

    def observations(self) -> Iterator[Observation]:
        """Every observation in the order of the recordings."""
        for name in self._names:
            before = self.seen
            for observation in _observations(name):
                self.seen += 1
                yield observation
            if self.seen == before:
                self.empty.append(name)


def _observations(name: str) -> Iterator[Observation]:
    try:
        with click.open_file(name, "rb") as lines:
            for observation, _ in recording.load(lines, "standard input" if name == "-" else name):
                yield observation
    except OSError as error:
        raise SourceError(f"cannot read {name!r}: {error.strerror}") from None

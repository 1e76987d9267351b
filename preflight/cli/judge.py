"""``preflight judge``: judge recorded observations again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from .. import recording
from ..errors import SourceError
from ..observation import Observation
from .jobs import known_profile
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
    with reports_from(settings, profile, given["verbose"], given["quiet"]) as reports:
        count, empty = 0, []
        for name in files:
            before = count
            for observation in _observations(name):
                reports.take(observation)
                count += 1
            if count == before:
                empty.append(name)
        if not empty or given["allow_empty"]:
            return reports.finish()
        raise reports.without("observation", empty, seen=count)


def _observations(name: str) -> Iterator[Observation]:
    try:
        with click.open_file(name, "rb") as lines:
            for observation, _ in recording.load(lines, "standard input" if name == "-" else name):
                yield observation
    except OSError as error:
        raise SourceError(f"cannot read {name!r}: {error.strerror}") from None

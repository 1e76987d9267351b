"""``--run DIR``: what a run was begun with, so that the same command goes on with it and another one is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from .._version import __version__
from ..engines import parts
from ..errors import UsageError
from .baseline_file import read
from .running import Reports
from .settings import Settings

_FORMAT = 1
_FILE = "run.json"
_FREE = {
    "format", "output", "fail-on", "jobs", "per-host", "rate", "workers", "cache", "max-age", "run",
}  # fmt: skip
"""Settings that a resumed run may change: they decide how fast it goes and what is written, not what is judged."""


def open_run(directory: str, settings: Settings, others: Mapping[str, object]) -> None:
    """Begin a run in a directory, made where it is missing, or make sure that this is the command that began the one in it.

    ``others`` are what else decides what is judged, such as the sources, and what stands in a file that a setting names, in place of
    its name. Raises UsageError. Only digests are kept: a header may hold a secret.
    """
    now = _fingerprint(settings, others)
    try:
        begun = parts.get(directory, _FILE)
        if begun is not None:
            _compare(directory, json.loads(begun), now)
            return
        if not parts.is_store(directory):
            _refuse_foreign(Path(directory))
        parts.put(directory, _FILE, json.dumps(now, indent=1).encode() + b"\n")
    except ValueError:
        raise UsageError(f"the {_FILE} in {directory} is damaged; name another directory") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"cannot use the directory {directory}: {reason}") from None


def contents(settings: Settings, reports: Reports, *, excused: bool) -> dict[str, object]:
    """What the files say that the settings name: they may have changed under the same name.

    ``excused``: the verdicts are kept as the ignores and the baseline left them. Elsewhere these are applied anew, and may change.
    """
    from ..cache import file_mark, profile_mark

    cafile, baseline = settings["cafile"], settings["baseline"]
    found: dict[str, object] = {
        "profile": profile_mark(reports.profile),
        "overrides": reports.overrides.mark() if reports.overrides else [],
        "cafile": cafile and file_mark(cafile),
    }
    if excused:
        today = datetime.now(UTC).date()
        found["ignores"] = [one for one in settings.ignores if one.expires >= today]
        found["baseline"] = baseline and sorted(read(baseline).entries)
    return found


def _refuse_foreign(directory: Path) -> None:
    """A directory with anything in it but what a killed run left while it began."""
    if directory.exists() and not all(
        one.name.startswith(f".{_FILE}.") for one in directory.iterdir()
    ):
        raise UsageError(f"{directory} is neither empty nor the directory of a run")


def _fingerprint(settings: Settings, others: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {
        name: value for name, value in settings.values.items() if name not in _FREE
    }
    values |= {"ignores": repr(settings.ignores)} | dict(others)
    return {
        "run": _FORMAT,
        "preflight": __version__,
        **{name: _digest(value) for name, value in values.items()},
    }


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _compare(directory: str, begun: object, now: Mapping[str, object]) -> None:
    if not isinstance(begun, dict):
        raise ValueError
    other = [name for name in {**begun, **now} if begun.get(name) != now.get(name)]
    if other:
        raise UsageError(
            f"the run in {directory} was begun by another command (other {', '.join(other)});"
            " give the same command again, with its files as they were, or name another directory"
        )

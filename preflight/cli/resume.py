"""``--run DIR``: what a run was begun with, so that the same command goes on with it and another one is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from .._version import __version__
from ..errors import UsageError
from .settings import Settings

_FORMAT = 1
_FREE = {
    "format", "output", "fail-on", "jobs", "per-host", "rate", "workers", "cache", "max-age", "run",
}  # fmt: skip
"""Settings that a resumed run may change: they decide how fast it goes and what is written, not what is judged."""


def open_run(directory: Path, settings: Settings, others: Mapping[str, object]) -> None:
    """Begin a run in a directory, made where it is missing, or make sure that this is the command that began the one in it.

    ``others`` are what else decides what is judged, such as the sources. Raises UsageError. Only digests are kept: a
    header may hold a secret.
    """
    now = _fingerprint(settings, others)
    file = directory / "run.json"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if file.exists():
            _compare(directory, json.loads(file.read_text(encoding="utf-8")), now)
            return
        if any(directory.iterdir()):
            raise UsageError(f"{directory} is neither empty nor the directory of a run")
        part = directory / "run.json.part"
        part.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        part.replace(file)
    except ValueError:
        raise UsageError(f"{file} is damaged; name another directory") from None
    except OSError as error:
        raise UsageError(f"cannot use the directory {directory}: {error.strerror}") from None


def _fingerprint(settings: Settings, others: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {
        name: value for name, value in settings.values.items() if name not in _FREE
    }
    values |= others
    values |= {"ignores": repr(settings.ignores), "overrides": repr(settings.overrides)}
    return {
        "run": _FORMAT,
        "preflight": __version__,
        **{name: _digest(value) for name, value in values.items()},
    }


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _compare(directory: Path, begun: object, now: Mapping[str, object]) -> None:
    if not isinstance(begun, dict):
        raise UsageError(f"{directory / 'run.json'} is damaged; name another directory")
    other = [name for name in {**begun, **now} if begun.get(name) != now.get(name)]
    if other:
        raise UsageError(
            f"the run in {directory} was begun by another command (other {', '.join(other)});"
            " give the same command again, or name another directory"
        )

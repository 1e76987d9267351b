"""Where the reports of a run go: to the output, or each to a file of its own, which is none that the run reads."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, TextIO, TypeAlias

from ..errors import UsageError
from ..values import dataclass
from .settings import Settings

_WRITTEN = 1 << 16
"""Bytes of a report that go to its file at once; ``flush`` does not wait for them."""
_READ = ("baseline", "cache", "cafile")
_Identity: TypeAlias = tuple[int, int] | str


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format, and its file; None for standard output."""

    format: str
    path: str | None


def outputs(settings: Settings, record: str | None = None, read: Iterable[str] = ()) -> list[Output]:  # fmt: skip
    """The reports that the settings ask for.

    Raises UsageError, before anything is opened, where two of them (``record`` is one, too) would go to one place, or one to a
    file that the run reads: one of ``read``, or one that the settings name.
    """
    wanted = list(settings["format"]) or ["text"]
    plain = [one for one in wanted if "=" not in one]
    if len(plain) > 1:
        raise UsageError(
            f"only one format can go to the output; write the others as {plain[1]}=FILE"
        )
    found = [_output(one, settings["output"]) for one in wanted]
    if not plain and settings.origins["output"] == "--output":
        raise UsageError("--output has nothing to write: each format names a file of its own")
    written = [*found, Output("--record", record)] if record else found
    _apart(written)
    if cache := settings.values.get("cache"):
        spared([cache], read)
    if files := [one.path for one in written if one.path]:
        own = [settings.values.get(name) for name in _READ]
        own += [_profile_file(settings), settings.path and str(settings.path)]
        spared(files, [*read, *(name for name in own if name)])
    if (summary := summary_file()) and any(one.format == "github" for one in found):
        appendable(summary)
    return found


def _profile_file(settings: Settings) -> str | None:
    """The file of a profile that is one; a built-in profile is none, whatever file has its name."""
    from ..profile import built_in  # only where a report goes to a file

    name: str | None = settings.values.get("profile")
    return None if name in built_in() else name


def _output(form: str, output: str | None) -> Output:
    name, equals, file = form.partition("=")
    if equals and not file:
        raise UsageError(f"{form!r} names no file; write {name}=FILE, or {name} alone")
    path = file if equals else output
    return Output(name, None if path == "-" else path)


def _apart(written: list[Output]) -> None:
    taken: set[_Identity] = set()
    for one in written:
        where = _identity(sys.stdout if one.path is None else one.path)
        if where is not None and where in taken:
            if one.path is None:
                raise UsageError(
                    "two reports cannot go to standard output; write one of them to a file"
                )
            raise UsageError(f"two reports cannot go to one file, {one.path!r}; give each its own")
        if where is not None:
            taken.add(where)


def spared(written: Iterable[str], read: Iterable[str]) -> None:
    """Raise UsageError where a file that is to be written is one that is read, by whatever name: to open it would empty it."""
    sources = {_identity(sys.stdin if name == "-" else name) for name in read} - {None}
    for path in written:
        if _identity(path) in sources and os.path.exists(path):  # noqa: PTH110 - no name is too long for it
            raise UsageError(
                f"{path!r} is read in this run, and to write to it would empty it first; give what is written another name"
            )


def _identity(place: str | TextIO) -> _Identity | None:
    """What tells one file from another, links followed; None for what several may write to, as a terminal or the null device."""
    try:
        status = os.stat(place) if isinstance(place, str) else os.fstat(place.fileno())  # noqa: PTH116 - a name may be no path
    except (OSError, ValueError):
        if isinstance(place, str):
            return None if "\0" in place else os.path.realpath(place)
        return "standard output"
    if stat.S_ISREG(status.st_mode) or stat.S_ISFIFO(status.st_mode):
        return status.st_dev, status.st_ino
    return None if isinstance(place, str) else "standard output"


def opened(path: str) -> TextIO:
    """A report's file, emptied. Raises UsageError."""
    try:
        return Path(path).open(
            "w", _WRITTEN, encoding="utf-8", errors="backslashreplace", newline="\n"
        )
    except (OSError, ValueError) as error:
        raise _refused(path, error) from None


def opened_record(path: str) -> BinaryIO:
    """A recording's file, emptied, for its owner alone. Raises UsageError."""
    try:
        file = Path(path)
        file.touch(mode=0o600)
        return file.open("wb")
    except (OSError, ValueError) as error:
        raise _refused(path, error) from None


def summary_file() -> str | None:
    """The file in which GitHub wants a job's summary, where it wants one."""
    return os.environ.get("GITHUB_STEP_SUMMARY") or None


def appendable(path: str) -> None:
    """Raise UsageError where nothing could be added to a file."""
    try:
        Path(path).open("ab").close()
    except (OSError, ValueError) as error:
        raise _refused(path, error) from None


def _refused(path: str, error: OSError | ValueError) -> UsageError:
    return UsageError(f"cannot write to {path!r}: {getattr(error, 'strerror', None) or error}")

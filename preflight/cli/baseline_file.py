"""A baseline: the findings that a team has today, so that only new ones fail. One JSON object a line, in a stable order.

An entry is a fingerprint of a rule and a masked URL, so that neither secrets nor signatures that change are in it. What could not be told is never
in a baseline, nor excused by one: it is no finding yet.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import UsageError
from ..text import mask_text, mask_url
from ..values import dataclass
from ..verdict import Finding, Severity

REASON = "in the baseline"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One accepted finding. ``place`` is the masked URL, or the message that it is about."""

    place: str
    rule: str

    @property
    def fingerprint(self) -> str:
        """The first 128 bits of a SHA-256 over both, in hexadecimal."""
        return hashlib.sha256(f"{self.rule}\n{self.place}".encode()).hexdigest()[:32]

    @property
    def line(self) -> str:
        """The entry as one line of the file, without its end."""
        return json.dumps({"fingerprint": self.fingerprint, "rule": self.rule, "url": self.place})


def message_place(mms_id: str | None, urls: Iterable[str]) -> str:
    """What an entry says about which message a finding is about."""
    return f"message {mask_text(mms_id) if mms_id is not None else ' '.join(mask_url(url) for url in urls)}"


def belongs(finding: Finding) -> bool:
    """Whether a finding may stand in a baseline: errors and warnings that are certain."""
    return not finding.unknown and finding.severity is not Severity.INFO


class Baseline:
    """A baseline in use: it excuses what it holds, and remembers what was not needed."""

    def __init__(self, entries: Iterable[Entry], path: str) -> None:
        self.path = path
        self.entries = frozenset(entries)
        self._left = {entry.fingerprint: entry for entry in self.entries}
        self._known = frozenset(self._left)

    def reason(self, finding: Finding, place: str) -> str | None:
        """``in the baseline`` where it is; else None."""
        fingerprint = Entry(place, finding.rule).fingerprint
        if not belongs(finding) or fingerprint not in self._known:
            return None
        self._left.pop(fingerprint, None)
        return REASON

    def notes(self) -> list[str]:
        """What the report says about entries that no longer do anything."""
        if not self._left:
            return []
        left = sorted(self._left.values())
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        return [
            f"the baseline {self.path} holds what was not found now: {left[0].rule} at {left[0].place}{more};"
            " preflight baseline prune takes it out"
        ]


def read(path: str) -> Baseline:
    """A baseline from its file. Raises UsageError, naming the line."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"cannot read the baseline {path!r}: {reason}") from None
    return Baseline(
        [_entry(line, path, number) for number, line in enumerate(lines, 1) if line.strip()], path
    )


def _entry(line: str, path: str, number: int) -> Entry:
    try:
        raw = json.loads(line)
        entry = Entry(raw["url"], raw["rule"])
        if raw["fingerprint"] == entry.fingerprint:
            return entry
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise UsageError(
        f"{path}, line {number}, is no entry of a baseline; write it anew with preflight baseline create"
    )


def writable(path: str) -> None:
    """Raise UsageError where the file could not be written, before anything is fetched for it."""
    folder = Path(path).parent
    if not folder.is_dir() or not os.access(folder, os.W_OK) or Path(path).is_dir():
        raise UsageError(
            f"cannot write to {path!r}: there is no such folder that may be written to"
        )


def write(path: str, entries: Iterable[Entry]) -> None:
    """Write a baseline, wholly or not at all. Raises UsageError."""
    import tempfile  # only here

    text = "".join(f"{entry.line}\n" for entry in sorted(set(entries)))
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=Path(path).parent, delete=False
        ) as file:
            try:
                file.write(text)
                file.close()
                Path(file.name).chmod(0o644 & ~_umask())
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink()
                raise
    except OSError as error:
        raise UsageError(f"cannot write to {path!r}: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

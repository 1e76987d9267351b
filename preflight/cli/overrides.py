"""Overrides: another profile or other severities for the URLs that a glob fits.

They decide how a URL is judged. How it is fetched is decided by the profile of the run, with room for the largest file that any of them takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, replace
from functools import reduce
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..limits import Limits
from ..nearest import nearest
from ..profile import Profile, built_in, load
from ..rules import named
from ..values import dataclass
from ..verdict import Severity
from .globs import fits

_KEYS = ("url", "profile", "severity")
_SEVERITIES = ("error", "warning", "info", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """For URLs that ``url`` fits: judge them under ``profile``, where there is one, with these severities; None switches a rule off."""

    url: str
    profile: str | None = None
    severities: Mapping[str, Severity | None] = field(default_factory=dict)


def read_overrides(raw: Any, path: Path) -> tuple[Override, ...]:
    """The ``[[override]]`` tables of the settings file ``path``. Raises UsageError, naming what is wrong."""
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise UsageError(f"{path}: override must be written as [[override]] tables")
    return tuple(
        _read(item, f"{path}: override {number}", path.parent) for number, item in enumerate(raw, 1)
    )


def beside(profile: str, folder: Path) -> str:
    """The profile that a settings file in ``folder`` names: a path is relative to the file, and still one where it has no folder."""
    if profile in built_in() or not (profile.endswith(".toml") or "/" in profile):
        return profile
    return str(folder.absolute() / profile)


def _read(item: dict[str, Any], where: str, folder: Path) -> Override:
    for key in item:
        if key not in _KEYS:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, list(_KEYS))}")
    url, profile, severity = item.get("url"), item.get("profile"), item.get("severity", {})
    if not isinstance(url, str):
        raise UsageError(f"{where}: url is missing, or no text")
    if profile is None and not severity:
        raise UsageError(f"{where}: it must give a profile, or severities")
    if profile is not None and not isinstance(profile, str):
        raise UsageError(f"{where}: profile must be a name or a file")
    if not isinstance(severity, dict):
        raise UsageError(f'{where}: severity must be a table such as {{redirected = "error"}}')
    return Override(
        url=url,
        profile=None if profile is None else beside(profile, folder),
        severities={rule: _severity(rule, word, where) for rule, word in severity.items()},
    )


def _severity(rule: str, word: Any, where: str) -> Severity | None:
    named(rule, where)
    if word not in _SEVERITIES:
        raise UsageError(
            f"{where}: the severity of {rule} must be {', '.join(_SEVERITIES[:-1])} or off, not {word!r}"
        )
    return None if word == "off" else Severity(word)


class Overrides:
    """The overrides of one run over its profile. Every one that fits applies, in the order of the file."""

    def __init__(self, base: Profile, overrides: Sequence[Override]) -> None:
        self._base = base
        self._overrides = overrides
        self._profiles = [load(one.profile) if one.profile else None for one in overrides]
        self._made: dict[tuple[int, ...], Profile] = {(): base}

    def profile(self, url: str) -> Profile:
        """The profile that a URL is judged under. Equal ones are the same object."""
        fitting = tuple(number for number, one in enumerate(self._overrides) if fits(one.url, url))
        if fitting not in self._made:
            self._made[fitting] = reduce(self._apply, fitting, self._base)
        return self._made[fitting]

    def _apply(self, profile: Profile, number: int) -> Profile:
        start = self._profiles[number] or profile
        severities = {**start.severities, **self._overrides[number].severities}
        return replace(start, severities=severities)

    def mark(self) -> list[object]:
        """All that they decide, in their order: what stands in their profiles now, not what the files are called."""
        from ..cache import profile_mark  # only where verdicts are kept

        return [
            (one.url, profile and profile_mark(profile), sorted(one.severities.items()))
            for one, profile in zip(self._overrides, self._profiles, strict=True)
        ]

    def fetching(self) -> Profile:
        """The run's profile, with the largest sizes of all, so that none of them is short of bytes."""
        every = [self._base, *(self._apply(self._base, at) for at in range(len(self._overrides)))]
        names = [item.name for item in fields(Limits) if item.name.endswith("_bytes")]
        sizes = {name: [getattr(one.limits, name) for one in every] for name in names}
        sizes["gif_bytes"] = [one.max_bytes("image/gif") for one in every]
        largest = {name: None if None in found else max(found) for name, found in sizes.items()}
        if not all(one.refuses_size for one in every):
            largest = dict.fromkeys(largest)
        return replace(self._base, limits=replace(self._base.limits, **largest))

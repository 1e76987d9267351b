"""The value of every setting, and where it came from. Values come from a file, the environment, the options, in that order.

The environment's names are ``PREFLIGHT_`` and the setting in capitals.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..values import dataclass
from .ignores import Ignore
from .overrides import Override
from .settings_file import read_file
from .settings_table import Setting

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that hold, where each came from, and the ignores of the file. ``path`` is that file, if there is one."""

    values: Values
    origins: dict[str, str]
    ignores: tuple[Ignore, ...] = ()
    path: Path | None = None
    overrides: tuple[Override, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def resolve(given: Mapping[str, Any], settings: Iterable[Setting]) -> Settings:
    """Put the layers together. ``given`` are click's parameters (None where not given), ``config`` among them. Raises UsageError."""
    known = {setting.name: setting for setting in settings}
    file = read_file(given["config"], known)
    values: Values = {}
    origins: dict[str, str] = {}
    for name, setting in known.items():
        text, option = os.environ.get(setting.variable), given.get(name.replace("-", "_"))
        from_text = _from_text(setting, text) if text else None
        if option is not None and option != ():
            values[name], origins[name] = option, setting.option
        elif text:
            values[name], origins[name] = from_text, setting.variable
        elif name in file.values:
            values[name], origins[name] = file.values[name], str(file.path)
        else:
            values[name], origins[name] = setting.default, "default"
    _settle_depth(values, origins)
    return Settings(values, origins, file.ignores, file.path, file.overrides)


def _settle_depth(values: Values, origins: Mapping[str, str]) -> None:
    """Of --quick and --deep from different layers, the higher one holds; from one layer they exclude each other."""
    if not (values.get("quick") and values.get("deep")):
        return
    ranks = {name: _rank(origins[name]) for name in ("quick", "deep")}
    if ranks["quick"] == ranks["deep"]:
        raise UsageError("--quick and --deep exclude each other")
    values[min(ranks, key=ranks.__getitem__)] = False


def _rank(origin: str) -> int:
    return 2 if origin.startswith("--") else 1 if origin.startswith("PREFLIGHT_") else 0


def _from_text(setting: Setting, text: str) -> Any:
    where = setting.variable
    if setting.kind is bool:
        if text.lower() not in ("0", "1", "true", "false", "yes", "no", ""):
            raise UsageError(f"{where} must be 1 or 0, not {text!r}")
        return text.lower() in ("1", "true", "yes")
    if setting.kind is list:
        return tuple(text.splitlines() if setting.name == "header" else text.split())
    try:
        value = setting.kind(text)
    except ValueError:
        raise UsageError(f"{where} must be a number, not {text!r}") from None
    return setting.checked(value, where)

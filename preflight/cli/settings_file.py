"""The settings file: which one it is, and what may stand in it.

It is ``preflight.toml`` or ``[tool.preflight]`` in pyproject.toml, the nearest one upwards. Secrets are not settings: none is read from a
file in the project.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..nearest import nearest
from ..values import dataclass
from .ignores import Ignore, read_ignores
from .overrides import Override, beside, read_overrides
from .settings_table import EVERY, Setting

NAMES = ("preflight.toml", "pyproject.toml")
_SECRET = re.compile("auth|cookie|credential|key|passw|secret|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What a settings file holds; nothing, where there is none."""

    path: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)
    ignores: tuple[Ignore, ...] = ()
    overrides: tuple[Override, ...] = ()


def read_file(config: str | None, wanted: Iterable[str]) -> SettingsFile:
    """The file that is named, else the nearest; of its settings only those that are ``wanted``, though all are checked. Raises UsageError."""
    path = _find(config)
    if path is None:
        return SettingsFile()
    table = _table(path)
    ignores = read_ignores(_pop_ignores(table), str(path))
    overrides = read_overrides(table.pop("override", []), path)
    values = {key: _value(key, value, path) for key, value in table.items()}
    return SettingsFile(
        path, {key: values[key] for key in values if key in wanted}, ignores, overrides
    )


def _find(config: str | None) -> Path | None:
    config = config or os.environ.get("PREFLIGHT_CONFIG")
    if config is not None:
        path = Path(config)
        if not path.is_file():
            raise UsageError(f"there is no settings file {config!r}")
        return path
    for folder in (Path.cwd(), *Path.cwd().parents):
        for name in NAMES:
            path = folder / name
            if path.is_file() and (name != "pyproject.toml" or _section(_toml(path)) is not None):
                return path
        if (folder / ".git").exists():
            break
    return None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"
        ) from None
    except ValueError as error:  # TOMLDecodeError is one, and a number of too many digits another
        raise UsageError(f"{path} is not TOML: {error}") from None


def _table(path: Path) -> dict[str, Any]:
    whole = _toml(path)
    section = _section(whole)
    table = whole if path.name != "pyproject.toml" and section is None else section or {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.preflight must be a table")
    return dict(table)


def _pop_ignores(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The ``[[ignore]]`` tables, taken out. A list of rules under that name is a setting, and stays."""
    ignore = table.get("ignore")
    if isinstance(ignore, list) and ignore and all(isinstance(item, dict) for item in ignore):
        del table["ignore"]
        return ignore
    return []


def _section(whole: Mapping[str, Any]) -> Any:
    """The table tool.preflight, or None."""
    tool = whole.get("tool")
    return tool.get("preflight") if isinstance(tool, dict) else None


def _value(key: str, value: Any, path: Path) -> Any:
    """The value of a key; a path in it is relative to the file."""
    setting = EVERY.get(key)
    if setting is None and _SECRET.search(key):
        raise UsageError(
            f"{path}: {key!r} must not stand in a file of the project; see preflight send --help"
        )
    if setting is None:
        hint = nearest(key, sorted({*EVERY, "ignore", "override"}))
        raise UsageError(f"{path}: unknown key {key!r}{hint}")
    checked = setting.checked(value, f"{path}: {key}")
    _refuse_secret(setting, checked, path)
    if setting.name == "profile":
        return beside(checked, path.parent)
    if setting.path and "://" not in checked:  # --run takes an object store's URL, too
        return str(path.parent / checked)
    return checked


def _refuse_secret(setting: Setting, value: Any, path: Path) -> None:
    """Files of a project are shared; a credential in one is refused, whatever setting carries it."""
    bad = setting.name == "proxy" and "@" in value
    if setting.name == "header":
        bad = any(_SECRET.search(line.partition(":")[0]) for line in value)
    if bad:
        raise UsageError(
            f"{path}: {setting.name} carries a credential, which must not stand in a file of the project;"
            f" use {setting.variable} or {setting.option}"
        )

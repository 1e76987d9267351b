"""The value of every setting, and where it came from. Values come from a file, the environment, the options, in that order.

The file is ``preflight.toml`` or ``[tool.preflight]`` in pyproject.toml, the nearest one upwards; the environment's names are ``PREFLIGHT_`` and the
setting in capitals. Secrets are not settings: none is read from a file in the project.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..nearest import nearest
from ..profile import built_in
from .ignores import Ignore, read_ignores
from .overrides import Override, read_overrides
from .settings_table import EVERY, Setting

NAMES = ("preflight.toml", "pyproject.toml")
_SECRET = re.compile("auth|cookie|credential|key|passw|secret|token", re.IGNORECASE)

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
    path = _find(given["config"])
    table = _table(path) if path else {}
    ignores = read_ignores(table.pop("ignores", None), str(path))
    overrides = read_overrides(table.pop("override", []), str(path))
    values: Values = {}
    origins: dict[str, str] = {}
    if path is not None:
        values = _from_file(table, known, path)
        origins = dict.fromkeys(values, str(path))
    for setting in known.values():
        text = os.environ.get(_variable(setting.name))
        if text:
            values[setting.name] = _from_text(setting, text)
            origins[setting.name] = _variable(setting.name)
        option = given.get(setting.name.replace("-", "_"))
        if option is not None and option != ():
            values[setting.name], origins[setting.name] = option, setting.option
        if setting.name not in values:
            values[setting.name], origins[setting.name] = setting.default, "default"
    _settle_depth(values, origins)
    in_order = {name: values[name] for name in known}
    return Settings(in_order, origins, ignores, path, overrides)


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


def _variable(name: str) -> str:
    return "PREFLIGHT_" + name.upper().replace("-", "_")


def _find(config: str | None) -> Path | None:
    """The settings file: the one that was named, else the nearest upwards."""
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
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from None


def _table(path: Path) -> dict[str, Any]:
    whole = _toml(path)
    section = _section(whole)
    table = whole if path.name != "pyproject.toml" and section is None else section or {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.preflight must be a table")
    table = dict(table)
    # "ignore" is a setting where it lists rules, and the findings to be ignored where it is [[ignore]] tables.
    ignore = table.get("ignore")
    if isinstance(ignore, list) and ignore and all(isinstance(item, dict) for item in ignore):
        table["ignores"] = table.pop("ignore")
    return table


def _section(whole: Mapping[str, Any]) -> Any:
    """The table tool.preflight, or None."""
    tool = whole.get("tool")
    return tool.get("preflight") if isinstance(tool, dict) else None


def _from_file(table: Mapping[str, Any], known: Mapping[str, Setting], path: Path) -> Values:
    values: Values = {}
    where = str(path)
    for key, value in table.items():
        setting = known.get(key) or EVERY.get(key)
        if setting is None and _SECRET.search(key):
            raise UsageError(
                f"{where}: {key!r} must not stand in a file of the project; see preflight send --help"
            )
        if setting is None:
            raise UsageError(
                f"{where}: unknown key {key!r}{nearest(key, sorted({*known, *EVERY, 'ignore', 'override'}))}"
            )
        checked = _typed(setting, value, f"{where}: {key}")
        _refuse_secret(setting, checked, where)
        if key in known:
            values[key] = _beside(path, checked) if _is_path(setting, checked) else checked
    return values


def _refuse_secret(setting: Setting, value: Any, where: str) -> None:
    """Files of a project are shared; a credential in one is refused, whatever setting carries it."""
    bad = setting.name == "proxy" and "@" in value
    if setting.name == "header":
        bad = any(_SECRET.search(field.partition(":")[0]) for field in value)
    if bad:
        raise UsageError(
            f"{where}: {setting.name} carries a credential, which must not stand in a file of the project;"
            f" use {_variable(setting.name)} or {setting.option}"
        )


def _is_path(setting: Setting, value: Any) -> bool:
    if setting.name == "profile":
        return value not in built_in() and (value.endswith(".toml") or "/" in value)
    return setting.path


def _beside(path: Path, value: str) -> str:
    return str(path.parent / value)


def _typed(setting: Setting, value: Any, where: str) -> Any:
    good = {
        str: isinstance(value, str), bool: isinstance(value, bool),
        int: isinstance(value, int) and not isinstance(value, bool),
        float: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
        list: isinstance(value, list) and all(isinstance(item, str) for item in value),
    }[setting.kind]  # fmt: skip
    if not good or (setting.choices and value not in setting.choices):
        wanted = (
            " or ".join(setting.choices)
            or {
                str: "a string",
                bool: "true or false",
                int: "a whole number",
                float: "a number",
                list: "a list of strings",
            }[setting.kind]
        )
        shown = "" if setting.private else f", not {value!r}"
        raise UsageError(f"{where} must be {wanted}{shown}")
    return tuple(value) if setting.kind is list else value


def _from_text(setting: Setting, text: str) -> Any:
    where = _variable(setting.name)
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
    return _typed(setting, value, where)

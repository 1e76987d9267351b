"""Every setting once: its option, its type, its default. Values come from a file, the environment, the options, in that order.

The file is ``preflight.toml`` or ``[tool.preflight]`` in pyproject.toml, the nearest one upwards; the environment's names are ``PREFLIGHT_`` and the
setting in capitals. Secrets are not settings: none is read from a file in the project.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..profile import nearest
from .ignores import Ignore, read_ignores

NAMES = ("preflight.toml", "pyproject.toml")
_SECRET = re.compile("key|secret|password|token")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``kind`` is str, int, float, bool or list (of strings, an option that may be repeated)."""

    name: str
    kind: type
    default: Any
    help: str
    metavar: str | None = None
    short: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        """The option's name."""
        return f"--{self.name}"


FETCHING = (
    Setting(
        "profile",
        str,
        "sinch",
        "The gateway to imitate: a built-in profile, or a TOML file.",
        "NAME|FILE",
    ),
    Setting("quick", bool, False, "One request a URL: no second question with gzip."),
    Setting(
        "deep", bool, False, "Also ask twice, ask as a browser does, and decode media to the end."
    ),
    Setting("jobs", int, 64, "Fetches at once.", "N"),
    Setting("per-host", int, 16, "Fetches at once from one host.", "N"),
    Setting("rate", str, None, "Requests a second to each host, such as 5/s.", "N/s"),
    Setting(
        "timeout",
        float,
        None,
        "Seconds for one attempt at one URL, all hops and variants (the profile's: 20).",
        "SECONDS",
    ),
    Setting("retries", int, 2, "Further attempts after a failure that may go away.", "N"),
    Setting(
        "header",
        list,
        (),
        "A request header field, 'Name: value'; dropped when a redirect leaves the origin.",
        "'NAME: VALUE'",
    ),
    Setting(
        "proxy",
        str,
        None,
        "An HTTP proxy's URL, or env for HTTP_PROXY and HTTPS_PROXY. The address checks are then the proxy's.",
        "URL|env",
    ),
    Setting("cafile", str, None, "Trust only the authorities in this PEM file.", "FILE"),
    Setting(
        "allow-network",
        list,
        (),
        "Permit addresses that are not public, such as 127.0.0.0/8.",
        "CIDR",
    ),
)
JUDGING = (
    Setting("select", list, (), "Only these rules.", "RULE"),
    Setting("ignore", list, (), "All but these rules.", "RULE"),
    Setting(
        "fail-on", str, "error", "Exit with 1 from this severity on.", choices=("error", "warning")
    ),
)
REPORTING = (
    Setting(
        "format",
        list,
        (),
        "The report's format, or FORMAT=FILE; may be repeated: one fetch, many reports.",
        "FORMAT[=FILE]",
        "-f",
    ),
    Setting("output", str, None, "Write the report to a file.", "FILE", "-o"),
    Setting("show-secrets", bool, False, "Do not mask query values and credentials in reports."),
)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that hold, where each came from, and the ignores of the file. ``path`` is that file, if there is one."""

    values: Values
    origins: dict[str, str]
    ignores: tuple[Ignore, ...] = ()
    path: Path | None = None
    profiles: tuple[Mapping[str, Any], ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def options(*settings: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Click options for settings. An option that was not given is None, so that the layers below can speak."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for setting in reversed(settings):
            function = _option(setting)(function)
        return function

    return decorate


def _option(setting: Setting) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    names = [name for name in (setting.short, setting.option) if name]
    text = setting.help
    if setting.default not in (None, (), False):
        text = f"{text}  [default: {setting.default}]"
    if setting.kind is bool:
        return click.option(*names, is_flag=True, default=None, help=text)
    kind: Any = (
        click.Choice(setting.choices)
        if setting.choices
        else None
        if setting.kind is list
        else setting.kind
    )
    return click.option(
        *names,
        type=kind,
        multiple=setting.kind is list,
        default=None,
        metavar=setting.metavar,
        help=text,
    )


def resolve(given: Mapping[str, Any], settings: Iterable[Setting], config: str | None) -> Settings:
    """Put the layers together. ``given`` are click's parameters (None where not given). Raises UsageError."""
    known = {setting.name: setting for setting in settings}
    path = _find(config)
    table = _table(path) if path else {}
    ignores = read_ignores(table.pop("ignores", None), str(path))
    values: Values = {}
    origins: dict[str, str] = {}
    for name, value in _from_file(table, known, str(path)).items():
        values[name], origins[name] = value, str(path)
    for setting in known.values():
        text = os.environ.get(_variable(setting.name))
        if text is not None:
            values[setting.name], origins[setting.name] = (
                _from_text(setting, text),
                _variable(setting.name),
            )
        option = given.get(setting.name.replace("-", "_"))
        if option is not None and option != ():
            values[setting.name], origins[setting.name] = option, setting.option
        if setting.name not in values:
            values[setting.name], origins[setting.name] = setting.default, "default"
    return Settings(values, origins, ignores, path)


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
            if path.is_file() and (
                name != "pyproject.toml" or "preflight" in _toml(path).get("tool", {})
            ):
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
    table = whole.get("tool", {}).get("preflight", {}) if path.name == "pyproject.toml" else whole
    if "tool" in whole and path.name == "preflight.toml":
        table = whole["tool"].get("preflight", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.preflight must be a table")
    table = dict(table)
    if (
        isinstance(table.get("ignore"), list)
        and all(isinstance(item, dict) for item in table["ignore"])
        and table["ignore"]
    ):
        table["ignores"] = table.pop("ignore")
    return table


def _from_file(table: Mapping[str, Any], known: Mapping[str, Setting], where: str) -> Values:
    values: Values = {}
    for key, value in table.items():
        setting = known.get(key) or _ELSEWHERE.get(key)
        if setting is None and _SECRET.search(key):
            raise UsageError(
                f"{where}: {key!r} must not stand in a file of the project; see preflight send --help"
            )
        if setting is None:
            raise UsageError(
                f"{where}: unknown key {key!r}{nearest(key, sorted({*known, *_ELSEWHERE, 'ignore'}))}"
            )
        checked = _typed(setting, value, f"{where}: {key}")
        if key in known:
            values[key] = checked
    return values


def _typed(setting: Setting, value: Any, where: str) -> Any:
    good = {
        str: isinstance(value, str), bool: isinstance(value, bool),
        int: isinstance(value, int) and not isinstance(value, bool),
        float: isinstance(value, int | float) and not isinstance(value, bool),
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
        raise UsageError(f"{where} must be {wanted}, not {value!r}")
    return tuple(value) if setting.kind is list else value


def _from_text(setting: Setting, text: str) -> Any:
    where = _variable(setting.name)
    if setting.kind is bool:
        if text.lower() not in ("0", "1", "true", "false", "yes", "no", ""):
            raise UsageError(f"{where} must be 1 or 0, not {text!r}")
        return text.lower() in ("1", "true", "yes")
    if setting.kind is list:
        return tuple(text.split())
    try:
        value = setting.kind(text)
    except ValueError:
        raise UsageError(f"{where} must be a number, not {text!r}") from None
    return _typed(setting, value, where)


_ELSEWHERE: dict[str, Setting] = {
    setting.name: setting for setting in (*FETCHING, *JUDGING, *REPORTING)
}

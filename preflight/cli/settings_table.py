"""Every setting once: its option, its type, its default."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from ..errors import UsageError
from ..values import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``kind`` is str, int, float, bool or list (of strings, an option that may be repeated).

    A ``path`` that stands in a settings file is relative to that file. What is ``private`` may carry a credential: its value is
    never shown.
    """

    name: str
    kind: type
    default: Any
    help: str
    metavar: str | None = None
    short: str | None = None
    choices: tuple[str, ...] = ()
    path: bool = False
    private: bool = False

    @property
    def option(self) -> str:
        """The option's name."""
        return f"--{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable's name."""
        return "PREFLIGHT_" + self.name.upper().replace("-", "_")

    def checked(self, value: Any, where: str) -> Any:
        """A value of the right kind, a list as a tuple. Raises UsageError, which begins with ``where``."""
        wanted, fits = _KINDS[self.kind]
        if not fits(value) or (self.choices and value not in self.choices):
            shown = "" if self.private else f", not {value!r}"
            raise UsageError(f"{where} must be {' or '.join(self.choices) or wanted}{shown}")
        return tuple(value) if self.kind is list else value


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    )


_KINDS: dict[type, tuple[str, Callable[[Any], bool]]] = {
    str: ("a string", lambda value: isinstance(value, str)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: _is_number(value) and isinstance(value, int)),
    float: ("a number", _is_number),
    list: (
        "a list of strings",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
}


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
        private=True,
    ),
    Setting(
        "proxy",
        str,
        None,
        "An HTTP proxy's URL, or env for HTTP_PROXY and HTTPS_PROXY. The address checks are then the proxy's.",
        "URL|env",
        private=True,
    ),
    Setting("cafile", str, None, "Trust only the authorities in this PEM file.", "FILE", path=True),
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
BASELINE = (
    Setting(
        "baseline",
        str,
        None,
        "Ignore what preflight baseline create wrote into this file; only new findings count.",
        "FILE",
        path=True,
    ),
)
SCALING = (
    Setting(
        "cache",
        str,
        None,
        "Keep verdicts in this file for later runs; they are read only with --max-age.",
        "FILE",
        path=True,
    ),
    Setting(
        "max-age",
        str,
        None,
        "Take verdicts from the cache up to this age: 3600, 90m, 12h, 1d.",
        "SECONDS",
    ),
    Setting(
        "run",
        str,
        None,
        "Keep the run in this directory: the same command again goes on where it stopped.",
        "DIR",
        path=True,
    ),
    Setting(
        "engine",
        str,
        "local",
        "Where the check runs: local, processes, dask, or dask=tcp://HOST:PORT.",
        "ENGINE",
    ),
    Setting(
        "workers",
        str,
        None,
        "Processes to share the work among; auto: one a processor. If not given: one; on Linux up to 4 for a list of 256 KB or more with few hosts.",
        "N|auto",
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
    Setting("no-thumbnails", bool, False, "No pictures of the media in the html report."),
)

EVERY: dict[str, Setting] = {
    setting.name: setting for setting in (*FETCHING, *JUDGING, *BASELINE, *SCALING, *REPORTING)
}
"""Every setting that a settings file may hold, by name."""

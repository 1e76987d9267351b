"""``--engine``, ``--workers``, ``--run``, ``--cache``: where a check runs and what it remembers, as the settings say."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import replace

from ..engines import Engine, engine_named
from ..engines.sharing import processors
from ..errors import UsageError
from ..values import dataclass
from .extent import long_of_few_hosts
from .settings import Settings

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_MOST_UNASKED = 4
"""Each takes memory of its own, and more than a few give the parent more than it can report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where a check runs and what it remembers, as the settings say. ``max_age`` in seconds."""

    engine: Engine
    name: str
    address: str | None
    workers: int | None
    directory: str | None
    cache: str | None
    max_age: float | None

    @property
    def in_parts(self) -> bool:
        """Whether a run is kept in part files, which many machines may write, and not in the journal of one process."""
        return self.name == "dask"


def scale_from(settings: Settings, sources: Sequence[str] = ()) -> Scale:
    """Raises UsageError for what cannot be, before anything is fetched. A command without these settings runs in this process."""
    if "engine" not in settings.values:
        engine, _ = engine_named("local")
        return Scale(
            engine=engine, name="local", address=None, workers=None, directory=None, cache=None, max_age=None
        )  # fmt: skip
    stated, workers = settings["engine"], _workers(settings["workers"])
    if settings.origins["engine"] == "default":
        if settings["workers"] is None:
            workers = _worth(settings, sources)
        stated = "local" if workers == 1 else "processes"
    engine, address = engine_named(stated)
    name = stated.partition("=")[0]
    if name == "local" and workers not in (None, 1):
        raise UsageError(
            "--workers needs --engine processes or dask; the engine local is one process"
        )
    if settings["max-age"] is not None and settings["cache"] is None:
        raise UsageError(
            "--max-age says how old a verdict from the cache may be; name the cache with --cache FILE"
        )
    if address is not None and settings["run"] is None:
        raise UsageError(
            "--engine dask with a scheduler's address needs --run DIR, on storage that all workers share"
        )
    if settings["run"] is not None and name != "dask":
        from ..engines.parts import is_store

        if is_store(settings["run"]):
            raise UsageError("--run can be the URL of an object store only with --engine dask")
    return Scale(
        engine=engine, name=name, address=address, workers=workers, directory=settings["run"],
        cache=settings["cache"], max_age=_age(settings["max-age"]),
    )  # fmt: skip


def manned(scale: Scale) -> Scale:
    """The same with its processes begun, which must be before there is an event loop or a thread."""
    if scale.name != "processes":
        return scale
    from ..engines.processes import forked
    from ..wire import loop

    loop.load()
    return replace(scale, engine=forked(scale.workers or processors()))


def _worth(settings: Settings, sources: Sequence[str]) -> int:
    """How many processes pay where nobody said how many: several for long lists that begin with few hosts.

    Not where a rate makes them wait anyway, nor where each would be a new interpreter (elsewhere than on Linux). Many hosts would be
    dealt out among the processes, and one that gets all of the slow ones cannot use the others' share of an address's limit.
    What is on its way between processes when a kept run is killed would be fetched again.
    """
    if sys.platform != "linux" or settings["rate"] is not None or settings["run"] is not None:
        return 1
    return min(processors(), _MOST_UNASKED) if long_of_few_hosts(sources) else 1


def _workers(text: str | None) -> int | None:
    if text is None or text == "auto":
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1_024):
        raise UsageError(f"--workers must be a number from 1 to 1024, or auto, not {text!r}")
    return int(text)


def _age(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(s|m|min|h|d|)", text)
    if not match or not math.isfinite(float(match[1])):
        raise UsageError(f"--max-age must look like 3600, 90m, 12h or 1d, not {text!r}")
    return float(match[1]) * _UNITS[match[2]]

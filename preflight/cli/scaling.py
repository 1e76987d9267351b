"""``--engine``, ``--workers``, ``--run``, ``--cache``: where a check runs, and what it remembers."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .._version import __version__
from ..engines import Engine, Keep, Seen, Task, engine_named
from ..engines.flow import Ledger, Memory, flow
from ..engines.parts import is_store
from ..errors import UsageError
from ..target import Target
from ..values import dataclass
from ..verdict import Verdict
from .ignores import Ignoring
from .judging import Judging
from .resume import open_run
from .running import Reports
from .settings import Settings

if TYPE_CHECKING:
    from ..audit import Job
    from ..cache import VerdictCache
    from ..engines.journal import Journal

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_SHOWS_FINDINGS = {"text"}
_SHOWS_ALL = {"html", "har"}
_CHUNK = 1 << 20
_FLUSH_S = 0.1


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


def scale_from(settings: Settings) -> Scale:
    """Raises UsageError for what cannot be, before anything is fetched. A command without these settings runs in this process."""
    if "engine" not in settings.values:
        engine, _ = engine_named("local")
        return Scale(
            engine=engine, name="local", address=None, workers=None, directory=None, cache=None, max_age=None
        )  # fmt: skip
    name, _, _ = settings["engine"].partition("=")
    if (
        name == "local"
        and settings["workers"] not in (None, "1")
        and settings.origins["engine"] == "default"
    ):
        name = "processes"
    engine, address = engine_named(name if name == "processes" else settings["engine"])
    workers = _workers(settings["workers"])
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
    if settings["run"] is not None and is_store(settings["run"]) and name != "dask":
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

    return replace(scale, engine=forked(scale.workers or os.cpu_count() or 1))


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


def blocks(sources: Sequence[str]) -> bool:
    """Whether reading the sources may wait for somebody: a pipe, a terminal, a device."""
    return any(source == "-" or _is_pipe(source) for source in sources)


def _is_pipe(source: str) -> bool:
    try:
        mode = Path(source).stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


async def audit(
    scale: Scale, settings: Settings, job: Job, reports: Reports, targets: Iterable[Target],
    *, stream: bool, others: Mapping[str, object], each: Callable[[Verdict], None],
) -> None:  # fmt: skip
    """Check all targets; every verdict goes to ``reports``, then to ``each``. ``others`` is what else tells one run from another."""
    judging = Judging(
        profile=reports.profile, rules=tuple(rule.id for rule in reports.rules), ignoring=reports.ignoring,
        overrides=reports.overrides,
    )  # fmt: skip
    keep = _keep(settings, reports)
    task = Task(job=job, judge=judging, keep=keep, workers=scale.workers, address=scale.address)

    def sink(seen: Seen) -> None:
        if seen.verdict.ignored and reports.ignoring is not None:
            _mark_used(reports.ignoring, seen.verdict)
        reports.receive(seen.verdict, seen.observation)
        each(seen.verdict)

    with ExitStack() as stack:
        ledger: Ledger | None = None
        if scale.directory is not None:
            open_run(
                scale.directory,
                settings,
                {**others, "engine": scale.name, "format": keep.value},
            )
            if scale.name == "dask":
                task = replace(task, parts=f"{scale.directory}/parts")
            else:
                ledger = stack.enter_context(closing(_journal(scale.directory, reports.ignoring)))
                task = replace(task, batch=1)  # what is seen is kept at once
        memory: Memory | None = None
        if scale.cache is not None:
            cache = stack.enter_context(_cache(scale, settings, job, judging))
            memory = _Cached(cache, reports.ignoring)
        flushing = asyncio.ensure_future(_flush_now_and_then(reports))
        try:
            await flow(
                scale.engine, task, targets, sink, ledger=ledger, memory=memory, stream=stream
            )
        finally:
            flushing.cancel()


async def _flush_now_and_then(reports: Reports) -> None:
    """Whoever reads along sees a verdict within a tenth of a second."""
    while True:
        await asyncio.sleep(_FLUSH_S)
        with suppress(OSError, ValueError):  # the next verdict will meet it, too
            reports.flush()


def _keep(settings: Settings, reports: Reports) -> Keep:
    """Which observations the reports of this run look at."""
    formats = {one.partition("=")[0] for one in settings["format"]} or {"text"}
    if reports.record is not None or formats & _SHOWS_ALL:
        return Keep.ALL
    return Keep.FINDINGS if formats & _SHOWS_FINDINGS else Keep.NOTHING


def _mark_used(ignoring: Ignoring, verdict: Verdict) -> None:
    """What was ignored in another process, or in an earlier one, counts as used here."""
    excuse = ignoring.at_url(verdict.url)
    for ignored in verdict.ignored:
        excuse(ignored.finding)


def _journal(directory: str, ignoring: Ignoring | None) -> Journal:
    from ..engines.journal import Journal

    return Journal(Path(directory) / "journal.jsonl", None if ignoring is None else ignoring.at_url)


@dataclass(frozen=True, slots=True)
class _Cached:
    """The cache, with the ignores of this run."""

    cache: VerdictCache
    ignoring: Ignoring | None

    def lookup(self, target: Target) -> Verdict | None:
        """A verdict that is young enough."""
        ignore = self.ignoring.at_url(target.url) if self.ignoring else None
        return self.cache.lookup(target, ignore)

    def store(self, verdict: Verdict) -> None:
        """Keep a verdict."""
        self.cache.store(verdict)


def _cache(scale: Scale, settings: Settings, job: Job, judging: Judging) -> VerdictCache:
    from ..cache import VerdictCache, key_prefix
    from ..rules import BY_ID

    assert scale.cache is not None  # noqa: S101 - asked for only then
    profile = judging.profile
    prefix = key_prefix(
        fetch=replace(job.fetch, profile=profile), version=__version__, depth=job.depth.value,
        rules=[BY_ID[name] for name in judging.rules],
    )  # fmt: skip
    if settings.overrides:
        prefix = hashlib.sha256(prefix + repr(settings.overrides).encode()).digest()
    return VerdictCache(
        scale.cache, prefix=prefix, max_age=scale.max_age, horizon_s=profile.limits.url_lifetime_s
    )


class Total:
    """How many places the sources hold: about, by counting "http" in the files in a thread; exactly, once they are read."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.exact: int | None = None
        self._about: int | None = None
        files = [source for source in sources if Path(source).is_file()]
        if len(files) == len(sources) or all("://" in one for one in sources if one not in files):
            self._alone = len(sources) - len(files)
            threading.Thread(target=self._count, args=(files,), daemon=True).start()

    def __call__(self) -> tuple[int, bool] | None:
        """The number, and whether it is exact; None where nothing is known."""
        if self.exact is not None:
            return self.exact, True
        return None if self._about is None else (self._about, False)

    def counted(self, targets: Iterable[Target]) -> Iterator[Target]:
        """The targets; when they have been read, their number is known."""
        number = 0
        for target in targets:
            number += 1
            yield target
        self.exact = number

    def _count(self, files: Sequence[str]) -> None:
        about = self._alone
        try:
            for name in files:
                with Path(name).open("rb") as stream:
                    if stream.peek(2)[:2] == b"\x1f\x8b":
                        return
                    while chunk := stream.read(_CHUNK):
                        about += chunk.count(b"http")
        except OSError:
            return
        self._about = about

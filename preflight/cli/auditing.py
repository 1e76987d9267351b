"""One check, from its settings to the last verdict in the reports: what is judged how, kept where, and remembered from before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .._version import __version__
from ..engines import Keep, Seen, Task
from ..engines.flow import Ledger, Memory, flow
from ..target import Target
from ..values import dataclass
from ..verdict import Verdict
from .ignores import Ignoring
from .judging import Judging
from .overrides import Overrides
from .running import Reports
from .scaling import Scale
from .settings import Settings

if TYPE_CHECKING:
    from ..audit import Job
    from ..cache import VerdictCache

_SHOWS_FINDINGS = {"text"}
_SHOWS_ALL = {"html", "har"}
_FLUSH_S = 0.1


async def audit(
    scale: Scale, settings: Settings, job: Job, reports: Reports, targets: Iterable[Target],
    *, stream: bool, others: Mapping[str, object], each: Callable[[Verdict], None],
) -> None:  # fmt: skip
    """Check all targets; every verdict goes to ``reports``, then to ``each``. ``others`` is what else tells one run from another."""
    names = [rule.id for rule in reports.rules]
    judging = Judging(reports.profile, names, reports.ignoring, reports.overrides)
    keep = _keep(settings, reports)
    task = Task(job=job, judge=judging, keep=keep, workers=scale.workers, address=scale.address)

    def sink(seen: Seen) -> None:
        if seen.verdict.ignored and reports.ignoring is not None:
            _mark_used(reports.ignoring, seen.verdict)
        reports.receive(seen.verdict, seen.observation)
        each(seen.verdict)

    with ExitStack() as stack:
        if scale.directory is not None:
            from .resume import contents, open_run

            kept = "parts" if scale.in_parts else "journal"
            more = {**others, "engine": kept, "format": keep.value}
            more |= contents(settings, reports, excused=scale.in_parts)
            open_run(scale.directory, settings, more)
        task, ledger = _kept(scale, task, reports.ignoring, stack)
        memory: Memory | None = None
        if scale.cache is not None:
            cache = stack.enter_context(_cache(scale, reports.overrides, job, judging))
            memory = _Cached(cache, reports.ignoring)
        flushing = asyncio.ensure_future(_flush_now_and_then(reports))
        stack.callback(flushing.cancel)
        await flow(scale.engine, task, targets, sink, ledger=ledger, memory=memory, stream=stream)


def _kept(
    scale: Scale, task: Task, ignoring: Ignoring | None, stack: ExitStack
) -> tuple[Task, Ledger | None]:
    """The task, and the ledger that it is kept in where there is a directory: part files, or a journal."""
    if scale.directory is None:
        return task, None
    if scale.in_parts:
        return replace(task, parts=f"{scale.directory}/parts"), None
    from ..engines.journal import Journal

    path = Path(scale.directory) / "journal.jsonl"
    journal = Journal(path, None if ignoring is None else ignoring.at_url)
    return replace(task, batch=1), stack.enter_context(
        closing(journal)
    )  # what is seen is kept at once


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


def _cache(scale: Scale, overrides: Overrides | None, job: Job, judging: Judging) -> VerdictCache:
    from ..cache import VerdictCache, key_prefix
    from ..rules import BY_ID

    assert scale.cache is not None  # noqa: S101 - asked for only then
    profile = judging.profile
    prefix = key_prefix(
        fetch=replace(job.fetch, profile=profile), version=__version__, depth=job.depth.value,
        rules=[BY_ID[name] for name in judging.rules],
    )  # fmt: skip
    if overrides is not None:
        prefix = hashlib.sha256(prefix + repr(overrides.mark()).encode()).digest()
    return VerdictCache(
        scale.cache, prefix=prefix, max_age=scale.max_age, horizon_s=profile.limits.url_lifetime_s
    )

"""check and require: one call, with connections of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Unpack

from ..errors import NotAcceptedError
from ..judging import Ignore, judge
from ..profile import Profile
from ..rules import RULES, Rule
from ..target import Target
from ..verdict import Verdict
from .loop_thread import private_loop
from .observability import Instrument
from .options import Options, job_of, targets_of
from .session import Session


async def check_async(
    urls: Iterable[str | Target], *, profile: str | Profile = "sinch", allow_networks: Iterable[str] = (),
    depth: str = "default", timeout: float | None = None, retries: int = 2, jobs: int = 64, per_host: int = 16,
    rate: float | None = None, headers: Mapping[str, str] | None = None, proxy: str | None = None,
    cafile: str | None = None, rules: Sequence[Rule] = RULES, ignore: Ignore | None = None,
    instruments: Sequence[Instrument] = (),
) -> list[Verdict]:  # fmt: skip
    """Check URLs the way the gateway will fetch them: one verdict a URL, in order.

    ``allow_networks`` permits addresses that are not public (``["10.0.0.0/8"]``). ``depth`` is quick, default or deep. ``timeout`` in seconds bounds
    one attempt at one URL (the profile's own by default), ``rate`` is requests a second for each host. ``ignore`` gives the reason why a finding is
    lived with, or None. What a remote host does is never an exception. Raises UsageError for arguments that cannot be.
    """
    targets = targets_of(urls)
    job = job_of(
        profile=profile, allow_networks=allow_networks, depth=depth, timeout=timeout, retries=retries, jobs=jobs,
        per_host=per_host, rate=rate, headers=headers, proxy=proxy, cafile=cafile,
    )  # fmt: skip
    session = Session(job)
    try:
        observations = await session.observe(targets)
    finally:
        await session.close()
    verdicts = []
    for observation in observations:
        verdict = judge(observation, job.fetch.profile, rules, ignore)
        verdicts.append(verdict)
        for instrument in instruments:
            instrument(verdict, observation)
    return verdicts


def check(urls: Iterable[str | Target], **options: Unpack[Options]) -> list[Verdict]:
    """The blocking form of ``check_async``, with the same options."""
    # Here, and not in the private thread: a generator may belong to the caller's.
    targets = targets_of(urls)
    return private_loop.run(lambda: check_async(targets, **options))


async def require_async(urls: Iterable[str | Target], **options: Unpack[Options]) -> list[Verdict]:
    """Check URLs and raise NotAcceptedError, with ``.verdicts``, unless every one is accepted."""
    verdicts = await check_async(urls, **options)
    if not all(verdict.accepted for verdict in verdicts):
        raise NotAcceptedError(verdicts)
    return verdicts


def require(urls: Iterable[str | Target], **options: Unpack[Options]) -> list[Verdict]:
    """The blocking form of ``require_async``."""
    targets = targets_of(urls)
    return private_loop.run(lambda: require_async(targets, **options))

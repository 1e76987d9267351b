"""From a caller's arguments to a job; whatever cannot be is refused here, before anything is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from ..audit import Job, Pace
from ..errors import UsageError
from ..judging import Ignore
from ..observe import Depth
from ..profile import Profile, load
from ..rules import Rule
from ..target import Target
from ..wire.address import networks
from ..wire.proxy import proxy_for
from ..wire.request import OWN_FIELDS, sendable
from ..wire.settings import FetchSettings
from ..wire.tls import client_context
from .observability import Instrument


class Options(TypedDict, total=False):
    """What ``check`` and its like take beside the URLs; ``check_async`` says what each means."""

    profile: str | Profile
    allow_networks: Iterable[str]
    depth: str
    timeout: float | None
    retries: int
    jobs: int
    per_host: int
    rate: float | None
    headers: Mapping[str, str] | None
    proxy: str | None
    cafile: str | None
    rules: Sequence[Rule]
    ignore: Ignore | None
    instruments: Sequence[Instrument]


def targets_of(urls: Iterable[str | Target]) -> list[Target]:
    """The URLs as targets, in order. Raises UsageError for what is no URL at all."""
    if isinstance(urls, str | bytes | Target):
        raise UsageError("the URLs must be a list of strings, not one string")
    try:
        return [Target(url=one) if isinstance(one, str) else _target(one) for one in urls]
    except TypeError as error:
        if isinstance(urls, Iterable):
            raise
        raise UsageError("the URLs must be a list of strings") from error


def _target(one: object) -> Target:
    if not isinstance(one, Target):
        raise UsageError(f"a URL must be a string, not {type(one).__name__}")
    if not isinstance(one.url, str):
        raise UsageError(f"the URL of a target must be a string, not {type(one.url).__name__}")
    return one


def job_of(
    *, profile: str | Profile, allow_networks: Iterable[str], depth: str, timeout: float | None, retries: int, jobs: int,
    per_host: int, rate: float | None, headers: Mapping[str, str] | None, proxy: str | None, cafile: str | None,
) -> Job:  # fmt: skip
    """The job that the arguments ask for. ``timeout`` bounds one attempt. Raises UsageError."""
    chosen = load(profile) if isinstance(profile, str) else profile
    if isinstance(allow_networks, str):
        raise UsageError("allow_networks must be a list of networks, not one string")
    if jobs < 1 or per_host < 1 or retries < 0:
        raise UsageError("jobs and per_host must be 1 or more, and retries 0 or more")
    for name, value in (("timeout", timeout), ("rate", rate)):
        if value is not None and not value > 0:
            raise UsageError(f"{name} must be more than 0")
    for scheme in ("http", "https"):
        proxy_for(proxy, scheme)  # refuses what cannot be used
    if cafile is not None:
        client_context(cafile)
    return Job(
        fetch=FetchSettings(
            profile=chosen, allow_networks=networks(allow_networks), total_s=timeout or chosen.fetch.timeout_s,
            headers=_fields(headers or {}), proxy=proxy, cafile=cafile,
        ),
        depth=_depth(depth, chosen), pace=Pace(jobs=jobs, per_host=per_host, rate=rate, retries=retries),
    )  # fmt: skip


def _fields(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in headers.items():
        if not sendable(name, value):
            raise UsageError(f"the header field {name[:20]!r} cannot be sent")
        if name.lower() in OWN_FIELDS:
            raise UsageError(f"the header field {name} belongs to the connection")
    return tuple((name, value.strip()) for name, value in headers.items())


def _depth(name: str, profile: Profile) -> Depth:
    try:
        depth = Depth(name)
    except ValueError:
        raise UsageError(f"there is no depth {name!r}; there are quick, default and deep") from None
    return Depth.DEEP if depth is Depth.DEFAULT and profile.fetch.deep else depth

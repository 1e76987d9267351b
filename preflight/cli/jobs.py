"""From settings to what a run needs: the job, the profile, the rules."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..profile import Profile, load
from ..rules import RULES, Rule, named
from ..wire.address import networks
from .overrides import Overrides
from .settings import Settings

if TYPE_CHECKING:
    from ..audit import Job


def verify(settings: Settings) -> None:
    """Raise UsageError for settings of a fetch that cannot be, before anything is loaded or fetched."""
    from ..wire.proxy import proxy_for

    for name in ("jobs", "per-host"):
        if settings[name] < 1:
            raise UsageError(f"--{name} must be 1 or more")
    timeout = settings["timeout"]
    if settings["retries"] < 0 or (timeout is not None and not 0 < timeout < math.inf):
        raise UsageError("--retries must not be negative, and --timeout must be more than 0")
    for scheme in ("http", "https"):
        proxy_for(settings["proxy"], scheme)
    if settings["cafile"] is not None:
        from ..wire.tls import client_context

        client_context(settings["cafile"])
    _rate(settings["rate"])
    networks(settings["allow-network"])
    for text in settings["header"]:
        _header(text)


def job_from(settings: Settings) -> Job:
    """The job that the settings ask for. Raises UsageError."""
    verify(settings)
    profile = known_profile(settings["profile"])
    fetching = Overrides(profile, settings.overrides).fetching() if settings.overrides else profile
    # what fetches and examines is loaded here, so that everything else starts without it
    from ..audit import Job, Pace
    from ..observe import Depth
    from ..wire.settings import FetchSettings

    return Job(
        fetch=FetchSettings(
            profile=fetching, allow_networks=networks(settings["allow-network"]),
            total_s=settings["timeout"] or profile.fetch.timeout_s, headers=tuple(_header(text) for text in settings["header"]),
            proxy=settings["proxy"], cafile=settings["cafile"],
        ),
        depth=Depth(_depth(settings, profile)), thumbnails=_wants_thumbnails(settings),
        pace=Pace(
            jobs=settings["jobs"], per_host=settings["per-host"], rate=_rate(settings["rate"]), retries=settings["retries"]
        ),
    )  # fmt: skip


def _depth(settings: Settings, profile: Profile) -> str:
    if settings["quick"]:
        return "quick"
    return "deep" if settings["deep"] or profile.fetch.deep else "default"


def _wants_thumbnails(settings: Settings) -> bool:
    """Only the html report shows them, and then only where nobody said not to."""
    html = any(one.partition("=")[0] == "html" for one in settings["format"])
    return html and not settings["no-thumbnails"]


def _header(text: str) -> tuple[str, str]:
    from ..wire.request import OWN_FIELDS, sendable

    name, colon, value = text.partition(":")
    if not colon or not sendable(name, value):
        raise UsageError("--header must look like 'Name: value', without line ends")
    if name.lower() in OWN_FIELDS:
        raise UsageError(f"--header cannot set {name}; it belongs to the connection")
    return name, value.strip()


def _rate(text: str | None) -> float | None:
    if text is None:
        return None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(?:/(s|m|min|h))?", text)
    if not match or not float(match[1]):
        raise UsageError(f"--rate must look like 5/s, not {text!r}")
    return float(match[1]) / {"s": 1, "m": 60, "min": 60, "h": 3600}[match[2] or "s"]


def known_profile(name: str) -> Profile:
    """A profile whose severities name rules that there are. Raises UsageError."""
    profile = load(name)
    for rule in profile.severities:
        named(rule, f"profile {profile.name!r}")
    return profile


def selection_from(settings: Settings, rules: Sequence[Rule] = RULES) -> Sequence[Rule]:
    """Those of ``rules`` that the settings leave. Raises UsageError for a rule that there is not."""
    for name in ("select", "ignore"):
        for rule in settings[name]:
            named(rule, f"--{name}")
    chosen, without = settings["select"], settings["ignore"]
    if not chosen and not without:
        return rules
    return tuple(
        rule for rule in rules if (not chosen or rule.id in chosen) and rule.id not in without
    )

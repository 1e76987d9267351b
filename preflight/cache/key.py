"""What a kept verdict depends on, as one digest: whatever changes in it, the verdict is not found again."""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from ..errors import UsageError
from ..profile import Profile
from ..rules import RULES, Rule
from ..wire.settings import FetchSettings


def key_prefix(
    *, fetch: FetchSettings, version: str, depth: str = "default", rules: Sequence[Rule] = RULES
) -> bytes:
    """What every key of one run has in common: profile, rules, version, depth, headers, proxy, trust store, networks.

    ``depth`` is quick, default or deep. A CA file counts by its content. Raises UsageError where it cannot be read.
    """
    parts = (
        version,
        depth,
        profile_mark(fetch.profile),
        sorted((rule.id, rule.severity) for rule in rules),
        fetch.headers,
        _proxy(fetch.proxy),
        _trust(fetch.cafile),
        sorted(str(network) for network in fetch.allow_networks),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).digest()


def profile_mark(profile: Profile) -> bytes:
    """A profile by what is judged and fetched by it, wherever its values come from and whatever its file is called."""
    plain = replace(profile, title="", note="", sources={})
    return msgspec.json.encode(plain, order="deterministic")


def _proxy(setting: str | None) -> object:
    """The proxy in use; ``env`` stands for what the environment says now."""
    if setting != "env":
        return setting
    return sorted(item for item in os.environ.items() if item[0].lower().endswith("_proxy"))


def _trust(cafile: str | None) -> object:
    """The CA file by its content; the system's store by its file's content and the names in its directory."""
    if cafile is not None:
        return file_mark(cafile)
    paths = ssl.get_default_verify_paths()
    try:
        names = sorted(path.name for path in Path(paths.capath).iterdir()) if paths.capath else []
        return (file_mark(paths.cafile) if paths.cafile else "", names)
    except (OSError, UsageError):
        return "the system's store cannot be read"


def file_mark(path: str) -> str:
    """A CA file by its content. Raises UsageError where it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(f"cannot use the CA file {path!r}: {error.strerror}") from None

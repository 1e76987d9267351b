"""Ignores: findings that a team has looked at and lives with for a while. Each has a reason and an end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from ..errors import UsageError
from ..profile import nearest
from ..rules import BY_ID
from ..verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Findings of ``rules`` at URLs that ``url`` fits (``*`` within a path segment, ``**`` across them), until ``expires``."""

    url: str
    rules: tuple[str, ...]
    reason: str
    expires: date

    def fits(self, finding: Finding, url: str) -> bool:
        """Whether it is about this finding at this URL."""
        return finding.rule in self.rules and _pattern(self.url).fullmatch(url) is not None


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*|\?)", glob)
    wild = {"**": ".*", "*": "[^/]*", "?": r"\?"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts), re.DOTALL)


def read_ignores(raw: Any, where: str) -> tuple[Ignore, ...]:
    """The ``[[ignore]]`` tables of a settings file. Raises UsageError, naming what is wrong."""
    return tuple(
        _read(item, f"{where}: ignore {number}") for number, item in enumerate(raw or [], start=1)
    )


def _read(item: dict[str, Any], where: str) -> Ignore:
    known = ["url", "rules", "reason", "expires"]
    for key in item:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    for key in known:
        if key not in item:
            raise UsageError(
                f"{where}: {key} is missing; an ignore needs url, rules, reason and expires"
            )
    rules = item["rules"]
    if not isinstance(rules, list) or not rules or not all(isinstance(rule, str) for rule in rules):
        raise UsageError(f"{where}: rules must be a list of rule names")
    for rule in rules:
        if rule not in BY_ID:
            raise UsageError(f"{where}: there is no rule {rule!r}{nearest(rule, list(BY_ID))}")
    if type(item["expires"]) is not date:
        raise UsageError(f"{where}: expires must be a date such as 2027-01-31")
    if (
        not isinstance(item["url"], str)
        or not isinstance(item["reason"], str)
        or not item["reason"].strip()
    ):
        raise UsageError(
            f"{where}: url and reason must be texts, and the reason must say something"
        )
    return Ignore(
        url=item["url"], rules=tuple(rules), reason=item["reason"], expires=item["expires"]
    )


class Ignoring:
    """Applies the ignores of one run, and remembers which were used."""

    def __init__(self, ignores: Sequence[Ignore], today: date) -> None:
        self._live = [ignore for ignore in ignores if ignore.expires >= today]
        self._expired = [ignore for ignore in ignores if ignore.expires < today]
        self._used: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._live)

    def reason(self, finding: Finding, url: str) -> str | None:
        """Why a finding at a URL is ignored, or None."""
        for number, ignore in enumerate(self._live):
            if ignore.fits(finding, url) or ignore.fits(finding, finding.url):
                self._used.add(number)
                return f"{ignore.reason} (until {ignore.expires.isoformat()})"
        return None

    def notes(self) -> list[str]:
        """What the report says about ignores that no longer do anything."""
        expired = [
            f"the ignore for {one.url} ({', '.join(one.rules)}) expired on {one.expires}"
            for one in self._expired
        ]
        unused = [
            f"the ignore for {one.url} ({', '.join(one.rules)}) was not needed; remove it"
            for number, one in enumerate(self._live)
            if number not in self._used
        ]
        return expired + unused

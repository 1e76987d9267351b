"""Ignores: findings that a team has looked at and lives with for a while. Each has a reason and an end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..message import Message
from ..nearest import nearest
from ..rules import named
from ..text import mask_reference, mask_url, printable
from ..values import dataclass
from ..verdict import Finding
from .globs import fits

if TYPE_CHECKING:
    from ..judging import Ignore as Excuse
    from .baseline_file import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Findings of ``rules`` at URLs that the glob ``url`` fits, until and on the day ``expires``."""

    url: str
    rules: tuple[str, ...]
    reason: str
    expires: date

    def about(self, finding: Finding, urls: Sequence[str]) -> bool:
        """Whether it is about this finding at all these URLs."""
        return finding.rule in self.rules and all(fits(self.url, url) for url in urls)


def read_ignores(raw: Sequence[dict[str, Any]], where: str) -> tuple[Ignore, ...]:
    """The ``[[ignore]]`` tables of a settings file. Raises UsageError, naming what is wrong."""
    return tuple(
        _read(item, f"{where}: ignore {number}") for number, item in enumerate(raw, start=1)
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
        named(rule, where)
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
    """Applies the ignores and the baseline of one run, and remembers which were used."""

    def __init__(
        self, ignores: Sequence[Ignore], today: date, baseline: Baseline | None = None
    ) -> None:
        self._live = [ignore for ignore in ignores if ignore.expires >= today]
        self._expired = [ignore for ignore in ignores if ignore.expires < today]
        self._baseline = baseline
        self._used: set[int] = set()

    def at_url(self, url: str) -> Excuse:
        """What excuses the findings at a URL, or where it redirects to."""
        return lambda finding: self._reason(finding, [[url], [finding.url]], mask_url(url))

    def in_message(self, message: Message) -> Excuse:
        """What excuses the findings about a message: an ignore must fit all its URLs."""
        from .baseline_file import message_place

        urls = list(message.urls())
        return lambda finding: self._reason(finding, [urls], message_place(message.mms_id, urls))

    def _reason(self, finding: Finding, places: Sequence[Sequence[str]], place: str) -> str | None:
        for number, ignore in enumerate(self._live):
            if any(ignore.about(finding, urls) for urls in places):
                self._used.add(number)
                return f"{ignore.reason} (until {ignore.expires.isoformat()})"
        return self._baseline.reason(finding, place) if self._baseline else None

    def notes(self) -> list[str]:
        """What the report says about ignores and entries that no longer do anything."""
        expired = [f"{_named(one)} expired on {one.expires}" for one in self._expired]
        unused = [
            f"{_named(one)} was not needed; remove it"
            for number, one in enumerate(self._live)
            if number not in self._used
        ]
        return expired + unused + (self._baseline.notes() if self._baseline else [])


def _named(ignore: Ignore) -> str:
    return f"the ignore for {printable(mask_reference(ignore.url))} ({', '.join(ignore.rules)})"

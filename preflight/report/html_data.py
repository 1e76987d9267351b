"""What the page is made of, gathered while verdicts arrive: rows, details, pictures, and counts by rule and by host.

A row is short and always there; its details are many times as long, are parsed only when somebody opens the row, and have a
budget, which those with findings do not share. Over 100,000 places the accepted ones are counted and not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from statistics import median
from typing import TypeVar

from ..observation import Observation
from ..rules import BY_ID
from ..values import dataclass
from ..verdict import Finding, Outcome, Skipped, Verdict
from . import shown
from .base import Look
from .html_exchange import exchanges
from .html_facts import facts, in_short
from .json_values import Value, text
from .order import OUTCOMES, Place, finding_rank, worst_first

_Key = TypeVar("_Key")

MOST_ROWS = 100_000
CHUNK = 100
"""Details that are parsed at once."""

_BUDGET = {"found": 32_000_000, "clean": 16_000_000}
"""Characters of exchanges, for places with findings and for those without."""

_PICTURES = {"found": 2_000, "clean": 200}
_TONES = ("error", "unknown", "warning", "info")
_TIMES = 10_000  # of one host, for the median


@dataclass(frozen=True, slots=True)
class Row:
    """One place on the page; ``detail`` is JSON text, ``url`` as it was checked and never shown."""

    rank: tuple[int, Place]
    url: str
    row: list[object]
    detail: str
    picture: str | None


@dataclass(slots=True)
class _Tally:
    """Counts for one host: places by outcome, and seconds to the first byte."""

    outcomes: list[int] = field(default_factory=lambda: [0, 0, 0])
    first_bytes: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Gathered:
    """Everything that was added. Values that repeat are kept once, and named by their number."""

    look: Look
    rows: list[Row] = field(default_factory=list)
    unlisted: int = 0
    cut: int = 0
    _kinds: dict[tuple[str, str, bool], int] = field(default_factory=dict)
    _fixes: dict[str, int] = field(default_factory=dict)
    _skips: dict[tuple[Skipped, ...], int] = field(default_factory=dict)
    _hosts: dict[str, _Tally] = field(default_factory=dict)
    _host_numbers: dict[str, int] = field(default_factory=dict)
    _rules: dict[str, int] = field(default_factory=dict)
    _full: bool = False
    _spent: dict[str, int] = field(default_factory=lambda: {"found": 0, "clean": 0})
    _drawn: dict[str, int] = field(default_factory=lambda: {"found": 0, "clean": 0})

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Count one place, and keep its row while there is room."""
        verdict = replace(verdict, findings=tuple(sorted(verdict.findings, key=finding_rank)))
        self._count(verdict, observation)
        if not self._room_for(verdict):
            self.unlisted += 1
            return
        group = "found" if verdict.findings else "clean"
        row = Row(
            rank=worst_first(verdict),
            url=verdict.url,
            row=self._row(verdict),
            detail=self._detail(verdict, observation, group),
            picture=self._picture(observation, group),
        )
        self.rows.append(row)

    def _room_for(self, verdict: Verdict) -> bool:
        if len(self.rows) >= MOST_ROWS and not self._full:
            self._full = True
            kept = [row for row in self.rows if row.rank[0] != OUTCOMES.index(Outcome.ACCEPT)]
            self.unlisted += len(self.rows) - len(kept)
            self.rows = kept
        if not self._full:
            return True
        return verdict.outcome is not Outcome.ACCEPT and len(self.rows) < MOST_ROWS

    def _count(self, verdict: Verdict, observation: Observation | None) -> None:
        for rule in {finding.rule for finding in verdict.findings}:
            self._rules[rule] = self._rules.get(rule, 0) + 1
        tally = self._hosts.setdefault(self._host(verdict), _Tally())
        tally.outcomes[OUTCOMES.index(verdict.outcome)] += 1
        waited = observation.identity.timing.first_byte if observation else None
        if waited is not None and len(tally.first_bytes) < _TIMES:
            tally.first_bytes.append(waited)

    def _host(self, verdict: Verdict) -> str:
        return shown.host(verdict.url) or "(no host)"

    def _row(self, verdict: Verdict) -> list[object]:
        """Outcome, URL, numbers of its kinds of finding, number of its host, place, media in short."""
        return [
            OUTCOMES.index(verdict.outcome),
            shown.url(verdict.url, self.look),
            list(dict.fromkeys(self._kind(each) for each in verdict.findings)),
            _number(self._host_numbers, self._host(verdict)),
            shown.place(verdict.target.source, self.look),
            in_short(verdict.media),
        ]

    def _kind(self, finding: Finding) -> int:
        rule = shown.escaped(finding.rule)
        return _number(self._kinds, (rule, finding.severity.value, finding.unknown))

    def _detail(self, verdict: Verdict, observation: Observation | None, group: str) -> str:
        detail: Value = {
            "findings": [self._finding(each, verdict) for each in verdict.findings],
            "ignored": [
                [*self._finding(each.finding, verdict), shown.words(each.reason, self.look)]
                for each in verdict.ignored
            ],
            "skips": _number(self._skips, verdict.skipped),
            "facts": facts(verdict, observation, self.look),
        }
        if observation is not None and self._spent[group] < _BUDGET[group]:
            whole = text({**detail, **exchanges(verdict, observation, self.look)})
            self._spent[group] += len(whole)
            return whole
        if observation is not None:
            self.cut += 1
            detail["cut"] = True
        return text(detail)

    def _finding(self, finding: Finding, verdict: Verdict) -> list[object]:
        """Number of its kind, message, number of its fix, and where it was seen, if that is another URL."""
        look = self.look
        where = None if finding.url in ("", verdict.url) else shown.url(finding.url, look)
        fix = _number(self._fixes, shown.words(finding.fix, look))
        return [self._kind(finding), shown.words(finding.message, look), fix, where]

    def _picture(self, observation: Observation | None, group: str) -> str | None:
        if not (self.look.thumbnails and observation and observation.thumbnail):
            return None
        if self._drawn[group] >= _PICTURES[group] or not _is_picture(observation.thumbnail):
            return None
        self._drawn[group] += 1
        return observation.thumbnail

    def sorted_rows(self) -> list[Row]:
        """Failed first, in each outcome in the order of the sources."""
        self.rows.sort(key=lambda row: row.rank)
        return self.rows

    def tables(self) -> Value:
        """What rows and details name by number, and the counts by rule and by host."""
        return {
            "kinds": list(self._kinds),
            "fixes": list(self._fixes),
            "skips": [
                [[each.rule, shown.words(each.reason, self.look)] for each in skipped]
                for skipped in self._skips
            ],
            "rules": list(self._rule_counts()),
            "hosts": [
                [name, *self._hosts[name].outcomes, _milliseconds(self._hosts[name].first_bytes)]
                for name in self._host_numbers
            ],
            "all_hosts": len(self._hosts),
            "unlisted": self.unlisted,
            "cut": self.cut,
        }

    def _rule_counts(self) -> Iterator[list[object]]:
        """Name, worst tone, places, what it says; the worst first, then the most frequent."""
        tones: dict[str, int] = {}
        for name, severity, unknown in self._kinds:
            tone = _TONES.index("unknown" if unknown else severity)
            tones[name] = min(tones.get(name, tone), tone)
        ranked = [
            (tones.get(shown.escaped(name), 0), -places, name)
            for name, places in self._rules.items()
        ]
        for tone, places, name in sorted(ranked):
            rule = BY_ID.get(name)
            says = rule.summary if rule else ""
            yield [shown.escaped(name), _TONES[tone], -places, says]


def _is_picture(uri: str) -> bool:
    """A recording may hold anything; the page takes small pictures and nothing else."""
    return len(uri) <= 8192 and uri.startswith(
        ("data:image/webp;base64,", "data:image/jpeg;base64,")
    )


def _number(numbers: dict[_Key, int], key: _Key) -> int:
    return numbers.setdefault(key, len(numbers))


def _milliseconds(seconds: list[float]) -> float | None:
    return round(median(seconds) * 1000, 2) if seconds else None

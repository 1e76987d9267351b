"""``prometheus``: gauges for node_exporter's textfile collector.

No URL is ever a label, and there are no timestamps, which that collector refuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TextIO

from .._version import __version__
from ..observation import Observation
from ..verdict import Finding, Verdict
from . import shown
from .base import Look, Run
from .order import OUTCOMES

Samples = Iterable[tuple[dict[str, str], float]]


class Prometheus:
    """Keeps counts only."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._outcomes: Counter[str] = Counter()
        self._findings: Counter[tuple[str, str]] = Counter()
        self._ignored = 0
        self._cached = 0

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Count one verdict."""
        self._outcomes[verdict.outcome] += 1
        self._ignored += len(verdict.ignored)
        self._cached += verdict.from_cache_s is not None
        self._count(verdict.findings)

    def _count(self, findings: Iterable[Finding]) -> None:
        self._findings.update((each.rule, each.severity.value) for each in findings)

    def finish(self, run: Run) -> None:
        """Write every gauge; those of outcomes are there even when they are 0."""
        messages = Counter(each.outcome for each in run.messages)
        for message in run.messages:
            self._count(message.findings)
            self._ignored += len(message.ignored)
        one = {"profile": run.profile}
        by_outcome = (
            ("urls", "Media URLs checked, by outcome.", self._outcomes),
            ("messages", "Messages judged, by outcome.", messages),
        )
        for name, says, counts in by_outcome:
            self._gauge(name, says, (({**one, "outcome": each}, counts[each]) for each in OUTCOMES))
        by_rule = (
            ({**one, "rule": rule, "severity": severity}, number)
            for (rule, severity), number in sorted(self._findings.items())
        )
        self._gauge("findings", "Findings, by rule and severity.", by_rule)
        for name, says, value in self._figures(run):
            self._gauge(name, says, [(one, value)])
        self._gauge("build_info", "The version.", [({"version": __version__}, 1)])
        self._out.flush()

    def _figures(self, run: Run) -> Iterator[tuple[str, str, float]]:
        """What is one number for the whole run."""
        ended = round(run.started_at + run.elapsed_s, 3)
        yield "ignored_findings", "Findings that the settings ignore.", self._ignored
        yield "cached_urls", "Media URLs whose verdict was not made in this run.", self._cached
        yield "complete", "1 where the run was not interrupted.", int(run.complete)
        yield "duration_seconds", "How long the run took.", round(run.elapsed_s, 3)
        yield "last_run_timestamp_seconds", "When the run ended.", ended

    def _gauge(self, name: str, says: str, samples: Samples) -> None:
        name = f"preflight_{name}"
        lines = [f"# HELP {name} {says}", f"# TYPE {name} gauge"]
        for labels, value in samples:
            inner = ",".join(f'{label}="{_label(text)}"' for label, text in labels.items())
            lines.append(f"{name}{{{inner}}} {value}")
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        text = "\n".join(lines) + "\n"
        # The format is UTF-8 and knows three escapes; any other makes a collector refuse the whole file.
        self._out.write(text.encode(encoding, "replace").decode(encoding))


def _label(text: str) -> str:
    return shown.disarmed(shown.escaped(text)).replace("\\", "\\\\").replace('"', '\\"')

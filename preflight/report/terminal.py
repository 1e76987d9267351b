"""``text``: the report for people, worst first, with the reason, what was seen on the wire, and the fix."""

from __future__ import annotations

import re
from typing import TextIO

from ..observation import Observation
from ..text import printable, size
from ..values import dataclass
from ..verdict import Finding, Media, MessageVerdict, Outcome, Severity, Verdict
from . import seen, shown
from .base import Look, Run
from .closing import counts_line, exit_code, exit_line, facts_line
from .ink import WORDS, Ink
from .order import OUTCOMES, finding_rank, worst_first

_LISTED = 50  # accepted URLs without a finding that are listed one by one unless verbose
_ALIKE = 3  # URLs of one host with the same findings, from which on only the first is shown whole
_NAMED = 6  # of those that follow, so many are named unless verbose
_NUMBER = re.compile(r"\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class _Row:
    """A verdict and, for each of its findings, the head that it is about."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    seen: tuple[str, ...]


class Text:
    """Keeps the verdicts and a line of evidence a finding; observations are not kept."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._ink = Ink(out, look)
        self._rows: list[_Row] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict."""
        findings = tuple(sorted(verdict.findings, key=finding_rank))
        heads = tuple(_seen(each, observation, self._look) for each in findings)
        self._rows.append(_Row(verdict, findings, heads))

    def finish(self, run: Run) -> None:
        """Write the report."""
        self._rows.sort(key=lambda row: worst_first(row.verdict))
        shown_rows = [row for row in self._rows if row.findings and self._wanted(row.verdict)]
        blocks = [block for group in _groups(shown_rows) for block in self._group(group)]
        blocks.append(self._clean())
        blocks += [self._message(number, each) for number, each in enumerate(run.messages, 1)]
        blocks.append(self._summary(run))
        text = "\n\n".join("\n".join(block) for block in blocks if block)
        shown.write(self._out, shown.disarmed(text) + "\n")
        self._out.flush()

    def _wanted(self, verdict: Verdict) -> bool:
        return not self._look.quiet or verdict.outcome is not Outcome.ACCEPT

    def _group(self, rows: list[_Row]) -> list[list[str]]:
        if self._look.verbose or len(rows) < _ALIKE:
            return [self._block(row) for row in rows]
        first, rest = self._block(rows[0]), rows[1:]
        listed = ", ".join(self._name(row.verdict) for row in rest[:_NAMED])
        host = shown.host(rest[0].verdict.url)
        where = f" on {host}" if host else ""
        more = ", ... (-v lists them)" if len(rest) > _NAMED else ""
        text = f"{len(rest):,} more{where}: {listed}{more}"
        return [first + self._ink.paragraph(4, "and", "and", text)]

    def _name(self, verdict: Verdict) -> str:
        """Where a URL stands, or the URL itself, from the command line."""
        place = shown.place(verdict.target.source, self._look)
        return place or self._ink.shortened(shown.url(verdict.url, self._look), self._ink.width - 6)

    def _block(self, row: _Row) -> list[str]:
        lines = [self._title(row.verdict)]
        head_before = fix_before = ""
        for finding, head in zip(row.findings, row.seen, strict=True):
            lines += self._finding(finding, "" if head == head_before else head, fix_before)
            head_before, fix_before = head, finding.fix
        if self._look.verbose:
            lines += self._ignored(row.verdict)
        return lines

    def _title(self, verdict: Verdict) -> str:
        look, ink = self._look, self._ink
        facts = [shown.place(verdict.target.source, look)]
        if verdict.outcome is Outcome.ACCEPT:
            facts.append(_media(verdict.media))
        if verdict.attempts > 1:
            facts.append(shown.count(verdict.attempts, "try", "tries"))
        if verdict.from_cache_s is not None:
            facts.append(f"from cache, {shown.age(verdict.from_cache_s)} old")
        tail = "  ".join(fact for fact in facts if fact)
        columns = max(ink.width - 14 - len(tail), 30)
        url = ink.shortened(shown.url(verdict.url, look), columns)
        return f"{ink.outcome(verdict.outcome)}  {url}  {ink.paint(tail, 'faint')}".rstrip()

    def _finding(self, finding: Finding, head: str, fix_before: str = "") -> list[str]:
        ink, look = self._ink, self._look
        label = f"{finding.severity} {shown.escaped(finding.rule)}:"
        painted = f"{ink.paint(finding.severity, finding.severity)} {ink.rule(finding.rule)}:"
        lines = ink.paragraph(4, label, painted, shown.words(finding.message, look))
        if head:
            lines += ink.paragraph(6, "seen:", ink.paint("seen:", "faint"), head)
        if finding.fix:
            fix = "the same" if finding.fix == fix_before else shown.words(finding.fix, look)
            lines += ink.paragraph(6, "fix: ", ink.paint("fix: ", "faint"), fix)
        return lines

    def _ignored(self, verdict: Verdict) -> list[str]:
        ink, lines = self._ink, []
        for each in verdict.ignored:
            label = f"ignored {shown.escaped(each.finding.rule)}:"
            reason = shown.words(each.reason, self._look)
            lines += ink.paragraph(4, label, ink.paint(label, "faint"), reason)
        return lines

    def _clean(self) -> list[str]:
        """The verdicts without a finding, one line each; all but the first few are counted."""
        if self._look.quiet:
            return []
        rows = [row for row in self._rows if not row.findings]
        listed = rows if self._look.verbose else rows[:_LISTED]
        lines = [line for row in listed for line in self._block(row)]
        if len(rows) > len(listed):
            lines.append(f"and {len(rows) - len(listed):,} more without a finding (-v lists them)")
        return lines

    def _message(self, number: int, verdict: MessageVerdict) -> list[str]:
        if self._look.quiet and verdict.outcome is Outcome.ACCEPT:
            return []
        name = shown.name(verdict.mms_id, self._look) if verdict.mms_id else f"number {number}"
        counted = ((each, sum(m.outcome is each for m in verdict.media)) for each in OUTCOMES)
        media = ", ".join(f"{many} {WORDS[each]}" for each, many in counted if many)
        title = f"{self._ink.outcome(verdict.outcome)}  message {name}"
        lines = [f"{title}  {self._ink.paint(f'media: {media or 0}', 'faint')}"]
        for finding in sorted(verdict.findings, key=finding_rank):
            lines += self._finding(finding, "")
        return lines

    def _summary(self, run: Run) -> list[str]:
        lines = [counts_line(run), self._ink.paint(facts_line(run), "faint")]
        if any(row.findings for row in self._rows) and not self._look.quiet:
            lines.append("What a rule means and why it matters: preflight explain RULE")
        for note in run.notes:
            text = shown.words(note, self._look)
            lines += self._ink.paragraph(0, "note:", self._ink.paint("note:", "faint"), text)
        return [*lines, self._ink.paint(exit_line(run), _ending(run))]


def _seen(finding: Finding, observation: Observation | None, look: Look) -> str:
    exchange = seen.exchange_of(finding, observation) if observation else None
    if exchange is None or exchange.head is None:
        return ""  # the message says all there is to say
    asked, line = seen.asked(exchange), seen.head_line(exchange, look)
    return f"{line} ({asked})" if line and asked else line


def _groups(rows: list[_Row]) -> list[list[_Row]]:
    """Rows of one host whose findings are the same but for numbers, and mended in the same way, in the order of their first."""
    groups: dict[object, list[_Row]] = {}
    for row in rows:
        same = tuple((f.rule, f.severity, _NUMBER.sub("#", f.message), f.fix) for f in row.findings)
        key = row.verdict.outcome, shown.host(row.verdict.url), same
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _media(media: Media) -> str:
    """Type, length, and dimensions or duration, as far as they are known: ``image/jpeg, 26.2 KB, 320x240``."""
    parts = [printable(media.detected_type or media.declared_type or "")]
    if media.length is not None:
        parts.append(size(media.length))
    if media.width and media.height:
        parts.append(f"{media.width}x{media.height}")
    if media.duration_s is not None:
        parts.append(f"{media.duration_s:.1f} s")
    return ", ".join(part for part in parts if part)


def _ending(run: Run) -> str:
    code = exit_code(run)
    return Outcome.ACCEPT if code == 0 else Outcome.UNKNOWN if code == 3 else Severity.ERROR

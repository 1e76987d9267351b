"""Findings of media and of messages as one list, worst first: what every format for CI starts from."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from ..target import Source
from ..values import dataclass
from ..verdict import Finding, MessageVerdict, Verdict
from . import shown
from .base import Look, Run
from .order import finding_rank

_FindingsOf = Callable[[Verdict | MessageVerdict], list[tuple[Finding, str | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A finding and what it is about: ``subject`` is a URL or a message's name, fit to be shown.

    ``reason`` is why the settings ignore it, None where they do not. A message stands where the first of its media does.
    """

    finding: Finding
    subject: str
    source: Source
    reason: str | None = None


def remarks(verdicts: Iterable[Verdict], run: Run, look: Look) -> list[Remark]:
    """Every finding that counts: errors before warnings, certain before unknown, then by place."""
    return _sorted(verdicts, run, look, lambda judged: [(each, None) for each in judged.findings])


def ignored(verdicts: Iterable[Verdict], run: Run, look: Look) -> list[Remark]:
    """Every finding that the settings ignore, in the same order."""
    return _sorted(
        verdicts, run, look, lambda judged: [(each.finding, each.reason) for each in judged.ignored]
    )


def _sorted(
    verdicts: Iterable[Verdict], run: Run, look: Look, findings_of: _FindingsOf
) -> list[Remark]:
    found = [
        Remark(
            finding=finding,
            subject=shown.url(verdict.url, look),
            source=verdict.target.source,
            reason=reason,
        )
        for verdict in verdicts
        for finding, reason in findings_of(verdict)
    ]
    found += [
        Remark(
            finding=finding,
            subject=message_name(message, look),
            source=_place(message),
            reason=reason,
        )
        for message in run.messages
        for finding, reason in findings_of(message)
    ]
    return sorted(found, key=_rank)


def _rank(remark: Remark) -> tuple[tuple[int, bool], str, int, int]:
    source = remark.source
    return finding_rank(remark.finding), source.file or "", source.line or 0, source.column or 0


def message_name(message: MessageVerdict, look: Look) -> str:
    """``message 35674``, or ``a message`` where it has no id yet."""
    return f"message {shown.name(message.mms_id, look)}" if message.mms_id else "a message"


def _place(message: MessageVerdict) -> Source:
    return message.media[0].target.source if message.media else Source()


def said(remark: Remark, look: Look) -> str:
    """The finding in one line: what it is about, what is wrong, and what to do."""
    message = shown.words(remark.finding.message, look)
    return f"{remark.subject}: {with_fix(message, shown.words(remark.finding.fix, look))}"


def with_fix(message: str, fix: str) -> str:
    """Two sentences, the second of which says what to do."""
    end = "" if message.endswith((".", "!", "?")) else "."
    return f"{message}{end} Fix: {fix}" if fix else f"{message}{end}"


def fingerprints(found: Iterable[Remark]) -> Iterator[str]:
    """A name for each remark that is unique in the report and outlives moved lines and new signatures.

    The subject is hashed as it is shown: masked, so that a signed URL keeps its name.
    """
    seen: Counter[str] = Counter()
    for remark in found:
        text = f"{remark.finding.rule}\0{remark.subject}"
        name = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        seen[name] += 1
        yield f"{name}:{seen[name]}"

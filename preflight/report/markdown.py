"""``markdown``: a comment for a pull request; ``github`` makes its job summary from the same text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .._version import __version__
from ..verdict import Outcome, Verdict
from . import shown
from .base import Look, Run
from .closing import exit_line, is_whole, run_outcome, unfinished_line
from .ink import RULES_PAGE
from .kept import kept, with_findings
from .remarks import Remark, remarks

COMMENT = 64_000  # bytes; GitHub takes 65,536 characters
_CLOSING = 400  # bytes kept back for the lines that say what was left out
_LONGEST = 500  # characters of a URL or a sentence
_NOTES = 20
_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#+!|~&$]")
_LIVE = re.compile(r"@(?=\w)|:(?=//)|www(?=\.)|#(?=\d)")  # a mention, a link, an issue


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    """The worst come first, as many as fit."""
    yield render(remarks(verdicts, run, look), run, look, COMMENT, rows=20)


def render(found: list[Remark], run: Run, look: Look, budget: int, rows: int) -> str:
    """The whole text in at most ``budget`` bytes of UTF-8, with at most so many rows a rule."""
    head, foot = _head(run), _foot(run, look)
    left = budget - _size(head + foot) - _CLOSING
    parts, told = [head], 0
    for group in _by_rule(found):
        part = _section(group, look, left, rows, opened=len(parts) == 1)
        if not part:
            break
        parts.append(part)
        told += len(group)
        left -= _size(part)
    if told < len(found):
        parts.append(f"**{len(found) - told:,} more findings of other rules did not fit here.**\n")
    return "\n".join([*parts, foot])


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _by_rule(found: list[Remark]) -> list[list[Remark]]:
    groups: dict[tuple[str, str], list[Remark]] = {}
    for remark in found:
        groups.setdefault((remark.finding.rule, remark.finding.severity), []).append(remark)
    return list(groups.values())


def _head(run: Run) -> str:
    s, outcome = run.summary, run_outcome(run)
    title = {
        Outcome.REJECT: f"{s.rejected:,} of {s.checked:,} media rejected"
        if s.rejected
        else "a message was rejected",
        Outcome.UNKNOWN: f"nothing rejected, {s.unknown:,} of {s.checked:,} media could not be told"
        if s.checked
        else "nothing was checked",
        Outcome.ACCEPT: f"all {s.checked:,} media accepted" if s.checked else "nothing was checked",
    }[outcome]
    if outcome is Outcome.UNKNOWN and s.checked and not is_whole(run):
        title = unfinished_line(run).replace("Not", "not", 1)
    return (
        f"### preflight: {title}\n\n"
        "| checked | rejected | unknown | accepted | errors | warnings | ignored |\n"
        "| --: | --: | --: | --: | --: | --: | --: |\n"
        f"| {s.checked:,} | {s.rejected:,} | {s.unknown:,} | {s.accepted:,} "
        f"| {s.errors:,} | {s.warnings:,} | {s.ignored:,} |\n"
    )


def _foot(run: Run, look: Look) -> str:
    notes = [f"- {prose(shown.words(note, look))}" for note in run.notes[:_NOTES]]
    end = f"preflight {__version__}, profile {code(run.profile)}, {run.elapsed_s:.1f} s; "
    return "\n".join([*notes, "", end + prose(exit_line(run)), ""])


def _section(group: list[Remark], look: Look, left: int, rows: int, *, opened: bool) -> str:
    """One rule: its fix, and a row a finding while there is room; empty where there is none for a single row."""
    first = group[0].finding
    fix = f"Fix: {prose(shown.words(first.fix, look))}\n\n" if first.fix else ""
    summary = f"{first.severity}: <code>{_entities(first.rule)}</code>, {len(group):,}"
    start = (
        f"<details{' open' if opened else ''}><summary>{summary}</summary>\n\n{fix}"
        f"[What it means]({RULES_PAGE}#{_entities(first.rule)})\n\n"
    )
    left -= _size(start)
    lines: list[str] = []
    for remark in group[:rows]:
        line = _row(remark, look)
        left -= _size(line)
        if left < 0:
            break
        lines.append(line)
    if not lines:
        return ""
    if len(lines) < len(group):
        lines.append(f"- and {len(group) - len(lines):,} more\n")
    return f"{start}{''.join(lines)}\n</details>\n"


def _row(remark: Remark, look: Look) -> str:
    place = shown.place(remark.source, look)
    where = f" at {code(place)}" if place else ""
    return f"- {code(remark.subject)}{where}: {prose(shown.words(remark.finding.message, look))}\n"


def prose(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no link, no mention of a person or an issue.

    A zero-width space, written as an entity, takes the life out of what GitHub would link.
    """
    pieces, end = [], 0
    text = _cut(text)
    for match in _LIVE.finditer(text):
        pieces += [_escaped(text[end : match.end()]), "&#8203;"]
        end = match.end()
    return "".join([*pieces, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + match.group(), text)


def code(text: str) -> str:
    """A code span around any text on one line, by a fence longer than any run of backticks in it."""
    text = shown.disarmed(shown.escaped(_cut(text)))
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _entities(text: str) -> str:
    return re.sub(r"[^a-z0-9-]", lambda match: f"&#{ord(match.group())};", text)


markdown = kept(_pieces, with_findings)

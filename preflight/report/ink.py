"""Marks, colours, links and line breaking for a terminal; every effect is off unless the look asks
for it.
"""

from __future__ import annotations

import textwrap
from typing import TextIO
from urllib.parse import quote

from ..verdict import Outcome, Severity
from . import shown
from .base import Look

RULES_PAGE = "https://github.com/mms-preflight/preflight/blob/main/docs/rules.md"
WORDS = {Outcome.REJECT: "rejected", Outcome.UNKNOWN: "unknown", Outcome.ACCEPT: "accepted"}
_MARKS = {Outcome.REJECT: "\u2717", Outcome.UNKNOWN: "?", Outcome.ACCEPT: "\u2713"}
_ASCII_MARKS = {Outcome.REJECT: "x", Outcome.UNKNOWN: "?", Outcome.ACCEPT: "+"}
_INK: dict[str, str] = {
    Outcome.REJECT: "1;31", Outcome.UNKNOWN: "1;33", Outcome.ACCEPT: "32",
    Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36", "rule": "1", "faint": "2",
}  # fmt: skip
_NARROWEST = 40


class Ink:
    """How to draw for one stream and one look."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self.look = look
        self.width = max(look.width, _NARROWEST)
        self._marks = _MARKS if _can_write(out, "".join(_MARKS.values())) else _ASCII_MARKS

    def paint(self, text: str, ink: str) -> str:
        """Text in a colour or weight, by the name of an outcome, a severity, ``rule`` or ``faint``."""
        return f"\x1b[{_INK[ink]}m{text}\x1b[0m" if self.look.color and text else text

    def outcome(self, outcome: Outcome) -> str:
        """A mark and a word, so that nothing hangs on colour; always ten columns wide."""
        return self.paint(f"{self._marks[outcome]} {WORDS[outcome]:<8}", outcome)

    def rule(self, name: str) -> str:
        """A rule's name, linked to its manual page where the terminal knows links."""
        name = shown.escaped(name)
        painted = self.paint(name, "rule")
        if not self.look.links:
            return painted
        return f"\x1b]8;;{RULES_PAGE}#{quote(name)}\x1b\\{painted}\x1b]8;;\x1b\\"

    def paragraph(self, indent: int, label: str, painted: str, text: str) -> list[str]:
        """Lines of text behind a label, of which ``painted`` is the coloured form, broken at the
        width.
        """
        lines = textwrap.wrap(
            text,
            self.width,
            initial_indent=" " * (indent + len(label) + 1),
            subsequent_indent=" " * (indent + 6),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
        return [f"{' ' * indent}{painted} {lines[0].lstrip(' ')}".rstrip(), *lines[1:]]

    def shortened(self, text: str, columns: int) -> str:
        """Text cut in its middle to so many columns; its ends say most.

        Whole where the look is verbose, and where it is for no terminal but for a file or a program.
        """
        if self.look.verbose or not self.look.terminal or len(text) <= columns:
            return text
        tail = (columns - 3) * 2 // 5
        return f"{text[: columns - 3 - tail]}...{text[-tail:]}"


def _can_write(out: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(out, "encoding", None) or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True

"""``html``: one file that loads nothing, to look at and to pass on.

The page's text, style and script are readable files in ``page/``; here they are joined, the data put in as JSON, and a
content security policy written that names the hashes of that style and that script and allows nothing else. The script sets
every value as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import TextIO

from .._version import __version__
from ..observation import Observation
from ..rules import BY_ID
from ..verdict import Outcome, Verdict
from . import closing, shown
from .base import Look, Run
from .html_data import CHUNK, Gathered, Row
from .html_slides import message
from .ink import RULES_PAGE
from .json_values import Value, text

_SCRIPTS = ("elements.js", "detail.js", "overview.js", "report.js")


class Html:
    """Keeps rows and details as JSON text: the failed ones come first."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._gathered = Gathered(look)

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict, and what was seen."""
        self._gathered.add(verdict, observation)

    def finish(self, run: Run) -> None:
        """Write the page."""
        page, style = _part("report.html"), _part("report.css")
        script = "\n".join(_part(name) for name in _SCRIPTS)
        values = {
            **_headline(run),
            "policy": _policy(style, script),
            "style": style,
            "script": script,
            "version": __version__,
        }
        before, after = page.split("{{data}}")
        self._out.write(_filled(before, values))
        for name, value in self._islands(run):
            self._out.write(
                f'<script type="application/json" id="data-{name}">{_inert(value)}</script>\n'
            )
        self._out.write(_filled(after, values))
        self._out.flush()

    def _islands(self, run: Run) -> Iterator[tuple[str, str]]:
        rows = self._gathered.sorted_rows()
        yield "run", text(self._run(run, rows))
        yield "rows", _array(text(row.row) for row in rows)
        pictures = {number: row.picture for number, row in enumerate(rows) if row.picture}
        yield "pictures", text(pictures)
        for start in range(0, len(rows), CHUNK):
            yield (
                f"details-{start // CHUNK}",
                _array(row.detail for row in rows[start : start + CHUNK]),
            )

    def _run(self, run: Run, rows: list[Row]) -> Value:
        wanted = {url for each in run.messages for url in (media.url for media in each.media)}
        at: dict[str, int] = {}
        for number, row in enumerate(rows):
            if row.url in wanted:
                at.setdefault(row.url, number)  # of a URL in many places the first is soonest drawn
        return {
            "profile": shown.escaped(run.profile),
            "started": shown.instant(run.started_at),
            "complete": run.complete,
            "outcome": closing.run_outcome(run),
            "counts": [run.summary.rejected, run.summary.unknown, run.summary.accepted],
            "facts": shown.escaped(closing.facts_line(run)),
            "exit": closing.exit_line(run),
            "notes": [shown.words(each, self._look) for each in run.notes],
            "messages": [message(each, at.get, self._look) for each in run.messages],
            "page": RULES_PAGE,
            "pages": list(BY_ID),
            "chunk": CHUNK,
            **self._gathered.tables(),
        }


def _part(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")


def _filled(template: str, values: dict[str, str]) -> str:
    """Each place filled once; what is put in is never looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], template)


def _policy(style: str, script: str) -> str:
    """The hashes are of the elements' text, to the byte."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _inert(json: str) -> str:
    """JSON that cannot end its element: ``<`` occurs only inside strings, where it may be an escape."""
    return json.replace("<", "\\u003c")


def _array(values: Iterator[str]) -> str:
    return "[" + ",\n".join(values) + "]"


def _headline(run: Run) -> dict[str, str]:
    """What is there without any script: a title, a sentence, the counts."""
    s = run.summary
    counts = {"rejected": s.rejected, "unknown": s.unknown, "accepted": s.accepted}
    headline = _sentence(run)
    whole = "" if run.complete else " (interrupted)"
    return {
        "title": html.escape(f"{headline}{whole}"),
        "headline": html.escape(headline),
        "outcome": closing.run_outcome(run).value,
        "counts": html.escape(closing.counts_line(run)),
        **{name: f"{number:,}" for name, number in counts.items()},
    }


def _sentence(run: Run) -> str:
    s = run.summary
    if not s.checked:
        return "Nothing was checked"
    if s.rejected:
        return f"{s.rejected:,} of {s.checked:,} media URLs would be refused"
    if not closing.is_whole(run):
        return closing.unfinished_line(run)
    if s.unknown:
        return f"{s.unknown:,} of {s.checked:,} media URLs could not be told"
    if any(each.outcome is not Outcome.ACCEPT for each in run.messages):
        return "The media are good, but not every message is"
    return (
        f"All {s.checked:,} media URLs are good to send"
        if s.checked > 1
        else "The media URL is good to send"
    )

"""``json``: one document, schema 1, in the order of the sources, verdicts one a line behind their counts."""

from __future__ import annotations

from collections.abc import Iterator

from ..verdict import Verdict
from .base import Look, Run
from .json_values import Encoder, counts, head, message, text
from .kept import every_verdict, kept
from .order import by_place


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    encoder = Encoder(look)
    yield text(head(run))[:-1] + ',\n "summary": ' + text(counts(run)) + ',\n "verdicts": ['
    for number, verdict in enumerate(sorted(verdicts, key=by_place)):
        yield (",\n  " if number else "\n  ") + encoder.verdict(verdict)
    yield '],\n "messages": ['
    yield ",".join("\n  " + text(message(each, look)) for each in run.messages)
    yield "]}\n"


json = kept(_pieces, every_verdict)

"""The gateway's codes: two tables, because an API answer and a postback use the same code for different things.

Meanings are the vendor's (Sinch appendix of 2021, JSON status codes, Skycore's appendices B and D); the classes are ours, read from
the wording. A code that is in no table is legal: the vendor adds codes, and all that can be said of such a one is that it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from ..values import dataclass
from .code_rows import API_ROWS, POSTBACK_ROWS, Row


class Kind(StrEnum):
    """Where a code stands: in the answer to a call, or in a postback."""

    API = "api"
    POSTBACK = "postback"


class CodeClass(StrEnum):
    """What a code means for the sender."""

    DEFINITE = "definite"
    RETRY_LATER = "retry-later"
    AMBIGUOUS = "ambiguous"
    STOP_RUN = "stop-run"
    FIX_HOSTING = "fix-hosting"
    INFORMATIONAL = "informational"


ADVICE: Mapping[CodeClass, str] = {
    CodeClass.DEFINITE: "Nothing was queued, and the same request will fail again: change it first.",
    CodeClass.RETRY_LATER: "Nothing was queued. The same request may be made again later, when asked for.",
    CodeClass.AMBIGUOUS: "It cannot be told whether the message was queued: do not repeat it before that is settled.",
    CodeClass.STOP_RUN: "Nothing was queued, and no other message of this account will be: stop, and settle it with the vendor.",
    CodeClass.FIX_HOSTING: "The media could not be used: correct the hosting or the file, save the message again, then send.",
    CodeClass.INFORMATIONAL: "A report, not a fault.",
}
_POSTBACK_ADVICE: Mapping[CodeClass, str] = {
    CodeClass.DEFINITE: "It failed, and will not be tried again by the gateway.",
    CodeClass.AMBIGUOUS: "It cannot be told whether the message went out.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of a table. ``rules`` are the ids of the preflight rules that would have foretold it."""

    kind: Kind
    code: str
    meaning: str
    klass: CodeClass
    rules: tuple[str, ...] = ()

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        if self.kind is Kind.POSTBACK and self.klass in _POSTBACK_ADVICE:
            return _POSTBACK_ADVICE[self.klass]
        return ADVICE[self.klass]


def _expand(kind: Kind, rows: tuple[Row, ...]) -> Iterator[tuple[tuple[Kind, str], Code]]:
    for names, klass, meaning, rules in rows:
        for code in _range(names):
            row = Code(
                kind=kind,
                code=code,
                meaning=meaning,
                klass=CodeClass(klass),
                rules=tuple(rules.split()),
            )
            yield (kind, code), row


def _range(names: str) -> list[str]:
    """``E150-E154`` as its five codes; a single code as itself."""
    first, dash, last = names.partition("-")
    if not dash:
        return [first]
    return [f"{first[0]}{number:03}" for number in range(int(first[1:]), int(last[1:]) + 1)]


CODES: Mapping[tuple[Kind, str], Code] = {
    **dict(_expand(Kind.API, API_ROWS)),
    **dict(_expand(Kind.POSTBACK, POSTBACK_ROWS)),
}


def lookup(kind: Kind, code: str) -> Code | None:
    """What is known of a code, in any case and with or without spaces around it; None where nothing is."""
    return CODES.get((kind, code.strip().upper()))


def explain(code: str) -> str | None:
    """The manual page of a code in Markdown, for both kinds where both have it; None where neither has."""
    found = [row for kind in Kind if (row := lookup(kind, code)) is not None]
    if not found:
        return None
    return f"# {found[0].code}\n\n" + "\n".join(_page(row) for row in found)


def _page(row: Code) -> str:
    title = {Kind.API: "As the answer to a call", Kind.POSTBACK: "In a postback"}[row.kind]
    page = f"## {title}\n\n{row.meaning}\n\nClass: {row.klass.value}. {row.advice}\n"
    if row.rules:
        page += (
            "\nPreflight rules that would have caught it: "
            + ", ".join(f"`{rule}`" for rule in row.rules)
            + "\n"
        )
    return page

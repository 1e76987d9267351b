"""What the sandbox gateway keeps: templates, and the log of its calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .copying import Copy


class State(StrEnum):
    """Where a template stands. Only a ready one can be sent."""

    ENCODING = "encoding"
    READY = "ready"
    BROKEN = "broken"


@dataclass(slots=True, kw_only=True)
class Template:
    """A saved MMS and the files that it was made of."""

    mms_id: str
    urls: tuple[str, ...] = ()
    state: State = State.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as received, the api-key masked, and its answer. ``time`` is in seconds since the epoch."""

    time: float
    method: str
    api: str
    action: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]
    body: str
    answer: Mapping[str, str]
    copies: tuple[Copy, ...] = ()

    @property
    def to(self) -> str:
        """The recipient, as asked."""
        return self.fields.get("to", "")

    @property
    def mms_id(self) -> str:
        """The mms-id that was asked for, or that the answer gave."""
        return self.fields.get("mms-id") or self.answer.get("mms-id", "")

    @property
    def code(self) -> str:
        """The error code of the answer; empty for Success."""
        return self.answer.get("error-code", "")


def masked(text: str, key: str) -> str:
    """A request body without what may be an api-key."""
    text = re.sub(r"(<api-key>).*?(</api-key>|$)", r"\1***\2", text, flags=re.DOTALL)
    text = re.sub(r'("(?:x-)?api-key"\s*:\s*)"[^"]*"', r'\1"***"', text)
    return text.replace(key, "***") if key else text

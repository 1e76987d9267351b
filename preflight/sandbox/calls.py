"""What the sandbox gateway keeps: templates, the log of its calls, and the small values between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .codes import INFO
from .copying import Copy
from .speech import Asked

_ACTIONS = ("saveMMS", "sendMMS", "sendSavedMMS")


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


@dataclass(slots=True, kw_only=True)
class Work:
    """A request while it is answered."""

    asked: Asked = field(default_factory=Asked)
    as_json: bool = False
    copies: tuple[Copy, ...] = ()


def action_of(work: Work) -> str:
    """The action in the XML API's spelling; the JSON API takes any case. Empty where it is none of ours."""
    said = work.asked.value("action")
    if work.as_json:
        return next((name for name in _ACTIONS if name.lower() == said.lower()), "")
    return said if said in _ACTIONS else ""


def failure(code: str, to: str = "", slide: int = 0) -> dict[str, str]:
    """The answer for a code; ``slide`` counts from 1."""
    answer = {"status": "Failure", "error-code": code}
    if to:
        answer["to"] = to
    return {**answer, "error-info": INFO[code].replace("{slide}", str(slide))}


def masked(text: str, key: str) -> str:
    """A request body without what may be an api-key."""
    text = re.sub(r"(<api-key>).*?(</api-key>|$)", r"\1***\2", text, flags=re.DOTALL)
    text = re.sub(r'("(?:x-)?api-key"\s*:\s*)"[^"]*"', r'\1"***"', text)
    return text.replace(key, "***") if key else text

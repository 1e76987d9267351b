"""What a ledger holds of one key, and how a reply becomes a state."""

from __future__ import annotations

import re
from enum import StrEnum

from ..errors import UsageError
from ..text import MASK
from ..values import dataclass
from .codes import CodeClass
from .reply import Accepted, NotSent, Refused, Reply, Unknown

_RUN = re.compile(r"\+?[0-9][0-9 ().-]*+")
"""What may hold a number: all of it is taken at once, so that no text takes more than linear time."""
_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{4,}(?=[0-9]{2})")
_KEY_CHARACTERS = 256
NO_KEY = f"a ledger key must be 1 to {_KEY_CHARACTERS} printable characters"


class KeyTakenError(UsageError):
    """A key was used for another message."""

    def __init__(self) -> None:
        super().__init__(
            "this ledger key was used for another message; take another key, or send the same message"
        )


def is_key(text: str) -> bool:
    """Whether a text can be a key at all."""
    return 0 < len(text) <= _KEY_CHARACTERS and text.isprintable()


class State(StrEnum):
    """What is known of a key. ``INTENT`` is stored only; whoever looks is shown unknown."""

    INTENT = "intent"
    SENT = "sent"
    REJECTED = "rejected"
    NOT_SENT = "not-sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One key. Times are in seconds since the epoch, UTC; ``to_tail`` is the recipient's last two digits.

    ``under_way`` marks an unknown entry whose process is still alive and within its time: wait, do not resolve. ``delivery`` is
    the code of the last telling postback.
    """

    key: str
    state: State
    attempt: int
    mms_id: str
    to_tail: str
    created_at: float
    updated_at: float
    under_way: bool = False
    tracking_id: str | None = None
    code: str | None = None
    klass: str | None = None
    text: str | None = None
    delivery: str | None = None

    def reply(self) -> Reply:
        """The outcome of the earlier call as its Reply."""
        if self.state is State.SENT:
            return Accepted(
                tracking_id=self.tracking_id or "", mms_id=self.mms_id, from_ledger=True
            )
        if self.code and self.klass and self.state in (State.REJECTED, State.NOT_SENT):
            return Refused(
                code=self.code, klass=CodeClass(self.klass), text=self.text, from_ledger=True
            )
        if self.state is State.NOT_SENT:
            return NotSent(reason=self.text or "it was not sent")
        reason = (
            "another send with this key is under way"
            if self.under_way
            else "an earlier send with this key was never settled"
        )
        return Unknown(
            reason=reason, code=self.code, tracking_id=self.tracking_id, text=self.text, from_ledger=True
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to make one POST. ``token`` lets only its holder settle it."""

    key: str
    attempt: int
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is written down once it is known what came of a key."""

    state: State
    tracking_id: str | None = None
    code: str | None = None
    klass: str | None = None
    text: str | None = None


def settlement(reply: Reply) -> Settlement:
    """What is written down for a reply: its text without telephone numbers."""
    match reply:
        case Accepted():
            text = _without_numbers(reply.details)
            return Settlement(state=State.SENT, tracking_id=reply.tracking_id, text=text)
        case Refused():
            state = State.NOT_SENT if reply.klass is CodeClass.RETRY_LATER else State.REJECTED
            text = _without_numbers(reply.text)
            return Settlement(state=state, code=reply.code, klass=reply.klass.value, text=text)
        case NotSent():
            return Settlement(state=State.NOT_SENT, text=reply.reason)
    text = _without_numbers(reply.text or reply.reason)
    return Settlement(
        state=State.UNKNOWN, tracking_id=reply.tracking_id, code=reply.code, text=text
    )


def _without_numbers(text: str | None) -> str | None:
    """The gateway's texts repeat the recipient's number; only its last two digits are kept."""
    return None if text is None else _RUN.sub(_without_number, text)


def _without_number(run: re.Match[str]) -> str:
    found = _NUMBER.match(run.group())
    return run.group() if found is None else MASK + run.group()[found.end() :]

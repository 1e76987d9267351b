"""What a ledger holds of one key, and how a reply becomes a state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from .codes import CodeClass
from .reply import Accepted, NotSent, Refused, Reply, Unknown

_NUMBER = re.compile(r"\+?[0-9][0-9 ().-]{4,}(?=[0-9]{2})")


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
        return Unknown(reason=reason, code=self.code, text=self.text, from_ledger=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to make one POST. ``token`` lets only its holder settle it."""

    key: str
    attempt: int
    token: str


def settlement(reply: Reply) -> tuple[State, str | None, str | None, str | None, str | None]:
    """A reply as (state, tracking id, code, class, text), the text without telephone numbers."""
    if isinstance(reply, Accepted):
        return State.SENT, reply.tracking_id, None, None, _without_numbers(reply.details)
    if isinstance(reply, Refused):
        state = State.NOT_SENT if reply.klass is CodeClass.RETRY_LATER else State.REJECTED
        return state, None, reply.code, reply.klass.value, _without_numbers(reply.text)
    if isinstance(reply, NotSent):
        return State.NOT_SENT, None, None, None, reply.reason
    return State.UNKNOWN, None, reply.code, None, _without_numbers(reply.text or reply.reason)


def _without_numbers(text: str | None) -> str | None:
    """The gateway's texts repeat the recipient's number; only its last two digits are kept."""
    return None if text is None else _NUMBER.sub("***", text)

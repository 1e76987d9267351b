"""What came of a send, for people and for scripts: a sentence, and an exit code."""

from __future__ import annotations

from ..gateway.reply import Accepted, NotSent, Refused, Reply, Unknown
from ..text import printable


def exit_code(reply: Reply) -> int:
    """0 accepted and queued, 1 refused or not sent for certain, 3 unknown."""
    return 0 if isinstance(reply, Accepted) else 3 if isinstance(reply, Unknown) else 1


def describe(reply: Reply) -> str:
    """A reply in a sentence or two."""
    if isinstance(reply, NotSent):
        return f"not sent: {reply.reason}"
    earlier = " (by an earlier call; nothing was sent now)" if reply.from_ledger else ""
    code = printable(reply.code) if isinstance(reply, Refused | Unknown) and reply.code else ""
    match reply:
        case Accepted():
            return f"sent: the gateway accepted and queued the message{earlier}; tracking id {printable(reply.tracking_id)}"
        case Refused():
            said = f": {printable(reply.text)}" if reply.text else ""
            return f"refused: the gateway answered {code}{said}{earlier} (preflight explain {code})"
    said = f", {code}" if code else ""
    said += f": {printable(reply.text)}" if reply.text else ""
    said += f", tracking id {printable(reply.tracking_id)}" if reply.tracking_id else ""
    return f"unknown: {reply.reason}{said}{earlier}; the message may have gone out, so do not send it again before this is settled"

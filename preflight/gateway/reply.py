"""What came of a send: four values, of which only two are certain about the recipient."""

from __future__ import annotations

from typing import TypeAlias

from ..values import dataclass
from .codes import CodeClass
from .problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The gateway accepted and queued the message; delivery is known from postbacks only.

    ``tracking_id`` is opaque. Texts are the gateway's own: show them through ``preflight.text``. ``from_ledger`` marks the
    reply of an earlier call with the same key; nothing was sent now.
    """

    tracking_id: str
    mms_id: str | None = None
    to: str | None = None
    from_: str | None = None
    details: str | None = None
    http_status: int | None = None
    from_ledger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The gateway said no, with a code that means that nothing was queued. ``klass`` says what may help."""

    code: str
    klass: CodeClass
    text: str | None = None
    to: str | None = None
    http_status: int | None = None
    from_ledger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request may have been carried out. It must not be repeated before a person or a postback has settled it.

    ``reason`` is in our words; ``code``, ``tracking_id`` and ``text`` are the gateway's, where it gave any.
    """

    reason: str
    code: str | None = None
    tracking_id: str | None = None
    text: str | None = None
    http_status: int | None = None
    from_ledger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Nothing reached the gateway, for certain. ``problems`` says what was wrong with the request, where that was it."""

    reason: str
    problems: tuple[Problem, ...] = ()


Reply: TypeAlias = Accepted | Refused | Unknown | NotSent

"""The gateway's answer as a Reply. Pure. The body decides, whatever the HTTP status, but for a server's error (5xx), after which nothing is certain."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

from . import codes
from .codes import CodeClass, Kind
from .document import MAX_BYTES, UnreadableError, read, scalars
from .reply import Accepted, Refused, Unknown

_CODE = re.compile(r"[A-Z]{1,2}[0-9]{1,6}")


def decode(status: int, headers: Mapping[str, str], body: bytes) -> Accepted | Refused | Unknown:
    """What an answer says about the message. ``headers`` names are in any case.

    Accepted needs Success and a tracking id. Refused needs Failure and a code that is known to mean that nothing was queued.
    All else is Unknown: an answer that cannot be read, contradicts itself, or has an ambiguous or unheard-of code; and every 5xx, with
    what its document says, for a person: whatever failed there may have failed before or after the message was queued. A status that
    there is not counts as 5xx (RFC 9110 section 15).
    """
    reply = _read(status, headers, body)
    return reply if 100 <= status <= 499 else _unsettled(reply, status)


def _unsettled(reply: Accepted | Refused | Unknown, status: int) -> Unknown:
    match reply:
        case Accepted():
            reason = f"the endpoint answered HTTP {status}, an error, with a document that reports success"
            return Unknown(
                reason=reason, tracking_id=reply.tracking_id, text=reply.details, http_status=status
            )
        case Refused():
            reason = f"the endpoint answered HTTP {status}, an error, which does not say whether the message was queued"
            return Unknown(reason=reason, code=reply.code, text=reply.text, http_status=status)
    return reply


def _read(status: int, headers: Mapping[str, str], body: bytes) -> Accepted | Refused | Unknown:
    try:
        root = read(_decoded(headers, body))
        if root.name not in ("response", ""):
            raise UnreadableError("it is not a response document")
        fields = scalars(root)
    except UnreadableError as error:
        return Unknown(reason=_unreadable(status, str(error)), http_status=status)
    verdict = fields.get("status", "").lower()
    code = fields.get("errorcode", "").upper() or None
    if verdict == "success" and code is None:
        return _success(status, fields)
    if verdict == "failure" and code is not None and "trackingid" not in fields:
        return _failure(status, fields, code)
    reason = (
        "the answer contradicts itself"
        if verdict in ("success", "failure") and code
        else _incomplete(verdict)
    )
    return Unknown(
        reason=reason, code=_shown(code), tracking_id=fields.get("trackingid"), text=fields.get("errorinfo"), http_status=status
    )  # fmt: skip


def _shown(code: str | None) -> str | None:
    """A code that looks like one; anything else there, such as a key in capitals, would be shown and kept as if it were."""
    return code if code is not None and _CODE.fullmatch(code) else None


def _success(status: int, fields: Mapping[str, str]) -> Accepted | Unknown:
    tracking_id = fields.get("trackingid")
    if tracking_id is None:
        return Unknown(
            reason="the gateway reports success but gives no tracking id",
            text=fields.get("statusdetails"), http_status=status,
        )  # fmt: skip
    return Accepted(
        tracking_id=tracking_id, mms_id=fields.get("mmsid"), to=fields.get("to"), from_=fields.get("from"),
        details=fields.get("statusdetails"), http_status=status,
    )  # fmt: skip


def _failure(status: int, fields: Mapping[str, str], code: str) -> Refused | Unknown:
    text = fields.get("errorinfo")
    known = codes.lookup(Kind.API, code)
    if known is not None and known.klass is not CodeClass.AMBIGUOUS:
        return Refused(
            code=code, klass=known.klass, text=text, to=fields.get("to"), http_status=status
        )
    if known is None:
        reason = "the gateway reports failure with a code that is not known to mean that nothing was queued"
    else:
        reason = "the gateway reports failure with a code that does not say whether the message was queued"
    return Unknown(reason=reason, code=_shown(code), text=text, http_status=status)


def _incomplete(verdict: str) -> str:
    if verdict == "failure":
        return "the gateway reports failure but gives no code"
    return "the answer does not say whether the request succeeded"


def _unreadable(status: int, detail: str) -> str:
    if 300 <= status <= 399:
        return f"the endpoint answered HTTP {status}, a redirect, which is never followed"
    if status == 200:
        return f"the answer cannot be read: {detail}"
    return f"the endpoint answered HTTP {status}, and the answer cannot be read: {detail}"


def _decoded(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body without a gzip coding that was declared though not asked for, within the size cap."""
    values = [value for name, value in headers.items() if name.lower() == "content-encoding"]
    coding = ",".join(values).strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip"):
        raise UnreadableError("it has a content coding that was not asked for")
    if len(body) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES:,} bytes")
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise UnreadableError("its gzip coding is broken") from None
    if not stream.eof and len(plain) <= MAX_BYTES:
        raise UnreadableError("its gzip coding ends early")
    return plain

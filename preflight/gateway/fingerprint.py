"""Hashes of a request that a ledger may keep: keyed with its salt, so that no telephone number can be found by trying all."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, replace

from ..values import dataclass
from .request import SendRequest

# What the recipient sees of this message and of no other; with endpoint, mms-id and to, the default key.
_CUSTOM = ("custom_subject", "custom_text", "data", "message_subject", "custom_slides")
# What may differ from one attempt at the same message to the next.
_PER_ATTEMPT = ("client_reference", "fallback_sms_link_expiration", "mms_expiry_timestamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a ledger keeps of a message. ``reference`` is the hashed client-reference; ``to_tail`` the recipient's last two digits."""

    fingerprint: str
    mms_id: str
    to_hash: str
    to_tail: str
    reference: str | None


def marks_of(salt: bytes, endpoint: str, request: SendRequest) -> Marks:
    """The marks of a request to an endpoint."""
    reference = request.client_reference
    return Marks(
        fingerprint=fingerprint(salt, endpoint, request), mms_id=request.mms_id, to_hash=keyed_hash(salt, request.to),
        to_tail=request.to[-2:], reference=None if reference is None else keyed_hash(salt, reference),
    )  # fmt: skip


def keyed_hash(salt: bytes, text: str) -> str:
    """HMAC-SHA-256 of a text in hexadecimal."""
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()


def default_key(salt: bytes, endpoint: str, request: SendRequest) -> str:
    """32 hexadecimal digits from endpoint, mms-id, to and the custom fields."""
    fields = _fields(request)
    chosen = {name: fields[name] for name in ("mms_id", "to", *_CUSTOM)}
    return keyed_hash(salt, _text(endpoint, chosen))[:32]


def fingerprint(salt: bytes, endpoint: str, request: SendRequest) -> str:
    """What makes two requests the same message: all their fields but those that go with the attempt."""
    fields = _fields(request)
    return keyed_hash(
        salt, _text(endpoint, {name: fields[name] for name in fields if name not in _PER_ATTEMPT})
    )


def _fields(request: SendRequest) -> dict[str, object]:
    fields: dict[str, object] = asdict(replace(request, custom_slides=()))
    # As they are sent: any Mapping is an object there, and each name a text, which alone can be put in order.
    fields["custom_slides"] = json.loads(json.dumps(request.custom_slides, default=dict))
    # Merge tags have no order and no case.
    fields["data"] = sorted((name.lower(), text) for name, text in request.data)
    return fields


def _text(endpoint: str, fields: dict[str, object]) -> str:
    return json.dumps([endpoint, fields], sort_keys=True)

"""Hashes of a request that a ledger may keep: keyed with its salt, so that no telephone number can be found by trying all."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, replace

from ..values import dataclass
from .request import CustomText, SendRequest

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
    return _key(salt, endpoint, _fields(request))


def former_key(salt: bytes, endpoint: str, request: SendRequest) -> str | None:
    """The default key that versions made which took custom texts as they were given; None where it is today's."""
    former = _former_fields(request)
    return None if former is None else _key(salt, endpoint, former)


def _key(salt: bytes, endpoint: str, fields: dict[str, object]) -> str:
    chosen = {name: fields[name] for name in ("mms_id", "to", *_CUSTOM)}
    return keyed_hash(salt, _text(endpoint, chosen))[:32]


def fingerprint(salt: bytes, endpoint: str, request: SendRequest) -> str:
    """What makes two requests the same message: all their fields but those that go with the attempt."""
    return _print(salt, endpoint, _fields(request))


def fingerprints(salt: bytes, endpoint: str, request: SendRequest) -> tuple[str, ...]:
    """The fingerprint, and after it the one that earlier versions made, where that is another."""
    every = (_fields(request), _former_fields(request))
    return tuple(_print(salt, endpoint, fields) for fields in every if fields is not None)


def _print(salt: bytes, endpoint: str, fields: dict[str, object]) -> str:
    return keyed_hash(
        salt, _text(endpoint, {name: fields[name] for name in fields if name not in _PER_ATTEMPT})
    )


def _fields(request: SendRequest) -> dict[str, object]:
    fields: dict[str, object] = asdict(replace(request, custom_slides=()))
    # As they are sent: any Mapping is an object there, and each name a text, which alone can be put in order.
    fields["custom_slides"] = json.loads(json.dumps(request.custom_slides, default=dict))
    # Merge tags have no order and no case.
    fields["data"] = sorted((name.lower(), text) for name, text in request.data)
    # Each custom text belongs to its slide, wherever it stands.
    fields["custom_text"] = [asdict(text) for text in in_order(request.custom_text)]
    return fields


def _former_fields(request: SendRequest) -> dict[str, object] | None:
    """The fields as they were hashed before custom texts had an order: as given; None where that is their order."""
    if in_order(request.custom_text) == tuple(request.custom_text):
        return None
    return _fields(request) | {"custom_text": [asdict(text) for text in request.custom_text]}


def in_order(texts: tuple[CustomText, ...]) -> tuple[CustomText, ...]:
    """Custom texts by their slides, so that two lists of the same texts are equal."""
    return tuple(sorted(texts, key=lambda text: text.slide))


def _text(endpoint: str, fields: dict[str, object]) -> str:
    return json.dumps([endpoint, fields], sort_keys=True)

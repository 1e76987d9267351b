"""The part of the validation that concerns fields of the JSON API alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from . import numbers
from .problem import Problem, error, warning
from .request import SendRequest, vendor_name

_REFERENCE_CHARACTERS = 64
_MASK = re.compile(r"(?![0-9]+$)[A-Za-z0-9_-]{1,11}")
_MASK_AUSTRALIA = 50


def json_fields(request: SendRequest) -> Iterator[Problem]:
    """What is wrong with client-reference, from-mask and custom-slides."""
    reference = request.client_reference
    if reference is not None and not 1 <= len(reference) <= _REFERENCE_CHARACTERS:
        yield error(
            "client_reference",
            f"client-reference must have 1 to {_REFERENCE_CHARACTERS} characters",
        )
    yield from _from_mask(request)
    if not all(_is_json_object(slide) for slide in request.custom_slides):
        yield error("custom_slides", "custom-slides is not a list of JSON objects")


def _is_json_object(slide: object) -> bool:
    try:
        text = json.dumps(slide, ensure_ascii=False, allow_nan=False, default=dict)
        text.encode()
        json.loads(text, object_pairs_hook=_named_once)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(slide, Mapping)


def _named_once(members: list[tuple[str, object]]) -> None:
    """Refuse a name that repeats, as 1 and "1" do once they are sent: which of the two a reader takes is its own affair."""
    if len(dict(members)) < len(members):
        raise ValueError


def _from_mask(request: SendRequest) -> Iterator[Problem]:
    mask = request.from_mask
    if mask is None:
        return
    code = numbers.calling_code(request.to)
    if code == "61":
        if not mask.strip() or not mask.isprintable() or len(mask) > _MASK_AUSTRALIA:
            yield error(
                "from_mask", f"from-mask must be 1 to {_MASK_AUSTRALIA} printable characters (E115)"
            )
    elif not _MASK.fullmatch(mask):
        yield error(
            "from_mask", "from-mask must be 1 to 11 of A-Z a-z 0-9 _ -, and not digits only"
        )
    if code == "1":
        yield warning("from_mask", "from-mask does not work in the USA")


def times(request: SendRequest, now: datetime | None) -> Iterator[Problem]:
    """What is wrong with the two date-times; against their limits only where ``now`` is given."""
    limits = (
        ("fallback_sms_link_expiration", timedelta(days=366), "1 year"),
        ("mms_expiry_timestamp", timedelta(days=3), "3 days"),
    )
    for field, longest, words in limits:
        text: str | None = getattr(request, field)
        if text is None:
            continue
        when = _date_time(text)
        if when is None:
            yield error(
                field,
                f"{vendor_name(field)} is not a date-time with an offset, such as 2027-01-31T12:00:00Z",
            )
        elif now is not None and when <= now:
            yield error(field, f"{vendor_name(field)} is over already")
        elif now is not None and when > now + longest:
            yield error(
                field, f"{vendor_name(field)} is more than {words} ahead, the vendor's maximum"
            )


def _date_time(text: str) -> datetime | None:
    """An RFC 3339 date-time; None where the text is of another form or names no real moment."""
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
    if not re.fullmatch(form, text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None

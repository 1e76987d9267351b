"""What is asked of sendSavedMMS, as a value. Names are the vendor's, with underscores."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import NoReturn

from ..errors import UsageError
from ..values import dataclass


class Api(StrEnum):
    """The generation of the vendor's API: XML (the older one) or JSON."""

    XML = "xml"
    JSON = "json"


ENDPOINTS: Mapping[Api, str] = {
    Api.XML: "https://api.ci.mblox.com/ep/v1/",
    Api.JSON: "https://api.ci.mblox.com/ep/v2/",
}


class Secret:
    """An api-key that no print, log, traceback or pickle can show.

    Raises UsageError for a text that is empty, over 512 characters, or not visible ASCII.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not (0 < len(value) <= 512 and all("!" <= character <= "~" for character in value)):
            raise UsageError(
                "the api-key must be 1 to 512 visible ASCII characters, without spaces"
            )
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomText:
    """Text that replaces a template's own: ``slide`` counts from 1, ``value`` has up to 5000 characters."""

    slide: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """One sendSavedMMS call: one stored message to one recipient.

    ``data`` holds (name, value) pairs for merge tags. ``ddm_message_timeout`` is in minutes. The two
    date-times are RFC 3339 texts. ``custom_slides`` holds JSON objects whose members the vendor does not document.
    From ``message_subject`` on, fields are the JSON API's; ``service_id`` is optional there.
    """

    mms_id: str
    to: str
    from_: str
    service_id: str | None = None
    fallback_sms_text: str | None = None
    custom_subject: str | None = None
    custom_text: tuple[CustomText, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    operator_id: str | None = None
    ddm_force: bool | None = None
    ddm_message_text: str | None = None
    ddm_message_subject: str | None = None
    ddm_message_timeout: int | None = None
    message_subject: str | None = None
    to_displayonly: tuple[str, ...] = ()
    from_mask: str | None = None
    client_reference: str | None = None
    disable_fallback_sms: bool | None = None
    disable_fallback_sms_link: bool | None = None
    fallback_sms_link_expiration: str | None = None
    mms_expiry_timestamp: str | None = None
    custom_slides: tuple[Mapping[str, object], ...] = ()


# Fields that one generation does not have, each with the other generation's field for the same purpose.
XML_ONLY: Mapping[str, str | None] = {
    "custom_subject": "message_subject",
    "custom_text": "custom_slides",
    "data": "custom_slides",
    "operator_id": None,
    "ddm_force": None,
    "ddm_message_text": None,
    "ddm_message_subject": None,
    "ddm_message_timeout": None,
}
JSON_ONLY: Mapping[str, str | None] = {
    "message_subject": "custom_subject",
    "custom_slides": "custom_text",
    "to_displayonly": None,
    "from_mask": None,
    "client_reference": None,
    "disable_fallback_sms": None,
    "disable_fallback_sms_link": None,
    "fallback_sms_link_expiration": None,
    "mms_expiry_timestamp": None,
}


def vendor_name(field: str) -> str:
    """The vendor's spelling of a field of SendRequest: ``from_`` is ``from``, ``mms_id`` is ``mms-id``."""
    return field.rstrip("_").replace("_", "-")

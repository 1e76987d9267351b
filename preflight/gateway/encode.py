"""A request as the headers and the body of its POST. Pure."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

from ..errors import UsageError
from .problem import errors
from .request import Api, Secret, SendRequest, vendor_name
from .validate import validate

# The order of the vendor's parameter list. XML leaves out what JSON alone has, and the other way round.
_XML_FIELDS = (
    "service_id", "mms_id", "to", "from_", "fallback_sms_text", "custom_subject", "custom_text", "data", "operator_id",
    "ddm_force", "ddm_message_text", "ddm_message_subject", "ddm_message_timeout",
)  # fmt: skip
_JSON_FIELDS = (
    "mms_id", "service_id", "to", "to_displayonly", "from_", "from_mask", "message_subject", "fallback_sms_text",
    "disable_fallback_sms", "disable_fallback_sms_link", "fallback_sms_link_expiration", "mms_expiry_timestamp",
    "client_reference", "custom_slides",
)  # fmt: skip


def encode(
    request: SendRequest, api: Api, api_key: Secret, *, content_type: str | None = None
) -> tuple[dict[str, str], bytes]:
    """The header fields and the body to POST.

    ``content_type`` replaces the default, text/xml or application/json in UTF-8 (the vendor documents none for XML).
    Raises UsageError where the request has an error that ``validate`` finds, and where ``content_type`` cannot be sent.
    """
    # Whether the account demands a fallback text is asked at the gate, which knows the account.
    wrong = errors(validate(request, api, fallback="no"))
    if wrong:
        raise UsageError(wrong[0].message)
    if content_type is not None and not re.fullmatch(r"[!-~][ -~]*", content_type):
        raise UsageError("the Content-Type of the request must be printable ASCII")
    if api is Api.XML:
        headers = {"Content-Type": content_type or "text/xml; charset=utf-8"}
        return headers, _xml(request, api_key)
    headers = {
        "Content-Type": content_type or "application/json; charset=utf-8",
        "x-api-key": api_key.reveal(),
    }
    return headers, _json(request)


def preview(request: SendRequest, api: Api) -> tuple[dict[str, str], str]:
    """What ``encode`` gives, with ``***`` for the api-key: for people to read."""
    headers, body = encode(request, api, Secret("***"))
    return headers, body.decode()


def _xml(request: SendRequest, api_key: Secret) -> bytes:
    root = ElementTree.Element("request")
    _add(root, "action", "sendSavedMMS")
    _add(root, "api-key", api_key.reveal())
    for field in _XML_FIELDS:
        value = getattr(request, field)
        if field == "custom_text":
            for text in request.custom_text:
                element = ElementTree.SubElement(root, "custom-text")
                _add(element, "value", text.value)
                _add(element, "slide", str(text.slide))
        elif field == "data":
            if request.data:
                element = ElementTree.SubElement(root, "data")
            for name, tag_text in request.data:
                _add(element, name.lower(), tag_text)
        elif value is not None:
            word = str(value).lower() if isinstance(value, bool) else str(value)
            _add(root, vendor_name(field), word)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    # ElementTree writes a carriage return as it is, and a parser would read it as a line feed.
    return body.replace(b"\r", b"&#13;")


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _json(request: SendRequest) -> bytes:
    members: dict[str, object] = {"action": "sendsavedmms"}
    for field in _JSON_FIELDS:
        value = getattr(request, field)
        if field == "to_displayonly":
            value = ",".join(request.to_displayonly)
        if value not in (None, "", ()):
            members[vendor_name(field)] = value
    return json.dumps(members, default=dict).encode()

"""Everything that can be said against a request before it is sent: pure, one function a group of fields.

Limits are the vendor's (sendSavedMMS and appendix pages); where the vendor gives none for an opaque id, ours only keeps
out what can be no id at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ..errors import UsageError
from . import numbers
from .problem import Problem, error, warning
from .request import JSON_ONLY, XML_ONLY, Api, SendRequest, vendor_name
from .validate_json import json_fields, times

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_NAME_START}][{_NAME_START}.0-9\u00b7\u0300-\u036f\u203f-\u2040-]*")
_ID_CHARACTERS = 128
_SLIDES = 8
_TEXT_CHARACTERS = 5000
_SUBJECT_CHARACTERS = 80
_SUBJECT_RECOMMENDED = 40


def validate(
    request: SendRequest, api: Api, fallback: str = "warn", *, now: datetime | None = None
) -> list[Problem]:
    """All problems of a request, in the order of the vendor's fields; errors mean that it must not be sent.

    ``fallback`` says whether the account demands fallback-sms-text: yes (error when missing), no, or warn. With ``now`` (with
    an offset) the two date-times are also held against their limits. Raises UsageError for another ``fallback``.
    """
    if fallback not in ("yes", "no", "warn"):
        raise UsageError("fallback-sms-text must be demanded by yes, no or warn")
    return [
        *_generation(request, api), *_numbers(request), *_ids(request, api), *_fallback(request, api, fallback),
        *_subject(request), *_custom_text(request), *_data(request), *_ddm(request), *json_fields(request),
        *times(request, now), *_characters(request),
    ]  # fmt: skip


def _generation(request: SendRequest, api: Api) -> Iterator[Problem]:
    foreign = XML_ONLY if api is Api.JSON else JSON_ONLY
    for field, twin in foreign.items():
        if getattr(request, field) not in (None, ()):
            hint = f"use {vendor_name(twin)}" if twin else "it has none for this purpose"
            yield error(
                field, f"{vendor_name(field)} is not a parameter of the {api.upper()} API; {hint}"
            )


def _numbers(request: SendRequest) -> Iterator[Problem]:
    yield from _number("to", request.to)
    if not numbers.fault(request.to) and numbers.calling_code(request.to) not in numbers.SERVED:
        yield warning(
            "to",
            "to is outside the countries that the vendor serves (US, Canada, Puerto Rico, Australia)",
        )
    if not numbers.is_short_code(request.from_):
        yield from _number("from_", request.from_)
        yield from _other_country(request)
    for shown in request.to_displayonly:
        yield from _number("to_displayonly", shown)


def _number(field: str, number: str) -> Iterator[Problem]:
    name = vendor_name(field)
    if fault := numbers.fault(number):
        also = (
            "; a short code has 5 or 6"
            if field == "from_" and number.isdecimal() and len(number) < 7
            else ""
        )
        yield error(field, f"{name} {fault}{also}")
    elif doubt := numbers.doubt(number):
        yield warning(field, f"{name} {doubt}")


def _other_country(request: SendRequest) -> Iterator[Problem]:
    if numbers.fault(request.to) or numbers.fault(request.from_):
        return
    here, there = numbers.calling_code(request.from_), numbers.calling_code(request.to)
    if here is not None and there is not None and here != there:
        yield warning(
            "from_",
            f"from is a number of country code {here} and to of {there}; "
            "the vendor replaces such a sender by the account's default for the recipient's country",
        )


def _ids(request: SendRequest, api: Api) -> Iterator[Problem]:
    yield from _id("mms_id", request.mms_id)
    if request.service_id is not None:
        yield from _id("service_id", request.service_id)
    elif api is Api.XML:
        yield error("service_id", "service-id is required by the XML API (E627)")
    if request.operator_id is not None:
        yield from _id("operator_id", request.operator_id)


def _id(field: str, value: str) -> Iterator[Problem]:
    name = vendor_name(field)
    if not value.strip():
        yield error(field, f"{name} is empty")
    elif not value.isprintable() or value != value.strip():
        yield error(field, f"{name} has control characters, or spaces at an end")
    elif len(value) > _ID_CHARACTERS:
        yield error(
            field,
            f"{name} has {len(value)} characters; no id of the vendor's is over {_ID_CHARACTERS}",
        )


def _fallback(request: SendRequest, api: Api, fallback: str) -> Iterator[Problem]:
    text = request.fallback_sms_text
    given = text is not None and text.strip() != ""
    if api is Api.JSON and request.disable_fallback_sms:
        if given:
            yield warning(
                "fallback_sms_text", "fallback-sms-text has no effect with disable-fallback-sms"
            )
        return
    if text is not None and not given:
        yield error("fallback_sms_text", "fallback-sms-text is empty (E622)")
    elif not given and fallback == "yes":
        yield error(
            "fallback_sms_text", "fallback-sms-text is missing, and this account requires it (E622)"
        )
    elif not given and fallback == "warn":
        yield warning(
            "fallback_sms_text",
            "fallback-sms-text is missing; an account with SMS fallback requires it (E622)",
        )


def _subject(request: SendRequest) -> Iterator[Problem]:
    for field in ("custom_subject", "message_subject"):
        value: str | None = getattr(request, field)
        if value is None:
            continue
        name = vendor_name(field)
        if not value.strip():
            yield error(field, f"{name} is empty (E314)")
        if not re.fullmatch(r"[ -~]*", value):
            yield error(field, f"{name} must be printable ASCII; carriers refuse other characters")
        if len(value) > _SUBJECT_CHARACTERS:
            yield error(field, f"{name} has {len(value)} characters, over {_SUBJECT_CHARACTERS}")
        elif len(value) > _SUBJECT_RECOMMENDED:
            yield warning(
                field,
                f"{name} has {len(value)} characters; up to {_SUBJECT_RECOMMENDED} are recommended",
            )


def _custom_text(request: SendRequest) -> Iterator[Problem]:
    seen: set[int] = set()
    for text in request.custom_text:
        if not 1 <= text.slide <= _SLIDES:
            yield error(
                "custom_text", f"custom-text names slide {text.slide}; slides are 1 to {_SLIDES}"
            )
        if text.slide in seen:
            yield error("custom_text", f"custom-text names slide {text.slide} twice")
        seen.add(text.slide)
        if not text.value:
            yield error("custom_text", f"custom-text of slide {text.slide} is empty")
        if len(text.value) > _TEXT_CHARACTERS:
            yield error(
                "custom_text",
                f"custom-text of slide {text.slide} has {len(text.value)} characters, over {_TEXT_CHARACTERS} (E334)",
            )
    if len(request.custom_text) > 1:
        yield warning(
            "custom_text",
            "several custom-text elements: whether the vendor takes more than one is undocumented",
        )


def _data(request: SendRequest) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, _ in request.data:
        if not _NAME.fullmatch(name) or name.lower().startswith("xml"):
            yield error(
                "data",
                "a data name is not an XML element name: letters, digits, _ - and ., a letter first",
            )
        elif name.lower() in seen:
            yield error("data", f"data names {name.lower()} twice; merge tags are lower-case")
        seen.add(name.lower())


def _ddm(request: SendRequest) -> Iterator[Problem]:
    fields = ("ddm_force", "ddm_message_text", "ddm_message_subject", "ddm_message_timeout")
    given = [field for field in fields if getattr(request, field) is not None]
    for field in given:
        yield warning(
            field,
            f"{vendor_name(field)} belongs to Device Discovery Messages, which the vendor withdrew in 2021",
        )
    if given and not request.ddm_message_text:
        yield error(
            "ddm_message_text",
            "ddm-message-text is required where any other ddm parameter is given",
        )
    if request.ddm_message_timeout is not None and request.ddm_message_timeout < 1:
        yield error("ddm_message_timeout", "ddm-message-timeout is in minutes, 1 or more")


def _characters(request: SendRequest) -> Iterator[Problem]:
    texts = [
        ("fallback_sms_text", request.fallback_sms_text),
        *(("custom_text", text.value) for text in request.custom_text),
        *(("data", value) for _, value in request.data),
        ("ddm_message_text", request.ddm_message_text),
        ("ddm_message_subject", request.ddm_message_subject),
        ("client_reference", request.client_reference),
    ]
    for field, text in texts:
        if text is not None and (bad := _NOT_XML.search(text)):
            yield error(
                field,
                f"{vendor_name(field)} holds U+{ord(bad.group()):04X}, a character that XML 1.0 cannot carry",
            )

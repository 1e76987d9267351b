"""What is said against a request, field by field; calling codes and short codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from helpers.good_request import GOOD

from preflight.errors import UsageError
from preflight.gateway.numbers import calling_code, is_short_code
from preflight.gateway.problem import Problem, errors
from preflight.gateway.request import (
    ENDPOINTS,
    JSON_ONLY,
    XML_ONLY,
    Api,
    CustomText,
    SendRequest,
)
from preflight.gateway.validate import validate
from preflight.verdict import Severity

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def found(
    request: SendRequest, api: Api = Api.XML, fallback: str = "warn"
) -> list[tuple[str, str]]:
    return [
        (problem.severity.value, problem.field)
        for problem in validate(request, api, fallback, now=NOW)
    ]


@pytest.mark.parametrize("api", list(Api))
@pytest.mark.parametrize("fallback", ["yes", "no", "warn"])
def test_a_good_request_has_no_problem(api: Api, fallback: str) -> None:
    assert validate(GOOD, api, fallback) == []


CASES: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"to": ""}, [("error", "to")]),
    ({"to": "+15553199144"}, [("error", "to")]),
    ({"to": "0015553199144"}, [("error", "to")]),
    ({"to": "00115553199144"}, [("error", "to")]),
    ({"to": "05553199144"}, [("error", "to")]),
    ({"to": "1 555 319 9144"}, [("error", "to")]),
    ({"to": "1-555-319-9144"}, [("error", "to")]),
    ({"to": "15553199144\n"}, [("error", "to")]),
    ({"to": "١٥٥٥٣١٩٩١٤٤"}, [("error", "to")]),
    ({"to": "15553199144,15553199145"}, [("error", "to")]),
    ({"to": "155531991445"}, [("error", "to")]),
    ({"to": "1555319914"}, [("error", "to")]),
    ({"to": "614123"}, [("error", "to")]),
    ({"to": "6141234567890123"}, [("error", "to")]),
    ({"to": "61412345678"}, []),
    ({"to": "17875550100"}, []),
    ({"to": "5553199144"}, [("warning", "to"), ("warning", "to")]),
    ({"to": "447700900123"}, [("warning", "to")]),
    ({"to": "99955501234"}, [("warning", "to"), ("warning", "to")]),
    ({"from_": ""}, [("error", "from")]),
    ({"from_": "2844"}, [("error", "from")]),
    ({"from_": "012345"}, [("error", "from")]),
    ({"from_": "284445"}, []),
    ({"from_": "18005550100"}, []),
    ({"from_": "+18005550100"}, [("error", "from")]),
    ({"from_": "8005550100"}, [("warning", "from"), ("warning", "from")]),
    ({"from_": "Shop"}, [("error", "from")]),
    ({"from_": "61412345678"}, [("warning", "from")]),
    ({"from_": "15553199100", "to": "61412345678"}, [("warning", "from")]),
    ({"from_": "28444", "to": "61412345678"}, []),
    ({"from_": "16135550100"}, []),
    ({"mms_id": ""}, [("error", "mms-id")]),
    ({"mms_id": " "}, [("error", "mms-id")]),
    ({"mms_id": "35674\n"}, [("error", "mms-id")]),
    ({"mms_id": "x" * 129}, [("error", "mms-id")]),
    ({"mms_id": "x" * 128}, []),
    ({"mms_id": "a-B_9/é"}, []),
    ({"service_id": None}, [("error", "service-id")]),
    ({"service_id": "28444mms"}, []),
    ({"service_id": "\x00"}, [("error", "service-id")]),
    ({"operator_id": "0001470"}, []),
    ({"operator_id": ""}, [("error", "operator-id")]),
    ({"fallback_sms_text": ""}, [("error", "fallback-sms-text")]),
    ({"fallback_sms_text": "two\r\nlines\t\N{GRINNING FACE}"}, []),
    ({"fallback_sms_text": "a\x0b"}, [("error", "fallback-sms-text")]),
    ({"fallback_sms_text": "a\ud83d"}, [("error", "fallback-sms-text")]),
    ({"fallback_sms_text": "a\ufffe"}, [("error", "fallback-sms-text")]),
    ({"custom_subject": "a" * 40}, []),
    ({"custom_subject": "a" * 41}, [("warning", "custom-subject")]),
    ({"custom_subject": "a" * 80}, [("warning", "custom-subject")]),
    ({"custom_subject": "a" * 81}, [("error", "custom-subject")]),
    ({"custom_subject": ""}, [("error", "custom-subject")]),
    ({"custom_subject": "caf\u00e9"}, [("error", "custom-subject")]),
    ({"custom_subject": "Sale \N{PARTY POPPER}"}, [("error", "custom-subject")]),
    ({"custom_subject": "a\tb"}, [("error", "custom-subject")]),
    ({"custom_subject": "a\n"}, [("error", "custom-subject")]),
    ({"custom_subject": "a\x7f"}, [("error", "custom-subject")]),
    ({"custom_text": (CustomText(slide=1, value="a"),)}, []),
    ({"custom_text": (CustomText(slide=8, value="\u00e9" * 5000),)}, []),
    ({"custom_text": (CustomText(slide=0, value="a"),)}, [("error", "custom-text")]),
    ({"custom_text": (CustomText(slide=9, value="a"),)}, [("error", "custom-text")]),
    ({"custom_text": (CustomText(slide=1, value=""),)}, [("error", "custom-text")]),
    ({"custom_text": (CustomText(slide=1, value="a" * 5001),)}, [("error", "custom-text")]),
    ({"custom_text": (CustomText(slide=1, value="\x00"),)}, [("error", "custom-text")]),
    ({"custom_text": (CustomText(slide=1, value="a"), CustomText(slide=2, value="b"))}, [("warning", "custom-text")]),
    ({"custom_text": (CustomText(slide=1, value="a"),) * 2}, [("error", "custom-text"), ("warning", "custom-text")]),
    ({"data": (("firstname", ""), ("Last_Name-2.x", "a<b"), ("\u00e9t\u00e9", "x"))}, []),
    ({"data": (("first name", "a"),)}, [("error", "data")]),
    ({"data": (("1st", "a"),)}, [("error", "data")]),
    ({"data": (("", "a"),)}, [("error", "data")]),
    ({"data": (("a:b", "a"),)}, [("error", "data")]),
    ({"data": (("a><b", "a"),)}, [("error", "data")]),
    ({"data": (("XmlName", "a"),)}, [("error", "data")]),
    ({"data": (("name\n", "a"),)}, [("error", "data")]),
    ({"data": (("Name", "a"), ("nAME", "b"))}, [("error", "data")]),
    ({"data": (("name", "\x1f"),)}, [("error", "data")]),
    ({"ddm_message_text": "hello"}, [("warning", "ddm-message-text")]),
    ({"ddm_force": True}, [("warning", "ddm-force"), ("error", "ddm-message-text")]),
    ({"ddm_message_text": "a", "ddm_message_timeout": 0}, [("warning", "ddm-message-text"), ("warning", "ddm-message-timeout"), ("error", "ddm-message-timeout")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), CASES, ids=[f"{number}" for number in range(len(CASES))]
)
def test_fields_of_xml(change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert found(replace(GOOD, **change)) == expected  # type: ignore[arg-type]


JSON_CASES: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"service_id": None}, []),
    ({"message_subject": "Sale"}, []),
    ({"message_subject": "\u00e9"}, [("error", "message-subject")]),
    ({"message_subject": "a" * 81}, [("error", "message-subject")]),
    ({"client_reference": "r" * 64}, []),
    ({"client_reference": "r" * 65}, [("error", "client-reference")]),
    ({"client_reference": ""}, [("error", "client-reference")]),
    ({"to_displayonly": ("15553199145", "61412345678")}, []),
    ({"to_displayonly": ("15553199145", "+1")}, [("error", "to-displayonly")]),
    ({"from_mask": "Shop"}, [("warning", "from-mask")]),
    ({"from_mask": "123456", "to": "447700900123"}, [("warning", "to"), ("error", "from-mask")]),
    ({"from_mask": "Shop-24_x", "to": "447700900123"}, [("warning", "to")]),
    ({"from_mask": "twelve-chars", "to": "447700900123"}, [("warning", "to"), ("error", "from-mask")]),
    ({"from_mask": "The Shop " * 5, "to": "61412345678"}, []),
    ({"from_mask": "x" * 51, "to": "61412345678"}, [("error", "from-mask")]),
    ({"disable_fallback_sms": True}, [("warning", "fallback-sms-text")]),
    ({"disable_fallback_sms": True, "fallback_sms_text": None}, []),
    ({"disable_fallback_sms": False, "fallback_sms_text": None}, [("warning", "fallback-sms-text")]),
    ({"mms_expiry_timestamp": "2026-11-24T10:00:00Z"}, []),
    ({"mms_expiry_timestamp": "2026-11-25T10:00:01Z"}, [("error", "mms-expiry-timestamp")]),
    ({"mms_expiry_timestamp": "2026-11-22T11:00:00+02:00"}, [("error", "mms-expiry-timestamp")]),
    ({"mms_expiry_timestamp": "2026-11-24T10:00:00"}, [("error", "mms-expiry-timestamp")]),
    ({"mms_expiry_timestamp": "2026-11-24"}, [("error", "mms-expiry-timestamp")]),
    ({"mms_expiry_timestamp": "2026-13-24T10:00:00Z"}, [("error", "mms-expiry-timestamp")]),
    ({"fallback_sms_link_expiration": "2027-11-22t10:00:00.123456789z"}, []),
    ({"fallback_sms_link_expiration": "2027-12-22T10:00:00Z"}, [("error", "fallback-sms-link-expiration")]),
    ({"custom_slides": ({"slide": 1, "text": "x"},)}, []),
    ({"custom_slides": ("x",)}, [("error", "custom-slides")]),
    ({"custom_slides": ({"a": object()},)}, [("error", "custom-slides")]),
    ({"custom_slides": ({"a": float("nan")},)}, [("error", "custom-slides")]),
    ({"custom_slides": ({"a": "\ud800"},)}, [("error", "custom-slides")]),
    ({"custom_slides": ({"a": 1, 1: 2},)}, []),
    ({"custom_slides": ({"1": 1, 1: 2},)}, [("error", "custom-slides")]),
    ({"custom_slides": ({"a": [{True: 1, "true": 2}]},)}, [("error", "custom-slides")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), JSON_CASES, ids=[f"{number}" for number in range(len(JSON_CASES))]
)
def test_fields_of_json(change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert found(replace(GOOD, **change), Api.JSON) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fallback", "expected"), [("yes", [Severity.ERROR]), ("warn", [Severity.WARNING]), ("no", [])]
)
def test_the_account_decides_on_a_missing_fallback_text(
    fallback: str, expected: list[Severity]
) -> None:
    problems = validate(replace(GOOD, fallback_sms_text=None), Api.XML, fallback)
    assert [problem.severity for problem in problems] == expected


def test_an_unknown_fallback_policy_is_refused() -> None:
    with pytest.raises(UsageError):
        validate(GOOD, Api.XML, "maybe")


@pytest.mark.parametrize(
    ("api", "field", "value", "hint"),
    [
        (Api.JSON, "custom_subject", "Sale", "use message-subject"),
        (Api.JSON, "custom_text", (CustomText(slide=1, value="a"),), "use custom-slides"),
        (Api.JSON, "data", (("a", "b"),), "use custom-slides"),
        (Api.JSON, "operator_id", "31002", "it has none"),
        (Api.JSON, "ddm_message_text", "x", "it has none"),
        (Api.XML, "message_subject", "Sale", "use custom-subject"),
        (Api.XML, "custom_slides", ({"a": 1},), "use custom-text"),
        (Api.XML, "client_reference", "x", "it has none"),
        (Api.XML, "disable_fallback_sms", False, "it has none"),
        (Api.XML, "from_mask", "Shop", "it has none"),
    ],
)
def test_a_field_of_the_other_generation_names_the_right_one(
    api: Api, field: str, value: object, hint: str
) -> None:
    first = errors(validate(replace(GOOD, **{field: value}), api))[0]  # type: ignore[arg-type]
    assert first.field == field.replace("_", "-")
    assert hint in first.message


def test_every_field_belongs_somewhere() -> None:
    shared = {"mms_id", "to", "from_", "service_id", "fallback_sms_text"}
    assert shared | set(XML_ONLY) | set(JSON_ONLY) == set(SendRequest.__dataclass_fields__)
    assert set(ENDPOINTS) == set(Api)


def test_problems_do_not_repeat_values() -> None:
    request = replace(
        GOOD,
        to="+CANARY",
        from_="CANARY",
        mms_id="CANARY\n",
        custom_subject="CANARY\u00e9",
        data=(("CANARY x", "x"),),
    )
    problems = validate(request, Api.XML)
    assert len(problems) == 5
    assert "CANARY" not in repr(problems).upper()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("15553199144", "1"), ("79261234567", "7"), ("61412345678", "61"), ("447700900123", "44"), ("35312345678", "353"),
        ("2105551234", None), ("9995551234", None), ("99812345678", "998"), ("299123456", "299"), ("", None), ("4", None),
    ],
)  # fmt: skip
def test_calling_codes(number: str, code: str | None) -> None:
    assert calling_code(number) == code


@pytest.mark.parametrize(
    ("number", "short"),
    [
        ("28444", True),
        ("284445", True),
        ("2844", False),
        ("2844456", False),
        ("02844", False),
        ("２８４４４", False),
    ],
)
def test_short_codes(number: str, short: bool) -> None:
    assert is_short_code(number) is short


def test_a_problem_is_a_plain_value() -> None:
    assert Problem(severity=Severity.ERROR, field="to", message="m") == Problem(
        severity=Severity.ERROR, field="to", message="m"
    )

"""The sandbox gateway answers with the documented codes and fields, in XML and in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from helpers.loops import run
from helpers.sandbox_gateway import (
    KEY,
    SAVE,
    SEND,
    in_json,
    parsed,
    post,
    request_xml,
    with_gateway,
    xml,
)

from preflight.sandbox import Sandbox, SandboxGateway
from preflight.sandbox.calls import State
from preflight.sandbox.codes import INFO, REFUSED_RECIPIENTS


def code_of(fields: Mapping[str, str], slides: str = "") -> str:
    async def work(gateway: SandboxGateway) -> str:
        gateway.save("35674")
        gateway.save("1", state=State.ENCODING)
        gateway.save("2", state=State.BROKEN)
        return (await xml(gateway, fields, slides)).get("error-code", "")

    return with_gateway(work)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"api-key": "wrong"}, "E104"), ({"api-key": ""}, "E104"),
        ({"action": "sendsavedmms"}, "E107"), ({"action": "deleteMMSID"}, "E107"), ({"action": ""}, "E107"),
        ({"to": ""}, "E110"), ({"to": "+15553199144"}, "E110"), ({"to": "0015553199144"}, "E110"),
        ({"to": "15553199144,15553199145"}, "E110"), ({"to": "\u0661\u0665\u0665\u0665\u0663\u0661\u0669"}, "E110"),
        ({"from": ""}, "E111"), ({"from": "SALE"}, "E111"),
        ({"mms-id": ""}, "E620"), ({"mms-id": "999"}, "E241"), ({"mms-id": "1"}, "E626"), ({"mms-id": "2"}, "E241"),
        ({"service-id": ""}, "E627"), ({"operator-id": "AT&T"}, "E650"), ({"operator-id": "31002"}, ""),
    ],
)  # fmt: skip
def test_send_saved_mms_checks_its_fields(change: dict[str, str], code: str) -> None:
    assert code_of({**SEND, **change}) == code


@pytest.mark.parametrize(("to", "code"), REFUSED_RECIPIENTS.items())
def test_some_recipients_are_refused(to: str, code: str) -> None:
    assert code_of({**SEND, "to": to}) == code


TEXT = "<slide><message-text>x</message-text></slide>"


@pytest.mark.parametrize(
    ("change", "slides", "code"),
    [
        ({}, TEXT, ""),
        ({}, TEXT * 8, ""),
        ({}, TEXT * 9, "E225"),
        ({}, "", "E312"),
        ({}, "<slide/>", "E313"),
        ({}, "<slide><message-text>  </message-text></slide>", "E313"),
        ({"name": ""}, TEXT, "E311"),
        ({"message-subject": ""}, TEXT, "E314"),
        ({"message-subject": "s" * 80}, TEXT, ""),
        ({"message-subject": "s" * 81}, TEXT, "E314"),
        ({"message-subject": "sale \U0001f389"}, TEXT, "E314"),
        ({}, f"<slide><message-text>{'x' * 5000}</message-text></slide>", ""),
        ({}, f"<slide><message-text>{'x' * 5001}</message-text></slide>", "E334"),
        ({}, "<slide><vcard><url>a</url></vcard><pdf><url>b</url></pdf></slide>", "E223"),
        ({}, "<slide><vcard><url>a</url></vcard><image><url>b</url></image></slide>", "E224"),
        ({}, "<slide><video><url>a</url></video><audio><url>b</url></audio></slide>", "E226"),
        ({}, "<slide><video><url>a</url></video><image><url>b</url></image></slide>", "E227"),
        ({}, "<slide><image><url>a</url></image><image><url>b</url></image></slide>", "E229"),
        ({}, "<slide><message-text>x</message-text><duration>0</duration></slide>", "E230"),
        ({}, "<slide><message-text>x</message-text><duration>soon</duration></slide>", "E230"),
        ({}, "<slide><message-text>x</message-text><duration>5</duration></slide>", ""),
        ({}, TEXT + "<slide><image><url></url></image></slide>", "E351"),
    ],
)
def test_save_mms_checks_the_template(change: dict[str, str], slides: str, code: str) -> None:
    assert code_of({**SAVE, **change}, slides) == code


def test_a_new_template_never_takes_the_id_of_another() -> None:
    async def work(gateway: SandboxGateway) -> list[str]:
        gateway.save("35674")
        return [(await xml(gateway, SAVE, TEXT))["mms-id"] for _ in range(2)]

    assert with_gateway(work) == ["35675", "35676"]


def test_a_fault_names_its_slide() -> None:
    answer = with_gateway(lambda gateway: xml(gateway, SAVE, TEXT + "<slide/>"))
    assert answer["error-info"] == "Slide 2 is empty"


def test_success_has_the_documented_fields() -> None:
    async def work(gateway: SandboxGateway) -> dict[str, str]:
        gateway.save("35674")
        return await xml(gateway, SEND)

    answer = with_gateway(work)
    assert answer.pop("tracking-id")
    assert answer == {
        "status": "Success", "mms-id": "35674", "to": "15553199144", "from": "28444",
        "status-details": "MMS request accepted and queued for delivery",
    }  # fmt: skip


def test_a_failed_send_has_the_documented_fields() -> None:
    answer = with_gateway(lambda gateway: xml(gateway, SEND))
    assert answer == {
        "status": "Failure",
        "error-code": "E241",
        "to": "15553199144",
        "error-info": INFO["E241"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"<request>", b"<other/>", b"hello", b"\xff\xfe\x00", b"<request><a>&b;</a></request>",
        b'<!DOCTYPE request [<!ENTITY a "b">]><request><action>&a;</action></request>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE request><request/>'.encode("utf-16"),
    ],
)  # fmt: skip
def test_xml_that_cannot_be_read_is_e108(body: bytes) -> None:
    answer = with_gateway(
        lambda gateway: post(gateway.endpoint_xml, body, {"Content-Type": "text/xml"})
    )
    assert parsed(answer).findtext("error-code") == "E108"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"a"', b"\xff", b'{"slide": 1}', b'{"slide": [1]}', b"[" * 100_000]
)
def test_json_that_cannot_be_read_is_e108(body: bytes) -> None:
    headers = {"Content-Type": "application/json", "x-api-key": KEY}
    assert (
        json.loads(with_gateway(lambda gateway: post(gateway.endpoint_json, body, headers)))[
            "error-code"
        ]
        == "E108"
    )


@pytest.mark.parametrize(("method", "body"), [("GET", b""), ("POST", b""), ("PUT", b"<request/>")])
def test_what_is_no_post_is_e100(method: str, body: bytes) -> None:
    answer = with_gateway(
        lambda gateway: post(gateway.endpoint_xml, body, {"Content-Type": "text/xml"}, method)
    )
    assert parsed(answer).findtext("error-code") == "E100"


def test_the_form_variable_is_read_too() -> None:
    async def work(gateway: SandboxGateway) -> bytes:
        gateway.save("35674")
        form = urlencode({"xml": request_xml(SEND).decode()}).encode()
        return await post(
            gateway.endpoint_xml, form, {"Content-Type": "application/x-www-form-urlencoded"}
        )

    assert parsed(with_gateway(work)).findtext("status") == "Success"


def test_json_saves_and_sends() -> None:
    async def work() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        async with Sandbox() as box:
            image = {"image": {"url": box.hosting.url("/good.jpg")}, "message-text": "Sale"}
            save = {
                "action": "savemms",
                "name": "sale",
                "message-subject": "Sale",
                "slide": [image],
            }
            saved = await in_json(box.gateway, save)
            send = {
                "action": "sendsavedmms",
                "to": "15553199144",
                "from": "28444",
                "mms-id": saved["mms-id"],
            }
            bad = {**save, "slide": [{"image": {"url": box.hosting.url("/chunked.jpg")}}]}
            return saved, await in_json(box.gateway, send), await in_json(box.gateway, bad)

    saved, sent, bad = run(work())
    assert saved == {"status": "Success", "mms-id": "35674"}
    assert (sent["status"], sent["mms-id"], sent["to"]) == ("Success", "35674", "15553199144")
    assert (bad["status"], bad["error-code"]) == ("Failure", "E351")


def test_json_wants_its_key_in_the_header() -> None:
    asked = {
        "action": "sendsavedmms",
        "api-key": KEY,
        "mms-id": "1",
        "to": "15553199144",
        "from": "28444",
    }
    assert (
        with_gateway(lambda gateway: in_json(gateway, asked, key="wrong"))["error-code"] == "E104"
    )
    blocked = SandboxGateway(blocked_key="closed")
    assert (
        with_gateway(lambda gateway: in_json(gateway, asked, key="closed"), blocked)["error-code"]
        == "E105"
    )


def test_an_optimized_account_wants_a_fallback_text() -> None:
    async def work(gateway: SandboxGateway) -> tuple[str, str]:
        gateway.save("35674")
        without = {name: value for name, value in SEND.items() if name != "fallback-sms-text"}
        asked = {**without, "action": "sendsavedmms", "disable-fallback-sms": True}
        disabled = await in_json(gateway, asked)
        return (await xml(gateway, without))["error-code"], disabled["status"]

    assert with_gateway(work, SandboxGateway(fallback_required=True)) == ("E622", "Success")

"""The sandbox gateway answers with the documented codes, sends the documented postbacks, and keeps count."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TypeVar
from urllib.parse import urlencode
from xml.etree import ElementTree

import aiohttp
import pytest
from pytest_httpserver import HTTPServer

from preflight.errors import UsageError
from preflight.sandbox import PATHS, Case, Copier, Hosting, Sandbox, SandboxGateway
from preflight.sandbox.calls import State
from preflight.sandbox.codes import INFO, POSTBACK_RECIPIENTS, REFUSED_RECIPIENTS
from preflight.sandbox.speech import ELEMENTS

T = TypeVar("T")
KEY = "sandbox-key"
SEND = {
    "action": "sendSavedMMS", "api-key": KEY, "to": "15553199144", "from": "28444", "service-id": "12345",
    "mms-id": "35674", "fallback-sms-text": "see the sale",
}  # fmt: skip
SAVE = {"action": "saveMMS", "api-key": KEY, "name": "sale", "message-subject": "Spring sale"}


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 20))


async def post(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> bytes:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body, headers=headers) as reply,
    ):
        assert reply.status == 200
        return await reply.read()


def parsed(body: bytes | str) -> ElementTree.Element:
    return ElementTree.fromstring(body)  # noqa: S314 - our own server's answers


def request_xml(fields: Mapping[str, str], slides: str = "") -> bytes:
    root = ElementTree.Element("request")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    for slide in parsed(f"<slides>{slides}</slides>"):
        root.append(slide)
    return ElementTree.tostring(root)


def slide(kind: str, url: str) -> str:
    return f"<slide><{kind}><url>{url.replace('&', '&amp;')}</url></{kind}></slide>"


async def xml(
    gateway: SandboxGateway, fields: Mapping[str, str], slides: str = ""
) -> dict[str, str]:
    body = await post(
        gateway.endpoint_xml, request_xml(fields, slides), {"Content-Type": "text/xml"}
    )
    root = parsed(body)
    assert root.tag == "response"
    return {child.tag: child.text or "" for child in root}


async def in_json(
    gateway: SandboxGateway, asked: Mapping[str, object], key: str = KEY
) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "x-api-key": key}
    answer = json.loads(await post(gateway.endpoint_json, json.dumps(asked).encode(), headers))
    assert isinstance(answer, dict)
    return answer


def with_gateway(
    work: Callable[[SandboxGateway], Awaitable[T]], gateway: SandboxGateway | None = None
) -> T:
    async def inside() -> T:
        async with gateway or SandboxGateway() as running:
            return await work(running)

    return run(inside())


def code_of(fields: Mapping[str, str], slides: str = "") -> str:
    async def work(gateway: SandboxGateway) -> str:
        gateway.save("35674")
        gateway.save("1", state=State.ENCODING)
        gateway.save("2", state=State.BROKEN)
        return (await xml(gateway, fields, slides)).get("error-code", "")

    return with_gateway(work)


@pytest.mark.parametrize(
    "case", [case for case in PATHS.values() if case.kind in ELEMENTS], ids=lambda case: case.path
)
def test_each_path_is_answered_as_the_table_says(case: Case) -> None:
    async def work() -> tuple[dict[str, str], SandboxGateway]:
        hosting, gateway = Hosting(slow_s=5), SandboxGateway(copier=Copier(timeout_s=0.6))
        async with Sandbox(hosting, gateway) as box:
            path = case.path.partition("?")[0]
            hosting.counts[path] = 2  # as if the check had asked before
            answer = await xml(gateway, SAVE, slide(case.kind, box.hosting.url(case.path)))
            await gateway.idle()
            return answer, gateway

    answer, gateway = run(work())
    assert answer.get("error-code", "") == case.gateway
    if case.gateway:
        assert answer == {
            "status": "Failure", "error-code": case.gateway, "error-info": INFO[case.gateway].replace("{slide}", "1"),
        }  # fmt: skip
        assert not gateway.postbacks
        assert not gateway.templates
    else:
        assert answer == {"status": "Success", "mms-id": "35674"}
        broken = case.path in ("/truncated.mp4", "/truncated.wav")
        expected = {"video": "E003", "audio": "E002"}[case.kind] if broken else "N003"
        assert [postback.code for postback in gateway.postbacks] == [expected]


def test_the_query_of_sound_and_film_is_stripped_and_that_of_pictures_kept() -> None:
    async def work() -> list[tuple[str, str]]:
        async with Sandbox() as box:
            for kind, path in [
                ("audio", "/idle-query.mp3?cache=1"),
                ("video", "/good.mp4?v=2"),
                ("image", "/with-query.jpg?token=1"),
            ]:
                await box.gateway.copier.copy(kind, box.hosting.url(path))
            return [(seen.path, seen.query) for seen in box.hosting.requests]

    assert run(work()) == [
        ("/idle-query.mp3", ""),
        ("/good.mp4", ""),
        ("/with-query.jpg", "token=1"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a.jpg", "http://example.com/a.jpg", "http://169.254.169.254/", "ftp://127.0.0.1/a.jpg",
        "http://[::ffff:10.0.0.1]/a.jpg", "a.jpg", "", "http://2130706433/a.jpg", "http://127.0.0.1:1/a.jpg",
    ],
)  # fmt: skip
def test_only_loopback_is_fetched_and_nothing_is_looked_up(url: str) -> None:
    copied = run(Copier().copy("image", url))
    assert copied.code == "E351"


def test_localhost_is_this_machine() -> None:
    async def work() -> str:
        async with Hosting() as hosting:
            return (await Copier().copy("image", f"http://localhost:{hosting.port}/good.jpg")).code

    assert run(work()) == ""


def test_identity_is_copied_from_a_host_that_compresses_for_gzip_only() -> None:
    async def work() -> tuple[str, str]:
        async with Hosting() as hosting:
            url = hosting.url("/nginx.jpg")
            plain = await Copier(accept_encoding="identity").copy("image", url)
            return plain.code, (await Copier(accept_encoding="gzip").copy("image", url)).code

    assert run(work()) == ("", "E351")


def test_redirects_can_be_refused() -> None:
    async def work() -> str:
        async with Hosting() as hosting:
            return (await Copier(max_redirects=0).copy("image", hosting.url("/redirect/once"))).code

    assert run(work()) == "E351"


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


def test_a_template_with_sound_waits_for_its_encoding() -> None:
    async def work() -> tuple[str, str, list[str]]:
        async with Sandbox(gateway=SandboxGateway(hold_encoding=True)) as box:
            saved = await xml(box.gateway, SAVE, slide("audio", box.hosting.url("/good.mp3")))
            send = {**SEND, "mms-id": saved["mms-id"]}
            early = await xml(box.gateway, send)
            box.gateway.release()
            await box.gateway.idle()
            codes = [postback.code for postback in box.gateway.postbacks]
            return early["error-code"], (await xml(box.gateway, send))["status"], codes

    assert run(work()) == ("E626", "Success", ["N003"])


def test_encoding_takes_its_seconds() -> None:
    async def work() -> tuple[str, str]:
        async with Sandbox(gateway=SandboxGateway(encode_s=0.2)) as box:
            saved = await xml(box.gateway, SAVE, slide("video", box.hosting.url("/good.mp4")))
            send = {**SEND, "mms-id": saved["mms-id"]}
            early = await xml(box.gateway, send)
            await box.gateway.idle()
            return early["error-code"], (await xml(box.gateway, send))["status"]

    assert run(work()) == ("E626", "Success")


def test_send_mms_copies_and_sends_at_once() -> None:
    fields = {**SEND, "action": "sendMMS", "name": "sale", "message-subject": "Sale"}
    fields.pop("mms-id")

    async def work() -> tuple[dict[str, str], dict[str, str], dict[str, str], list[str]]:
        async with Sandbox() as box:
            good = await xml(box.gateway, fields, slide("image", box.hosting.url("/good.jpg")))
            bad = await xml(box.gateway, fields, slide("image", box.hosting.url("/no-length.jpg")))
            await box.gateway.idle()
            broken = await xml(
                box.gateway, fields, slide("video", box.hosting.url("/truncated.mp4"))
            )
            await box.gateway.idle()
            return good, bad, broken, [postback.code for postback in box.gateway.postbacks]

    good, bad, broken, codes = run(work())
    assert good["status"] == broken["status"] == "Success"
    assert good["tracking-id"] != broken["tracking-id"]
    assert (bad["error-code"], bad["to"]) == ("E351", "15553199144")
    assert codes == ["N013", "N101", "N102", "E013"]


def test_postbacks_reach_a_receiver_in_xml_and_in_json(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/postbacks", method="POST").respond_with_data("ok")

    async def work(gateway: SandboxGateway) -> dict[str, str]:
        gateway.save("35674")
        sent = await xml(gateway, SEND)
        await gateway.idle()
        await in_json(gateway, {**SEND, "action": "sendsavedmms", "client-reference": "order-1"})
        await gateway.idle()
        return sent

    sent = with_gateway(work, SandboxGateway(postback_url=httpserver.url_for("/postbacks")))
    bodies = [request.get_data() for request, _ in httpserver.log]
    first = parsed(bodies[0])
    assert first.tag == "postback"
    assert {child.tag: child.text for child in first if child.tag != "timestamp"} == {
        "origin": "MMS_MT", "code": "N101", "sent-as": "MMS", "status": "Message Sent", "mms-id": "35674",
        "tracking-id": sent["tracking-id"], "to": "15553199144", "from": "28444", "operator-id": "31003",
        "status-details": "Message Sent",
    }  # fmt: skip
    assert parsed(bodies[1]).findtext("code") == "N102"
    assert [json.loads(body)["code"] for body in bodies[2:]] == ["N101", "N102"]
    assert json.loads(bodies[2])["client-reference"] == "order-1"


def test_a_receiver_that_is_away_is_logged() -> None:
    async def work(gateway: SandboxGateway) -> list[int | None]:
        gateway.save("35674")
        await xml(gateway, SEND)
        await gateway.idle()
        return [postback.status for postback in gateway.postbacks]

    assert with_gateway(work, SandboxGateway(postback_url="http://127.0.0.1:1/")) == [None, None]


@pytest.mark.parametrize("url", ["http://example.com/", "https://10.0.0.1/", "nonsense"])
def test_postbacks_go_to_loopback_only(url: str) -> None:
    with pytest.raises(UsageError):
        SandboxGateway(postback_url=url)


@pytest.mark.parametrize(
    ("to", "last"), [(to, code) for to, (code, _) in POSTBACK_RECIPIENTS.items()]
)
def test_some_recipients_end_otherwise(to: str, last: str) -> None:
    async def work(gateway: SandboxGateway) -> list[str]:
        gateway.save("35674")
        await xml(gateway, {**SEND, "to": to})
        await gateway.idle()
        return [postback.code for postback in gateway.postbacks]

    assert with_gateway(work) == ([last] if last == "E101" else ["N101", last])


def test_the_log_counts_posts_and_never_holds_the_key() -> None:
    async def work(gateway: SandboxGateway) -> SandboxGateway:
        gateway.save("35674")
        await xml(gateway, SEND)
        await xml(gateway, {**SEND, "api-key": "another-secret"})
        await in_json(gateway, {**SEND, "action": "sendsavedmms", "to": "15550009999"})
        await post(
            gateway.endpoint_xml, b"<request><api-key>cut-secret", {"Content-Type": "text/xml"}
        )
        return gateway

    gateway = with_gateway(work)
    assert [(call.api, call.action, call.code) for call in gateway.calls] == [
        ("xml", "sendSavedMMS", ""), ("xml", "sendSavedMMS", "E104"), ("json", "sendSavedMMS", ""), ("xml", "", "E108"),
    ]  # fmt: skip
    assert gateway.posts() == 3
    assert gateway.posts(to="15553199144") == 2
    assert gateway.posts(to="15550009999", mms_id="35674") == 1
    assert gateway.posts(mms_id="1") == 0
    text = repr(gateway.calls)
    assert not any(secret in text for secret in (KEY, "another-secret", "cut-secret"))

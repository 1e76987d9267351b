"""What was accepted goes on in the sandbox gateway: encodings, the documented postbacks, and the count of POSTs."""

from __future__ import annotations

import json

import pytest
from helpers.loops import run
from helpers.sandbox_gateway import KEY, SAVE, SEND, in_json, parsed, post, slide, with_gateway, xml
from pytest_httpserver import HTTPServer

from preflight.errors import UsageError
from preflight.sandbox import Sandbox, SandboxGateway
from preflight.sandbox.codes import POSTBACK_RECIPIENTS


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

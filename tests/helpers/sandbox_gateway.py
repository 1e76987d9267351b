"""Requests to the sandbox gateway, in XML and in JSON, and their answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from xml.etree import ElementTree

import aiohttp
from helpers.loops import run

from preflight.sandbox import SandboxGateway

T = TypeVar("T")
KEY = "sandbox-key"
SEND = {
    "action": "sendSavedMMS", "api-key": KEY, "to": "15553199144", "from": "28444", "service-id": "12345",
    "mms-id": "35674", "fallback-sms-text": "see the sale",
}  # fmt: skip
SAVE = {"action": "saveMMS", "api-key": KEY, "name": "sale", "message-subject": "Spring sale"}


async def post(url: str, body: bytes, headers: Mapping[str, str], method: str = "POST") -> bytes:
    """The body of the answer to one request; its status is always 200."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body, headers=headers) as reply,
    ):
        assert reply.status == 200
        return await reply.read()


def parsed(body: bytes | str) -> ElementTree.Element:
    """The root of what our own server answered."""
    return ElementTree.fromstring(body)  # noqa: S314 - our own server's answers


def request_xml(fields: Mapping[str, str], slides: str = "") -> bytes:
    """A request of these fields, with slides in XML."""
    root = ElementTree.Element("request")
    for name, value in fields.items():
        ElementTree.SubElement(root, name).text = value
    for slide in parsed(f"<slides>{slides}</slides>"):
        root.append(slide)
    return ElementTree.tostring(root)


def slide(kind: str, url: str) -> str:
    """A slide with one medium, in XML."""
    return f"<slide><{kind}><url>{url.replace('&', '&amp;')}</url></{kind}></slide>"


async def xml(
    gateway: SandboxGateway, fields: Mapping[str, str], slides: str = ""
) -> dict[str, str]:
    """The fields of the answer to a request in XML."""
    body = await post(
        gateway.endpoint_xml, request_xml(fields, slides), {"Content-Type": "text/xml"}
    )
    root = parsed(body)
    assert root.tag == "response"
    return {child.tag: child.text or "" for child in root}


async def in_json(
    gateway: SandboxGateway, asked: Mapping[str, object], key: str = KEY
) -> dict[str, str]:
    """The fields of the answer to a request in JSON."""
    headers = {"Content-Type": "application/json; charset=utf-8", "x-api-key": key}
    answer = json.loads(await post(gateway.endpoint_json, json.dumps(asked).encode(), headers))
    assert isinstance(answer, dict)
    return answer


def with_gateway(
    work: Callable[[SandboxGateway], Awaitable[T]], gateway: SandboxGateway | None = None
) -> T:
    """What comes of work with a gateway that runs until it is done."""

    async def inside() -> T:
        async with gateway or SandboxGateway() as running:
            return await work(running)

    return run(inside())

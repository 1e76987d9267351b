"""README's matrix: the 19 hosting faults that were put to other tools, each of which we must reject."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import preflight
from preflight.api import check_async

_DATA = Path(preflight.__file__).parent / "sandbox" / "data"
PHOTO = (_DATA / "photo.jpg").read_bytes()
PAGE = b"<!DOCTYPE html><html><head><title>Not found</title></head><body>Not found</body></html>"


def _answer(body: bytes, *fields: str, version: str = "1.1", length: int | None = -1) -> bytes:
    size = len(body) if length == -1 else length
    lines = [
        f"HTTP/{version} 200 OK",
        *fields,
        *([f"Content-Length: {size}"] if size is not None else []),
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _chunks(body: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body) + end


JPEG = "Content-Type: image/jpeg"
CHUNKED = "Transfer-Encoding: chunked"
FAULTS: dict[str, bytes] = {
    "chunked": _answer(_chunks(PHOTO), JPEG, CHUNKED, length=None),
    "chunked and a length": _answer(_chunks(PHOTO), JPEG, CHUNKED, length=len(PHOTO)),
    "no length": _answer(PHOTO, JPEG, length=None),
    "HTTP/1.0 without a length": _answer(PHOTO, JPEG, version="1.0", length=None),
    "HEAD has a length, GET is chunked": _answer(_chunks(PHOTO), JPEG, CHUNKED, length=None),
    "octet-stream, unresolvable": _answer(
        bytes(range(255, 0, -1)) * 20, "Content-Type: application/octet-stream"
    ),
    "no Content-Type": _answer(PHOTO),
    "says JPEG, is HTML": _answer(PAGE, JPEG),
    "says PNG, is JPEG": _answer(PHOTO, "Content-Type: image/png"),
    "says JPEG, is noise": _answer(bytes(range(255, 0, -1)) * 20, JPEG),
    "soft 404": _answer(PAGE, "Content-Type: text/html"),
    "empty": _answer(b"", JPEG),
    "6 MB": _answer(PHOTO + bytes(6_000_000), JPEG),
    "half of its length": _answer(PHOTO[:3000], JPEG, length=len(PHOTO)),
    "cut inside a chunk": _answer(_chunks(PHOTO)[:3000], JPEG, CHUNKED, length=None),
    "reset in the body": _answer(PHOTO[:3000], JPEG, length=len(PHOTO)),
    "a JPEG cut in half, with the right length": _answer(PHOTO[: len(PHOTO) // 2], JPEG),
    "a length that is too small": _answer(PHOTO, JPEG, length=len(PHOTO) - 500),
    "two different lengths": _answer(PHOTO, JPEG, f"Content-Length: {len(PHOTO) + 1}"),
}


def _server(
    answer: bytes, *, reset: bool
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if reset:
            await writer.drain()
            writer.transport.abort()
        else:
            writer.close()

    return serve


async def _outcome(answer: bytes, *, reset: bool = False) -> str:
    server = await asyncio.start_server(_server(answer, reset=reset), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        verdicts = await check_async(
            [f"http://127.0.0.1:{port}/photo.jpg"],
            allow_networks=["127.0.0.0/8"],
            retries=0,
            timeout=5,
        )
    return verdicts[0].outcome


def test_there_are_nineteen() -> None:
    assert len(FAULTS) == 19


@pytest.mark.parametrize("name", FAULTS)
def test_fault(name: str) -> None:
    assert asyncio.run(_outcome(FAULTS[name], reset=name.startswith("reset"))) == "reject"


def test_the_good_one_is_accepted() -> None:
    assert asyncio.run(_outcome(_answer(PHOTO, JPEG))) == "accept"

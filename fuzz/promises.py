"""What holds for any bytes at all: the promises of the pure rooms, as functions that raise where one is broken."""

from __future__ import annotations

import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from preflight.text import mask_field, mask_head, mask_text, mask_url, printable
from preflight.wire.address import not_public, refusal
from preflight.wire.body import Chunks
from preflight.wire.head import find_end, not_http, read_head
from preflight.wire.signed import signed
from preflight.wire.url import Problem, Url, join, parse


def head(data: bytes) -> None:
    """A head is read or unreadable, says so in printable words, and its end does not depend on the segments."""
    end = find_end(data)
    half = find_end(data[: len(data) // 2])
    assert (half if half >= 0 else find_end(data, len(data) // 2)) == end
    not_http(data[:16])
    for raw in (
        data,
        data[:end] if end >= 0 else data + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + data + b"\r\n\r\n",
    ):
        seen = read_head(raw)
        assert seen.status is None or 100 <= seen.status <= 999
        assert all(fault.detail.isprintable() and len(fault.detail) < 500 for fault in seen.faults)
        assert not (seen.lengths is not None and seen.codings is not None and not seen.malformed)
        assert seen.codings is None or seen.chunked or seen.malformed
        assert seen.length is None or 0 <= seen.length <= 10**18
        if seen.lengths and seen.length is None:
            assert seen.malformed


def chunks(data: bytes) -> None:
    """Chunks come out the same in one piece and byte by byte."""
    outcomes = []
    for pieces in ([data], [data[at : at + 1] for at in range(len(data))]):
        reader = Chunks()
        content = b"".join(part for piece in pieces for part in reader.feed(piece))
        assert len(content) <= len(data)
        outcomes.append((content, reader.done, reader.broken, reader.surplus))
    assert outcomes[0] == outcomes[1]


def url(data: bytes) -> None:
    """A URL is read as the standard library reads it, or refused in printable words."""
    text = data.decode("utf-8", "surrogateescape")
    for given in (text, "http://" + text, "https://a.example/" + text):
        seen = parse(given)
        signed(given)
        if isinstance(seen, Problem):
            assert seen.text.isprintable()
            continue
        other = urlsplit(given)
        assert given.isascii() and given.isprintable() and " " not in given
        assert (other.port or {"http": 80, "https": 443}[other.scheme]) == seen.port
        assert other.username is None
        if seen.address is None or seen.address.version == 4:
            assert (other.hostname or "").removesuffix(".") == seen.host
        again = parse(seen.text)
        assert isinstance(again, Url) and again == seen
        assert "\r" not in seen.target and " " not in seen.target and seen.target.startswith("/")
    followed = join("https://a.example/b/c?d", text)
    if isinstance(followed, Url):
        assert followed.scheme in ("http", "https") and followed.host


def address(data: bytes) -> None:
    """Nothing inside a private IPv4 range is public in any disguise, and no text raises."""
    refusal(data.decode("latin-1"), ())
    if len(data) >= 4:
        four = IPv4Address(int.from_bytes(data[:4], "big"))
        kind = not_public(four)
        for bits in (
            0xFFFF << 32 | int(four),
            int(four),
            0x2002 << 112 | int(four) << 80,
            0x64FF9B << 96 | int(four),
        ):
            assert not_public(IPv6Address(bits))
        if not four.is_global and kind is None:
            raise AssertionError(f"{four} is not global, and passes for public")
    if len(data) >= 16:
        six = ip_address(int.from_bytes(data[:16], "big"))
        if isinstance(six, IPv6Address) and not six.is_global:
            assert not_public(six), six


def masking(data: bytes) -> None:
    """A canary in the user name, a query value or the fragment survives no mask, and what is shown is only text."""
    text = data.decode("utf-8", "surrogateescape")
    for shown in (printable(text), printable(text, None)):
        assert all(one == " " or unicodedata.category(one)[0] not in "CZ" for one in shown)
    mask_url(text), mask_text(text), mask_field("Location", text), mask_head(text)
    plain = "".join(one for one in text if one.isascii() and one.isalnum())[:60].lower()
    for secret in (
        f"https://{plain}:CANARY@h.example/",
        f"https://h.example/?{plain}=CANARY",
        f"https://h.example/{plain}#CANARY",
        f"https://h.example/?CANARY&{plain}",
    ):
        masked = mask_url(secret)
        assert "CANARY" not in masked and mask_url(masked) == masked
        assert "CANARY" not in mask_text(f"{plain} {secret} {plain}")
        assert "CANARY" not in mask_head(
            f"HTTP/1.1 302 Found\r\nLocation: {secret}\r\nSet-Cookie: {plain}=CANARY\r\n\r\n"
        )

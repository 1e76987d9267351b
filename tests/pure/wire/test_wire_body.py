"""Which framing a head announces, and chunks in any segmentation, against a second reader (h11)."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.observation import Head
from preflight.wire.body import Chunks, Framing, framing


def head(
    status: int = 200,
    lengths: tuple[str, ...] | None = None,
    codings: tuple[str, ...] | None = None,
) -> Head:
    return Head(version="HTTP/1.1", status=status, lengths=lengths, codings=codings)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (head(), Framing.CLOSE), (head(lengths=("5",)), Framing.LENGTH), (head(codings=("chunked",)), Framing.CHUNKED),
        (head(204, lengths=("5",)), Framing.NONE), (head(304, lengths=("5",)), Framing.NONE), (head(304, codings=("chunked",)), Framing.NONE),
        (head(101), Framing.NONE), (head(404, lengths=("5",)), Framing.LENGTH), (head(205), Framing.CLOSE),
    ],
)  # fmt: skip
def test_the_framing_of_a_head(seen: Head, expected: Framing) -> None:
    assert framing(seen) is expected


def feed(data: bytes, cuts: list[int] | None = None) -> tuple[bytes, bool, bool, int]:
    chunks = Chunks()
    out: list[bytes] = []
    edges = [0, *sorted(cuts or []), len(data)]
    for start, end in pairwise(edges):
        out += chunks.feed(data[start:end])
    return b"".join(out), chunks.done, chunks.broken, chunks.surplus


SOUND = [
    (b"0\r\n\r\n", b""),
    (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", b"hello"),
    (b"A\r\n0123456789\r\n00\r\n\r\n", b"0123456789"),
    (b"a;x=y\r\n0123456789\r\n0;z\r\n\r\n", b"0123456789"),
    (b'5;a="b;c"\r\nhello\r\n0\r\nX: 1\r\nY: 2\r\n\r\n', b"hello"),
    (b"5 \r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"5\nhello\n0\n\n", b"hello"),
    (b"0000000000000005\r\nhello\r\n0\r\n\r\n", b"hello"),
    (b"5\r\n\r\n\r\n0\r\n0\r\n\r\n", b"\r\n\r\n0"),
]
BROKEN = [
    b"\r\n", b"x\r\n", b"-1\r\n", b"+5\r\nhello\r\n", b"0x5\r\nhello\r\n", b"5,5\r\nhello", b";\r\n", b"5\r\nhelloX\r\n", b"5\r\nhello5\r\n", b"00000000000000005\r\n",
    b"5_0\r\n", b"\xb2\r\n", b"5\r\nhell\r\no0\r\n", b"5\x0b\r\n", b"5;" + b"a" * 70_000, b"0" * 70_000, b"0\r\n" + b"X: y\r\n" * 12_000,
]  # fmt: skip


@pytest.mark.parametrize(("data", "content"), SOUND)
def test_sound_chunks_however_they_are_cut(data: bytes, content: bytes) -> None:
    assert feed(data) == (content, True, False, 0)
    assert feed(data, list(range(len(data)))) == (content, True, False, 0)
    for cut in range(len(data)):
        assert feed(data, [cut]) == (content, True, False, 0)
        seen = feed(data[:cut])
        assert not seen[1] and not seen[2] and content.startswith(seen[0])


@pytest.mark.parametrize("data", BROKEN)
def test_broken_chunks_however_they_are_cut(data: bytes) -> None:
    assert feed(data)[1:3] == (False, True)
    assert feed(data, list(range(min(len(data), 3_000))))[1:3] == (False, True)


def test_what_comes_after_the_end_is_counted() -> None:
    assert feed(b"1\r\nx\r\n0\r\n\r\nmore") == (b"x", True, False, 4)
    assert feed(b"1\r\nx\r\n0\r\n\r\nmore", [11, 13]) == (b"x", True, False, 4)


def test_overhead_is_bounded_by_the_content() -> None:
    assert feed(b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")[1:3] == (True, False)
    assert feed((b"1;" + b"a" * 500 + b"\r\nx\r\n") * 1_000)[2] is True


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(0, 2**32))
def test_any_content_in_any_segmentation_as_h11_has_it(parts: list[bytes], seed: int) -> None:
    h11 = pytest.importorskip("h11")
    wire = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    chance = random.Random(seed)
    cuts = [chance.randrange(len(wire)) for _ in range(chance.randrange(6))]
    assert feed(wire, cuts) == (b"".join(parts), True, False, 0)
    other = h11.Connection(h11.CLIENT)
    other.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    other.send(h11.EndOfMessage())
    other.receive_data(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + wire)
    content = b""
    while (event := other.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
        if isinstance(event, h11.Data):
            content += bytes(event.data)
        if isinstance(event, h11.EndOfMessage):
            break
    assert content == b"".join(parts)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"5", b"0", b"\r\n", b"\n", b";", b"a", b"hello", b" ", b"\x00", b"ffff"]),
        max_size=20,
    ).map(b"".join),
    st.integers(0, 30),
)
def test_broken_or_not_does_not_depend_on_the_cut(data: bytes, cut: int) -> None:
    assert feed(data) == feed(data, [min(cut, len(data))]) == feed(data, list(range(len(data))))

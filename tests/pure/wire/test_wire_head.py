"""Our own reader of response heads: what it keeps, what it calls malformed or irregular, and that it never raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.observation import FaultKind, Head
from preflight.wire.head import MAX_HEAD, find_end, not_http, read_head, unreadable


def head(*lines: str, status: str = "HTTP/1.1 200 OK") -> Head:
    return read_head(("\r\n".join([status, *lines]) + "\r\n\r\n").encode("latin-1"))


def faults(seen: Head, kind: FaultKind) -> list[str]:
    return [fault.detail for fault in seen.faults if fault.kind is kind]


def test_a_strict_head() -> None:
    seen = head("Content-Type: image/png", "content-length:  67\t", "X: a, b", "X: c")
    assert (seen.version, seen.status, seen.reason, seen.faults) == ("HTTP/1.1", 200, "OK", ())
    assert seen.fields == (
        ("Content-Type", "image/png"),
        ("content-length", "67"),
        ("X", "a, b"),
        ("X", "c"),
    )
    assert (seen.lengths, seen.length, seen.codings, seen.chunked) == (("67",), 67, None, False)
    assert (
        seen.values("x") == ["a, b", "c"] and seen.value("x") == "a, b" and seen.value("y") is None
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("HTTP/1.1 200 OK", ("HTTP/1.1", 200, "OK")),
        ("HTTP/1.1 200", ("HTTP/1.1", 200, "")),
        ("HTTP/1.1 200 ", ("HTTP/1.1", 200, "")),
        ("HTTP/1.0 404 Not Found", ("HTTP/1.0", 404, "Not Found")),
        ("HTTP/1.9 999 a  b ", ("HTTP/1.9", 999, "a  b")),
        ("HTTP/1.1 200 D\xe9j\xe0", ("HTTP/1.1", 200, "D\xe9j\xe0")),
    ],
)
def test_status_lines_without_fault(line: str, expected: tuple[str, int, str]) -> None:
    seen = head(status=line)
    assert (seen.version, seen.status, seen.reason.rstrip()) == expected
    assert seen.faults == ()


@pytest.mark.parametrize(
    "line",
    ["HTTP/2 200", "HTTP/2.0 200 OK", "HTTP/0.9 200 OK", "http/1.1 200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000", "HTTP/1.1 099 x", "HTTP/1.1 000", "HTTP/1.1",
     "HTTP/1.1200 OK", "HTTP/1.1 200OK", "HTTP/1.10 200 OK", "HTTP/1. 200 OK", "HTTP/1.x 200 OK", "HTTP/1.1 2\xb20 OK", "", "ICY 200 OK", " HTTP/1.1 200 OK"],
)  # fmt: skip
def test_what_is_no_status_line(line: str) -> None:
    seen = head("Content-Length: 1", status=line)
    assert seen.status is None and seen.malformed and seen.fields == ()
    assert "not HTTP/1.x" in seen.faults[0].detail


@pytest.mark.parametrize("line", ["HTTP/1.1  200 OK", "HTTP/1.1\t200 OK", "HTTP/1.1 200\tOK"])
def test_status_lines_with_odd_spaces_are_irregular(line: str) -> None:
    seen = head(status=line)
    assert (seen.status, seen.reason) == (200, "OK")
    assert len(faults(seen, FaultKind.IRREGULAR)) == 1 and not seen.malformed


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (["Content-Length: 0"], 0),
        (["Content-Length: 007"], 7),
        (["Content-Length: 7", "Content-Length: 07"], 7),
        (["Content-Length: 7, 7"], 7),
        (["Content-Length: 999999999999999999"], 999_999_999_999_999_999),
        (["Content-Length: 1000000000000000000"], 10**18),
        (["Content-Length: 99999999999999999999999"], 10**18),
        (["Content-Length: " + "0" * 30 + "7"], 7),
        (["Content-Length: " + "9" * 5_000], 10**18),
        (["Content-Length: 7", "Content-Length: 8"], None),
        (["Content-Length: x"], None),
        ([], None),
    ],
)
def test_lengths(lines: list[str], length: int | None) -> None:
    assert head(*lines).length == length


@pytest.mark.parametrize(
    ("value", "chunked"),
    [
        ("chunked", True), ("Chunked", True), ("gzip, chunked", True), ("chunked;q=1", True), ("chunked ;q", True), (",chunked,", True),
        ("identity", False), ("", False), ("xchunked", False), ('"chunked"', False), ("chunked chunked", False), ("\x0bchunked", False),
        ("chun\xe2\x84\xaaed", False), ("chunked\x00", False), ("chunked\x0c", False),
    ],
)  # fmt: skip
def test_transfer_codings(value: str, chunked: bool) -> None:
    seen = head(f"Transfer-Encoding: {value}")
    assert seen.chunked is chunked
    assert seen.malformed is not chunked


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("no colon here", FaultKind.MALFORMED),
        (": no name", FaultKind.MALFORMED),
        (" : only a space", FaultKind.MALFORMED),
        ("a b: 1", FaultKind.MALFORMED),
        ("a\tb: 1", FaultKind.MALFORMED),
        ("a\x00b: 1", FaultKind.MALFORMED),
        ("a\x7f: 1", FaultKind.MALFORMED),
        ("A: \x00", FaultKind.MALFORMED),
        ("A: b\rc", FaultKind.MALFORMED),
        ("A: b\r", FaultKind.MALFORMED),
        ("A : 1", FaultKind.IRREGULAR),
        ("A\t: 1", FaultKind.IRREGULAR),
        ("A: b\x01", FaultKind.IRREGULAR),
        ("A: \x7f", FaultKind.IRREGULAR),
        ("A: b\x0bc", FaultKind.IRREGULAR),
        ("(A): 1", FaultKind.IRREGULAR),
        ("\xe9: 1", FaultKind.IRREGULAR),
        ("A: 1\n B", FaultKind.IRREGULAR),
        ("A: 1\r\n\tB", FaultKind.IRREGULAR),
        ("A: 1\nB: 2", FaultKind.IRREGULAR),
    ],
)
def test_lines_that_break_the_rules(line: str, kind: FaultKind) -> None:
    seen = (
        head(line, "Content-Length: 7")
        if not line.startswith(" ")
        else head("X: 1\r\n" + line[1:], "Content-Length: 7")
    )
    assert {fault.kind for fault in seen.faults} == {kind}
    assert seen.length == 7


def test_a_line_is_named_by_its_number() -> None:
    seen = head("A: 1", "no colon", "B: 2")
    assert [(fault.line, fault.kind) for fault in seen.faults] == [(3, FaultKind.MALFORMED)]


def test_a_fold_before_any_field_is_malformed_and_later_ones_are_joined() -> None:
    assert head(" A: 1").malformed
    seen = head("A: 1", " 2", "\t 3 ", "B:", " 4")
    assert seen.fields == (("A", "1 2 3"), ("B", "4"))
    assert len(faults(seen, FaultKind.IRREGULAR)) == 3
    assert head("A: 1", " \x00").malformed


def test_a_space_before_the_colon_does_not_hide_a_field() -> None:
    seen = head("Transfer-Encoding : chunked", "Content-Length\t: 5")
    assert seen.chunked and seen.length == 5 and seen.malformed


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\nA: 1\n\n",
        b"HTTP/1.1 200 OK\r\nA: 1\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: 1\r\n\n",
        b"HTTP/1.1 200 OK\nA: 1\r\n\r\n",
    ],
)
def test_bare_line_feeds_are_irregular(raw: bytes) -> None:
    seen = read_head(raw)
    assert seen.fields == (("A", "1"),)
    assert faults(seen, FaultKind.IRREGULAR) == ["a line ends in a bare line feed"]


def test_what_is_said_of_foreign_text_is_printable_and_short() -> None:
    for line in (
        "\x1b[2J\x1b]0;x\x07",
        "\x1b[2J: \x00",
        "\x9b31m(: 1",
        "x" * 50_000,
        "Content-Length: \x1b[31m" + "y" * 1_000,
    ):
        for fault in head(line).faults:
            assert fault.detail.isprintable() and len(fault.detail) < 300
    assert read_head(b"\x1b[2Jhello\r\n\r\n").faults[0].detail.isprintable()


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"", -1), (b"HTTP/1.1 200 OK\r\n", -1), (b"A\r\n\r", -1), (b"A\r\n\r\n", 5), (b"A\r\n\r\nB", 5), (b"A\n\n", 3), (b"A\n\r\nB", 4), (b"A\r\n\nB", 4),
        (b"A\r\r\n", -1), (b"\n\n", 2),
    ],
)  # fmt: skip
def test_where_a_head_ends(data: bytes, end: int) -> None:
    assert find_end(data) == end
    for cut in range(len(data) + 1):  # in any two segments
        first = find_end(data[:cut])
        assert (first if first >= 0 else find_end(data, cut)) == end


@pytest.mark.parametrize("data", [b"", b"H", b"HTTP", b"HTTP/1.", b"HTTP/1.1 200", b"HTTP/1.x"])
def test_what_may_still_become_an_answer(data: bytes) -> None:
    assert not not_http(data)


@pytest.mark.parametrize(
    "data",
    [b"x", b"HTTX", b"HTTP/2", b"http/1.1", b"\r\nHTTP/1.1", b"\x15\x03\x01", b"GET / HTTP/1.1"],
)
def test_what_cannot(data: bytes) -> None:
    assert not_http(data)


def test_an_unreadable_head_says_why() -> None:
    seen = unreadable("because", interim=3)
    assert (seen.status, seen.interim, seen.malformed, seen.chunked, seen.length) == (
        None,
        3,
        True,
        False,
        None,
    )


_FRAGMENTS = [
    b"HTTP/1.1 200 OK", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"Content-Length", b"Transfer-Encoding", b"chunked", b"67", b",", b";", b'"',
    b"\x00", b"\x0b", b"\xe2\x84\xaa", b"\xff", b"a", b"HTTP/1.1 100", b"gzip", b"identity", b"-1",
]  # fmt: skip


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=40).map(b"".join))
def test_any_bytes_become_a_head(data: bytes) -> None:
    raw = b"HTTP/1.1 200 OK\r\n" + data + b"\r\n\r\n"
    seen = read_head(raw[: find_end(raw)])
    assert seen.status in (None, 200)
    assert seen == read_head(raw[: find_end(raw)])
    if not seen.faults:
        assert (seen.lengths is None or len(seen.lengths) == 1) and not (
            seen.lengths and seen.codings
        )
    read_head(data)


def test_a_head_at_the_cap_is_read_in_no_time() -> None:
    many = b"HTTP/1.1 200 OK\r\n" + b"a:\n" * ((MAX_HEAD - 19) // 3) + b"\r\n"
    assert len(read_head(many).fields) > 20_000
    folds = b"HTTP/1.1 200 OK\r\nA: 1\r\n" + b" b\r\n" * 16_000 + b"\r\n"
    assert len(read_head(folds).fields) == 1

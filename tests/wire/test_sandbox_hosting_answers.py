"""The sandbox's hosting does on the wire what its table says: read with a raw client that repairs nothing."""

from __future__ import annotations

import gzip

import pytest
from helpers.raw_client import Seen, once, twice, unchunked

from preflight.sandbox import PATHS, Case, Hosting
from preflight.sandbox.answers import zipped
from preflight.sandbox.media import TOO_LARGE, data
from preflight.sandbox.paths import DEMO
from preflight.verdict import Outcome

PLAIN = [case for case in PATHS.values() if case.outcome is Outcome.ACCEPT and not case.remarks]


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.path)
def test_what_is_accepted_without_remark_is_plain(case: Case) -> None:
    first, second = twice(case.path)
    if first.lines[0].endswith("503 Service Unavailable"):
        first = second
    if " 103 " in first.lines[0]:
        first = Seen(first.body)
    assert first.lines[0] in ("HTTP/1.1 200 OK", "HTTP/1.0 200 OK")
    assert first.fields("content-length") == [str(len(first.body))]
    assert len(first.fields("content-type")) == 1
    assert not first.fields("transfer-encoding")


def test_the_table_is_sound() -> None:
    paths = [case.path.partition("?")[0] for case in PATHS.values()]
    assert len(set(paths)) == len(paths)
    assert len({case.title for case in PATHS.values()}) == len(paths)
    for case in PATHS.values():
        assert bool(case.errors) == (case.outcome is not Outcome.ACCEPT), case.path
        agrees = bool(case.gateway) == (case.outcome is not Outcome.ACCEPT)
        assert agrees or case.note, f"{case.path}: the gateway differs, and no note says why"
    assert set(DEMO) <= set(PATHS)


@pytest.mark.parametrize(
    "path", ["/chunked.jpg", "/chunked-spelled.jpg", "/varnish.jpg", "/rails.jpg"]
)
def test_chunked_answers_carry_the_photo(path: str) -> None:
    seen = once(path)
    assert [value.lower() for value in seen.fields("transfer-encoding")] == ["chunked"]
    assert not seen.fields("content-length")
    assert unchunked(seen.body) == data("photo.jpg")


COMPRESSING = [
    "/chunked-when-gzip.jpg", "/cloudfront.jpg", "/cloudflare.jpg", "/akamai.jpg", "/google-cdn.jpg",
    "/front-door.jpg", "/nginx.jpg", "/apache.jpg", "/iis.jpg", "/express.jpg",
]  # fmt: skip


@pytest.mark.parametrize("path", COMPRESSING)
def test_compression_on_the_fly_chunks_only_for_gzip(path: str) -> None:
    plain = once(path, "Accept-Encoding: identity")
    assert plain.fields("content-length") == [str(len(data("photo.jpg")))]
    coded = once(path, "Accept-Encoding: gzip")
    assert coded.fields("transfer-encoding") == ["chunked"]
    assert coded.fields("content-encoding") == ["gzip"]
    assert gzip.decompress(unchunked(coded.body)) == data("photo.jpg")


def test_a_weight_of_zero_is_no_wish_for_gzip() -> None:
    assert once("/nginx.jpg", "Accept-Encoding: br, gzip;q=0").fields("content-length")
    assert once("/nginx.jpg", "Accept-Encoding: br, GZIP;q=0.5").fields("transfer-encoding")


@pytest.mark.parametrize(
    ("path", "lengths"),
    [
        ("/no-length.jpg", []),
        ("/two-lengths.jpg", [str(len(data("photo.jpg"))), "100"]),
        ("/repeated-length.jpg", [str(len(data("photo.jpg")))] * 2),
        ("/negative-length.jpg", ["-1"]),
        ("/worded-length.jpg", ["many"]),
        ("/length-and-chunked.jpg", [str(len(data("photo.jpg")))]),
        ("/coded-without-chunked.jpg", []),
        ("/empty.jpg", ["0"]),
        ("/too-large.jpg", [str(TOO_LARGE)]),
        ("/gzip.jpg", [str(len(zipped(data("photo.jpg"))))]),
        ("/old-proxy.jpg", []),
    ],
)
def test_lengths_are_sent_as_written(path: str, lengths: list[str]) -> None:
    assert once(path).fields("content-length") == lengths


def test_a_short_body_ends_in_order_and_a_reset_one_does_not() -> None:
    short, cut = once("/short-body.jpg"), once("/reset-in-body.jpg")
    half = data("photo.jpg")[: len(data("photo.jpg")) // 2]
    assert (short.body, short.reset) == (half, False)
    assert (cut.body, cut.reset) == (half, True)
    assert int(short.fields("content-length")[0]) == len(data("photo.jpg"))


def test_no_answer_at_all_is_closed_or_reset() -> None:
    assert once("/closed.jpg") == Seen(b"", reset=False)
    assert once("/reset.jpg") == Seen(b"", reset=True)


def test_surplus_bytes_follow_the_body() -> None:
    assert once("/surplus.jpg").body == data("photo.jpg") + b"surplus bytes\n"


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/http-0.9.jpg", b"\xff\xd8\xff"),
        ("/other-protocol.jpg", b"220 files"),
        ("/bare-lf.jpg", b"HTTP/1.1 200 OK\nContent-Type"),
        ("/http-1.0.jpg", b"HTTP/1.0 200 OK\r\n"),
        ("/early-hints.jpg", b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"),
        ("/cut-in-head.jpg", b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg"),
    ],
)
def test_odd_heads_begin_as_named(path: str, start: bytes) -> None:
    assert once(path).wire.startswith(start)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/line-without-colon.jpg", b"\r\nX-Cache HIT\r\n"),
        ("/nul-in-value.jpg", b"X-Note: a\0b\r\n"),
        ("/folded.jpg", b"X-Note: one\r\n  two\r\n"),
        ("/space-before-colon.jpg", b"\r\nX-Note : one\r\n"),
        ("/coded-without-chunked.jpg", b"Transfer-Encoding: gzip\r\n"),
        ("/empty-type.jpg", b"\r\nContent-Type:\r\n"),
        ("/malformed-type.jpg", b"\r\nContent-Type: image\r\n"),
        ("/two-types.jpg", b"\r\nContent-Type: text/html"),
        ("/403-shield.jpg", b"cf-mitigated: challenge"),
        ("/429.jpg", b"Retry-After: 1"),
    ],
)
def test_odd_lines_are_there(path: str, inside: bytes) -> None:
    assert inside in once(path).wire


def test_an_endless_head_is_over_64_kib() -> None:
    assert len(once("/endless-head.jpg").head) > 64 * 1024
    assert once("/many-interim.jpg").wire.count(b"103 Early Hints") == 20


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("/flapping.jpg", "HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK"),
        ("/unstable-status.jpg", "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"),
    ],
)
def test_status_changes_between_requests(path: str, first: str, second: str) -> None:
    assert [seen.lines[0] for seen in twice(path)] == [first, second]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/unstable-framing.jpg", "transfer-encoding"),
        ("/unstable-length.jpg", "content-length"),
        ("/unstable-type.jpg", "content-type"),
        ("/fastly.jpg", "transfer-encoding"),
    ],
)
def test_a_field_changes_between_requests(path: str, field: str) -> None:
    first, second = twice(path)
    assert first.fields(field) != second.fields(field)


def test_redirects_lead_where_they_say() -> None:
    for path, location in [
        ("/redirect/once", "/good.jpg"), ("/redirect/chunked", "/chunked.jpg"), ("/redirect/loop", "/redirect/loop"),
        ("/redirect/private", "http://169.254.169.254/latest/meta-data/"), ("/redirect/scheme", "ftp://example.com/a.jpg"),
    ]:  # fmt: skip
        assert once(path).fields("location") == [location]
    assert once("/redirect/nowhere").fields("location") == []
    assert once("/redirect/many").fields("location") == ["/redirect/many?left=6"]
    assert once("/redirect/many?left=0").lines[0] == "HTTP/1.1 200 OK"


def test_queries_decide_where_they_should() -> None:
    for path in ("/with-query.mp3", "/with-query.mp4", "/with-query.jpg"):
        assert once(path + "?token=0123").lines[0] == "HTTP/1.1 200 OK"
        assert once(path).lines[0] == "HTTP/1.1 403 Forbidden"
    assert once("/by-query.wav?version=2").body != once("/by-query.wav").body
    assert once("/idle-query.mp3?cache=1").body == once("/idle-query.mp3").body


def test_a_signature_is_for_get_alone() -> None:
    signed = next(path for path in PATHS if path.startswith("/signed.jpg"))
    assert once(signed).lines[0] == "HTTP/1.1 200 OK"
    assert once(signed, method="HEAD").lines[0] == "HTTP/1.1 403 Forbidden"
    assert once("/signed.jpg").lines[0] == "HTTP/1.1 403 Forbidden"


def test_the_time_is_written_into_a_signed_url() -> None:
    url = Hosting(port=80).url("/signed.jpg?X-Amz-Date={now}&a=b")
    assert url.startswith("http://127.0.0.1:80/signed.jpg?X-Amz-Date=20")
    assert url.endswith("Z&a=b")

"""Secrets never survive the masks, foreign text never survives as more than text, and both functions settle at once."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.text import mask_field, mask_head, mask_text, mask_url, printable, quoted, size

C = "CANARY"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.CANARYCANARYCANARY"

URLS = [
    (f"https://u:{C}@h.example/a", "https://***@h.example/a"),
    (f"https://{C}@h.example/a", "https://***@h.example/a"),
    (f"https://u:{C}@x@h.example/", "https://***@h.example/"),
    (f"//u:{C}@h.example/a", "//***@h.example/a"),
    (f"https://h.example/a?X-Amz-Signature={C}&x=1", "https://h.example/a?X-Amz-Signature=***&x=***"),
    (f"https://h.example/a?sig={C}%3D&se=2027", "https://h.example/a?sig=***&se=***"),
    (f"https://h.example/a?{C}", "https://h.example/a?***"),
    (f"https://h.example/a?a=b;token={C}", "https://h.example/a?a=***;token=***"),
    (f"https://h.example/a?={C}&&y=", "https://h.example/a?=***&&y="),
    (f"https://h.example/a?x={C}={C}", "https://h.example/a?x=***"),
    (f"https://h.example/a#{C}", "https://h.example/a"),
    (f"https://h.example/a?b#{C}", "https://h.example/a?***"),
    (f"https://h.example/{JWT}/a.png", "https://h.example/***/a.png"),
    ("https://h.example/" + "0123456789abcdef" * 2 + "/a.png", "https://h.example/***/a.png"),
    ("https://h.example/a/" + "aB3_" * 11, "https://h.example/a/***"),
    ("https://h.example/a-long-name-of-a-photo-without-any-digit-at-all.jpg", "https://h.example/a-long-name-of-a-photo-without-any-digit-at-all.jpg"),
    (f"http://[::1/?t={C}", f"<unparsable URL, {len('http://[::1/?t=' + C)} characters>"),
    (f"no url {C}", f"<unparsable URL, {len('no url ' + C)} characters>"),
    (f"mailto:{C}@h.example", f"<unparsable URL, {len('mailto:' + C + '@h.example')} characters>"),
    (f"https://h.example/a\n?x={C}", "https://h.example/a\n?x=***"),
    (f"https://u:a/{C}@h.example/a", "<unparsable URL, 30 characters>"),
    (f"https://u:a?{C}@h.example/a", "<unparsable URL, 30 characters>"),
    (f"https://u:a#{C}@h.example/a", "<unparsable URL, 30 characters>"),
    (f"https://u:{C}%40h.example:1/a", "<unparsable URL, 32 characters>"),
    (f"https:/u:{C}@h.example/a", "<unparsable URL, 27 characters>"),
    (f"https:u:{C}@h.example/a", "<unparsable URL, 26 characters>"),
    ("https://h.example:80x/a?b=c", "https://h.example:80x/a?b=***"),
    ("https://h.example/a-pic-" + "0123456789abcdef" * 2 + ".png", "https://h.example/a-pic-" + "***.png"),
    ("https://h.example/" + "1234567890" * 4 + ".png", "https://h.example/***.png"),
    ("https://h.example/a-long-name-of-a-photo-without-any-digit.v2.jpg", "https://h.example/a-long-name-of-a-photo-without-any-digit.v2.jpg"),
    ("https://h.example/key-" + JWT + ".png", "https://h.example/key-***.png"),
    ("https://h.example/eyJ/it's", "https://h.example/eyJ/it's"),
    (f"http://https://u:{C}@h.example/a.jpg", "http://https://***@h.example/a.jpg"),
    (f"http://http//u:{C}@h.example/a.jpg", "http://http//***@h.example/a.jpg"),
    (f"http:///u:{C}@h.example/a", "http:///***@h.example/a"),
    (f"http:///{C}@h.example/a", "http:///***@h.example/a"),
    (f"http://p.example/fetch/https://u:{C}@h.example/a.jpg", "http://p.example/fetch/https://***@h.example/a.jpg"),
    (f"http://p.example/fetch/https://{C}@h.example/a.jpg", "http://p.example/fetch/https://***@h.example/a.jpg"),
    (f"http://p.example/fetch/https:/u:{C}@h.example/a.jpg", "http://p.example/fetch/https:/***@h.example/a.jpg"),
    (f"http://p.example/fetch/https://u:a/{C}@h.example/a.jpg", "http://p.example/fetch/https://***"),
    (f"http://p.example/fetch/https://u:{C}?b@h.example/a.jpg", "http://p.example/fetch/https://***?***"),
    (f"http://p.example/https%3A%2F%2Fu%3A{C}%40h.example%2Fa", "http://p.example/https%3A%2F%2F***@h.example%2Fa"),
    (f"http://p.example/h.example%2Fa%3Ftoken%3D{C}%26x%3D{C}/b", "http://p.example/h.example%2Fa%3Ftoken%3D***%26x%3D***/b"),
    (f"http://u:{C}\uff20h.example/", "<unparsable URL, 26 characters>"),
    ("https://h.example/npm/pkg@1.0/a@2x.png", "https://h.example/npm/pkg@1.0/a@2x.png"),
    ("https://h.example/fetch/https://[::1]:80/a:b.jpg", "https://h.example/fetch/https://[::1]:80/a:b.jpg"),
    ("https://h.example/%3a%20%2f/b%3Fc", "https://h.example/%3a%20%2f/b%3Fc"),
    (f"http://p.example/f/u:{C}@h.example/a.jpg", "http://p.example/f/***@h.example/a.jpg"),
    (f"http://p.example/f/u:{C}@127.0.0.1/a.jpg", "http://p.example/f/***@127.0.0.1/a.jpg"),
    (f"http://p.example/f/u:{C}@h:80/a.jpg", "http://p.example/f/***@h:80/a.jpg"),
    (f"http://p.example/f/u:{C}@localhost/a.jpg", "http://p.example/f/***@localhost/a.jpg"),
    (f"http://p.example/f/u:{C}@localhost%3Fa", "http://p.example/f/***@localhost%3Fa"),
    (f"http://p.example/f/u:{C}@[::1]/a.jpg", "http://p.example/f/***@[::1]/a.jpg"),
    (f"http://p.example/f/u:{C}@/a.jpg", "http://p.example/f/***@/a.jpg"),
    (f"http://p.example/f/u:{C}@site.mov", "http://p.example/f/***@site.mov"),
    (f"http://p.example/f/u:{C}@h.example@2x.jpg", "http://p.example/f/***@2x.jpg"),
    (f"http://p.example/f/u%3A{C}%40h.example%3Fa.jpg", "http://p.example/f/***@h.example%3Fa.jpg"),
    (f"http://p.example/f/u:{C}@h.example%5Ca.jpg", "http://p.example/f/***@h.example%5Ca.jpg"),
    (f"http://p.example/f/http:\\\\u:{C}@h.example\\a.jpg", "http://p.example/f/***@h.example\\a.jpg"),
    (f"http://p.example/f/https://u:a@2x.jpg/{C}@h.example/a", "http://p.example/f/https://***"),
    (f"http://p.example/f/https://u:{C}#b@h.example/a", "http://p.example/f/https://***"),
    (f"http://p.example/f/https://u:{C}\uff20h.example/a", "http://p.example/f/https://***"),
    (f"http://p.example/f/https://u:{C}/b%40h.example/a", "http://p.example/f/https://***"),
    (f"http://u:{C}@h.example//2024-01-01T10:20:30/x.jpg", "http://***@h.example//2024-01-01T10:20:30/x.jpg"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "masked"), URLS)
def test_urls(url: str, masked: str) -> None:
    assert mask_url(url) == masked
    assert C not in masked
    if not masked.startswith("<"):
        assert mask_url(masked) == masked


@pytest.mark.parametrize(
    "path",
    [
        "//2024-01-01T10:20:30/x.jpg",
        "//2024-01-01T10:20:30/x@2x.jpg",
        "/iiif/ark:/81055:vdc_1/full/max/0/default.jpg",
        "/File:a@2x.jpg",
        "/wiki/File:x@2x",
        "/wiki/File%3Ax%402x.JPG",
        "//File:a@2x.jpg",
        "//logo@2x.png",
        "/@user:x/a.jpg",
    ],
)
def test_a_path_without_a_password_stays(path: str) -> None:
    """A report must say which file it was, and a baseline must tell one from another."""
    assert mask_url(f"https://h.example{path}") == f"https://h.example{path}"
    assert mask_field("Location", f"/a{path}") == f"/a{path}"


FIELDS = [
    ("Authorization", f"Bearer {C}"), ("authorization", f"Basic {C}"), ("Proxy-Authorization", C), ("Cookie", f"a={C}"), ("Set-Cookie", f"a={C}; Path=/"),
    ("X-Api-Key", C), ("Api-Key", C), ("WWW-Authenticate", f'Digest nonce="{C}"'), ("X-Amz-Security-Token", C), ("Location", f"/a?token={C}"),
    ("Location", f"https://h.example/a?token={C}"), ("Location", f"//h.example/?{C}"), ("Location", f"?{C}"), ("Location", f"a#{C}"), ("Location", f"/{JWT}/a"), ("Content-Location", f"/a?x={C}#{C}"),
    ("Link", f"<https://h.example/?x={C}>; rel=next"), ("Link", f"</a?x={C}>; rel=next"), ("Refresh", f"0; url=/a?x={C}"), ("X-Original-URL", f"https://u:{C}@h.example/"),
    ("Via", f"http://h.example/?a={C} b"), ("Referer", f"http://h.example/?a={C}"),
    ("Location", f"https://h.example/it's.jpg?token={C}"), ("Location", f"/login?token={C}&next=https://h.example/"), ("Location", f"/a?sig={C}//x"),
    ("Location", f"https://u:pa'{C}@h.example/"), ("Location", f"https://h.example/a b?token={C}"), ("Location", f"http:u:{C}@h.example/"),
    ("Location", f"http:/u:{C}@h.example/"), ("Location", f"http:\\\\u:{C}@h.example/"), ("Link", f"<https://h.example/a>, </b?{C}>"), ("Link", f"</{JWT}>"),
    ("Refresh", f"0; url=/a?token={C}&u=https://h.example/"), ("X-Original-URL", f"/a?token={C}"), ("Refresh", f"0; url=/a#token={C}"), ("Link", f"</a#token={C}>; rel=next"), ("X-Echo", f"/a?b={C};c={C}&d={C}"),
    ("Location", f"/f/https://u:{C}#b@h.example/"), ("Location", f"/f/https://u:{C}?b#c@h.example/"), ("Location", f"/https://u:{C}@h.example/a"), ("Location", f"/f/https:/u:{C}@h.example/"), ("Link", f"</https://u:{C}@h.example/a>"),
    ("Private-Token", C), ("X-Session-Id", C), ("X-Client-Secret", C),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), FIELDS)
def test_fields(name: str, value: str) -> None:
    assert C not in mask_field(name, value)
    assert mask_field(name, mask_field(name, value)) == mask_field(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", "image/png"),
        ("Server", "nginx/1.22.1"),
        ("ETag", '"abc"'),
        ("Location", "/a/b.png"),
        ("Via", "1.1 varnish"),
        ("Content-Security-Policy", "img-src https://h.example https: data:; font-src /a"),
    ],
)
def test_fields_without_a_secret_stay(name: str, value: str) -> None:
    assert mask_field(name, value) == value


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize(
    ("start", "shown_start", "x"),
    [
        (
            f"GET /a/b.png?X-Amz-Signature={C}&y={C} HTTP/1.1",
            "GET /a/b.png?X-Amz-Signature=***&y=*** HTTP/1.1",
            "X: ***",  # the user gave it, and it may be a credential
        ),
        ("HTTP/1.1 302 Found", "HTTP/1.1 302 Found", "X: y"),
    ],
)
def test_heads(end: str, start: str, shown_start: str, x: str) -> None:
    lines = [
        start,
        "Host: h.example",
        *(f"{name}: {value}" for name, value in FIELDS),
        "X: y",
        "Location:",
        f" /a?x={C}",
        "Cookie: a",
        f" {C}",
        "",
        "",
    ]
    shown = mask_head(end.join(lines))
    assert C not in shown
    assert shown.count(end) == len(lines) - 1
    assert (
        shown.startswith(shown_start + end)
        and f"{end}{x}{end}" in shown
        and f"{end}Host: h.example{end}" in shown
    )
    assert mask_head(shown) == shown


@pytest.mark.parametrize(
    "line",
    [f"GET http://u:{C}@h.example/?{C} HTTP/1.1", f"CONNECT h.example:443?{C} HTTP/1.1", f"GET /{JWT} HTTP/1.1", f"POST /x?api-key={C} HTTP/1.1",
     f"HTTP/1.1 302 see https://u:{C}@h.example/?x={C}"],
)  # fmt: skip
def test_start_lines(line: str) -> None:
    assert C not in mask_head(f"{line}\r\n\r\n")


def test_odd_heads_are_masked_too() -> None:
    for raw in (f"HTTP/1.1 200 OK\r\nCookie : {C}\r\n\r\n", f"HTTP/1.1 200 OK\r\nset-cookie:{C}\n\n", f"HTTP/1.1 200 OK\r\nno colon http://a.example/?{C}\r\n\r\n",
                f"HTTP/1.1 200 OK\r\nAuthorization:\r\n\t{C}\r\n {C}\r\n\r\n", f"HTTP/1.1 200 OK\r\nX: y\r\n http://a.example/?x={C}\r\n\r\n"):  # fmt: skip
        assert C not in mask_head(raw)


LONG = 200_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "https://h.example/" + "-" * LONG,
        "https://h.example/" + "." * LONG,
        "https://h.example/" + "eyJ" * (LONG // 3),
        "https://h.example/" + ("a" * 39 + ".") * (LONG // 40),
        "https://h.example/" + ("a" * 31 + "/") * (LONG // 32) + "\xe9",
        "https://h.example/?" + "=;" * (LONG // 2),
        "a" * LONG + " //x",
        "a:" * (LONG // 2) + "//",
        "&a?" * (LONG // 3),
        "/" * LONG,
        "https://:" + "/:" * (LONG // 2),
        "https://h.example/" + "a:" * (LONG // 2),
        "https://h.example/" + "//a:b" * (LONG // 5) + "@2x.jpg",
        "https://h.example//u:@" + "a.jpg." * (LONG // 6) + "@x.jpg",
        "https://h.example/" + "%3F" * (LONG // 3),
        "https://h.example/" + "%3Fa=" * (LONG // 5),
    ],
    ids=range(16),
)
def test_no_text_takes_long(text: str) -> None:
    """Each took hours, or minutes, where a mask looked at a run of characters from each of its places."""
    mask_url(text), mask_text(text), mask_field("Location", text), mask_field("Link", text)
    mask_head(f"HTTP/1.1 200 OK\r\nX: {text}\r\n\r\n")


def test_free_text() -> None:
    assert mask_text(f"see https://u:{C}@a.example/?x={C}, and //b.example/#{C}.").count(C) == 0
    assert mask_text("nothing here: 1/2") == "nothing here: 1/2"


_NAMES = st.text(alphabet=string.ascii_letters + "-_", min_size=1, max_size=8)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(_NAMES, st.sampled_from(["=", "", "=="]), st.sampled_from(["&", ";", "&&"])),
        max_size=5,
    ),
    st.sampled_from(["", "u:CANARY@", "CANARY@"]),
    st.sampled_from(["", "#CANARY"]),
)
def test_no_canary_in_userinfo_query_or_fragment_survives(
    pairs: list[tuple[str, str, str]], user: str, fragment: str
) -> None:
    query = "".join(
        f"{name if equals else 'CANARY'}{equals}{'CANARY' if equals else ''}{end}"
        for name, equals, end in pairs
    )
    url = f"https://{user}h.example/path.png?{query}{fragment}"
    masked = mask_url(url)
    assert C not in masked and mask_url(masked) == masked
    assert C not in mask_head(f"GET /path.png?{query} HTTP/1.1\r\nLocation: {url}\r\n\r\n")
    assert C not in mask_text(f"at {url} now")


INJECTIONS = [
    "\x1b[2J", "\x1b]0;t\x07", "\x1b]8;;http://x\x1b\\y", "\x9b31m", "a\rb", "\u202eabc", "\u2066", "\u2028\u2029", "\u200b\ufeff", "\ud800", "\x00", "\x7f", "\n::error::x",
    "##[error]x", "<script>alert(1)</script>", '" onmouseover="x', "=cmd|'/C calc'!A0", "\U000e0001", "\u00ad", "\xa0", "\u3000", "\ufffe", "\\x1b[2J", "a\nb", "\t",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_foreign_text_becomes_plain_text(text: str) -> None:
    for shown in (printable(text), quoted(text), printable(text * 100), printable(text, None)):
        assert all(one == " " or unicodedata.category(one)[0] not in "CZ" for one in shown)
        assert shown.encode("utf-8")


def test_printable_is_cut_and_reversible_by_eye() -> None:
    assert printable("a" * 300) == "a" * 199 + "…"
    assert printable("a\\x1b") != printable("a\x1b")
    assert printable("café") == "café"
    assert quoted('a"b') == '"a"b"'


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(max_size=80))
def test_whatever_the_text(text: str) -> None:
    shown = printable(text)
    assert all(one == " " or unicodedata.category(one)[0] not in "CZ" for one in shown)
    assert printable(text, None) == "".join(printable(one, None) for one in text)
    mask_url(text), mask_head(text), mask_field("Location", text), mask_text(text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (8_319, "8,319 bytes"),
        (10_000, "10.0 KB"),
        (999_949, "999.9 KB"),
        (1_230_000, "1.23 MB"),
    ],
)
def test_sizes(octets: int, text: str) -> None:
    assert size(octets) == text

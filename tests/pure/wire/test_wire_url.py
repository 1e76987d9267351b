"""The strict URL reader: what it takes, what it refuses and why, and agreement with the standard library."""

from __future__ import annotations

import string
from ipaddress import IPv6Address
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.wire.url import MAX_LENGTH, Problem, Url, join, parse

ACCEPTED = [
    # text, host, port, target
    ("http://example.com", "example.com", 80, "/"),
    ("https://example.com", "example.com", 443, "/"),
    ("HTTP://EXAMPLE.COM/A", "example.com", 80, "/A"),
    ("https://example.com:443/", "example.com", 443, "/"),
    ("https://example.com:/a", "example.com", 443, "/a"),
    ("https://example.com:8443/a", "example.com", 8443, "/a"),
    ("https://example.com:00080/a", "example.com", 80, "/a"),
    ("https://example.com:1/", "example.com", 1, "/"),
    ("https://example.com:65535/", "example.com", 65535, "/"),
    ("https://example.com?x=1", "example.com", 443, "/?x=1"),
    ("https://example.com?", "example.com", 443, "/?"),
    ("https://example.com/?", "example.com", 443, "/?"),
    ("https://example.com/#top", "example.com", 443, "/"),
    ("https://example.com#@127.0.0.1/", "example.com", 443, "/"),
    ("https://example.com?@127.0.0.1/", "example.com", 443, "/?@127.0.0.1/"),
    ("https://example.com/@127.0.0.1/", "example.com", 443, "/@127.0.0.1/"),
    ("https://example.com/a//b///c", "example.com", 443, "/a//b///c"),
    ("https://example.com//a", "example.com", 443, "//a"),
    ("https://example.com/../a/./b", "example.com", 443, "/../a/./b"),
    ("https://example.com/%2e%2E/%00", "example.com", 443, "/%2e%2E/%00"),
    ("https://example.com/%0d%0aX:%201", "example.com", 443, "/%0d%0aX:%201"),
    (
        "https://example.com/a?X-Amz-Signature=a%2Fb&z=%7e%41",
        "example.com",
        443,
        "/a?X-Amz-Signature=a%2Fb&z=%7e%41",
    ),
    ("https://example.com/a;v=1,2:3@x!$&'()*+=~", "example.com", 443, "/a;v=1,2:3@x!$&'()*+=~"),
    ("https://example.com/a?b=c?d/e", "example.com", 443, "/a?b=c?d/e"),
    ("https://example.com.", "example.com", 443, "/"),
    ("https://a_b.example.com/", "a_b.example.com", 443, "/"),
    ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "/"),
    ("https://localhost/", "localhost", 443, "/"),
    ("https://3com.com/", "3com.com", 443, "/"),
    ("https://1.2.3.4.example/", "1.2.3.4.example", 443, "/"),
    ("https://0x7f.example/", "0x7f.example", 443, "/"),
    ("https://a.b0x7f/", "a.b0x7f", 443, "/"),
    ("https://127.0.0.1/", "127.0.0.1", 443, "/"),
    ("https://8.8.8.8:80/", "8.8.8.8", 80, "/"),
    ("https://[::1]/", "::1", 443, "/"),
    ("https://[::1]:8080/", "::1", 8080, "/"),
    ("https://[0:0:0:0:0:0:0:1]/", "::1", 443, "/"),
    ("https://[2001:DB8::A]/", "2001:db8::a", 443, "/"),
    ("https://[::ffff:127.0.0.1]/", str(IPv6Address("::ffff:7f00:1")), 443, "/"),
    ("https://" + "a" * 63 + ".example/", "a" * 63 + ".example", 443, "/"),
    ("https://" + ".".join(["a" * 49] * 5) + ".a/", ".".join(["a" * 49] * 5) + ".a", 443, "/"),
]

REFUSED = {
    "a scheme": [
        "", "example.com", "//example.com/", "/a", "?x", "#x", "http", "1http://a.example/", ":http://a.example", "-//a.example",
        "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "dict://a.example/", "data:image/png;base64,AA",
        "javascript:alert(1)", "jar:http://a.example!/", "ws://example.com/", "wss://example.com/", "http+unix://a/", "tcp://127.0.0.1/",
        "httpss://example.com/", "view-source:http://example.com/",
    ],
    "slashes": ["http:", "http:/", "http:/127.0.0.1/", "http:127.0.0.1/", "https:example.com", "http:///x", "http://", "https://?", "https://#"],
    "a number": [
        "http://2130706433/", "http://017700000001/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/", "http://0/", "http://1.2.3/",
        "http://4294967296/", "http://00000177.0.0.1/", "http://127.0.0.01/", "http://127.0.0.256/", "http://1.2.3.4.5/", "http://0x7f000001/",
        "http://0x7f.1/", "http://0xA9FEA9FE/", "http://0x7f.0x0.0x0.0x1/", "http://foo.0x7f/", "http://foo.0x/", "http://foo.1/", "http://a.09/",
        "http://127.0.0.1./", "http://2130706433./", "http://0X7F.1/",
    ],
    "other letters": [
        "http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "http://bücher.example/", "http://example.com/é",
        "http://example.com:٨٠/", "http://example.com/\u200b", "http://ex\u00adample.com/", "https://example.com/\ud800", "http://exampIe.com/\u2028",
    ],
    "white space and control characters": [
        " http://example.com/", "http://example.com/ ", "\thttp://example.com/", "http://example.com/\n", "http://exam\tple.com/", "http://exam\nple.com/",
        "http://example.com/a b", "\x00http://example.com/", "http://example.com\x00/", "http://example.com/\r\nX: 1", "http://example.com/\x7f",
        "http://example .com/", "http:// example.com/", "http://example.com\x0b/", "http://example.com/?a b", "http://example.com/#a b",
    ],
    "a user name": [
        "http://u@example.com/", "http://u:p@example.com/", "http://@example.com/", "http://:@example.com/", "http://example.com@127.0.0.1/",
        "http://u:p@example.com:80@127.0.0.1/", "http://127.0.0.1:80@example.com/", "http://a@[::1]/", "http://a%40b@example.com/",
    ],
    "ports": [
        "http://example.com:0/", "http://example.com:000/", "http://example.com:65536/", "http://example.com:99999999999/", "http://example.com:-1/",
        "http://example.com:+80/", "http://example.com:8a/", "http://example.com:80:80/", "http://example.com:0x50/", "http://:80/", "http://example.com:%380/",
    ],
    "names": [
        "http://a..b.example/", "http://.example.com/", "http://example.com../", "http://./", "http://-a.example/", "http://a-.example/",
        "http://" + "a" * 64 + ".example/", "http://" + ".".join(["a" * 50] * 5) + "/", "http://%6cocalhost/", "http://localhost%00.example.com/",
        "http://exa$mple.com/", "http://a,b.example/", "http://a*b.example/", "http://a~b/", "http://(a)/", "http://a=b/", "http://a'b/",
    ],
    "brackets": [
        "http://[::1/", "http://::1/", "http://[]/", "http://[:]/", "http://[::1]x/", "http://[::1]:x/", "http://x[::1]/", "http://[fe80::1%25eth0]/",
        "http://[::1%251]/", "http://[fe80::1%eth0]/", "http://[v1.fe80::a]/", "http://[127.0.0.1]/", "http://[1:2:3:4:5:6:7:8:9]/", "http://[::12345]/",
        "http://[[::1]]/", "http://[::1]]/", "http://[example.com]/",
    ],
    "paths": [
        "http://example.com/%", "http://example.com/%2", "http://example.com/%zz", "http://example.com/%2g", "http://example.com/a?%", "http://example.com/#%",
        "http://example.com/\\a", "http:\\\\127.0.0.1\\", "http://a\\@b/", "http://example.com\\@127.0.0.1/", "http://example.com/[a]", "http://example.com/{a}",
        "http://example.com/a|b", "http://example.com/a^b", "http://example.com/a`b", 'http://example.com/"a"', "http://example.com/<a>", "http://example.com/?a[]=1",
        "http://example.com/#a#b", "http://example.com/?a=<b>",
    ],
    "lengths": ["http://example.com/" + "a" * MAX_LENGTH, "http://" + "a" * 100_000],
}  # fmt: skip


@pytest.mark.parametrize(("text", "host", "port", "target"), ACCEPTED)
def test_what_is_taken_and_how(text: str, host: str, port: int, target: str) -> None:
    url = parse(text)
    assert isinstance(url, Url)
    assert (url.host, url.port, url.target) == (host, port, target)
    assert url.text == text.partition("#")[0]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts]
)
def test_what_is_refused(kind: str, text: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem), (kind, text)
    assert problem.text and problem.text.isprintable()


def test_there_are_enough_vectors() -> None:
    assert sum(map(len, REFUSED.values())) + len(ACCEPTED) >= 136


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("example.com", "no scheme"),
        ("ftp://a/", '"ftp"'),
        ("http:a", "two slashes"),
        ("http://u:secret@a.example/", "user name or password"),
        ("http://a.example:99999/", '"99999"'),
        ("http://[::1/", "cannot be read"),
        ("http://[::g]/", "IPv6"),
        ("http:///", "no host"),
        ("http://127.1/", "in different ways"),
        ("http://-/", "host name"),
        ("http://a.example/ b", "a space at position 18"),
        ("http://a.example/\tb", "a tab at position 18"),
        ("http://a.example/\n", "a line end"),
        ("http://a.example/\x1b", "a control character"),
        ("http://a.example/é", "not ASCII"),
        ("http://a.example/%zz", "percent sign"),
        ("http://a.example/<", "RFC 3986"),
        ("http://a.example/#a#b", "cannot be read"),
        ("http://a.example/" + "a" * 9_000, "9,017 characters"),
    ],
)
def test_the_reason_is_named_and_shows_no_password(text: str, said: str) -> None:
    problem = parse(text)
    assert isinstance(problem, Problem)
    assert said in problem.text
    assert "secret" not in problem.text


def test_the_parts_that_others_ask_for() -> None:
    url = parse("https://Example.com:8443/a/photo.JPEG?x=1#f")
    assert isinstance(url, Url)
    assert url.authority == "example.com:8443"
    assert url.origin == ("https", "example.com", 8443)
    six = parse("http://[::1]:80/")
    assert isinstance(six, Url)
    assert six.authority == "[::1]"


@pytest.mark.parametrize(
    ("base", "reference", "result"),
    [
        ("https://a.example/b/c?d", "e", "https://a.example/b/e"),
        ("https://a.example/b/c?d", "/e?f", "https://a.example/e?f"),
        ("https://a.example/b/c?d", "//b.example/", "https://b.example/"),
        ("https://a.example/b/c?d", "?e", "https://a.example/b/c?e"),
        ("https://a.example/b/c?d", "http://b.example/x", "http://b.example/x"),
        ("https://a.example/b/c/d", "../e", "https://a.example/b/e"),
        ("https://a.example/b", "#f", "https://a.example/b"),
        ("https://a.example/b?c", "#f", "https://a.example/b?c"),
        ("https://a.example/b?c", "?", "https://a.example/b?"),
        ("https://a.example", "b", "https://a.example/b"),
        ("https://a.example?c", "b/./c/..", "https://a.example/b/"),
        ("https://a.example/b/c/d", "../../../e", "https://a.example/e"),
        ("https://a.example/b/c/d", "./.", "https://a.example/b/c/"),
        ("https://a.example/b/c/d", "/x/../../y//z", "https://a.example/y//z"),
        ("https://a.example/b", "HTTP://b.example/../c?../d", "HTTP://b.example/c?../d"),
        ("https://a.example/b", "//b.example/c/./d/..", "https://b.example/c/"),
        ("https://a.example/b", "http://b.example?c/../d", "http://b.example?c/../d"),
    ],
)
def test_locations_are_resolved(base: str, reference: str, result: str) -> None:
    url = join(base, reference)
    assert isinstance(url, Url)
    assert url.text == result


@pytest.mark.parametrize(
    "reference",
    ["", " /a", "/a b", "/\n", "/é", "http://[::1/", "//", "http://", "javascript:x", "\\\\b.example\\", "http:\\\\b", "//u@b.example/", "///x", "http:x", "https:/x", "a:b", "?<", "http://[x", "/%zz", "/x#a#b", "#<"],
)  # fmt: skip
def test_locations_that_lead_nowhere(reference: str) -> None:
    assert isinstance(join("https://a.example/b", reference), Problem)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *string.printable,
                "//",
                "http://",
                "a.example",
                "%41",
                "[::1]",
                "127.0.0.1",
                "é",
                "@",
                ":80",
            ]
        ),
        max_size=12,
    )
)
def test_any_text_is_read_or_refused_and_what_is_read_is_read_alike_elsewhere(
    parts: list[str],
) -> None:
    for text in ("".join(parts), "http://" + "".join(parts), "https://a.example" + "".join(parts)):
        url = parse(text)
        if isinstance(url, Url):
            other = urlsplit(text)
            assert (other.hostname or "").removesuffix(".") == (
                url.host if url.address is None or ":" not in url.host else other.hostname
            )
            assert (other.port or {"http": 80, "https": 443}[other.scheme]) == url.port
            assert other.username is None
            query = "?" + other.query if "?" in url.text else ""
            assert url.target == (other.path or "/") + query


@pytest.mark.parametrize("text", [row[0] for row in ACCEPTED])
def test_the_standard_library_agrees_on_host_and_port(text: str) -> None:
    url, other = parse(text), urlsplit(text)
    assert isinstance(url, Url)
    assert (other.port or {"http": 80, "https": 443}[other.scheme]) == url.port
    if url.address is None or url.address.version == 4:
        assert (other.hostname or "").removesuffix(".") == url.host


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", "..", ".", "", "c.png", "%2e"]), min_size=1, max_size=6),
    st.sampled_from(["", "?x=1"]),
)
def test_locations_resolve_as_the_standard_library_has_it_where_it_is_right(
    segments: list[str], query: str
) -> None:
    reference = "/".join(segments) + query
    ours, other = (
        join("https://a.example/p/q/r", reference),
        urljoin("https://a.example/p/q/r", reference),
    )
    if reference and "//" not in reference:
        assert isinstance(ours, Url)
        assert ours.text == other

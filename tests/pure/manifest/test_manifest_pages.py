"""What the attributes and styles of a page mean, by the HTML standard, and where in the file it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.odd_sources import A, places, read, urls

CDN = "https://cdn.example.com"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?w=100&region=eu&copy=2", "?w=100&region=eu&copy=2"),
        ("?a=1&current=2&notify=3&lt=4", "?a=1&current=2&notify=3&lt=4"),
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
        ("?a=1&amp=2", "?a=1&amp=2"),
        ("?a=1&ampb", "?a=1&ampb"),
        ("?a=1&amp-b", "?a=1&-b"),
        ("?a=1&copy", "?a=1©"),
        ("?a=1&copy;=2", "?a=1©=2"),
        ("?a=1&notit;b", "?a=1&notit;b"),
        ("?a=1&notin;b", "?a=1∉b"),
        ("?a=1&nothing;b&;c&", "?a=1&nothing;b&;c&"),
        ("?a=1&#38b=2&#x26;c=3&#X3d4", "?a=1&b=2&c=3\u03d4"),
        ("?a=1&#38=2", "?a=1&=2"),
        ("?a=1&#;&#x;&#xg", "?a=1&#;&#x;&#xg"),
        ("?&#x110000;&#0;", "?\ufffd\ufffd"),
        (f"?&#{'9' * 5000};", "?\ufffd"),
    ],
)
def test_references_in_an_attribute(tmp_path: Path, written: str, meant: str) -> None:
    """HTML 13.2.5.73: a name without its semicolon is text where ``=``, a letter or a digit follows."""
    page = f'<!doctype html><img src="{CDN}/a.jpg{written}"><video poster={CDN}/z.png></video>'
    assert urls(read(tmp_path, page)) == [f"{CDN}/a.jpg{meant}", f"{CDN}/z.png"]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<style>a{background:url(http://x/a.png?b&amp;copy;=1)}</style>", ["http://x/a.png?b&amp;copy;=1"]),
        ("<style>a{background:url(&quot;http://x/a.png&quot;)}</style>", []),
        ("<p style='background:url(&#34;http://x/a.png?b&amp;c&quot;)'>", ["http://x/a.png?b&c"]),
        ("<p style='background:url(&#x27;http://x/a.png&apos;)'>", ["http://x/a.png"]),
        ("<img srcset='http://x/a.png?b&comma=1&#44; http://x/c.png&#32;2x'>", ["http://x/a.png?b&comma=1", "http://x/c.png"]),
        ("<img srcset='http://x/a.png,, ,http://x/b.png (1,2) (3,4), http://x/c.png (5'>", ["http://x/a.png", "http://x/b.png", "http://x/c.png"]),
        ("<img srcset=',,,'>", []),
        ("<base href='http://x/?a&copy=1'><img src='?b&copy=2'>", ["http://x/?b&copy=2"]),
    ],
)  # fmt: skip
def test_references_are_resolved_before_anything_else_is_read(
    tmp_path: Path, page: str, expected: list[str]
) -> None:
    assert urls(read(tmp_path, f"<!doctype html>{page}")) == expected


def test_a_place_is_where_the_file_has_it_whatever_was_resolved(tmp_path: Path) -> None:
    page = (
        "<img src='&#32;&#32;http://x/a.png?b&amp;c&NewLine;' srcset='http://x/b.png?&amp;&amp;c 1x,\n"
        "  http://x/c.png&quest;&amp;d 2x'>\n"
        "<p style='&quot;&quot;;background:url(&quot;http://x/d.png?&amp;e&quot;)'>\n"
        "<img src='http://x/\ne.png'>\n"
    )
    found = read(tmp_path, page, form="html")
    lines = page.split("\n")
    cut = [
        (target.url, lines[place.line - 1][place.column - 1 : place.end - 1] if place.end else None)
        for target in found
        if (place := target.source).line and place.column
    ]
    assert cut == [
        ("http://x/a.png?b&c", "http://x/a.png?b&amp;c"),
        ("http://x/b.png?&&c", "http://x/b.png?&amp;&amp;c"),
        ("http://x/c.png?&d", "http://x/c.png&quest;&amp;d"),
        ("http://x/d.png?&e", "http://x/d.png?&amp;e"),
        ("http://x/\ne.png", None),
    ]


@pytest.mark.parametrize("character", ["\u00a0", "\u3000", "\u2028", "\x0b", "\x85"])
@pytest.mark.parametrize(
    "page",
    [
        "<img src={}>",
        "<img srcset='{} 2x, {} 3x'>",
        "<p style='background:url({})'>",
        "<img alt=a{}src=x src={}>",
    ],
)
def test_white_space_that_html_does_not_have_is_part_of_a_url(
    tmp_path: Path, page: str, character: str
) -> None:
    """What stood before it was taken for the URL, and could be accepted."""
    url = f"{CDN}/a{character}b.jpg"
    found = urls(read(tmp_path, f"<!doctype html>{page.replace('{}', url)}"))
    assert found and set(found) == {url}


@pytest.mark.parametrize(
    "base", ["", "<base href='file:///tmp/'>", "<base href='blob:https://a/'>"]
)
def test_a_page_names_media_by_what_is_fetched_from_servers(tmp_path: Path, base: str) -> None:
    """What only a browser opens was rejected as a medium."""
    given = [
        "http:x.jpg",
        "HTTPS:/a.example/x.jpg",
        "ftp://a.example/x.jpg",
    ]
    left_out = [
        "data:image/png;base64,AA//://",
        "about:blank",
        "blob:https://a.example/0a1b",
        "file:///tmp/x.jpg",
        "chrome-extension://abc/x.png",
        "capacitor://localhost/x.png",
        "://a.example/x.jpg",
        "https",
        "cid:1",
        "x?u=http://a",
        "x/http://a",
        "",
    ]
    page = "".join(f"<img src='{url}'>" for url in (*given, *left_out))
    assert urls(read(tmp_path, f"<!doctype html>{base}{page}")) == given


@pytest.mark.parametrize(
    ("comment", "ends"),
    [
        ("<!-->", True), ("<!--->", True), ("<!---->", True), ("<!-- x --!>", True), ("<!----!>", True),
        ("<!-- x -->", True), ("<!--!>", False), ("<!---!>", False), ("<!-- x ->", False), ("<!-- x --!", False), ("<!--", False),
    ],
)  # fmt: skip
def test_where_a_comment_ends(tmp_path: Path, comment: str, ends: bool) -> None:
    page = f"<!doctype html>\n{comment}<img src={A}>"
    column = len(comment) + len("<img src=") + 1
    assert places(read(tmp_path, page)) == ([(A, 2, column)] if ends else [])

"""Relative URLs are joined to their base as RFC 3986 section 5 says, and not a character of them is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.odd_sources import places, read, urls

BASE = "https://h.example/x//y/z?q#f"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("im//a.jpg", "https://h.example/x//y/im//a.jpg"),
        ("b.jpg;", "https://h.example/x//y/b.jpg;"),
        ("b.jpg?", "https://h.example/x//y/b.jpg?"),
        ("?", "https://h.example/x//y/z?"),
        ("../b.jpg", "https://h.example/x//b.jpg"),
        ("../../b.jpg", "https://h.example/x/b.jpg"),
        ("./a/../b.jpg", "https://h.example/x//y/b.jpg"),
        ("/b//c.jpg", "https://h.example/b//c.jpg"),
        ("//k.example//c.jpg", "https://k.example//c.jpg"),
        ("a\tb.jpg", "https://h.example/x//y/a\tb.jpg"),
        ("a b.jpg", "https://h.example/x//y/a b.jpg"),
        ("\\a.jpg", "https://h.example/x//y/\\a.jpg"),
        ("[.jpg", "https://h.example/x//y/[.jpg"),
        ("https://k.example/a/../b.jpg", "https://k.example/a/../b.jpg"),
        ("http:a.jpg", "http:a.jpg"),
    ],
)
def test_what_a_relative_url_stands_for(tmp_path: Path, reference: str, expected: str) -> None:
    assert urls(read(tmp_path, f"{reference}\n", form="text", base_url=BASE)) == [expected]
    page = f'<base href="{BASE}"><img src="{reference}">'
    assert urls(read(tmp_path, page, form="html")) == [expected]
    feed = f'<feed xml:base="{BASE}"><link rel="enclosure" href="{reference.replace(chr(9), "&#9;")}"/></feed>'
    assert urls(read(tmp_path, feed, form="rss")) == [expected]


def test_an_empty_base_leaves_the_one_outside(tmp_path: Path) -> None:
    page = "<base href=''><img src='a.jpg'>"
    assert urls(read(tmp_path, page, form="html", base_url="https://h.example/")) == [
        "https://h.example/a.jpg"
    ]


ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://h.example/f/">
 <icon>i.png</icon><logo> /l.png </logo>
 <entry xml:base="e/"><link rel="enclosure" href="1.mp3"/>
  <content xml:base="/c/" type="image/png" src="2.png"/>
  <link rel="enclosure" href="https://k.example/3.mp3"/></entry>
 <entry><link rel="enclosure" href="4.mp3" base="/no/"/><source><icon>i.png</icon><logo>5.png</logo></source></entry>
</feed>
"""


def test_atom_has_its_own_bases_and_pictures(tmp_path: Path) -> None:
    """Its icon is that of a browser's tab, and no medium."""
    expected = [
        ("https://h.example/l.png", 2, 27),
        ("https://h.example/f/e/1.mp3", 3, 51),
        ("https://h.example/c/2.png", 4, 49),
        ("https://k.example/3.mp3", 5, 31),
        ("https://h.example/f/4.mp3", 6, 37),
        ("https://h.example/f/5.png", 6, 89),
    ]
    assert places(read(tmp_path, ATOM)) == expected
    inner = ATOM.replace("https://h.example/f/", "f/")
    assert places(read(tmp_path, inner, base_url="https://h.example/")) == expected


@pytest.mark.parametrize(
    "feed",
    [
        "<rss><channel><image><url>{}</url><link>https://h.example/</link></image></channel></rss>",
        "<r:RDF xmlns:r='r'><image><url>{}</url></image></r:RDF>",
    ],
)
def test_the_picture_of_a_channel(tmp_path: Path, feed: str) -> None:
    (target,) = read(tmp_path, feed.format(" https://h.example/logo.png\n"))
    assert target.url == "https://h.example/logo.png"
    assert (target.source.column, target.source.pointer) == (
        feed.index("{}") + 2,
        "rss/channel/image/url" if "rss" in feed else "rdf/image/url",
    )


def test_white_space_that_xml_does_not_have_is_part_of_a_url(tmp_path: Path) -> None:
    url = "https://h.example/a.jpg\u00a0"
    feed = f"<rss><enclosure url=' {url} '/><image><url> {url} </url></image></rss>"
    assert places(read(tmp_path, feed)) == [(url, 1, 22), (url, 1, feed.index("<url>") + 7)]

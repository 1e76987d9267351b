from __future__ import annotations

from pathlib import Path

import pytest

from preflight import manifest
from preflight.message import Message
from preflight.target import Source, Target

SAMPLES = Path(__file__).parents[3] / "fixtures" / "sources"
CDN = "https://cdn.example.com"
Row = tuple[str, int | None, int | None, int | None, str | None]


def rows(entries: list[Target | Message]) -> list[Row]:
    """Every URL with its place, those on the slides of a message too."""
    found: list[tuple[str, Source]] = []
    for entry in entries:
        if isinstance(entry, Target):
            found.append((entry.url, entry.source))
        else:
            found += [(media.url, media.source) for slide in entry.slides for media in slide.media]
    return [(url, place.line, place.column, place.end, place.pointer) for url, place in found]


def read(name: str, base_url: str | None = None) -> list[Target | Message]:
    return list(manifest.read(str(SAMPLES / name), options=manifest.Options(base_url=base_url)))


EXPECTED: dict[str, list[Row]] = {
    "media.txt": [
        (f"{CDN}/a.jpg", 2, 1, 30, None),
        (f"{CDN}/b c.jpg", 4, 3, 34, None),
        (f"{CDN}/d.mp4#t=10", 6, 1, 35, None),
    ],
    "media.csv": [
        (f"{CDN}/a.jpg", 2, 18, 47, None),
        (f"{CDN}/b,c.jpg", 3, 9, 40, None),
        (f"{CDN}/d.png", 5, 10, 39, None),
    ],
    "media.json": [
        (f"{CDN}/a.jpg", 2, 15, 47, "images[0]"),
        (f"{CDN}/uni&x=1.jpg", 2, 51, 91, "images[1]"),
        ("HTTP://cdn.example.com/c.gif", 4, 32, 60, "nested.deep[0].url"),
    ],
    "media.yaml": [
        (f"{CDN}/a.jpg", 4, 7, 36, "sale.images[0]"),
        (f"{CDN}/b&c.jpg", 5, 8, 44, "sale.images[1]"),
        (f"{CDN}/d'e.jpg", 6, 8, 40, "sale.images[2]"),
        (f"{CDN}/block.png", 10, 3, 36, "block"),
        (f"{CDN}/flow.gif", 12, 9, 41, "[0].url"),
    ],
    "sitemap.xml": [
        (f"{CDN}/a.jpg?w=1&h=2", 8, 21, 62, "urlset/url/image/loc"),
        (f"{CDN}/t.jpg", 10, 28, 57, "urlset/url/video/thumbnail_loc"),
        (f"{CDN}/v.mp4", 12, 9, 38, "urlset/url/video/content_loc"),
        (f"{CDN}/whole.pdf", 17, 13, 46, "urlset/url/loc"),
    ],
    "feed.rss": [
        (f"{CDN}/cover.jpg", 4, 21, 54, "rss/channel/image"),
        (f"{CDN}/1.mp3?a=1&b=2", 6, 19, 60, "rss/channel/item/enclosure"),
        (f"{CDN}/1.jpg", 9, 11, 40, "rss/channel/item/content"),
        (f"{CDN}/1t.jpg", 10, 25, 55, "rss/channel/item/thumbnail"),
    ],
    "podcast.atom": [
        (f"{CDN}/1.mp3", 2, 121, 150, "feed/entry/link"),
        (f"{CDN}/c.png", 3, 32, 61, "feed/entry/content"),
    ],
    "page.html": [
        (f"{CDN}/og.jpg", 3, 36, 66, "meta[og:image]"),
        (f"{CDN}/bg.png", 5, 31, 61, "style"),
        (f"{CDN}/a.jpg?x=1&y=2", 7, 11, 52, "img@src"),
        (f"{CDN}/a-1x.jpg", 7, 62, 94, "img@srcset"),
        (f"{CDN}/a,2x.jpg", 8, 3, 35, "img@srcset"),
        (f"{CDN}/p.webp", 9, 26, 56, "source@srcset"),
        (f"{CDN}/poster.jpg", 10, 16, 50, "video@poster"),
        (f"{CDN}/v.mp4", 10, 65, 94, "source@src"),
        (f"{CDN}/s.mp3", 11, 14, 43, "audio@src"),
        (f"{CDN}/css.png", 12, 36, 67, "div@style"),
    ],
    "session.har": [
        (f"{CDN}/a", 3, 40, 65, "log.entries[1].request.url"),
        (f"{CDN}/b.mp4?x=1", 4, 90, 123, "log.entries[2].request.url"),
    ],
    "save-mms.xml": [
        (f"{CDN}/spring.jpg", 8, 17, 51, "slide[1].image"),
        (f"{CDN}/jingle.mp3?v=1&lang=en", 10, 7, 57, "slide[1].audio"),
    ],
    "skycore.xml": [
        ("http://media.example.com/é/a.3gp?x=1&y=2", 5, 29, 69, "slide[1].video"),
        ("", 7, 15, None, "slide[3].image"),
    ],
    "save-mms.json": [
        (f"{CDN}/spring.jpg", 7, 24, 61, "slide[1].image"),
        (f"{CDN}/terms.pdf", 8, 14, 47, "slide[2].pdf"),
        (f"{CDN}/1.png", 9, 25, 54, "slide[3].image"),
        (f"{CDN}/2.png", 9, 67, 96, "slide[3].image"),
    ],
    "messages.toml": [
        (f"{CDN}/a.jpg", 10, 10, 39, "message[1].slide[1].image"),
        (f"{CDN}/b.mp3#t=1", 13, 10, 43, "message[1].slide[2].audio"),
        (f"{CDN}/c.mp4", 19, 28, 62, "message[2].slide[1].video"),
        (f"{CDN}/d.pdf", 20, 13, 42, "message[2].slide[2].pdf[1]"),
        (f"{CDN}/e.pdf", 20, 46, 75, "message[2].slide[2].pdf[2]"),
    ],
    "inventory-s3.csv": [
        (f"{CDN}/x/media/spring%20sale/caf%C3%A9.jpg", 1, 14, 45, None),
        (f"{CDN}/x/media/a%2Bb%23c.mp3", 2, 14, 33, None),
    ],
    "inventory-gcs.csv": [
        (f"{CDN}/x/media/spring%20sale/100%25.jpg", 2, 13, 39, None),
        (f"{CDN}/x/media/a%2Bb.mp3", 3, 13, 26, None),
    ],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_url_of_a_sample_with_its_exact_place(name: str) -> None:
    entries = read(name, f"{CDN}/x/" if name.startswith("inventory") else None)
    assert rows(entries) == EXPECTED[name]
    assert {entry.source.file for entry in entries} == {str(SAMPLES / name)}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_place_is_where_the_file_has_it(name: str) -> None:
    """Independent of the readers: what the file holds between column and end, unescaped, is the URL."""
    lines = (SAMPLES / name).read_text(encoding="utf-8-sig").split("\n")
    for url, line, column, end, _ in EXPECTED[name]:
        if end is None or line is None or column is None:
            continue
        raw = lines[line - 1][column - 1 : end - 1]
        for escaped, plain in (
            ("&amp;", "&"),
            ("\\/", "/"),
            ("\\u0026", "&"),
            ("\\u0063", "c"),
            ("''", "'"),
        ):
            raw = raw.replace(escaped, plain)
        if not name.startswith("inventory"):
            assert raw == url


def test_samples_are_complete() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(EXPECTED)


def declared(name: str, base_url: str | None = None) -> list[tuple[int | None, str | None]]:
    entries = [entry for entry in read(name, base_url) if isinstance(entry, Target)]
    return [(entry.declared_length, entry.declared_type) for entry in entries]


def test_what_a_source_declares_goes_with_the_url() -> None:
    assert declared("feed.rss") == [
        (None, None),
        (26221, "audio/mpeg"),
        (99, "image/jpeg"),
        (None, None),
    ]
    assert declared("podcast.atom") == [(None, "audio/mpeg"), (None, "image/png")]
    assert declared("media.csv") == [(1200, None), (None, None), (None, None)]
    assert declared("inventory-s3.csv", CDN) == [(26221, None), (1048576, None)]
    assert declared("inventory-gcs.csv", CDN) == [(26221, "image/jpeg"), (None, "audio/mpeg")]
    assert (None, "video/mp4") in declared("page.html")


def test_messages_keep_their_words_and_no_key() -> None:
    (xml,) = read("save-mms.xml")
    (old,) = read("skycore.xml")
    (json,) = read("save-mms.json")
    first, second = read("messages.toml")
    for message in (xml, old, json, first, second):
        assert isinstance(message, Message)
    assert isinstance(xml, Message) and isinstance(old, Message) and isinstance(json, Message)
    assert isinstance(first, Message) and isinstance(second, Message)
    assert (xml.name, xml.subject, xml.subject_required) == ("Spring sale", "20% off", True)
    assert xml.slides[0].text == "Details: https://www.example.com/sale & more"
    assert [slide.duration_s for slide in json.slides] == [None, 4.5, None]
    assert (old.name, old.subject, len(old.slides)) == ("Old", "Café", 3)
    assert (old.slides[1].media, old.slides[1].text) == ((), None)
    assert json.slides[0].text == "See https://www.example.com/"
    assert (first.mms_id, first.subject, second.mms_id, second.subject) == (
        "35674",
        "Spring sale",
        "35675",
        None,
    )
    assert first.slides[1].duration_s == 12.5
    assert "never-show-me" not in repr(json) and "0123456789abcdef" not in repr(xml)


def test_a_directory_is_read_in_order_of_names() -> None:
    entries = list(manifest.read(str(SAMPLES), options=manifest.Options(base_url=f"{CDN}/x/")))
    files = list(dict.fromkeys(entry.source.file for entry in entries))
    assert files == [str(SAMPLES / name) for name in sorted(EXPECTED)]
    expected = [
        row[0]
        for name in sorted(EXPECTED)
        for row in EXPECTED[name]
        if row[0] != f"{CDN}/relative.png"
    ]
    found = [row[0] for row in rows(entries)]
    assert [url for url in found if not url.endswith("/relative.png")] == expected

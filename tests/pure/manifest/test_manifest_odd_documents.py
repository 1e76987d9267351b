"""Odd JSON, XML, HTML and YAML."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest
from helpers.odd_sources import A, B, places, problem, read, urls

from preflight import manifest
from preflight.errors import SourceError, UsageError
from preflight.manifest import Options
from preflight.target import Target

# JSON


def test_the_pointer_of_json_lines_begins_at_the_line(tmp_path: Path) -> None:
    text = f'{{"url": "{A}"}}\n\n["{B}"]\n"{A}"\n'
    targets = read(tmp_path, text, "t.jsonl")
    assert [(t.url, t.source.line, t.source.pointer) for t in targets] == [
        (A, 1, "url"),
        (B, 3, "[0]"),
        (A, 4, None),
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("items[].url", ["u0", "u1"]),
        ("$.items[*].url", ["u0", "u1"]),
        ("items[1].url", ["u1"]),
        ("*[].url", ["u0", "u1"]),
        ('["odd.key"]', ["odd"]),
        ("size", ["3"]),
        ("nothing", []),
        ("none", []),
        ("items", []),
    ],
)
def test_a_field_gives_whatever_stands_there(
    tmp_path: Path, field: str, expected: list[str]
) -> None:
    document = {
        "items": [{"url": "u0"}, {"url": "u1", "x": A}],
        "odd.key": "odd",
        "size": 3,
        "none": None,
    }
    assert urls(read(tmp_path, json.dumps(document), "t.json", field=field)) == expected


def test_a_field_below_a_list_at_the_top_needs_no_brackets(tmp_path: Path) -> None:
    text = json.dumps([{"url": A}, {"url": B}])
    assert urls(read(tmp_path, text, field="url")) == [A, B]
    assert urls(read(tmp_path, text, field="[].url")) == [A, B]
    with pytest.raises(UsageError, match="is not a path"):
        read(tmp_path, text, field="[url")


def test_keys_and_links_inside_texts_are_not_media(tmp_path: Path) -> None:
    assert urls(read(tmp_path, json.dumps({A: 1, "text": f"see {A}", "u": B}))) == [B]


def test_a_url_with_a_space_before_it_is_reported_as_it_is(tmp_path: Path) -> None:
    assert urls(read(tmp_path, json.dumps([f" {A}"]))) == [f" {A}"]


# XML, HTML, YAML


def test_a_latin1_feed_is_read_in_its_own_encoding(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><rss><enclosure title="é" url="http://x/é.mp3"/></rss>'
    assert places(read(tmp_path, text.encode("latin-1"))) == [("http://x/é.mp3", 1, 75)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '<!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>',
            ":1:13: holds a document type declaration",
        ),
        ("<rss><enclosure url='x'></rss>", ":1:27: is not XML: mismatched tag"),
        ("<urlset>\n <url>", ":2:7: is not XML: no element found"),
        ("<rss>&nbsp;</rss>", ":1:6: is not XML: undefined entity"),
        ("<rss>" + "<a>" * 300, "holds elements nested over 200 deep"),
        ("<sitemapindex><sitemap/></sitemapindex>", "is a sitemap index"),
        ("<?xml version='1.0'?><postback/>", "is no source of a known kind"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "an encoding of no known name: klingon"),
        (
            "<request><action>sendSavedMMS</action></request>",
            "sendSavedMMS request, which names no media",
        ),
        ("<request><action>getMMSTemplates</action></request>", "not a saveMMS or sendMMS request"),
    ],
)
def test_xml_that_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in problem(tmp_path, text)


def test_text_around_entities_comments_and_cdata_keeps_its_place(tmp_path: Path) -> None:
    text = "<urlset><url><image><loc>\n <!-- x --> http://x/?a&#38;b<![CDATA[&c]]>\n</loc></image></url></urlset>"
    (target,) = read(tmp_path, text)
    assert (target.url, target.source.line, target.source.column) == ("http://x/?a&b&c", 2, 13)


def test_a_tag_longer_than_a_buffer_keeps_its_place(tmp_path: Path) -> None:
    pad = "é" * 200_000
    text = f'<rss><item a="{pad}"\n  b=">"/><enclosure c=\'"\'\n url = "{A}"/></rss>'
    assert places(read(tmp_path, text)) == [(A, 3, 9)]


@pytest.mark.parametrize(
    ("page", "base_url", "expected"),
    [
        ("<img src='/a.png'>", None, []),
        ("<img src='/a.png'>", "https://h/x/", ["https://h/a.png"]),
        ("<base href='https://h/x/'><img src='a.png'>", None, ["https://h/x/a.png"]),
        ("<base href='y/'><img src='a.png'>", "https://h/x/", ["https://h/x/y/a.png"]),
        ("<img src='//cdn/a.png'>", "https://h/", ["https://cdn/a.png"]),
        ("<img src='data:image/png;base64,AA'>", "https://h/", []),
        ("<!-- <img src='http://x/1.png'> --><img src=http://x/2.png>", None, ["http://x/2.png"]),
        (
            "<script>'<img src=http://x/1.png>'</script><p><img SRC=http://x/2.png>",
            None,
            ["http://x/2.png"],
        ),
        ("<img src='' srcset=''><img>", None, []),
        ("<div style='background:url(&quot;http://x/a.png&quot;)'>", None, ["http://x/a.png"]),
        (
            "<input type=image src=http://x/a.png><input src=http://x/b.png>",
            None,
            ["http://x/a.png"],
        ),
        ("<meta name='twitter:image' content='http://x/t.png'>", None, ["http://x/t.png"]),
        (
            "<img srcset='http://x/a.png,http://x/b.png 2x'>",
            None,
            ["http://x/a.png,http://x/b.png"],
        ),
        (
            "<img srcset=' http://x/a.png 1x , http://x/b.png 2x,'>",
            None,
            ["http://x/a.png", "http://x/b.png"],
        ),
    ],
)
def test_pages(tmp_path: Path, page: str, base_url: str | None, expected: list[str]) -> None:
    path = tmp_path / "p.html"
    path.write_text(f"<!doctype html>{page}")
    entries = manifest.read(str(path), options=Options(base_url=base_url))
    assert [entry.url for entry in entries if isinstance(entry, Target)] == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<img alt='>' src=http://x/1>", [("http://x/1", 1, 18)]),
        ("<img\n  src\n=\n'http://x/1'\n/>", [("http://x/1", 4, 2)]),
        ("<IMG SRC=http://x/1 src=http://x/2>", [("http://x/1", 1, 10)]),
        ("<img/src=http://x/1/>", [("http://x/1/", 1, 10)]),
        ('<img title=a"b src="http://x/1">', [("http://x/1", 1, 21)]),
        ("<img =x src=http://x/1>", [("http://x/1", 1, 13)]),
        ("a < b <3 <img src=http://x/1>", [("http://x/1", 1, 19)]),
        ("<style>/* </stylex> url(http://x/1.png) */</style ><img src=http://x/2>", [("http://x/1.png", 1, 25), ("http://x/2", 1, 61)]),
        ("<textarea><img src=http://x/1></textarea><title><img src=http://x/2></title>", []),
        ("<!-- > <img src=http://x/1> --!> --><img src=http://x/2>", [("http://x/2", 1, 46)]),
        ("<img src=http://x/1><img src='http://x/2>", [("http://x/1", 1, 10)]),
        ("<img src=http://x/1", []),
    ],
)  # fmt: skip
def test_tags_as_the_standard_cuts_them(
    tmp_path: Path, page: str, expected: list[tuple[str, int, int]]
) -> None:
    assert places(read(tmp_path, page, form="html")) == expected


@pytest.mark.parametrize("form", [*manifest.FORMS, None])
def test_no_beginning_makes_a_reader_slow(tmp_path: Path, form: str | None) -> None:
    start = time.process_time()
    for bad in ("<p ", "<a b='", "<!--", "<?x?>", "<!DOCTYPE [", "[[", '","', "a,", "- ", '\n"'):
        path = tmp_path / "slow"
        path.write_text(bad * (60_000 // len(bad)))
        with contextlib.suppress(SourceError):
            list(manifest.read(str(path), form=form, options=Options(base_url="https://h")))
    assert time.process_time() - start < 10


@pytest.mark.parametrize("text", ["\t\t\n", ",,\n,,\n", "|\n|\n", ";" * 100])
def test_cells_without_anything_are_no_table(tmp_path: Path, text: str) -> None:
    try:
        assert read(tmp_path, text) == []
    except SourceError as error:
        assert "no source of a known kind" in str(error)


def test_yaml_tags_are_never_acted_upon(tmp_path: Path) -> None:
    text = f"a: !!python/object/apply:os.system ['{A}']\n"
    assert urls(read(tmp_path, text, "t.yaml")) == [A]


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (f"- {A}\n- x\n- '{B}'\n", None, [(A, 1, 3), (B, 3, 4)]),
        (f"a: &x {A}\nb: *x\n", None, [(A, 1, 7)]),
        (f"a: |\n\n    {A}\nb: c\n", None, [(A, 3, 5)]),
        (f"- url: {A}\n  x: {B}\n- url: bad\n- url: ~\n", "[].url", [(A, 1, 8), ("bad", 3, 8)]),
    ],
)
def test_yaml(
    tmp_path: Path, text: str, field: str | None, expected: list[tuple[str, int, int]]
) -> None:
    path = tmp_path / "t.yml"
    path.write_text(text)
    entries = list(manifest.read(str(path), options=Options(field=field)))
    assert places([entry for entry in entries if isinstance(entry, Target)]) == expected


def test_broken_yaml_is_told_with_its_place(tmp_path: Path) -> None:
    assert problem(tmp_path, f"a: [1\nb: {A}\n", "t.yaml").startswith(":2:2: is not YAML: ")
    assert "is not YAML" in problem(tmp_path, "a: \x9b\n", "t.yaml")
    assert "nested too deep" in problem(tmp_path, "[" * 5000, "t.yaml")

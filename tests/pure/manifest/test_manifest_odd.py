"""Odd sources: what people's files look like when nobody is watching."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight import manifest
from preflight.errors import SourceError, UsageError
from preflight.manifest import Options
from preflight.message import Message
from preflight.target import Target

A, B = "https://a.example/1.jpg", "https://b.example/2.png"


def read(
    tmp_path: Path,
    content: str | bytes,
    name: str = "source",
    form: str | None = None,
    **options: str,
) -> list[Target]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    entries = manifest.read(str(path), form=form, options=Options(**options))
    return [entry for entry in entries if isinstance(entry, Target)]


def urls(targets: list[Target]) -> list[str]:
    return [target.url for target in targets]


def places(targets: list[Target]) -> list[tuple[str, int | None, int | None]]:
    return [(target.url, target.source.line, target.source.column) for target in targets]


def problem(
    tmp_path: Path, content: str | bytes, name: str = "source", form: str | None = None
) -> str:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, content, name, form)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / name)) and "\n" not in said
    return said.removeprefix(str(tmp_path / name))


@pytest.mark.parametrize("text", [A, A.upper(), "HTTP://x", "https://"])
def test_what_begins_as_a_url(text: str) -> None:
    assert manifest.is_url(text)


@pytest.mark.parametrize(
    "text", ["", "ftp://a/b", "/a/b.jpg", "https:/a", "see " + A, "httpsx://a", "a.jpg"]
)
def test_what_does_not(text: str) -> None:
    assert not manifest.is_url(text)


# URL lists


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{A}", [(A, 1, 1)]),
        (f"\t {A} \t\n", [(A, 1, 3)]),
        (f"{A}#frag\n", [(f"{A}#frag", 1, 1)]),
        (f"{A} #comment\n{B}\t# other\n", [(A, 1, 1), (B, 2, 1)]),
        (f"{A}#a #b\n", [(f"{A}#a", 1, 1)]),
        (f"#{A}\n  # {A}\n{B}", [(B, 3, 1)]),
        (f"{A}\r\n\r\n{B}\r\n", [(A, 1, 1), (B, 3, 1)]),
        (f"{A}\r{B}\r", [(A, 1, 1), (B, 2, 1)]),
        (f"{A}\nhttps://a b\n", [(A, 1, 1), ("https://a b", 2, 1)]),
        (f"{A}\nsome words\n{B}", [(A, 1, 1), ("some words", 2, 1), (B, 3, 1)]),
        (f"{A}\u00a0\n", [(f"{A}\u00a0", 1, 1)]),
        (f"{A}\x0c\n{B}\u2028x\n", [(A, 1, 1), (f"{B}\u2028x", 2, 1)]),
        ("cdn.example.com/a.jpg\nhtp://x.example/b.jpg\n", [("cdn.example.com/a.jpg", 1, 1), ("htp://x.example/b.jpg", 2, 1)]),
        (f"{A}?w=1,2;3|4\n{B}?w=1,2;3|4\n", [(f"{A}?w=1,2;3|4", 1, 1), (f"{B}?w=1,2;3|4", 2, 1)]),
        ("", []),
        ("\n\n# nothing here\n", []),
    ],
)  # fmt: skip
def test_lists(tmp_path: Path, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(read(tmp_path, text)) == expected


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
        lambda text: gzip.compress(text.encode(), mtime=0),
        lambda text: gzip.compress(codecs.BOM_UTF8 + text.encode(), mtime=0),
    ],
)
def test_byte_order_marks_and_gzip(tmp_path: Path, encode: Callable[[str], bytes]) -> None:
    content = encode(f"{A}\n{B}\n")
    assert places(read(tmp_path, content)) == [(A, 1, 1), (B, 2, 1)]


def test_bytes_that_are_no_utf8_cost_only_themselves(tmp_path: Path) -> None:
    assert urls(read(tmp_path, b"# caf\xe9\n" + A.encode() + b"\nhttps://c/\xe9.jpg\n")) == [
        A,
        "https://c/\ufffd.jpg",
    ]


def test_the_end_is_behind_the_last_character(tmp_path: Path) -> None:
    (target,) = read(tmp_path, f"  {A}  # x")
    assert (target.source.column, target.source.end) == (3, 3 + len(A))


# Tables


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.csv", f"url\n{A}\n{B}\n", [(A, 2, 1), (B, 3, 1)]),
        ("t", f"url\n{A}\n", [(A, 2, 1)]),
        ("t", f"id\tURL\tnote\n1\t{A}\tx\n", [(A, 2, 3)]),
        ("t", f"id;url\n1;{A};\n", [(A, 2, 3)]),
        ("t", f"id|url\n1|{A}\n", [(A, 2, 3)]),
        ("t", f'"id","url"\n"1","{A}"\n', [(A, 2, 6)]),
        ("t", f"Image,Video\n{A},{B}\n", [(A, 2, 1), (B, 2, len(A) + 2)]),
        ("t", f"name,Media URL\nx,{A}\n", [(A, 2, 3)]),
        ("t", f"a,b\nx,{A}\n{B},y\n", [(A, 2, 3), (B, 3, 1)]),
        ("t", f"{A},{B}\n{B},{A}\n", [(A, 1, 1), (B, 1, 25), (B, 2, 1), (A, 2, 25)]),
        ("t.csv", f"url,x\n,1\n{A},2\nnot a url,3\n", [(A, 3, 1), ("not a url", 4, 1)]),
        ("t.csv", f'url\r\n"{A}"\r\n', [(A, 2, 2)]),
        ("t.csv", f'note,url\n"a ""b"", c",{A}\n', [(A, 2, 14)]),
        ("t.csv", f'note,url\n"a\n\nb", {A}\n', [(A, 4, 5)]),
        ("t.csv", f'note,url\n5" wide,{A}\n', [(A, 2, 9)]),
        ("t.csv", f'url\n" {A} "\n', [(A, 2, 3)]),
        ("t.csv", f"\ufeffurl,x\n{A},1\n", [(A, 2, 1)]),
        ("t.csv", f"é😀,url\né😀,{A}\n", [(A, 2, 4)]),
        ("t.csv", "https://x/a?q=1,2\n", [("https://x/a?q=1", 1, 1)]),
    ],
)
def test_tables(tmp_path: Path, name: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(read(tmp_path, text, name)) == expected


def test_a_column_by_name_or_number(tmp_path: Path) -> None:
    text = f"id,Big Picture,other\n1,{A},{B}\n"
    assert urls(read(tmp_path, text, "t.csv", column="big picture")) == [A]
    assert urls(read(tmp_path, text, "t.csv", column="3")) == [B]
    assert urls(read(tmp_path, f"{A},{B}\n", "t.csv", column="2")) == [B]
    with pytest.raises(UsageError, match="no column 'othr'; did you mean 'other'"):
        read(tmp_path, text, "t.csv", column="othr")


def test_relative_cells_are_joined_to_the_base(tmp_path: Path) -> None:
    targets = read(
        tmp_path, "url,x\nimg/a.jpg,1\n/b.jpg,2\n", "t.csv", base_url="https://c.example/x/y"
    )
    assert urls(targets) == ["https://c.example/x/img/a.jpg", "https://c.example/b.jpg"]


@pytest.mark.parametrize(
    ("size", "kind", "declared"),
    [
        ("26221", "image/jpeg", (26221, "image/jpeg")),
        ('"26,221"', "image", (26221, None)),
        ("0", "", (None, None)),
        ("12.5 KB", "Image/JPEG; q=1", (None, "Image/JPEG; q=1")),
        ("٣", "jpeg", (None, None)),
        ("9" * 30, "x/y", (None, "x/y")),
    ],
)
def test_declared_facts_of_a_table(
    tmp_path: Path, size: str, kind: str, declared: tuple[int, str]
) -> None:
    (target,) = read(tmp_path, f"url,Size,Content-Type\n{A},{size},{kind}\n", "t.csv")
    assert (target.declared_length, target.declared_type) == declared


def test_a_quote_that_never_ends_is_found_and_told(tmp_path: Path) -> None:
    assert (
        problem(tmp_path, f'url\n{A}\n"{B}\n' + "x\n" * 5, "t.csv")
        == ":3: a quoted cell does not end"
    )
    assert problem(tmp_path, 'url\n"' + '""\n' * 5000, "t.csv") == ":2: a quoted cell does not end"


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


# Requests and messages


def messages(tmp_path: Path, text: str) -> list[Message]:
    path = tmp_path / "m"
    path.write_text(text)
    return [entry for entry in manifest.read(str(path)) if isinstance(entry, Message)]


def test_several_json_requests_in_a_list_or_one_a_line(tmp_path: Path) -> None:
    request = {"action": "saveMMS", "slides": [{"image": {"url": A}, "text": "x"}, {}]}
    for text in (json.dumps([request, request]), f"{json.dumps(request)}\n{json.dumps(request)}\n"):
        found = messages(tmp_path, text)
        assert [message.urls() for message in found] == [(A,), (A,)]
        assert [len(message.slides) for message in found] == [2, 2]


def test_an_unknown_kind_of_media_with_a_url_is_not_lost(tmp_path: Path) -> None:
    (message,) = messages(
        tmp_path,
        f"<request><action>sendMMS</action><slide><excel><url>{A}</url></excel></slide></request>",
    )
    assert [(media.kind, media.url) for media in message.slides[0].media] == [("excel", A)]


def test_media_without_a_url_are_kept_as_empty(tmp_path: Path) -> None:
    (message,) = messages(
        tmp_path, '{"action": "savemms", "slide": {"image": {}, "audio": null, "video": ""}}'
    )
    assert [(media.kind, media.url) for media in message.slides[0].media] == [
        ("image", ""),
        ("audio", ""),
        ("video", ""),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[message]]\nmms_id = "1"', ":2: unknown key \"mms_id\"; did you mean 'mms-id'?"),
        (
            '[[message]]\n[[message.slide]]\nimg = "x"',
            ":3: unknown key \"img\"; did you mean 'image'?",
        ),
        ('x = 1\n[[message]]\nmms-id = "1"', ':1: unknown key "x"'),
        ("[[message]]\n\n[[message.slide]]\nimage = 3", ":4: image must be a URL in quotes"),
        ('[[message]]\n[[message.slide]]\nimage = ["a", 3]', ":3: image must be a URL in quotes"),
        ("[[message]]\nsubject = 3", ":2: subject must be a string"),
        ("[[message]]\nmms-id = true", ":2: mms-id must be a string"),
        (
            "[[message]]\n[[message.slide]]\nduration = '8'",
            ":3: duration must be a number of seconds",
        ),
        (
            "[[message]]\n[[message.slide]]\nduration = nan",
            ":3: duration must be a number of seconds",
        ),
        ("[[message]]\n[message.slide]\ntext = 'x'", ":2: slide must be tables: [[message.slide]]"),
        ("[[message]\n", ": is not TOML: "),
        ("message = [1]", ":1: message must be tables: [[message]]"),
    ],
)
def test_wrong_messages_are_one_sentence_with_a_line(tmp_path: Path, text: str, said: str) -> None:
    assert problem(tmp_path, text, "m.toml").startswith(said)


def test_toml_in_every_layout_keeps_its_places(tmp_path: Path) -> None:
    text = (
        "'message' = [ # [[message]]\n"
        f"  {{ 'mms-id' = 7, slide = [ {{ image = '''{A}''' }}, # ]\n"
        f'    {{ "audio" = """\\\n   {B}""", text = "a]}}" }} ] }},\n'
        f"  {{ slide = [{{image='{B}'}}] }} ]\n"
    )
    first, second = messages(tmp_path, text)
    assert first.mms_id == "7" and first.urls() == (A, B) and second.urls() == (B,)
    found = [
        (m.source.line, m.source.column, m.source.end)
        for s in (*first.slides, *second.slides)
        for m in s.media
    ]
    lines = text.split("\n")
    columns = [lines[1].index(A) + 1, lines[2].index("\\") + 1, lines[4].index(B) + 1]
    assert found == [
        (2, columns[0], columns[0] + len(A)),
        (3, columns[1], None),
        (5, columns[2], columns[2] + len(B)),
    ]
    assert first.slides[1].text == "a]}"


# Inventories, HAR


def test_an_inventory_needs_a_base(tmp_path: Path) -> None:
    assert "--base-url" in problem(tmp_path, '"my-bucket","a.jpg","3"\n', "i.csv")
    assert "--base-url" in problem(tmp_path, "bucket,name,size\nb,a.jpg,3\n")


def test_old_versions_and_delete_markers_are_left_out(tmp_path: Path) -> None:
    text = (
        '"my-bucket","a.jpg","v1","true","false","10"\n"my-bucket","a.jpg","v0","false","false","9"\n'
        '"my-bucket","b.jpg","v1","true","true",""\n"my-bucket","c/","v1","true","false","0"\n'
    )
    targets = read(tmp_path, text, base_url="https://h")
    assert [(t.url, t.declared_length) for t in targets] == [("https://h/a.jpg", 10)]


def s3(tmp_path: Path, form: str = "CSV") -> Path:
    """An inventory as S3 lays it out: config/2026-11-01T00-00Z/manifest.json and config/data/x.csv.gz."""
    (tmp_path / "config" / "data").mkdir(parents=True)
    (tmp_path / "config" / "2026-11-01T00-00Z").mkdir()
    data = tmp_path / "config" / "data" / "x.csv.gz"
    data.write_bytes(
        gzip.compress(b'"my-bucket","26221","a+b.jpg"\n"my-bucket","7","%C3%A9.gif"\n', mtime=0)
    )
    keys = {"files": [{"key": "inv/my-bucket/config/data/x.csv.gz", "size": 1}]}
    path = tmp_path / "config" / "2026-11-01T00-00Z" / "manifest.json"
    path.write_text(json.dumps({"fileFormat": form, "fileSchema": "Bucket, Size, Key", **keys}))
    return path


def test_the_manifest_names_columns_and_data_files(tmp_path: Path) -> None:
    path = s3(tmp_path)
    expected = [("https://h/a%20b.jpg", 26221), ("https://h/%C3%A9.gif", 7)]
    for source in (path, tmp_path / "config" / "data" / "x.csv.gz", tmp_path):
        entries = manifest.read(str(source), options=Options(base_url="https://h"))
        found = [
            (entry.url, entry.declared_length) for entry in entries if isinstance(entry, Target)
        ]
        assert found == expected


def test_a_manifest_of_another_form_or_without_its_data(tmp_path: Path) -> None:
    path = s3(tmp_path, "ORC")
    with pytest.raises(SourceError, match="in ORC: have it written as CSV"):
        list(manifest.read(str(path), options=Options(base_url="https://h")))
    path.write_text('{"fileSchema": "Bucket, Key", "files": [{"key": "../../../etc/gone.csv"}]}')
    with pytest.raises(SourceError, match=r'data file that is not here: "gone\.csv"'):
        list(manifest.read(str(path), options=Options(base_url="https://h")))


# Anything else


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
            "a.png",
            "is not a source of URLs: it is binary data",
        ),
        (b"\x00" * 100, "zeros.txt", "it is binary data"),
        (b"PK\x03\x04\x14\x00", "book.xlsx", "export the sheet as CSV"),
        (gzip.compress(b"\x89PNG\x00", mtime=0), "a.gz", "it is binary data"),
        (
            gzip.compress(A.encode() * 100, mtime=0)[:-9],
            "cut.gz",
            "the gzip data is broken or cut off",
        ),
        (b"\x1f\x8bnonsense", "bad.gz", "the gzip data is broken or cut off"),
        ("Dear reader,\nthis is prose.\n", "readme", "is no source of a known kind"),
        ("root:*:1:0:99999:7:::\nsys:*:1:0:99999:7:::\n", "shadow", "is no source of a known kind"),
        (
            '{"target": {"url": "x"}, "observed_at": 1, "exchanges": []}\n',
            "o.jsonl",
            "preflight judge",
        ),
        (
            '{"schema": 1, "preflight": "0.1.0", "verdicts": []}',
            "r.json",
            "is a report of preflight",
        ),
        ('{"a": [1, 2', "cut.json", ":1:12: is not JSON: the JSON ends too early"),
        ('{"a": 1} x', "more.json", ":1:10: is not JSON: unexpected 'x'"),
        (A + "x" * (1 << 20), "long.txt", ":1: the line is longer than 1,048,576 characters"),
    ],
)
def test_what_is_no_source_is_one_clear_sentence(
    tmp_path: Path, content: bytes | str, name: str, said: str
) -> None:
    assert said in problem(tmp_path, content, name)


def test_a_missing_or_impossible_file() -> None:
    with pytest.raises(SourceError, match="no such file or directory"):
        list(manifest.read("/nonexistent/media.txt"))
    with pytest.raises(SourceError, match="is not a path"):
        list(manifest.read("a\0b"))


def test_forms_are_forced_and_unknown_ones_refused(tmp_path: Path) -> None:
    assert urls(read(tmp_path, "some words\n", form="text")) == ["some words"]
    assert urls(read(tmp_path, f"a,{A}", form="csv")) == [A]
    assert urls(read(tmp_path, f"a;{A}\tb", form="tsv")) == []
    assert "is not JSON" in problem(tmp_path, A, form="json")
    with pytest.raises(UsageError, match="'jsn'; did you mean 'json'"):
        manifest.read("x", form="jsn")


@pytest.mark.parametrize("form", manifest.FORMS)
def test_no_form_breaks_on_junk(tmp_path: Path, form: str) -> None:
    for junk in (
        "",
        "\n",
        "x",
        "<",
        "{",
        "[",
        '"',
        "[[",
        "<!--",
        "---\n- [",
        "é" * 10,
        "= =",
        "a: b: c",
    ):
        path = tmp_path / "junk"
        path.write_text(junk)
        try:
            entries = list(
                manifest.read(str(path), form=form, options=Options(base_url="https://h"))
            )
        except SourceError as error:
            assert str(error).startswith(str(path))
        else:
            assert all(entry.source.line is not None for entry in entries)


def test_a_directory_skips_what_is_hidden_or_no_source(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text(A)
    (tmp_path / "b" / "list.txt").write_text(f"{B}\n")
    (tmp_path / "a.csv").write_text(f"url\n{A}\n")
    (tmp_path / "pic.png").write_bytes(b"\x89PNG\x00")
    (tmp_path / "words.md").write_text("prose only\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "paths.conf").write_text("/usr/lib/a.b/c\n/usr/lib/d.e/f\n")
    (tmp_path / "index.xml").write_text("<sitemapindex/>")
    entries = list(manifest.read(str(tmp_path)))
    assert [entry.source.file for entry in entries] == [
        str(tmp_path / "a.csv"),
        str(tmp_path / "b" / "list.txt"),
    ]


def test_a_directory_without_any_source_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pic.png").write_bytes(b"\x89PNG\x00")
    with pytest.raises(SourceError, match="holds no source of a known kind"):
        list(manifest.read(str(tmp_path)))


def test_a_broken_source_in_a_directory_is_never_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<urlset><url>")
    (tmp_path / "b.txt").write_text(A)
    with pytest.raises(SourceError, match=r"a\.xml:1:14: is not XML"):
        list(manifest.read(str(tmp_path)))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.TextIOWrapper(io.BytesIO(f"{A}\n".encode()))
    monkeypatch.setattr("sys.stdin", text)
    (entry,) = manifest.read("-")
    assert entry.source.file == "-" and isinstance(entry, Target) and entry.url == A

"""Odd sources: what begins as a URL, what is no source at all, directories and standard input."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from helpers.odd_sources import A, B, problem, read, urls
from helpers.sight import seen

from preflight import manifest
from preflight.errors import SourceError, UsageError
from preflight.manifest import Options
from preflight.recording import dump
from preflight.target import Target


@pytest.mark.parametrize(
    "text",
    [A, A.upper(), "HTTP://x", "https://", "https:/a", "http:\\\\a\\b", "HTTPS:a.example/b.jpg"],
)
def test_what_begins_as_a_url(text: str) -> None:
    assert manifest.is_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://a/b",
        "/a/b.jpg",
        "see " + A,
        "httpsx://a",
        "a.jpg",
        "https:",
        "http: no",
        "http:get/x",
        "http:v1.1 a/b",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not manifest.is_url(text)


SLIP = "https:/cdn.example/typo.jpg"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.json", f'{{"a": "{SLIP}", "b": "{A}", "scheme": "https:"}}'),
        ("t.yaml", f"a: {SLIP}\nb: {A}\nscheme: 'https:'\n"),
        ("t.csv", f"x,{SLIP}\ny,{A}\n"),
        ("t.html", f"<img src='{SLIP}'><img src='{A}'><img src='a.jpg'>"),
    ],
)
def test_a_url_that_lacks_a_slash_is_not_passed_over(tmp_path: Path, name: str, text: str) -> None:
    """The other URLs were accepted, and nothing was said of it."""
    assert urls(read(tmp_path, text, name)) == [SLIP, A]


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
        (dump(seen(), version="0.1.0", profile="sinch"), "o.jsonl", "preflight judge"),
        ('{"schema": 1, "preflight": "0.1.0", "verdicts": []}', "r.json", "is a report, not"),
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
    (tmp_path / "seen.jsonl").write_bytes(dump(seen(), version="0.1.0", profile="sinch"))
    entries = list(manifest.read(str(tmp_path)))
    assert [entry.source.file for entry in entries] == [
        str(tmp_path / "a.csv"),
        str(tmp_path / "b" / "list.txt"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"recording": A, "observation": "clear"},
        {"version": 1, "runs": [A]},
        {"url": A, "outcome": "sold"},
        {"log": {"creator": {"name": "a browser"}}, "url": A},
    ],
)
def test_what_only_resembles_our_own_is_read(tmp_path: Path, document: dict[str, object]) -> None:
    assert urls(read(tmp_path, json.dumps(document), "t.json")) == [A]


@pytest.mark.parametrize("end", ["", "\n", " \r\n\n"])
@pytest.mark.parametrize(
    ("document", "said"),
    [
        (dump(seen(), version="0.1.0", profile="sinch").decode(), "holds recorded observations"),
        (json.dumps({"recording": 1, "preflight": "0.1.0", "profile": "sinch", "observation": {"url": A}, "x": "an end"}), "holds recorded observations"),
        (json.dumps({"schema": 1, "preflight": "0.1.0", "verdicts": [{"url": A}], "x": "an end"}), "is a report"),
        (json.dumps({"log": {"version": "1.2", "creator": {"name": "preflight"}, "entries": [{"url": A}], "x": "an end"}}), "is a report"),
        (json.dumps({"action": "saveMMS", "api-key": "k", "slide": [{"image": {"url": A}}], "x": "an end"}), "a string that does not end on its line"),
        (json.dumps({"log": {"version": "1.2", "creator": {"name": "a browser"}, "entries": [], "url": A, "x": "an end"}}), "a string that does not end on its line"),
    ],
)  # fmt: skip
def test_what_is_cut_off_inside_a_string_is_known_all_the_same(
    tmp_path: Path, document: str, said: str, end: str
) -> None:
    """Without a line end, too: its URLs were fetched."""
    cut = document.rstrip('\n}]"')
    for name in ("cut.json", "cut.jsonl", "cut"):
        assert said in problem(tmp_path, cut + end, name)


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

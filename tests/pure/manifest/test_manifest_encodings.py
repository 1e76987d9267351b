"""The encoding that a document names for itself: one of text, by any name that browsers know, or a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.odd_sources import A, problem, read, urls

DOCUMENTS = [
    ("t.xml", '<?xml version="1.0" encoding="{}"?><rss><enclosure url="{}"/></rss>'),
    ("t.html", '<!doctype html><meta charset="{}"><img src="{}">'),
]


@pytest.mark.parametrize(("name", "text"), DOCUMENTS)
@pytest.mark.parametrize(
    "label",
    [
        "rot13", "ROT_13", "hex", "base64", "zlib", "bz2", "uu", "quopri", "undefined", "idna", "punycode", "unicode_escape",
        "raw-unicode-escape", "utf-7", "cp037", "klingon", "aliases",
    ],
)  # fmt: skip
def test_what_is_no_encoding_of_text_is_one_sentence(
    tmp_path: Path, name: str, text: str, label: str
) -> None:
    said = problem(tmp_path, text.format(label, A), name)
    assert said == f": has an encoding of no known name: {label}"


@pytest.mark.parametrize(("name", "text"), DOCUMENTS)
@pytest.mark.parametrize(
    ("label", "letter", "byte"),
    [
        ("windows-874", "ก", b"\xa1"), ("dos-874", "ก", b"\xa1"), ("iso885911", "ก", b"\xa1"), ("windows-31j", "あ", b"\x82\xa0"),
        ("x-sjis", "あ", b"\x82\xa0"), ("ks_c_5601-1989", "가", b"\xb0\xa1"), ("windows-949", "가", b"\xb0\xa1"),
        ("iso-8859-8-i", "א", b"\xe0"), ("logical", "א", b"\xe0"), ("x-gbk", "中", b"\xd6\xd0"), ("gb_2312-80", "中", b"\xd6\xd0"),
        ("x-cp1252", "é", b"\xe9"), ("X-CP1251", "й", b"\xe9"), ("iso88591", "é", b"\xe9"), ("iso88592", "é", b"\xe9"),
        ("iso885915", "€", b"\xa4"), ("x-mac-roman", "é", b"\x8e"), ("x-mac-cyrillic", "й", b"\xe9"), ("koi8-ru", "й", b"\xca"),
        ("x-euc-jp", "あ", b"\xa4\xa2"), ("cn-big5", "中", b"\xa4\xa4"), ("sun_eu_greek", "α", b"\xe1"), ("unicode20utf8", "é", b"\xc3\xa9"),
        ("windows-1252", "é", b"\xe9"), ("utf-16", "é", b"\xc3\xa9"), ("UTF-32LE", "é", b"\xc3\xa9"),
    ],
)  # fmt: skip
def test_every_name_that_browsers_know_is_known(
    tmp_path: Path, name: str, text: str, label: str, letter: str, byte: bytes
) -> None:
    content = text.format(label, f"{A}?MARK").encode().replace(b"MARK", byte)
    assert urls(read(tmp_path, content, name)) == [f"{A}?{letter}"]

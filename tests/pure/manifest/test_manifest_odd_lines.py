"""Odd lists of URLs and odd tables."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.odd_sources import A, B, places, problem, read, urls

from preflight.errors import UsageError

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
        ("t.csv", "https://x/a?q=1,2\n", [("https://x/a?q=1,2", 1, 1)]),
    ],
)
def test_tables(tmp_path: Path, name: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert places(read(tmp_path, text, name)) == expected


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t", "t.tsv"])
@pytest.mark.parametrize("header", ["url", '"URL"', " Url "])
def test_in_a_single_column_a_comma_is_part_of_the_url(
    tmp_path: Path, name: str, header: str
) -> None:
    """Only quotes are taken off; the URL was cut at its comma, and what was left was accepted."""
    text = f'{header}\n{A},w_300;h|1\n\n"{B},c_2"\n  {B}\n'
    expected = [(f"{A},w_300;h|1", 2, 1), (f"{B},c_2", 4, 2), (B, 5, 3)]
    assert places(read(tmp_path, text, name)) == expected


def test_a_single_column_of_another_name(tmp_path: Path) -> None:
    text = f"{A},w_1\n"
    assert urls(read(tmp_path, f"Media URL\n{text}", "t.csv")) == [f"{A},w_1"]
    assert urls(read(tmp_path, f"image\n{text}", form="csv")) == [f"{A},w_1"]
    assert urls(read(tmp_path, f"Picture\n{text}", "t.csv", column="picture")) == [f"{A},w_1"]
    # A line above the table is no header of one column.
    assert urls(read(tmp_path, f"Spring\nid,url\n1,{A}\n", "t.csv")) == [A]


@pytest.mark.parametrize("options", [{}, {"column": "1"}])
@pytest.mark.parametrize("header", ["url", "link", "asset", '"big picture"'])
def test_a_single_column_needs_no_known_name(
    tmp_path: Path, header: str, options: dict[str, str]
) -> None:
    """Where nothing shows a second column, nothing delimits, by whatever name or number the only one is asked for."""
    cut = "https://a.example/a,w_300.jpg"
    text = f'{header}\n{cut}\n{B}\n"{cut}"\n'
    assert urls(read(tmp_path, text, "t.csv", **options)) == [cut, B, cut]
    assert urls(read(tmp_path, text, form="csv", **options)) == [cut, B, cut]


@pytest.mark.parametrize("comment", ["# mine", "# yours, mine", "#yours;mine"])
def test_the_commas_of_a_comment_tell_nothing_of_the_table_below(
    tmp_path: Path, comment: str
) -> None:
    cut = "https://a.example/a,w_300.jpg"
    assert urls(read(tmp_path, f"{comment}\nurl\n{cut}\n", "t.csv")) == [cut]
    assert urls(read(tmp_path, f"{comment}\nid,url\n1,{A}\n", "t.csv")) == [A]


@pytest.mark.parametrize(
    ("header", "options"), [("url", {}), ("url", {"column": "1"}), ("link", {"column": "1"})]
)
@pytest.mark.parametrize(
    "rest", [",image/jpeg", ",", ",1234", ",1234,x", ',"a note"', f",{B}", ", 1234 , ,"]
)
def test_a_row_may_show_that_a_header_of_one_cell_names_too_few(
    tmp_path: Path, header: str, options: dict[str, str], rest: str
) -> None:
    text = f"{header}\nhttps://a.example/c\n{A}{rest}\n"
    assert urls(read(tmp_path, text, "t.csv", **options)) == ["https://a.example/c", A]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/iiif/125,15,120,140/max/0/default.jpg",
        "https://a.example/1.jpg?crop=0,0,300,200",
        "https://a.example/fit,max/1.jpg",
        "https://a.example/1.jpg?w=1;2|3,,4",
    ],
)
@pytest.mark.parametrize(
    ("name", "header"), [("t.csv", "url\n"), ("t.csv", "x\n"), ("t", ""), ("t.csv", "")]
)
def test_numbers_and_paths_with_commas_are_no_further_cells(
    tmp_path: Path, name: str, header: str, url: str
) -> None:
    """A region of IIIF, a crop, and a folder that looks like a media type."""
    assert urls(read(tmp_path, f"{header}{url}\n", name)) == [url]


@pytest.mark.parametrize("options", [{}, {"column": "1"}])
def test_a_comma_without_which_no_url_names_media_is_part_of_it(
    tmp_path: Path, options: dict[str, str]
) -> None:
    cut = "https://a.example/c_fill,w_300/1.jpg"
    for text in (f"{cut}\n{B}\n", f"{B}\n{cut}\n", f"{cut}\n{cut}\n"):
        assert urls(read(tmp_path, text, "t.csv", **options)) == text.split()
    plain = "https://a.example/1"
    for text in (f"{A},Spring sale\n", f"{plain}, 1.jpg\n", f"{plain},1.jpg\n{plain},7\n"):
        assert urls(read(tmp_path, text, "t.csv", **options))[0] == text.split(",")[0]
    assert urls(read(tmp_path, f"{plain}\t1.jpg\n", "t.tsv", **options)) == [plain]


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

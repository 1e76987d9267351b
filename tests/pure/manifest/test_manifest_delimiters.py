"""What the cells of a table without a known header are divided by, and what is part of a URL."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from helpers.odd_sources import A, B, places, read, urls

TEXT = "Red, white, and blue"


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize(
    "cut",
    [
        "https://a.example/1.jpg?crop=0{}0{}300{}200",
        "https://a.example/w_100{}h_100/photo1",
        "https://a.example/logo.png{}w_100/1",
        "https://a.example/48.85{}2.35",
        "https://a.example/1?tags=a{}b",
        "https://a.example/1?fit=crop{}smart",
        "https://a.example/1?text=Happy{}Easter",
        "https://a.example/1?days=2026-11-01{}2026-11-02",
        "https://a.example/1?at=top{}0.50",
        "https://a.example/1?flags=a{}true",
    ],
)
@pytest.mark.parametrize("options", [{}, {"column": "1"}])
def test_lines_of_urls_are_urls_in_a_csv_too(
    tmp_path: Path, cut: str, mark: str, options: dict[str, str]
) -> None:
    """Their beginnings were checked in their place."""
    url = cut.replace("{}", mark)
    for lines in ([url], [url, url], [A, url], [url, A]):
        assert urls(read(tmp_path, "\n".join(lines) + "\n", "t.csv", **options)) == lines
    assert urls(read(tmp_path, f'{url}\n"{B}{mark}x"\n', "t.csv")) == [url, f"{B}{mark}x"]


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize(
    "row",
    [
        f"{A}{{}}Spring",
        f"{A}{{}}Spring sale",
        f"{A}?x=1{{}}Spring sale",
        f"{A}{{}}4.50",
        f"{A}{{}}12{{}}x",
        f"{A}?x=1{{}}",
        f"{A}?x=1{{}}image/jpeg",
        f'{A}?x=1{{}}"x"',
        f"{A}?x=1{{}}{B}",
        f"{A}{{}}01/11/2026",
        f"{A}{{}}n/a",
        f"{A}{{}}/local/a.jpg",
        f"{A}{{}}s3://bucket/a.jpg",
        f"{A}{{}}Men/Shoes",
        f"{A}{{}}max/1",
        "https://a.example/photo/DSC1{}Spring",
        "https://a.example/photo/1{}\u00dcbergr\u00f6\u00dfe",
        "https://a.example/photo/1{}red{}SPRING-10",
        "https://a.example/photo/1{}2026-11-01",
        "https://a.example/photo/1{}01.11.2026",
        "https://a.example/photo/1{}4.50",
        "https://a.example/photo/1{}100%",
        "https://a.example/photo/1{}true",
        "https://a.example/photo/1{}/local/a.jpg",
        "https://a.example/photo/1{}a.b@c.example",
        "https://a.example/1?fit=crop{}Spring",
        "https://a.example/1?fit=crop{}2026-11-01",
        "https://a.example/1?fit=crop{}$4.50",
        "https://a.example/1?fit=crop{}a.b@c.example",
    ],
)
def test_a_cell_that_is_no_part_of_a_url_ends_it(tmp_path: Path, row: str, mark: str) -> None:
    found = urls(read(tmp_path, f"{row}\n{row}\n".replace("{}", mark), "t.csv"))
    assert found[0] == row.partition("{}")[0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.tsv", f"{A}\t{TEXT}\n", [(A, 1, 1)]),
        ("t.tsv", f"# a, b, c\n{A}\t{TEXT}\n{B}\t{TEXT}\n", [(A, 2, 1), (B, 3, 1)]),
        ("t.tsv", "https://a.example/w_1,h_2/a.jpg\tRed, white\n", [("https://a.example/w_1,h_2/a.jpg", 1, 1)]),
        ("t.tsv", f"url\tdescription, short, and long\n{A}\t{TEXT}\n", [(A, 2, 1)]),
        ("t.tsv", f"name, first, last\turl\n{TEXT}\t{A}\nx, y, z\t{B}\n", [(A, 2, 22), (B, 3, 9)]),
        ("t.tsv.gz", f"{A}\t{TEXT}\n", [(A, 1, 1)]),
        ("t.tsv", f"id,url\n1,{A}\n", [(A, 2, 3)]),
        ("t", f"{A}\t{TEXT}\n{B}\tOne, two, three\n", [(A, 1, 1), (B, 2, 1)]),
        ("t", f"url\tdescription, short, and long\n{A}\t{TEXT}\n", [(A, 2, 1)]),
        ("t.csv", f"{A}\t{TEXT}\n", [(A, 1, 1)]),
        ("t.csv", f"{A}|{TEXT}\n", [(A, 1, 1)]),
        ("t.csv", f"{A};{TEXT}\n{B};One, two, three\n", [(A, 1, 1), (B, 2, 1)]),
        ("t.csv", f"{A};3,50\n{B};4,20\n", [(A, 1, 1), (B, 2, 1)]),
        ("t.csv", f"a, b, c;d\n{TEXT};{A}\n", [(A, 2, 22)]),
        ("t.csv", f"{A},a;b\n", [(A, 1, 1)]),
        ("t.tsv", f"{A}\tA, see https://a.example/x, and b\n", [(A, 1, 1)]),
        ("t", f"1;{A};A, see https://a.example/x\n", [(A, 1, 3)]),
        ("t.csv", "https://a.example/1|red\nhttps://a.example/2|blue\n", [("https://a.example/1", 1, 1), ("https://a.example/2", 2, 1)]),
        ("t.csv", "https://a.example/1|Red\n", [("https://a.example/1", 1, 1)]),
        ("t.csv", f"{A}|{B}\n", [(A, 1, 1), (B, 1, 25)]),
        ("t.csv", f"name\u2028x,url\n1,{A}\n", [(A, 2, 3)]),
        ("t.csv", f"url,price\r{A},1\r{B},2\r", [(A, 2, 1), (B, 3, 1)]),
    ],
)  # fmt: skip
def test_the_mark_that_leaves_whole_urls_divides_the_cells(
    tmp_path: Path, name: str, text: str, expected: list[tuple[str, int, int]]
) -> None:
    """A text with commas beside a URL outvoted the tab, the bar or the semicolon between them."""
    import gzip

    content = gzip.compress(text.encode(), mtime=0) if name.endswith(".gz") else text
    assert places(read(tmp_path, content, name)) == expected


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t"])
@pytest.mark.parametrize("header", ["", "id{}name, short{}url|links\n"])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("cut", ["|", ",", ", ", ";"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_no_url_of_a_cell_that_holds_several_is_lost(
    tmp_path: Path, mark: str, cut: str, rows: int, header: str, name: str
) -> None:
    """The first was neither checked nor named: what it was cut off from was no URL, and the next one was."""
    if cut.strip() == mark:
        return
    row = f"1{mark}Red{mark}{A}{cut}{B}"
    found = urls(read(tmp_path, header.replace("{}", mark) + f"{row}\n" * rows, name))
    assert found == [f"{A}{cut}{B}"] * rows


@pytest.mark.parametrize("name", ["t.csv", "t.txt", "t"])
@pytest.mark.parametrize("rest", ["", ",Red", ";Red", ",red\nhttps://a.example/c|d.jpg,blue"])
def test_a_bar_inside_a_url_is_a_fault_of_it(tmp_path: Path, rest: str, name: str) -> None:
    """What stood before it was checked in its place."""
    found = urls(read(tmp_path, f"https://a.example/a|b.jpg{rest}\n", name))
    assert found and all(re.match(r"https://a\.example/[ac]\|[bd]\.jpg", url) for url in found)


def test_cells_that_go_on_for_long_are_told_at_once(tmp_path: Path) -> None:
    start = time.process_time()
    for unit in ("a.", "a@", "a@a.", "A-", "A'", "1.", "a_", "/"):
        read(tmp_path, f"https://a.example/1,{unit * 20_000}?\n", "t.csv")
    assert time.process_time() - start < 2

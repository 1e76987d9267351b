"""Where a scalar of YAML stands, whatever its line ends, tags and anchors are."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.odd_sources import A, B, places, problem, read

ENDS = ["\u2028", "\u2029", "\x85"]  # of lines in YAML 1.1, and of none in any editor or report


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'x: "q{{}}y"\nu: {A}', [(A, 2, 4)]),
        (f"x: 'q{{}}y'\nu: |\n  {A}\nv: {B}", [(A, 3, 3), (B, 4, 4)]),
        (f"# caf{{}}u: {A}\nv: '{B}'\n", [(A, 1, 10), (B, 2, 5)]),
        (f"u: |{{}}  {A}\nv: {B}\n", [(A, 1, 8), (B, 2, 4)]),
        (f"u: !!str{{}} {A}\nv: {B}\n", [(A, 1, 11), (B, 2, 4)]),
    ],
)
def test_line_ends_that_only_yaml_knows(
    tmp_path: Path, text: str, end: str, expected: list[tuple[str, int, int]]
) -> None:
    assert places(read(tmp_path, text.replace("{}", end), "t.yaml")) == expected


@pytest.mark.parametrize("end", ENDS)
def test_a_fault_behind_them_has_its_line(tmp_path: Path, end: str) -> None:
    assert problem(tmp_path, f"x: 'q{end}y'\na: [1\nb: {A}\n", "t.yaml").startswith(":3:2: is not")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"hero:\n  !!str\n  {A}\n", (3, 3)),
        (f"hero:\n  &a\n  {A}\n", (3, 3)),
        (f"hero: !!str # {B}\n  &a # x\n\n  '{A}'\n", (4, 4)),
        (f"hero: &a !!str\n   >-\n\n    {A}\n", (4, 5)),
        (f"hero: ! {A}\n", (1, 9)),
        (f"hero: [&a {A}]\n", (1, 11)),
    ],
)
def test_a_url_behind_a_tag_or_an_anchor(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    (target,) = read(tmp_path, text, "t.yaml")
    source = target.source
    assert (target.url, source.line, source.column, source.end) == (
        A,
        *place,
        place[1] + len(A),
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("image: |\n", (1, 8)),
        ("image: >-\n\n\n", (1, 8)),
        ("image: |\n\nx: y\n", (1, 8)),
        ('image: ""\n', (1, 9)),
        ("image: !!str\nx: y\n", (1, 8)),
    ],
)
def test_a_field_without_a_url_is_an_empty_one(
    tmp_path: Path, text: str, place: tuple[int, int]
) -> None:
    assert places(read(tmp_path, text, "t.yaml", field="image")) == [("", *place)]
    assert read(tmp_path, f"{text}u: {A}\n", "t.yaml")[0].url == A


def test_a_block_of_two_lines_has_no_end(tmp_path: Path) -> None:
    (target,) = read(tmp_path, f"u: >\n  {A}\n  b\n", "t.yaml")
    assert (target.url, target.source.column, target.source.end) == (f"{A} b", 3, None)


def test_a_space_that_yaml_does_not_have_is_part_of_a_url(tmp_path: Path) -> None:
    assert places(read(tmp_path, f'u: " {A}\u00a0 "\n', "t.yaml")) == [(f"{A}\u00a0", 1, 5)]

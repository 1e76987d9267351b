"""What is told of sources before they are read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from preflight.cli.extent import long_of_few_hosts

LONG = 300_000


def lines(hosts: int, size: int = LONG) -> bytes:
    """A list of about so many bytes over so many hosts."""
    line = "https://cdn{}.example.com/pictures/{:06}.jpg\n"
    count = size // len(line.format(0, 0))
    return "".join(line.format(number % hosts, number) for number in range(count)).encode()


@pytest.mark.parametrize(
    ("content", "long"),
    [
        (lines(1), True),
        (lines(3), True),
        (lines(4), False),
        (lines(1, 100_000), False),
        (b"", False),
        (b"# " + b"-" * LONG, False),  # no host can be seen
        (lines(1).decode().encode("utf-16"), False),
        (gzip.compress(lines(1)) + bytes(LONG), False),
        (b"HTTP://nobody " + lines(2), True),
        (b"<a href='https://a.example/1'><a href=\"https://a.example?2\">" + lines(2), True),
        (lines(2) + lines(9), True),  # only the beginning is looked at
        (lines(9) + lines(2), False),
    ],
)
def test_a_file_is_long_where_it_is_large_and_begins_with_few_hosts(
    content: bytes, long: bool, tmp_path: Path
) -> None:
    (tmp_path / "list").write_bytes(content)
    assert long_of_few_hosts([str(tmp_path / "list")]) is long


def test_files_count_together_and_nothing_else_does(tmp_path: Path) -> None:
    half = lines(1, LONG // 2)
    names = [str(tmp_path / name) for name in ("a", "b")]
    for name in names:
        Path(name).write_bytes(half)
    others = ["-", "https://b.example/1.jpg", str(tmp_path), str(tmp_path / "none"), "a\0b", ""]
    assert not long_of_few_hosts(names[:1])
    assert long_of_few_hosts(names)
    assert long_of_few_hosts([*others, *names])
    assert not long_of_few_hosts([*others, names[0]])
    (tmp_path / "b").write_bytes(lines(3, LONG // 2).replace(b"cdn", b"other"))
    assert not long_of_few_hosts(names)

"""What is read takes time in proportion to its size, and what nobody writes is refused in one sentence."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from helpers.memory import growth_since, mark
from helpers.odd_sources import A, B, places, problem, read, urls

from preflight import manifest
from preflight.errors import SourceError
from preflight.message import Message

_DEEP = "is nested too deep"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("srcset.html", '<!doctype html><img srcset="' + "," * 100_000 + 'x (">'),
        ("parentheses.html", '<!doctype html><img srcset="x ' + "(" * 100_000 + '">'),
        ("css.html", "<!doctype html><style>" + "url(&quot;" * 20_000 + "</style>"),
        ("css-attribute.html", '<!doctype html><p style="' + "url(&quot;" * 20_000 + '">'),
        ("references.html", '<!doctype html><img src="' + "&amp;&#38;&copy" * 10_000 + '">'),
        ("comments.html", "<!doctype html>" + "<!-- --" * 20_000),
        ("attributes.xml", "<rss><a " + " ".join(f'a{n}="1"' for n in range(60_000)) + "/></rss>"),
        ("name.xml", "<rss><" + "a" * 60_000 + ' b="1"/></rss>'),
        ("cells.csv", 'id,url\n"a\n' + 'b","c\n' * 990 + f'",{A}\n'),
        ("cell.csv", 'id,url\n"' + ('a""' * 330 + "\n") * 990 + f'",{A}\n'),
        ("brackets.yaml", "[" * 100_000),
        ("brackets-again.yaml", f"- {'[' * 200}{']' * 200}\n" * 250),
    ],
)  # fmt: skip
def test_no_source_takes_time_out_of_proportion(tmp_path: Path, name: str, text: str) -> None:
    """Most took seconds or minutes: a page, a feed or a table of 6 KB to 1 MB, or a line of brackets."""
    start = time.process_time()
    with contextlib.suppress(SourceError):
        read(tmp_path, text, name)
    assert time.process_time() - start < 1.5


LONG = f"https://a.example/{'x/' * 50_000}"
NAME = "n" * 100_000


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("base.html", f"<!doctype html>\n<base href='{LONG}'>" + "<img src='a.jpg'>" * 100, ":2:13"),
        ("base.xml", f"<feed\n xml:base='{LONG}'>" + "<link rel='enclosure' href='a.mp3'/></feed>", ":2:12"),
    ],
)  # fmt: skip
def test_a_base_that_no_url_can_begin_with_is_refused(
    tmp_path: Path, name: str, text: str, place: str
) -> None:
    """Each relative URL became as long as the base: 200 KB of a page were 800 MB of a report."""
    said = ": names a base URL of over 8,000 characters, to which nothing can be joined"
    assert problem(tmp_path, text, name) == place + said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.xml", f"<rss><{NAME}>" + f"<enclosure url='{A}'/>" * 50 + f"</{NAME}></rss>"),
        ("t.xml", "<rss>" + f"<{NAME[:79]}>" * 150 + f"<enclosure url='{A}'/>" + f"</{NAME[:79]}>" * 150 + "</rss>"),
        ("t.json", f'{{"{NAME}": ["{A}", "{A}"]}}'),
        ("t.json", f'{{"{NAME[:70]}": ' * 400 + f'"{A}"' + "}" * 400),
        ("t.yaml", f"{NAME[:1000]}:\n  - {A}\n"),
    ],
)  # fmt: skip
def test_the_path_to_a_url_is_as_long_as_people_read(tmp_path: Path, name: str, text: str) -> None:
    """Every URL keeps its own: a name of 1 MB around 4,000 of them took 4 GB."""
    pointers = [target.source.pointer or "" for target in read(tmp_path, text, name)]
    assert pointers and all(0 < len(pointer) <= 1001 for pointer in pointers)


def test_comments_and_long_texts_in_messages_cost_little_memory(tmp_path: Path) -> None:
    """Eight MB of empty comments took 1.5 GB."""
    path = tmp_path / "m.toml"
    long = 'a\\n""b' * 40_000
    path.write_text(
        "#\n" * 500_000 + f'[[message]]\n[[message.slide]]\ntext = """{long}"""\nimage = "{A}"\n'
    )
    before = mark()
    (message,) = manifest.read(str(path))
    assert isinstance(message, Message) and message.slides[0].media[0].source.line == 500_004
    assert growth_since(before) < 60 << 20


def test_many_lines_of_a_quoted_cell_keep_every_place(tmp_path: Path) -> None:
    lines = "\n".join(["note,url", '"a', '""b"", c', f'd",{A}', f'"e","{B}', '"', f"f,{A}"])
    assert places(read(tmp_path, lines + "\n", "t.csv")) == [(A, 4, 4), (B, 5, 6), (A, 7, 3)]


def test_attributes_on_many_lines_keep_every_place(tmp_path: Path) -> None:
    text = f'<rss>\n <enclosure\n  a="x\n y"  b=\'&amp;&#65;\'\n\turl\n = "{A}?é&amp;b"\n/></rss>'
    (target,) = read(tmp_path, text)
    assert target.url == f"{A}?é&b"
    source = target.source
    assert (source.line, source.column, source.end) == (6, 5, 5 + len(f"{A}?é&amp;b"))


def test_brackets_in_yaml_have_a_bound_that_nobody_meets(tmp_path: Path) -> None:
    assert urls(read(tmp_path, f"a: {'[' * 100}{A}{']' * 100}\n", "t.yaml")) == [A]
    assert _DEEP in problem(tmp_path, f"a: {'[' * 101}{A}{']' * 101}\n", "t.yaml")
    assert _DEEP in problem(tmp_path, "- {a: " + "{a: " * 100 + A, "t.yaml")
    assert _DEEP in problem(tmp_path, "- " * 5000 + A, "t.yaml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mms-id = 1" + "0" * 5000, ": holds a number of too many digits"),
        ("mms-id = 0x" + "f" * 5000, ":2: mms-id must be a string"),
        ("mms-id = 9223372036854775808", ":2: mms-id must be a string"),
        ("[[message.slide]]\nduration = 1" + "0" * 400, ":3: duration must be a number of seconds"),
        ("[[message.slide]]\nduration = inf", ":3: duration must be a number of seconds"),
        ("mms-id = " + "[" * 5000, ": is nested too deep"),
    ],
)
def test_vast_numbers_in_messages_are_one_sentence(tmp_path: Path, line: str, said: str) -> None:
    assert problem(tmp_path, f"[[message]]\n{line}\n", "m.toml") == said

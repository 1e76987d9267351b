from __future__ import annotations

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.manifest import json_scan
from preflight.manifest.json_scan import Event, JsonError, scan

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["https://x/a.jpg?x=\u2028", "\\", '"', "\x01/", "\U0001f600"]),
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4)
)  # fmt: skip


def rebuilt(text: str) -> list[object]:
    """The documents that the events describe, each scalar put where its path says."""
    documents: list[object] = []
    open_now: list[object] = []
    for event in scan(io.StringIO(text)):
        if event.kind in "}]":
            open_now.pop()
            continue
        value: object = (
            {"{": dict, "[": list}[event.kind]() if event.kind in "{[" else scalar(event)
        )
        into = open_now[-1] if open_now else documents
        if isinstance(into, dict):
            into[event.path[-1]] = value
        elif isinstance(into, list):
            assert into is documents or event.path[-1] == len(into)
            into.append(value)
        if event.kind in "{[":
            open_now.append(value)
    return documents


def scalar(event: Event) -> object:
    return event.text if event.kind == "string" else json.loads(event.text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(VALUES, min_size=1, max_size=3),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
    st.integers(1, 40),
)
def test_events_rebuild_what_the_librarys_parser_reads(
    documents: list[object], indent: int | str | None, ascii_only: bool, chunk: int
) -> None:
    text = "\n".join(json.dumps(item, indent=indent, ensure_ascii=ascii_only) for item in documents)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_scan, "_CHUNK", chunk)
        assert rebuilt(text) == documents


@settings(max_examples=60, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_every_string_stands_where_it_says(value: object, luck: random.Random) -> None:
    text = json.dumps(value, indent=luck.choice([None, 2]), ensure_ascii=luck.choice([True, False]))
    lines = text.split("\n")
    for event in scan(io.StringIO(text)):
        if event.kind == "string":
            raw = lines[event.line - 1][event.column - 2 : event.end]
            assert json.loads(raw) == event.text


@settings(max_examples=60, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_a_document_that_is_cut_is_known_to_be(value: object, luck: random.Random) -> None:
    text = json.dumps(value)
    try:
        list(scan(io.StringIO(text[: luck.randrange(len(text) + 1)])))
    except JsonError as error:
        assert error.cut


@settings(max_examples=150, deadline=None)
@given(VALUES, st.randoms(use_true_random=False))
def test_what_the_librarys_parser_refuses_is_refused(value: object, luck: random.Random) -> None:
    text = json.dumps([value], ensure_ascii=False)
    place = luck.randrange(len(text))
    text = text[:place] + luck.choice('{}[]",:x1 ') + text[place + 1 :]
    try:
        expected = [json.loads(text, parse_constant=_no_constant)]
    except ValueError:
        expected = None
    try:
        found = rebuilt(text)
    except JsonError:
        found = None
    # Two documents one after the other are JSON Lines to us, and a fault to the library.
    assert found == expected or (expected is None and found is not None and len(found) > 1)


def _no_constant(name: str) -> None:
    raise ValueError(name)


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("[1,\n  2 3]", 2, 5, "expected a comma or the end, found '3'"),
        ('{"a" 1}', 1, 6, "expected a colon, found '1'"),
        ('{"a": }', 1, 7, "expected a value, found '}'"),
        ("{1: 2}", 1, 2, "expected a key or }, found '1'"),
        ("[1,]", 1, 4, "expected a value, found ']'"),
        ('{"a": 1,}', 1, 9, "expected a key, found '}'"),
        ("[1}", 1, 3, "expected a comma or the end, found '}'"),
        ("[", 1, 2, "the JSON ends too early"),
        ("{'a': 1}", 1, 2, 'unexpected "\'"'),
        ('["a\nb"]', 1, 2, "a string that does not end on its line"),
        ('["a\\x41"]', 1, 4, "a wrong escape in a string"),
        ("[NaN]", 1, 2, "unexpected 'N'"),
        ("\n\n  tru", 3, 3, "unexpected 't'"),
        ("]", 1, 1, "expected a value, found ']'"),
        ("[" * 501, 1, 501, "nested over 500 deep"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(JsonError) as caught:
        list(scan(io.StringIO(text)))
    assert (caught.value.line, caught.value.column, caught.value.problem) == (line, column, problem)


def test_half_a_surrogate_pair_becomes_a_character_that_can_be_written() -> None:
    (event,) = scan(io.StringIO('"https://x/\\ud83d\\ude00\\ud800"'))
    assert event.text == "https://x/\U0001f600\ufffd"
    assert event.text.encode()


def test_a_long_string_over_many_chunks_is_one_token() -> None:
    long = "x" * 1_000_000
    assert [event.text for event in scan(io.StringIO(f'["{long}", 12345678901]'))][1:3] == [
        long,
        "12345678901",
    ]

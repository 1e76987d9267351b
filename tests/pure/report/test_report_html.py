"""The HTML report as text: its structure, its policy, its order and its limits. Browsers judge it in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers.html_page import ObservationOf, Page, Rendered, VerdictOf

from preflight.report import Run, html_data
from preflight.verdict import Finding, MessageVerdict, Outcome


def _sha(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_one_file_that_loads_nothing(rendered: Rendered, verdict_of: VerdictOf) -> None:
    text = rendered("html", [verdict_of()])
    page = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.endswith("</html>\n")
    assert "{{" not in text
    loads = [
        value
        for _, attributes, _ in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
        and value
        and value[0] != "#"
    ]
    assert loads == ["data:,"]
    styles = [style for _, style in page.all("style")]
    assert not re.search(r"url\(|@import|expression", styles[0])
    assert not [
        name for _, attributes, _ in page.elements for name in attributes if name.startswith("on")
    ]
    assert len(text) < 70_000


def test_the_policy_names_the_hashes_and_nothing_else(
    rendered: Rendered, verdict_of: VerdictOf
) -> None:
    page = Page(rendered("html", [verdict_of()]))
    metas = [
        found
        for found, _ in page.all("meta")
        if found.get("http-equiv") == "Content-Security-Policy"
    ]
    policy = dict(
        part.strip().partition(" ")[::2] for part in (metas[0]["content"] or "").split(";")
    )
    scripts = [text for found, text in page.all("script") if "type" not in found]
    styles = [text for _, text in page.all("style")]
    assert len(scripts) == len(styles) == 1
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "script-src": f"'{_sha(scripts[0])}'",
        "style-src": f"'{_sha(styles[0])}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_script_writes_text_and_no_markup(rendered: Rendered) -> None:
    script = Page(rendered("html", [])).all("script")[-1][1]
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
    ):
        assert sink not in script


def test_what_a_screen_reader_needs(rendered: Rendered, verdict_of: VerdictOf) -> None:
    page = Page(rendered("html", [verdict_of()]))
    tags = {tag for tag, _, _ in page.elements}
    assert {"header", "main", "footer", "h1", "h2", "title", "noscript"} <= tags
    fields = {found.get("id") for tag in ("input", "select") for found, _ in page.all(tag)}
    assert fields == {found.get("for") for found, _ in page.all("label")}
    assert [found["aria-live"] for found, _ in page.all("span") if found.get("id") == "found"] == [
        "polite"
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "</script><script>alert(1)</script>",
        "<!--",
        "--></title>",
        "{{script}}",
        "a\u2028b",
        "]]>",
        "&lt;",
    ],
)
def test_data_cannot_leave_its_island(
    hostile: str, rendered: Rendered, verdict_of: VerdictOf, chunked: Finding
) -> None:
    finding = replace(chunked, message=hostile, fix=hostile)
    message = MessageVerdict(
        mms_id=hostile, outcome=Outcome.REJECT, profile="sinch", findings=(finding,)
    )
    run = Run(profile=hostile, started_at=0, elapsed_s=0, notes=(hostile,), messages=(message,))
    text = rendered("html", [verdict_of(f"https://cdn.example.com/{hostile}", finding)], run=run)
    plain = rendered("html", [verdict_of()])
    assert [tag for tag, _, _ in Page(text).elements] == [tag for tag, _, _ in Page(plain).elements]
    page = Page(text)
    assert page.detail(0)["findings"][0][1].encode().decode("unicode_escape") == hostile
    assert page.island("run")["fixes"][0].encode().decode("unicode_escape") == hostile


def test_rows_come_failed_first(
    rendered: Rendered, verdict_of: VerdictOf, chunked: Finding
) -> None:
    unclear = replace(chunked, rule="timeout", unknown=True)
    verdicts = [
        verdict_of("https://a.example/1", line=1),
        verdict_of("https://a.example/2", unclear, line=2),
        verdict_of("https://b.example/4", chunked, line=4),
        verdict_of("https://a.example/3", chunked, line=3),
    ]
    page = Page(rendered("html", verdicts))
    run, rows = page.island("run"), page.island("rows")
    assert [row[:2] for row in rows] == [
        [0, "https://a.example/3"],
        [0, "https://b.example/4"],
        [1, "https://a.example/2"],
        [2, "https://a.example/1"],
    ]
    assert [run["hosts"][row[3]][0] for row in rows] == [
        "a.example",
        "b.example",
        "a.example",
        "a.example",
    ]
    assert [rule[:3] for rule in run["rules"]] == [
        ["chunked-transfer-encoding", "error", 2],
        ["timeout", "unknown", 1],
    ]
    assert sorted(host[:4] for host in run["hosts"]) == [
        ["a.example", 1, 1, 1],
        ["b.example", 1, 0, 0],
    ]
    assert rows[0][4:] == ["media.txt:3", "image/jpeg \u00b7 26.2 KB \u00b7 320 \u00d7 240"]


@pytest.mark.parametrize(
    ("outcomes", "headline"),
    [
        ("", "Nothing was checked"),
        ("a", "The media URL is good to send"),
        ("aa", "All 2 media URLs are good to send"),
        ("au", "1 of 2 media URLs could not be told"),
        ("aru", "1 of 3 media URLs would be refused"),
    ],
)
def test_the_headline(
    outcomes: str, headline: str, rendered: Rendered, verdict_of: VerdictOf
) -> None:
    by_letter = {"a": Outcome.ACCEPT, "r": Outcome.REJECT, "u": Outcome.UNKNOWN}
    verdicts = [
        verdict_of(f"https://a.example/{n}", outcome=by_letter[each])
        for n, each in enumerate(outcomes)
    ]
    page = Page(rendered("html", verdicts))
    assert page.all("h1")[0][1].strip() == headline
    assert page.all("title")[0][1] == f"{headline} - preflight"


@pytest.mark.parametrize(
    ("outcomes", "exit_code", "headline"),
    [
        ("a", None, "Not everything was checked; 1 was good so far"),
        ("aa", 2, "Not everything was checked; 2 were good so far"),
        ("aau", None, "Not everything was checked; 1 of 3 so far could not be told"),
        ("ar", None, "1 of 2 media URLs would be refused"),
        ("", None, "Nothing was checked"),
    ],
)
def test_a_run_that_is_not_whole_does_not_say_that_all_is_good(
    outcomes: str, exit_code: int | None, headline: str, rendered: Rendered, verdict_of: VerdictOf,
    run_of: Callable[..., Run],
) -> None:  # fmt: skip
    """Interrupted, broken off, or short of a source: the last is complete, and ends with 2."""
    by_letter = {"a": Outcome.ACCEPT, "r": Outcome.REJECT, "u": Outcome.UNKNOWN}
    verdicts = [verdict_of(outcome=by_letter[each]) for each in outcomes]
    run = run_of(verdicts, complete=exit_code is not None, exit_code=exit_code)
    page = Page(rendered("html", verdicts, run=run))
    assert page.all("h1")[0][1].strip() == headline


def test_an_interrupted_run_says_so(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    page = Page(rendered("html", [verdict_of()], run=run_of([verdict_of()], complete=False)))
    assert "(interrupted)" in page.all("title")[0][1]
    assert page.island("run")["complete"] is False


def test_over_the_limit_the_accepted_are_only_counted(
    rendered: Rendered, verdict_of: VerdictOf, chunked: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_data, "MOST_ROWS", 10)
    verdicts = [
        verdict_of(f"https://a.example/{n}", *([chunked] if n % 5 == 0 else [])) for n in range(40)
    ]
    page = Page(rendered("html", verdicts))
    run = page.island("run")
    assert [row[1][-2:] for row in page.island("rows")] == [
        "/0",
        "/5",
        "10",
        "15",
        "20",
        "25",
        "30",
        "35",
    ]
    assert run["unlisted"] == 32
    assert run["hosts"][0][1:4] == [8, 0, 32]
    worse = Page(
        rendered("html", [verdict_of(f"https://a.example/{n}", chunked) for n in range(25)])
    )
    assert len(worse.island("rows")) == 10
    assert worse.island("run")["unlisted"] == 15


def test_over_the_budget_exchanges_are_left_out(
    rendered: Rendered,
    verdict_of: VerdictOf,
    observation_of: ObservationOf,
    chunked: Finding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html_data, "_BUDGET", {"found": 9_000, "clean": 1})
    verdicts = [
        verdict_of(f"https://a.example/{n}", *([chunked] if n < 3 else [])) for n in range(6)
    ]
    page = Page(rendered("html", [(each, observation_of(each)) for each in verdicts]))
    assert ["asked" in page.detail(number) for number in range(6)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert page.detail(5)["cut"] is True
    assert page.island("run")["cut"] == 2

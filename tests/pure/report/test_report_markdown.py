from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from preflight.report import Run
from preflight.report.markdown import code, prose
from preflight.verdict import Finding, MessageVerdict, Outcome, Severity, Verdict

Verdicts = Callable[..., Verdict]
Rendered = Callable[..., str]


def test_a_comment(verdict_of: Verdicts, chunked: Finding, rendered: Rendered) -> None:
    moved = replace(chunked, rule="redirected", severity=Severity.WARNING, message="moved to *b*")
    pairs = [
        verdict_of("http://a/x?sig=1", moved, chunked),
        verdict_of("http://a/fine", line=4),
    ]
    text = rendered("markdown", pairs)
    assert text.startswith("### preflight: 1 of 2 media rejected\n\n| checked |")
    assert "| 2 | 1 | 0 | 1 | 1 | 1 | 0 |\n" in text
    assert (
        "<details open><summary>error: <code>chunked-transfer-encoding</code>, 1</summary>" in text
    )
    assert "- `http://a/x?sig=***` at `media.txt:3`: moved to \\*b\\*\n" in text
    assert text.index("chunked-transfer-encoding") < text.index("redirected")
    assert "fine" not in text


def test_a_huge_run_fits_a_comment(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    path = "b\u00f6se/" * 50
    pairs = [
        verdict_of(
            f"http://a/{path}{n}",
            *(replace(chunked, rule=f"rule-{m}", message="m" * 900) for m in range(12)),
            line=n,
        )
        for n in range(200)
    ]
    text = rendered("markdown", pairs)
    assert 50_000 < len(text.encode()) < 64_000
    assert "- and 180 more\n" in text
    assert "more findings of other rules did not fit here" in text
    assert text.count("<details") == text.count("</details>")


@pytest.mark.parametrize(
    ("outcomes", "message", "complete", "title"),
    [
        ("", None, True, "nothing was checked"),
        ("aa", None, True, "all 2 media accepted"),
        ("au", None, True, "nothing rejected, 1 of 2 media could not be told"),
        ("a", Outcome.REJECT, True, "a message was rejected"),
        ("ar", Outcome.REJECT, True, "1 of 2 media rejected"),
        ("a", None, False, "not everything was checked; 1 was good so far"),
        ("aa", None, False, "not everything was checked; 2 were good so far"),
        ("aau", None, False, "not everything was checked; 1 of 3 so far could not be told"),
        ("ar", None, False, "1 of 2 media rejected"),
        ("", None, False, "nothing was checked"),
    ],
)
def test_titles(
    outcomes: str,
    message: Outcome | None,
    complete: bool,
    title: str,
    verdict_of: Verdicts,
    rendered: Rendered,
    run_of: Callable[..., Run],
) -> None:
    names = {"a": Outcome.ACCEPT, "r": Outcome.REJECT, "u": Outcome.UNKNOWN}
    verdicts = [verdict_of("http://a/b", outcome=names[each]) for each in outcomes]
    messages = (MessageVerdict(mms_id="1", outcome=message, profile="sinch"),) if message else ()
    text = rendered("markdown", verdicts, run=run_of(verdicts, messages, complete=complete))
    assert text.splitlines()[0] == f"### preflight: {title}"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("``x", "``` ``x ```"),
        ("", "`  `"),
        ("a\nb", "`a\\nb`"),
        ("##[error]x", "`##\\[error]x`"),
    ],
)
def test_code_spans(text: str, span: str) -> None:
    assert code(text) == span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b*c_d", "a\\|b\\*c\\_d"),
        ("<!-- x -->", "\\<\\!-- x --\\>"),
        ("see @team, or a@b", "see @&#8203;team, or a@&#8203;b"),
        ("https://a.example", "https:&#8203;//a.example"),
        ("www.a.example", "www&#8203;.a.example"),
        ("fixes #12", "fixes \\#&#8203;12"),
        ("&lt;", "\\&lt;"),
    ],
)
def test_prose(text: str, shown: str) -> None:
    assert prose(text) == shown

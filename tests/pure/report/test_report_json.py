from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from preflight.report import FORMATS, Look, open_report
from preflight.report.base import Run
from preflight.target import Source, Target
from preflight.verdict import Finding, Ignored, MessageVerdict, Outcome, Severity, Skipped, Verdict

Verdicts = Callable[..., Verdict]
Rendered = Callable[..., str]

SCHEMA = json.loads(
    files("preflight.report").joinpath("schema/report-1.json").read_text(encoding="utf-8")
)
LINE = {**SCHEMA, "$ref": "#/$defs/line"}
for _key in ("required", "properties", "additionalProperties", "type"):
    LINE.pop(_key)


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def _all_kinds(verdict_of: Verdicts, chunked: Finding) -> list[Verdict]:
    ignored = (Ignored(finding=chunked, reason="ticket 4711"),)
    return [
        verdict_of("https://cdn.example.com/b.jpg?sig=SECRET", chunked, line=5),
        verdict_of("https://cdn.example.com/a.jpg", line=3, ignored=ignored, from_cache_s=61.23456),
        verdict_of("no url", chunked, file=None, skipped=(), attempts=3),
    ]


def test_json_has_the_published_shape(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    verdicts = _all_kinds(verdict_of, chunked)
    message = MessageVerdict(
        mms_id="35674",
        outcome=Outcome.REJECT,
        profile="sinch",
        findings=(chunked,),
        media=tuple(verdicts),
    )
    report: dict[str, Any] = json.loads(
        rendered("json", verdicts, run=run_of(verdicts, (message,)))
    )
    Draft202012Validator(SCHEMA).validate(report)
    assert list(report) == list(SCHEMA["required"])
    assert report["started_at"] == "2026-11-22T10:00:00Z"
    assert report["summary"] == {
        "checked": 3,
        "accepted": 1,
        "rejected": 2,
        "unknown": 0,
        "errors": 2,
        "warnings": 0,
    }
    for verdict in report["verdicts"]:
        assert list(verdict) == SCHEMA["$defs"]["verdict"]["required"]
        assert list(verdict["source"]) == ["file", "line", "column", "pointer"]
        assert list(verdict["media"]) == SCHEMA["$defs"]["media"]["required"]
        for finding in verdict["findings"]:
            assert list(finding) == ["rule", "severity", "message", "fix", "url"]
    assert [each["source"]["line"] for each in report["verdicts"]] == [None, 3, 5]
    assert report["verdicts"][1]["ignored"][0] == {
        "rule": chunked.rule,
        "severity": "error",
        "message": chunked.message,
        "fix": chunked.fix,
        "url": chunked.url,
        "reason": "ticket 4711",
    }
    assert report["verdicts"][2]["url"] == "https://cdn.example.com/b.jpg?sig=***"
    assert report["messages"][0]["urls"][0] == "https://cdn.example.com/b.jpg?sig=***"
    assert "SECRET" not in json.dumps(report)


def test_json_lines_stream_and_end_in_a_summary(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    lines = rendered("jsonl", _all_kinds(verdict_of, chunked)).splitlines()
    values = [json.loads(line) for line in lines]
    assert [next(iter(value)) for value in values] == ["url", "url", "url", "summary"]
    assert [value["source"]["line"] for value in values[:3]] == [5, 3, None]
    for value in values:
        Draft202012Validator(LINE).validate(value)
    assert values[-1]["outcome"] == "reject"
    assert values[-1]["messages"] == []


def test_each_line_is_written_when_it_is_added(verdict_of: Verdicts) -> None:
    class Slow:
        encoding = "utf-8"

        def __init__(self) -> None:
            self.seen: list[str] = []
            self.flushed = 0

        def write(self, text: str) -> int:
            self.seen.append(text)
            return len(text)

        def flush(self) -> None:
            self.flushed += 1

    out: Any = Slow()
    report = open_report("jsonl", out, Look())
    for number in range(1, 1_001):
        report.add(verdict_of(), None)
        assert len(out.seen) == number
        assert out.seen[-1].endswith("}\n")
        assert out.flushed >= 1
    assert out.flushed < 1_000


def test_a_short_line_after_a_long_one_keeps_nothing_of_it(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    url = "https://cdn.example.com/a.jpg"
    short, long = verdict_of(url), verdict_of(url, *[chunked] * 50)
    lines = rendered("jsonl", [short, long, short]).splitlines()
    assert lines[0] == lines[2]
    assert len(lines[1]) > len(lines[0])


@pytest.mark.parametrize(
    ("findings", "complete", "outcome"),
    [
        ((), True, "accept"),
        ((), False, "unknown"),
        ((("error", True),), True, "unknown"),
        ((("error", True),), False, "unknown"),
        ((("error", False),), False, "reject"),
        ((("warning", False),), True, "accept"),
    ],
)
def test_outcome_of_a_run(
    findings: tuple[tuple[str, bool], ...],
    complete: bool,
    outcome: str,
    verdict_of: Verdicts,
    rendered: Rendered,
    run_of: Callable[..., Run],
) -> None:
    found = [
        Finding(
            rule="x",
            severity=Severity(severity),
            message="m",
            fix="f",
            url="http://a/",
            unknown=unknown,
        )
        for severity, unknown in findings
    ]
    verdict = verdict_of("http://a/", *found)
    run = run_of([verdict], complete=complete)
    assert json.loads(rendered("json", [verdict], run=run))["outcome"] == outcome


def test_a_rejected_message_rejects_the_run(
    verdict_of: Verdicts, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    message = MessageVerdict(mms_id=None, outcome=Outcome.REJECT, profile="sinch")
    run = run_of([verdict_of()], (message,))
    report = json.loads(rendered("json", [verdict_of()], run=run))
    assert report["outcome"] == "reject"
    assert report["messages"] == [{"mms_id": None, "outcome": "reject", "findings": [], "urls": []}]


def test_what_is_about_a_message_was_seen_at_no_url(
    verdict_of: Verdicts, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    finding = Finding(
        rule="non-ascii-subject", severity=Severity.ERROR, message="m", fix="f", url=""
    )
    message = MessageVerdict(
        mms_id="1", outcome=Outcome.REJECT, profile="sinch", findings=(finding,)
    )
    run = run_of([verdict_of()], (message,))
    (found,) = json.loads(rendered("json", [verdict_of()], run=run))["messages"][0]["findings"]
    assert found == {
        "rule": "non-ascii-subject", "severity": "error", "message": "m", "fix": "f", "url": ""
    }  # fmt: skip


def test_nothing_checked_is_still_a_report(rendered: Rendered) -> None:
    report = json.loads(rendered("json", []))
    Draft202012Validator(SCHEMA).validate(report)
    assert report["verdicts"] == []


def test_skipped_rules_are_each_verdicts_own(verdict_of: Verdicts, rendered: Rendered) -> None:
    """Lists are remembered by identity: tuples that die must not lend their JSON to others."""
    verdicts = [
        verdict_of(f"https://a.example/{n}", line=n, skipped=(Skipped(rule=f"r-{n}", reason="é"),))
        for n in range(1, 9000)
    ]
    report = json.loads(rendered("json", iter(verdicts)))
    assert [each["skipped"][0]["rule"] for each in report["verdicts"]] == [
        f"r-{n}" for n in range(1, 9000)
    ]
    assert report["verdicts"][0]["skipped"][0]["reason"] == "é"


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_is_ascii_and_exact(name: str, verdict_of: Verdicts, rendered: Rendered) -> None:
    url = "https://cdn.example.com/bögen/\N{GRINNING FACE}.jpg"
    text = rendered(name, [verdict_of(url, file="C:\\media\\bögen.txt")])
    assert text.isascii()
    value = json.loads(text.splitlines()[0] if name == "jsonl" else text)
    verdict = value if name == "jsonl" else value["verdicts"][0]
    assert verdict["url"] == url
    assert verdict["source"]["file"] == "C:\\media\\bögen.txt"


def test_secrets_are_shown_only_when_asked_for(verdict_of: Verdicts, rendered: Rendered) -> None:
    url = "https://user:pass@cdn.example.com/a.jpg?sig=abc#part"
    shown = rendered("jsonl", [verdict_of(url)], look=Look(show_secrets=True))
    assert json.loads(shown.splitlines()[0])["url"] == url
    hidden = rendered("jsonl", [verdict_of(url)])
    assert json.loads(hidden.splitlines()[0])["url"] == "https://***@cdn.example.com/a.jpg?sig=***"


def test_pointer_and_place(rendered: Rendered) -> None:
    source = Source(file="m.toml", line=4, column=9, end=20, pointer="slide[1].image")
    verdict = Verdict(
        target=Target(url="http://a/b", source=source), outcome=Outcome.ACCEPT, profile="sinch"
    )
    value = json.loads(rendered("jsonl", [verdict]).splitlines()[0])
    assert value["source"] == {
        "file": "m.toml",
        "line": 4,
        "column": 9,
        "pointer": "slide[1].image",
    }
    assert set(FORMATS) >= {"text", "json", "jsonl"}

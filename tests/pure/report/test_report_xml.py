from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from preflight.report import Look, Run
from preflight.target import Source, Target
from preflight.verdict import Finding, Ignored, MessageVerdict, Outcome, Severity, Verdict

SCHEMA = Path(__file__).parents[3] / "fixtures" / "schemas" / "junit-10.xsd"

Verdicts = Callable[..., Verdict]
Rendered = Callable[..., str]


def _junit(text: str) -> etree._Element:
    root = etree.fromstring(text.encode())
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    return root


def _case(root: etree._Element, name: str) -> etree._Element:
    (case,) = [each for each in root.iter("testcase") if each.get("name") == name]
    return case


@pytest.fixture
def mixed(verdict_of: Verdicts, chunked: Finding) -> list[Verdict]:
    timeout = replace(chunked, rule="timeout", message="no answer", fix="", unknown=True)
    redirected = replace(chunked, rule="redirected", severity=Severity.WARNING, message="moved")
    excused = (Ignored(finding=chunked, reason="ticket 4711"),)
    return [
        verdict_of("http://a/reject.jpg", redirected, chunked, line=1),
        verdict_of("http://a/unknown.jpg", timeout, line=2),
        verdict_of("http://a/excused.jpg", ignored=excused, line=3),
        verdict_of("http://a/warned.jpg", redirected, line=4),
        verdict_of("http://a/fine.jpg", file="other.csv", line=5),
        verdict_of("http://a/typed.jpg", file=None),
        verdict_of("http://a/piped.jpg", file="-", line=1),
    ]


def test_junit_maps_outcomes(mixed: list[Verdict], rendered: Rendered) -> None:
    root = _junit(rendered("junit", mixed))
    kinds = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert kinds == {
        "http://a/reject.jpg": ["failure"],
        "http://a/unknown.jpg": ["error"],
        "http://a/excused.jpg": ["skipped"],
        "http://a/warned.jpg": ["system-out"],
        "http://a/fine.jpg": [],
        "http://a/typed.jpg": [],
        "http://a/piped.jpg": [],
    }
    (failure,) = _case(root, "http://a/reject.jpg")
    assert failure.get("type") == "chunked-transfer-encoding"
    assert (failure.text or "").splitlines() == [
        "error chunked-transfer-encoding: "
        "the answer to a request for gzip has Transfer-Encoding: chunked",
        "fix: switch off compression on the fly for image/jpeg",
        "warning redirected: moved",
        "fix: switch off compression on the fly for image/jpeg",
        "at media.txt:1",
    ]
    assert "ticket 4711" in _case(root, "http://a/excused.jpg")[0].get("message", "")


def test_junit_counts(mixed: list[Verdict], rendered: Rendered) -> None:
    root = _junit(rendered("junit", mixed))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("7", "1", "1")
    counts = {
        suite.get("name"): tuple(
            suite.get(key) for key in ("tests", "failures", "errors", "skipped")
        )
        for suite in root
    }
    assert counts == {
        "command line": ("1", "0", "0", "0"),
        "standard input": ("1", "0", "0", "0"),
        "media.txt": ("4", "1", "1", "1"),
        "other.csv": ("1", "0", "0", "0"),
    }


def test_junit_has_messages_notes_and_says_when_it_is_partial(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    verdict = verdict_of("http://a/reject.jpg", chunked)
    messages = (
        MessageVerdict(mms_id="7", outcome=Outcome.REJECT, profile="sinch", media=(verdict,)),
        MessageVerdict(mms_id=None, outcome=Outcome.ACCEPT, profile="sinch"),
    )
    run = run_of([verdict], messages, complete=False, notes=("an ignore expired",))
    root = _junit(rendered("junit", [verdict], run=run))
    (result,) = _case(root, "message 7")
    assert result.tag == "failure"
    assert "media: reject http://a/reject.jpg" in (result.text or "")
    assert len(_case(root, "a message")) == 0
    properties = [(each.get("name"), each.get("value")) for each in root[0].iter("property")]
    assert ("complete", "false") in properties
    assert ("note", "an ignore expired") in properties


def test_junit_of_nothing(rendered: Rendered) -> None:
    assert len(_junit(rendered("junit", []))) == 0


def test_checkstyle_groups_by_file(mixed: list[Verdict], rendered: Rendered) -> None:
    root = etree.fromstring(rendered("checkstyle", mixed).encode())
    found = [
        (file.get("name"), error.get("line"), error.get("severity"), error.get("source"))
        for file in root
        for error in file
    ]
    assert found == [
        ("media.txt", "1", "error", "preflight.chunked-transfer-encoding"),
        ("media.txt", "2", "error", "preflight.timeout"),
        ("media.txt", "1", "warning", "preflight.redirected"),
        ("media.txt", "4", "warning", "preflight.redirected"),
    ]
    assert (root[0][0].get("message") or "").startswith("http://a/reject.jpg: the answer")


@pytest.mark.parametrize(
    ("file", "look", "path", "line"),
    [
        ("media.txt", Look(), "media.txt", "3"),
        ("./lists/media.txt", Look(), "lists/media.txt", "3"),
        ("/repo/lists/media.txt", Look(root="/repo"), "lists/media.txt", "3"),
        ("/elsewhere/media.txt", Look(root="/repo", anchor="conf.toml"), "conf.toml", "1"),
        ("/repository/media.txt", Look(root="/repo"), "preflight.toml", "1"),
        ("../media.txt", Look(), "preflight.toml", "1"),
        ("https://cdn.example.com/list.txt", Look(), "preflight.toml", "1"),
        ("-", Look(), "preflight.toml", "1"),
        ("<stdin>", Look(anchor="conf.toml"), "conf.toml", "1"),
        (None, Look(anchor="conf.toml"), "conf.toml", "1"),
    ],
)
def test_a_finding_stands_in_the_project(
    file: str | None,
    look: Look,
    path: str,
    line: str,
    verdict_of: Verdicts,
    chunked: Finding,
    rendered: Rendered,
) -> None:
    verdict = verdict_of("http://a/b", chunked)
    source = Source(file=file, line=3 if file else None)
    verdict = replace(verdict, target=Target(url="http://a/b", source=source))
    root = etree.fromstring(rendered("checkstyle", [verdict], look).encode())
    assert (root[0].get("name"), root[0][0].get("line")) == (path, line)

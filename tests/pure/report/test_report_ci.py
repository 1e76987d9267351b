from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preflight.errors import UsageError
from preflight.report import Look, Run, open_report
from preflight.target import Source
from preflight.verdict import Finding, Ignored, MessageVerdict, Outcome, Severity, Verdict

Verdicts = Callable[..., Verdict]
Rendered = Callable[..., str]


def _mixed(verdict_of: Verdicts, chunked: Finding, number: int) -> list[Verdict]:
    """So many URLs with an error, an error that may go away, and a warning each."""
    late = replace(chunked, rule="timeout", unknown=True)
    moved = replace(chunked, rule="redirected", severity=Severity.WARNING, message="moved, 100%")
    return [
        verdict_of(f"http://a/{n}.jpg?sig={n}", moved, late, chunked, line=n)
        for n in range(1, number + 1)
    ]


# github


def _annotations(text: str, level: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"::{level} ")]


def test_github_annotates_the_place(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    verdict = verdict_of("http://a/b,c:d.jpg", replace(chunked, message="100% sure\nthat it is"))
    source = Source(file="/repo/odd,na:me.txt", line=3, column=5, end=23)
    verdict = replace(verdict, target=replace(verdict.target, source=source))
    text = rendered("github", [verdict], Look(root="/repo"))
    assert text.splitlines()[0] == (
        "::error title=chunked-transfer-encoding,file=odd%2Cna%3Ame.txt,line=3,col=5,endColumn=23::"
        "http://a/b,c:d.jpg: 100%25 sure that it is. "
        "Fix: switch off compression on the fly for image/jpeg"
    )


def test_github_writes_the_summary_before_the_log_says_how_it_ended(
    verdict_of: Verdicts, chunked: Finding, tmp_path: Path
) -> None:
    out = io.StringIO()
    report = open_report("github", out, Look(summary_file=str(tmp_path)))
    report.add(verdict_of("http://a/b", chunked), None)
    with pytest.raises(UsageError, match=f"cannot write to '{tmp_path}': Is a directory"):
        report.finish(Run(profile="sinch", started_at=0, elapsed_s=0))
    assert out.getvalue() == ""


def test_github_without_a_file(verdict_of: Verdicts, chunked: Finding, rendered: Rendered) -> None:
    verdict = verdict_of("http://a/b", chunked, file=None)
    assert rendered("github", [verdict]).startswith("::error title=chunked-transfer-encoding::http")
    anchored = rendered("github", [verdict], Look(anchor="preflight.toml"))
    assert ",file=preflight.toml,line=1::" in anchored


@pytest.mark.parametrize(("number", "shown"), [(1, 1), (10, 10), (11, 10), (500, 10)])
def test_github_shows_ten_a_level(
    number: int, shown: int, verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    moved = replace(chunked, rule="redirected", severity=Severity.WARNING)
    pairs = [verdict_of(f"http://a/{n}", moved, chunked, line=n) for n in range(1, number + 1)]
    text = rendered("github", pairs)
    for level in ("error", "warning"):
        lines = _annotations(text, level)
        assert len(lines) == shown
        if number > 10:
            assert f"::{number - 9} more findings of this level" in lines[-1]
            assert "http://a/9:" in lines[-2]


def test_github_puts_the_certain_first(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    lines = _annotations(rendered("github", _mixed(verdict_of, chunked, 4)), "error")
    titles = [re.findall("title=([a-z-]+)", line)[0] for line in lines]
    assert titles == ["chunked-transfer-encoding"] * 4 + ["timeout"] * 4


def test_github_appends_a_summary_that_fits(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"# of an earlier command\n" + b"x" * 500_000 + b"\n")
    pairs = [
        verdict_of(f"http://a/{'long/' * 80}{n}.jpg", *(
            replace(chunked, rule=f"rule-{m}", message="m" * 300) for m in range(20)
        ), line=n)
        for n in range(1, 400)
    ]  # fmt: skip
    rendered("github", pairs, Look(summary_file=str(summary)))
    written = summary.read_bytes()
    assert written.startswith(b"# of an earlier command\n")
    assert 850_000 < len(written) < 900_000
    text = written.decode()
    assert "### preflight: 399 of 399 media rejected" in text
    assert re.search(r"\*\*[\d,]+ more findings of other rules did not fit here\.\*\*", text)
    assert text.rstrip().endswith("do not send them yet")


# gitlab


def test_gitlab_entries(verdict_of: Verdicts, chunked: Finding, rendered: Rendered) -> None:
    pairs = [*_mixed(verdict_of, chunked, 1), verdict_of("http://a/c", chunked, file=None)]
    entries = json.loads(rendered("gitlab", pairs))
    assert [
        (each["check_name"], each["severity"], each["location"]["path"]) for each in entries
    ] == [
        ("chunked-transfer-encoding", "critical", "preflight.toml"),
        ("chunked-transfer-encoding", "critical", "media.txt"),
        ("timeout", "major", "media.txt"),
        ("redirected", "minor", "media.txt"),
    ]
    assert entries[1]["location"]["lines"] == {"begin": 1}
    for entry in entries:
        assert set(entry) == {
            "description",
            "check_name",
            "fingerprint",
            "severity",
            "location",
        }


def test_gitlab_of_nothing(rendered: Rendered) -> None:
    assert json.loads(rendered("gitlab", [])) == []


def test_fingerprints_are_unique_and_outlive_lines_and_signatures(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    def names(shift: int, signature: str) -> list[str]:
        pairs = [
            verdict_of(f"http://a/{n // 2}.jpg?sig={signature}", chunked, line=n + shift)
            for n in range(1, 50)
        ]
        return [each["fingerprint"] for each in json.loads(rendered("gitlab", pairs))]

    assert len(set(names(0, "abc"))) == 49
    assert names(0, "abc") == names(1000, "xyz")


# sarif


def _run(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    run: dict[str, Any] = document["runs"][0]
    return run


def test_sarif_stands_at_the_manifest(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    verdict = verdict_of("https://cdn.example.com/a.jpg?sig=abc", chunked)
    source = Source(file="/repo/lists/spring sale#1.txt", line=7, column=3, end=40)
    verdict = replace(verdict, target=replace(verdict.target, source=source))
    (result,) = _run(rendered("sarif", [verdict], Look(root="/repo")))["results"]
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "lists/spring%20sale%231.txt"},
                "region": {"startLine": 7, "startColumn": 3, "endLine": 7, "endColumn": 40},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "https://cdn.example.com/a.jpg?sig=***", "kind": "resource"}
            ],
        }
    ]
    assert result["level"] == "error"
    assert re.fullmatch("[0-9a-f]{32}:1", result["partialFingerprints"]["primaryLocationLineHash"])


def test_every_sarif_result_has_a_relative_place(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    files = (
        None,
        "-",
        "https://cdn.example.com/list.txt",
        "//host/share",
        "a:b.txt",
        "/etc/passwd",
    )
    pairs = [verdict_of("http://a/b", chunked, file=file) for file in files]
    message = MessageVerdict(
        mms_id=None, outcome=Outcome.REJECT, profile="sinch", findings=(chunked,)
    )
    results = _run(rendered("sarif", pairs, run=run_of(pairs, (message,))))["results"]
    assert len(results) == len(files) + 1
    for result in results:
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[^/:][^:]*", uri), uri


@pytest.mark.parametrize(
    ("anchor", "path"),
    [
        ("/repo/preflight.toml", "preflight.toml"),
        ("/repo/ci/pyproject.toml", "ci/pyproject.toml"),
        ("ci/own.toml", "ci/own.toml"),
        ("/elsewhere/own.toml", None),
        ("/repository/own.toml", None),
        ("../own.toml", None),
        (None, None),
    ],
)
def test_the_anchor_is_relative_like_every_place(
    anchor: str | None,
    path: str | None,
    verdict_of: Verdicts,
    chunked: Finding,
    rendered: Rendered,
) -> None:
    verdict = verdict_of("http://a/b", chunked, file=None)
    look = Look(root="/repo", anchor=anchor)
    annotated = rendered("github", [verdict], look).splitlines()[0]
    assert ("file=" in annotated) == (path is not None)
    assert f",file={path}," in annotated or path is None
    path = path or "preflight.toml"
    assert json.loads(rendered("gitlab", [verdict], look))[0]["location"]["path"] == path
    assert f'<file name="{path}">' in rendered("checkstyle", [verdict], look)
    (result,) = _run(rendered("sarif", [verdict], look))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == path


def test_a_run_that_could_not_do_all_is_no_success(
    verdict_of: Verdicts, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    verdicts = [verdict_of("http://a/b")]
    run = run_of(verdicts, exit_code=2)
    (invocation,) = _run(rendered("sarif", verdicts, run=run))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert json.loads(rendered("json", verdicts, run=run))["outcome"] == "unknown"


def test_sarif_keeps_five_thousand_and_says_so(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    text = rendered("sarif", _mixed(verdict_of, chunked, 2000))
    run = _run(text)
    rules = [each["ruleId"] for each in run["results"]]
    assert [
        rules.count(name) for name in ("chunked-transfer-encoding", "timeout", "redirected")
    ] == [
        2000,
        2000,
        1000,
    ]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("1,000 findings, the least severe, are left out")
    hashes = {each["partialFingerprints"]["primaryLocationLineHash"] for each in run["results"]}
    assert len(hashes) == 5000


def test_sarif_rules_have_their_pages(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    unheard = replace(chunked, rule="not-in-the-table")
    run = _run(rendered("sarif", [verdict_of("http://a/b", chunked, unheard)]))
    rules = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == ["chunked-transfer-encoding", "not-in-the-table"]
    for each in rules:
        assert each["shortDescription"]["text"]
        assert 0 < len(each["fullDescription"]["text"]) <= 1024
    assert rules[0]["help"]["markdown"].startswith("## chunked-transfer-encoding")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_suppressions_and_interruption(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    verdict = verdict_of("http://a/b", ignored=(Ignored(finding=chunked, reason="ticket 4711"),))
    run = _run(rendered("sarif", [verdict], run=run_of([verdict], complete=False)))
    (result,) = run["results"]
    assert result["suppressions"] == [{"kind": "external", "justification": "ticket 4711"}]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_no_link_is_made_of_foreign_text(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    finding = replace(chunked, message='the server said "[x](https://evil.example)"')
    (result,) = _run(rendered("sarif", [verdict_of("http://a/b", finding)]))["results"]
    assert re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", result["message"]["text"]) is None


def test_sarif_of_accepted_media(verdict_of: Verdicts, rendered: Rendered) -> None:
    run = _run(rendered("sarif", [verdict_of("http://a/b")]))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert "toolExecutionNotifications" not in run["invocations"][0]

"""What preflight itself has written is no source: its URLs are masked, and to fetch them again would check something else."""

from __future__ import annotations

from pathlib import Path

from helpers.command import LOCAL, Stage, preflight

FORMATS = ("json", "jsonl", "sarif", "gitlab", "har")


def test_nothing_that_a_check_wrote_is_fetched_again(tmp_path: Path, stage: Stage) -> None:
    urls = [stage.url("/good.jpg?token=s"), stage.url("/chunked.jpg?token=s")]
    reports = [word for name in FORMATS for word in ("-f", f"{name}=r.{name}")]
    done = preflight(
        "check", *urls, *LOCAL, *reports, "--record", "seen.jsonl", "--no-progress", cwd=tmp_path
    )
    assert done.code == 1, done.all
    stage.hosting.forget()
    again = preflight("check", "seen.jsonl", *LOCAL, cwd=tmp_path)
    assert again.code == 2
    assert "seen.jsonl: holds recorded observations, not URLs to fetch" in again.err
    for name in FORMATS:
        refused = preflight("check", f"r.{name}", *LOCAL, cwd=tmp_path)
        assert refused.code == 2, name
        assert f"r.{name}: is a report, not a source of URLs" in refused.err
    whole = preflight("check", ".", *LOCAL, cwd=tmp_path)
    assert whole.code == 2
    assert "holds no source of a known kind" in whole.err
    assert not stage.hosting.requests

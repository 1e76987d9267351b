"""What goes where, and how it looks: streams, files, colours, pipes, several reports of one fetch."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from pathlib import Path

import jsonschema
import pytest
from helpers.command import LOCAL, Stage, command, environment, preflight, together

import preflight as package
from preflight.report import FORMATS

SCHEMA = json.loads(
    (Path(package.__file__).parent / "report" / "schema" / "report-1.json").read_text()
)
ESCAPE = "\x1b"


def test_one_fetch_makes_many_reports(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "media.txt").write_text(
        f"{stage.url('/good.jpg')}\n{stage.url('/chunked.jpg')}\n{stage.url('/good.jpg')}\n"
    )
    wanted = [word for name in FORMATS for word in ("-f", f"{name}={name}.out")]
    done = preflight("check", "media.txt", *LOCAL, *wanted, cwd=tmp_path)
    assert (done.code, done.out, done.err) == (1, "", "")
    assert all((tmp_path / f"{name}.out").stat().st_size for name in FORMATS)
    assert stage.hosting.counts == {"/good.jpg": 2, "/chunked.jpg": 2}
    document = json.loads((tmp_path / "json.out").read_text())
    jsonschema.validate(document, SCHEMA)
    assert document["summary"]["checked"] == 3
    assert [one["source"]["line"] for one in document["verdicts"]] == [1, 2, 3]
    lines = [json.loads(line) for line in (tmp_path / "jsonl.out").read_text().splitlines()]
    assert "summary" in lines[-1] and len(lines) == 4
    assert lines[-1]["summary"] == document["summary"]


def test_one_report_to_the_output_and_others_to_files(stage: Stage, tmp_path: Path) -> None:
    words = (stage.url("/chunked.jpg"), *LOCAL, "--quick")
    to_file = ("-f", "json", "-o", "out.json", "-f", "junit=out.xml")
    to_pipe = ("-f", "json", "-f", "sarif=out.sarif")
    first, second = together([("check", *words, *to_file), ("check", *words, *to_pipe)], tmp_path)
    assert (first.code, first.out, second.code) == (1, "", 1)
    kept = json.loads((tmp_path / "out.json").read_text())["verdicts"][0]
    assert {**second.json()["verdicts"][0], "elapsed_s": 0} == {**kept, "elapsed_s": 0}
    assert (tmp_path / "out.xml").read_text().startswith("<?xml")
    assert json.loads((tmp_path / "out.sarif").read_text())["version"] == "2.1.0"


def test_a_recording_is_judged_alike_and_under_another_profile(
    stage: Stage, tmp_path: Path
) -> None:
    urls = [stage.url(path) for path in ("/chunked.jpg", "/good.jpg", "/heavy.jpg", "/404.jpg")]
    (tmp_path / "media.txt").write_text("\n".join(urls))
    seen = preflight("check", "media.txt", *LOCAL, "--record", "seen.jsonl", "-f", "json", cwd=tmp_path)  # fmt: skip
    asked = dict(stage.hosting.counts)
    (tmp_path / "strict.toml").write_text('extends = "sinch"\n[limits]\nimage_bytes = 5000\n')
    again, other = together(
        [
            ("judge", "seen.jsonl", "-f", "json"),
            ("judge", "seen.jsonl", "-f", "json", "--profile", "strict.toml"),
        ],
        tmp_path,
    )
    assert (seen.code, again.code, other.code) == (1, 1, 1)
    by_url = {one["url"]: one for one in seen.json()["verdicts"]}
    assert len(by_url) == 4
    for verdict in again.json()["verdicts"]:
        assert verdict == {**by_url[verdict["url"]], "elapsed_s": verdict["elapsed_s"]}
    assert by_url[urls[1]]["outcome"] == "accept"
    strict = {one["url"]: one["outcome"] for one in other.json()["verdicts"]}
    assert set(strict.values()) == {"reject"}
    assert other.json()["profile"] == "strict"
    assert dict(stage.hosting.counts) == asked  # judging asked for nothing
    assert (tmp_path / "seen.jsonl").stat().st_mode & 0o777 == 0o600


def test_standard_input_several_sources_and_selection(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "media.csv").write_text(f"name,url\nphoto,{stage.url('/chunked.jpg')}\n")
    done = preflight(
        "check", "-", "media.csv", stage.url("/octet-stream.jpg"), *LOCAL, "-f", "json", "--ignore", "generic-content-type",
        "--fail-on", "warning", cwd=tmp_path, stdin=f"# a comment\n\n{stage.url('/good.jpg')}\n",
    )  # fmt: skip
    document = done.json()
    jsonschema.validate(document, SCHEMA)
    places = [(one["source"]["file"], one["source"]["line"]) for one in document["verdicts"]]
    assert len(places) == 3 and ("media.csv", 2) in places and 3 in [line for _, line in places]
    rules = [finding["rule"] for one in document["verdicts"] for finding in one["findings"]]
    assert rules == ["chunked-transfer-encoding"] and done.code == 1


@pytest.mark.parametrize("name", ["text", "jsonl", "github"])
def test_a_reader_that_goes_away_is_no_trouble(name: str, tmp_path: Path) -> None:
    (tmp_path / "media.txt").write_text("https://127.0.0.1/a.jpg\n" * 3000)
    shell = 'python="$1"; shift; "$python" "$@" | head -1'
    run = command("check", "media.txt", "-f", name)
    done = subprocess.run(
        ["sh", "-c", shell, "sh", *run], cwd=tmp_path, env=environment(), capture_output=True, timeout=45, check=False
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


# environment, on a terminal, escapes wanted
LOOKS: tuple[tuple[dict[str, str], bool, bool], ...] = (
    ({}, False, False),
    ({"NO_COLOR": "1"}, False, False),
    ({"FORCE_COLOR": "1"}, False, True),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ({"FORCE_COLOR": "0"}, False, False),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
    ({"GITHUB_ACTIONS": "true"}, False, False),
    ({}, True, True),
    ({"NO_COLOR": "1"}, True, False),
    ({"NO_COLOR": ""}, True, True),
    ({"TERM": "dumb"}, True, False),
)


@pytest.mark.parametrize(("extra", "terminal", "wanted"), LOOKS)
def test_colours_only_where_they_are_wanted(
    extra: dict[str, str], terminal: bool, wanted: bool
) -> None:
    words = ("check", "https://127.0.0.1/a.jpg", "--offline")
    text = on_terminal(*words, env=extra) if terminal else preflight(*words, env=extra).all
    assert "private-address" in text
    assert (ESCAPE in text) == wanted


def test_a_file_is_no_terminal(tmp_path: Path) -> None:
    """What goes to a terminal has colours and links; what the same run writes into files has none."""
    files = [tmp_path / name for name in ("text.txt", "all.txt")]
    words = ("check", "https://127.0.0.1/a.jpg", "--offline")
    both = on_terminal(*words, "-f", "text", "-f", f"text={files[0]}")
    on_terminal(*words, "-o", str(files[1]))
    assert ESCAPE in both
    plain = preflight(*words).out
    for file in files:
        written = file.read_text()
        assert "private-address" in written and ESCAPE not in written
        assert len(written.splitlines()) == len(plain.splitlines())


@pytest.mark.parametrize("folder", ["project", "project/lists", "elsewhere"])
def test_findings_without_a_place_are_pinned_within_the_project(
    folder: str, tmp_path: Path
) -> None:
    """GitHub refuses a whole SARIF file for one result with an absolute path."""
    (tmp_path / "project/lists").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    settings = tmp_path / "project/preflight.toml"
    settings.write_text('fail-on = "error"\n')
    words = ("check", "https://127.0.0.1/a.jpg", "--offline", "--config", str(settings))
    runs = [(*words, "-f", name) for name in ("sarif", "gitlab", "checkstyle", "github")]
    sarif, gitlab, checkstyle, github = together(runs, tmp_path / folder)
    (result,) = sarif.json()["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "preflight.toml"}
    assert gitlab.json()[0]["location"]["path"] == "preflight.toml"
    assert '<file name="preflight.toml">' in checkstyle.out
    assert ("file=preflight.toml,line=1" in github.out) is (folder == "project")
    assert str(tmp_path) not in sarif.out + gitlab.out + checkstyle.out + github.out


def test_progress_is_for_terminals(stage: Stage, tmp_path: Path) -> None:
    """A retry that waits for Retry-After lasts longer than the half second after which the line appears."""
    words = (
        "check",
        stage.url("/429.jpg"),
        *LOCAL,
        "--retries",
        "1",
        "--quick",
        "-o",
        str(tmp_path / "report"),
    )
    assert "\r" in on_terminal(*words)
    assert on_terminal(*words, "--no-progress") == ""
    assert preflight(*words).all == ""


def on_terminal(*words: str, env: dict[str, str] | None = None) -> str:
    """All that a run writes to a terminal."""
    ours, theirs = pty.openpty()
    run = subprocess.Popen(command(*words), cwd="/", env=environment(env), stdin=theirs, stdout=theirs, stderr=theirs)  # fmt: skip
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert run.wait(30) in (0, 1, 3)
    return written.decode()

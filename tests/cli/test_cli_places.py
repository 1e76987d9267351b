"""Where reports may go: none onto what the run reads, and no two to one place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from helpers.command import LOCAL, Stage, preflight

LIST = "https://127.0.0.1/a.jpg\nhttps://127.0.0.1/b.jpg\n"
WHY = "is read in this run, and to write to it would empty it first"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A list, two links to it, and a recording."""
    (tmp_path / "list.txt").write_text(LIST)
    (tmp_path / "link.txt").symlink_to("list.txt")
    os.link(tmp_path / "list.txt", tmp_path / "hard.txt")
    made = preflight("check", "list.txt", "--record", "seen.jsonl", cwd=tmp_path)
    assert made.code == 1
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "check list.txt -o list.txt",
        "check list.txt -f json=./list.txt",
        "check list.txt --record list.txt",
        "check list.txt -o link.txt",
        "check list.txt -f json=hard.txt",
        "check link.txt --offline -o list.txt",
        "check list.txt --cache list.txt --max-age 1h",
        "check seen.jsonl list.txt --baseline seen.jsonl -o seen.jsonl",
        "judge seen.jsonl -f json -o seen.jsonl",
        "judge seen.jsonl -f har=seen.jsonl",
        "baseline create list.txt list.txt",
        "baseline create link.txt list.txt",
    ],
)
def test_what_a_run_reads_is_not_emptied(words: str, folder: Path) -> None:
    before = {file: file.read_text() for file in folder.iterdir()}
    done = preflight(*words.split(), cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1 and WHY in done.err
    assert {file: file.read_text() for file in folder.iterdir()} == before


def test_what_stands_on_standard_input_is_not_emptied(folder: Path) -> None:
    under = ("sh", "-c", '"$@" < list.txt', "sh")
    done = preflight("check", "-", "-o", "list.txt", cwd=folder, under=under)
    assert done.code == 2 and WHY in done.err
    assert (folder / "list.txt").read_text() == LIST


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("-f json=x.json -f sarif=./x.json", "one file, './x.json'; give each its own"),
        ("-f json=y.json --record y.json", "one file, 'y.json'; give each its own"),
        ("-f json=link -f text=target", "one file, 'target'; give each its own"),
        ("-f json=- -f sarif=-", "standard output; write one of them to a file"),
        ("-f json -f sarif=-", "standard output; write one of them to a file"),
        ("-f json -f sarif=/dev/stdout", "one file, '/dev/stdout'; give each its own"),
        ("-f json --record /dev/stdout", "one file, '/dev/stdout'; give each its own"),
    ],
)
def test_two_reports_cannot_go_to_one_place(words: str, why: str, folder: Path) -> None:
    (folder / "link").symlink_to("target")
    done = preflight("check", "list.txt", *words.split(), cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"preflight: two reports cannot go to {why}\n"
    assert not {"x.json", "y.json", "target"} & {file.name for file in folder.iterdir()}


def test_a_format_without_its_file_is_refused(folder: Path) -> None:
    done = preflight("check", "list.txt", "-f", "sarif=", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert done.err == "preflight: 'sarif=' names no file; write sarif=FILE, or sarif alone\n"


def test_many_reports_may_go_nowhere_and_over_old_ones(folder: Path) -> None:
    words = ("check", "list.txt", "--offline", "-f", "har=/dev/null", "-f", "sarif=/dev/null")
    for _ in range(2):
        done = preflight(*words, "-f", "json=old.json", cwd=folder)
        assert (done.code, done.all) == (1, "")
    assert json.loads((folder / "old.json").read_text())["summary"]["checked"] == 2


def test_a_report_may_be_called_as_the_built_in_profile_and_not_as_a_profile_file(
    folder: Path,
) -> None:
    for _ in range(2):
        done = preflight("check", "list.txt", "--offline", "-o", "sinch", cwd=folder)
        assert (done.code, done.all) == (1, "")
    (folder / "ours.toml").write_text('extends = "sinch"\n')
    words = ("check", "list.txt", "--offline", "--profile", "./ours.toml")
    done = preflight(*words, "-o", "ours.toml", cwd=folder)
    assert (done.code, done.out) == (2, "") and WHY in done.err
    assert (folder / "ours.toml").read_text() == 'extends = "sinch"\n'


def test_a_summary_that_cannot_be_written_is_said_before_anything_is_fetched(
    stage: Stage, tmp_path: Path
) -> None:
    words = ("check", stage.url("/good.jpg"), *LOCAL)
    env = {"GITHUB_STEP_SUMMARY": str(tmp_path / "none/summary.md")}
    done = preflight(*words, "-f", "github", env=env)
    path = str(tmp_path / "none/summary.md")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"preflight: cannot write to {path!r}: No such file or directory\n"
    assert not stage.hosting.counts
    assert preflight(*words, env=env).code == 0  # no other format writes to it

"""A judge that cannot go on keeps what it has, as check does, in files that can be read."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from helpers.command import command, environment, preflight

FILES = ("-f", "json=o.json", "-f", "har=o.har", "-f", "jsonl=o.jsonl")
URLS = "https://127.0.0.1/a.jpg\nhttps://127.0.0.1/b.jpg\n"


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two observations."""
    folder = tmp_path_factory.mktemp("recording")
    made = preflight("check", "-", "--record", "seen.jsonl", cwd=folder, stdin=URLS)
    assert made.code == 1
    return (folder / "seen.jsonl").read_bytes()


def _partial(folder: Path, checked: int) -> None:
    document = json.loads((folder / "o.json").read_text())
    assert document["complete"] is False and document["outcome"] == "reject"
    assert document["summary"]["checked"] == len(document["verdicts"]) == checked
    assert json.loads((folder / "o.har").read_text())["log"]["comment"].endswith("; interrupted")
    lines = (folder / "o.jsonl").read_text().splitlines()
    assert len(lines) == checked + 1
    assert json.loads(lines[-1])["summary"]["checked"] == checked


@pytest.mark.parametrize("kind", ["judge", "check --offline"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_what_was_judged(
    kind: str, how: signal.Signals, recording: bytes, tmp_path: Path
) -> None:
    name, *more = kind.split()
    run = subprocess.Popen(
        command(name, "-", *more, *FILES, "-f", "jsonl"), cwd=tmp_path, env=environment(),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdin and run.stdout
    run.stdin.write(recording if name == "judge" else URLS.encode())
    run.stdin.flush()
    assert b"127.0.0.1" in run.stdout.readline()
    run.send_signal(how)
    _, err = run.communicate(timeout=30)
    assert (run.returncode, err) == (130, b"")
    checked = json.loads((tmp_path / "o.json").read_text())["summary"]["checked"]
    assert checked in (1, 2)  # how much had been read by then
    _partial(tmp_path, checked)


def test_a_damaged_line_leaves_what_stood_before_it(recording: bytes, tmp_path: Path) -> None:
    (tmp_path / "seen.jsonl").write_bytes(recording + b'{"x":\n')
    done = preflight("judge", "seen.jsonl", *FILES, "-f", "text", cwd=tmp_path)
    assert done.code == 2
    assert done.err.startswith("preflight: seen.jsonl, line 3, is not a recorded observation")
    assert "note: seen.jsonl, line 3, is not a recorded observation" in done.out
    assert done.out.splitlines()[-1].startswith("exit code 2: not everything could be checked")
    _partial(tmp_path, 2)


def test_a_missing_recording_leaves_what_stands_in_the_others(
    recording: bytes, tmp_path: Path
) -> None:
    (tmp_path / "seen.jsonl").write_bytes(recording)
    done = preflight("judge", "seen.jsonl", "nope.jsonl", *FILES, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == "preflight: cannot read 'nope.jsonl': No such file or directory\n"
    _partial(tmp_path, 2)


def test_where_nothing_was_seen_there_is_the_error_alone(tmp_path: Path) -> None:
    done = preflight("judge", "nope.jsonl", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == "preflight: cannot read 'nope.jsonl': No such file or directory\n"

"""Large checks from outside: interrupts, resumed runs, the cache, pipes that stay open, few descriptors, progress."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from helpers.checking import good
from helpers.command import LOCAL, preflight
from helpers.crowd import Crowd, crowd
from helpers.runs import PREFLIGHT, arguments, check, environment, interrupted, start, verdicts

from preflight.cli import progress


def listed(folder: Path, servers: Crowd, count: int) -> list[str]:
    urls = [servers.url(f"/{number}.png", number % len(servers.ports)) for number in range(count)]
    (folder / "urls.txt").write_text("\n".join(urls) + "\n")
    return urls


# Interrupts


@pytest.mark.parametrize("moment", range(5))
def test_ctrl_c_at_any_moment_leaves_a_valid_partial_report(moment: int, tmp_path: Path) -> None:
    with crowd(4, latency=0.05) as servers:
        urls = listed(tmp_path, servers, 3_000)
        process = start("urls.txt", "--quick", "-f", "json", "-f", "jsonl=out.jsonl", cwd=tmp_path)
        servers.wait_for(random.Random(moment).randint(1, 400))
        document = json.loads(interrupted(process))
        assert document["complete"] is False
        assert {one["url"] for one in document["verdicts"]} < set(urls)
        assert document["summary"]["checked"] == len(document["verdicts"])
        found, last = verdicts(tmp_path / "out.jsonl")
        assert (len(found), last["complete"]) == (len(document["verdicts"]), False)


def test_ctrl_c_while_a_pipe_stays_open(tmp_path: Path) -> None:
    with crowd(1) as servers:
        process = subprocess.Popen(
            arguments("-", "-f", "jsonl"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(), cwd=tmp_path,
        )  # fmt: skip
        assert (
            process.stdin is not None and process.stdout is not None and process.stderr is not None
        )
        process.stdin.write(servers.url("/1.png") + "\n")
        process.stdin.flush()
        first = json.loads(process.stdout.readline())  # it is there though the pipe is open
        assert first["outcome"] == "accept"
        process.send_signal(signal.SIGINT)
        last = json.loads(process.stdout.readline())
        assert process.wait(5) == 130
        assert last["complete"] is False and process.stderr.read() == ""
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()


# Resumed runs


def test_kills_at_random_moments_lose_nothing_and_judge_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    with crowd(4, latency=0.02) as servers:
        urls = listed(tmp_path, servers, 1_500)
        command = [
            "urls.txt",
            "--quick",
            "--per-host",
            "8",
            "-f",
            "jsonl",
            "-o",
            "out.jsonl",
            "--run",
            "kept",
        ]
        kills = 0
        for _ in range(4):
            process = start(*command, cwd=tmp_path)
            servers.wait_for(min(servers.requests + chance.randint(50, 300), 1_450))
            process.kill()
            process.communicate(timeout=10)
            kills += 1
        done = check(*command, cwd=tmp_path)
        assert (done.code, done.err) == (0, "")
        found, last = verdicts(tmp_path / "out.jsonl")
        assert [str(one["url"]) for one in found].count(urls[0]) == 1
        assert sorted(str(one["url"]) for one in found) == sorted(urls)
        assert last["complete"] is True
        assert (
            servers.requests <= 1_500 + kills * 16
        )  # two times per-host: what was under way at the address


def test_another_command_or_other_sources_are_refused(tmp_path: Path) -> None:
    with crowd(1) as servers:
        listed(tmp_path, servers, 20)
        assert check("urls.txt", "--run", "kept", cwd=tmp_path).code == 0
        before = servers.requests
        other = check("urls.txt", "--quick", "--run", "kept", cwd=tmp_path)
        assert other.code == 2 and "begun by another command (other quick)" in other.err
        (tmp_path / "urls.txt").write_text("# one more line\n" + servers.url("/x.png") + "\n")
        changed = check("urls.txt", "--run", "kept", cwd=tmp_path)
        assert changed.code == 2 and "the sources are not what they were" in changed.err
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "notes.txt").write_text("mine")
        foreign = check("urls.txt", "--run", "full", cwd=tmp_path)
        assert foreign.code == 2 and "neither empty nor the directory of a run" in foreign.err
        assert servers.requests == before


def test_files_behind_the_settings_count_by_what_stands_in_them(tmp_path: Path) -> None:
    """In a kept run; a file that only has another name, or another title, is the same."""
    mine, theirs = tmp_path / "mine.toml", tmp_path / "theirs.toml"
    mine.write_text('extends = "sinch"\nname = "own"\n')
    theirs.write_text('extends = "sinch"\n')
    (tmp_path / "preflight.toml").write_text(
        'profile = "./mine.toml"\n[[override]]\nurl = "**"\nprofile = "./theirs.toml"\n'
    )
    with crowd(1) as servers:
        listed(tmp_path, servers, 3)
        command = ["urls.txt", "--quick", "--run", "kept"]
        assert check(*command, cwd=tmp_path).code == 0
        before = servers.requests
        other = tmp_path / "other.toml"
        other.write_text('extends = "sinch"\nname = "own"\ntitle = "Ours"\n')
        assert check(*command, "--profile", "./other.toml", cwd=tmp_path).code == 0
        for file, word in ((mine, "profile"), (theirs, "overrides")):
            was = file.read_text()
            file.write_text(f'{was}types = ["image/gif"]\n')
            changed = check(*command, cwd=tmp_path)
            assert changed.code == 2 and f"begun by another command (other {word})" in changed.err
            assert "with its files as they were" in changed.err
            file.write_text(was)
        assert check(*command, cwd=tmp_path).code == 0
        assert servers.requests == before


def test_a_trust_store_that_changed_is_another_command(tmp_path: Path) -> None:
    store = tmp_path / "ca.pem"
    store.write_bytes(trustme.CA().cert_pem.bytes())
    with crowd(1) as servers:
        listed(tmp_path, servers, 2)
        command = ["urls.txt", "--quick", "--run", "kept", "--cafile", "ca.pem"]
        assert check(*command, cwd=tmp_path).code == 0
        store.write_bytes(trustme.CA().cert_pem.bytes())
        changed = check(*command, cwd=tmp_path)
        assert changed.code == 2 and "(other cafile)" in changed.err


def test_a_journal_takes_the_baseline_of_now_and_part_files_are_refused_another(
    tmp_path: Path,
) -> None:
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    with crowd(1, answer=lambda path, times: gone) as servers:
        listed(tmp_path, servers, 2)
        made = preflight(
            "baseline", "create", "full.jsonl", "urls.txt", "--quick", *LOCAL, cwd=tmp_path
        )
        assert made.code == 0
        base = tmp_path / "base.jsonl"
        for engine, after in (("local", 1), ("dask", 2)):
            base.write_bytes((tmp_path / "full.jsonl").read_bytes())
            command = ["urls.txt", "--quick", "--engine", engine, "--run", engine, "--baseline", "base.jsonl"]  # fmt: skip
            assert [check(*command, cwd=tmp_path).code for _ in range(2)] == [0, 0]
            base.write_text("")
            changed = check(*command, cwd=tmp_path)
            assert changed.code == after, engine
        assert "(other baseline)" in changed.err


def test_a_journal_keeps_no_secret_and_is_ones_own(tmp_path: Path) -> None:
    with crowd(1, answer=lambda path, times: good(b"<html>x", "text/html")) as servers:
        (tmp_path / "urls.txt").write_text(
            servers.url("/a.png?X-Amz-Signature=hunter2&sig=hunter3") + "\n"
        )
        for _ in range(2):
            done = check(
                "urls.txt",
                "--run",
                "kept",
                "--header",
                "Authorization: Bearer hunter4",
                "-f",
                "html",
                cwd=tmp_path,
            )
            assert done.code == 1
        for file in (tmp_path / "kept").iterdir():
            assert b"hunter" not in file.read_bytes()
        assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


# The cache


def test_a_warm_cache_speaks_only_when_an_age_is_given(tmp_path: Path) -> None:
    with crowd(2) as servers:
        listed(tmp_path, servers, 12)
        assert check("urls.txt", "--cache", "kept.sqlite", "-f", "jsonl", cwd=tmp_path).code == 0
        before = servers.requests
        warm = check(
            "urls.txt", "--cache", "kept.sqlite", "--max-age", "1h", "-f", "jsonl", cwd=tmp_path
        )
        assert warm.code == 0 and servers.requests == before
        for line in warm.out.splitlines()[:-1]:
            assert 0 <= json.loads(line)["from_cache_s"] < 60
        shown = check("urls.txt", "--cache", "kept.sqlite", "--max-age", "1h", cwd=tmp_path)
        assert "12" in shown.out and "cache" in shown.out
    more = ["--cache", "kept.sqlite", "--retries", "0", "-f", "jsonl"]
    cold = check("urls.txt", *more, cwd=tmp_path)  # the servers are gone
    assert cold.code == 1
    assert {json.loads(line)["outcome"] for line in cold.out.splitlines()[:-1]} == {"reject"}
    assert check("urls.txt", *more, "--max-age", "0", cwd=tmp_path).code == 1


def test_the_cache_knows_an_override_by_what_stands_in_its_profile(tmp_path: Path) -> None:
    profile = tmp_path / "theirs.toml"
    table = '[[override]]\nurl = "{}"\nprofile = "./{}.toml"\n'
    (tmp_path / "preflight.toml").write_text(table.format("**", "theirs"))
    (tmp_path / "renamed.toml").write_text('extends = "sinch"\nname = "theirs"\n')
    profile.write_text('extends = "sinch"\n')
    with crowd(1) as servers:
        listed(tmp_path, servers, 1)
        command = ["urls.txt", "--quick", "--cache", "kept.sqlite", "--max-age", "1h"]
        assert check(*command, cwd=tmp_path).code == 0
        profile.write_text('extends = "sinch"\ntypes = ["image/gif"]\n')
        assert check(*command, cwd=tmp_path).code == 1
        assert servers.requests == 2
        (tmp_path / "preflight.toml").write_text(table.format("**", "renamed"))
        assert check(*command, cwd=tmp_path).code == 0
        assert servers.requests == 2  # the first one's, under another name
        (tmp_path / "preflight.toml").write_text(table.format("**.png", "renamed"))
        assert check(*command, cwd=tmp_path).code == 0
        assert servers.requests == 3


def test_unknown_is_never_kept(tmp_path: Path) -> None:
    with crowd(1, answer=lambda path, times: b"" if times == 1 else good()) as servers:
        listed(tmp_path, servers, 3)
        more = ["--cache", "kept.sqlite", "--max-age", "1d", "--retries", "0", "--quick"]
        assert check("urls.txt", *more, cwd=tmp_path).code == 3
        assert check("urls.txt", *more, cwd=tmp_path).code == 0


# Descriptors


def test_few_descriptors_make_no_false_verdict(tmp_path: Path) -> None:
    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    with crowd(8, latency=0.01) as servers:
        listed(tmp_path, servers, 1_000)
        done = subprocess.run(
            arguments("urls.txt", "--jobs", "200", "--per-host", "100", "-f", "jsonl", "-o", "out.jsonl"),
            cwd=tmp_path, capture_output=True, text=True, env=environment(), timeout=50, preexec_fn=few,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        found, _ = verdicts(tmp_path / "out.jsonl")
        assert len(found) == 1_000 and all(one["attempts"] == 1 for one in found)


# Progress


def on_terminal(folder: Path, *more: str) -> str:
    """What a terminal on standard error is shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        arguments(*more), cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs,
        env=environment(TERM="xterm", COLUMNS="200"),
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65_536)
        except OSError:  # the other side has closed it
            break
        if not data:
            break
        shown += data
    os.close(ours)
    process.wait(30)
    return shown.decode()


def test_a_terminal_sees_a_bar_that_goes_away(tmp_path: Path) -> None:
    with crowd(2, latency=0.7) as servers:
        listed(tmp_path, servers, 60)
        shown = on_terminal(tmp_path, "urls.txt", "--quick", "--per-host", "8")
        last = shown.split("\r\x1b[K")[-2]
        assert "] 48 of 60" in last or "] 32 of 60" in last
        for part in (
            "/s",
            " left",
            " accepted",
            "0 rejected",
            f"slowest: 127.0.0.1:{servers.ports[0]}"[:18],
        ):
            assert part in last
        assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize("option", ["-q", "--no-progress"])
def test_nothing_is_shown_where_nobody_wants_it(option: str, tmp_path: Path) -> None:
    with crowd(1, latency=0.6) as servers:
        listed(tmp_path, servers, 20)
        assert on_terminal(tmp_path, "urls.txt", "--quick", option) == ""


def test_elsewhere_only_a_verbose_check_says_how_far_it_is(tmp_path: Path) -> None:
    """Every ten seconds; every two and a half here."""
    assert progress._PLAIN_EVERY_S == 10
    program = "from preflight.cli import main, progress; progress._PLAIN_EVERY_S = 2.5; main()"
    words = arguments("urls.txt", "--quick", "--per-host", "2", "-v")[len(PREFLIGHT) :]
    with crowd(1, latency=0.7) as servers:
        listed(tmp_path, servers, 9)
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip
        assert re.match(r"preflight: [46] of 9, [12]\.", done.stderr)  # 6, or 4 after a slow start
        assert done.stderr.count("\n") == 1

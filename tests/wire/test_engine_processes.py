"""Several processes: when a list is shared among them, and what ends them or changes their number."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from helpers.checking import good
from helpers.crowd import crowd
from helpers.engine_runs import WORKERS, options
from helpers.runs import check, children, command_of, start, verdicts


def test_a_url_that_ends_every_worker_is_not_checked_and_the_others_are(tmp_path: Path) -> None:
    """The worker is killed whenever it has asked for one certain URL."""
    with crowd(1, answer=lambda path, times: None if path == "/13.png" else good()) as servers:
        urls = [servers.url(f"/{number}.png") for number in range(40)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        process = start("urls.txt", *options("processes"), cwd=tmp_path)
        poison = f"{servers.ports[0]}/13.png"
        times = 0
        while process.poll() is None:
            with servers.changed:
                servers.changed.wait(0.05)
                asked = servers.asked[poison]
            if asked > times:
                times = asked
                for pid in children(process.pid):
                    if WORKERS["processes"] in command_of(pid):
                        os.kill(pid, signal.SIGKILL)
        _, said = process.communicate()
        assert (process.returncode, said) == (3, "")
        found, _ = verdicts(tmp_path / "out.jsonl")
        outcomes = {str(one["url"]).rpartition("/")[2]: one["outcome"] for one in found}
        assert len(found) == 40
        assert [name for name, outcome in outcomes.items() if outcome != "accept"] == ["13.png"]
        assert times <= 8  # twice among all, then alone in halves of halves


@pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")
@pytest.mark.parametrize(
    ("hosts", "long", "more", "several"),
    [
        (3, True, [], True),
        (3, False, [], False),
        (4, True, [], False),  # one worker might get all of the slow ones
        (3, True, ["--workers", "1"], False),
        (3, True, ["--engine", "local"], False),
        (3, True, ["--rate", "1000/s"], False),  # which makes them wait, however many there are
        (3, True, ["--run", "kept"], False),  # what is on its way between processes would be lost
        (3, False, ["--workers", "2"], True),
    ],
)
def test_a_long_list_of_few_hosts_is_shared_among_processes(
    hosts: int, long: bool, more: list[str], several: bool, tmp_path: Path
) -> None:
    with crowd(hosts, latency=0.05) as servers:
        urls = [servers.url(f"/{number}.png", number % hosts) for number in range(80)]
        lines = [*urls, *["# " + 1_000 * "-"] * (300 if long else 0)]
        (tmp_path / "urls.txt").write_text("\n".join(lines) + "\n")
        process = start(
            "urls.txt", "--quick", "-f", "jsonl", "-o", "out.jsonl", *more, cwd=tmp_path
        )
        servers.wait_for(20)
        below = len(children(process.pid))
        _, said = process.communicate(timeout=50)
        assert (process.returncode, said) == (0, "")
        asked = int(more[1]) if more[:1] == ["--workers"] else min(len(os.sched_getaffinity(0)), 4)
        assert below == (asked if several and asked > 1 else 0)
        found, _ = verdicts(tmp_path / "out.jsonl")
        assert sorted(str(one["url"]) for one in found) == sorted(urls)


def test_a_run_goes_on_with_another_number_of_processes(tmp_path: Path) -> None:
    with crowd(4) as servers:
        urls = [servers.url(f"/{number}.png", number % 4) for number in range(40)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        command = ["urls.txt", "--quick", "-f", "jsonl", "-o", "out.jsonl", "--run", "kept"]
        for more in (["--workers", "1"], ["--workers", "2"], ["--engine", "processes"], []):
            done = check(*command, *more, cwd=tmp_path)
            assert (done.code, done.err) == (0, "")
            assert len(verdicts(tmp_path / "out.jsonl")[0]) == 40
        assert servers.requests == 40

"""The Dask cluster: one of ours, one that runs already, and a run kept in an object store."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.crowd import crowd
from helpers.engine_runs import WORKERS, at_a_terminal, listed, options
from helpers.runs import check, children, command_of, environment, verdicts


@pytest.mark.parametrize("started", [False, True])
def test_ctrl_c_reaches_no_worker_of_a_cluster_that_starts_or_of_one_with_a_new_worker(
    started: bool, tmp_path: Path
) -> None:
    with crowd(4, latency=0.05) as servers:
        listed(tmp_path, servers, 2_000)
        process = at_a_terminal("urls.txt", *options("dask"), cwd=tmp_path)
        below = wait_for_workers(process.pid, set())
        if started:
            servers.wait_for(100)
            os.kill(min(below), signal.SIGKILL)
            below = wait_for_workers(process.pid, below) - {min(below)}
        assert not [pid for pid in below if hears_interrupts(pid)]
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=50)
        assert (process.returncode, said) == (130, "")


def hears_interrupts(pid: int) -> bool:
    """Whether a process neither blocks nor ignores SIGINT."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    deaf = int(status["SigBlk"], 16) | int(status["SigIgn"], 16)
    return not deaf & 1 << (signal.SIGINT - 1)


def wait_for_workers(pid: int, known: set[int]) -> set[int]:
    """The workers of a cluster, once there is one that is not known."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        with contextlib.suppress(OSError):  # one ended meanwhile
            found = {one for one in children(pid) if WORKERS["dask"] in command_of(one)}
            if found - known:
                return found
        time.sleep(0.01)
    raise AssertionError("no worker has started")


def test_the_cluster_s_logger_is_told_to_be_silent_before_it_is_made() -> None:
    program = "import sys; from preflight.engines import engine_named; engine_named('dask'); print('distributed' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout == "False\n"


def test_a_missing_extra_is_one_sentence_with_the_install_line(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['distributed'] = None; from preflight.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "check", "http://127.0.0.1:1/a.png", "--engine", "dask"],
        capture_output=True, text=True, env=environment(), cwd=tmp_path, timeout=50,
    )  # fmt: skip
    assert done.returncode == 2
    assert (
        done.stderr
        == "preflight: the engine dask is not installed; install it with: pip install 'mms-preflight[dask]'\n"
    )


def test_a_scheduler_that_runs_already_is_used(tmp_path: Path) -> None:
    """And the parts go where all workers can write."""
    scheduler = subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert scheduler.stdout is not None
        address = scheduler.stdout.readline().strip()
        with crowd(3) as servers:
            urls = [servers.url(f"/{number}.png", number % 3) for number in range(60)]
            (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
            done = check(
                "urls.txt",
                "--engine",
                f"dask={address}",
                "--run",
                tmp_path / "kept",
                "-f",
                "jsonl",
                "-o",
                "out.jsonl",
                cwd=tmp_path,
            )
            assert (done.code, done.err) == (0, "")
            found, _ = verdicts(tmp_path / "out.jsonl")
            assert sorted(str(one["url"]) for one in found) == sorted(urls)
            assert list((tmp_path / "kept" / "parts").glob("*.part"))  # hosts may share a lane
    finally:
        scheduler.communicate("\n", timeout=50)


def test_a_run_may_be_kept_in_an_object_store(tmp_path: Path) -> None:
    with crowd(3) as servers:
        urls = [servers.url(f"/{number}.png", number % 3) for number in range(60)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        command = ["urls.txt", *options("dask"), "--run", f"file://{tmp_path}/bucket/run"]
        assert check(*command, cwd=tmp_path).code == 0
        assert check(*command, cwd=tmp_path).code == 0
        assert servers.requests == 60
        found, _ = verdicts(tmp_path / "out.jsonl")
        assert sorted(str(one["url"]) for one in found) == sorted(urls)
        other = check(*command, "--retries", "1", cwd=tmp_path)
        assert other.code == 2 and "other retries" in other.err
        local = check("urls.txt", "--run", "s3://bucket/run", cwd=tmp_path)
        assert local.code == 2 and "only with --engine dask" in local.err
        missing = check(
            "urls.txt", "--run", "nothing://bucket/run", "--engine", "dask", cwd=tmp_path
        )
        assert missing.code == 2 and "cannot use nothing:// for --run" in missing.err


_CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, protocol="tcp://", dashboard_address="127.0.0.1:0", host="127.0.0.1") as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""

"""One suite for every engine: nothing is lost, nothing is judged twice, and no host is asked by more than its limit says."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.checking import good
from helpers.crowd import Crowd, Reply, crowd
from helpers.runs import (
    PREFLIGHT,
    arguments,
    check,
    children,
    command_of,
    environment,
    start,
    verdicts,
)

ENGINES = ["local", "processes", "dask"]
WORKERS = {"processes": "preflight", "dask": "multiprocessing.spawn"}
PER_HOST = 4


def options(engine: str) -> list[str]:
    more = [] if engine == "local" else ["--workers", "2"]
    return [
        "--quick",
        "--engine",
        engine,
        *more,
        "--per-host",
        str(PER_HOST),
        "-f",
        "jsonl",
        "-o",
        "out.jsonl",
    ]


def answer(path: str, times: int) -> Reply:
    """One in ten is a web page, one in ten answers only when it is asked again."""
    number = int(path[1:].partition(".")[0])
    if number % 10 == 3:
        return good(b"<!doctype html><title>no</title>", "text/html")
    if number % 10 == 7 and times == 1:
        return good(b"busy", "text/plain").replace(b"200 OK", b"503 Busy")
    return good()


def listed(folder: Path, hosts: Crowd, count: int) -> list[str]:
    """A list of URLs over all hosts, every tenth of which stands in it twice."""
    urls = [hosts.url(f"/{number}.png", number % len(hosts.ports)) for number in range(count)]
    places = urls + urls[::10]
    (folder / "urls.txt").write_text("\n".join(places) + "\n")
    return places


def assert_whole(folder: Path, places: list[str], *, undisturbed: bool = True) -> None:
    found, last = verdicts(folder / "out.jsonl")
    assert last["complete"] is True
    seen = sorted((str(one["url"]), one["source"]["line"]) for one in found)  # type: ignore[index]
    assert seen == sorted((url, line) for line, url in enumerate(places, 1))
    for one in found:
        number = int(str(one["url"]).rpartition("/")[2].partition(".")[0])
        assert one["outcome"] == ("reject" if number % 10 == 3 else "accept")
        assert one["attempts"] == (2 if number % 10 == 7 else 1) or not undisturbed


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("hosts", [1, 16])
def test_every_place_is_judged_once_and_every_limit_holds(
    engine: str, hosts: int, tmp_path: Path
) -> None:
    with crowd(hosts, latency=0.01, answer=answer) as servers:
        places = listed(tmp_path, servers, 400)
        done = check("urls.txt", *options(engine), cwd=tmp_path)
        assert (done.code, done.err) == (1, "")
        assert_whole(tmp_path, places)
        assert max(servers.peaks.values()) <= PER_HOST
        if engine != "dask":  # whose shards do not know of each other's addresses
            assert servers.together <= 2 * PER_HOST
        assert servers.requests == 400 + 40


@pytest.mark.parametrize("engine", ["processes", "dask"])
@pytest.mark.parametrize("hosts", [1, 16])
def test_a_killed_worker_takes_nothing_with_it(engine: str, hosts: int, tmp_path: Path) -> None:
    with crowd(hosts, latency=0.02, answer=answer) as servers:
        places = listed(tmp_path, servers, 600)
        process = start("urls.txt", *options(engine), cwd=tmp_path)
        servers.wait_for(150)
        workers = [pid for pid in children(process.pid) if WORKERS[engine] in command_of(pid)]
        os.kill(workers[0], signal.SIGKILL)
        _, said = process.communicate(timeout=50)
        assert (process.returncode, said) == (1, "")
        assert_whole(tmp_path, places, undisturbed=False)
        assert max(servers.peaks.values()) <= PER_HOST


@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_leaves_a_valid_partial_report_and_no_process(engine: str, tmp_path: Path) -> None:
    with crowd(4, latency=0.05) as servers:
        listed(tmp_path, servers, 2_000)
        process = at_a_terminal("urls.txt", *options(engine), cwd=tmp_path)
        servers.wait_for(100)
        below = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=50)
        assert (process.returncode, said) == (130, "")
        found, last = verdicts(tmp_path / "out.jsonl")
        assert last["complete"] is False
        assert len({(one["url"], one["source"]["line"]) for one in found}) == len(found) < 2_200  # type: ignore[index]
        assert not [
            pid for pid in below if Path(f"/proc/{pid}/cmdline").exists() and command_of(pid)
        ]


def at_a_terminal(*more: str, cwd: Path) -> subprocess.Popen[str]:
    """A check with a process group of its own, all of which Ctrl-C reaches."""
    return subprocess.Popen(
        arguments(*more), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(), start_new_session=True,
    )  # fmt: skip


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


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_goes_on_where_it_was_killed(engine: str, tmp_path: Path) -> None:
    with crowd(16, latency=0.02) as servers:
        urls = [servers.url(f"/{number}.png", number % 16) for number in range(600)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        command = ["urls.txt", *options(engine), "--run", "kept"]
        process = start(*command, cwd=tmp_path)
        servers.wait_for(350)
        below = children(process.pid)
        process.kill()
        process.communicate(timeout=50)
        for pid in below:
            wait_until_gone(pid)
        done = check(*command, cwd=tmp_path)
        assert (done.code, done.err) == (0, "")
        found, _ = verdicts(tmp_path / "out.jsonl")
        assert sorted(str(one["url"]) for one in found) == sorted(urls)
        again = servers.requests - 600
        assert again <= (
            350 if engine == "dask" else 8 + 2 * 64
        )  # what was under way: for dask, whole shards
        before = servers.requests
        assert check(*command, cwd=tmp_path).code == 0
        assert servers.requests == before


def wait_until_gone(pid: int) -> None:
    """Workers of a killed parent end by themselves."""
    waiter = subprocess.run(
        ["timeout", "20", "sh", "-c", f"while kill -0 {pid} 2>/dev/null; do sleep 0.05; done"],
        check=False,
    )
    assert waiter.returncode == 0


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


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--engine", "spark"], "there is no engine 'spark'"),
        (["--engine", "local=tcp://h:1"], "takes no address"),
        (["--engine", "dask=h:1"], "looks like tcp://HOST:8786"),
        (["--engine", "dask=tcp://127.0.0.1:1"], "needs --run DIR"),
        (["--engine", "local", "--workers", "2"], "--workers needs"),
        (["--workers", "0"], "from 1 to 1024"),
        (["--workers", "many"], "from 1 to 1024"),
        (["--max-age", "1h"], "--cache FILE"),
        (["--cache", "c", "--max-age", "soon"], "--max-age must look like"),
    ],
)
def test_what_cannot_be_is_one_sentence(more: list[str], words: str, tmp_path: Path) -> None:
    done = check("http://127.0.0.1:1/a.png", *more, cwd=tmp_path)
    assert done.code == 2
    assert words in done.err and done.err.count("\n") == 1


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


def test_the_command_runs_as_a_module() -> None:
    assert (
        subprocess.run(
            [*PREFLIGHT, "--version"], check=False, capture_output=True, timeout=50
        ).returncode
        == 0
    )

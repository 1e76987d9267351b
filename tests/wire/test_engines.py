"""One suite for every engine: nothing is lost, nothing is judged twice, and no host is asked by more than its limit says."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from helpers.checking import good
from helpers.crowd import Reply, crowd
from helpers.engine_runs import PER_HOST, WORKERS, at_a_terminal, listed, options
from helpers.runs import PREFLIGHT, check, children, command_of, start, verdicts

ENGINES = ["local", "processes", "dask"]


def answer(path: str, times: int) -> Reply:
    """One in ten is a web page, one in ten answers only when it is asked again."""
    number = int(path[1:].partition(".")[0])
    if number % 10 == 3:
        return good(b"<!doctype html><title>no</title>", "text/html")
    if number % 10 == 7 and times == 1:
        return good(b"busy", "text/plain").replace(b"200 OK", b"503 Busy")
    return good()


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


def test_the_command_runs_as_a_module() -> None:
    assert (
        subprocess.run(
            [*PREFLIGHT, "--version"], check=False, capture_output=True, timeout=50
        ).returncode
        == 0
    )

"""Long runs: faults among ten thousand URLs, Ctrl-C and kills at many moments."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from helpers.checking import good
from helpers.crowd import Reply, crowd
from helpers.runs import check, interrupted, start, verdicts

pytestmark = pytest.mark.slow


BOTH = pytest.mark.parametrize("workers", [[], ["--workers", "2"]], ids=["unasked", "two"])


@BOTH
def test_ten_thousand_urls_with_faults_are_judged_exactly_and_in_time(
    workers: list[str], tmp_path: Path
) -> None:
    """1 % hang, 1 % are reset, 1 % answer only when asked again. The ideal: every slot busy until the last hanging attempt ends."""
    count, slots, timeout, attempts, latency = 10_000, 64, 2.0, 2, 0.01

    def kind(path: str) -> int:
        return int(path[1:].partition(".")[0]) % 100

    def answer(path: str, times: int) -> Reply:
        if kind(path) == 11:
            return None
        if kind(path) == 33:
            return b""
        if kind(path) == 55 and times == 1:
            return good(b"busy", "text/plain").replace(b"200 OK", b"503 Busy")
        return good()

    with crowd(16, latency=latency, answer=answer) as servers:
        urls = [servers.url(f"/{number}.png", number % 16) for number in range(count)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        plain = time.monotonic()
        (tmp_path / "sound.txt").write_text(
            "\n".join(url for url in urls if kind("/" + url.rpartition("/")[2]) not in (11, 33, 55))
            + "\n"
        )
        more = [
            "--quick",
            *workers,
            "--timeout",
            str(timeout),
            "--retries",
            str(attempts - 1),
            "--per-host",
            str(slots // 2),
            "-f",
            "jsonl",
        ]
        assert check("sound.txt", *more, "-o", "sound.jsonl", cwd=tmp_path, timeout=600).code == 0
        plain = time.monotonic() - plain
        began = time.monotonic()
        assert check("urls.txt", *more, "-o", "out.jsonl", cwd=tmp_path, timeout=600).code == 3
        took = time.monotonic() - began
    found, _ = verdicts(tmp_path / "out.jsonl")
    outcomes = Counter(
        (kind("/" + str(one["url"]).rpartition("/")[2]), one["outcome"], one["attempts"])
        for one in found
    )
    assert len(found) == count
    for (which, outcome, tries), _ in outcomes.items():
        expected = {11: ("unknown", attempts), 33: ("unknown", attempts), 55: ("accept", 2)}.get(
            which, ("accept", 1)
        )
        assert (outcome, tries) == expected
    share = (
        slots // 2 if workers else slots
    )  # hosts are dealt out: all that hang may be one worker's
    hanging = count // 100 * timeout * attempts / share
    waits = 0.5 + timeout  # the last one to hang cannot begin before its random wait is over
    assert took <= 1.2 * (plain + hanging + waits)


@BOTH
@pytest.mark.parametrize("moment", range(20))
def test_ctrl_c_at_twenty_moments(workers: list[str], moment: int, tmp_path: Path) -> None:
    with crowd(4, latency=0.05) as servers:
        urls = [servers.url(f"/{number}.png", number % 4) for number in range(5_000)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        process = start("urls.txt", "--quick", "-f", "json", *workers, cwd=tmp_path)
        servers.wait_for(random.Random(moment).randint(1, 3_000))
        assert json.loads(interrupted(process, within_s=2))["complete"] is False


@BOTH
def test_twenty_five_kills_over_twenty_thousand_urls(workers: list[str], tmp_path: Path) -> None:
    chance = random.Random(25)
    count, per_host, hosts, kills = 20_000, 16, 8, 25
    with crowd(hosts, latency=0.005) as servers:
        urls = [servers.url(f"/{number}.png", number % hosts) for number in range(count)]
        (tmp_path / "urls.txt").write_text("\n".join(urls) + "\n")
        command = [
            "urls.txt",
            "--quick",
            *workers,
            "--per-host",
            str(per_host),
            "-f",
            "jsonl",
            "-o",
            "out.jsonl",
            "--run",
            "kept",
        ]
        for _ in range(kills):
            process = start(*command, cwd=tmp_path)
            servers.wait_for(servers.requests + chance.randint(1, 1_400), 120)
            process.kill()
            process.communicate(timeout=10)
        done = check(*command, cwd=tmp_path, timeout=600)
        assert (done.code, done.err) == (0, "")
        found, last = verdicts(tmp_path / "out.jsonl")
        assert sorted(str(one["url"]) for one in found) == sorted(urls)
        assert last["complete"] is True
        between = 2 * per_host if workers else 0  # rows on their way from one process to another
        assert count <= servers.requests <= count + kills * (2 * per_host + between)

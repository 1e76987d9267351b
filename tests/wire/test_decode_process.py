"""The child that decodes: its limits, its death, its replacement, and the callers who wait for it."""

from __future__ import annotations

import asyncio
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import av
import PIL
import pytest
from helpers.loops import LOOPS

from preflight.media.decode import NOT_INSTALLED, Decoder
from preflight.media.examine import Examined, examine
from preflight.observation import Content, Decode

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
MEDIA = ROOT / "fixtures" / "media"
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = runpy.run_path(
    str(ROOT / "fixtures" / "bombs")
)["BOMBS"]
SLOW = BOMBS["JPEG of 2,000 scans"][1]()
PHOTO = (MEDIA / "photo.jpg").read_bytes()
MP3 = (MEDIA / "timed" / "cbr.mp3").read_bytes()
FINE = Decode(decoder="Pillow")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def of(media_type: str, data: bytes) -> Examined:
    return Examined(content=Content(length=len(data), detected_type=media_type))


def look(data: bytes) -> Examined:
    return examine(data, whole=True, length=len(data), declared=None, extension=None)


def children() -> list[int]:
    """The decoding children of this process, as the system sees them."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"decode_child" in command:
            found.append(int(entry.name))
    return found


def run(work: Callable[[Decoder], Coroutine[None, None, T]], **options: float) -> T:
    """Run with a decoder of its own, and close it."""

    async def inside() -> T:
        decoder = Decoder(
            children=int(options.get("children", 1)),
            seconds=options.get("seconds", 30),
            memory=int(options.get("memory", 256_000_000)),
        )
        try:
            return await work(decoder)
        finally:
            await decoder.close()

    return asyncio.run(inside())


@pytest.mark.parametrize("loop", LOOPS)
def test_time_is_up_and_the_next_file_works(loop: str) -> None:
    async def work() -> tuple[Decode | None, float, Decode | None]:
        decoder = Decoder(seconds=1.0)
        assert await decoder.decode(PHOTO, of("image/jpeg", PHOTO)) == FINE
        started = time.perf_counter()
        seen = await decoder.decode(SLOW, of("image/jpeg", SLOW))
        took = time.perf_counter() - started
        after = await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        await decoder.close()
        return seen, took, after

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        seen, took, after = runner.run(work())
    assert seen == Decode(
        decoder="Pillow", stopped="the decoder used more than 1 seconds and was stopped"
    )
    assert took < 10
    assert after == FINE


def test_starting_a_child_is_not_the_files_time() -> None:
    async def work(decoder: Decoder) -> Decode | None:
        return await decoder.decode(PHOTO, of("image/jpeg", PHOTO))

    # Loading the libraries takes over 0.1 s everywhere, the picture some milliseconds, unless the machine is busy just then.
    assert FINE in (run(work, seconds=0.1) for _ in range(10))


def test_memory_is_up_and_the_next_file_works() -> None:
    data = BOMBS["GIF of 300 full frames"][1]()

    async def work(decoder: Decoder) -> list[Decode | None]:
        return [
            await decoder.decode(data, of("image/gif", data)),
            await decoder.decode(PHOTO, of("image/jpeg", PHOTO)),
        ]

    assert run(work, memory=100_000_000) == [
        Decode(decoder="Pillow", stopped="the decoder used more than 100 MB and was stopped"),
        FINE,
    ]


@linux
def test_a_child_killed_from_outside_is_reported_and_replaced() -> None:
    async def work(decoder: Decoder) -> list[Decode | None]:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        task = asyncio.create_task(decoder.decode(SLOW, of("image/jpeg", SLOW)))
        await asyncio.sleep(0)  # the child is alive, and the task has gone to it
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        return [await task, await decoder.decode(PHOTO, of("image/jpeg", PHOTO))]

    assert run(work) == [Decode(decoder="Pillow", stopped="the decoder died of SIGKILL"), FINE]


@linux
def test_a_child_that_dies_between_files_costs_no_file() -> None:
    async def work(decoder: Decoder) -> Decode | None:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        (child,) = children()
        ended = os.pidfd_open(child)
        os.kill(child, signal.SIGKILL)
        select.select([ended], [], [])
        os.close(ended)
        return await decoder.decode(PHOTO, of("image/jpeg", PHOTO))

    assert run(work) == FINE


@linux
def test_a_child_is_used_again() -> None:
    async def work(decoder: Decoder) -> tuple[list[int], list[int]]:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        first = children()
        for path in sorted((MEDIA / "timed").iterdir()):
            data = path.read_bytes()
            await decoder.decode(data, look(data))
        return first, children()

    first, last = run(work, children=2)
    assert len(first) == 1
    assert first == last


def test_callers_wait_for_their_turn() -> None:
    async def work(decoder: Decoder) -> list[Decode | None]:
        return await asyncio.gather(
            *(decoder.decode(PHOTO, of("image/jpeg", PHOTO)) for _ in range(20))
        )

    assert run(work, children=2) == [FINE] * 20


def test_a_cancelled_caller_holds_nobody_up() -> None:
    async def work(decoder: Decoder) -> Decode | None:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        busy = asyncio.create_task(decoder.decode(SLOW, of("image/jpeg", SLOW)))
        waiting = asyncio.create_task(decoder.decode(SLOW, of("image/jpeg", SLOW)))
        last = asyncio.create_task(decoder.decode(PHOTO, of("image/jpeg", PHOTO)))
        await asyncio.sleep(0)
        waiting.cancel()
        busy.cancel()
        for task in (busy, waiting):
            with pytest.raises(asyncio.CancelledError):
                await task
        return await asyncio.wait_for(last, 20)

    assert run(work) == FINE


@linux
def test_a_caller_cancelled_while_a_child_starts_leaves_no_process() -> None:
    async def work(decoder: Decoder) -> Decode | None:
        starting = asyncio.create_task(decoder.decode(PHOTO, of("image/jpeg", PHOTO)))
        await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        return await decoder.decode(PHOTO, of("image/jpeg", PHOTO))

    assert run(work) == FINE
    assert children() == []


@linux
def test_close_ends_everything_and_answers_everyone() -> None:
    async def work() -> list[Decode | None]:
        decoder = Decoder(seconds=30)
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        tasks = [
            asyncio.create_task(decoder.decode(SLOW, of("image/jpeg", SLOW))) for _ in range(3)
        ]
        await asyncio.sleep(0)
        await decoder.close()
        await decoder.close()
        found = await asyncio.gather(*tasks)
        assert children() == []
        return [*found, await decoder.decode(PHOTO, of("image/jpeg", PHOTO))]

    closed = Decode(decoder="Pillow", stopped="the decoder was closed before it was done")
    assert asyncio.run(work()) == [closed] * 4
    assert children() == []


def test_a_decoder_works_on_a_loop_in_another_thread() -> None:
    found: list[Decode | None] = []

    async def work(decoder: Decoder) -> Decode | None:
        return await decoder.decode(PHOTO, of("image/jpeg", PHOTO))

    thread = threading.Thread(target=lambda: found.append(run(work)))
    thread.start()
    thread.join()
    assert found == [FINE]


def test_without_the_extra_sound_and_video_are_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise ImportError")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def work(decoder: Decoder) -> list[Decode | None]:
        return [
            await decoder.decode(MP3, of("audio/mpeg", MP3)),
            await decoder.decode(PHOTO, of("image/jpeg", PHOTO)),
        ]

    assert run(work) == [Decode(decoder="PyAV", skipped=NOT_INSTALLED), FINE]


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false"])
def test_a_child_that_cannot_start_is_said_to_be_so(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)

    async def work(decoder: Decoder) -> Decode | None:
        return await decoder.decode(PHOTO, of("image/jpeg", PHOTO))

    assert run(work) == Decode(decoder="Pillow", stopped="the decoder could not be started")


@linux
def test_what_the_child_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFLIGHT_API_KEY", "CANARY")

    async def work(decoder: Decoder) -> tuple[dict[str, int], int, bytes, int]:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        (child,) = children()
        proc = Path(f"/proc/{child}")
        limits = {
            line[:26].strip(): int(line[26:47]) if line[26:47].strip().isdigit() else -1
            for line in (proc / "limits").read_text().splitlines()[1:]
        }
        pages = int((proc / "statm").read_text().split()[0])
        size = pages * os.sysconf("SC_PAGE_SIZE")
        return limits, size, (proc / "environ").read_bytes(), os.getsid(child)

    limits, size, environment, session = run(work)
    assert limits["Max open files"] == 4  # three pipes, and its own memory figures
    assert limits["Max file size"] == 0
    assert limits["Max core file size"] == 0
    assert 0 < limits["Max cpu time"] <= 60
    assert size < limits["Max address space"] <= size + 256_000_000
    assert b"CANARY" not in environment
    assert session != os.getsid(0)


ORPHAN = """
import asyncio, os, sys
from pathlib import Path
from preflight.media.decode import Decoder
from preflight.media.examine import examine
data = Path(sys.argv[1]).read_bytes()
async def main():
    decoder = Decoder()
    await decoder.decode(data, examine(data, whole=True, length=len(data), declared=None, extension=None))
    (child,) = decoder._children
    print(child._process.pid, flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


@linux
def test_a_child_ends_with_its_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHAN, str(MEDIA / "photo.jpg")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        ended = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert select.select([ended], [], [], 20)[0]
    os.close(ended)


def test_the_versions_of_the_libraries_are_known() -> None:
    async def work(decoder: Decoder) -> dict[str, str]:
        await decoder.decode(PHOTO, of("image/jpeg", PHOTO))
        return decoder.made_with

    assert run(work) == {"Pillow": PIL.__version__, "PyAV": av.__version__}


HOARDER = """
from preflight.media.decode_child import Limits
limits = Limits(16_000_000, 2.0)
limits.begin()
print(limits.end())
kept = bytearray(4_000_000)
limits.begin()
print(limits.end())
try:
    bytearray(14_000_000)
except MemoryError:
    print("MemoryError")
try:
    open("/dev/null")
except OSError as error:
    print(error.strerror)
"""


@linux
def test_a_child_that_keeps_memory_is_to_be_replaced() -> None:
    out = subprocess.run(
        [sys.executable, "-c", HOARDER], capture_output=True, text=True, check=True
    )
    assert out.stdout.split("\n")[:4] == ["False", "True", "MemoryError", "Too many open files"]

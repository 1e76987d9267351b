"""Bombs at the limits that users have, with memory measured: ``pytest -m slow -s tests/slow/test_bombs_in_full.py``."""

from __future__ import annotations

import asyncio
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preflight.media.decode import Decoder
from preflight.media.examine import Examined
from preflight.observation import Content, Decode

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "fixtures" / "bombs"
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = runpy.run_path(str(BUILDER))["BOMBS"]
PHOTO = (ROOT / "fixtures" / "media" / "photo.jpg").read_bytes()
CAP = 5_000_000  # what Twilio takes; only sinch-transcoding lets more through
HEADER = """
import runpy, sys, time
from preflight.media.examine import examine
declared, build = runpy.run_path(sys.argv[1])["BOMBS"][sys.argv[2]]
data = build()[:int(sys.argv[3])]
examine(b"a", whole=True, length=1, declared=None, extension=None)
def highest():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
open("/proc/self/clear_refs", "w").write("5")
before, started = highest(), time.process_time()
examine(data, whole=True, length=len(data), declared=declared, extension=None)
print(time.process_time() - started, (highest() - before) * 1024)
"""


def of(media_type: str, data: bytes) -> Examined:
    return Examined(content=Content(length=len(data), detected_type=media_type))


@pytest.fixture(scope="module")
def decode() -> Iterator[Callable[[str, bytes], Decode | None]]:
    with asyncio.Runner() as runner:
        decoder = Decoder()
        yield lambda media_type, data: runner.run(decoder.decode(data, of(media_type, data)))
        runner.run(decoder.close())


@pytest.mark.parametrize("name", BOMBS)
def test_two_seconds_and_256_megabytes(
    name: str, decode: Callable[[str, bytes], Decode | None]
) -> None:
    media_type, build = BOMBS[name]
    data = build()
    decode("image/jpeg", PHOTO)
    started = time.perf_counter()
    seen = decode(media_type, data)
    took = time.perf_counter() - started
    print(f"{took:.2f} s {name}: {seen}")
    assert took < 4
    assert decode("image/jpeg", PHOTO) == Decode(decoder="Pillow")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("name", BOMBS)
def test_headers_cost_little_time_and_memory(name: str) -> None:
    """In a process of its own, C libraries included."""
    out = subprocess.run(
        [sys.executable, "-c", HEADER, str(BUILDER), name, str(CAP)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seconds, octets = map(float, out.split())
    print(f"{seconds * 1000:.1f} ms, {octets / 1e6:.1f} MB {name}")
    assert seconds < 0.3
    assert octets < 20_000_000

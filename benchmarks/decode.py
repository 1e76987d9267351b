"""What a deep decode costs, stops and flags: python benchmarks/decode.py overhead | bombs | corpus FOLDER...

``overhead``: the round trip to the child beside the same decode in process, for the smallest image and for a JPEG of 8 KB.
``bombs``: every file of fixtures/bombs; header reading in a process of its own, then the decode, then a good file.
``corpus``: every media file below the folders that is flagged, and what its structure walk says of it.
"""

from __future__ import annotations

import asyncio
import io
import random
import runpy
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import uvloop
from PIL import Image

from preflight.media import decoders
from preflight.media.decode import Decoder
from preflight.media.examine import Examined, examine
from preflight.observation import Content, Decode

MAX_BYTES = 20_000_000
BUILDER = Path(__file__).parents[1] / "fixtures" / "bombs"
HEADER = """
import resource, runpy, sys, time
from preflight.media.examine import examine
declared, build = runpy.run_path(sys.argv[1])["BOMBS"][sys.argv[2]]
data = build()
examine(b"a", whole=True, length=1, declared=None, extension=None)
kilobytes = lambda: int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
open("/proc/self/clear_refs", "w").write("5")
before, started = kilobytes(), time.process_time()
content = examine(data, whole=True, length=len(data), declared=declared, extension=None).content
spent = time.process_time() - started
print(round(spent * 1000, 1), round((kilobytes() - before) / 1000, 1), content.detected_type, content.overrun, sep="|")
"""


def saved(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def of(media_type: str, data: bytes) -> Examined:
    return Examined(content=Content(length=len(data), detected_type=media_type))


async def round_trips(name: str, media_type: str, data: bytes, count: int = 500) -> None:
    decoder = Decoder()
    examined = of(media_type, data)
    started = time.perf_counter()
    await decoder.decode(data, examined)
    first = time.perf_counter() - started
    times, alone = [], []
    for _ in range(count):
        started = time.perf_counter()
        seen = await decoder.decode(data, examined)
        times.append(time.perf_counter() - started)
        assert seen is not None and seen.errors is None and seen.stopped is None, seen
        started = time.perf_counter()
        decoders.decode(data, media_type)
        alone.append(time.perf_counter() - started)
    await decoder.close()
    there, here = statistics.median(times) * 1000, statistics.median(alone) * 1000
    print(
        f"{name}: {there:.3f} ms, in process {here:.3f} ms, so {there - here:.3f} ms more; first {first * 1000:.0f} ms"
    )


def overhead() -> None:
    decoders.prepare()
    noise = random.Random(1).randbytes(3 * 100 * 100)
    samples = [
        ("1 x 1 BMP", "image/bmp", saved(Image.new("RGB", (1, 1)), "BMP")),
        ("8 KB JPEG", "image/jpeg", saved(Image.frombytes("RGB", (100, 100), noise), "JPEG")),
    ]
    loops: list[tuple[str, Callable[[], asyncio.AbstractEventLoop]]] = [
        ("asyncio", asyncio.new_event_loop),
        ("uvloop", uvloop.new_event_loop),
    ]
    for name, media_type, data in samples:
        for loop_name, factory in loops:
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(
                    round_trips(f"{name} ({len(data)} bytes), {loop_name}", media_type, data)
                )


async def bombs() -> None:
    decoder = Decoder()
    good = saved(Image.new("RGB", (64, 64)), "JPEG")
    print("header ms | header MB | bytes | name | found | decode s | decode")
    for name, (declared, build) in runpy.run_path(str(BUILDER))["BOMBS"].items():
        out = subprocess.run(
            [sys.executable, "-c", HEADER, str(BUILDER), name],
            capture_output=True,
            text=True,
            check=True,
        )
        spent, memory, found, overrun = out.stdout.strip().split("|")
        data = build()
        started = time.perf_counter()
        seen = await decoder.decode(data, of(declared, data))
        took = time.perf_counter() - started
        after = await decoder.decode(good, of("image/jpeg", good))
        assert after == Decode(decoder="Pillow"), after
        what = seen and (seen.errors or seen.stopped or seen.skipped or "fine")
        print(
            f"{spent:>7} | {memory:>6} | {len(data):>10,} | {name} | {found} {overrun} | {took:.2f} | {what}"
        )
    await decoder.close()


async def corpus(folders: list[Path]) -> None:
    decoder = Decoder()
    tried: Counter[str] = Counter()
    known: set[bytes] = set()
    for path in sorted(
        found for folder in folders for found in folder.rglob("*") if found.is_file()
    ):
        if not 0 < path.stat().st_size <= MAX_BYTES:
            continue
        data = path.read_bytes()
        examined = examine(
            data, whole=True, length=len(data), declared=None, extension=path.suffix[1:].lower()
        )
        seen = await decoder.decode(data, examined)
        if seen is None or data in known:
            continue
        known.add(data)
        content = examined.content
        tried[str(content.detected_type)] += 1
        if seen != Decode(decoder=seen.decoder):
            print(
                f"{content.detected_type} {path} ({len(data)} bytes)\n    {seen.decoder}: {seen.errors or seen.stopped or seen.skipped}"
            )
            print(f"    walk: {content.truncated or content.corrupt or 'nothing'}")
    await decoder.close()
    print(dict(tried))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["overhead"]:
            overhead()
        case ["bombs"]:
            asyncio.run(bombs())
        case ["corpus", *folders] if folders:
            asyncio.run(corpus([Path(folder) for folder in folders]))
        case _:
            sys.exit(__doc__)

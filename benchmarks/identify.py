"""How often, and how fast, media are identified rightly: python benchmarks/identify.py [-v] FOLDER...

Every file whose extension names a media type is a sample; the extension is its label, so a file that is misnamed counts as wrong.
Two times a file: with its type declared (the signature table), and with application/octet-stream (libmagic is asked as well).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from pathlib import Path

from preflight.media import libmagic
from preflight.media.identify import identify
from preflight.mediatype import agree, extension_types

MAX_BYTES = 20_000_000
ALSO = {
    "image/heic": "image/heif",
    "video/mp4": "audio/mp4",
    "video/3gpp": "audio/3gpp",
    "video/x-matroska": "video/webm",
    "video/ogg": "audio/ogg",
}


def samples(folders: list[Path]) -> dict[str, list[tuple[Path, bytes]]]:
    found: dict[str, list[tuple[Path, bytes]]] = defaultdict(list)
    seen: set[bytes] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            extension = path.suffix[1:].lower()
            if (
                not extension_types(extension)
                or not path.is_file()
                or not 0 < path.stat().st_size <= MAX_BYTES
            ):
                continue
            data = path.read_bytes()
            if data not in seen:
                seen.add(data)
                found[extension].append((path, data))
    return found


def right(extension: str, detected: str | None) -> bool:
    if detected is None:
        return False
    labels = extension_types(extension)
    return any(agree(label, detected) or ALSO.get(detected) == label for label in labels)


def timed(data: bytes, declared: str) -> float:
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        identify(data, declared)
        best = min(best, time.perf_counter() - start)
    return best * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "-v", action="store_true", help="name every file that is not identified rightly"
    )
    parser.add_argument("folders", nargs="+", type=Path)
    options = parser.parse_args()
    print(f"{libmagic.version()}; {libmagic.usable() or 'passes its canary'}")
    print(
        f"{'extension':10} {'files':>6} {'right':>6} {'none':>5} {'wrong':>6} {'us declared':>12} {'us generic':>11}"
    )
    totals = [0, 0, 0, 0]
    for extension, files in sorted(samples(options.folders).items()):
        good, none, fast, slow = 0, 0, [], []
        for path, data in files:
            detected = identify(data, "application/octet-stream", extension=extension).media_type
            fast.append(timed(data, detected or "application/octet-stream"))
            slow.append(timed(data, "application/octet-stream"))
            if right(extension, detected):
                good += 1
                continue
            none += detected is None
            if options.v:
                print(f"  {path.name}: {detected}")
        row = [len(files), good, none, len(files) - good - none]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        print(
            f"{extension:10} {row[0]:6} {row[1]:6} {row[2]:5} {row[3]:6} "
            f"{statistics.median(fast):12.1f} {statistics.median(slow):11.1f}"
        )
    print(f"{'all':10} {totals[0]:6} {totals[1]:6} {totals[2]:5} {totals[3]:6}")


if __name__ == "__main__":
    main()

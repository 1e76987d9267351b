"""Verdicts on other people's media: every file of the sinch profile's types below some directories, as if well hosted.

    python benchmarks/corpora.py DIRECTORY...

Prints each file that would be rejected or unknown, with the findings, and the counts. Directories with test media come with the source
distributions of Pillow, mutagen and others (pip download --no-binary :all: --no-deps pillow).
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from preflight.judging import judge
from preflight.media.examine import examine
from preflight.mediatype import extension_types
from preflight.observation import Body, BodyEnd, Exchange, Observation, Purpose
from preflight.profile import load
from preflight.target import Target
from preflight.verdict import Severity
from preflight.wire.head import read_head

LARGE = {"content-too-large", "too-many-pixels"}
"""Rules about size, which other people's test media were not made for."""


def files(folders: list[str], types: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Every file whose extension names one of these types, but texts, which may hold anything."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            extension = path.suffix[1:].lower()
            named = sorted(extension_types(extension) & types)
            wanted = named and extension not in ("txt", "ics", "vcf") and path.is_file()
            if wanted and path.stat().st_size:
                yield path, named[0]


def main() -> None:
    """Judge every file once."""
    profile = load("sinch")
    outcomes: Counter[str] = Counter()
    spent = 0.0
    for path, media_type in files(sys.argv[1:], profile.types):
        data = path.read_bytes()
        began = time.perf_counter()
        verdict = judge(observed(path, data, media_type), profile)
        spent += time.perf_counter() - began
        outcomes[verdict.outcome.value] += 1
        errors = [one for one in verdict.findings if one.severity is Severity.ERROR]
        if not {one.rule for one in errors} <= LARGE:
            said = "; ".join(f"{one.rule}: {one.message}" for one in errors)
            print(f"{verdict.outcome:<7} {path}: {said}")
    total = sum(outcomes.values())
    print(f"{total} files: {dict(outcomes)}, {1e6 * spent / max(total, 1):.0f} microseconds each")


def observed(path: Path, data: bytes, media_type: str) -> Observation:
    """What would be seen of the file behind a good server."""
    head = read_head(
        f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    )
    found = examine(
        data, whole=True, length=len(data), declared=media_type, extension=path.suffix[1:].lower()
    )
    exchange = Exchange(
        purpose=Purpose.IDENTITY,
        url=f"https://example.com/{path.name}",
        head=head,
        body=Body(end=BodyEnd.COMPLETE, received=len(data)),
    )
    return Observation(
        target=Target(url=exchange.url), observed_at=time.time(), exchanges=(exchange,), content=found.content,
        image=found.image, audio=found.audio, video=found.video,
    )  # fmt: skip


if __name__ == "__main__":
    main()

"""Every answer of the vector file through the whole reader, cut three ways: the exact verdict, the same each time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from helpers.checking import check, good, rules, settings
from helpers.replay import Cutter, Server, Step, at_random, byte_by_byte, serving, whole
from helpers.vectors import Vector, load_vectors

from preflight.verdict import Severity, Verdict

CUTS: dict[str, Cutter] = {"whole": whole, "bytes": byte_by_byte, "random": at_random(20_261_122)}
_PATH = re.compile(rb"GET /(\d+)/(\w+)/(?:deeper/)*x\.png[?]? HTTP/1\.1\r\n")


@asynccontextmanager
async def vector_server() -> AsyncIterator[tuple[Server, list[Vector]]]:
    """A server with every vector under /NUMBER/CUT/x.png, a sound answer under /good.png, and 404 elsewhere."""
    vectors: list[Vector] = []

    def answer(request: bytes) -> Sequence[Step]:
        path = _PATH.match(request)
        if path is None:
            found = request.startswith(b"GET /good.png ")
            return [good() if found else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
        vector = vectors[int(path[1]) - 1]
        return vector.gzip_steps if b"Accept-Encoding: gzip\r\n" in request else vector.steps

    def cut(request: bytes) -> Cutter:
        path = _PATH.match(request)
        return CUTS[path[2].decode()] if path else whole

    async with serving(answer, cut=cut) as server:
        vectors += load_vectors(f"127.0.0.1:{server.port}")
        yield server, vectors


def _wrong(vector: Vector, verdict: Verdict) -> bool:
    warnings = rules(verdict, Severity.WARNING)
    expected = vector.warnings
    if vector.surplus:
        warnings = [one for one in warnings if one != "content-length-mismatch"]
        expected = [one for one in expected if one != "content-length-mismatch"]
    return (rules(verdict), warnings, str(verdict.outcome)) != (
        vector.errors,
        expected,
        vector.outcome,
    )


async def _run(vectors: list[Vector], server: Server, total_s: float, at_once: int) -> list[str]:
    """What went wrong, one line each."""
    gate = asyncio.Semaphore(at_once)

    async def one(vector: Vector, cut: str) -> str | None:
        async with gate:
            verdict = await check(
                server.url(f"/{vector.number}/{cut}/x.png"), settings(total_s=total_s)
            )
        if not _wrong(vector, verdict):
            return None
        seen = [f"{finding.rule}: {finding.message}" for finding in verdict.findings]
        wanted = [*vector.errors, *vector.warnings]
        return f"{vector.id} [{cut}]: {verdict.outcome} {seen}; wanted {vector.outcome} {wanted}"

    results = await asyncio.gather(*(one(vector, cut) for vector in vectors for cut in CUTS))
    return [line for line in results if line]


async def _all(*, slow: bool) -> list[str]:
    async with vector_server() as (server, vectors):
        chosen = [vector for vector in vectors if vector.slow is slow]
        return await _run(chosen, server, 1.0 if slow else 30.0, 64 if slow else 32)


def test_every_vector_gets_its_exact_verdict_however_it_is_cut() -> None:
    assert asyncio.run(_all(slow=False)) == []


def test_vectors_that_end_by_our_own_time_limit() -> None:
    assert asyncio.run(_all(slow=True)) == []


def test_the_vector_file_is_large_and_its_titles_are_distinct_in_each_section() -> None:
    vectors = load_vectors()
    assert len(vectors) >= 150
    assert len({(vector.section, vector.title) for vector in vectors}) == len(vectors)

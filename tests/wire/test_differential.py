"""Two programs that share no code look at the same hosting: our check, and the sandbox gateway by the documented rules.

They must agree, path for path; where they do not, the table of paths says why.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path

import pytest

from preflight.api import check_async
from preflight.sandbox.answers import served
from preflight.sandbox.copying import Copier
from preflight.sandbox.hosting import Hosting
from preflight.sandbox.paths import PATHS, Case
from preflight.verdict import Severity, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures" / "media"
SLOW_S = 1.5


@lru_cache(maxsize=1)
def both() -> dict[str, tuple[Verdict, str | None]]:
    """Every path: our verdict, then the gateway's code (None for what no slide element takes)."""

    async def look() -> dict[str, tuple[Verdict, str | None]]:
        async with Hosting() as hosting:
            paths = list(PATHS)
            verdicts = await check_async(
                [hosting.url(path) for path in paths],
                allow_networks=["127.0.0.0/8"],
                timeout=SLOW_S,
                retries=1,
            )
            copier = Copier(timeout_s=SLOW_S)
            gate = asyncio.Semaphore(32)

            async def copy(path: str) -> str | None:
                if PATHS[path].kind == "text":
                    return None
                async with gate:
                    return (await copier.copy(PATHS[path].kind, hosting.url(path))).code

            codes = await asyncio.gather(*(copy(path) for path in paths))
            return dict(zip(paths, zip(verdicts, codes, strict=True), strict=True))

    return asyncio.run(look())


def _rules(verdict: Verdict, *, errors: bool) -> set[str]:
    return {one.rule for one in verdict.findings if (one.severity is Severity.ERROR) is errors}


@pytest.mark.parametrize("path", PATHS)
def test_our_verdict_is_the_one_in_the_table(path: str) -> None:
    case, (verdict, _) = PATHS[path], both()[path]
    assert (verdict.outcome, _rules(verdict, errors=True), _rules(verdict, errors=False)) == (
        case.outcome, set(case.errors), set(case.remarks),
    )  # fmt: skip


@pytest.mark.parametrize("path", [path for path, case in PATHS.items() if case.kind != "text"])
def test_the_gateway_agrees_or_the_difference_has_a_reason(path: str) -> None:
    case, (verdict, code) = PATHS[path], both()[path]
    assert code is not None
    if verdict.accepted == (code == ""):
        return
    assert case.note, (
        f"we say {verdict.outcome}, the gateway {code or 'Success'}, and nobody says why"
    )


def test_the_differences_are_few() -> None:
    differing = [
        path
        for path, (verdict, code) in both().items()
        if code is not None and verdict.accepted != (code == "")
    ]
    assert len(differing) <= len([case for case in PATHS.values() if case.note])
    assert len(differing) < len(PATHS) / 5


# Every media fixture, under its own type


_TYPES = {
    ".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".mp3": "audio/mpeg", ".wav": "audio/wav",
    ".amr": "audio/amr", ".mp4": "video/mp4", ".3gp": "video/3gpp", ".mpg": "video/mpeg", ".avi": "video/x-msvideo",
    ".wmv": "video/x-ms-wmv",
}  # fmt: skip
FILES = {
    f"/{file.name}": file
    for file in sorted(FIXTURES.rglob("*"))
    if file.is_file() and file.suffix in _TYPES
}


@lru_cache(maxsize=1)
def both_of_files() -> dict[str, tuple[Verdict, str]]:
    async def look() -> dict[str, tuple[Verdict, str]]:
        cases = tuple(_case(path, file) for path, file in FILES.items())
        async with Hosting(cases=cases) as hosting:
            urls = [hosting.url(path) for path in FILES]
            verdicts = await check_async(urls, allow_networks=["127.0.0.0/8"])
            copier = Copier()
            codes = [
                (await copier.copy(_TYPES[file.suffix].partition("/")[0], url)).code
                for file, url in zip(FILES.values(), urls, strict=True)
            ]
            return dict(zip(FILES, zip(verdicts, codes, strict=True), strict=True))

    return asyncio.run(look())


def _case(path: str, file: Path) -> Case:
    reply = served(_TYPES[file.suffix], file.read_bytes())
    return Case(path=path, title=file.name, respond=lambda _: reply)


@pytest.mark.parametrize("path", FILES)
def test_media_files(path: str) -> None:
    verdict, code = both_of_files()[path]
    assert verdict.accepted == (code == ""), (
        f"we say {verdict.outcome} {verdict.findings}, the gateway {code or 'Success'}"
    )

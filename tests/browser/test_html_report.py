"""The HTML report in Debian's chromium, driven by playwright-core; axe-core judges it. Both are in package-lock.json."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import report_pages
from helpers.programs import need

from preflight.observation import Hop, Purpose
from preflight.target import Source
from preflight.verdict import Ignored, MessageVerdict, Outcome, Skipped

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "node_modules"
Drive = Callable[[Path, str], dict[str, Any]]

pytestmark = pytest.mark.timeout(180)

HOSTILE = (
    "</script><script>window.pwned=1;alert(1)</script>", "<img src=x onerror='window.pwned=1;alert(1)'>",
    "\"><svg onload=alert(1)>", "javascript:alert(1)", "<!--<script>", "${alert(1)}", "{{script}}", "{{data}}",
    "https://evil.example/?<iframe src=https://evil.example>", "<base href=https://evil.example/>", "\\u003cscript>", "]]>", "\u05d0" * 3000,
)  # fmt: skip


@pytest.fixture(scope="module")
def drive() -> Iterator[Drive]:
    """``drive(file, scenario)``: what the browser, the same for all tests, saw, and what the scenario found."""
    node, chromium = need("node"), need("chromium")
    missing = [each for each in ("playwright-core", "axe-core") if not (MODULES / each).is_dir()]
    if missing:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{', '.join(missing)} not installed: npm ci --ignore-scripts")
    process = subprocess.Popen(
        [node, str(HERE / "report_page.mjs"), chromium], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    jobs, answers = process.stdin, process.stdout

    def run(file: Path, scenario: str) -> dict[str, Any]:
        print(json.dumps({"file": str(file), "scenario": scenario}), file=jobs, flush=True)
        answer = answers.readline()
        assert answer, "the browser has ended; standard error says why"
        seen: dict[str, Any] = json.loads(answer)
        assert set(seen["requests"]) <= {file.as_uri()}
        assert seen["dialogs"] == 0
        assert seen["errors"] == []
        result: dict[str, Any] = seen["result"]
        return result

    yield run
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report on real exchanges with the sandbox."""
    return asyncio.run(report_pages.from_sandbox(tmp_path_factory.mktemp("page") / "report.html"))


def test_axe_finds_nothing(drive: Drive, page: Path) -> None:
    found = drive(page, "axe")
    assert set(found) == {"light 1200", "light 390", "dark 1200", "dark 390"}
    for each in found.values():
        assert each["violations"] == []
        assert each["passes"] > 20
        assert each["overflow"] <= 0


@pytest.fixture(scope="module")
def filtered(drive: Drive, page: Path) -> dict[str, Any]:
    """The rows of the page, as it opens and under one filter after the other."""
    return drive(page, "filters")


def test_filters(filtered: dict[str, Any]) -> None:
    paths = [url.partition("127.0.0.1")[2].partition("/")[2] for url in filtered["all"]]
    assert sorted(f"/{path}" for path in paths) == sorted(report_pages.PATHS)
    assert filtered["rejected"]["outcomes"] == ["row reject"]
    assert filtered["rejected"]["pressed"] == [f"rejected{len(filtered['rejected']['rows'])}"]
    assert filtered["rejected"]["chips"][0] == f"All{len(paths)}"
    assert {_name(url) for url in filtered["rule"]["rows"]} == {
        "chunked.jpg",
        "chunked-when-gzip.jpg",
    }
    assert [_name(url) for url in filtered["text"]["rows"]] == ["good.jpg"]
    assert filtered["text"]["found"] == f"1 of {len(paths)} places"
    assert filtered["none"]["rows"] == []
    assert filtered["none"]["found"] == f"0 of {len(paths)} places"
    assert filtered["reset"]["rows"] == filtered["all"]
    assert [_name(url) for url in filtered["by rule"]["rows"]] == ["no-length.jpg"]
    assert filtered["by host"]["rows"] == filtered["all"]
    assert [_name(url) for url in filtered["from message"]["rows"]] == ["chunked.jpg"]
    assert filtered["opened"] == 1


def test_failed_come_first(filtered: dict[str, Any]) -> None:
    accepted = {"good.jpg", "good.mp3", "progressive.jpg", "late-header.mp4", "once"}
    names = [_name(url) for url in filtered["all"]]
    assert set(names[-5:]) == accepted
    assert names[-6] == "503.jpg"


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def test_keyboard(drive: Drive, page: Path) -> None:
    found = drive(page, "keyboard")
    assert [step[1:] for step in found["steps"]] == [
        ["skip", None],
        ["search", None],
        ["row-0", "false"],
        ["row-1", "false"],
        ["row-1", "true"],
        ["row-0", "false"],
        ["row-1", "true"],
        ["row-1", "false"],
        [f"row-{len(report_pages.PATHS) - 1}", "false"],
        ["row-0", "false"],
        ["search", None],
        ["good/", f"0 of {len(report_pages.PATHS)} places"],
        ["search", None],
        ["", f"{len(report_pages.PATHS)} places, failed first"],
    ]
    assert found["outline"] == "solid"


def test_hostile_text_is_only_text(drive: Drive, tmp_path: Path) -> None:
    found = drive(_hostile(tmp_path / "hostile.html"), "inert")
    assert found["added"] == 0
    assert found["pwned"] == "undefined"
    assert found["handlers"] == []
    assert found["targets"] == 0
    assert (
        found["title"]
        == f"{len(HOSTILE)} of {len(HOSTILE)} media URLs would be refused - preflight"
    )
    assert found["drawn"] > len(HOSTILE)
    assert found["overflow"] <= 0
    assert found["longest"] == 240
    links = [each for each in found["links"] if not each.startswith(("#", "data:"))]
    assert all(each.startswith("https://github.com/mms-preflight/preflight/") for each in links)
    assert not {"iframe", "base", "form", "object"} & set(found["tags"])
    assert "<img src=x onerror='window.pwned=1;alert(1)'>" in found["text"]


def _hostile(path: Path) -> Path:
    pairs = []
    for number, text in enumerate(HOSTILE):
        url = f"https://cdn.example.com/{text}"
        finding = replace(report_pages.chunked(url), message=text, fix=text)
        verdict, observation = report_pages.place(number, url=url, finding=finding)
        verdict = replace(
            verdict,
            target=replace(verdict.target, source=Source(file=text, line=1, pointer=text)),
            ignored=(Ignored(finding=replace(finding, rule=text), reason=text),),
            skipped=(Skipped(rule=text, reason=text),),
            media=replace(verdict.media, declared_type=text, detected_type=text),
        )
        assert observation is not None
        hop = Hop(url=url, status=302, location=text)
        shown = report_pages.exchange(
            url, Purpose.IDENTITY, True, ("X-Text", text), (text, "x"), ("Location", text)
        )
        exchange = replace(
            shown, hops=(hop,), peer=text, request=f"GET /{text} HTTP/1.1\r\nX: {text}\r\n\r\n"
        )
        pairs.append((verdict, replace(observation, exchanges=(exchange,), thumbnail=text)))
    verdicts = tuple(verdict for verdict, _ in pairs)
    message = MessageVerdict(
        mms_id=HOSTILE[0],
        outcome=Outcome.REJECT,
        profile="sinch",
        findings=verdicts[1].findings,
        media=verdicts,
    )
    return report_pages.write(path, pairs, (message,), profile=HOSTILE[0], notes=HOSTILE)


def test_the_policy_stops_what_it_says(drive: Drive, page: Path) -> None:
    found = drive(page, "policy")
    assert found["pwned"] == "undefined"
    assert found["display"] == "block"
    assert {"connect-src", "img-src", "style-src-elem"} <= set(found["stopped"])
    assert {"script-src-elem", "require-trusted-types-for"} & set(found["stopped"])


def test_a_medium_in_many_places_opens_its_row(drive: Drive, tmp_path: Path) -> None:
    """Its URL stands in more rows than are drawn at once, and what is printed says how many are not."""
    verdict, seen = report_pages.place(0)
    message = MessageVerdict(mms_id="1", outcome=Outcome.ACCEPT, profile="sinch", media=(verdict,))
    others = map(report_pages.place, range(1, 1000))
    pairs = [*others, *[(verdict, seen)] * 300]
    found = drive(report_pages.write(tmp_path / "places.html", pairs, (message,)), "places")
    number, expanded = found["row"]
    assert number.startswith("row-") and expanded == "true"
    assert (found["printed"], found["unprinted"]) == (300, "")
    many = report_pages.write(tmp_path / "two.html", [(verdict, seen)] * 1002, (message,))
    found = drive(many, "places")
    assert found["row"] == ["row-0", "true"]
    assert found["printed"] == 1000
    assert found["unprinted"] == "2 places more of the list are not printed."


@pytest.mark.parametrize("rows", [5_000, pytest.param(50_000, marks=pytest.mark.slow)])
def test_many_rows(drive: Drive, rows: int, tmp_path: Path) -> None:
    page = report_pages.write(tmp_path / "many.html", map(report_pages.place, range(rows)))
    found = drive(page, "many")
    assert min(found["paint"]) < 2000
    assert min(found["filter"]) < 500
    assert found["shown"] == 100
    assert found["after"] == 300
    assert found["nodes"] < 5000
    assert found["found"] == f"1 of {rows:,} places"
    assert found["detail"] >= 3


def test_the_counts_need_no_script(drive: Drive, page: Path) -> None:
    text = drive(page, "scriptless")["text"]
    assert "media URLs would be refused" in text
    assert "5 accepted" in text.replace("\n", " ")
    assert "drawn by a script" in text


@pytest.mark.parametrize("places", [0, 3])
def test_a_page_with_little_to_show(drive: Drive, tmp_path: Path, places: int) -> None:
    """Nothing checked; and verdicts from a cache, which come without what was seen."""
    pairs = [(report_pages.place(number)[0], None) for number in range(places)]
    page = report_pages.write(tmp_path / "little.html", pairs, complete=False)
    found = drive(page, "little")
    assert found["rows"] == places
    assert found["sections"] == places
    assert found["list"] is True
    assert found["overview"] is (places > 0)
    assert found["notes"] == ["The run was interrupted: this is only what had finished by then."]

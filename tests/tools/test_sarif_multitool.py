"""Judges that are not on PyPI. They are asked where they are installed:

``npm ci --ignore-scripts``
"""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from preflight.observation import Body, BodyEnd, Exchange, Head, Hop, Observation, Purpose, Timing
from preflight.report import Look, Run, open_report
from preflight.rules import BY_ID
from preflight.target import Source, Target
from preflight.verdict import Finding, Ignored, Outcome, Severity, Verdict

NODE_MODULES = Path(__file__).parents[2] / "node_modules"


@pytest.fixture(autouse=True)
def _judges() -> None:
    if (NODE_MODULES / "@microsoft").is_dir():
        return
    missing = "the judges from npm are not installed: npm ci --ignore-scripts"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


PLACES = {
    "argument": [Source()],
    "standard input": [Source(file="-", line=1, column=1, end=20)],
    "csv line": [Source(file="/repo/media/list,1.csv", line=12, column=5, end=40, pointer="url")],
    "xml slide": [Source(file="mms.xml", line=3, column=9, end=61, pointer="slide[1].image")],
    "outside": [Source(file="/elsewhere/list.txt", line=3), Source(file="https://a.example/feed")],
    "many": [Source(file="list.txt", line=n, column=1, end=30) for n in range(1, 6001)],
    "nothing": [],
}


def _verdicts(sources: list[Source]) -> Iterator[Verdict]:
    """Every rule there is, and one there is not, at each place."""
    names = [*BY_ID, "not-in-the-table"] if len(sources) == 1 else ["timeout"]
    for number, source in enumerate(sources):
        url = f"https://cdn.example.com/{number}/b\u00f6se[x](y){{0}}.jpg?sig=abc"
        findings = tuple(
            Finding(rule=name, severity=severity, message=f"says {url}", fix="mend it", url=url)
            for name, severity in zip(names, list(Severity) * len(names), strict=False)
        )
        yield Verdict(
            target=Target(url=url, source=source),
            outcome=Outcome.REJECT,
            profile="sinch",
            findings=findings,
            ignored=(Ignored(finding=findings[0], reason="ticket 4711"),),
        )


def _written(name: str, verdicts: Iterator[Verdict], observation: Observation | None = None) -> str:
    out = io.StringIO()
    report = open_report(name, out, Look(root="/repo"))
    for verdict in verdicts:
        report.add(verdict, observation)
    report.finish(Run(profile="sinch", started_at=1.0, elapsed_s=2.0, notes=("a note of [x](y)",)))
    return out.getvalue()


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_sarif_keeps_to_the_schema(places: list[Source]) -> None:
    schemas = NODE_MODULES / "@microsoft" / "jest-sarif" / "lib" / "schemas"
    (path,) = schemas.glob("sarif-2.1.0*.json")
    Draft7Validator(json.loads(path.read_text(encoding="utf-8"))).validate(
        json.loads(_written("sarif", _verdicts(places)))
    )


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
def test_multitool_finds_no_error(places: list[Source], tmp_path: Path) -> None:
    """It ends with 0 even when it prints errors, so its own report is read. It may not reach the network."""
    (tool,) = (NODE_MODULES / "@microsoft").glob("sarif-multitool-*/Sarif.Multitool")
    tool.chmod(0o755)  # its install script would, but install scripts are not run here
    log, judged = tmp_path / "preflight.sarif", tmp_path / "judged.sarif"
    log.write_text(_written("sarif", _verdicts(places)), encoding="utf-8")
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    # A third of its time on five thousand results went into collecting garbage that it has the memory to leave.
    memory = {"DOTNET_GCgen0size": "0x10000000", "DOTNET_gcConcurrent": "0"}
    subprocess.run(
        [tool, "validate", log, "--rule-kind", "Sarif;Gh", "--output", judged],
        env={**os.environ, **nowhere, **memory, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        check=True,
        capture_output=True,
        timeout=50,
    )
    results = json.loads(judged.read_text(encoding="utf-8-sig"))["runs"][0].get("results", [])
    assert [each for each in results if each.get("level", "warning") != "note"] == []


def _observation() -> Observation:
    url = "https://cdn.example.com/a.jpg"
    head = Head(
        version="HTTP/1.1",
        status=200,
        reason="OK",
        fields=(("Content-Length", "5"), ("Content-Type", "image/jpeg")),
        lengths=("5",),
    )
    answered = Exchange(
        purpose=Purpose.IDENTITY,
        url=url,
        hops=(Hop(url="http://cdn.example.com/a", status=301, location=url),),
        request="GET /a.jpg?sig=abc HTTP/1.1\r\nHost: cdn.example.com\r\n\r\n",
        peer="203.0.113.7",
        timing=Timing(dns=0.1, connect=0.1, tls=0.1, first_byte=0.1, body=0.1, total=0.5),
        head=head,
        body=Body(end=BodyEnd.COMPLETE, received=5),
    )
    silent = Exchange(purpose=Purpose.GZIP, url=url, request=answered.request)
    return Observation(
        target=Target(url=url), observed_at=1.0, exchanges=(answered, silent), elapsed_s=0.5
    )


def test_har_keeps_to_the_schema() -> None:
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT6

    folder = NODE_MODULES / "har-schema" / "lib"
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    registry: Registry[bool | Mapping[str, Any]] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT6))
        for schema in schemas
    )
    (har,) = [schema for schema in schemas if schema["$id"].startswith("har.json")]
    verdicts = _verdicts([Source()])
    document = json.loads(_written("har", verdicts, _observation()))
    assert len(document["log"]["entries"]) == 3
    judge = Draft7Validator(har, registry=registry, format_checker=Draft7Validator.FORMAT_CHECKER)
    judge.validate(document)
